// Kernels that are no contraction: element-wise loops and folds. Sixteen neighbouring points of one parallel loop are evaluated
// together. A fold is either sequential in each of these lanes, or its own points sit in the lanes and a fixed tree joins them.
#include <limits>

#include "compiler/codegen/point.h"

namespace nnc::codegen {
namespace {

class LoopsCode {
 public:
  explicit LoopsCode(KernelCode& kernel)
      : kernel_(kernel), code_(kernel.code), nest_(Flat(kernel)), lanes_(ChooseLanes(nest_, kernel.kernel)),
        blocks_(BlocksOf(nest_.loops, FoldedOrder(), lanes_.folded >= 0 ? kLanes : 1)), body_(kernel, nest_) {}

  void Emit() { Parallel(Point(body_), 0); }

 private:
  static Nest Flat(KernelCode& kernel) {
    Nest nest = MakeNest(kernel.plan, kernel.kernel);
    Flatten(nest);
    return nest;
  }

  llvm::Value* Extent(int loop) { return kernel_.Size(nest_.loops[static_cast<size_t>(loop)]); }

  // All parallel loops in order, the one in the lanes innermost.
  void Parallel(const Point& point, int loop) {
    if (loop < nest_.rank && (loop == lanes_.parallel || nest_.Finds(loop))) return Parallel(point, loop + 1);
    if (loop < nest_.rank) {
      code_.Loop(Extent(loop), 1, [&](llvm::Value* i) { Parallel(point.Enter(loop, i), loop + 1); });
      return;
    }
    if (lanes_.parallel < 0) return OnePoint(point);
    OverLanes(nest_.loops[static_cast<size_t>(lanes_.parallel)],
              [&](llvm::Value* start, llvm::Value* count, llvm::Value* lanes) { Sixteen(point, start, count, lanes); });
  }

  // Steps of sixteen over an extent. The last, incomplete one is masked: in the same loop where masks cost nothing, after it
  // where they do.
  void OverLanes(const ir::Dim& extent, const std::function<void(llvm::Value*, llvm::Value*, llvm::Value*)>& body) {
    llvm::Value* end = kernel_.Size(extent);
    llvm::Value* sixteen = code_.Int(kLanes);
    if (IsMultiple(extent, kLanes)) {
      code_.Loop(end, kLanes, [&](llvm::Value* i) { body(i, sixteen, nullptr); });
      return;
    }
    int64_t number = 0;
    const bool one_step = IsConstant(end, &number) && number < kLanes;
    if (one_step || code_.level == Level::Avx512 || lanes_.folded >= 0) {
      code_.Loop(end, kLanes, [&](llvm::Value* i) {
        llvm::Value* left = code_.b.CreateSub(end, i);
        body(i, code_.Minimum(left, sixteen), code_.FirstLanes(left));
      });
      return;
    }
    llvm::Value* whole = code_.b.CreateAnd(end, code_.Int(-kLanes));
    code_.Loop(whole, kLanes, [&](llvm::Value* i) { body(i, sixteen, nullptr); });
    llvm::Value* left = code_.b.CreateSub(end, whole);
    if (IsConstant(left, &number)) {
      body(whole, left, code_.FirstLanes(left));
    } else {
      code_.If(code_.b.CreateICmpSGT(left, code_.Int(0)), [&] { body(whole, left, code_.FirstLanes(left)); });
    }
  }

  void OnePoint(Point point) {
    if (kernel_.kernel.folded >= 0) {
      if (lanes_.folded >= 0) {
        point.SetFolded(code_.Splat(AcrossLanes(point)));
      } else {
        point.SetFolded(Finish(Sequential(point)));
      }
    }
    point.Store();
  }

