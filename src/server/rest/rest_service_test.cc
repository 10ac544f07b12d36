#include "server/rest/rest_service.h"

#include <set>

#include "server/rest/rest_test_kit.h"

namespace redkite::server {
namespace {

TEST(RestService, AnswersOnlyPostsOfPathsItHas) {
  RestKit kit;
  EXPECT_EQ(kit.Send("POST", "/v2/vectordb/aliases/list", "{}").http_status, 200);
  for (const auto& [method, path] :
       std::vector<std::pair<std::string, std::string>>{{"GET", "/v2/vectordb/aliases/list"},
                                                        {"POST", "/v2/vectordb/aliases"},
                                                        {"POST", "/v2/vectordb/"},
                                                        {"POST", "/v2/vectordb/aliases/list/"},
                                                        {"POST", "/"},
                                                        {"POST", "/v2/other/aliases/list"}}) {
    EXPECT_EQ(kit.Send(method, path, "{}").http_status, 404) << method << path;
  }
}

TEST(RestService, RefusesForeignHostsAndOrigins) {
  RestKit kit;
  EXPECT_EQ(
      kit.Send("POST", "/v2/vectordb/aliases/list", "{}", {{"origin", "http://evil.example"}}).http_status,
      403);
}

TEST(RestService, SaysWhatIsWrongWithABody) {
  RestKit kit;
  EXPECT_EQ(kit.CodeOf("aliases/list", ""), 1801);
  EXPECT_EQ(kit.CodeOf("aliases/list", "[]"), 1801);
  EXPECT_EQ(kit.CodeOf("aliases/list", "{\"dbName\":1}"), 1801);
  EXPECT_EQ(kit.CodeOf("aliases/describe", "{}"), 1802);
}

// Of few bytes each, values take many times their text.
TEST(RestService, AccountsWhatParsedBodiesTake) {
  RestKit kit;
  std::string numbers = "[1";
  for (int i = 0; i < 50'000; ++i) numbers += ",1";
  EXPECT_EQ(kit.CodeOf("aliases/list", R"({"x":)" + numbers + "]}"),
            static_cast<int>(Code::kMemoryLimitExceeded));
  EXPECT_EQ(kit.CodeOf("aliases/list", R"({"x":")" + std::string(100'000, 'x') + "\"}"), 0);
  EXPECT_EQ(kit.proxy.memory.used_bytes(), 0);
}

TEST(RestService, EveryPathIsThereOnce) {
  std::set<std::string_view> paths;
  for (const RestRoute& route : RestService::Routes())
    EXPECT_TRUE(paths.insert(route.path).second) << route.path;
}

}  // namespace
}  // namespace redkite::server
