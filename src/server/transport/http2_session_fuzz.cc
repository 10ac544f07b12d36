// Frames made of the input on an HTTP/2 connection: whole calls, frames out of place, broken lengths, raw
// bytes; with answers that come at once, later, in parts or never. What is sent are whole frames, and all
// memory is given back.
#include "base/testing/fuzz_target.h"
#include "server/transport/http2_session.h"
#include "server/transport/session_fixture.h"

namespace redkite::server {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
enum FrameType : uint8_t {
  kData,
  kHeaders,
  kPriority,
  kReset,
  kSettings,
  kPush,
  kPing,
  kGoaway,
  kWindow,
  kContinuation
};
constexpr uint8_t kEndStream = 1, kEndHeaders = 4;

std::string Frame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload) {
  const auto length = static_cast<uint32_t>(payload.size());
  std::string out;
  for (const int shift : {16, 8, 0}) out.push_back(static_cast<char>(length >> shift));
  out.push_back(static_cast<char>(type));
  out.push_back(static_cast<char>(flags));
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(stream >> shift));
  return out.append(payload);
}

/// A literal field without indexing (RFC 7541, 6.2.2); both texts below 127 bytes.
void PutField(std::string* block, std::string_view name, std::string_view value) {
  block->push_back('\0');
  block->push_back(static_cast<char>(name.size()));
  block->append(name);
  block->push_back(static_cast<char>(value.size()));
  block->append(value);
}

class FrameMaker {
 public:
  explicit FrameMaker(fuzz::FuzzInput* input) : input_(input) {}

  std::string Next() {
    switch (input_->Below(12)) {
      case 0:
        return Call();
      case 1:
        return Rest();
      case 2:
        return Frame(kHeaders, static_cast<uint8_t>(kEndHeaders | input_->Below(2)), Stream(), HeaderBlock());
      case 3:
        return Frame(kData, input_->OneIn(2) ? kEndStream : 0, Stream(), input_->Bytes());
      case 4:
        return Frame(kReset, 0, Stream(), std::string("\0\0\0\x08", 4));
      case 5:
        return Frame(kSettings, static_cast<uint8_t>(input_->Below(2)), 0, Settings());
      case 6:
        return Frame(kPing, static_cast<uint8_t>(input_->Below(2)), 0, "12345678");
      case 7:
        return Frame(kWindow, 0, input_->OneIn(2) ? 0 : Stream(), Number(input_->Integer()));
      case 8:
        next_stream_ += 2;
        return Frame(kHeaders, static_cast<uint8_t>(input_->Below(2)), next_stream_, HeaderBlock()) +
               Frame(kContinuation, input_->OneIn(2) ? 0 : kEndHeaders, next_stream_, input_->Bytes(40));
      case 9:
        return Frame(kGoaway, 0, 0, std::string(8, '\0'));
      case 10:
        return Frame(input_->Byte(), input_->Byte(), Stream(), input_->Bytes());
      default:
        return std::string(input_->Bytes());
    }
  }

