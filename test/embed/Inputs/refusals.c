/* What the compiled function refuses: each with its code, the first event at fault and the member's name, and nothing written.
 * usage: refusals OWN.weights RETRAINED.weights OTHER.weights */
#define _DEFAULT_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "vertex.h"

enum { EVENTS = 37 };

static double columns[3][EVENTS];  /* u, v, w */
static float labels[2][EVENTS];    /* detector_is_left, plane_class */
static float result[2 * EVENTS];
static vertex_input in = {.u = columns[0], .v = columns[1], .w = columns[2], .detector_is_left = labels[0], .plane_class = labels[1]};
static vertex_output out = {.Vertex = result};
static void* workspace;

static void expect(const char* what, int status, int wanted, vertex_fault fault, int64_t event, const char* member) {
  int same = strcmp(fault.member, member) == 0;
  int i, untouched = 1;
  if (wanted != vertex_ok)
    for (i = 0; i < 2 * EVENTS; ++i) untouched = untouched && result[i] == -7;
  if (status == wanted && fault.event == event && same && untouched) return;
  printf("%s: %d (%s), event %ld, %s\n", what, status, vertex_error_text(status), (long)fault.event, fault.member);
  exit(1);
}

static void put(int column, int event, double number) {
  if (column < 3) columns[column][event] = number;
  else labels[column - 3][event] = (float)number;
}

static void value(int column, int event, double number, int wanted, const char* member) {
  vertex_fault fault = {99, "?"};
  double before = column < 3 ? columns[column][event] : (double)labels[column - 3][event];
  char what[64];
  put(column, event, number);
  snprintf(what, sizeof what, "column %d, event %d, %g", column, event, number);
  expect(what, vertex_predict(NULL, &in, &out, EVENTS, workspace, &fault), wanted, fault, wanted == vertex_ok ? -1 : event, member);
  if (wanted != vertex_ok && vertex_predict(NULL, &in, &out, EVENTS, workspace, NULL) != wanted) exit(2);
  put(column, event, before);
  if (wanted == vertex_ok) for (event = 0; event < 2 * EVENTS; ++event) result[event] = -7;
}

static void* contents(const char* path, long* bytes) {
  FILE* file = fopen(path, "rb");
  void* text = malloc(1 << 16);
  if (file == NULL || text == NULL) exit(3);
  *bytes = (long)fread(text, 1, 1 << 16, file);
  fclose(file);
  return text;
}

static void check_values(void) {
  static const float bad_classes[] = {99, -1, NAN, 7.4f, 3, 0.5f, -0.001f, INFINITY, -INFINITY, 3e9f, -3e9f, 1e-30f};
  static const double bad_numbers[] = {NAN, -NAN, INFINITY, -INFINITY, 1e39, -1e300};
  static const int events[] = {0, 1, 15, 16, 31, 32, 36};
  static const char* const names[] = {"u", "v", "w"};
  size_t e, i;
  int c;
  for (e = 0; e < sizeof events / sizeof *events; ++e) {
    for (i = 0; i < sizeof bad_classes / sizeof *bad_classes; ++i) {
      value(4, events[e], bad_classes[i], vertex_bad_class, "plane_class");
      value(3, events[e], bad_classes[i], vertex_bad_class, "detector_is_left");
    }
    for (i = 0; i < sizeof bad_numbers / sizeof *bad_numbers; ++i)
      for (c = 0; c < 3; ++c) value(c, events[e], bad_numbers[i], vertex_not_finite, names[c]);
  }
  value(4, 0, 2, vertex_ok, "");
  value(4, 0, -0.0f, vertex_ok, "");
  value(0, 0, 3.4e38f, vertex_ok, "");
  value(0, 0, 1e-45f, vertex_ok, "");
  value(0, 0, 1e-300, vertex_ok, "");
}

/* Of several the first event is told, and of one event's the first column. */
static void check_order(void) {
  vertex_fault fault = {0, "?"};
  labels[1][20] = 99, columns[0][21] = NAN;
  expect("class first", vertex_predict(NULL, &in, &out, EVENTS, workspace, &fault), vertex_bad_class, fault, 20, "plane_class");
  columns[1][20] = NAN;
  expect("column first", vertex_predict(NULL, &in, &out, EVENTS, workspace, &fault), vertex_not_finite, fault, 20, "v");
  expect("behind the events", vertex_predict(NULL, &in, &out, 20, workspace, &fault), vertex_ok, fault, -1, "");
  labels[1][20] = 0, columns[1][20] = columns[0][21] = 0;
  memset(result, 0, sizeof result);
}

