// Elaboration: from syntax tree to graph. Functions, layers and models are elaborated anew at each application, with the sizes
// that hold there; an expression becomes a node whose axes are the indices it depends on, followed by its positional axes.
// One class, implemented in files by subject: expressions, arithmetic, subscripts, comprehensions, ranges, calls, builtins,
// derivatives, draws, loops, data, training, optimizers, metrics.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compiler/diagnostics/diagnostics.h"
#include "compiler/sema/context.h"

namespace nnc::sema {

using ir::Dim;
using ir::NodeId;
using ir::ScalarFn;
using ir::Shape;

class Elaborator {
 public:
  Elaborator(Elaboration& shared, const Context& context) : shared_(shared), context_(context), building_(*context.building) {}

  // ---- entry points (training.cpp, data.cpp, check.cpp, options.cpp)
  std::optional<TrainProgram> Train(const ast::Decl& decl);
  std::optional<DataSource> Data(const ast::Decl& decl, const std::string& symbol, int number);
  std::optional<ir::Graph> GraphOf(const ast::Decl& decl, bool training);
  std::optional<ir::Graph> OpenGraphOf(const ast::Decl& decl);
  void CheckDefinition(const ast::Decl& decl);
  void CheckNames(const ast::Decl& decl);
  // The definitions that nothing has applied; with `train`, but for those that stand to be applied in other blocks.
  void CheckUnapplied(const std::vector<const ast::Decl*>& decls, const ast::Decl* train);
  // What the text alone shows: definitions that need themselves, options that nothing reads. False if elaboration would not end.
  bool CheckTexts(const std::vector<const ast::Decl*>& decls);
  void CheckSizes(const ir::Graph& graph, Span whole);
  void CheckEventSizes(const ir::Graph& graph, Span whole);
  void CheckPlaces(const ast::Decl& decl);
  void CheckPlacesIn(const ast::Decl& decl);
  void CheckUses(const ast::Decl& decl);
  // Columns that data blocks define and nothing reads; with `train`, of its sources.
  void CheckUnreadColumns(const std::vector<const ast::Decl*>& decls, const ast::Decl* train);
  void ReportUnreadColumn(const ast::Decl& data, const ast::Stmt& stmt, const ast::Expr& name);
  void ReportUnusedDefinitions();
  // A value that belongs to no graph: tensors that are known numbers become numbers. Nothing if it depends on anything else.
  std::optional<Value> Fixed(const Value& value) const;
  // Gives an option its value; `chosen` is the default or what was set from outside.
  void BindOption(const ast::Decl& decl, const ast::Expr& chosen, bool from_outside);

 private:
  // ---- reporting
  Diagnostic& Report(DiagnosticKind kind, Span span, std::string message);
  size_t Mistakes() const { return shared_.diagnostics.ErrorCount() + shared_.silenced; }  // to see whether something went wrong meanwhile
  bool ReportedBefore(const std::string& name);  // an unknown name is told once per body
  std::string Describe(const Value& value) const;  // "f32[N, 32]"
  std::string DescribeWithMaker(const Value& value) const;  // "f32[N, 32], from dense{32} at net.nn:3:5"
  std::string ShapeText(const Shape& shape) const;
  Value Poison() const { return {}; }

  // ---- expressions.cpp
  Value Evaluate(const ast::Expr& expr, Scope& scope);
  Value EvaluateName(const ast::Expr& expr, Scope& scope);
  bool Knows(const std::string& name, Span span, Scope& scope);
  std::vector<std::string> NamesKnownAt(const Scope& scope);  // for suggestions
  bool MayPropose();
  Value EvaluateMember(const ast::Expr& expr, Scope& scope);
  Value EvaluateIf(const ast::Expr& expr, Scope& scope);
  void MarkUsed(const ast::Expr& expr, Scope& scope);
  Value EvaluateUnary(const ast::Expr& expr, Scope& scope);
  Value EvaluateBinary(const ast::Expr& expr, Scope& scope);
  Value EvaluateList(const ast::Expr& expr, Scope& scope);
  Value LookUp(const std::string& name, Span span, const void* site, Scope& scope);
  std::optional<Dim> EvaluateDim(const ast::Expr& expr, Scope& scope);          // reports
  std::optional<int64_t> EvaluateInteger(const ast::Expr& expr, Scope& scope);  // reports
  std::optional<double> EvaluateNumber(const ast::Expr& expr, Scope& scope);    // reports
  std::optional<bool> EvaluateTruth(const std::string& setting, const ast::Expr& expr);  // of a setting that is true or false; reports

