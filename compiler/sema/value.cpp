#include "compiler/sema/value.h"

namespace nnc::sema {

IndexExpr IndexExpr::Plus(const IndexExpr& other, int64_t factor) const {
  IndexExpr sum;
  sum.constant = constant + other.constant * ir::Dim(factor);
  size_t i = 0, j = 0;
  while (i < terms.size() || j < other.terms.size()) {
    std::pair<int, int64_t> term;
    if (j == other.terms.size() || (i < terms.size() && terms[i].first < other.terms[j].first)) {
      term = terms[i++];
    } else if (i == terms.size() || other.terms[j].first < terms[i].first) {
      term = {other.terms[j].first, factor * other.terms[j].second};
      ++j;
    } else {
      term = {terms[i].first, terms[i].second + factor * other.terms[j].second};
      ++i;
      ++j;
    }
    if (term.second != 0) sum.terms.push_back(term);
  }
  return sum;
}

IndexExpr IndexExpr::Times(int64_t factor) const { return IndexExpr{}.Plus(*this, factor); }

Value Value::OfTensor(ir::NodeId node, std::vector<int> bound) {
  Value value;
  value.kind = Kind::Tensor;
  value.node = node;
  value.bound = std::move(bound);
  return value;
}

Value Value::OfNumber(double number) {
  Value value;
  value.kind = Kind::Number;
  value.number = number;
  return value;
}

Value Value::OfIndex(IndexExpr index) {
  Value value;
  value.kind = Kind::Index;
  value.index = std::move(index);
  return value;
}

Value Value::OfDim(ir::Dim dim) { return OfIndex({{}, std::move(dim)}); }

Value Value::OfText(Kind kind, std::string text) {
  Value value;
  value.kind = kind;
  value.text = std::move(text);
  return value;
}

Scope::Entry* Scope::FindHere(const std::string& name, bool after) {
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry)
    if (entry->after == after && entry->name == name) return &*entry;
  return nullptr;
}

Scope::Entry* Scope::Find(const std::string& name, bool after) {
  for (Scope* scope = this; scope; scope = scope->parent)
    if (Entry* entry = scope->FindHere(name, after)) return entry;
  return nullptr;
}

Scope::Ellipsis* Scope::FindEllipsis() {
  for (Scope* scope = this; scope; scope = scope->parent)
    if (scope->ellipsis) return scope->ellipsis.get();
  return nullptr;
}

const ir::Shape* Scope::FindEllipsisDims() const {
  for (const Scope* scope = this; scope; scope = scope->parent)
    if (scope->has_ellipsis_dims) return &scope->ellipsis_dims;
  return nullptr;
}

std::optional<Value> Scope::Provide(const std::string& name, Span span, bool last, Construction& building) {
  for (Scope* scope = this; scope; scope = scope->parent)
    if (scope->provider)
      if (auto value = scope->provider(name, span, last, building)) return value;
  return std::nullopt;
}

void Scope::Add(std::string name, Value value, Span span, const void* definition, bool after) {
  entries.push_back({std::move(name), std::move(value), span, definition, after});
}

}  // namespace nnc::sema
