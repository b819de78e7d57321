// What a value is called in messages.
#include <algorithm>
#include <cstdio>

#include "compiler/sema/part.h"

namespace nnc::sema {

std::string Part::ShapeText(const Shape& shape) const { return shape.empty() ? "f32" : "f32" + ir::ToString(shape); }

std::string Part::Describe(const Value& value) const {
  switch (value.kind) {
    case Value::Kind::Poison: return "an error";
    case Value::Kind::Tensor: return ShapeText(Positional(value));
    case Value::Kind::Number: {
      char text[32];
      std::snprintf(text, sizeof text, "%g", value.number);
      return std::string("the number ") + text;
    }
    case Value::Kind::Index: return value.IsDim() ? "the whole number " + value.index.constant.ToString() : "an index";
    case Value::Kind::Text: return "the text \"" + value.text + "\"";
    case Value::Kind::List: return "a list of " + std::to_string(value.items.size());
    case Value::Kind::Tuple: return "a tuple of " + std::to_string(value.items.size());
    case Value::Kind::Callable:
      return (value.callable->decl && value.callable->decl->kind == ast::DeclKind::Layer ? "the layer `" : "the function `") + (value.callable->decl ? value.callable->decl->name : value.callable->builtin) + "`";
    case Value::Kind::Distribution: return "the distribution `" + value.text + "`";
    case Value::Kind::Source: return "the data source `" + value.text + "`";
    case Value::Kind::FileColumn: return "the column `" + value.text + "`";
    case Value::Kind::Weights: {
      std::string shapes;
      for (size_t k = 0; k < std::min<size_t>(value.items.size(), 4); ++k) shapes += (k ? ", " : "") + Describe(value.items[k]);
      return "a model's weights (" + shapes + (value.items.size() > 4 ? ", ...)" : ")");
    }
  }
  return "a value";
}

std::string Part::DescribeWithMaker(const Value& value) const {
  return Describe(value) + (value.maker.empty() ? "" : ", from " + value.maker + " at " + shared_.sources.Describe(value.origin));
}

}  // namespace nnc::sema
