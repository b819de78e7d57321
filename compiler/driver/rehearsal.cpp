#include "compiler/driver/rehearsal.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "compiler/driver/data_loader.h"
#include "compiler/driver/program.h"
#include "compiler/syntax/parse.h"

namespace nnc::driver {

namespace {

// A program's text with some stretches replaced, and where they were.
class EditedText {
 public:
  explicit EditedText(std::string text) : text_(std::move(text)) {}

  const std::string& text() const { return text_; }
  void Replace(uint32_t begin, uint32_t end, const std::string& by) {
    text_.replace(begin, end - begin, by);
    edits_.push_back({begin, end - begin, static_cast<uint32_t>(by.size())});
  }
  // The place in the text as it was.
  uint32_t Before(uint32_t place) const {
    for (auto edit = edits_.rbegin(); edit != edits_.rend(); ++edit) {
      if (place >= edit->begin + edit->added) place = place - edit->added + edit->removed;
      else place = std::min(place, edit->begin);
    }
    return place;
  }

 private:
  struct Edit {
    uint32_t begin, removed, added;
  };
  std::string text_;
  std::vector<Edit> edits_;
};

// A source's settings in a text of its own: `csv{"d.csv", comment = "#"}`.
struct ParsedSource {
  SourceManager sources;
  Diagnostics diagnostics;
  ast::Program program;

  explicit ParsedSource(const std::string& text) : program(Parse(sources, sources.Add("", text), diagnostics)) {}
};

}  // namespace

// The smallest `csv{...}` of a data declaration that covers the place.
static const ast::Expr* SourceAt(const ast::Program& program, uint32_t place) {
  const ast::Expr* found = nullptr;
  const std::function<void(const ast::Expr&)> search = [&](const ast::Expr& expr) {
    if (place < expr.span.begin || place >= expr.span.end) return;
    if (expr.kind == ast::ExprKind::Configure) found = &expr;
    ast::ForEachPart(expr, search);
  };
  for (const ast::Decl& decl : program.decls)
    if (decl.kind == ast::DeclKind::Data && decl.value) search(*decl.value);
  return found;
}

// What both lists have, as one: `["?", "NA"]`.
static std::string United(const ast::Expr& one, const SourceManager& sources, const ast::Expr& other, const SourceManager& others) {
  std::vector<std::string> items;
  const auto add = [&](const ast::Expr& list, const SourceManager& from) {
    for (const ast::Expr* item : ast::Items(list))
      if (std::string text(from.Text(item->span)); std::find(items.begin(), items.end(), text) == items.end()) items.push_back(std::move(text));
  };
  add(one, sources);
  add(other, others);
  std::string list;
  for (const std::string& item : items) list += (list.empty() ? "" : ", ") + item;
  return items.size() == 1 ? list : "[" + list + "]";
}

// Puts the settings into the source at the place; those of marks beside the ones that stand there, others instead of them. False if that changes nothing.
static bool PutIn(EditedText& edited, uint32_t place, const std::string& settings) {
  static const std::set<std::string> kLists = {"missing", "comment", "units"};
  const ParsedSource added("data d = csv{" + settings + "}\n");
  if (added.program.decls.empty() || added.diagnostics.HasErrors()) return false;
  const std::string before = edited.text();
  for (const ast::Argument& argument : added.program.decls.front().value->arguments) {
    const ParsedSource now(edited.text());
    const ast::Expr* source = SourceAt(now.program, place);
    if (source == nullptr) return false;
    const std::string value(added.sources.Text(argument.value->span));
    const auto there = std::find_if(source->arguments.begin(), source->arguments.end(), [&](const auto& each) { return each.name == argument.name; });
    if (there == source->arguments.end()) {
      const uint32_t end = source->arguments.empty() ? source->span.end - 1 : source->arguments.back().value->span.end;
      edited.Replace(end, end, ", " + argument.name + " = " + value);
    } else {
      const Span span = there->value->span;
      edited.Replace(span.begin, span.end, kLists.count(argument.name) != 0 ? United(*there->value, now.sources, *argument.value, added.sources) : value);
    }
  }
  return edited.text() != before;
}

// The source at the place as it stands in the text now, in one line.
static std::string SourceIn(const std::string& text, uint32_t place) {
  const ParsedSource now(text);
  const ast::Expr* source = SourceAt(now.program, place);
  std::string line;
  for (char c : source == nullptr ? std::string_view() : now.sources.Text(source->span))
    if (c != '\n' && c != '\r') line += c;
    else if (!line.empty() && line.back() != ' ') line += ' ';
  for (size_t at = line.find("  "); at != line.npos; at = line.find("  ")) line.erase(at, 1);
  return line;
}

// Whether all files of the program's sources are soon read once more, and can be.
static bool AreSmall(DataFiles& files, const sema::SourceHeader& header, uintmax_t& left) {
  for (const auto& [name, path] : files.Paths(header)) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return false;
    const uintmax_t size = std::filesystem::file_size(path, error);
    if (error || size > left) return false;
    left -= size;
  }
  return true;
}

