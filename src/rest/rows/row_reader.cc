#include "rest/rows/row_reader.h"

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rest/body_reader.h"
#include "rest/json_writer.h"
#include "rest/rows/field_reader.h"

namespace redkite::rest {
namespace {

using Kind = JsonValue::Kind;

// What the values of one request that are not in its text may take. With values instead it could not be much
// larger.
constexpr size_t kFilledBytesMax = size_t{64} << 20;
// More than any schema has.
constexpr size_t kFieldOpsMax = 1024;

Status BadRows(const std::string& what) {
  return {Code::kRestBadRows, std::string(CodeText(Code::kRestBadRows)) + ", error: " + what};
}

constexpr size_t kShownBytesMax = 256;
constexpr std::string_view kNoKeys = "{}";

class RowsReader {
 public:
  RowsReader(const CollectionSchema& schema, bool partial) : schema_(schema), partial_(partial) {
    for (const FieldSchema& field : schema.fields) {
      if (field.struct_id.value() == 0) AddSlot(field.name, field).may_be_absent = MayBeAbsent(field);
    }
    for (const StructSchema& of : schema.structs) {
      Slot& slot = slots_.emplace_back();
      slot.name = of.name;
      slot.is_struct = true;
      slot.may_be_absent = of.nullable;
      for (const FieldSchema* field : schema.SubFields(of.id)) slot.readers.emplace_back(*field);
    }
    for (size_t i = 0; i < slots_.size(); ++i) by_name_[slots_[i].name] = i;
  }

  Status Add(const JsonValue& row) {
    if (!row.is(Kind::kObject)) {
      return BadRows("row " + std::to_string(rows_) + " must be an object, got " +
                     std::string(row.KindName()));
    }
    for (Slot& slot : slots_) slot.value = JsonValue();
    keys_.clear();
    JsonWriter unknown(&keys_);
    unknown.BeginObject();
    size_t place = 0;
    Status status;
    row.EachMember([&](std::string_view key, const JsonValue& value) {
      if (Slot* slot = FindSlot(key, place++)) {
        slot->value = value;
      } else {
        status = CheckUnknown(key);
        unknown.Key(key).Raw(value.Json());
      }
      return status.ok();
    });
    unknown.EndObject();
    RK_RETURN_IF_ERROR(status);
    for (Slot& slot : slots_) RK_RETURN_IF_ERROR(AddValue(&slot));
    RK_RETURN_IF_ERROR(AddDynamic());
    ++rows_;
    return Status::Ok();
  }

  void Finish(InsertRequest* request) {
    request->row_count = rows_;
    for (Slot& slot : slots_) {
      if (!slot.started) continue;
      for (FieldReader& reader : slot.readers) request->columns.push_back(reader.Take());
    }
    if (!dynamic_started_) return;
    InputColumn dynamic{std::string(kDynamicFieldName), true, std::move(dynamic_)};
    request->columns.push_back(std::move(dynamic));
  }

 private:
  // A member of rows: a field, or a struct array with its sub-fields.
  struct Slot {
    std::string_view name;
    bool is_struct = false;
    bool may_be_absent = false;  // from some rows, and null
    bool given_or_not = false;   // from all rows or none
    bool started = false;        // there is a column
    std::vector<FieldReader> readers;
    JsonValue value;  // in the row at hand
  };

  static bool MayBeAbsent(const FieldSchema& field) { return field.nullable || field.default_value.given(); }
  Slot& AddSlot(std::string_view name, const FieldSchema& field) {
    Slot& slot = slots_.emplace_back();
    slot.name = name;
    slot.given_or_not = field.is_primary && field.auto_id;
    slot.readers.emplace_back(field);
    return slot;
  }

  // Most rows have their members in the order of the row before.
  Slot* FindSlot(std::string_view key, size_t place) {
    constexpr size_t kPlacesMax = 1024;
    if (place < order_.size() && order_[place] != nullptr && order_[place]->name == key) return order_[place];
    const auto found = by_name_.find(key);
    Slot* const slot = found == by_name_.end() ? nullptr : &slots_[found->second];
    if (place >= kPlacesMax) return slot;
    if (place >= order_.size()) order_.resize(place + 1);
    order_[place] = slot;
    return slot;
  }

