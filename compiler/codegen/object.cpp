// The dependency-free object of codegen.h: checks of what the caller hands over, one clone of the plan's kernels for each instruction
// set, a dispatcher that asks CPUID once, and the trained weights as constant data. Blocks of `capacity` rows run one after the other
// in the caller's workspace.
#include <llvm/IR/InlineAsm.h>
#include <llvm/Target/TargetMachine.h>

#include <algorithm>
#include <numeric>

#include "compiler/codegen/object_checks.h"
#include "compiler/codegen/program.h"
#include "compiler/codegen/target.h"
#include "runtime/abi.h"

namespace nnc::codegen {
namespace {

using schedule::Plan;

constexpr Level kLevels[] = {Level::Baseline, Level::Avx2, Level::Avx512};

int64_t ElementsOf(const Plan& plan, size_t binding) {
  int64_t count = 1;
  for (const ir::Dim& dim : plan.bindings[binding].shape) {
    count *= *dim.Largest([&](std::string_view symbol) { return std::optional(plan.capacities.at(std::string(symbol))); });
  }
  return count;
}

enum class Source : uint8_t { Weights, Caller };

Source SourceOf(const Plan::Binding& binding) {
  if (!binding.input) return Source::Caller;
  switch (binding.role) {
    case ir::Role::Weight:
    case ir::Role::State:
    case ir::Role::Buffer:
    case ir::Role::Fitted: return Source::Weights;
    case ir::Role::Column:
    case ir::Role::Direct:
    case ir::Role::Step:
    case ir::Role::Carried:
    case ir::Role::Slice:
    case ir::Role::Shared: return Source::Caller;  // none in a prediction
  }
  return Source::Caller;
}

using Fields = std::vector<ObjectRequest::Field>;

// The structure's member that a binding comes from.
Fields::const_iterator FieldOf(const Fields& fields, const std::string& binding) {
  return std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.binding == binding || field.rest == binding; });
}

std::string WhyNot(const ObjectRequest& request) {
  const Plan& plan = *request.plan;
  for (size_t i = 0; request.subscripts != nullptr && i < request.subscripts->bindings.size(); ++i) {
    const Plan::Binding& binding = request.subscripts->bindings[i];
    const bool known = std::any_of(plan.bindings.begin(), plan.bindings.end(), [&](const auto& other) { return other.name == binding.name; });
    if (!known && SourceOf(binding) == Source::Weights) return "`" + binding.name + "` is read by subscripts alone";
  }
  if (plan.symbols.size() > 1) return "a prediction has one batch dimension, this one has " + std::to_string(plan.symbols.size());
  for (size_t i = 0; i < plan.bindings.size(); ++i) {
    const Plan::Binding& binding = plan.bindings[i];
    if (binding.column) return "input `" + binding.name + "` is a data column, which an embedded program does not have";
    if (SourceOf(binding) == Source::Caller) {
      const auto& fields = binding.input ? request.inputs : request.outputs;
      if (FieldOf(fields, binding.name) == fields.end()) return "`" + binding.name + "` has no field";
      continue;
    }
    auto found = request.constants.find(binding.name);
    if (found == request.constants.end()) return "no value is given for `" + binding.name + "`";
    if (static_cast<int64_t>(found->second.size()) != ElementsOf(plan, i)) {
      return "`" + binding.name + "` has " + std::to_string(ElementsOf(plan, i)) + " elements, the value given has " +
             std::to_string(found->second.size());
    }
  }
  return "";
}

// What a caller's double gives: the number rounded to single, or what that leaves.
enum class Part : uint8_t { None, Rounded, Rest };

// Where the arrays of a plan's bindings are.
struct Places {
  const Plan& plan;
  std::vector<int64_t> weights;  // in floats, by binding
  std::vector<Part> parts;       // by binding
  std::vector<int64_t> part_offsets;  // in bytes, by binding
};

class ObjectCode {
 public:
  ObjectCode(llvm::Module& module, const ObjectRequest& request)
      : module_(module), request_(request), plan_(*request.plan), code_(module, Level::Baseline), places_(PlacesOf(plan_)) {
    if (request.subscripts) subscript_places_ = std::make_unique<Places>(PlacesOf(*request.subscripts));
  }

