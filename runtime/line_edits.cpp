#include "runtime/line_edits.h"

#include "runtime/csv_text.h"
#include "runtime/number_text.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <regex.h>

namespace nnc::runtime {

namespace {

// A pattern of the C library, in bytes.
class Pattern {
 public:
  explicit Pattern(const CsvOptions::Replacement& replacement) : by_(replacement.by), known_(regcomp(&compiled_, replacement.pattern.c_str(), REG_EXTENDED) == 0) {}
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern() {
    if (known_) regfree(&compiled_);
  }
  bool IsKnown() const { return known_; }

  // The line with all stretches that match replaced; nothing where none does.
  std::optional<std::string> Replaced(const std::string& line) const {
    std::string result;
    size_t at = 0, kept = 0;  // where the search goes on, and what is not yet in the result
    bool any = false;
    while (at <= line.size()) {
      regmatch_t match[kGroups];
      match[0] = {static_cast<regoff_t>(at), static_cast<regoff_t>(line.size())};
      if (regexec(&compiled_, line.c_str(), kGroups, match, REG_STARTEND) != 0) break;
      const auto begin = static_cast<size_t>(match[0].rm_so), end = static_cast<size_t>(match[0].rm_eo);
      const bool again = any && begin == end && begin == kept;  // nothing, right behind the last one
      if (!again) {
        result.append(line, kept, begin - kept);
        AppendBy(line, match, result);
        kept = end;
        any = true;
      }
      at = end > begin ? end : end + 1;
    }
    if (!any) return std::nullopt;
    return result.append(line, kept, line.npos);
  }

 private:
  static constexpr size_t kGroups = 10;

  void AppendBy(const std::string& line, const regmatch_t* match, std::string& result) const {
    for (size_t i = 0; i < by_.size(); ++i) {
      const char next = by_[i] == '$' && i + 1 < by_.size() ? by_[i + 1] : 0;
      if (next >= '0' && next <= '9') {
        const regmatch_t& group = match[next - '0'];
        if (group.rm_so >= 0) result.append(line, static_cast<size_t>(group.rm_so), static_cast<size_t>(group.rm_eo - group.rm_so));
        ++i;
      } else {
        result += by_[i];
        if (next == '$') ++i;
      }
    }
  }

  std::string by_;
  regex_t compiled_{};
  bool known_;
};

}  // namespace

bool EditsLines(const CsvOptions& options) { return !options.replacements.empty() || !options.widths.empty(); }

// As a cell between separators.
static std::string AsCell(std::string_view field) {
  const std::string_view text = Trimmed(field);
  if (!text.starts_with('"') && text.find(kFieldSeparator) == text.npos) return std::string(text);
  std::string cell = "\"";
  for (char c : text) cell += c == '"' ? "\"\"" : std::string(1, c);
  return cell + '"';
}

// A line whose fields have these widths in characters, with the source's separator between.
static std::string WithFieldsApart(std::string_view line, const CsvOptions& options) {
  std::string result;
  for (size_t field = 0; field < options.widths.size(); ++field) {
    size_t end = field + 1 == options.widths.size() ? line.size() : 0;
    for (int64_t left = options.widths[field]; end < line.size() && (left > 0 || (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80); ++end)
      if ((static_cast<unsigned char>(line[end]) & 0xC0) != 0x80) --left;
    if (field > 0) result += kFieldSeparator;
    result += AsCell(line.substr(0, end));
    line.remove_prefix(end);
  }
  return result;
}

std::string WithEditedLines(const std::string& text, const CsvOptions& options, bool whole, std::vector<int64_t>* changed) {
  std::vector<std::unique_ptr<Pattern>> patterns;
  for (const CsvOptions::Replacement& each : options.replacements) {
    patterns.push_back(std::make_unique<Pattern>(each));
    if (!patterns.back()->IsKnown()) throw DataError(DataErrorKind::MalformedData, "`" + each.pattern + "` is no pattern", {options.shown_as});
  }
  if (changed) changed->assign(patterns.size(), 0);
  std::string result;
  result.reserve(text.size() + text.size() / 4);
  int64_t number = 1;
  for (size_t begin = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; begin < text.size(); ++number) {
    const size_t end = EndOfLine(text, begin), next = BehindLineEnd(text, end);
    if (!whole && end == text.size()) break;
    std::string line = text.substr(begin, end - begin);
    const bool blank = Trimmed(line).empty();
    for (size_t i = 0; i < patterns.size() && !blank; ++i) {
      std::optional<std::string> replaced = patterns[i]->Replaced(line);
      if (!replaced || *replaced == line) continue;
      if (changed && !IsSkipped(number, options)) ++(*changed)[i];
      line = *std::move(replaced);
    }
    const std::string_view words = Trimmed(line);
    const bool comment = std::any_of(options.comments.begin(), options.comments.end(), [&](const std::string& mark) { return words.starts_with(mark); });
    result += options.widths.empty() || words.empty() || comment ? line : WithFieldsApart(line, options);
    result.append(text, end, next - end);
    begin = next;
  }
  return result;
}

}  // namespace nnc::runtime