  Status Bad(const Slot& slot, const std::string& what) const {
    return BadRows("row " + std::to_string(rows_) + ", field " + std::string(slot.name) + ": " + what);
  }

  Status AddValue(Slot* slot) {
    const bool absent = slot->value.is(Kind::kAbsent) || (slot->given_or_not && slot->value.is(Kind::kNull));
    if (absent && (partial_ || slot->given_or_not)) {
      if (slot->started) return Bad(*slot, "it is missing, but other rows have it");
      return Status::Ok();
    }
    if (absent && !slot->may_be_absent) return Bad(*slot, "it is missing and has no default value");
    if (absent && !slot->started) return Status::Ok();
    RK_RETURN_IF_ERROR(Start(slot));
    if (absent) return AddNull(slot);
    if (slot->value.is(Kind::kNull)) {
      if (!slot->may_be_absent) return Bad(*slot, "it is null, but the field is not nullable");
      return AddNull(slot);
    }
    const Status added = slot->is_struct ? AddStructs(slot) : slot->readers[0].Append(slot->value);
    return added.ok() ? added : Bad(*slot, added.message());
  }

  // The rows so far came without the field.
  Status Start(Slot* slot) {
    if (slot->started) return Status::Ok();
    slot->started = true;
    if (rows_ > 0 && (partial_ || slot->given_or_not))
      return Bad(*slot, "it is given, but is missing in other rows");
    for (uint64_t row = 0; row < rows_; ++row) RK_RETURN_IF_ERROR(AddNull(slot));
    return Status::Ok();
  }

  Status Spend(std::string_view name, size_t bytes) {
    if (bytes <= room_) {
      room_ -= bytes;
      return Status::Ok();
    }
    return {Code::kParameterTooLarge, "field " + std::string(name) + ", row " + std::to_string(rows_) +
                                          ": what the rows lack takes more than " +
                                          std::to_string(kFilledBytesMax) + " bytes: parameter too large"};
  }

  Status AddNull(Slot* slot) {
    for (FieldReader& reader : slot->readers) {
      RK_RETURN_IF_ERROR(Spend(slot->name, reader.null_bytes()));
      reader.AppendNull();
    }
    return Status::Ok();
  }

  Status AddStructs(Slot* slot) {
    const auto wrong = [](std::string what) { return Status(Code::kParameterInvalid, std::move(what)); };
    if (!slot->value.is(Kind::kArray))
      return wrong("a struct array is an array of objects, got " + std::string(slot->value.KindName()));
    Status status;
    size_t place = 0;
    slot->value.EachItem([&](const JsonValue& item) {
      if (!item.is(Kind::kObject))
        status = wrong("element " + std::to_string(place) + " must be an object, got " +
                       std::string(item.KindName()));
      for (FieldReader& reader : slot->readers) {
        if (!status.ok()) break;
        const std::string_view name = reader.field().sub_name();
        const JsonValue value = item.Find(name);
        status = value.empty() ? wrong("it is missing") : reader.AppendElement(value);
        if (!status.ok())
          status = status.WithContext("element " + std::to_string(place) + ", " + std::string(name));
      }
      ++place;
      return status.ok();
    });
    if (!status.ok()) return status;
    for (FieldReader& reader : slot->readers) reader.FinishRow();
    return status;
  }

  Status CheckUnknown(std::string_view key) const {
    const std::string row = "row " + std::to_string(rows_);
    if (!schema_.enable_dynamic_field) {
      return BadRows(row + " has a field that the collection, which has no dynamic field, lacks: " +
                     std::string(key.substr(0, kShownBytesMax)));
    }
    return key == kDynamicFieldName ? BadRows(row + " has a field of a reserved name: " + std::string(key))
                                    : Status::Ok();
  }