  void Emit() {
    int64_t scratch = 0;
    for (const Plan* plan : {request_.plan, request_.subscripts}) {
      if (plan == nullptr) continue;
      for (Level level : kLevels) scratch = std::max(scratch, ScratchBytes(*plan, level));
      arena_bytes_ = std::max(arena_bytes_, Aligned(plan->arena_bytes));
    }
    parts_at_ = arena_bytes_ + Aligned(scratch);
    holds_at_ = parts_at_ + parts_bytes_;
    workspace_bytes_ = holds_at_ + (request_.subscripts ? Aligned(BlockRows() * 4) : 0) + NNC_ALIGNMENT;
    EmitWeights();
    EmitWorkspaceSize();
    for (Level level : kLevels) {
      if (level <= request_.highest) runs_.push_back(EmitRun(level));
    }
    checks_ = EmitObjectChecks(code_, request_, weights_);
    EmitPredict();
  }

 private:
  static int64_t Aligned(int64_t bytes) { return (bytes + NNC_ALIGNMENT - 1) / NNC_ALIGNMENT * NNC_ALIGNMENT; }

  // Arrays of one name are the same for both plans.
  Places PlacesOf(const Plan& plan) {
    Places places{plan, {}, {}, {}};
    for (size_t i = 0; i < plan.bindings.size(); ++i) {
      const Plan::Binding& binding = plan.bindings[i];
      if (SourceOf(binding) == Source::Weights && weight_at_.emplace(binding.name, weights_).second) weights_ += ElementsOf(plan, i);
      places.weights.push_back(SourceOf(binding) == Source::Weights ? weight_at_.at(binding.name) : 0);
      places.parts.push_back(PartOf(binding));
      if (places.parts.back() != Part::None && part_at_.emplace(binding.name, parts_bytes_).second) parts_bytes_ += Aligned(ElementsOf(plan, i) * 4);
      places.part_offsets.push_back(places.parts.back() != Part::None ? part_at_.at(binding.name) : 0);
    }
    return places;
  }

  Part PartOf(const Plan::Binding& binding) const {
    const auto field = binding.input ? FieldOf(request_.inputs, binding.name) : request_.inputs.end();
    if (SourceOf(binding) == Source::Weights || field == request_.inputs.end() || field->rest.empty()) return Part::None;
    return field->rest == binding.name ? Part::Rest : Part::Rounded;
  }

  llvm::Value* PartsOf(Code& code, const Places& places, llvm::Value* arena, size_t binding) const {
    return code.Element(arena, code.Int(parts_at_ + places.part_offsets[binding]), 1);
  }

  // void (const double* doubles, float* target, int64_t count): one part of each; sixteen at a time, the rest one by one. Columns may be
  // many: their loops are not repeated for each.
  llvm::Function* EmitTakePart(Code& code, Part part) const {
    auto& b = code.b;
    auto* type = llvm::FunctionType::get(b.getVoidTy(), {code.ptr, code.ptr, code.i64}, false);
    llvm::Function* function = code.NewFunction(type, request_.prefix + (part == Part::Rest ? ".rest." : ".whole.") + Name(code.level), true);
    function->addFnAttr(llvm::Attribute::NoInline);
    b.SetInsertPoint(llvm::BasicBlock::Create(code.context, "entry", function));
    llvm::Value *doubles = function->getArg(0), *target = function->getArg(1), *count = function->getArg(2);
    llvm::Value* whole = b.CreateAnd(count, code.Int(-kLanes));
    for (bool lanes : {true, false}) {
      llvm::Type* wide = b.getDoubleTy();
      llvm::Type* single = code.f32;
      if (lanes) wide = llvm::FixedVectorType::get(wide, kLanes), single = code.vec;
      code.Loop(lanes ? whole : b.CreateSub(count, whole), lanes ? kLanes : 1, [&](llvm::Value* i) {
        llvm::Value* place = lanes ? i : b.CreateAdd(whole, i);
        llvm::Value* number = b.CreateAlignedLoad(wide, code.Element(doubles, place, 8), llvm::Align(8));
        llvm::Value* taken = b.CreateFPTrunc(number, single);
        if (part == Part::Rest) taken = b.CreateFPTrunc(b.CreateFSub(number, b.CreateFPExt(taken, wide)), single);
        b.CreateAlignedStore(taken, code.Element(target, place), llvm::Align(4));
      });
    }
    b.CreateRetVoid();
    return function;
  }

