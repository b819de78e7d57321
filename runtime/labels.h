// Label dictionaries: strings or integers <-> classes 0 .. K-1.
//
// The classes are the distinct labels of the rows that the dictionary was fitted on (the training part), in sorted
// order: strings by bytes, integers by value. A label that was not among them is an error, unless the dictionary has a class for such
// labels: then that class comes last, or is the label of that name.
#pragma once

#include "runtime/table.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nnc::runtime {

struct UnseenLabels {
  std::string name;   // of the class of labels that fitting did not meet; empty: they are an error
  int64_t least = 1;  // rows that a label needs to be a class of its own; rarer ones belong to that class, too
};

// What is wrong with labels that are whole numbers beyond 64 bits, of which `label` is one.
DataError TooManyDigits(const Table& table, const Column& column, const std::string& label);

// What is left of a label where its writing does not count: blanks around it, capitals, and how a number is written.
std::string Unwritten(std::string_view label);
// Whether two labels differ in that, or in a stop behind them, alone.
bool IsWrittenLike(std::string_view label, std::string_view other);

class LabelDictionary {
 public:
  // Fits on the given rows of a scalar column of text or of whole numbers. Throws DataError MalformedData for a fraction,
  // NonFiniteData for an unusable cell, EmptyData for no rows.
  static LabelDictionary Fit(const Table& table, const Column& column, std::span<const int64_t> rows, const UnseenLabels& unseen = {});

  // The class of each row of the table. Throws DataError UnknownLabel with row and label.
  std::vector<int64_t> Encode(const Table& table, const Column& column) const;
  // The same for the given rows only, in their order.
  std::vector<int64_t> Encode(const Table& table, const Column& column, std::span<const int64_t> rows) const;

  int64_t size() const { return static_cast<int64_t>(labels_.size()); }
  // The label of a class as text.
  const std::string& Label(int64_t index) const { return labels_[static_cast<size_t>(index)]; }
  const std::vector<std::string>& labels() const { return labels_; }
  bool is_text() const { return is_text_; }

  // The class of labels that are not known; -1 if they are an error.
  int64_t UnseenClass() const { return unseen_class_; }
  // Whether fitting met labels of that class, which training can so have learnt of.
  bool HasMetUnseen() const { return met_unseen_; }
  int64_t ClassOf(const std::string& label) const { return Find(label); }  // -1: not known

  // One line of JSON, `["electron","muon"]` or `[1,2,5]`, or with a class for the rest {"labels":[1,2],"unseen":"other","met":false}, for the metadata of a weights file; and back. `FromJson` throws
  // DataError MalformedData.
  std::string ToJson() const;
  static LabelDictionary FromJson(std::string_view json);

 private:
  void IndexLabels();
  int64_t Find(const std::string& label) const;  // -1 if it is none

  void AddUnseen(const std::string& name);

  bool is_text_ = true;
  std::vector<std::string> labels_;
  bool met_unseen_ = false;
  size_t learned_ = 0;  // labels that fitting met; after them, perhaps, the class of the rest
  int64_t unseen_class_ = -1;
  std::unordered_map<std::string, int64_t> class_of_;
};

}  // namespace nnc::runtime
