#include "server/rest/docs_page.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "server/rest/openapi/route_docs.h"
#include "server/rest/rest_test_kit.h"

namespace redkite::server {
namespace {

size_t Count(const std::string& text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(DocsPage, HasEachRouteAndEachObjectOnce) {
  const std::string page = DocsPage("example.org:80");
  for (const RouteDoc& doc : RouteDocs()) {
    EXPECT_EQ(Count(page, "<details id=\"" + std::string(doc.path) + "\""), 1u) << doc.path;
    EXPECT_EQ(Count(page, "curl -s http://example.org:80/v2/vectordb/" + std::string(doc.path) + " "), 1u);
  }
  for (const ObjectDoc& object : ObjectDocs())
    EXPECT_EQ(Count(page, "<h3 id=\"" + std::string(object.name) + "\""), 1u) << object.name;
}

TEST(DocsPage, LinksLeadSomewhere) {
  const std::string page = DocsPage("h");
  size_t links = 0;
  for (size_t at = page.find("href=\"#"); at != std::string::npos; at = page.find("href=\"#", at + 1)) {
    const size_t begin = at + 7;
    const std::string target = page.substr(begin, page.find('"', begin) - begin);
    EXPECT_EQ(Count(page, "id=\"" + target + "\""), 1u) << target;
    ++links;
  }
  EXPECT_GT(links, 50u);
}

TEST(DocsPage, NothingOfTheRequestGetsIn) {
  for (const char* host : {"", "<script>", "a\"b", "a'b", "h$(x)", "h;x", "h x"})
    EXPECT_EQ(DocsPage(host), DocsPage("localhost:19530")) << host;
}

TEST(DocsPage, IsServedWithHeadersThatAllowNothingElse) {
  RestKit kit;
  for (const char* path : {"/docs", "/openapi.json"}) {
    const Reply reply = kit.Send("GET", path, "");
    EXPECT_EQ(reply.http_status, 200);
    EXPECT_GT(reply.message.size(), 10000u);
    std::string policy;
    for (const auto& [name, value] : reply.headers) policy += name + ": " + value + "\n";
    for (const char* part : {"default-src 'none'", "frame-ancestors 'none'",
                             "x-content-type-options: nosniff", "referrer-policy: no-referrer"})
      EXPECT_NE(policy.find(part), std::string::npos) << path << part;
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    // The transport drops the body of an answer to HEAD.
    EXPECT_EQ(kit.Send("HEAD", path, "").message, reply.message);
    EXPECT_EQ(kit.Send("POST", path, "{}").http_status, 404);
    EXPECT_EQ(kit.Send("GET", std::string(path) + "/x", "").http_status, 404);
  }
}

TEST(DocsPage, ForeignHostsDoNotSeeIt) {
  RestKit kit;
  EXPECT_EQ(kit.Send("GET", "/docs", "", {{"origin", "http://example.org"}}).http_status, 403);
}

}  // namespace
}  // namespace redkite::server
