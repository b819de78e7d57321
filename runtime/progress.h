// How far a training is: one line redrawn in place on a terminal, a plain line now and then elsewhere, or nothing.
//
//   epoch  3/20 [=======>            ]  38%  1.21M events/s  loss 0.1432  12 s left
//
// A finished epoch leaves a line of its own; when there are many epochs, only one every few seconds does.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <span>
#include <string>

namespace nnc::runtime {

enum class ProgressMode { Terminal, Lines, Silent };

// Terminal if the stream is one (and TERM is not "dumb"), otherwise Lines.
ProgressMode ProgressModeFor(std::FILE* stream);

struct NamedValue {
  std::string name;
  double value = 0;
};

class Progress {
 public:
  using Clock = std::function<double()>;  // seconds since some moment

  explicit Progress(ProgressMode mode, std::FILE* stream = stderr, Clock clock = nullptr);
  ~Progress() { ClearBar(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // 0 where a total is not known.
  void Begin(int64_t total_epochs, int64_t total_steps);
  // After each step; cheap, draws at most ten times a second. `epoch` counts from 1, `events` are those of this step.
  void Step(int64_t epoch, int64_t step, int64_t events, double loss);
  // After each epoch; `figures` are e.g. train.loss, valid.loss and the metrics.
  void EpochDone(int64_t epoch, double seconds, std::span<const NamedValue> figures);
  // Removes the bar and prints the last epoch's line if it was held back.
  void End();

 private:
  void DrawBar(int64_t epoch, int64_t step, double loss, double now);
  void ClearBar();
  void PrintLine(const std::string& line);

  ProgressMode mode_;
  std::FILE* stream_;
  Clock clock_;
  int64_t total_epochs_ = 0;
  int64_t total_steps_ = 0;
  double started_ = 0;
  double last_draw_ = 0;
  double last_line_ = 0;
  int64_t events_ = 0;
  bool bar_shown_ = false;
  std::string held_back_;
};

}  // namespace nnc::runtime
