// Data blocks: row-wise. A column is a value over one index, the event; everything else is the language as it is anywhere.
#include <algorithm>

#include "compiler/sema/elaborator.h"

namespace nnc::sema {

using ast::ExprKind;
using ast::StmtKind;
using ir::Operand;

static const char* const kSettings[] = {"columns", "fill", "drop"};
static constexpr int64_t kMostEvents = int64_t{1} << 32;  // draws are keyed by 32 bits of the event's number

static bool IsSetting(const ast::Stmt& stmt) {
  return stmt.kind == StmtKind::Define && stmt.targets.size() == 1 && stmt.targets[0]->kind == ExprKind::Name &&
         std::find(std::begin(kSettings), std::end(kSettings), stmt.targets[0]->text) != std::end(kSettings);
}

void Elaborator::ReadHeaderFiles(const ast::Expr& value, SourceHeader& header) {
  if (value.kind != ExprKind::Configure || value.operands[0]->kind != ExprKind::Name) {
    Report(DiagnosticKind::UnsupportedFormat, value.span,
        "a data source is `sample N`, or a format with its file, as in `csv{\"events.csv\"}`");
    return;
  }
  header.format = value.operands[0]->text;
  if (header.format != "csv" && header.format != "idx") {
    auto& report = Report(DiagnosticKind::UnsupportedFormat, value.operands[0]->span,
        "the format `" + header.format + "` is not read");
    std::string near = ClosestName(header.format, {"csv", "idx", "sample"});
    report.Help(near.empty() ? "formats are csv and idx" : "did you mean `" + near + "`?");
    return;
  }
  auto text_of = [&](const ast::Expr& expr, std::vector<std::string>& paths) {
    if (expr.kind == ExprKind::String) {
      paths.push_back(expr.text);
      return true;
    }
    Report(DiagnosticKind::TypeMismatch, expr.span, "a file's name in quotes is needed here");
    return false;
  };
  SourceHeader::FilePart bare;
  for (const ast::Argument& argument : value.arguments) {
    const ast::Expr& expr = *argument.value;
    if (argument.name.empty()) {
      if (!text_of(expr, bare.paths)) return;
      bare.span = Cover(bare.span, expr.span);
    } else if (argument.name == "fill") {
      if (auto fill = EvaluateNumber(expr, globals_)) header.fill = *fill;
    } else if (argument.name == "drop") {
      if (auto drop = EvaluateNumber(expr, globals_)) header.drop = *drop != 0;
    } else if (argument.name == "train" || argument.name == "valid" || argument.name == "test") {
      SourceHeader::FilePart part;
      part.part = argument.name;
      part.span = expr.span;
      if (expr.kind == ExprKind::List) {
        for (const auto& item : expr.operands)
          if (!text_of(*item, part.paths)) return;
      } else if (!text_of(expr, part.paths)) {
        return;
      }
      header.files.push_back(part);
    } else {
      auto& report = Report(DiagnosticKind::UnknownArgument, argument.name_span,
          "`" + header.format + "` has no setting `" + argument.name + "`");
      std::string near = ClosestName(argument.name, {"train", "valid", "test", "fill", "drop"});
      report.Help(near.empty() ? "settings are train, valid, test, fill and drop" : "did you mean `" + near + "`?");
      return;
    }
  }
  if (!bare.paths.empty()) header.files.insert(header.files.begin(), bare);
  if (header.files.empty())
    Report(DiagnosticKind::MissingArgument, value.span,
        "`" + header.format + "` needs a file, as in `" + header.format + "{\"file\"}`");
}

std::optional<SourceHeader> Elaborator::Header(const ast::Decl& decl) {
  SourceHeader header;
  header.name = decl.name;
  header.span = decl.name_span;
  header.sample = decl.sample;
  const std::string& path = sources_.File(decl.span.file).path;
  size_t slash = path.rfind('/');
  header.folder = slash == std::string::npos ? "." : path.substr(0, slash);
  size_t errors = Mistakes();
  if (decl.sample) {
    auto count = EvaluateInteger(*decl.value, globals_);
    if (!count) return std::nullopt;
    if (*count <= 0)
      Report(DiagnosticKind::EmptyData, decl.value->span,
          "the data source `" + decl.name + "` would have " + std::to_string(*count) + " events");
    if (*count > kMostEvents)
      Report(DiagnosticKind::TooLarge, decl.value->span,
          "the data source `" + decl.name + "` would have " + std::to_string(*count) + " events, more than can be numbered");
    header.count = *count;
  } else {
    ReadHeaderFiles(*decl.value, header);
  }
  if (decl.body)
    for (const ast::Stmt& stmt : decl.body->statements) {
      if (IsSetting(stmt) && !decl.sample) {
        const std::string& name = stmt.targets[0]->text;
        if (name == "fill") header.fill = EvaluateNumber(*stmt.value, globals_);
        if (name == "drop")
          if (auto drop = EvaluateNumber(*stmt.value, globals_)) header.drop = *drop != 0;
      }
      if (stmt.kind != StmtKind::Split) continue;
      double total = 0;
      for (const ast::Binding& binding : stmt.bindings) {
        auto fraction = EvaluateNumber(*binding.value, globals_);
        if (!fraction) return std::nullopt;
        if (*fraction <= 0 || *fraction > 1) {
          Report(DiagnosticKind::TypeMismatch, binding.span, "the part `" + binding.name + "` is a fraction between 0 and 1");
          return std::nullopt;
        }
        if (std::any_of(header.split.begin(), header.split.end(), [&](const auto& part) { return part.name == binding.name; })) {
          Report(DiagnosticKind::Redefinition, binding.span, "the part `" + binding.name + "` is given twice");
          return std::nullopt;
        }
        if (binding.name != "train" && binding.name != "valid" && binding.name != "test") {
          auto& report = Report(DiagnosticKind::MissingSplit, binding.span,
              "the parts of a split are train, valid and test, not `" + binding.name + "`");
          std::string near = ClosestName(binding.name, {"train", "valid", "test"});
          if (!near.empty()) report.Help("did you mean `" + near + "`?");
          return std::nullopt;
        }
        total += *fraction;
        header.split.push_back({binding.name, *fraction});
      }
      if (total > 1 + 1e-9) Report(DiagnosticKind::TypeMismatch, stmt.span, "the parts of the split add up to more than 1");
      if (stmt.seed)
        if (auto seed = EvaluateInteger(*stmt.seed, globals_)) {
          header.split_seed = static_cast<uint64_t>(*seed);
          if (*seed < 0) Report(DiagnosticKind::OptionOutOfRange, stmt.seed->span, "a seed is a whole number from 0 on");
        }
    }
  if (Mistakes() > errors) return std::nullopt;
  return header;
}

Value Elaborator::RawColumnValue(const RawColumn& column) {
  auto known = context_->inputs.find(column.input);
  if (known == context_->inputs.end()) {
    Shape shape = BoundExtents({context_->event});
    for (int64_t size : column.shape) shape.push_back(Dim(size));
    NodeId node = context_->builder->AddInput({ir::Role::Column, ir::DType::F32, column.input, context_->source}, shape,
        column.span);
    known = context_->inputs.emplace(column.input, node).first;
    data_->raw.push_back(column);
  }
  return Value::OfTensor(known->second, {context_->event});
}

Value Elaborator::ColumnAsNumber(const std::string& name, Span span) {
  RawColumn column;
  column.column = name;
  column.input = data_->header.name + ".raw." + name;
  column.span = span;
  if (data_->schema)
    for (const ColumnInfo& info : *data_->schema)
      if (info.name == name) {
        column.shape = info.shape;
        if (info.text) {
          Report(DiagnosticKind::TypeMismatch, span, "the column `" + name + "` holds text, and a number is needed here")
              .Help("compare it, as in `" + name + " == \"...\"`, or number its labels with `encode(" + name +
                  ")` or `onehot(" + name + ")`");
          return Poison();
        }
      }
  return RawColumnValue(column);
}

Value Elaborator::CompareColumn(const std::string& name, const std::string& text, Span span) {
  RawColumn column;
  column.kind = RawColumn::Kind::Equals;
  column.column = name;
  column.text = text;
  column.input = data_->header.name + ".raw." + name + "==" + text;
  column.span = span;
  return RawColumnValue(column);
}

// encode(c): the number of the label in the training part's dictionary; onehot(c): 1 at that number, else 0.
Value Elaborator::Encode(const std::string& function, const ast::Expr& expr, Scope& scope) {
  if (!data_ || expr.arguments.size() != 1) {
    Report(DiagnosticKind::MisplacedStatement, expr.span, "`" + function + "` takes one column of a file, in a `data` block");
    return Poison();
  }
  Value value = Evaluate(*expr.arguments[0].value, scope);
  if (value.IsPoison()) return value;
  if (value.kind != Value::Kind::FileColumn) {
    Report(DiagnosticKind::TypeMismatch, expr.arguments[0].value->span,
        "`" + function + "` takes a column of a file, and this is " + Describe(value))
        .Help("a number k becomes one-hot by `y[c in 0..K] = k == c`");
    return Poison();
  }
  RawColumn column;
  column.kind = RawColumn::Kind::Encode;
  column.column = value.text;
  column.input = data_->header.name + ".raw.encode(" + value.text + ")";
  column.span = expr.span;
  Value number = RawColumnValue(column);
  if (function == "encode") return number;
  Dim classes = Dim::Symbol("classes(" + value.text + ")");
  if (options_.schema && data_->schema) {
    auto count = options_.schema->ClassCount(data_->header, value.text);
    if (!count) return Poison();
    classes = Dim(*count);
  }
  int k = context_->indices.AddKnown("", classes, expr.span);
  Value hot = Map(ScalarFn::Eq, {number, Value::OfIndex({{{k, 1}}, 0})}, {expr.span, expr.span}, "compare");
  Value aligned = Align(hot, {context_->event, k}, {});
  aligned.bound = {context_->event};
  return aligned;
}

Value Elaborator::AllExcept(const ast::Expr& expr) {
  if (!data_ || data_->header.sample) {
    Report(DiagnosticKind::MisplacedStatement, expr.span, "`all except` lists the columns of a data file");
    return Poison();
  }
  if (!data_->schema) {
    Report(DiagnosticKind::FileNotFound, expr.span, "`all except` needs the file's header, and the file is not there");
    return Poison();
  }
  std::vector<std::string> names;
  for (const ColumnInfo& info : *data_->schema) names.push_back(info.name);
  Value list;
  list.kind = Value::Kind::List;
  list.origin = expr.span;
  for (const ast::Argument& argument : expr.arguments)
    if (std::find(names.begin(), names.end(), argument.value->text) == names.end()) {
      auto& report = Report(DiagnosticKind::UnknownColumn, argument.value->span,
          "the file has no column `" + argument.value->text + "`");
      if (std::string near = ClosestName(argument.value->text, names); !near.empty()) report.Help("did you mean `" + near + "`?");
      return Poison();
    }
  for (const std::string& name : names) {
    bool excepted = std::any_of(expr.arguments.begin(), expr.arguments.end(), [&](const auto& a) { return a.value->text == name; });
    if (excepted) continue;
    list.items.push_back(Value::OfText(Value::Kind::FileColumn, name));
    list.items.back().origin = expr.span;
  }
  return AsTensor(list, expr.span);
}

// `x |> standardize`: the body of the preparation, with its `fit` values taken over the events of the training part.
Value Elaborator::ApplyPrepare(const Callable& callable, const Value& x, Span span, const void*) {
  const ast::Decl& decl = *callable.decl;
  Value column = AsTensor(x, span);
  if (column.IsPoison()) return column;
  if (std::find(column.bound.begin(), column.bound.end(), context_->event) == column.bound.end()) {
    Report(DiagnosticKind::TypeMismatch, span, "`" + decl.name + "` prepares a column of events, and this is the same for all");
    return Poison();
  }
  if (decl.params.size() != 1) {
    Report(DiagnosticKind::TooManyArguments, decl.name_span, "a preparation has one parameter, the column");
    return Poison();
  }
  std::string saved_owner = owner_;
  owner_ = instances_.Path(callable.owner, callable.site, decl.name, "");
  frames_.push_back({&decl, span});
  Scope inner;
  inner.parent = &globals_;
  Value result;
  if (BindConfig(callable, inner)) {
    inner.Add(decl.params[0].name, AsVariable(column), decl.params[0].span, nullptr);
    size_t last = decl.body->statements.size();
    for (size_t i = 0; i < last; ++i) {
      const ast::Stmt& stmt = decl.body->statements[i];
      if (stmt.kind == StmtKind::Fit) {
        fitting_ = true;
        for (const ast::Binding& binding : stmt.bindings) {
          Value fitted = AsTensor(Evaluate(*binding.value, inner), binding.value->span);
          if (std::find(fitted.bound.begin(), fitted.bound.end(), context_->event) != fitted.bound.end()) {
            Report(DiagnosticKind::TypeMismatch, binding.value->span,
                "`fit` takes figures over all events, and this differs from event to event")
                .Help("reduce it with mean, std, var, min, max or sum");
            fitted = Poison();
          }
          Define(binding.name, fitted, binding.span, &binding, inner);
        }
        fitting_ = false;
      } else if (i + 1 == last && stmt.kind == StmtKind::Expression) {
        result = Evaluate(*stmt.value, inner);
      } else {
        ExecuteStatement(stmt, inner);
      }
    }
    if (last == 0 || decl.body->statements.back().kind != StmtKind::Expression)
      Report(DiagnosticKind::NoValue, decl.name_span, "`" + decl.name + "` has no value: its last line must be an expression");
  }
  frames_.pop_back();
  owner_ = saved_owner;
  if (data_ && result.IsTensor() && result.bound == column.bound) data_->preparations.push_back({result.node, column.node, data_->field});
  return result;
}

static bool HasDraw(const ir::Graph& graph, NodeId root) {
  bool draws = false;
  ForEachNeeded(graph, root, [&](const ir::Node& node) { draws |= node.op == ir::Node::Op::Random; });
  return draws;
}

void Elaborator::DataStatement(const ast::Stmt& stmt, Scope& scope) {
  if (stmt.kind == StmtKind::Split || (IsSetting(stmt) && !data_->header.sample)) return;
  if (stmt.kind != StmtKind::Define && stmt.kind != StmtKind::Draw) {
    Report(DiagnosticKind::MisplacedStatement, stmt.span, "a data block holds definitions of columns and `split`");
    return;
  }
  const ast::Expr& target = *stmt.targets[0];
  const std::string& name = target.kind == ExprKind::Subscript ? target.operands[0]->text : target.text;
  owner_ = data_->header.name + "." + name;
  data_->field = name;
  size_t before = scope.entries.size();
  if (stmt.kind == StmtKind::Define && target.kind == ExprKind::Subscript) {
    Value value = EvaluateIndexed(target, *stmt.value, scope, nullptr);
    Define(name, value, target.span, nullptr, scope);
  } else if (stmt.kind == StmtKind::Draw) {
    Define(name, DrawInto(*stmt.value, {}, &stmt, scope), target.span, nullptr, scope);
  } else {
    DefineTargets(stmt, scope);
    for (const auto& each : stmt.targets) used_.insert(each.get());  // columns need not be used
  }
  for (size_t i = before; i < scope.entries.size(); ++i) {
    Value& value = scope.entries[i].value;
    if (value.kind == Value::Kind::Callable || value.kind == Value::Kind::Distribution) {
      AsTensor(value, scope.entries[i].span);  // reports
      value = Poison();
    }
    if (value.IsPoison() || value.kind == Value::Kind::FileColumn) continue;
    value = AsTensor(value, scope.entries[i].span);
    if (!value.IsTensor() || !data_->draws_are_columns || !HasDraw(context_->graph, value.node)) continue;
    RawColumn column;
    column.column = scope.entries[i].name;
    column.input = data_->header.name + ".raw." + column.column;
    column.span = scope.entries[i].span;
    for (const Dim& size : Positional(value)) column.shape.push_back(size.IsConstant() ? size.Constant() : 1);
    value = RawColumnValue(column);
  }
}

void Elaborator::ElaborateDataBlock(const ast::Decl& decl, Scope& scope) {
  scope.parent = &globals_;
  scope.provider = [this](const std::string& name, Span, bool last) -> std::optional<Value> {
    if (data_->header.sample) return std::nullopt;
    if (!data_->schema) return last ? std::optional<Value>(Value::OfText(Value::Kind::FileColumn, name)) : std::nullopt;
    for (const ColumnInfo& column : *data_->schema)
      if (column.name == name) return Value::OfText(Value::Kind::FileColumn, name);
    return std::nullopt;
  };
  if (!decl.body) return;
  std::string saved = owner_;
  for (const ast::Stmt& stmt : decl.body->statements) DataStatement(stmt, scope);
  owner_ = saved;
}

// True if `name` is `word` with two neighbours swapped, or a letter lost or doubled: no word of its own.
static bool IsSlipOf(const std::string& name, const std::string& word) {
  for (size_t i = 0; i < word.size(); ++i) {
    std::string lost = word, doubled = word, swapped = word;
    lost.erase(i, 1);
    doubled.insert(i, 1, word[i]);
    if (i + 1 < word.size()) std::swap(swapped[i], swapped[i + 1]);
    if (name == lost || name == doubled || (name == swapped && name != word)) return true;
  }
  return false;
}

std::optional<DataSource> Elaborator::Data(const ast::Decl& decl, const std::string& symbol, int number) {
  size_t errors = Mistakes();
  auto header = Header(decl);
  if (!header) return std::nullopt;
  DataState state;
  state.decl = &decl;
  state.header = *header;
  if (options_.schema && !header->sample) {
    state.schema = options_.schema->Columns(*header);
    if (!state.schema) return std::nullopt;
  }
  GraphContext context("columns." + decl.name, false);
  DataSource source;
  context.source = number;
  context.event_symbols.resize(static_cast<size_t>(number) + 1);
  context.event_symbols[static_cast<size_t>(number)] = symbol;
  context.event = context.indices.AddKnown("event", Dim::Symbol(symbol), decl.name_span);
  context.host = &source.columns;
  GraphContext* saved_context = context_;
  DataState* saved_data = data_;
  context_ = &context;
  data_ = &state;
  Scope scope;
  ElaborateDataBlock(decl, scope);
  // Without definitions, the file's columns are the fields.
  if (scope.entries.empty() && state.schema)
    for (const ColumnInfo& column : *state.schema)
      if (!column.text) scope.Add(column.name, Value::OfText(Value::Kind::FileColumn, column.name), decl.name_span, nullptr);
  for (const Scope::Entry& entry : scope.entries) {
    for (const char* word : {"weight", "columns", "fill", "drop"})
      if (IsSlipOf(entry.name, word))
        Report(DiagnosticKind::UnknownSetting, entry.span, "`" + entry.name + "` would be one more column")
            .Help(std::string("did you mean `") + word + "`?");
    if (entry.value.IsPoison()) continue;
    if (entry.value.kind == Value::Kind::FileColumn && state.schema &&
        std::any_of(state.schema->begin(), state.schema->end(),
            [&](const ColumnInfo& c) { return c.name == entry.value.text && c.text; })) {
      ColumnAsNumber(entry.value.text, entry.span);  // reports: text is no number
      continue;
    }
    Value value = AsTensor(entry.value, entry.span);
    if (value.IsPoison()) continue;
    Value aligned = Align(value, {context.event}, Positional(value));
    context.graph.outputs.push_back({entry.name, aligned.node, ir::kNoNode});
    source.fields.push_back({entry.name, Positional(value)});
    source.has_weight |= entry.name == "weight";
  }
  CheckSizes(context.graph, decl.name_span);
  context_ = saved_context;
  data_ = saved_data;
  if (Mistakes() > errors) return std::nullopt;
  source.header = state.header;
  source.symbol = symbol;
  source.raw = state.raw;
  source.columns.graph = Finished(context);
  return source;
}

}  // namespace nnc::sema
