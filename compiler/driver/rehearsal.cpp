#include "compiler/driver/rehearsal.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <functional>
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
  // A place of the text as it was, in the text as it is; and back.
  uint32_t After(uint32_t place) const {
    for (const Edit& edit : edits_)
      if (place >= edit.begin + edit.removed) place = place + edit.added - edit.removed;
    return place;
  }
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

// The data declaration at the place.
static const ast::Decl* DataAt(const ast::Program& program, uint32_t place) {
  const auto covers = [&](const ast::Decl& decl) { return decl.kind == ast::DeclKind::Data && decl.value && place >= decl.span.begin && place < decl.span.end; };
  const auto found = std::find_if(program.decls.begin(), program.decls.end(), covers);
  return found == program.decls.end() ? nullptr : &*found;
}

static std::vector<const ast::Expr*> SourcesOf(const ast::Decl& data) {
  std::vector<const ast::Expr*> sources;
  const std::function<void(const ast::Expr&)> search = [&](const ast::Expr& expr) {
    if (expr.kind == ast::ExprKind::Configure) sources.push_back(&expr);
    else ast::ForEachPart(expr, search);
  };
  search(*data.value);
  return sources;
}

// Its `csv{...}` that covers the place, or the only one.
static const ast::Expr* SourceAt(const ast::Program& program, uint32_t place) {
  const ast::Decl* data = DataAt(program, place);
  if (data == nullptr) return nullptr;
  const std::vector<const ast::Expr*> sources = SourcesOf(*data);
  const auto found = std::find_if(sources.begin(), sources.end(), [&](const ast::Expr* source) { return place >= source->span.begin && place < source->span.end; });
  return found != sources.end() ? *found : sources.size() == 1 ? sources.front() : nullptr;
}

