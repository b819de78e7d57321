#include "runtime/time_text.h"

#include "runtime/number_text.h"

#include <algorithm>
#include <array>
#include <string>

namespace nnc::runtime {

static bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// 2024-05-17, 17.05.2024 12:30, 2024/05/17T12:30:05.2Z, 12:30:05.
static bool IsDate(std::string_view text) {
  if (text.find_first_not_of("0123456789-/.:TZ+ ") != text.npos || !IsDigit(text[0])) return false;
  const std::string_view day = text.substr(0, text.find_first_of(" T"));
  const bool is_time = std::count(day.begin(), day.end(), ':') >= 1 && day.find_first_of("-/") == day.npos;
  if (is_time) return true;
  const size_t mark = day.find_first_of("-/."), last = day.find_last_of("-/.");
  if (mark == day.npos || day[mark] != day[last] || std::count(day.begin(), day.end(), day[mark]) != 2) return false;
  const size_t ending = day.size() - last - 1;
  return mark >= 1 && last > mark + 1 && ((mark <= 2 && (ending == 2 || ending == 4)) || (mark == 4 && ending >= 1 && ending <= 2));
}

// 01-Jun-2023 00:00:00, 10/Oct/2000:13:55:36
static bool HasMonth(std::string_view text) {
  for (std::string_view month : {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"})
    for (char sign : {'-', '/', ' '})
      if (const size_t at = text.find(std::string(1, sign) + std::string(month) + sign); at != text.npos && at > 0 && IsDigit(text[at - 1]) && at + 5 < text.size() && IsDigit(text[at + 5])) return true;
  return false;
}

// Whether the text begins as the pattern has it, where 0 stands for a digit and T for what may separate a day and a time. What is behind.
static std::optional<std::string_view> Behind(std::string_view text, std::string_view pattern) {
  if (text.size() < pattern.size()) return std::nullopt;
  for (size_t i = 0; i < pattern.size(); ++i)
    if (pattern[i] == '0' ? !IsDigit(text[i]) : pattern[i] == 'T' ? text[i] != 'T' && text[i] != ' ' : text[i] != pattern[i]) return std::nullopt;
  return text.substr(pattern.size());
}

// .25, or nothing.
static bool IsFraction(std::string_view text) { return text.empty() || (text.size() > 1 && text[0] == '.' && std::all_of(text.begin() + 1, text.end(), IsDigit)); }

static bool IsDay(std::string_view text) { return Behind(text, "0000-00-00") == ""; }

static bool IsDayAndTime(std::string_view text) {
  if (text.ends_with('Z')) text.remove_suffix(1);
  const auto seconds = Behind(text, "0000-00-00T00:00:00");
  return Behind(text, "0000-00-00T00:00") == "" || (seconds && IsFraction(*seconds));
}

static bool IsTime(std::string_view text) {
  const size_t hours = text.find(':');
  const auto seconds = hours == text.npos || hours == 0 || !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(hours), IsDigit) ? std::nullopt : Behind(text.substr(hours), ":00:00");
  return seconds && IsFraction(*seconds);
}

// Ways to write a time of which a command makes a number.
static constexpr struct {
  bool (*fits)(std::string_view text);
  std::string_view cure;
} kWays[] = {
    {IsDay, "`perl -MTime::Local -pe 's{\\b(\\d{4})-(\\d\\d)-(\\d\\d)\\b}{timegm(0, 0, 0, $3, $2 - 1, $1)}ge' old.csv > new.csv` writes the seconds since 1970 for all days of the file"},
    {IsDayAndTime, "`perl -MTime::Local -pe 's{\\b(\\d{4})-(\\d\\d)-(\\d\\d)[T ](\\d\\d):(\\d\\d)(?::(\\d\\d)(\\.\\d+)?)?Z?}{timegm($6 || 0, $5, $4, $3, $2 - 1, $1) . ($7 || \"\")}ge' old.csv > new.csv` writes the seconds since 1970 for all times of the file"},
    {IsTime, "`perl -pe 's{\\b(\\d+):(\\d\\d):(\\d\\d(\\.\\d+)?)}{$1 * 3600 + $2 * 60 + $3}ge' old.csv > new.csv` writes the seconds for all times of the file"},
};

std::optional<std::string> TimeHint(std::string_view text, std::span<const std::string> labels) {
  if (!IsDate(text) && !HasMonth(text)) return std::nullopt;
  for (const auto& way : kWays)
    if (way.fits(text) && std::all_of(labels.begin(), labels.end(), [&](const std::string& label) { return IsMissingText(label) || way.fits(Trimmed(label)); }))
      return "dates and times are not read: " + std::string(way.cure);
  return "dates and times are not read: write a number, as the seconds since a start";
}

}  // namespace nnc::runtime
