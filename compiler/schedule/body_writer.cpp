#include "compiler/schedule/body_writer.h"

#include <algorithm>

#include "compiler/schedule/affine.h"

namespace nnc::schedule {

using ir::Affine;
using ir::Scalar;

bool SameElement(const Address& a, const Address& b) { return a.buffer == b.buffer && a.subscripts == b.subscripts; }

int BodyWriter::Write(const Scalar& step) {
  for (size_t s = static_cast<size_t>(reachable_); s < kernel_.body.size(); ++s) {
    if (kernel_.body[s] == step) return static_cast<int>(s);
  }
  kernel_.body.push_back(step);
  return static_cast<int>(kernel_.body.size()) - 1;
}

int BodyWriter::Read(const Address& address) {
  Scalar step;
  step.kind = Scalar::Kind::Access;
  auto same = [&](const Address& other) { return SameElement(address, other) && address.guarded == other.guarded; };
  const auto found = std::find_if(kernel_.reads.begin(), kernel_.reads.end(), same);
  step.index = static_cast<int>(found - kernel_.reads.begin());
  if (found == kernel_.reads.end()) kernel_.reads.push_back(address);
  return Write(step);
}

int BodyWriter::IndexValue(const Affine& value) {
  const auto found = std::find(kernel_.index_values.begin(), kernel_.index_values.end(), value);
  const int number = static_cast<int>(found - kernel_.index_values.begin());
  if (found == kernel_.index_values.end()) kernel_.index_values.push_back(value);
  return number;
}

int BodyWriter::Copy(const Kernel& source, int first, int last, const std::vector<Affine>& values, std::vector<int>& steps,
                     const OnRead& on_read) {
  steps.resize(source.body.size(), -1);
  for (int s = first; s <= last; ++s) {
    Scalar step = source.body[static_cast<size_t>(s)];
    int& written = steps[static_cast<size_t>(s)];
    switch (step.kind) {
      case Scalar::Kind::Access: {
        Address address = source.reads[static_cast<size_t>(step.index)];
        for (Affine& subscript : address.subscripts) subscript = Substitute(subscript, values);
        written = on_read(address);
        continue;
      }
      case Scalar::Kind::Index: {
        const Affine value = Substitute(source.index_values[static_cast<size_t>(step.index)], values);
        if (value.terms.empty()) {
          step.kind = value.constant.IsConstant() ? Scalar::Kind::Literal : Scalar::Kind::Extent;
          step.index = 0;
          if (value.constant.IsConstant()) {
            step.literal = static_cast<double>(value.constant.Constant());
          } else {
            step.extent = value.constant;
          }
        } else {
          step.index = IndexValue(value);
        }
        break;
      }
      case Scalar::Kind::Call:
        for (int& argument : step.arguments) {
          if (argument >= 0) argument = steps[static_cast<size_t>(argument)];
        }
        break;
      case Scalar::Kind::Literal:
      case Scalar::Kind::Extent: break;
    }
    written = Write(step);
  }
  return steps[static_cast<size_t>(last)];
}

void BodyWriter::EndFold(int folded) {
  kernel_.folded = folded;
  // Steps written after `folded` cannot exist yet: it is the last one.
  reachable_ = folded + 1;
}

}  // namespace nnc::schedule