// Whether the declaration at the place says what becomes of every event that lacks a value, or cannot say so in a source's braces.
static bool SettlesMissing(const ast::Program& program, uint32_t place) {
  const ast::Decl* data = DataAt(program, place);
  const ast::Expr* source = SourceAt(program, place);
  if (data == nullptr || source == nullptr || SourcesOf(*data).size() > 1) return true;
  const auto settles = [](const std::string& name) { return name == "fill" || name == "drop"; };
  return std::any_of(source->arguments.begin(), source->arguments.end(), [&](const auto& argument) { return settles(argument.name); }) ||
         (data->body && std::any_of(data->body->statements.begin(), data->body->statements.end(), [&](const ast::Stmt& stmt) {
            return std::any_of(stmt.targets.begin(), stmt.targets.end(), [&](const auto& target) { return target->kind == ast::ExprKind::Name && settles(target->text); });
          }));
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
    const ast::Expr* source = SourceAt(now.program, edited.After(place));
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

// The source at the place as it stands now, in one line.
static std::string SourceIn(const EditedText& edited, uint32_t place) {
  const ParsedSource now(edited.text());
  const ast::Expr* source = SourceAt(now.program, edited.After(place));
  std::string line;
  for (const ast::Argument& argument : source->arguments) {
    const bool list = argument.value->kind == ast::ExprKind::List;
    std::string items;
    for (const ast::Expr* item : ast::Items(*argument.value)) items += (items.empty() ? "" : ", ") + std::string(now.sources.Text(item->span));
    line += (line.empty() ? "" : ", ") + (argument.name.empty() ? "" : argument.name + " = ") + (list ? "[" + items + "]" : items);
  }
  return std::string(now.sources.Text(source->operands[0]->span)) + "{" + line + "}";
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

// Reads the files of the program's sources: with its trainings as these do, else all that the blocks define. What is wrong stands in the session.
static void ReadSources(Session& session, const std::string& program, const sema::Options& given, const std::string& text, bool trainings) {
  uintmax_t left = 16 << 20;  // bytes
  sema::Options options = given;
  DataFiles files(session, {});
  options.schema = &files;
  options.text = text;
  const auto module = LoadProgram(session, program, options);
  if (!module) return;
  std::set<std::string> read;
  const auto open = [&](const sema::DataSource& data) {
    if (session.diagnostics.HasErrors() || data.header.sample || !read.insert(data.header.name).second || !AreSmall(files, data.header, left)) return;
    LoadedSource(session, files, data, nullptr).Open();
  };
  for (const std::string& name : trainings ? module->TrainNames() : std::vector<std::string>())
    if (const auto train = module->ElaborateTrain(name))
      for (const auto& use : train->sources) open(use.data);
  for (const std::string& name : module->DataNames())
    if (!session.diagnostics.HasErrors() && read.count(name) == 0)
      if (const auto data = module->ElaborateData(name)) open(*data);
}

// The program's own file in the session, by its number; 0 if it was not read.
static uint32_t FileOf(const Session& session, const std::string& program) {
  for (uint32_t file = 1; file <= session.sources.FileCount(); ++file)
    if (session.sources.File(file).path == program) return file;
  return 0;
}

void CheckFiles(Session& session, const std::string& program, const sema::Options& options) {
  const uint32_t file = FileOf(session, program);
  if (file == 0) return;
  Session again;
  ReadSources(again, program, options, session.sources.File(file).text, false);
  for (const Diagnostic& each : again.diagnostics.All())
    if (each.span.Valid() && again.sources.File(each.span.file).path == program) {
      Diagnostic& told = session.Report(each.kind, {file, each.span.begin, each.span.end}, each.message).Help(each.help);
      told.setting = each.setting;
    }
}

// The first error, by its number, with a setting for its cure that the program's own text can take.
static std::optional<size_t> FirstWithSetting(const Session& session, const std::string& program) {
  const auto& all = session.diagnostics.All();
  for (size_t i = 0; i < all.size(); ++i)
    if (!all[i].setting.empty() && all[i].span.Valid() && session.sources.File(all[i].span.file).path == program) return i;
  return std::nullopt;
}

// Whether the source itself, as it was put together, is refused: its settings, or the form of its files.
static bool HasErrorIn(const Session& session, const std::string& program, Span source) {
  const auto& all = session.diagnostics.All();
  return std::any_of(all.begin(), all.end(), [&](const Diagnostic& each) {
    return Row(each.kind).severity == Severity::Error && each.span.Valid() && session.sources.File(each.span.file).path == program && each.span.begin >= source.begin && each.span.end <= source.end;
  });
}

void Rehearse(Session& session, const std::string& program, const sema::Options& options) {
  constexpr int kMost = 6;  // settings, one after the other
  constexpr size_t kLongest = 60;
  const std::optional<size_t> cured = FirstWithSetting(session, program);
  if (!cured) return;
  const Diagnostic first = session.diagnostics.All()[*cured];
  const uint32_t file = first.span.file;
  uint32_t place = first.span.begin;
  std::string setting = first.setting;
  EditedText shown(session.sources.File(file).text), tried = shown;
  std::set<std::string> told;
  for (const Diagnostic& each : session.diagnostics.All()) told.insert(each.message);
  int put_in = 0;
  bool reads = false;
  while (put_in < kMost && PutIn(shown, place, setting)) {
    ++put_in;
    PutIn(tried, place, setting);
    if (setting.starts_with("missing") && !SettlesMissing(ParsedSource(tried.text()).program, tried.After(place))) PutIn(tried, place, "drop = true");
    Session again;
    ReadSources(again, program, options, tried.text(), true);
    for (const Diagnostic& each : again.diagnostics.All()) {
      if (Row(each.kind).severity != Severity::Error || !told.insert(each.message).second) continue;
      const bool here = each.span.Valid() && again.sources.File(each.span.file).path == program;
      const Span span = here ? Span{file, tried.Before(each.span.begin), tried.Before(each.span.end)} : Span{file, place, place};
      session.Report(each.kind, span, each.message).Help(each.help).AddNote(setting.size() > kLongest ? "found with the setting above" : "found with `" + setting + "` in the source's braces");
    }
    const ParsedSource now(tried.text());
    const ast::Expr* source = SourceAt(now.program, tried.After(place));
    reads = source != nullptr && !HasErrorIn(again, program, source->span);
    const std::optional<size_t> next = FirstWithSetting(again, program);
    if (!next) break;
    setting = again.diagnostics.All()[*next].setting;
    place = tried.Before(again.diagnostics.All()[*next].span.begin);
  }
  if (reads) session.diagnostics[*cured].help += (put_in > 1 ? "; with what is found below the source is `" : "; the source is then `") + SourceIn(shown, first.span.begin) + "`";
}

}  // namespace nnc::driver
