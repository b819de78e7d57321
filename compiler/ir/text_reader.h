// What the two parts of the reader share: the stream of tokens and the nodes read so far (text_read.cpp: statements,
// text_read_comp.cpp: comprehensions).
#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/ir/graph.h"
#include "compiler/ir/text_lexer.h"

namespace nnc::ir {

class TextReader {
 public:
  TextReader(std::vector<Token> tokens, Diagnostics& diagnostics) : tokens_(std::move(tokens)), diagnostics_(diagnostics) {}

  const Token& Peek() const { return tokens_[at_]; }
  Token Take() {
    if (Peek().kind == Token::Kind::End) return Peek();
    return tokens_[at_++];
  }
  bool TakeIf(std::string_view sign_or_word) {
    if (!Peek().Is(sign_or_word)) return false;
    Take();
    return true;
  }
  // Takes the sign or word, or reports that something else stands here.
  bool Expect(std::string_view sign_or_word);
  // Reports a mistake at the next token (or a given place); always false.
  bool Fail(DiagnosticKind kind, std::string message);
  bool Fail(DiagnosticKind kind, Span span, std::string message, std::string help = "");
  std::string Describe(const Token& token) const;
  uint32_t LastEnd() const { return at_ == 0 ? 0 : tokens_[at_ - 1].span.end; }

  // The nodes read so far by name; kNoNode stands for one that had a mistake and was reported.
  std::unordered_map<std::string, NodeId> nodes;
  Graph* graph = nullptr;
  bool FindNode(const Token& token, NodeId& id);

  bool ReadInteger(int64_t minimum, int64_t maximum, int64_t& value);
  bool ReadSize(Dim& size);          // without index names
  bool ReadShape(Shape& shape);      // "[N, 3]"
  bool ReadComp(Comp& comp);         // after the word `comp`

 private:
  using IndexNames = std::unordered_map<std::string, int>;

  bool ReadSum(const IndexNames& indices, Affine& sum);
  bool ReadProduct(const IndexNames& indices, Affine& product);
  bool ReadFactor(const IndexNames& indices, Affine& factor);
  bool MultiplyInto(Affine& product, const Affine& factor, Span span);
  bool DivideInto(Affine& product, const Affine& factor, Span span);
  bool ReadIndices(IndexNames& indices, Comp& comp, bool with_bar);
  bool ReadMonoid(IndexNames& indices, Comp& comp);
  bool ReadRelations(const IndexNames& indices, Comp& comp);

  struct Body;
  bool ReadBody(const IndexNames& indices, Comp& comp);
  bool ReadLet(Body& body);
  bool ReadValue(Body& body, int& step);
  bool ReadWord(Body& body, int& step);
  bool ReadCall(Body& body, const Token& name, int& step);
  bool ReadNumber(Body& body, int& step);
  bool ReadAccess(Body& body, int& step);

  static constexpr int kMaximumNesting = 200;
  static constexpr int kMaximumSizeNames = 64;  // in one size: bounds the work of multiplying it out
  std::vector<Token> tokens_;
  Diagnostics& diagnostics_;
  size_t at_ = 0;
  int nesting_ = 0;
  int size_names_ = 0;
};

}  // namespace nnc::ir
