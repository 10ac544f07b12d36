#include "wire/calc_distance_codec.h"

#include <span>

#include "proto/milvus_rows.pb.h"
#include "wire/message_convert.h"
#include "wire/packed_values.h"
#include "wire/pb_reader.h"
#include "wire/pb_writer.h"

namespace redkite::wire {

namespace pb = ::milvus::proto::milvus;
namespace pbs = ::milvus::proto::schema;

namespace {

Column ColumnOf(const pbs::IDs& ids) {
  if (ids.has_str_id()) {
    Column column(FieldId(), DataType::kVarChar, 0);
    for (const std::string& id : ids.str_id().data()) column.AppendText(id);
    return column;
  }
  Column column(FieldId(), DataType::kInt64, 0);
  if (ids.has_int_id()) {
    const auto& data = ids.int_id().data();
    column.AppendRaw(data.data(), static_cast<size_t>(data.size()));
  }
  return column;
}

Result<VectorBlock> VectorsOf(pbs::VectorField* field) {
  VectorBlock block;
  block.dim = field->dim();
  switch (field->data_case()) {
    case pbs::VectorField::kFloatVector: {
      const auto& data = field->float_vector().data();
      block.type = DataType::kFloatVector;
      block.bytes.assign(reinterpret_cast<const char*>(data.data()),
                         static_cast<size_t>(data.size()) * sizeof(float));
      return block;
    }
    case pbs::VectorField::kBinaryVector:
      block.type = DataType::kBinaryVector;
      block.bytes = std::move(*field->mutable_binary_vector());
      return block;
    case pbs::VectorField::kFloat16Vector:
      block.type = DataType::kFloat16Vector;
      block.bytes = std::move(*field->mutable_float16_vector());
      return block;
    case pbs::VectorField::kBfloat16Vector:
      block.type = DataType::kBFloat16Vector;
      block.bytes = std::move(*field->mutable_bfloat16_vector());
      return block;
    case pbs::VectorField::kInt8Vector:
      block.type = DataType::kInt8Vector;
      block.bytes = std::move(*field->mutable_int8_vector());
      return block;
    case pbs::VectorField::DATA_NOT_SET:
      return block;
    default:
      return Status::Unimplemented("a distance of sparse vectors or lists of vectors is not implemented");
  }
}

Result<DistanceOperand> OperandOf(pb::VectorsArray* array) {
  DistanceOperand operand;
  operand.by_ids = array->has_id_array();
  if (!operand.by_ids) {
    if (array->has_data_array()) {
      RK_ASSIGN_OR_RETURN(operand.vectors, VectorsOf(array->mutable_data_array()));
    }
    return operand;
  }
  const pb::VectorIDs& ids = array->id_array();
  operand.name.collection = ids.collection_name();
  operand.partitions = TextsOf(ids.partition_names());
  operand.field = ids.field_name();
  operand.ids = ColumnOf(ids.id_array());
  return operand;
}

// A byte of the request is a number of eight bytes once it is parsed.
constexpr size_t kIdsMax = 1 << 20;

// The numbers of all LongArrays at a path of fields, counted without making them.
size_t CountIds(std::string_view message, std::span<const uint32_t> path) {
  if (path.empty()) {
    PackedValues values(PackedKind::kVarint);
    return values.Collect(message) ? values.count() : 0;
  }
  size_t count = 0;
  for (PbReader r(message); r.Next();) {
    if (r.tag() == PbLen(path.front())) count += CountIds(r.bytes(), path.subspan(1));
  }
  return count;
}

Status CheckIds(std::string_view request) {
  for (const uint32_t side : {2u, 3u}) {
    const uint32_t path[] = {side, 1, 3, 1};  // VectorsArray.id_array, VectorIDs.id_array, IDs.int_id
    if (CountIds(request, path) <= kIdsMax) continue;
    return {Code::kParameterTooLarge, "CalcDistanceRequest has more than " + std::to_string(kIdsMax) +
                                          " IDs on a side: parameter too large"};
  }
  return Status::Ok();
}

size_t PackedIntsBytes(const std::vector<float>& values) {
  size_t bytes = 0;
  for (const float value : values) bytes += PbVarintSize(static_cast<uint64_t>(value));
  return bytes;
}

}  // namespace

Result<CalcDistanceRequest> DecodeCalcDistance(std::string_view bytes) {
  RK_RETURN_IF_ERROR(CheckIds(bytes));
  RK_ASSIGN_OR_RETURN(auto m, Parse<pb::CalcDistanceRequest>(bytes, "CalcDistanceRequest"));
  CalcDistanceRequest request;
  RK_ASSIGN_OR_RETURN(request.left, OperandOf(m.mutable_op_left()));
  RK_ASSIGN_OR_RETURN(request.right, OperandOf(m.mutable_op_right()));
  request.params = ParamsOf(m.params());
  return request;
}

std::string EncodeCalcDistance(const CalcDistanceResult& result) {
  const size_t packed =
      result.whole ? PackedIntsBytes(result.distances) : result.distances.size() * sizeof(float);
  std::string out;
  out.reserve(2 + PbLenFieldSize(2, PbLenFieldSize(1, packed)));
  PbWriter w(&out);
  w.LenHeader(1, 0);
  w.LenHeader(result.whole ? 2 : 3, PbLenFieldSize(1, packed));
  w.LenHeader(1, packed);
  if (result.whole) {
    for (const float value : result.distances) w.PackedVarint(static_cast<uint64_t>(value));
  } else {
    w.Raw(result.distances.data(), packed);
  }
  return out;
}

}  // namespace redkite::wire
