// See code.h.
#include "compiler/codegen/code.h"

namespace nnc::codegen {

const char* Name(Level level) {
  switch (level) {
    case Level::Baseline: return "baseline";
    case Level::Avx2: return "avx2";
    case Level::Avx512: return "avx512";
  }
  return "";
}

const char* ProcessorOf(Level level) {
  switch (level) {
    case Level::Baseline: return "x86-64";
    case Level::Avx2: return "x86-64-v3";
    case Level::Avx512: return "x86-64-v4";
  }
  return "";
}

bool IsConstant(const llvm::Value* value, int64_t* number) {
  const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(value);
  if (!constant) return false;
  *number = constant->getSExtValue();
  return true;
}

Code::Code(llvm::Module& m, Level l)
    : module(m), context(m.getContext()), b(m.getContext()), level(l), f32(b.getFloatTy()), i1(b.getInt1Ty()),
      i32(b.getInt32Ty()), i64(b.getInt64Ty()), ptr(b.getPtrTy()), vec(llvm::FixedVectorType::get(f32, kLanes)),
      ivec(llvm::FixedVectorType::get(i32, kLanes)), mask(llvm::FixedVectorType::get(i1, kLanes)) {}

llvm::Function* Code::NewFunction(llvm::FunctionType* type, const std::string& name, bool internal) {
  auto linkage = internal ? llvm::GlobalValue::InternalLinkage : llvm::GlobalValue::ExternalLinkage;
  auto* function = llvm::Function::Create(type, linkage, name, module);
  function->addFnAttr("target-cpu", ProcessorOf(level));
  // Without these LLVM keeps to 256 bits where it may use 512.
  function->addFnAttr("prefer-vector-width", "512");
  function->addFnAttr("min-legal-vector-width", "512");
  function->addFnAttr(llvm::Attribute::NoUnwind);
  function->addFnAttr("no-builtins");  // a loop stays a loop: it becomes no call of memcpy
  function->setUWTableKind(llvm::UWTableKind::None);
  return function;
}

llvm::Value* Code::Lanes() {
  std::vector<llvm::Constant*> lanes;
  for (int i = 0; i < kLanes; ++i) lanes.push_back(b.getInt32(static_cast<uint32_t>(i)));
  return llvm::ConstantVector::get(lanes);
}

llvm::Value* Code::FirstLanes(Value* count) {
  int64_t number = 0;
  if (IsConstant(count, &number)) {
    std::vector<llvm::Constant*> lanes;
    for (int i = 0; i < kLanes; ++i) lanes.push_back(b.getInt1(i < number));
    return llvm::ConstantVector::get(lanes);
  }
  Value* limited = Minimum(count, Int(kLanes));
  return b.CreateICmpSLT(Lanes(), Splat(b.CreateTrunc(limited, i32)));
}

llvm::Value* Code::Iota(Value* start, int64_t step) {
  Value* first = Splat(b.CreateTrunc(start, i32));
  return b.CreateAdd(first, b.CreateMul(Lanes(), Integers(static_cast<int32_t>(step))));
}

llvm::Value* Code::MulAdd(Value* x, Value* y, Value* z) {
  if (level == Level::Baseline) return b.CreateFAdd(b.CreateFMul(x, y), z);
  return b.CreateIntrinsic(llvm::Intrinsic::fma, {x->getType()}, {x, y, z});
}

llvm::Value* Code::Div(Value* x, Value* y) {
  const bool known = llvm::isa<llvm::Constant>(x) || llvm::isa<llvm::Constant>(y);
  return b.CreateFDiv(x, known ? y : b.CreateIntrinsic(llvm::Intrinsic::arithmetic_fence, {y->getType()}, {y}));
}

llvm::Value* Code::Add(Value* x, Value* y) {
  int64_t number = 0;
  if (IsConstant(x, &number) && number == 0) return y;
  if (IsConstant(y, &number) && number == 0) return x;
  return b.CreateAdd(x, y);
}

llvm::Value* Code::Mul(Value* x, int64_t factor) {
  if (factor == 1) return x;
  if (factor == 0) return Int(0);
  return b.CreateMul(x, Int(factor));
}

llvm::Value* Code::Minimum(Value* x, Value* y) { return b.CreateBinaryIntrinsic(llvm::Intrinsic::smin, x, y); }

llvm::Value* Code::Element(Value* base, Value* index, int64_t bytes) {
  int64_t number = 0;
  if (IsConstant(index, &number) && number == 0) return base;
  llvm::Type* type = bytes == 4 ? f32 : bytes == 8 ? i64 : b.getInt8Ty();
  return b.CreateGEP(type, base, bytes == 4 || bytes == 8 ? index : Mul(index, bytes));
}

Code::Values Code::Loop(Value* end, int64_t step, const Values& carried, const Body& body) {
  int64_t number = 0;
  const bool constant = IsConstant(end, &number);
  if (constant && number <= 0) return carried;
  if (constant && number <= step) return body(Int(0), carried);
  llvm::Function* function = b.GetInsertBlock()->getParent();
  llvm::BasicBlock* before = b.GetInsertBlock();
  auto* loop = llvm::BasicBlock::Create(context, "loop", function);
  auto* after = llvm::BasicBlock::Create(context, "after", function);
  if (constant) {
    b.CreateBr(loop);
  } else {
    b.CreateCondBr(b.CreateICmpSGT(end, Int(0)), loop, after);
  }
  b.SetInsertPoint(loop);
  auto* index = b.CreatePHI(i64, 2);
  index->addIncoming(Int(0), before);
  std::vector<llvm::PHINode*> phis;
  Values inside;
  for (Value* value : carried) {
    phis.push_back(b.CreatePHI(value->getType(), 2));
    phis.back()->addIncoming(value, before);
    inside.push_back(phis.back());
  }
  const Values results = body(index, inside);
  llvm::BasicBlock* last = b.GetInsertBlock();
  Value* next = b.CreateAdd(index, Int(step), "", true, true);
  index->addIncoming(next, last);
  for (size_t i = 0; i < phis.size(); ++i) phis[i]->addIncoming(results[i], last);
  b.CreateCondBr(b.CreateICmpSLT(next, end), loop, after);
  b.SetInsertPoint(after);
  if (constant) return results;
  Values joined;
  for (size_t i = 0; i < carried.size(); ++i) {
    auto* phi = b.CreatePHI(carried[i]->getType(), 2);
    phi->addIncoming(carried[i], before);
    phi->addIncoming(results[i], last);
    joined.push_back(phi);
  }
  return joined;
}

void Code::Loop(Value* end, int64_t step, const std::function<void(Value*)>& body) {
  Loop(end, step, {}, [&](Value* i, const Values&) {
    body(i);
    return Values{};
  });
}

void Code::If(Value* condition, const std::function<void()>& body) {
  If(condition, {}, [&] {
    body();
    return Values{};
  });
}

Code::Values Code::If(Value* condition, const Values& otherwise, const std::function<Values()>& body) {
  llvm::Function* function = b.GetInsertBlock()->getParent();
  llvm::BasicBlock* before = b.GetInsertBlock();
  auto* then = llvm::BasicBlock::Create(context, "then", function);
  auto* after = llvm::BasicBlock::Create(context, "after", function);
  b.CreateCondBr(condition, then, after);
  b.SetInsertPoint(then);
  const Values results = body();
  llvm::BasicBlock* last = b.GetInsertBlock();
  b.CreateBr(after);
  b.SetInsertPoint(after);
  Values joined;
  for (size_t i = 0; i < otherwise.size(); ++i) {
    auto* phi = b.CreatePHI(otherwise[i]->getType(), 2);
    phi->addIncoming(otherwise[i], before);
    phi->addIncoming(results[i], last);
    joined.push_back(phi);
  }
  return joined;
}

static bool AllLanes(llvm::Value* lanes) {
  auto* constant = llvm::dyn_cast_or_null<llvm::Constant>(lanes);
  return !lanes || (constant && constant->isAllOnesValue());
}

// Lanes from this one on are never set.
static int EndOfLanes(llvm::Value* mask) {
  if (auto* constant = llvm::dyn_cast<llvm::Constant>(mask)) {
    int end = kLanes;
    for (; end > 0; --end) {
      llvm::Constant* lane = constant->getAggregateElement(static_cast<unsigned>(end) - 1);
      if (!lane || !lane->isNullValue()) break;
    }
    return end;
  }
  auto* both = llvm::dyn_cast<llvm::BinaryOperator>(mask);
  if (!both || both->getOpcode() != llvm::Instruction::And) return kLanes;
  return std::min(EndOfLanes(both->getOperand(0)), EndOfLanes(both->getOperand(1)));
}

llvm::Value* Code::Load(Value* address, Value* lanes) { return LoadOf(f32, address, llvm::Align(4), lanes); }

llvm::Value* Code::LoadOf(llvm::Type* element, Value* address, llvm::Align align, Value* lanes) {
  auto* wide = llvm::FixedVectorType::get(element, kLanes);
  if (AllLanes(lanes)) return b.CreateAlignedLoad(wide, address, align);
  // LLVM 19 on AVX2 drops the mask of an upper half that it finds empty: that half is not asked for.
  constexpr int kHalf = kLanes / 2;
  if (EndOfLanes(lanes) > kHalf) return b.CreateMaskedLoad(wide, address, align, lanes, llvm::Constant::getNullValue(wide));
  std::vector<int> lower, all;
  for (int i = 0; i < kLanes; ++i) (i < kHalf ? lower : all).push_back(i);
  all.insert(all.begin(), lower.begin(), lower.end());
  auto* half = llvm::FixedVectorType::get(element, kHalf);
  Value* zero = llvm::Constant::getNullValue(half);
  Value* loaded = b.CreateMaskedLoad(half, address, align, b.CreateShuffleVector(lanes, lower), zero);
  return b.CreateShuffleVector(loaded, zero, all);
}

void Code::Store(Value* address, Value* value, Value* lanes) {
  if (AllLanes(lanes)) {
    b.CreateAlignedStore(value, address, llvm::Align(4));
  } else {
    b.CreateMaskedStore(value, address, llvm::Align(4), lanes);
  }
}

llvm::Value* Code::Gather(Value* base, Value* index, Value* lanes) {
  Value* addresses = b.CreateGEP(f32, base, index);
  return b.CreateMaskedGather(vec, addresses, llvm::Align(4), lanes ? lanes : All(), llvm::Constant::getNullValue(vec));
}

void Code::Scatter(Value* base, Value* index, Value* value, Value* lanes) {
  b.CreateMaskedScatter(value, b.CreateGEP(f32, base, index), llvm::Align(4), lanes ? lanes : All());
}

llvm::Value* Code::Stack(int64_t floats) {
  llvm::BasicBlock& entry = b.GetInsertBlock()->getParent()->getEntryBlock();
  llvm::IRBuilder<> at_entry(&entry, entry.begin());
  auto* slot = at_entry.CreateAlloca(f32, at_entry.getInt64(static_cast<uint64_t>(floats)));
  slot->setAlignment(llvm::Align(64));
  return slot;
}

}  // namespace nnc::codegen
