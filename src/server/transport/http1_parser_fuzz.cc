// Any bytes as HTTP/1.1 requests: whether they arrive at once or in pieces makes no difference to what is
// parsed, and a request that is accepted has the shape that handlers count on.
#include "base/testing/fuzz_input.h"
#include "base/testing/fuzz_target.h"
#include "server/transport/http1_parser.h"

namespace redkite::server {
namespace {

constexpr Http1Parser::Limits kLimits{400, 300};

/// All requests of `bytes`, fed in pieces of the given size, as one text.
std::string ParseAll(std::string_view bytes, size_t piece_bytes) {
  Http1Parser parser(kLimits);
  std::string out;
  while (!bytes.empty()) {
    const size_t taken = parser.Consume(bytes.substr(0, piece_bytes));
    CHECK(taken <= piece_bytes && taken <= bytes.size());
    bytes.remove_prefix(taken);
    if (parser.state() == Http1Parser::State::kFailed) {
      CHECK(parser.error_status() >= 400 && parser.error_status() < 600);
      return out + "failed " + std::to_string(parser.error_status()) + parser.error_text();
    }
    if (parser.request() != nullptr)
      CHECK(static_cast<int64_t>(parser.request()->body.size()) <= kLimits.body_bytes_max);
    if (parser.state() == Http1Parser::State::kDone) {
      const HttpRequest& request = *parser.request();
      CHECK(!request.method.empty() && !request.path.empty());
      CHECK(request.headers.Count("content-length") <= 1);
      out += request.method + " " + request.path + "?" + request.query + "\n";
      for (size_t i = 0; i < request.headers.size(); ++i) {
        out.append(request.headers.name(i)).append(":").append(request.headers.value(i)).append("\n");
      }
      out += request.body + (parser.keep_alive() ? "\nkeep" : "\nclose") +
             (parser.expects_continue() ? " continue\n" : "\n");
      parser.Reset();
      CHECK(parser.idle());
    } else {
      CHECK(taken > 0 || parser.request() != nullptr);
    }
  }
  return out + std::to_string(static_cast<int>(parser.state()));
}

void Run(std::string_view bytes) {
  const std::string whole = ParseAll(bytes, std::max<size_t>(1, bytes.size()));
  CHECK(ParseAll(bytes, 1) == whole);
  CHECK(ParseAll(bytes, 7) == whole);
}

fuzz::Inputs Seeds() {
  return {"GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.0\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
          "PUT /x HTTP/1.1\r\nhost:h\r\nTransfer-Encoding: chunked\r\n\r\nA;e=1\r\n0123456789\r\n0\r\nT: "
          "x\r\n\r\n",
          "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close, x\r\n\r\n",
          "GET http://h:1/p?q HTTP/1.1\r\nHost: h:1\r\nX:\t a \t\r\n\r\n"};
}

}  // namespace
}  // namespace redkite::server

FUZZ_TARGET(http1_parser_fuzz, redkite::server::Run, redkite::server::Seeds, 20000)
