// placeholder
#include "compiler/codegen/kernel_code.h"
namespace nnc::codegen {
void EmitContraction(KernelCode&) {}
int64_t ContractionScratchBytes(const schedule::Plan&, const schedule::Kernel&, Level) { return 0; }
}