  // ---- arithmetic.cpp
  // fn of values with broadcasting; `spans` are the operands' places, `verb` as in "cannot add".
  Value Map(ScalarFn fn, const std::vector<Value>& arguments, const std::vector<Span>& spans, const char* verb);
  Value MapWeights(ScalarFn fn, const std::vector<Value>& arguments, const std::vector<Span>& spans, const char* verb);
  bool PairsUp(const std::vector<Value>& values, const std::vector<Span>& spans, const Shape& result, const char* verb);
  Value Binary(ast::Operator op, const Value& a, const Value& b, Span a_span, Span b_span, Span span);
  Value MatrixProduct(const Value& a, const Value& b, Span a_span, Span b_span);
  Value AsTensor(const Value& value, Span span);  // numbers, indices, columns, lists become tensors
  Value Stack(const std::vector<Value>& items, const std::vector<Span>& spans, Span span);
  Value ListAsTensor(const Value& list, Span span);
  Value Align(const Value& value, const std::vector<int>& bound, const Shape& positional);  // broadcast to exactly this
  Value NumberOfIndex(const IndexExpr& index);
  Value DropUnitAxis(const Value& value, size_t positional_axis);
  Shape Positional(const Value& value) const;
  Shape BoundExtents(const std::vector<int>& bound) const;
  std::optional<double> ConstantNumber(const Value& value) const;

  // ---- subscripts.cpp
  Value EvaluateSubscript(const ast::Expr& expr, Scope& scope);
  struct AxisItem {
    enum class Kind { Keep, At, Slice } kind = Kind::Keep;
    IndexExpr index;  // At; Slice: where it begins
    Dim size;         // Slice
    Span span;
  };
  std::optional<std::vector<AxisItem>> AxisItems(const ast::Subscripts& subscripts, const Value& base, Span span, Scope& scope);
  Value AccessAt(const Value& base, const std::vector<AxisItem>& items, const Value* otherwise, Span span, Span base_span);
  bool ProvablyInside(const IndexExpr& index, const Dim& size) const;
  std::pair<Dim, Dim> Bounds(const IndexExpr& index) const;  // smallest and largest value

  // ---- comprehensions.cpp
  void DefineIndexed(const ast::Stmt& stmt, const ast::Expr& target, Scope& scope, const Shape* expected);
  Value EvaluateIndexed(const ast::Expr& target, const ast::Expr& value, Scope& scope, const Shape* expected);
  bool KnowEllipsis(const ast::Expr& target, const Scope& scope, Scope& inner, const Shape* expected, size_t named, size_t before);
  bool KnowRange(int id, size_t axis, size_t axes, const ast::Expr& target, const ast::Expr& value, Scope& inner, const Shape* expected, size_t errors);
  Value ReportNotOneNumber(const ast::Expr& target, const Value& body, Span span);
  bool Fresh(const std::string& name, Span span, Scope& scope);
  std::optional<std::vector<int>> BindIndices(const ast::Subscripts& subscripts, Scope& inner);
  std::optional<int> BindRange(const ast::SubscriptItem& item, Scope& inner);
  Value EvaluateReduction(const ast::Expr& expr, const std::string& name, const ast::Subscripts& subscripts,
                          const ast::Expr& body, Scope& scope);
  Value Reduce(const std::string& name, const Value& value, const std::vector<int>& over, Span span);
  Value ReduceAll(const std::string& name, const Value& value, Span span);
  Value ReduceNode(const std::string& name, const Value& value, std::vector<size_t> axes, Span span);
  Value HostReduce(const std::string& function, const Value& value, size_t axis, Span span);
  std::string EventWeights(int source);  // the output with the weights of a source's events, "" if they have none
  bool IsEventAxis(const Dim& extent, int* source) const;
  bool CountsEvents(const Dim& extent) const {
    int source = 0;
    return IsEventAxis(extent, &source);
  }
  size_t HostAxis(const std::string& name, const Shape& shape, const std::vector<size_t>& axes) const;
  NodeId WeightsAlong(const Dim& extent) const;
  bool LosesWeights(const Value& value, const Dim& extent) const;
  Value Weighted(const Value& tensor, const std::vector<size_t>& axes, Value& count, Span span);

  // ---- ranges.cpp
  // Finds the extents of the indices that `expr` uses in subscripts; reports conflicts.
  // False if a range conflict or a poisoned tensor makes the expression not worth elaborating.
  // With `last`, an index that only accesses with a default use takes the size of the axis that it stands alone on.
  bool InferRanges(const ast::Expr& expr, Scope& scope, bool last = false);
  struct RangeFinder;

