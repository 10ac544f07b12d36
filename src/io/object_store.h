// ObjectStore: the seam to where whole objects live under keys: a local directory on one node, S3 in a
// cluster. Nothing in the engine stands on it yet: backups and a cluster's segments and manifests will.
//
// An object is written whole and never changed; a put replaces it. What a put acknowledged is durable. A
// reader sees one version of an object, the old or the new one, and one that starts after a put or a delete
// was acknowledged never sees the state before it. Every put gives the object an etag that no other put of
// this key has had, across deletes and restarts too; put-if-absent and put-if-match are decided one after
// another, so of several that state the same condition at most one is applied.
//
// Keys: 1 … 1024 bytes, parts separated by '/', none of them empty, "." or "..", no NUL; "a" and "a/b" may
// both exist. Anything else is kParameterInvalid. Thread safety: all methods from any thread. Errors:
// kKeyNotFound where there is no such object; kUnexpectedEof for a range that does not lie inside it;
// kDataIntegrity where it is damaged. After kParameterInvalid, kKeyNotFound and kDiskLimitExceeded nothing
// has changed. After any other error of a put or a delete it is unknown whether it happened, or still will:
// read before going on. Retrying makes sense where Status::retriable says so.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace redkite::io {

inline constexpr size_t kMaxObjectKeyBytes = 1024;
/// More are not answered at once, whatever List is asked for.
inline constexpr size_t kMaxObjectsPerPage = 1000;

/// Bytes [offset, offset + length) of an object; kToEnd: from offset to its end.
struct ObjectRange {
  static constexpr uint64_t kToEnd = UINT64_MAX;
  uint64_t offset = 0;
  uint64_t length = kToEnd;
};

struct ObjectInfo {
  uint64_t size_bytes = 0;
  std::string etag;  // opaque; never empty
  bool operator==(const ObjectInfo&) const = default;
};

/// What a Get answers: exactly the bytes of the range, and what they are of.
struct ObjectPart {
  std::string bytes;
  ObjectInfo object;
};

struct PutOutcome {
  bool applied = false;  // false: the condition did not hold and nothing changed
  std::string etag;      // of the object that is there now; empty where there is none
};

struct ObjectName {
  std::string key;
  uint64_t size_bytes = 0;
  bool operator==(const ObjectName&) const = default;
};

struct ObjectPage {
  std::vector<ObjectName> objects;  // in the order of their keys' bytes
  std::string next;                 // the `after` of the next page; empty: this was the last one
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  /// A whole object is verified against its checksum, a part of one is not.
  virtual Result<ObjectPart> Get(std::string_view key, ObjectRange range) = 0;
  Result<ObjectPart> Get(std::string_view key) { return Get(key, ObjectRange{}); }
  /// Size and etag.
  virtual Result<ObjectInfo> Head(std::string_view key) = 0;
  virtual Result<PutOutcome> Put(std::string_view key, std::string_view bytes) = 0;
  virtual Result<PutOutcome> PutIfAbsent(std::string_view key, std::string_view bytes) = 0;
  /// Not applied when the object has another etag or is not there. An empty `etag` is kParameterInvalid.
  virtual Result<PutOutcome> PutIfMatch(std::string_view key, std::string_view etag,
                                        std::string_view bytes) = 0;
  /// Objects whose key begins with `prefix` (any bytes) and is greater than `after`, at most `limit` and
  /// kMaxObjectsPerPage of them. Objects that come or go during a walk over pages may or may not be seen; all
  /// others are seen once.
  virtual Result<ObjectPage> List(std::string_view prefix, std::string_view after, size_t limit) = 0;
  /// Durable on return; success when there is no such object.
  virtual Status Delete(std::string_view key) = 0;
};

/// Ok, or kParameterInvalid with what is wrong with `key`.
Status CheckObjectKey(std::string_view key);

}  // namespace redkite::io
