#include "compiler/sema/file_columns.h"

#include <algorithm>
#include <cctype>

#include "compiler/sema/call_help.h"

namespace nnc::sema {

static constexpr const char* kSeparators = ",;|\t";

static bool IsOfWord(unsigned char c) { return std::isalnum(c) != 0 || c == '_'; }

std::string Literal(const std::string& text) {
  std::string written = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') written += '\\';
    if (c == '\t') written += "\\t";
    else written += c;
  }
  return written + "\"";
}

std::string InProgram(const std::string& name) {
  const bool word = !name.empty() && std::all_of(name.begin(), name.end(), IsOfWord) && std::isdigit(static_cast<unsigned char>(name[0])) == 0;
  return word ? name : Literal(name);
}

static std::vector<std::string> Words(const std::string& text, const char* separators) {
  std::vector<std::string> words;
  for (size_t at = text.find_first_not_of(separators); at != text.npos; at = text.find_first_not_of(separators, std::min(text.find_first_of(separators, at), text.size())))
    words.push_back(text.substr(at, std::min(text.find_first_of(separators, at), text.size()) - at));
  return words;
}

// The names of a header that begins with `#`, as `names` takes them: its cells, or the words of the one.
static std::string NamesBehindMark(const std::vector<ColumnInfo>& schema) {
  std::vector<std::string> names = schema[0].remarked;
  if (names.empty()) {
    for (const ColumnInfo& column : schema) names.push_back(column.name);
    names[0] = names[0].substr(std::min(names[0].find_first_not_of("# "), names[0].size()));
    const std::string text = names[0];
    if (names.size() == 1) names = Words(text, " \t");
  }
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + InProgram(name);
  return list;
}

std::string NearColumn(const std::string& name, const std::vector<ColumnInfo>& schema) {
  std::vector<std::string> names;
  for (const ColumnInfo& column : schema) names.push_back(column.name);
  return ClosestName(name, names);
}

std::string OwnNameHelp(const std::string& name, const std::vector<ColumnInfo>& schema) {
  const bool known = std::any_of(schema.begin(), schema.end(), [&](const ColumnInfo& column) { return column.name == name; });
  return known ? "a column of the file stands by its own name: `" + InProgram(name) + "`" : "";
}

std::string NearHelp(const std::string& name, const std::vector<ColumnInfo>& schema) {
  const std::string near = NearColumn(name, schema);
  return near.empty() ? "" : "did you mean `" + InProgram(near) + "`?";
}

std::string QuotedColumnHelp(const std::string& text, const std::vector<ColumnInfo>& schema) {
  if (const std::string number = QuotedNumberHelp(text); !number.empty()) return number;
  const std::string near = NearHelp(text, schema);
  return near.empty() ? WhatTheFileHas(schema) : near;
}

// A line without the mark of remarks before it, and the mark.
static std::pair<std::string, std::string> WithoutMark(const std::string& line) {
  for (const char* mark : {"#", "//", "!", "%", ";"})
    if (line.starts_with(mark)) return {line.substr(std::min(line.find_first_not_of(" \t", std::string(mark).size()), line.size())), mark};
  return {line, ""};
}

// The one column of a file whose rows blanks separate, and whose header another sign, a mark before it or more blanks: how both are read.
static std::string UndividedHelp(const std::vector<ColumnInfo>& schema) {
  constexpr const char* kBlanks = " \t";
  if (schema.size() != 1) return "";
  if (!schema[0].remarked.empty() || !schema[0].remark.empty()) return "";
  const auto [header, mark] = WithoutMark(schema[0].name);
  const size_t cells = Words(schema[0].label, kBlanks).size();
  std::vector<std::string> names = Words(header, " \t:,;|");
  if (cells < 2 || names.size() != cells) return "";
  std::string list;
  for (std::string& name : names) {
    const bool branch = name.size() > 2 && name[name.size() - 2] == '/' && header.find(':') != header.npos;  // a/D:b/D, as ROOT writes a tree's
    if (branch) name.resize(name.size() - 2);
    list += (list.empty() ? "" : ", ") + InProgram(name);
  }
  if (!mark.empty()) return "lines that begin with `" + mark + "` are skipped with `comment = \"" + mark + "\"`, and the columns are named by `names = [" + list + "]`";
  if (Words(header, kBlanks).size() == cells) return "blanks separate the cells: write `separator = \"blanks\"`";
  return header.find('"') != header.npos ? "" : "blanks separate the cells of the rows, and not those of the header, which is skipped: `comment = \"" + header + "\", names = [" + list + "]`";
}

