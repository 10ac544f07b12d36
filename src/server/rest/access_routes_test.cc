#include "server/rest/rest_test_kit.h"

namespace redkite::server {
namespace {

RestKit::Headers As(const std::string& user, const std::string& password = "password") {
  return {{"authorization", "Bearer " + user + ":" + password}};
}

TEST(AccessRoutes, LifeOfAUserAndARole) {
  RestKit kit;
  EXPECT_EQ(kit.CodeOf("users/create", R"({"userName":"alice","password":"secret1","description":"d"})"), 0);
  EXPECT_EQ(kit.Call("users/list", "{}"), R"({"code":0,"data":["alice","root"]})");
  EXPECT_EQ(kit.CodeOf("roles/create", R"({"roleName":"reader","description":"reads"})"), 0);
  EXPECT_EQ(kit.CodeOf("users/grant_role", R"({"userName":"alice","roleName":"reader"})"), 0);
  EXPECT_EQ(kit.Call("users/describe", R"({"userName":"alice"})"),
            R"({"code":0,"data":["reader"],"description":"d"})");
  EXPECT_EQ(
      kit.CodeOf("roles/grant_privilege",
                 R"({"roleName":"reader","objectType":"Collection","objectName":"c","privilege":"Search"})"),
      0);
  EXPECT_EQ(
      kit.CodeOf("roles/grant_privilege_v2",
                 R"({"roleName":"reader","privilege":"Query","dbName":"default","collectionName":"c"})"),
      0);
  const std::string described = kit.Call("roles/describe", R"({"roleName":"reader"})");
  EXPECT_NE(
      described.find(
          R"({"objectType":"Collection","objectName":"c","privilege":"Query","dbName":"default","grantor":"root"})"),
      std::string::npos)
      << described;
  EXPECT_NE(described.find(R"("description":"reads")"), std::string::npos);
  EXPECT_EQ(kit.CodeOf("roles/drop", R"({"roleName":"reader"})"), 1100);  // it has grants
  EXPECT_EQ(
      kit.CodeOf("roles/revoke_privilege",
                 R"({"roleName":"reader","objectType":"Collection","objectName":"c","privilege":"Search"})"),
      0);
  EXPECT_EQ(
      kit.CodeOf("roles/revoke_privilege_v2",
                 R"({"roleName":"reader","privilege":"Query","dbName":"default","collectionName":"c"})"),
      0);
  EXPECT_EQ(kit.CodeOf("users/revoke_role", R"({"userName":"alice","roleName":"reader"})"), 0);
  EXPECT_EQ(kit.CodeOf("roles/drop", R"({"roleName":"reader"})"), 0);
  EXPECT_EQ(
      kit.CodeOf("users/update_password", R"({"userName":"alice","password":"no","newPassword":"secret2"})"),
      1400);
  EXPECT_EQ(kit.CodeOf("users/update_password",
                       R"({"userName":"alice","password":"secret1","newPassword":"secret2"})"),
            0);
  EXPECT_EQ(kit.CodeOf("users/drop", R"({"userName":"alice"})"), 0);
}

TEST(AccessRoutes, PrivilegeGroups) {
  RestKit kit;
  EXPECT_EQ(kit.CodeOf("privilege_groups/create", R"({"privilegeGroupName":"g"})"), 0);
  EXPECT_EQ(kit.CodeOf("privilege_groups/add_privileges_to_group",
                       R"({"privilegeGroupName":"g","privileges":["Search","Query"]})"),
            0);
  EXPECT_NE(kit.Call("privilege_groups/list", "{}")
                .find(R"({"privilegeGroupName":"g","privileges":"Query,Search"})"),
            std::string::npos)
      << kit.Call("privilege_groups/list", "{}");
  EXPECT_EQ(kit.CodeOf("privilege_groups/remove_privileges_from_group",
                       R"({"privilegeGroupName":"g","privileges":["Search"]})"),
            0);
  EXPECT_EQ(kit.CodeOf("privilege_groups/drop", R"({"privilegeGroupName":"g"})"), 0);
}

TEST(AccessRoutes, CredentialsAreAskedFor) {
  RestKit kit;
  kit.access.MakeUser("alice");
  ASSERT_EQ(kit.CodeOf("collections/create", R"({"collectionName":"c","dimension":4})"), 0);
  kit.Enforce();
  const std::string path = "/v2/vectordb/collections/get_stats", body = R"({"collectionName":"c"})";
  const Reply unknown = kit.Send("POST", path, body);
  EXPECT_EQ(unknown.http_status, 401);
  EXPECT_EQ(unknown.message, R"({"code":1800,"message":"user hasn't authenticated"})");
  EXPECT_EQ(kit.Send("POST", path, body, As("alice", "wrong")).http_status, 401);
  const Reply denied = kit.Send("POST", path, body, As("alice"));
  EXPECT_EQ(denied.http_status, 403);
  EXPECT_NE(denied.message.find("PrivilegeGetStatistics: permission deny to alice"), std::string::npos);
  kit.access.Grant("alice", "GetStatistics", "default", "c");
  EXPECT_EQ(kit.Send("POST", path, body, As("alice")).http_status, 200);
  EXPECT_EQ(kit.Send("POST", path, R"({"COLLECTIONNAME":"d"})", As("alice")).http_status, 403);
  // A quick collection is also indexed and loaded.
  kit.access.Grant("alice", "CreateCollection", "default", "*");
  EXPECT_EQ(kit.Send("POST", "/v2/vectordb/collections/create", R"({"collectionName":"e","dimension":4})",
                     As("alice"))
                .http_status,
            403);
}

TEST(AccessRoutes, ApiKeysActForTheirUser) {
  RestKit kit;
  kit.access.MakeUser("alice");
  kit.access.Grant("alice", "GetStatistics", "default", "c");
  ASSERT_EQ(kit.CodeOf("collections/create", R"({"collectionName":"c","dimension":4})"), 0);
  const auto made =
      rest::JsonBody::Parse(kit.Call("api_keys/create", R"({"userName":"alice","keyName":"k"})"));
  const std::string key(made->root().Find("data").Find("apiKey").text());
  kit.Enforce();
  const RestKit::Headers with_key = {{"authorization", "Bearer " + key}};
  EXPECT_EQ(kit.Send("POST", "/v2/vectordb/collections/get_stats", R"({"collectionName":"c"})", with_key)
                .http_status,
            200);
  EXPECT_EQ(
      kit.Send("POST", "/v2/vectordb/collections/drop", R"({"collectionName":"c"})", with_key).http_status,
      403);
  const std::string listed = kit.Call("api_keys/list", R"({"userName":"alice"})", with_key);
  EXPECT_NE(listed.find(R"("keyName":"k","userName":"alice")"), std::string::npos) << listed;
  EXPECT_EQ(listed.find(key.substr(key.rfind('_') + 1)), std::string::npos);
}

}  // namespace
}  // namespace redkite::server
