#include "runtime/csv_remarks.h"

#include "runtime/names.h"
#include "runtime/number_text.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <numeric>

namespace nnc::runtime {

static std::vector<std::string> Divided(std::string_view line, std::string_view separators) {
  std::vector<std::string> parts;
  for (size_t at = line.find_first_not_of(separators); at != line.npos; at = line.find_first_not_of(separators, at)) {
    const size_t end = std::min(line.find_first_of(separators, at), line.size());
    parts.emplace_back(Trimmed(line.substr(at, end - at)));
    at = end;
  }
  return parts;
}

std::vector<std::string> WordsOf(std::string_view line) { return Divided(line, " \t"); }

std::string ListSetting(const std::string& name, const std::vector<std::string>& given, const std::vector<std::string>& more) {
  std::vector<std::string> listed;
  for (const auto* texts : {&given, &more})
    for (const std::string& text : *texts)
      if (std::find(listed.begin(), listed.end(), text) == listed.end()) listed.push_back(text);
  std::string list;
  for (const std::string& text : listed) list += (list.empty() ? "" : ", ") + Literal(text);
  return name + " = " + (listed.size() == 1 ? list : "[" + list + "]");
}

std::string WithComment(const CsvOptions& options, const std::vector<std::string>& starts) {
  std::vector<std::string> given = options.comments;
  std::erase_if(given, [&](const std::string& mark) { return std::any_of(starts.begin(), starts.end(), [&](const std::string& start) { return mark.starts_with(start); }); });
  return ListSetting("comment", given, starts);
}

std::string WithMissing(const CsvOptions& options, const std::vector<std::string>& marks) { return ListSetting("missing", options.missing, marks); }

bool BeginsRemark(std::string_view text) {
  return !text.empty() && std::string_view("0123456789+-.,").find(text[0]) == std::string_view::npos && text.find('"') == text.npos;
}

bool IsErrorOfSheets(std::string_view cell) {
  const bool capitals = cell.starts_with('#') && cell.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ/0!?", 1) == cell.npos;
  return capitals && (cell.ends_with('!') || cell.ends_with('?') || cell == "#N/A" || cell == "#N/D" || cell == "#NV");
}

bool BeginsOneLine(std::string_view content, std::string_view start) {
  int64_t lines = 0;
  for (size_t at = 0; at < content.size() && lines < 2; at = std::min(content.find('\n', at), content.size() - 1) + 1)
    lines += Trimmed(content.substr(at, start.size() + 64)).starts_with(start);
  return lines == 1;
}

// The next line from `at` on, without blanks around it, and where the one behind it begins. Lines end as the scanner has them.
static std::string_view NextLine(std::string_view content, size_t& at) {
  const size_t end = std::min(content.find_first_of("\r\n", at), content.size());
  const std::string_view line = Trimmed(content.substr(at, end - at));
  at = end + (content.substr(end).starts_with("\r\n") ? 2 : 1);
  return line;
}

std::string_view LineAt(std::string_view content, int64_t line) {
  std::string_view text;
  size_t at = 0;
  for (int64_t number = 1; number <= line && at < content.size(); ++number) text = NextLine(content, at);
  return text;
}

// Whether of all lines that are not skipped already those that are meant alone begin so.
static bool BeginsThese(std::string_view content, std::string_view start, const std::vector<int64_t>& lines, const std::vector<std::string>& comments) {
  int64_t number = 1;
  for (size_t at = 0; at < content.size(); ++number) {
    const std::string_view line = NextLine(content, at);
    if (!line.starts_with(start) || std::find(lines.begin(), lines.end(), number) != lines.end()) continue;
    if (std::none_of(comments.begin(), comments.end(), [&](const std::string& mark) { return line.starts_with(mark); })) return false;
  }
  return true;
}

// Whether an event may begin so that is not among the first ones.
static bool MayBeginNumber(std::string_view start) { return start.size() < 2 ? start.find_first_of("0123456789+-.,") != start.npos : ParseNumber(start).has_value(); }

std::string MarkOfLine(std::string_view content, const std::vector<int64_t>& lines, int64_t line, char separator, const CsvOptions& options) {
  constexpr size_t kLongest = 60;
  const std::string_view text = LineAt(content, line), signs = separator == ' ' ? std::string_view(" \t") : std::string_view(&separator, 1);
  const std::string_view cell = Trimmed(text.substr(0, text.find_first_of(signs)));
  if (options.HasMark(cell)) return "";  // such a line is not skipped
  for (size_t end = text.find_first_of(signs);; end = text.find_first_of(signs, end + 1)) {
    const std::string_view cells = Trimmed(text.substr(0, end)), closed = end == text.npos ? cells : text.substr(0, end + 1);
    for (const std::string_view start : {cells, closed})
      if (start.find_first_not_of(signs) != start.npos && start.size() <= kLongest && !MayBeginNumber(cells) && BeginsThese(content, start, lines, options.comments)) return std::string(start);
    if (end != text.npos && end <= kLongest) continue;
    const std::string_view words = Trimmed(text.substr(0, text.size() > kLongest ? text.rfind(' ', kLongest) : 0));  // of a long line
    return words.find(' ') != words.npos && !MayBeginNumber(words) && BeginsThese(content, words, lines, options.comments) ? std::string(words) : "";
  }
}

std::vector<std::string> MarksOfLines(std::string_view content, const std::vector<int64_t>& lines, char separator, const CsvOptions& options) {
  std::vector<std::string> marks;
  for (int64_t line : lines) {
    const std::string mark = MarkOfLine(content, lines, line, separator, options);
    if (mark.empty()) return {};
    if (std::find(marks.begin(), marks.end(), mark) == marks.end()) marks.push_back(mark);
  }
  return marks;
}

std::string StartOfRemark(std::string_view content, std::string_view cell) {
  const std::string_view before = Trimmed(cell.substr(0, cell.find_first_of("0123456789")));
  for (std::string_view start : {before, cell})
    if (start.size() > 1 && BeginsOneLine(content, start)) return std::string(start);
  return "";
}

// Whether one of the line's cells is a number, by any sign that may separate them.
static bool HasNumber(std::string_view line) {
  for (const char* separators : {",", ";", "\t", " \t"})
    for (const std::string& cell : Divided(line, separators))
      if (ParseNumber(cell)) return true;
  return false;
}

Remarks RemarksAbove(std::string_view content, const CsvOptions& options) {
  Remarks found;
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  bool below = false;
  int64_t number = 1;
  for (size_t at = 0; at < content.size(); ++number) {
    const std::string_view line = NextLine(content, at);
    if (line.empty() || std::any_of(options.comments.begin(), options.comments.end(), [&](const std::string& mark) { return line.starts_with(mark); })) continue;
    if (found.sign.empty() && !below && std::string_view("#%!*@").find(line[0]) != std::string_view::npos) found.sign = line.substr(0, 1);
    if (found.sign.empty() && !below && line.starts_with("//")) found.sign = "//";
    if (found.sign.empty()) return {};
    if (!line.starts_with(found.sign)) {
      below = true;
      continue;
    }
    const std::string_view text = line.substr(found.sign.size());
    const bool plain = text.empty() || text[0] == ' ' || text[0] == '\t' || text.starts_with(found.sign);  // no event begins so
    if (IsErrorOfSheets(line.substr(0, line.find_first_of(",;\t "))) || (below && !plain)) return {};
    if (!below) found.last = number;
  }
  return options.AnyMark([&](const std::string& mark) { return mark.starts_with(found.sign); }) ? Remarks() : found;
}

bool HasHeaderBelowRemarks(std::string_view content, std::string_view sign) {
  for (size_t at = 0; at < content.size(); at = std::min(content.find('\n', at), content.size() - 1) + 1) {
    const std::string_view line = Trimmed(content.substr(at, std::min(content.find('\n', at), content.size()) - at));
    if (!line.empty() && !line.starts_with(sign)) return !HasNumber(line);
  }
  return false;
}

// A line of remarks without its mark; nothing for another.
static std::optional<std::string_view> RemarkOf(std::string_view line, const std::vector<std::string>& marks) {
  const auto mark = std::find_if(marks.begin(), marks.end(), [&](const std::string& each) { return line.starts_with(each); });
  if (mark == marks.end()) return std::nullopt;
  while (!mark->empty() && line.starts_with(*mark)) line = Trimmed(line.substr(mark->size()));
  return Trimmed(line.substr(std::min(line.find_first_not_of((*mark)[0]), line.size())));
}

// The words of a line of remarks, whatever sets them apart; without what stands in brackets, and without what stands before a colon.
static std::vector<std::string> NamesIn(std::string_view remark) {
  std::string plain;
  int depth = 0;
  for (char c : remark) {
    if (c == '[' || c == '(') ++depth;
    else if (c == ']' || c == ')') --depth;
    else if (c == ':' && depth == 0) plain.clear();
    else if (depth <= 0) plain += c == '"' ? ' ' : c;
  }
  return Divided(plain, ",;| \t");
}

std::vector<std::string> OrderInRemarks(std::string_view content, const std::vector<std::string>& marks, const std::vector<std::string>& names) {
  const auto is_listed = [&](const std::string& word) { return std::find(names.begin(), names.end(), word) != names.end(); };
  const auto has_all = [&](const std::vector<std::string>& words) {
    return words.size() == names.size() && std::all_of(names.begin(), names.end(), [&](const auto& name) { return std::count(words.begin(), words.end(), name) == 1; });
  };
  std::map<std::string, std::vector<std::string>> lines;  // one name of each, by what stands before it
  for (size_t at = 0; at < content.size();) {
    const std::string_view line = NextLine(content, at);
    if (line.empty()) continue;
    const auto remark = RemarkOf(line, marks);
    if (!remark) break;
    const std::string_view named = std::isalpha(static_cast<unsigned char>(line[0])) != 0 ? line : *remark;  // a mark of letters is a word of the line
    if (std::vector<std::string> words = WithCapitalsOf(NamesIn(named), names); has_all(words)) return words;
    const std::vector<std::string> words = WithCapitalsOf(Divided(named, ",;|:=() \t"), names);
    const auto listed = std::find_if(words.begin(), words.end(), is_listed);
    if (listed == words.begin() || listed == words.end()) continue;
    std::string prefix = std::accumulate(words.begin(), listed, std::string(), [](std::string text, const std::string& word) { return std::move(text) + " " + word; });
    std::erase_if(prefix, [](unsigned char c) { return std::isdigit(c) != 0; });
    lines[prefix].push_back(*listed);
  }
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const auto& alike) { return has_all(alike.second); });
  return found == lines.end() ? std::vector<std::string>() : found->second;
}

