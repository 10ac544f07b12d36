#include "proxy/placement/key_fields.h"

#include <algorithm>

#include "types/collection_properties.h"
#include "types/partition_key.h"

namespace redkite::proxy {
namespace {

constexpr int64_t kDefaultKeyPartitions = 16;

Status CheckPartitionKey(const FieldSchema& field) {
  if (field.is_primary) {
    return Status::Invalid("the partition key field must not be primary field, field name = " + field.name);
  }
  if (field.type != DataType::kInt64 && field.type != DataType::kVarChar) {
    return Status::Invalid("the data type of partition key should be Int64 or VarChar, field name = " +
                           field.name);
  }
  if (field.nullable)
    return Status::Invalid("partition key field not support nullable, field name = " + field.name);
  return Status::Ok();
}

Status CheckClusteringKey(const FieldSchema& field, const std::string& collection) {
  if (IsVector(field.type)) {
    return {Code::kVectorClusteringKeyNotAllowed, "clustering key field " + field.name +
                                                      " is a vector: vector clustering key not "
                                                      "allowed[collectionName=" +
                                                      collection + "]"};
  }
  if (IsNumeric(field.type) || field.type == DataType::kVarChar) return Status::Ok();
  return Status::Invalid("the data type of clustering key should be a number or VarChar, but field " +
                         field.name + " is " + std::string(DataTypeName(field.type)));
}

// The one field that `is` names, and an error when there are two.
Result<const FieldSchema*> FindOnly(const CollectionSchema& schema, bool FieldSchema::*is,
                                    const std::string& what) {
  const FieldSchema* found = nullptr;
  for (const FieldSchema& field : schema.fields) {
    if (!(field.*is)) continue;
    if (found != nullptr) {
      return Status::Invalid("there are more than one " + what + ", field name = " + found->name + ", " +
                             field.name);
    }
    found = &field;
  }
  return found;
}

// What a filter says of the key on the way through `and`.
class IsolationCheck {
 public:
  explicit IsolationCheck(FieldId key) : key_(key) {}

  /// Whether `expr` pins the key; an error for a form that never does.
  Result<bool> Pins(const plan::Expr& expr) const {
    if (const auto* conjunction = std::get_if<plan::AndExpr>(&expr.node)) {
      bool pinned = false;
      for (const plan::Expr& operand : conjunction->operands) {
        RK_ASSIGN_OR_RETURN(const bool one, Pins(operand));
        pinned = pinned || one;
      }
      return pinned;
    }
    if (const auto* compare = std::get_if<plan::CompareExpr>(&expr.node);
        compare != nullptr && compare->op == plan::CompareOp::kEq && !compare->arithmetic) {
      return compare->column.field == key_;
    }
    if (!Mentions(expr)) return false;
    if (std::holds_alternative<plan::OrExpr>(expr.node)) return Refuse("OR");
    if (std::holds_alternative<plan::NotExpr>(expr.node)) return Refuse("NOT");
    if (std::holds_alternative<plan::InExpr>(expr.node)) return Refuse("IN");
    if (std::holds_alternative<plan::RangeExpr>(expr.node)) return Refuse("BinaryRange");
    return false;
  }

