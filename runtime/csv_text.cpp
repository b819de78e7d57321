#include "runtime/csv_text.h"

#include "runtime/line_edits.h"

#include <algorithm>
#include <cerrno>
#include <iconv.h>

namespace nnc::runtime {

namespace {

// A converter of the C library.
class Decoder {
 public:
  explicit Decoder(const std::string& encoding) : handle_(iconv_open("UTF-8", encoding.c_str())) {}
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() {
    if (IsKnown()) iconv_close(handle_);
  }
  bool IsKnown() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  // Appends what the content means, as far as it is text; how many bytes of it that are.
  size_t Decode(std::string& content, std::string& text) {
    char* in = content.data();
    size_t left = content.size();
    while (left > 0) {
      char buffer[1 << 14];
      char* out = buffer;
      size_t room = sizeof buffer;
      const size_t result = iconv(handle_, &in, &left, &out, &room);
      text.append(buffer, sizeof buffer - room);
      incomplete_ = result == static_cast<size_t>(-1) && errno == EINVAL;
      if (result == static_cast<size_t>(-1) && errno != E2BIG) break;
    }
    return content.size() - left;
  }
  // What is left is the beginning of a character.
  bool IsIncomplete() const { return incomplete_; }

 private:
  iconv_t handle_;
  bool incomplete_ = false;
};

}  // namespace

// What a file says of itself with its first bytes.
static std::string EncodingOf(std::string_view content, const CsvOptions& options) {
  if (content.starts_with("\xFF\xFE")) return "UTF-16LE";
  if (content.starts_with("\xFE\xFF")) return "UTF-16BE";
  return options.encoding;
}

static bool SkipsLines(const CsvOptions& options) { return options.skip > 0 || !options.skip_lines.empty(); }

static int64_t LastSkipped(const CsvOptions& options) {
  return options.skip_lines.empty() ? options.skip : std::max(options.skip, *std::max_element(options.skip_lines.begin(), options.skip_lines.end()));
}

bool IsSkipped(int64_t line, const CsvOptions& options) { return line <= options.skip || std::binary_search(options.skip_lines.begin(), options.skip_lines.end(), line); }

size_t EndOfLine(std::string_view text, size_t begin) { return std::min(text.find_first_of("\r\n", begin), text.size()); }

size_t BehindLineEnd(std::string_view text, size_t end) {
  if (end == text.size()) return end;
  return end + (text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n' ? 2 : 1);
}

bool IsCsvText(std::string_view content, const CsvOptions& options) { return EncodingOf(content, options).empty() && !SkipsLines(options) && !EditsLines(options); }

std::string DecodedCsv(std::string content, const CsvOptions& options, bool whole) {
  const std::string encoding = EncodingOf(content, options);
  if (encoding.empty()) return content;
  Decoder decoder(encoding);
  if (!decoder.IsKnown())
    throw DataError(DataErrorKind::MalformedData, "`" + encoding + "` is no encoding that is known here", {options.shown_as}, "as in `encoding = \"windows-1252\"`; `iconv --list` shows those that are known");
  std::string text;
  text.reserve(content.size());
  const size_t taken = decoder.Decode(content, text);
  if (taken < content.size() && (whole || !decoder.IsIncomplete()))
    throw DataError(DataErrorKind::MalformedData, "this is no text in the encoding `" + encoding + "`", {options.shown_as, 0, std::count(text.begin(), text.end(), '\n') + 1},
                    "the file has another encoding, or is damaged here");
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

std::string WithoutSkippedLines(std::string text, const CsvOptions& options, bool whole) {
  const int64_t last = LastSkipped(options);
  int64_t line = 1;
  for (size_t begin = 0; begin < text.size() && line <= last; ++line) {
    const size_t end = EndOfLine(text, begin);
    if (IsSkipped(line, options)) std::fill(text.begin() + static_cast<std::ptrdiff_t>(begin), text.begin() + static_cast<std::ptrdiff_t>(end), ' ');
    begin = BehindLineEnd(text, end);
  }
  if (whole && line <= options.skip)
    throw DataError(DataErrorKind::MalformedData, "`skip` leaves out " + std::to_string(options.skip) + " lines, and the file has " + std::to_string(line - 1) + (line == 2 ? " line" : " lines"), {options.shown_as},
                    "the lines that are left out are those of every file of the source");
  return text;
}

std::string CsvText(std::string content, const CsvOptions& options, bool whole) {
  std::string text = DecodedCsv(std::move(content), options, whole);
  return WithoutSkippedLines(EditsLines(options) ? WithEditedLines(text, options, whole) : std::move(text), options, whole);
}

std::string_view ThroughSkippedLines(std::string_view text, const CsvOptions& options) {
  size_t end = 0;
  for (int64_t line = 1; line <= LastSkipped(options) && end < text.size(); ++line) end = BehindLineEnd(text, EndOfLine(text, end));
  return text.substr(0, end);
}

Cure InAnotherEncoding() { return "if it was written on Windows, " + Offered("encoding = \"windows-1252\"") + " reads it; others have their names, as `\"latin1\"`, `\"windows-1251\"` or `\"shift_jis\"`"; }

void DecodedFirst(DataError& error) {
  if (IsUtf8(error.hint)) return;
  const Cure cure = InAnotherEncoding();
  error.hint = cure.hint, error.setting = cure.setting;
}

}  // namespace nnc::runtime
