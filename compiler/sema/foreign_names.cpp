#include "compiler/sema/foreign_names.h"

#include <algorithm>

#include "compiler/diagnostics/diagnostics.h"
#include "compiler/syntax/foreign_words.h"

namespace nnc::sema {

namespace {

struct ForeignRow {
  std::string_view name, target, text;
};

// What has no counterpart of one name: the whole help.
struct TextRow {
  std::string_view name, help;
  bool is_role;
};

constexpr ForeignRow kForeign[] = {
#define NNC_FOREIGN(name, target, text) {name, target, text},
#define NNC_FOREIGN_TEXT(name, help)
#define NNC_FOREIGN_ROLE(name, help)
#include "compiler/sema/foreign_names.def"
#undef NNC_FOREIGN
#undef NNC_FOREIGN_TEXT
#undef NNC_FOREIGN_ROLE
};

constexpr TextRow kTexts[] = {
#define NNC_FOREIGN(name, target, text)
#define NNC_FOREIGN_TEXT(name, help) {name, help, false},
#define NNC_FOREIGN_ROLE(name, help) {name, help, true},
#include "compiler/sema/foreign_names.def"
#undef NNC_FOREIGN
#undef NNC_FOREIGN_TEXT
#undef NNC_FOREIGN_ROLE
};

struct DataRow {
  std::string_view name, help;
};

constexpr DataRow kData[] = {
#define NNC_DATA_NAME(name, help) {name, help},
#include "compiler/sema/data_names.def"
#undef NNC_DATA_NAME
};

struct ArgumentRow {
  std::string_view function, parameter, hint;
};

constexpr ArgumentRow kArguments[] = {
#define NNC_ARGUMENT(function, parameter, hint) {function, parameter, hint},
#define NNC_CLASSES(function, parameter, hint)
#include "compiler/sema/argument_hints.def"
#undef NNC_ARGUMENT
#undef NNC_CLASSES
};

constexpr ArgumentRow kClasses[] = {
#define NNC_ARGUMENT(function, parameter, hint)
#define NNC_CLASSES(function, parameter, hint) {function, parameter, hint},
#include "compiler/sema/argument_hints.def"
#undef NNC_ARGUMENT
#undef NNC_CLASSES
};

const ForeignRow* Find(std::string_view name) {
  for (const ForeignRow& row : kForeign)
    if (row.name == name) return &row;
  return nullptr;
}

}  // namespace

std::string ForeignHelp(std::string_view name) {
  if (const ForeignRow* row = Find(name)) return "in nn this is written `" + std::string(row->text) + "`";
  for (const TextRow& row : kTexts)
    if (row.name == name) return std::string(row.help);
  return "";
}

std::string NearForeignHelp(const std::string& name) {
  std::vector<std::string> names;
  for (const ForeignRow& row : kForeign) names.emplace_back(row.name);
  return ForeignHelp(ClosestName(name, names));
}

std::string MemberHelp(std::string_view name, std::string_view base, bool known) {
  const ForeignRow* row = Find(name);
  if (std::string help = row ? "" : ForeignHelp(name); !help.empty()) return help;
  if (!known && !row) return ForeignWordHelp(name, WordPlace::First);
  if (!known && row->text.find(row->target) == row->text.npos) return ForeignHelp(name);  // not by applying something
  if (!known && row->target != "reshape" && std::count(row->text.begin(), row->text.end(), ',') > 0) return ForeignHelp(name);  // nor to this alone
  std::string function(known ? name : row->target);
  if (function == "reshape") return "functions are applied to their arguments: write `reshape[N, ...](" + std::string(base.size() > 20 ? "x" : base) + ")`";
  const std::string argument(base.size() > 20 || base.find('\n') != base.npos ? "x" : base);
  return "functions are applied to their arguments: write `" + function + "(" + argument + ")` or `" + argument + " |> " + function + "`";
}

std::string QuotedHelp(std::string_view text, bool known) {
  return known ? "what the program names stands without quotes: `" + std::string(text) + "`" : ForeignHelp(text);
}

std::string DataHelp(std::string_view name) {
  for (const DataRow& row : kData)
    if (row.name == name) return std::string(row.help);
  return "";
}

std::string ForeignTarget(std::string_view name, const std::vector<std::string>& candidates) {
  const ForeignRow* row = Find(name);
  bool known = row && std::find(candidates.begin(), candidates.end(), row->target) != candidates.end();
  return known ? std::string(row->target) : "";
}

bool IsOfPrograms(std::string_view name) {
  if (ForeignHelp(name).empty()) return !ForeignWordHelp(name, WordPlace::First).empty();
  return std::any_of(std::begin(kTexts), std::end(kTexts), [&](const TextRow& row) { return row.name == name && row.is_role; });
}

std::string Proposal(std::string_view name, const std::vector<std::string>& candidates) {
  if (std::string help = ForeignHelp(name); !help.empty()) return help;
  std::string near = ClosestName(name, candidates);
  return near.empty() ? ForeignWordHelp(name, WordPlace::First) : "did you mean `" + near + "`?";
}

std::string ArgumentHint(std::string_view function, std::string_view parameter) {
  for (const ArgumentRow& row : kArguments)
    if (row.function == function && row.parameter == parameter) return std::string(row.hint);
  return "";
}

std::string ClassesHint(std::string_view function, std::string_view parameter, const std::string& classes) {
  for (const ArgumentRow& row : kClasses)
    if (row.function == function && row.parameter == parameter) return std::string(row.hint) + classes + "} |> softmax`";
  return "";
}

}  // namespace nnc::sema