 private:
  static Status Refuse(const std::string& what) {
    return Status::Invalid("partition key isolation does not support " + what);
  }
  bool Mentions(const plan::Expr& expr) const {
    if (const auto* conjunction = std::get_if<plan::AndExpr>(&expr.node))
      return AnyMentions(conjunction->operands);
    if (const auto* choice = std::get_if<plan::OrExpr>(&expr.node)) return AnyMentions(choice->operands);
    if (const auto* negation = std::get_if<plan::NotExpr>(&expr.node)) return Mentions(*negation->operand);
    if (const auto* compare = std::get_if<plan::CompareExpr>(&expr.node))
      return compare->column.field == key_;
    if (const auto* in = std::get_if<plan::InExpr>(&expr.node)) return in->column.field == key_;
    if (const auto* range = std::get_if<plan::RangeExpr>(&expr.node)) return range->column.field == key_;
    if (const auto* ranges = std::get_if<plan::IntervalsExpr>(&expr.node))
      return ranges->column.field == key_;
    return false;
  }
  bool AnyMentions(const std::vector<plan::Expr>& exprs) const {
    return std::any_of(exprs.begin(), exprs.end(), [this](const plan::Expr& e) { return Mentions(e); });
  }
  const FieldId key_;
};

}  // namespace

Status CheckKeyFields(const CollectionSchema& schema) {
  RK_ASSIGN_OR_RETURN(const FieldSchema* partition,
                      FindOnly(schema, &FieldSchema::is_partition_key, "partition key"));
  if (partition != nullptr) RK_RETURN_IF_ERROR(CheckPartitionKey(*partition));
  RK_ASSIGN_OR_RETURN(const FieldSchema* clustering,
                      FindOnly(schema, &FieldSchema::is_clustering_key, "clustering key"));
  return clustering == nullptr ? Status::Ok() : CheckClusteringKey(*clustering, schema.name);
}

Result<int64_t> CountKeyPartitions(const CollectionSchema& schema, int64_t asked, const Limits& limits) {
  if (FindPartitionKey(schema) == nullptr) {
    if (asked > 0)
      return Status::Invalid("num_partitions should only be specified with partition key field enabled");
    return 0;
  }
  if (asked < 0) {
    return Status::Invalid("num_partitions should be greater than or equal to 1, but got " +
                           std::to_string(asked));
  }
  const int64_t count =
      asked == 0 ? std::min<int64_t>(kDefaultKeyPartitions, limits.partition_count_max) : asked;
  if (count <= limits.partition_count_max) return count;
  return Status::Invalid("partition number (" + std::to_string(count) + ") exceeds max configuration (" +
                         std::to_string(limits.partition_count_max) + "), collection: " + schema.name);
}

std::vector<meta::PartitionMeta> MakeKeyPartitions(int64_t count, Timestamp created) {
  std::vector<meta::PartitionMeta> out;
  for (int64_t i = 0; i < count; ++i) {
    meta::PartitionMeta partition;
    partition.name = std::string(meta::kDefaultPartitionName) + "_" + std::to_string(i);
    partition.created = created;
    out.push_back(std::move(partition));
  }
  return out;
}

const FieldSchema* FindPartitionKey(const CollectionSchema& schema) {
  const auto at = std::find_if(schema.fields.begin(), schema.fields.end(),
                               [](const FieldSchema& f) { return f.is_partition_key; });
  return at == schema.fields.end() ? nullptr : &*at;
}

Result<PartitionId> ResolvePartition(const meta::CollectionMeta& collection, const std::string& name) {
  const meta::PartitionMeta* partition =
      collection.FindPartition(name.empty() ? meta::kDefaultPartitionName : std::string_view(name));
  if (partition != nullptr) return partition->id;
  return Status(Code::kPartitionNotFound, "partition not found[partition=" + name + "]");
}

Status RefusePartitionNames(const CollectionSchema& schema, bool has_names) {
  if (!has_names || FindPartitionKey(schema) == nullptr) return Status::Ok();
  return Status::Invalid(
      "not support manually specifying the partition names if partition key mode is used, collection: " +
      schema.name);
}

Status RefuseByHand(const meta::CollectionMeta& collection, const std::string& action) {
  if (FindPartitionKey(collection.schema) == nullptr) return Status::Ok();
  return Status::Invalid("disable " + action +
                         " if partition key mode is used, collection: " + collection.name);
}

std::vector<std::pair<PartitionId, RowBatch>> SplitByKey(const meta::CollectionMeta& collection,
                                                         const FieldSchema& key, RowBatch rows) {
  const auto count = static_cast<size_t>(collection.num_partitions);
  const std::vector<uint32_t> place = PartitionsOfKeys(rows.Find(key.id)->view(), count);
  std::vector<std::vector<uint32_t>> rows_of(count);
  for (uint32_t row = 0; row < place.size(); ++row) rows_of[place[row]].push_back(row);
  std::vector<std::pair<PartitionId, RowBatch>> out;
  std::vector<const std::vector<uint32_t>*> picked;
  for (size_t p = 0; p < count; ++p) {
    if (rows_of[p].empty()) continue;
    picked.push_back(&rows_of[p]);
    out.push_back({collection.partitions[p].id, RowBatch{rows_of[p].size(), {}}});
  }
  if (out.size() == 1) {
    out[0].second = std::move(rows);
    return out;
  }
  // Column by column, so that at most one is there twice.
  for (Column& source : rows.columns) {
    const ColumnView view = source.view();
    for (size_t i = 0; i < out.size(); ++i) {
      Column part(source.field(), source.type(), source.dim());
      size_t text_bytes = 0;
      if (view.offsets != nullptr) {
        for (const uint32_t row : *picked[i]) text_bytes += view.TextAt(row).size();
      }
      part.Reserve(picked[i]->size(), text_bytes);
      for (const uint32_t row : *picked[i]) part.AppendFrom(view, row);
      out[i].second.columns.push_back(std::move(part));
    }
    source = Column();
  }
  return out;
}

std::vector<PartitionId> PartitionsOfFilter(const meta::CollectionMeta& collection,
                                            const plan::FilterPlan& filter) {
  const FieldSchema* key = FindPartitionKey(collection.schema);
  if (key == nullptr) return {};
  const auto values = plan::FindKeyValues(filter, key->id);
  if (!values) return {};
  const auto count = static_cast<size_t>(collection.num_partitions);
  std::vector<bool> wanted(collection.partitions.size());
  for (const int64_t value : values->ints) wanted[PartitionOfKey(value, count)] = true;
  for (const std::string& value : values->texts) wanted[PartitionOfKey(value, count)] = true;
  // Rows of a partition that a rescue found lie where they were found, whatever their keys.
  for (size_t p = count; p < wanted.size(); ++p) wanted[p] = collection.partitions[p].loaded;
  std::vector<PartitionId> out;
  for (size_t p = 0; p < wanted.size(); ++p) {
    if (wanted[p]) out.push_back(collection.partitions[p].id);
  }
  return out;
}

bool IsKeyIsolated(const Params& properties) {
  const std::string* text = FindParam(properties, kKeyIsolationProperty);
  return text != nullptr && ParsePropertyFlag(*text).value_or(false);
}

Status CheckIsolation(const CollectionSchema& schema, const plan::FilterPlan& filter) {
  const FieldSchema* key = FindPartitionKey(schema);
  if (key == nullptr) return Status::Ok();
  RK_ASSIGN_OR_RETURN(const bool pinned, IsolationCheck(key->id).Pins(filter.root()));
  if (pinned) return Status::Ok();
  return Status::Invalid(
      "partition key not found in expr or the expr is invalid when validating partition key isolation");
}

Status CheckIsolationProperty(const CollectionSchema& schema, const Params& properties) {
  if (!IsKeyIsolated(properties) || FindPartitionKey(schema) != nullptr) return Status::Ok();
  return Status::Invalid(
      "partition key isolation mode is enabled but no partition key field is set. Please set the partition "
      "key first");
}

}  // namespace redkite::proxy
