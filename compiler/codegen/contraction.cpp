// Contractions: the blocked loop nest of contraction_plan.h around the micro-kernel, with the kernel's epilogue fused.
#include "compiler/codegen/contraction_plan.h"
#include "compiler/codegen/micro_kernel.h"
#include "compiler/codegen/pack.h"

namespace nnc::codegen {
namespace {

// The epilogue walks each group as one index, which the group's last loop stands for. Operands are not read there.
Nest EpilogueNest(const Nest& nest, const ContractionPlan& plan, const schedule::Kernel& kernel) {
  Nest result = nest;
  auto silence = [&](Form& form, const std::vector<int>& group) {
    for (size_t i = 0; i + 1 < group.size(); ++i) form.per_loop[static_cast<size_t>(group[i])] = 0;
  };
  auto access = [&](MemoryAccess& a) {
    for (const auto* group : {&plan.rows.group, &plan.columns.group}) {
      silence(a.offset, *group);
      for (Bound& guard : a.guards) silence(guard.value, *group);
    }
  };
  for (auto& read : result.reads) access(read);
  for (auto& store : result.stores) access(store);
  for (auto& value : result.index_values) {
    silence(value, plan.rows.group);
    silence(value, plan.columns.group);
  }
  for (size_t i = 0; i < result.reads.size(); ++i) {
    bool used = false;
    for (size_t step = static_cast<size_t>(kernel.folded) + 1; step < kernel.body.size(); ++step) {
      used = used || (kernel.body[step].kind == ir::Scalar::Kind::Access && kernel.body[step].index == static_cast<int>(i));
    }
    if (!used) result.reads[i] = MemoryAccess{result.reads[i].buffer, Form{std::vector<int64_t>(nest.loops.size(), 0), 0}, {}};
  }
  return result;
}

struct BlockOf {
  llvm::Value* start = nullptr;  // of the group's index
  llvm::Value* count = nullptr;  // points
};

// Where the loops entered so far are: for reading operands, and for the epilogue.
struct Place {
  Point operands;
  Point epilogue;

  Place Enter(int loop, llvm::Value* index) const { return {operands.Enter(loop, index), epilogue.Enter(loop, index)}; }
};

class ContractionCode {
 public:
  explicit ContractionCode(KernelCode& kernel)
      : kernel_(kernel), code_(kernel.code), nest_(MakeNest(kernel.plan, kernel.kernel)),
        plan_(PlanContraction(kernel.plan, kernel.kernel, kernel.code.level)),
        epilogue_nest_(EpilogueNest(nest_, plan_, kernel.kernel)), operands_(AsOperands(nest_)),
        operand_body_(kernel, operands_, Body::Steps::None),
        epilogue_body_(kernel, epilogue_nest_, Body::Steps::Epilogue) {}

  void Emit() {
    const Place start{Point(operand_body_), Point(epilogue_body_)};
    Over(plan_.batch, start, [&](const Place& batch) {
      if (plan_.packs_rows_once) Pack(plan_.rows, batch, Whole(plan_.rows), nullptr);
      Over(plan_.columns.outer, batch, [&](const Place& outer) {
        Blocks(plan_.columns, outer, [&](const Place& columns, const BlockOf& column_block) { Columns(columns, column_block); });
      });
    });
  }

 private:
  // Only operands: nothing of the epilogue is computed at such points.
  static Nest AsOperands(const Nest& nest) {
    Nest result = nest;
    result.stores.clear();
    result.index_values.clear();
    return result;
  }

  llvm::Value* Extent(int loop) { return kernel_.Size(nest_.loops[static_cast<size_t>(loop)]); }
  const MemoryAccess& AccessOf(const Operand& side) const { return operands_.reads[static_cast<size_t>(side.read)]; }
  llvm::Value* Scratch(int64_t floats) { return code_.Element(kernel_.scratch, code_.Int(floats)); }

  void Over(const std::vector<int>& loops, const Place& place, const std::function<void(const Place&)>& body, size_t at = 0) {
    if (at == loops.size()) return body(place);
    code_.Loop(Extent(loops[at]), 1, [&](llvm::Value* i) { Over(loops, place.Enter(loops[at], i), body, at + 1); });
  }

  // Points of the group's loops after the first.
  int64_t Inner(const Operand& side) const {
    int64_t inner = 1;
    for (size_t i = 1; i < side.group.size(); ++i) inner *= nest_.Extent(side.group[i]);
    return inner;
  }