std::vector<std::string> NamesInRemarks(std::string_view content, const std::vector<std::string>& marks) {
  std::vector<std::string> columns;
  std::string_view lowest, event;
  for (size_t at = 0; at < content.size() && event.empty(); at = std::min(content.find('\n', at), content.size() - 1) + 1) {
    const std::string_view line = Trimmed(content.substr(at, std::min(content.find('\n', at), content.size()) - at));
    if (line.empty()) continue;
    const auto text = RemarkOf(line, marks);
    if (!text) {
      event = line;
      continue;
    }
    if (std::none_of(text->begin(), text->end(), [](unsigned char c) { return std::isalnum(c) != 0; })) continue;  // a rule
    lowest = *text;
    if (const std::vector<std::string> words = WordsOf(line); words[0] == "#column" && words.size() == 3) columns.push_back(words[2]);
  }
  if (!columns.empty()) return columns;
  if (!HasNumber(event)) return {};  // the header itself
  for (const char* separators : {",", ";", "\t", " \t"})
    if (std::vector<std::string> names = Divided(lowest, separators); names.size() > 1 && names.size() == Divided(event, separators).size()) {
      for (std::string& name : names) {
        while (name.size() > 1 && (name.back() == ',' || name.back() == ';')) name.pop_back();
        if (name.size() > 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
      }
      return names;
    }
  return {};
}

void RequireNoRemarksAbove(const Remarks& remarks, int64_t line_above_table, const CsvOptions& options) {
  if (remarks.sign.empty() || line_above_table <= remarks.last) return;
  throw DataError(DataErrorKind::MalformedData, "the lines through this one begin with `" + remarks.sign + "`, and none below them does", {options.shown_as, 0, remarks.last},
                  Offered(WithComment(options, {remarks.sign})) + " skips them");
}

}  // namespace nnc::runtime
