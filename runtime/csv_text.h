// The text of a separated file as it is divided into rows: in UTF-8, whatever the file's encoding is, and blank in the lines that the source leaves
// out by number, so that those behind keep theirs.
#pragma once

#include "runtime/csv.h"

#include <string>
#include <string_view>

namespace nnc::runtime {

// Whether that is the content itself.
bool IsCsvText(std::string_view content, const CsvOptions& options);

// In UTF-8. `whole`: the content is the whole file, otherwise the beginning of one, and a character that is cut off at its end is left out.
// Throws DataError MalformedData where the content is none in its encoding, or nobody knows that.
std::string DecodedCsv(std::string content, const CsvOptions& options, bool whole);

// With blanks in the lines that are left out. Throws DataError MalformedData where a whole file has fewer than the first lines.
std::string WithoutSkippedLines(std::string text, const CsvOptions& options, bool whole);

// Decoded, with its lines edited (line_edits.h), and blank in those that are left out.
std::string CsvText(std::string content, const CsvOptions& options, bool whole);

// The end of the line that begins there, and where the next one begins.
size_t EndOfLine(std::string_view text, size_t begin);
size_t BehindLineEnd(std::string_view text, size_t end);

// Whether the line, by its number, is left out.
bool IsSkipped(int64_t line, const CsvOptions& options);

// The text through the last line that is left out.
std::string_view ThroughSkippedLines(std::string_view text, const CsvOptions& options);

// What reads text that is not in UTF-8.
Cure InAnotherEncoding();

// A cure that writes out a text of the file which is not UTF-8: that text is decoded first.
void DecodedFirst(DataError& error);

}  // namespace nnc::runtime
