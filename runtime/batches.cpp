#include "runtime/batches.h"

#include "runtime/data_error.h"
#include "runtime/split.h"
#include "runtime/trainer.h"

namespace nnc::runtime {

static bool AreConsecutive(const std::vector<int64_t>& rows) {
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i] != rows[i - 1] + 1) return false;
  }
  return true;
}

BatchCursor::BatchCursor(const TrainSource& source, uint64_t seed, uint32_t stream)
    : source_(source), seed_(seed), stream_(stream), total_(static_cast<int64_t>(source.rows.size())) {
  if (total_ == 0) {
    std::string name = source.name.empty() ? "the data set" : "`" + source.name + "`";
    throw DataError(DataErrorKind::EmptyData, "the training part of " + name + " has no rows");
  }
  batch_ = source.batch <= 0 || source.batch > total_ ? total_ : source.batch;
  // A batch of all rows is the same in any order.
  shuffled_ = source.shuffle && batch_ < total_;
  consecutive_ = !shuffled_ && AreConsecutive(source.rows);
  first_ = source.rows.front();
  if (!consecutive_) order_ = source.rows;
}

void BatchCursor::Advance() {
  bool new_pass = position_ < 0 || AtEndOfPass();
  position_ = new_pass ? 0 : position_ + batch_;
  if (!new_pass) return;
  if (shuffled_) ShuffleForEpoch(source_.rows, seed_, pass_, stream_, order_);
  ++pass_;
}

}  // namespace nnc::runtime
