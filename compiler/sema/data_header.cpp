// Where a data block's events come from: the files and how they are written, the split, and what becomes of missing values.
#include "compiler/sema/data_header.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "compiler/sema/expressions.h"
#include "compiler/sema/file_columns.h"
#include "compiler/sema/foreign_names.h"
#include "compiler/sema/missing_values.h"
#include "compiler/syntax/foreign_words.h"

namespace nnc::sema {

using ast::ExprKind;
using ast::StmtKind;

static constexpr int64_t kMostEvents = int64_t{1} << 32;  // draws are keyed by 32 bits of the event's number

static constexpr int64_t kMostRows = 65536;  // of an event

static const std::vector<std::string> kParts = {"train", "valid", "test"};

static bool IsPart(const std::string& name) { return std::find(kParts.begin(), kParts.end(), name) != kParts.end(); }

static std::string Listed(const std::vector<std::string>& names) {
  std::string list;
  for (size_t i = 0; i < names.size(); ++i) list += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return list;
}

static std::vector<std::string> SettingsOf(const std::string& format) {
  std::vector<std::string> settings = kParts;
  if (format == "csv") settings.insert(settings.end(), {"separator", "decimal", "thousands", "units", "widths", "encoding", "replace", "header", "names", "skip", "comment", "missing", "group", "each", "most", "count"});
  settings.insert(settings.end(), {"fill", "drop"});
  if (format == "csv") settings.insert(settings.end(), {"file", "row"});
  return settings;
}

bool DataHeader::ReadPaths(const ast::Expr& expr, SourceHeader::FilePart& part) {
  part.span = Cover(part.span, expr.span);
  if (expr.kind == ExprKind::List && expr.operands.empty()) {
    Report(DiagnosticKind::MissingArgument, expr.span, "the list of files is empty").Help("name one file or several: `[\"run1.csv\", \"run2.csv\"]`");
    return false;
  }
  std::set<std::string> named;
  for (const ast::Expr* item : ast::Items(expr)) {
    if (item->kind != ExprKind::String) {
      Report(DiagnosticKind::TypeMismatch, item->span, "a file's name in quotes is needed here");
      return false;
    }
    if (!named.insert(std::filesystem::path(item->text).lexically_normal().string()).second) {
      Report(DiagnosticKind::Redefinition, item->span, "the file \"" + item->text + "\" is named twice, and its events would count twice");
      return false;
    }
    part.paths.push_back(item->text);
    part.labels.push_back(item->text);
  }
  return true;
}

// A setting of events of several rows. False if it is none.
bool DataHeader::ReadRowSetting(const std::string& name, const ast::Expr& expr, std::optional<EventRows>& rows) {
  if (name != "group" && name != "each" && name != "most" && name != "count") return false;
  if (!rows) rows.emplace();
  rows->span = Cover(rows->span, expr.span);
  auto needs = [&](const char* what, Span span) { Report(DiagnosticKind::TypeMismatch, span, "`" + name + "` takes " + what); };
  auto columns = [&](std::vector<std::string>& list, const char* what) {
    if (expr.kind == ExprKind::List && expr.operands.empty()) needs(what, expr.span);
    for (const ast::Expr* item : ast::Items(expr)) {
      if (item->kind != ExprKind::Name && item->kind != ExprKind::String) needs(what, item->span);
      else if (std::find(list.begin(), list.end(), item->text) != list.end()) Report(DiagnosticKind::Redefinition, item->span, "`" + item->text + "` is listed twice");
      else list.push_back(item->text);
    }
  };
  if (name == "group") {
    rows->by_span = expr.span;
    columns(rows->by, "the column whose values tell events apart, or a list of such, as in `group = [run, event]`");
  } else if (name == "each") {
    rows->each_span = expr.span;
    columns(rows->each, "the columns whose values differ within an event, as in `each = [x, y, charge]`");
  } else if (name == "most") {
    rows->most_span = expr.span;
    rows->most = Expressions(*this).EvaluateInteger(expr, shared_.globals);
    if (rows->most && (*rows->most < 1 || *rows->most > kMostRows))
      Report(DiagnosticKind::OptionOutOfRange, expr.span, "`most` is how many rows an event has room for, from 1 to " + std::to_string(kMostRows) + ", and this is " + std::to_string(*rows->most));
  } else {
    rows->count = expr.text;
    rows->count_span = expr.span;
    if (expr.kind != ExprKind::Name) needs("a name for the number of an event's rows, as in `count = hits`", expr.span);
  }
  return true;
}

// Who says that events have several rows says all of it: what is not said would be guessed. Beside another source `group` may stand by itself.
void DataHeader::CheckRows(const EventRows& rows, bool alone) {
  if (!alone && rows.by_span.Valid() && !rows.each_span.Valid() && !rows.most_span.Valid() && !rows.count_span.Valid()) return;
  std::vector<std::string> missing;
  if (!rows.by_span.Valid()) missing.push_back("`group`");
  if (!rows.each_span.Valid()) missing.push_back("`each`");
  if (!rows.most_span.Valid()) missing.push_back("`most`");
  if (!rows.count_span.Valid()) missing.push_back("`count`");
  if (!missing.empty()) {
    Report(DiagnosticKind::MissingArgument, rows.span, "events of several rows are told by `group`, `each`, `most` and `count`, and " + Listed(missing) + (missing.size() == 1 ? " is" : " are") + " not given")
        .Help("as in `group = event, each = [x, y, charge], most = 64, count = hits`: rows of one `event` are one; it has up to 64 of `x`, `y` and `charge`, and `hits` says how many");
    return;
  }
  for (const std::string& name : rows.by)
    if (rows.IsOfRows(name)) Report(DiagnosticKind::Redefinition, rows.each_span, "`" + name + "` tells events apart, and does not differ within one").AddLabel(rows.by_span, "named here");
  if (rows.IsOfRows(rows.count) || rows.TellsEvents(rows.count))
    Report(DiagnosticKind::Redefinition, rows.count_span, "`" + rows.count + "` is a column of the file, and `count` names a new one").Help("give the number of rows another name");
}

// `csv("d.csv")`, `pd.read_csv("d.csv")` or `"d.csv"` as it should be written.
static std::string SourceAsWritten(const ast::Expr& value) {
  const ast::Expr* file = value.kind == ExprKind::String ? &value : nullptr;
  for (const ast::Argument& argument : value.arguments)
    if (!file && argument.value->kind == ExprKind::String) file = argument.value.get();
  if (!file) return "";
  const bool named = value.kind == ExprKind::Apply && value.operands[0]->kind == ExprKind::Name && value.operands[0]->text == "idx";
  return "settings stand in braces: write `" + std::string(named ? "idx" : "csv") + "{\"" + file->text + "\"}`";
}

void DataHeader::ReadHeaderFiles(const ast::Expr& value, bool alone, SourceHeader& header) {
  if (value.kind != ExprKind::Configure || value.operands[0]->kind != ExprKind::Name) {
    Report(DiagnosticKind::UnsupportedFormat, value.span,
        "a data source is `sample N`, or a format with its file, as in `csv{\"events.csv\"}`")
        .Help(SourceAsWritten(value));
    return;
  }
  header.format = value.operands[0]->text;
  if (header.format != "csv" && header.format != "idx") {
    auto& report = Report(DiagnosticKind::UnsupportedFormat, value.operands[0]->span,
        "the format `" + header.format + "` is not read");
    std::string near = ClosestName(header.format, {"csv", "idx", "sample"});
    report.Help(near.empty() ? "formats are csv and idx" : "did you mean `" + near + "`?");
    return;
  }
  const std::vector<std::string> settings = SettingsOf(header.format);
  SourceHeader::FilePart bare;
  std::set<std::string> said;
  for (const ast::Argument& argument : value.arguments) {
    const ast::Expr& expr = *argument.value;
    if (!argument.name.empty() && !said.insert(argument.name).second) {
      Report(DiagnosticKind::Redefinition, argument.name_span, "`" + argument.name + "` is said twice");
      return;
    }
    if (argument.name.empty()) {
      if (header.format == "csv" && !bare.paths.empty()) {
        Report(DiagnosticKind::TooManyArguments, expr.span, "`csv` takes one file, or a list of files, whose events stand one behind the other")
            .Help("for parts, `csv{train = ..., test = ...}`; for the events of both, `csv{[..., ...]}`");
        return;
      }
      if (!ReadPaths(expr, bare)) return;
    } else if (!alone && (argument.name == "fill" || argument.name == "drop")) {
      Report(DiagnosticKind::MisplacedStatement, argument.name_span, "`" + argument.name + "` is said once for all files of the block")
          .Help("write it as a line of the block: `" + argument.name + " = " + std::string(shared_.sources.Text(expr.span)) + "`");
    } else if (argument.name == "fill") {
      header.fill = MissingValues(*this).ReadFill(expr);
    } else if (argument.name == "drop") {
      if (auto drop = Expressions(*this).EvaluateTruth("drop", expr)) header.drop = *drop;
    } else if (IsPart(argument.name)) {
      SourceHeader::FilePart part;
      part.part = argument.name;
      part.span = expr.span;
      if (!ReadPaths(expr, part)) return;
      header.files.push_back(part);
    } else if (header.format != "csv" || !(ReadCellSetting(argument.name, expr, header.cells) || ReadRowSetting(argument.name, expr, header.rows))) {
      auto& report = Report(DiagnosticKind::UnknownArgument, argument.name_span,
          "`" + header.format + "` has no setting `" + argument.name + "`");
      std::string near = ClosestName(argument.name, settings), known = DataHelp(argument.name);
      report.Help(!known.empty() ? known : near.empty() ? "settings are " + Listed(settings) : "did you mean `" + near + "`?");
      return;
    }
  }
  if (header.rows) CheckRows(*header.rows, alone);
  CheckSigns(header.cells, value.span);
  if (!bare.paths.empty()) header.files.insert(header.files.begin(), bare);
  if (header.files.empty())
    Report(DiagnosticKind::MissingArgument, value.span,
        "`" + header.format + "` needs a file, as in `" + header.format + "{\"file\"}`");
}

// The sources that stand with `and`, in the order of the text.
static std::vector<const ast::Expr*> WithAnd(const ast::Expr& value) {
  if (value.kind != ExprKind::Binary || value.op != ast::Operator::And) return {&value};
  std::vector<const ast::Expr*> sources = WithAnd(*value.operands[0]);
  const std::vector<const ast::Expr*> right = WithAnd(*value.operands[1]);
  sources.insert(sources.end(), right.begin(), right.end());
  return sources;
}

static std::string PartsOf(const SourceHeader& header) {
  std::vector<std::string> parts;
  for (const std::string& name : kParts)
    if (std::any_of(header.files.begin(), header.files.end(), [&](const auto& part) { return part.part == name; })) parts.push_back("`" + name + "`");
  const bool bare = std::any_of(header.files.begin(), header.files.end(), [](const auto& part) { return part.part.empty(); });
  return parts.empty() ? "no parts" : Listed(parts) + (bare ? " and one without a part" : "");
}

// Whether the source tells its events apart, as each of several does.
bool DataHeader::StandsBeside(const std::vector<const ast::Expr*>& sources, size_t table, const SourceHeader& all) {
  const SourceHeader& header = all.Table(table);
  if (header.format != "csv") {
    Report(DiagnosticKind::UnsupportedFormat, sources[table]->span, "sources stand together by what tells their events apart, and `" + header.format + "` has no `group`")
        .Help("files with `group` can: `csv{\"events.csv\", group = event} and csv{\"hits.csv\", group = event, each = [x, y], most = 64, count = hits}`");
    return false;
  }
  if (header.rows && header.rows->by_span.Valid()) return true;
  if (header.rows) return false;  // reported with what else is missing
  ReportNoGroup(sources, all, table);
  return false;
}

// Whether a further source goes by the same events as the first.
void DataHeader::CheckBeside(const ast::Expr& value, const SourceHeader& first, const SourceHeader& other) {
  const bool made = std::any_of(other.rows->by.begin(), other.rows->by.end(), [&](const std::string& name) { return other.cells.Makes(name); });
  if (!std::is_permutation(first.rows->by.begin(), first.rows->by.end(), other.rows->by.begin(), other.rows->by.end()))
    Report(DiagnosticKind::TypeMismatch, other.rows->by_span, "the same columns tell the events of all sources apart, and these are others than those of the first")
        .AddLabel(first.rows->by_span, "the first")
        .Help(made ? "columns that `file` and `row` make have one name in all sources, as in `row = number, group = number`" : "where the columns are called otherwise in this file, `header = true, names = [...]` renames them");
  if (PartsOf(first) != PartsOf(other))
    Report(DiagnosticKind::MissingSplit, value.span, "the first source has files for " + PartsOf(first) + ", and this one for " + PartsOf(other))
        .Help("sources that stand together have files for the same parts; without parts, `split` divides the events of all");
}

// A source, or several of the same events.
void DataHeader::ReadSources(const ast::Expr& value, SourceHeader& header) {
  const std::vector<const ast::Expr*> sources = WithAnd(value);
  const bool alone = sources.size() == 1;
  const size_t errors = Mistakes();
  ReadHeaderFiles(*sources.front(), alone, header);
  for (size_t i = 1; i < sources.size(); ++i) {
    SourceHeader& other = header.beside.emplace_back();
    other.name = header.name + ":" + std::to_string(i + 1);
    other.span = sources[i]->span;
    other.folder = header.folder;
    other.mentioned = header.mentioned;
    ReadHeaderFiles(*sources[i], alone, other);
  }
  if (alone || Mistakes() > errors) return;
  for (size_t i = 0; i < sources.size(); ++i)
    if (!StandsBeside(sources, i, header)) return;
  for (size_t i = 1; i < sources.size(); ++i) CheckBeside(*sources[i], header, header.Table(i));
}

bool DataHeader::ReadSplit(const ast::Stmt& stmt, SourceHeader& header) {
  double total = 0;
  for (const ast::Binding& binding : stmt.bindings) {
    auto fraction = Expressions(*this).EvaluateNumber(*binding.value, shared_.globals);
    if (!fraction) return false;
    if (!(*fraction > 0 && *fraction <= 1)) {
      Report(DiagnosticKind::TypeMismatch, binding.span, "the part `" + binding.name + "` is a fraction between 0 and 1").Help(FormOf("split"));
      return false;
    }
    if (std::any_of(header.split.begin(), header.split.end(), [&](const auto& part) { return part.name == binding.name; })) {
      Report(DiagnosticKind::Redefinition, binding.span, "the part `" + binding.name + "` is given twice");
      return false;
    }
    if (!IsPart(binding.name)) {
      auto& report = Report(DiagnosticKind::MissingSplit, binding.span,
          "the parts of a split are train, valid and test, not `" + binding.name + "`");
      std::string near = ClosestName(binding.name, kParts);
      if (binding.name == "val" || binding.name == "validation") near = "valid";
      if (!near.empty()) report.Help("did you mean `" + near + "`?");
      else report.Help(binding.name == "seed" ? "the seed stands behind the parts without a comma: `split train 0.7, valid 0.3 seed 1`" : FormOf("split"));
      return false;
    }
    total += *fraction;
    header.split.push_back({binding.name, *fraction});
  }
  if (total > 1 + 1e-9) Report(DiagnosticKind::TypeMismatch, stmt.span, "the parts of the split add up to more than 1");
  if (stmt.seed)
    if (auto seed = Expressions(*this).EvaluateInteger(*stmt.seed, shared_.globals)) {
      header.split_seed = static_cast<uint64_t>(*seed);
      if (*seed < 0) Report(DiagnosticKind::OptionOutOfRange, stmt.seed->span, "a seed is a whole number from 0 on");
    }
  return true;
}

void DataHeader::ReadCount(const ast::Decl& decl, SourceHeader& header) {
  if (WithAnd(*decl.value).size() > 1) {
    Report(DiagnosticKind::UnsupportedFormat, decl.value->span, "sources stand together by what tells their events apart, and events that are drawn have no `group`")
        .Help("what is drawn is defined in the block: `noise ~ normal(0, 1)`");
    return;
  }
  auto count = Expressions(*this).EvaluateInteger(*decl.value, shared_.globals);
  if (!count) return;
  header.count = *count;
  if (*count <= 0)
    Report(DiagnosticKind::EmptyData, decl.value->span,
        "the data source `" + decl.name + "` would have " + std::to_string(*count) + " events");
  if (*count > kMostEvents)
    Report(DiagnosticKind::TooLarge, decl.value->span,
        "the data source `" + decl.name + "` would have " + std::to_string(*count) + " events, more than can be numbered");
}

// Names, and texts in the places of columns; not what a column is compared with.
static void AddMentioned(const ast::Expr& expr, std::set<std::string>& names) {
  const auto of_columns = [](const ast::Expr& part) { return part.kind != ExprKind::String; };
  const bool compared = expr.kind == ExprKind::Binary && (expr.op == ast::Operator::Equal || expr.op == ast::Operator::NotEqual);
  if (expr.kind == ExprKind::Name || expr.kind == ExprKind::String) names.insert(expr.text);
  ast::ForEachPart(expr, [&](const ast::Expr& part) {
    if (!compared || of_columns(part)) AddMentioned(part, names);
  });
}

// What the block calls by name and does not define itself.
static std::vector<std::string> Mentioned(const ast::Block& body) {
  std::set<std::string> names;
  for (const ast::Stmt& stmt : body.statements)
    if (stmt.kind == StmtKind::Define && stmt.value) AddMentioned(*stmt.value, names);
  for (const ast::Stmt& stmt : body.statements)
    for (const auto& target : stmt.targets) names.erase(target->text);
  return {names.begin(), names.end()};
}

std::optional<SourceHeader> DataHeader::Header(const ast::Decl& decl) {
  SourceHeader header;
  header.name = decl.name;
  header.span = decl.name_span;
  header.sample = decl.sample;
  const std::string& path = shared_.sources.File(decl.span.file).path;
  size_t slash = path.rfind('/');
  header.folder = slash == std::string::npos ? "." : path.substr(0, slash);
  size_t errors = Mistakes();
  if (decl.body) header.mentioned = Mentioned(*decl.body);
  if (decl.sample) ReadCount(decl, header);
  else ReadSources(*decl.value, header);
  const std::vector<ast::Stmt> none;
  std::set<std::string> said;
  if (header.fill) said.insert("fill");
  if (header.drop) said.insert("drop");
  for (const ast::Stmt& stmt : decl.body ? decl.body->statements : none) {
    if (stmt.kind == StmtKind::Split && !ReadSplit(stmt, header)) return std::nullopt;
    if (stmt.kind != StmtKind::Define || stmt.targets.size() != 1 || decl.sample) continue;
    const ast::Expr& target = *stmt.targets[0];
    const std::string& name = target.kind == ExprKind::Subscript ? target.operands[0]->text : target.text;
    if (target.kind == ExprKind::Name && (name == "fill" || name == "drop") && !said.insert(name).second) Report(DiagnosticKind::Redefinition, target.span, "`" + name + "` is said twice");
    if (name == "fill") MissingValues(*this).ReadFillStatement(stmt, header);
    if (name == "missing" && target.kind == ExprKind::Subscript) MissingValues(*this).ReadMissingStatement(stmt, header);
    if (name == "drop" && target.kind == ExprKind::Name)
      if (auto drop = Expressions(*this).EvaluateTruth("drop", *stmt.value)) header.drop = *drop;
  }
  for (SourceHeader& other : header.beside) {
    other.drop = header.drop;
    other.marks = header.marks;
  }
  if (header.fill && header.fill->kind == FillRule::Kind::Label)
    Report(DiagnosticKind::TypeMismatch, header.fill->span, "a label fills columns that are named, and this fills numbers")
        .Help("name them, as in `fill[detector] = \"" + header.fill->label + "\"`");
  if (header.fill && header.drop)
    Report(DiagnosticKind::Redefinition, header.fill->span, "an event with a missing value cannot be both filled and left out")
        .Help("name the columns that are filled, as in `fill[energy, time] = 0`; with `drop = true` all others leave the event out");
  if (Mistakes() > errors) return std::nullopt;
  return header;
}

}  // namespace nnc::sema
