#include "test/tools/graphs.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace nnc::test {

static bool ReadInto(const std::string& text, ir::Graph& graph, std::string& errors) {
  SourceManager sources;
  Diagnostics diagnostics;
  const uint32_t file = sources.Add("graph.nnir", text);
  const bool good = ir::Read(sources, file, diagnostics, graph);
  for (const Diagnostic& diagnostic : diagnostics.All()) {
    const LineColumn at = sources.Locate(file, diagnostic.span.begin);
    errors += std::to_string(at.line) + ":" + std::to_string(at.column) + " " + std::string(Row(diagnostic.kind).code) + " " + diagnostic.message + "\n";
  }
  if (good == errors.empty()) return good;
  std::fprintf(stderr, "reading succeeded and reported mistakes, or failed silently\n");
  std::abort();
}

ir::Graph ReadGraph(const std::string& text) {
  ir::Graph graph;
  std::string errors;
  if (ReadInto(text, graph, errors)) return graph;
  std::fprintf(stderr, "%s", errors.c_str());
  std::abort();
}

std::string ReadErrors(const std::string& text) {
  ir::Graph graph;
  std::string errors;
  ReadInto(text, graph, errors);
  return errors;
}

static bool SameBits(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::memcmp(&a, &b, sizeof a) == 0;
}

bool SameBits(const std::vector<reference::Tensor>& a, const std::vector<reference::Tensor>& b) {
  if (a.size() != b.size()) return false;
  for (size_t t = 0; t < a.size(); ++t) {
    if (a[t].shape != b[t].shape || a[t].values.size() != b[t].values.size()) return false;
    for (size_t i = 0; i < a[t].values.size(); ++i) {
      if (!SameBits(a[t].values[i], b[t].values[i])) return false;
    }
  }
  return true;
}

}  // namespace nnc::test
