#include "compiler/driver/embedding.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace nnc::driver {

std::string Identifier(const std::string& text) {
  std::string name;
  for (char letter : text) name += std::isalnum(static_cast<unsigned char>(letter)) != 0 && static_cast<unsigned char>(letter) < 128 ? letter : '_';
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) name.insert(name.begin(), '_');
  return name;
}

// "n x 3 x 2 floats, the last axis fastest", for an array over n events.
static std::string Extent(const EmbeddedArray& array) {
  std::string text = "n";
  for (int64_t size : array.shape) text += " x " + std::to_string(size);
  return text + (array.shape.empty() ? " floats" : " floats, row-major");
}

// Parameter names: identifiers, distinct, and none of the function's own.
static std::vector<std::string> ParameterNames(const Embedding& embedding) {
  static const std::set<std::string> kTaken = {"weights", "n", "workspace", "int", "float", "double", "char", "long", "short", "void", "const",
                                               "if", "else", "for", "while", "do", "switch", "case", "return", "signed", "unsigned", "static",
                                               "struct", "union", "enum", "register", "auto", "class", "new", "delete", "this", "template",
                                               "operator", "private", "public", "default", "break", "continue", "goto", "volatile", "extern"};
  std::set<std::string> used = kTaken;
  std::vector<std::string> names;
  auto add = [&](const EmbeddedArray& array) {
    std::string name = Identifier(array.name);
    while (!used.insert(name).second) name += "_";
    names.push_back(name);
  };
  for (const EmbeddedArray& input : embedding.inputs) add(input);
  for (const EmbeddedArray& output : embedding.outputs) add(output);
  return names;
}

// Text from a file's header may hold anything; a comment may not end early.
static std::string InComment(std::string text) {
  for (char& letter : text)
    if (letter == '*' || letter == '\\' || static_cast<unsigned char>(letter) < 32) letter = '_';
  return text;
}

std::string HeaderText(const Embedding& embedding) {
  const std::string& name = embedding.name;
  std::string guard = name + "_H";
  std::transform(guard.begin(), guard.end(), guard.begin(), [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  std::vector<std::string> names = ParameterNames(embedding);
  std::string text = "/* " + InComment(embedding.origin) + ". Made by nnc; needs nothing but the C library's mathematics. */\n#ifndef " + guard +
                     "\n#define " + guard + "\n\n#include <stdint.h>\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  text += "/* The trained weights and the values that preparation was fitted to: " + std::to_string(embedding.constants) +
          " numbers. */\nextern const float " + name + "_trained_weights[];\n\n";
  text += "/* Bytes of workspace that a call for n events needs. */\nint64_t " + name + "_workspace_size(int64_t n);\n\n";
  text += "/* Applies the model to n events, any number of them. An event's result depends on that event alone.\n"
          " * Allocates nothing, keeps nothing between calls; calls with different workspaces and outputs may run at the same time.\n";
  if (!embedding.missing.empty()) text += " * " + InComment(embedding.missing) + "\n";
  text += " *\n";
  text += " *   weights      null, or an array laid out as " + name + "_trained_weights\n";
  size_t parameter = 0;
  for (const auto* arrays : {&embedding.inputs, &embedding.outputs})
    for (const EmbeddedArray& array : *arrays) {
      const std::string& called = names[parameter++];
      std::string described = array.description.empty() ? "" : "; " + InComment(array.description);
      text += " *   " + called + std::string(called.size() < 12 ? 12 - called.size() : 0, ' ') + " " +
              (arrays == &embedding.inputs ? "input, " : "output, ") + Extent(array) + described + "\n";
    }
  text += " *   workspace    at least " + name + "_workspace_size(n) bytes, of any alignment\n *\n * Returns 0; 1 if n is negative. */\n";
  text += "int " + name + "_predict(const void* weights";
  for (size_t i = 0; i < names.size(); ++i) text += (i < embedding.inputs.size() ? ", const float* " : ", float* ") + names[i];
  text += ", int64_t n, void* workspace);\n\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
  return text;
}

std::string CMakePackageText(const Embedding& embedding) {
  const std::string& name = embedding.name;
  return "# find_package(" + name + " CONFIG PATHS <this folder>) gives the target nnc::" + name + ".\n"
         "if(NOT TARGET nnc::" + name + ")\n"
         "  add_library(nnc::" + name + " INTERFACE IMPORTED)\n"
         "  set_target_properties(nnc::" + name + " PROPERTIES\n"
         "    INTERFACE_INCLUDE_DIRECTORIES \"${CMAKE_CURRENT_LIST_DIR}\"\n"
         "    INTERFACE_LINK_LIBRARIES \"${CMAKE_CURRENT_LIST_DIR}/" + name + ".o;m\")\n"
         "endif()\n"
         "set(" + name + "_FOUND TRUE)\n";
}

}  // namespace nnc::driver
