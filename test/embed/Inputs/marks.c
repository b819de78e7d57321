/* Twenty events, of which some hold a number that stands for a missing one. */
#include <stdio.h>
#include <stdlib.h>

#include "F.h"

static void Try(const double* u, const double* v, void* workspace) {
  float answers[20];
  F_input in = {.u = u, .v = v};
  F_output out = {.F = answers};
  F_fault fault;
  int status = F_predict(NULL, &in, &out, 20, workspace, &fault);
  printf("%d %d %s: %s\n", status, (int)fault.event, fault.member, F_error_text(status));
}

int main(void) {
  double u[20] = {0}, v[20] = {0};
  void* workspace = malloc((size_t)F_workspace_size(20));
  v[17] = -1000;
  Try(u, v, workspace);
  u[3] = -999;
  Try(u, v, workspace);
  u[3] = -999.5f;
  v[17] = 1000;
  Try(u, v, workspace);
  free(workspace);
  return 0;
}
