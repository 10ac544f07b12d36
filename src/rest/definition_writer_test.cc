#include "rest/definition_writer.h"

#include <gtest/gtest.h>

namespace redkite::rest {
namespace {

TEST(DefinitionWriter, CollectionsWithAllTheyHave) {
  CollectionDescription collection;
  collection.id = CollectionId(7);
  collection.aliases = {"a"};
  collection.consistency = Consistency::kStrong;
  collection.properties = {{"k", "v"}};
  CollectionSchema& schema = collection.schema;
  schema.name = "c";
  schema.enable_dynamic_field = true;
  FieldSchema key;
  key.id = FieldId(100);
  key.name = "id";
  key.type = DataType::kInt64;
  key.is_primary = key.auto_id = true;
  FieldSchema text;
  text.id = FieldId(101);
  text.name = "t";
  text.type = DataType::kVarChar;
  text.max_length = 9;
  text.nullable = true;
  text.default_value = DefaultValue::Text("x\"");
  FieldSchema dynamic;
  dynamic.name = "$meta";
  dynamic.is_dynamic = true;
  FieldSchema sub;
  sub.name = "s[x]";
  sub.type = DataType::kArray;
  sub.element_type = DataType::kInt8;
  sub.struct_id = FieldId(102);
  schema.fields = {key, text, sub, dynamic};
  schema.structs = {{FieldId(102), "s", "", false, {}}};
  IndexDescription index;
  index.index_name = "i";
  index.field_name = "v";
  index.params = {{"params", R"({"metric_type":"L2"})"}};
  std::string out;
  JsonWriter w(&out);
  WriteCollection(collection, {index}, "LoadStateLoaded", &w);
  EXPECT_EQ(
      out,
      R"({"collectionName":"c","collectionID":7,"description":"","autoId":true,"enableDynamicField":true,"fields":[)"
      R"({"name":"id","id":100,"type":"Int64","description":"","primaryKey":true,"autoId":true,"partitionKey":false,)"
      R"("clusteringKey":false,"nullable":false,"isFunctionOutput":false,"params":[]},)"
      R"({"name":"t","id":101,"type":"VarChar","description":"","primaryKey":false,"autoId":false,"partitionKey":false,)"
      R"("clusteringKey":false,"nullable":true,"isFunctionOutput":false,"defaultValue":"x\"",)"
      R"("params":[{"key":"max_length","value":"9"}]}],"structFields":[{"name":"s","id":102,"description":"",)"
      R"("fields":[{"name":"x","id":0,"type":"Array","description":"","primaryKey":false,"autoId":false,)"
      R"("partitionKey":false,"clusteringKey":false,"nullable":false,"isFunctionOutput":false,"elementType":"Int8",)"
      R"("params":[]}]}],"functions":[],"aliases":["a"],"indexes":[{"indexName":"i","fieldName":"v",)"
      R"("metricType":"L2"}],"load":"LoadStateLoaded","shardsNum":1,"partitionsNum":1,"consistencyLevel":"Strong",)"
      R"("externalSource":"","externalSpec":"","properties":[{"key":"k","value":"v"}]})");
}

TEST(DefinitionWriter, IndexesWithTheirProgress) {
  IndexDescription index;
  index.index_name = "i";
  index.field_name = "v";
  index.params = {{"index_type", "HNSW"}, {"metric_type", "IP"}, {"mmap.enabled", "true"}};
  index.state = IndexState::kInProgress;
  index.indexed_rows = 3;
  index.total_rows = 10;
  std::string out;
  JsonWriter w(&out);
  WriteIndex(index, &w);
  EXPECT_NE(out.find(R"("indexType":"HNSW","metricType":"IP","totalRows":10,"indexedRows":3,"pendingRows":7,)"
                     R"("indexState":"InProgress","failReason":"")"),
            std::string::npos)
      << out;
  EXPECT_NE(out.find(R"("mmap.enabled":"true")"), std::string::npos) << out;
}

TEST(DefinitionWriter, NamesOfLoadStates) {
  EXPECT_EQ(LoadStateName(LoadState::kNotLoad), "LoadStateNotLoad");
  EXPECT_EQ(LoadStateName(LoadState::kLoaded), "LoadStateLoaded");
}

}  // namespace
}  // namespace redkite::rest
