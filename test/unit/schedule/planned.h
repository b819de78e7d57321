// A graph through the schedule, checked: the plan is verified, interpreted in both orders of its points, and compared with the
// reference evaluator.
#pragma once
#include <map>
#include <string>

#include "compiler/schedule/schedule.h"
#include "test/tools/graphs.h"

namespace nnc::test {

// Every symbol's capacity is its value in the context plus `room`; lists of two items are long.
schedule::Plan PlanFor(const ir::Graph& graph, const reference::Context& context, int64_t room = 0);

// What is wrong with the plan or with its values, and "" if nothing.
std::string Check(const ir::Graph& graph, const reference::Context& context, const schedule::Plan& plan);

// Reads the graph, binds small pseudo-random numbers to its inputs, plans with spare capacity, expects Check to find nothing.
schedule::Plan Planned(const std::string& text, const std::map<std::string, int64_t>& sizes = {});
schedule::Plan Planned(const ir::Graph& graph, const std::map<std::string, int64_t>& sizes = {});

}  // namespace nnc::test
