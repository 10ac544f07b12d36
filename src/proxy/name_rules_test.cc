#include "proxy/name_rules.h"

#include <gtest/gtest.h>

namespace redkite::proxy {
namespace {

FieldSchema Field(const std::string& name, DataType type, Params params = {}) {
  FieldSchema field;
  field.name = name;
  field.type = type;
  field.type_params = std::move(params);
  return field;
}

CollectionSchema Good() {
  CollectionSchema schema;
  schema.name = "c";
  schema.fields = {Field("id", DataType::kInt64), Field("text", DataType::kVarChar, {{"max_length", "10"}}),
                   Field("vec", DataType::kFloatVector, {{"dim", "4"}})};
  schema.fields[0].is_primary = true;
  return schema;
}

TEST(NameRulesTest, CollectionNames) {
  const Limits limits;
  EXPECT_TRUE(CheckCollectionName("_a1", limits).ok());
  EXPECT_TRUE(CheckCollectionName(std::string(255, 'a'), limits).ok());
  const auto message = [&](const std::string& name) { return CheckCollectionName(name, limits).message(); };
  EXPECT_EQ(message(""), "collection name should not be empty: invalid parameter");
  EXPECT_EQ(message("1a"),
            "Invalid collection name: 1a.  the first character of a collection name must be an underscore or "
            "letter: "
            "invalid parameter");
  EXPECT_NE(message("a-b").find("collection name can only contain numbers, letters and underscores"),
            std::string::npos);
  EXPECT_NE(
      message(std::string(256, 'a')).find("the length of a collection name must be less than 255 characters"),
      std::string::npos);
}

TEST(NameRulesTest, SchemasAreCompleted) {
  CollectionSchema schema = Good();
  schema.enable_dynamic_field = true;
  ASSERT_TRUE(CompleteSchema(Limits(), &schema).ok());
  ASSERT_EQ(schema.fields.size(), 4u);
  EXPECT_EQ(schema.fields[0].id, FieldId(100));
  EXPECT_EQ(schema.fields[1].max_length, 10);
  EXPECT_EQ(schema.fields[2].dim, 4);
  EXPECT_TRUE(schema.fields[3].is_dynamic);
  EXPECT_EQ(schema.fields[3].name, "$meta");
}

struct BadSchema {
  const char* what;
  void (*spoil)(CollectionSchema*);
  Code code;
  const char* phrase;
};

TEST(NameRulesTest, DimensionsOfEachVectorType) {
  const auto status = [](DataType type, const char* dim) {
    CollectionSchema schema = Good();
    schema.fields[2].type = type;
    schema.fields[2].type_params = {{"dim", dim}};
    return CompleteSchema(Limits(), &schema);
  };
  for (const DataType type :
       {DataType::kFloatVector, DataType::kFloat16Vector, DataType::kBFloat16Vector, DataType::kInt8Vector}) {
    for (const char* dim : {"2", "3", "32768"}) EXPECT_TRUE(status(type, dim).ok()) << dim;
    EXPECT_NE(status(type, "1").message().find("invalid dimension: 1. should be in range 2 ~ 32768"),
              std::string::npos);
    EXPECT_NE(status(type, "32769").message().find("float vector dimension should be in range 2 ~ 32768"),
              std::string::npos);
  }
  for (const char* dim : {"8", "24", "262144"}) EXPECT_TRUE(status(DataType::kBinaryVector, dim).ok()) << dim;
  const struct {
    const char* dim;
    const char* part;
  } bad[] = {{"0", "invalid dimension: 0. should be in range 2 ~ 262144"},
             {"12", "binary vector dimension should be multiple of 8"},
             {"262152", "binary vector dimension should be in range 2 ~ 262144"}};
  for (const auto& [dim, part] : bad) {
    const Status refused = status(DataType::kBinaryVector, dim);
    EXPECT_EQ(refused.code(), Code::kParameterInvalid);
    EXPECT_NE(refused.message().find(part), std::string::npos) << refused.message();
  }
  EXPECT_EQ(status(DataType::kSparseFloatVector, "8").code(), Code::kParameterInvalid);
}

TEST(NameRulesTest, BadSchemas) {
  const BadSchema cases[] = {
      {"no vector", [](CollectionSchema* s) { s->fields.pop_back(); }, Code::kParameterInvalid,
       "schema does not contain vector field"},
      {"no key", [](CollectionSchema* s) { s->fields[0].is_primary = false; }, Code::kParameterMissing,
       "primary key is not specified"},
      {"two keys", [](CollectionSchema* s) { s->fields[1].is_primary = true; }, Code::kParameterInvalid,
       "there are more than one primary key, field name = id, text"},
      {"key type", [](CollectionSchema* s) { s->fields[0].type = DataType::kDouble; },
       Code::kParameterInvalid, "the data type of primary key should be Int64 or VarChar"},
      {"twice", [](CollectionSchema* s) { s->fields[1].name = "id"; }, Code::kParameterInvalid,
       "duplicated field name id found"},
      {"auto id", [](CollectionSchema* s) { s->fields[1].auto_id = true; }, Code::kParameterInvalid,
       "only primary field can speficy AutoID with true"},
      {"no dim", [](CollectionSchema* s) { s->fields[2].type_params.clear(); }, Code::kParameterInvalid,
       "dimension is not defined in field type params of field vec, check type param `dim` for vector field"},
      {"dim 1",
       [](CollectionSchema* s) {
         s->fields[2].type_params = {{"dim", "1"}};
       },
       Code::kParameterInvalid, "invalid dimension: 1. should be in range 2 ~ 32768"},
      {"dim big",
       [](CollectionSchema* s) {
         s->fields[2].type_params = {{"dim", "32769"}};
       },
       Code::kParameterInvalid,
       "invalid dimension: 32769 of field vec. float vector dimension should be in range 2 ~ 32768"},
      {"no length", [](CollectionSchema* s) { s->fields[1].type_params.clear(); }, Code::kParameterMissing,
       "type param(max_length) should be specified for the field(text) of collection c"},
      {"length 0",
       [](CollectionSchema* s) {
         s->fields[1].type_params = {{"max_length", "0"}};
       },
       Code::kParameterInvalid,
       "the maximum length specified for the field(text) should be in (0, 65535], but got 0 instead"},
      {"field name", [](CollectionSchema* s) { s->fields[1].name = "a-b"; }, Code::kFieldInvalidName,
       "Field name can only contain numbers, letters, and underscores."},
      {"keyword", [](CollectionSchema* s) { s->fields[1].name = "in"; }, Code::kFieldInvalidName,
       "is keyword in milvus."},
      {"nullable key", [](CollectionSchema* s) { s->fields[0].nullable = true; }, Code::kParameterInvalid,
       "primary field not support null"},
      {"struct", [](CollectionSchema* s) { s->fields[1].type = static_cast<DataType>(201); },
       Code::kParameterInvalid, "data type 201 of field text is not valid"},
      {"analyzer",
       [](CollectionSchema* s) {
         s->fields[1].type_params.push_back({"analyzer_params", "[]"});
       },
       Code::kParameterInvalid, "field text: analyzer_params should be a JSON object"},
      {"many fields",
       [](CollectionSchema* s) {
         while (s->fields.size() <= 64)
           s->fields.push_back(Field("f" + std::to_string(s->fields.size()), DataType::kBool));
       },
       Code::kParameterInvalid, "maximum field's number should be limited to 64"},
  };
  for (const BadSchema& c : cases) {
    SCOPED_TRACE(c.what);
    CollectionSchema schema = Good();
    c.spoil(&schema);
    const Status status = CompleteSchema(Limits(), &schema);
    EXPECT_EQ(status.code(), c.code) << status.ToString();
    EXPECT_NE(status.message().find(c.phrase), std::string::npos) << status.message();
  }
}

struct ArrayCase {
  DataType element;
  Params params;
  Code code;
  const char* phrase;
};

TEST(NameRulesTest, Arrays) {
  const ArrayCase cases[] = {
      {DataType::kBool, {{"max_capacity", "1"}}, Code::kOk, ""},
      {DataType::kInt8, {{"max_capacity", "4096"}}, Code::kOk, ""},
      {DataType::kVarChar, {{"max_capacity", "3"}, {"max_length", "65535"}}, Code::kOk, ""},
      {DataType::kNone,
       {{"max_capacity", "3"}},
       Code::kParameterInvalid,
       "element type None is not supported"},
      {DataType::kJson,
       {{"max_capacity", "3"}},
       Code::kParameterInvalid,
       "element type JSON is not supported"},
      {DataType::kArray, {{"max_capacity", "3"}}, Code::kParameterInvalid, "element type Array is not"},
      {DataType::kInt64,
       {},
       Code::kParameterMissing,
       "type param(max_capacity) should be specified for array field text of collection c"},
      {DataType::kInt64,
       {{"max_capacity", "0"}},
       Code::kParameterInvalid,
       "the maximum capacity specified for a Array should be in (0, 4096], but got 0"},
      {DataType::kInt64, {{"max_capacity", "4097"}}, Code::kParameterInvalid, "but got 4097"},
      {DataType::kInt64, {{"max_capacity", "many"}}, Code::kParameterInvalid, "but got many"},
      {DataType::kVarChar,
       {{"max_capacity", "3"}},
       Code::kParameterMissing,
       "type param(max_length) should be specified for the field(text)"},
      {DataType::kVarChar,
       {{"max_capacity", "3"}, {"max_length", "65536"}},
       Code::kParameterInvalid,
       "the maximum length specified for the field(text) should be in (0, 65535]"},
  };
  for (const ArrayCase& c : cases) {
    SCOPED_TRACE(c.phrase);
    CollectionSchema schema = Good();
    schema.fields[1].type = DataType::kArray;
    schema.fields[1].element_type = c.element;
    schema.fields[1].type_params = c.params;
    schema.fields[1].nullable = true;
    const Status status = CompleteSchema(Limits(), &schema);
    EXPECT_EQ(status.code(), c.code) << status.ToString();
    EXPECT_NE(status.message().find(c.phrase), std::string::npos) << status.message();
    if (status.ok()) {
      EXPECT_EQ(std::to_string(schema.fields[1].max_capacity), c.params[0].second);
    }
  }
  CollectionSchema key = Good();
  key.fields[0].type = DataType::kArray;
  EXPECT_EQ(CompleteSchema(Limits(), &key).message(),
            "the data type of primary key should be Int64 or VarChar: invalid parameter");
  CollectionSchema filled = Good();
  filled.fields[1].type = DataType::kArray;
  filled.fields[1].element_type = DataType::kInt64;
  filled.fields[1].type_params = {{"max_capacity", "3"}};
  filled.fields[1].default_value = DefaultValue::Long(1);
  EXPECT_EQ(CompleteSchema(Limits(), &filled).message(),
            "type not support default_value, type:Array, name:text: invalid parameter");
  CollectionSchema other = Good();
  other.fields[1].element_type = DataType::kInt64;
  ASSERT_TRUE(CompleteSchema(Limits(), &other).ok());
  EXPECT_EQ(other.fields[1].element_type, DataType::kNone);
}

TEST(CollectionNotFound, NamesBoth) {
  EXPECT_EQ(CollectionNotFound({"", "c"}).code(), Code::kCollectionNotFound);
  EXPECT_EQ(CollectionNotFound({"", "c"}).message(), "collection not found[database=default][collection=c]");
  EXPECT_EQ(CollectionNotFound({"d", "c"}).message(), "collection not found[database=d][collection=c]");
}

}  // namespace
}  // namespace redkite::proxy
