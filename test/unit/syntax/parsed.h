// What the tests of syntax share: a text, parsed.
#pragma once
#include <string>

#include "compiler/diagnostics/render.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/printer.h"

namespace nnc {

struct Parsed {
  explicit Parsed(std::string text) {
    uint32_t file = sources.Add("test.nn", std::move(text));
    program = Parse(sources, file, diagnostics);
  }
  std::string Errors() const { return RenderAll(diagnostics, sources); }
  std::string Tree() const { return PrintAst(program); }
  // "E0101 E0106": the codes in order of report.
  std::string Codes() const {
    std::string codes;
    for (const Diagnostic& d : diagnostics.All()) codes += (codes.empty() ? "" : " ") + std::string(Row(d.kind).code);
    return codes;
  }

  SourceManager sources;
  Diagnostics diagnostics;
  ast::Program program;
};

// The statements of a function's body, parsed.
inline Parsed ParsedBody(const std::string& body) { return Parsed("fn f() {\n" + body + "\n}\n"); }

// The value of a function whose body is this expression, without its indentation; or the errors.
inline std::string ValueOf(const std::string& expression) {
  Parsed parsed = ParsedBody(expression);
  if (parsed.diagnostics.HasErrors()) return parsed.Errors();
  constexpr std::string_view kHead = "fn f()\n  value ";
  std::string tree = parsed.Tree();
  return tree.substr(kHead.size(), tree.size() - kHead.size() - 1);
}

}  // namespace nnc
