// What a training's blocks make of raw columns: the graph on which is seen what models are given and what their answers are compared with.
#pragma once
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compiler/sema/construction.h"
#include "compiler/sema/data_block.h"
#include "compiler/sema/training.h"

namespace nnc::sema {

using Columns = std::set<std::string>;  // of files: SOURCE.COLUMN

// A model on what it is given there.
struct Application {
  const ast::Decl* model = nullptr;
  std::vector<std::pair<ir::NodeId, std::optional<double>>> arguments;  // behind their names; or numbers, with no node; or neither
  std::vector<Value> results;                        // variables of their own
  Span span;

  // Both give the same, as far as their arguments show.
  bool IsLike(const Application& other) const {
    const bool known = std::all_of(arguments.begin(), arguments.end(), [](const auto& argument) { return argument.first != ir::kNoNode || argument.second; });
    return this == &other || (known && model == other.model && arguments == other.arguments);
  }
};

// What the trained blocks make of raw columns.
struct TrainElaborator::Inlined {
  Construction building{"predict", false};
  std::vector<Scope> fields;                  // of each source
  std::vector<DataState> states;  // of each source
  ColumnFunction fits;
  std::vector<Application> applications;      // of all models, in order
  const Application* answer = nullptr;        // the one that is predicted with
  std::set<ir::NodeId> results;                   // what models give
  std::vector<ir::NodeId> arguments;              // what they take
  std::vector<ir::NodeId> losses;
  std::set<ir::NodeId> behind_arguments;          // all that the arguments are made of
  std::vector<Columns> given;                 // the columns of each argument, equal ones once
  Columns all_given;
  std::vector<std::pair<ir::NodeId, ir::NodeId>> compared;  // answers and truths of losses of classes

  std::vector<Preparation> Preparations() const {
    std::vector<Preparation> all;
    for (const DataState& state : states) all.insert(all.end(), state.preparations.begin(), state.preparations.end());
    return all;
  }

  // The nodes that stand for one of the answer's results.
  std::set<ir::NodeId> Answers(size_t number) const {
    std::set<ir::NodeId> nodes;
    for (const Application& application : applications)
      if (application.IsLike(*answer) && application.results[number].IsTensor()) nodes.insert(application.results[number].node);
    return nodes;
  }
};

// The nodes that `roots` are made of, those of `stops` included and what is behind them not. A derivative is made of what is
// differentiated, not of what it is taken by.
std::set<ir::NodeId> MadeOf(const ir::Graph& graph, std::vector<ir::NodeId> roots, const std::set<ir::NodeId>& stops);

template <class Set>
bool IsWithin(const Set& columns, const Set& whole) {
  return std::includes(whole.begin(), whole.end(), columns.begin(), columns.end());
}

}  // namespace nnc::sema
