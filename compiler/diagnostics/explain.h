// The long texts of `nnc explain`: what a diagnostic means, a program that shows it, and the cure. They stand in explain/CODE.md
// and are embedded into the program when it is built.
#pragma once
#include <string>
#include <string_view>

namespace nnc {

// The text for a code such as "E0203", in Markdown; "" if there is no such code. Small letters are accepted.
std::string ExplainText(std::string_view code);

}  // namespace nnc
