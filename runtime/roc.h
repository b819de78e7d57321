// The ROC curve of a weighted, two-class score, and the area under it.
//
// Every distinct score is a threshold: events with equal scores move the curve together, so ties count one half and the
// result does not depend on the order of the events. Event weights may be negative; the area is then still
//     sum over pairs (p, n) of w_p w_n ([s_p > s_n] + 1/2 [s_p = s_n])  /  (W_p W_n),
// which estimates the same quantity without bias but may lie outside [0, 1].
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nnc::runtime {

struct RocPoint {
  double threshold;            // events with score >= threshold are taken as positive
  double false_positive_rate;  // 0 at the first point, 1 at the last
  double true_positive_rate;
};

// Labels above 1/2 are positive. `weights` may be empty: all 1. All spans have the same length.
// NaN if a score is NaN, or if the positives' or the negatives' weights do not add up to more than 0.
double RocAuc(std::span<const double> scores, std::span<const double> labels, std::span<const double> weights);

// From (0, 0) at threshold +infinity to (1, 1), one point per distinct score; empty where the area would be NaN.
std::vector<RocPoint> RocCurve(std::span<const double> scores, std::span<const double> labels, std::span<const double> weights);

}  // namespace nnc::runtime
