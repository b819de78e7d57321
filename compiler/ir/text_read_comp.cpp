#include <algorithm>
#include <charconv>
#include <limits>

#include "compiler/ir/text_reader.h"

namespace nnc::ir {

// Sizes and affine forms ----------------------------------------------------------------------------------------------

static constexpr int64_t kMaximumCoefficient = int64_t{1} << 31;

bool TextReader::MultiplyInto(Affine& product, const Affine& factor, Span span) {
  const Affine& with_indices = product.terms.empty() ? factor : product;
  const Dim scale = product.terms.empty() ? product.constant : factor.constant;
  if (!product.terms.empty() && !factor.terms.empty()) {
    return Fail(DiagnosticKind::SubscriptNotAffine, span, "an index is multiplied by an index");
  }
  if (with_indices.terms.empty()) {
    product.constant = product.constant * factor.constant;
    return true;
  }
  if (!scale.IsConstant()) return Fail(DiagnosticKind::SubscriptNotAffine, span, "an index is multiplied by a size that is not a number");
  Affine scaled;
  scaled.constant = with_indices.constant * scale;
  if (std::abs(scale.Constant()) >= kMaximumCoefficient) return Fail(DiagnosticKind::NumberTooLarge, span, "a coefficient does not fit");
  for (const Affine::Term& term : with_indices.terms) {
    const int64_t coefficient = term.coefficient * scale.Constant();
    if (std::abs(coefficient) >= kMaximumCoefficient) return Fail(DiagnosticKind::NumberTooLarge, span, "a coefficient does not fit");
    scaled.Add(term.index, coefficient);
  }
  product = std::move(scaled);
  return true;
}

bool TextReader::DivideInto(Affine& product, const Affine& factor, Span span) {
  if (!product.terms.empty() || !factor.terms.empty()) return Fail(DiagnosticKind::SubscriptNotAffine, span, "an index is divided");
  if (factor.constant == Dim(0)) return Fail(DiagnosticKind::SyntaxError, span, "a size is divided by zero");
  product.constant = Dim::FloorDiv(product.constant, factor.constant);
  return true;
}

bool TextReader::ReadFactor(const IndexNames& indices, Affine& factor) {
  const Token token = Peek();
  if (TakeIf("(")) {
    if (++nesting_ > kMaximumNesting) return Fail(DiagnosticKind::NestingTooDeep, token.span, "brackets nest too deeply");
    const bool good = ReadSum(indices, factor) && Expect(")");
    --nesting_;
    return good;
  }
  if (token.kind == Token::Kind::Number) {
    int64_t number = 0;
    if (!ReadInteger(0, std::numeric_limits<int64_t>::max() / 2, number)) return false;
    factor.constant = Dim(number);
    return true;
  }
  if (token.kind != Token::Kind::Name) return Fail(DiagnosticKind::SyntaxError, "expected a size or an index, found " + Describe(token));
  Take();
  auto index = indices.find(std::string(token.text));
  if (index != indices.end()) {
    factor = Affine::Index(index->second);
    return true;
  }
  if (++size_names_ > kMaximumSizeNames) return Fail(DiagnosticKind::NestingTooDeep, token.span, "a size has too many terms");
  factor.constant = Dim::Symbol(token.text);
  return true;
}

bool TextReader::ReadProduct(const IndexNames& indices, Affine& product) {
  bool negative = false;
  while (TakeIf("-")) negative = !negative;
  if (!ReadFactor(indices, product)) return false;
  while (Peek().Is("*") || Peek().Is("//")) {
    const bool multiply = Take().Is("*");
    const Span span = Peek().span;
    Affine factor;
    if (!ReadFactor(indices, factor)) return false;
    if (!(multiply ? MultiplyInto(product, factor, span) : DivideInto(product, factor, span))) return false;
  }
  if (negative) product = Affine().Plus(product, -1);
  return true;
}

bool TextReader::ReadSum(const IndexNames& indices, Affine& sum) {
  if (!ReadProduct(indices, sum)) return false;
  while (Peek().Is("+") || Peek().Is("-")) {
    const int64_t sign = Take().Is("+") ? 1 : -1;
    Affine next;
    if (!ReadProduct(indices, next)) return false;
    sum = sum.Plus(next, sign);
  }
  return true;
}

bool TextReader::ReadSize(Dim& size) {
  Affine affine;
  size_names_ = 0;
  if (!ReadSum({}, affine)) return false;
  size = affine.constant;
  return true;
}

bool TextReader::ReadShape(Shape& shape) {
  if (!Expect("[")) return false;
  if (TakeIf("]")) return true;
  do {
    Dim size;
    if (!ReadSize(size)) return false;
    shape.push_back(size);
  } while (TakeIf(","));
  return Expect("]");
}

// Indices and relations -----------------------------------------------------------------------------------------------

bool TextReader::ReadIndices(IndexNames& indices, Comp& comp, bool with_bar) {
  if (!Expect("[")) return false;
  const size_t first = comp.extents.size();
  bool bar = false;
  auto take_bar = [&] {
    if (!with_bar || bar || !TakeIf("|")) return false;
    bar = true;
    comp.arg_count = static_cast<int>(comp.extents.size() - first);
    return true;
  };
  take_bar();
  while (!Peek().Is("]")) {
    const Token name = Take();
    if (name.kind != Token::Kind::Name) return Fail(DiagnosticKind::SyntaxError, name.span, "expected the name of an index, found " + Describe(name));
    if (!indices.emplace(std::string(name.text), static_cast<int>(comp.extents.size())).second) {
      return Fail(DiagnosticKind::Redefinition, name.span, "the index `" + std::string(name.text) + "` stands twice");
    }
    Dim extent;
    if (!Expect(":") || !ReadSize(extent)) return false;
    comp.extents.push_back(extent);
    if (!take_bar() && !TakeIf(",")) break;
  }
  if (with_bar && !bar) comp.arg_count = static_cast<int>(comp.extents.size() - first);
  return Expect("]");
}

bool TextReader::ReadMonoid(IndexNames& indices, Comp& comp) {
  if (Peek().kind != Token::Kind::Name || Peek().Is("where")) return true;
  for (const MonoidRow& row : AllMonoidRows()) {
    if (!TakeIf(row.name)) continue;
    comp.monoid = row.monoid;
    return ReadIndices(indices, comp, row.is_place);
  }
  const std::string word(Peek().text);
  return Fail(DiagnosticKind::UnknownName, Peek().span, "there is no reduction `" + word + "`",
              "the reductions are sum, prod, max, min, argmax and argmin");
}

bool TextReader::ReadRelations(const IndexNames& indices, Comp& comp) {
  if (!TakeIf("where")) return true;
  do {
    Affine left, right;
    size_names_ = 0;
    if (!ReadSum(indices, left) || !Expect("==") || !ReadSum(indices, right)) return false;
    comp.relations.push_back(left.Plus(right, -1));
  } while (TakeIf(","));
  return true;
}

bool TextReader::ReadComp(Comp& comp) {
  IndexNames indices;
  if (!ReadIndices(indices, comp, false)) return false;
  comp.rank = static_cast<int>(comp.extents.size());
  return ReadMonoid(indices, comp) && ReadRelations(indices, comp) && Expect(":") && ReadBody(indices, comp);
}

// Bodies --------------------------------------------------------------------------------------------------------------

struct TextReader::Body {
  const IndexNames& indices;
  Comp& comp;
  std::unordered_map<std::string, int> lets = {};

