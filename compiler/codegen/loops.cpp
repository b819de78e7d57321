// Kernels that are no contraction: element-wise loops and folds. Sixteen neighbouring points of one parallel loop are evaluated
// together. A fold is either sequential in each of these lanes, or its own points sit in the lanes and a fixed tree joins them.
#include <limits>

#include "compiler/codegen/point.h"

namespace nnc::codegen {
namespace {

constexpr int64_t kChunk = 4096;  // points along the lanes that are folded at a stretch

class LoopsCode {
 public:
  explicit LoopsCode(KernelCode& kernel)
      : kernel_(kernel), code_(kernel.code), nest_(Flat(kernel)), lanes_(ChooseLanes(nest_, kernel.kernel)),
        body_(kernel, nest_) {}

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
    if (loop == lanes_.parallel) return Parallel(point, loop + 1);
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
        point.SetFolded(Finish(Sequential(point, nest_.rank, Start())));
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
    if (kernel_.kernel.folded >= 0) inside.SetFolded(Finish(Sequential(inside, nest_.rank, Start())));
    inside.Store();
  }

  bool IsArg() const {
    return kernel_.kernel.monoid == ir::Monoid::ArgMax || kernel_.kernel.monoid == ir::Monoid::ArgMin;
  }

  // What a fold starts from: the monoid's identity; for ArgMax and ArgMin the best value and its number.
  Code::Values Start() {
    const double infinity = std::numeric_limits<double>::infinity();
    switch (kernel_.kernel.monoid) {
      case ir::Monoid::None:
      case ir::Monoid::Sum: return {code_.Number(0)};
      case ir::Monoid::Prod: return {code_.Number(1)};
      case ir::Monoid::Max: return {code_.Number(-infinity)};
      case ir::Monoid::Min: return {code_.Number(infinity)};
      case ir::Monoid::ArgMax: return {code_.Number(-infinity), code_.Integers(std::numeric_limits<int32_t>::max())};
      case ir::Monoid::ArgMin: return {code_.Number(infinity), code_.Integers(std::numeric_limits<int32_t>::max())};
    }
    return {};
  }

  // Joins two folds; for ArgMax and ArgMin the smaller number wins among equal values.
  Code::Values Join(const Code::Values& x, const Code::Values& y) {
    auto& b = code_.b;
    switch (kernel_.kernel.monoid) {
      case ir::Monoid::None:
      case ir::Monoid::Sum: return {b.CreateFAdd(x[0], y[0])};
      case ir::Monoid::Prod: return {b.CreateFMul(x[0], y[0])};
      case ir::Monoid::Max: return {math::Larger(code_, x[0], y[0])};
      case ir::Monoid::Min: return {math::Smaller(code_, x[0], y[0])};
      case ir::Monoid::ArgMax:
      case ir::Monoid::ArgMin: break;
    }
    const bool largest = kernel_.kernel.monoid == ir::Monoid::ArgMax;
    llvm::Value* better = largest ? b.CreateFCmpOGT(y[0], x[0]) : b.CreateFCmpOLT(y[0], x[0]);
    llvm::Value* earlier = b.CreateAnd(b.CreateFCmpOEQ(y[0], x[0]), b.CreateICmpSLT(y[1], x[1]));
    llvm::Value* take = b.CreateOr(better, earlier);
    return {b.CreateSelect(take, y[0], x[0]), b.CreateSelect(take, y[1], x[1])};
  }

  // The fold so far joined with the sixteen (or one) values at a point.
  Code::Values Include(Point& point, const Code::Values& so_far, llvm::Value* lanes) {
    Term term = point.Step(kernel_.kernel.folded);
    Code::Values values{Number(code_, term)};
    if (IsArg()) values.push_back(point.ArgNumber());
    llvm::Value* part = point.TakesPart();
    if (lanes) part = part ? code_.b.CreateAnd(part, lanes) : lanes;
    if (part) {
      const Code::Values identity = Start();
      for (size_t i = 0; i < values.size(); ++i) values[i] = code_.b.CreateSelect(part, values[i], identity[i]);
    }
    return Join(so_far, values);
  }

  Code::Values Sequential(const Point& point, int loop, const Code::Values& so_far) {
    if (loop == nest_.Size()) {
      Point inside = point;
      return Include(inside, so_far, nullptr);
    }
    return code_.Loop(Extent(loop), 1, so_far, [&](llvm::Value* i, const Code::Values& carried) {
      return Sequential(point.Enter(loop, i), loop + 1, carried);
    });
  }

  // The whole fold at one parallel point, a scalar.
  llvm::Value* AcrossLanes(const Point& point) {
    Code::Values lanes = FoldedLoops(point, nest_.rank, Start());
    for (int half = kLanes / 2; half > 0; half /= 2) {
      std::vector<int> upper;
      for (int i = 0; i < kLanes; ++i) upper.push_back(i < half ? i + half : i);
      Code::Values other;
      for (llvm::Value* value : lanes) other.push_back(code_.b.CreateShuffleVector(value, upper));
      lanes = Join(lanes, other);
    }
    return code_.b.CreateExtractElement(Finish(lanes), uint64_t{0});
  }

  // All folded loops in order, the one in the lanes innermost.
  Code::Values FoldedLoops(const Point& point, int loop, const Code::Values& so_far) {
    if (loop == lanes_.folded) return FoldedLoops(point, loop + 1, so_far);
    if (loop < nest_.Size()) {
      return code_.Loop(Extent(loop), 1, so_far, [&](llvm::Value* i, const Code::Values& carried) {
        return FoldedLoops(point.Enter(loop, i), loop + 1, carried);
      });
    }
    const ir::Dim& extent = nest_.loops[static_cast<size_t>(lanes_.folded)];
    llvm::Value* end = kernel_.Size(extent);
    if (extent.IsConstant() && extent.Constant() <= kChunk) return Chunk(point, code_.Int(0), end, so_far);
    // Long sums are sums of chunks: rounding grows with the chunk and with the number of chunks, not with their product.
    return code_.Loop(end, kChunk, so_far, [&](llvm::Value* start, const Code::Values& carried) {
      llvm::Value* count = code_.Minimum(code_.b.CreateSub(end, start), code_.Int(kChunk));
      return Join(carried, Chunk(point, start, count, Start()));
    });
  }

  Code::Values Chunk(const Point& point, llvm::Value* start, llvm::Value* count, const Code::Values& so_far) {
    const bool whole = IsMultiple(nest_.loops[static_cast<size_t>(lanes_.folded)], kLanes);
    return code_.Loop(count, kLanes, so_far, [&](llvm::Value* i, const Code::Values& carried) {
      llvm::Value* lanes = whole ? nullptr : code_.FirstLanes(code_.b.CreateSub(count, i));
      Point inside = point.EnterLanes(lanes_.folded, code_.Add(start, i), lanes);
      return Include(inside, carried, lanes);
    });
  }

  llvm::Value* Finish(const Code::Values& folded) {
    if (!IsArg()) return folded[0];
    llvm::Value* none = code_.b.CreateICmpEQ(folded[1], code_.Integers(std::numeric_limits<int32_t>::max()));
    return code_.b.CreateSIToFP(code_.b.CreateSelect(none, code_.Integers(0), folded[1]), code_.vec);
  }

  KernelCode& kernel_;
  Code& code_;
  const Nest nest_;
  const Lanes lanes_;
  const Body body_;
};

}  // namespace

void EmitLoops(KernelCode& kernel) { LoopsCode(kernel).Emit(); }

}  // namespace nnc::codegen
