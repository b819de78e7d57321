// See contraction_plan.h.
#include "compiler/codegen/contraction_plan.h"

#include <algorithm>
#include <cassert>

namespace nnc::codegen {
namespace {

using schedule::LoopClass;

constexpr int64_t kVector = 16;
constexpr int64_t kLongestSum = kLongestChain;    // points of the summed group in one pass
constexpr int64_t kPackedColumns = 128 * 1024;    // floats: a quarter of a second-level cache
constexpr int64_t kPackedRows = 64 * 1024;
constexpr int64_t kPartialColumns = 512;
constexpr int64_t kOutOfCache = 256 * 1024;       // floats of an operand from which on it is worth packing

int64_t RoundUp(int64_t value, int64_t unit) { return (value + unit - 1) / unit * unit; }

class Planner {
 public:
  Planner(const schedule::Plan& plan, const schedule::Kernel& kernel, Level level)
      : plan_(plan), kernel_(kernel), nest_(MakeNest(plan, kernel)), level_(level) {
    for (const ir::Dim& loop : nest_.loops) {
      capacities_.push_back(std::max<int64_t>(1, *loop.Largest([&](std::string_view symbol) {
        return std::optional<int64_t>(plan.capacities.at(std::string(symbol)));
      })));
    }
  }

  ContractionPlan Best() {
    const bool has_rows = !LoopsOf(LoopClass::Row).empty();
    const bool has_columns = !LoopsOf(LoopClass::Column).empty();
    assert((has_rows || has_columns) && "a contraction has an output loop");
    if (!has_rows) return Try(LoopClass::Row, 0, LoopClass::Column, 1);
    if (!has_columns) return Try(LoopClass::Column, 1, LoopClass::Row, 0);
    ContractionPlan as_named = Try(LoopClass::Row, 0, LoopClass::Column, 1);
    ContractionPlan turned = Try(LoopClass::Column, 1, LoopClass::Row, 0);
    return turned.cost < as_named.cost ? turned : as_named;
  }

 private:
  std::vector<int> LoopsOf(LoopClass wanted) const {
    std::vector<int> loops;
    for (int loop = 0; loop < nest_.Size(); ++loop) {
      if (kernel_.classes[static_cast<size_t>(loop)] == wanted) loops.push_back(loop);
    }
    return loops;
  }

  int64_t Capacity(int loop) const { return capacities_[static_cast<size_t>(loop)]; }
  int64_t Product(const std::vector<int>& loops, size_t first = 0) const {
    int64_t product = 1;
    for (size_t i = first; i < loops.size(); ++i) product *= Capacity(loops[i]);
    return product;
  }

  // Whether `form` walks `outer` and `inner`, neighbours in a group, as one index.
  bool WalksAsOne(const Form& form, int outer, int inner) const {
    if (form[outer] == 0 && form[inner] == 0) return true;
    return nest_.IsConstant(inner) && form[outer] == form[inner] * nest_.Extent(inner);
  }

  bool WalksAsOne(const MemoryAccess& access, int outer, int inner) const {
    return WalksAsOne(access.offset, outer, inner) && !access.GuardDependsOn(outer) && !access.GuardDependsOn(inner);
  }

  // Accesses of the epilogue: the stores and every read but the operands.
  template <typename Visit>
  void ForEachEpilogueAccess(const Visit& visit) const {
    for (const auto& store : nest_.stores) visit(store, true);
    for (size_t i = 0; i < nest_.reads.size(); ++i) {
      if (!IsOperand(static_cast<int>(i))) visit(nest_.reads[i], false);
    }
  }

  int OperandRead(int which) const { return kernel_.body[static_cast<size_t>(which)].index; }
  bool IsOperand(int read) const {
    // An operand may be read again by the epilogue: then it has a step after the fold.
    if (read != OperandRead(0) && read != OperandRead(1)) return false;
    for (size_t step = static_cast<size_t>(kernel_.folded) + 1; step < kernel_.body.size(); ++step) {
      if (kernel_.body[step].kind == ir::Scalar::Kind::Access && kernel_.body[step].index == read) return false;
    }
    return true;
  }

  bool EpilogueWalksAsOne(int outer, int inner) const {
    if (!nest_.IsConstant(inner)) return false;
    bool as_one = true;
    ForEachEpilogueAccess([&](const MemoryAccess& access, bool) { as_one = as_one && WalksAsOne(access, outer, inner); });
    for (const Form& value : nest_.index_values) as_one = as_one && WalksAsOne(value, outer, inner);
    return as_one;
  }

  bool Guarded(const MemoryAccess& access, const std::vector<int>& loops) const {
    return std::any_of(loops.begin(), loops.end(), [&](int loop) { return access.GuardDependsOn(loop); });
  }