std::string LongerName(const std::string& name, const std::vector<ColumnInfo>& schema) {
  if (std::string help = UndividedHelp(schema); !help.empty()) return help;
  std::string longer;
  for (const ColumnInfo& column : schema) {
    const bool goes_on = column.name.size() > name.size() && column.name.starts_with(name) && !IsOfWord(column.name[name.size()]) && column.name.find_first_of(kSeparators) == column.name.npos;
    if (!goes_on) continue;
    if (!longer.empty()) return "";
    longer = column.name;
  }
  return longer.empty() ? "" : "the column is called `" + longer + "`: such a name is written in quotes, `\"" + longer + "\"`";
}

std::string TitleHelp(const std::string& name, const std::vector<ColumnInfo>& schema) {
  const auto below = std::find_if(schema.begin(), schema.end(), [&](const ColumnInfo& column) { return column.row == 1 && column.label == name; });
  if (below == schema.end()) return "";
  const std::string& skipped = schema[0].header_skipped;
  return "the first line names the columns, and the second holds `" + name + "`" + (skipped.empty() ? "" : ": if the first is a title, " + skipped);
}

std::string WhichFileHelp(const SourceHeader& source) {
  const auto of_several = std::find_if(source.files.begin(), source.files.end(), [](const auto& part) { return part.paths.size() > 1; });
  if (source.format != "csv" || of_several == source.files.end() || !source.cells.file.empty()) return "";
  return "; which of the source's files an event is from is a column that it names: with `file = origin` in its braces, `origin == \"" + of_several->paths.front() + "\"` is a label";
}

std::string SkippedRemarks(const std::vector<ColumnInfo>& schema) { return schema.empty() || schema[0].remark.empty() ? "" : "comment = \"" + schema[0].remark + "\""; }

std::string WhatTheFileHas(const std::vector<ColumnInfo>& schema) {
  constexpr size_t kMost = 8;
  if (schema.empty()) return "the file has no columns";
  if (const std::string& remark = schema[0].remark; !remark.empty()) return "the first line is taken for the header: those that begin with `" + remark + "` are skipped with `" + SkippedRemarks(schema) + "`";
  if (std::string help = UndividedHelp(schema); !help.empty()) return help;
  const std::string& first = schema[0].name;
  if (first.front() == '#')
    return "the first column is `" + first + "`: lines that begin with `#` are skipped with `comment = \"#\"`, and the columns are named by `names = [" + NamesBehindMark(schema) + "]`";
  if (schema.size() == 1) {
    size_t mark = first.find_first_of(kSeparators);
    if (mark == first.npos) mark = first.find_first_of(":/ ");
    const std::string sign = mark == first.npos ? "" : first[mark] == '\t' ? "tab" : first.substr(mark, 1);
    return "the file has one column, `" + first + "`" + (sign.empty() ? "" : "; if `" + sign + "` separates its cells, write `separator = \"" + sign + "\"`") +
           (sign == " " && !schema[0].header_skipped.empty() ? "; if the line is a remark or a title, " + schema[0].header_skipped : "");
  }
  std::string text = "the file has the columns ";
  for (size_t i = 0; i < schema.size() && i < kMost; ++i) text += (i == 0 ? "`" : ", `") + schema[i].name + "`";
  return schema.size() > kMost ? text + ", ..." : text;
}

void TellOfParts(Diagnostics& diagnostics, const SourceHeader& source) {
  if (diagnostics.All().empty()) return;
  Diagnostic& last = diagnostics[diagnostics.All().size() - 1];
  if (last.kind != DiagnosticKind::UnknownColumn || !last.help.empty()) return;
  for (size_t table = 0; table < source.Tables(); ++table)
    for (const SourceHeader::FilePart& part : source.Table(table).files)
      if (part.span == last.span && (part.part == "valid" || part.part == "test") && part.paths.size() == 1)
        last.Help("events without what is learnt are none to judge by: leave `" + part.part + " = " + Literal(part.paths[0]) + "` out; once the model is trained, `nnc predict RUN --input " + part.paths[0] + "` answers them");
}

}  // namespace nnc::sema
