// Folds of which a parallel loop's turn is found (schedule/find_turns.h): the elements begin as the monoid's identity, and every point of
// the other loops joins its value to the element that it finds. Points that may find the same element come one after the other, in the
// row-major order of the folded loops: sixteen neighbours of a parallel loop together where there is one, otherwise lane by lane. Long
// sums keep what an addition loses in an array beside them, for the next one. With an update only the elements that are found
// are begun, joined and updated: in three walks over the points, the last of which leaves sums of 0 behind, so that an element that is found
// twice is updated once.
#include <limits>

#include "compiler/codegen/point.h"
#include "compiler/schedule/find_turns.h"

namespace nnc::codegen {
namespace {

using ir::Scalar;
using schedule::Kernel;

class ScatterCode {
 public:
  explicit ScatterCode(KernelCode& kernel)
      : kernel_(kernel), code_(kernel.code), nest_(Flat(kernel)), lane_loop_(ChooseLane()), body_(kernel, nest_),
        is_arg_(kernel.kernel.arg_count > 0), keeps_lost_(!is_arg_ && kernel.kernel.stores.back().step < 0), updates_(schedule::TouchesFoundAlone(kernel.kernel)) {
    for (int loop = nest_.rank; loop < nest_.Size(); ++loop)
      if (!nest_.Finds(loop)) order_.push_back(loop);
    for (int loop = 0; loop < nest_.rank; ++loop)
      if (!nest_.Finds(loop)) order_.push_back(loop);
    std::erase(order_, lane_loop_);
  }

  void Emit() {
    if (updates_) {
      Walk(Point(body_), 0, [&](Point& point, llvm::Value* lanes, llvm::Value*, bool) { Clear(point, lanes); });
    } else {
      Begin();
    }
    Walk(Point(body_), 0, [&](Point& point, llvm::Value* lanes, llvm::Value* count, bool apart) { Join(point, lanes, count, apart); });
    if (updates_) {
      Walk(Point(body_), 0, [&](Point& point, llvm::Value* lanes, llvm::Value*, bool) { Update(point, lanes); });
    } else if (kernel_.kernel.stores.size() > (is_arg_ ? 2 : 1)) {
      End();
    }
  }

 private:
  static Nest Flat(KernelCode& kernel) {
    Nest nest = MakeNest(kernel.plan, kernel.kernel);
    Flatten(nest);
    return nest;
  }

  // A parallel loop, or else the last that is folded.
  int ChooseLane() const {
    const int parallel = ChooseLanes(nest_, kernel_.kernel).parallel;
    if (parallel >= 0) return parallel;
    for (int loop = nest_.Size() - 1; loop >= nest_.rank; --loop)
      if (!nest_.Finds(loop)) return loop;
    return -1;
  }

  // A kernel over all elements that are stored.
  static Kernel Elements(const Kernel& kernel) {
    Kernel elements;
    elements.loops.assign(kernel.loops.begin(), kernel.loops.begin() + kernel.rank);
    elements.rank = kernel.rank;
    elements.stores = kernel.stores;
    return elements;
  }

  void EmitOver(const Kernel& elements) {
    KernelCode inside{code_, kernel_.plan, elements, kernel_.bases, kernel_.symbols, nullptr, nullptr, nullptr, nullptr, nullptr};
    EmitLoops(inside);
  }

  void Begin() {
    Kernel elements = Elements(kernel_.kernel);
    for (double start : {ir::Row(kernel_.kernel.monoid).empty(), ir::Row(kernel_.kernel.monoid).identity}) {
      Scalar literal;
      literal.literal = start;
      elements.body.push_back(literal);
    }
    for (schedule::Store& store : elements.stores) store.step = store.step < 0 && is_arg_ ? 1 : 0;
    EmitOver(elements);
  }

  // What was lost is added, and other arrays that hold the same get theirs.
  void End() {
    Kernel elements = Elements(kernel_.kernel);
    auto read = [&](const schedule::Store& store) {
      Scalar step;
      step.kind = Scalar::Kind::Access;
      step.index = static_cast<int>(elements.reads.size());
      elements.reads.push_back(store.target);
      elements.body.push_back(step);
    };
    read(elements.stores.front());
    if (is_arg_) elements.stores.pop_back();
    if (keeps_lost_) {
      read(elements.stores.back());
      Scalar sum;
      sum.kind = Scalar::Kind::Call;
      sum.fn = ir::ScalarFn::Add;
      sum.arguments[0] = 0, sum.arguments[1] = 1;
      elements.body.push_back(sum);
      elements.stores.pop_back();
    }
    for (schedule::Store& store : elements.stores) store.step = static_cast<int>(elements.body.size()) - 1;
    EmitOver(elements);
  }

