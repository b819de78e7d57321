// What elaboration makes of a program: graphs and the facts needed to run them. The driver loads data by SourceHeader, binds
// graphs' inputs by name, and runs; nothing after sema looks at the syntax tree.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/ir/graph.h"

namespace nnc::sema {

// How the cells of a separated text file are written.
struct CellFormat {
  char separator = 0;                // ' ': blanks; 0: found from the first rows
  std::optional<bool> header;        // whether the first line holds names; nothing: found from the first rows
  std::vector<std::string> names;    // of the columns, where the program lists them
  std::vector<std::string> comments;  // what lines that are skipped begin with
  int64_t skip = 0;                  // how many first lines are left out
  std::vector<int64_t> skip_lines;   // further ones, by their numbers in rising order
  std::string encoding;              // what the file is written in; empty: UTF-8, or what it says itself
  struct Replacement {
    std::string pattern, by;  // an extended regular expression, and what stands instead with $1, $2, ... for its groups
    Span span;
    bool operator==(const Replacement& other) const { return pattern == other.pattern && by == other.by; }
  };
  std::vector<Replacement> replacements;  // in every line, one behind the other
  std::vector<int64_t> widths;       // of fields that no sign separates, in characters; the last one ends with the line
  std::vector<std::string> missing;  // cells that say that there is no value, besides the usual ones
  char decimal = '.';                // what a number's fraction begins with: '.' or ','
  char thousands = 0;                // what sets groups of three digits apart; 0: nothing
  struct Unit {
    std::string text;
    double worth = 1;  // what a number is multiplied by for it
    bool operator==(const Unit&) const = default;
  };
  std::vector<Unit> units;           // what may stand behind a number, or before it
  // Columns that are made beside those of the file; empty: none.
  std::string file;                  // of text, which says which file an event is from
  std::string row;                   // of numbers: the row's place among those of its file, from 1
  bool Makes(const std::string& column) const { return !column.empty() && (column == file || column == row); }
  size_t Made() const { return (file.empty() ? 0 : 1) + (row.empty() ? 0 : 1); }
  bool operator==(const CellFormat&) const = default;
};

// What becomes of a missing or non-finite value of a column. Figures are those of the training part.
struct FillRule {
  enum class Kind { Number, Mean, Median, MostFrequent, Label };
  Kind kind = Kind::Number;
  double number = 0;
  std::string label;
  Span span;
};

// Events of several rows of a file: rows one behind the other that have the same values in the columns `by`. Of a column of `each` an event
// has `most` numbers, those of its rows and zeros; of every other column one, which all of its rows hold. Without `each` a row is an event.
struct EventRows {
  std::vector<std::string> by, each;
  std::optional<int64_t> most;
  std::string count;  // the column that holds how many rows the event has
  Span span, by_span, each_span, most_span, count_span;

  bool IsOfRows(const std::string& column) const { return std::find(each.begin(), each.end(), column) != each.end(); }
  bool TellsEvents(const std::string& column) const { return std::find(by.begin(), by.end(), column) != by.end(); }
  bool AreSeveral() const { return !each.empty(); }
};

// What must be known to open a data source, before its columns are elaborated.
struct SourceHeader {
  struct FilePart {
    std::string part;                // "train", "valid", "test", or "" when `split` divides the events
    std::vector<std::string> paths;  // as written; relative to `folder`, then to NNC_DATA
    std::vector<std::string> labels;  // of each, what the column `cells.file` holds: the path as the program has it
    Span span;
  };
  struct SplitPart {
    std::string name;
    double fraction;
  };
  std::string name;
  Span span;
  std::string folder;          // of the program that declares it
  bool sample = false;
  int64_t count = 0;           // sample: number of events
  std::string format;          // "csv", "idx", ... otherwise
  std::vector<FilePart> files;
  std::vector<SplitPart> split;  // empty: not split (all events are "train")
  uint64_t split_seed = 0;
  CellFormat cells;
  std::optional<EventRows> rows;  // nothing: a row is an event
  // Further sources of the same events, which the program sets beside this one with `and`, called NAME:2, NAME:3, ... All have `rows`, with the
  // same `by`; each is a table of its own, and this one is number 0.
  std::vector<SourceHeader> beside;
  struct NamedFill {
    std::string column;
    FillRule rule;
    Span span;
  };
  std::optional<FillRule> fill;  // of the numbers that models take as input (DataSource::inputs) ...
  std::vector<NamedFill> fills;  // ... and of these columns, whatever they are for
  struct NamedMarks {
    std::string column;
    std::vector<std::string> marks;
    Span span;
  };
  std::vector<NamedMarks> marks;  // what says in these columns that there is no value, beside `cells.missing`
  bool drop = false;             // leaves out events that have a missing value in another column
  std::vector<std::string> mentioned;  // what the block calls by name, be it a column or not
  // The file's columns that the block mentions. All of them are read together, so that every question about the events gets the
  // same events.
  std::vector<std::string> columns;

