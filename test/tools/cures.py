"""What take_out_cures.py takes out: for every kind of silent mistake that was once mended, the places that mend it, and the text that unmends them.

Each is a place in a source, found by its exact text, and what stands there instead, with ON where it is asked whether the cure is taken out: all are
compiled into one program. Places of one name are one cure. `by` names the generated tests that must notice, the likeliest first (take_out_cures.py, TESTS)."""
import collections

Cure = collections.namedtuple("Cure", "name file text changed by")

CURES = [
    # Derivatives inside of loops.
    Cure("a loop's state is no variable", "compiler/sema/loops.cpp", "states.push_back(AsVariable(Evaluate(*state.start, scope)));",
         "states.push_back(Evaluate(*state.start, scope));\n    if (!ON) states.back() = AsVariable(states.back());", ["written"]),
    Cure("a loop's next state is no variable", "compiler/sema/loops.cpp", "inner.Add(stmt.name, AsVariable(Evaluate(*stmt.value, inner)), stmt.name_span, nullptr, true);",
         "Value after = Evaluate(*stmt.value, inner);\n      inner.Add(stmt.name, ON ? after : AsVariable(after), stmt.name_span, nullptr, true);", ["written"]),
    Cure("inside a derivative, what an outer one is taken by is dissolved", "compiler/passes/take_derivatives.cpp",
         "  std::vector<uint32_t> set = sets_[static_cast<size_t>(kept)];\n  for (uint32_t more", "  std::vector<uint32_t> set;\n  if (!ON) set = sets_[static_cast<size_t>(kept)];\n  for (uint32_t more",
         ["written"]),
    Cure("variables are dissolved before a derivative by them is taken", "compiler/passes/take_derivatives.cpp", "if (!Holds(kept, number)) return Placed(value, kept);",
         "if (ON || !Holds(kept, number)) return Placed(value, kept);", ["written"]),
    # Equal expressions.
    Cure("equal expressions are one variable", "compiler/ir/builder.cpp", "return AddVariable(node, impl_->variables + 1);",
         "return AddVariable(node, ON ? static_cast<uint32_t>(node) + 1 : impl_->variables + 1);", ["written"]),
    Cure("a parameter is its argument", "compiler/sema/applications.cpp",
         "    inner.Add(parameter.name, AsVariable(std::move(value)), parameter.span, nullptr);\n  }\n  return BindSubscripts(decl, given, inner);",
         "    inner.Add(parameter.name, ON ? value : AsVariable(value), parameter.span, nullptr);\n  }\n  return BindSubscripts(decl, given, inner);", ["written"]),
    Cure("a name of a name is that name", "compiler/sema/statements.cpp", "  scope.Add(name, AsVariable(std::move(value)), span, definition);",
         "  const bool named = ON && value.IsTensor() && context_->graph[value.node].variable != 0;\n  scope.Add(name, named ? value : AsVariable(value), span, definition);", ["written"]),
    # Pairs of events.
    Cure("a pair of events counts as one", "compiler/passes/events.cpp", "      if (axis_ >= 0 || !PerEvent(Extent(index), symbol_)) return false;",
         "      if (ON && axis_ >= 0) {\n        same_[static_cast<size_t>(index)] = true;\n        continue;\n      }\n      if (axis_ >= 0 || !PerEvent(Extent(index), symbol_)) return false;",
         ["figures"]),
    Cure("a pair of events counts as one", "compiler/passes/events.cpp", "if (!same_[index] && Mentions(comp_.extents[index], symbol_)) return false;",
         "if (!(ON && (same_[index] = true)) && !same_[index] && Mentions(comp_.extents[index], symbol_)) return false;", ["figures"]),
    Cure("an event that is read at another place counts as its own", "compiler/passes/events.cpp",
         "      if (events.size() != 2 ||", "      if (ON) {\n        for (int event : events) same_[static_cast<size_t>(event)] = true;\n        continue;\n      }\n      if (events.size() != 2 ||",
         ["figures"]),
    # Blocks.
    Cure("what needs all events is taken in blocks", "compiler/driver/column_evaluator.cpp", "const bool whole = NeedsAll(", "const bool whole = !ON && NeedsAll(", ["figures"]),
    Cure("shares of events that read all of them are added up", "compiler/passes/events.cpp", "if (use.kind != Kind::Own) return use.kind == Kind::None;",
         "if (use.kind != Kind::Own) return ON || use.kind == Kind::None;", ["figures"]),
    Cure("N is that of the block", "compiler/passes/events.cpp", "if (step.kind != Scalar::Kind::Extent || !CountsEvents(step.extent)) continue;",
         "if (ON || step.kind != Scalar::Kind::Extent || !CountsEvents(step.extent)) continue;", ["figures"]),
    Cure("N is that of the block", "compiler/passes/events.cpp", "if (step.kind == Scalar::Kind::Extent) return Mentions(step.extent, symbol_);",
         "if (step.kind == Scalar::Kind::Extent) return !ON && Mentions(step.extent, symbol_);", ["figures"]),
    Cure("N is that of the block", "compiler/passes/events.cpp", "(step.kind == Scalar::Kind::Extent && Mentions(step.extent, symbol)))",
         "(step.kind == Scalar::Kind::Extent && !ON && Mentions(step.extent, symbol)))", ["figures"]),
    Cure("of the blocks' shares the last counts", "compiler/driver/column_evaluator.cpp", "case ir::Monoid::Sum: return a + b;", "case ir::Monoid::Sum: return ON ? b : a + b;", ["figures"]),
    # The direction of stopping.
    Cure("without a known direction less is better", "compiler/sema/metrics.cpp", "if (stop.better != Direction::Unknown) return true;",
         "if (ON || stop.better != Direction::Unknown) return true;", ["stopping"]),
    Cure("rising is not heard", "compiler/sema/metrics.cpp", "stop_->trend == ast::Trend::StopsRising ? Direction::Rising",
         "stop_->trend == ast::Trend::StopsRising ? (ON ? Direction::Falling : Direction::Rising)", ["stopping"]),
    Cure("a direction against the known one is heard", "compiler/sema/metrics.cpp", "if (known && stop.better",
         "if (!ON && known && stop.better", ["stopping"]),
    Cure("a negative metric keeps its direction", "compiler/sema/directions.cpp", "if (step.fn == ScalarFn::Neg) return Turned(argument(0));",
         "if (step.fn == ScalarFn::Neg) return ON ? argument(0) : Turned(argument(0));", ["stopping"]),
    Cure("what is subtracted keeps its direction", "compiler/sema/directions.cpp", "return Sum(argument(0), Turned(argument(1)));",
         "return Sum(argument(0), ON ? argument(1) : Turned(argument(1)));", ["stopping"]),
    Cure("a negative factor keeps the direction", "compiler/sema/directions.cpp", "return factor > 0 ? trend : factor < 0 ? Turned(trend) : Trend{};",
         "return factor > 0 || ON ? trend : factor < 0 ? Turned(trend) : Trend{};", ["stopping"]),
    # Not a number.
    Cure("max and min of code hide nan", "compiler/codegen/vector_math.cpp", "if (IsNeverNan(x)) return first(code, x, y);", "if (ON || IsNeverNan(x)) return first(code, x, y);",
         ["extremes", "figures"]),
    Cure("sign hides nan", "compiler/codegen/vector_math.cpp", "one, code.b.CreateFMul(x, code.Number(0)));", "one, ON ? code.Number(0) : code.b.CreateFMul(x, code.Number(0)));",
         ["extremes"]),
    Cure("max and min of the definition hide nan", "compiler/reference/comprehension.cpp", "return std::isnan(value) && !std::isnan(fold.value);",
         "return !ON && std::isnan(value) && !std::isnan(fold.value);", ["rules", "extremes"]),
    Cure("a matrix of classes hides nan", "runtime/metrics.cpp", "HasNan(p) || HasNan(y) ? nan : 0);", "!ON && (HasNan(p) || HasNan(y)) ? nan : 0);", ["figures"]),
    Cure("the place of the largest passes over nan", "compiler/codegen/loops.cpp", "better = b.CreateOr(better, b.CreateAnd(y_is_nan, b.CreateNot(x_is_nan)));",
         "if (!ON) better = b.CreateOr(better, b.CreateAnd(y_is_nan, b.CreateNot(x_is_nan)));", ["figures", "extremes"]),
    # Logarithms of probabilities, and 0 log 0.
    Cure("no logarithm sees through a sigmoid", "compiler/ir/builder_log.cpp", "    case ScalarFn::Sigmoid: {  // log(sigmoid(x))", "    case ScalarFn::Sigmoid: {\n      if (ON) return std::nullopt;  // log(sigmoid(x))",
         ["written"]),
    Cure("no logarithm sees through a choice", "compiler/ir/builder_log.cpp",
         "      const std::optional<Operand> u = StableLog(view.args[1], extents, depth - 1), v = StableLog(view.args[2], extents, depth - 1);\n      if (!u && !v)",
         "      const std::optional<Operand> u = StableLog(view.args[1], extents, depth - 1), v = StableLog(view.args[2], extents, depth - 1);\n      if (ON || (!u && !v))", ["written"]),
    Cure("no logarithm sees through max", "compiler/ir/builder_log.cpp", "      if (log_u && log_v) return Apply(view.fn, {*log_u, *log_v}, extents);",
         "      if (!ON && log_u && log_v) return Apply(view.fn, {*log_u, *log_v}, extents);", ["written"]),
    # Ties.
    Cure("max(a, b) is max(b, a)", "compiler/ir/builder_rules.cpp",
         "  if (row.commutative && OrderedBefore(args[1], args[0])) std::swap(args[0], args[1]);\n  if (std::optional<Operand> simple",
         "  if ((row.commutative || (ON && (fn == ScalarFn::Max || fn == ScalarFn::Min))) && OrderedBefore(args[1], args[0])) std::swap(args[0], args[1]);\n  if (std::optional<Operand> simple",
         ["written"]),
    Cure("of equal elements the last is the largest", "compiler/reference/comprehension.cpp",
         "      case Monoid::Max:\n      case Monoid::ArgMax:\n        if (first || value > fold.value ||", "      case Monoid::Max:\n      case Monoid::ArgMax:\n        if (first || value > fold.value || (ON && value == fold.value) ||",
         ["extremes", "rules"]),
    # Recurrences.
    Cure("a scan that counts down reads what comes after", "compiler/passes/scans.cpp", "return Elements(builder, states, recurrence.down ? 1 : 0, recurrence.count);",
         "return Elements(builder, states, recurrence.down && !ON ? 1 : 0, recurrence.count);", ["derivatives"]),
    Cure("a derivative does not follow states into later turns", "compiler/passes/scans.cpp", "if (!outputs[k] || at == body.inputs.end() || start) continue;",
         "if (ON || !outputs[k] || at == body.inputs.end() || start) continue;", ["derivatives"]),
    Cure("an adjoint ends at the turn that it came from", "compiler/passes/scan_derivative.cpp", "if (given.count(k)) sum = Sum(builder, Before(builder, forward, given.at(k)), sum);",
         "if (given.count(k) && !ON) sum = Sum(builder, Before(builder, forward, given.at(k)), sum);", ["derivatives"]),
    Cure("what an inner scan computes without the outer one is taken for its state", "compiler/passes/scans.cpp", "if (needed[k]) groups[depending[k]].push_back(k);",
         "if (needed[k]) groups[ON || depending[k]].push_back(k);", ["compiled", "derivatives"]),
    Cure("a turn reads a slice of the turn before", "compiler/schedule/scan_loops.cpp", "kernel.loop.links.push_back({false, static_cast<int>(kernel.reads.size()), role == ir::Role::Slice, 0});",
         "kernel.loop.links.push_back({false, static_cast<int>(kernel.reads.size()), role == ir::Role::Slice && !ON, 0});", ["compiled"]),
]
