// Training blocks: settings, sources, and the names that stand in them.
#include "compiler/sema/training.h"

#include <algorithm>

#include "compiler/sema/call_help.h"
#include "compiler/sema/checks.h"
#include "compiler/sema/comprehensions.h"
#include "compiler/sema/data_block.h"
#include "compiler/sema/expressions.h"
#include "compiler/sema/file_columns.h"
#include "compiler/sema/foreign_names.h"
#include "compiler/sema/statements.h"
#include "compiler/syntax/foreign_words.h"

namespace nnc::sema {

using ast::ExprKind;
using ast::StmtKind;

static const char* const kSettings[] = {"loss", "optimizer", "batch", "epochs", "shuffle", "seed", "clip"};

static const std::string* SettingName(const ast::Stmt& stmt) {
  if (stmt.kind != StmtKind::Define || stmt.targets.size() != 1) return nullptr;
  const ast::Expr& target = *stmt.targets[0];
  if (target.kind == ExprKind::Subscript && target.operands[0]->text == "loss") return &target.operands[0]->text;  // loss[n] = ...
  if (target.kind != ExprKind::Name) return nullptr;
  for (const char* name : kSettings)
    if (stmt.targets[0]->text == name) return &stmt.targets[0]->text;
  return nullptr;
}

// A whole number from `least` on; reports.
std::optional<int64_t> TrainElaborator::WholeNumber(const std::string& what, const ast::Expr& expr, int64_t least) {
  auto value = Expressions(e_).EvaluateInteger(expr, shared_.globals);
  if (!value || *value >= least) return value;
  e_.Report(DiagnosticKind::OptionOutOfRange, expr.span,
      what + " is a whole number from " + std::to_string(least) + " on, and this is " + std::to_string(*value));
  return std::nullopt;
}

// A setting of the whole training that is a number.
bool TrainElaborator::ReadNumber(const std::string& name, const ast::Expr& expr) {
  if (name == "shuffle") {
    auto value = Expressions(e_).EvaluateTruth(name, expr);
    program_.shuffle = value.value_or(true);
    return value.has_value();
  }
  auto value = WholeNumber("`" + name + "`", expr, name == "seed" ? 0 : 1);
  if (!value) return false;
  if (name == "epochs") program_.epochs = value;
  if (name == "seed") program_.seed = static_cast<uint64_t>(*value);
  if (name == "batch")
    for (auto& source : program_.sources)
      if (!source.batch) source.batch = value;
  return true;
}

// What is no setting: steps, metrics and the stop are kept, definitions are run later.
bool TrainElaborator::ReadStatement(const ast::Stmt& stmt, bool top) {
  bool fine = true;
  switch (stmt.kind) {
    case StmtKind::Step:
    case StmtKind::Metric:
    case StmtKind::Stop:
      if (!top) {
        e_.Report(DiagnosticKind::MisplacedStatement, stmt.span, "this stands in the training block, not in a step");
        fine = false;
      } else if (stmt.kind == StmtKind::Step) {
        steps_.push_back(&stmt);
      } else if (stmt.kind == StmtKind::Metric) {
        metrics_.push_back(&stmt);
      } else if (stop_) {
        e_.Report(DiagnosticKind::Redefinition, stmt.span, "`stop` is given twice");
        fine = false;
      } else {
        stop_ = &stmt;
      }
      break;
    case StmtKind::Define:
    case StmtKind::Draw:
    case StmtKind::Where: break;
    case StmtKind::Expression:
      if (stmt.value->kind == ExprKind::Loop) break;
      e_.Report(DiagnosticKind::MinusStartsStatement, stmt.span, "the value of this expression is lost").Help(LostValueHelp(*stmt.value));
      fine = false;
      break;
    case StmtKind::Next:
    case StmtKind::Weight:
    case StmtKind::Buffer:
    case StmtKind::State:
    case StmtKind::Fit:
    case StmtKind::Emit:
    case StmtKind::Split:
      e_.Report(DiagnosticKind::MisplacedStatement, stmt.span, "this statement has no meaning in a training block").Help(PlaceOf(stmt.kind));
      fine = false;
      break;
  }
  return fine;
}

bool TrainElaborator::ReadSettingsOf(const ast::Block& block, Settings& settings, bool top) {
  bool fine = true;
  std::set<std::string> seen;
  for (const ast::Stmt& stmt : block.statements) {
    if (const std::string* name = SettingName(stmt)) {
      if (!seen.insert(*name).second) {
        e_.Report(DiagnosticKind::Redefinition, stmt.targets[0]->span, "`" + *name + "` is set twice");
        fine = false;
      }
      if (*name == "loss") settings.loss = &stmt;
      else if (*name == "optimizer") settings.optimizer = &stmt;
      else if (*name == "clip") settings.clip = &stmt;
      else if (!top) {
        e_.Report(DiagnosticKind::UnknownSetting, stmt.targets[0]->span,
            "`" + *name + "` is set for the whole training, not for a step");
        fine = false;
      } else {
        if (*name == "epochs") settings.epochs = &stmt;
        if (*name == "batch") settings.batch = &stmt;
        fine &= ReadNumber(*name, *stmt.value);
      }
      continue;
    }
    fine &= ReadStatement(stmt, top);
  }
  return fine;
}

bool TrainElaborator::ReadSources() {
  bool single = decl_.sources.size() == 1;
  for (size_t i = 0; i < decl_.sources.size(); ++i) {
    const ast::Source& source = decl_.sources[i];
    const ast::Decl* data = shared_.declarations.Find(source.name);
    if (!data || data->kind != ast::DeclKind::Data) {
      std::vector<std::string> names;
      for (const std::string& name : shared_.declarations.Names())
        if (const ast::Decl* d = shared_.declarations.Find(name); d && d->kind == ast::DeclKind::Data) names.push_back(name);
      auto& report = e_.Report(DiagnosticKind::UnknownName, source.span, "there is no data source `" + source.name + "`");
      if (std::string near = ClosestName(source.name, names); !near.empty()) report.Help("did you mean `" + near + "`?");
      else if (!names.empty()) report.Help("the program has `" + names[0] + "`" + (names.size() > 1 ? " and others" : ""));
      else report.Help(FormOf("data"));
      return false;
    }
    if (std::any_of(program_.sources.begin(), program_.sources.end(),
        [&](const auto& use) { return use.data.header.name == source.name; })) {
      e_.Report(DiagnosticKind::Redefinition, source.span, "the data source `" + source.name + "` is named twice");
      return false;
    }
    std::string symbol = single || i == 0 ? "N" : source.name + ".N";
    auto elaborated = DataBlock(e_).Data(*data, symbol, static_cast<int>(i));
    if (!elaborated) return false;
    const SourceHeader& header = elaborated->header;
    auto trains = [](const auto& parts, auto name) { return parts.empty() || std::any_of(parts.begin(), parts.end(), name); };
    if (!trains(header.split, [](const auto& part) { return part.name == "train"; }) ||
        !trains(header.files, [](const auto& part) { return part.part == "train" || part.part.empty(); })) {
      e_.Report(DiagnosticKind::MissingSplit, source.span, "the data source `" + source.name + "` has no part `train`")
          .Help("add it, as in `split train 0.8, valid 0.2`");
      return false;
    }
    TrainProgram::SourceUse use;
    use.data = std::move(*elaborated);
    if (source.batch) {
      use.batch = WholeNumber("the batch of `" + source.name + "`", *source.batch, 1);
      if (!use.batch) return false;
    }
    program_.sources.push_back(std::move(use));
  }
  return true;
}

// A name that is defined in the block and resembles a setting's.
const ast::Expr* TrainElaborator::MisspeltSetting(const std::string& setting) const {
  for (const ast::Block* block : Blocks())
    for (const ast::Stmt& stmt : block->statements)
      for (const auto& target : stmt.targets)
        if (stmt.kind == StmtKind::Define && target->kind == ExprKind::Name && ClosestName(target->text, {setting}) == setting)
          return target.get();
  return nullptr;
}

std::vector<const ast::Block*> TrainElaborator::Blocks() const {
  std::vector<const ast::Block*> blocks{decl_.body.get()};
  for (const ast::Stmt* step : steps_) blocks.push_back(step->block.get());
  return blocks;
}

bool TrainElaborator::ReadSettings() {
  if (!ReadSettingsOf(*decl_.body, settings_, true)) return false;
  for (const ast::Stmt* step : steps_) {
    Settings own;
    if (!ReadSettingsOf(*step->block, own, false)) return false;
    step_settings_.push_back(own);
  }
  // A training of no epochs is elaborated as for its own length: schedules may divide by it.
  if (shared_.options.epochs && (*shared_.options.epochs > 0 || !program_.epochs)) program_.epochs = std::max<int64_t>(1, *shared_.options.epochs);
  if (shared_.options.batch)
    for (auto& source : program_.sources) source.batch = shared_.options.batch;
  bool fine = true;
  auto need = [&](const ast::Stmt* stmt, const char* name, Span span, const std::string& where) {
    if (stmt) return;
    fine = false;
    if (const ast::Expr* near = MisspeltSetting(name)) {
      e_.Report(DiagnosticKind::UnknownSetting, near->span, "there is no setting `" + near->text + "`")
          .Help(std::string("did you mean `") + name + "`?");
      return;
    }
    e_.Report(DiagnosticKind::MissingSetting, span, where + " sets no `" + name + "`")
        .Help(std::string("write `") + name + " = ...`");
  };
  if (steps_.empty()) {
    need(settings_.loss, "loss", decl_.name_span, "the training `" + decl_.name + "`");
    need(settings_.optimizer, "optimizer", decl_.name_span, "the training `" + decl_.name + "`");
  } else {
    for (const ast::Stmt* stmt : {settings_.loss, settings_.optimizer})
      if (stmt) {
        e_.Report(DiagnosticKind::UnknownSetting, stmt->span, "with steps, each step sets its own loss and optimizer");
        fine = false;
      }
    for (size_t i = 0; i < steps_.size(); ++i) {
      need(step_settings_[i].loss, "loss", steps_[i]->name_span, "the step `" + steps_[i]->name + "`");
      need(step_settings_[i].optimizer, "optimizer", steps_[i]->name_span, "the step `" + steps_[i]->name + "`");
    }
  }
  const ast::Stmt* optimizer = steps_.empty() ? settings_.optimizer : step_settings_[0].optimizer;
  bool counted = optimizer && !optimizer->phases.empty() &&
                 std::all_of(optimizer->phases.begin(), optimizer->phases.end(),
                     [](const ast::Phase& p) { return p.count != nullptr; });
  if (fine && !program_.epochs && !counted) {
    auto slip = [](const ast::Stmt& stmt) {
      return stmt.kind == StmtKind::Define && stmt.targets.size() == 1 && stmt.targets[0]->kind == ExprKind::Name && !ClosestName(stmt.targets[0]->text, {"epochs"}).empty();
    };
    const bool misspelt = std::any_of(decl_.body->statements.begin(), decl_.body->statements.end(), slip);
    e_.Report(DiagnosticKind::MissingSetting, decl_.name_span, "nothing says how long `" + decl_.name + "` trains")
        .Help(misspelt ? "the setting is called `epochs`, as in `epochs = 10`" : "write `epochs = 10`, or `optimizer = adam{1e-3} for 2000 steps`");
    fine = false;
  }
  return fine;
}

std::optional<size_t> TrainElaborator::SourceNamed(const std::string& name, Span span) {
  for (size_t i = 0; i < program_.sources.size(); ++i)
    if (program_.sources[i].data.header.name == name) return i;
  e_.Report(DiagnosticKind::UnknownName, span, "`" + decl_.name + "` is not trained on `" + name + "`")
      .Help("add it: `train " + decl_.name + " on ..., " + name + "`");
  return std::nullopt;
}

std::optional<Value> TrainElaborator::Field(size_t source, const std::string& name, Span span, Construction& building) {
  const DataSource& data = program_.sources[source].data;
  if (name == "N") return Value::OfDim(Dim::Symbol(data.symbol));
  if (inline_fields_) {
    Scope::Entry* entry = (*inline_fields_)[source].FindHere(name);
    if (!entry) return std::nullopt;
    Value value = entry->value;
    value.bound.clear();
    value.origin = span;
    return value;
  }
  for (const DataSource::Field& field : data.fields) {
    if (field.name != name) continue;
    std::string input = data.header.name + "." + name;
    auto known = building.inputs.find(input);
    if (known == building.inputs.end()) {
      Shape shape{Dim::Symbol(data.symbol)};
      shape.insert(shape.end(), field.shape.begin(), field.shape.end());
      const NodeId node = building.builder->AddInput({ir::Role::Column, ir::DType::F32, input, static_cast<int>(source)}, shape, span);
      known = building.inputs.emplace(input, node).first;
    }
    fields_used_.insert({source, name});
    Value value = Value::OfTensor(known->second);
    value.origin = span;
    return value;
  }
  return std::nullopt;
}

// What helps where a column of the source's file is named that its data block does not define.
std::string TrainElaborator::ColumnHelp(const DataSource& data, const std::string& name) const {
  if (data.header.sample || !shared_.options.schema) return "";
  if (data.header.TableCountedBy(name)) return "`" + name + "` says how many rows an event has, and here stand the columns that `data " + data.header.name + "` defines: add `" + name + " = " + name + "` to it";
  std::optional<ColumnInfo> column;
  for (size_t table = 0; table < data.header.Tables(); ++table)
    for (const ColumnInfo& each : shared_.options.schema->Columns(data.header.Table(table)).value_or(std::vector<ColumnInfo>()))
      if (each.name == name && !column) column = each;
  if (!column) return "";
  return "`" + name + "` is a column of the file, and here stand the columns that `data " + data.header.name + "` defines: add `" +
         (column->text ? "y = " + InProgram(name) + " == \"...\"` or `y = onehot(" + InProgram(name) + ")`" : name + " = " + name + "`") + " to it";
}

// What helps where a training without data names a column of some data block.
std::string TrainElaborator::SourceHelp(const std::string& name) const {
  for (const std::string& declared : shared_.declarations.Names()) {
    const ast::Decl* data = shared_.declarations.Find(declared);
    if (!data || data->kind != ast::DeclKind::Data || !data->body) continue;
    for (const ast::Stmt& stmt : data->body->statements)
      for (const auto& target : stmt.targets)
        if ((target->kind == ExprKind::Subscript ? target->operands[0] : target)->text == name)
          return "`" + name + "` is a column of `" + declared + "`: columns are known in `train " + decl_.name + " on " + declared + " { ... }`";
  }
  return "";
}

void TrainElaborator::PrepareScope(Scope& scope) {
  scope.parent = &shared_.globals;
  if (!program_.sources.empty())
    scope.Add("N", Value::OfDim(Dim::Symbol(program_.sources[0].data.symbol)), decl_.name_span, &decl_);
  if (program_.epochs) scope.Add("epochs", Value::OfDim(Dim(*program_.epochs)), decl_.name_span, settings_.epochs);
  scope.provider = [this](const std::string& name, Span span, bool last, Construction& building) -> std::optional<Value> {
    if (program_.sources.size() == 1) return last ? std::optional<Value>() : Field(0, name, span, building);
    if (!last) return std::nullopt;
    for (const auto& use : program_.sources)
      for (const DataSource::Field& field : use.data.fields) {
        if (field.name != name) continue;
        e_.Report(DiagnosticKind::UnknownName, span, "`" + name + "` is a field, and there are several data sources")
            .Help("write `" + use.data.header.name + "." + name + "`");
        return Value();
      }
    return std::nullopt;
  };
}

std::vector<std::string> TrainElaborator::BareNames() {
  std::vector<std::string> names;
  if (program_.sources.size() == 1)
    for (const DataSource::Field& field : program_.sources[0].data.fields) names.push_back(field.name);
  return names;
}

std::string TrainElaborator::Help(const std::string& name, Span use) {
  static const char* const kWeights = "the weights of events are a column of the data block, `weight = w`: the loss and the metrics take them by themselves";
  const auto& statements = decl_.body->statements;
  auto weighs = [&](const ast::Stmt& stmt) { return stmt.kind == StmtKind::Define && stmt.targets.size() == 1 && stmt.targets[0]->text == "weight" && stmt.span.begin <= use.begin && use.end <= stmt.span.end; };
  if (name == "weight" || name == "sample_weight" || std::any_of(statements.begin(), statements.end(), weighs)) return kWeights;
  for (const auto& source : program_.sources)
    if (std::string help = ColumnHelp(source.data, name); !help.empty()) return help;
  if (std::string help = BelowHelp(*decl_.body, name, use); !help.empty()) return help;
  return decl_.sources.empty() ? SourceHelp(name) : "";
}

std::optional<Value> TrainElaborator::Find(const std::string& source, const std::string& field, Span span, Construction& building) {
  auto number = SourceNamed(source, span);
  if (!number) return std::nullopt;
  if (auto value = Field(*number, field, span, building)) return value;
  std::vector<std::string> names{"N"};
  for (const auto& known : program_.sources[*number].data.fields) names.push_back(known.name);
  auto& report = e_.Report(DiagnosticKind::UnknownMember, span, "the data source `" + source + "` has no field `" + field + "`");
  std::string near = ClosestName(field, names), help = ColumnHelp(program_.sources[*number].data, field);
  if (!help.empty()) report.Help(help);
  else if (!near.empty()) report.Help("did you mean `" + near + "`?");
  return std::nullopt;
}

Context TrainElaborator::In(Construction& building, Fields* fields) {
  Context context;
  context.building = &building;
  context.fields = fields;
  context.init = &init_;
  context.variables = &program_.variables;
  return context;
}

Value TrainElaborator::RunBlock(Values& e, const ast::Block& block, Scope& scope) {
  Value loss;
  for (const ast::Stmt& stmt : block.statements) {
    if (const std::string* name = SettingName(stmt)) {
      if (*name == "loss") {
        const ast::Expr& target = *stmt.targets[0];
        loss = target.kind == ExprKind::Subscript ? Comprehensions(e).EvaluateIndexed(target, *stmt.value, scope, nullptr)
            : e.Evaluate(*stmt.value, scope);
        loss.origin = stmt.value->span;
      }
      continue;
    }
    if (stmt.kind == StmtKind::Define || stmt.kind == StmtKind::Draw || stmt.kind == StmtKind::Where ||
        stmt.kind == StmtKind::Expression)
      Statements(e).ExecuteStatement(stmt, scope);
  }
  return loss;
}

// A definition that nothing uses is a misspelt setting if its name is near one, or if it is plain text or a number.
void TrainElaborator::ReportUnusedSettings() {
  for (const ast::Block* block : Blocks())
    for (const ast::Stmt& stmt : block->statements)
      for (const auto& target : stmt.targets) {
        const std::string& name = target->text;
        std::vector<std::string> names(std::begin(kSettings), std::end(kSettings));
        bool setting = std::find(names.begin(), names.end(), name) != names.end();
        if (stmt.kind != StmtKind::Define || target->kind != ExprKind::Name || setting || shared_.used.count(target.get())) continue;
        std::string near = ClosestName(name, names);
        for (const std::string& known : names)
          if (near.empty() && name.rfind(known, 0) == 0) near = known;
        ExprKind kind = stmt.value->kind;
        bool literal = kind == ExprKind::Integer || kind == ExprKind::Float || kind == ExprKind::Bool || kind == ExprKind::String;
        const bool computed = kind == ExprKind::Apply || kind == ExprKind::Binary || kind == ExprKind::Unary;
        std::string foreign = computed ? "" : ForeignHelp(name);
        if (foreign.empty()) foreign = DataHelp(name);
        if (foreign.empty() && literal) foreign = FormOf(name);
        if (near.empty() && !literal && foreign.empty()) continue;
        e_.Report(DiagnosticKind::UnknownSetting, target->span, "there is no setting `" + name + "`, and nothing else uses it")
            .Help(!foreign.empty() ? foreign : near.empty() ? "settings are loss, optimizer, batch, epochs, shuffle, seed and clip" : "did you mean `" +
                near + "`?");
        shared_.used.insert(target.get());
      }
}

// Settings that change nothing, whatever they are.
void TrainElaborator::ReportIdleSettings() {
  bool counted = true;
  for (const TrainStep& step : program_.steps)
    for (const Phase& phase : step.phases) counted &= phase.count.has_value();
  if (settings_.epochs && counted && !shared_.used.count(settings_.epochs))
    e_.Report(DiagnosticKind::UnusedDefinition, settings_.epochs->span, "`epochs` changes nothing, for the optimizer says itself how long it lasts")
        .Help("remove it");
  bool own = std::all_of(decl_.sources.begin(), decl_.sources.end(), [](const ast::Source& source) { return source.batch != nullptr; });
  if (settings_.batch && own)
    e_.Report(DiagnosticKind::UnusedDefinition, settings_.batch->span,
        decl_.sources.empty() ? "`batch` changes nothing, for the training has no data" : "`batch` changes nothing, for every source has its own")
        .Help("remove it");
  bool clips = steps_.empty() || std::any_of(step_settings_.begin(), step_settings_.end(), [](const Settings& step) { return !step.clip; });
  if (settings_.clip && !clips)
    e_.Report(DiagnosticKind::UnusedDefinition, settings_.clip->span, "`clip` changes nothing, for every step has its own").Help("remove it");
}

// Options whose name stands for something else in the training.
void TrainElaborator::ReportHiddenOptions() {
  auto report = [&](const std::string& name, const std::string& what) {
    const ast::Decl* option = shared_.declarations.Find(name);
    if (option && option->kind == ast::DeclKind::Option)
      e_.Report(DiagnosticKind::Redefinition, option->name_span, "in the training `" + name + "` is " + what + ", and not this option").Help("call the option otherwise");
  };
  if (shared_.used.count(&decl_)) report("N", "the number of its events");
  const ast::Expr* epochs = settings_.epochs ? settings_.epochs->value.get() : nullptr;
  const bool same = epochs && epochs->kind == ast::ExprKind::Name && epochs->text == "epochs";
  if (settings_.epochs && shared_.used.count(settings_.epochs) && !same) report("epochs", "its length, the setting");
}

// Of one source the columns stand bare in a training: a name is either one of them or an option.
bool TrainElaborator::CheckFieldsAreNoOptions() {
  bool fine = true;
  if (program_.sources.size() != 1) return fine;
  for (const DataSource::Field& field : program_.sources[0].data.fields) {
    const ast::Decl* option = shared_.declarations.Find(field.name);
    if (!option || option->kind != ast::DeclKind::Option) continue;
    e_.Report(DiagnosticKind::Redefinition, option->name_span, "`" + field.name + "` is an option, and a column of `" + program_.sources[0].data.header.name + "`, which a training reads by its name")
        .AddLabel(option->name_span, "the option").AddLabel(field.span, "the column").Help("give one of them another name");
    fine = false;
  }
  return fine;
}

std::optional<TrainProgram> TrainElaborator::Run() {
  size_t errors = e_.Mistakes();
  program_.name = decl_.name;
  program_.span = decl_.name_span;
  bool fine = ReadSources() && CheckFieldsAreNoOptions() && ReadSettings();
  fine = fine && BuildSteps();
  if (fine) {
    BuildMetrics();
    BuildStop();
    if (e_.Mistakes() == errors) BuildPrediction();
  }
  if (fine) ReportUnusedSettings();
  if (fine) ReportIdleSettings();
  if (fine) ReportHiddenOptions();
  if (!fine || e_.Mistakes() > errors) return std::nullopt;
  program_.init = Pruned(Finished(init_));
  Checks(e_).CheckSizes(program_.init, decl_.name_span);
  if (e_.Mistakes() > errors) return std::nullopt;
  for (auto& use : program_.sources)
    if (use.data.has_weight) fields_used_.insert({static_cast<size_t>(&use - program_.sources.data()), "weight"});
  for (const auto& [source, field] : fields_used_) program_.sources[source].fields.push_back(field);
  return std::move(program_);
}

}  // namespace nnc::sema
