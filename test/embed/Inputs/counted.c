/* The number of an event's rows alone: one that is more than there can be, negative, no whole number or none at all is told with its event. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "Counted.h"

int main(void) {
  const float wrong[] = {7, -1, 2.5f, NAN, INFINITY};
  float hits[4] = {0, 6, 3, 1}, out[4];
  void* workspace = malloc((size_t)Counted_workspace_size(4));
  const Counted_input in = {.hits = hits};
  const Counted_output result = {.Counted = out};
  Counted_fault fault;
  if (Counted_predict(NULL, &in, &result, 4, workspace, &fault) != Counted_ok) return 1;
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; ++k) {
    hits[2] = wrong[k];
    if (Counted_predict(NULL, &in, &result, 4, workspace, &fault) == Counted_ok || fault.event != 2 || strcmp(fault.member, "hits") != 0) return 2 + (int)k;
  }
  free(workspace);
  return 0;
}
