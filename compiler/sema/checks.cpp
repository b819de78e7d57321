// Checking texts and what nothing applies: models are elaborated with open sizes; of layers and functions, whose settings are open too, the names
// are checked.
#include "compiler/sema/checks.h"

#include <algorithm>

#include "compiler/sema/applications.h"
#include "compiler/sema/builtins.h"
#include "compiler/sema/call_help.h"
#include "compiler/sema/expressions.h"
#include "compiler/sema/foreign_names.h"
#include "compiler/sema/missing_values.h"
#include "compiler/sema/statements.h"
#include "compiler/syntax/foreign_words.h"

namespace nnc::sema {

using ast::DeclKind;
using ast::ExprKind;
using ast::StmtKind;

std::optional<ir::Graph> Checks::GraphOf(const ast::Decl& decl, bool training) {
  Construction building(decl.name, training);
  Context inside = context_;
  inside.building = &building;
  return Checks(shared_, inside).OpenGraphOf(decl);
}

// In a graph of its own: sizes that the declaration leaves open are symbols.
std::optional<ir::Graph> Checks::OpenGraphOf(const ast::Decl& decl) {
  size_t errors = Mistakes();
  Callable callable;
  callable.decl = &decl;
  callable.span = decl.name_span;
  callable.site = &decl;
  std::vector<Actual> actuals;
  for (const ast::Parameter& parameter : decl.params) {
    Shape shape;
    if (parameter.type)
      for (const ast::Axis& axis : parameter.type->axes) {
        if (axis.ellipsis) continue;
        if (axis.size->kind == ExprKind::Name && !shared_.globals.Find(axis.size->text)) {
          shape.push_back(Dim::Symbol(axis.size->text));
        } else if (auto size = Expressions(*this).EvaluateDim(*axis.size, shared_.globals)) {
          shape.push_back(*size);
        }
      }
    NodeId node = building_.builder->AddInput({ir::Role::Direct, ir::DType::F32, parameter.name, 0}, shape, parameter.span);
    Value value = Value::OfTensor(node);
    value.origin = parameter.span;
    actuals.push_back({"", value, parameter.span});
  }
  Value result;
  if (Mistakes() == errors) result = Applications(*this).ApplyDecl(callable, std::move(actuals), {}, &decl);
  if (result.IsPoison() && !shared_.diagnostics.HasErrors())  // a mistake that nothing reported must not pass for a value
    Report(DiagnosticKind::NoValue, decl.name_span, "the value of `" + decl.name + "` cannot be worked out");
  std::vector<Value> values = result.kind == Value::Kind::Tuple ? result.items : std::vector<Value>{result};
  for (size_t k = 0; k < values.size(); ++k) {
    Value value = AsTensor(values[k], decl.name_span);
    if (value.IsPoison()) continue;
    building_.graph.outputs.push_back({values.size() == 1 ? decl.name : decl.name + "." + std::to_string(k), value.node,
        ir::kNoNode});
  }
  for (const auto& [path, value] : building_.buffers_after)
    building_.graph.outputs.push_back({path, value.node, building_.inputs.at(path)});
  CheckSizes(building_.graph, decl.name_span);
  if (Mistakes() > errors) return std::nullopt;
  return Finished(building_);
}

namespace {

// Names that a body may mean, collected without evaluating anything.
struct NameChecker {
  std::set<std::string> known;
  std::vector<const ast::Expr*> mentioned{};
  std::set<std::string> members{};  // FIELD of SOURCE.FIELD

