// The columns of a file, for who looks for another one; and what a file that was not taken apart shows.
#pragma once
#include <string>
#include <vector>

#include "compiler/diagnostics/diagnostics.h"
#include "compiler/sema/program.h"

namespace nnc::sema {

// "the column is called "a [GeV]"" where one column's name goes on behind this one, as with a unit; "" otherwise.
std::string LongerName(const std::string& name, const std::vector<ColumnInfo>& schema);

// For `events.a` and `events["a"]` in a data block, if the file has the column: a sentence, or "".
std::string OwnNameHelp(const std::string& name, const std::vector<ColumnInfo>& schema);

// Where the line below the header holds the name: the first line is a title. Otherwise "".
std::string TitleHelp(const std::string& name, const std::vector<ColumnInfo>& schema);

// "did you mean ...?" of the file's columns, or "".
std::string NearHelp(const std::string& name, const std::vector<ColumnInfo>& schema);

// For text in quotes that no column is called: the nearest one, or what the file has.
std::string QuotedColumnHelp(const std::string& text, const std::vector<ColumnInfo>& schema);

// The column whose name is nearest, if it may be a misspelling; "" otherwise.
std::string NearColumn(const std::string& name, const std::vector<ColumnInfo>& schema);

// What helps where the file of a part lacks a column, which was told last: it may be the one that is learnt.
void TellOfParts(Diagnostics& diagnostics, const SourceHeader& source);

// A column's name as programs write it: in quotes, unless it is a word.
std::string InProgram(const std::string& name);
// A text as programs write it, in quotes.
std::string Literal(const std::string& text);

// Behind what the file has, where the source reads several and nothing says which an event is from: how it is said. Otherwise "".
std::string WhichFileHelp(const SourceHeader& source);

std::string WhatTheFileHas(const std::vector<ColumnInfo>& schema);
// The setting that skips lines of remarks, where the first of these was taken for the header; "" where none was.
std::string SkippedRemarks(const std::vector<ColumnInfo>& schema);

}  // namespace nnc::sema
