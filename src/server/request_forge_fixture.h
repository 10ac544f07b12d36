// RequestForge: protobuf requests made of a fuzzer's input: of every RPC by its description in proto/, and
// sound ones of the usual calls with some of their parts bent. Names are those of the collections that
// rpc_fuzz.cc makes. For fuzzers only. Thread safety: one thread.
#pragma once

#include <bit>
#include <cmath>
#include <string>
#include <string_view>

#include "base/testing/fuzz_input.h"
#include "server/forged_words_fixture.h"
#include "wire/pb_writer.h"
#include "wire/testing/proto_text.h"

namespace redkite::server {

inline constexpr int kForgeDim = 4;

class RequestForge : private ForgedWords {
 public:
  RequestForge(const wire::ProtoText* protos, fuzz::FuzzInput* input)
      : ForgedWords(input), protos_(protos), input_(input) {}

  /// The bytes of a request of `rpc`.
  std::string Make(std::string_view rpc) {
    if (input_->OneIn(32)) return std::string(input_->Bytes());
    if (!input_->OneIn(4)) {
      if (rpc == "Insert" || rpc == "Upsert") return Rows(rpc == "Upsert");
      if (rpc == "Search") return Search();
      if (rpc == "CreateCollection") return NewCollection();
    }
    return Message(protos_->RequestOf(rpc), 0);
  }

 private:
  using Writer = wire::PbWriter;
  static constexpr int kMaxDepth = 7;

  static void Pair(std::string* out, uint32_t number, std::string_view key, std::string_view value) {
    std::string pair;
    Writer(&pair).Bytes(1, key);
    Writer(&pair).Bytes(2, value);
    Writer(out).Bytes(number, pair);
  }
  std::string Vectors(uint64_t count) {
    std::string bytes;
    for (uint64_t i = 0; i < count; ++i) {
      const float v =
          input_->OneIn(6) ? static_cast<float>(input_->Real()) : static_cast<float>(input_->Below(8));
      bytes.append(reinterpret_cast<const char*>(&v), sizeof v);
    }
    return bytes;
  }
  std::string PlaceholderGroup(bool sparse = false) {
    std::string value;
    Writer(&value).Bytes(1, "$0");
    Writer(&value).Varint(2, Bent() ? static_cast<uint64_t>(input_->Integer()) : sparse ? 104 : 101);
    for (uint64_t n = Bent() ? input_->Below(5) : 1; n > 0; --n) {
      const std::string vector = sparse ? SparseVector() : Vectors(Bent() ? input_->Below(9) : kForgeDim);
      Writer(&value).Bytes(3, Bent() ? std::string(input_->Bytes()) : vector);
    }
    std::string group;
    for (uint64_t n = Bent() ? input_->Below(3) : 1; n > 0; --n) Writer(&group).Bytes(1, value);
    return group;
  }

  // ---- By description ----

