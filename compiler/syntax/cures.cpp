// What helps where a token does not fit: one rule for each kind of slip, asked in turn. They look at the tokens around the place and
// guess what was meant; nothing but the line of help depends on it.
#include <algorithm>
#include <cctype>

#include "compiler/diagnostics/diagnostics.h"
#include "compiler/syntax/foreign_words.h"
#include "compiler/syntax/unexpected.h"

namespace nnc::syntax {
namespace {

using antlr4::Token;
using L = NnLexer;

const std::vector<std::string> kDeclarationWords = {"import",    "option",  "model", "layer", "fn",
                                                    "optimizer", "prepare", "data",  "train"};
const std::vector<std::string> kStatementWords = {"weight", "buffer", "state", "fit",   "step",  "metric", "stop",
                                                  "split",  "emit",   "next",  "where", "scan",  "repeat"};

// Pairs of signs that mean something elsewhere.
struct SignPair {
  TokenType previous, found;
  const char* help;
};
constexpr SignPair kSignPairs[] = {
    {L::STAR, L::STAR, "powers are written `a^b`"},
    {L::SLASH, L::STAR, "a comment begins with `#`, one that documents a declaration with `##`"},
    {L::LT, L::GT, "inequality is written `a != b`"},
    {L::GT, L::GT, "functions are applied in a chain by `|>`, as in `x |> relu`"},
    {L::RCONF, L::GT, "functions are applied in a chain by `|>`, as in `x |> relu`"},
    {L::EQ, L::ASSIGN, "compare with `==`"},
    {L::ASSIGN, L::GT, "an anonymous function is written `fn(t) { t^2 }`"},
    {L::PIPE, L::LPAREN, "behind `|>` stands a function's name, or `fn(t) { ... }`"},
    {L::NAME, L::ARROW, "functions are applied in a chain by `|>`, as in `x |> relu`"},
    {L::RCONF, L::ARROW, "functions are applied in a chain by `|>`, as in `x |> relu`"},
};

constexpr const char* kChoice = "a choice is written `if c then a else b`";

// Layers of other libraries that stand with parentheses, and what of the numbers in these is a setting here: all, all but the first, which is
// the size of what they are applied to, or none.
enum class Settings { All, Later, None };
struct ForeignLayer {
  std::string_view foreign, name;
  Settings settings;
};
constexpr ForeignLayer kLayers[] = {
    {"Linear", "dense", Settings::Later},
    {"Dense", "dense", Settings::All},
    {"LazyLinear", "dense", Settings::All},
    {"Conv1d", "conv1d", Settings::Later},
    {"Conv1D", "conv1d", Settings::All},
    {"Conv2d", "conv2d", Settings::Later},
    {"Conv2D", "conv2d", Settings::All},
    {"Dropout", "dropout", Settings::All},
    {"LeakyReLU", "leaky_relu", Settings::All},
    {"BatchNorm1d", "batch_norm", Settings::None},
    {"BatchNorm2d", "batch_norm2d", Settings::None},
    {"BatchNormalization", "batch_norm", Settings::None},
    {"LayerNorm", "layer_norm", Settings::None},
    {"LayerNormalization", "layer_norm", Settings::None},
    {"Flatten", "flatten", Settings::None},
    {"ReLU", "relu", Settings::None},
    {"ELU", "elu", Settings::None},
    {"GELU", "gelu", Settings::None},
    {"SiLU", "silu", Settings::None},
    {"Sigmoid", "sigmoid", Settings::None},
    {"Softmax", "softmax", Settings::None},
    {"StandardScaler", "standardize", Settings::None},
    {"MinMaxScaler", "minmax", Settings::None},
    {"Softplus", "softplus", Settings::None},
    {"Tanh", "tanh", Settings::None},
};

const ForeignLayer* FindLayer(std::string_view word) {
  for (const ForeignLayer& layer : kLayers)
    if (layer.foreign == word) return &layer;
  return nullptr;
}

class Cures {
 public:
  explicit Cures(const Unexpected& mistake) : m_(mistake) {}

  std::string First() const {
    static constexpr std::string (Cures::*kRules[])() const = {
        &Cures::OfComment, &Cures::OfWord,      &Cures::OfDeclaration, &Cures::OfName, &Cures::OfReservedColumn, &Cures::OfColumn, &Cures::OfNumber, &Cures::OfSigns,
        &Cures::OfChoice, &Cures::OfAssignment, &Cures::OfPipe,        &Cures::OfColon, &Cures::OfComma, &Cures::OfText,
        &Cures::OfList,   &Cures::FormOfStatement,      &Cures::OfStatement,
    };
    for (auto rule : kRules)
      if (std::string help = (this->*rule)(); !help.empty()) return help;
    return "";
  }

