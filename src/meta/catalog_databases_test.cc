#include <gtest/gtest.h>

#include "io/mem_file_system.h"
#include "meta/catalog.h"
#include "meta/local_kv.h"

namespace redkite::meta {
namespace {

DatabaseMeta Named(const std::string& name) {
  DatabaseMeta d;
  d.name = name;
  d.properties = {{"k", "v"}};
  d.created = 7;
  return d;
}

CollectionMeta CollectionIn(DatabaseId database, const std::string& name) {
  CollectionMeta c;
  c.database = database;
  c.name = name;
  return c;
}

TEST(CatalogDatabases, CreateUpdateDrop) {
  io::MemFileSystem fs;
  auto kv = LocalKv::Open(&fs, "meta").value();
  auto catalog = Catalog::Open(kv.get()).value();
  const DatabaseMeta made = catalog->CreateDatabase(Named("shop"), 64).value();
  EXPECT_GT(made.id.value(), kDefaultDatabaseId.value());
  EXPECT_EQ(catalog->CreateDatabase(Named("shop"), 64).status().code(), Code::kParameterInvalid);
  EXPECT_EQ(catalog->CreateDatabase(Named("default"), 64).status().code(), Code::kParameterInvalid);
  EXPECT_EQ(catalog->CreateDatabase(Named("more"), 2).status().code(), Code::kDatabaseNumLimitExceeded);
  EXPECT_EQ(catalog->DatabaseName(made.id), "shop");
  EXPECT_EQ(catalog->DatabaseName(DatabaseId(99)), "99");
  const auto set = [&](const std::string& name, const std::string& value) {
    return catalog
        ->UpdateDatabase(name,
                         [&](DatabaseMeta* d) {
                           d->properties = {{"k", value}};
                           return Status::Ok();
                         })
        .status();
  };
  EXPECT_TRUE(set("shop", "w").ok());
  EXPECT_TRUE(set("", "of default").ok());
  EXPECT_EQ(set("none", "w").code(), Code::kDatabaseNotFound);
  EXPECT_FALSE(catalog
                   ->UpdateDatabase("shop",
                                    [](DatabaseMeta* d) {
                                      d->name = "other";
                                      return Status::Ok();
                                    })
                   .ok());
  auto again = Catalog::Open(kv.get()).value();
  EXPECT_EQ(again->GetDatabase("shop")->properties, (Params{{"k", "w"}}));
  EXPECT_EQ(again->GetDatabase("default")->properties, (Params{{"k", "of default"}}));

  const auto c = again->CreateCollection(CollectionIn(made.id, "c")).value();
  EXPECT_EQ(again->DropDatabase("shop").code(), Code::kParameterInvalid);
  ASSERT_TRUE(again->DropCollection(c->id).ok());
  EXPECT_TRUE(again->DropDatabase("shop").ok());
  EXPECT_EQ(again->DropDatabase("shop").code(), Code::kDatabaseNotFound);
  EXPECT_EQ(again->DropDatabase("").code(), Code::kParameterInvalid);
  EXPECT_EQ(again->CreateCollection(CollectionIn(made.id, "c")).status().code(), Code::kDatabaseNotFound);
  EXPECT_EQ(Catalog::Open(kv.get()).value()->ListDatabases().size(), 1u);
  EXPECT_NE(again->CreateDatabase(Named("shop"), 64)->id, made.id);
}

TEST(CatalogDatabases, ACollectionMoves) {
  io::MemFileSystem fs;
  auto kv = LocalKv::Open(&fs, "meta").value();
  auto catalog = Catalog::Open(kv.get()).value();
  const DatabaseId shop = catalog->CreateDatabase(Named("shop"), 64)->id;
  const CollectionId c = catalog->CreateCollection(CollectionIn(kDefaultDatabaseId, "c")).value()->id;
  ASSERT_TRUE(catalog->CreateCollection(CollectionIn(shop, "taken")).ok());
  const auto move = [&](DatabaseId database, const std::string& name) {
    return catalog
        ->UpdateCollection(c,
                           [&](CollectionMeta* meta) {
                             meta->database = database;
                             meta->name = name;
                             return Status::Ok();
                           })
        .status();
  };
  EXPECT_EQ(move(shop, "taken").code(), Code::kParameterInvalid);
  EXPECT_EQ(move(DatabaseId(77), "c").code(), Code::kDatabaseNotFound);
  ASSERT_TRUE(move(shop, "d").ok());
  auto again = Catalog::Open(kv.get()).value();
  EXPECT_EQ(again->GetCollection(shop, "d").value()->id, c);
  EXPECT_FALSE(again->GetCollection(kDefaultDatabaseId, "c").ok());
  EXPECT_TRUE(again->CreateCollection(CollectionIn(kDefaultDatabaseId, "c")).ok());
}

}  // namespace
}  // namespace redkite::meta
