// Any bytes in any pieces on an HTTP/1.1 connection, with answers that come at once, later or never: what is
// sent is a sequence of well-formed answers, and all memory is given back.
#include <charconv>

#include "base/testing/fuzz_target.h"
#include "server/transport/http1_session.h"
#include "server/transport/session_fixture.h"

namespace redkite::server {
namespace {

constexpr std::string_view kPieces[] = {
    "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    "POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
    "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "POST /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
    "hi",
    "HEAD /h HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "GET /x HTTP/1.1\r\nHost: h\r\n",
    "Connection: close\r\n",
    "Content-Length: 1999\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n",
    "7d1\r\n",
    "X: ",
    "\r\n",
};

/// Every answer begins where the one before has ended.
void CheckAnswers(std::string_view sent) {
  while (!sent.empty()) {
    CHECK(sent.starts_with("HTTP/1.1 "));
    const size_t head = sent.find("\r\n\r\n");
    CHECK(head != std::string_view::npos);
    const std::string_view lines = sent.substr(0, head + 2);
    CHECK(lines.find("evil") == std::string_view::npos && lines.find("a\r\nb") == std::string_view::npos);
    sent.remove_prefix(head + 4);
    const size_t field = lines.find("\r\ncontent-length: ");
    size_t body = 0;
    if (field != std::string_view::npos)
      std::from_chars(lines.data() + field + 18, lines.data() + lines.size(), body);
    // The answer to HEAD has a length and no body.
    const bool without_body = sent.empty() || sent.starts_with("HTTP/1.1 ");
    CHECK(without_body || body <= sent.size());
    if (!without_body) sent.remove_prefix(body);
  }
}

void Run(std::string_view bytes) {
  fuzz::FuzzInput input(bytes);
  SessionHarness harness(MakeHttp1Session, &input);
  while (!input.done() && harness.alive()) {
    switch (input.Below(4)) {
      case 0:
      case 1:
        harness.Input(input.OneOf(kPieces));
        break;
      case 2:
        harness.Input(input.Bytes());
        break;
      default:
        harness.Happen();
    }
  }
  CheckAnswers(harness.sent());
}

fuzz::Inputs Seeds() {
  fuzz::Inputs seeds;
  for (char i = 0; i < static_cast<char>(std::size(kPieces)); ++i)
    seeds.push_back({0, i, 0, 4, 3, 0, 0, i, 3, 0});
  for (const std::string_view piece : kPieces)
    seeds.push_back("\2" + std::string(1, static_cast<char>(piece.size())) + std::string(piece));
  return seeds;
}

}  // namespace
}  // namespace redkite::server

FUZZ_TARGET(http1_session_fuzz, redkite::server::Run, redkite::server::Seeds, 10000)
