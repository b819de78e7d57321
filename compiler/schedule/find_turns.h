// Loops of which one turn alone matters. In `sum over u of (if u == %ids[n] then %table[u, d] else 0)` all turns of u but that with the
// number %ids[n] give the sum's identity: the loop is not walked, its turn is found. So subscripts that are read from data need nothing
// in the graph but conditions, and nor do their derivatives: in the adjoint, `[u, d] sum [n] (if u == %ids[n] then %g[n, d] else 0)`, the
// turn of the parallel loop u is found for each n, and what has been stored there is added to.
//
//   gather    the loop is folded: the fold is over the other folded loops
//   scatter   the loop is parallel: its elements begin as the identity, and the points of all other loops join what they find, in the
//             row-major order of the folded ones. Where all that is made of the sums is an update which changes nothing where the sum is 0
//             (a weight less a multiple of it), only the elements that are found are summed and updated
//
// Of a largest or smallest element's place the value that is there so far is kept beside it. The kernel means what it means with all turns
// walked, but that a factor 0 is 0 beside what is not finite.
#pragma once
#include <functional>
#include <vector>

#include "compiler/schedule/definitions.h"

namespace nnc::schedule {

// `index_values[step of kind Index] == value`: the places (steps) of an equation that holds wherever the step asked for is not the identity.
struct Equation {
  int index = -1;  // step of the index
  int value = -1;  // step of what it equals
};
std::vector<Equation> EquationsOf(const Kernel& kernel, int step, double identity);

// A read of a fold: where it is `identity`, so is the folded step what changes nothing.
struct NeededRead {
  int read = -1;
  double identity = 0;
};
std::vector<NeededRead> ReadsNeeded(const Kernel& kernel);

// Whether a reader that needs this read (that it is not `identity`) finds the turn of one of its loops once the producer is computed inside:
// an equation of the producer gives it.
bool FindsTurn(const Kernel& producer, const std::vector<int>& axis_of, const Address& read, const Kernel& reader, double identity);

// Whether what is stored is its own element but for a multiple of a sum: nothing where the sum is 0. `own` and `sum` tell which steps are these.
using IsStep = std::function<bool(const ir::Scalar& step, int number)>;
bool KeepsUntouched(const Kernel& kernel, int step, const IsStep& own, const IsStep& sum);
// A scatter with its update: of the elements that are not found nothing is computed.
bool TouchesFoundAlone(const Kernel& kernel);

// Marks the loops whose turns are found (Kernel::found).
void FindTurns(Definitions& definitions, const Capacities& capacities);

}  // namespace nnc::schedule
