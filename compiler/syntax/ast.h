// The abstract syntax tree: what the text says, before names or shapes mean anything. Made by parse.h, read by sema.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compiler/support/source.h"

namespace nnc::ast {

struct Expr;
struct Block;
struct Decl;
using ExprPtr = std::unique_ptr<Expr>;

enum class ExprKind {
  Name,       // text
  NextName,   // `next c`: text
  Integer,    // integer, text is its spelling
  Float,      // number, text is its spelling
  String,     // text, unescaped
  Bool,       // integer is 0 or 1
  Subscript,  // operands[0] [subscripts]; also `sum[i]`, `normal[N, 8]`
  Configure,  // operands[0] {arguments}
  Apply,      // operands[0] (arguments); `x |> f` is Apply with piped = true and the piped value as arguments[0]
  Member,     // operands[0] . text
  Unary,      // op, operands[0]
  Binary,     // op, operands[0], operands[1]
  If,         // operands: condition, then, else
  Loop,       // loop
  List,       // [operands...]
  Tuple,      // (a, b, ...) with at least two operands; a group of one is that operand
  Function,   // fn(x) { ... }: function
};

enum class Operator {
  Power, Negate, Multiply, Divide, FloorDivide, Modulo, MatrixMultiply, Add, Subtract,
  Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, Not, And, Or,
};
const char* Spelling(Operator op);

// One argument of `f{...}` or `f(...)`: positional if name is empty.
struct Argument {
  std::string name;
  Span name_span;
  ExprPtr value;
};

struct Range {  // begin .. end, end excluded
  ExprPtr begin, end;
};

enum class SubscriptKind {
  Ellipsis,  // ...
  All,       // :
  Index,     // name `in` range: binds an index
  At,        // an expression (a bare name may bind an index: sema decides)
  Slice,     // a..b
};

struct SubscriptItem {
  SubscriptKind kind;
  Span span;
  std::string name;  // Index
  ExprPtr value;     // At
  Range range;       // Index, Slice
};

struct Subscripts {
  std::vector<SubscriptItem> items;
  ExprPtr where;      // `where` condition, or null
  ExprPtr otherwise;  // `else` default outside, or null
};

struct LoopState {
  std::string name;
  Span span;
  ExprPtr start;
};

// `scan t in a..b with h = h0 { ... }` and `repeat l in a..b with h = x { ... }`
struct Loop {
  bool scan = false;  // otherwise repeat
  std::string index;
  Span index_span;
  Range range;
  std::vector<LoopState> states;
  std::unique_ptr<Block> body;
};

struct Expr {
  ExprKind kind;
  Span span;
  Span operator_span;  // Unary, Binary: the operator; Member: the name; Apply/Configure/Subscript: the opening bracket
  std::string text;
  double number = 0;
  int64_t integer = 0;
  Operator op{};
  bool piped = false;
  std::vector<ExprPtr> operands;
  std::vector<Argument> arguments;
  Subscripts subscripts;
  std::unique_ptr<Loop> loop;
  std::shared_ptr<Decl> function;
};

// A type as written: `f32[N, 3]`, `index{V}[E]`, `dim`, `[dim]`, `fn`.
struct Axis {
  bool ellipsis = false;
  Span span;
  ExprPtr size;  // unless ellipsis
};

struct Type {
  Span span;
  std::string name;                 // "f32", "dim", "fn", "init", "index", "bool"; of a list: the element's name
  bool list = false;                // [dim]
  bool has_axes = false;            // brackets were written
  std::vector<Argument> arguments;  // index{V}
  std::vector<Axis> axes;
};

struct Parameter {
  std::string name;
  Span span;
  std::unique_ptr<Type> type;  // or null
  ExprPtr default_value;       // or null
};

enum class StmtKind {
  Define,      // targets = value   (one target: `y`, `y[i, j]`, `batch`; several: tuple results)
  Draw,        // targets[0] ~ value
  Next,        // next NAME = value: name
  Expression,  // value
  Weight,      // weight name: type ~ value, or = value, or nothing
  Buffer,      // buffer name: type = value
  State,       // state bindings
  Fit,         // fit bindings
  Emit,        // emit targets[0] = value, or emit value
  Step,        // step name updates names { block }
  Metric,      // metric name = value [where more/less is better is sema's]
  Stop,        // stop when value [trend patience]
  Split,       // split bindings [seed seed]
  Where,       // where value [, "name"]: a condition on dimensions; name is the message
};

struct Binding {
  std::string name;
  Span span;
  ExprPtr value;
};

struct NamedSpan {
  std::string name;
  Span span;
};

// `adam{1e-3} for 2000 steps then lbfgs{} for 500 steps`
struct Phase {
  ExprPtr value;
  ExprPtr count;     // or null: until the end
  std::string unit;  // "steps", "epochs", or "" when not written
  Span unit_span;
};

// How a figure stops getting better: in the direction that is known for it, or in the one that is said.
enum class Trend { Stalls, StopsRising, StopsFalling };

struct Stmt {
  StmtKind kind;
  Span span;
  std::string name;
  Span name_span;
  std::vector<ExprPtr> targets;    // Define, Draw, Emit: Name or Subscript expressions
  ExprPtr value;                   // right-hand side, condition
  std::vector<Phase> phases;       // Define: non-empty if `for` was written
  std::unique_ptr<Type> type;      // Weight, Buffer
  bool drawn = false;              // Weight: written with `~`
  std::vector<Binding> bindings;   // State, Fit, Split
  ExprPtr patience;                // Stop: after a trend
  Trend trend = Trend::Stalls;     // Stop, where it has a patience
  ExprPtr seed;                    // Split
  std::vector<NamedSpan> updates;  // Step
  std::unique_ptr<Block> block;    // Step
};

struct Block {
  Span span;
  std::vector<Stmt> statements;
};

enum class DeclKind { Import, Option, Model, Layer, Function, Optimizer, Prepare, Data, Train };

// The domain of an option: `in {a, b}`, `in a..b`, `in a..b log`; or of nothing.
struct Domain {
  Span span;
  std::vector<ExprPtr> choices;
  Range range;
  bool logarithmic = false;
};

// One source of `on inside batch 1024, edge`.
struct Source {
  std::string name;
  Span span;
  ExprPtr batch;  // or null
};

struct Decl {
  DeclKind kind;
  Span span;        // whole
  std::string name; // Import: the path
  Span name_span;
  std::string doc;  // text of the `##` lines above
  std::vector<Parameter> config;   // { ... }
  std::vector<Parameter> params;   // ( ... )
  std::vector<Type> results;       // -> type or (types)
  std::unique_ptr<Type> type;      // Option
  ExprPtr value;                   // Option: default; Data: `csv{...}`; Data sample: the count
  bool sample = false;             // Data
  std::unique_ptr<Domain> domain;  // Option, or null
  std::vector<Source> sources;     // Train
  std::unique_ptr<Block> body;     // or null (data without a block)
};

struct Program {
  uint32_t file = 0;
  std::vector<Decl> decls;
};

// Calls `visit` for every expression that `expr` is directly made of, in the order of the text: operands, arguments, subscripts with
// their ranges and conditions, and what the statements of a loop hold.
void ForEachPart(const Expr& expr, const std::function<void(const Expr&)>& visit);
// The items of a list as written, or the one expression.
std::vector<const Expr*> Items(const Expr& expr);

}  // namespace nnc::ast
