#include "compiler/syntax/parse.h"

#include "NnLexer.h"
#include "compiler/syntax/build_tree.h"
#include "compiler/syntax/layout.h"

namespace nnc {
namespace {

using namespace syntax;

// The length of the UTF-8 sequence at `at`, or 0 if there is none (too long a spelling, a surrogate, or past the last character).
size_t SequenceLength(std::string_view text, size_t at) {
  auto byte = [&](size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u; };
  unsigned first = byte(0), second = byte(1);
  auto continued = [&](size_t count) {
    for (size_t i = 1; i <= count; ++i)
      if ((byte(i) & 0xC0) != 0x80) return false;
    return true;
  };
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continued(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    bool valid = continued(2) && !(first == 0xE0 && second < 0xA0) && !(first == 0xED && second >= 0xA0);
    return valid ? 3 : 0;
  }
  if (first < 0xF0 || first > 0xF4) return 0;
  bool valid = continued(3) && !(first == 0xF0 && second < 0x90) && !(first == 0xF4 && second >= 0x90);
  return valid ? 4 : 0;
}

bool CheckEncoding(const SourceFile& source, uint32_t file, SyntaxErrors& errors) {
  const std::string& text = source.text;
  for (size_t at = 0; at < text.size();) {
    size_t length = SequenceLength(text, at);
    if (length == 0 || text[at] == '\0') {
      uint32_t place = static_cast<uint32_t>(at);
      errors.Report(DiagnosticKind::InvalidEncoding, {file, place, place + 1},
                    length == 0 ? "the file is not UTF-8 text" : "the file holds a zero byte, so it is no text")
          .Help("a program is plain text in UTF-8; is this the right file?");
      return false;
    }
    at += length;
  }
  return true;
}

// Parses with the cheap strategy; a mistake ends it.
NnParser::ProgramContext* ParseQuickly(NnParser& parser) {
  parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(antlr4::atn::PredictionMode::SLL);
  parser.setErrorHandler(std::make_shared<antlr4::BailErrorStrategy>());
  try {
    return parser.program();
  } catch (const antlr4::ParseCancellationException&) {
    return nullptr;
  }
}

NnParser::ProgramContext* ParseWithRecovery(NnParser& parser, const std::shared_ptr<LineRecovery>& recovery) {
  parser.reset();
  parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(antlr4::atn::PredictionMode::LL);
  parser.setErrorHandler(recovery);
  return parser.program();
}

ast::Program ParseFile(const SourceManager& sources, uint32_t file, SyntaxErrors& errors) {
  const SourceFile& source = sources.File(file);
  ast::Program nothing;
  nothing.file = file;
  if (!CheckEncoding(source, file, errors)) return nothing;

  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  const size_t begin = source.text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const Places places(sources, file, static_cast<uint32_t>(begin));
  antlr4::ANTLRInputStream input(begin == 0 ? source.text : source.text.substr(begin));
  NnLexer lexer(&input);
  lexer.removeErrorListeners();
  LaidOutTokens laid_out = LayOut(lexer, places, errors);
  if (laid_out.unusable) return nothing;

  antlr4::ListTokenSource token_source(std::move(laid_out.tokens));
  antlr4::CommonTokenStream tokens(&token_source);
  tokens.fill();
  NnParser parser(&tokens);
  parser.removeErrorListeners();
  if (NnParser::ProgramContext* program = ParseQuickly(parser))
    return TreeBuilder(places, laid_out.docs, nullptr, errors).Build(program);
  auto recovery = std::make_shared<LineRecovery>(places, laid_out.inserted, errors);
  NnParser::ProgramContext* program = ParseWithRecovery(parser, recovery);
  return TreeBuilder(places, laid_out.docs, recovery.get(), errors).Build(program);
}

}  // namespace

ast::Program Parse(const SourceManager& sources, uint32_t file, Diagnostics& diagnostics) {
  SyntaxErrors errors(sources, diagnostics);
  ast::Program program = ParseFile(sources, file, errors);
  errors.Finish();
  return program;
}

}  // namespace nnc
