#include "compiler/driver/embedding.h"

#include <algorithm>

#include "compiler/codegen/codegen.h"

namespace nnc::driver {

// "n x 3 x 2 floats, row-major", for an array over n events.
static std::string Extent(const EmbeddedArray& array) {
  std::string text = "n";
  for (int64_t size : array.shape) text += " x " + std::to_string(size);
  return text + (array.doubles ? " doubles" : " floats") + (array.shape.empty() ? "" : ", row-major");
}

// Text from a file's header may hold anything; a comment may neither end nor begin in it.
static std::string InComment(std::string text) {
  for (char& letter : text)
    if (letter == '*' || letter == '\\' || letter == '?' || static_cast<unsigned char>(letter) < 32) letter = '_';
  return text;
}

static std::string Padded(std::string text, size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

static std::string StatusText(const std::string& name) {
  std::string text = "/* What the functions return. */\ntypedef enum " + name + "_status {\n";
  int code = 0;
  for (const codegen::ObjectStatus& status : codegen::kObjectStatuses) {
    bool last = static_cast<size_t>(code) + 1 == std::size(codegen::kObjectStatuses);
    std::string line = "  " + name + "_" + status.name + " = " + std::to_string(code++) + (last ? "" : ",");
    text += Padded(line, name.size() + 24) + "/* " + status.text + " */\n";
  }
  return text + "} " + name + "_status;\n\n";
}

static std::string StructureText(const std::string& type, const std::string& qualifier, const std::vector<EmbeddedArray>& arrays) {
  std::string text = "typedef struct " + type + " {\n";
  size_t width = 0;
  for (const EmbeddedArray& array : arrays) width = std::max(width, std::min<size_t>(array.name.size(), 24));
  for (const EmbeddedArray& array : arrays) {
    text += "  " + qualifier + (array.doubles ? "double" : "float") + "* " + Padded(array.name + ";", width + 2) + "/* " + Extent(array);
    text += (array.description.empty() ? "" : ": " + InComment(array.description)) + " */\n";
  }
  return text + "} " + type + ";\n\n";
}

static std::string StructuresText(const Embedding& embedding) {
  const std::string& name = embedding.name;
  std::string text = "/* The columns of n events, one array each, aligned as its elements. Write the members by name; one that is left out is null,\n"
                     " * which " + name + "_predict refuses:\n *     " + name + "_input in = {";
  for (size_t i = 0; i < std::min<size_t>(embedding.inputs.size(), 2); ++i) text += (i == 0 ? "." : ", .") + embedding.inputs[i].name + " = ...";
  text += std::string(embedding.inputs.size() > 2 ? ", ..." : "") + "};\n * " + InComment(embedding.missing) + " */\n";
  text += StructureText(name + "_input", "const ", embedding.inputs);
  text += "/* Where the results go. They overlap neither each other nor an input. */\n";
  text += StructureText(name + "_output", "", embedding.outputs);
  text += "/* The weights and the values that preparation was fitted to. `layout` stands for the model: columns, results, labels, shapes and\n"
          " * equations. A later training of the same program fits into the same place, as " + name + ".weights or as an object. */\n";
  text += "typedef struct " + name + "_weights {\n  uint64_t layout;\n  float values[" + std::to_string(std::max<int64_t>(embedding.constants, 1)) +
          "];\n} " + name + "_weights;\nextern const " + name + "_weights " + name + "_trained_weights;\n\n";
  text += "/* What is at fault: the first event, from 0, or -1 where it is no event's; and the structure's member, or \"\". */\n";
  text += "typedef struct " + name + "_fault {\n  int64_t event;\n  const char* member;\n} " + name + "_fault;\n\n";
  return text;
}

static std::string FunctionsText(const Embedding& embedding) {
  const std::string& name = embedding.name;
  std::string text = "/* Bytes of workspace that a call for n events needs. */\nint64_t " + name + "_workspace_size(int64_t n);\n\n";
  text += embedding.whole_batch
              ? "/* Applies the model to n events, at most " + std::to_string(*embedding.whole_batch) +
                    ". The model mixes events: a result depends on all events of the call.\n"
              : std::string("/* Applies the model to n events, any number of them. An event's result depends on that event alone.\n");
  text += " * Allocates nothing, keeps nothing between calls; calls with different workspaces and outputs may run at the same time.\n"
          " *\n"
          " *   weights      null (the trained ones), or others of the same layout\n"
          " *   workspace    at least " + name + "_workspace_size(n) bytes, of any alignment\n"
          " *   fault        null, or where it is told what is at fault\n"
          " *\n"
          " * Returns a " + name + "_status. All inputs are looked at first: unless it is " + name + "_ok, no result is written.\n"
          " * The function's name holds the layout, so that a program compiled with the header of another model does not link. */\n";
  text += "#define " + name + "_predict " + codegen::LayoutName(name + "_predict", embedding.layout) + "\n";
  text += "int " + name + "_predict(const " + name + "_weights* weights, const " + name + "_input* in, const " + name + "_output* out, int64_t n,\n" +
          std::string(name.size() + 13, ' ') + "void* workspace, " + name + "_fault* fault);\n\n";
  text += "/* Whether these bytes (of " + name + ".weights, say) are weights of this model: " + name + "_ok or " + name + "_wrong_weights. */\n";
  text += "int " + name + "_check(const void* weights, int64_t bytes);\n\n";
  text += "/* What a status means, in words. */\nconst char* " + name + "_error_text(int status);\n\n";
  return text;
}

std::string HeaderText(const Embedding& embedding) {
  std::string guard = "NNC_MODEL_" + embedding.name + "_H";
  return "/* " + InComment(embedding.origin) + ". " + kMadeBy + "; needs nothing but the C library's mathematics. */\n#ifndef " + guard +
         "\n#define " + guard + "\n\n#include <stdint.h>\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n" + StatusText(embedding.name) +
         StructuresText(embedding) + FunctionsText(embedding) + "#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}

std::string CMakePackageText(const Embedding& embedding) {
  const std::string& name = embedding.name;
  return "# " + std::string(kMadeBy) + ". find_package(" + name + " CONFIG PATHS <this folder>) gives the target nnc::" + name + ".\n"
         "if(NOT TARGET nnc::" + name + ")\n"
         "  add_library(nnc::" + name + " INTERFACE IMPORTED)\n"
         "  set_target_properties(nnc::" + name + " PROPERTIES\n"
         "    INTERFACE_INCLUDE_DIRECTORIES \"${CMAKE_CURRENT_LIST_DIR}\"\n"
         "    INTERFACE_LINK_LIBRARIES \"${CMAKE_CURRENT_LIST_DIR}/" + name + ".o;m\")\n"
         "endif()\n"
         "set(" + name + "_FOUND TRUE)\n";
}

}  // namespace nnc::driver