static void check_pointers(void) {
  vertex_fault fault = {0, "?"};
  vertex_input some = {.u = columns[0], .w = columns[2], .detector_is_left = labels[0], .plane_class = labels[1]};
  vertex_output none = {NULL};
  expect("no input", vertex_predict(NULL, NULL, &out, 1, workspace, &fault), vertex_missing_array, fault, -1, "input");
  expect("no output", vertex_predict(NULL, &in, NULL, 1, workspace, &fault), vertex_missing_array, fault, -1, "output");
  expect("no workspace", vertex_predict(NULL, &in, &out, 1, NULL, &fault), vertex_missing_array, fault, -1, "workspace");
  expect("a column left out", vertex_predict(NULL, &some, &out, 1, workspace, &fault), vertex_missing_array, fault, -1, "v");
  expect("no result", vertex_predict(NULL, &in, &none, 1, workspace, &fault), vertex_missing_array, fault, -1, "Vertex");
  expect("negative", vertex_predict(NULL, &in, &out, -1, workspace, &fault), vertex_bad_count, fault, -1, "");
}

static void check_weights(char** files) {
  vertex_fault fault = {0, "?"};
  long bytes;
  vertex_weights* own = contents(files[1], &bytes);
  if (bytes != sizeof *own || memcmp(own, &vertex_trained_weights, sizeof *own) != 0) exit(4);
  if (vertex_check(own, bytes) != vertex_ok || vertex_check(own, bytes - 1) != vertex_wrong_weights) exit(5);
  if (vertex_check(NULL, bytes) != vertex_missing_array || vertex_check(&vertex_trained_weights, sizeof(vertex_weights)) != vertex_ok) exit(6);
  own->values[17] = NAN;
  if (vertex_check(own, bytes) != vertex_wrong_weights) exit(7);
  own->values[17] = 0, own->layout ^= 1;
  if (vertex_check(own, bytes) != vertex_wrong_weights) exit(8);
  expect("layout", vertex_predict(own, &in, &out, 1, workspace, &fault), vertex_wrong_weights, fault, -1, "");
  vertex_weights* retrained = contents(files[2], &bytes);
  if (vertex_check(retrained, bytes) != vertex_ok || memcmp(retrained, &vertex_trained_weights, sizeof *retrained) == 0) exit(9);
  vertex_weights* other = contents(files[3], &bytes);
  if (vertex_check(other, bytes) != vertex_wrong_weights) exit(10);
}

/* Every number of events on its own pages, at the first and the last place of a page: nothing else is read or written. */
static void check_edges(void) {
  static const int counts[] = {1, 2, 15, 16, 17, 31, 37};
  size_t i;
  int at_end;
  for (i = 0; i < sizeof counts / sizeof *counts; ++i)
    for (at_end = 0; at_end < 2; ++at_end) {
      size_t n = (size_t)counts[i];
      vertex_input edges = {.u = (const double*)guarded_copy(columns[0], n * sizeof(double), at_end), .v = (const double*)guarded_copy(columns[1], n * sizeof(double), at_end),
                            .w = (const double*)guarded_copy(columns[2], n * sizeof(double), at_end), .detector_is_left = (const float*)guarded_copy(labels[0], n * sizeof(float), at_end),
                            .plane_class = (const float*)guarded_copy(labels[1], n * sizeof(float), at_end)};
      vertex_output there = {.Vertex = (float*)guarded(2 * n * sizeof(float), at_end)};
      if (vertex_predict(NULL, &edges, &there, counts[i], guarded((size_t)vertex_workspace_size(counts[i]), at_end), NULL) != vertex_ok) exit(11);
      if (vertex_predict(NULL, &in, &out, counts[i], workspace, NULL) != vertex_ok) exit(12);
      if (memcmp(there.Vertex, result, 2 * n * sizeof(float)) != 0) exit(13);
    }
}

int main(int count, char** arguments) {
  int i;
  if (count != 4) return 1;
  workspace = malloc((size_t)vertex_workspace_size(EVENTS));
  for (i = 0; i < EVENTS; ++i) {
    columns[0][i] = i * 0.1, columns[1][i] = 2 - i * 0.05, columns[2][i] = i % 5;
    labels[0][i] = (float)(i % 2), labels[1][i] = (float)(i % 3);
  }
  for (i = 0; i < 2 * EVENTS; ++i) result[i] = -7;
  check_values();
  check_pointers();
  check_weights(arguments);
  check_order();
  check_edges();
  for (i = -1; i <= 6; ++i) puts(vertex_error_text(i));
  return 0;
}
