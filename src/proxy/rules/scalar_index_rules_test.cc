#include "proxy/rules/scalar_index_rules.h"

#include <gtest/gtest.h>

#include "proxy/mem_proxy_test_kit.h"

namespace redkite::proxy {
namespace {

FieldSchema Of(DataType type, DataType element = DataType::kNone) {
  FieldSchema field = MemProxyKit::Field("f", type);
  field.element_type = element;
  return field;
}

TEST(ScalarIndexRules, TypesAndFields) {
  struct Row {
    const char* index;
    DataType field;
    const char* refusal;  // nullptr: none
  };
  using enum DataType;
  const char* bitmap = "bitmap index are only supported on bool, int, string and array field";
  const char* sort = "STL_SORT are only supported on numeric, varchar or timestamptz field";
  const char* trie = "TRIE are only supported on varchar field";
  const Row kRows[] = {{"INVERTED", kBool, nullptr},
                       {"INVERTED", kDouble, nullptr},
                       {"INVERTED", kArray, nullptr},
                       {"INVERTED", kTimestamptz, "INVERTED are not supported on Timestamptz field"},
                       {"BITMAP", kInt8, nullptr},
                       {"BITMAP", kVarChar, nullptr},
                       {"BITMAP", kFloat, bitmap},
                       {"BITMAP", kDouble, bitmap},
                       {"STL_SORT", kFloat, nullptr},
                       {"STL_SORT", kTimestamptz, nullptr},
                       {"STL_SORT", kBool, sort},
                       {"STL_SORT", kArray, sort},
                       {"Trie", kVarChar, nullptr},
                       {"TRIE", kVarChar, nullptr},
                       {"marisa-trie", kVarChar, nullptr},
                       {"Trie", kInt64, trie},
                       {"RTREE", kGeometry, nullptr},
                       {"AUTOINDEX", kGeometry, nullptr},
                       {"INVERTED", kGeometry, "INVERTED are not supported on Geometry field, use RTREE"},
                       {"AUTOINDEX", kText, "an index on a Text field is not supported"},
                       {"INVERTED", kText, "an index on a Text field is not supported"},
                       {"RTREE", kVarChar, "RTREE index can only be built on geometry field"},
                       {"NGRAM", kInt64, "Ngram index can only be created on VARCHAR or JSON field"},
                       {"AUTOINDEX", kArray, nullptr},
                       {"", kDouble, nullptr},
                       {"HYBRID", kInt64, "invalid index type: HYBRID"},
                       {"WARP", kInt64, "invalid index type: WARP"},
                       {"HNSW", kInt64, "data type Int64 can't build with this index HNSW"},
                       {"HNSW", kJson, "data type JSON can't build with this index HNSW"}};
  for (const Row& row : kRows) {
    SCOPED_TRACE(std::string(row.index) + " on " + std::string(DataTypeName(row.field)));
    const Status status = CheckScalarIndex(Of(row.field, kInt64), {{"index_type", row.index}});
    if (row.refusal == nullptr) {
      EXPECT_TRUE(status.ok()) << status.ToString();
    } else {
      ExpectRefused(status, Code::kParameterInvalid, row.refusal);
    }
  }
  FieldSchema key = Of(kInt64);
  key.is_primary = true;
  ExpectRefused(CheckScalarIndex(key, {{"index_type", "BITMAP"}}), Code::kParameterInvalid,
                "create bitmap index on primary key not supported");
  ExpectRefused(CheckScalarIndex(Of(kArray, kFloat), {{"index_type", "BITMAP"}}), Code::kParameterInvalid,
                bitmap);
  ExpectRefused(CheckScalarIndex(Of(kInt8), {{"index_type", "BITMAP"}, {"bitmap_cardinality_limit", "0"}}),
                Code::kParameterInvalid, "bitmap_cardinality_limit");
}

TEST(ScalarIndexRules, Ngrams) {
  const auto check = [](Params more, DataType type = DataType::kVarChar) {
    more.emplace_back("index_type", "NGRAM");
    return CheckScalarIndex(Of(type), more);
  };
  MemProxyKit::Expect(check({{"min_gram", "2"}, {"max_gram", "2"}}));
  const char* both = "Ngram index must specify both min_gram and max_gram";
  ExpectRefused(check({}), Code::kParameterInvalid, both);
  ExpectRefused(check({{"min_gram", "2"}}), Code::kParameterInvalid, both);
  ExpectRefused(check({{"min_gram", "a"}, {"max_gram", "2"}}), Code::kParameterInvalid, "must be integers");
  ExpectRefused(check({{"min_gram", "0"}, {"max_gram", "2"}}), Code::kParameterInvalid, "greater than 0");
  ExpectRefused(check({{"min_gram", "3"}, {"max_gram", "2"}}), Code::kParameterInvalid, "at most max_gram");
  const Params grams = {{"min_gram", "1"}, {"max_gram", "2"}};
  Params json = grams;
  json.emplace_back("json_cast_type", "varchar");
  MemProxyKit::Expect(check(json, DataType::kJson));
  json.back().second = "DOUBLE";
  ExpectRefused(check(json, DataType::kJson), Code::kParameterInvalid, "VARCHAR or JSON field");
}

TEST(ScalarIndexRules, JsonCasts) {
  const auto check = [](const std::string& index, Params more) {
    more.emplace_back("index_type", index);
    return CheckScalarIndex(Of(DataType::kJson), more);
  };
  for (const char* index : {"INVERTED", "AUTOINDEX", "BITMAP"})
    ExpectRefused(check(index, {}), Code::kParameterMissing, "json index must specify cast type");
  for (const char* cast :
       {"BOOL", "DOUBLE", "VARCHAR", "ARRAY_BOOL", "ARRAY_DOUBLE", "ARRAY_VARCHAR", "JSON"})
    MemProxyKit::Expect(check("INVERTED", {{"json_cast_type", cast}}));
  ExpectRefused(check("INVERTED", {{"json_cast_type", "INT"}}), Code::kParameterInvalid,
                "json_cast_type INT");
  ExpectRefused(check("BITMAP", {{"json_cast_type", "DOUBLE"}}), Code::kParameterInvalid,
                "not on JSON as DOUBLE");
  ExpectRefused(check("STL_SORT", {{"json_cast_type", "BOOL"}}), Code::kParameterInvalid,
                "not on JSON as BOOL");
  const auto with = [&](const std::string& cast, const std::string& function) {
    return check("INVERTED", {{"json_cast_type", cast}, {"json_cast_function", function}});
  };
  MemProxyKit::Expect(with("DOUBLE", "STRING_TO_DOUBLE"));
  ExpectRefused(with("VARCHAR", "STRING_TO_DOUBLE"), Code::kParameterInvalid, "needs json_cast_type DOUBLE");
  ExpectRefused(with("DOUBLE", "ROUND"), Code::kParameterInvalid, "json_cast_function ROUND");
}

TEST(ScalarIndexRules, AutoIndexTakesNoParameters) {
  const auto check = [](const std::string& key, const std::string& value) {
    return CheckScalarIndex(Of(DataType::kVarChar), {{"index_type", "AUTOINDEX"}, {key, value}});
  };
  MemProxyKit::Expect(check("mmap.enabled", "true"));
  ExpectRefused(check("min_gram", "2"), Code::kParameterInvalid,
                "only metric type can be passed when use AutoIndex");
}

TEST(ScalarIndexRules, JsonPaths) {
  CollectionSchema schema;
  schema.enable_dynamic_field = true;
  schema.fields = {MemProxyKit::Field("id", DataType::kInt64), MemProxyKit::Field("j", DataType::kJson),
                   MemProxyKit::Field("$meta", DataType::kJson)};
  schema.fields[2].is_dynamic = true;
  const auto of = [&](size_t field, const std::string& path) {
    return JsonPointerOf(schema, schema.fields[field], path).value();
  };
  EXPECT_EQ(of(1, "j"), "");
  EXPECT_EQ(of(1, R"(j["a"]['b'])"), "/a/b");
  EXPECT_EQ(of(1, R"(j["a"][0])"), "/a/0");
  EXPECT_EQ(of(1, R"(j["a/b~c"])"), "/a~1b~0c");
  EXPECT_EQ(of(2, "$meta"), "");
  EXPECT_EQ(of(2, R"($meta["color"])"), "/color");
  EXPECT_EQ(of(2, "color"), "/color");
  EXPECT_EQ(of(2, R"(color["x"])"), "/color/x");
  for (const char* bad :
       {"", "[\"a\"]", "j[", "j[]", "j[\"a\"", "j[\"a]", "j[a]", "j[\"\"]", "j.a", "j[\"a\"]b"})
    EXPECT_EQ(JsonPointerOf(schema, schema.fields[1], bad).status().code(), Code::kParameterInvalid) << bad;
  ExpectRefused(JsonPointerOf(schema, schema.fields[1], "k[\"a\"]").status(), Code::kParameterInvalid,
                "does not belong to field j");
  ExpectRefused(JsonPointerOf(schema, schema.fields[2], "id").status(), Code::kParameterInvalid,
                "does not belong");
}

// One index for each path, and one alone for each other field.
TEST(ScalarIndexRules, SeveralPathsOfAField) {
  MemProxyKit kit;
  CreateCollectionRequest items = MemProxyKit::Items();
  items.schema.fields.push_back(MemProxyKit::Field("j", DataType::kJson));
  items.schema.enable_dynamic_field = true;
  kit.Expect(kit.proxy.CreateCollection(items));
  const auto create = [&](const std::string& field, const std::string& path, const std::string& cast,
                          const std::string& name = "") {
    CreateIndexRequest request;
    request.name.collection = "items";
    request.field_name = field;
    request.index_name = name;
    request.params = {{"index_type", "INVERTED"}, {"json_cast_type", cast}};
    if (!path.empty()) request.params.emplace_back("json_path", path);
    return kit.proxy.CreateIndex(request);
  };
  kit.Expect(create("j", R"(j["a"])", "DOUBLE"));
  kit.Expect(create("j", R"(j["a"])", "DOUBLE"));
  kit.Expect(create("j", R"(j["b"])", "VARCHAR", "named"));
  kit.Expect(create("j", "", "JSON"));
  kit.Expect(create("color", "", "VARCHAR"));
  kit.Expect(create("$meta", R"($meta["size"])", "DOUBLE"));
  const char* taken = "at most one distinct index is allowed per field";
  ExpectRefused(create("j", "j['a']", "VARCHAR"), Code::kParameterInvalid, taken);
  ExpectRefused(create("j", R"(j["a"])", "DOUBLE", "other"), Code::kParameterInvalid, taken);
  ExpectRefused(create("$meta", R"($meta["color"])", "DOUBLE"), Code::kParameterInvalid, taken);
  ExpectRefused(create("j", R"(j["c"])", "DOUBLE", "named"), Code::kParameterInvalid,
                "index name named is used by another index already");
  std::vector<std::string> names;
  for (const auto& index : kit.proxy.DescribeIndex({{"", "items"}, "", ""}).value())
    names.push_back(index.field_name + " " + index.index_name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"j j/a", "j named", "j j", "$meta $meta/color", "$meta $meta/size"}));
  kit.Expect(kit.proxy.DropIndex({{"", "items"}, "", "named"}));
  kit.Expect(kit.proxy.DropIndex({{"", "items"}, "j", ""}));
  EXPECT_EQ(kit.proxy.DescribeIndex({{"", "items"}, "", ""})->size(), 2u);
}

}  // namespace
}  // namespace redkite::proxy
