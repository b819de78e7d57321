// What users of other libraries write, and its name in nn; what helps where an argument does not fit. Both are tables.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace nnc::sema {

// "in nn this is `dense{32}`", or "" if the name is none that is known from elsewhere.
std::string ForeignHelp(std::string_view name);
// The same for a name that is a slip of one of these.
std::string NearForeignHelp(const std::string& name);

// The name in nn for one from elsewhere, if it is among `candidates`; otherwise "".
std::string ForeignTarget(std::string_view name, const std::vector<std::string>& candidates);

// What stands for a setting of other libraries' tables, or for one of ours in the wrong place, where a data block or `csv{...}` names it: a
// sentence, or "".
std::string DataHelp(std::string_view name);

// Whether what is known of the name says how models are written and applied, or programs as a whole: of no use where a column is looked for.
bool IsOfPrograms(std::string_view name);

// What to propose for an unknown name: what it is called here, the nearest of the candidates, or nothing.
std::string Proposal(std::string_view name, const std::vector<std::string>& candidates);

// What helps where an argument has another shape than the parameter wants, or "".
std::string ArgumentHint(std::string_view function, std::string_view parameter);

// What helps where it has another number of classes than the model's answer, or "".
std::string ClassesHint(std::string_view function, std::string_view parameter, const std::string& classes);

// What helps at `base.name` where only data sources have fields: a method or property elsewhere. `known`: a function here.
std::string MemberHelp(std::string_view name, std::string_view base, bool known);

// What helps where text in quotes stands for what it names.
std::string QuotedHelp(std::string_view text, bool known);

}  // namespace nnc::sema
