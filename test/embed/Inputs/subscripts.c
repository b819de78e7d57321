/* Predictions of a file in calls of several sizes, alike; and what is said of subscripts that are none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "Cells.h"

enum { kEvents = 700 };
static double id[kEvents];
static float layer[kEvents], x[kEvents], y[kEvents], again[kEvents];

static int Call(int first, int count, float* out, Cells_fault* fault, void* workspace) {
  Cells_input in = {.id = id + first, .layer = layer + first, .x = x + first};
  Cells_output result = {.Cells = out + first};
  return Cells_predict(NULL, &in, &result, count, workspace, fault);
}

int main(void) {
  void* workspace = malloc((size_t)Cells_workspace_size(kEvents));
  Cells_fault fault;
  for (int i = 0; i < kEvents; ++i) {
    id[i] = (i * 7) % 36;
    layer[i] = (float)(i % 3);
    x[i] = (float)(i % 50) / 64;
  }
  if (Call(0, kEvents, y, &fault, workspace) != Cells_ok || fault.event != -1) return 1;
  for (int size = 1; size < 300; size = size * 3 + 1) {
    for (int first = 0; first < kEvents; first += size)
      if (Call(first, first + size < kEvents ? size : kEvents - first, again, &fault, workspace) != Cells_ok) return 2;
    if (memcmp(y, again, sizeof y) != 0) return 3;
  }
  for (int i = 0; i < kEvents; ++i) printf("%.9g\n", (double)y[i]);
  const struct {
    int event;
    double id, layer;
    const char* member;
  } bad[] = {{3, 40, 0, "id"}, {299, -1, 0, "id"}, {300, 2.5, 0, "id"}, {620, 36, 0, ""}, {699, 0, 3, ""}, {0, 7, 0.25, ""}};
  for (size_t b = 0; b < sizeof bad / sizeof bad[0]; ++b) {
    const double good_id = id[bad[b].event];
    const float good_layer = layer[bad[b].event];
    id[bad[b].event] = bad[b].id;
    layer[bad[b].event] = (float)bad[b].layer;
    memset(again, 0, sizeof again);
    if (Call(0, kEvents, again, &fault, workspace) != Cells_bad_class || fault.event != bad[b].event) return 4;
    if (strcmp(fault.member, bad[b].member) != 0 || Call(0, kEvents, again, NULL, workspace) != Cells_bad_class) return 5;
    for (int i = 0; i < kEvents; ++i)
      if (again[i] != 0) return 6; /* nothing is written */
    id[bad[b].event] = good_id;
    layer[bad[b].event] = good_layer;
  }
  free(workspace);
  return 0;
}
