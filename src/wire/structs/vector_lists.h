// VectorArray: the rows of an ArrayOfVector column on the wire, each a VectorField with the vectors of one
// list, to and from a Column, where the vectors stand one after another. Private to the room. The input is
// untrusted. Thread safety: pure functions.
#pragma once

#include <span>
#include <string_view>

#include "base/status.h"
#include "types/column.h"
#include "wire/pb_writer.h"

namespace redkite::wire {

struct DecodedLists {
  DataType element = DataType::kNone;  // none where no row has a vector
  Column column;
};
/// Of the bodies of the message, which are merged as protobuf wants it. What clients say in `element_type` is
/// not looked at: the member that carries the vectors tells it. `field` is the name for messages.
Result<DecodedLists> DecodeVectorLists(std::string_view field, std::span<const std::string_view> bodies);

/// Bytes of the VectorArray message that PutVectorLists writes for lists of `element`, without its tag and
/// length. A null row is an empty list.
size_t VectorListsBytes(const ColumnView& lists, DataType element);
void PutVectorLists(const ColumnView& lists, DataType element, PbWriter* w);

}  // namespace redkite::wire