 private:
  bool IsLiteral(const Token* token) const {
    TokenType type = token->getType();
    return type == L::INT || type == L::FLOAT || type == L::STRING || type == L::TRUE || type == L::FALSE;
  }
  bool StartsBehind(const Token* later, const Token* token) const { return later->getLine() > token->getLine(); }

  // Words of other languages: at the start of the statement, or before another word inside it.
  std::string OfWord() const {
    const Token* first = m_.At(m_.Start());
    const bool begins = first->getType() == L::NAME || first->getType() == L::IF || first->getType() == L::IMPORT;
    if (begins && m_.Place() <= m_.Start() + 1 && !IsDefined(m_.Start()))
      if (std::string help = ForeignWordHelp(m_.Text(first), WordPlace::First); !help.empty()) return help;
    if (m_.FoundType() != L::NAME && IsWord(m_.FoundType()) && m_.Place() > m_.Start())
      if (std::string help = ForeignWordHelp(m_.Text(&m_.Found()), WordPlace::Inside); !help.empty()) return help;
    if (std::string help = OfMember(); !help.empty()) return help;
    for (size_t at = m_.Start(); at + 1 < m_.End() && m_.At(at)->getType() != L::NL; ++at) {
      const Token *word = m_.At(at), *next = m_.At(at + 1);
      if (word->getType() != L::NAME || !(IsWord(next->getType()) || IsLiteral(next) || next->getType() == L::NOT)) continue;
      if (std::string help = ForeignWordHelp(m_.Text(word), WordPlace::Inside); !help.empty()) return help;
    }
    return "";
  }

  // `model.fit(x, y)`, where the mistake is the name or the point.
  std::string OfMember() const {
    size_t last = m_.Start();
    while (m_.At(last + 2) && m_.At(last + 1)->getType() == L::DOT && IsWord(m_.At(last + 2)->getType())) last += 2;
    if (last == m_.Start() || m_.Place() > m_.Start() + 1) return "";
    return ForeignWordHelp(m_.Text(m_.At(last)), WordPlace::First);
  }

  bool IsDefined(size_t place) const {
    const Token* next = m_.At(place + 1);
    return next && (next->getType() == L::ASSIGN || next->getType() == L::COLON || next->getType() == L::TILDE || next->getType() == L::COMMA);
  }

  // Prose behind `//` or `--`, in `/* */` or in quotes.
  std::string OfComment() const {
    const char* help = "a comment begins with `#`, one that documents a declaration with `##`";
    const bool sign = m_.FoundType() == L::DSLASH || (m_.FoundType() == L::SLASH && m_.Before(-1) == L::STAR);
    const bool quoted = m_.FoundType() == L::STRING && (m_.CanFollow(L::IMPORT) || (m_.PreviousType() == L::STRING && Touch(m_.Previous(), &m_.Found())));
    if (sign || quoted) return help;
    const bool prose = m_.Previous() && (IsWord(m_.PreviousType()) || IsLiteral(m_.Previous())) &&
                       (IsWord(m_.FoundType()) || IsReservedWord(m_.FoundType()) || IsLiteral(&m_.Found()));
    if (!prose) return "";
    for (size_t at = m_.Start() > 0 ? m_.Start() - 1 : 0; at < m_.Place(); ++at) {
      const Token *sign = m_.At(at), *next = m_.At(at + 1);
      if (sign->getType() == L::DSLASH) return "`//` divides; a comment begins with `#`";
      if (sign->getType() == L::MINUS && next->getType() == L::MINUS && Touch(sign, next)) return help;
    }
    return "";
  }

  std::string OfDeclaration() const {
    if (!m_.CanFollow(L::IMPORT)) return "";
    if (std::string block = BlockOf(m_.Text(&m_.Found())); !block.empty()) return block;
    std::string closest = ClosestName(m_.Text(&m_.Found()), kDeclarationWords);
    if (!closest.empty() && IsWord(m_.FoundType())) return "did you mean `" + closest + "`?";
    return "a declaration starts with " + Listed(kDeclarationWords);
  }