  size_t Tables() const { return 1 + beside.size(); }
  const SourceHeader& Table(size_t number) const { return number == 0 ? *this : beside[number - 1]; }
  SourceHeader& Table(size_t number) { return number == 0 ? *this : beside[number - 1]; }
  bool TellsEvents(const std::string& column) const { return rows && rows->TellsEvents(column); }
  // One file in the place of all. It is called as the one that it stands for, or, in the place of several, by its path.
  void ReplaceFiles(const std::string& path, const std::string& part) {
    const bool several = files.size() > 1 || files[0].paths.size() > 1;
    files.resize(1);
    files[0].part = part;
    files[0].paths = {path};
    if (several) files[0].labels = files[0].paths;
  }
  // Whether the column is none of a file's, but says which file or which of its rows an event is from.
  bool IsMade(const std::string& column) const {
    for (size_t table = 0; table < Tables(); ++table)
      if (Table(table).cells.Makes(column)) return true;
    return false;
  }
  // Whether the column has a value for each of an event's rows in the table.
  bool IsOfRows(size_t table, const std::string& column) const { return Table(table).rows && Table(table).rows->IsOfRows(column); }
  // The table of whose rows the column says how many an event has.
  std::optional<size_t> TableCountedBy(const std::string& column) const {
    for (size_t table = 0; table < Tables(); ++table)
      if (const auto& counted = Table(table).rows; counted && counted->AreSeveral() && counted->count == column) return table;
    return std::nullopt;
  }

  const NamedMarks* MarksOf(const std::string& column) const {
    for (const NamedMarks& named : marks)
      if (named.column == column) return &named;
    return nullptr;
  }
  const FillRule* FillOf(const std::string& column) const {
    for (const NamedFill& named : fills)
      if (named.column == column) return &named.rule;
    return nullptr;
  }
};

struct ColumnInfo {
  std::string name;
  std::vector<int64_t> shape;  // of one event: [] for a number or text, [28, 28] for an image
  bool text = false;           // known to be text (false where the first rows do not show it)
  bool single = false;         // single precision holds every value: the bytes of an image
  bool counts = false;         // no column of the file: how many rows an event has
  size_t table = 0;            // of the source: which of its tables holds it
  std::string label;           // of text, or of text above numbers: its first cell, ...
  int64_t row = 0;             // ... the event that it belongs to, from 1, ...
  std::string cure;            // ... and what makes a number of it, where it looks as if it were one in another notation
  std::string setting;         // ... by a setting of the source, if it is one
  std::vector<std::string> units;  // ... which the source's `units` would list
  bool many = false;           // of text: nearly as many labels as events, ...
  bool rare = false;           // ... or a label that is there once or twice
  char separator = 0;          // of the first: what separates the file's cells, ' ' for any number of blanks; 0 where that is not known
  std::string header_skipped;  // of the first: what skips the header's line, should that be a title
  std::string remark;          // of the first, which begins so, as `#`: a line that may hold the columns' names is the first that does not
  std::vector<std::string> remarked;  // of the first: names of the columns that lines of remarks above the events seem to give
};

// Answers about files, by whoever can read them. Each may report diagnostics and give nothing.
class SchemaProvider {
 public:
  virtual ~SchemaProvider() = default;
  virtual std::optional<std::vector<ColumnInfo>> Columns(const SourceHeader& source) = 0;
  // How many classes the labels of a column make (`column` is of kind Encode).
  virtual std::optional<int64_t> ClassCount(const SourceHeader& source, const struct RawColumn& column) = 0;
};

// A column as it enters a graph: inputs of role Column (Direct in the prediction function), named `input`.
struct RawColumn {
  enum class Kind {
    Number,  // the file's column as a number (or array of numbers)
    Equals,  // 1 where the text or number equals `text`
    Encode,  // number of the label in the dictionary fitted on the training part
  };
  Kind kind = Kind::Number;
  std::string input;   // name of the graph's input
  std::string column;  // name in the file
  size_t table = 0;    // which of the source's tables holds it, or is counted by it
  std::string text;
  std::shared_ptr<const std::set<std::string>> spellings;  // Equals: labels that every reader takes for the same, `text` among them; or null
  std::vector<int64_t> shape;
  std::vector<std::string> columns;  // Number: columns of the file that make one array; empty: it is one column
  bool unnamed = false;  // `all except` takes it without its name
  bool counts = false;  // of no column of the file: how many rows the event has
  bool single = false;  // Number: single precision holds every value. Otherwise an input passes::RestOf(input) may stand beside `input`
  Span span;
  // Encode: the class of labels that did not occur in training, "" where such a label is a mistake; and how often a label occurs at
  // least in the training part to be a class of its own.
  std::string unseen;
  int64_t rare = 0;

