// What an expression means during elaboration: a tensor of the graph under construction, or something known at compile time.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/ir/graph.h"
#include "compiler/syntax/ast.h"

namespace nnc::sema {

// A sum of indices times constants plus a size: what may stand in a subscript. Without terms it is a size or an integer.
// Quotients and remainders (`i // 2`) are indices of their own, tied to what they divide (IndexTable).
struct IndexExpr {
  std::vector<std::pair<int, int64_t>> terms;  // index id, coefficient; sorted by id, no zeros
  ir::Dim constant;

  bool IsDim() const { return terms.empty(); }
  bool IsBare() const { return terms.size() == 1 && terms[0].second == 1 && constant == ir::Dim(0); }
  IndexExpr Plus(const IndexExpr& other, int64_t factor = 1) const;
  IndexExpr Times(int64_t factor) const;
  bool operator==(const IndexExpr&) const = default;
};

struct Construction;
struct Value;
struct Scope;

// A function, layer, model, optimizer or preparation, perhaps configured, not yet applied.
struct Callable {
  const ast::Decl* decl = nullptr;  // or null:
  std::string builtin;              // the builtin's name
  struct Config {
    std::string name;  // "" positional
    std::shared_ptr<Value> value;
    Span span, name_span;
  };
  std::vector<Config> config;
  bool configured = false;      // braces were written
  std::string owner;            // instance path of the place that made it
  const void* site = nullptr;   // that place in the text
  std::string hint;             // its name, if it was given one
  std::shared_ptr<Scope> closure;  // of `fn(x) { ... }`: the names that were known where it stands
  Span span;
};

struct Value {
  enum class Kind {
    Poison,        // a mistake was reported; everything made of it is silent
    Tensor,        // node; its first axes are the indices in `bound`, the rest are positional
    Number,        // number, known now
    Index,         // index: an integer, a size, or an index expression
    Text,          // text
    List,          // items
    Tuple,         // items: several results
    Callable,      // callable
    Distribution,  // text is its name, items its parameters
    Source,        // text names a data source: fields by `.`
    FileColumn,    // text names a column of the data source being elaborated
    Weights,       // items: all weights of a model
  };
  Kind kind = Kind::Poison;
  ir::NodeId node = ir::kNoNode;
  std::vector<int> bound;  // index ids
  double number = 0;
  IndexExpr index;
  std::string text;
  std::vector<Value> items;
  std::vector<Span> places;  // List: where the items stand
  std::shared_ptr<Callable> callable;
  // For messages: where the value was made, and by what ("dense{32}").
  Span origin;
  std::string maker;

  bool IsPoison() const { return kind == Kind::Poison; }
  bool IsTensor() const { return kind == Kind::Tensor; }
  bool IsDim() const { return kind == Kind::Index && index.IsDim(); }
  static Value OfTensor(ir::NodeId node, std::vector<int> bound = {});
  static Value OfNumber(double number);
  static Value OfDim(ir::Dim dim);
  static Value OfIndex(IndexExpr index);
  static Value OfText(Kind kind, std::string text);
};

// Names visible at a place. Function bodies have the module's scope as parent, not their caller's.
struct Scope {
  struct Entry {
    std::string name;
    Value value;
    Span span;
    const void* definition = nullptr;  // identity of the text that defined it; marked when it is used
    bool after = false;                // a loop state's value after this turn (`next c`)
  };
  Scope* parent = nullptr;
  std::vector<Entry> entries;
  // The indices that `...` stands for in this comprehension, once known.
  struct Ellipsis {
    bool known = false;
    std::vector<int> ids;
  };
  std::shared_ptr<Ellipsis> ellipsis;
  // Names that come from elsewhere: the columns of a data file, the fields of a training's source. Asked after `entries`, and once
  // more (`last`) when nothing else knows the name.
  std::function<std::optional<Value>(const std::string& name, Span span, bool last, Construction& building)> provider;
  // Sizes that `...` stands for in the parameter types of this function.
  bool has_ellipsis_dims = false;
  ir::Shape ellipsis_dims;

  Entry* FindHere(const std::string& name, bool after = false);
  Entry* Find(const std::string& name, bool after = false);
  Scope::Ellipsis* FindEllipsis();
  const ir::Shape* FindEllipsisDims() const;  // null outside functions whose types say `...`
  std::optional<Value> Provide(const std::string& name, Span span, bool last, Construction& building);
  void Add(std::string name, Value value, Span span, const void* definition, bool after = false);
};

}  // namespace nnc::sema