  void Type(const ast::Type& type, bool binds) {
    for (const auto& axis : type.axes) {
      if (!axis.size) continue;
      size_t before = mentioned.size();
      Expr(*axis.size);
      for (size_t i = before; binds && i < mentioned.size(); ++i) known.insert(mentioned[i]->text);
    }
  }
  void Target(const ast::Expr& target) {
    if (target.kind == ExprKind::Name) known.insert(target.text);
    if (target.kind == ExprKind::Subscript) {
      known.insert(target.operands[0]->text);
      Indices(target.subscripts);
    }
  }
  void Indices(const ast::Subscripts& subscripts) {
    for (const auto& item : subscripts.items) {
      if (!item.name.empty()) known.insert(item.name);
      if (item.value && item.value->kind == ExprKind::Name) known.insert(item.value->text);
    }
  }
  void Expr(const ast::Expr& expr) {
    if (expr.kind == ExprKind::Name) mentioned.push_back(&expr);
    if (expr.kind == ExprKind::Member) members.insert(expr.text);
    if (expr.kind == ExprKind::Apply && expr.operands[0]->kind == ExprKind::Subscript) Indices(expr.operands[0]->subscripts);
    for (const auto& operand : expr.operands) Expr(*operand);
    for (const auto& argument : expr.arguments) Expr(*argument.value);
    for (const auto& item : expr.subscripts.items) {
      if (item.value) Expr(*item.value);
      if (item.range.begin) Expr(*item.range.begin);
      if (item.range.end) Expr(*item.range.end);
    }
    if (expr.subscripts.where) Expr(*expr.subscripts.where);
    if (expr.subscripts.otherwise) Expr(*expr.subscripts.otherwise);
    if (expr.function) Decl(*expr.function);
    if (expr.loop) {
      known.insert(expr.loop->index);
      for (const auto* end : {&expr.loop->range.begin, &expr.loop->range.end})
        if (*end) Expr(**end);
      for (const auto& state : expr.loop->states) {
        known.insert(state.name);
        Expr(*state.start);
      }
      Block(*expr.loop->body);
    }
  }
  void Block(const ast::Block& block) {
    for (const auto& stmt : block.statements) {
      if (stmt.kind == StmtKind::Weight || stmt.kind == StmtKind::Buffer) known.insert(stmt.name);
      if (stmt.type) Type(*stmt.type, false);
      for (const auto& target : stmt.targets) Target(*target);
      for (const auto& binding : stmt.bindings) {
        known.insert(binding.name);
        Expr(*binding.value);
      }
      for (const auto* value : {&stmt.value, &stmt.patience, &stmt.seed})
        if (*value) Expr(**value);
      for (const auto& phase : stmt.phases) {
        Expr(*phase.value);
        if (phase.count) Expr(*phase.count);
      }
      if (stmt.block) Block(*stmt.block);
    }
  }
  void Decl(const ast::Decl& decl) {
    for (const auto* parameters : {&decl.config, &decl.params})
      for (const ast::Parameter& parameter : *parameters) {
        known.insert(parameter.name);
        if (parameter.type) Type(*parameter.type, true);
        if (parameter.default_value) Expr(*parameter.default_value);
      }
    for (const ast::Type& type : decl.results) Type(type, false);
    if (decl.value) Expr(*decl.value);
    for (const ast::Source& source : decl.sources)
      if (source.batch) Expr(*source.batch);
    if (decl.domain) {
      for (const auto& choice : decl.domain->choices) Expr(*choice);
      for (const auto* end : {&decl.domain->range.begin, &decl.domain->range.end})
        if (*end) Expr(**end);
    }
    if (decl.body) Block(*decl.body);
  }
};

// Sizes that are fixed but for the first axis: what a body does with them does not depend on where it is applied.
bool HasFixedSizes(const ast::Decl& decl) {
  for (const ast::Parameter& parameter : decl.config)
    if (!parameter.default_value) return false;
  for (const ast::Parameter& parameter : decl.params) {
    if (!parameter.type || !parameter.type->has_axes) return false;
    for (size_t k = 0; k < parameter.type->axes.size(); ++k) {
      const ast::Axis& axis = parameter.type->axes[k];
      if (axis.ellipsis || (k > 0 && axis.size->kind != ExprKind::Integer)) return false;
    }
  }
  return true;
}

bool IsApplied(DeclKind kind) { return kind == DeclKind::Model || kind == DeclKind::Layer || kind == DeclKind::Function; }

}  // namespace

// Names and parameters of declarations, and the places of their statements.
void Checks::CheckHeads(const std::vector<const ast::Decl*>& decls) {
  for (const ast::Decl* decl : decls)
    if ((IsApplied(decl->kind) || decl->kind == DeclKind::Optimizer || decl->kind == DeclKind::Prepare) && Builtins(*this).IsBuiltin(decl->name))
      Report(DiagnosticKind::ReservedName, decl->name_span, "`" + decl->name + "` is a word of the language")
          .Help("choose another name");
  for (const ast::Decl* decl : decls) CheckPlaces(*decl);
  for (const ast::Decl* decl : decls) CheckIndexTypes(*decl);
  for (const ast::Decl* decl : decls) {
    std::map<std::string, Span> names;
    for (const auto* parameters : {&decl->config, &decl->params})
      for (const ast::Parameter& parameter : *parameters) {
        auto [at, fresh] = names.emplace(parameter.name, parameter.span);
        if (!fresh)
          Report(DiagnosticKind::Redefinition, parameter.span,
              "`" + decl->name + "` has two parameters `" + parameter.name + "`").AddLabel(parameter.span,
              "again here").AddLabel(at->second, "first here");
      }
  }
}

// `index{V}` is the type of arguments, and says whose subscripts they are.
void Checks::CheckIndexTypes(const ast::Decl& decl) {
  for (const ast::Parameter& parameter : decl.params)
    if (parameter.type && parameter.type->name == "index" && parameter.type->arguments.size() != 1)
      Report(DiagnosticKind::MissingArgument, parameter.type->span, "`index` says whose subscripts it holds: the size of an axis")
          .Help("as in `" + parameter.name + ": index{50}[N]`, whole numbers from 0 to 49");
  std::vector<const ast::Type*> others;
  for (const ast::Type& type : decl.results) others.push_back(&type);
  for (const ast::Parameter& parameter : decl.config)
    if (parameter.type) others.push_back(parameter.type.get());
  if (decl.body)
    for (const auto& stmt : decl.body->statements)
      if (stmt.type) others.push_back(stmt.type.get());
  for (const ast::Type* type : others)
    if (type->name == "index") Report(DiagnosticKind::TypeMismatch, type->span, "`index` is the type of an argument").Help("here it is `f32`; an argument of type `index{V}` holds whole numbers from 0 to V - 1");
}

bool Checks::CheckTexts(const std::vector<const ast::Decl*>& decls) {
  struct Needed {
    const ast::Decl* decl;
    const ast::Expr* mention;
  };
  std::map<const ast::Decl*, std::vector<Needed>> needs;
  std::set<std::string> mentioned;
  for (const ast::Decl* decl : decls) {
    NameChecker checker;
    checker.Decl(*decl);
    for (const ast::Expr* name : checker.mentioned) {
      mentioned.insert(name->text);
      if (!IsApplied(decl->kind) || checker.known.count(name->text)) continue;
      const ast::Decl* needed = shared_.declarations.Find(name->text);
      if (needed && IsApplied(needed->kind)) needs[decl].push_back({needed, name});
    }
  }
  CheckHeads(decls);
  for (const ast::Decl* decl : decls)
    if (decl->kind == DeclKind::Option && !mentioned.count(decl->name)) shared_.unread_options.push_back(decl);
  // Depth first: what is met again on the way to it needs itself.
  bool fine = true;
  std::set<const ast::Decl*> done;
  std::vector<const ast::Decl*> way;
  std::function<void(const ast::Decl*)> visit = [&](const ast::Decl* decl) {
    if (!done.insert(decl).second) return;
    way.push_back(decl);
    for (const Needed& next : needs[decl]) {
      auto start = std::find(way.begin(), way.end(), next.decl);
      if (start == way.end()) {
        visit(next.decl);
        continue;
      }
      std::string chain = "`" + next.decl->name + "` applies ";
      for (auto at = start + 1; at != way.end(); ++at) chain += "`" + (*at)->name + "`, which applies ";
      Report(DiagnosticKind::RecursiveDefinition, next.mention->span,
          chain + (start + 1 == way.end() ? "itself" : "`" + next.decl->name + "`") + ", without end")
          .Help("use `repeat` for a fixed number of turns");
      fine = false;
    }
    way.pop_back();
  };
  for (const ast::Decl* decl : decls)
    if (IsApplied(decl->kind)) visit(decl);
  return fine;
}

// Statements that have no meaning in this kind of body, and a body without value.
void Checks::CheckPlaces(const ast::Decl& decl) {
  if (!IsApplied(decl.kind) && decl.kind != DeclKind::Optimizer && decl.kind != DeclKind::Prepare) return;
  const Frame frame{&decl, {}, context_.frame};
  Context inside = context_;
  inside.frame = &frame;
  Checks(shared_, inside).CheckPlacesIn(decl);
}

void Checks::CheckPlacesIn(const ast::Decl& decl) {
  const bool weights = decl.kind == DeclKind::Layer || decl.kind == DeclKind::Model;
  for (const ast::Stmt& stmt : decl.body->statements) {
    bool fits = true;
    switch (stmt.kind) {
      case StmtKind::Weight: case StmtKind::Buffer: fits = weights; break;
      case StmtKind::State: fits = decl.kind == DeclKind::Optimizer; break;
      case StmtKind::Fit: fits = decl.kind == DeclKind::Prepare; break;
      case StmtKind::Emit: case StmtKind::Step: case StmtKind::Metric: case StmtKind::Stop: case StmtKind::Split: fits = false;
          break;
      case StmtKind::Define: case StmtKind::Draw: case StmtKind::Next: case StmtKind::Expression: case StmtKind::Where: break;
    }
    if (!fits)
      Report(DiagnosticKind::MisplacedStatement, stmt.span,
          std::string("this statement has no meaning here: ") + PlaceOf(stmt.kind));
  }
  if (IsApplied(decl.kind) && (decl.body->statements.empty() || decl.body->statements.back().kind != StmtKind::Expression))
    Report(DiagnosticKind::NoValue, decl.body->statements.empty() ? decl.name_span : decl.body->statements.back().span,
           "`" + decl.name + "` has no value: its last line must be an expression")
        .Help(NoValueHelp(decl.body->statements));
}

// Names of columns that the trainings on a source read, as far as their texts tell; nothing where no training stands on it.
static std::optional<std::set<std::string>> ReadInTrainings(const std::vector<const ast::Decl*>& decls, const std::string& source) {
  std::optional<std::set<std::string>> read;
  for (const ast::Decl* decl : decls) {
    auto named = [&](const ast::Source& each) { return each.name == source; };
    if (decl->kind != DeclKind::Train || std::none_of(decl->sources.begin(), decl->sources.end(), named)) continue;
    NameChecker checker;
    checker.Decl(*decl);
    if (!read) read.emplace();
    for (const ast::Expr* name : checker.mentioned) read->insert(name->text);
    read->insert(checker.members.begin(), checker.members.end());
  }
  return read;
}

// Names that a statement defines.
static std::vector<const ast::Expr*> Targets(const ast::Stmt& stmt) {
  std::vector<const ast::Expr*> names;
  for (const auto& target : stmt.targets) names.push_back(target->kind == ExprKind::Subscript ? target->operands[0].get() : target.get());
  return names;
}

void Checks::CheckUnreadColumns(const std::vector<const ast::Decl*>& decls, const ast::Decl* train) {
  for (const ast::Decl* decl : decls) {
    if (decl->kind != DeclKind::Data || !decl->body) continue;
    auto named = [&](const ast::Source& source) { return source.name == decl->name; };
    if (train && std::none_of(train->sources.begin(), train->sources.end(), named)) continue;
    auto read = ReadInTrainings(decls, decl->name);
    if (!read) continue;
    std::map<std::string, const ast::Stmt*> reader;  // null: several statements name it
    for (const ast::Stmt& stmt : decl->body->statements) {
      NameChecker checker;
      if (stmt.value) checker.Expr(*stmt.value);
      for (const auto& target : stmt.targets)
        if (target->kind == ExprKind::Subscript && !NamesColumns(*target)) checker.Indices(target->subscripts);
      for (const ast::Expr* name : checker.mentioned)
        if (auto [at, fresh] = reader.emplace(name->text, &stmt); !fresh && at->second != &stmt) at->second = nullptr;
    }
    for (const ast::Stmt& stmt : decl->body->statements)
      for (const ast::Expr* name : Targets(stmt)) {
        auto at = reader.find(name->text);
        if (read->count(name->text) || (at != reader.end() && at->second != &stmt)) continue;
        ReportUnreadColumn(*decl, stmt, *name);
      }
  }
}

// A setting that is none here, or a number or text by itself, is a mistake; other columns may be there to be written out.
void Checks::ReportUnreadColumn(const ast::Decl& data, const ast::Stmt& stmt, const ast::Expr& name) {
  if (name.text == "weight" || name.text == "_" || stmt.kind == StmtKind::Split) return;
  if (!data.sample && (name.text == "fill" || name.text == "drop" || NamesColumns(*stmt.targets[0]))) return;
  const std::string help = DataHelp(name.text);
  const ExprKind kind = stmt.value ? stmt.value->kind : ExprKind::Name;
  const bool literal = kind == ExprKind::Integer || kind == ExprKind::Float || kind == ExprKind::Bool || kind == ExprKind::String;
  if (help.empty() && !literal && name.text != "split") {
    Report(DiagnosticKind::UnreadName, name.span, "nothing reads the column `" + name.text + "`").Help("remove it, unless it is there for `nnc sample` alone");
    return;
  }
  const std::string form = name.text == "split" ? FormOf(name.text) : BlockOf(name.text);
  Report(DiagnosticKind::UnknownSetting, name.span, "a data block has no setting `" + name.text + "`, and nothing reads a column of that name")
      .Help(!help.empty() ? help : !form.empty() ? form : "its settings are `fill`, `drop` and `split`; the column `weight` gives events weights");
}

// Of a body that nothing applies: definitions that it does not use itself.
void Checks::CheckUses(const ast::Decl& decl) {
  NameChecker checker;
  checker.Decl(decl);
  std::set<std::string> mentioned;
  for (const ast::Expr* name : checker.mentioned) mentioned.insert(name->text);
  for (const ast::Stmt& stmt : decl.body->statements) {
    if (stmt.kind != StmtKind::Define) continue;
    for (const auto& target : stmt.targets) {
      const ast::Expr& name = target->kind == ExprKind::Subscript ? *target->operands[0] : *target;
      if (mentioned.count(name.text)) continue;
      shared_.defined[target.get()] = {name.text, name.span, &decl, stmt.targets.size() > 1};
    }
  }
}

void Checks::CheckUnapplied(const std::vector<const ast::Decl*>& decls, const ast::Decl* train) {
  std::map<std::string, const ast::Decl*> by_name;
  for (const ast::Decl* decl : decls)
    if (decl->kind != DeclKind::Train && decl->kind != DeclKind::Data) by_name.emplace(decl->name, decl);
  std::vector<const ast::Decl*> open;
  if (train)
    for (const ast::Decl* decl : decls)
      if (decl != train && (decl->kind == DeclKind::Train || decl->kind == DeclKind::Data)) open.push_back(decl);
  std::set<const ast::Decl*> elsewhere;
  while (!open.empty()) {
    NameChecker checker;
    checker.Decl(*open.back());
    open.pop_back();
    for (const ast::Expr* name : checker.mentioned)
      if (auto at = by_name.find(name->text); at != by_name.end() && elsewhere.insert(at->second).second) open.push_back(at->second);
  }
  for (DeclKind kind : {DeclKind::Model, DeclKind::Layer, DeclKind::Function, DeclKind::Optimizer, DeclKind::Prepare})
    for (const ast::Decl* decl : decls)
      if (decl->kind == kind && !elsewhere.count(decl)) CheckDefinition(*decl);
}

void Checks::CheckDefinition(const ast::Decl& decl) {
  if (!decl.body) return;
  if (shared_.elaborated.count(&decl)) return;  // with the sizes that hold where it is applied
  bool typed = std::all_of(decl.params.begin(), decl.params.end(), [](const auto& p) { return p.type != nullptr; });
  bool model = decl.kind == DeclKind::Model && decl.config.empty() && typed;
  if (model || (IsApplied(decl.kind) && HasFixedSizes(decl))) {
    GraphOf(decl, true);
    return;
  }
  CheckUses(decl);
  const Frame frame{&decl, {}, context_.frame};
  Context inside = context_;
  inside.frame = &frame;
  Checks(shared_, inside).CheckNames(decl);
}

// That all names of a body are known.
void Checks::CheckNames(const ast::Decl& decl) {
  NameChecker checker;
  checker.Decl(decl);
  auto candidates = [&] {  // few bodies need them, and they are many
    std::vector<std::string> names(checker.known.begin(), checker.known.end());
    for (const std::string& name : shared_.declarations.Names()) names.push_back(name);
    for (const std::string& name : Builtins(*this).BuiltinNames()) names.push_back(name);
    return names;
  };
  for (const ast::Expr* name : checker.mentioned) {
    if (checker.known.count(name->text) || Builtins(*this).IsBuiltin(name->text) || Builtins(*this).BuiltinConstant(name->text) || shared_.globals.Find(name->text) ||
        shared_.declarations.Find(name->text) || ReportedBefore(name->text))
      continue;
    auto& report = Report(DiagnosticKind::UnknownName, name->span, "unknown name `" + name->text + "`");
    if (MayPropose()) report.Help(Proposal(name->text, candidates()));
  }
}

void Checks::ReportUnusedDefinitions() {
  if (!shared_.diagnostics.HasErrors())
    for (const ast::Decl* option : shared_.unread_options) {  // other top-level definitions need not be used, but a setting must not be ignored
      if (shared_.options.set.count(option->name))
        Report(DiagnosticKind::UnusedDefinition, option->name_span, "the option `" + option->name + "` is set and never used")
            .Help("leave the setting out, or use the option in the program");
      else
        Report(DiagnosticKind::UnreadName, option->name_span, "nothing reads the option `" + option->name + "`")
            .Help("write its name where its value should stand, or remove it");
    }
  const std::set<const ast::Decl*> mistaken = shared_.mistaken;
  std::vector<Elaboration::Definition> unused;
  for (const auto& [definition, what] : shared_.defined)
    if (!shared_.used.count(definition)) unused.push_back(what);
  std::sort(unused.begin(), unused.end(), [](const Elaboration::Definition& a, const Elaboration::Definition& b) {
    return std::make_pair(a.span.file, a.span.begin) < std::make_pair(b.span.file, b.span.begin);
  });
  for (const Elaboration::Definition& what : unused) {
    // Where something else is wrong, uses may not have been seen.
    if (mistaken.count(what.owner)) continue;
    Report(DiagnosticKind::UnusedDefinition, what.span, "`" + what.name + "` is never used")
        .Help(!BlockOf(what.name).empty() && what.owner ? BlockOf(what.name) : what.of_several ? "write `_` in its place, or use it in what follows" : "remove it, or use it in what follows");
  }
}

}  // namespace nnc::sema
