// CalcDistance: the distances of all vectors on the left to all on the right. Clients stopped calling it with
// 2.3; parameters and results are those that they knew, and the metrics of today.
#include <algorithm>
#include <cmath>
#include <optional>

#include "index/pair_distances.h"
#include "proxy/placement/loaded_fields.h"
#include "proxy/proxy.h"
#include "proxy/read_params.h"
#include "proxy/search_by_ids.h"
#include "proxy/vector_rules.h"

namespace redkite::proxy {
namespace {

struct DistanceParams {
  Metric metric = Metric::kL2;
  bool tanimoto = false;  // of bits: computed from their HAMMING distance
  bool sqrt = false;
  std::optional<int64_t> bits;  // how many of each vector count
};

Result<DistanceParams> ParseParams(const Params& params) {
  DistanceParams out;
  const std::string* name = FindGiven(params, "metric");
  if (name == nullptr) name = FindGiven(params, "metric_type");
  if (name != nullptr) {
    out.tanimoto = *name == "TANIMOTO" || *name == "tanimoto";
    const auto metric = out.tanimoto ? std::optional(Metric::kHamming) : ParseMetric(*name);
    if (!metric) return Status::Invalid("metric type of distances is not supported: " + *name);
    out.metric = *metric;
  }
  if (const std::string* text = FindGiven(params, "sqrt")) {
    const auto value = BoolOf(*text);
    if (!value) return Status::Invalid("sqrt [" + *text + "] is invalid, it should be true or false");
    out.sqrt = *value;
  }
  if (const std::string* text = FindGiven(params, "dim")) {
    out.bits = IntOf(*text);
    if (!out.bits || *out.bits < 1) {
      return Status::Invalid("dim [" + *text + "] is invalid, it should be a number of bits");
    }
  }
  return out;
}

Status CheckGiven(const VectorBlock& vectors, const Limits& limits) {
  if (vectors.type == DataType::kNone) return Status::Invalid("a side of the distances has no vectors");
  const int dim_max = vectors.type == DataType::kBinaryVector ? limits.binary_dim_max : limits.dim_max;
  if (vectors.dim < 1 || vectors.dim > dim_max) {
    return Status::Invalid("dim [" + std::to_string(vectors.dim) +
                           "] of the vectors is invalid, it should be in range [1, " +
                           std::to_string(dim_max) + "]");
  }
  if (vectors.bytes.empty() || vectors.bytes.size() % vectors.row_bytes() != 0) {
    return Status::Invalid(
        "vectors of " + std::to_string(vectors.row_bytes()) +
        " bytes each do not fill the bytes that were sent: " + std::to_string(vectors.bytes.size()));
  }
  return CheckFiniteVectors(vectors.type, std::as_bytes(std::span(vectors.bytes)));
}

// Floats become what the other side is, as in a search.
Status Convert(VectorBlock* from, DataType to) {
  FieldSchema field;
  field.name = "of the other side";
  field.type = to;
  field.dim = static_cast<int>(from->dim);
  const QueryVectors given{static_cast<int>(from->type), from->count(), from->row_bytes(), true,
                           std::move(from->bytes)};
  RK_ASSIGN_OR_RETURN(const std::vector<std::byte> converted, TakeQueryVectors(given, field));
  from->type = to;
  from->bytes.assign(reinterpret_cast<const char*>(converted.data()), converted.size());
  return Status::Ok();
}

Status MakeAlike(VectorBlock* left, VectorBlock* right) {
  if (left->dim != right->dim) {
    return Status::Invalid("vectors dimension is not equal, left and right: " + std::to_string(left->dim) +
                           ", " + std::to_string(right->dim));
  }
  if (left->type == right->type) return Status::Ok();
  return left->type == DataType::kFloatVector ? Convert(left, right->type) : Convert(right, left->type);
}

Status CheckMetric(const DistanceParams& params, DataType type) {
  const bool of_bits = params.metric != Metric::kL2 && !LargerScoreIsBetter(params.metric);
  if (of_bits == (type == DataType::kBinaryVector)) return Status::Ok();
  return Status::Invalid("metric type " +
                         std::string(params.tanimoto ? "TANIMOTO" : MetricName(params.metric)) +
                         " does not fit vectors of type " + std::string(DataTypeName(type)));
}

// Clears the bits of each vector behind the first `bits`; the first of a byte is its highest.
void ClearBitsFrom(size_t bits, VectorBlock* vectors) {
  const size_t row_bytes = vectors->row_bytes();
  if (bits == row_bytes * 8) return;
  const unsigned kept = (0xff00u >> bits % 8) & 0xff;
  for (size_t at = 0; at < vectors->bytes.size(); at += row_bytes) {
    char* const row = vectors->bytes.data() + at;
    row[bits / 8] = static_cast<char>(static_cast<unsigned char>(row[bits / 8]) & kept);
    std::fill(row + bits / 8 + 1, row + row_bytes, '\0');
  }
}

// How many bits of each vector count: those that the client says, or all.
Result<int64_t> BitsThatCount(const DistanceParams& params, const VectorBlock& vectors) {
  if (vectors.type != DataType::kBinaryVector) return vectors.dim;
  const int64_t bits = params.bits.value_or(vectors.dim);
  if (bits <= vectors.dim) return bits;
  return Status::Invalid("dim [" + std::to_string(bits) +
                         "] is more than the vectors have: " + std::to_string(vectors.dim));
}

Status CheckFits(const VectorBlock& left, const VectorBlock& right, const Limits& limits) {
  const size_t pairs_max = static_cast<size_t>(limits.output_bytes_max) / sizeof(float);
  if (left.count() <= pairs_max / right.count()) return Status::Ok();
  return {Code::kParameterTooLarge, std::to_string(left.count()) + " times " + std::to_string(right.count()) +
                                        " distances exceed the maximum output size of " +
                                        std::to_string(limits.output_bytes_max) +
                                        " bytes (limits.output_size): parameter too large"};
}

index::VectorView ViewOf(const VectorBlock& vectors) {
  // Bits are stored in whole bytes.
  const int64_t per_byte = vectors.type == DataType::kBinaryVector ? 8 : 1;
  const auto dim = static_cast<int>((vectors.dim + per_byte - 1) / per_byte * per_byte);
  return {vectors.type, dim, reinterpret_cast<const std::byte*>(vectors.bytes.data()), vectors.count()};
}

void ToScores(const DistanceParams& params, int64_t dim, std::vector<float>* distances) {
  const auto bits = static_cast<float>(dim);
  for (float& d : *distances) {
    d = params.tanimoto ? (bits - d) / (bits + d) : ScoreOfDistance(params.metric, d);
    if (params.sqrt && params.metric == Metric::kL2) d = std::sqrt(d);
  }
}

}  // namespace

Result<VectorBlock> Proxy::TakeVectors(DistanceOperand operand, const CancelToken* cancel) const {
  if (!operand.by_ids) {
    RK_RETURN_IF_ERROR(CheckGiven(operand.vectors, limits_));
    return std::move(operand.vectors);
  }
  RK_RETURN_IF_ERROR(CheckAllowed(operand.name.database, "reading"));
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(operand.name));
  RK_RETURN_IF_ERROR(LoadForRead(operand.name, &collection));
  const LoadedFields loaded(*collection);
  RK_RETURN_IF_ERROR(loaded.Check(std::span(&operand.field, 1)));
  RK_ASSIGN_OR_RETURN(const FieldSchema* field, ChooseVectorField(loaded.schema(), operand.field));
  if (!IsDenseVector(field->type)) {
    const bool lists = field->type == DataType::kArrayOfVector;
    return Status::Unimplemented(std::string("a distance of ") +
                                 (lists ? "lists of vectors" : "sparse vectors") +
                                 " is not implemented, field " + field->name);
  }
  plan::RowSelection rows;
  rows.schema = std::shared_ptr<const CollectionSchema>(collection, &collection->schema);
  rows.output_bytes_max = limits_.output_bytes_max;
  RK_ASSIGN_OR_RETURN(rows.partitions, ResolveReadPartitions(*collection, operand.partitions));
  RK_RETURN_IF_ERROR(RestrictToLoaded(*collection, "calculate distances", &rows.partitions));
  RK_RETURN_IF_ERROR(SetReadPoint(ReadPoint(), CommonReadParams(), *collection, &rows));
  RK_ASSIGN_OR_RETURN(auto shard, FindShard(operand.name, *collection));
  RK_ASSIGN_OR_RETURN(QueryVectors found,
                      FetchVectorsOfIds(operand.ids.view(), *field, rows, *shard, cancel));
  return VectorBlock{field->type, field->dim, std::move(found.bytes)};
}