  std::string OfName() const {
    if (m_.FoundType() == L::WHERE && m_.Place() > m_.Start() && m_.Before(-1) == L::LPAREN) return kChoice;
    if (IsReservedWord(m_.FoundType()) && m_.CanFollow(L::NAME) && !m_.ExpressionExpected()) return "choose another name";
    if (IsReservedWord(m_.FoundType()) && m_.ExpressionExpected()) return "in a data block, a column of that name stands in quotes: `\"" + std::string(m_.Text(&m_.Found())) + "\"`";
    if (m_.FoundType() == L::ASSIGN && IsReservedWord(m_.PreviousType()))
      return m_.Quoted(*m_.Previous()) + " is a reserved word; choose another name";
    return "";
  }

  // `x = [energy, if]`
  std::string OfReservedColumn() const {
    const bool ends = m_.FoundType() == L::COMMA || m_.FoundType() == L::RBRACK || m_.FoundType() == L::NL || m_.FoundType() == L::PIPE;
    const bool alone = m_.PreviousType() == L::IF || m_.PreviousType() == L::NOT || m_.PreviousType() == L::ALL;
    if (!ends || !alone) return "";
    return "in a data block, a column of that name stands in quotes: `\"" + std::string(m_.Text(m_.Previous())) + "\"`";
  }

  // pm2.5: a column's name that is no word.
  std::string OfColumn() const {
    if ((m_.FoundType() != L::INT && m_.FoundType() != L::FLOAT) || m_.PreviousType() != L::DOT || m_.Place() < 2) return "";
    const Token *name = m_.At(m_.Place() - 2), *point = m_.Previous();
    if (name->getType() != L::NAME || !Touch(name, point) || !Touch(point, &m_.Found())) return "";
    return "in a data block, a column whose name is no word stands in quotes: `\"" + std::string(m_.Text(name)) + "." + std::string(m_.Text(&m_.Found())) + "\"`";
  }

  // `.5`, `1.`, `2x`, `0.1f`
  std::string OfNumber() const {
    const std::string both_sides = "a fraction needs digits on both sides of its point: write `";
    const Token *found = &m_.Found(), *next = m_.At(m_.Place() + 1);
    if (m_.FoundType() == L::DOT && next && (next->getType() == L::INT || next->getType() == L::FLOAT) && Touch(found, next) &&
        !EndsOperand(m_.PreviousType()))
      return both_sides + "0." + std::string(m_.Text(next)) + "`";
    for (size_t back = 1; back <= 2 && back < m_.Place(); ++back) {  // behind a point the statement goes on in the next line
      const Token *point = m_.At(m_.Place() - back), *number = m_.At(m_.Place() - back - 1);
      if (point->getType() == L::DOT && number->getType() == L::INT && Touch(number, point)) return both_sides + std::string(m_.Text(number)) + ".0`";
    }
    if ((m_.PreviousType() == L::INT || m_.PreviousType() == L::FLOAT) && m_.FoundType() == L::NAME && Touch(m_.Previous(), found))
      return "a product is written `" + std::string(m_.Text(m_.Previous())) + " * " + std::string(m_.Text(found)) + "`; a number has no suffix";
    return "";
  }

  std::string OfSigns() const {
    for (const SignPair& pair : kSignPairs)
      if (m_.PreviousType() == pair.previous && m_.FoundType() == pair.found) return pair.help;
    if (m_.FoundType() == L::PLUS && m_.ExpressionExpected()) return "a number needs no sign in front of it: leave the `+` out";
    return "";
  }

  std::string OfChoice() const {
    const char* help = kChoice;
    if (m_.FoundType() == L::IF && m_.Previous() && EndsOperand(m_.PreviousType())) return FormOfStatement().empty() ? help : "";
    if (m_.FoundType() == L::ASSIGN) return "";
    if (m_.CanFollow(L::THEN)) return help;
    if (!m_.CanFollow(L::ELSE)) return "";
    for (size_t at = m_.Start(); at < m_.Place(); ++at)
      if (m_.At(at)->getType() == L::IF) return help;
    return "";
  }

  std::string OfAssignment() const {
    if (m_.FoundType() != L::ASSIGN || m_.PreviousType() == L::ASSIGN) return "";
    if (m_.CanFollow(L::THEN) || m_.CanFollow(L::RBRACK)) return "compare with `==`";
    if (IsPlainBinaryOperator(m_.PreviousType()) || m_.PreviousType() == L::MINUS)
      return "a name is defined once, with `=`: give the new value a name of its own, as in `b = a + 1`";
    const bool may_compare = m_.Previous() && EndsOperand(m_.PreviousType()) && m_.CanFollow(L::NL);
    return may_compare && FormOfStatement().empty() ? "compare with `==`" : "";
  }

