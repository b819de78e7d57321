// The plan as text, for `nnc emit --stage=plan` and its tests.
#include <cmath>
#include <cstdio>

#include "compiler/schedule/find_turns.h"
#include "compiler/schedule/plan_memory.h"
#include "compiler/schedule/schedule.h"

namespace nnc::schedule {

using ir::Affine;
using ir::Dim;
using ir::Scalar;

namespace {

std::string LoopName(int loop) {
  static const char kNames[] = "ijklmnopqrstuvwxyz";
  if (loop < 18) return std::string(1, kNames[loop]);
  return "i" + std::to_string(loop);
}

std::string Text(const Affine& affine) {
  std::string text;
  for (const Affine::Term& term : affine.terms) {
    const int64_t size = std::abs(term.coefficient);
    if (!text.empty() || term.coefficient < 0) text += text.empty() ? "-" : term.coefficient < 0 ? " - " : " + ";
    if (size != 1) text += std::to_string(size) + "*";
    text += LoopName(term.index);
  }
  if (affine.constant == Dim(0) && !text.empty()) return text;
  if (text.empty()) return affine.constant.ToString();
  if (!affine.constant.IsConstant()) return text + " + " + affine.constant.ToString();
  const int64_t constant = affine.constant.Constant();
  return text + (constant < 0 ? " - " : " + ") + std::to_string(std::abs(constant));
}

std::string Number(double value) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.9g", value);
  return buffer;
}

const char* KindOf(const Kernel& kernel) {
  switch (kernel.kind) {
    case Kernel::Kind::Gather: return "gather";
    case Kernel::Kind::Loops: return kernel.IsScatter() ? "scatter" : "loops";
    case Kernel::Kind::Contraction: return "contraction";
    case Kernel::Kind::Random: return "random";
    case Kernel::Kind::Scan: return "scan";
  }
  return "";
}

const char* Name(LoopClass what) {
  switch (what) {
    case LoopClass::Batch: return "batch ";
    case LoopClass::Row: return "row ";
    case LoopClass::Column: return "column ";
    case LoopClass::Summed: return "summed ";
  }
  return "";
}

class KernelPrinter {
 public:
  KernelPrinter(const Plan& plan, const Kernel& kernel) : plan_(plan), kernel_(kernel) {
    uses_.assign(kernel.body.size(), 0);
    for (const Scalar& step : kernel.body) {
      for (int argument : step.arguments) {
        if (step.kind == Scalar::Kind::Call && argument >= 0) ++uses_[static_cast<size_t>(argument)];
      }
    }
    for (const Store& store : kernel.stores) {
      if (store.step >= 0) ++uses_[static_cast<size_t>(store.step)];
    }
  }

  std::string Run(size_t number) {
    if (kernel_.kind == Kernel::Kind::Scan) return Scan(number);
    std::string text = std::to_string(number) + ": " + KindOf(kernel_) + Loops(0, kernel_.rank);
    if (kernel_.folded >= 0) text += FoldHead();
    if (TouchesFoundAlone(kernel_)) text += " and update of what is found";
    text += kernel_.label.empty() ? "\n" : "  ; " + kernel_.label + "\n";
    for (const Kernel::Condition& condition : kernel_.conditions) {
      text += "   where 0 <= " + Text(condition.value) + " < " + condition.extent.ToString() + "\n";
    }
    for (size_t s = 0; s < kernel_.body.size(); ++s) {
      if (static_cast<int>(s) == kernel_.folded) {
        text += "   fold = " + Fold() + " of " + Step(static_cast<int>(s), true) + "\n";
      } else if (IsNamed(static_cast<int>(s))) {
        text += "   t" + std::to_string(s) + " = " + Step(static_cast<int>(s), true) + "\n";
      }
    }
    for (const Store& store : kernel_.stores) {
      text += "   " + Element(store.target) + " = " + (store.step >= 0 ? Step(store.step, false) : kernel_.IsScatter() ? Beside() : Random()) + "\n";
    }
    return text;
  }

 private:
  std::string Loops(int first, int last) const {
    std::string text = " [";
    for (int loop = first; loop < last; ++loop) {
      if (loop > first) text += ", ";
      if (!kernel_.classes.empty()) text += Name(kernel_.classes[static_cast<size_t>(loop)]);
      text += LoopName(loop) + ":" + kernel_.loops[static_cast<size_t>(loop)].ToString();
      if (kernel_.Finds(loop)) text += " at " + Step(kernel_.found[static_cast<size_t>(loop)], false);
    }
    return text + "]";
  }

  std::string FoldHead() const {
    return " " + std::string(ir::Row(kernel_.monoid).name) + Loops(kernel_.rank, static_cast<int>(kernel_.loops.size()));
  }

  std::string Fold() const {
    std::string text(ir::Row(kernel_.monoid).name);
    for (size_t r = 0; r < kernel_.arg_indices.size(); ++r) {
      text += (r == 0 ? " (" : ", ") + Text(kernel_.arg_indices[r]) + ":" + kernel_.arg_extents[r].ToString();
    }
    return kernel_.arg_indices.empty() ? text : text + ")";
  }

