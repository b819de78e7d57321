// See point.h.
#include "compiler/codegen/point.h"

namespace nnc::codegen {

using schedule::Buffer;

llvm::Value* KernelCode::Size(const ir::Dim& dim) {
  return code.Size(dim, [&](const std::string& symbol) {
    auto found = symbols.find(symbol);
    assert(found != symbols.end() && "every symbol of a kernel is an argument");
    return found->second;
  });
}

Body::Body(KernelCode& k, const Nest& n, Steps steps) : kernel(k), nest(n) {
  divides_many_.assign(kernel.kernel.body.size(), false);
  if (steps == Steps::None) needs_folded_.assign(kernel.kernel.body.size(), true);
  if (steps == Steps::None) return;
  depends_ = LoopsOfSteps(nest, kernel.kernel.body);
  for (const ir::Scalar& step : kernel.kernel.body) {
    const size_t number = needs_folded_.size();
    bool needs_folded = false;
    const bool is_folded = static_cast<int>(number) == kernel.kernel.folded;
    if (step.kind == ir::Scalar::Kind::Call) {
      for (int argument : step.arguments) {
        if (argument >= 0 && (argument == kernel.kernel.folded || needs_folded_[static_cast<size_t>(argument)])) needs_folded = true;
      }
    }
    if (step.kind == ir::Scalar::Kind::Call && step.fn == ir::ScalarFn::Div) {
      const auto divisor = static_cast<size_t>(step.arguments[1]);
      if (needs_folded ? !needs_folded_[divisor] && step.arguments[1] != kernel.kernel.folded : depends_[number] != depends_[divisor]) {
        divides_many_[divisor] = true;
      }
    }
    needs_folded_.push_back(needs_folded && !is_folded);
  }
  if (steps == Steps::All) return;
  for (int step = 0; step <= kernel.kernel.folded; ++step) needs_folded_[static_cast<size_t>(step)] = true;
}

Point::Point(const Body& body) : body_(&body), entered_(body.nest.loops.size(), false) {
  auto start = [&](const Form& form) { partial_[&form] = body.kernel.Size(form.constant); };
  auto access = [&](const MemoryAccess& a) {
    start(a.offset);
    for (const Bound& guard : a.guards) start(guard.value);
  };
  for (const auto& read : body.nest.reads) access(read);
  for (const auto& store : body.nest.stores) access(store);
  for (const auto& form : body.nest.index_values) start(form);
  for (const auto& form : body.nest.arg_indices) start(form);
  for (const auto& condition : body.nest.conditions) start(condition.value);
  steps_.resize(static_cast<size_t>(body.StepCount()));
  reciprocals_.resize(static_cast<size_t>(body.StepCount()));
  Settle();
}

Point Point::Enter(int loop, llvm::Value* index) const {
  Point inside = *this;
  Code& code = body_->kernel.code;
  for (auto& [form, partial] : inside.partial_) {
    if (form->DependsOn(loop)) partial = code.Add(partial, code.Mul(index, (*form)[loop]));
  }
  inside.entered_[static_cast<size_t>(loop)] = true;
  inside.Settle();
  return inside;
}

Point Point::EnterLanes(int loop, llvm::Value* start, llvm::Value* lanes) const {
  Point inside = *this;
  Code& code = body_->kernel.code;
  for (auto& [form, partial] : inside.partial_) {
    if (form->DependsOn(loop)) partial = code.Add(partial, code.Mul(start, (*form)[loop]));
  }
  inside.entered_[static_cast<size_t>(loop)] = true;
  inside.lane_loop_ = loop;
  inside.lanes_ = lanes;
  inside.Settle();
  return inside;
}

void Point::Settle() {
  do {
    SettleSteps();
  } while (EnterFound());
}

// The first loop whose turn is found by a step that is known now.
bool Point::EnterFound() {
  Code& code = body_->kernel.code;
  for (int loop = 0; loop < body_->nest.Size(); ++loop) {
    if (entered_[static_cast<size_t>(loop)] || !body_->nest.Finds(loop)) continue;
    const int step = body_->nest.found[static_cast<size_t>(loop)];
    Term& term = steps_[static_cast<size_t>(step)];
    if (!term.number && !term.truth) continue;
    const bool in_lanes = lane_loop_ >= 0 && body_->DependsOn(step, lane_loop_);
    llvm::Value* turn = Turn(Number(code, term), loop);
    llvm::Value* index = in_lanes ? turn : code.b.CreateSExt(code.b.CreateExtractElement(turn, uint64_t{0}), code.i64);
    for (auto& [form, partial] : partial_) {
      if (!form->DependsOn(loop)) continue;
      if (!in_lanes) {
        partial = code.Add(partial, code.Mul(index, (*form)[loop]));
        continue;
      }
      llvm::Value* part = code.b.CreateMul(index, code.Integers(static_cast<int32_t>((*form)[loop])));
      llvm::Value*& spread = spread_[form];
      spread = spread ? code.b.CreateAdd(spread, part) : part;
    }
    entered_[static_cast<size_t>(loop)] = true;
    return true;
  }
  return false;
}

// The turn with this number as integers, 0 where the loop has none: what is equated to the number makes the identity of it there.
llvm::Value* Point::Turn(llvm::Value* number, int loop) const {
  Code& code = body_->kernel.code;
  auto& b = code.b;
  llvm::Value* extent = code.Splat(b.CreateSIToFP(body_->kernel.Size(body_->nest.loops[static_cast<size_t>(loop)]), code.f32));
  llvm::Value* exists = b.CreateAnd(b.CreateFCmpOGE(number, code.Number(0)), b.CreateFCmpOLT(number, extent));
  return b.CreateFPToSI(b.CreateSelect(exists, number, code.Number(0)), code.ivec);
}

void Point::SettleSteps() {
  for (int step = 0; step < body_->StepCount(); ++step) {
    if (steps_[static_cast<size_t>(step)].number || steps_[static_cast<size_t>(step)].truth) continue;
    if (body_->NeedsFolded(step)) continue;
    bool ready = true;
    for (int loop = 0; loop < body_->nest.Size(); ++loop) {
      if (body_->DependsOn(step, loop) && !entered_[static_cast<size_t>(loop)]) ready = false;
    }
    if (!ready) continue;
    steps_[static_cast<size_t>(step)] = Compute(step);
    if (body_->DividesMany(step)) Reciprocal(step);
  }
}

void Point::SetFolded(llvm::Value* value) {
  steps_[static_cast<size_t>(body_->kernel.kernel.folded)] = Term{value, nullptr};
}

Term Point::Step(int step) {
  Term& term = steps_[static_cast<size_t>(step)];
  if (!term.number && !term.truth) term = Compute(step);
  return term;
}

Point::Running Point::Value(const Form& form) const {
  const auto spread = spread_.find(&form);
  return {partial_.at(&form), lane_loop_ >= 0 ? form[lane_loop_] : 0, spread == spread_.end() ? nullptr : spread->second};
}

llvm::Value* Point::Integers(const Form& form) const {
  Code& code = body_->kernel.code;
  const Running value = Value(form);
  llvm::Value* integers = value.per_lane == 0 ? code.Splat(code.b.CreateTrunc(value.start, code.i32)) : code.Iota(value.start, value.per_lane);
  return value.spread ? code.b.CreateAdd(integers, value.spread) : integers;
}

static llvm::Value* Both(Code& code, llvm::Value* x, llvm::Value* y) {
  if (!x) return y;
  if (!y) return x;
  return code.b.CreateAnd(x, y);
}

void Point::Within(const Bound& bound, llvm::Value*& scalar, llvm::Value*& lanes) const {
  Code& code = body_->kernel.code;
  const Running value = Value(bound.value);
  llvm::Value* size = body_->kernel.Size(bound.size);
  if (value.IsOne()) {
    scalar = Both(code, scalar, code.b.CreateICmpULT(value.start, size));
    return;
  }
  llvm::Value* limit = code.Splat(code.b.CreateTrunc(size, code.i32));
  lanes = Both(code, lanes, code.b.CreateICmpULT(Integers(bound.value), limit));
}

static llvm::Value* ToFloat(Code& code, llvm::Value* value, ir::DType dtype) {
  llvm::Type* type = value->getType()->isVectorTy() ? static_cast<llvm::Type*>(code.vec) : code.f32;
  switch (dtype) {
    case ir::DType::F32: return value;
    case ir::DType::U8: return code.b.CreateUIToFP(value, type);
    case ir::DType::I32: return code.b.CreateSIToFP(value, type);
  }
  return value;
}

static llvm::Type* ElementType(Code& code, ir::DType dtype) {
  switch (dtype) {
    case ir::DType::F32: return code.f32;
    case ir::DType::U8: return code.b.getInt8Ty();
    case ir::DType::I32: return code.i32;
  }
  return code.f32;
}

// Of each lane, in elements from where lane 0 would be without what is spread.
llvm::Value* Point::FromStart(const Running& offset) const {
  Code& code = body_->kernel.code;
  llvm::Value* index = code.b.CreateMul(code.Lanes(), code.Integers(static_cast<int32_t>(offset.per_lane)));
  return offset.spread ? code.b.CreateAdd(index, offset.spread) : index;
}

llvm::Value* Point::Read(const MemoryAccess& access) const {
  KernelCode& kernel = body_->kernel;
  Code& code = kernel.code;
  auto& b = code.b;
  const Buffer& buffer = kernel.BufferOf(access.buffer);
  llvm::Value* base = kernel.bases.at(access.buffer);
  if (buffer.place == Buffer::Place::Scalar) return code.Splat(base);
  llvm::Type* type = ElementType(code, buffer.dtype);
  const llvm::Align align(buffer.dtype == ir::DType::U8 ? 1 : 4);
  const Running offset = Value(access.offset);
  llvm::Value* inside = nullptr;  // one condition for all lanes
  llvm::Value* lanes = nullptr;
  for (const Bound& guard : access.guards) Within(guard, inside, lanes);
  if (offset.IsOne() && !lanes) {
    llvm::Value* at = inside ? b.CreateSelect(inside, offset.start, code.Int(0)) : offset.start;
    llvm::Value* value = ToFloat(code, b.CreateAlignedLoad(type, b.CreateGEP(type, base, at), align), buffer.dtype);
    if (inside) value = b.CreateSelect(inside, value, llvm::ConstantFP::get(code.f32, 0));
    return code.Splat(value);
  }
  if (inside) lanes = Both(code, lanes, code.LanesIf(inside));
  lanes = Both(code, lanes, lanes_);
  auto* wide = llvm::FixedVectorType::get(type, kLanes);
  auto* zero = llvm::Constant::getNullValue(wide);
  llvm::Value* address = b.CreateGEP(type, base, offset.start);
  llvm::Value* value = nullptr;
  if (offset.IsRun()) {
    value = code.LoadOf(type, address, align, lanes);
  } else {
    value = b.CreateMaskedGather(wide, b.CreateGEP(type, address, FromStart(offset)), align, lanes ? lanes : code.All(), zero);
  }
  return ToFloat(code, value, buffer.dtype);
}

llvm::Value* Point::Reciprocal(int divisor) {
  llvm::Value*& reciprocal = reciprocals_[static_cast<size_t>(divisor)];
  if (reciprocal) return reciprocal;
  Code& code = body_->kernel.code;
  Term term = Step(divisor);
  return reciprocal = code.b.CreateFDiv(code.Number(1), Number(code, term));
}

Term Point::Compute(int step) {
  KernelCode& kernel = body_->kernel;
  Code& code = kernel.code;
  const ir::Scalar& scalar = kernel.kernel.body[static_cast<size_t>(step)];
  switch (scalar.kind) {
    case ir::Scalar::Kind::Access: return {Read(body_->nest.reads[static_cast<size_t>(scalar.index)]), nullptr};
    case ir::Scalar::Kind::Index: {
      llvm::Value* value = Integers(body_->nest.index_values[static_cast<size_t>(scalar.index)]);
      return {code.b.CreateSIToFP(value, code.vec), nullptr};
    }
    case ir::Scalar::Kind::Literal: return {code.Number(scalar.literal), nullptr};
    case ir::Scalar::Kind::Extent: {
      llvm::Value* value = kernel.Size(scalar.extent);
      return {code.Splat(code.b.CreateSIToFP(value, code.f32)), nullptr};
    }
    case ir::Scalar::Kind::Call: {
      if (scalar.fn == ir::ScalarFn::Div && body_->DividesMany(scalar.arguments[1])) {
        Term numerator = Step(scalar.arguments[0]);
        return {code.b.CreateFMul(Number(code, numerator), Reciprocal(scalar.arguments[1])), nullptr};
      }
      Term arguments[3];
      for (int i = 0; i < 3; ++i) {
        if (scalar.arguments[i] >= 0) arguments[i] = Step(scalar.arguments[i]);
      }
      return Call(code, scalar.fn, arguments[0], arguments[1], arguments[2]);
    }
  }
  return {};
}

Point::Place Point::Target(int store) const {
  const MemoryAccess& target = body_->nest.stores[static_cast<size_t>(store)];
  const Running offset = Value(target.offset);
  Code& code = body_->kernel.code;
  llvm::Value* address = code.b.CreateGEP(code.f32, body_->kernel.bases.at(target.buffer), offset.start);
  return {address, lane_loop_ < 0 || offset.IsOne() ? nullptr : FromStart(offset), offset.IsRun()};
}

llvm::Value* Point::TakesPart() {
  llvm::Value* scalar = nullptr;
  llvm::Value* lanes = nullptr;
  for (const Bound& condition : body_->nest.conditions) Within(condition, scalar, lanes);
  if (scalar) lanes = Both(body_->kernel.code, lanes, body_->kernel.code.LanesIf(scalar));
  // With the lanes that are there: LLVM 19 on AVX2 drops the mask of a read's upper half where that is empty and what is read is chosen
  // by another mask than it was read by.
  return lanes ? Both(body_->kernel.code, lanes, lanes_) : nullptr;
}

llvm::Value* Point::ArgNumber() {
  Code& code = body_->kernel.code;
  llvm::Value* number = code.Integers(0);
  const auto& extents = body_->kernel.kernel.arg_extents;
  for (size_t i = 0; i < body_->nest.arg_indices.size(); ++i) {
    llvm::Value* extent = code.Splat(code.b.CreateTrunc(body_->kernel.Size(extents[i]), code.i32));
    number = code.b.CreateAdd(code.b.CreateMul(number, extent), Integers(body_->nest.arg_indices[i]));
  }
  return number;
}

void Point::Store() {
  KernelCode& kernel = body_->kernel;
  Code& code = kernel.code;
  auto& b = code.b;
  const auto& stores = kernel.kernel.stores;
  std::vector<llvm::Value*> values;  // all before the first store: a point may read what it overwrites
  for (const auto& store : stores) {
    Term term = Step(store.step);
    values.push_back(Number(code, term));
  }
  for (size_t i = 0; i < stores.size(); ++i) {
    const MemoryAccess& target = body_->nest.stores[i];
    const Running offset = Value(target.offset);
    llvm::Value* address = b.CreateGEP(code.f32, kernel.bases.at(target.buffer), offset.start);
    if (lane_loop_ < 0) {
      b.CreateAlignedStore(b.CreateExtractElement(values[i], uint64_t{0}), address, llvm::Align(4));
    } else if (offset.IsRun()) {
      code.Store(address, values[i], lanes_);
    } else {
      code.Scatter(address, FromStart(offset), values[i], lanes_);
    }
  }
}

}  // namespace nnc::codegen