  // `x |> dense(16)`, `x |> nn.relu()`, `x |> dense 16`, `x |> "relu"`, `x |> activation("relu")`
  std::string OfPipe() const {
    if (m_.PreviousType() == L::PIPE && m_.FoundType() == L::STRING) return ByName(m_.Found());
    const Token* argument = m_.At(m_.Place() + 1);
    if (m_.Before(2) == L::PIPE && m_.FoundType() == L::LPAREN && argument && argument->getType() == L::STRING) return ByName(*argument);
    if (m_.Before(2) == L::PIPE && (m_.FoundType() == L::INT || m_.FoundType() == L::FLOAT || m_.FoundType() == L::LBRACK)) {
      if (m_.FoundType() == L::LBRACK && m_.Text(m_.Previous()) == "reshape") return "what is reshaped stands behind the sizes, in parentheses, and no pipe leads there: `reshape[N, ...](x)`";
      const std::string inside(m_.FoundType() == L::LBRACK ? "..." : m_.Text(&m_.Found()));
      return "settings stand in braces that touch the name: `" + std::string(m_.Text(m_.Previous())) + "{" + inside + "}`";
    }
    if (m_.FoundType() != L::LPAREN) return "";
    size_t name = m_.Place();
    do {
      if (name < 2 || !IsWord(m_.At(name - 1)->getType())) return "";
      name -= 2;
    } while (m_.At(name)->getType() == L::DOT);
    if (m_.At(name)->getType() != L::PIPE) return "";
    const std::string function(m_.Text(m_.At(name + 1), m_.Previous()));
    const ForeignLayer* layer = FindLayer(m_.Text(m_.Previous()));
    if (m_.Before(-1) == L::RPAREN) return "a pipe applies what follows it: write `|> " + (layer ? std::string(layer->name) : function) + "` alone";
    if (layer) {
      const std::string braced = layer->settings == Settings::None ? std::string(layer->name) : Braced(std::string(layer->name), layer->settings == Settings::Later);
      const bool named = braced.find('=') != braced.npos;  // by names that nn does not have
      return "in nn this is written `" + (named ? std::string(layer->name) + "{...}" : braced) + "`";
    }
    return "a pipe applies what follows it: settings stand in braces, as in `" + Braced(function) +
           "`, and what takes more arguments is applied without a pipe";
  }

  // A function that is named in quotes.
  std::string ByName(const Token& quoted) const {
    const std::string_view text = m_.Text(&quoted);
    return "a function stands by its name, without quotes: `|> " + std::string(text.substr(1, text.size() - 2)) + "`";
  }

  // `dense(16)` as it should be written; of `Linear(3, 8)` without the size of the inputs.
  std::string Braced(const std::string& function, bool inputs = false) const {
    int depth = 0;
    size_t begin = m_.Place() + 1;
    for (size_t at = m_.Place(); m_.At(at) && m_.At(at)->getType() != L::NL; ++at) {
      if (IsOpening(m_.At(at)->getType())) ++depth;
      if (m_.At(at)->getType() == L::COMMA && depth == 1 && inputs) begin = at + 1;
      if (m_.At(at)->getType() == L::COMMA) inputs = false;
      if (!IsClosing(m_.At(at)->getType()) || --depth > 0) continue;
      std::string inside(m_.Text(m_.At(begin), m_.At(at - 1)));
      return inside.size() > 40 || inside.find('\n') != std::string::npos ? "f{3}" : function + "{" + inside + "}";
    }
    return "f{3}";
  }