  llvm::Value* Extent(int loop) { return kernel_.Size(nest_.loops[static_cast<size_t>(loop)]); }

  // At each point, or at sixteen: those of `lanes`, of which there are `count`; `apart`: no two of them find the same element.
  using AtPoint = std::function<void(Point& point, llvm::Value* lanes, llvm::Value* count, bool apart)>;
  void Walk(const Point& point, size_t at, const AtPoint& visit) {
    if (at < order_.size()) {
      code_.Loop(Extent(order_[at]), 1, [&](llvm::Value* i) { Walk(point.Enter(order_[at], i), at + 1, visit); });
      return;
    }
    if (lane_loop_ < 0) {
      Point inside = point;
      return visit(inside, code_.FirstLanes(code_.Int(1)), code_.Int(1), false);
    }
    code_.Loop(Extent(lane_loop_), kLanes, [&](llvm::Value* i) {
      llvm::Value* left = code_.b.CreateSub(Extent(lane_loop_), i);
      llvm::Value* lanes = code_.FirstLanes(left);
      Point inside = point.EnterLanes(lane_loop_, i, lanes);
      visit(inside, lanes, code_.Minimum(left, code_.Int(kLanes)), lane_loop_ < nest_.rank);
    });
  }

  bool HasBeside() const { return is_arg_ || keeps_lost_; }
  Point::Place Beside(const Point& point) const { return HasBeside() ? point.Target(static_cast<int>(nest_.stores.size()) - 1) : Point::Place{}; }

  void Clear(const Point& point, llvm::Value* lanes) {
    StoreAt(point.Target(0), code_.Number(0), lanes);
    if (keeps_lost_) StoreAt(Beside(point), code_.Number(0), lanes);
  }

  // All sums are complete here. Only a sum that is not 0 is a first visit: what has been read of the weight before it is the weight.
  void Update(Point& point, llvm::Value* lanes) {
    llvm::Value* sum = Load(point.Target(0), lanes);
    if (keeps_lost_) sum = code_.b.CreateFAdd(sum, Load(Beside(point), lanes));
    llvm::Value* first = code_.b.CreateFCmpUNE(sum, code_.Number(0));
    if (point.Target(0).index) return UpdateFirst(point, sum, code_.b.CreateAnd(first, lanes));
    code_.If(code_.b.CreateExtractElement(first, uint64_t{0}), [&] { UpdateFirst(point, sum, lanes); });
  }

  void UpdateFirst(Point& point, llvm::Value* sum, llvm::Value* lanes) {
    point.SetFolded(sum);
    std::vector<std::pair<Point::Place, llvm::Value*>> updated;
    for (size_t s = 1; s < kernel_.kernel.stores.size(); ++s) {
      const int step = kernel_.kernel.stores[s].step;
      if (step < 0) continue;
      Term term = point.Step(step);
      updated.emplace_back(point.Target(static_cast<int>(s)), Number(code_, term));
    }
    for (const auto& [place, value] : updated) StoreAt(place, value, lanes);
    Clear(point, lanes);
  }

  // Joins the values of the lanes to what is stored.
  void Join(Point& point, llvm::Value* lanes, llvm::Value* count, bool apart) {
    Term term = point.Step(kernel_.kernel.folded);
    llvm::Value* value = Number(code_, term);
    if (llvm::Value* part = point.TakesPart()) {
      value = code_.b.CreateSelect(part, value, code_.Number(ir::Row(kernel_.kernel.monoid).identity));
    }
    llvm::Value* number = is_arg_ ? code_.b.CreateSIToFP(point.ArgNumber(), code_.vec) : nullptr;
    const Point::Place sum = point.Target(0), beside = Beside(point);
    if (apart) return JoinLanes(sum, beside, value, number, lanes);
    llvm::Value* values = Kept(value);
    llvm::Value* numbers = number ? Kept(number) : nullptr;
    llvm::Value* index = sum.index ? Kept(sum.index) : nullptr;
    llvm::Value* index_beside = beside.index ? Kept(beside.index) : nullptr;
    code_.Loop(count, 1, [&](llvm::Value* i) {
      auto one = [&](llvm::Value* kept) { return kept ? code_.Splat(code_.b.CreateAlignedLoad(code_.f32, code_.Element(kept, i), llvm::Align(4))) : nullptr; };
      const Point::Place its{HasBeside() ? At(beside, index_beside, i) : nullptr, nullptr, false};
      JoinLanes({At(sum, index, i), nullptr, false}, its, one(values), one(numbers), nullptr);
    });
  }

