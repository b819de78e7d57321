#include "compiler/driver/rehearsal.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
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

// The pairs of both lists, each once: `["a", "b", "c", "d"]`.
static std::string UnitedPairs(const ast::Expr& one, const SourceManager& sources, const ast::Expr& other, const SourceManager& others) {
  std::vector<std::string> pairs;
  const auto add = [&](const ast::Expr& list, const SourceManager& from) {
    const std::vector<const ast::Expr*> items = ast::Items(list);
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      const std::string pair = std::string(from.Text(items[i]->span)) + ", " + std::string(from.Text(items[i + 1]->span));
      if (std::find(pairs.begin(), pairs.end(), pair) == pairs.end()) pairs.push_back(pair);
    }
  };
  add(one, sources);
  add(other, others);
  std::string list;
  for (const std::string& pair : pairs) list += (list.empty() ? "" : ", ") + pair;
  return "[" + list + "]";
}

// Takes a setting out of the source at the place.
static void TakeOut(EditedText& edited, uint32_t place, std::string_view setting) {
  const ParsedSource now(edited.text());
  const ast::Expr* source = SourceAt(now.program, edited.After(place));
  if (source == nullptr) return;
  uint32_t behind = source->operands[0]->span.end + 1;
  for (const ast::Argument& argument : source->arguments) {
    const uint32_t end = argument.value->span.end;
    if (argument.name == setting) return edited.Replace(behind, end, "");
    behind = end;
  }
}

// Puts the settings into the source at the place; those of marks beside the ones that stand there, others instead of them. False if that changes nothing.
static bool PutIn(EditedText& edited, uint32_t place, const std::string& settings) {
  static const std::set<std::string> kLists = {"missing", "comment", "units"};
  const ParsedSource added("data d = csv{" + settings + "}\n");
  if (added.program.decls.empty() || added.diagnostics.HasErrors()) return false;
  const std::string before = edited.text();
  if (settings.starts_with("widths")) TakeOut(edited, place, "separator");
  for (const ast::Argument& argument : added.program.decls.front().value->arguments) {
    const ParsedSource now(edited.text());
    const ast::Expr* source = SourceAt(now.program, edited.After(place));
    if (source == nullptr) return false;
    const std::string value(added.sources.Text(argument.value->span));
    const auto there = std::find_if(source->arguments.begin(), source->arguments.end(), [&](const auto& each) { return each.name == argument.name; });
    if (there == source->arguments.end()) {
      const uint32_t end = source->arguments.back().value->span.end;  // it has a file
      edited.Replace(end, end, ", " + argument.name + " = " + value);
    } else {
      const Span span = there->value->span;
      const auto united = [&](auto unite) { return unite(*there->value, now.sources, *argument.value, added.sources); };
      edited.Replace(span.begin, span.end, argument.name == "replace" ? united(UnitedPairs) : kLists.count(argument.name) != 0 ? united(United) : value);
    }
  }
  return edited.text() != before;
}

static std::string InOneLine(const ParsedSource& now, const ast::Expr& source) {
  std::string line;
  for (const ast::Argument& argument : source.arguments) {
    const bool list = argument.value->kind == ast::ExprKind::List;
    std::string items;
    for (const ast::Expr* item : ast::Items(*argument.value)) items += (items.empty() ? "" : ", ") + std::string(now.sources.Text(item->span));
    line += (line.empty() ? "" : ", ") + (argument.name.empty() ? "" : argument.name + " = ") + (list ? "[" + items + "]" : items);
  }
  return std::string(now.sources.Text(source.operands[0]->span)) + "{" + line + "}";
}