  BlockOf Whole(const Operand& side) {
    if (side.group.empty()) return {code_.Int(0), code_.Int(1)};
    return {code_.Int(0), code_.Mul(Extent(side.group[0]), Inner(side))};
  }

  void Blocks(const Operand& side, const Place& place, const std::function<void(const Place&, const BlockOf&)>& body) {
    if (side.block == 0) return body(place, Whole(side));
    const int64_t inner = Inner(side);
    llvm::Value* end = Extent(side.group[0]);
    code_.Loop(end, side.block, [&](llvm::Value* i) {
      llvm::Value* count = code_.Minimum(code_.b.CreateSub(end, i), code_.Int(side.block));
      if (side.group.size() == 1 && nest_.IsConstant(side.group[0]) && nest_.Extent(side.group[0]) % side.block == 0) {
        count = code_.Int(side.block);
      }
      body(place, {code_.Mul(i, inner), code_.Mul(count, inner)});
    });
  }

  void Columns(const Place& place, const BlockOf& columns) {
    if (plan_.columns.packed && !plan_.ManyPasses()) Pack(plan_.columns, place, columns, nullptr);
    Over(plan_.rows.outer, place, [&](const Place& outer) {
      Blocks(plan_.rows, outer, [&](const Place& inside, const BlockOf& rows) {
        if (plan_.ManyPasses()) return Passes(inside, rows, columns);
        if (plan_.rows.packed && !plan_.packs_rows_once) Pack(plan_.rows, inside, rows, nullptr);
        Tiles(inside, rows, columns, SummedCount(nullptr), nullptr);
      });
    });
  }

  llvm::Value* SummedCount(llvm::Value* start) {
    if (start) return code_.Minimum(code_.b.CreateSub(Extent(plan_.k_group[0]), start), code_.Int(plan_.k_block));
    llvm::Value* count = code_.Int(1);
    for (int loop : plan_.k_group) {
      int64_t number = 0;
      llvm::Value* extent = Extent(loop);
      count = IsConstant(extent, &number) ? code_.Mul(count, number) : code_.b.CreateMul(count, extent);
    }
    return count;
  }

  // Sums in several passes: the chains wait in scratch between them, the blocks' totals beside them in double precision.
  void Passes(const Place& place, const BlockOf& rows, const BlockOf& columns) {
    llvm::Value* floats = code_.b.CreateMul(rows.count, code_.Int(plan_.partial_stride));
    llvm::Value* partial = Scratch(plan_.partial);
    auto clear = [&](llvm::Value* memory, llvm::Value* count) {
      code_.Loop(count, kLanes, [&](llvm::Value* i) { code_.Store(code_.Element(memory, i), code_.Number(0)); });
    };
    clear(partial, floats);
    if (plan_.ManyBlocks()) clear(Scratch(plan_.totals), code_.Mul(floats, 2));
    const Pass pass = [&](const Place& inside, llvm::Value* start) {
      if (plan_.columns.packed) Pack(plan_.columns, inside, columns, start);
      if (plan_.rows.packed) Pack(plan_.rows, inside, rows, start);
      Tiles(inside, rows, columns, SummedCount(start), start);
    };
    SummedLoops(place, 0, pass, [&] {
      code_.Loop(floats, kLanes, [&](llvm::Value* i) {
        llvm::Value* sum = code_.b.CreateFPExt(code_.Load(code_.Element(partial, i)), Wide());
        code_.b.CreateAlignedStore(code_.b.CreateFAdd(Total(i), sum), TotalAddress(i), llvm::Align(8));
        code_.Store(code_.Element(partial, i), code_.Number(0));
      });
    });
    if (plan_.ManyBlocks()) {
      code_.Loop(floats, kLanes, [&](llvm::Value* i) {
        code_.Store(code_.Element(partial, i), code_.b.CreateFPTrunc(Total(i), code_.vec));
      });
    }
    Finish(place.epilogue, rows.start, rows.count, columns, partial, plan_.partial_stride);
  }

  llvm::Type* Wide() { return llvm::FixedVectorType::get(code_.b.getDoubleTy(), kLanes); }
  llvm::Value* TotalAddress(llvm::Value* i) { return code_.Element(Scratch(plan_.totals), i, 8); }
  llvm::Value* Total(llvm::Value* i) { return code_.b.CreateAlignedLoad(Wide(), TotalAddress(i), llvm::Align(8)); }

