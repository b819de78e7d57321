// Times that a thread has run, so that other programs disturb less.
#pragma once
#include <algorithm>
#include <ctime>
#include <vector>

namespace nnc::bench {

inline double Now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

template <typename F>
double Once(const F& call) {
  const double start = Now();
  call();
  return Now() - start;
}

// Seconds of one call: the first quartile of many rounds.
template <typename F>
double Measure(const F& call) {
  for (int i = 0; i < 3; ++i) call();
  double start = Now();
  int calls = 0;
  while (Now() - start < 0.01) call(), ++calls;
  const int batch = std::max(1, calls / 10);
  std::vector<double> times;
  for (int round = 0; round < 60; ++round) {
    start = Now();
    for (int i = 0; i < batch; ++i) call();
    times.push_back((Now() - start) / batch);
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 4];
}

}  // namespace nnc::bench
