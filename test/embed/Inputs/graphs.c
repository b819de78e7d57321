/* Events with nodes and edges, read from a file of lines with run, event, label, q, the numbers of nodes and edges, x, e and three zeros or ones
 * for each of six nodes, and source, target, strength for each of eight edges; what stands behind an event's own has no say. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "Net.h"

enum { kNodes = 6, kEdges = 8, kEvents = 300, kCells = 6 + 5 * kNodes + 3 * kEdges };
static float x[kEvents][kNodes], e[kEvents][kNodes], det[kEvents][kNodes], hits[kEvents];
static float source[kEvents][kEdges], target[kEvents][kEdges], strength[kEvents][kEdges], links[kEvents], q[kEvents];
static float p[kEvents], again[kEvents];

static int Read(const char* name) {
  static char line[4096];
  FILE* file = fopen(name, "r");
  int event = 0;
  if (file == NULL || fgets(line, sizeof line, file) == NULL) return -1;
  for (; event < kEvents && fgets(line, sizeof line, file) != NULL; ++event) {
    float cells[kCells];
    const char* at = line;
    for (int i = 0; i < kCells; ++i) {
      cells[i] = strtof(at, (char**)&at);
      ++at;
    }
    q[event] = cells[3];
    hits[event] = cells[4];
    links[event] = cells[5];
    for (int k = 0; k < kNodes; ++k) {
      const float* node = cells + 6 + 5 * k;
      const int there = k < (int)hits[event];
      x[event][k] = there ? node[0] : 1e30F;
      e[event][k] = there ? node[1] : -INFINITY;
      det[event][k] = there ? node[3] + 2 * node[4] : -1;
    }
    for (int k = 0; k < kEdges; ++k) {
      const float* edge = cells + 6 + 5 * kNodes + 3 * k;
      const int there = k < (int)links[event];
      source[event][k] = there ? edge[0] : 99;
      target[event][k] = there ? edge[1] : NAN;
      strength[event][k] = there ? edge[2] : NAN;
    }
  }
  fclose(file);
  return event;
}

static Net_input in = {.q = q, .x = x[0], .e = e[0], .det_class = det[0], .hits = hits, .source = source[0], .target = target[0], .strength = strength[0], .links = links};
static Net_output out = {.Net = p};
static void* workspace;

/* Whether the number is refused where it stands, as that of the member. */
static int Refuses(float* number, float wrong, int code, int event, const char* member) {
  Net_fault fault;
  const float good = *number;
  *number = wrong;
  const int refused = (int)Net_predict(NULL, &in, &out, kEvents, workspace, &fault) == code && fault.event == event && strcmp(fault.member, member) == 0;
  *number = good;
  return refused;
}

int main(int argc, char** argv) {
  Net_fault fault;
  int event = 0;
  if (argc < 2 || Read(argv[1]) != kEvents) return 9;
  workspace = malloc((size_t)Net_workspace_size(kEvents));
  if (Net_predict(NULL, &in, &out, kEvents, workspace, &fault) != Net_ok) return 1;
  for (int i = 0; i < kEvents; ++i) printf("%.9g\n", (double)p[i]);
  /* An event that has fewer nodes than edges, and some of both: each kind goes by its own number. */
  while (!(hits[event] > 0 && hits[event] < links[event])) ++event;
  const int node = (int)hits[event] - 1, edge = (int)links[event] - 1;
  if (!Refuses(&e[event][node], NAN, Net_not_finite, event, "e")) return 2;
  if (!Refuses(&strength[event][edge], NAN, Net_not_finite, event, "strength")) return 3;
  if (!Refuses(&source[event][edge], kNodes, Net_bad_class, event, "")) return 4; /* the graph's own subscript, of which it is a part */
  if (!Refuses(&det[event][0], 3, Net_bad_class, event, "det_class")) return 5;
  if (!Refuses(&hits[event], kNodes + 1, Net_bad_class, event, "hits")) return 6;
  if (!Refuses(&links[event], kEdges + 1, Net_bad_class, event, "links")) return 7;
  out.Net = again;
  if (Net_predict(NULL, &in, &out, kEvents, workspace, &fault) != Net_ok || memcmp(p, again, sizeof p) != 0) return 8;
  free(workspace);
  return 0;
}