// The block's source at the place as it stands now, or all that stand together, in one line.
static std::string SourcesIn(const EditedText& edited, uint32_t place) {
  const ParsedSource now(edited.text());
  std::string line;
  for (const ast::Expr* source : SourcesOf(*DataAt(now.program, edited.After(place)))) line += (line.empty() ? "" : " and ") + InOneLine(now, *source);
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

// Reads the files of the program's sources: with its trainings as these do, else all that the blocks define. What is wrong stands in the session.
// Whether it came to reading any.
static bool ReadSources(Session& session, const std::string& program, const sema::Options& given, const std::string& text, bool trainings) {
  uintmax_t left = 16 << 20;  // bytes
  sema::Options options = given;
  DataFiles files(session, {});
  options.schema = &files;
  options.text = text;
  const auto module = LoadProgram(session, program, options);
  if (!module) return false;
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
  return !read.empty();
}

// The program's own file in the session, by its number; 0 if it was not read.
static uint32_t FileOf(const Session& session, const std::string& program) {
  for (uint32_t file = 1; file <= session.sources.FileCount(); ++file)
    if (session.sources.File(file).path == program) return file;
  return 0;
}

// What is put in place of parts of a program's text, one after the other, and what is found with it.
class Rehearsal {
 public:
  Rehearsal(Session& session, const std::string& program, const sema::Options& options, uint32_t file)
      : session_(session), program_(program), options_(options), file_(file), shown_(session.sources.File(file).text), tried_(shown_) {
    for (const Diagnostic& each : session.diagnostics.All()) told_.insert(each.message);
  }
  // Reads the blocks by themselves, as they stand.
  void ReadAsWritten();
  void TryCures();

 private:
  bool IsHere(const Session& session, const Diagnostic& each) const { return each.span.Valid() && session.sources.File(each.span.file).path == program_; }
  std::optional<size_t> FirstWithSetting(const Session& session) const;
  bool HasErrorIn(const Session& session, Span source) const;
  bool PutInSetting(const Session& found);
  bool PutInInstead(const Session& found);
  void Tell(const Session& again, const std::string& note);
  std::unique_ptr<Session> Read();

  Session& session_;
  const std::string& program_;
  const sema::Options& options_;
  const uint32_t file_;
  EditedText shown_, tried_;  // with the settings that are proposed, and with all that is tried
  std::set<std::string> told_;
  std::optional<size_t> first_;  // the first error with a setting, by its number in the session
  uint32_t place_ = 0;           // of the last cure, in the text as it was
  std::string note_;             // what was put in last
  int settings_ = 0;
  bool numbered_ = false;  // labels, which changes what a training is made of
};

// The first error, by its number, with a setting for its cure that the program's own text can take.
std::optional<size_t> Rehearsal::FirstWithSetting(const Session& session) const {
  const auto& all = session.diagnostics.All();
  for (size_t i = 0; i < all.size(); ++i)
    if (!all[i].setting.empty() && IsHere(session, all[i])) return i;
  return std::nullopt;
}

// Whether the source itself, as it was put together, is refused: its settings, or the form of its files.
bool Rehearsal::HasErrorIn(const Session& session, Span source) const {
  const auto& all = session.diagnostics.All();
  return std::any_of(all.begin(), all.end(), [&](const Diagnostic& each) {
    return Row(each.kind).severity == Severity::Error && IsHere(session, each) && each.span.begin >= source.begin && each.span.end <= source.end;
  });
}

// Tells what was found and was not told before. A program in which labels are numbered is not the one that will be written: of it, only what the
// files hold is true.
void Rehearsal::Tell(const Session& again, const std::string& note) {
  for (const Diagnostic& each : again.diagnostics.All()) {
    const bool of_data = Row(each.kind).code.starts_with("E06") && each.kind != DiagnosticKind::FileNotFound;
    const bool counts = Row(each.kind).severity == Severity::Error || each.kind == DiagnosticKind::LooksMissing;  // a setting more that the next program has
    if (!note.empty() && (!counts || (numbered_ && !of_data))) continue;
    if (!told_.insert(each.message).second) continue;
    const Span span = IsHere(again, each) ? Span{file_, tried_.Before(each.span.begin), tried_.Before(each.span.end)} : Span{file_, place_, place_};
    Diagnostic& told = session_.Report(each.kind, span, each.message).Help(each.help);
    told.setting = each.setting;
    if (!note.empty()) told.AddNote(note);
  }
}

void Rehearsal::ReadAsWritten() {
  Session alone;
  ReadSources(alone, program_, options_, tried_.text(), false);
  Tell(alone, "");
}

// The setting that cures an error of what was found last.
bool Rehearsal::PutInSetting(const Session& found) {
  constexpr size_t kLongest = 60;
  const std::optional<size_t> next = FirstWithSetting(found);
  if (!next) return false;
  const Diagnostic& error = found.diagnostics.All()[*next];
  place_ = tried_.Before(error.span.begin);
  const std::string setting = error.setting;
  if (!PutIn(shown_, place_, setting)) return false;
  PutIn(tried_, place_, setting);
  if (!first_) first_ = FirstWithSetting(session_);
  ++settings_;
  if (setting.starts_with("missing") && !SettlesMissing(ParsedSource(tried_.text()).program, tried_.After(place_))) PutIn(tried_, place_, "drop = true");
  note_ = setting.size() > kLongest ? "found with the setting above" : "found with `" + setting + "` in the source's braces";
  return true;
}

// What may stand in the places of columns of text, whose labels are no numbers.
bool Rehearsal::PutInInstead(const Session& found) {
  std::map<uint32_t, Label> places;
  for (const Diagnostic& each : found.diagnostics.All())
    for (const Label& instead : each.instead)
      if (found.sources.File(instead.span.file).path == program_) places.emplace(instead.span.begin, instead);
  uint32_t before = static_cast<uint32_t>(tried_.text().size());
  for (auto last = places.rbegin(); last != places.rend(); ++last) {
    const auto& [begin, instead] = *last;
    if (instead.span.end > before) continue;  // holds one that was replaced
    before = begin;
    place_ = tried_.Before(begin);
    tried_.Replace(begin, instead.span.end, instead.text);
  }
  numbered_ |= !places.empty();
  note_ = "found with numbers for the labels";
  return !places.empty();
}

// Reads the sources with all that was put in. What is found: with the trainings where these can be put together, else of the blocks alone.
std::unique_ptr<Session> Rehearsal::Read() {
  auto with_trainings = std::make_unique<Session>();
  const bool opened = ReadSources(*with_trainings, program_, options_, tried_.text(), true);
  Tell(*with_trainings, note_);
  const auto& all = with_trainings->diagnostics.All();
  if (opened || std::any_of(all.begin(), all.end(), [](const Diagnostic& each) { return !each.setting.empty() || !each.instead.empty(); })) return with_trainings;
  auto alone = std::make_unique<Session>();
  ReadSources(*alone, program_, options_, tried_.text(), false);
  Tell(*alone, note_);
  return alone;
}

void Rehearsal::TryCures() {
  constexpr int kMost = 8;  // one after the other
  std::unique_ptr<Session> found;
  for (int round = 0; round < kMost; ++round) {
    const Session& last = found ? *found : session_;
    if (!PutInSetting(last) && !PutInInstead(last)) break;
    found = Read();
  }
  if (!first_ || !found) return;
  Diagnostic& first = session_.diagnostics[*first_];
  const ParsedSource now(tried_.text());
  const ast::Decl* data = DataAt(now.program, tried_.After(first.span.begin));
  if (data == nullptr || SourceAt(now.program, tried_.After(first.span.begin)) == nullptr) return;
  const std::vector<const ast::Expr*> sources = SourcesOf(*data);
  if (std::any_of(sources.begin(), sources.end(), [&](const ast::Expr* source) { return HasErrorIn(*found, source->span); })) return;
  const std::string written = SourcesIn(shown_, first.span.begin);
  if (first.help.find("`" + written + "`") != first.help.npos) return;  // said already
  first.help += std::string(settings_ > 1 ? "; with what is found below the " : "; the ") + (sources.size() == 1 ? "source is " : "sources are ") + (settings_ > 1 ? "`" : "then `") + written + "`";
}

void Rehearse(Session& session, const std::string& program, const sema::Options& options, bool read) {
  const uint32_t file = FileOf(session, program);
  if (file == 0 || (read && !session.diagnostics.HasErrors())) return;
  Rehearsal rehearsal(session, program, options, file);
  if (!read) rehearsal.ReadAsWritten();
  rehearsal.TryCures();
}

}  // namespace nnc::driver
