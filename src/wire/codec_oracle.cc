#include "wire/codec_oracle.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "base/half.h"
#include "proto/milvus_rows.pb.h"
#include "types/array_value.h"
#include "wire/insert_codec.h"
#include "wire/message_convert.h"
#include "wire/search_codec.h"

namespace redkite::wire {

namespace pb = ::milvus::proto::milvus;
namespace pbc = ::milvus::proto::common;
namespace pbs = ::milvus::proto::schema;

namespace {

// A column as one text per row (the stored bytes), nothing for null.
using Rows = std::vector<std::optional<std::string>>;

template <class T>
std::string BytesOf(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <class T>
bool NarrowRows(const pbs::IntArray& values, Rows* rows) {
  for (const int32_t v : values.data()) {
    if (v < std::numeric_limits<T>::min() || v > std::numeric_limits<T>::max()) return false;
    rows->emplace_back(BytesOf(static_cast<T>(v)));
  }
  return true;
}

// The vectors as bytes, whatever member carries them.
std::string VectorBytes(int type, const pbs::VectorField& v) {
  switch (type) {
    case pbs::BinaryVector:
      return v.binary_vector();
    case pbs::Float16Vector:
      return v.float16_vector();
    case pbs::BFloat16Vector:
      return v.bfloat16_vector();
    case pbs::Int8Vector:
      return v.int8_vector();
    default: {
      std::string bytes;
      for (const float f : v.float_vector().data()) bytes += BytesOf(f);
      return bytes;
    }
  }
}

// The member of a vector type and the bits of an element; no bits for other types.
struct VectorForm {
  pbs::VectorField::DataCase member;
  int64_t bits;
};
VectorForm FormOf(int type) {
  switch (type) {
    case pbs::FloatVector:
      return {pbs::VectorField::kFloatVector, 32};
    case pbs::BinaryVector:
      return {pbs::VectorField::kBinaryVector, 1};
    case pbs::Float16Vector:
      return {pbs::VectorField::kFloat16Vector, 16};
    case pbs::BFloat16Vector:
      return {pbs::VectorField::kBfloat16Vector, 16};
    case pbs::Int8Vector:
      return {pbs::VectorField::kInt8Vector, 8};
    default:
      return {pbs::VectorField::DATA_NOT_SET, 0};
  }
}

// Floats for a type of half their size.
bool NarrowedRows(const pbs::FieldData& field, Rows* rows) {
  const auto& v = field.vectors();
  const auto& data = v.float_vector().data();
  if (v.dim() == 0 && data.empty()) return true;
  if (v.dim() <= 0 || v.dim() > std::numeric_limits<int>::max() || data.size() % v.dim() != 0) return false;
  for (int i = 0; i < data.size(); ++i) {
    if (i % v.dim() == 0) rows->emplace_back("");
    **rows->rbegin() +=
        BytesOf(field.type() == pbs::Float16Vector ? HalfOfFloat(data[i]) : BFloat16OfFloat(data[i]));
  }
  return true;
}

bool VectorRows(const pbs::FieldData& field, Rows* rows) {
  if (field.field_case() == pbs::FieldData::FIELD_NOT_SET) return true;
  if (field.has_scalars()) return field.scalars().data_case() == pbs::ScalarField::DATA_NOT_SET;
  if (!field.has_vectors()) return false;
  const auto& v = field.vectors();
  const VectorForm form = FormOf(field.type());
  if (form.bits == 16 && v.data_case() == pbs::VectorField::kFloatVector) return NarrowedRows(field, rows);
  if (v.data_case() != form.member && v.data_case() != pbs::VectorField::DATA_NOT_SET) return false;
  const std::string data = VectorBytes(field.type(), v);
  if (v.dim() == 0 && data.empty()) return true;
  if (v.dim() <= 0 || v.dim() > std::numeric_limits<int>::max() || v.dim() * form.bits % 8 != 0) return false;
  const auto row_bytes = static_cast<size_t>(v.dim() * form.bits / 8);
  if (data.size() % row_bytes != 0) return false;
  for (size_t at = 0; at < data.size(); at += row_bytes) rows->emplace_back(data.substr(at, row_bytes));
  return true;
}

// The bytes of a row of vectors, and their type; nothing where it is of another one.
struct ListRow {
  DataType element = DataType::kNone;
  std::string bytes;
};
std::optional<ListRow> ListRowOf(const pbs::VectorField& row) {
  switch (row.data_case()) {
    case pbs::VectorField::DATA_NOT_SET:
      return ListRow{};
    case pbs::VectorField::kFloatVector:
      return ListRow{DataType::kFloatVector, VectorBytes(pbs::FloatVector, row)};
    case pbs::VectorField::kBinaryVector:
      return ListRow{DataType::kBinaryVector, row.binary_vector()};
    case pbs::VectorField::kFloat16Vector:
      return ListRow{DataType::kFloat16Vector, row.float16_vector()};
    case pbs::VectorField::kBfloat16Vector:
      return ListRow{DataType::kBFloat16Vector, row.bfloat16_vector()};
    case pbs::VectorField::kInt8Vector:
      return ListRow{DataType::kInt8Vector, row.int8_vector()};
    default:
      return std::nullopt;
  }
}

// The type of the vectors of an ArrayOfVector, none where no row has any; nothing when they are refused.
std::optional<DataType> ListRows(const pbs::VectorArray& lists, Rows* rows) {
  DataType element = DataType::kNone;
  int64_t dim = lists.dim();
  for (const auto& row : lists.data()) {
    const auto list = ListRowOf(row);
    if (!list) return std::nullopt;
    rows->emplace_back(list->bytes);
    if (list->bytes.empty()) continue;
    if (dim == 0) dim = row.dim();
    if (element != DataType::kNone && element != list->element) return std::nullopt;
    element = list->element;
    const bool sane =
        dim > 0 && dim <= std::numeric_limits<int>::max() && (row.dim() == 0 || row.dim() == dim);
    if (!sane || (element == DataType::kBinaryVector && dim % 8 != 0)) return std::nullopt;
    const size_t width = ValueBytes(element, static_cast<int>(dim));
    if (list->bytes.size() % width != 0 || list->bytes.size() / width > kArrayCapacityMax)
      return std::nullopt;
  }
  return element;
}

bool SparseRows(const pbs::FieldData& field, Rows* rows) {
  if (field.has_scalars()) return field.scalars().data_case() == pbs::ScalarField::DATA_NOT_SET;
  if (field.has_struct_arrays()) return false;
  const pbs::VectorField& v = field.vectors();
  for (const auto& row : v.sparse_float_vector().contents()) rows->emplace_back(row);
  return v.data_case() == pbs::VectorField::kSparseFloatVector ||
         v.data_case() == pbs::VectorField::DATA_NOT_SET;
}

// What the elements of a row of an Array are laid out as; None when no array holds them.
DataType ElementOf(const pbs::ScalarField& row) {
  switch (row.data_case()) {
    case pbs::ScalarField::kBoolData:
      return DataType::kBool;
    case pbs::ScalarField::kIntData:
      return DataType::kInt32;
    case pbs::ScalarField::kLongData:
      return DataType::kInt64;
    case pbs::ScalarField::kFloatData:
      return DataType::kFloat;
    case pbs::ScalarField::kDoubleData:
      return DataType::kDouble;
    case pbs::ScalarField::kStringData:
      return DataType::kVarChar;
    default:
      return DataType::kNone;
  }
}

std::string TextsBytes(const pbs::StringArray& texts) {
  if (texts.data().empty()) return {};
  std::string ends, all;
  for (const auto& v : texts.data()) ends += BytesOf(static_cast<uint32_t>((all += v).size()));
  return BytesOf(static_cast<uint32_t>(texts.data_size())) + ends + all;
}

std::string ArrayBytes(const pbs::ScalarField& row) {
  std::string bytes;
  for (const bool v : row.bool_data().data()) bytes += BytesOf(static_cast<uint8_t>(v));
  for (const int32_t v : row.int_data().data()) bytes += BytesOf(v);
  for (const int64_t v : row.long_data().data()) bytes += BytesOf(v);
  for (const float v : row.float_data().data()) bytes += BytesOf(v);
  for (const double v : row.double_data().data()) bytes += BytesOf(v);
  return bytes + TextsBytes(row.string_data());
}

size_t LengthOf(const pbs::ScalarField& row) {
  return static_cast<size_t>(row.bool_data().data_size() + row.int_data().data_size() +
                             row.long_data().data_size() + row.float_data().data_size() +
                             row.double_data().data_size() + row.string_data().data_size());
}

// The element type of an Array column; nothing when its rows differ or one is none of an array.
std::optional<DataType> ArrayRows(const pbs::ArrayArray& arrays, Rows* rows) {
  DataType element = DataType::kNone;
  for (const auto& row : arrays.data()) {
    if (row.data_case() != pbs::ScalarField::DATA_NOT_SET) {
      const DataType own = ElementOf(row);
      if (own == DataType::kNone || (element != DataType::kNone && own != element)) return std::nullopt;
      element = own;
    }
    if (LengthOf(row) > kArrayCapacityMax) return std::nullopt;
    rows->emplace_back(ArrayBytes(row));
  }
  return element;
}

// The values of the payload alone; false when it is not one of the column's type.
bool PayloadRows(const pbs::FieldData& field, Rows* rows) {
  if (FormOf(field.type()).bits != 0) return VectorRows(field, rows);
  if (field.type() == pbs::SparseFloatVector) return SparseRows(field, rows);
  if (field.type() == pbs::ArrayOfVector) {
    if (field.has_scalars()) return field.scalars().data_case() == pbs::ScalarField::DATA_NOT_SET;
    const pbs::VectorField& v = field.vectors();
    const bool fits =
        v.data_case() == pbs::VectorField::kVectorArray || v.data_case() == pbs::VectorField::DATA_NOT_SET;
    return !field.has_struct_arrays() && fits && ListRows(v.vector_array(), rows).has_value();
  }
  if (field.has_vectors() || field.has_struct_arrays()) return false;
  const auto& s = field.scalars();
  const auto held = s.data_case();
  auto is = [&](pbs::ScalarField::DataCase want) {
    return held == want || held == pbs::ScalarField::DATA_NOT_SET;
  };
  switch (field.type()) {
    case pbs::Bool:
      for (const bool v : s.bool_data().data()) rows->emplace_back(BytesOf(static_cast<uint8_t>(v)));
      return is(pbs::ScalarField::kBoolData);
    case pbs::Int8:
      return is(pbs::ScalarField::kIntData) && NarrowRows<int8_t>(s.int_data(), rows);
    case pbs::Int16:
      return is(pbs::ScalarField::kIntData) && NarrowRows<int16_t>(s.int_data(), rows);
    case pbs::Int32:
      return is(pbs::ScalarField::kIntData) && NarrowRows<int32_t>(s.int_data(), rows);
    case pbs::Int64:
      for (const int64_t v : s.long_data().data()) rows->emplace_back(BytesOf(v));
      return is(pbs::ScalarField::kLongData);
    case pbs::Float:
      for (const float v : s.float_data().data()) rows->emplace_back(BytesOf(v));
      return is(pbs::ScalarField::kFloatData);
    case pbs::Double:
      for (const double v : s.double_data().data()) rows->emplace_back(BytesOf(v));
      return is(pbs::ScalarField::kDoubleData);
    case pbs::VarChar:
    case pbs::Text:
    case pbs::Timestamptz:
      for (const auto& v : s.string_data().data()) rows->emplace_back(v);
      return is(pbs::ScalarField::kStringData);
    case pbs::Geometry:
      for (const auto& v : s.geometry_wkt_data().data()) rows->emplace_back(v);
      return is(pbs::ScalarField::kGeometryWktData);
    case pbs::Array:
      return is(pbs::ScalarField::kArrayData) && ArrayRows(s.array_data(), rows);
    case pbs::JSON:
      for (const auto& v : s.json_data().data()) rows->emplace_back(v);
      return is(pbs::ScalarField::kJsonData);
    default:
      return false;
  }
}

bool ReferenceRows(const pbs::FieldData& field, size_t row_count, Rows* rows) {
  Rows payload;
  if (!PayloadRows(field, &payload)) return false;
  const auto& valid = field.valid_data();
  const bool all_null = !valid.empty() && std::count(valid.begin(), valid.end(), true) == 0;
  const bool has_dim = field.vectors().dim() > 0 || (field.vectors().dim() == 0 && all_null);
  if (FormOf(field.type()).bits != 0 && row_count > 0 && !has_dim) return false;
  if (valid.empty()) {
    *rows = std::move(payload);
    return rows->size() == row_count;
  }
  const auto present = static_cast<size_t>(std::count(valid.begin(), valid.end(), true));
  if (static_cast<size_t>(valid.size()) != row_count || payload.size() != present) return false;
  size_t next = 0;
  for (const bool v : valid) rows->push_back(v ? payload[next++] : std::nullopt);
  return true;
}

Rows RowsOf(const ColumnView& view) {
  Rows rows;
  for (size_t row = 0; row < view.row_count; ++row) {
    if (!view.IsValid(row)) {
      rows.emplace_back();
    } else if (IsVariableLength(view.type)) {
      rows.emplace_back(std::string(view.TextAt(row)));
    } else {
      const size_t size = ValueBytes(view.type, view.dim);
      rows.emplace_back(std::string(reinterpret_cast<const char*>(view.data) + row * size, size));
    }
  }
  return rows;
}

// The decoder bounds what nulls may expand to; the reference does not.
bool RefusedForSize(const Status& status) { return status.code() == Code::kParameterTooLarge; }

template <class M>
std::string CompareRows(std::string_view bytes, bool upsert, M* m) {
  const auto got = upsert ? DecodeUpsert(bytes) : DecodeInsert(bytes);
  if (!m->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {};
  std::vector<Rows> columns;
  std::vector<pbs::FieldData> fields;
  for (const auto& field : m->fields_data()) {
    const bool is_struct = field.type() == pbs::ArrayOfStruct && field.has_struct_arrays();
    if (!is_struct) fields.push_back(field);
    if (is_struct && field.struct_arrays().fields().empty())
      return got.ok() ? "accepted, a struct array without fields: " + field.field_name() : "";
    for (const auto& sub_field : field.struct_arrays().fields()) {
      if (!is_struct) break;
      pbs::FieldData& named = fields.emplace_back(sub_field);
      const std::string& name = sub_field.field_name();
      if (!name.starts_with(field.field_name() + "[") || !name.ends_with(']'))
        named.set_field_name(field.field_name() + "[" + name + "]");
    }
  }
  for (const auto& field : fields) {
    Rows rows;
    if (ReferenceRows(field, m->num_rows(), &rows)) {
      columns.push_back(std::move(rows));
      continue;
    }
    return got.ok() ? "accepted, field should be refused: " + field.field_name() : "";
  }
  if (!got.ok()) return RefusedForSize(got.status()) ? "" : "refused: " + got.status().message();
  if (got->columns.size() != columns.size()) return "number of columns";
  for (size_t i = 0; i < columns.size(); ++i) {
    const InputColumn& column = got->columns[i];
    const auto& field = fields[i];
    if (column.name != field.field_name() || column.is_dynamic != field.is_dynamic())
      return "name of a column";
    if (static_cast<int>(column.type()) != static_cast<int>(field.type())) return "type of " + column.name;
    if (RowsOf(column.column.view()) != columns[i]) return "values of " + column.name;
    Rows arrays;
    if (column.column.type() == DataType::kArrayOfVector) {
      if (column.element_type != ListRows(field.vectors().vector_array(), &arrays))
        return "element type of " + column.name;
    } else if (column.element_type != ArrayRows(field.scalars().array_data(), &arrays))
      return "element type of " + column.name;
  }
  if (got->name.database != m->db_name() || got->name.collection != m->collection_name()) return "names";
  if constexpr (requires { m->field_ops(); }) {
    if (got->partial_update != (m->partial_update() || m->field_ops_size() > 0)) return "partial_update";
    if (static_cast<int>(got->field_ops.size()) != m->field_ops_size()) return "field_ops";
    for (int i = 0; i < m->field_ops_size(); ++i) {
      const auto& [field, op] = got->field_ops[static_cast<size_t>(i)];
      const int sent = m->field_ops(i).op();
      const bool same = sent < 0 || sent > 2 ? !got->unsupported.empty() : static_cast<int>(op) == sent;
      if (field != m->field_ops(i).field_name() || !same) return "field op of " + field;
    }
  }
  if (got->partition != m->partition_name() || got->row_count != m->num_rows())
    return "partition or num_rows";
  return got->schema_timestamp == m->schema_timestamp() ? "" : "schema_timestamp";
}

template <class Pairs>
bool SameParams(const Params& got, const Pairs& pairs) {
  return std::equal(got.begin(), got.end(), pairs.begin(), pairs.end(),
                    [](const auto& a, const auto& b) { return a.first == b.key() && a.second == b.value(); });
}

template <class Texts>
bool SameTexts(const std::vector<std::string>& got, const Texts& texts) {
  return std::equal(got.begin(), got.end(), texts.begin(), texts.end());
}

bool SameArray(const TemplateArray& got, const pbs::TemplateArrayValue& m);

bool SameArrays(const TemplateArray& got, const pbs::TemplateArrayValueArray& m) {
  return std::equal(got.arrays.begin(), got.arrays.end(), m.data().begin(), m.data().end(), SameArray);
}

bool SameArray(const TemplateArray& got, const pbs::TemplateArrayValue& m) {
  const ColumnView view = got.values.view();
  const auto same = [&](DataType type, const auto& values, auto at) {
    bool all = view.type == type && view.row_count == static_cast<size_t>(values.size());
    for (size_t i = 0; all && i < view.row_count; ++i) all = at(i) == values[static_cast<int>(i)];
    return all;
  };
  switch (m.data_case()) {
    case pbs::TemplateArrayValue::kBoolData:
      return same(DataType::kBool, m.bool_data().data(), [&](size_t i) { return view.At<uint8_t>(i) != 0; });
    case pbs::TemplateArrayValue::kLongData:
      return same(DataType::kInt64, m.long_data().data(), [&](size_t i) { return view.At<int64_t>(i); });
    case pbs::TemplateArrayValue::kDoubleData:
      return view.type == DataType::kDouble &&
             std::equal(view.Values<double>().begin(), view.Values<double>().end(),
                        m.double_data().data().begin(), m.double_data().data().end(),
                        [](double a, double b) { return BytesOf(a) == BytesOf(b); });
    case pbs::TemplateArrayValue::kStringData:
      return same(DataType::kVarChar, m.string_data().data(), [&](size_t i) { return view.TextAt(i); });
    case pbs::TemplateArrayValue::kJsonData:
      return same(DataType::kJson, m.json_data().data(), [&](size_t i) { return view.TextAt(i); });
    case pbs::TemplateArrayValue::kArrayData:
      return view.row_count == 0 && SameArrays(got, m.array_data());
    default:
      return view.row_count == 0 && got.arrays.empty();
  }
}

bool SameTemplate(const TemplateValue& got, const pbs::TemplateValue& m) {
  const auto* b = std::get_if<bool>(&got.value);
  const auto* i = std::get_if<int64_t>(&got.value);
  const auto* d = std::get_if<double>(&got.value);
  const auto* text = std::get_if<std::string>(&got.value);
  const auto* array = std::get_if<std::shared_ptr<const TemplateArray>>(&got.value);
  switch (m.val_case()) {
    case pbs::TemplateValue::kBoolVal:
      return b != nullptr && *b == m.bool_val();
    case pbs::TemplateValue::kInt64Val:
      return i != nullptr && *i == m.int64_val();
    case pbs::TemplateValue::kFloatVal:
      return d != nullptr && BytesOf(*d) == BytesOf(m.float_val());
    case pbs::TemplateValue::kStringVal:
      return text != nullptr && *text == m.string_val();
    case pbs::TemplateValue::kArrayVal:
      return array != nullptr && SameArray(**array, m.array_val());
    default:
      return std::holds_alternative<std::monostate>(got.value);
  }
}

template <class Map>
bool SameTemplates(const TemplateValues& got, const Map& m) {
  if (got.size() != m.size()) return false;
  return std::all_of(got.begin(), got.end(), [&](const auto& entry) {
    const auto found = m.find(entry.first);
    return found != m.end() && SameTemplate(entry.second, found->second);
  });
}

template <class Got, class M>
std::string CompareCommon(const Got& got, const M& m) {
  if (got.name.database != m.db_name() || got.name.collection != m.collection_name()) return "names";
  if (!SameTexts(got.partitions, m.partition_names())) return "partitions";
  if (!SameTexts(got.output_fields, m.output_fields())) return "output_fields";
  if (!SameTemplates(got.templates, m.expr_template_values())) return "templates";
  const ReadPoint& r = got.read_point;
  if (r.guarantee_ts != m.guarantee_timestamp() || r.travel_ts != m.travel_timestamp()) return "timestamps";
  if (static_cast<int>(r.consistency) != m.consistency_level()) return "consistency";
  return r.use_default == m.use_default_consistency() ? "" : "use_default";
}

std::string CompareQueries(const QueryVectors& got, const pbc::PlaceholderValue& value) {
  if (got.placeholder_type != value.type() || got.count != static_cast<size_t>(value.values_size()))
    return "type, count";
  std::string all;
  bool uniform = true;
  for (const auto& v : value.values()) {
    all += v;
    uniform = uniform && v.size() == value.values(0).size();
  }
  if (got.uniform != uniform) return "uniform";
  const bool lists = value.type() >= pbc::EmbListBinaryVector && value.type() <= pbc::EmbListInt8Vector;
  const bool own_lengths = value.type() == pbc::SparseFloatVector || lists;
  if ((uniform || own_lengths) && got.bytes != all) return "query vectors";
  if (got.offsets.size() != (own_lengths ? got.count + 1 : 0)) return "number of offsets";
  for (size_t i = 0, at = 0; own_lengths && i < got.count; ++i) {
    at += value.values(static_cast<int>(i)).size();
    if (got.offsets[i + 1] != at) return "offsets";
  }
  return !uniform || got.count == 0 || got.value_bytes == value.values(0).size() ? "" : "value_bytes";
}

bool SameIds(const Column& got, const pbs::IDs& ids) {
  const ColumnView view = got.view();
  for (size_t i = 0; i < view.row_count; ++i) {
    const int at = static_cast<int>(i);
    const bool same = ids.has_str_id() ? view.TextAt(i) == ids.str_id().data(at)
                                       : view.At<int64_t>(i) == ids.int_id().data(at);
    if (!same) return false;
  }
  return true;  // the number was compared
}

int64_t IdCount(const pbs::IDs& ids) { return ids.int_id().data_size() + ids.str_id().data_size(); }

}  // namespace

std::string CompareInsert(std::string_view bytes, bool upsert) {
  SilenceParser();
  pb::InsertRequest insert;
  pb::UpsertRequest update;
  return upsert ? CompareRows(bytes, true, &update) : CompareRows(bytes, false, &insert);
}

std::string CompareSearch(std::string_view bytes) {
  SilenceParser();
  const auto got = DecodeSearch(bytes);
  pb::SearchRequest m;
  pbc::PlaceholderGroup group;
  if (!m.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {};
  if (!group.ParseFromString(m.placeholder_group())) return {};
  const bool by_ids = m.has_ids();
  const int64_t count = by_ids                           ? IdCount(m.ids())
                        : group.placeholders_size() == 0 ? 0
                                                         : group.placeholders(0).values_size();
  const bool accept = (m.nq() == 0 || m.nq() == count) && (by_ids || group.placeholders_size() <= 1) &&
                      m.consistency_level() >= 0 && m.consistency_level() <= 4;
  if (RefusedForSize(got.status())) return {};
  if (got.ok() != accept) return got.ok() ? "accepted" : "refused: " + got.status().message();
  if (!accept) return {};
  if (got->by_ids != by_ids || got->nq != count || got->filter != m.dsl()) return "by_ids, nq or filter";
  if (by_ids && !SameIds(got->ids, m.ids())) return "ids";
  if (!SameParams(got->params, m.search_params())) return "search_params";
  if (!by_ids && group.placeholders_size() == 1) {
    if (std::string difference = CompareQueries(got->queries, group.placeholders(0)); !difference.empty()) {
      return difference;
    }
  }
  return CompareCommon(*got, m);
}

std::string CompareQuery(std::string_view bytes) {
  SilenceParser();
  const auto got = DecodeQuery(bytes);
  pb::QueryRequest m;
  if (!m.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {};
  const bool accept = m.consistency_level() >= 0 && m.consistency_level() <= 4;
  if (RefusedForSize(got.status())) return {};
  if (got.ok() != accept) return got.ok() ? "accepted" : "refused: " + got.status().message();
  if (!accept) return {};
  if (got->filter != m.expr()) return "filter";
  if (!SameParams(got->params, m.query_params())) return "query_params";
  return CompareCommon(*got, m);
}

std::string CompareDelete(std::string_view bytes) {
  SilenceParser();
  const auto got = DecodeDelete(bytes);
  pb::DeleteRequest m;
  if (!m.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {};
  if (!got.ok()) return RefusedForSize(got.status()) ? "" : "refused: " + got.status().message();
  if (got->name.database != m.db_name() || got->name.collection != m.collection_name()) return "names";
  if (got->partition != m.partition_name() || got->filter != m.expr()) return "partition or filter";
  return SameTemplates(got->templates, m.expr_template_values()) ? "" : "templates";
}

}  // namespace redkite::wire