  // The summed loops from k_outer[at] on, pass by pass; `end_block` after the last pass of each block. A pass lies in one block.
  using Pass = std::function<void(const Place&, llvm::Value* start)>;
  void SummedLoops(const Place& place, size_t at, const Pass& pass, const std::function<void()>& end_block) {
    const bool in_group = at == plan_.k_outer.size();
    const int loop = in_group ? plan_.k_group[0] : plan_.k_outer[at];
    auto turns = [&](llvm::Value* first, llvm::Value* count) {
      code_.Loop(count, in_group ? plan_.k_block : 1, [&](llvm::Value* i) {
        llvm::Value* index = first ? code_.Add(first, i) : i;
        if (in_group) return pass(place, index);
        SummedLoops(place.Enter(loop, index), at + 1, pass, end_block);
      });
    };
    if (in_group && plan_.k_block == 0) {
      pass(place, nullptr);
      if (loop == plan_.blocks.loop) end_block();
      return;
    }
    if (loop != plan_.blocks.loop) return turns(nullptr, Extent(loop));
    code_.Loop(Extent(loop), plan_.blocks.count, [&](llvm::Value* first) {
      turns(first, code_.Minimum(code_.b.CreateSub(Extent(loop), first), code_.Int(plan_.blocks.count)));
      end_block();
    });
  }

  // Loops of a side's block and of the summed group, with their strides in the copy.
  void Pack(const Operand& side, const Place& place, const BlockOf& block, llvm::Value* k_start) {
    const bool in_lanes = &side == &plan_.columns;
    std::vector<PackLoop> loops;
    auto add = [&](const std::vector<int>& group, int64_t stride, llvm::Value* start, llvm::Value* count) {
      std::vector<PackLoop> own;
      for (size_t i = group.size(); i-- > 0;) {
        PackLoop loop{group[i], nullptr, Extent(group[i]), nest_.IsConstant(group[i]), stride};
        if (i == 0 && count) {
          loop.start = start;
          loop.count = count;
          loop.is_constant = false;
        }
        stride *= nest_.IsConstant(group[i]) ? nest_.Extent(group[i]) : 1;
        own.insert(own.begin(), loop);
      }
      loops.insert(loops.end(), own.begin(), own.end());
    };
    // A block is a range of the group's first loop.
    llvm::Value* start = nullptr;
    llvm::Value* count = nullptr;
    if (side.block > 0) {
      const int64_t inner = Inner(side);
      start = inner == 1 ? block.start : code_.b.CreateSDiv(block.start, code_.Int(inner));
      count = inner == 1 ? block.count : code_.b.CreateSDiv(block.count, code_.Int(inner));
    }
    llvm::Value* k_count = k_start ? SummedCount(k_start) : nullptr;
    if (in_lanes) {
      add(plan_.k_group, side.k_stride, k_start, k_count);
      add(side.group, side.stride, start, count);
    } else {
      add(side.group, side.stride, start, count);
      add(plan_.k_group, side.k_stride, k_start, k_count);
    }
    EmitPack(kernel_, place.operands, AccessOf(side), loops, Scratch(in_lanes ? plan_.packed_columns : plan_.packed_rows));
  }

  // First element of a side's block: in the copy or in place.
  llvm::Value* Base(const Operand& side, const Place& place, const BlockOf& block, llvm::Value* k_start) {
    if (side.packed) return Scratch(&side == &plan_.columns ? plan_.packed_columns : plan_.packed_rows);
    llvm::Value* offset = place.operands.Offset(AccessOf(side));
    offset = code_.Add(offset, code_.Mul(block.start, side.stride));
    if (k_start) offset = code_.Add(offset, code_.Mul(k_start, side.k_stride));
    return code_.Element(kernel_.bases.at(AccessOf(side).buffer), offset);
  }

