// What is no mistake in the labels of the data and worth knowing.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "compiler/driver/evaluation.h"
#include "compiler/driver/session.h"

namespace nnc::driver {

// As many events a label has to have, where a message says so.
inline constexpr int64_t kRare = 10;
// The call that numbers a column's labels, with a class for the rare ones: `onehot(kind, unseen = "other", rare = 10)` for `onehot(kind)`.
std::string WithRare(std::string_view call, const std::string& column, int64_t rare = kRare);

// Labels of the rows that a comparison takes for "another one" and that training did not know: W0610, for the first of them.
void WarnOfUnknownLabels(Session& session, const runtime::Table& table, const sema::RawColumn& raw, const runtime::LabelDictionary& known,
                         const std::vector<int64_t>& rows, Span span);

// Labels of the class that `unseen` names, where no event of the training part is of it: W0621, for the first of the rows.
void WarnOfUnlearntLabels(Session& session, const runtime::Table& table, const sema::RawColumn& raw, const runtime::LabelDictionary& known,
                          const std::vector<int64_t>& rows, Span span);

// A label that occurs once where all others occur often, as a line of sums or units has one: W0616.
void WarnOfLabelOnce(Session& session, const runtime::Table& table, const sema::RawColumn& raw);

// A label that other programs write for a missing value, as NA: W0618.
void WarnOfMissingLabels(Session& session, const runtime::Table& table, const std::vector<sema::RawColumn>& raws, const sema::SourceHeader& source);

// Labels of a column that differ in capitals, in blanks around them, in the writing of one number or in a remark behind them, which begins
// as the source's comments do: W0614, once a column.
void WarnOfSimilarLabels(Session& session, const runtime::Table& table, const sema::RawColumn& raw, const std::vector<std::string>& comments);

}  // namespace nnc::driver