  bool CollapsesIn(const MemoryAccess& access, const std::vector<int>& loops) const {
    for (size_t i = 0; i + 1 < loops.size(); ++i) {
      if (!nest_.IsConstant(loops[i + 1]) || !WalksAsOne(access, loops[i], loops[i + 1])) return false;
    }
    return true;
  }

  const MemoryAccess& AccessOf(const Operand& operand) const { return nest_.reads[static_cast<size_t>(operand.read)]; }

  Operand SideOf(LoopClass loop_class, int which) const {
    Operand side;
    side.read = OperandRead(which);
    side.group = LoopsOf(loop_class);
    size_t first = side.group.empty() ? 0 : side.group.size() - 1;
    while (first > 0 && EpilogueWalksAsOne(side.group[first - 1], side.group[first])) --first;
    side.outer.assign(side.group.begin(), side.group.begin() + static_cast<std::ptrdiff_t>(first));
    side.group.erase(side.group.begin(), side.group.begin() + static_cast<std::ptrdiff_t>(first));
    return side;
  }

  // Whether the operand can be read where it lies, as far as its own loops go. Guards that depend on outer loops alone do not
  // occur apart from the others often enough to be worth a special case.
  bool ReadsInPlace(const Operand& side, bool in_lanes) const {
    const MemoryAccess& access = AccessOf(side);
    if (!access.guards.empty()) return false;
    if (!CollapsesIn(access, side.group)) return false;
    return !in_lanes || access.offset[side.group.back()] == 1;
  }

  // The longest end of the summed loops that both unpacked operands walk as one index.
  size_t FirstOfSummedGroup(const std::vector<int>& summed, const ContractionPlan& p) const {
    size_t first = summed.size() - 1;
    auto as_one = [&](const Operand& side, size_t at) {
      return nest_.IsConstant(summed[at]) && (side.packed || WalksAsOne(AccessOf(side), summed[at - 1], summed[at]));
    };
    while (first > 0 && as_one(p.rows, first) && as_one(p.columns, first)) --first;
    return first;
  }

  void ChooseSummed(ContractionPlan& p) const {
    const std::vector<int> summed = LoopsOf(LoopClass::Summed);
    size_t first = FirstOfSummedGroup(summed, p);
    // Short passes spend their time on partial sums: pack what keeps the loops apart.
    if (first > 0 && Product(summed, first) < 64) {
      for (Operand* side : {&p.rows, &p.columns}) {
        if (!CollapsesIn(AccessOf(*side), summed)) side->packed = true;
      }
      first = FirstOfSummedGroup(summed, p);
    }
    while (first + 1 < summed.size() && Product(summed, first) > kLongestSum) ++first;
    p.k_outer.assign(summed.begin(), summed.begin() + static_cast<std::ptrdiff_t>(first));
    p.k_group.assign(summed.begin() + static_cast<std::ptrdiff_t>(first), summed.end());
    p.k_capacity = Product(p.k_group);
    if (p.k_capacity > kLongestSum) p.k_block = p.k_capacity = kLongestSum / 2;
    p.blocks = BlocksOf(nest_.loops, summed);
    if (p.blocks.loop == summed[0] && Capacity(summed[0]) <= p.blocks.count) p.blocks = {};  // never a second one
  }

  // Operands too large for the cache are packed where they are read often enough.
  void PackLarge(ContractionPlan& p) const {
    const int64_t rows = Product(p.rows.group), columns = Product(p.columns.group);
    const int64_t summed = Product(LoopsOf(LoopClass::Summed));
    if (rows >= 96 && columns * summed >= kOutOfCache && columns > 64) p.columns.packed = true;
    const bool same_sets = AccessOf(p.rows).offset[p.rows.group.empty() ? 0 : p.rows.group.back()] % 1024 == 0;
    if (columns >= 128 && rows * summed >= kOutOfCache && same_sets && summed >= 128) p.rows.packed = true;
  }

  // Cuts a side into blocks of at most `limit` points.
  void ChooseBlock(Operand& side, int64_t limit, int64_t unit) const {
    while (side.group.size() > 1 && Product(side.group, 1) > limit) {
      side.outer.push_back(side.group.front());
      side.group.erase(side.group.begin());
    }
    const int64_t all = Product(side.group);
    side.capacity = all;
    if (side.group.empty() || all <= limit) return;
    const int64_t inner = Product(side.group, 1);
    side.block = std::max<int64_t>(1, limit / inner);
    if (side.group.size() == 1 && side.block > unit) side.block = side.block / unit * unit;
    side.capacity = side.block * inner;
  }

