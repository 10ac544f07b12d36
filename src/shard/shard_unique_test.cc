// Unique keys beyond the contract of ShardClient (shard_client_contract_test.cc).
#include <gtest/gtest.h>

#include "shard/shard_test_kit.h"

namespace redkite::shard {
namespace {

std::shared_ptr<WriteRecord> Insert(int64_t id) {
  auto record = TestRecord({{id, "a", 1, {}}});
  record->unique = {true, 0};
  return record;
}

TEST(ShardUnique, TheMessageNamesTheKeyTheCollectionAndTheProperty) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(Insert(5))->ok());
  const auto refused = kit.Write(Insert(5));
  ASSERT_TRUE(refused.has_value());
  for (const char* part : {"id=5", "items", "pk.unique"})
    EXPECT_NE(refused->message().find(part), std::string::npos) << refused->message();
  EXPECT_EQ(kit.shard->Stats().row_count, 1);
}

TEST(ShardUnique, AWriteThatFailedLeavesItsKeysFree) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  kit.log.FailNext(Status(Code::kDiskLimitExceeded, "full"));
  EXPECT_EQ(kit.Write(Insert(5))->code(), Code::kDiskLimitExceeded);
  EXPECT_TRUE(kit.Write(Insert(5))->ok());
}

TEST(ShardUnique, WhoIsAnsweredMayWriteAgainAtOnce) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  std::vector<Code> codes;
  std::function<void(int64_t)> insert = [&](int64_t id) {
    kit.shard->Append(Insert(id), [&codes, &insert, id](Status status, Timestamp) {
      codes.push_back(status.code());
      if (status.ok()) insert(id < 3 ? id + 1 : 1);  // the last one is refused inside the call
    });
  };
  insert(1);
  kit.executor->RunAll();
  EXPECT_EQ(codes, (std::vector<Code>{Code::kOk, Code::kOk, Code::kOk, Code::kParameterInvalid}));
}

TEST(ShardUnique, KeysOfSeveralPartitions) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  const auto spread = [](int64_t first, int64_t second) {
    auto record = Insert(first);
    record->more.push_back({PartitionId(2), TestRecord({{second, "b", 1, {}}})->rows});
    return record;
  };
  EXPECT_EQ(kit.Write(spread(1, 1))->code(), Code::kParameterInvalid);  // twice in one request
  ASSERT_TRUE(kit.Write(spread(1, 2))->ok());
  EXPECT_EQ(kit.Write(spread(3, 2))->code(), Code::kParameterInvalid);
  EXPECT_EQ(kit.Write(Insert(2))->code(), Code::kParameterInvalid);
  EXPECT_TRUE(kit.Write(spread(3, 4))->ok());  // nothing of what was refused has stayed
  EXPECT_EQ(kit.shard->Stats().row_count, 4);
}

}  // namespace
}  // namespace redkite::shard