  std::string OfColon() const {
    const Token* bracket = m_.At(m_.Opening());
    if (m_.PreviousType() == L::COLON && bracket && bracket->getType() == L::LBRACK && (m_.FoundType() == L::INT || m_.FoundType() == L::NAME))
      return "a part of an axis is written `0.." + std::string(m_.Text(&m_.Found())) + "`, as in `x[:, 0.." + std::string(m_.Text(&m_.Found())) + "]`, without the end";
    if (m_.FoundType() != L::COLON || !m_.Previous()) return "";
    const Token* second = m_.At(m_.Place() + 1);
    const Token* behind = m_.At(m_.Place() + 2);
    if (IsWord(m_.PreviousType()) && second && second->getType() == L::COLON && Touch(&m_.Found(), second) && behind && IsWord(behind->getType()))
      return "names have no prefix here: write `" + Lowered(m_.Text(behind)) + "`";
    const Token* opening = m_.At(m_.Opening());
    if (opening && opening->getType() == L::LBRACK) return "a part of an axis is written `x[:, 0..2]`, without the end; there are no steps";
    const bool setting = opening && (opening->getType() == L::LCONF || opening->getType() == L::LPAREN);
    if (!IsWord(m_.PreviousType()) || !(setting || m_.Place() == m_.Start() + 1)) return "";
    return "what a name stands for is given with `=`: write `" + std::string(m_.Text(m_.Previous())) + " = ...`";
  }

  std::string OfComma() const {
    if (m_.FoundType() != L::COMMA) return "";
    if (m_.CanFollow(L::RBRACK) && ElseBefore()) return "`else` stands last and holds for all subscripts, as in `x[i, j else 0]`";
    if (!m_.CanFollow(L::NL)) return "";
    const Token* next = m_.At(m_.Place() + 1);
    if (!next || next->getType() == L::NL || next->getType() == L::RBRACE || StartsBehind(next, &m_.Found()))
      return "a statement ends with its line: leave the `,` out";
    int depth = 0;
    for (size_t at = m_.Place() + 1; m_.At(at) && m_.At(at)->getType() != L::NL; ++at) {
      if (IsOpening(m_.At(at)->getType())) ++depth;
      if (IsClosing(m_.At(at)->getType())) --depth;
      if (depth == 0 && m_.At(at)->getType() == L::ASSIGN) return "definitions stand on lines of their own, or are divided by `;`";
    }
    return FormOfStatement().empty() ? "a vector is written `[a, b, c]`, several results `(a, b)`" : "";
  }

  static std::string Lowered(std::string_view name) {
    std::string text(name);
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return text;
  }

  // True if an `else` stands in the brackets around the found token, before it.
  bool ElseBefore() const {
    int depth = 0;
    for (size_t at = m_.Place(); at-- > m_.Start();) {
      TokenType type = m_.At(at)->getType();
      if (type == L::ELSE && depth == 0) return true;
      if (IsClosing(type)) ++depth;
      else if (IsOpening(type) && depth-- == 0) return false;
    }
    return false;
  }

  std::string OfText() const {
    bool prefixed = m_.FoundType() == L::STRING && m_.PreviousType() == L::NAME && Touch(m_.Previous(), &m_.Found());
    return prefixed ? "text stands in plain double quotes: leave " + m_.Quoted(*m_.Previous()) + " out" : "";
  }

  // `species in ["kaon", "pion"]`
  std::string OfList() const {
    bool asked = (m_.FoundType() == L::IN || m_.FoundType() == L::NOT) && m_.Previous() && EndsOperand(m_.PreviousType()) &&
                 m_.Start() < m_.Place();
    return asked ? "one of several is asked for by `k == \"a\" or k == \"b\"`, none of them by `k != \"a\" and k != \"b\"`" : "";
  }

  // How the statement is written, if the mistake stands before its `=`.
  std::string FormOfStatement() const {
    const Token* first = m_.At(m_.Start());
    if (m_.Place() == m_.Start()) return "";
    if (first->getType() == L::NAME && m_.Place() != m_.Start() + 1) return "";
    for (size_t at = m_.Start(); at < m_.Place(); ++at)
      if (m_.At(at)->getType() == L::ASSIGN || m_.At(at)->getType() == L::TILDE) return "";
    if (first->getType() == L::OPTIMIZER && m_.FoundType() == L::ASSIGN) return BlockOf(m_.Text(first));  // the setting
    return FormOf(m_.Text(first));
  }

  std::string OfStatement() const {
    if (m_.PreviousType() != L::NAME || m_.FoundType() != L::NAME || !m_.CanFollow(L::NL)) return "";
    std::string closest = ClosestName(m_.Text(m_.Previous()), kStatementWords);
    return closest.empty() ? "" : "did you mean `" + closest + "`?";
  }

  const Unexpected& m_;
};

}  // namespace

std::string CureOf(const Unexpected& mistake) { return Cures(mistake).First(); }

}  // namespace nnc::syntax