  // The loop, what the body's bindings are, and the body.
  std::string Scan(size_t number) const {
    const Loop& loop = kernel_.loop;
    std::string text = std::to_string(number) + ": scan [t:" + loop.count.ToString() + "] " + (loop.down ? "down" : "up") + "  ; " + kernel_.label + "\n" + SavingText(loop.saving);
    for (size_t l = 0; l < loop.links.size(); ++l) {
      const Loop::Link& link = loop.links[l];
      const Address& address = link.stored ? kernel_.stores[static_cast<size_t>(link.index)].target : kernel_.reads[static_cast<size_t>(link.index)];
      text += "   bound " + std::to_string(l) + " is " + plan_.buffers[static_cast<size_t>(address.buffer)].name;
      if (link.moves) text += "[" + Element(loop, link) + "]";
      text += "\n";
    }
    std::string body = "   " + Print(*loop.body);
    for (size_t at = body.find('\n'); at + 1 < body.size(); at = body.find('\n', at + 1)) body.insert(at + 1, "   ");
    return text + body;
  }

  // In scalar operations.
  static std::string SavingText(const ir::TurnsSaved& saving) {
    if (saving.values == 0) return "";
    char costs[96];
    std::snprintf(costs, sizeof costs, "%.3g to write and read, %.3g to compute again", saving.saved, saving.again);
    return "   " + std::to_string(saving.values) + (saving.values == 1 ? " value" : " values") + " of a turn " + (saving.Pays() ? "saved" : "computed again") +
           " for the derivative: " + costs + "\n";
  }

  static std::string Element(const Loop& loop, const Loop::Link& link) {
    const std::string element = link.offset == 0 ? "t" : "t + " + std::to_string(link.offset);
    if (!link.alternates) return element;
    const std::string distance = loop.down ? element : loop.count.ToString() + " - " + (link.offset == 0 ? element : "(" + element + ")");
    return (distance == "t" ? distance : "(" + distance + ")") + " mod 2";
  }

  const char* Beside() const { return kernel_.arg_count > 0 ? "the element there" : "what rounding loses"; }

  std::string Random() const {
    return "random place " + std::to_string(kernel_.random.place) + " word " + std::to_string(kernel_.random.word) +
           (kernel_.random.per_row ? " per row of source " + std::to_string(kernel_.random.source) : "");
  }

  std::string Element(const Address& address) const {
    std::string text = plan_.buffers[static_cast<size_t>(address.buffer)].name + "[";
    for (size_t axis = 0; axis < address.subscripts.size(); ++axis) {
      if (axis > 0) text += ", ";
      text += Text(address.subscripts[axis]) + (address.guarded[axis] ? "?" : "");
    }
    return text + "]";
  }

  bool IsNamed(int step) const {
    return kernel_.body[static_cast<size_t>(step)].kind == Scalar::Kind::Call && uses_[static_cast<size_t>(step)] > 1;
  }

  std::string Step(int number, bool definition) const {
    const Scalar& step = kernel_.body[static_cast<size_t>(number)];
    if (!definition && number == kernel_.folded) return "fold";
    if (!definition && IsNamed(number)) return "t" + std::to_string(number);
    switch (step.kind) {
      case Scalar::Kind::Access: return Element(kernel_.reads[static_cast<size_t>(step.index)]);
      case Scalar::Kind::Index: return "(" + Text(kernel_.index_values[static_cast<size_t>(step.index)]) + ")";
      case Scalar::Kind::Literal: return Number(step.literal);
      case Scalar::Kind::Extent: return step.extent.ToString();
      case Scalar::Kind::Call: {
        std::string text = std::string(ir::Row(step.fn).name) + "(";
        for (int a = 0; a < 3 && step.arguments[a] >= 0; ++a) text += (a > 0 ? ", " : "") + Step(step.arguments[a], false);
        return text + ")";
      }
    }
    return "";
  }

  const Plan& plan_;
  const Kernel& kernel_;
  std::vector<int> uses_;
};

std::string PrintBuffer(const Buffer& buffer, const Plan& plan) {
  std::string text = "  " + buffer.name + " " + ir::Name(buffer.dtype) + ToString(buffer.shape);
  if (buffer.view_of >= 0) return text + " view of " + plan.buffers[static_cast<size_t>(buffer.view_of)].name + "\n";
  switch (buffer.place) {
    case Buffer::Place::Arena:
      return text + " at " + std::to_string(buffer.offset) + ", " + std::to_string(Bytes(buffer)) + " bytes\n";
    case Buffer::Place::Bound: {
      const Plan::Binding& binding = plan.bindings[static_cast<size_t>(buffer.binding)];
      text += " bound " + std::to_string(buffer.binding);
      if (binding.input) text += std::string(" ") + ir::Name(binding.role);
      return text + (binding.output ? binding.input ? " updated\n" : " output\n" : "\n");
    }
    case Buffer::Place::Column:
      return text + " bound " + std::to_string(buffer.binding) + " column of source " + std::to_string(buffer.source) + "\n";
    case Buffer::Place::Scalar: return text + " step\n";
  }
  return text;
}

}  // namespace

std::string Print(const Plan& plan) {
  std::string text = "plan " + plan.name + "\n";
  for (const std::string& symbol : plan.symbols) text += "symbol " + symbol + " <= " + std::to_string(plan.capacities.at(symbol)) + "\n";
  const int64_t least = LargestLiveBytes(plan);
  char ratio[40];
  std::snprintf(ratio, sizeof ratio, "%.2f", least > 0 ? static_cast<double>(plan.arena_bytes) / static_cast<double>(least) : 1.0);
  text += "arena " + std::to_string(plan.arena_bytes) + " bytes, " + ratio + " of the largest live sum\n";
  text += "buffers\n";
  for (const Buffer& buffer : plan.buffers) text += PrintBuffer(buffer, plan);
  text += "kernels\n";
  for (size_t k = 0; k < plan.kernels.size(); ++k) text += KernelPrinter(plan, plan.kernels[k]).Run(k);
  return text;
}

}  // namespace nnc::schedule
