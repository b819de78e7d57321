#include "compiler/sema/construction.h"

#include "compiler/ir/walk.h"
#include "compiler/passes/passes.h"

namespace nnc::sema {

int IndexTable::Add(std::string name, Span span) {
  Info info;
  info.name = std::move(name);
  info.span = span;
  infos_.push_back(std::move(info));
  return static_cast<int>(infos_.size()) - 1;
}

int IndexTable::AddKnown(std::string name, ir::Dim extent, Span span) {
  int id = Add(std::move(name), span);
  infos_.back().known = true;
  infos_.back().extent = std::move(extent);
  return id;
}

int IndexTable::Quotient(const IndexExpr& numerator, int64_t divisor) {
  for (size_t i = 0; i < infos_.size(); ++i)
    if (infos_[i].kind == Kind::Quotient && infos_[i].divisor == divisor && infos_[i].numerator == numerator)
      return static_cast<int>(i);
  int quotient = Add("", {});
  int remainder = AddKnown("", ir::Dim(divisor), {});
  for (int id : {quotient, remainder}) {
    Info& info = (*this)[id];
    info.kind = id == quotient ? Kind::Quotient : Kind::Remainder;
    info.numerator = numerator;
    info.divisor = divisor;
    info.partner = id == quotient ? remainder : quotient;
  }
  return quotient;
}

std::string Instances::Path(const std::string& owner, const void* site, const std::string& layer, const std::string& hint) {
  auto key = std::make_pair(owner, site);
  if (auto found = paths_.find(key); found != paths_.end()) return found->second;
  std::string prefix = owner.empty() ? "" : owner + ".";
  std::string path;
  if (!hint.empty() && !taken_.count(prefix + hint)) {
    path = prefix + hint;
  } else {
    std::string stem = prefix + layer + ".";
    path = stem + std::to_string(next_[stem]++);
  }
  taken_.insert(path);
  return paths_[key] = path;
}

int Instances::Ordinal(const std::string& surroundings, const void* site) {
  auto [at, fresh] = ordinals_.try_emplace({surroundings, site}, 0);
  if (fresh) at->second = next_ordinal_[surroundings]++;
  return at->second;
}

std::string Instances::Application(const std::string& applications, const std::string& owner, const std::string& instance,
    const void* site) {
  bool at_home = owner.empty() || instance.rfind(owner + ".", 0) == 0;
  int ordinal = Ordinal(applications + "|" + owner + "|" + instance, site);
  return (at_home ? "" : "/" + owner) + (ordinal ? "/" + std::to_string(ordinal) : "");
}

uint32_t Instances::Place(const std::string& applications, const std::string& owner, const std::string& definition,
    const void* site) {
  std::string text = owner + "|" + applications + "|" + definition;
  text += "#" + std::to_string(Ordinal(text, site));
  uint32_t hash = 2166136261u;  // FNV-1a
  for (unsigned char c : text) hash = (hash ^ c) * 16777619u;
  return hash;
}

bool HasDraw(const ir::Graph& graph, ir::NodeId root) {
  bool draws = false;
  ir::ForEachNeeded(graph, root, [&](const ir::Node& node) { draws |= node.op() == ir::Node::Op::Random; });
  return draws;
}

ir::Graph Finished(Construction& building, const std::vector<HostReduction>& reductions) {
  return Finished(building, building.graph.outputs, reductions);
}

ir::Graph Finished(Construction& building, std::vector<ir::Output> outputs, const std::vector<HostReduction>& reductions) {
  std::set<std::string> reduced;
  for (const HostReduction& reduction : reductions) reduced.insert(reduction.columns.begin(), reduction.columns.end());
  for (size_t i = 0, written = outputs.size(); i < written; ++i) {
    const passes::TwoSingles::Parts parts = building.doubles->Split(outputs[i].node);
    outputs[i].node = building.derivatives->Take(parts.rounded);
    if (parts.rest != ir::kNoNode && reduced.count(outputs[i].name) != 0)
      outputs.push_back({passes::RestOf(outputs[i].name), building.derivatives->Take(parts.rest), ir::kNoNode});
  }
  std::swap(building.graph.outputs, outputs);
  ir::Graph finished = passes::EliminateDead(building.graph);
  std::swap(building.graph.outputs, outputs);
  return finished;
}

ir::Graph Pruned(const ir::Graph& graph) { return ir::Restricted(graph, graph.outputs, ir::UnusedInputs::Drop); }

}  // namespace nnc::sema
