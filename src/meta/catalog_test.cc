#include "meta/catalog.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "base/thread.h"
#include "io/mem_file_system.h"
#include "meta/local_kv.h"

namespace redkite::meta {
namespace {

constexpr char kDir[] = "meta";

CollectionMeta Sample(const std::string& name) {
  CollectionMeta c;
  c.name = name;
  c.schema.name = name;
  c.schema.description = "words";
  c.schema.enable_dynamic_field = true;
  c.schema.version = 1;
  FieldSchema key;
  key.id = FieldId(100);
  key.name = "id";
  key.type = DataType::kInt64;
  key.is_primary = true;
  FieldSchema vector;
  vector.id = FieldId(101);
  vector.name = "vector";
  vector.type = DataType::kFloatVector;
  vector.dim = 8;
  vector.type_params = {{"dim", "8"}};
  FieldSchema text;
  text.id = FieldId(102);
  text.name = "text";
  text.type = DataType::kVarChar;
  text.max_length = 200;
  text.nullable = true;
  c.schema.fields = {key, vector, text};
  c.properties = {{"collection.ttl.seconds", "60"}};
  c.consistency_level = 2;
  c.created = MakeTimestamp(1'700'000'000'000, 5);
  c.created_ms = 1'700'000'000'000;
  return c;
}

TEST(Catalog, OnlyArraysNeedTheirVersion) {
  CollectionMeta c = Sample("c");
  EXPECT_EQ(EncodeCollection(c)[0], 2);
  FieldSchema array;
  array.id = FieldId(103);
  array.name = "a";
  array.type = DataType::kArray;
  array.element_type = DataType::kVarChar;
  array.max_capacity = 4096;
  array.max_length = 10;
  c.schema.fields.push_back(array);
  const std::string bytes = EncodeCollection(c);
  EXPECT_EQ(bytes[0], 3);
  const auto decoded = DecodeCollection(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
  EXPECT_EQ(decoded->schema, c.schema);
  for (const DataType element : {DataType::kNone, DataType::kJson, DataType::kArray}) {
    c.schema.fields.back().element_type = element;
    EXPECT_EQ(DecodeCollection(EncodeCollection(c)).status().code(), Code::kDataIntegrity);
  }
}

TEST(Catalog, NewVectorsNeedTheirVersion) {
  CollectionMeta c = Sample("c");
  FieldSchema sparse;
  sparse.id = FieldId(103);
  sparse.name = "s";
  sparse.type = DataType::kSparseFloatVector;
  c.schema.fields.push_back(sparse);
  EXPECT_EQ(EncodeCollection(c)[0], 4);
  EXPECT_EQ(DecodeCollection(EncodeCollection(c))->schema, c.schema);
  c.schema.fields.back().type = DataType::kFloatVector;
  c.schema.fields.back().dim = 4;
  EXPECT_EQ(EncodeCollection(c)[0], 2);
  c.schema.fields.back().nullable = true;
  EXPECT_EQ(EncodeCollection(c)[0], 4);
  std::string newer = EncodeCollection(c);
  newer[0] = 7;
  EXPECT_EQ(DecodeCollection(newer).status().code(), Code::kOperationNotSupported);
}

TEST(Catalog, StructArraysNeedTheirVersion) {
  CollectionMeta c = Sample("c");
  StructSchema of;
  of.id = FieldId(110);
  of.name = "s";
  of.nullable = true;
  FieldSchema vectors;
  vectors.id = FieldId(111);
  vectors.name = "s[v]";
  vectors.type = DataType::kArrayOfVector;
  vectors.element_type = DataType::kFloatVector;
  vectors.dim = 4;
  vectors.max_capacity = 8;
  vectors.struct_id = of.id;
  c.schema.structs = {of};
  c.schema.fields.push_back(vectors);
  EXPECT_EQ(EncodeCollection(c)[0], 6);
  EXPECT_EQ(DecodeCollection(EncodeCollection(c))->schema, c.schema);
  const auto expect_corrupt = [](const CollectionMeta& bad) {
    EXPECT_EQ(DecodeCollection(EncodeCollection(bad)).status().code(), Code::kDataIntegrity);
  };
  CollectionMeta bad = c;
  bad.schema.structs[0].id = FieldId(112);
  expect_corrupt(bad);
  bad = c;
  bad.schema.fields.back().struct_id = FieldId();
  expect_corrupt(bad);
  bad = c;
  bad.schema.fields.back().element_type = DataType::kSparseFloatVector;
  expect_corrupt(bad);
}

TEST(Catalog, LaterTypesNeedTheirVersion) {
  for (const DataType type : {DataType::kTimestamptz, DataType::kText, DataType::kGeometry}) {
    CollectionMeta c = Sample("c");
    FieldSchema field;
    field.id = FieldId(103);
    field.name = "f";
    field.type = type;
    c.schema.fields.push_back(field);
    const std::string bytes = EncodeCollection(c);
    EXPECT_EQ(bytes[0], 4);
    EXPECT_EQ(DecodeCollection(bytes)->schema, c.schema);
  }
}

TEST(Catalog, DefaultDatabaseIsAlwaysThere) {
  io::MemFileSystem fs;
  auto kv = LocalKv::Open(&fs, kDir).value();
  auto catalog = Catalog::Open(kv.get()).value();
  ASSERT_EQ(catalog->ListDatabases().size(), 1u);
  EXPECT_EQ(catalog->ListDatabases()[0].name, "default");
  EXPECT_EQ(catalog->GetDatabase("")->id, kDefaultDatabaseId);
  EXPECT_EQ(catalog->GetDatabase("x").status().code(), Code::kDatabaseNotFound);
}

TEST(Catalog, PartitionsGetInInTheOrderOfTheirIds) {
  io::MemFileSystem fs;
  auto kv = LocalKv::Open(&fs, kDir).value();
  auto catalog = Catalog::Open(kv.get()).value();
  const CollectionId id = catalog->CreateCollection(Sample("c")).value()->id;
  constexpr int kThreads = 8, kEach = 50;
  std::vector<Thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back("adder", [&, t] {
      for (int i = 0; i < kEach; ++i) {
        PartitionMeta partition;
        partition.name = std::to_string(t * kEach + i);
        const auto added =
            catalog->AddPartition(id, partition, [](CollectionMeta* meta, const PartitionMeta& with_id) {
              // Whatever is there at this moment is what a cut of the catalog would leave.
              EXPECT_LT(meta->partition_id_max, with_id.id.value());
              meta->partitions.push_back(with_id);
              return Status::Ok();
            });
        EXPECT_TRUE(added.ok());
      }
    });
  }
  for (Thread& thread : threads) thread.Join();
  EXPECT_EQ(catalog->GetCollection(id).value()->partitions.size(), size_t{kThreads * kEach + 1});
}

TEST(Catalog, CreateGetUpdateDrop) {
  io::MemFileSystem fs;
  auto kv = LocalKv::Open(&fs, kDir).value();
  auto catalog = Catalog::Open(kv.get()).value();
  const CollectionPtr made = catalog->CreateCollection(Sample("words")).value();
  EXPECT_GT(made->id.value(), 0);
  ASSERT_EQ(made->partitions.size(), 1u);
  EXPECT_EQ(made->partitions[0].name, "_default");
  EXPECT_GT(made->partitions[0].id.value(), 0);
  EXPECT_EQ(catalog->GetCollection(made->id).value(), made);
  EXPECT_EQ(catalog->GetCollection(kDefaultDatabaseId, "words").value(), made);
  EXPECT_EQ(catalog->CreateCollection(Sample("words")).status().code(), Code::kParameterInvalid);
  CollectionMeta elsewhere = Sample("words");
  elsewhere.database = DatabaseId(9);
  EXPECT_EQ(catalog->CreateCollection(elsewhere).status().code(), Code::kDatabaseNotFound);

  const auto loaded = catalog->UpdateCollection(made->id, [](CollectionMeta* c) {
    c->loaded = true;
    return Status::Ok();
  });
  ASSERT_TRUE(loaded.ok());
  EXPECT_FALSE(made->loaded);  // what a reader holds does not change
  EXPECT_TRUE(catalog->GetCollection(made->id).value()->loaded);
  EXPECT_FALSE(
      catalog->UpdateCollection(made->id, [](CollectionMeta*) { return Status::Missing("x"); }).ok());
  EXPECT_FALSE(catalog
                   ->UpdateCollection(made->id,
                                      [](CollectionMeta* c) {
                                        c->id = CollectionId(1);
                                        return Status::Ok();
                                      })
                   .ok());

  EXPECT_TRUE(catalog->DropCollection(made->id).ok());
  EXPECT_EQ(catalog->DropCollection(made->id).code(), Code::kCollectionNotFound);
  const Status gone = catalog->GetCollection(kDefaultDatabaseId, "words").status();
  EXPECT_EQ(gone.code(), Code::kCollectionNotFound);
  EXPECT_NE(gone.message().find("[database=default][collection=words]"), std::string::npos) << gone.message();
  EXPECT_TRUE(catalog->CreateCollection(Sample("words")).ok());
}

TEST(Catalog, RenameKeepsNamesUnique) {
  io::MemFileSystem fs;
  auto kv = LocalKv::Open(&fs, kDir).value();
  auto catalog = Catalog::Open(kv.get()).value();
  const CollectionId a = catalog->CreateCollection(Sample("a")).value()->id;
  ASSERT_TRUE(catalog->CreateCollection(Sample("b")).ok());
  const auto rename = [&](const std::string& name) {
    return catalog
        ->UpdateCollection(a,
                           [&](CollectionMeta* c) {
                             c->name = name;
                             return Status::Ok();
                           })
        .status();
  };
  EXPECT_EQ(rename("b").code(), Code::kParameterInvalid);
  EXPECT_TRUE(rename("c").ok());
  EXPECT_FALSE(catalog->GetCollection(kDefaultDatabaseId, "a").ok());
  EXPECT_EQ(catalog->GetCollection(kDefaultDatabaseId, "c").value()->id, a);
  auto again = Catalog::Open(kv.get()).value();
  ASSERT_EQ(again->ListCollections(DatabaseId(0)).size(), 2u);
  EXPECT_EQ(again->ListCollections(kDefaultDatabaseId)[1]->name, "c");
  EXPECT_TRUE(again->CreateCollection(Sample("a")).ok());
}

TEST(Catalog, IdsAreNeverGivenTwice) {
  io::MemFileSystem fs;
  std::set<int64_t> given;
  for (int restart = 0; restart < 4; ++restart) {
    auto kv = LocalKv::Open(&fs, kDir).value();
    auto catalog = Catalog::Open(kv.get()).value();
    const uint64_t syncs = fs.op_count(io::FileOp::kSync);
    for (int i = 0; i < 1500; ++i) {
      const int64_t id = catalog->AllocateId().value();
      ASSERT_GT(id, 0);
      ASSERT_TRUE(given.insert(id).second) << id;
    }
    EXPECT_LE(fs.op_count(io::FileOp::kSync) - syncs, 2u);
    fs.Crash();
  }
}

TEST(Catalog, TimestampMarkOnlyRises) {
  io::MemFileSystem fs;
  {
    auto kv = LocalKv::Open(&fs, kDir).value();
    auto catalog = Catalog::Open(kv.get()).value();
    EXPECT_EQ(catalog->timestamp_mark(), 0u);
    ASSERT_TRUE(catalog->PersistTimestampMark(100).ok());
    ASSERT_TRUE(catalog->PersistTimestampMark(50).ok());
    EXPECT_EQ(catalog->timestamp_mark(), 100u);
    EXPECT_EQ(Catalog::Open(kv.get()).value()->timestamp_mark(), 100u);
    ASSERT_TRUE(catalog->PersistTimestampMark(200).ok());
  }
  fs.Crash();
  auto kv = LocalKv::Open(&fs, kDir).value();
  EXPECT_EQ(Catalog::Open(kv.get()).value()->timestamp_mark(), 200u);
}

TEST(Catalog, SecondWriterIsRefused) {
  io::MemFileSystem fs;
  auto kv = LocalKv::Open(&fs, kDir).value();
  auto one = Catalog::Open(kv.get()).value();
  auto two = Catalog::Open(kv.get()).value();
  ASSERT_TRUE(one->CreateCollection(Sample("a")).ok());
  EXPECT_EQ(two->CreateCollection(Sample("a")).status().code(), Code::kServiceUnavailable);
  EXPECT_EQ(two->PersistTimestampMark(5).code(), Code::kOk);
  EXPECT_EQ(one->PersistTimestampMark(6).code(), Code::kServiceUnavailable);
}

TEST(Catalog, RemembersTheLargestIds) {
  io::MemFileSystem fs;
  CollectionId id;
  for (const bool reopened : {false, true}) {
    auto kv = LocalKv::Open(&fs, kDir).value();
    auto catalog = Catalog::Open(kv.get()).value();
    if (!reopened) {
      EXPECT_LT(catalog->collection_id_max(), 100);
      id = catalog->CreateCollection(Sample("a")).value()->id;
      const auto made = catalog->AllocateId().value();
      ASSERT_TRUE(catalog
                      ->UpdateCollection(id,
                                         [&](CollectionMeta* c) {
                                           c->partitions.push_back({PartitionId(made), "p", 1});
                                           return Status::Ok();
                                         })
                      .ok());
      ASSERT_TRUE(catalog
                      ->UpdateCollection(id,
                                         [](CollectionMeta* c) {
                                           c->partitions.pop_back();
                                           return Status::Ok();
                                         })
                      .ok());
      EXPECT_EQ(catalog->GetCollection(id).value()->partition_id_max, made) << "dropped, not forgotten";
      ASSERT_TRUE(catalog->PersistLogMark("mark").ok());
    }
    EXPECT_EQ(catalog->collection_id_max(), id.value());
    EXPECT_EQ(catalog->log_mark(), "mark");
    if (!reopened) {
      const auto second = catalog->CreateCollection(Sample("b")).value()->id;
      ASSERT_TRUE(catalog->DropCollection(second).ok());
      id = second;
    }
  }
}

TEST(Catalog, RemembersGenerations) {
  io::MemFileSystem fs;
  CollectionId id;
  {
    auto kv = LocalKv::Open(&fs, kDir).value();
    auto catalog = Catalog::Open(kv.get()).value();
    id = catalog->CreateCollection(Sample("a")).value()->id;
    EXPECT_EQ(catalog->generation(id), 0u);
    ASSERT_TRUE(catalog->NoteGenerations({{id, 7}, {CollectionId(99999), 3}}).ok());
    EXPECT_EQ(catalog->generation(id), 7u);
  }
  auto kv = LocalKv::Open(&fs, kDir).value();
  auto catalog = Catalog::Open(kv.get()).value();
  EXPECT_EQ(catalog->generation(id), 7u);
  ASSERT_TRUE(catalog->DropCollection(id).ok());
  EXPECT_EQ(catalog->generation(id), 0u);
  EXPECT_TRUE(kv->List("generation/")->empty());
}

TEST(Catalog, SkippedIdsAreNotGiven) {
  io::MemFileSystem fs;
  for (const int64_t at : {500, 5000}) {
    auto kv = LocalKv::Open(&fs, kDir).value();
    auto catalog = Catalog::Open(kv.get()).value();
    ASSERT_TRUE(catalog->SkipIds(at).ok());
    EXPECT_EQ(catalog->collection_id_max(), at);
    EXPECT_GT(catalog->AllocateId().value(), at);
    ASSERT_TRUE(catalog->SkipIds(200).ok());
    EXPECT_EQ(catalog->collection_id_max(), at);
    EXPECT_GT(catalog->CreateCollection(Sample("c" + std::to_string(at))).value()->id.value(), at);
  }
}

TEST(Catalog, EqualsAModelAcrossCrashes) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    io::MemFileSystem fs(seed);
    std::map<std::string, CollectionMeta> model;
    std::map<std::string, CollectionMeta> tried;
    for (int restart = 0; restart < 4; ++restart) {
      auto kv = LocalKv::Open(&fs, kDir, {2000});
      ASSERT_TRUE(kv.ok()) << kv.status().ToString();
      auto catalog = Catalog::Open(kv->get()).value();
      std::map<std::string, CollectionMeta> found;
      for (const CollectionPtr& c : catalog->ListCollections(kDefaultDatabaseId)) found[c->name] = *c;
      ASSERT_TRUE(found == model || found == tried);
      model = found;
      fs.CutPowerAt(5 + random.Below(60));
      for (int step = 0; step < 40; ++step) {
        const std::string name = "c" + std::to_string(random.Below(5));
        tried = model;
        const auto at = catalog->GetCollection(kDefaultDatabaseId, name);
        ASSERT_EQ(at.ok(), model.contains(name));
        bool ok = true;
        if (!at.ok()) {
          // Ids are chosen here, so that the model knows what a create that was cut may have left.
          CollectionMeta meta = Sample(name);
          meta.id = CollectionId(static_cast<int64_t>(1000000 + seed * 1000 + random.Below(1 << 30)));
          meta.partitions = {{PartitionId(1), "_default", 0}};
          meta.partition_id_max = 1;
          tried[name] = meta;
          ok = catalog->CreateCollection(meta).ok();
        } else if (random.Below(3) == 0) {
          tried.erase(name);
          ok = catalog->DropCollection((*at)->id).ok();
        } else {
          tried[name].updated = random.Next();
          ok = catalog
                   ->UpdateCollection((*at)->id,
                                      [&](CollectionMeta* c) {
                                        c->updated = tried[name].updated;
                                        return Status::Ok();
                                      })
                   .ok();
        }
        if (!ok) break;
        model = tried;
      }
      fs.Crash();
    }
  }
}

}  // namespace
}  // namespace redkite::meta
