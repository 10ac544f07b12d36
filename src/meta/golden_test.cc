// A frozen example of the embedded metadata store, snapshot and log: a build of today must read what the
// first release wrote. The files are never rewritten; a new format version adds new ones beside them.
#include <gtest/gtest.h>

#include "io/mem_file_system.h"
#include "io/posix_file_system.h"
#include "meta/catalog.h"
#include "meta/local_kv.h"

namespace redkite::meta {
namespace {

const std::string kGolden = std::string(REDKITE_GOLDEN_DIR) + "/catalog";
constexpr char kSnapshot[] = "SNAPSHOT-00000000000000000002";
constexpr char kLog[] = "LOG-00000000000000000002";

// Version 1 with fields that were appended to it: a second database, an alias, states of partitions.
constexpr char kAliasesPrefix[] = "v1_aliases.";

CollectionMeta Sample(int version) {
  CollectionMeta c;
  c.id = CollectionId(444);
  c.name = "words";
  c.schema.name = "words";
  c.schema.description = "d";
  c.schema.enable_dynamic_field = true;
  c.schema.version = 3;
  FieldSchema key;
  key.id = FieldId(100);
  key.name = "word";
  key.type = DataType::kVarChar;
  key.is_primary = true;
  key.max_length = 64;
  FieldSchema vector;
  vector.id = FieldId(101);
  vector.name = "vector";
  vector.description = "100-d";
  vector.type = DataType::kFloatVector;
  vector.dim = 100;
  vector.type_params = {{"dim", "100"}};
  FieldSchema dynamic;
  dynamic.id = FieldId(102);
  dynamic.name = kDynamicFieldName;
  dynamic.type = DataType::kJson;
  dynamic.is_dynamic = true;
  dynamic.nullable = true;
  c.schema.fields = {key, vector, dynamic};
  if (version >= 2) {
    FieldSchema number;
    number.id = FieldId(103);
    number.name = "number";
    number.type = DataType::kInt16;
    number.nullable = true;
    number.default_value = DefaultValue::Int(-12);
    FieldSchema text;
    text.id = FieldId(104);
    text.name = "text";
    text.type = DataType::kVarChar;
    text.max_length = 10;
    text.default_value = DefaultValue::Text("none");
    c.schema.fields.insert(c.schema.fields.begin() + 2, {number, text});
  }
  c.properties = {{"p", "q"}};
  c.shards_num = 2;
  c.consistency_level = 1;
  c.num_partitions = 16;
  c.created = 5;
  c.created_ms = 6;
  c.updated = 7;
  c.partitions = {{PartitionId(445), "_default", 5}, {PartitionId(446), "second", 8}};
  c.indexes = {{IndexId(447), FieldId(101), "vector", {{"index_type", "HNSW"}, {"M", "16"}}, 9}};
  c.partition_id_max = INT64_MAX;  // not kept by the builds that wrote these
  return c;
}

// Run by hand with --gtest_also_run_disabled_tests, once per format version.
TEST(Golden, DISABLED_WriteCatalog) {
  io::MemFileSystem fs;
  {
    auto kv = LocalKv::Open(&fs, "meta", {1}).value();
    auto catalog = Catalog::Open(kv.get()).value();
    ASSERT_TRUE(catalog->CreateCollection(Sample(2)).ok());
    ASSERT_TRUE(catalog->AllocateId().ok());
  }
  auto kv = LocalKv::Open(&fs, "meta").value();
  auto catalog = Catalog::Open(kv.get()).value();
  ASSERT_TRUE(catalog->PersistTimestampMark(77).ok());
  ASSERT_TRUE(catalog
                  ->UpdateCollection(CollectionId(444),
                                     [](CollectionMeta* c) {
                                       c->loaded = true;
                                       return Status::Ok();
                                     })
                  .ok());
  io::PosixFileSystem disk;
  ASSERT_TRUE(disk.CreateDirs(kGolden).ok());
  for (const std::string name : {kSnapshot, kLog}) {
    const std::string bytes = fs.ReadAll("meta/" + name).value();
    ASSERT_TRUE(io::WriteFileAtomically(&disk, kGolden + "/v2." + name, bytes).ok());
  }
}

void Copy(const std::string& prefix, io::MemFileSystem* fs) {
  io::PosixFileSystem disk;
  ASSERT_TRUE(fs->CreateDirs("meta").ok());
  for (const std::string name : {kSnapshot, kLog}) {
    const auto bytes = disk.ReadAll(kGolden + "/" + prefix + name);
    ASSERT_TRUE(bytes.ok()) << bytes.status().ToString();
    fs->PutFile("meta/" + name, *bytes);
  }
}

void ExpectReadable(int version) {
  io::MemFileSystem fs;
  Copy("v" + std::to_string(version) + ".", &fs);
  auto kv = LocalKv::Open(&fs, "meta");
  ASSERT_TRUE(kv.ok()) << kv.status().ToString();
  EXPECT_EQ((*kv)->revision(), 5u);
  auto catalog = Catalog::Open(kv->get());
  ASSERT_TRUE(catalog.ok()) << catalog.status().ToString();
  CollectionMeta expected = Sample(version);
  expected.loaded = expected.loads_new_partitions = true;
  for (PartitionMeta& p : expected.partitions) p.loaded = true;  // the state of the collection was theirs
  EXPECT_EQ(*(*catalog)->GetCollection(kDefaultDatabaseId, "words").value(), expected);
  EXPECT_EQ((*catalog)->timestamp_mark(), 77u);
  EXPECT_EQ((*catalog)->AllocateId().value(), 1100);
  EXPECT_EQ((*catalog)->ListDatabases().at(0).name, "default");
}

TEST(Golden, CatalogWithAliases) {
  io::MemFileSystem fs;
  Copy(kAliasesPrefix, &fs);
  auto kv = LocalKv::Open(&fs, "meta").value();
  auto catalog = Catalog::Open(kv.get());
  ASSERT_TRUE(catalog.ok()) << catalog.status().ToString();
  CollectionMeta expected = Sample(1);
  expected.loaded = true;
  expected.partitions = {{PartitionId(445), "_default", 5, false}, {PartitionId(446), "second", 8, true}};
  expected.aliases = {"other"};
  EXPECT_EQ(*(*catalog)->GetCollection(kDefaultDatabaseId, "other").value(), expected);
  const auto shop = (*catalog)->GetDatabase("shop");
  ASSERT_TRUE(shop.ok());
  EXPECT_EQ(shop->properties, (Params{{"database.replica.number", "1"}}));
  EXPECT_EQ(shop->created_ms, 10);
}

// A log with allocated space, the largest ids and a mark of the log.
constexpr char kAllocatedPrefix[] = "v2_allocated.";
constexpr char kAllocatedMark[] = "mark";

CollectionMeta AllocatedSample() {
  CollectionMeta c = Sample(2);
  c.partition_id_max = 446;
  return c;
}

void WriteAllocated(const CollectionMeta& sample, const std::string& prefix) {
  io::MemFileSystem fs;
  {
    auto kv = LocalKv::Open(&fs, "meta", {1}).value();
    auto catalog = Catalog::Open(kv.get()).value();
    ASSERT_TRUE(catalog->CreateCollection(sample).ok());
  }
  auto kv = LocalKv::Open(&fs, "meta").value();
  auto catalog = Catalog::Open(kv.get()).value();
  ASSERT_TRUE(catalog->PersistLogMark(kAllocatedMark).ok());
  ASSERT_TRUE(catalog->PersistTimestampMark(77).ok());
  io::PosixFileSystem disk;
  for (const io::FileInfo& info : fs.List("meta").value()) {
    const std::string bytes = fs.ReadAll("meta/" + info.name).value();
    ASSERT_TRUE(io::WriteFileAtomically(&disk, kGolden + "/" + prefix + info.name, bytes).ok());
  }
}

TEST(Golden, DISABLED_WriteAllocatedCatalog) { WriteAllocated(AllocatedSample(), kAllocatedPrefix); }

void ExpectAllocated(const CollectionMeta& sample, const std::string& prefix) {
  io::MemFileSystem fs;
  Copy(prefix, &fs);
  auto kv = LocalKv::Open(&fs, "meta");
  ASSERT_TRUE(kv.ok()) << kv.status().ToString();
  auto catalog = Catalog::Open(kv->get());
  ASSERT_TRUE(catalog.ok()) << catalog.status().ToString();
  EXPECT_EQ(*(*catalog)->GetCollection(kDefaultDatabaseId, "words").value(), sample);
  EXPECT_EQ((*catalog)->collection_id_max(), 444);
  EXPECT_EQ((*catalog)->log_mark(), kAllocatedMark);
  EXPECT_EQ((*catalog)->timestamp_mark(), 77u);
}

TEST(Golden, CatalogWithAllocatedLog) { ExpectAllocated(AllocatedSample(), kAllocatedPrefix); }

// Version 3: a collection with Array fields.
constexpr char kArraysPrefix[] = "v3_arrays.";

CollectionMeta ArraysSample() {
  CollectionMeta c = AllocatedSample();
  FieldSchema numbers;
  numbers.id = FieldId(105);
  numbers.name = "numbers";
  numbers.type = DataType::kArray;
  numbers.element_type = DataType::kInt16;
  numbers.max_capacity = 4096;
  numbers.type_params = {{"max_capacity", "4096"}};
  FieldSchema texts;
  texts.id = FieldId(106);
  texts.name = "texts";
  texts.type = DataType::kArray;
  texts.nullable = true;
  texts.element_type = DataType::kVarChar;
  texts.max_capacity = 3;
  texts.max_length = 20;
  texts.type_params = {{"max_capacity", "3"}, {"max_length", "20"}};
  c.schema.fields.insert(c.schema.fields.begin() + 2, {numbers, texts});
  return c;
}

TEST(Golden, DISABLED_WriteArrays) { WriteAllocated(ArraysSample(), kArraysPrefix); }

TEST(Golden, CatalogWithArrays) { ExpectAllocated(ArraysSample(), kArraysPrefix); }

// Version 4: a sparse vector, and a vector that may be null.
constexpr char kVectorsPrefix[] = "v4_vectors.";

CollectionMeta VectorsSample() {
  CollectionMeta c = AllocatedSample();
  FieldSchema sparse;
  sparse.id = FieldId(105);
  sparse.name = "sparse";
  sparse.type = DataType::kSparseFloatVector;
  FieldSchema dense;
  dense.id = FieldId(106);
  dense.name = "dense";
  dense.type = DataType::kFloat16Vector;
  dense.nullable = true;
  dense.dim = 8;
  dense.type_params = {{"dim", "8"}};
  c.schema.fields.insert(c.schema.fields.begin() + 2, {sparse, dense});
  return c;
}

TEST(Golden, DISABLED_WriteVectors) { WriteAllocated(VectorsSample(), kVectorsPrefix); }

TEST(Golden, CatalogWithVectors) { ExpectAllocated(VectorsSample(), kVectorsPrefix); }

// Version 5: a field was added, and the one with the largest id dropped.
constexpr char kFieldsPrefix[] = "v5_fields.";

CollectionMeta FieldsSample() {
  CollectionMeta c = ArraysSample();
  FieldSchema later;
  later.id = FieldId(107);
  later.name = "later";
  later.type = DataType::kInt64;
  later.nullable = true;
  later.default_value = DefaultValue::Long(-3);
  c.schema.fields.insert(c.schema.fields.end() - 1, later);
  c.schema.version = 5;
  c.field_id_max = 108;
  return c;
}

TEST(Golden, DISABLED_WriteFields) { WriteAllocated(FieldsSample(), kFieldsPrefix); }

TEST(Golden, CatalogWithChangedFields) { ExpectAllocated(FieldsSample(), kFieldsPrefix); }

// Version 4: a collection with a partition key, beside it a resource group.
constexpr char kPartitionKeyPrefix[] = "v4_partition_key.";

CollectionMeta PartitionKeySample() {
  CollectionMeta c = AllocatedSample();
  c.schema.fields[3].is_partition_key = true;
  c.num_partitions = 2;
  c.partitions[0].name = "_default_0";
  c.partitions[1].name = "_default_1";
  c.loaded = true;
  c.resource_group = "rg";
  c.load_fields = {FieldId(100), FieldId(101), FieldId(104)};
  return c;
}

ResourceGroups GroupsSample() {
  ResourceGroups groups;
  groups["__default_resource_group"] = {"__default_resource_group", {.requests = 0, .limits = 5}, false};
  groups["rg"] = {"rg",
                  {.requests = 1,
                   .limits = 2,
                   .transfer_from = {"__default_resource_group"},
                   .transfer_to = {},
                   .node_labels = {{"zone", "a"}}},
                  true};
  return groups;
}

TEST(Golden, DISABLED_WritePartitionKey) {
  io::MemFileSystem fs;
  {
    auto kv = LocalKv::Open(&fs, "meta", {1}).value();
    auto catalog = Catalog::Open(kv.get()).value();
    ASSERT_TRUE(catalog->CreateCollection(PartitionKeySample()).ok());
  }
  auto kv = LocalKv::Open(&fs, "meta").value();
  auto catalog = Catalog::Open(kv.get()).value();
  ASSERT_TRUE(catalog
                  ->UpdateResourceGroups([](ResourceGroups* groups) {
                    *groups = GroupsSample();
                    return Status::Ok();
                  })
                  .ok());
  io::PosixFileSystem disk;
  for (const io::FileInfo& info : fs.List("meta").value()) {
    const std::string bytes = fs.ReadAll("meta/" + info.name).value();
    ASSERT_TRUE(io::WriteFileAtomically(&disk, kGolden + "/" + kPartitionKeyPrefix + info.name, bytes).ok());
  }
}

TEST(Golden, CatalogWithPartitionKey) {
  io::MemFileSystem fs;
  Copy(kPartitionKeyPrefix, &fs);
  auto kv = LocalKv::Open(&fs, "meta");
  ASSERT_TRUE(kv.ok()) << kv.status().ToString();
  auto catalog = Catalog::Open(kv->get());
  ASSERT_TRUE(catalog.ok()) << catalog.status().ToString();
  EXPECT_EQ(*(*catalog)->GetCollection(kDefaultDatabaseId, "words").value(), PartitionKeySample());
  EXPECT_EQ((*catalog)->ListResourceGroups(), GroupsSample());
}

// Version 4: a collection with fields of the types that came with it.
constexpr char kTypesPrefix[] = "v4_types.";

CollectionMeta TypesSample() {
  CollectionMeta c = ArraysSample();
  const auto add = [&c](int64_t id, const char* name, DataType type) -> FieldSchema& {
    FieldSchema field;
    field.id = FieldId(id);
    field.name = name;
    field.type = type;
    field.nullable = true;
    return *c.schema.fields.insert(c.schema.fields.end() - 1, field);
  };
  add(107, "at", DataType::kTimestamptz).default_value = DefaultValue::Long(-1'000'001);
  add(108, "body", DataType::kText).type_params = {{"enable_match", "true"},
                                                   {"analyzer_params", R"({"type":"english"})"}};
  FieldSchema& shape = add(109, "shape", DataType::kGeometry);
  shape.default_value = DefaultValue::Text(std::string("\x01\x01\x00\x00\x00", 5) + std::string(16, '\0'));
  c.properties.emplace_back("ttl_field", "at");
  return c;
}

TEST(Golden, DISABLED_WriteTypes) { WriteAllocated(TypesSample(), kTypesPrefix); }

TEST(Golden, CatalogWithTypes) { ExpectAllocated(TypesSample(), kTypesPrefix); }

// Version 6: a collection with a struct array.
constexpr char kStructsPrefix[] = "v6_structs.";

CollectionMeta StructsSample() {
  CollectionMeta c = ArraysSample();
  StructSchema of;
  of.id = FieldId(107);
  of.name = "chunks";
  of.description = "of a page";
  of.nullable = true;
  of.type_params = {{"mmap.enabled", "true"}};
  c.schema.structs = {of};
  const auto add = [&c](int64_t id, const char* name, DataType type, DataType element) -> FieldSchema& {
    FieldSchema field;
    field.id = FieldId(id);
    field.name = SubFieldName("chunks", name);
    field.type = type;
    field.element_type = element;
    field.nullable = true;
    field.max_capacity = 100;
    field.struct_id = FieldId(107);
    field.type_params = {{"max_capacity", "100"}};
    return *c.schema.fields.insert(c.schema.fields.end() - 1, field);
  };
  add(108, "text", DataType::kArray, DataType::kVarChar).max_length = 40;
  add(109, "vector", DataType::kArrayOfVector, DataType::kFloat16Vector).dim = 8;
  return c;
}

TEST(Golden, DISABLED_WriteStructs) { WriteAllocated(StructsSample(), kStructsPrefix); }

TEST(Golden, CatalogWithStructs) { ExpectAllocated(StructsSample(), kStructsPrefix); }

TEST(Golden, CatalogVersion1) { ExpectReadable(1); }
TEST(Golden, CatalogVersion2) { ExpectReadable(2); }

}  // namespace
}  // namespace redkite::meta
