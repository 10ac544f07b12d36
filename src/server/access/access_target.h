// AccessTarget: what a request is about, as far as access goes: databases and the collections, users or roles
// in them, by name or by id. Of an RPC it is read from the request's bytes without decoding the rest, in one
// pass; of a REST request the route fills it. Every name that a request gives counts, in whatever order its
// fields come, so that what is checked is never less than what is done. Thread safety: plain data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/access/access_rules.h"

namespace redkite::server {

struct AccessTarget {
  std::string database;         // empty: that of the connection, else "default"
  std::string second_database;  // of a rename: where it goes, when that is another one
  std::vector<std::string> names;
  std::vector<int64_t> ids;          // of collections
  std::vector<int64_t> compactions;  // the collections of which the node knows
};

/// False for bytes that are no message, or that name two databases. Reading stops there: the request is
/// refused.
bool ReadTarget(const AccessRule& rule, std::string_view request, AccessTarget* target);

}  // namespace redkite::server
