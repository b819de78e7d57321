// nnc options: what --set may change.
#include <algorithm>
#include <cstdio>

#include "compiler/driver/command.h"
#include "compiler/driver/program.h"

namespace nnc::driver {

int ListOptions(const OptionsRequest& request) {
  Session session;
  auto module = LoadProgram(session, request.file, ElaborationOptions(session, request.set));
  if (!module) return session.Finish();
  std::vector<sema::OptionInfo> options = module->ListOptions();
  if (session.diagnostics.HasErrors()) return session.Finish();
  size_t name = 0, type = 0, value = 0, range = 0;
  for (const sema::OptionInfo& option : options) {
    name = std::max(name, option.name.size());
    type = std::max(type, option.type.size());
    value = std::max(value, option.value.size());
    range = std::max(range, option.range.size());
  }
  for (const sema::OptionInfo& option : options) {
    std::string line = option.name + std::string(name - option.name.size(), ' ') + "  " + option.type +
                       std::string(type - option.type.size(), ' ') + "  = " + option.value + std::string(value - option.value.size(), ' ');
    if (range > 0) line += "  " + (option.range.empty() ? "" : "in " + option.range) + std::string(range - option.range.size() + (option.range.empty() ? 3 : 0), ' ');
    if (option.value != option.default_value) line += "  (default " + option.default_value + ")";
    if (!option.doc.empty()) line += "  " + option.doc;
    line.erase(line.find_last_not_of(' ') + 1);
    std::printf("%s\n", line.c_str());
  }
  if (options.empty()) std::printf("`%s` has no options\n", request.file.c_str());
  return session.Finish();
}

}  // namespace nnc::driver
