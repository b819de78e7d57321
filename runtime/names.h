// Names in messages: the nearest of a list, and how one is written.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::runtime {

// Letters to insert, delete or replace between two names.
size_t EditDistance(std::string_view a, std::string_view b);

// The candidate with the fewest edits, the first in alphabetical order among equals; empty if none is near enough to be
// a misspelling.
std::string NearestName(std::string_view name, std::span<const std::string> candidates);

// "; did you mean `nearest`?", or nothing.
std::string Suggestion(std::string_view name, std::span<const std::string> candidates);

// Of a label that says no among labels that one of says yes, written alike, that one; any other as it is.
std::string Affirmed(std::string_view label, std::span<const std::string> labels);

// The text with small letters for capitals (of ASCII).
std::string InLowerCase(std::string text);

// Words with the listed names' own capitals, where one name alone differs in them, and no other word is that name.
std::vector<std::string> WithCapitalsOf(std::vector<std::string> words, std::span<const std::string> names);

// "`a`, `b`, `c`"
std::string Listed(std::span<const std::string> names);

// A text as programs write it, in quotes.
std::string Literal(std::string_view text);

// A column's name as programs write it: in quotes, unless it is a word.
std::string InProgram(std::string_view name);

}  // namespace nnc::runtime
