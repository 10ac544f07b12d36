#include "proxy/rules/scalar_index_rules.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "proxy/properties.h"
#include "types/collection_properties.h"

namespace redkite::proxy {
namespace {

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string UpperOr(const Params& params, std::string_view key, const std::string& absent) {
  const std::string* text = FindParam(params, key);
  return text == nullptr || text->empty() ? absent : Upper(*text);
}

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> known) {
  return std::find(known.begin(), known.end(), text) != known.end();
}

// What the values of a JSON field are taken for.
Result<std::string> CastType(const Params& params) {
  const std::string cast = UpperOr(params, "json_cast_type", "");
  if (cast.empty()) return Status::Missing("json index must specify cast type");
  if (!IsOneOf(cast, {"BOOL", "DOUBLE", "VARCHAR", "ARRAY_BOOL", "ARRAY_DOUBLE", "ARRAY_VARCHAR", "JSON"}))
    return Status::Invalid("index params: json_cast_type " + cast + " is not supported");
  const std::string function = UpperOr(params, "json_cast_function", "");
  if (function.empty()) return cast;
  if (function != "STRING_TO_DOUBLE")
    return Status::Invalid("index params: json_cast_function " + function + " is not supported");
  if (cast != "DOUBLE") {
    return Status::Invalid(
        "index params: json_cast_function STRING_TO_DOUBLE needs json_cast_type DOUBLE, "
        "but it is " +
        cast);
  }
  return cast;
}

Status CheckInverted(const FieldSchema& field) {
  const bool fits = field.type == DataType::kBool || IsNumeric(field.type) ||
                    IsOneOf(DataTypeName(field.type), {"VarChar", "Array", "JSON"});
  return fits ? Status::Ok()
              : Status::Invalid("INVERTED are not supported on " + std::string(DataTypeName(field.type)) +
                                " field" + (field.type == DataType::kGeometry ? ", use RTREE" : ""));
}

Status CheckBitmap(const FieldSchema& field, const std::string& cast, const Params& params) {
  if (field.is_primary) return Status::Invalid("create bitmap index on primary key not supported");
  const DataType value = field.type == DataType::kArray ? field.element_type : field.type;
  const bool fits = value == DataType::kJson
                        ? IsOneOf(cast, {"BOOL", "VARCHAR"})
                        : value == DataType::kBool || IsInteger(value) || value == DataType::kVarChar;
  if (!fits) {
    return Status::Invalid("bitmap index are only supported on bool, int, string and array field" +
                           (cast.empty() ? "" : ", not on JSON as " + cast));
  }
  const std::string* limit = FindParam(params, "bitmap_cardinality_limit");
  const auto count = limit == nullptr ? std::optional<int64_t>(1) : ParsePropertyInt(*limit);
  if (count && *count >= 1) return Status::Ok();
  return Status::Invalid("invalid bitmap_cardinality_limit value: " + *limit +
                         ", expected: an integer greater than 0");
}

Status CheckSort(const FieldSchema& field, const std::string& cast) {
  const bool fits =
      field.type == DataType::kJson
          ? IsOneOf(cast, {"DOUBLE", "VARCHAR"})
          : IsNumeric(field.type) || IsOneOf(DataTypeName(field.type), {"VarChar", "Timestamptz"});
  return fits ? Status::Ok()
              : Status::Invalid("STL_SORT are only supported on numeric, varchar or timestamptz field" +
                                (cast.empty() ? "" : ", not on JSON as " + cast));
}

Status CheckNgram(const FieldSchema& field, const std::string& cast, const Params& params) {
  const bool fits = field.type == DataType::kVarChar || (field.type == DataType::kJson && cast == "VARCHAR");
  if (!fits) {
    return Status::Invalid("Ngram index can only be created on VARCHAR or JSON field" +
                           (cast.empty() ? "" : " with json_cast_type VARCHAR, but it is " + cast));
  }
  const std::string *min_text = FindParam(params, "min_gram"), *max_text = FindParam(params, "max_gram");
  if (min_text == nullptr || max_text == nullptr)
    return Status::Invalid("Ngram index must specify both min_gram and max_gram");
  const auto min = ParsePropertyInt(*min_text), max = ParsePropertyInt(*max_text);
  if (!min || !max) {
    return Status::Invalid("min_gram and max_gram of a Ngram index must be integers, but got " + *min_text +
                           " and " + *max_text);
  }
  if (*min >= 1 && *min <= *max) return Status::Ok();
  return Status::Invalid(
      "min_gram and max_gram of a Ngram index must be greater than 0 and min_gram at most max_gram, but "
      "got " +
      *min_text + " and " + *max_text);
}

Status CheckAuto(const Params& params) {
  for (const auto& [key, value] : params) {
    const bool known =
        IsOneOf(key, {"index_type", "metric_type", "json_path", "json_cast_type", "json_cast_function"}) ||
        IsIndexProperty(key);
    if (!known) return Status::Invalid("only metric type can be passed when use AutoIndex");
  }
  return Status::Ok();
}

bool IsVectorIndex(const std::string& type) {
  return type.starts_with("HNSW") || type.starts_with("IVF_") || type.starts_with("GPU_") ||
         type.starts_with("SVS_") || type.starts_with("SPARSE_") || type.starts_with("BIN_") ||
         IsOneOf(type, {"FLAT", "DISKANN", "SCANN", "SCANN_DVR", "AISAQ", "MINHASH_LSH"});
}

std::string Escaped(std::string_view step) {
  std::string out;
  for (const char c : step) {
    if (c == '~') out += "~0";
    if (c == '/') out += "~1";
    if (c != '~' && c != '/') out += c;
  }
  return out;
}

// `["a"][0]…` as "/a/0…"; nothing when it is none.
std::optional<std::string> PointerOfSteps(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.size() < 3 || text[0] != '[') return std::nullopt;
    const char quote = text[1];
    const bool quoted = quote == '"' || quote == '\'';
    const size_t begin = quoted ? 2 : 1;
    const size_t end = quoted ? text.find(quote, begin) : text.find(']');
    if (end == text.npos || end == begin) return std::nullopt;
    const std::string_view step = text.substr(begin, end - begin);
    const size_t close = quoted ? end + 1 : end;
    if (close >= text.size() || text[close] != ']') return std::nullopt;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!quoted && !std::all_of(step.begin(), step.end(), is_digit)) return std::nullopt;
    out += "/" + Escaped(step);
    text.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace

// Filters are evaluated by scanning columns until the index types exist.
Status CheckScalarIndex(const FieldSchema& field, const Params& params) {
  const std::string type = UpperOr(params, "index_type", "AUTOINDEX");
  if (field.type == DataType::kText) return Status::Invalid("an index on a Text field is not supported");
  if (IsVectorIndex(type)) {
    return Status::Invalid("data type " + std::string(DataTypeName(field.type)) +
                           " can't build with this index " + type);
  }
  std::string cast;
  const bool wants_cast = type != "STL_SORT" || FindParam(params, "json_cast_type") != nullptr;
  if (field.type == DataType::kJson && wants_cast) {
    RK_ASSIGN_OR_RETURN(cast, CastType(params));
  }
  if (type == "AUTOINDEX") return CheckAuto(params);
  if (type == "INVERTED") return CheckInverted(field);
  if (type == "BITMAP") return CheckBitmap(field, cast, params);
  if (type == "STL_SORT") return CheckSort(field, cast);
  if (type == "NGRAM") return CheckNgram(field, cast, params);
  if (type == "TRIE" || type == "MARISA-TRIE") {
    return field.type == DataType::kVarChar ? Status::Ok()
                                            : Status::Invalid("TRIE are only supported on varchar field");
  }
  if (type == "RTREE") {
    return field.type == DataType::kGeometry
               ? Status::Ok()
               : Status::Invalid("RTREE index can only be built on geometry field");
  }
  return {Code::kParameterInvalid, "invalid parameter[expected=valid index][actual=invalid index type: " +
                                       *FindParam(params, "index_type") + "]"};
}

Result<std::string> JsonPointerOf(const CollectionSchema& schema, const FieldSchema& field,
                                  const std::string& path) {
  const size_t bracket = std::min(path.find('['), path.size());
  const std::string name = path.substr(0, bracket);
  const auto steps = PointerOfSteps(std::string_view(path).substr(bracket));
  if (name.empty() || !steps) return Status::Invalid("cannot parse json path: " + path);
  if (name == field.name) return *steps;
  if (!field.is_dynamic || schema.Find(name) != nullptr) {
    return Status::Invalid("json path " + path + " does not belong to field " + field.name);
  }
  return "/" + Escaped(name) + *steps;
}

}  // namespace redkite::proxy
