// AddressCounts: how many connections each client address has, against a limit. An address is an IPv4
// address, or the network of an IPv6 one (its first 64 bits), since a client has all of those to itself; the
// port does not count. Thread safety: thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"

namespace redkite::server {

class AddressCounts {
 public:
  /// 0: nothing is limited, and nothing counted.
  explicit AddressCounts(int count_max) : count_max_(count_max) {}
  /// One more of "127.0.0.1:4711" or "[::1]:4711". False: there are count_max; Leave is not called for it.
  bool Enter(std::string_view peer) EXCLUDES(mutex_);
  void Leave(std::string_view peer) EXCLUDES(mutex_);
  /// The part of a peer's name that counts.
  static std::string KeyOf(std::string_view peer);

 private:
  const int count_max_;
  Mutex mutex_;
  std::unordered_map<std::string, int> counts_ GUARDED_BY(mutex_);
};

}  // namespace redkite::server