  // Leaves are kept once. (A literal that is no number equals nothing and is repeated, which means the same.)
  int Leaf(const Scalar& leaf) {
    auto found = std::find(comp.body.begin(), comp.body.end(), leaf);
    if (found == comp.body.end()) found = comp.body.insert(found, leaf);
    return static_cast<int>(found - comp.body.begin());
  }
};

bool TextReader::ReadNumber(Body& body, int& step) {
  const bool negative = TakeIf("-");
  const Token token = Take();
  Scalar leaf;
  if (token.Is("inf")) {
    leaf.literal = std::numeric_limits<double>::infinity();
  } else if (token.Is("nan")) {
    leaf.literal = std::numeric_limits<double>::quiet_NaN();
  } else if (token.kind == Token::Kind::Number) {
    const char* end = token.text.data() + token.text.size();
    auto [stop, error] = std::from_chars(token.text.data(), end, leaf.literal);
    if (error == std::errc::result_out_of_range) return Fail(DiagnosticKind::NumberTooLarge, token.span, "the number does not fit into a double");
    if (error != std::errc() || stop != end) return Fail(DiagnosticKind::SyntaxError, token.span, "this is not a number");
  } else {
    return Fail(DiagnosticKind::SyntaxError, token.span, "expected a number, found " + Describe(token));
  }
  if (negative) leaf.literal = -leaf.literal;
  // -0 and 0 are equal but not the same.
  step = static_cast<int>(body.comp.body.size());
  if (leaf.literal == 0) body.comp.body.push_back(leaf);
  else step = body.Leaf(leaf);
  return true;
}

bool TextReader::ReadAccess(Body& body, int& step) {
  const Token name = Take();
  Access access;
  if (!FindNode(name, access.operand)) return false;
  access.guarded = TakeIf("?");
  if (!Expect("[")) return false;
  while (!Peek().Is("]")) {
    Affine subscript;
    size_names_ = 0;
    if (!ReadSum(body.indices, subscript)) return false;
    access.subscripts.push_back(std::move(subscript));
    if (!TakeIf(",")) break;
  }
  if (!Expect("]")) return false;
  const size_t rank = graph->ShapeOf(access.operand).size();
  if (rank != access.subscripts.size()) {
    return Fail(DiagnosticKind::AxisCountMismatch, name.span, "%" + std::string(name.text) + " has " + std::to_string(rank) +
                " axes and is read with " + std::to_string(access.subscripts.size()) + " subscripts");
  }
  std::vector<Access>& accesses = body.comp.accesses;
  auto found = std::find(accesses.begin(), accesses.end(), access);
  if (found == accesses.end()) found = accesses.insert(found, std::move(access));
  Scalar leaf;
  leaf.kind = Scalar::Kind::Access;
  leaf.index = static_cast<int>(found - accesses.begin());
  step = body.Leaf(leaf);
  return true;
}

bool TextReader::ReadCall(Body& body, const Token& name, int& step) {
  std::optional<ScalarFn> fn = FindScalarFn(name.text);
  if (!fn) {
    std::vector<std::string> candidates;
    for (const ScalarRow& row : AllScalarRows()) candidates.emplace_back(row.name);
    const std::string near = ClosestName(name.text, candidates);
    return Fail(DiagnosticKind::UnknownName, name.span, "there is no scalar function `" + std::string(name.text) + "`",
                near.empty() ? "" : "did you mean `" + near + "`?");
  }
  Scalar call;
  call.kind = Scalar::Kind::Call;
  call.fn = *fn;
  const int arity = Row(*fn).arity;
  for (int i = 0; i < arity; ++i) {
    if (i > 0 && !Peek().Is(",")) {
      return Fail(DiagnosticKind::MissingArgument, name.span, "`" + std::string(name.text) + "` takes " + std::to_string(arity) + " arguments");
    }
    if (i > 0) Take();
    if (!ReadValue(body, call.arguments[i])) return false;
  }
  if (Peek().Is(",")) {
    return Fail(DiagnosticKind::TooManyArguments, name.span, "`" + std::string(name.text) + "` takes " + std::to_string(arity) + " arguments");
  }
  if (!Expect(")")) return false;
  step = static_cast<int>(body.comp.body.size());
  body.comp.body.push_back(call);
  return true;
}

bool TextReader::ReadWord(Body& body, int& step) {
  if (Peek().Is("inf") || Peek().Is("nan")) return ReadNumber(body, step);
  const Token name = Take();
  if (TakeIf("(")) {
    if (!name.Is("size")) return ReadCall(body, name, step);
    Scalar leaf;
    leaf.kind = Scalar::Kind::Extent;
    if (!ReadSize(leaf.extent) || !Expect(")")) return false;
    step = body.Leaf(leaf);
    return true;
  }
  auto let = body.lets.find(std::string(name.text));
  if (let != body.lets.end()) {
    step = let->second;
    return true;
  }
  auto index = body.indices.find(std::string(name.text));
  if (index == body.indices.end()) {
    return Fail(DiagnosticKind::UnknownName, name.span, "`" + std::string(name.text) + "` is neither an index nor a step of this body");
  }
  Scalar leaf;
  leaf.kind = Scalar::Kind::Index;
  leaf.index = index->second;
  step = body.Leaf(leaf);
  return true;
}

bool TextReader::ReadValue(Body& body, int& step) {
  const Token token = Peek();
  if (++nesting_ > kMaximumNesting) return Fail(DiagnosticKind::NestingTooDeep, token.span, "calls nest too deeply", "name a part of the body with `let`");
  bool good = false;
  if (token.kind == Token::Kind::Node) good = ReadAccess(body, step);
  else if (token.kind == Token::Kind::Name) good = ReadWord(body, step);
  else if (token.kind == Token::Kind::Number || token.Is("-")) good = ReadNumber(body, step);
  else Fail(DiagnosticKind::SyntaxError, token.span, "expected a scalar value, found " + Describe(token));
  --nesting_;
  return good;
}

bool TextReader::ReadLet(Body& body) {
  const Token name = Take();
  if (name.kind != Token::Kind::Name) return Fail(DiagnosticKind::SyntaxError, name.span, "expected the name of a step, found " + Describe(name));
  int step = 0;
  if (!Expect("=") || !ReadValue(body, step)) return false;
  if (body.indices.count(std::string(name.text)) || !body.lets.emplace(std::string(name.text), step).second) {
    return Fail(DiagnosticKind::Redefinition, name.span, "`" + std::string(name.text) + "` has a meaning already");
  }
  return true;
}

// The value must be the last step: a leaf that an earlier step uses too is repeated.
bool TextReader::ReadBody(const IndexNames& indices, Comp& comp) {
  Body body{indices, comp};
  nesting_ = 0;
  if (TakeIf("let")) {
    do {
      if (!ReadLet(body)) return false;
    } while (TakeIf(","));
    if (!Expect("in")) return false;
  }
  int value = 0;
  if (!ReadValue(body, value)) return false;
  if (value + 1 != static_cast<int>(comp.body.size())) comp.body.push_back(Scalar(comp.body[static_cast<size_t>(value)]));
  return true;
}

}  // namespace nnc::ir