  void EmitWeights() {
    std::vector<float> values;
    for (const auto& binding : plan_.bindings) {
      if (SourceOf(binding) != Source::Weights) continue;
      const auto& constants = request_.constants.at(binding.name);
      values.insert(values.end(), constants.begin(), constants.end());
    }
    if (values.empty()) values.push_back(0);  // an array has an element
    auto* data = llvm::ConstantStruct::getAnon({code_.b.getInt64(request_.layout), llvm::ConstantDataArray::get(code_.context, values)});
    trained_ = new llvm::GlobalVariable(module_, data->getType(), true, llvm::GlobalValue::ExternalLinkage, data,
                                        request_.prefix + "_trained_weights");
    trained_->setAlignment(llvm::Align(NNC_ALIGNMENT));
    trained_->setDSOLocal(true);
  }

  void EmitWorkspaceSize() {
    auto* type = llvm::FunctionType::get(code_.i64, {code_.i64}, false);
    llvm::Function* function = code_.NewFunction(type, request_.prefix + "_workspace_size", false);
    code_.b.SetInsertPoint(llvm::BasicBlock::Create(code_.context, "entry", function));
    code_.b.CreateRet(code_.Int(workspace_bytes_));
  }

  // weights, input, output, n, workspace, fault.
  llvm::FunctionType* PredictType() {
    return llvm::FunctionType::get(code_.i32, {code_.ptr, code_.ptr, code_.ptr, code_.i64, code_.ptr, code_.ptr}, false);
  }

  // The arrays behind the structures' members, by binding; null for what subscripts say.
  std::vector<llvm::Value*> CallersArrays(Code& code, const Places& places, llvm::Function* function) const {
    std::vector<llvm::Value*> arrays(places.plan.bindings.size());
    for (size_t i = 0; i < arrays.size(); ++i) {
      const Plan::Binding& binding = places.plan.bindings[i];
      if (SourceOf(binding) == Source::Weights || (!binding.input && &places != &places_)) continue;
      const auto& fields = binding.input ? request_.inputs : request_.outputs;
      llvm::Value* place = code.Element(function->getArg(binding.input ? 1 : 2), code.Int(FieldOf(fields, binding.name) - fields.begin()), 8);
      arrays[i] = code.b.CreateAlignedLoad(code.ptr, place, llvm::Align(8));
    }
    return arrays;
  }

  // Bytes between rows of a binding along the batch, or 0 if it has no batch.
  int64_t RowBytes(const Places& places, size_t binding) const {
    const auto& shape = places.plan.bindings[binding].shape;
    if (shape.empty() || shape[0].IsConstant()) return 0;
    const int64_t element = places.plan.bindings[binding].dtype == ir::DType::U8 ? 1 : 4;
    return ElementsOf(places.plan, binding) / BlockRows() * element;
  }

  int64_t BlockRows() const { return plan_.symbols.empty() ? 1 : plan_.capacities.at(plan_.symbols[0]); }