Result<CalcDistanceResult> Proxy::CalcDistance(CalcDistanceRequest request, const CancelToken* cancel) const {
  RK_ASSIGN_OR_RETURN(const DistanceParams params, ParseParams(request.params));
  RK_ASSIGN_OR_RETURN(VectorBlock left, TakeVectors(std::move(request.left), cancel));
  RK_ASSIGN_OR_RETURN(VectorBlock right, TakeVectors(std::move(request.right), cancel));
  RK_RETURN_IF_ERROR(MakeAlike(&left, &right));
  RK_RETURN_IF_ERROR(CheckMetric(params, left.type));
  RK_RETURN_IF_ERROR(CheckFits(left, right, limits_));
  RK_ASSIGN_OR_RETURN(const int64_t dim, BitsThatCount(params, left));
  if (left.type == DataType::kBinaryVector) {
    ClearBitsFrom(static_cast<size_t>(dim), &left);
    ClearBitsFrom(static_cast<size_t>(dim), &right);
  }
  const auto pairs = static_cast<int64_t>(left.count() * right.count());
  RK_ASSIGN_OR_RETURN(auto memory, seams_.memory->Reserve(pairs * static_cast<int64_t>(sizeof(float)),
                                                          "a calculation of distances"));
  CalcDistanceResult out;
  RK_RETURN_IF_ERROR(
      index::PairDistances(ViewOf(left), ViewOf(right), params.metric, cancel, &out.distances));
  ToScores(params, dim, &out.distances);
  out.whole = params.metric == Metric::kHamming && !params.tanimoto;
  return out;
}

}  // namespace redkite::proxy
