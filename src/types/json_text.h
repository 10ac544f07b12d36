// JSON texts as clients send them: checks, flat objects as parameters, and the projection of objects to some
// keys. RFC 8259. Thread safety: pure functions. Errors: kParameterInvalid with what is wrong; the caller
// names the place.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "types/schema.h"

namespace redkite {

bool IsValidUtf8(std::string_view text);
/// One well-formed value of any kind.
Status CheckJson(std::string_view text);
/// One well-formed object. Calls nothing per member; see FlattenJsonObject.
Status CheckJsonObject(std::string_view text);
/// The members of an object: strings without quotes and escapes, other values as their text.
Result<Params> FlattenJsonObject(std::string_view text);
/// `params` with the members of the JSON object under the key `params` merged in; keys that stand beside it
/// win. A text that is no object adds nothing: whoever takes it from a client checks it first.
Params MergeJsonParams(const Params& params);
/// The object with only the members named in `keys` (as they stand in the text); "{}" when none is there or
/// when `text` is not an object.
std::string ProjectJsonObject(std::string_view text, std::span<const std::string> keys);

/// A scalar of a JSON text, or where an array begins or ends. The text is borrowed.
struct JsonPart {
  enum class Kind : uint8_t { kBool, kInt, kDouble, kText, kBeginArray, kEndArray, kOther };
  Kind kind = Kind::kOther;  // kOther: an object, null, anything that is no constant
  bool truth = false;
  int64_t integer = 0;
  double real = 0;
  std::string_view text;
};
/// Arrays within arrays, in a constant.
inline constexpr int kJsonConstantDepthMax = 64;
/// Hands the parts of one value, which may be an array of arrays, to `visit` in their order. Refuses null,
/// objects and deeper nesting.
Status VisitJsonConstant(std::string_view text, const std::function<void(const JsonPart&)>& visit);

}  // namespace redkite
