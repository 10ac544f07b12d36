// What each RPC needs of its caller: one row per method, and where its request names what it is about. A
// method without a row breaks the build (a static_assert). REST routes and SQL statements have the rule of
// the RPC that does the same. Privileges and places are those of Milvus's descriptors where it has one; where
// it has none it lets every user pass, and the rows here say what is asked instead (docs/security.md). Thread
// safety: constant data.
#pragma once

#include <cstdint>

#include "access/privilege.h"
#include "wire/method_table.h"

namespace redkite::server {

enum class AccessNeed : uint8_t {
  kNothing,          // before any credentials: whether the server is alive
  kLogin,            // any user; lists are narrowed to what the user may see
  kPrivilege,        // of the row, on everything that the request names
  kPrivilegeOrAny,   // that, or any privilege on the collection: clients describe what they are about to use
  kPrivilegeOrSelf,  // that, or the user that is named is the caller
  kPrivilegeOrHeldRole,  // that, or the caller holds the role that is named
  kSelf,                 // the user that is named, by its password and not by a key; or who may do everything
  kAdmin,                // root, a holder of `admin`, or of ManageOwnership
};

/// What `name_field` of a request names.
enum class Named : uint8_t {
  kNothing,
  kCollection,  // or an alias of one
  kDatabase,    // the database itself
  kUser,        // a text, or the first field of a message
  kRole,        // a text, or the first field of a message
  kRename,      // a collection, and perhaps another database that it goes to
  kCompaction,  // a number whose collections the node knows
  kDistance,    // rows of collections, inside of operands
};

struct AccessRule {
  wire::Method method{};
  AccessNeed need = AccessNeed::kAdmin;
  access::Privilege privilege{};
  Named named = Named::kNothing;
  // Field numbers of the request; 0: it has none. More than one name or id may be given: all of them count.
  uint8_t database_field = 0;
  uint8_t name_field = 0;
  uint8_t id_field = 0;
};

const AccessRule& RuleOf(wire::Method method);
/// Whether it changes what is defined or who may do what: what an audit wants to know.
bool IsDefinition(wire::Method method);

}  // namespace redkite::server
