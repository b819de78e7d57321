// A graph that elaboration fills, with what it knows of it. A command elaborates a program several times into different
// graphs (training step, evaluation, initial values); instances and draws keep their identity across them (Instances).
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "compiler/ir/builder.h"
#include "compiler/passes/take_derivatives.h"
#include "compiler/passes/two_singles.h"
#include "compiler/sema/program.h"
#include "compiler/sema/value.h"

namespace nnc::sema {

// Indices of all comprehensions elaborated into one graph.
class IndexTable {
 public:
  enum class Kind { Plain, Quotient, Remainder };
  struct Info {
    std::string name;
    bool known = false;
    ir::Dim extent;
    Span span;
    Kind kind = Kind::Plain;
    IndexExpr numerator;  // Quotient and Remainder: of this ...
    int64_t divisor = 1;  // ... by this
    int partner = -1;     // the remainder of a quotient and the other way round
  };
  int Add(std::string name, Span span);
  int AddKnown(std::string name, ir::Dim extent, Span span);
  // The quotient (or its partner, the remainder) of an expression by a positive constant; the same for equal arguments.
  int Quotient(const IndexExpr& numerator, int64_t divisor);
  Info& operator[](int id) { return infos_[static_cast<size_t>(id)]; }
  const Info& operator[](int id) const { return infos_[static_cast<size_t>(id)]; }

 private:
  std::deque<Info> infos_;  // references stay valid while indices are added
};

// Paths of instances and places of draws: functions of the program's structure, not of the order of commands. What stands beside an
// instance or a draw (other layers, functions, definitions, comments) has no part in either.
class Instances {
 public:
  // The path of the instance made at `site` in the text under `owner`: OWNER.HINT, or OWNER.LAYER.ORDINAL.
  std::string Path(const std::string& owner, const void* site, const std::string& layer, const std::string& hint);
  // What distinguishes the application of `instance` at `site` under `owner` from its others: "" for the first in its owner.
  std::string Application(const std::string& applications, const std::string& owner, const std::string& instance, const void* site);
  // The number of a draw, 32 bits: of the path of the instance, which application of it, the definition that the draw stands in, and
  // the how-manieth draw it is there.
  uint32_t Place(const std::string& applications, const std::string& owner, const std::string& definition, const void* site);

 private:
  // How many other sites were met before this one in the same surroundings.
  int Ordinal(const std::string& surroundings, const void* site);
  std::map<std::pair<std::string, const void*>, std::string> paths_;
  std::set<std::string> taken_;
  std::map<std::string, int> next_;
  std::map<std::pair<std::string, const void*>, int> ordinals_;
  std::map<std::string, int> next_ordinal_;
};

struct Construction {
  ir::Graph graph;  // as it is written: no rule is applied, no derivative taken (Finished)
  std::unique_ptr<ir::Builder> builder;
  std::unique_ptr<passes::DerivativeTaker> derivatives;
  std::unique_ptr<passes::TwoSingles> doubles;  // of data blocks: a file's numbers and what is fitted
  IndexTable indices;
  bool training = false;
  bool checkpoints = false;    // recurrences keep little for their derivatives (passes/checkpoints.h)
  bool asks_training = false;  // something under construction is another thing in training
  std::map<std::string, ir::NodeId> inputs;  // by name
  std::vector<Variable> variables;           // weights and buffers met, in order
  std::map<std::string, Value> buffers_after;  // `next` of buffers, by path
  // Row-wise elaboration of a data block: the index of the event, or -1; and the data source's number.
  int event = -1;
  int source = 0;
  std::function<ir::NodeId(int source)> event_weights;  // gives the events' weights, as a column
  std::vector<std::string> event_symbols;  // sizes that count events, by source number
  // Conditions on values that depend on data alone, met in bodies; gathered where a training will check them.
  struct Condition {
    ValueCondition condition;              // outputs are not named yet
    ir::NodeId holds = ir::kNoNode;
    ir::NodeId value = ir::kNoNode;        // Index: the subscript ...
    ir::Dim size;                          // ... and its axis' size
    std::vector<std::pair<ir::NodeId, ir::NodeId>> extremes;  // of condition.named
  };
  bool gathers_conditions = false;
  bool gathers_subscripts = false;  // of the conditions, those on subscripts that are read from data
  std::vector<Condition> conditions;
  std::set<ir::NodeId> looked_up;             // sums that choose one element of an axis
  std::map<ir::NodeId, ir::Dim> whole_below;  // arguments of type `index{V}`: whole numbers from 0 to below V

  explicit Construction(std::string name, bool training_) : builder(std::make_unique<ir::Builder>(graph)),
      derivatives(std::make_unique<passes::DerivativeTaker>(*builder)), doubles(std::make_unique<passes::TwoSingles>(*builder)), training(training_) {
    graph.name = std::move(name);
    builder->UseRules(false);
  }
};

// The graph in single precision with its derivatives taken, in normal form: what its outputs (or those given) need, and all inputs. A column
// that the host reduces has an output for its rest, too (passes/two_singles.h).
ir::Graph Finished(Construction& building, const std::vector<HostReduction>& reductions = {});
ir::Graph Finished(Construction& building, std::vector<ir::Output> outputs, const std::vector<HostReduction>& reductions = {});
// A graph without nodes and inputs that no output needs.
ir::Graph Pruned(const ir::Graph& graph);

// Whether the node needs a random number.
bool HasDraw(const ir::Graph& graph, ir::NodeId root);

}  // namespace nnc::sema
