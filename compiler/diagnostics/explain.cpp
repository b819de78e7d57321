#include "compiler/diagnostics/explain.h"

#include <cctype>

namespace nnc {

struct ExplainRow {
  std::string_view code;
  std::string_view text;
};

static constexpr ExplainRow kExplainRows[] = {
#include "explain_texts.inc"
    {"", ""},
};

std::string ExplainText(std::string_view code) {
  std::string wanted(code);
  for (char& c : wanted) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const ExplainRow& row : kExplainRows)
    if (!wanted.empty() && row.code == wanted) return std::string(row.text);
  return {};
}

}  // namespace nnc