  struct Registers {
    int vectors, rows;
  };
  // Tiles that fit the registers, with one left for the broadcast element and one vector of columns each.
  std::vector<Registers> Tiles() const {
    switch (level_) {
      case Level::Baseline: return {{1, 2}};
      case Level::Avx2: return {{1, 6}};
      case Level::Avx512: return {{1, 28}, {2, 14}, {3, 9}, {4, 6}};
    }
    return {};
  }

  static int64_t Even(int64_t count, int64_t most) {  // the largest part when `count` is split evenly into parts of at most `most`
    const int64_t parts = (count + most - 1) / most;
    return (count + parts - 1) / parts;
  }

  // Estimated cycles per point of the summed group for all tiles of a block: two multiply-adds or loads a cycle, chains of four
  // cycles, and the columns' stream out of the second-level cache where it does not fit the first. `another` is what one more
  // micro-kernel to compile is worth.
  double TileCost(const ContractionPlan& p, int64_t rows, int64_t vectors, int64_t row_count, int64_t vector_count,
                  double another) const {
    const double width = level_ == Level::Avx512 ? 1 : level_ == Level::Avx2 ? 2 : 8;
    auto one = [&](double r, double v) {
      const double arithmetic = r * v * width / 2 + 0.5;
      const double loads = (r + v * width) / 2;
      const double stream = p.k_capacity * v * 64 > 32 * 1024 ? v * 2.2 : 0;
      const double epilogue = (r * v * 4 + 20) / static_cast<double>(p.k_capacity);
      return std::max({arithmetic, loads, stream, 4.0}) + epilogue;
    };
    const int64_t tiles = (row_count + rows - 1) / rows;
    const double row_average = static_cast<double>(row_count) / static_cast<double>(tiles);
    double sum = static_cast<double>(tiles * (vector_count / vectors)) * one(row_average, static_cast<double>(vectors));
    int kernels = 1;
    if (vector_count % vectors) {
      sum += static_cast<double>(tiles) * one(row_average, static_cast<double>(vector_count % vectors));
      kernels *= 2;
    }
    if (row_count % tiles) kernels *= 2;
    return sum + (kernels - 1) * another;
  }

  // `sums` is how many points of the summed group the whole contraction has for all its blocks together.
  double ChooseTile(ContractionPlan& p, double sums) const {
    const double another = 1500 / sums;  // cycles of a call: milliseconds spread over thousands of calls
    const int64_t row_count = std::max<int64_t>(1, p.rows.capacity);
    const int64_t vector_count = RoundUp(p.columns.capacity, kVector) / kVector;
    double best = 0;
    for (const Registers& limit : Tiles()) {
      const int64_t vectors = Even(vector_count, limit.vectors);
      const int64_t even = Even(row_count, limit.rows);
      for (int64_t rows = even; rows <= limit.rows && rows <= even + 1; ++rows) {
        const double cost = TileCost(p, rows, vectors, row_count, vector_count, another);
        if (best > 0 && cost >= best) continue;
        best = cost;
        p.tile_rows = static_cast<int>(rows);
        p.tile_vectors = static_cast<int>(vectors);
      }
      // A divisor of the row count needs one micro-kernel instead of two.
      for (int64_t rows = even; rows >= std::max<int64_t>(1, even / 2); --rows) {
        if (row_count % rows) continue;
        const double cost = TileCost(p, rows, vectors, row_count, vector_count, another);
        if (cost < best) {
          best = cost;
          p.tile_rows = static_cast<int>(rows);
          p.tile_vectors = static_cast<int>(vectors);
        }
        break;
      }
    }
    return best;
  }

  bool CheapEpilogue() const {
    int calls = 0;
    for (size_t i = static_cast<size_t>(kernel_.folded) + 1; i < kernel_.body.size(); ++i) {
      if (kernel_.body[i].kind != ir::Scalar::Kind::Call) continue;
      if (!ir::IsCheap(kernel_.body[i].fn)) return false;
      ++calls;
    }
    return calls <= 4 && kernel_.stores.size() <= 2;
  }

  // Cycles to copy an operand once, by how memory runs along it.
  double PackCost(const Operand& side, const ContractionPlan& p, bool in_lanes) const {
    if (!side.packed) return 0;
    const double elements = static_cast<double>(Product(side.group) * Product(side.outer) * Product(LoopsOf(LoopClass::Summed)));
    const MemoryAccess& access = AccessOf(side);
    const int along = in_lanes ? side.group.back() : p.k_group.back();
    const bool contiguous = access.offset[along] == 1;
    const double lanes = static_cast<double>(std::min<int64_t>(kVector, Capacity(along)));
    return contiguous ? elements * 3 / lanes : elements * (in_lanes ? 0.7 : 1.5);
  }

