#include "rest/schema_reader.h"

#include <gtest/gtest.h>

namespace redkite::rest {
namespace {

Result<CreateBody> Create(const std::string& json) {
  const auto body = JsonBody::Parse(json);
  EXPECT_TRUE(body.ok()) << json;
  return ReadCreate(body->root());
}

CreateBody Created(const std::string& json) {
  auto created = Create(json);
  EXPECT_TRUE(created.ok()) << created.status().ToString();
  return created.ok() ? std::move(created).value() : CreateBody();
}

TEST(SchemaReader, KnowsTypesByTheirExactNames) {
  for (const char* name : {"Bool", "Int8", "Int64", "Double", "VarChar", "JSON", "Geometry", "Timestamptz",
                           "FloatVector", "SparseFloatVector", "Int8Vector"}) {
    const auto type = ParseDataType(name);
    ASSERT_TRUE(type.ok()) << name;
    EXPECT_EQ(DataTypeName(*type), name);
  }
  for (const char* name : {"", "None", "int64", "Varchar", "Json"}) {
    const auto type = ParseDataType(name);
    ASSERT_FALSE(type.ok()) << name;
    EXPECT_EQ(type.status().code(), Code::kParameterInvalid);
    EXPECT_NE(type.status().message().find("is invalid(case sensitive)"), std::string::npos);
  }
}

TEST(SchemaReader, QuickFormHasAKeyAVectorAndAnIndex) {
  const CreateBody body = Created(R"({"collectionName":"c","dbName":"d","dimension":4})");
  EXPECT_EQ(body.request.name.database, "d");
  const CollectionSchema& schema = body.request.schema;
  ASSERT_EQ(schema.fields.size(), 2u);
  EXPECT_EQ(schema.fields[0].name, "id");
  EXPECT_EQ(schema.fields[0].type, DataType::kInt64);
  EXPECT_TRUE(schema.fields[0].is_primary);
  EXPECT_FALSE(schema.fields[0].auto_id);
  EXPECT_EQ(schema.fields[1].name, "vector");
  EXPECT_EQ(schema.fields[1].dim, 4);
  EXPECT_TRUE(schema.enable_dynamic_field);
  ASSERT_EQ(body.indexes.size(), 1u);
  EXPECT_EQ(body.indexes[0].index_name, "vector");
  EXPECT_EQ(*FindParam(body.indexes[0].params, "metric_type"), "COSINE");
  EXPECT_TRUE(body.loads);
  EXPECT_EQ(body.request.consistency, Consistency::kBounded);
}

TEST(SchemaReader, QuickFormTakesNamesTypesAndParams) {
  const CreateBody body = Created(R"({"collectionName":"c","dimension":16,"idType":"VarChar","autoID":true,
      "primaryFieldName":"key","vectorFieldName":"v","vectorFieldType":"BinaryVector","metricType":"JACCARD",
      "params":{"max_length":64,"enableDynamicField":false,"consistencyLevel":"Strong"}})");
  const CollectionSchema& schema = body.request.schema;
  EXPECT_EQ(schema.fields[0].name, "key");
  EXPECT_EQ(schema.fields[0].max_length, 64);
  EXPECT_TRUE(schema.fields[0].auto_id);
  EXPECT_EQ(schema.fields[1].type, DataType::kBinaryVector);
  EXPECT_FALSE(schema.enable_dynamic_field);
  EXPECT_EQ(*FindParam(body.indexes[0].params, "metric_type"), "JACCARD");
  EXPECT_EQ(body.request.consistency, Consistency::kStrong);
}

TEST(SchemaReader, QuickFormOfSparseVectorsNeedsNoDimension) {
  const CreateBody body = Created(R"({"collectionName":"c","vectorFieldType":"SparseFloatVector"})");
  EXPECT_EQ(*FindParam(body.indexes[0].params, "metric_type"), "IP");
  EXPECT_EQ(Create(R"({"collectionName":"c"})").status().code(), Code::kRestMissingParameter);
  EXPECT_EQ(Create(R"({"collectionName":"c","dimension":4,"idType":"Float"})").status().code(),
            Code::kParameterInvalid);
}

TEST(SchemaReader, WholeForm) {
  const CreateBody body = Created(R"({"collectionName":"c","schema":{"autoId":true,"enableDynamicField":true,
      "fields":[{"fieldName":"id","dataType":"Int64","isPrimary":true},
                {"fieldName":"n","dataType":"Int32","nullable":true,"defaultValue":7,"description":"d"},
                {"fieldName":"t","dataType":"Array","elementDataType":"VarChar",
                 "elementTypeParams":{"max_capacity":10,"max_length":"20"}},
                {"fieldName":"v","dataType":"FloatVector","elementTypeParams":{"dim":"8"}}],
      "structFields":[{"fieldName":"s","fields":[{"fieldName":"x","dataType":"Array","elementDataType":"Int64"}]}]},
      "indexParams":[{"fieldName":"v","indexName":"i","metricType":"L2","indexType":"HNSW","params":{"M":16}}],
      "params":{"shardsNum":"2","partitionsNum":4,"partitionKeyIsolation":true,"ttlSeconds":60,"mmap.enabled":true},
      "properties":{"timezone":"UTC"}})");
  const CollectionSchema& schema = body.request.schema;
  ASSERT_EQ(schema.fields.size(), 5u);
  EXPECT_TRUE(schema.fields[0].auto_id);
  EXPECT_EQ(schema.fields[1].default_value, DefaultValue::Int(7));
  EXPECT_EQ(schema.fields[2].element_type, DataType::kVarChar);
  EXPECT_EQ(*FindParam(schema.fields[2].type_params, "max_capacity"), "10");
  EXPECT_EQ(schema.fields[3].dim, 8);
  EXPECT_EQ(schema.fields[4].name, "s[x]");
  ASSERT_EQ(schema.structs.size(), 1u);
  EXPECT_EQ(schema.fields[4].struct_id, schema.structs[0].id);
  ASSERT_EQ(body.indexes.size(), 1u);
  EXPECT_EQ(body.indexes[0].params, (Params{{"M", "16"}, {"index_type", "HNSW"}, {"metric_type", "L2"}}));
  EXPECT_EQ(body.request.shards_num, 2);
  EXPECT_EQ(body.request.num_partitions, 4);
  EXPECT_EQ(*FindParam(body.request.properties, "partitionkey.isolation"), "true");
  EXPECT_EQ(*FindParam(body.request.properties, "collection.ttl.seconds"), "60");
  EXPECT_EQ(*FindParam(body.request.properties, "mmap.enabled"), "true");
  EXPECT_EQ(*FindParam(body.request.properties, "timezone"), "UTC");
  EXPECT_TRUE(body.loads);
}

