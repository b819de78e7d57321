// See object_checks.h.
#include "compiler/codegen/object_checks.h"

#include <algorithm>
#include <limits>

namespace nnc::codegen {

std::string LayoutName(const std::string& name, uint64_t layout) {
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) digits += "0123456789abcdef"[(layout >> shift) & 15];
  return name + "_" + digits;
}

namespace {

using Check = ObjectRequest::Check;

class ObjectChecks {
 public:
  ObjectChecks(Code& code, const ObjectRequest& request, int64_t values) : code_(code), b_(code.b), request_(request), values_(values) {}

  llvm::Function* Emit() {
    auto not_finite = [&](llvm::Value* value, llvm::Value*) { return NotFinite(value); };
    auto is_mark = [&](llvm::Value* value, llvm::Value* mark) { return b_.CreateFCmpOEQ(Single(value), Single(Alike(mark, value))); };
    for (llvm::Type* element : {code_.f32, b_.getDoubleTy()}) {
      first_no_class_[element] = EmitScan("no_class", element, [&](llvm::Value* value, llvm::Value* classes) { return NoClass(value, classes); });
      first_not_finite_[element] = EmitScan("not_finite", element, not_finite);
      if (std::any_of(request_.inputs.begin(), request_.inputs.end(), [&](const auto& field) { return ElementOf(field) == element && !field.missing.empty(); }))
        first_mark_[element] = EmitScan("mark", element, is_mark);
    }
    EmitErrorText();
    EmitCheck();
    return EmitArgumentChecks();
  }

 private:
  llvm::Function* Start(llvm::Type* result, std::vector<llvm::Type*> parameters, const std::string& name, bool internal) {
    auto* function = code_.NewFunction(llvm::FunctionType::get(result, parameters, false), name, internal);
    b_.SetInsertPoint(llvm::BasicBlock::Create(code_.context, "entry", function));
    return function;
  }

  // Goes on at a new block unless the condition holds; then `leave` ends the function.
  void LeaveIf(llvm::Value* condition, const std::function<void()>& leave) {
    llvm::Function* function = b_.GetInsertBlock()->getParent();
    auto* out = llvm::BasicBlock::Create(code_.context, "leave", function);
    auto* on = llvm::BasicBlock::Create(code_.context, "on", function);
    b_.CreateCondBr(condition, out, on);
    b_.SetInsertPoint(out);
    leave();
    b_.SetInsertPoint(on);
  }

  llvm::Value* IsNull(llvm::Value* pointer) { return b_.CreateICmpEQ(pointer, llvm::ConstantPointerNull::get(code_.ptr)); }

  // The float as `value` is: one, or sixteen.
  llvm::Value* Alike(llvm::Value* number, llvm::Value* value) { return value->getType()->isVectorTy() ? code_.Splat(number) : number; }

  // Rounded to single precision, in which marks count.
  llvm::Value* Single(llvm::Value* value) { return b_.CreateFPTrunc(value, value->getType()->isVectorTy() ? static_cast<llvm::Type*>(code_.vec) : code_.f32); }

  // True where the value (a float, or sixteen) is bad.
  llvm::Value* NotFinite(llvm::Value* value) {
    llvm::Value* size = b_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, value);
    return b_.CreateFCmpUGT(size, llvm::ConstantFP::get(value->getType(), std::numeric_limits<float>::max()));
  }

  llvm::Value* NoClass(llvm::Value* value, llvm::Value* classes) {
    llvm::Type* type = value->getType();
    llvm::Value* zero = llvm::Constant::getNullValue(type);
    llvm::Value* within = b_.CreateAnd(b_.CreateFCmpOGE(value, zero), b_.CreateFCmpOLT(value, Alike(classes, value)));
    llvm::Value* safe = b_.CreateSelect(within, value, zero);  // numbers that fit into an integer
    llvm::Value* whole = b_.CreateSIToFP(b_.CreateFPToSI(safe, type->isVectorTy() ? static_cast<llvm::Type*>(code_.ivec) : code_.i32), type);
    return b_.CreateNot(b_.CreateAnd(within, b_.CreateFCmpOEQ(whole, safe)));
  }

  llvm::Type* ElementOf(const ObjectRequest::Field& field) const { return field.rest.empty() ? code_.f32 : b_.getDoubleTy(); }