  void Sixteen(const Point& point, llvm::Value* start, llvm::Value* count, llvm::Value* lanes) {
    if (kernel_.kernel.folded >= 0 && lanes_.folded >= 0) {
      llvm::Value* results = code_.Stack(kLanes);
      code_.Loop(count, 1, [&](llvm::Value* i) {
        llvm::Value* folded = AcrossLanes(point.Enter(lanes_.parallel, code_.Add(start, i)));
        code_.b.CreateAlignedStore(folded, code_.Element(results, i), llvm::Align(4));
      });
      Point inside = point.EnterLanes(lanes_.parallel, start, lanes);
      inside.SetFolded(code_.Load(results, lanes));
      inside.Store();
      return;
    }
    Point inside = point.EnterLanes(lanes_.parallel, start, lanes);
    if (kernel_.kernel.folded >= 0) inside.SetFolded(Finish(Sequential(inside)));
    inside.Store();
  }

  const ir::MonoidRow& Monoid() const { return ir::Row(kernel_.kernel.monoid); }

  // What a fold starts from: the monoid's identity; for places the best value and its number.
  Code::Values Start() {
    Code::Values start{code_.Number(Monoid().identity)};
    if (Monoid().is_place) start.push_back(code_.Integers(std::numeric_limits<int32_t>::max()));
    return start;
  }

  // Joins two folds; of places the smaller number wins among equal values, and nan before all others.
  Code::Values Join(const Code::Values& x, const Code::Values& y) {
    auto& b = code_.b;
    if (!Monoid().is_place) {
      Term joined = Call(code_, Monoid().combine, {x[0]}, {y[0]}, {});
      return {Number(code_, joined)};
    }
    const bool largest = Monoid().combine == ir::ScalarFn::Max;
    llvm::Value* better = largest ? b.CreateFCmpOGT(y[0], x[0]) : b.CreateFCmpOLT(y[0], x[0]);
    llvm::Value* x_is_nan = b.CreateFCmpUNO(x[0], x[0]);
    llvm::Value* y_is_nan = b.CreateFCmpUNO(y[0], y[0]);
    better = b.CreateOr(better, b.CreateAnd(y_is_nan, b.CreateNot(x_is_nan)));
    llvm::Value* equal = b.CreateOr(b.CreateFCmpOEQ(y[0], x[0]), b.CreateAnd(x_is_nan, y_is_nan));
    llvm::Value* take = b.CreateOr(better, b.CreateAnd(equal, b.CreateICmpSLT(y[1], x[1])));
    return {b.CreateSelect(take, y[0], x[0]), b.CreateSelect(take, y[1], x[1])};
  }

  // The fold so far joined with the sixteen (or one) values at a point.
  Code::Values Include(Point& point, const Code::Values& so_far, llvm::Value* lanes) {
    Term term = point.Step(kernel_.kernel.folded);
    Code::Values values{Number(code_, term)};
    if (Monoid().is_place) values.push_back(point.ArgNumber());
    llvm::Value* part = point.TakesPart();
    if (lanes) part = part ? code_.b.CreateAnd(part, lanes) : lanes;
    if (part) {
      const Code::Values identity = Start();
      for (size_t i = 0; i < values.size(); ++i) values[i] = code_.b.CreateSelect(part, values[i], identity[i]);
    }
    return Join(so_far, values);
  }

  // The folded loops in the order in which they are walked.
  std::vector<int> FoldedOrder() const {
    std::vector<int> order;
    for (int loop = nest_.rank; loop < nest_.Size(); ++loop) {
      if (loop != lanes_.folded && !nest_.Finds(loop)) order.push_back(loop);
    }
    if (lanes_.folded >= 0) order.push_back(lanes_.folded);
    return order;
  }

  // The fold's order is fixed: every lane its own chain over all points.
  Code::Values Sequential(const Point& point) { return Narrow(Folds(point, FoldedOrder(), 0, WideStart())); }

  // The whole fold at one parallel point, a scalar: a chain in each lane, joined by a tree.
  llvm::Value* AcrossLanes(const Point& point) {
    Code::Values lanes = Folds(point, FoldedOrder(), 0, WideStart());
    for (int half = kLanes / 2; half > 0; half /= 2) {
      std::vector<int> upper;
      for (int i = 0; i < kLanes; ++i) upper.push_back(i < half ? i + half : i);
      Code::Values other;
      for (llvm::Value* value : lanes) other.push_back(code_.b.CreateShuffleVector(value, upper));
      lanes = Join(lanes, other);
    }
    return code_.b.CreateExtractElement(Finish(Narrow(lanes)), uint64_t{0});
  }

