#include "access/verified_logins.h"

#include <algorithm>
#include <cstring>

namespace redkite::access {

VerifiedLogins::VerifiedLogins(size_t entries)
    : shards_(new Shard[kShards]), sets_per_shard_(std::max<size_t>(1, entries / (kShards * kWays))) {
  for (size_t i = 0; i < kShards; ++i) {
    MutexLock lock(shards_[i].mutex);
    shards_[i].entries.resize(sets_per_shard_ * kWays);
  }
}

VerifiedLogins::Shard* VerifiedLogins::ShardOf(const Digest& login) const {
  return &shards_[login[0] % kShards];
}

VerifiedLogins::Entry* VerifiedLogins::SetOf(const Digest& login, Shard* shard) const {
  uint32_t number;
  std::memcpy(&number, login.data() + 1, sizeof number);
  return shard->entries.data() + number % sets_per_shard_ * kWays;
}

bool VerifiedLogins::Contains(const Digest& login, uint64_t generation) {
  Shard* const shard = ShardOf(login);
  MutexLock lock(shard->mutex);
  Entry* const set = SetOf(login, shard);
  for (Entry* e = set; e != set + kWays; ++e) {
    // Digests under a secret key tell nothing about a near miss, so this may be an early exit.
    if (e->used == 0 || e->generation != generation || e->login != login) continue;
    e->used = ++shard->now;
    return true;
  }
  return false;
}

void VerifiedLogins::Add(const Digest& login, uint64_t generation) {
  Shard* const shard = ShardOf(login);
  MutexLock lock(shard->mutex);
  Entry* const set = SetOf(login, shard);
  Entry* place = std::find_if(set, set + kWays, [&](const Entry& e) { return e.login == login; });
  if (place == set + kWays) {
    place =
        std::min_element(set, set + kWays, [](const Entry& a, const Entry& b) { return a.used < b.used; });
  }
  *place = {login, generation, ++shard->now};
}

}  // namespace redkite::access
