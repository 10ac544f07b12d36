#include <gtest/gtest.h>

#include "server/mem_service_test_kit.h"

namespace redkite::server {
namespace {

TEST(ConnectionRpcs, ConnectTellsVersionsAndGivesIdentifiers) {
  MemServiceKit kit;
  const auto first = kit.Call("Connect", "");
  EXPECT_EQ(MemServiceKit::CodeOf(first), 0);
  EXPECT_EQ(first.inside(2).Text(1), "v2.6.0");
  EXPECT_NE(first.message.find("0.1.0"), std::string::npos);  // our own version
  const int64_t identifier = first.fields().Number(3);
  EXPECT_NE(identifier, 0);
  EXPECT_NE(kit.Call("Connect", "").fields().Number(3), identifier);
  const auto nowhere = kit.Call("Connect", "", {{"dbname", "nowhere"}});
  EXPECT_EQ(MemServiceKit::CodeOf(nowhere), static_cast<int>(Code::kDatabaseNotFound));
}

TEST(ConnectionRpcs, VersionAndHealth) {
  MemServiceKit kit;
  EXPECT_EQ(kit.Call("GetVersion", "").fields().Text(2), "v2.6.0");
  EXPECT_EQ(kit.Call("CheckHealth", "").fields().Number(2), 1);
  kit.health = Status::Io("log stopped");
  const auto sick = kit.Call("CheckHealth", "");
  EXPECT_EQ(sick.fields().Number(2), 0);
  ASSERT_EQ(sick.fields().Texts(3).size(), 1u);
  EXPECT_NE(sick.fields().Texts(3)[0].find("log stopped"), std::string::npos);
  EXPECT_NE(kit.Call("GetComponentStates", "").message, "");
}

TEST(ConnectionRpcs, RegisterLinkTellsTheAddressWithOrWithoutAPort) {
  const auto link = [](const std::string& address) {
    MemServiceKit kit(address);
    const Message at = kit.Call("RegisterLink", "").inside(1);
    return at.Text(1) + " " + std::to_string(at.Number(2));
  };
  EXPECT_EQ(link("127.0.0.1:19530"), "127.0.0.1 19530");
  EXPECT_EQ(link("[::1]:19530"), "[::1] 19530");
  EXPECT_EQ(link("12345"), "12345 0");  // a host, not a port
  EXPECT_EQ(link("localhost:"), "localhost 0");
  EXPECT_EQ(link(""), " 0");
}

TEST(ConnectionRpcs, TimestampsGrow) {
  MemServiceKit kit;
  const int64_t first = kit.Call("AllocTimestamp", "").fields().Number(2);
  EXPECT_GT(first, 0);
  EXPECT_GT(kit.Call("AllocTimestamp", "").fields().Number(2), first);
}

TEST(ConnectionRpcs, Databases) {
  MemServiceKit kit;
  const auto all = kit.Call("ListDatabases", "").fields().Texts(2);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0], "default");
  EXPECT_EQ(MemServiceKit::CodeOf(kit.Call("DescribeDatabase", Message().Text(2, "default").bytes())), 0);
  EXPECT_EQ(MemServiceKit::CodeOf(kit.Call("DescribeDatabase", Message().Text(2, "nowhere").bytes())),
            static_cast<int>(Code::kDatabaseNotFound));
}

}  // namespace
}  // namespace redkite::server