  // int64_t (const element* data, int64_t count, element asked): the place of the first number that is `bad` by what is asked, or count.
  // Sixteen at a time, the rest one by one, so that nothing behind the data is touched and single events are quick.
  llvm::Function* EmitScan(const std::string& name, llvm::Type* element, const std::function<llvm::Value*(llvm::Value*, llvm::Value*)>& bad) {
    const bool single = element == code_.f32;
    auto* function = Start(code_.i64, {code_.ptr, code_.i64, element}, request_.prefix + ".first_" + name + (single ? "" : "_double"), true);
    function->addFnAttr(llvm::Attribute::NoInline);  // columns may be many
    const int bytes = single ? 4 : 8;
    const llvm::Align align(static_cast<uint64_t>(bytes));
    llvm::Value *data = function->getArg(0), *count = function->getArg(1), *asked = function->getArg(2);
    llvm::Value* whole = b_.CreateAnd(count, code_.Int(-kLanes));
    code_.Loop(whole, kLanes, [&](llvm::Value* i) {
      llvm::Value* numbers = b_.CreateAlignedLoad(llvm::FixedVectorType::get(element, kLanes), code_.Element(data, i, bytes), align);
      llvm::Value* bits = b_.CreateBitCast(bad(numbers, asked), b_.getInt16Ty());
      LeaveIf(b_.CreateICmpNE(bits, b_.getInt16(0)), [&] {
        llvm::Value* lane = b_.CreateBinaryIntrinsic(llvm::Intrinsic::cttz, bits, b_.getTrue());
        b_.CreateRet(b_.CreateAdd(i, b_.CreateZExt(lane, code_.i64)));
      });
    });
    code_.Loop(b_.CreateSub(count, whole), 1, [&](llvm::Value* i) {
      llvm::Value* place = b_.CreateAdd(whole, i);
      LeaveIf(bad(b_.CreateAlignedLoad(element, code_.Element(data, place, bytes), align), asked), [&] { b_.CreateRet(place); });
    });
    b_.CreateRet(count);
    return function;
  }

  void EmitErrorText() {
    auto* function = Start(code_.ptr, {code_.i32}, request_.prefix + "_error_text", false);
    auto* other = llvm::BasicBlock::Create(code_.context, "other", function);
    auto* choice = b_.CreateSwitch(function->getArg(0), other, std::size(kObjectStatuses));
    uint32_t code = 0;
    for (const ObjectStatus& status : kObjectStatuses) {
      auto* block = llvm::BasicBlock::Create(code_.context, status.name, function);
      choice->addCase(b_.getInt32(code++), block);
      b_.SetInsertPoint(block);
      b_.CreateRet(b_.CreateGlobalString(status.text, request_.prefix + ".text"));
    }
    b_.SetInsertPoint(other);
    b_.CreateRet(b_.CreateGlobalString("not a code of this model's", request_.prefix + ".text"));
  }

  llvm::Value* OtherLayout(llvm::Value* weights) {
    return b_.CreateICmpNE(b_.CreateAlignedLoad(code_.i64, weights, llvm::Align(4)), b_.getInt64(request_.layout));
  }

  void EmitCheck() {
    auto* function = Start(code_.i32, {code_.ptr, code_.i64}, request_.prefix + "_check", false);
    auto leave = [&](ObjectStatusCode status) { return [this, status] { b_.CreateRet(b_.getInt32(status)); }; };
    LeaveIf(IsNull(function->getArg(0)), leave(kObjectMissingArray));
    const int64_t held = std::max<int64_t>(values_, 1);
    const int64_t bytes = (kWeightsHeader + 4 * held + 7) / 8 * 8;
    LeaveIf(b_.CreateICmpNE(function->getArg(1), code_.Int(bytes)), leave(kObjectWrongWeights));
    LeaveIf(OtherLayout(function->getArg(0)), leave(kObjectWrongWeights));
    llvm::Value* numbers = code_.Element(function->getArg(0), code_.Int(kWeightsHeader), 1);
    llvm::Value* bad = b_.CreateCall(first_not_finite_.at(code_.f32), {numbers, code_.Int(held), llvm::ConstantFP::get(code_.f32, 0)});
    LeaveIf(b_.CreateICmpNE(bad, code_.Int(held)), leave(kObjectWrongWeights));
    b_.CreateRet(b_.getInt32(kObjectOk));
  }

  void Tell(llvm::Value* fault, llvm::Value* event, llvm::Value* name) {
    code_.If(b_.CreateNot(IsNull(fault)), [&] {
      b_.CreateAlignedStore(event, fault, llvm::Align(8));
      b_.CreateAlignedStore(name, code_.Element(fault, code_.Int(1), 8), llvm::Align(8));
    });
  }

  llvm::Value* Text(const std::string& name) { return b_.CreateGlobalString(name, request_.prefix + ".field"); }

  // Of the events, the first with a bad number among those that count, or `events`. A number of rows that is none is told by its own check.
  llvm::Value* FirstInRows(llvm::Function* first, llvm::Value* data, llvm::Value* counts, const ObjectRequest::Field& field, llvm::Value* events, llvm::Value* asked) {
    const int bytes = field.rest.empty() ? 4 : 8;
    return code_.Loop(events, 1, {events}, [&](llvm::Value* event, const Code::Values& found) {
      llvm::Value* count = b_.CreateAlignedLoad(code_.f32, code_.Element(counts, event, 4), llvm::Align(4));
      llvm::Value* zero = llvm::ConstantFP::get(code_.f32, 0);
      llvm::Value* fits = b_.CreateAnd(b_.CreateFCmpOGE(count, zero), b_.CreateFCmpOLE(count, llvm::ConstantFP::get(code_.f32, static_cast<double>(field.width))));
      llvm::Value* rows = b_.CreateFPToSI(b_.CreateSelect(fits, count, zero), code_.i64);
      llvm::Value* place = b_.CreateCall(first, {code_.Element(data, code_.Mul(event, field.width), bytes), rows, asked});
      return Code::Values{b_.CreateSelect(b_.CreateAnd(b_.CreateICmpNE(place, rows), b_.CreateICmpULT(event, found[0])), event, found[0])};
    })[0];
  }

