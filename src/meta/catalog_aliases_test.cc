#include <gtest/gtest.h>

#include "base/random.h"
#include "io/mem_file_system.h"
#include "meta/catalog.h"
#include "meta/local_kv.h"

namespace redkite::meta {
namespace {

constexpr char kDir[] = "meta";

CollectionMeta Named(const std::string& name) {
  CollectionMeta c;
  c.name = name;
  return c;
}

TEST(CatalogAliases, CreateAlterDrop) {
  io::MemFileSystem fs;
  auto kv = LocalKv::Open(&fs, kDir).value();
  auto catalog = Catalog::Open(kv.get()).value();
  const CollectionId a = catalog->CreateCollection(Named("a")).value()->id;
  const CollectionId b = catalog->CreateCollection(Named("b")).value()->id;
  const DatabaseId db = kDefaultDatabaseId;
  ASSERT_TRUE(catalog->CreateAlias(db, "x", a).ok());
  EXPECT_TRUE(catalog->CreateAlias(db, "x", a).ok());
  EXPECT_EQ(catalog->CreateAlias(db, "x", b).code(), Code::kAliasAlreadyExist);
  EXPECT_EQ(catalog->CreateAlias(db, "b", a).code(), Code::kAliasCollectionNameConflict);
  EXPECT_EQ(catalog->CreateAlias(db, "y", CollectionId(9)).code(), Code::kCollectionNotFound);
  EXPECT_EQ(catalog->AlterAlias(db, "y", a).code(), Code::kAliasNotFound);
  EXPECT_EQ(catalog->DropAlias(db, "a").code(), Code::kAliasNotFound);
  EXPECT_EQ(catalog->CreateCollection(Named("x")).status().code(), Code::kParameterInvalid);
  EXPECT_EQ(catalog->GetCollection(db, "x").value()->id, a);
  EXPECT_EQ(catalog->DropCollection(a).code(), Code::kParameterInvalid);

  ASSERT_TRUE(catalog->AlterAlias(db, "x", b).ok());
  for (int reopened = 0; reopened < 2; ++reopened) {
    EXPECT_EQ(catalog->GetCollection(db, "x").value()->id, b);
    EXPECT_TRUE(catalog->GetCollection(a).value()->aliases.empty());
    EXPECT_EQ(catalog->GetCollection(b).value()->aliases, (std::vector<std::string>{"x"}));
    catalog = Catalog::Open(kv.get()).value();
  }
  ASSERT_TRUE(catalog->DropAlias(db, "x").ok());
  EXPECT_FALSE(catalog->GetCollection(db, "x").ok());
  EXPECT_TRUE(catalog->CreateCollection(Named("x")).ok());
  EXPECT_TRUE(catalog->DropCollection(b).ok());
  EXPECT_TRUE(catalog->CreateAlias(db, "b", a).ok());
}

TEST(CatalogAliases, RenameKeepsThem) {
  io::MemFileSystem fs;
  auto kv = LocalKv::Open(&fs, kDir).value();
  auto catalog = Catalog::Open(kv.get()).value();
  const CollectionId a = catalog->CreateCollection(Named("a")).value()->id;
  ASSERT_TRUE(catalog->CreateAlias(kDefaultDatabaseId, "x", a).ok());
  const auto rename = [&](const std::string& name) {
    return catalog
        ->UpdateCollection(a,
                           [&](CollectionMeta* meta) {
                             meta->name = name;
                             return Status::Ok();
                           })
        .status();
  };
  EXPECT_EQ(rename("x").code(), Code::kParameterInvalid);
  ASSERT_TRUE(rename("c").ok());
  EXPECT_EQ(catalog->GetCollection(kDefaultDatabaseId, "x").value()->name, "c");
  EXPECT_EQ(Catalog::Open(kv.get()).value()->GetCollection(kDefaultDatabaseId, "x").value()->name, "c");
}

// After a cut an alias is where it was before the change or after it, never at both or none.
TEST(CatalogAliases, MoveAsAWhole) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    io::MemFileSystem fs(seed);
    CollectionId a, b;
    {
      auto kv = LocalKv::Open(&fs, kDir, {2000}).value();
      auto catalog = Catalog::Open(kv.get()).value();
      a = catalog->CreateCollection(Named("a")).value()->id;
      b = catalog->CreateCollection(Named("b")).value()->id;
      ASSERT_TRUE(catalog->CreateAlias(kDefaultDatabaseId, "x", a).ok());
      fs.CutPowerAt(1 + random.Below(40));
      for (int i = 0; i < 30; ++i) {
        if (!catalog->AlterAlias(kDefaultDatabaseId, "x", i % 2 == 0 ? b : a).ok()) break;
      }
    }
    fs.Crash();
    auto kv = LocalKv::Open(&fs, kDir).value();
    auto catalog = Catalog::Open(kv.get()).value();
    const size_t at_a = catalog->GetCollection(a).value()->aliases.size();
    const size_t at_b = catalog->GetCollection(b).value()->aliases.size();
    EXPECT_EQ(at_a + at_b, 1u);
    EXPECT_EQ(catalog->GetCollection(kDefaultDatabaseId, "x").value()->id, at_a == 1 ? a : b);
  }
}

}  // namespace
}  // namespace redkite::meta
