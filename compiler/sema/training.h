// Elaboration of a `train` block: once per step and phase with `training` true (the step graphs), once for the metrics with events
// reduced on the host, and once from the data's raw columns (prediction). Each time the block's statements run anew, so that every
// graph holds just what it needs.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "compiler/sema/values.h"

namespace nnc::sema {

class TrainElaborator : public Fields {
 public:
  TrainElaborator(Elaboration& shared, const ast::Decl& decl) : shared_(shared), decl_(decl) {}
  std::optional<TrainProgram> Run();

 private:
  std::optional<Value> Find(const std::string& source, const std::string& field, Span span, Construction& building) override;
  std::vector<std::string> BareNames() override;
  std::string Help(const std::string& name, Span use) override;
  Context In(Construction& building, Fields* fields);  // a context of this training, in one of its graphs

  struct Settings {
    const ast::Stmt* loss = nullptr;
    const ast::Stmt* optimizer = nullptr;
    const ast::Stmt* clip = nullptr;
    const ast::Stmt* epochs = nullptr;
    const ast::Stmt* batch = nullptr;
  };
  bool ReadSettings();
  bool ReadStatement(const ast::Stmt& stmt, bool top);
  bool ReadSettingsOf(const ast::Block& block, Settings& settings, bool top);
  bool ReadNumber(const std::string& name, const ast::Expr& expr);
  std::optional<int64_t> WholeNumber(const std::string& what, const ast::Expr& expr, int64_t least);
  bool ReadSources();
  // A scope in which the sources' fields are known by name, as inputs of the graph under construction.
  void PrepareScope(Scope& scope);
  std::optional<Value> Field(size_t source, const std::string& name, Span span, Construction& building);
  std::string ColumnHelp(const DataSource& data, const std::string& name) const;
  std::string SourceHelp(const std::string& name) const;
  std::optional<size_t> SourceNamed(const std::string& name, Span span);
  // Runs the definitions of a block; returns the loss if the block sets one.
  Value RunBlock(Values& e, const ast::Block& block, Scope& scope);

  // training_step.cpp
  bool BuildSteps();
  std::vector<size_t> StepOrder() const;
  bool BuildStep(const ast::Stmt* step, const Settings& settings, TrainStep& result);
  void WarnOfBatchOfOne(Values& e);
  void TakeStepConditions(Construction& building);
  bool BuildPhase(const ast::Stmt* step, const Settings& settings, size_t phase, bool checkpoints, TrainStep& result);
  bool ReadLength(const ast::Stmt& setting, size_t number, Phase& phase);
  std::vector<NodeId> Gradients(Values& e, const ast::Stmt* step, const Settings& settings, NodeId loss, const std::vector<NodeId>& weights, Scope& scope);
  Value Progress(Values& e, const Phase& phase, Span span);
  Value PhaseOptimizer(Values& e, const Phase& phase, const ast::Expr& expr, Scope& scope);
  bool UpdateAll(Values& e, const Value& optimizer, const std::vector<NodeId>& weights, const std::vector<NodeId>& gradients, const std::string& prefix, TrainStep& result);
  Value ScalarLoss(Values& e, const Value& loss, Span span);
  std::vector<NodeId> TrainedWeights(Values& e, const ast::Stmt* step, NodeId loss);
  std::vector<NodeId> Clipped(Values& e, const std::vector<NodeId>& gradients, const ast::Stmt& clip, Scope& scope);
  bool Update(Values& e, const Callable& optimizer, const Variable& weight, NodeId w, NodeId g, const std::string& prefix, TrainStep& result);

  // metrics.cpp
  using Figures = std::vector<NodeId>;  // of program_.metrics
  class FiguresByName;
  void BuildMetrics();
  void NameClasses(const ir::Graph& graph);
  void AddFigure(Values& e, Figures& figures, const std::string& name, const Value& of, bool loss, Span span);
  void AddLosses(Values& e, Figures& figures, Scope& scope);
  void AddMetrics(const Context& context, Figures& figures, Scope& scope);
  Value EventMean(const Context& context, const Value& loss, Span span);
  void DivideAtEvents(ir::Graph graph, size_t values, const std::vector<std::string>& symbols);
  void TakeConditions(Construction& building);
  bool BuildStop();
  bool IsValidated() const;
  bool KnowsFigure(const std::string& part, const std::string& metric, Span span);
  bool ReadStall(TrainProgram::Stop& stop);
  bool ReadCondition(TrainProgram::Stop& stop);
  bool SetDirection(TrainProgram::Stop& stop);

  // prediction.cpp
  struct Inlined;
  void BuildPrediction();
  void InlineData(Inlined& inlined);
  std::string ClassesOf(const Inlined& inlined, size_t number) const;
  void ApplyInline(Inlined& inlined);
  Span ChooseAnswer(Inlined& inlined) const;
  void TakePrediction(Inlined& inlined, Span other);
  void FindDraw(const Inlined& inlined);
  void TellMixing(const ir::Graph& written, const std::string& symbol);
  void AddOutput(Values& e, Inlined& inlined, size_t number, const Value& value, Prediction& prediction);
  std::set<std::string> FileColumns(const Inlined& inlined, const std::set<NodeId>& nodes) const;
  void FindGiven(Inlined& inlined) const;
  std::vector<std::string> ComparedWith(const Inlined& inlined, const std::set<NodeId>& answers, const Undone& undone) const;
  void WarnOfLabelAmongInputs(const Inlined& inlined);
  void WarnOfFittedApart(const Inlined& inlined);
  void WarnOfOutputsWithoutLabel(const Inlined& inlined, const std::string& labels, const Dim& outputs, Span span);

  void ReportUnusedSettings();
  void ReportIdleSettings();
  void ReportHiddenOptions();
  bool CheckFieldsAreNoOptions();
  const ast::Expr* MisspeltSetting(const std::string& setting) const;
  std::vector<const ast::Block*> Blocks() const;  // the training's and its steps'

  Elaboration& shared_;
  const ast::Decl& decl_;
  TrainProgram program_;
  Settings settings_;
  std::vector<const ast::Stmt*> steps_;
  std::vector<Settings> step_settings_;
  std::vector<const ast::Stmt*> metrics_;
  const ast::Stmt* stop_ = nullptr;
  Construction init_{"init", false};
  Construction settings_graph_{"settings", true};
  const Context context_ = In(settings_graph_, nullptr);  // of settings
  Values e_{shared_, context_};
  std::set<std::pair<size_t, std::string>> fields_used_;
  // Prediction: fields come from the data block elaborated in place, not from prepared columns.
  std::vector<Scope>* inline_fields_ = nullptr;
};

}  // namespace nnc::sema
