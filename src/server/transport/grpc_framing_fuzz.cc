// Any bytes as gRPC framing: a message that arrives in pieces is the one that arrives at once; timeouts and
// percent encoding keep their bounds.
#include "base/testing/fuzz_input.h"
#include "base/testing/fuzz_target.h"
#include "server/transport/grpc_framing.h"

namespace redkite::server {
namespace {

constexpr int64_t kMessageBytesMax = 1000;

std::string Assemble(std::string_view bytes, size_t piece_bytes) {
  MessageAssembler assembler(kMessageBytesMax);
  std::string message;
  for (size_t at = 0; at < bytes.size(); at += piece_bytes) {
    const auto outcome = assembler.Append(bytes.substr(at, piece_bytes), &message);
    CHECK(message.size() <= kMessageBytesMax);
    if (outcome != MessageAssembler::Outcome::kOk)
      return "failed " + std::to_string(static_cast<int>(outcome));
  }
  if (!assembler.complete()) return "incomplete";
  CHECK(message.size() == assembler.declared_bytes());
  return "message " + message;
}

std::string PercentDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    CHECK(text[i] >= 0x20 && text[i] <= 0x7e);
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    CHECK(i + 2 < text.size());
    out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)));
    i += 2;
  }
  return out;
}

void Run(std::string_view bytes) {
  const std::string whole = Assemble(bytes, std::max<size_t>(1, bytes.size()));
  CHECK(Assemble(bytes, 1) == whole);
  CHECK(Assemble(bytes, 3) == whole);
  if (const auto timeout_ns = ParseGrpcTimeout(bytes)) CHECK(*timeout_ns >= 0);
  CHECK(PercentDecode(PercentEncode(bytes)) == bytes);
  CHECK(!IsGrpcContentType(bytes) || bytes.starts_with("application/grpc"));
}

fuzz::Inputs Seeds() {
  using std::string_literals::operator""s;
  return {
      "\0\0\0\0\3abc"s, "\0\0\0\0\0"s, "\1\0\0\0\1x"s,           "\0\0\0\3\xe9"s, "\0\0\0\0\1a\0\0\0\0\1b"s,
      "99999999H",      "5S",          "application/grpc+proto", "a%b\n"};
}

}  // namespace
}  // namespace redkite::server

FUZZ_TARGET(grpc_framing_fuzz, redkite::server::Run, redkite::server::Seeds, 10000)
