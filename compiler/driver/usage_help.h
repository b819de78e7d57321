// What helps where the command line has a word that nnc does not know.
#pragma once
#include <CLI/App.hpp>
#include <string>

namespace nnc::driver {

// For a word in place of a command.
std::string CommandHelp(const CLI::App& app, const std::string& word);
// For a flag that the command does not have: the nearest one, one of another command, or what stands for it.
std::string FlagHelp(const CLI::App& app, const CLI::App& command, const std::string& flag);
// "it is written `nnc predict RUN --input FILE`", with what the command cannot do without and, in brackets, may be given.
std::string FormHelp(const CLI::App& command);

}  // namespace nnc::driver
