#include "access/login_backoff.h"

#include <algorithm>
#include <cstring>

namespace redkite::access {
namespace {

constexpr size_t kWays = 4;
constexpr int64_t kNsPerMs = 1'000'000;
constexpr uint32_t kDoublingsMax = 30;

size_t RoundedUp(size_t entries) { return (std::max<size_t>(entries, kWays) + kWays - 1) / kWays * kWays; }

}  // namespace

LoginBackoff::LoginBackoff(const Clock* clock, const DigestKey& key, const Options& options)
    : clock_(clock),
      key_(key),
      options_(options),
      by_user_(RoundedUp(options.entries)),
      by_address_(RoundedUp(options.entries)) {}

uint64_t LoginBackoff::KeyOf(std::string_view user, std::string_view address) const {
  const Digest digest = KeyedDigest(key_, user, address);
  uint64_t key;
  std::memcpy(&key, digest.data(), sizeof key);
  return std::max<uint64_t>(key, 1);
}

LoginBackoff::Entry* LoginBackoff::Find(Table* table, uint64_t key, int64_t now_ns) {
  Entry* const set = table->data() + key % (table->size() / kWays) * kWays;
  for (Entry* e = set; e != set + kWays; ++e) {
    if (e->key != key) continue;
    const bool forgotten = now_ns - std::max(e->last_ns, e->free_at_ns) > options_.forget_ms * kNsPerMs;
    if (forgotten) *e = {};
    return forgotten ? nullptr : e;
  }
  return nullptr;
}

void LoginBackoff::Count(Table* table, uint64_t key, const Pace& pace, int64_t now_ns) {
  Entry* entry = Find(table, key, now_ns);
  if (entry == nullptr) {
    Entry* const set = table->data() + key % (table->size() / kWays) * kWays;
    entry = std::min_element(set, set + kWays, [](const Entry& a, const Entry& b) {
      return a.key == 0 || b.key == 0 ? a.key < b.key : a.last_ns < b.last_ns;
    });
    *entry = {.key = key};
  }
  entry->failures += entry->failures < UINT32_MAX ? 1 : 0;
  entry->last_ns = now_ns;
  if (entry->failures <= pace.free_failures) return;
  const uint32_t doublings = std::min(entry->failures - pace.free_failures - 1, kDoublingsMax);
  const int64_t wait_ms = std::min(pace.first_wait_ms << doublings, pace.wait_ms_max);
  entry->free_at_ns = now_ns + wait_ms * kNsPerMs;
}

bool LoginBackoff::IsRefused(std::string_view user, std::string_view address) {
  const uint64_t user_key = KeyOf(user, address), address_key = KeyOf("", address);
  const int64_t now_ns = clock_->MonotonicNs();
  MutexLock lock(mutex_);
  const Entry* of_user = Find(&by_user_, user_key, now_ns);
  const Entry* of_address = Find(&by_address_, address_key, now_ns);
  return (of_user != nullptr && now_ns < of_user->free_at_ns) ||
         (of_address != nullptr && now_ns < of_address->free_at_ns);
}

void LoginBackoff::AddFailure(std::string_view user, std::string_view address) {
  const uint64_t user_key = KeyOf(user, address), address_key = KeyOf("", address);
  const int64_t now_ns = clock_->MonotonicNs();
  MutexLock lock(mutex_);
  Count(&by_user_, user_key, options_.per_user, now_ns);
  Count(&by_address_, address_key, options_.per_address, now_ns);
}

void LoginBackoff::AddSuccess(std::string_view user, std::string_view address) {
  const uint64_t user_key = KeyOf(user, address);
  const int64_t now_ns = clock_->MonotonicNs();
  MutexLock lock(mutex_);
  if (Entry* entry = Find(&by_user_, user_key, now_ns)) *entry = {};
}

}  // namespace redkite::access
