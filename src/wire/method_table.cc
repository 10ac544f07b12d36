#include "wire/method_table.h"

#include <array>

#include "base/check.h"

namespace redkite::wire {
namespace {

#define RK_PATH_milvus "/milvus.proto.milvus.MilvusService/"
#define RK_PATH_telemetry "/milvus.proto.milvus.ClientTelemetryService/"
#define RK_PATH_health "/grpc.health.v1.Health/"

constexpr MethodInfo kMethods[] = {
#define X(name, field) {Method::k##name, Service::kMilvus, field, #name, RK_PATH_milvus #name},
    RK_MILVUS_METHODS(X)
#undef X
#define X(name, field) {Method::k##name, Service::kTelemetry, field, #name, RK_PATH_telemetry #name},
        RK_TELEMETRY_METHODS(X)
#undef X
#define X(name, field) {Method::kHealth##name, Service::kHealth, field, #name, RK_PATH_health #name},
            RK_HEALTH_METHODS(X)
#undef X
};
static_assert(std::size(kMethods) == kMethodCount);
static_assert(kMethodCount < 255, "a slot of the hash table is one byte");

// Open addressing, filled by the compiler: a look-up is one hash and, most times, one comparison.
constexpr size_t kSlotCount = 1024;
constexpr uint8_t kFree = 255;

constexpr uint64_t HashOf(std::string_view path) {
  uint64_t h = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : path) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return h ^ (h >> 29);
}

constexpr std::array<uint8_t, kSlotCount> FillSlots() {
  std::array<uint8_t, kSlotCount> slots{};
  for (uint8_t& s : slots) s = kFree;
  for (size_t i = 0; i < kMethodCount; ++i) {
    size_t at = HashOf(kMethods[i].path) % kSlotCount;
    while (slots[at] != kFree) at = (at + 1) % kSlotCount;
    slots[at] = static_cast<uint8_t>(i);
  }
  return slots;
}
constexpr std::array<uint8_t, kSlotCount> kSlots = FillSlots();

}  // namespace

const MethodInfo* FindMethod(std::string_view path) {
  for (size_t at = HashOf(path) % kSlotCount; kSlots[at] != kFree; at = (at + 1) % kSlotCount) {
    if (kMethods[kSlots[at]].path == path) return &kMethods[kSlots[at]];
  }
  return nullptr;
}

const MethodInfo& InfoOf(Method method) {
  const auto i = static_cast<size_t>(method);
  CHECK(i < kMethodCount);
  return kMethods[i];
}

std::span<const MethodInfo> AllMethods() { return kMethods; }

}  // namespace redkite::wire