  std::vector<std::string> FileColumns() const { return counts ? columns : columns.empty() ? std::vector<std::string>{column} : columns; }

  // Whether this label of the column is one that the comparison, or an `or` beside it, asks for.
  bool AsksFor(const std::string& label) const { return label == text || (spellings && spellings->count(label) != 0); }

  // What tells this column's dictionary from others of the source.
  std::string Dictionary() const {
    return column + (unseen.empty() ? "" : " unseen " + unseen) + (rare > 1 ? " rare " + std::to_string(rare) : "");
  }
};

// A number (or small tensor) computed on the host in double precision from columns over all events of a part, and bound to the
// Fitted input `input`: the mean and deviation of a preparation, a metric, the loss over a split.
struct HostReduction {
  std::string input;
  std::string function;              // "mean", "std", "min", "max", "sum", "var", or a metric: "roc_auc"
  std::vector<std::string> columns;  // outputs of the graph that it reads, one per argument
  ir::Shape shape;                   // of the result
  std::string labels;                // of a metric: the dictionary whose classes its truth names, or ""
  std::string weights;               // the output that holds the events' weights; "": every event counts once
  std::string rows;                  // the output that says how many rows an event has: the column's next axis, whose elements count by themselves;
                                     // "": it has none
  int source = 0;                    // whose events
  // Of a value that compiled code makes of all events, not a column: `columns` names one output, which has no axis of events. Partial
  // values over blocks of `source`'s events are folded with this monoid; None: all events are taken at once.
  std::optional<ir::Monoid> total = std::nullopt;
  Span span;
};

// A function over all events of a part: outputs have a source's symbol as axis 0, but for those that a total names. Which of them may
// be computed in blocks of events passes/events.h tells. `reductions` are in an order in which each needs only Fitted inputs made by
// earlier ones. Inputs called passes::kSizePrefix + SIZE are sizes of the whole part.
struct ColumnFunction {
  ir::Graph graph;
  std::vector<HostReduction> reductions;
};

struct DataSource {
  SourceHeader header;
  std::string symbol;           // "N", or "edge.N" with several sources
  std::vector<RawColumn> raw;   // inputs of columns.graph
  ColumnFunction columns;       // raw columns (or draws keyed by event) to fields; fits in `reductions`
  struct Field {
    std::string name;           // output of columns.graph
    ir::Shape shape;            // of one event
    std::string labels;         // the dictionary whose classes it names, by number or along its last axis; "" for none
    Span span;                  // where it is defined
  };
  std::vector<Field> fields;
  bool has_weight = false;      // a field named `weight` gives event weights
  std::vector<std::string> weights;  // that field, and others that are the same
  // Numbers that columns of the file are compared with, as in `run == 0`: each occurs in the training part.
  struct NumberComparison {
    std::string column;
    double number;
    Span span;
    bool operator==(const NumberComparison& other) const { return column == other.column && number == other.number; }
  };
  std::vector<NumberComparison> compared;
  // Raw inputs that some model takes as input, directly or through what the block defines; nothing where no training says.
  std::optional<std::set<std::string>> inputs;
};

struct Variable {  // a weight, buffer or optimizer state
  std::string name;
  ir::Role role{};
  std::vector<int64_t> shape;
  double start = 0;  // State: initial value everywhere
};

// Which way a figure gets better.
enum class Direction { Unknown, Rising, Falling };

// A scalar made of host reductions: `graph` has Fitted inputs only and one output, evaluated in double precision.
struct Metric {
  std::string name;  // "loss", "auc"
  Direction better = Direction::Unknown;
  ir::Graph graph;
  Span span;
};

// What a `where` says of values that depend on data columns: it holds for every event, or a training does not begin. Where weights and
// buffers enter too, it is asked when a loss is not finite. And what a loss compares with an answer of a known range: it lies in that, or
// a training that begins tells so.
struct ValueCondition {
  enum class Kind { Data, Index, Model, Reach };  // Index: a subscript that is read from data, inside its axis
  std::string holds;                 // output of the graph that asks: 1 or 0 for each event
  int source = 0;                    // whose events
  Kind kind = Kind::Data;
  std::string message;
  Span span, call;                   // of the condition, and where the body that states it is applied
  struct Named {
    std::string name;                // as in the condition ...
    std::string lowest, highest;     // ... and outputs with its smallest and largest value of each event
  };
  std::vector<Named> named;
};

// Conditions of one elaboration, and the graph that asks for them.
struct StatedConditions {
  ir::Graph graph;                   // Column inputs; outputs of the conditions
  std::vector<ValueCondition> conditions;
};

struct Phase {
  ir::Graph graph;             // the training step: outputs "loss" (scalar) and updates
  ir::Graph checkpointed;      // the same with recurrences that compute again what their derivatives need; empty if not asked for
  std::optional<int64_t> count;  // none: until the training's epochs end
  bool in_epochs = true;       // otherwise steps
};

struct TrainStep {
  std::string name;  // "" unless written with `step`
  std::vector<Phase> phases;
  std::vector<Variable> states;
};

struct Prediction {
  ColumnFunction function;       // raw columns to the model's outputs; Fitted, Weight and Buffer inputs
  std::vector<RawColumn> raw;
  int source = 0;                // the data source (of TrainProgram::sources) whose file columns it reads
  std::vector<std::string> outputs;
  std::vector<ir::Shape> shapes;  // of one event
  std::vector<std::string> labels;  // of each output: the column whose labels its last axis numbers; "" if it does not
  struct Unit {
    std::vector<std::string> undone;    // columns whose preparation has been undone: the output is in their unit before it
    std::vector<std::string> prepared;  // columns whose preparation has no inverse: the output is in their unit after it
    std::vector<std::string> compared;  // columns, prepared wholly or in part, that the loss compares the output with in another way
    std::vector<std::string> beside;    // columns, undone for another output, that a loss reads together with this one
    bool listed = false;                // a column of `compared` is a list of columns that are prepared one by one
    bool rest = false;                  // what was not undone stands as the model gives it, beside what was
  };
  std::vector<Unit> units;  // of each output
  ir::Graph conditions;                     // of the same inputs: whether subscripts that are read from data lie inside their axes ...
  std::vector<ValueCondition> subscripts;   // ... by event
  std::vector<std::string> subscript_inputs;  // of each: the raw column that it is, or "" where it is computed from some
  std::vector<int64_t> subscript_sizes;       // of each: its axis' size
  Span applied;  // where the model is applied to what is answered for ...
  Span other;    // ... and to something else that might as well be, or none
};

// Scalar Fitted inputs that the driver binds itself: NAME.mean_weight (of source NAME's training part), steps_per_epoch.
inline constexpr const char* kStepsPerEpoch = "steps_per_epoch";
inline constexpr const char* kMeanWeightSuffix = ".mean_weight";

struct TrainProgram {
  struct SourceUse {
    DataSource data;
    std::optional<int64_t> batch;     // none: all rows in every step
    std::vector<std::string> fields;  // Column inputs "NAME.FIELD" of the step and metric graphs read these
  };
  std::string name;
  Span span;
  std::vector<SourceUse> sources;   // Column inputs' `source` numbers these
  std::vector<Variable> variables;  // weights and buffers
  ir::Graph init;                   // outputs: start values by variable name
  std::vector<TrainStep> steps;
  std::optional<int64_t> epochs;
  bool shuffle = true;
  std::optional<uint64_t> seed;
  ColumnFunction evaluation;        // outputs and reductions needed by the metrics, `training` false
  std::vector<Metric> metrics;      // the first is "loss"
  std::vector<StatedConditions> stated;  // by each step that asks whether it is `training`, and last by the evaluation
  struct Stop {
    std::string part, metric;       // "valid", "loss"
    std::optional<int64_t> patience;  // that many epochs without a better value; otherwise `condition`
    Direction better = Direction::Unknown;  // known where there is a patience
    ir::Graph condition;            // Fitted inputs "PART.METRIC"; one output: stop where it is true
    Span span;
  };
  std::optional<Stop> stop;
  std::optional<Prediction> prediction;  // none if the model's input does not come from a file or draws
  Span draw;                             // in the model's answer, where that is why there is none
};

struct OptionInfo {
  std::string name, type, default_value, value, range, doc;
  Span span;
};

}  // namespace nnc::sema
