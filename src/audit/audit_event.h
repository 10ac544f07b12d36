// Event: what the audit log says happened, as plain data with borrowed texts. Texts may hold anything that a
// client sent: they are escaped and clipped when the line is made. Thread safety: plain data.
#pragma once

#include <cstdint>
#include <string_view>

namespace redkite::audit {

enum class EventKind : uint8_t {
  kLogin,
  kLoginFailed,
  kDenied,  // somebody known asked for what they may not
  kDefine,  // databases, collections, partitions, indexes, aliases, resource groups
  kAccess,  // users, roles, grants, privilege groups
  kConfig,
  kImport,
  kBackup,
  kStart,
  kStop,
};

enum class Transport : uint8_t { kNone, kGrpc, kRest, kManagement };

/// Empty texts are left out of the line.
struct Event {
  EventKind kind = EventKind::kStart;
  Transport transport = Transport::kNone;
  std::string_view user = {};        // as it was given, when the login failed
  std::string_view peer = {};        // "127.0.0.1:4711"
  std::string_view method = {};      // of gRPC, or method and route of HTTP
  std::string_view database = {};    // the object: what the event is about
  std::string_view collection = {};  // collection, alias or other name within the database
  std::string_view subject = {};     // user, role or privilege group
  std::string_view trace_id = {};    // when the client sent one
  int code = 0;                      // of the answer: Milvus's number, 0 is success
};

}  // namespace redkite::audit
