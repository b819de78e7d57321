// Options: the only things that can be set from outside.
#pragma once

#include "compiler/sema/values.h"

namespace nnc::sema {

class OptionValues : public Values {
 public:
  using Values::Values;

  // Gives an option its value; `chosen` is the default or what was set from outside.
  void Bind(const ast::Decl& decl, const ast::Expr& chosen, bool from_outside);

 private:
  bool Fits(const ast::Type& type, const Value& value) const;
  // A value that belongs to no graph: tensors that are known numbers become numbers. Nothing if it depends on anything else.
  std::optional<Value> Fixed(const Value& value) const;
};

}  // namespace nnc::sema