 private:
  uint32_t Stream() {
    if (input_->OneIn(8)) return static_cast<uint32_t>(input_->Word());
    return static_cast<uint32_t>(1 + 2 * input_->Below((next_stream_ + 3) / 2));
  }
  static std::string Number(int64_t v) {
    std::string out;
    for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(v >> shift));
    return out;
  }
  std::string Settings() {
    std::string out;
    for (uint64_t n = input_->Below(3); n > 0; --n) {
      out.append({'\0', static_cast<char>(input_->Below(10))});
      out += Number(input_->OneIn(2) ? input_->Integer() : static_cast<int64_t>(input_->Below(65536)));
    }
    return out;
  }
  std::string HeaderBlock() {
    constexpr std::string_view kNames[] = {
        ":method",       ":path",          ":scheme", ":authority", "content-type", "grpc-timeout", "te",
        "grpc-encoding", "content-length", "host",    ":status",    "cookie",       "X-Upper",      "x"};
    constexpr std::string_view kValues[] = {"POST", "/t",       "http",      "h",   "application/grpc",
                                            "5S",   "trailers", "gzip",      "3",   "GET",
                                            "",     "1n",       "text/html", "\r\n"};
    std::string block;
    if (input_->OneIn(4)) block.push_back(static_cast<char>(0x80 | input_->Below(80)));  // an index
    for (uint64_t n = input_->Below(8); n > 0; --n) {
      const std::string_view name = input_->OneOf(kNames);
      PutField(&block, name, input_->OneIn(4) ? input_->Bytes(100) : input_->OneOf(kValues));
    }
    return block.append(input_->OneIn(4) ? input_->Bytes() : std::string_view());
  }
  std::string Body() {
    const std::string_view message = input_->Bytes();
    const int64_t said = input_->OneIn(8) ? input_->Integer() : static_cast<int64_t>(message.size());
    return std::string(1, static_cast<char>(input_->OneIn(16))) + Number(said) + std::string(message);
  }
  /// A gRPC call as clients make it.
  std::string Call() {
    std::string block = "\x83\x86";  // :method POST, :scheme http
    PutField(&block, ":path", input_->OneIn(8) ? "/no" : "/t.T/M");
    PutField(&block, ":authority", "h");
    PutField(&block, "content-type", "application/grpc");
    if (input_->OneIn(4)) PutField(&block, "grpc-timeout", input_->Bytes(12));
    next_stream_ += 2;
    const std::string body = Body();
    const size_t cut = input_->OneIn(4) ? input_->Below(body.size() + 1) : body.size();
    return Frame(kHeaders, kEndHeaders, next_stream_, block) +
           Frame(kData, cut < body.size() || input_->OneIn(8) ? 0 : kEndStream, next_stream_,
                 body.substr(0, cut)) +
           (cut < body.size() ? Frame(kData, kEndStream, next_stream_, body.substr(cut)) : "");
  }
  /// A REST request.
  std::string Rest() {
    std::string block = input_->OneIn(2) ? "\x82\x86" : "\x83\x86";
    PutField(&block, ":path", input_->OneIn(4) ? input_->Bytes(60) : "/v2/x?y");
    PutField(&block, ":authority", "h");
    next_stream_ += 2;
    const bool with_body = input_->OneIn(2);
    return Frame(kHeaders, static_cast<uint8_t>(kEndHeaders | (with_body ? 0 : kEndStream)), next_stream_,
                 block) +
           (with_body ? Frame(kData, kEndStream, next_stream_, input_->Bytes()) : "");
  }

  fuzz::FuzzInput* const input_;
  uint32_t next_stream_ = static_cast<uint32_t>(-1);
};

void CheckFrames(std::string_view sent) {
  while (!sent.empty()) {
    CHECK(sent.size() >= 9);
    const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(sent[i])); };
    const size_t length = byte(0) << 16 | byte(1) << 8 | byte(2);
    CHECK(byte(3) <= kContinuation && sent.size() - 9 >= length);
    sent.remove_prefix(9 + length);
  }
}

void Run(std::string_view bytes) {
  fuzz::FuzzInput input(bytes);
  SessionHarness harness(MakeHttp2Session, &input);
  if (!input.OneIn(32)) harness.Input(kPreface);
  if (!input.OneIn(32)) harness.Input(Frame(kSettings, 0, 0, ""));
  FrameMaker frames(&input);
  while (!input.done() && harness.alive()) {
    if (input.OneIn(4)) {
      harness.Happen();
    } else if (input.OneIn(8)) {
      const std::string frame = frames.Next();
      const size_t cut = input.Below(frame.size() + 1);
      harness.Input(std::string_view(frame).substr(0, cut));
      harness.Input(std::string_view(frame).substr(cut));
    } else {
      harness.Input(frames.Next());
    }
  }
  CheckFrames(harness.sent());
}

fuzz::Inputs Seeds() {
  fuzz::Inputs seeds;
  Random random(11);
  for (int i = 0; i < 60; ++i) {
    std::string script(30 + random.Below(120), '\0');
    for (char& c : script) c = static_cast<char>(random.Below(2) == 0 ? random.Below(16) : random.Next());
    seeds.push_back(std::move(script));
  }
  return seeds;
}

}  // namespace
}  // namespace redkite::server

FUZZ_TARGET(http2_session_fuzz, redkite::server::Run, redkite::server::Seeds, 5000)
