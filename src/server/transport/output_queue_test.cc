#include "server/transport/output_queue.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace redkite::server {
namespace {

std::string FirstPieces(const OutputQueue& queue) {
  iovec pieces[64];
  int n = queue.Gather(pieces, 64);
  std::string out;
  for (int i = 0; i < n; ++i) out.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
  return out;
}

TEST(OutputQueue, KeepsOrderOfCopiesAndReferences) {
  OutputQueue queue;
  auto body = std::make_shared<const std::string>("BODYBODY");
  queue.Append("a");
  queue.Append("b");
  queue.AppendShared(body, std::string_view(*body).substr(0, 4));
  queue.Append("c");
  queue.AppendShared(body, std::string_view(*body).substr(4));
  EXPECT_EQ(queue.size_bytes(), 11u);
  EXPECT_EQ(FirstPieces(queue), "abBODYcBODY");
  queue.Consume(3);
  EXPECT_EQ(FirstPieces(queue), "ODYcBODY");
  queue.Consume(8);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(body.use_count(), 1);
}

TEST(OutputQueue, RandomOperationsMatchAString) {
  constexpr uint64_t kSeed = 20240601;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  OutputQueue queue;
  std::string model;
  for (int step = 0; step < 4'000; ++step) {
    size_t n = random.Next() % 500;
    std::string bytes(n, static_cast<char>('a' + step % 26));
    if (random.Next() % 2 == 0 && !model.empty()) {
      size_t taken = random.Next() % (model.size() + 1);
      queue.Consume(taken);
      model.erase(0, taken);
    } else if (random.Next() % 2 == 0) {
      queue.Append(bytes);
      model += bytes;
    } else {
      auto owner = std::make_shared<const std::string>(bytes);
      queue.AppendShared(owner, *owner);
      model += bytes;
    }
    ASSERT_EQ(queue.size_bytes(), model.size());
    std::string first = FirstPieces(queue);
    ASSERT_EQ(first, model.substr(0, first.size()));
    ASSERT_EQ(first.empty(), model.empty());
  }
}

}  // namespace
}  // namespace redkite::server
