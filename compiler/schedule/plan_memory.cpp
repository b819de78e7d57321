#include "compiler/schedule/plan_memory.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace nnc::schedule {

static constexpr int64_t kAlignment = 64;

int64_t Bytes(const Buffer& buffer) {
  int64_t elements = 1;
  for (int64_t size : buffer.capacity) elements *= size;
  const int64_t bytes = elements * (buffer.dtype == ir::DType::U8 ? 1 : 4);
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

std::vector<Life> Lives(const Plan& plan) {
  std::vector<Life> lives(plan.buffers.size());
  auto use = [&](int buffer, int kernel) {
    const int base = plan.buffers[static_cast<size_t>(buffer)].view_of;
    Life& life = lives[static_cast<size_t>(base < 0 ? buffer : base)];
    if (life.end < life.begin) life.begin = kernel;
    life.end = kernel;
  };
  for (size_t k = 0; k < plan.kernels.size(); ++k) {
    for (const Store& store : plan.kernels[k].stores) use(store.target.buffer, static_cast<int>(k));
    for (const Address& read : plan.kernels[k].reads) use(read.buffer, static_cast<int>(k));
  }
  return lives;
}

int64_t LargestLiveBytes(const Plan& plan) {
  const std::vector<Life> lives = Lives(plan);
  std::vector<int64_t> live(plan.kernels.size(), 0);
  for (size_t b = 0; b < plan.buffers.size(); ++b) {
    const Buffer& buffer = plan.buffers[b];
    if (buffer.place != Buffer::Place::Arena || buffer.view_of >= 0) continue;
    for (int k = lives[b].begin; k <= lives[b].end; ++k) live[static_cast<size_t>(k)] += Bytes(buffer);
  }
  return live.empty() ? 0 : *std::max_element(live.begin(), live.end());
}

namespace {

struct Item {
  size_t buffer;
  int64_t bytes;
  Life life;
  int64_t offset = 0;
};

// Each item in turn at the lowest free offset; returns the bytes in use.
int64_t PlaceInOrder(std::vector<Item>& items) {
  int64_t top = 0;
  std::vector<const Item*> placed;  // by offset
  for (Item& item : items) {
    item.offset = 0;
    for (const Item* other : placed) {
      if (!other->life.Overlaps(item.life)) continue;
      if (other->offset >= item.offset + item.bytes) break;
      item.offset = std::max(item.offset, other->offset + other->bytes);
    }
    auto at = std::upper_bound(placed.begin(), placed.end(), &item,
                               [](const Item* a, const Item* b) { return a->offset < b->offset; });
    placed.insert(at, &item);
    top = std::max(top, item.offset + item.bytes);
  }
  return top;
}

// One behind the other.
void PlaceApart(Plan& plan, const std::vector<Item>& items, int64_t red_zone) {
  plan.arena_bytes = red_zone;
  for (const Item& item : items) {
    plan.buffers[item.buffer].offset = plan.arena_bytes;
    plan.arena_bytes += item.bytes + red_zone;
  }
}

// Memory is shared by buffers whose lives do not overlap, in the order that needs least of it.
void PlaceTogether(Plan& plan, std::vector<Item>& items) {
  // Large first, early first, long-lived first: whichever packs best.
  using Before = std::function<bool(const Item&, const Item&)>;
  const Before orders[] = {
      [](const Item& a, const Item& b) { return a.bytes > b.bytes; },
      [](const Item& a, const Item& b) { return a.life.begin < b.life.begin; },
      [](const Item& a, const Item& b) {
        return a.bytes * (a.life.end - a.life.begin + 1) > b.bytes * (b.life.end - b.life.begin + 1);
      },
      [](const Item& a, const Item& b) { return a.life.end - a.life.begin > b.life.end - b.life.begin; },
  };
  bool first = true;
  const int64_t least = LargestLiveBytes(plan);
  plan.arena_bytes = 0;
  for (const Before& before : orders) {
    std::stable_sort(items.begin(), items.end(), before);
    const int64_t bytes = PlaceInOrder(items);
    if (!first && bytes >= plan.arena_bytes) continue;
    first = false;
    plan.arena_bytes = bytes;
    for (const Item& item : items) plan.buffers[item.buffer].offset = item.offset;
    if (bytes == least) break;
  }
}

}  // namespace

// Bodies of scans first: their arenas are arrays of the outer plan.
static void PlanBodies(Plan& plan, int64_t red_zone) {
  for (Kernel& kernel : plan.kernels) {
    if (kernel.kind != Kernel::Kind::Scan) continue;
    auto body = std::make_shared<Plan>(*kernel.loop.body);
    PlanMemory(*body, red_zone);
    Buffer& arena = plan.buffers[static_cast<size_t>(kernel.stores.back().target.buffer)];
    arena.shape = {ir::Dim(body->arena_bytes / 4)};
    arena.capacity = {body->arena_bytes / 4};
    kernel.loop.body = std::move(body);
  }
}

void PlanMemory(Plan& plan, int64_t red_zone) {
  PlanBodies(plan, red_zone);
  const std::vector<Life> lives = Lives(plan);
  std::vector<Item> items;
  for (size_t b = 0; b < plan.buffers.size(); ++b) {
    const Buffer& buffer = plan.buffers[b];
    if (buffer.place != Buffer::Place::Arena || buffer.view_of >= 0 || lives[b].end < lives[b].begin) continue;
    items.push_back({b, Bytes(buffer), lives[b]});
  }
  if (red_zone > 0) PlaceApart(plan, items, red_zone);
  else PlaceTogether(plan, items);
  for (Buffer& buffer : plan.buffers) {
    if (buffer.view_of >= 0) buffer.offset = plan.buffers[static_cast<size_t>(buffer.view_of)].offset;
  }
}

}  // namespace nnc::schedule
