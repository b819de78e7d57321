#include "M.h"

#include <stdio.h>
#include <stdlib.h>

/* Numbers beside the mark -999.9, as a host has them in floats (a) and in doubles (b). One event a call: a value, or the status. */
int main(void) {
  static const double beside[] = {-999.9, -999.900024, -999.90002, -999.9000244140625, -999.90003, -999.8999, -999.90000001, 0.5};
  void* workspace = malloc(M_workspace_size(1));
  for (int column = 0; column < 2; ++column)
    for (size_t i = 0; i < sizeof beside / sizeof *beside; ++i) {
      float a = column == 0 ? (float)beside[i] : 0.25f, answer = 0;
      double b = column == 1 ? beside[i] : 0.25;
      M_input in = {.a = &a, .b = &b};
      M_output out = {.M = &answer};
      int status = M_predict(0, &in, &out, 1, workspace, 0);
      if (status != 0) {
        printf("%d\n", status);
      } else {
        printf("%.9g\n", (double)answer);
      }
    }
  free(workspace);
  return 0;
}
