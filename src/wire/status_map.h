// Status as clients see it: the encoding of common.Status, and of a failed reply of any method.
// Both numbers are always filled: `code` is ours (it equals Milvus's), `error_code` is the legacy enum that
// old clients test. A success is an empty Status. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "wire/method_table.h"

namespace redkite::wire {

/// The legacy error number of a code; UnexpectedError (1) for one that has none, 0 only for kOk.
int LegacyErrorCode(Code code);
/// The bytes of a common.Status.
std::string EncodeStatus(const Status& status);
/// The whole reply of `method` with `status` in its place; the other fields have their defaults. Serves
/// success too, for methods whose reply says nothing else. For a method without such a place (kNoStatus) the
/// reply is empty. Calls about users, roles and privileges have error_code numbers of their own;
/// DescribeCollection of an unknown collection gets the wording and the number that old clients look for.
std::string EncodeReplyStatus(Method method, const Status& status);
/// What a malformed request answers: the method's reply with "malformed request".
Status MalformedRequest(std::string_view message_name);

}  // namespace redkite::wire
