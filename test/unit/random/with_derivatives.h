#pragma once
#include "compiler/ir/graph.h"

namespace nnc::test {

// The program with the derivatives of its loss by its inputs, to the given order (along ones from the second on): outputs "dK.INPUT".
ir::Graph WithDerivatives(const ir::Graph& program, int order);

}  // namespace nnc::test
