/* One event, each column by its name; a positional order would be another in each program. */
#include <math.h>
#include <stdio.h>

#include "F.h"

static char workspace[1 << 20];

int main(void) {
  const float one = 1, two = 2, three = 3, four = 4, five = 5, six = 6;
  float answer;
  F_input in = {.a_b = &six, .a_b_SPACE = &five, .a_b_DOT = &four, .class_ = &three, .kind_is_right = &one, .b = &two, .a = &one};
  F_output out = {.F = &answer};
  if (F_workspace_size(1) > (int64_t)sizeof workspace || F_predict(NULL, &in, &out, 1, workspace, NULL) != F_ok) return 1;
  const double expected = 1 + 10 * log1p(2) + 100 + 3000 + 40000 + 500000 + 6e6;
  printf("%.9g %.9g\n", answer, expected);
  return fabs(answer - expected) > 1;
}