  std::string Text(const std::string& name) {
    const auto ends = [&](std::string_view end) { return std::string_view(name).ends_with(end); };
    if (ends("collection_name") || ends("collection_names") || name == "oldName" || name == "newName" ||
        name == "alias") {
      return std::string(Collection());
    }
    if (ends("db_name") || ends("dbName") || ends("DBName") || name == "db") {
      constexpr std::string_view kNames[] = {"", "", "", "default", "nodb", "db1"};
      return std::string(input_->OneOf(kNames));
    }
    if (ends("partition_name") || ends("partition_names") || name == "partitionName") {
      constexpr std::string_view kNames[] = {"_default", "", "p1", "nope", "bad name"};
      return std::string(input_->OneOf(kNames));
    }
    if (name == "expr" || name == "dsl") return Filter();
    if (name == "key") return ParamKey();
    if (name == "value") return ParamValue();
    if (ends("field_name") || name == "output_fields" || name == "name" || ends("field_names") ||
        ends("index_name")) {
      return std::string(Field());
    }
    return std::string(input_->Bytes(24));
  }
  std::string Blob(const std::string& message, const std::string& name, int depth) {
    if (name == "schema")
      return Message(message == "AddCollectionFieldRequest" ? "FieldSchema" : "CollectionSchema", depth + 1);
    if (name == "placeholder_group") return PlaceholderGroup();
    if (message == "JSONArray") return Json();
    if (message == "PlaceholderValue") return Vectors(kForgeDim);
    return std::string(input_->Bytes(40));
  }
  void Value(const std::string& message, const wire::ProtoField& field, int depth, std::string* out) {
    Writer writer(out);
    if (field.type == "string") return writer.Bytes(field.number, Text(field.name));
    if (field.type == "bytes") return writer.Bytes(field.number, Blob(message, field.name, depth));
    if (field.type == "float" || field.type == "double") {
      const double real = input_->Real();
      const bool wide = field.type == "double";
      const uint64_t bits =
          wide ? std::bit_cast<uint64_t>(real) : std::bit_cast<uint32_t>(static_cast<float>(real));
      const uint32_t tag = field.number << 3 | (wide ? 1 : 5);
      char buffer[24];
      char* end = wire::PutPbVarint(buffer, tag);
      std::memcpy(end, &bits, 8);
      return writer.Raw(buffer, static_cast<size_t>(end - buffer) + (wide ? 8 : 4));
    }
    if (const auto* values = protos_->Enum(field.type); values != nullptr && !values->empty() && !Bent()) {
      return writer.Varint(field.number, static_cast<uint64_t>((*values)[input_->Below(values->size())]));
    }
    if (protos_->Message(field.type) != nullptr)
      return writer.Bytes(field.number, Message(field.type, depth + 1));
    writer.Varint(field.number,
                  static_cast<uint64_t>(field.type == "bool" ? input_->Below(2) : input_->Integer()));
  }
  std::string Message(const std::string& name, int depth) {
    std::string out;
    const auto* fields = protos_->Message(name);
    if (fields == nullptr || depth > kMaxDepth) return out;
    for (const wire::ProtoField& field : *fields) {
      // What names the thing is nearly always there, the rest now and then.
      const bool names = field.name == "collection_name" || field.name == "field_name" ||
                         field.name == "expr" || field.name == "schema" || field.name == "collection_names";
      if (names ? Bent() : !input_->OneIn(depth == 0 ? 3 : 2)) continue;
      for (uint64_t n = field.repeated ? 1 + input_->Below(3) : 1; n > 0; --n)
        Value(name, field, depth, &out);
    }
    return out;
  }

  // ---- Sound ones ----

  struct ForgedColumn {
    std::string_view name;
    int type;
    bool nullable;
  };
  static constexpr ForgedColumn kColumns[] = {
      {"id", 5, false}, {"b", 1, true},  {"i8", 2, true},     {"i16", 3, false}, {"i32", 4, true},
      {"i64", 5, true}, {"f", 10, true}, {"d", 11, true},     {"s", 21, true},   {"t", 21, false},
      {"j", 23, true},  {"a", 22, true}, {"vec", 101, false}, {"sv", 104, true}, {"$meta", 23, false}};

