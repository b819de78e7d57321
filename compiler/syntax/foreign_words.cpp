#include "compiler/syntax/foreign_words.h"

namespace nnc {
namespace {

struct WordRow {
  std::string_view word;
  WordPlace place;
  std::string_view help;
};

constexpr WordRow kWords[] = {
#define NNC_WORD(word, place, help) {word, WordPlace::place, help},
#include "compiler/syntax/foreign_words.def"
#undef NNC_WORD
};

struct FormRow {
  std::string_view word, form, remark, block;
};

constexpr FormRow kForms[] = {
#define NNC_FORM(word, form, remark, block) {word, form, remark, block},
#include "compiler/syntax/forms.def"
#undef NNC_FORM
};

const FormRow* Find(std::string_view word) {
  for (const FormRow& row : kForms)
    if (row.word == word) return &row;
  return nullptr;
}

}  // namespace

std::string ForeignWordHelp(std::string_view word, WordPlace place) {
  for (const WordRow& row : kWords)
    if (row.word == word && (row.place == place || place == WordPlace::First)) return std::string(row.help);
  return "";
}

std::string FormOf(std::string_view word) {
  const FormRow* row = Find(word);
  if (!row) return "";
  return "it is written `" + std::string(row->form) + "`" + (row->remark.empty() ? "" : ": " + std::string(row->remark));
}

std::string BlockOf(std::string_view word) {
  const FormRow* row = Find(word);
  return row && !row->block.empty() ? "`" + std::string(word) + "` stands in " + std::string(row->block) : "";
}

std::string LostValueHelp(const ast::Expr& expr) {
  const bool applied = expr.kind == ast::ExprKind::Apply;
  const ast::Expr& named = applied ? *expr.operands[0] : expr;
  if (named.kind != ast::ExprKind::Name && named.kind != ast::ExprKind::Member) return "";
  std::string help = ForeignWordHelp(named.text, WordPlace::First);
  return help.empty() && applied ? FormOf(named.text) : help;
}

}  // namespace nnc
