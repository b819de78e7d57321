// Lines of a separated file that are no events: what skips them, and the names of the columns that stand in them.
#pragma once

#include "runtime/csv.h"

#include <string>
#include <string_view>
#include <vector>

namespace nnc::runtime {

// The words of a line, which blanks and tabs separate.
std::vector<std::string> WordsOf(std::string_view line);

// A setting that takes a text or a list of such, with those that are given and more.
std::string ListSetting(const std::string& name, const std::vector<std::string>& given, const std::vector<std::string>& more);

// The setting `comment` with more beginnings, as it is written.
std::string WithComment(const CsvOptions& options, const std::vector<std::string>& starts);

// The setting `missing` with more marks, as it is written.
std::string WithMissing(const CsvOptions& options, const std::vector<std::string>& marks);

// Whether a mark of comments may be made of this: no number begins so, and no cell in quotes.
bool BeginsRemark(std::string_view text);

// #DIV/0!, #N/A, #VALUE!, ...: what spreadsheets write for a cell that cannot be computed.
bool IsErrorOfSheets(std::string_view cell);

// Whether one line of the text alone begins so.
bool BeginsOneLine(std::string_view content, std::string_view start);

// A line of the text, counted from 1, without blanks around it.
std::string_view LineAt(std::string_view content, int64_t line);

// A mark of comments that skips this line and, of all others, none but `lines`: its first cell, or as many as tell it from the others, as they
// stand, in quotes if they do. "" where no such mark can be written. And those of all these lines; none if one of them has none.
std::string MarkOfLine(std::string_view content, const std::vector<int64_t>& lines, int64_t line, char separator, const CsvOptions& options);
std::vector<std::string> MarksOfLines(std::string_view content, const std::vector<int64_t>& lines, char separator, const CsvOptions& options);

// What a line with this first cell begins with: what stands before its first number, if no other line begins so, or all of the cell. ""
// where others begin like it.
std::string StartOfRemark(std::string_view content, std::string_view cell);

// The columns' names, where lines that begin with one of the marks stand above the events: of `#column TYPE NAME` lines, as Geant4 writes
// them, the names; otherwise the cells of the lowest line, if they are as many as those of the first event. Empty where neither is there.
std::vector<std::string> NamesInRemarks(std::string_view content, const std::vector<std::string>& marks);

// The order in which lines of remarks above the events have these names: a line that holds them and no other word, or lines each with one of
// them, behind what differs in its number alone: `#1 energy`, `@attribute energy`. Empty if there are none.
std::vector<std::string> OrderInRemarks(std::string_view content, const std::vector<std::string>& marks, const std::vector<std::string>& names);

// Whether the first line that does not begin with the sign holds no number, as one of names.
bool HasHeaderBelowRemarks(std::string_view content, std::string_view sign = "#");

// The sign with which the first lines begin, be it one alone, as remarks do, #, %, !, ..., and the last of them. No line of the table begins with
// it, and none of them is skipped already. "" where the first line begins otherwise.
struct Remarks {
  std::string sign;
  int64_t last = 0;
};
Remarks RemarksAbove(std::string_view content, const CsvOptions& options);

// Remarks at the top and further lines below them, above the table: what the further ones are is seen without the remarks. Throws DataError MalformedData.
void RequireNoRemarksAbove(const Remarks& remarks, int64_t line_above_table, const CsvOptions& options);

}  // namespace nnc::runtime
