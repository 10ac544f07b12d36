#include "server/transport/http1_parser.h"

#include <gtest/gtest.h>

#include <vector>

namespace redkite::server {
namespace {

using State = Http1Parser::State;

struct Parsed {
  State state;
  int error = 0;
  size_t taken = 0;
  std::shared_ptr<HttpRequest> request;
  bool keep_alive = false;
};

Parsed Parse(std::string_view text, size_t piece_bytes = 1 << 20) {
  Http1Parser parser({1024, 64});
  size_t taken = 0;
  while (taken < text.size() && parser.state() != State::kDone && parser.state() != State::kFailed) {
    taken += parser.Consume(text.substr(taken, piece_bytes));
  }
  return {parser.state(), parser.error_status(), taken, parser.request(), parser.keep_alive()};
}

TEST(Http1Parser, EverySplitOfAChunkedRequest) {
  const std::string text =
      "POST /v2/x?a=1&b HTTP/1.1\r\nHost: h\r\nX-Up: \t Value \r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;ext=1\r\nhello\r\n0A\r\n, worldly!\r\n0\r\nTrailer: t\r\n\r\n";
  for (size_t piece = 1; piece <= text.size(); ++piece) {
    Parsed p = Parse(text + "GET", piece);
    ASSERT_EQ(p.state, State::kDone) << piece;
    EXPECT_EQ(p.taken, text.size());
    EXPECT_EQ(p.request->method, "POST");
    EXPECT_EQ(p.request->path, "/v2/x");
    EXPECT_EQ(p.request->query, "a=1&b");
    EXPECT_EQ(p.request->Find("x-up"), "Value");
    EXPECT_EQ(p.request->body, "hello, worldly!");
    EXPECT_TRUE(p.keep_alive);
  }
}

TEST(Http1Parser, ContentLengthAndKeepAlive) {
  Parsed p = Parse("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nConnection: foo, Close\r\n\r\nabcGET");
  EXPECT_EQ(p.state, State::kDone);
  EXPECT_EQ(p.request->body, "abc");
  EXPECT_FALSE(p.keep_alive);
  EXPECT_FALSE(Parse("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(Parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  EXPECT_EQ(Parse("GET http://h/p?q HTTP/1.1\r\nHost: h\r\n\r\n").request->path, "/p");
}

TEST(Http1Parser, RefusesWhatIsMalformedOrTooLarge) {
  const std::vector<std::pair<std::string, int>> cases = {
      {"GET / HTTP/1.1\r\n\r\n", 400},  // no Host
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"GET /\r\nHost: a\r\n\r\n", 400},
      {"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"GET nopath HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\x01"
       "b\r\n\r\n",
       400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nab\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2000, 'x'), 431},
  };
  for (const auto& [text, status] : cases) {
    for (size_t piece : {size_t{1}, size_t{7}, text.size()}) {
      Parsed p = Parse(text, piece);
      EXPECT_EQ(p.state, State::kFailed) << text.substr(0, 100);
      EXPECT_EQ(p.error, status) << text.substr(0, 100);
    }
  }
}

}  // namespace
}  // namespace redkite::server
