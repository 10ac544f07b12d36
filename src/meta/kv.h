// Kv: the seam to where metadata lives: LocalKv embedded, a cluster's store later; MemKv is the twin for
// tests. Small: ordered keys, whole values, one compare-and-set transaction. Watch and lease come with the
// cluster, which is the first to need them: a single process is the only writer of its store. Thread safety:
// all methods from any thread; transactions are serialised. Invariants: a transaction is applied whole or not
// at all, and is durable when Commit returns; each applied transaction gets the next revision number, and
// revisions never repeat or go back, across restarts too. Errors of Commit: after kParameterInvalid (too
// large) and kDiskLimitExceeded the transaction is certainly not there and the store goes on; after any other
// it may be there in the store's next life, and in this one every later Commit fails while reads go on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace redkite::meta {

struct KvEntry {
  std::string key;
  std::string value;
  uint64_t revision = 0;  // of the transaction that put it
  bool operator==(const KvEntry&) const = default;
};

struct KvCompare {
  std::string key;
  uint64_t revision = 0;  // the entry's must be this; 0 = the key must be absent
};

struct KvPut {
  std::string key;
  std::string value;
};

struct KvTxn {
  std::vector<KvCompare> compares;
  std::vector<KvPut> puts;
  std::vector<std::string> deletes;  // an absent key is no error; no key occurs twice in puts and deletes
};

struct KvTxnResult {
  bool applied = false;   // false: a compare failed and nothing changed
  uint64_t revision = 0;  // of this transaction, or the store's when it was not applied
};

class Kv {
 public:
  virtual ~Kv() = default;
  virtual Result<std::optional<KvEntry>> Get(std::string_view key) = 0;
  /// Entries whose key begins with `prefix`, in key order, at one revision.
  virtual Result<std::vector<KvEntry>> List(std::string_view prefix) = 0;
  virtual Result<KvTxnResult> Commit(const KvTxn& txn) = 0;
  virtual uint64_t revision() const = 0;
};

}  // namespace redkite::meta
