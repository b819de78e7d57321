// A source's rows, batch by batch: pass after pass, each shuffled on its own and ending with the exact remainder.
#pragma once

#include <cstdint>
#include <vector>

namespace nnc::runtime {

struct TrainSource;

class BatchCursor {
 public:
  // `stream` is the source's number, which keeps the shuffles of several sources apart. The source must outlive the cursor.
  BatchCursor(const TrainSource& source, uint64_t seed, uint32_t stream);

  // Goes on to the next batch, of the next pass if this one is used up.
  void Advance();
  // Forgets what is left of this pass.
  void Restart() { position_ = -1; }

  int64_t batch_size() const { return batch_; }
  int64_t BatchesPerPass() const { return (total_ + batch_ - 1) / batch_; }
  bool AtEndOfPass() const { return position_ + size() == total_; }

  // The current batch: its rows, or null if they are first_row, first_row + 1, ...
  int64_t size() const { return position_ < 0 ? 0 : (position_ + batch_ < total_ ? batch_ : total_ - position_); }
  const int64_t* rows() const { return consecutive_ ? nullptr : order_.data() + position_; }
  int64_t first_row() const { return consecutive_ ? first_ + position_ : 0; }

 private:
  const TrainSource& source_;
  uint64_t seed_;
  uint32_t stream_;
  int64_t total_;
  int64_t batch_;
  int64_t first_ = 0;
  int64_t position_ = -1;  // first row of the batch within the pass; -1: before the first pass
  int64_t pass_ = 0;
  bool shuffled_;
  bool consecutive_ = false;
  std::vector<int64_t> order_;
};

}  // namespace nnc::runtime