// Reads the program and its data as a training does. What is wrong stands in the session.
static void ReadAll(Session& session, const std::string& program, const sema::Options& given, const std::string& text) {
  constexpr uintmax_t kMost = 64 << 20;  // bytes
  sema::Options options = given;
  DataFiles files(session, {});
  options.schema = &files;
  options.text = text;
  const auto module = LoadProgram(session, program, options);
  if (!module) return;
  uintmax_t left = kMost;
  std::set<std::string> read;
  const auto open = [&](const sema::DataSource& data) {
    if (session.diagnostics.HasErrors() || !read.insert(data.header.name).second || !AreSmall(files, data.header, left)) return;
    LoadedSource(session, files, data, nullptr).Open();
  };
  for (const std::string& name : module->TrainNames())
    if (const auto train = module->ElaborateTrain(name))
      for (const auto& use : train->sources) open(use.data);
  for (const std::string& name : module->DataNames())
    if (!session.diagnostics.HasErrors() && read.count(name) == 0)
      if (const auto data = module->ElaborateData(name)) open(*data);
}

static const Diagnostic* FirstWithSetting(const Session& session, const std::string& program) {
  const auto& all = session.diagnostics.All();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Diagnostic& each) { return !each.setting.empty() && each.span.Valid() && session.sources.File(each.span.file).path == program; });
  return found == all.end() ? nullptr : &*found;
}

void Rehearse(Session& session, const std::string& program, const sema::Options& options) {
  constexpr int kMost = 6;  // settings, one after the other
  const Diagnostic* cured = FirstWithSetting(session, program);
  if (cured == nullptr) return;
  const uint32_t file = cured->span.file;
  uint32_t place = cured->span.begin;
  std::string setting = cured->setting;
  EditedText shown(session.sources.File(file).text), tried = shown;
  std::set<std::string> told;
  for (const Diagnostic& each : session.diagnostics.All()) told.insert(each.message);
  for (int round = 0; round < kMost && PutIn(shown, place, setting); ++round) {
    PutIn(tried, place, setting);
    if (setting.starts_with("missing") && shown.text().find("fill") == std::string::npos) PutIn(tried, place, "drop = true");
    Session again;
    ReadAll(again, program, options, tried.text());
    const Diagnostic* next = FirstWithSetting(again, program);
    for (const Diagnostic& each : again.diagnostics.All()) {
      if (Row(each.kind).severity != Severity::Error || !told.insert(each.message).second) continue;
      const bool here = each.span.Valid() && again.sources.File(each.span.file).path == program;
      const Span span = here ? Span{file, tried.Before(each.span.begin), tried.Before(each.span.end)} : Span{file, place, place};
      session.Report(each.kind, span, each.message).Help(each.help).AddNote("found with `" + setting + "` in the source's braces");
    }
    if (next == nullptr || next->setting == setting) break;
    setting = next->setting;
    place = tried.Before(next->span.begin);
  }
  session.diagnostics.Last().help += ": `" + SourceIn(shown.text(), place) + "`";
}

}  // namespace nnc::driver