  void Tiles(const Place& place, const BlockOf& rows, const BlockOf& columns, llvm::Value* summed, llvm::Value* k_start) {
    MicroKernel micro;
    micro.row_stride = plan_.rows.stride;
    micro.row_k = plan_.rows.k_stride;
    micro.column_k = plan_.columns.k_stride;
    micro.summed = summed;
    llvm::Value* row_base = Base(plan_.rows, place, rows, k_start);
    llvm::Value* column_base = Base(plan_.columns, place, columns, k_start);
    ColumnTiles(columns.count, [&](llvm::Value* column, int vectors, llvm::Value* lanes) {
      RowTiles(rows.count, [&](llvm::Value* row, int count) {
        MicroKernel tile = micro;
        tile.rows = count;
        tile.vectors = vectors;
        tile.row_base = code_.Element(row_base, code_.Mul(row, micro.row_stride));
        tile.column_base = code_.Element(column_base, column);
        tile.lanes = plan_.columns.packed ? nullptr : lanes;
        Tile(tile, place.epilogue, {rows.start, row}, {columns.start, column}, lanes);
      });
    });
  }

  using ColumnBody = std::function<void(llvm::Value* column, int vectors, llvm::Value* lanes)>;
  void ColumnTiles(llvm::Value* count, const ColumnBody& body) {
    const int64_t width = plan_.tile_vectors * kLanes;
    int64_t number = 0;
    if (IsConstant(count, &number)) {
      const int64_t whole = number / width * width;
      code_.Loop(code_.Int(whole), width, [&](llvm::Value* i) { body(i, plan_.tile_vectors, nullptr); });
      if (whole == number) return;
      const int64_t vectors = (number - whole + kLanes - 1) / kLanes;
      const int64_t last = number - whole - (vectors - 1) * kLanes;
      body(code_.Int(whole), static_cast<int>(vectors), last == kLanes ? nullptr : code_.FirstLanes(code_.Int(last)));
      return;
    }
    llvm::Value* whole = code_.b.CreateSub(count, code_.b.CreateURem(count, code_.Int(width)));
    code_.Loop(whole, width, [&](llvm::Value* i) { body(i, plan_.tile_vectors, nullptr); });
    llvm::Value* left = code_.b.CreateSub(count, whole);
    code_.Loop(left, kLanes, [&](llvm::Value* i) {
      body(code_.Add(whole, i), 1, code_.FirstLanes(code_.b.CreateSub(left, i)));
    });
  }

  // Rows are split evenly, so that no thin tile is left; where their number is known only at run time, what the full tiles leave
  // goes in fours and ones.
  void RowTiles(llvm::Value* count, const std::function<void(llvm::Value* row, int rows)>& body) {
    const int most = plan_.tile_rows;
    int64_t number = 0;
    auto run = [&](llvm::Value* start, llvm::Value* extent, int rows) {
      code_.Loop(extent, rows, [&](llvm::Value* i) { body(code_.Add(start, i), rows); });
    };
    if (IsConstant(count, &number)) {
      const int64_t tiles = (number + most - 1) / most;
      const int64_t rows = (number + tiles - 1) / tiles;
      const int64_t full = tiles - (rows * tiles - number);
      run(code_.Int(0), code_.Int(full * rows), static_cast<int>(rows));
      run(code_.Int(full * rows), code_.Int((tiles - full) * (rows - 1)), static_cast<int>(rows) - 1);
      return;
    }
    llvm::Value* done = code_.Int(0);
    std::vector<int> sizes{most};
    if (most > 4) sizes.push_back(4);
    if (most > 1) sizes.push_back(1);
    for (int rows : sizes) {
      llvm::Value* left = code_.b.CreateSub(count, done);
      llvm::Value* whole = rows == 1 ? left : code_.b.CreateSub(left, code_.b.CreateURem(left, code_.Int(rows)));
      run(done, whole, rows);
      done = code_.Add(done, whole);
    }
  }

  struct Index {
    llvm::Value* block;
    llvm::Value* inside;
  };
  llvm::Value* Sum(const Index& index, int64_t more = 0) {
    return code_.Add(code_.Add(index.block, index.inside), code_.Int(more));
  }

