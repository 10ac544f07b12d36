#include "server/transport/byte_stream.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>

namespace redkite::server {
namespace {

using Kind = IoResult::Kind;

struct ByteStreamTest : testing::Test {
  ByteStreamTest() {
    int sockets[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sockets), 0);
    near = MakeSocketStream(sockets[0]);
    far = MakeSocketStream(sockets[1]);
  }
  static IoResult Write(ByteStream* stream, std::string first, std::string second) {
    const iovec pieces[] = {{first.data(), first.size()}, {second.data(), second.size()}};
    return stream->Write(pieces, 2);
  }
  static std::string Read(ByteStream* stream, size_t capacity = 100) {
    std::string bytes(capacity, '\0');
    const IoResult result = stream->Read(bytes.data(), bytes.size());
    if (result.kind == Kind::kWouldBlock) return "would block";
    if (result.kind == Kind::kEnd) return "end";
    if (result.kind == Kind::kFailed) return "failed";
    bytes.resize(result.bytes);
    return bytes;
  }
  std::unique_ptr<ByteStream> near, far;
};

TEST_F(ByteStreamTest, PiecesArriveAsBytes) {
  EXPECT_EQ(Read(far.get()), "would block");
  const IoResult written = Write(near.get(), "hel", "lo");
  EXPECT_EQ(written.kind, Kind::kBytes);
  EXPECT_EQ(written.bytes, 5u);
  EXPECT_EQ(Read(far.get(), 2), "he");
  EXPECT_EQ(Read(far.get()), "llo");
}

TEST_F(ByteStreamTest, AFullSocketTakesNoMore) {
  const std::string block(1 << 16, 'x');
  IoResult result;
  for (int i = 0; i < 1000 && result.kind != Kind::kFailed; ++i) {
    result = Write(near.get(), block, "");
    if (result.kind == Kind::kWouldBlock) break;
  }
  EXPECT_EQ(result.kind, Kind::kWouldBlock);
  EXPECT_EQ(Read(far.get(), 10), std::string(10, 'x'));
}

TEST_F(ByteStreamTest, EndOfWritesIsSeenAndTheOtherDirectionGoesOn) {
  near->EndWrites();
  EXPECT_EQ(Read(far.get()), "end");
  EXPECT_EQ(Write(far.get(), "last", " words").bytes, 10u);
  EXPECT_EQ(Read(near.get()), "last words");
}

TEST_F(ByteStreamTest, AbortEndsBothDirections) {
  near->Abort();
  EXPECT_EQ(Read(near.get()), "end");
  EXPECT_EQ(Read(far.get()), "end");
  EXPECT_EQ(Write(far.get(), "a", "b").kind, Kind::kFailed);  // and no signal
}

TEST_F(ByteStreamTest, TheDescriptorIsClosedWithTheStream) {
  const int descriptor = near->descriptor();
  EXPECT_GE(::fcntl(descriptor, F_GETFD), 0);
  near.reset();
  EXPECT_EQ(Read(far.get()), "end");
}

}  // namespace
}  // namespace redkite::server
