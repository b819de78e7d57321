#include "runtime/csv_writer.h"

#include "runtime/file_bytes.h"
#include "runtime/number_text.h"

#include <cassert>

namespace nnc::runtime {

static void AppendText(std::string& out, std::string_view text) {
  bool blank_around = !text.empty() && Trimmed(text).size() != text.size();
  // An empty text is quoted, lest a row of it alone be taken for a blank line; and a byte order mark, lest the file seem to begin with one.
  if (!text.empty() && !blank_around && !text.starts_with("\xEF\xBB\xBF") && text.find_first_of(",\"\r\n") == text.npos) {
    out += text;
    return;
  }
  out += '"';
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

static void AppendCell(std::string& out, const Column& column, int64_t row, int64_t element) {
  size_t at = static_cast<size_t>(row * column.width() + element);
  if (column.is_text) return AppendText(out, column.Text(row));
  switch (column.type) {
    case ElementType::F64: return AppendNumber(out, column.data.as<double>()[at]);
    case ElementType::F32: return AppendNumber(out, column.data.as<float>()[at]);
    case ElementType::I64: return AppendNumber(out, column.data.as<int64_t>()[at]);
    case ElementType::I32: return AppendNumber(out, int64_t{column.data.as<int32_t>()[at]});
    case ElementType::U8: return AppendNumber(out, int64_t{column.data.as<uint8_t>()[at]});
  }
}

static std::string ElementName(const Column& column, int64_t element) {
  return column.element_names.empty() ? std::to_string(element) : column.element_names[static_cast<size_t>(element)];
}

std::vector<std::string> WrittenNames(const Column& column) {
  if (column.shape.empty()) return {column.name};
  std::vector<std::string> names;
  for (int64_t element = 0; element < column.width(); ++element) names.push_back(column.name + "_" + ElementName(column, element));
  return names;
}

static void AppendHeader(std::string& out, std::span<const Column* const> columns) {
  bool first = true;
  for (const Column* column : columns) {
    for (const std::string& name : WrittenNames(*column)) {
      if (!first) out += ',';
      first = false;
      AppendText(out, name);
    }
  }
  out += '\n';
}

std::string FormatCsv(std::span<const Column* const> columns) {
  std::string out;
  AppendHeader(out, columns);
  int64_t rows = columns.empty() ? 0 : columns.front()->rows;
  for ([[maybe_unused]] const Column* column : columns) assert(column->rows == rows);
  for (int64_t row = 0; row < rows; ++row) {
    bool first = true;
    for (const Column* column : columns) {
      for (int64_t element = 0, width = column->width(); element < width; ++element) {
        if (!first) out += ',';
        first = false;
        AppendCell(out, *column, row, element);
      }
    }
    out += '\n';
  }
  return out;
}

void WriteCsv(const std::filesystem::path& path, std::span<const Column* const> columns) {
  WriteFileAtomically(path, FormatCsv(columns));
}

}  // namespace nnc::runtime
