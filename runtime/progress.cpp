#include "runtime/progress.h"

#include "runtime/number_text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>

namespace nnc::runtime {

static constexpr double seconds_between_draws = 0.1;
static constexpr double seconds_between_lines = 2;
static constexpr int64_t few_epochs = 50;  // up to so many, every epoch leaves a line
static constexpr size_t bar_cells = 20;

ProgressMode ProgressModeFor(std::FILE* stream) {
  const char* terminal = std::getenv("TERM");
  bool dumb = terminal && std::string_view(terminal) == "dumb";
  return isatty(fileno(stream)) && !dumb ? ProgressMode::Terminal : ProgressMode::Lines;
}

static double SteadySeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

static size_t TerminalWidth(std::FILE* stream) {
  winsize size{};
  bool known = ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

// 950, 12.3k, 1.21M, 4.5G
static std::string WithUnit(double value) {
  const char* unit = "";
  for (const char* next : {"k", "M", "G"}) {
    if (value < 1000) break;
    value /= 1000;
    unit = next;
  }
  return ShortNumber(value, 3) + unit;
}

// The count padded to the width of the total: " 3/20", or "3" without a total.
static std::string CountOf(int64_t count, int64_t total) {
  std::string text = std::to_string(count);
  if (total <= 0) return text;
  std::string all = std::to_string(total);
  return std::string(all.size() - std::min(all.size(), text.size()), ' ') + text + "/" + all;
}

Progress::Progress(ProgressMode mode, std::FILE* stream, Clock clock)
    : mode_(mode), stream_(stream), clock_(clock ? std::move(clock) : SteadySeconds) {}

void Progress::Begin(int64_t total_epochs, int64_t total_steps) {
  total_epochs_ = total_epochs;
  total_steps_ = total_steps;
  started_ = clock_();
  last_draw_ = started_;
  last_line_ = started_;
  events_ = 0;
}

void Progress::Step(int64_t epoch, int64_t step, int64_t events, double loss) {
  events_ += events;
  if (mode_ != ProgressMode::Terminal) return;
  double now = clock_();
  if (now - last_draw_ < seconds_between_draws) return;
  last_draw_ = now;
  DrawBar(epoch, step, loss, now);
}

void Progress::DrawBar(int64_t epoch, int64_t step, double loss, double now) {
  double elapsed = std::max(now - started_, 1e-9);
  std::string line = "epoch " + CountOf(epoch, total_epochs_);
  double done = total_steps_ > 0 ? std::min(1.0, static_cast<double>(step) / static_cast<double>(total_steps_)) : 0;
  if (total_steps_ > 0) {
    size_t full = static_cast<size_t>(done * bar_cells);
    std::string bar(full, '=');
    if (full < bar_cells) bar += '>' + std::string(bar_cells - full - 1, ' ');
    std::string percent = std::to_string(static_cast<int>(done * 100));
    line += " [" + bar + "] " + std::string(3 - std::min<size_t>(3, percent.size()), ' ') + percent + "%";
  }
  bool by_event = events_ > step;
  line += "  " + WithUnit(static_cast<double>(by_event ? events_ : step) / elapsed) + (by_event ? " events/s" : " steps/s");
  line += "  loss " + ShortNumber(loss);
  if (done > 0) line += "  " + ShortDuration(elapsed * (1 - done) / done) + " left";
  size_t width = TerminalWidth(stream_);
  if (line.size() >= width) line.resize(width - 1);
  std::fprintf(stream_, "\r%s\x1b[K", line.c_str());
  std::fflush(stream_);
  bar_shown_ = true;
}

void Progress::ClearBar() {
  if (!bar_shown_) return;
  std::fputs("\r\x1b[K", stream_);
  std::fflush(stream_);
  bar_shown_ = false;
}

void Progress::PrintLine(const std::string& line) {
  ClearBar();
  std::fprintf(stream_, "%s\n", line.c_str());
  std::fflush(stream_);
  last_line_ = clock_();
  held_back_.clear();
}

void Progress::EpochDone(int64_t epoch, double seconds, std::span<const NamedValue> figures) {
  if (mode_ == ProgressMode::Silent) return;
  bool every_epoch = total_epochs_ > 0 && total_epochs_ <= few_epochs;
  bool due = every_epoch || clock_() - last_line_ >= seconds_between_lines;
  bool first_or_last = epoch == 1 || epoch == total_epochs_;
  std::string line = "epoch " + CountOf(epoch, total_epochs_) + "  " + ShortDuration(seconds);
  for (const NamedValue& figure : figures) line += "  " + figure.name + " " + ShortNumber(figure.value, 5);
  if (due || first_or_last) PrintLine(line);
  else held_back_ = std::move(line);
}

void Progress::End() {
  ClearBar();
  if (!held_back_.empty()) PrintLine(held_back_);
}

}  // namespace nnc::runtime
