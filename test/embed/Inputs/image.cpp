// An image model in C++20: one image at a time and all at once, on pages that end where the numbers end. usage: image IMAGES
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "Net.h"
#include "guard.h"

int main(int count, char** arguments) {
  if (count != 2) return 1;
  std::ifstream file(arguments[1], std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  constexpr std::size_t head = 16, pixels = 6 * 5;
  const std::size_t events = (bytes.size() - head) / pixels;
  std::vector<float> image;
  for (std::size_t i = head; i < bytes.size(); ++i) image.push_back(static_cast<unsigned char>(bytes[i]));

  std::vector<float> all(2 * events);
  const std::unique_ptr<char[]> workspace(new char[static_cast<std::size_t>(Net_workspace_size(static_cast<int64_t>(events)))]);
  const Net_input in = {.image = static_cast<const float*>(guarded_copy(image.data(), image.size() * sizeof(float), 1))};
  const Net_output out = {.Net = all.data()};
  Net_fault fault;
  if (Net_predict(nullptr, &in, &out, static_cast<int64_t>(events), workspace.get(), &fault) != Net_ok) return 2;
  for (std::size_t i = 0; i < events; ++i) {
    const Net_input one = {.image = static_cast<const float*>(guarded_copy(&image[i * pixels], pixels * sizeof(float), static_cast<int>(i % 2)))};
    const Net_output answer = {.Net = reinterpret_cast<float*>(guarded(2 * sizeof(float), 1))};
    if (Net_predict(&Net_trained_weights, &one, &answer, 1, workspace.get(), &fault) != Net_ok) return 3;
    if (std::memcmp(answer.Net, &all[2 * i], 2 * sizeof(float)) != 0) return 4;
    std::printf("%.9g,%.9g\n", static_cast<double>(answer.Net[0]), static_cast<double>(answer.Net[1]));
  }
  // A pixel that is none: the event, not the pixel, is told.
  image[3 * pixels + 7] = -1 / (image[3 * pixels + 7] * 0);
  const Net_input bad = {.image = image.data()};
  if (Net_predict(nullptr, &bad, &out, static_cast<int64_t>(events), workspace.get(), &fault) != Net_not_finite) return 5;
  return fault.event == 3 && std::strcmp(fault.member, "image") == 0 ? 0 : 6;
}
