#include "compiler/sema/foreign_names.h"

#include <algorithm>

#include "compiler/diagnostics/diagnostics.h"

namespace nnc::sema {

namespace {

struct ForeignRow {
  std::string_view name, target, text;
};

constexpr ForeignRow kForeign[] = {
#define NNC_FOREIGN(name, target, text) {name, target, text},
#include "compiler/sema/foreign_names.def"
#undef NNC_FOREIGN
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
#include "compiler/sema/argument_hints.def"
#undef NNC_ARGUMENT
};

const ForeignRow* Find(std::string_view name) {
  for (const ForeignRow& row : kForeign)
    if (row.name == name) return &row;
  return nullptr;
}

}  // namespace

std::string ForeignHelp(std::string_view name) {
  const ForeignRow* row = Find(name);
  return row ? "in nn this is written `" + std::string(row->text) + "`" : "";
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

std::string Proposal(std::string_view name, const std::vector<std::string>& candidates) {
  if (std::string help = ForeignHelp(name); !help.empty()) return help;
  std::string near = ClosestName(name, candidates);
  return near.empty() ? "" : "did you mean `" + near + "`?";
}

std::string ArgumentHint(std::string_view function, std::string_view parameter) {
  for (const ArgumentRow& row : kArguments)
    if (row.function == function && row.parameter == parameter) return std::string(row.hint);
  return "";
}

}  // namespace nnc::sema
