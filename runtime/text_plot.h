// Small pictures of letters for the terminal: learning curves, ROC curves, responses of two classes, confusion matrices.
// Plain ASCII, every line ends with a line feed, no line is wider than the stated width plus the axis.
#pragma once

#include "runtime/metrics.h"
#include "runtime/roc.h"

#include <span>
#include <string>
#include <vector>

namespace nnc::runtime {

struct PlotSeries {
  std::string name;
  char mark = '*';
  std::vector<double> x;  // ascending
  std::vector<double> y;  // values that are not finite are left out
};

struct PlotOptions {
  std::string title;
  std::string x_label;
  int width = 60;   // cells of the drawing area
  int height = 14;
  bool log_y = false;  // falls back to linear where a value is not positive
};

// Curves over a common range of both axes, joined between neighbouring points; later series are drawn over earlier ones.
std::string PlotLines(std::span<const PlotSeries> series, const PlotOptions& options);

// True against false positive rate, with the diagonal of a classifier that guesses.
std::string PlotRoc(std::span<const RocPoint> curve, double auc);

// Loss of training and validation per epoch; `valid` may be empty.
std::string PlotLearningCurve(std::span<const double> epochs, std::span<const double> train, std::span<const double> valid);

// Distribution of a score for each of two classes, each normalised to its own largest bin. Labels above 1/2 are positive;
// weights may be empty.
std::string PlotResponse(std::span<const double> scores, std::span<const double> labels, std::span<const double> weights);

// Counts with the share of the true class, true classes down, predicted across. `names` may be empty: class numbers.
std::string FormatConfusion(const ConfusionMatrix& matrix, std::span<const std::string> names);

}  // namespace nnc::runtime
