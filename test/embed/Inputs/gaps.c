/* Applies the model to the rows of a file of three columns; an empty cell is nan. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "F.h"

static double Cell(char** at) {
  char* cell = *at;
  char* end = strpbrk(cell, ",\n");
  *at = end + 1;
  return end == cell ? NAN : strtod(cell, NULL);
}

int main(int count, char** arguments) {
  char line[256];
  FILE* file = count > 1 ? fopen(arguments[1], "r") : NULL;
  if (file == NULL || fgets(line, sizeof line, file) == NULL) return 1;
  void* workspace = malloc((size_t)F_workspace_size(1));
  while (fgets(line, sizeof line, file) != NULL) {
    char* at = line;
    double u = Cell(&at), v = Cell(&at);
    float answer;
    F_input in = {.u = &u, .v = &v};
    F_output out = {.F = &answer};
    if (F_predict(NULL, &in, &out, 1, workspace, NULL) != F_ok) return 1;
    printf("%.9g\n", answer);
  }
  free(workspace);
  fclose(file);
  return 0;
}
