// Parsing, serialising and the conversions that every codec needs, as templates so that this header names no
// generated type. Private to the room. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/requests.h"
#include "wire/status_map.h"

namespace redkite::wire {

/// Keeps the generated parser from writing to stderr about what a client sent: the caller gets a Status. Done
/// once.
void SilenceParser();

/// A part is a text or a nested message: each becomes an object many times as large as the two bytes that it
/// takes on the wire.
inline constexpr size_t kPartsMax = 64 << 10;
/// kParameterTooLarge when the message has more parts than that.
Status CheckParts(std::string_view bytes, std::string_view name, size_t parts_max);

/// The generated message M from untrusted bytes; `name` goes into the error.
template <class M>
Result<M> Parse(std::string_view bytes, std::string_view name) {
  SilenceParser();
  RK_RETURN_IF_ERROR(CheckParts(bytes, name, kPartsMax));
  M message;
  if (bytes.size() > INT32_MAX || !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return MalformedRequest(name);
  }
  return message;
}

/// The bytes of a reply, its status field present (empty = success) as Milvus sends it.
template <class M>
std::string Serialize(M* reply) {
  reply->mutable_status();
  return reply->SerializeAsString();
}

template <class Pairs>
Params ParamsOf(const Pairs& pairs) {
  Params params;
  params.reserve(static_cast<size_t>(pairs.size()));
  for (const auto& pair : pairs) params.emplace_back(pair.key(), pair.value());
  return params;
}

template <class Pairs>
void PutParams(const Params& params, Pairs* pairs) {
  for (const auto& [key, value] : params) {
    auto* pair = pairs->Add();
    pair->set_key(key);
    pair->set_value(value);
  }
}

template <class M>
CollectionName NameOf(const M& message) {
  return {message.db_name(), message.collection_name()};
}

template <class Texts>
std::vector<std::string> TextsOf(const Texts& texts) {
  return {texts.begin(), texts.end()};
}

/// A level sent as a number; an unknown one is the caller's error.
inline Result<Consistency> ConsistencyOf(int number) {
  if (number < 0 || number > 4)
    return Status::Invalid("unknown consistency level: " + std::to_string(number));
  return static_cast<Consistency>(number);
}

}  // namespace redkite::wire