  double StoreCost(const Operand& columns) const {
    double cost = 0;
    ForEachEpilogueAccess([&](const MemoryAccess& access, bool) {
      const int64_t stride = access.offset[columns.group.back()];
      if (stride == 0) return;
      double elements = 1;
      for (int loop = 0; loop < nest_.rank; ++loop) {
        if (access.offset.DependsOn(loop)) elements *= static_cast<double>(Capacity(loop));
      }
      cost += elements * (stride == 1 ? 0.1 : 1.5);
    });
    return cost;
  }

  void PlaceScratch(ContractionPlan& p) const {
    auto take = [&](int64_t floats) {
      const int64_t at = p.scratch_floats;
      p.scratch_floats += RoundUp(floats, kVector);
      return at;
    };
    // Rows of a multiple of 4 KB would all fall into the same sets of the cache.
    auto spread = [](int64_t floats) { return RoundUp(floats, kVector) % 512 == 0 ? RoundUp(floats, kVector) + kVector : RoundUp(floats, kVector); };
    const int64_t tile_columns = p.tile_vectors * kVector;
    if (p.columns.packed) {
      p.columns.stride = 1;
      p.columns.k_stride = spread(RoundUp(p.columns.capacity, kVector));
      p.packed_columns = take(p.columns.k_stride * p.k_capacity + tile_columns);
    }
    if (p.rows.packed) {
      p.rows.k_stride = 1;
      p.rows.stride = spread(p.k_capacity);
      p.packed_rows = take(p.rows.stride * p.rows.capacity);
    }
    if (p.ManyPasses()) {
      p.partial_stride = spread(RoundUp(p.columns.capacity, kVector));
      const int64_t floats = p.partial_stride * p.rows.capacity + tile_columns;
      p.partial = take(floats);
      if (p.ManyBlocks()) p.totals = take(2 * floats);
    }
    if (!p.inline_epilogue && !p.ManyPasses()) p.tile = take(p.tile_rows * tile_columns);
  }

  ContractionPlan Try(LoopClass row_class, int row_operand, LoopClass column_class, int column_operand) const {
    ContractionPlan p;
    p.batch = LoopsOf(LoopClass::Batch);
    p.rows = SideOf(row_class, row_operand);
    p.columns = SideOf(column_class, column_operand);
    p.rows.packed = !ReadsInPlace(p.rows, false);
    p.columns.packed = !ReadsInPlace(p.columns, true);
    PackLarge(p);
    ChooseSummed(p);
    const int64_t most = p.ManyPasses() ? kPartialColumns : int64_t{1} << 40;
    ChooseBlock(p.columns, std::min(most, p.columns.packed ? std::max<int64_t>(kVector, kPackedColumns / p.k_capacity) : most), 4 * kVector);
    const int64_t most_rows = p.ManyPasses() ? kPackedRows / p.columns.capacity : int64_t{1} << 40;
    ChooseBlock(p.rows, std::min(most_rows, p.rows.packed ? std::max<int64_t>(4, kPackedRows / p.k_capacity) : most_rows), 28);
    if (!p.rows.packed && !p.rows.group.empty()) {
      p.rows.stride = AccessOf(p.rows).offset[p.rows.group.back()];
    }
    p.columns.stride = 1;
    if (!p.rows.packed) p.rows.k_stride = AccessOf(p.rows).offset[p.k_group.back()];
    if (!p.columns.packed) p.columns.k_stride = AccessOf(p.columns).offset[p.k_group.back()];
    p.inline_epilogue = CheapEpilogue();
    const double outer = static_cast<double>(Product(p.batch) * Product(p.rows.outer) * Product(p.columns.outer)) *
                         static_cast<double>(Product(p.rows.group)) / static_cast<double>(p.rows.capacity) *
                         static_cast<double>(Product(p.columns.group)) / static_cast<double>(p.columns.capacity);
    const double summed = static_cast<double>(Product(LoopsOf(LoopClass::Summed)));
    p.packs_rows_once = p.rows.packed && !p.ManyPasses() && p.rows.outer.empty() && p.rows.block == 0;
    const double again = p.packs_rows_once ? 1 : static_cast<double>(Product(p.columns.outer));
    p.cost = ChooseTile(p, outer * summed) * outer * summed + PackCost(p.rows, p, false) * again * static_cast<double>(Product(p.batch)) +
             PackCost(p.columns, p, true) * static_cast<double>(Product(p.batch)) + StoreCost(p.columns);
    PlaceScratch(p);
    return p;
  }

  const schedule::Plan& plan_;
  const schedule::Kernel& kernel_;
  const Nest nest_;
  const Level level_;
  std::vector<int64_t> capacities_;
};

}  // namespace

ContractionPlan PlanContraction(const schedule::Plan& plan, const schedule::Kernel& kernel, Level level) {
  return Planner(plan, kernel, level).Best();
}

}  // namespace nnc::codegen
