// Identifies the particles of a CSV file with the columns p, dedx, tof: prints the probability of a kaon for each.
// usage: identify EVENTS.csv
#include <charconv>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "pid.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: identify EVENTS.csv\n");
    return 1;
  }
  std::ifstream file(argv[1]);
  std::string line;
  std::getline(file, line);
  if (line != "p,dedx,tof") {
    std::fprintf(stderr, "%s: the first line must be p,dedx,tof\n", argv[1]);
    return 1;
  }
  std::vector<float> columns[3];
  while (std::getline(file, line)) {
    const char* at = line.data();
    const char* end = at + line.size();
    for (std::vector<float>& column : columns) {
      float value = 0;
      at = std::from_chars(at, end, value).ptr;
      if (at != end) ++at;  // the comma
      column.push_back(value);
    }
  }

  const auto count = static_cast<int64_t>(columns[0].size());
  std::vector<float> kaon(columns[0].size());
  std::unique_ptr<char[]> workspace(new char[pid_workspace_size(count)]);
  const pid_input in = {.p = columns[0].data(), .dedx = columns[1].data(), .tof = columns[2].data()};
  const pid_output out = {.PID = kaon.data()};
  pid_fault fault;
  const int status = pid_predict(&pid_trained_weights, &in, &out, count, workspace.get(), &fault);
  if (status != pid_ok) {
    std::fprintf(stderr, "%s: event %lld, %s: %s\n", argv[1], static_cast<long long>(fault.event), fault.member, pid_error_text(status));
    return 1;
  }

  std::printf("PID\n");
  for (float probability : kaon) {
    char text[32];  // the shortest spelling that reads back as the same number
    std::printf("%.*s\n", static_cast<int>(std::to_chars(text, text + sizeof text, probability).ptr - text), text);
  }
}
