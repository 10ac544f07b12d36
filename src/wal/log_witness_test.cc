// What the log's own directory cannot tell: files, or all of it, that somebody removed.
#include "wal/log_witness.h"

#include "io/file_paths.h"
#include "wal/log_test_kit.h"

namespace redkite::wal {
namespace {

class TestWitness final : public LogWitness {
 public:
  std::optional<std::string> Load() override { return mark; }
  Status Store(std::string next) override {
    ++stores;
    if (!failure.ok()) return failure;
    mark = std::move(next);
    return Status::Ok();
  }
  LogMark read() const { return DecodeLogMark(mark.value()).value(); }

  std::optional<std::string> mark;
  Status failure;
  int stores = 0;
};

/// A log in several files.
struct Files {
  Files() : t(&fs, 8192) {
    t.options.witness = &witness;
    EXPECT_TRUE(t.OpenAndStart().ok());
    for (uint64_t i = 1; i <= 12; ++i)
      EXPECT_EQ(AppendNow(t.log.get(), TestRequest(TestPayload(i, 1500))).value(), i);
  }
  std::vector<std::string> List() {
    std::vector<std::string> paths;
    for (const io::FileInfo& f : fs.List(kTestDir).value()) {
      if (f.name.ends_with(".log")) paths.push_back(io::JoinPath(kTestDir, f.name));
    }
    return paths;
  }
  void ExpectRefused(const std::string& named) {
    const size_t left = List().size();
    const Status refused = t.OpenAndStart();
    EXPECT_EQ(refused.code(), Code::kDataIntegrity) << refused.ToString();
    EXPECT_NE(refused.message().find(named), std::string::npos) << refused.message();
    EXPECT_EQ(List().size(), left);
  }

  io::MemFileSystem fs;
  TestWitness witness;
  TestLog t;
};

TEST(LogMark, RoundTripAndDamage) {
  const LogMark mark{{1, 2}, 7, 900};
  const std::string bytes = EncodeLogMark(mark);
  EXPECT_EQ(DecodeLogMark(bytes).value(), mark);
  for (size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(DecodeLogMark(bytes.substr(0, n)).ok()) << n;
  std::string newer = bytes;
  newer[0] = 2;
  EXPECT_EQ(DecodeLogMark(newer).status().code(), Code::kOperationNotSupported);
  EXPECT_FALSE(DecodeLogMark(EncodeLogMark({{}, 8, 7})).ok());
}

TEST(LogWitness, KnowsEveryFileBeforeItsFirstRecord) {
  Files log;
  ASSERT_GE(log.List().size(), 3u);
  EXPECT_EQ(log.witness.stores, static_cast<int>(log.List().size()));
  EXPECT_EQ(log.witness.read().oldest, 1u);
  EXPECT_EQ(io::JoinPath(kTestDir, LogFileName(log.witness.read().newest)), log.List().back());
  ASSERT_TRUE(log.t.OpenAndStart().ok());
  EXPECT_EQ(log.witness.stores, static_cast<int>(log.List().size())) << "nothing new, nothing stored";
}

TEST(LogWitness, EachMissingFileIsNamed) {
  for (size_t i = 0; i < 3; ++i) {
    Files log;
    log.t.log.reset();
    const auto paths = log.List();
    const size_t at = i == 2 ? paths.size() - 1 : i;
    ASSERT_TRUE(log.fs.Remove(paths[at]).ok());
    if (at == 1) {  // in the middle: found by whoever reads the log
      ASSERT_TRUE(log.t.Open().ok());
      const Status read = log.t.log->Read(0, [](const LogRecord&) { return Status::Ok(); });
      EXPECT_EQ(read.code(), Code::kDataIntegrity);
      EXPECT_NE(read.message().find(paths[at]), std::string::npos) << read.message();
    } else {
      log.ExpectRefused(paths[at]);
    }
  }
}

TEST(LogWitness, AMissingLogIsRefused) {
  Files log;
  log.t.log.reset();
  const std::string newest = log.List().back();
  ASSERT_TRUE(log.fs.RemoveTree(kTestDir).ok());
  const Status refused = log.t.OpenAndStart();
  EXPECT_EQ(refused.code(), Code::kDataIntegrity);
  EXPECT_NE(refused.message().find(newest), std::string::npos) << refused.message();
  EXPECT_FALSE(log.fs.Exists(kTestDir).value());
}

TEST(LogWitness, AnotherLogIsRefused) {
  Files log;
  log.t.log.reset();
  const LogMark mark = log.witness.read();
  LogMark other = mark;
  other.uuid[3] ^= 1;
  log.witness.mark = EncodeLogMark(other);
  log.ExpectRefused("another data directory");
}

TEST(LogWitness, RecoverTruncateGoesOnAbovePositionsThatAreMissing) {
  for (const bool all : {false, true}) {
    Files log;
    log.t.log.reset();
    const LogMark before = log.witness.read();
    if (all) {
      ASSERT_TRUE(log.fs.RemoveTree(kTestDir).ok());
    } else {
      ASSERT_TRUE(log.fs.Remove(log.List().back()).ok());
    }
    log.t.options.recover_truncate = true;
    ASSERT_TRUE(log.t.OpenAndStart().ok());
    EXPECT_GT(AppendNow(log.t.log.get(), TestRequest("x")).value(), before.newest + 3);
    log.t.options.recover_truncate = false;
    ASSERT_TRUE(log.t.OpenAndStart().ok());  // and is a whole log again
  }
}

TEST(LogWitness, TrimmedFilesAreNotMissed) {
  Files log;
  const size_t before = log.List().size();
  ASSERT_TRUE(log.t.log->Trim(9).ok());
  ASSERT_LT(log.List().size(), before);
  ASSERT_TRUE(log.t.OpenAndStart().ok());
  // The mark is durable before a file goes: without it nothing does.
  log.witness.failure = Status::Io("injected");
  const size_t left = log.List().size();
  EXPECT_FALSE(log.t.log->Trim(12).ok());
  EXPECT_EQ(log.List().size(), left);
}

TEST(LogWitness, WritesGoOnWhenTheMarkCannotBeStored) {
  Files log;
  log.witness.failure = Status::Io("injected");
  for (uint64_t i = 13; i <= 20; ++i)
    ASSERT_EQ(AppendNow(log.t.log.get(), TestRequest(TestPayload(i, 1500))).value(), i);
  ASSERT_TRUE(log.t.OpenAndStart().ok());
  EXPECT_EQ(log.t.log->last_position(), 20u);
}

}  // namespace
}  // namespace redkite::wal
