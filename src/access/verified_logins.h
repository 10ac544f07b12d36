// VerifiedLogins: remembers logins whose password was verified, so that the slow hash is paid once and not
// for every request. Holds keyed digests of user and password, no password. An entry counts only for the
// generation of the user's credentials that it was made for: a changed password makes it void at once, nobody
// has to clear it. Bounded: a fixed table, in which the longest unused of four entries gives way. Only who
// knows a password can add one. Thread safety: any thread. Lookups neither allocate nor wait for more than a
// few comparisons.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "access/crypto.h"
#include "base/mutex.h"

namespace redkite::access {

class VerifiedLogins {
 public:
  explicit VerifiedLogins(size_t entries);
  bool Contains(const Digest& login, uint64_t generation);
  void Add(const Digest& login, uint64_t generation);

 private:
  struct Entry {
    Digest login{};
    uint64_t generation = 0;
    uint64_t used = 0;  // 0: free
  };
  struct Shard {
    Mutex mutex;
    uint64_t now GUARDED_BY(mutex) = 0;
    std::vector<Entry> entries GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 16;
  static constexpr size_t kWays = 4;
  Shard* ShardOf(const Digest& login) const;
  Entry* SetOf(const Digest& login, Shard* shard) const REQUIRES(shard->mutex);

  const std::unique_ptr<Shard[]> shards_;
  size_t sets_per_shard_ = 1;
};

}  // namespace redkite::access
