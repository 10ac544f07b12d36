#include "server/transport/http2_stream.h"

#include <gtest/gtest.h>

namespace redkite::server {
namespace {

std::string BytesOf(OutputQueue* output) {
  std::string bytes;
  while (!output->empty()) {
    iovec pieces[8];
    const int count = output->Gather(pieces, 8);
    size_t taken = 0;
    for (int i = 0; i < count; ++i) {
      bytes.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
      taken += pieces[i].iov_len;
    }
    output->Consume(taken);
  }
  return bytes;
}

std::string Framed(const std::string& body) {
  char prefix[5];
  EncodeMessagePrefix(static_cast<uint32_t>(body.size()), prefix);
  return std::string(prefix, 5) + body;
}

TEST(OutMessage, IsTakenInAnyPieces) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{100}, size_t{20'000}}) {  // copied and shared
    const std::string body(size, 'b');
    for (const size_t step : {size_t{1}, size_t{3}, size_t{7}, size_t{5000}}) {
      OutMessage message(body, true, {});
      EXPECT_EQ(message.left_bytes(), size + 5);
      OutputQueue output;
      while (message.left_bytes() > 0) message.Take(std::min(step, message.left_bytes()), &output);
      ASSERT_EQ(BytesOf(&output), Framed(body)) << size << " by " << step;
      if (size > 1000 && step < 7) break;
    }
  }
}

TEST(OutMessage, WithoutPrefixItIsItsBody) {
  OutMessage message("body", false, {});
  EXPECT_EQ(message.left_bytes(), 4u);
  OutputQueue output;
  message.Take(4, &output);
  EXPECT_EQ(BytesOf(&output), "body");
}

TEST(OutMessage, MemoryIsHeldUntilTheBytesHaveLeft) {
  MemoryLedger ledger(1 << 20);
  OutputQueue output;
  {
    OutMessage message(std::string(20'000, 'x'), true, ledger.Reserve(20'000, "test").value());
    message.Take(message.left_bytes(), &output);
  }
  EXPECT_EQ(ledger.used_bytes(), 20'000);  // referred to by the queue
  BytesOf(&output);
  EXPECT_EQ(ledger.used_bytes(), 0);
}

TEST(OutMessage, CountsDownWhatIsUnsent) {
  auto unsent = std::make_shared<std::atomic<int64_t>>(10);
  OutMessage message(std::string(10, 'x'), true, {});
  message.SetCounter(unsent);
  OutputQueue output;
  message.Take(5, &output);  // the prefix
  EXPECT_EQ(unsent->load(), 10);
  message.Take(4, &output);
  EXPECT_EQ(unsent->load(), 6);
  message.Take(6, &output);
  EXPECT_EQ(unsent->load(), 0);
}

TEST(Http2Stream, TakesAcrossManyMessages) {
  Http2Stream stream(1, 0, 1 << 20);
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    const std::string body = std::to_string(i);
    stream.messages.emplace_back(body, true, MemoryReservation());
    stream.unsent_bytes += body.size() + 5;
    expected += Framed(body);
  }
  OutputQueue output;
  size_t step = 1;
  while (stream.unsent_bytes > 0) {
    stream.Take(std::min(step, stream.unsent_bytes), &output);
    step = step % 50 + 3;
    ASSERT_LE(stream.message_index, 64u + 10);  // what is sent is let go
  }
  EXPECT_EQ(BytesOf(&output), expected);
  EXPECT_TRUE(stream.messages.empty());
  EXPECT_EQ(stream.request(), nullptr);
}

}  // namespace
}  // namespace redkite::server
