#include "runtime/text_plot.h"

#include "runtime/number_text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nnc::runtime {

namespace {

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void Include(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  // A range that can be divided by.
  void Settle() {
    if (!(low <= high)) low = 0, high = 1;
    if (low == high) {
      double margin = low == 0 ? 1 : std::fabs(low) * 0.1;
      low -= margin;
      high += margin;
    }
  }
  double Share(double value) const { return (value - low) / (high - low); }
};

// A grid of letters with its origin at the bottom left.
class Canvas {
 public:
  Canvas(int width, int height) : width_(width), height_(height), cells_(static_cast<size_t>(width * height), ' ') {}

  void Put(int column, int row, char mark) {
    if (column < 0 || column >= width_ || row < 0 || row >= height_) return;
    cells_[static_cast<size_t>((height_ - 1 - row) * width_ + column)] = mark;
  }
  // A straight line between two points given as shares of the area.
  void Line(double x0, double y0, double x1, double y1, char mark) {
    int steps = 1 + static_cast<int>(std::max(std::fabs(x1 - x0) * width_, std::fabs(y1 - y0) * height_));
    for (int i = 0; i <= steps; ++i) {
      double t = static_cast<double>(i) / steps;
      Put(Cell(x0 + t * (x1 - x0), width_), Cell(y0 + t * (y1 - y0), height_), mark);
    }
  }
  // With the axis to the left, labelled at the top and the bottom.
  std::string Framed(const std::string& top, const std::string& bottom) const {
    size_t margin = std::max(top.size(), bottom.size());
    std::string text;
    for (int row = 0; row < height_; ++row) {
      const std::string& label = row == 0 ? top : row == height_ - 1 ? bottom : std::string();
      text += std::string(margin - label.size(), ' ') + label + " |";
      std::string cells(cells_.begin() + row * width_, cells_.begin() + (row + 1) * width_);
      cells.erase(cells.find_last_not_of(' ') + 1);
      text += cells + "\n";
    }
    text += std::string(margin + 1, ' ') + "+" + std::string(static_cast<size_t>(width_), '-') + "\n";
    margin_ = margin + 2;
    return text;
  }
  // What goes below the axis: its ends and, between them, its name.
  std::string Below(const std::string& left, const std::string& name, const std::string& right) const {
    std::string text(static_cast<size_t>(width_), ' ');
    auto place = [&](size_t at, const std::string& word) { text.replace(at, word.size(), word); };
    size_t width = static_cast<size_t>(width_);
    if (left.size() + name.size() + right.size() + 4 > width) return std::string(margin_, ' ') + left + " " + name + " " + right + "\n";
    place(0, left);
    place((width - name.size()) / 2, name);
    place(width - right.size(), right);
    return std::string(margin_, ' ') + text + "\n";
  }

 private:
  static int Cell(double share, int cells) { return static_cast<int>(std::lround(share * (cells - 1))); }

  int width_;
  int height_;
  std::vector<char> cells_;
  mutable size_t margin_ = 0;
};

}  // namespace

static std::string Heading(const std::string& title, std::span<const PlotSeries> series) {
  std::string text = "  " + title;
  for (const PlotSeries& one : series) {
    if (!one.name.empty()) text += "   " + std::string(1, one.mark) + " " + one.name;
  }
  return text + "\n";
}

static bool AllPositive(std::span<const PlotSeries> series) {
  for (const PlotSeries& one : series) {
    for (double y : one.y) {
      if (std::isfinite(y) && y <= 0) return false;
    }
  }
  return true;
}

std::string PlotLines(std::span<const PlotSeries> series, const PlotOptions& options) {
  bool log_y = options.log_y && AllPositive(series);
  auto height_of = [&](double y) { return log_y ? std::log10(y) : y; };
  Range across;
  Range up;
  for (const PlotSeries& one : series) {
    for (double x : one.x) across.Include(x);
    for (double y : one.y) up.Include(height_of(y));
  }
  across.Settle();
  up.Settle();
  Canvas canvas(options.width, options.height);
  for (const PlotSeries& one : series) {
    size_t last = one.x.size();  // the point before; none yet
    for (size_t i = 0; i < one.x.size() && i < one.y.size(); ++i) {
      if (!std::isfinite(one.y[i])) continue;
      size_t from = last < one.x.size() ? last : i;
      auto column_of = [&](size_t point) { return across.Share(one.x[point]); };
      auto row_of = [&](size_t point) { return up.Share(height_of(one.y[point])); };
      canvas.Line(column_of(from), row_of(from), column_of(i), row_of(i), one.mark);
      last = i;
    }
  }
  auto label = [&](double value) { return ShortNumber(log_y ? std::pow(10, value) : value, 3); };
  std::string text = Heading(options.title, series);
  text += canvas.Framed(label(up.high), label(up.low));
  text += canvas.Below(ShortNumber(across.low, 4), options.x_label + (log_y ? " (log scale up)" : ""), ShortNumber(across.high, 4));
  return text;
}

