/* Events of several hits, read from a file of lines with run, event, label, kind, x, e, det; what stands behind an event's hits has no say. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "Net.h"

enum { kMost = 6, kEvents = 400 };
static float e[kEvents][kMost], det[kEvents][kMost], hits[kEvents];
static float hits_class[kEvents]; /* from 0, that of one hit */
static double x[kEvents][kMost];
static float p[kEvents], again[kEvents];

int main(int argc, char** argv) {
  FILE* file = argc < 2 ? NULL : fopen(argv[1], "r");
  char line[256], kind[16], detector[16];
  int run, event, label, last = -1, at = -1;
  if (file == NULL || fgets(line, sizeof line, file) == NULL) return 9;
  while (fgets(line, sizeof line, file) != NULL) {
    double x_here, e_here;
    if (sscanf(line, "%d,%d,%d,%15[^,],%lf,%lf,%15s", &run, &event, &label, kind, &x_here, &e_here, detector) != 7) return 8;
    if (run * 10 + event != last) last = run * 10 + event, ++at;
    const int hit = (int)hits[at]++;
    x[at][hit] = x_here;
    e[at][hit] = (float)e_here;
    det[at][hit] = strcmp(detector, "pixel") == 0 ? 0 : strcmp(detector, "strip") == 0 ? 1 : 2;
  }
  fclose(file);
  if (at + 1 != kEvents) return 7;
  void* workspace = malloc((size_t)Net_workspace_size(kEvents));
  Net_fault fault;
  for (int i = 0; i < kEvents; ++i) hits_class[i] = hits[i] - 1;
#ifdef CLASSES
  Net_input in = {.x = x[0], .e = e[0], .det_class = det[0], .hits = hits, .hits_class = hits_class};
#else
  Net_input in = {.x = x[0], .e = e[0], .det_class = det[0], .hits = hits};
#endif
  Net_output out = {.Net = p};
  if (Net_predict(NULL, &in, &out, kEvents, workspace, &fault) != Net_ok) return 1;
  for (int i = 0; i < kEvents; ++i) printf("%.9g\n", (double)p[i]);
  for (int i = 0; i < kEvents; ++i)
    for (int k = (int)hits[i]; k < kMost; ++k) {
      x[i][k] = 1e300;
      e[i][k] = -INFINITY;
      det[i][k] = -1;
    }
  out.Net = again;
  if (Net_predict(NULL, &in, &out, kEvents, workspace, &fault) != Net_ok || memcmp(p, again, sizeof p) != 0) return 2;
  /* A bad number among the hits is told, behind them it is not looked at. */
  const int there = (int)hits[7] - 1;
  const float good = e[7][there], class_there = det[7][0];
  e[7][there] = NAN;
  if (Net_predict(NULL, &in, &out, kEvents, workspace, &fault) != Net_not_finite || fault.event != 7 || strcmp(fault.member, "e") != 0) return 5;
  e[7][there] = good;
  det[7][0] = 3;
  if (Net_predict(NULL, &in, &out, kEvents, workspace, &fault) != Net_bad_class || fault.event != 7 || strcmp(fault.member, "det_class") != 0) return 6;
  det[7][0] = class_there;
  /* No hits at all; more than there is room for; half a hit. */
  hits[5] = 0;
  if (Net_predict(NULL, &in, &out, kEvents, workspace, &fault) != Net_ok) return 3;
  const float wrong[] = {7, -1, 2.5F};
  for (int i = 0; i < 3; ++i) {
    hits[5] = wrong[i];
    if (Net_predict(NULL, &in, &out, kEvents, workspace, &fault) != Net_bad_class || fault.event != 5 || strcmp(fault.member, "hits") != 0) return 4;
  }
  free(workspace);
  return 0;
}
