#include "wire/database_codec.h"

#include <gtest/gtest.h>

#include "proto/milvus_database.pb.h"

namespace redkite::wire {
namespace {

namespace pb = ::milvus::proto::milvus;

TEST(DatabaseCodec, Requests) {
  pb::CreateDatabaseRequest create;
  create.set_db_name("d");
  auto* pair = create.add_properties();
  pair->set_key("k");
  pair->set_value("v");
  const auto decoded = DecodeCreateDatabase(create.SerializeAsString());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->name, "d");
  EXPECT_EQ(decoded->properties, (Params{{"k", "v"}}));
  pb::DescribeDatabaseRequest describe;
  describe.set_db_name("d");
  EXPECT_EQ(*DecodeDescribeDatabase(describe.SerializeAsString()), "d");
  EXPECT_EQ(*DecodeDropDatabase(describe.SerializeAsString()), "d");
  EXPECT_FALSE(DecodeDropDatabase("\x12").ok());
  pb::AlterDatabaseRequest alter;
  alter.set_db_name("d");
  *alter.add_properties() = *pair;
  alter.add_delete_keys("x");
  const auto altered = DecodeAlterDatabase(alter.SerializeAsString());
  ASSERT_TRUE(altered.ok());
  EXPECT_EQ(altered->name, "d");
  EXPECT_EQ(altered->properties.put, (Params{{"k", "v"}}));
  EXPECT_EQ(altered->properties.remove, (std::vector<std::string>{"x"}));
}

TEST(DatabaseCodec, Replies) {
  const DatabaseDescription d{"d", DatabaseId(3), 44, {{"k", "v"}}};
  pb::ListDatabasesResponse list;
  ASSERT_TRUE(list.ParseFromString(EncodeListDatabases({d, d})));
  EXPECT_EQ(list.db_names_size(), 2);
  EXPECT_EQ(list.db_ids(1), 3);
  EXPECT_EQ(list.created_timestamp(0), 44U);
  pb::DescribeDatabaseResponse m;
  ASSERT_TRUE(m.ParseFromString(EncodeDescribeDatabase(d)));
  EXPECT_TRUE(m.has_status());
  EXPECT_EQ(m.db_name(), "d");
  EXPECT_EQ(m.dbid(), 3);
  EXPECT_EQ(m.properties(0).value(), "v");
}

}  // namespace
}  // namespace redkite::wire
