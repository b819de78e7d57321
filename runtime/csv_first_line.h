// What a first line with another number of cells than those behind it may be: a title, sizes, or a header without one of the names.
#pragma once

#include "runtime/csv.h"
#include "runtime/csv_sample.h"

#include <string>
#include <string_view>
#include <vector>

namespace nnc::runtime {

// Whether the second row may be the header: as many cells as the first or more, each a text.
bool HasNamesBelow(const Sample& sample);

// A mark of comments that skips the first row, should it be no row of the table: the sign with which remarks begin, or what tells this line from
// the others. "" where there is none.
std::string MarkOfFirst(std::string_view content, const Sample& sample, char separator, const CsvOptions& options);

// The first row's line as a mark of comments, if no other begins so. "" where it cannot be written, or is long.
std::string FirstAsMark(std::string_view content, const Sample& sample);

// What skips the first row, as a title above the header: "`comment = "Run 5"` skips it", or a command where no mark tells it from other lines.
Cure TitleSkipped(std::string_view content, const Sample& sample, char separator, const CsvOptions& options);

// The setting that names columns of a header which has a name twice, or none: the others with a number behind.
std::string DistinctNames(const std::vector<std::string>& names);

// Whether all rows behind the first have one cell more than it, as R writes them: none above the names of rows, which come first. Not those
// that end in a separator.
bool HasShortHeader(const Sample& sample);

// Whether the rows behind the first begin with names of rows, as R writes them: 1, 2, 3, ..., the same from 0 on, or texts that are all different.
bool HasRowNames(const Sample& sample, const CsvOptions& options);

// Whether all rows behind the first, and they are several, have another number of cells than it. Not those that end in a separator.
bool FirstStandsApart(const Sample& sample);

// Whether the first row has as many cells as the others and is no event all the same, as a line of sizes and classes: a whole number begins it,
// and two columns or more that hold numbers in all rows below hold a text in it.
bool FirstIsOfSizes(std::string_view content, const Sample& sample, char separator, const CsvOptions& options);

// Rows between blanks that begin with names of rows, and no sign that separates cells otherwise, as R writes tables and pandas prints them: the
// error says that, and which names the columns have then.
void RequireNoRowNamesBetweenBlanks(std::string_view content, const CsvOptions& options);

// The first line is none of the table, as one of sizes: the error says what skips it, as the program names the columns.
DataError FirstIsNoneOfTable(std::string_view content, const Sample& sample, const CsvOptions& options);

// The header's cells are as many as those of the rows below, unless a title or another line is taken for it.
void RequireWidth(std::string_view content, const Sample& sample, char separator, const CsvOptions& options);

}  // namespace nnc::runtime
