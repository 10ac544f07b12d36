#include <gtest/gtest.h>

#include "proxy/proxy_test_kit.h"

namespace redkite::proxy {
namespace {

void ExpectRefused(const Status& s, Code code, const std::string& phrase) {
  EXPECT_EQ(s.code(), code) << s.message();
  EXPECT_NE(s.message().find(phrase), std::string::npos) << s.message();
}

AlterCollectionRequest Alter(Params put, std::vector<std::string> remove = {}) {
  return {{"", "c"}, {}, {std::move(put), std::move(remove)}};
}
AlterFieldRequest AlterField(const std::string& field, Params put, std::vector<std::string> remove = {}) {
  return {{"", "c"}, field, {std::move(put), std::move(remove)}};
}

TEST(ProxyAlterTest, Rename) {
  ProxyKit kit;
  ASSERT_TRUE(kit->CreateDatabase({"shop", {}}).ok());
  ASSERT_TRUE(kit.Create("c").ok());
  ASSERT_TRUE(kit.Create("taken").ok());
  ASSERT_TRUE(kit->CreateAlias({{"", "taken"}, "alias"}).ok());
  const auto rename = [&](const std::string& from, const std::string& to, const std::string& database = "") {
    return kit->RenameCollection({{"", from}, {database, to}});
  };
  ExpectRefused(rename("c", "taken"), Code::kParameterInvalid,
                "duplicated new collection name default:taken with other collection name or alias");
  ExpectRefused(rename("c", "alias"), Code::kAliasCollectionNameConflict,
                "alias and collection name conflict[database=default][alias=alias]");
  ExpectRefused(rename("alias", "d"), Code::kParameterInvalid,
                "unsupported use an alias to rename collection");
  ExpectRefused(rename("none", "d"), Code::kCollectionNotFound, "[collection=none]");
  ExpectRefused(rename("c", "1d"), Code::kParameterInvalid, "Invalid collection name: 1d");
  ExpectRefused(rename("c", "c"), Code::kParameterInvalid,
                "collection name or database name should be different");
  ExpectRefused(rename("c", "d", "none"), Code::kDatabaseNotFound, "[database=none]");
  ExpectRefused(rename("taken", "t", "shop"), Code::kParameterInvalid, "must drop all aliases");

  const CollectionDescription before = kit.Describe("c");
  ASSERT_TRUE(rename("c", "d").ok());
  EXPECT_FALSE(*kit->HasCollection({"", "c"}));
  EXPECT_EQ(kit.Describe("d").id, before.id);
  EXPECT_EQ(kit.Describe("d").schema.name, "d");
  EXPECT_NE(kit.Describe("d").updated_ts, before.updated_ts);
  ASSERT_TRUE(rename("d", "d", "shop").ok());
  EXPECT_FALSE(*kit->HasCollection({"", "d"}));
  EXPECT_EQ(kit.Describe("d", "shop").id, before.id);
  EXPECT_EQ(kit.Describe("d", "shop").database, "shop");
  EXPECT_TRUE(kit.Create("d").ok());
}

TEST(ProxyAlterTest, Properties) {
  ProxyKit kit;
  ASSERT_TRUE(kit.Create("c").ok());
  const Timestamp created = kit.Describe("c").updated_ts;
  ASSERT_TRUE(kit->AlterCollection(Alter({{"collection.ttl.seconds", "60"}, {"mine", "1"}})).ok());
  EXPECT_EQ(kit.Describe("c").properties, (Params{{"collection.ttl.seconds", "60"}, {"mine", "1"}}));
  EXPECT_NE(kit.Describe("c").updated_ts, created);
  ASSERT_TRUE(kit->AlterCollection(Alter({}, {"collection.ttl.seconds"})).ok());
  EXPECT_EQ(kit.Describe("c").properties, (Params{{"mine", "1"}}));
  ASSERT_TRUE(kit->AlterCollection(Alter({{"consistency_level", "Strong"}})).ok());
  EXPECT_EQ(kit.Describe("c").consistency, Consistency::kStrong);
  ASSERT_TRUE(kit->AlterCollection(Alter({{"collection.description", "words"}})).ok());
  EXPECT_EQ(kit.Describe("c").schema.description, "words");
  EXPECT_EQ(kit.Describe("c").properties, (Params{{"mine", "1"}}));
  EXPECT_TRUE(kit->AlterCollection({{}, kit.Describe("c").id, {{{"mine", "2"}}, {}}}).ok());
  EXPECT_TRUE(kit->AlterCollection(Alter({{"dynamicfield.enabled", "false"}})).ok());

  const auto refused = [&](Params put, std::vector<std::string> remove, Code code,
                           const std::string& phrase) {
    const CollectionDescription before = kit.Describe("c");
    ExpectRefused(kit->AlterCollection(Alter(std::move(put), std::move(remove))), code, phrase);
    EXPECT_EQ(kit.Describe("c").properties, before.properties);
    EXPECT_EQ(kit.Describe("c").updated_ts, before.updated_ts);
  };
  refused({{"collection.ttl.seconds", "-2"}}, {}, Code::kParameterInvalid,
          "collection TTL is out of range, expect [-1, 3155760000], got -2");
  refused({{"collection.ttl.seconds", "3155760001"}}, {}, Code::kParameterInvalid, "got 3155760001");
  refused({{"collection.ttl.seconds", "x"}}, {}, Code::kParameterInvalid,
          "collection TTL is not a valid positive integer");
  refused({{"mmap.enabled", "maybe"}}, {}, Code::kParameterInvalid, "invalid mmap.enabled value: maybe");
  refused({{"warmup.vectorField", "now"}}, {}, Code::kParameterInvalid,
          "invalid warmup.vectorField value: now");
  refused({{"a", "b"}}, {"mine"}, Code::kParameterInvalid, "cannot provide both");
  refused({}, {}, Code::kParameterInvalid, "no properties or delete keys");
  refused({{"consistency_level", "Weak"}}, {}, Code::kParameterInvalid, "Weak");
  refused({{"dynamicfield.enabled", "true"}, {"a", "b"}}, {}, Code::kParameterInvalid,
          "cannot alter dynamic schema with other properties at the same time");
  refused({{"partitionkey.isolation", "true"}}, {}, Code::kParameterInvalid, "partition key");
  ExpectRefused(kit->AlterCollection({{"", "none"}, {}, {{{"a", "b"}}, {}}}), Code::kCollectionNotFound,
                "none");
}

AlterSchemaRequest AddField(const std::string& name, DataType type, Params params = {}) {
  AlterSchemaRequest request;
  request.name = {"", "c"};
  FieldSchema field;
  field.name = name;
  field.type = type;
  field.nullable = true;
  field.type_params = std::move(params);
  request.add = {field};
  return request;
}

AlterSchemaRequest DropField(const std::string& name) {
  AlterSchemaRequest request;
  request.name = {"", "c"};
  request.drops = true;
  request.drop_name = name;
  return request;
}

TEST(ProxyAlterTest, FieldsComeAndGo) {
  ProxyKit kit;
  ASSERT_TRUE(kit.Create("c").ok());
  const CollectionDescription before = kit.Describe("c");
  ASSERT_TRUE(kit->AlterCollectionSchema(AddField("later", DataType::kInt64)).ok());
  CollectionDescription after = kit.Describe("c");
  ASSERT_EQ(after.schema.fields.size(), before.schema.fields.size() + 1);
  const FieldId first = after.schema.fields.back().id;
  EXPECT_EQ(after.schema.fields.back().name, "later");
  EXPECT_EQ(after.schema.version, before.schema.version + 1);
  EXPECT_GT(after.updated_ts, before.updated_ts);
  ASSERT_TRUE(kit->AlterCollectionSchema(DropField("later")).ok());
  EXPECT_EQ(kit.Describe("c").schema.fields, before.schema.fields);
  ASSERT_TRUE(kit->AlterCollectionSchema(AddField("later", DataType::kVarChar, {{"max_length", "5"}})).ok());
  after = kit.Describe("c");
  EXPECT_GT(after.schema.fields.back().id.value(), first.value());  // no id is given twice
  AlterSchemaRequest by_id = DropField("");
  by_id.drop_id = after.schema.fields.back().id;
  ASSERT_TRUE(kit->AlterCollectionSchema(by_id).ok());
  EXPECT_EQ(kit.Describe("c").schema.fields, before.schema.fields);

  const auto refused = [&](AlterSchemaRequest request, Code code, const std::string& phrase) {
    const CollectionDescription now = kit.Describe("c");
    ExpectRefused(kit->AlterCollectionSchema(request), code, phrase);
    EXPECT_EQ(kit.Describe("c").schema, now.schema);
    EXPECT_EQ(kit.Describe("c").updated_ts, now.updated_ts);
  };
  const std::string taken = before.schema.fields.back().name;
  refused(AddField(taken, DataType::kInt64), Code::kParameterInvalid, "duplicated field name " + taken);
  refused(AddField("1", DataType::kInt64), Code::kFieldInvalidName, "Invalid field name");
  refused(AddField("t", DataType::kVarChar), Code::kParameterMissing, "max_length");
  refused(AddField("v", DataType::kFloatVector), Code::kParameterInvalid, "dimension is not defined");
  AlterSchemaRequest at = AddField("at", DataType::kTimestamptz);
  at.add[0].default_value = DefaultValue::Text("tomorrow");
  refused(at, Code::kParameterInvalid, "default value of field at");
  refused(AddField("t", DataType::kVarChar, {{"max_length", "5"}, {"analyzer_params", "[]"}}),
          Code::kParameterInvalid, "field t: analyzer_params should be a JSON object");
  AlterSchemaRequest bad = AddField("x", DataType::kInt64);
  bad.add[0].nullable = false;
  refused(bad, Code::kParameterInvalid, "added field must be nullable");
  bad.add[0].default_value = DefaultValue::Text("no number");
  refused(bad, Code::kParameterInvalid, "default_value");
  bad = AddField("x", DataType::kInt64);
  bad.add[0].is_primary = true;
  refused(bad, Code::kParameterInvalid, "not support to add primary key field");
  bad = AddField("x", DataType::kInt64);
  bad.add[0].is_partition_key = true;
  refused(bad, Code::kParameterInvalid, "not support to add partition key field");
  bad = AddField("x", DataType::kInt64);
  bad.unsupported = {"functions"};
  refused(bad, Code::kUnimplemented, "functions");
  refused(DropField("none"), Code::kFieldNotFound, "field not found[field=none]");
  refused(DropField(kDynamicFieldName.data()), Code::kFieldNotFound, "field not found");
  refused(DropField(before.schema.primary().name), Code::kParameterInvalid,
          "cannot drop the primary key field");
  bad = {};
  bad.name = {"", "c"};
  refused(bad, Code::kParameterInvalid, "no field to add or to drop");
  bad.name = {"", "none"};
  ExpectRefused(kit->AlterCollectionSchema(bad), Code::kCollectionNotFound, "none");
}

TEST(ProxyAlterTest, TheDynamicFieldIsSwitchedOnOnce) {
  ProxyKit kit;
  ASSERT_TRUE(kit.Create("c").ok());
  ASSERT_FALSE(kit.Describe("c").schema.enable_dynamic_field);
  const auto fields = kit.Describe("c").schema.fields;
  ASSERT_TRUE(kit->AlterCollection(Alter({{"dynamicfield.enabled", "true"}})).ok());
  EXPECT_TRUE(kit.Describe("c").schema.enable_dynamic_field);
  EXPECT_EQ(kit.Describe("c").schema.fields, fields);  // hidden
  EXPECT_TRUE(kit->AlterCollection(Alter({{"dynamicfield.enabled", "true"}})).ok());
  ExpectRefused(kit->AlterCollection(Alter({{"dynamicfield.enabled", "false"}})), Code::kParameterInvalid,
                "cannot be switched off");
  ASSERT_TRUE(kit->AlterCollectionSchema(AddField("later", DataType::kInt64)).ok());
  EXPECT_EQ(kit.Describe("c").schema.fields.back().id.value(), fields.back().id.value() + 2);
}

TEST(ProxyAlterTest, SomeNeedARelease) {
  ProxyKit kit;
  ASSERT_TRUE(kit.Create("c").ok());
  ASSERT_TRUE(kit.CreateIndex("c").ok());
  ASSERT_TRUE(kit.Load("c").ok());
  ExpectRefused(
      kit->AlterCollection(Alter({{"mmap.enabled", "true"}})), Code::kCollectionLoaded,
      "can not alter mmap properties if collection loaded: collection already loaded[collection=c]");
  ExpectRefused(kit->AlterCollection(Alter({{"warmup.scalarField", "sync"}})), Code::kCollectionLoaded,
                "can not alter warmup properties if collection loaded");
  ExpectRefused(kit->AlterCollectionField(AlterField("text", {{"mmap.enabled", "true"}})),
                Code::kCollectionLoaded, "can not alter mmap properties if collection loaded");
  ExpectRefused(kit->AlterCollectionField(AlterField("text", {{"warmup", "sync"}})), Code::kCollectionLoaded,
                "can not alter warmup if collection loaded");
  EXPECT_TRUE(kit->AlterCollection(Alter({{"collection.ttl.seconds", "9"}})).ok());
  ASSERT_TRUE(kit->ReleaseCollection({"", "c"}).ok());
  EXPECT_TRUE(kit->AlterCollection(Alter({{"mmap.enabled", "true"}})).ok());
  EXPECT_TRUE(kit->AlterCollectionField(AlterField("text", {{"mmap.enabled", "true"}})).ok());
}

TEST(ProxyAlterTest, ArraysMayGetLonger) {
  ProxyKit kit;
  auto request = ProxyKit::Request("c");
  request.schema.fields.push_back(
      ProxyKit::Field("a", DataType::kArray, {{"max_capacity", "3"}, {"max_length", "8"}}));
  request.schema.fields.back().element_type = DataType::kVarChar;
  request.schema.fields.push_back(ProxyKit::Field("n", DataType::kArray, {{"max_capacity", "3"}}));
  request.schema.fields.back().element_type = DataType::kInt8;
  ASSERT_TRUE(kit->CreateCollection(request).ok());
  ASSERT_TRUE(kit->AlterCollectionField(AlterField("a", {{"max_capacity", "9"}, {"max_length", "10"}})).ok());
  const FieldSchema array = kit.Describe("c").schema.fields[3];
  EXPECT_EQ(array.max_capacity, 9);
  EXPECT_EQ(array.max_length, 10);
  EXPECT_EQ(array.type_params, (Params{{"max_capacity", "9"}, {"max_length", "10"}}));
  const auto refused = [&](const std::string& field, Params put, const std::string& phrase) {
    ExpectRefused(kit->AlterCollectionField(AlterField(field, std::move(put))), Code::kParameterInvalid,
                  phrase);
  };
  refused("a", {{"max_capacity", "4097"}}, "in (0, 4096], but got 4097");
  refused("text", {{"max_capacity", "5"}}, "max_capacity can only be altered on an array field");
  refused("n", {{"max_length", "5"}}, "max_length can only be altered on a varchar field");
}

TEST(ProxyAlterTest, Fields) {
  ProxyKit kit;
  ASSERT_TRUE(kit.Create("c").ok());
  const Timestamp created = kit.Describe("c").updated_ts;
  ASSERT_TRUE(
      kit->AlterCollectionField(AlterField("text", {{"max_length", "20"}, {"field.description", "d"}})).ok());
  const FieldSchema text = kit.Describe("c").schema.fields[1];
  EXPECT_EQ(text.max_length, 20);
  EXPECT_EQ(text.description, "d");
  EXPECT_EQ(text.type_params, (Params{{"max_length", "20"}}));
  EXPECT_NE(kit.Describe("c").updated_ts, created);
  EXPECT_EQ(kit.Meta("c")->schema.version, 2u);
  ASSERT_TRUE(kit->AlterCollectionField(AlterField("vec", {{"mmap.enabled", "true"}})).ok());
  ASSERT_TRUE(kit->AlterCollectionField(AlterField("vec", {}, {"mmap.enabled"})).ok());
  EXPECT_EQ(kit.Describe("c").schema.fields[2].type_params, (Params{{"dim", "4"}}));

  const auto refused = [&](const AlterFieldRequest& request, Code code, const std::string& phrase) {
    ExpectRefused(kit->AlterCollectionField(request), code, phrase);
  };
  refused(AlterField("text", {{"max_length", "0"}}), Code::kParameterInvalid,
          "the maximum length specified for the field(text) should be in (0, 65535], but got 0 instead");
  refused(AlterField("vec", {{"max_length", "5"}}), Code::kParameterInvalid, "vec");
  refused(AlterField("vec", {{"dim", "5"}}), Code::kParameterInvalid,
          "dim does not allow update in collection field param");
  refused(AlterField("text", {}, {"max_length"}), Code::kParameterInvalid,
          "max_length is not allowed to drop");
  refused(AlterField("none", {{"mmap.enabled", "true"}}), Code::kFieldNotFound,
          "field not found[field=none]");
  refused(AlterField("text", {}), Code::kParameterInvalid, "no properties or delete keys");
  EXPECT_EQ(kit.Meta("c")->schema.version, 4u);
}

}  // namespace
}  // namespace redkite::proxy