  // ---- calls.cpp
  Value EvaluateFunction(const ast::Expr& expr, Scope& scope);
  Value EvaluateConfigure(const ast::Expr& expr, Scope& scope);
  Value EvaluateApply(const ast::Expr& expr, Scope& scope);
  Value ApplyCallable(const Callable& callable, const std::vector<ast::Argument>& arguments, Scope& scope, Span span,
                      const void* site);
  Value ApplyDecl(const Callable& callable, std::vector<Actual> actuals, Span span, const void* site);
  Value ValueOf(const Callable& callable, std::vector<Actual> actuals, Span span);
  bool BindConfig(const Callable& callable, Scope& inner);
  bool BindParameters(const ast::Decl& decl, std::vector<Actual> actuals, Scope& inner, Span span);
  bool CheckHead(const std::string& function, const std::string& parameter, const Value& value, Span span);
  bool CheckOrder(const ast::Decl& decl, const std::vector<Actual*>& given, Span span);
  Value ReportOrder(const std::string& function, Span span, const std::string& order);
  bool BindAxes(const ast::Type& type, const Value& value, const std::string& what, Span value_span, Scope& inner, bool result,
                const std::string& hint = "");
  void SolveAxis(const ast::Expr& expr, const Dim& size, Scope& inner);
  bool CheckKind(const ast::Type& type, const Value& value, const std::string& what, Span span);
  bool CheckResult(const ast::Decl& decl, const Value& value, Scope& inner);
  Value EvaluateBody(const ast::Decl& decl, const ast::Block& block, Scope& scope);
  void ExecuteStatement(const ast::Stmt& stmt, Scope& scope);
  // conditions.cpp: `where`
  void StateCondition(const ast::Stmt& stmt, Scope& scope);
  void ReportViolated(const ast::Stmt& stmt, Scope& scope);
  void GatherCondition(const ast::Stmt& stmt, const Value& condition, Scope& scope);
  void GatherReach(const std::string& function, const Value& answer, const Value& truth, Span span);
  bool HoldsPerEvent(const Value& condition, Construction::Condition& gathered, Span span);
  void NameExtremes(Construction::Condition& gathered, const std::string& name, ir::NodeId node, Span span);
  ir::NodeId ReducedPerEvent(const char* reduction, ir::NodeId node, int* source, Span span);
  void Define(const std::string& name, Value value, Span span, const void* definition, Scope& scope);
  Value AsVariable(Value value);
  Context Defining(const std::string& name) const;  // this context, in the definition of a name
  void DefineTargets(const ast::Stmt& stmt, Scope& scope);
  void DeclareVariable(const ast::Stmt& stmt, Scope& scope);
  std::optional<Shape> ShapeOfVariable(const ast::Stmt& stmt, const char* what, Scope& scope);
  NodeId AddVariable(const ast::Stmt& stmt, const std::string& path, const char* what, const Shape& shape, Scope& scope);
  void SetStart(const ast::Stmt& stmt, const std::string& path, const Shape& shape, Scope& scope);
  void AddStart(const ast::Stmt& stmt, const std::string& path, const Shape& shape, Scope& scope);
  void NextBuffer(const ast::Stmt& stmt, Scope& scope);
  std::optional<Shape> ShapeOfType(const ast::Type& type, Scope& scope);
  bool MaySizeAxis(const Dim& size, Span span);  // false, and reported, where it is known to be 0 or less
  std::string Signature(const ast::Decl& decl, const ast::Parameter& parameter) const;
  // Counts applications and turns: false, and reported once, when the program would grow without measure. With `ahead`, whether so
  // many more would be too many; they are not counted yet.
  bool MayGoOn(Span span, double ahead = 0);

  // ---- builtins.cpp
  bool IsBuiltin(const std::string& name) const;
  std::vector<std::string> BuiltinNames() const;
  std::optional<Value> BuiltinConstant(const std::string& name) const;
  struct Arguments {
    std::vector<Value> values;
    std::vector<Span> spans;
  };
  Value ApplyBuiltin(const std::string& name, const ast::Expr& expr, Scope& scope);
  Value ApplyToValues(const std::string& name, const ast::Expr& expr, const Arguments& arguments);
  Value ApplyMetric(const MetricInfo& metric, const ast::Expr& expr, const Arguments& arguments);
  Value Deviation(const std::string& name, const Value& value, Span span, Span whole_span);  // std, var
  Value Extremum(const std::string& name, const Arguments& arguments);
  Value WrongCount(const std::string& name, const ast::Expr& expr, const std::string& wanted);
  Value Filled(const std::string& name, const ast::Expr& expr, Scope& scope);    // zeros[N, H]
  Value Reshape(const ast::Expr& expr, Scope& scope);
  Value ConcatCall(const ast::Expr& expr, Scope& scope);
  // Side by side along the last axis; numbers beside vectors count as one element each.
  Value Concat(const std::vector<Value>& items, const std::vector<Span>& spans, Span span);
  Value ReshapeTo(const Value& value, const Shape& shape, Span span);
  bool IsColumnAsNumber(const Value& item, Span span);
  Value WithLastAxesMerged(const Value& value);
  Value WithLastAxisSplit(const Value& value, const Dim& size, const Dim& rest);
  Value WithUnitAxes(Value value, size_t rank);
  Value Size(const Value& value, Span span);
  Value WeightsOf(const ast::Expr& expr, Scope& scope);

