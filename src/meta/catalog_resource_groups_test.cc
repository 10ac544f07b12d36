#include <gtest/gtest.h>

#include "meta/catalog.h"
#include "meta/mem_kv.h"

namespace redkite::meta {
namespace {

const std::string kDefault(kDefaultResourceGroup);

TEST(CatalogResourceGroups, ChangesAreWholeAndDurable) {
  MemKv kv;
  auto catalog = Catalog::Open(&kv).value();
  ASSERT_EQ(catalog->ListResourceGroups().size(), 1u);
  EXPECT_TRUE(catalog->ListResourceGroups().at(kDefault).has_node);
  const uint64_t revision = kv.revision();
  const auto refused = catalog->UpdateResourceGroups([](ResourceGroups* groups) {
    (*groups)["a"] = {"a", {}, true};
    return Status::Invalid("no");
  });
  EXPECT_EQ(refused.code(), Code::kParameterInvalid);
  EXPECT_TRUE(catalog->UpdateResourceGroups([](ResourceGroups*) { return Status::Ok(); }).ok());
  EXPECT_EQ(kv.revision(), revision);  // nothing changed, nothing written
  ASSERT_TRUE(catalog
                  ->UpdateResourceGroups([](ResourceGroups* groups) {
                    for (const char* name : {"a", "b"}) (*groups)[name] = {name, {.requests = 1}, false};
                    groups->at(kDefault).has_node = false;
                    groups->at("b").has_node = true;
                    return Status::Ok();
                  })
                  .ok());
  EXPECT_EQ(kv.revision(), revision + 1);
  const ResourceGroups after = catalog->ListResourceGroups();
  EXPECT_EQ(after.size(), 3u);
  EXPECT_EQ(Catalog::Open(&kv).value()->ListResourceGroups(), after);
  // Where nobody has the node, the default group does; it cannot go.
  ASSERT_TRUE(catalog
                  ->UpdateResourceGroups([](ResourceGroups* groups) {
                    groups->clear();
                    return Status::Ok();
                  })
                  .ok());
  EXPECT_EQ(catalog->ListResourceGroups().size(), 1u);
  EXPECT_TRUE(catalog->ListResourceGroups().at(kDefault).has_node);
  EXPECT_EQ(Catalog::Open(&kv).value()->ListResourceGroups(), catalog->ListResourceGroups());
}

TEST(CatalogResourceGroups, DamagedAndNewerRecordsAreRefused) {
  const ResourceGroupMeta group{
      "rg", {.requests = 1, .limits = 2, .transfer_from = {"a"}, .node_labels = {{"k", "v"}}}, true};
  const std::string bytes = EncodeResourceGroup(group);
  EXPECT_EQ(DecodeResourceGroup(bytes).value(), group);
  for (size_t cut = 0; cut < bytes.size(); ++cut)
    EXPECT_EQ(DecodeResourceGroup(bytes.substr(0, cut)).status().code(), Code::kDataIntegrity) << cut;
  std::string newer = bytes;
  newer[0] = 2;
  EXPECT_EQ(DecodeResourceGroup(newer).status().code(), Code::kOperationNotSupported);
}

}  // namespace
}  // namespace redkite::meta