  llvm::Function* EmitArgumentChecks() {
    auto* function = Start(code_.i32, {code_.ptr, code_.ptr, code_.ptr, code_.i64, code_.ptr, code_.ptr}, request_.prefix + ".checks", true);
    llvm::Value *rows = function->getArg(3), *fault = function->getArg(5), *nowhere = code_.Int(-1);
    llvm::Value* nothing = Text("");
    auto leave = [&](ObjectStatusCode status, llvm::Value* name) {
      return [this, status, fault, nowhere, name] {
        Tell(fault, nowhere, name);
        b_.CreateRet(b_.getInt32(status));
      };
    };
    LeaveIf(b_.CreateICmpSLT(rows, code_.Int(0)), leave(kObjectBadCount, nothing));
    if (request_.one_block && !request_.plan->symbols.empty())
      LeaveIf(b_.CreateICmpSGT(rows, code_.Int(request_.plan->capacities.at(request_.plan->symbols[0]))), leave(kObjectBadCount, nothing));
    LeaveIf(OtherLayout(function->getArg(0)), leave(kObjectWrongWeights, nothing));
    LeaveIf(b_.CreateICmpEQ(rows, code_.Int(0)), leave(kObjectOk, nothing));
    LeaveIf(IsNull(function->getArg(1)), leave(kObjectMissingArray, Text("input")));
    LeaveIf(IsNull(function->getArg(2)), leave(kObjectMissingArray, Text("output")));
    LeaveIf(IsNull(function->getArg(4)), leave(kObjectMissingArray, Text("workspace")));
    auto array = [&](unsigned structure, size_t member) {
      llvm::Value* place = code_.Element(function->getArg(structure), code_.Int(static_cast<int64_t>(member)), 8);
      return b_.CreateAlignedLoad(code_.ptr, place, llvm::Align(8));
    };
    for (size_t i = 0; i < request_.inputs.size(); ++i) LeaveIf(IsNull(array(1, i)), leave(kObjectMissingArray, Text(request_.inputs[i].name)));
    for (size_t i = 0; i < request_.outputs.size(); ++i) LeaveIf(IsNull(array(2, i)), leave(kObjectMissingArray, Text(request_.outputs[i].name)));
    // The first event at fault, and of several columns the first: each column is looked at up to where the ones before it were fine.
    llvm::Value *event = rows, *status = b_.getInt32(kObjectOk), *name = nothing;
    for (size_t i = 0; i < request_.inputs.size(); ++i) {
      const ObjectRequest::Field& field = request_.inputs[i];
      auto scan = [&](llvm::Function* first, double asked, ObjectStatusCode code) {
        llvm::Value* asked_of = llvm::ConstantFP::get(first->getArg(2)->getType(), asked);
        llvm::Value* found = nullptr;
        if (field.counted_by >= 0) {
          found = FirstInRows(first, array(1, i), array(1, static_cast<size_t>(field.counted_by)), field, event, asked_of);
        } else {
          found = b_.CreateCall(first, {array(1, i), code_.Mul(event, field.width), asked_of});
          if (field.width != 1) found = b_.CreateUDiv(found, code_.Int(field.width));
        }
        llvm::Value* earlier = b_.CreateICmpULT(found, event);
        event = b_.CreateSelect(earlier, found, event);
        status = b_.CreateSelect(earlier, b_.getInt32(code), status);
        name = b_.CreateSelect(earlier, Text(field.name), name);
      };
      if (field.check == Check::Class) scan(first_no_class_.at(ElementOf(field)), static_cast<double>(field.classes), kObjectBadClass);
      if (field.check == Check::Finite) scan(first_not_finite_.at(ElementOf(field)), 0, kObjectNotFinite);
      for (double mark : field.missing) scan(first_mark_.at(ElementOf(field)), mark, kObjectNotFinite);
    }
    Tell(fault, b_.CreateSelect(b_.CreateICmpEQ(status, b_.getInt32(kObjectOk)), nowhere, event), name);
    b_.CreateRet(status);
    return function;
  }

  Code& code_;
  llvm::IRBuilder<>& b_;
  const ObjectRequest& request_;
  int64_t values_;
  std::map<llvm::Type*, llvm::Function*> first_no_class_, first_not_finite_, first_mark_;  // by element
};

}  // namespace

llvm::Function* EmitObjectChecks(Code& code, const ObjectRequest& request, int64_t values) { return ObjectChecks(code, request, values).Emit(); }

}  // namespace nnc::codegen
