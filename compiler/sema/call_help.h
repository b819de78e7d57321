// Lines of help for a function, layer or optimizer that is given something else than it takes, from its declaration and the text of the call.
#pragma once
#include <string>
#include <vector>

#include "compiler/sema/value.h"
#include "compiler/support/source.h"
#include "compiler/syntax/ast.h"

namespace nnc::sema {

// How the declaration is applied: "it is written `huber{delta = 1.0}(p, y)`".
std::string FormOfCall(const SourceManager& sources, const ast::Decl& decl);

// For one argument too many, written as `extra`: "settings stand in braces: `huber{1.0}(p, y)`"; without settings, the form.
// Where schedules stand, with all settings and no argument.
std::string ExtraArgumentHelp(const SourceManager& sources, const ast::Decl& decl, Span extra, bool schedule);

// The first setting that has to be given where none is, or null.
const ast::Parameter* MissingSetting(const Callable& callable);

// For `dense{x, 16}`, a layer with what it is applied to among its settings: `x |> dense{16}`; for one without such a setting "".
std::string InputAmongSettingsHelp(const SourceManager& sources, const Callable& callable);

// For braces behind what has been configured: how the settings given so far leave room for `more` others, `filled{value = 0}`.
std::string ConfiguredTwiceHelp(const SourceManager& sources, const Callable& callable, size_t more);

// For `start = zeros`, `start = 0`, `start = normal`: the initialiser that is meant; "" for other values.
std::string InitialValueHelp(const Value& value);

// For `filled(0)`, an initialiser that is applied: `filled{value = 0}`.
std::string InitialiserHelp(const SourceManager& sources, const ast::Decl& decl, const std::string& inside);

// For braces behind a builtin, holding `inside`: `reshape[N, 1, 3](x)`.
std::string BuiltinBracesHelp(const std::string& builtin, const std::string& inside);

// For a number in quotes; "" for other text.
std::string QuotedNumberHelp(const std::string& text);

// For settings of a library's declaration that are no numbers: what a tuple or a text should have been. "" where `value` is something else.
std::string SettingHelp(const SourceManager& sources, const ast::Decl& decl, size_t setting, const Value& value, Span written);

// True of `where(c, a, b)`, which chooses in other languages and states a condition here.
bool IsChoice(const ast::Stmt& stmt);
// For a body whose last line is no value.
std::string NoValueHelp(const std::vector<ast::Stmt>& body);

// For an unknown name, used at `use`, that the same or a later statement of the block defines; "" for another one.
std::string BelowHelp(const ast::Block& block, const std::string& name, Span use);

// Where a whole number is needed: of one with a point the same without it, of one in quotes the number. Otherwise "".
std::string WholeNumberHelp(const Value& value);

}  // namespace nnc::sema
