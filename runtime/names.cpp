#include "runtime/names.h"

#include <algorithm>
#include <cctype>
#include <unordered_map>
#include <utility>

namespace nnc::runtime {

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::string NearestName(std::string_view name, std::span<const std::string> candidates) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    size_t distance = EditDistance(name, candidate);
    bool nearer = distance < best_distance || (distance == best_distance && !best.empty() && candidate < best);
    if (!nearer || distance >= std::max(name.size(), candidate.size())) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

std::string Suggestion(std::string_view name, std::span<const std::string> candidates) {
  std::string near = NearestName(name, candidates);
  return near.empty() ? "" : "; did you mean `" + near + "`?";
}

std::string Affirmed(std::string_view label, std::span<const std::string> labels) {
  static constexpr std::pair<std::string_view, std::string_view> kAnswers[] = {{"False", "True"}, {"false", "true"}, {"FALSE", "TRUE"}, {"No", "Yes"}, {"no", "yes"}, {"NO", "YES"}, {"N", "Y"}, {"n", "y"}};
  for (const auto& [no, yes] : kAnswers)
    if (label == no && std::find(labels.begin(), labels.end(), yes) != labels.end()) return std::string(yes);
  return std::string(label);
}

std::string InLowerCase(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::vector<std::string> WithCapitalsOf(std::vector<std::string> words, std::span<const std::string> names) {
  std::unordered_map<std::string, std::pair<const std::string*, int>> listed;  // by small letters: the name, and how many there are
  for (const std::string& name : names) listed[InLowerCase(name)].first = &name, ++listed[InLowerCase(name)].second;
  std::unordered_map<std::string, int> said;
  for (const std::string& word : words) ++said[InLowerCase(word)];
  for (std::string& word : words)
    if (const auto known = listed.find(InLowerCase(word)); known != listed.end() && known->second.second == 1 && said[known->first] == 1) word = *known->second.first;
  return words;
}

std::string Listed(std::span<const std::string> names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "`" : ", `") + name + "`";
  return text;
}

std::string Literal(std::string_view text) {
  std::string written = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') written += '\\';
    if (c == '\t') written += "\\t";
    else written += c;
  }
  return written + "\"";
}

std::string InProgram(std::string_view name) {
  auto is_letter = [](unsigned char c) { return std::isalpha(c) != 0 || c == '_'; };
  const bool word = !name.empty() && is_letter(static_cast<unsigned char>(name[0])) &&
                    std::all_of(name.begin(), name.end(), [&](unsigned char c) { return is_letter(c) || std::isdigit(c) != 0; });
  return word ? std::string(name) : Literal(name);
}

}  // namespace nnc::runtime