  // Only sums are taken in blocks: their totals are kept in double precision.
  bool InBlocks() const { return kernel_.kernel.monoid == ir::Monoid::Sum && blocks_.loop >= 0; }
  llvm::Type* Wide() { return llvm::FixedVectorType::get(code_.b.getDoubleTy(), kLanes); }
  Code::Values WideStart() { return InBlocks() ? Code::Values{llvm::Constant::getNullValue(Wide())} : Start(); }
  Code::Values Narrow(const Code::Values& folded) {
    return InBlocks() ? Code::Values{code_.b.CreateFPTrunc(folded[0], code_.vec)} : folded;
  }

  // The folded loops from order[at] on. Down to the loop that is cut into blocks, what is carried are the blocks' totals.
  Code::Values Folds(const Point& point, const std::vector<int>& order, size_t at, const Code::Values& so_far) {
    if (InBlocks() && order[at] == blocks_.loop) {
      llvm::Value* end = Extent(blocks_.loop);
      return code_.Loop(end, blocks_.count, so_far, [&](llvm::Value* start, const Code::Values& carried) {
        llvm::Value* count = code_.Minimum(code_.b.CreateSub(end, start), code_.Int(blocks_.count));
        const Code::Values block = Chain(point, order, at, start, count, Start());
        return Code::Values{code_.b.CreateFAdd(carried[0], code_.b.CreateFPExt(block[0], Wide()))};
      });
    }
    if (!InBlocks()) return Chain(point, order, at, nullptr, nullptr, so_far);
    return code_.Loop(Extent(order[at]), 1, so_far, [&](llvm::Value* i, const Code::Values& carried) {
      return Folds(point.Enter(order[at], i), order, at + 1, carried);
    });
  }

  // One chain over the loops from order[at] on, that one from `start` on for `count` turns (all of them if null).
  Code::Values Chain(const Point& point, const std::vector<int>& order, size_t at, llvm::Value* start, llvm::Value* count,
                     const Code::Values& so_far) {
    if (at == order.size()) {
      Point inside = point;
      return Include(inside, so_far, nullptr);
    }
    const int loop = order[at];
    if (!start) start = code_.Int(0), count = Extent(loop);
    if (loop != lanes_.folded) {
      return code_.Loop(count, 1, so_far, [&](llvm::Value* i, const Code::Values& carried) {
        return Chain(point.Enter(loop, code_.Add(start, i)), order, at + 1, nullptr, nullptr, carried);
      });
    }
    const bool whole = IsMultiple(nest_.loops[static_cast<size_t>(loop)], kLanes);
    return code_.Loop(count, kLanes, so_far, [&](llvm::Value* i, const Code::Values& carried) {
      llvm::Value* lanes = whole ? nullptr : code_.FirstLanes(code_.b.CreateSub(count, i));
      Point inside = point.EnterLanes(loop, code_.Add(start, i), lanes);
      return Include(inside, carried, lanes);
    });
  }

  llvm::Value* Finish(const Code::Values& folded) {
    if (!Monoid().is_place) return folded[0];
    llvm::Value* none = code_.b.CreateICmpEQ(folded[1], code_.Integers(std::numeric_limits<int32_t>::max()));
    return code_.b.CreateSIToFP(code_.b.CreateSelect(none, code_.Integers(0), folded[1]), code_.vec);
  }

  KernelCode& kernel_;
  Code& code_;
  const Nest nest_;
  const Lanes lanes_;
  const SumBlocks blocks_;
  const Body body_;
};

}  // namespace

void EmitLoops(KernelCode& kernel) { LoopsCode(kernel).Emit(); }

}  // namespace nnc::codegen