std::string PlotRoc(std::span<const RocPoint> curve, double auc) {
  PlotSeries guess{"", '.', {0, 1}, {0, 1}};
  PlotSeries roc{"", '*', {}, {}};
  for (const RocPoint& point : curve) {
    roc.x.push_back(point.false_positive_rate);
    roc.y.push_back(point.true_positive_rate);
  }
  PlotOptions options;
  options.title = "ROC curve, area " + ShortNumber(auc, 5) + " (true positive rate up)";
  options.x_label = "false positive rate";
  options.width = 44;
  std::vector<PlotSeries> both = {guess, roc};
  return PlotLines(both, options);
}

std::string PlotLearningCurve(std::span<const double> epochs, std::span<const double> train, std::span<const double> valid) {
  std::vector<PlotSeries> series = {{"train", '*', {epochs.begin(), epochs.end()}, {train.begin(), train.end()}}};
  if (!valid.empty()) series.push_back({"valid", 'o', {epochs.begin(), epochs.end()}, {valid.begin(), valid.end()}});
  PlotOptions options;
  options.title = "loss";
  options.x_label = "epoch";
  options.log_y = true;
  return PlotLines(series, options);
}

std::string PlotResponse(std::span<const double> scores, std::span<const double> labels, std::span<const double> weights) {
  static constexpr int bins = 50;
  static constexpr int height = 10;
  Range range;
  for (double score : scores) range.Include(score);
  if (range.low >= 0 && range.high <= 1) range = {0, 1};  // a probability
  range.Settle();
  std::vector<double> counts[2] = {std::vector<double>(bins), std::vector<double>(bins)};
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!std::isfinite(scores[i])) continue;
    int bin = std::min(bins - 1, static_cast<int>(range.Share(scores[i]) * bins));
    counts[labels[i] > 0.5][static_cast<size_t>(bin)] += weights.empty() ? 1 : weights[i];
  }
  Canvas canvas(bins, height);
  int heights[2][bins] = {};
  for (int c = 0; c < 2; ++c) {
    double largest = *std::max_element(counts[c].begin(), counts[c].end());
    for (int bin = 0; bin < bins && largest > 0; ++bin) {
      double share = std::max(0.0, counts[c][static_cast<size_t>(bin)] / largest);
      // A bin that holds something shows.
      heights[c][bin] = share > 0 ? std::max(1, static_cast<int>(std::lround(share * height))) : 0;
    }
  }
  for (int bin = 0; bin < bins; ++bin) {
    for (int row = 0; row < std::max(heights[0][bin], heights[1][bin]); ++row) {
      bool negative = row < heights[0][bin];
      bool positive = row < heights[1][bin];
      canvas.Put(bin, row, negative && positive ? '#' : positive ? '+' : '-');
    }
  }
  std::string text = "  response   + positive   - negative   # both (each to its own maximum)\n";
  text += canvas.Framed("", "");
  return text + canvas.Below(ShortNumber(range.low, 3), "score", ShortNumber(range.high, 3));
}

static std::string CountText(double count) {
  return count == std::floor(count) && std::fabs(count) < 1e12 ? std::to_string(static_cast<int64_t>(count)) : ShortNumber(count, 5);
}

static std::string Padded(const std::string& text, size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

std::string FormatConfusion(const ConfusionMatrix& matrix, std::span<const std::string> names) {
  auto name_of = [&](int64_t c) { return static_cast<size_t>(c) < names.size() ? names[static_cast<size_t>(c)] : std::to_string(c); };
  size_t first_width = 5;
  size_t width = 7;
  for (int64_t i = 0; i < matrix.classes; ++i) {
    first_width = std::max(first_width, name_of(i).size());
    width = std::max(width, name_of(i).size());
    for (int64_t j = 0; j < matrix.classes; ++j) width = std::max(width, CountText(matrix.At(i, j)).size());
  }
  std::string text = "  true \\ predicted\n  " + std::string(first_width, ' ');
  for (int64_t j = 0; j < matrix.classes; ++j) text += "  " + Padded(name_of(j), width);
  text += "    right\n";
  for (int64_t i = 0; i < matrix.classes; ++i) {
    double all = 0;
    text += "  " + Padded(name_of(i), first_width);
    for (int64_t j = 0; j < matrix.classes; ++j) {
      all += matrix.At(i, j);
      text += "  " + Padded(CountText(matrix.At(i, j)), width);
    }
    text += "  " + Padded(all > 0 ? ShortNumber(100 * matrix.At(i, i) / all, 4) + " %" : "-", 7) + "\n";
  }
  return text;
}

}  // namespace nnc::runtime
