// RestCall: one REST request on its way. Shared, since its answer may come from another thread. Thread
// safety: by one thread at a time; the cancel token from any.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/executor.h"
#include "rest/body_reader.h"
#include "rest/json_writer.h"
#include "server/access/access_target.h"
#include "server/transport/rpc_handler.h"
#include "wire/method_table.h"

namespace redkite::server {

class RestService;
struct RestCall;
using RestCallPtr = std::shared_ptr<RestCall>;

/// A path and what answers it. `method` is the RPC that does the same: access is decided by its row.
struct RestRoute {
  std::string_view path;  // behind the prefix: "collections/list"
  wire::Method method;
  void (*function)(RestService& rest, const RestCallPtr& call);
  Priority priority = Priority::kControl;
  bool first_interface = false;          // `path` is all of it: "v1/vector/query"
  bool is_get = false;                   // else a POST with a body
  const AccessRule* own_rule = nullptr;  // where what it asks for is not what the RPC does

  const AccessRule& rule() const { return own_rule != nullptr ? *own_rule : RuleOf(method); }
};

struct RestCall {
  std::shared_ptr<HttpRequest> http;
  HttpResponder responder;
  const RestRoute* route = nullptr;
  size_t route_index = 0;
  bool first_interface = false;  // the legacy one, /v1: success is 200 there
  bool int64_as_text = false;
  int64_t start_ns = 0;
  std::optional<rest::JsonBody> body;
  MemoryReservation parsed_memory;      // of the body
  std::optional<AccessTarget> audited;  // what its line in the audit log names
  int code = 0;                         // of the answer, for that line

  rest::BodyReader reader() const { return rest::BodyReader(body->root()); }
  rest::JsonValue root() const { return body->root(); }
  /// When its values are elsewhere.
  void DropBody() {
    body.reset();
    parsed_memory.Release();
  }
  CancelToken* cancel() const { return &http->cancel; }
  /// The database of a request that names none: the header's.
  void FillDatabase(std::string* database) const;
};

}  // namespace redkite::server