  // Sixteen numbers in memory.
  llvm::Value* Kept(llvm::Value* numbers) {
    llvm::Value* kept = code_.Stack(kLanes);
    code_.b.CreateAlignedStore(numbers, kept, llvm::Align(4));
    return kept;
  }

  llvm::Value* At(const Point::Place& place, llvm::Value* indices, llvm::Value* lane) {
    if (!indices) return place.address;
    llvm::Value* index = code_.b.CreateAlignedLoad(code_.i32, code_.Element(indices, lane), llvm::Align(4));
    return code_.Element(place.address, code_.b.CreateSExt(index, code_.i64));
  }

  llvm::Value* Load(const Point::Place& place, llvm::Value* lanes) {
    if (place.is_run) return code_.Load(place.address, lanes);
    if (place.index) return code_.Gather(place.address, place.index, lanes);
    return code_.Splat(code_.b.CreateAlignedLoad(code_.f32, place.address, llvm::Align(4)));
  }

  // A place without an index is one element: `lanes` say nothing of it.
  void StoreAt(const Point::Place& place, llvm::Value* value, llvm::Value* lanes) {
    if (place.is_run) return code_.Store(place.address, value, lanes);
    if (place.index) return code_.Scatter(place.address, place.index, value, lanes);
    code_.b.CreateAlignedStore(code_.b.CreateExtractElement(value, uint64_t{0}), place.address, llvm::Align(4));
  }

  void JoinLanes(const Point::Place& place, const Point::Place& beside, llvm::Value* value, llvm::Value* number, llvm::Value* lanes) {
    auto& b = code_.b;
    llvm::Value* before = Load(is_arg_ ? beside : place, lanes);
    if (keeps_lost_) value = b.CreateFAdd(value, Load(beside, lanes));  // what the additions before this one lost
    const ir::MonoidRow& row = ir::Row(kernel_.kernel.monoid);
    if (row.is_place) {
      const bool largest = row.combine == ir::ScalarFn::Max;
      return Win(place, beside, before, value, number, largest ? b.CreateFCmpOGT(value, before) : b.CreateFCmpOLT(value, before), lanes);
    }
    Term after_term = Call(code_, row.combine, {before}, {value}, {});
    llvm::Value* after = Number(code_, after_term);
    StoreAt(place, after, lanes);
    if (!keeps_lost_) return;
    // (before - (after - taken)) + (value - taken), where taken = after - before; nothing where that is not finite.
    llvm::Value* taken = b.CreateFSub(after, before);
    llvm::Value* error = b.CreateFAdd(b.CreateFSub(before, b.CreateFSub(after, taken)), b.CreateFSub(value, taken));
    StoreAt(beside, b.CreateSelect(b.CreateFCmpORD(error, code_.Number(0)), error, code_.Number(0)), lanes);
  }

  // The first of equal elements stays; what is not a number wins.
  void Win(const Point::Place& place, const Point::Place& beside, llvm::Value* before, llvm::Value* value, llvm::Value* number, llvm::Value* better,
           llvm::Value* lanes) {
    auto& b = code_.b;
    llvm::Value* first_nan = b.CreateAnd(b.CreateFCmpUNO(value, value), b.CreateFCmpORD(before, before));
    llvm::Value* wins = b.CreateOr(better, first_nan);
    StoreAt(place, b.CreateSelect(wins, number, Load(place, lanes)), lanes);
    StoreAt(beside, b.CreateSelect(wins, value, before), lanes);
  }

  KernelCode& kernel_;
  Code& code_;
  const Nest nest_;
  const int lane_loop_;
  const Body body_;
  const bool is_arg_;      // places are stored, and beside them the elements there
  const bool keeps_lost_;  // beside the sums what rounding loses
  const bool updates_;
  std::vector<int> order_;  // the loops that are walked one turn at a time, outermost first
};

}  // namespace

void EmitScatter(KernelCode& kernel) { ScatterCode(kernel).Emit(); }

}  // namespace nnc::codegen
