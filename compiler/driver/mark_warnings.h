// Numbers that may stand for missing values, and numbers that are taken for such.
#pragma once
#include <vector>

#include "compiler/driver/session.h"
#include "compiler/sema/program.h"
#include "runtime/table.h"

namespace nnc::driver {

// Columns of which several cells hold one number far from all their others: W0612, once for each such number. What all of them propose holds together.
void WarnOfMarks(Session& session, const runtime::Table& table, const sema::DataSource& data, const std::vector<sema::RawColumn>& raws);

// Numbers that the source's `missing` lists for a column in which they lie beyond all others, and that lie among the numbers of another: W0624, once for
// each such number.
void WarnOfTakenNumbers(Session& session, const runtime::Table& table, const sema::SourceHeader& source, const std::vector<sema::RawColumn>& raws);

}  // namespace nnc::driver
