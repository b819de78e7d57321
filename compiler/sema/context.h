// Where elaboration stands, and what the classes of one program's elaboration share. Each of these classes is made for one context, which
// does not change: where the text goes on in a body, a block or another graph, another instance is made with a changed copy.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compiler/diagnostics/diagnostics.h"
#include "compiler/sema/construction.h"
#include "compiler/sema/sema.h"
#include "compiler/sema/undo.h"

namespace nnc::sema {

// Gives top-level declarations by name, reading the library where needed.
class Declarations {
 public:
  virtual ~Declarations() = default;
  virtual const ast::Decl* Find(const std::string& name) = 0;
  virtual std::vector<std::string> Names() = 0;  // for suggestions
  virtual bool IsLibrary(const ast::Decl& decl) = 0;
};

// The columns that a training's block knows by name.
class Fields {
 public:
  virtual ~Fields() = default;
  // SOURCE.FIELD; nothing, and reported, where there is none.
  virtual std::optional<Value> Find(const std::string& source, const std::string& field, Span span, Construction& building) = 0;
  virtual std::vector<std::string> BareNames() { return {}; }                  // those that stand without their source, for suggestions
  virtual std::string Help(const std::string&, Span) { return ""; }  // what helps where a name is none of them
};

// A body that is being elaborated, as it was applied; a list from the innermost.
struct Frame {
  const ast::Decl* decl;
  Span call;
  const Frame* outer = nullptr;
  mutable bool reported = false;  // a mistake in it was reported
};

// A value that something is applied to.
struct Actual {
  std::string name;  // "" for one that is given by its place
  Value value;
  Span span, name_span{};
};

// Of the data block being elaborated.
struct DataState {
  const ast::Decl* decl = nullptr;
  SourceHeader header;
  std::optional<std::vector<ColumnInfo>> schema;
  std::vector<RawColumn> raw;
  bool draws_are_columns = false;
  std::vector<DataSource::NumberComparison> compared;
  std::set<std::string> unnamed;          // columns of the file that `all except` takes
  std::set<ir::NodeId> kept;              // values of rows that are 0 behind those that an event has
  std::string field;                      // whose definition is being elaborated
  std::vector<Preparation> preparations;  // in the order of their application
};

using ClassesCompared = std::function<void(ir::NodeId answer, ir::NodeId truth)>;
using ModelApplied = std::function<Value(const ast::Decl&, const std::vector<Actual>&, Value, Span)>;

struct Context {
  Construction* building = nullptr;
  Construction* init = nullptr;   // the graph of initial values, filled as weights are met
  std::string owner;              // instance path of what is being elaborated
  std::string applications;       // distinguishes draws of one instance applied twice
  std::string definition;         // name that the statement under elaboration defines; "" outside definitions
  const Frame* frame = nullptr;
  DataState* data = nullptr;
  ColumnFunction* host = nullptr;  // where reductions over events are made on the host (metrics, fits): the function being built
  bool fitting = false;           // inside `fit`: reductions run over events
  bool weighted = false;          // reductions over events on the host are, by the events' weights
  Fields* fields = nullptr;       // of the training under elaboration
  std::vector<int> turns;         // the turns of the scans around, as indices, the innermost first
  std::vector<std::string> emitted;  // what these scans emit, which is known behind them
  const Value* progress = nullptr;                      // of that training, for schedules
  const std::vector<Variable>* variables = nullptr;     // of that training, from its steps so far
  const ModelApplied* model_applied = nullptr;          // what stands for each result of a model (prediction) ...
  const ClassesCompared* compared = nullptr;            // called for each loss of the library that takes probabilities of classes

  // The declaration whose body this is, or null.
  const ast::Decl* Body() const { return frame == nullptr ? nullptr : frame->decl; }
  // In the block of a training itself, not in what it applies.
  bool InTraining() const { return fields != nullptr && data == nullptr && frame == nullptr; }
};

// What the elaboration of one program shares.
struct Elaboration {
  Declarations& declarations;
  const SourceManager& sources;
  const Options& options;
  Diagnostics& diagnostics;
  Instances instances{};
  Construction settings{"settings", false};  // where nothing else is under construction: options, settings of data and trainings
  Scope globals{};                           // options
  int64_t work = 0;                          // applications and turns of loops so far
  // Definitions met and used, by the identity of their text.
  struct Definition {
    std::string name;
    Span span;
    const ast::Decl* owner;  // the declaration that it stands in, or null
    bool of_several = false;  // one of the names of a tuple's results
  };
  std::map<const void*, Definition> defined{};
  std::set<const void*> used{};
  std::vector<const ast::Decl*> unread_options{};
  std::set<const ast::Decl*> elaborated{};  // applied at least once
  std::set<const ast::Decl*> mistaken{};    // bodies under elaboration when a mistake was met; null: blocks at top level
  int proposals = 0;                        // for unknown names so far
  size_t silenced = 0;                      // mistakes that were not worth another report
  std::set<std::pair<const ast::Decl*, std::string>> unknown{};
  Diagnostic unreported{};               // takes the consequences of a mistake in the library
  std::set<std::string> free_reported{};  // free indices of the statement under elaboration

  Elaboration(Declarations& declarations_, const SourceManager& sources_, const Options& options_, Diagnostics& diagnostics_)
      : declarations(declarations_), sources(sources_), options(options_), diagnostics(diagnostics_) {}
};

}  // namespace nnc::sema