  // Runs a plan block by block over the function's events; `after` is called behind each block with its first event and their number.
  using AfterBlock = std::function<void(llvm::Value* start, llvm::Value* count, const Environment& environment)>;
  void RunBlocks(Program& program, const Places& places, llvm::Function* function, const AfterBlock& after) {
    Code& code = program.code();
    auto& b = code.b;
    llvm::Value* values = code.Element(function->getArg(0), code.Int(kWeightsHeader), 1);
    llvm::Value* rows = function->getArg(3);
    const std::vector<llvm::Value*> arrays = CallersArrays(code, places, function);
    llvm::Value* address = b.CreatePtrToInt(function->getArg(4), code.i64);
    address = b.CreateAnd(b.CreateAdd(address, code.Int(NNC_ALIGNMENT - 1)), code.Int(-NNC_ALIGNMENT));
    Environment environment;
    environment.arena = b.CreateIntToPtr(address, code.ptr);
    environment.scratch = code.Element(environment.arena, code.Int(arena_bytes_), 1);
    environment.step = environment.optimizer_step = environment.seed = code.Int(0);
    code.Loop(rows, BlockRows(), [&](llvm::Value* start) {
      llvm::Value* count = code.Minimum(b.CreateSub(rows, start), code.Int(BlockRows()));
      environment.symbol = [&](const std::string&) { return count; };
      for (size_t i = 0; i < places.parts.size(); ++i) {
        if (places.parts[i] == Part::None) continue;
        const int64_t width = RowBytes(places, i) / 4;
        b.CreateCall(TakePart(code, places.parts[i]),
                     {code.Element(arrays[i], code.Mul(start, width), 8), PartsOf(code, places, environment.arena, i), code.Mul(count, width)});
      }
      environment.buffer = [&](int binding) -> llvm::Value* {
        const auto index = static_cast<size_t>(binding);
        if (SourceOf(places.plan.bindings[index]) == Source::Weights) return code.Element(values, code.Int(places.weights[index]));
        if (places.parts[index] != Part::None) return PartsOf(code, places, environment.arena, index);
        if (!arrays[index]) return code.Element(environment.arena, code.Int(holds_at_), 1);
        return code.Element(arrays[index], code.Mul(start, RowBytes(places, index)), 1);
      };
      environment.rows = [&](int) { return llvm::ConstantPointerNull::get(code.ptr); };
      environment.first_row = [&](int) { return start; };
      program.CallKernels(places.plan, environment);
      if (after) after(start, count, environment);
    });
  }

  llvm::Function* TakePart(Code& code, Part part) {
    llvm::Function*& function = take_part_[{code.level, part}];
    if (function) return function;
    const llvm::IRBuilder<>::InsertPointGuard guard(code.b);
    return function = EmitTakePart(code, part);
  }

  llvm::Function* StartRun(Code& code, const std::string& name) {
    llvm::Function* function = code.NewFunction(PredictType(), request_.prefix + name + Name(code.level), true);
    code.b.SetInsertPoint(llvm::BasicBlock::Create(code.context, "entry", function));
    return function;
  }

  // Tells the first event of which a subscript lies outside its axis.
  llvm::Function* EmitSubscripts(Program& program) {
    Code& code = program.code();
    auto& b = code.b;
    llvm::Function* function = StartRun(code, ".subscripts.");
    llvm::Value* saved = program.FlushDenormals();
    RunBlocks(program, *subscript_places_, function, [&](llvm::Value* start, llvm::Value* count, const Environment& environment) {
      llvm::Value* holds = code.Element(environment.arena, code.Int(holds_at_), 1);
      code.Loop(count, 1, [&](llvm::Value* i) {
        llvm::Value* outside = b.CreateFCmpOEQ(b.CreateAlignedLoad(code.f32, code.Element(holds, i), llvm::Align(4)), llvm::ConstantFP::get(code.f32, 0));
        auto* leave = llvm::BasicBlock::Create(code.context, "outside", function);
        auto* on = llvm::BasicBlock::Create(code.context, "on", function);
        b.CreateCondBr(outside, leave, on);
        b.SetInsertPoint(leave);
        code.If(b.CreateICmpNE(function->getArg(5), llvm::ConstantPointerNull::get(code.ptr)), [&] {
          b.CreateAlignedStore(b.CreateAdd(start, i), function->getArg(5), llvm::Align(8));
        });
        program.RestoreMode(saved);
        b.CreateRet(b.getInt32(kObjectBadClass));
        b.SetInsertPoint(on);
      });
    });
    program.RestoreMode(saved);
    b.CreateRet(b.getInt32(kObjectOk));
    return function;
  }

  llvm::Function* EmitRun(Level level) {
    programs_.push_back(std::make_unique<Program>(module_, level));
    Program& program = *programs_.back();
    Code& code = program.code();
    auto& b = code.b;
    llvm::Function* subscripts = subscript_places_ ? EmitSubscripts(program) : nullptr;
    llvm::Function* function = StartRun(code, ".run.");
    if (subscripts) {
      std::vector<llvm::Value*> arguments;
      for (auto& argument : function->args()) arguments.push_back(&argument);
      llvm::Value* status = b.CreateCall(subscripts, arguments);
      auto* refuse = llvm::BasicBlock::Create(code.context, "refuse", function);
      auto* run = llvm::BasicBlock::Create(code.context, "run", function);
      b.CreateCondBr(b.CreateICmpNE(status, b.getInt32(kObjectOk)), refuse, run);
      b.SetInsertPoint(refuse);
      b.CreateRet(status);
      b.SetInsertPoint(run);
    }
    llvm::Value* saved = program.FlushDenormals();
    RunBlocks(program, places_, function, nullptr);
    program.RestoreMode(saved);
    b.CreateRet(b.getInt32(kObjectOk));
    return function;
  }

