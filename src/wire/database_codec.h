// Databases. Replies that only carry a status (create, drop) are EncodeReplyStatus. Thread safety: pure
// functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/requests.h"

namespace redkite::wire {

Result<CreateDatabaseRequest> DecodeCreateDatabase(std::string_view bytes);
/// The database's name; empty where the request leaves it to the call's header.
Result<std::string> DecodeDropDatabase(std::string_view bytes);
Result<std::string> DecodeDescribeDatabase(std::string_view bytes);
Result<AlterDatabaseRequest> DecodeAlterDatabase(std::string_view bytes);
std::string EncodeListDatabases(const std::vector<DatabaseDescription>& databases);
std::string EncodeDescribeDatabase(const DatabaseDescription& database);

}  // namespace redkite::wire
