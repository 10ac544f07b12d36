#include "server/authorize.h"

#include <gtest/gtest.h>

namespace redkite::server {
namespace {

class RequestWith : public RequestBase {
 public:
  RequestWith(std::string_view name, std::string_view value) { headers.Add(name, value); }
};

TEST(AuthorizeTest, LoopbackHosts) {
  for (const char* host :
       {"localhost", "localhost:19530", "127.0.0.1", "127.0.0.1:9091", "127.1.2.3", "[::1]:9091"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
  for (const char* host : {"", "example.com", "example.com:9091", "127.evil.example", "127.0.0.1.example.com",
                           "localhost.example.com", "[::2]:1", "10.0.0.1", "0.0.0.0"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

TEST(AuthorizeTest, ForeignPagesAreRefused) {
  const Principal everybody;
  EXPECT_TRUE(AuthorizeHttp(everybody, RequestWith("host", "127.0.0.1:9091"), "/metrics").ok());
  EXPECT_EQ(AuthorizeHttp(everybody, RequestWith("host", "evil.example"), "/metrics").code,
            RpcCode::kPermissionDenied);
  EXPECT_EQ(AuthorizeHttp(everybody, RequestWith("origin", "http://evil.example"), "/metrics").code,
            RpcCode::kPermissionDenied);
  EXPECT_EQ(AuthorizeHttp(everybody, RequestWith("origin", "null"), "/metrics").code,
            RpcCode::kPermissionDenied);
  EXPECT_TRUE(AuthorizeHttp(everybody, RequestWith("origin", "http://localhost:3000"), "/metrics").ok());
  EXPECT_EQ(Authorize(everybody, wire::Method::kSearch, RequestWith("origin", "https://evil.example")).code,
            RpcCode::kPermissionDenied);
}

TEST(AuthorizeTest, WhoMayNothingMayOnlyConnect) {
  Principal nobody;
  nobody.may_do_everything = false;
  const RequestBase request;
  EXPECT_TRUE(Authorize(nobody, wire::Method::kConnect, request).ok());
  for (wire::Method method : {wire::Method::kSearch, wire::Method::kInsert, wire::Method::kDropCollection,
                              wire::Method::kCreateCredential, wire::Method::kListDatabases}) {
    EXPECT_EQ(Authorize(nobody, method, request).code, RpcCode::kPermissionDenied);
  }
  EXPECT_EQ(AuthorizeHttp(nobody, request, "/metrics").code, RpcCode::kPermissionDenied);
}

TEST(AuthorizeTest, MutationsAreNoReads) {
  EXPECT_EQ(AccessOf(wire::Method::kInsert), Access::kWrite);
  EXPECT_EQ(AccessOf(wire::Method::kDropCollection), Access::kDefine);
  EXPECT_EQ(AccessOf(wire::Method::kCreateCredential), Access::kAdminister);
  EXPECT_EQ(AccessOf(wire::Method::kSearch), Access::kRead);
}

}  // namespace
}  // namespace redkite::server
