#include "compiler/driver/figures.h"

#include <algorithm>

#include "runtime/number_text.h"

namespace nnc::driver {

static std::string Padded(const std::string& text, size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

runtime::PartMetrics MetricsOf(const std::string& part, const Figures& figures, const runtime::ConfusionMatrix& confusion) {
  static const char* const kMatrix = "confusion_matrix";
  runtime::PartMetrics metrics;
  metrics.part = part;
  for (const auto& [name, value] : figures.values) metrics.figures.push_back({name, value});
  metrics.matrices = figures.matrices;
  auto taken = [&](const auto& figure) { return figure.first == kMatrix; };
  bool named = std::any_of(figures.values.begin(), figures.values.end(), taken) || std::any_of(figures.matrices.begin(), figures.matrices.end(), taken);
  if (confusion.classes > 0 && !named) metrics.matrices.emplace_back(kMatrix, confusion);
  return metrics;
}

std::string FormatFigures(const PartFigures& parts) {
  if (parts.empty()) return "";
  constexpr size_t kNarrowest = 10;
  size_t first = 0;
  for (const auto& [part, figures] : parts) first = std::max(first, part.size());
  std::string text(first, ' ');
  for (const auto& [name, value] : parts.front().second.values) text += "  " + Padded(name, kNarrowest);
  text += "\n";
  for (const auto& [part, figures] : parts) {
    text += part + std::string(first - part.size(), ' ');
    for (const auto& [name, value] : figures.values) text += "  " + Padded(runtime::ShortNumber(value, 5), std::max(name.size(), kNarrowest));
    text += "\n";
  }
  return text;
}

}  // namespace nnc::driver