  // The unknown members of the row at hand.
  Status AddDynamic() {
    const bool none = keys_.size() == kNoKeys.size();
    if (none && !dynamic_started_) return Status::Ok();
    for (uint64_t i = 0; !dynamic_started_ && i < rows_; ++i) RK_RETURN_IF_ERROR(AddNoKeys());
    dynamic_started_ = true;
    if (none) return AddNoKeys();
    dynamic_.AppendText(keys_);
    return Status::Ok();
  }
  Status AddNoKeys() {
    RK_RETURN_IF_ERROR(Spend(kDynamicFieldName, sizeof(uint64_t) + kNoKeys.size()));
    dynamic_.AppendText(kNoKeys);
    return Status::Ok();
  }

  const CollectionSchema& schema_;
  const bool partial_;
  uint64_t rows_ = 0;
  std::deque<Slot> slots_;
  std::unordered_map<std::string_view, size_t> by_name_;
  std::vector<Slot*> order_;  // by the place of a member
  std::string keys_;          // the unknown members of the row at hand, an object
  Column dynamic_{FieldId(), DataType::kJson, 0};
  bool dynamic_started_ = false;
  size_t room_ = kFilledBytesMax;
};

Status ReadRows(const CollectionSchema& schema, const JsonValue& data, InsertRequest* request) {
  RowsReader rows(schema, request->partial_update);
  Status status;
  if (data.is(Kind::kObject)) {
    status = rows.Add(data);
  } else {
    data.EachItem([&](const JsonValue& row) {
      status = rows.Add(row);
      return status.ok();
    });
  }
  RK_RETURN_IF_ERROR(status);
  rows.Finish(request);
  return Status::Ok();
}

Result<FieldOp> FieldOpOf(const JsonValue& value) {
  const std::string text = ValueText(value);
  if (text == "REPLACE" || text == "0" || text.empty()) return FieldOp::kReplace;
  if (text == "ARRAY_APPEND" || text == "1") return FieldOp::kArrayAppend;
  if (text == "ARRAY_REMOVE" || text == "2") return FieldOp::kArrayRemove;
  return Status::Invalid("op can only be [REPLACE, ARRAY_APPEND, ARRAY_REMOVE], got " +
                         text.substr(0, kShownBytesMax));
}

Status ReadFieldOps(const JsonValue& list, InsertRequest* request) {
  Status status;
  list.EachItem([&](const JsonValue& item) {
    BodyReader op(item);
    const std::string name = op.NeedText("fieldName");
    auto kind = FieldOpOf(op.Value("op"));
    status = op.status().ok() ? kind.status() : op.status();
    if (status.ok() && request->field_ops.size() == kFieldOpsMax)
      status = Status(Code::kParameterTooLarge,
                      "more than " + std::to_string(kFieldOpsMax) + " field ops: parameter too large");
    if (status.ok()) request->field_ops.emplace_back(name, *kind);
    return status.ok();
  });
  if (!request->field_ops.empty()) request->partial_update = true;
  return status;
}

Result<InsertRequest> ReadBody(const JsonValue& body, const CollectionSchema& schema, bool upsert) {
  BodyReader reader(body);
  InsertRequest request;
  request.upsert = upsert;
  request.name = reader.NeedCollection();
  request.partition = reader.Text("partitionName");
  const JsonValue data = reader.Value("data");
  if (data.empty() || (data.is(Kind::kArray) && data.size() == 0)) reader.MissingMember("data");
  if (!data.is(Kind::kArray) && !data.is(Kind::kObject))
    reader.WrongType("data", "an array of objects", data);
  if (!reader.Value("namespace").empty()) request.unsupported.emplace_back("namespace");
  if (upsert) request.partial_update = reader.Bool("partialUpdate", false);
  const JsonValue ops = upsert ? reader.Array("fieldOps") : JsonValue();
  RK_RETURN_IF_ERROR(reader.status());
  RK_RETURN_IF_ERROR(ReadFieldOps(ops, &request));
  RK_RETURN_IF_ERROR(ReadRows(schema, data, &request));
  return request;
}

}  // namespace

Result<InsertRequest> ReadInsert(const JsonValue& body, const CollectionSchema& schema) {
  return ReadBody(body, schema, false);
}

Result<InsertRequest> ReadUpsert(const JsonValue& body, const CollectionSchema& schema) {
  return ReadBody(body, schema, true);
}

}  // namespace redkite::rest