  void ColumnValue(int type, Writer* data) {
    switch (type) {
      case 1:
        return data->PackedVarint(input_->Below(2));
      case 2:
      case 3:
      case 4:
        return data->PackedVarint(
            static_cast<uint64_t>(Bent() ? input_->Integer() : static_cast<int64_t>(input_->Below(100))));
      case 5:
        return data->PackedVarint(static_cast<uint64_t>(
            input_->OneIn(4) ? input_->Integer() : static_cast<int64_t>(input_->Below(10))));
      case 10: {
        const auto v = static_cast<float>(input_->Real());
        return data->Raw(&v, sizeof v);
      }
      default: {
        const double v = input_->Real();
        return data->Raw(&v, sizeof v);
      }
    }
  }
  /// ScalarField: the member of the oneof that holds a type (proto/schema.proto).
  static uint32_t MemberOf(int type) {
    constexpr uint32_t kMembers[24] = {2, 1, 2, 2, 2, 3, 2, 2, 2, 2, 4, 5,
                                       2, 2, 2, 2, 2, 2, 2, 2, 2, 6, 8, 9};
    return kMembers[type];
  }
  std::string Scalars(int type, uint64_t rows) {
    std::string values;
    Writer writer(&values);
    if (type == 22) {
      for (uint64_t r = 0; r < rows; ++r) writer.Bytes(1, Scalars(5, input_->Below(4)));
    } else if (type == 21 || type == 23) {
      for (uint64_t r = 0; r < rows; ++r)
        writer.Bytes(1, type == 23 ? Json() : std::string(input_->Bytes(6)));
    } else {
      std::string packed;
      Writer data(&packed);
      for (uint64_t r = 0; r < rows; ++r) ColumnValue(type, &data);
      writer.Bytes(1, packed);
    }
    std::string scalars;
    Writer(&scalars).Bytes(MemberOf(Bent() ? static_cast<int>(input_->Below(24)) : type), values);
    return scalars;
  }
  std::string SparseVector() {
    if (Bent()) return std::string(input_->Bytes(17));
    std::string pairs;
    uint32_t index = 0;
    for (uint64_t n = input_->Below(4); n > 0; --n) {
      index += 1 + static_cast<uint32_t>(input_->Below(3));
      const float value = static_cast<float>(input_->Below(5));
      pairs.append(reinterpret_cast<const char*>(&index), sizeof index);
      pairs.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    return pairs;
  }
  std::string ColumnData(const ForgedColumn& column, uint64_t rows) {
    std::string out;
    Writer writer(&out);
    writer.Varint(1, static_cast<uint64_t>(Bent() ? input_->Integer() : column.type));
    writer.Bytes(2, column.name);
    uint64_t present = rows;
    if (column.nullable != Bent()) {
      std::string valid;
      present = 0;
      for (uint64_t r = 0; r < rows; ++r) {
        const bool is_null = input_->OneIn(3);
        valid.push_back(is_null ? '\0' : '\1');
        present += is_null ? 0 : 1;
      }
      writer.Bytes(7, valid);
    }
    if (Bent()) present += input_->Below(3);
    if (column.type == 104) {
      std::string contents, vectors;
      for (uint64_t r = 0; r < present; ++r) Writer(&contents).Bytes(1, SparseVector());
      Writer(&vectors).Bytes(Bent() ? input_->Below(9) : 6, contents);
      writer.Bytes(4, vectors);
    } else if (column.type != 101) {
      writer.Bytes(3, Scalars(column.type, present));
    } else {
      std::string floats, vectors;
      Writer(&floats).Bytes(1, Vectors(present * kForgeDim + (Bent() ? input_->Below(4) : 0)));
      Writer(&vectors).Varint(1, static_cast<uint64_t>(Bent() ? input_->Integer() : kForgeDim));
      Writer(&vectors).Bytes(Bent() ? input_->Below(9) : 2, floats);
      writer.Bytes(4, vectors);
    }
    if (column.name == "$meta") writer.Varint(6, 1);
    return out;
  }
  std::string Rows(bool upsert) {
    std::string out;
    Writer writer(&out);
    const std::string_view collection = Collection();
    const uint64_t rows = input_->OneIn(8) ? input_->Below(40) : 1 + input_->Below(3);
    writer.Bytes(3, collection);
    if (Bent()) writer.Bytes(4, Text("partition_name"));
    const bool texts = collection == "texts";
    const bool generated = collection == "auto";
    for (const ForgedColumn& column : kColumns) {
      const bool is_key = column.name == "id";
      const bool belongs = column.name == "vec" || (is_key ? !generated || upsert : !texts && !generated);
      if (belongs == Bent()) continue;
      if (column.name == "$meta" && !input_->OneIn(3)) continue;
      writer.Bytes(5, texts && is_key ? ColumnData({"pk", 21, false}, rows) : ColumnData(column, rows));
    }
    writer.Varint(7, Bent() ? static_cast<uint64_t>(input_->Integer()) : rows);
    if (Bent()) writer.Varint(8, input_->Word());
    if (upsert && Bent()) writer.Varint(9, 1);
    return out;
  }
  std::string Search() {
    std::string out;
    Writer writer(&out);
    writer.Bytes(3, Collection());
    if (Bent()) writer.Bytes(4, Text("partition_name"));
    if (input_->OneIn(2)) writer.Bytes(5, Filter());
    const bool sparse = input_->OneIn(4);
    if (!Bent()) writer.Bytes(6, PlaceholderGroup(sparse));
    for (uint64_t n = input_->Below(3); n > 0; --n) writer.Bytes(8, Field());
    if (!Bent())
      Pair(&out, 9, "topk", input_->OneIn(4) ? ParamValue() : std::to_string(1 + input_->Below(20)));
    if (!Bent()) Pair(&out, 9, "anns_field", sparse ? "sv" : "vec");
    for (uint64_t n = input_->Below(4); n > 0; --n) Pair(&out, 9, ParamKey(), ParamValue());
    if (Bent()) writer.Varint(11, input_->Word());
    writer.Varint(12, Bent() ? static_cast<uint64_t>(input_->Integer()) : 1);
    if (Bent()) writer.Varint(14, input_->Below(7));
    // Of the names that FilterMaker uses.
    for (const std::string_view name : {"x", "s", "ints", "nested"}) {
      if (!input_->OneIn(4)) continue;
      std::string entry;
      Writer(&entry).Bytes(1, name);
      Writer(&entry).Bytes(2, Message("TemplateValue", 2));
      writer.Bytes(18, entry);
    }
    return out;
  }
  std::string NewField(std::string_view name, int type, bool primary) {
    std::string out;
    Writer writer(&out);
    writer.Bytes(2, name);
    writer.VarintIfSet(3, primary != Bent());
    writer.Varint(5, static_cast<uint64_t>(type));
    if (type == 101 || Bent()) Pair(&out, 6, "dim", Bent() ? ParamValue() : "4");
    if (type == 21 || type == 22) Pair(&out, 6, "max_length", Bent() ? ParamValue() : "16");
    if (type == 22) {
      Pair(&out, 6, "max_capacity", Bent() ? ParamValue() : "4");
      constexpr int kElements[] = {5, 1, 2, 3, 4, 10, 11, 21};
      writer.Varint(10, Bent() ? input_->Below(30) : static_cast<uint64_t>(input_->OneOf(kElements)));
    }
    if (Bent()) writer.Varint(8, 1);
    if (Bent()) writer.Varint(13, 1);
    if (!primary && type != 101 && input_->OneIn(2)) writer.Varint(15, 1);
    if (Bent()) writer.Bytes(11, Message("ValueField", 2));
    return out;
  }
  std::string NewCollection() {
    constexpr int kTypes[] = {1, 2, 3, 4, 5, 10, 11, 21, 23, 101, 22, 24, 26, 100, 102, 103, 104, 105};
    std::string schema;
    const std::string_view name = input_->OneIn(3) ? Collection() : "made";
    Writer(&schema).Bytes(1, name);
    Writer(&schema).Bytes(4, NewField("pk", input_->OneIn(3) ? 21 : 5, true));
    Writer(&schema).Bytes(4, NewField("vec", 101, false));
    for (uint64_t n = input_->Below(4); n > 0; --n) {
      Writer(&schema).Bytes(4, NewField(Field(), input_->OneOf(kTypes), false));
    }
    if (input_->OneIn(3)) Writer(&schema).Varint(5, 1);
    std::string out;
    Writer(&out).Bytes(3, Bent() ? Collection() : name);
    Writer(&out).Bytes(4, schema);
    if (Bent()) Writer(&out).Varint(5, static_cast<uint64_t>(input_->Integer()));
    if (Bent()) Pair(&out, 7, ParamKey(), ParamValue());
    if (Bent()) Writer(&out).Varint(8, static_cast<uint64_t>(input_->Integer()));
    return out;
  }

  const wire::ProtoText* const protos_;
  fuzz::FuzzInput* const input_;
};

}  // namespace redkite::server
