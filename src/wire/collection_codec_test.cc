#include "wire/collection_codec.h"

#include <gtest/gtest.h>

#include "proto/milvus_collection.pb.h"
#include "wire/schema_codec.h"
#include "wire/status_map.h"

namespace redkite::wire {
namespace {

namespace pb = ::milvus::proto::milvus;
namespace pbc = ::milvus::proto::common;
namespace pbs = ::milvus::proto::schema;

void AddParam(pbs::FieldSchema* field, const char* key, const char* value) {
  auto* pair = field->add_type_params();
  pair->set_key(key);
  pair->set_value(value);
}

pbs::CollectionSchema Schema() {
  pbs::CollectionSchema schema;
  schema.set_name("c");
  schema.set_description("about");
  schema.set_enable_dynamic_field(true);
  auto* id = schema.add_fields();
  id->set_name("id");
  id->set_is_primary_key(true);
  id->set_autoid(true);
  id->set_data_type(pbs::Int64);
  auto* text = schema.add_fields();
  text->set_name("t");
  text->set_data_type(pbs::VarChar);
  text->set_nullable(true);
  AddParam(text, "max_length", "64");
  auto* vector = schema.add_fields();
  vector->set_name("v");
  vector->set_data_type(pbs::FloatVector);
  AddParam(vector, "dim", "8");
  return schema;
}

pb::CreateCollectionRequest Request(const pbs::CollectionSchema& schema) {
  pb::CreateCollectionRequest m;
  m.set_db_name("d");
  m.set_collection_name("c");
  m.set_schema(schema.SerializeAsString());
  m.set_shards_num(2);
  m.set_consistency_level(pbc::Strong);
  return m;
}

TEST(CollectionCodec, DecodesTheSchema) {
  const auto r = DecodeCreateCollection(Request(Schema()).SerializeAsString());
  ASSERT_TRUE(r.ok()) << r.status().message();
  EXPECT_EQ(r->name.database, "d");
  EXPECT_EQ(r->shards_num, 2);
  EXPECT_EQ(r->consistency, Consistency::kStrong);
  EXPECT_TRUE(r->schema.enable_dynamic_field);
  ASSERT_EQ(r->schema.fields.size(), 3U);
  EXPECT_TRUE(r->schema.fields[0].is_primary && r->schema.fields[0].auto_id);
  EXPECT_EQ(r->schema.fields[1].max_length, 64);
  EXPECT_TRUE(r->schema.fields[1].nullable);
  EXPECT_EQ(r->schema.fields[2].dim, 8);
  EXPECT_EQ(r->schema.fields[2].type, DataType::kFloatVector);
  EXPECT_TRUE(r->unsupported.empty());
}

TEST(CollectionCodec, ListsWhatCannotBeStored) {
  pbs::CollectionSchema schema = Schema();
  schema.add_functions()->set_name("bm25");
  schema.mutable_fields(1)->set_external_field("x");
  const auto r = DecodeCreateCollection(Request(schema).SerializeAsString());
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->unsupported, (std::vector<std::string>{"functions", "external field t"}));
}

TEST(CollectionCodec, StructArrays) {
  pbs::CollectionSchema schema = Schema();
  auto* of = schema.add_struct_array_fields();
  of->set_name("chunks");
  of->set_nullable(true);
  auto* text = of->add_fields();
  text->set_name("text");
  text->set_data_type(pbs::Array);
  text->set_element_type(pbs::VarChar);
  auto* vectors = of->add_fields();
  vectors->set_name("vector");
  vectors->set_data_type(pbs::ArrayOfVector);
  vectors->set_element_type(pbs::FloatVector);
  const auto r = DecodeCreateCollection(Request(schema).SerializeAsString());
  ASSERT_TRUE(r.ok());
  EXPECT_TRUE(r->unsupported.empty());
  ASSERT_EQ(r->schema.structs.size(), 1U);
  EXPECT_EQ(r->schema.structs[0].name, "chunks");
  EXPECT_TRUE(r->schema.structs[0].nullable);
  ASSERT_EQ(r->schema.fields.size(), 5U);
  EXPECT_EQ(r->schema.fields[3].name, "chunks[text]");
  EXPECT_EQ(r->schema.fields[4].type, DataType::kArrayOfVector);
  EXPECT_EQ(r->schema.fields[4].element_type, DataType::kFloatVector);
  EXPECT_EQ(r->schema.fields[4].struct_id, r->schema.structs[0].id);
  pbs::CollectionSchema described;
  PutSchema(r->schema, &described);
  ASSERT_EQ(described.fields_size(), 3);
  ASSERT_EQ(described.struct_array_fields_size(), 1);
  EXPECT_EQ(described.struct_array_fields(0).fields(1).name(), "vector");
  EXPECT_EQ(described.struct_array_fields(0).fields(0).element_type(), pbs::VarChar);
}

TEST(CollectionCodec, BadNumbersOfASchema) {
  pbs::CollectionSchema schema = Schema();
  auto* dim = schema.mutable_fields(2)->mutable_type_params(0);
  auto status_of = [&](const char* value) {
    dim->set_value(value);
    return DecodeCreateCollection(Request(schema).SerializeAsString());
  };
  EXPECT_EQ(status_of("abc").status().message(),
            "invalid dim of field v, an integer is expected: abc: invalid parameter");
  EXPECT_FALSE(status_of("8x").ok());
  EXPECT_FALSE(status_of("").ok());
  EXPECT_EQ(status_of("99999999999999999999999")->schema.fields[2].dim, INT32_MAX);
  EXPECT_EQ(status_of("-99999999999")->schema.fields[2].dim, -1);
}

TEST(CollectionCodec, DynamicFieldsAndBrokenBytesAreRefused) {
  pbs::CollectionSchema schema = Schema();
  schema.mutable_fields(1)->set_is_dynamic(true);
  EXPECT_FALSE(DecodeCreateCollection(Request(schema).SerializeAsString()).ok());
  pb::CreateCollectionRequest broken = Request(Schema());
  broken.set_schema("\xff");
  EXPECT_EQ(DecodeCreateCollection(broken.SerializeAsString()).status().code(), Code::kParameterInvalid);
  pb::CreateCollectionRequest level = Request(Schema());
  level.set_consistency_level(static_cast<pbc::ConsistencyLevel>(9));
  EXPECT_FALSE(DecodeCreateCollection(level.SerializeAsString()).ok());
}

TEST(CollectionCodec, DescriptionRoundTrip) {
  const auto created = DecodeCreateCollection(Request(Schema()).SerializeAsString());
  ASSERT_TRUE(created.ok());
  CollectionDescription d;
  d.schema = created->schema;
  for (size_t i = 0; i < 3; ++i) d.schema.fields[i].id = FieldId(100 + static_cast<int64_t>(i));
  FieldSchema dynamic;
  dynamic.name = std::string(kDynamicFieldName);
  dynamic.is_dynamic = true;
  d.schema.fields.push_back(dynamic);
  d.id = CollectionId(445);
  d.database = "d";
  d.shards_num = 2;
  d.aliases = {"a"};
  d.properties = {{"k", "v"}};
  d.created_ts = MakeTimestamp(1000);
  d.updated_ts = MakeTimestamp(2000, 3);
  pb::DescribeCollectionResponse m;
  ASSERT_TRUE(m.ParseFromString(EncodeDescribeCollection(d)));
  EXPECT_TRUE(m.has_status());
  ASSERT_EQ(m.schema().fields_size(), 3);  // the dynamic field is hidden
  EXPECT_EQ(m.schema().fields(2).fieldid(), 102);
  EXPECT_EQ(m.schema().fields(2).type_params_size(), 1);
  EXPECT_EQ(m.schema().fields(2).type_params(0).value(), "8");
  EXPECT_TRUE(m.schema().enable_dynamic_field());
  EXPECT_EQ(m.collectionid(), 445);
  EXPECT_EQ(m.collection_name(), "c");
  EXPECT_EQ(m.virtual_channel_names(1), "redkite-dml_1_445v1");
  EXPECT_EQ(m.physical_channel_names_size(), 2);
  EXPECT_EQ(m.created_utc_timestamp(), 1000U);
  EXPECT_EQ(m.update_timestamp_str(), std::to_string(d.updated_ts));
  EXPECT_EQ(m.aliases(0), "a");
}

TEST(CollectionCodec, ChangesOfACollection) {
  pb::RenameCollectionRequest rename;
  rename.set_db_name("d");
  rename.set_oldname("a");
  rename.set_newname("b");
  rename.set_newdbname("e");
  const auto renamed = DecodeRenameCollection(rename.SerializeAsString());
  ASSERT_TRUE(renamed.ok());
  EXPECT_EQ(renamed->from.database + renamed->from.collection, "da");
  EXPECT_EQ(renamed->to.database + renamed->to.collection, "eb");

  pb::AlterCollectionRequest alter;
  alter.set_collection_name("c");
  alter.set_collectionid(7);
  alter.add_delete_keys("k");
  const auto altered = DecodeAlterCollection(alter.SerializeAsString());
  ASSERT_TRUE(altered.ok());
  EXPECT_EQ(altered->name.collection, "c");
  EXPECT_EQ(altered->id, CollectionId(7));
  EXPECT_EQ(altered->properties.remove, (std::vector<std::string>{"k"}));

  pb::AlterCollectionFieldRequest field;
  field.set_collection_name("c");
  field.set_field_name("f");
  auto* pair = field.add_properties();
  pair->set_key("max_length");
  pair->set_value("9");
  const auto of_field = DecodeAlterCollectionField(field.SerializeAsString());
  ASSERT_TRUE(of_field.ok());
  EXPECT_EQ(of_field->field_name, "f");
  EXPECT_EQ(of_field->properties.put, (Params{{"max_length", "9"}}));
  EXPECT_FALSE(DecodeRenameCollection("\x12").ok());
  EXPECT_FALSE(DecodeAlterCollection("\x12").ok());
  EXPECT_FALSE(DecodeAlterCollectionField("\x12").ok());
}

TEST(CollectionCodec, AddedAndDroppedFields) {
  pbs::FieldSchema field;
  field.set_name("later");
  field.set_data_type(pbs::VarChar);
  field.set_nullable(true);
  auto* length = field.add_type_params();
  length->set_key("max_length");
  length->set_value("9");
  field.mutable_default_value()->set_string_data("x");
  pb::AddCollectionFieldRequest legacy;
  legacy.set_db_name("d");
  legacy.set_collection_name("c");
  legacy.set_schema(field.SerializeAsString());
  const auto old = DecodeAddCollectionField(legacy.SerializeAsString());
  ASSERT_TRUE(old.ok()) << old.status().ToString();
  ASSERT_EQ(old->add.size(), 1u);
  EXPECT_EQ(old->add[0].name, "later");
  EXPECT_EQ(old->add[0].max_length, 9);
  EXPECT_TRUE(old->add[0].nullable);
  EXPECT_EQ(old->add[0].default_value, DefaultValue::Text("x"));
  EXPECT_FALSE(old->drops);
  legacy.set_schema("\xff");
  EXPECT_FALSE(DecodeAddCollectionField(legacy.SerializeAsString()).ok());

  pb::AlterCollectionSchemaRequest alter;
  alter.set_collection_name("c");
  alter.set_collectionid(7);
  *alter.mutable_action()->mutable_add_request()->add_field_infos()->mutable_field_schema() = field;
  auto request = DecodeAlterCollectionSchema(alter.SerializeAsString());
  ASSERT_TRUE(request.ok()) << request.status().ToString();
  EXPECT_EQ(request->id, CollectionId(7));
  EXPECT_EQ(request->add, old->add);
  EXPECT_TRUE(request->unsupported.empty());
  auto* add = alter.mutable_action()->mutable_add_request();
  add->add_func_schema();
  add->mutable_field_infos(0)->set_index_name("i");
  request = DecodeAlterCollectionSchema(alter.SerializeAsString());
  EXPECT_EQ(request->unsupported,
            (std::vector<std::string>{"functions", "an index of the added field later"}));
  add->mutable_field_infos(0)->mutable_field_schema()->set_is_dynamic(true);
  EXPECT_EQ(DecodeAlterCollectionSchema(alter.SerializeAsString()).status().code(), Code::kParameterInvalid);
  alter.mutable_action()->mutable_drop_request()->set_field_id(101);
  request = DecodeAlterCollectionSchema(alter.SerializeAsString());
  EXPECT_TRUE(request->drops);
  EXPECT_TRUE(request->add.empty());
  EXPECT_EQ(request->drop_id, FieldId(101));
  alter.mutable_action()->mutable_drop_request()->set_field_name("f");
  EXPECT_EQ(DecodeAlterCollectionSchema(alter.SerializeAsString())->drop_name, "f");
  alter.mutable_action()->mutable_drop_request()->set_function_name("g");
  EXPECT_EQ(DecodeAlterCollectionSchema(alter.SerializeAsString())->unsupported,
            (std::vector<std::string>{"drop function g"}));
  EXPECT_FALSE(DecodeAlterCollectionSchema("\x12").ok());
  EXPECT_FALSE(DecodeTruncateCollection("\x12").ok());
  pb::TruncateCollectionRequest truncate;
  truncate.set_collection_name("c");
  EXPECT_EQ(DecodeTruncateCollection(truncate.SerializeAsString())->collection, "c");
}

TEST(CollectionCodec, ManyDescriptions) {
  pb::BatchDescribeCollectionRequest request;
  request.set_db_name("d");
  request.add_collection_name("a");
  request.add_collectionid(5);
  const auto decoded = DecodeBatchDescribeCollection(request.SerializeAsString());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->names, (std::vector<std::string>{"a"}));
  EXPECT_EQ(decoded->ids, (std::vector<CollectionId>{CollectionId(5)}));
  CollectionDescription c;
  c.schema.name = "a";
  pb::BatchDescribeCollectionResponse reply;
  ASSERT_TRUE(reply.ParseFromString(EncodeBatchDescribeCollection(
      {EncodeDescribeCollection(c),
       EncodeReplyStatus(Method::kDescribeCollection,
                         {Code::kCollectionNotFound, "collection not found[x]"})})));
  EXPECT_TRUE(reply.has_status());
  ASSERT_EQ(reply.responses_size(), 2);
  EXPECT_EQ(reply.responses(0).collection_name(), "a");
  EXPECT_EQ(reply.responses(1).status().code(), 100);
}