TEST(SchemaReader, NamesWhatThisBuildCannotStore) {
  const CreateBody body = Created(R"({"collectionName":"c","schema":{"functions":[{"name":"f"}],
      "fields":[{"fieldName":"id","dataType":"Int64","externalField":"x"}]}})");
  EXPECT_EQ(body.request.unsupported.size(), 2u);
  EXPECT_FALSE(body.loads);
}

TEST(SchemaReader, RefusesDefaultsThatDoNotFit) {
  for (const char* field :
       {R"("dataType":"Int32","defaultValue":"7")", R"("dataType":"Int32","defaultValue":3000000000)",
        R"("dataType":"Bool","defaultValue":1)", R"("dataType":"VarChar","defaultValue":1)",
        R"("dataType":"Int64","defaultValue":1.5)", R"("dataType":"Double","defaultValue":"x")",
        R"("dataType":"JSON","defaultValue":{})"}) {
    const auto body = Create(std::string(R"({"collectionName":"c","schema":{"fields":[{"fieldName":"f",)") +
                             field + "}]}}");
    ASSERT_FALSE(body.ok()) << field;
    EXPECT_EQ(body.status().code(), Code::kParameterInvalid) << field;
  }
}

TEST(SchemaReader, RefusesWrongMembers) {
  EXPECT_EQ(Create(R"({"schema":{"fields":[{}]}})").status().code(), Code::kRestMissingParameter);
  EXPECT_EQ(Create(R"({"collectionName":"c","schema":{}})").status().code(), Code::kRestMissingParameter);
  EXPECT_EQ(Create(R"({"collectionName":"c","schema":{"fields":[1]}})").status().code(),
            Code::kRestBadFormat);
  EXPECT_EQ(Create(R"({"collectionName":"c","schema":{"fields":[{"fieldName":"f","dataType":"X"}]}})")
                .status()
                .code(),
            Code::kParameterInvalid);
  EXPECT_EQ(Create(R"({"collectionName":"c","dimension":4,"params":{"shardsNum":"x"}})").status().code(),
            Code::kParameterInvalid);
  EXPECT_EQ(Create(R"({"collectionName":"c","dimension":4,"consistencyLevel":"x"})").status().code(),
            Code::kParameterInvalid);
}

TEST(SchemaReader, AddedFields) {
  const auto body = JsonBody::Parse(
      R"({"collectionName":"c","schema":{"fieldName":"f","dataType":"Int64","nullable":true}})");
  const auto request = ReadAddField(body->root());
  ASSERT_TRUE(request.ok());
  ASSERT_EQ(request->add.size(), 1u);
  EXPECT_EQ(request->add[0].name, "f");
  const auto without = JsonBody::Parse(R"({"collectionName":"c"})");
  EXPECT_EQ(ReadAddField(without->root()).status().code(), Code::kRestMissingParameter);
}

}  // namespace
}  // namespace redkite::rest
