#include "runtime/line_edits.h"

#include "runtime/csv_scanner.h"
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

  // The line with all stretches that match replaced; nothing where none does. Throws DataError TooLarge for a line that the library gives up on.
  std::optional<std::string> Replaced(const std::string& line, const DataPlace& place) const {
    std::string result;
    size_t at = 0, kept = 0;  // where the search goes on, and what is not yet in the result
    bool any = false;
    while (at <= line.size()) {
      regmatch_t match[kGroups];
      match[0] = {static_cast<regoff_t>(at), static_cast<regoff_t>(line.size())};
      const int found = regexec(&compiled_, line.c_str(), kGroups, match, REG_STARTEND);
      if (found == REG_NOMATCH) break;
      if (found != 0) throw DataError(DataErrorKind::TooLarge, "a line of " + std::to_string(line.size()) + " characters is too long for this pattern of `replace`", place);
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

// The fields of a line, by their widths in characters.
static std::vector<std::string> FieldsOf(std::string_view line, const std::vector<int64_t>& widths) {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };  // a character
  std::vector<std::string> fields;
  for (size_t field = 0; field < widths.size(); ++field) {
    size_t end = field + 1 == widths.size() ? line.size() : 0;
    for (int64_t left = widths[field]; end < line.size() && (left > 0 || !begins(line[end])); ++end) left -= begins(line[end]) ? 1 : 0;
    fields.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return fields;
}

namespace {

class LineEditor {
 public:
  explicit LineEditor(const CsvOptions& options) : options_(options), changed_(options.replacements.size()) {
    for (const CsvOptions::Replacement& each : options.replacements) {
      patterns_.push_back(std::make_unique<Pattern>(each));
      if (!patterns_.back()->IsKnown()) throw DataError(DataErrorKind::MalformedData, "`" + each.pattern + "` is no pattern", {options.shown_as});
    }
  }
  const std::vector<int64_t>& changed() const { return changed_; }

  // Blank lines and those that a mark skips stay as they are.
  std::string Edited(const std::string& line, int64_t number) {
    const std::string_view words = Trimmed(line);
    if (words.empty() || IsCommentLine(words, options_.widths.empty() ? options_.separator : 0, options_)) return line;
    std::vector<bool> used(patterns_.size());
    std::string edited;
    if (options_.widths.empty()) {
      edited = Replaced(line, number, used);
    } else {
      const std::vector<std::string> fields = FieldsOf(line, options_.widths);
      for (size_t i = 0; i < fields.size(); ++i) edited += (i == 0 ? "" : std::string(1, kFieldSeparator)) + AsCell(Replaced(fields[i], number, used));
    }
    for (size_t i = 0; i < used.size(); ++i) changed_[i] += used[i] && !IsSkipped(number, options_) ? 1 : 0;
    return edited;
  }

 private:
  std::string Replaced(std::string text, int64_t number, std::vector<bool>& used) const {
    for (size_t i = 0; i < patterns_.size(); ++i) {
      std::optional<std::string> replaced = patterns_[i]->Replaced(text, {options_.shown_as, 0, number});
      if (!replaced || *replaced == text) continue;
      used[i] = true;
      text = *std::move(replaced);
    }
    return text;
  }

  const CsvOptions& options_;
  std::vector<std::unique_ptr<Pattern>> patterns_;
  std::vector<int64_t> changed_;
};

}  // namespace

std::string WithEditedLines(const std::string& text, const CsvOptions& options, bool whole, std::vector<int64_t>* changed) {
  LineEditor editor(options);
  std::string result;
  result.reserve(text.size() + text.size() / 4);
  int64_t number = 1;
  for (size_t begin = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; begin < text.size(); ++number) {
    const size_t end = EndOfLine(text, begin), next = BehindLineEnd(text, end);
    if (!whole && end == text.size()) break;
    result += editor.Edited(text.substr(begin, end - begin), number);
    result.append(text, end, next - end);
    begin = next;
  }
  if (changed) *changed = editor.changed();
  return result;
}

}  // namespace nnc::runtime
