// Distributions and draws from them.
#pragma once

#include "compiler/sema/values.h"

namespace nnc::sema {

class Draws : public Values {
 public:
  using Values::Values;

  Value MakeDistribution(const std::string& name, const ast::Expr& expr, Scope& scope);
  Value DrawSubscripted(const std::string& name, const ast::Subscripts& subscripts, const ast::Expr* apply, const void* site,
                        Span span, Scope& scope);
  Value DrawInto(const ast::Expr& expr, const Shape& shape, const void* site, Scope& scope);  // `weight W ~ expr`
  Value Drawn(const ast::Expr& expr, const void* site, Scope& scope);                         // `z ~ expr`

 private:
  NodeId DrawEventsFirst(const ir::Random& random, const Shape& shape, size_t first, Span span);
  // Draws with the given named and positional axes.
  Value Draw(const Value& distribution, const std::vector<int>& bound, const Shape& positional, const void* site, Span span);
};

bool IsDistribution(const std::string& name);

}  // namespace nnc::sema
