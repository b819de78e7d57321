#include "compiler/diagnostics/render.h"

#include <algorithm>
#include <tuple>

namespace nnc {
namespace {

constexpr uint32_t kShownBytes = 160;   // of one source line
constexpr uint32_t kShownBefore = 100;  // of them before the first label, where the line is longer
constexpr size_t kNumberWidth = 4;      // of line numbers

const char* const kBold = "\033[1m";
const char* const kRed = "\033[1;31m";
const char* const kYellow = "\033[1;33m";
const char* const kCyan = "\033[36m";
const char* const kPlain = "\033[0m";

// A label where it lies: in bytes from the start of its line, from 0.
struct PlacedLabel {
  uint32_t file, line, begin, end;
  const std::string* text;
};

bool IsContinuationByte(unsigned char c) { return (c & 0xC0) == 0x80; }

class Renderer {
 public:
  Renderer(const SourceManager& sources, RenderStyle style) : sources_(sources), style_(style) {}

  std::string Draw(const Diagnostic& diagnostic) {
    DrawHeadline(diagnostic);
    if (diagnostic.span.Valid()) DrawSource(diagnostic);
    for (const Label& note : diagnostic.notes) DrawNote(note);
    if (!diagnostic.help.empty()) out_ += "  " + Paint(kCyan, "help") + ": " + diagnostic.help + "\n";
    return std::move(out_);
  }

 private:
  std::string Paint(const char* color, const std::string& text) const { return style_.color ? color + text + kPlain : text; }

  void DrawHeadline(const Diagnostic& diagnostic) {
    const DiagnosticRow& row = Row(diagnostic.kind);
    bool is_error = row.severity == Severity::Error;
    if (diagnostic.span.Valid()) out_ += Paint(kBold, sources_.Describe(diagnostic.span)) + ": ";
    out_ += Paint(is_error ? kRed : kYellow, (is_error ? "error[" : "warning[") + std::string(row.code) + "]");
    out_ += ": " + Paint(kBold, diagnostic.message) + "\n";
  }

  void DrawNote(const Label& note) {
    out_ += "  " + Paint(kCyan, "note") + ": " + note.text;
    if (note.span.Valid()) out_ += " at " + sources_.Describe(note.span);
    out_ += "\n";
  }

  PlacedLabel Place(Span span, const std::string& text) const {
    LineColumn at = sources_.Locate(span.file, span.begin);
    uint32_t length = static_cast<uint32_t>(sources_.Line(span.file, at.line).size());
    uint32_t begin = std::min(at.column - 1, length);
    uint32_t end = std::min(begin + (span.end > span.begin ? span.end - span.begin : 0), length);
    return {span.file, at.line, begin, std::max(end, begin + 1), &text};
  }

  // The lines of the diagnostic's own file in the order of the text, then those of other files, each behind its path.
  void DrawSource(const Diagnostic& diagnostic) {
    static const std::string no_text;
    const PlacedLabel primary = Place(diagnostic.span, no_text);
    std::vector<PlacedLabel> labels;
    for (const Label& label : diagnostic.labels)
      if (label.span.Valid()) labels.push_back(Place(label.span, label.text));
    bool shown = std::any_of(labels.begin(), labels.end(),
                             [&](const PlacedLabel& l) { return l.file == primary.file && l.line == primary.line; });
    if (!shown) labels.push_back(primary);
    auto order = [&](const PlacedLabel& l) { return std::make_tuple(l.file != primary.file, l.file, l.line, l.begin); };
    std::stable_sort(labels.begin(), labels.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
    for (size_t first = 0; first < labels.size();) {
      size_t last = first;
      while (last < labels.size() && labels[last].file == labels[first].file && labels[last].line == labels[first].line) ++last;
      if (labels[first].file != primary.file && (first == 0 || labels[first - 1].file != labels[first].file))
        out_ += std::string(kNumberWidth + 1, ' ') + "--> " + sources_.File(labels[first].file).path + "\n";
      DrawLine(labels, first, last);
      first = last;
    }
  }

  void DrawLine(const std::vector<PlacedLabel>& labels, size_t first, size_t last) {
    const PlacedLabel& leftmost = labels[first];
    std::string_view line = sources_.Line(leftmost.file, leftmost.line);
    uint32_t length = static_cast<uint32_t>(line.size());
    uint32_t begin = 0, end = length;
    if (length > kShownBytes) {
      begin = leftmost.begin > kShownBefore ? leftmost.begin - kShownBefore : 0;
      end = std::min(length, begin + kShownBytes);
    }
    while (begin > 0 && begin < length && IsContinuationByte(line[begin])) --begin;
    std::string number = std::to_string(leftmost.line);
    if (number.size() < kNumberWidth) number.insert(0, kNumberWidth - number.size(), ' ');
    const std::string gutter(number.size(), ' ');
    const std::string cut = begin > 0 ? "..." : "";
    out_ += number + " | " + cut + Shown(line.substr(begin, end - begin)) + (end < length ? "..." : "") + "\n";
    for (size_t i = first; i < last; ++i) {
      const PlacedLabel& label = labels[i];
      if (label.begin > end) continue;
      out_ += gutter + " | " + std::string(cut.size(), ' ') + Blank(line.substr(begin, label.begin - begin));
      size_t width = Width(line.substr(label.begin, std::min(label.end, end) - std::min(label.begin, end)));
      out_ += Paint(kRed, std::string("^").append(width > 1 ? width - 1 : 0, '~'));
      if (!label.text->empty()) out_ += " " + *label.text;
      out_ += "\n";
    }
  }

  static std::string Shown(std::string_view text) {
    std::string result(text);
    for (char& c : result)
      if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 127) c = '?';
    return result;
  }

  // As much room as the text takes: tabs stay tabs, any other character becomes a space.
  static std::string Blank(std::string_view text) {
    std::string result;
    for (char c : text)
      if (!IsContinuationByte(c)) result += c == '\t' ? '\t' : ' ';
    return result;
  }

  static size_t Width(std::string_view text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuationByte(c); }));
  }

  const SourceManager& sources_;
  RenderStyle style_;
  std::string out_;
};

}  // namespace

std::string Render(const Diagnostic& diagnostic, const SourceManager& sources, RenderStyle style) {
  return Renderer(sources, style).Draw(diagnostic);
}

std::string RenderAll(const Diagnostics& diagnostics, const SourceManager& sources, RenderStyle style) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics.All()) text += Render(diagnostic, sources, style);
  return text;
}

}  // namespace nnc
