// A data source in memory, as compiled functions want it: fields as columns of floats (or bytes, where a field is a file's column of
// bytes), the rows of each part, fitted values and label dictionaries.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/driver/column_evaluator.h"
#include "compiler/driver/data_files.h"
#include "compiler/driver/field_rounds.h"
#include "compiler/driver/tensor.h"
#include "compiler/sema/program.h"
#include "runtime/labels.h"

namespace nnc::driver {

// What was fitted on training data and is applied unchanged ever after.
struct Fits {
  HostValues values;                                        // by Fitted input
  std::map<std::string, runtime::LabelDictionary> labels;  // by LabelKey
  Fills fills;                                              // of columns with missing values
};
// The key of the dictionary that the column is read with.
std::string LabelKey(const std::string& source, const sema::RawColumn& raw);

// The file's column as a graph wants it: numbers, 1 where a label is the named one, or classes; `rows` (or all) must be usable.
// Throws DataError.
runtime::Column EncodeColumn(const runtime::Table& table, const sema::RawColumn& raw, const runtime::LabelDictionary* labels);

// What rounding to single took from a column of numbers, and whether a graph has an input for it (passes/two_singles.h).
runtime::Column EncodeRests(const runtime::Table& table, const sema::RawColumn& raw);
bool ReadsRests(const ir::Graph& graph, const sema::RawColumn& raw);

// What is wrong with single columns: gathered, so that all of it is told at once.
class CellMistakes {
 public:
  // False if the work throws a DataError, which is of what stands at the span.
  template <typename Work>
  bool Try(Span span, Work&& work) {
    try {
      work();
      return true;
    } catch (const runtime::DataError& error) {
      all_.emplace_back(error, span);
      return false;
    }
  }
  const std::vector<std::pair<runtime::DataError, Span>>& all() const { return all_; }

 private:
  std::vector<std::pair<runtime::DataError, Span>> all_;
};

class LoadedSource {
 public:
  // With `fits`, their values and dictionaries are applied; without, they are fitted on the training part.
  LoadedSource(Session& session, DataFiles& files, const sema::DataSource& data, const Fits* fits);

  // Reads the files (or numbers the events that are to be drawn), splits and encodes. Reports, and is false, on failure.
  bool Open();
  // Computes the named fields and what they rest on. Reports, and is false, on failure.
  bool Materialise(const std::set<std::string>& fields);

  int64_t rows() const { return rows_; }
  int64_t dropped() const { return dropped_; }  // events that lack a value and were left out
  const runtime::LostText& lost() const { return lost_; }  // text in columns of numbers that went with them
  const runtime::Split& parts() const { return parts_; }
  const std::vector<int64_t>& TrainRows() const;  // none: a part that is not there
  std::vector<int64_t> AllRows() const;           // of all parts, ascending
  // After Open: how a field is stored, which the functions that read it must know. Nothing: floats.
  std::optional<ir::DType> StorageOf(const std::string& field) const;

  // After Materialise.
  const nnc_column* Bound(const std::string& field) const;
  const runtime::Column& Field(const std::string& field) const { return *fields_.at(field); }
  const HostValues& fitted() const { return fitted_; }
  const std::map<std::string, runtime::LabelDictionary>& labels() const { return labels_; }
  const Fills& fills() const { return fills_; }
  // Where an event stands in its file; no row for one that was drawn.
  runtime::DataPlace PlaceOf(int64_t row) const;
  // The column of the file that the field is as it stands there; null for another.
  const sema::RawColumn* PlainCopy(const std::string& field) const;
  // Mean weight of the training part's events; 1 where events have no weights.
  double MeanWeight() const;
  const sema::SourceHeader& header() const { return header_; }

 private:
  bool OpenFiles();
  bool EncodeTable(size_t number, std::vector<EventTable>& tables);
  void EncodeColumns(size_t number, EventTable& events, const std::vector<sema::RawColumn>& raws, CellMistakes& mistakes);
  void EncodeNumbers(size_t number, const EventTable& events, const sema::RawColumn& raw, const ir::Graph& needed, std::set<std::string>& similar);
  void EncodeLabels(size_t number, const EventTable& events, const sema::RawColumn& raw, std::set<std::string>& compared, std::set<std::string>& similar);
  void WarnOfFigures(size_t number, const runtime::Table& table, const std::vector<sema::RawColumn>& raws);
  void WarnOfWriting(size_t number, const runtime::Table& table, const sema::RawColumn& raw, std::set<std::string>& similar);
  bool IsInput(const std::string& column) const;
  std::string WhatBecomesOf(const std::vector<std::string>& columns) const;
  std::string UnlearntLabelHint(const runtime::DataError& error, size_t number, const EventTable& events, Span span) const;
  runtime::DataError ToldOfCell(const runtime::DataError& error, const std::vector<std::string>& alike, size_t number, const EventTable& events, Span& span) const;
  bool ReportCells(const CellMistakes& mistakes, size_t number, const EventTable& events);  // whether there are any
  void FitLabels(size_t number, const EventTable& events, CellMistakes& mistakes);
  void FillInputs(size_t number, EventTable& events);
  void CheckComparison(const EventTable& events, const sema::RawColumn& raw, const runtime::Column& equal) const;
  void CheckNumberComparisons(const EventTable& events) const;
  bool TakeFits(const std::set<std::string>& names);
  void ReportNotFinite(const FieldRounds::NoFigure& none);
  bool ComputeFields(const std::set<std::string>& fields);
  bool CheckFinite(const std::set<std::string>& fields);
  Storage RawStorage() const;

  Session& session_;
  DataFiles& files_;
  const sema::DataSource& data_;
  const Fits* given_;
  sema::SourceHeader header_;  // with files replaced
  int64_t rows_ = 0;
  int64_t dropped_ = 0;
  runtime::LostText lost_;
  runtime::Split parts_;  // by events
  Columns raw_;  // by graph input
  Columns fields_;
  std::map<std::string, std::unique_ptr<runtime::BoundColumn>> bound_;
  HostValues fitted_;
  std::map<std::string, runtime::LabelDictionary> labels_;
  Fills fills_;
  std::optional<EventTable> places_;  // without columns: where events stand in their file, for messages
};

}  // namespace nnc::driver
