// Texts of programs: parsed, printed, and checked against the library; every message can be drawn.
#include "compiler/diagnostics/render.h"
#include "compiler/sema/sema.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/printer.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nnc;
  const std::string text(reinterpret_cast<const char*>(data), size);
  SourceManager sources;
  Diagnostics diagnostics;
  const ast::Program program = Parse(sources, sources.Add("fuzzed.nn", text), diagnostics);
  PrintAst(program);
  RenderAll(diagnostics, sources, {.color = true});
  for (const ast::Decl& decl : program.decls)
    if (decl.kind == ast::DeclKind::Import) return 0;  // no other files
  if (diagnostics.HasErrors()) return 0;
  sema::Options options;
  options.metrics = {{"roc_auc"}, {"accuracy"}, {"confusion"}};
  options.stdlib = NNC_STDLIB_FOLDER;
  const auto module = sema::Module::Load(sources, fuzz::MemoryFile(text).string(), options, diagnostics);
  module->Check();
  RenderAll(diagnostics, sources);
  return 0;
}