  void Tile(const MicroKernel& tile, const Point& epilogue, const Index& row, const Index& column, llvm::Value* lanes) {
    const bool many = plan_.ManyPasses();
    auto slot = [&](llvm::Value* base, int64_t stride, int r, int v) {
      return code_.Element(base, code_.Int(r * stride + v * kLanes));
    };
    llvm::Value* partial = nullptr;
    if (many) {
      partial = code_.Element(Scratch(plan_.partial), code_.Add(code_.Mul(row.inside, plan_.partial_stride), column.inside));
    }
    Code::Values sums;
    for (int r = 0; r < tile.rows; ++r) {
      for (int v = 0; v < tile.vectors; ++v) {
        sums.push_back(many ? code_.Load(slot(partial, plan_.partial_stride, r, v)) : code_.Number(0));
      }
    }
    sums = EmitMicroKernel(code_, tile, sums);
    if (!many && plan_.inline_epilogue) return InlineEpilogue(tile, epilogue, row, column, lanes, sums);
    llvm::Value* base = many ? partial : Scratch(plan_.tile);
    const int64_t stride = many ? plan_.partial_stride : tile.vectors * kLanes;
    for (int r = 0; r < tile.rows; ++r) {
      for (int v = 0; v < tile.vectors; ++v) code_.Store(slot(base, stride, r, v), sums[static_cast<size_t>(r * tile.vectors + v)]);
    }
    if (many) return;
    llvm::Value* width = code_.Int(tile.vectors * kLanes);
    if (lanes) {
      int64_t last = 0;
      llvm::Value* in_last = LaneCount(lanes);
      width = IsConstant(in_last, &last) ? code_.Int((tile.vectors - 1) * kLanes + last)
                                         : code_.Add(in_last, code_.Int((tile.vectors - 1) * kLanes));
    }
    Finish(epilogue, Sum(row), code_.Int(tile.rows), {Sum(column), width}, base, stride);
  }

  // How many lanes of a mask made by FirstLanes are set.
  llvm::Value* LaneCount(llvm::Value* lanes) {
    auto& b = code_.b;
    if (auto* constant = llvm::dyn_cast<llvm::Constant>(lanes)) {
      int64_t count = 0;
      for (unsigned i = 0; i < kLanes; ++i) count += constant->getAggregateElement(i)->isOneValue();
      return code_.Int(count);
    }
    llvm::Value* bits = b.CreateZExt(b.CreateBitCast(lanes, b.getInt16Ty()), code_.i64);
    return b.CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, bits);
  }

  int Representative(const Operand& side) const { return side.group.back(); }
  Point EnterRow(const Point& point, llvm::Value* row) const {
    return plan_.rows.group.empty() ? point : point.Enter(Representative(plan_.rows), row);
  }

  void InlineEpilogue(const MicroKernel& tile, const Point& epilogue, const Index& row, const Index& column, llvm::Value* lanes,
                      const Code::Values& sums) {
    for (int v = 0; v < tile.vectors; ++v) {
      llvm::Value* mask = v + 1 == tile.vectors ? lanes : nullptr;
      const Point at_column = epilogue.EnterLanes(Representative(plan_.columns), Sum(column, v * kLanes), mask);
      for (int r = 0; r < tile.rows; ++r) {
        Point point = EnterRow(at_column, Sum(row, r));
        point.SetFolded(sums[static_cast<size_t>(r * tile.vectors + v)]);
        point.Store();
      }
    }
  }

  // The epilogue over folded values in scratch: `rows` from `first_row` on, `columns.count` from `columns.start` on.
  void Finish(const Point& epilogue, llvm::Value* first_row, llvm::Value* rows, const BlockOf& columns, llvm::Value* base,
              int64_t stride) {
    int64_t number = 0;
    const bool whole = IsConstant(columns.count, &number) && number % kLanes == 0;
    code_.Loop(rows, 1, [&](llvm::Value* r) {
      const Point at_row = EnterRow(epilogue, code_.Add(first_row, r));
      llvm::Value* line = code_.Element(base, code_.Mul(r, stride));
      code_.Loop(columns.count, kLanes, [&](llvm::Value* c) {
        llvm::Value* lanes = whole ? nullptr : code_.FirstLanes(code_.b.CreateSub(columns.count, c));
        Point point = at_row.EnterLanes(Representative(plan_.columns), code_.Add(columns.start, c), lanes);
        point.SetFolded(code_.Load(code_.Element(line, c)));
        point.Store();
      });
    });
  }

  KernelCode& kernel_;
  Code& code_;
  const Nest nest_;
  const ContractionPlan plan_;
  const Nest epilogue_nest_;
  const Nest operands_;
  const Body operand_body_;
  const Body epilogue_body_;
};

}  // namespace

void EmitContraction(KernelCode& kernel) { ContractionCode(kernel).Emit(); }

int64_t ContractionScratchBytes(const schedule::Plan& plan, const schedule::Kernel& kernel, Level level) {
  return PlanContraction(plan, kernel, level).scratch_floats * 4;
}

}  // namespace nnc::codegen
