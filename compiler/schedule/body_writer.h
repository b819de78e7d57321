// Builds the body of a kernel out of bodies of others: equal steps, reads and index values are written once.
#pragma once
#include <functional>
#include <map>
#include <vector>

#include "compiler/schedule/plan.h"

namespace nnc::schedule {

bool SameElement(const Address& a, const Address& b);  // buffer and subscripts

class BodyWriter {
 public:
  explicit BodyWriter(Kernel& kernel) : kernel_(kernel) {}

  int Read(const Address& address);
  int Write(const ir::Scalar& step);  // arguments, read and index numbers are the kernel's own

  // Decides what stands for a read of the copied body: the number of a step of this kernel.
  using OnRead = std::function<int(const Address&)>;
  // Copies steps [first, last] of `source` with loop k standing for values[k]; `steps` maps source steps to new ones and
  // holds those before `first` that are referred to. Reads come to `on_read` with their subscripts rewritten, their guards
  // as they were. Returns the number of the last step.
  int Copy(const Kernel& source, int first, int last, const std::vector<ir::Affine>& values, std::vector<int>& steps,
           const OnRead& on_read);

  // Ends the fold: step `folded` is the folded value, earlier steps are out of reach.
  void EndFold(int folded);

 private:
  int IndexValue(const ir::Affine& value);
  Kernel& kernel_;
  int reachable_ = 0;  // steps before this one are not shared (but for `folded`)
};

}  // namespace nnc::schedule