  struct Registers {
    llvm::Value *a, *b, *c, *d;
  };
  Registers Cpuid(uint32_t leaf, uint32_t subleaf) {
    auto* result = llvm::StructType::get(code_.i32, code_.i32, code_.i32, code_.i32);
    auto* type = llvm::FunctionType::get(result, {code_.i32, code_.i32}, false);
    auto* assembly = llvm::InlineAsm::get(type, "cpuid", "={ax},={bx},={cx},={dx},{ax},{cx},~{dirflag},~{fpsr},~{flags}", true);
    auto& b = code_.b;
    llvm::Value* all = b.CreateCall(type, assembly, {b.getInt32(leaf), b.getInt32(subleaf)});
    return {b.CreateExtractValue(all, 0), b.CreateExtractValue(all, 1), b.CreateExtractValue(all, 2), b.CreateExtractValue(all, 3)};
  }

  llvm::Value* HasAll(llvm::Value* value, std::initializer_list<int> bits) {
    uint32_t wanted = 0;
    for (int bit : bits) wanted |= 1u << bit;
    llvm::Value* masked = code_.b.CreateAnd(value, code_.b.getInt32(wanted));
    return code_.b.CreateICmpEQ(masked, code_.b.getInt32(wanted));
  }

  // 1 for the baseline, 2 for AVX2, 3 for AVX-512: the feature sets x86-64-v3 and v4, as far as the system saves the registers.
  llvm::Function* EmitDetect() {
    auto& b = code_.b;
    llvm::Function* function = code_.NewFunction(llvm::FunctionType::get(code_.i32, false), request_.prefix + ".detect", true);
    auto block = [&](const char* name) { return llvm::BasicBlock::Create(code_.context, name, function); };
    auto *entry = block("entry"), *more = block("more"), *saved = block("saved"), *none = block("none");
    b.SetInsertPoint(none);
    b.CreateRet(b.getInt32(1));
    b.SetInsertPoint(entry);
    const Registers first = Cpuid(1, 0);
    b.CreateCondBr(HasAll(first.c, {12, 22, 27, 28, 29}), more, none);  // fma, movbe, osxsave, avx, f16c
    b.SetInsertPoint(more);
    auto* pair = llvm::StructType::get(code_.i32, code_.i32);
    auto* type = llvm::FunctionType::get(pair, {code_.i32}, false);
    auto* xgetbv = llvm::InlineAsm::get(type, "xgetbv", "={ax},={dx},{cx},~{dirflag},~{fpsr},~{flags}", true);
    llvm::Value* enabled = b.CreateExtractValue(b.CreateCall(type, xgetbv, {b.getInt32(0)}), 0);
    llvm::Value* highest = Cpuid(0, 0).a;
    b.CreateCondBr(b.CreateAnd(HasAll(enabled, {1, 2}), b.CreateICmpUGE(highest, b.getInt32(7))), saved, none);
    b.SetInsertPoint(saved);
    const Registers seventh = Cpuid(7, 0);
    const Registers extended = Cpuid(0x80000001u, 0);
    llvm::Value* avx2 = b.CreateAnd(HasAll(seventh.b, {3, 5, 8}), HasAll(extended.c, {5}));  // bmi1, avx2, bmi2; lzcnt
    llvm::Value* avx512 = b.CreateAnd(HasAll(seventh.b, {16, 17, 28, 30, 31}), HasAll(enabled, {1, 2, 5, 6, 7}));
    avx512 = b.CreateAnd(avx2, avx512);
    b.CreateRet(b.CreateSelect(avx512, b.getInt32(3), b.CreateSelect(avx2, b.getInt32(2), b.getInt32(1))));
    return function;
  }

