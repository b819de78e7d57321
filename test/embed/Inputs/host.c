/* Reads hits.csv and prints the model's answers as predict does, in several calls of odd sizes on two workspaces. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vertex.h"

enum { EVENTS = 100 };

static vertex_input from(vertex_input in, int first) {
  in.u += first, in.v += first, in.w += first, in.detector_is_left += first, in.plane_class += first;
  return in;
}

static int same(const float* a, const float* b, size_t count) { return memcmp(a, b, count * sizeof(float)) == 0; }

int main(int argc, char** argv) {
  static double u[EVENTS], v[EVENTS], w[EVENTS];
  static float left[EVENTS], plane[EVENTS], all[2 * EVENTS], pieces[2 * EVENTS];
  char line[256], side[16];
  int label, i, first;
  const vertex_input in = {.plane_class = plane, .detector_is_left = left, .w = w, .v = v, .u = u};
  const vertex_output out = {.Vertex = all};
  FILE* file = argc == 2 ? fopen(argv[1], "r") : 0;
  char* workspace = malloc((size_t)vertex_workspace_size(EVENTS) + 1);
  if (!file || !workspace || !fgets(line, sizeof line, file)) return 2;
  for (i = 0; i < EVENTS; ++i) {
    if (!fgets(line, sizeof line, file)) return 2;
    if (sscanf(line, "%lf,%lf,%lf,%15[^,],%d", &u[i], &v[i], &w[i], side, &label) != 5) return 2;
    left[i] = strcmp(side, "left") == 0;
    plane[i] = label == 10 ? 0 : label == 20 ? 1 : 2;
  }
  fclose(file);
  if (vertex_predict(&vertex_trained_weights, &in, &out, EVENTS, workspace, 0) != vertex_ok) return 3;
  /* Any batch size gives the same bits, with the trained weights by default and a workspace that is not aligned. */
  for (first = 0; first < EVENTS; first += 7) {
    int count = EVENTS - first < 7 ? EVENTS - first : 7;
    vertex_input piece = from(in, first);
    vertex_output part = {.Vertex = pieces + 2 * first};
    if (vertex_predict(0, &piece, &part, count, workspace + 1, 0) != vertex_ok) return 4;
  }
  if (!same(all, pieces, 2 * EVENTS)) return 5;
  if (vertex_predict(0, 0, 0, 0, 0, 0) != vertex_ok || !same(all, pieces, 2 * EVENTS)) return 6;
  if (vertex_predict(0, &in, &out, -1, workspace, 0) != vertex_bad_count) return 7;
  for (i = 0; i < EVENTS; ++i) printf("%.9g,%.9g\n", all[2 * i], all[2 * i + 1]);
  free(workspace);
  return 0;
}
