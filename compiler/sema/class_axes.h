// Which axes of a graph are numbered by the classes of a column of labels.
#pragma once
#include <map>
#include <string>

#include "compiler/ir/graph.h"

namespace nnc::sema {

// `labels` are inputs that hold numbers of labels, with what they are called. An index is a class where the graph compares it with such a
// number (`k == y[n]`, `onehot`), and so is every axis that the same index runs over: in cross_entropy(p, onehot(c)) the last of p.
// The label input's name for this axis of the node, or "" where there is none, or not one alone.
std::string ClassesOfAxis(const ir::Graph& graph, ir::NodeId node, size_t axis, const std::map<ir::NodeId, std::string>& labels);

}  // namespace nnc::sema