  // ---- derivatives.cpp
  Value EvaluateInGraph(const ast::Expr& expr, Scope& scope);
  Value EvaluateGrad(const ast::Expr& expr, Scope& scope);
  bool IsVariable(const Value& value) const;  // something that a derivative can be taken by
  std::optional<std::vector<int>> SeparateIndices(const Value& y, const Value& x, const std::vector<AxisItem>& items,
                                                  const ast::Expr& grad);
  Value GradByWeights(const Value& y, const Value& weights, const ast::Expr& y_expr, const ast::Expr& x_expr);
  bool CheckPath(const Value& y, const Value& x, const ast::Expr& y_expr, const ast::Expr& x_expr);
  Value EvaluateAlong(const ast::Expr& expr, Scope& scope);

  // ---- draws.cpp
  static bool IsDistribution(const std::string& name);
  Value MakeDistribution(const std::string& name, const ast::Expr& expr, Scope& scope);
  NodeId DrawEventsFirst(const ir::Random& random, const Shape& shape, size_t first, Span span);
  // Draws with the given named and positional axes.
  Value Draw(const Value& distribution, const std::vector<int>& bound, const Shape& positional, const void* site, Span span);
  Value DrawSubscripted(const std::string& name, const ast::Subscripts& subscripts, const ast::Expr* apply, const void* site,
                        Span span, Scope& scope);
  Value DrawInto(const ast::Expr& expr, const Shape& shape, const void* site, Scope& scope);  // `weight W ~ expr`
  Value Drawn(const ast::Expr& expr, const void* site, Scope& scope);                         // `z ~ expr`

  // ---- loops.cpp
  Value EvaluateLoop(const ast::Expr& expr, Scope& scope, bool statement);
  bool TakeTurn(const ast::Loop& loop, int64_t turn, std::vector<Value>& states, Scope& scope);
  void DefineMissing(const ast::Loop& loop, Scope& scope);

  // ---- data_header.cpp
  std::optional<SourceHeader> Header(const ast::Decl& decl);
  void ReadHeaderFiles(const ast::Expr& value, SourceHeader& header);
  bool ReadPaths(const ast::Expr& expr, SourceHeader::FilePart& part);
  bool ReadCellSetting(const std::string& name, const ast::Expr& expr, CellFormat& cells);
  std::optional<FillRule> ReadFill(const ast::Expr& expr);
  void ReadFillStatement(const ast::Stmt& stmt, SourceHeader& header);
  bool ReadSplit(const ast::Stmt& stmt, SourceHeader& header);
  void ReadCount(const ast::Decl& decl, SourceHeader& header);

  // ---- data.cpp
  Value RawColumnValue(const RawColumn& column);
  Value ColumnAsNumber(const std::string& column, Span span);
  std::optional<Value> ColumnsAsArray(const Value& list);
  Value Encode(const std::string& function, const ast::Expr& expr, Scope& scope);
  bool ReadUnseen(const std::string& function, const ast::Expr& expr, RawColumn& column);
  Value CompareColumn(const std::string& column, const std::string& text, Span span);
  Value AllExcept(const ast::Expr& expr);
  bool ReportTextColumns(const Value& list, Span span);
  void ReportText(const std::string& name, const Value& text, Span span);
  void NoteComparison(const Value& a, const Value& b, Span span);
  void DataStatement(const ast::Stmt& stmt, Scope& scope);
  void DefineColumn(const ast::Stmt& stmt, const ast::Expr& target, const std::string& name, Scope& scope);
  void FindFields(const ast::Decl& decl, DataSource& source);
  void ElaborateDataBlock(const ast::Decl& decl, Scope& scope);
  void CheckFills(const DataState& state);
  Value Prepared(const Callable& callable, const Value& column);
  void Fit(const ast::Stmt& stmt, Scope& scope);
  Value ApplyPrepare(const Callable& callable, const Value& x, Span span, const void* site);

  // ---- training.cpp and its neighbours
  friend class TrainElaborator;

  Elaboration& shared_;
  const Context& context_;
  Construction& building_;  // the context's
};

// Shared helpers.
const char* KindName(ast::DeclKind kind);
const char* PlaceOf(ast::StmtKind kind);  // "`emit` stands in a `scan`"
const char* VerbOf(ast::Operator op);
bool IsReduction(const std::string& name);
double IdentityOf(const std::string& name);  // of a reduction: what it is of no element
bool BroadcastsTo(const Shape& from, const Shape& to);  // as in NumPy, and `to` is the result
bool IsAffine(const ast::Expr& expr, Scope& scope);
bool MadeOfIndices(const ast::Expr& expr, Scope& scope);  // every name in it is an index or a size

}  // namespace nnc::sema