  void EmitPredict() {
    auto& b = code_.b;
    llvm::Function* detect = EmitDetect();
    auto* chosen = new llvm::GlobalVariable(module_, code_.i32, false, llvm::GlobalValue::InternalLinkage, b.getInt32(0),
                                            request_.prefix + ".level");
    llvm::Function* function = code_.NewFunction(PredictType(), request_.prefix + "_predict", false);
    llvm::GlobalAlias::create(llvm::GlobalValue::ExternalLinkage, LayoutName(request_.prefix + "_predict", request_.layout), function);
    auto block = [&](const std::string& name) { return llvm::BasicBlock::Create(code_.context, name, function); };
    auto *entry = block("entry"), *start = block("start"), *ask = block("ask"), *run = block("run"), *refuse = block("refuse");
    b.SetInsertPoint(entry);
    std::vector<llvm::Value*> arguments;
    for (auto& argument : function->args()) arguments.push_back(&argument);
    llvm::Value* no_weights = b.CreateICmpEQ(arguments[0], llvm::ConstantPointerNull::get(code_.ptr));
    arguments[0] = b.CreateSelect(no_weights, trained_, arguments[0]);
    llvm::Value* status = b.CreateCall(checks_, arguments);
    llvm::Value* nothing = b.CreateICmpEQ(arguments[3], code_.Int(0));
    b.CreateCondBr(b.CreateOr(b.CreateICmpNE(status, b.getInt32(kObjectOk)), nothing), refuse, start);
    b.SetInsertPoint(refuse);
    b.CreateRet(status);
    b.SetInsertPoint(start);
    auto* load = b.CreateAlignedLoad(code_.i32, chosen, llvm::Align(4));
    load->setAtomic(llvm::AtomicOrdering::Monotonic);
    b.CreateCondBr(b.CreateICmpEQ(load, b.getInt32(0)), ask, run);
    b.SetInsertPoint(ask);
    // Threads that ask at the same time find and write the same.
    llvm::Value* found = b.CreateBinaryIntrinsic(llvm::Intrinsic::smin, b.CreateCall(detect), b.getInt32(static_cast<uint32_t>(runs_.size())));
    b.CreateAlignedStore(found, chosen, llvm::Align(4))->setAtomic(llvm::AtomicOrdering::Monotonic);
    b.CreateBr(run);
    b.SetInsertPoint(run);
    auto* level = b.CreatePHI(code_.i32, 2);
    level->addIncoming(load, start);
    level->addIncoming(found, ask);
    std::vector<llvm::BasicBlock*> calls;
    for (size_t i = 0; i < runs_.size(); ++i) calls.push_back(block(std::string("call.") + Name(kLevels[i])));
    auto* dispatch = b.CreateSwitch(level, calls[0], 2);
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (i > 0) dispatch->addCase(b.getInt32(static_cast<uint32_t>(i) + 1), calls[i]);
      b.SetInsertPoint(calls[i]);
      b.CreateRet(b.CreateCall(runs_[i], arguments));
    }
  }

  llvm::Module& module_;
  const ObjectRequest& request_;
  const Plan& plan_;
  Code code_;
  std::vector<std::unique_ptr<Program>> programs_;
  std::vector<llvm::Function*> runs_;
  std::map<std::string, int64_t> weight_at_, part_at_;  // of arrays, by binding's name: in floats, in bytes
  int64_t weights_ = 0, parts_bytes_ = 0, parts_at_ = 0, holds_at_ = 0;
  const Places places_;
  std::unique_ptr<Places> subscript_places_;
  std::map<std::pair<Level, Part>, llvm::Function*> take_part_;
  int64_t arena_bytes_ = 0, workspace_bytes_ = 0;
  llvm::GlobalVariable* trained_ = nullptr;
  llvm::Function* checks_ = nullptr;
};

}  // namespace

ObjectResult EmitObject(const ObjectRequest& request) {
  ObjectResult result;
  result.error = WhyNot(request);
  if (!result.error.empty()) return result;
  auto machine = MakeTargetMachine(request.triple.empty() ? HostTriple() : request.triple, Level::Baseline, false, &result.error);
  if (!machine) return result;
  llvm::LLVMContext context;
  llvm::Module module(request.prefix, context);
  module.setDataLayout(machine->createDataLayout());
  module.setTargetTriple(machine->getTargetTriple().str());
  module.setPICLevel(llvm::PICLevel::BigPIC);
  ObjectCode(module, request).Emit();
  Optimize(module, *machine, false);
  result.object = Compile(module, *machine, false);
  return result;
}

}  // namespace nnc::codegen
