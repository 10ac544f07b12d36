#include "server/access/login_token.h"

#include <gtest/gtest.h>

#include "base/base64.h"

namespace redkite::server {
namespace {

std::string Rpc(std::string_view value) {
  RequestBase request;
  request.headers.Add("authorization", value);
  const auto token = RpcToken(request);
  return token.ok() ? std::string(token->Reveal()) : "error: " + token.status().message();
}

std::string Http(std::string_view value) {
  RequestBase request;
  request.headers.Add("authorization", value);
  const auto token = HttpToken(request);
  return token.ok() ? std::string(token->Reveal()) : "error: " + token.status().message();
}

TEST(LoginToken, OfRpcsIsBase64) {
  EXPECT_EQ(Rpc(EncodeBase64("root:pass:word")), "root:pass:word");
  for (const char* value : {"", "root:Milvus", "====", "cm9vdDp4\n"}) {
    EXPECT_NE(Rpc(value).find("error: "), std::string::npos) << value;
  }
}

TEST(LoginToken, OfHttpHasAScheme) {
  EXPECT_EQ(Http("Bearer root:pass word"), "root:pass word");
  EXPECT_EQ(Http("bearer   rk_1_x"), "rk_1_x");
  EXPECT_EQ(Http("Basic " + EncodeBase64("root:p")), "root:p");
  EXPECT_EQ(Http("BASIC " + EncodeBase64("root:p")), "root:p");
  for (const char* value : {"", "Bearer", "Bearer ", "root:p", "Digest x", "Basic x:y", "Bearerroot:p"}) {
    EXPECT_NE(Http(value).find("error: "), std::string::npos) << value;
  }
}

TEST(LoginToken, MissingTwiceOrTooLong) {
  RequestBase none;
  EXPECT_EQ(RpcToken(none).status().code(), Code::kNotAuthenticated);
  EXPECT_NE(RpcToken(none).status().message().find("missing authorization in header"), std::string::npos);
  RequestBase twice;
  twice.headers.Add("authorization", EncodeBase64("root:a"));
  twice.headers.Add("authorization", EncodeBase64("root:b"));
  EXPECT_FALSE(RpcToken(twice).ok());
  EXPECT_NE(Rpc(EncodeBase64(std::string(1 << 20, 'x'))).find("error: "), std::string::npos);
}

TEST(LoginToken, AddressesOfPeers) {
  EXPECT_EQ(AddressOf("127.0.0.1:4711"), "127.0.0.1");
  EXPECT_EQ(AddressOf("[::1]:4711"), "::1");
  EXPECT_EQ(AddressOf("unix"), "unix");
}

}  // namespace
}  // namespace redkite::server
