#include "proxy/placement/loaded_fields.h"

#include <gtest/gtest.h>

#include "proxy/mem_proxy_test_kit.h"

namespace redkite::proxy {
namespace {

struct LoadedFieldsTest : testing::Test {
  LoadedFieldsTest() {
    CreateCollectionRequest items = MemProxyKit::Items();
    items.schema.fields.push_back(MemProxyKit::Field("second", DataType::kFloatVector, {{"dim", "2"}}));
    items.schema.fields[1].is_clustering_key = true;
    items.schema.enable_dynamic_field = true;
    MemProxyKit::Expect(kit.proxy.CreateCollection(items));
    MemProxyKit::Expect(kit.proxy.CreateIndex(MemProxyKit::VectorIndex()));
  }
  Status Load(std::vector<std::string> fields, bool skip_dynamic = false, bool refresh = false) {
    LoadRequest load;
    load.name.collection = "items";
    load.load_fields = std::move(fields);
    load.skip_dynamic_field = skip_dynamic;
    load.refresh = refresh;
    return kit.proxy.LoadCollection(load);
  }
  MemProxyKit kit;
};

TEST_F(LoadedFieldsTest, TheListIsChecked) {
  ExpectRefused(Load({"tag", "vec"}), Code::kParameterInvalid, "does not contain primary key field id");
  ExpectRefused(Load({"id", "vec"}), Code::kParameterInvalid, "does not contain clustering key field tag");
  ExpectRefused(Load({"id", "tag"}), Code::kParameterInvalid, "does not contain vector field");
  ExpectRefused(Load({"id", "tag", "vec", "none"}), Code::kParameterInvalid, "field none not exist");
  ExpectRefused(Load({}), Code::kParameterInvalid, "there is no vector index on field: [second]");
  EXPECT_EQ(kit.proxy.GetLoadState({{"", "items"}, {}}).value(), LoadState::kNotLoad);
  // A vector field that is not loaded needs no index.
  MemProxyKit::Expect(Load({"id", "tag", "vec"}));
  MemProxyKit::Expect(Load({"vec", "tag", "id"}));
  MemProxyKit::Expect(Load({}, false, true));
  const char* changed = "can't change the load field list for loaded collection now";
  ExpectRefused(Load({"id", "tag", "vec", "n"}), Code::kParameterInvalid, changed);
  MemProxyKit::Expect(kit.proxy.ReleaseCollection({"", "items"}));
  MemProxyKit::Expect(Load({"id", "tag", "vec", "n"}));
}

TEST_F(LoadedFieldsTest, ReadsDoNotSeeTheOthers) {
  MemProxyKit::Expect(Load({"id", "tag", "vec"}, true));
  InsertRequest rows = MemProxyKit::Rows({{1, "a", 0, 0}});
  Column second(FieldId(), DataType::kFloatVector, 2);
  const float values[] = {1, 1};
  second.AppendVector(values);
  rows.columns.push_back({"second", false, std::move(second)});
  ASSERT_TRUE(kit.Insert(std::move(rows)).ok());
  const auto all = kit.Query("id > 0", {"*"});
  ASSERT_TRUE(all.ok()) << all.status().ToString();
  std::vector<std::string> names;
  for (const OutputColumn& column : all->columns) names.push_back(column.name);
  EXPECT_EQ(names, (std::vector<std::string>{"id", "tag", "vec"}));
  ExpectRefused(kit.Query("id > 0", {"n"}).status(), Code::kParameterInvalid, "field n is not loaded");
  ExpectRefused(kit.Query("n > 0", {"id"}).status(), Code::kParameterInvalid, "field n is not loaded");
  ExpectRefused(kit.Query("id > 0", {"$meta"}).status(), Code::kParameterInvalid,
                "field $meta is not loaded");
  ExpectRefused(kit.Query("color == 1", {"id"}).status(), Code::kParameterInvalid,
                "field $meta is not loaded");
  // The only vector field that is loaded need not be named.
  SearchRequest search = MemProxyKit::SearchFor({0, 0}, 1);
  EXPECT_TRUE(kit.proxy.Search(search, nullptr).ok());
  search.params.emplace_back("anns_field", "second");
  ExpectRefused(kit.proxy.Search(search, nullptr).status(), Code::kParameterInvalid,
                "field second is not loaded");
}

}  // namespace
}  // namespace redkite::proxy
