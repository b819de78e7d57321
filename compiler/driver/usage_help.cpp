#include "compiler/driver/usage_help.h"

#include <algorithm>

#include "compiler/diagnostics/diagnostics.h"

namespace nnc::driver {
namespace {

struct Word {
  std::string_view word, help;
};

constexpr Word kCommandWords[] = {
#define NNC_COMMAND_WORD(word, help) {word, help},
#define NNC_FLAG_WORD(word, help)
#include "compiler/driver/usage_words.def"
#undef NNC_COMMAND_WORD
#undef NNC_FLAG_WORD
};

constexpr Word kFlagWords[] = {
#define NNC_COMMAND_WORD(word, help)
#define NNC_FLAG_WORD(word, help) {word, help},
#include "compiler/driver/usage_words.def"
#undef NNC_COMMAND_WORD
#undef NNC_FLAG_WORD
};

template <size_t N>
std::string Find(const Word (&words)[N], std::string_view word) {
  for (const Word& row : words)
    if (row.word == word) return std::string(row.help);
  return "";
}

// Those that the help of nnc shows.
std::vector<const CLI::App*> Commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

// Long names of the flags of a command, without their dashes.
std::vector<std::string> FlagNames(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    if (option->nonpositional() && (!option->get_group().empty() || option->get_name() == "--help"))
      for (const std::string& name : option->get_lnames()) names.push_back(name);
  return names;
}

bool Begins(const std::string& text, const std::string& with) { return text.rfind(with, 0) == 0; }

// The one name that begins with the word, or that the word begins with: `--o`, `--batch-size`.
std::string NamePart(const std::string& word, const std::vector<std::string>& names) {
  std::string found;
  for (const std::string& name : names) {
    if (name.empty() || word.empty() || !(Begins(name, word) || Begins(word, name))) continue;
    if (!found.empty()) return "";
    found = name;
  }
  return found;
}

}  // namespace

std::string CommandHelp(const CLI::App& app, const std::string& word) {
  if (std::string help = Find(kCommandWords, word); !help.empty()) return help;
  const std::string ending = ".nn";
  if (word.size() > ending.size() && word.compare(word.size() - ending.size(), ending.size(), ending) == 0)
    return "a command stands first: `nnc train " + word + "`, `nnc check " + word + "`";
  std::vector<std::string> names;
  for (const CLI::App* command : Commands(app)) names.push_back(command->get_name());
  std::string closest = ClosestName(word, names);
  return closest.empty() ? "`nnc --help` lists the commands" : "did you mean `" + closest + "`?";
}

std::string FlagHelp(const CLI::App& app, const CLI::App& command, const std::string& flag) {
  std::string word = flag.substr(0, flag.find('='));
  word.erase(0, std::min(word.find_first_not_of('-'), word.size()));
  std::replace(word.begin(), word.end(), '_', '-');
  const std::vector<std::string> names = FlagNames(command);
  std::string closest = std::find(names.begin(), names.end(), word) != names.end() ? word : ClosestName(word, names);
  if (closest.empty()) closest = NamePart(word, names);
  if (!closest.empty()) return "did you mean `--" + closest + "`?";
  if (std::string help = Find(kFlagWords, word); !help.empty()) return help;
  for (const CLI::App* other : Commands(app)) {
    const std::vector<std::string> theirs = FlagNames(*other);
    std::string near = std::find(theirs.begin(), theirs.end(), word) != theirs.end() ? word : ClosestName(word, theirs);
    if (!near.empty()) return "`--" + near + "` is a flag of `nnc " + other->get_name() + "`";
  }
  if (&command == &app) return "`nnc --help` lists the commands";
  return "`nnc " + command.get_name() + " --help` shows what it takes";
}

std::string FormHelp(const CLI::App& command) {
  std::string form = "nnc " + command.get_name();
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_required() && option->get_positional()) form += " [" + option->get_name(true) + "]";
    if (!option->get_required()) continue;
    form += option->get_positional() ? " " + option->get_name(true) : " " + option->get_name() + " " + option->get_type_name();
  }
  return "it is written `" + form + "`; `nnc " + command.get_name() + " --help` shows what else it takes";
}

}  // namespace nnc::driver
