#include "server/mem_service_test_kit.h"

namespace redkite::server {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct AccessRpcsTest : testing::Test {
  int Code(const std::string& method, const Message& request, const Headers& headers = {}) {
    return MemServiceKit::CodeOf(kit.Call(method, request.bytes(), headers), true);
  }
  static Message Credential(const std::string& user, const std::string& password) {
    return Message().Text(2, user).Text(3, EncodeBase64(password));
  }
  static Headers As(const std::string& user, const std::string& password = "password") {
    return {{"authorization", GateKit::Header(user, password)}};
  }
  MemServiceKit kit;
};

TEST_F(AccessRpcsTest, LifeOfAUser) {
  EXPECT_EQ(Code("CreateCredential", Credential("alice", "secret1")), 0);
  EXPECT_EQ(Code("CreateCredential", Credential("alice", "secret1")), 1100);
  EXPECT_EQ(Code("CreateCredential", Credential("1", "secret1")), 1100);
  const auto users = kit.Call("ListCredUsers", "");
  EXPECT_EQ(users.fields().Texts(2), (std::vector<std::string>{"alice", "root"}));
  EXPECT_EQ(Code("CreateRole", Message().Text(2, Message().Text(1, "reader").bytes())), 0);
  EXPECT_EQ(Code("OperateUserRole", Message().Text(2, "alice").Text(3, "reader")), 0);
  const auto selected =
      kit.Call("SelectUser", Message().Text(2, Message().Text(1, "alice").bytes()).Number(3, 1).bytes());
  EXPECT_EQ(MemServiceKit::CodeOf(selected), 0);
  EXPECT_EQ(selected.inside(2).Texts(2).size(), 1u);
  EXPECT_EQ(Code("UpdateCredential",
                 Message().Text(2, "alice").Text(3, EncodeBase64("wrong")).Text(4, EncodeBase64("secret2"))),
            1400);
  EXPECT_EQ(
      Code("UpdateCredential",
           Message().Text(2, "alice").Text(3, EncodeBase64("secret1")).Text(4, EncodeBase64("secret2"))),
      0);
  EXPECT_EQ(Code("DeleteCredential", Message().Text(2, "alice")), 0);
}

TEST_F(AccessRpcsTest, GrantsAreEnforced) {
  kit.MakeWords();
  kit.access.MakeUser("alice");
  kit.Enforce();
  const std::string words = MemServiceKit::Named("words");
  EXPECT_EQ(kit.Call("GetCollectionStatistics", words).rpc.code, RpcCode::kUnauthenticated);
  EXPECT_EQ(kit.Call("GetCollectionStatistics", words, As("alice", "wrong")).rpc.code,
            RpcCode::kUnauthenticated);
  const ServiceAnswer denied = kit.Call("GetCollectionStatistics", words, As("alice"));
  EXPECT_EQ(denied.rpc.code, RpcCode::kPermissionDenied);
  EXPECT_EQ(denied.rpc.message, "PrivilegeGetStatistics: permission deny to alice in the `default` database");
  // Nobody learns whether it is there.
  EXPECT_EQ(kit.Call("GetCollectionStatistics", MemServiceKit::Named("none"), As("alice")).rpc.message,
            denied.rpc.message);
  kit.access.Grant("alice", "GetStatistics", "default", "words");
  EXPECT_EQ(MemServiceKit::CodeOf(kit.Call("GetCollectionStatistics", words, As("alice"))), 0);
  EXPECT_EQ(kit.Call("DropCollection", words, As("alice")).rpc.code, RpcCode::kPermissionDenied);
}

TEST_F(AccessRpcsTest, ListsShowWhatOneHasToDoWith) {
  kit.MakeWords();
  kit.access.MakeUser("alice");
  kit.Enforce();
  const std::string mine = MemServiceKit::Named("words");
  EXPECT_TRUE(kit.Call("ShowCollections", "", As("alice")).fields().Texts(2).empty());
  EXPECT_EQ(kit.Call("HasCollection", mine, As("alice")).fields().Number(2), 0);
  kit.access.Grant("alice", "Search", "default", "words");
  EXPECT_EQ(kit.Call("ShowCollections", "", As("alice")).fields().Texts(2).size(), 1u);
  EXPECT_EQ(kit.Call("HasCollection", mine, As("alice")).fields().Number(2), 1);
  const auto databases = kit.Call("ListDatabases", "", As("alice"));
  EXPECT_EQ(databases.fields().Texts(2), std::vector<std::string>{"default"});
  ASSERT_TRUE(kit.proxy.proxy.CreateDatabase({"other", {}}).ok());
  EXPECT_EQ(kit.Call("ListDatabases", "", As("alice")).fields().Texts(2).size(), 1u);
  EXPECT_EQ(kit.Call("ListDatabases", "", As("root", "rootroot")).rpc.code, RpcCode::kUnauthenticated);
}

TEST_F(AccessRpcsTest, UnbuiltMethodsAreToldToUsersAlone) {
  kit.access.MakeUser("alice");
  kit.Enforce();
  EXPECT_EQ(kit.Call("CreateSnapshot", "").rpc.code, RpcCode::kUnauthenticated);
  EXPECT_EQ(kit.Call("NoSuchMethod", "").rpc.code, RpcCode::kUnauthenticated);
  EXPECT_EQ(kit.Call("CreateSnapshot", "", As("alice")).rpc.code, RpcCode::kUnimplemented);
}

TEST_F(AccessRpcsTest, BackupsComeBack) {
  EXPECT_EQ(Code("CreateCredential", Credential("alice", "secret1")), 0);
  EXPECT_EQ(Code("CreateRole", Message().Text(2, Message().Text(1, "reader").bytes())), 0);
  EXPECT_EQ(Code("CreatePrivilegeGroup", Message().Text(2, "group1")), 0);
  const auto backup = kit.Call("BackupRBAC", "");
  EXPECT_EQ(MemServiceKit::CodeOf(backup), 0);
  const Message restore = Message().Text(2, backup.fields().Text(2));
  EXPECT_NE(Code("RestoreRBAC", restore), 0);  // all of it is there
  MemServiceKit other;
  EXPECT_EQ(MemServiceKit::CodeOf(other.Call("RestoreRBAC", restore.bytes()), true), 0);
  EXPECT_EQ(other.Call("ListCredUsers", "").fields().Texts(2), (std::vector<std::string>{"alice", "root"}));
}

}  // namespace
}  // namespace redkite::server
