// LoginBackoff: makes guessing passwords slow. After some failures a login waits, twice as long after each
// further one: by user and address, and by address over all users, so that neither one password over all
// users nor all passwords of one user can be tried fast. A user is never locked out from addresses that did
// not fail. What was refused does not count as a failure. Bounded: two tables of fixed size, in which the
// longest unused entry gives way; keys are digests, so that nobody can aim at an entry. Thread safety: any
// thread. Time by Clock.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "access/crypto.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace redkite::access {

class LoginBackoff {
 public:
  struct Pace {
    uint32_t free_failures = 0;  // before the first wait
    int64_t first_wait_ms = 0;
    int64_t wait_ms_max = 0;
  };
  struct Options {
    size_t entries = 4096;  // of each table
    Pace per_user{3, 500, 60'000};
    Pace per_address{20, 100, 30'000};
    int64_t forget_ms = 15 * 60'000;  // without another failure
  };
  LoginBackoff(const Clock* clock, const DigestKey& key, const Options& options);

  bool IsRefused(std::string_view user, std::string_view address);
  void AddFailure(std::string_view user, std::string_view address);
  /// Forgives the user's failures from the address; those of the address stay.
  void AddSuccess(std::string_view user, std::string_view address);

 private:
  struct Entry {
    uint64_t key = 0;  // 0: free
    uint32_t failures = 0;
    int64_t last_ns = 0;
    int64_t free_at_ns = 0;
  };
  using Table = std::vector<Entry>;

  uint64_t KeyOf(std::string_view user, std::string_view address) const;
  Entry* Find(Table* table, uint64_t key, int64_t now_ns) REQUIRES(mutex_);
  void Count(Table* table, uint64_t key, const Pace& pace, int64_t now_ns) REQUIRES(mutex_);

  const Clock* const clock_;
  const DigestKey key_;
  const Options options_;
  Mutex mutex_;
  Table by_user_ GUARDED_BY(mutex_);
  Table by_address_ GUARDED_BY(mutex_);
};

}  // namespace redkite::access