TEST(CollectionCodec, OtherRequestsAndReplies) {
  pb::ShowCollectionsRequest show;
  show.set_db_name("d");
  show.set_type(pb::InMemory);
  show.add_collection_names("c");
  const auto decoded = DecodeShowCollections(show.SerializeAsString());
  ASSERT_TRUE(decoded.ok());
  EXPECT_TRUE(decoded->loaded_only);
  pb::DescribeCollectionRequest describe;
  describe.set_collectionid(9);
  EXPECT_EQ(DecodeDescribeCollection(describe.SerializeAsString())->id, CollectionId(9));
  CollectionDescription d;
  d.schema.name = "c";
  d.loaded = true;
  pb::ShowCollectionsResponse shown;
  ASSERT_TRUE(shown.ParseFromString(EncodeShowCollections({d}, true)));
  EXPECT_EQ(shown.inmemory_percentages(0), 100);
  ASSERT_TRUE(shown.ParseFromString(EncodeShowCollections({d}, false)));
  EXPECT_EQ(shown.inmemory_percentages_size(), 0);
  EXPECT_EQ(shown.collection_names(0), "c");
  pb::GetCollectionStatisticsResponse stats;
  ASSERT_TRUE(stats.ParseFromString(EncodeGetCollectionStatistics(12)));
  EXPECT_EQ(stats.stats(0).key(), "row_count");
  EXPECT_EQ(stats.stats(0).value(), "12");
  pb::BoolResponse has;
  ASSERT_TRUE(has.ParseFromString(EncodeHasCollection(true)));
  EXPECT_TRUE(has.value());
}

}  // namespace
}  // namespace redkite::wire
