// Which axes of a graph are numbered by the classes of a column of labels.
#pragma once
#include <map>
#include <set>
#include <string>

#include "compiler/ir/graph.h"

namespace nnc::sema {

// The column of labels whose classes a field of a data block names: the numbers of its labels themselves, or, along the last axis, where the
// number is that of the label, times and plus numbers of one sign (label smoothing). "" for what is made of labels in another way. `labels` as
// below.
std::string LabelsOfField(const ir::Graph& graph, ir::NodeId field, const std::map<ir::NodeId, std::string>& labels);

// `labels` are inputs that hold numbers of labels, with what they are called. An index is a class where the graph compares it with such a
// number (`k == y[n]`, `onehot`), and so is every axis that the same index runs over: in cross_entropy(p, onehot(c)) the last of p.
// The label input's name for this axis of the node, or "" where there is none, or not one alone. Comparisons among `others` name nothing: they
// belong to what is made of labels in another way.
std::string ClassesOfAxis(const ir::Graph& graph, ir::NodeId node, size_t axis, const std::map<ir::NodeId, std::string>& labels, const std::set<ir::NodeId>& others);

}  // namespace nnc::sema
