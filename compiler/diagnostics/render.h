// Draws diagnostics as text: the message, the source lines with labels under them, the notes and the cure.
#pragma once
#include <string>

#include "compiler/diagnostics/diagnostics.h"

namespace nnc {

struct RenderStyle {
  bool color = false;  // escape sequences of terminals
};

// One diagnostic, ending with a line end. A note or message without a place is printed without one. Every label gets a row of
// its own; characters that would upset a terminal are replaced, and of a very long line only the part around the label is shown.
std::string Render(const Diagnostic& diagnostic, const SourceManager& sources, RenderStyle style = {});

// All of them, in order of report.
std::string RenderAll(const Diagnostics& diagnostics, const SourceManager& sources, RenderStyle style = {});

}  // namespace nnc
