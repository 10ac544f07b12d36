// Insert, upsert, delete. Rows are read by hand from the received bytes straight into columns: packed numbers
// by one copy, texts one after another; nothing is kept twice. The input is untrusted: any bytes give rows or
// a Status.
//
// What the decoder settles: the payload of each column matches its declared type and has as many rows as the
// request says, Int8 and Int16 fit, compact columns with valid_data become full ones with nulls. What it
// leaves to the proxy: everything that needs the schema (names, dimension, length, nullability, UTF-8 of
// texts, NaN). Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "types/requests.h"

namespace redkite::wire {

Result<InsertRequest> DecodeInsert(std::string_view bytes);
Result<InsertRequest> DecodeUpsert(std::string_view bytes);
Result<DeleteRequest> DecodeDelete(std::string_view bytes);
std::string EncodeMutation(const MutationResult& result);

}  // namespace redkite::wire
