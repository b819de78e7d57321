// What can be wrong with a user's file, with everything a diagnostic needs to point at the place.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::runtime {

enum class DataErrorKind {
  FileNotFound,    // no such file, or not readable
  MalformedData,   // the file's structure or a cell is not what it has to be
  NonFiniteData,   // a missing, infinite or not-a-number cell where a number is needed
  EmptyData,       // no rows where at least one is needed
  UnknownColumn,   // a column that the file does not have
  UnknownLabel,    // a label that the dictionary was not fitted on
  TooLarge,        // more than the limit allows
  WriteFailed      // a file or folder could not be written
};

// The kind's name as the list above spells it, e.g. "MalformedData".
std::string_view DataErrorName(DataErrorKind kind);

// A place in a user's file.
struct DataPlace {
  std::string file;    // path as the user gave it; empty if there is none
  int64_t row = 0;     // data row of the file, counted from 1 without the header; 0 = no particular row
  int64_t line = 0;    // line of the file, counted from 1; 0 = not known
  std::string column;  // column name; empty = no particular column
  bool begins = false;  // there an event begins that has further rows, perhaps in other files
};

// What cures an error: a sentence, and the setting of the source that it offers first, if it is one, as it stands there in backticks.
struct Cure {
  Cure(std::string hint = "") : hint(std::move(hint)) {}
  Cure(const char* hint) : hint(hint) {}

  std::string hint;
  std::string setting;
};

// The setting in backticks, with a sentence around it. One that leaves something out, `names = [...]`, is none to take as it stands.
Cure Offered(const std::string& setting);
Cure operator+(const std::string& before, Cure cure);
Cure operator+(Cure cure, const std::string& behind);

// Two cures in one sentence.
Cure Either(Cure first, const std::string& between, const Cure& second);

// what() is the whole message in the style of diagnostics, with file and row:
//   data.csv:17: cannot read `abc` in column `x` as a number (row 16)
struct DataError : std::runtime_error {
  DataError(DataErrorKind kind, std::string message, DataPlace where = {}, Cure cure = {});

  DataErrorKind kind;
  std::string message;  // the situation alone, without place
  DataPlace where;
  std::string hint;     // the cure; empty if there is none to offer
  std::string of_input;  // another one, of a column that a model takes as input
  bool in_file = false;  // the cure is one of this file, whatever a program says
  std::string setting;  // of the source, where the cure is one: `missing = "?"`

  std::string Help() const { return hint + (hint.empty() || of_input.empty() ? "" : "; ") + of_input; }
};

// The setting that leaves out the first lines, through this one, and further settings beside it.
Cure FirstLinesLeftOut(int64_t last, const std::string& further = "");

// The setting that leaves out a few lines by their numbers, as it is written.
std::string LinesLeftOut(int64_t first, int64_t last);
std::string LinesLeftOut(const std::vector<int64_t>& lines);

// The setting that replaces what a pattern matches in each line; pairs of pattern and what stands instead.
Cure ReplacedInLines(const std::vector<std::string>& pairs);

// The command that takes these lines out of a file that the program does not name, as cures propose it.
std::string LinesTakenOut(int64_t first, int64_t last);

// A cure whose commands read `old.csv` as they read the packed `old.csv.gz`: `zcat old.csv.gz | sed 1d > new.csv`.
std::string ForPackedFile(std::string_view hint);

// The same for a text whose lines end in CR alone, which commands take for one line: `tr '\\r' '\\n' < old.csv | sed 1d > new.csv`.
std::string ForLineEnds(std::string_view content, std::string_view hint);

}  // namespace nnc::runtime
