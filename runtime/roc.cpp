#include "runtime/roc.h"

#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace nnc::runtime {

namespace {

struct Entry {
  uint64_t key;  // ascending keys are descending scores
  uint32_t event;
};

// Totals of one distinct score and of all higher ones.
struct Totals {
  double positive = 0;
  double negative = 0;
};

}  // namespace

// Maps doubles to integers so that larger scores have smaller keys; -0 and 0 are equal.
static uint64_t DescendingKey(double score) {
  uint64_t bits = std::bit_cast<uint64_t>(score + 0.0);
  uint64_t ascending = bits >> 63 ? ~bits : bits | uint64_t{1} << 63;
  return ~ascending;
}

// Radix sort over 11-bit digits; digits in which all keys agree (half of them if the scores were floats) cost no pass.
static std::vector<Entry> SortedByScore(std::span<const double> scores) {
  static constexpr int digit_bits = 11;
  static constexpr size_t buckets = size_t{1} << digit_bits;
  std::vector<Entry> entries(scores.size());
  for (size_t i = 0; i < scores.size(); ++i) entries[i] = {DescendingKey(scores[i]), static_cast<uint32_t>(i)};
  std::vector<Entry> other(scores.size());
  for (int shift = 0; shift < 64; shift += digit_bits) {
    std::array<size_t, buckets> start{};
    for (const Entry& entry : entries) ++start[(entry.key >> shift) & (buckets - 1)];
    size_t sum = 0;
    bool one_digit = false;
    for (size_t& count : start) {
      one_digit = one_digit || count == entries.size();
      size_t here = count;
      count = sum;
      sum += here;
    }
    if (one_digit) continue;
    for (const Entry& entry : entries) other[start[(entry.key >> shift) & (buckets - 1)]++] = entry;
    std::swap(entries, other);
  }
  return entries;
}

// Calls visit(score, totals up to and including it) for each distinct score from the highest down. False if the result
// would mean nothing.
template <typename Visit>
static bool Sweep(std::span<const double> scores, std::span<const double> labels, std::span<const double> weights, Visit visit) {
  for (double score : scores) {
    if (std::isnan(score)) return false;
  }
  std::vector<Entry> entries = SortedByScore(scores);
  Totals totals;
  for (size_t i = 0; i < entries.size(); ++i) {
    size_t event = entries[i].event;
    double weight = weights.empty() ? 1 : weights[event];
    (labels[event] > 0.5 ? totals.positive : totals.negative) += weight;
    bool last_of_score = i + 1 == entries.size() || entries[i + 1].key != entries[i].key;
    if (last_of_score) visit(scores[event], totals);
  }
  return totals.positive > 0 && totals.negative > 0;
}

double RocAuc(std::span<const double> scores, std::span<const double> labels, std::span<const double> weights) {
  Totals before;
  double area = 0;
  bool meaningful = Sweep(scores, labels, weights, [&](double, const Totals& now) {
    area += (now.negative - before.negative) * (now.positive + before.positive) / 2;
    before = now;
  });
  if (!meaningful) return std::numeric_limits<double>::quiet_NaN();
  return area / (before.positive * before.negative);
}

std::vector<RocPoint> RocCurve(std::span<const double> scores, std::span<const double> labels, std::span<const double> weights) {
  std::vector<RocPoint> points = {{std::numeric_limits<double>::infinity(), 0, 0}};
  bool meaningful = Sweep(scores, labels, weights, [&](double score, const Totals& now) {
    points.push_back({score, now.negative, now.positive});
  });
  if (!meaningful) return {};
  double positive = points.back().true_positive_rate;
  double negative = points.back().false_positive_rate;
  for (RocPoint& point : points) {
    point.false_positive_rate /= negative;
    point.true_positive_rate /= positive;
  }
  return points;
}

}  // namespace nnc::runtime
