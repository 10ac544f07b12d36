#include "audit/audit_files.h"

#include <gtest/gtest.h>

#include "io/mem_file_system.h"

namespace redkite::audit {
namespace {

struct AuditFilesTest : testing::Test {
  void Put(const std::string& path, const std::string& bytes) { fs.PutFile(path, bytes); }
  std::vector<std::string> Lines(const std::string& bytes) {
    Put("f", bytes);
    LineReader reader = LineReader::Open(&fs, "f").value();
    std::vector<std::string> lines;
    while (auto line = reader.Next().value()) {
      lines.push_back(std::to_string(line->offset) + ":" +
                      (line->too_long ? "LONG" : std::string(line->text)) + (line->terminated ? "" : "|"));
    }
    return lines;
  }
  using Texts = std::vector<std::string>;
  io::MemFileSystem fs;
};

TEST_F(AuditFilesTest, FullFilesHaveNumbers) {
  EXPECT_EQ(FullFilePath("d/a.log", 7), "d/a.log.000007");
  EXPECT_EQ(FullFilePath("a", 1234567), "a.1234567");
  for (const char* name :
       {"a.000010", "a.000002", "a.1234567", "a", "a.lock", "a.damaged", "a.7", "a.0000007", "a.00000x",
        "b.000001", "a.000001.damaged", "a.18446744073709551616"}) {
    Put(name, "x");
  }
  EXPECT_EQ(FullFileNumbers(&fs, "a").value(), (std::vector<uint64_t>{2, 10, 1234567}));
  EXPECT_TRUE(FullFileNumbers(&fs, "none/a").value().empty());
}

TEST_F(AuditFilesTest, ReadsLinesWithTheirPlaces) {
  EXPECT_EQ(Lines(""), Texts());
  EXPECT_EQ(Lines("a"), (Texts{"0:a|"}));
  EXPECT_EQ(Lines("a\n"), (Texts{"0:a"}));
  EXPECT_EQ(Lines("a\n\nbc\nd"), (Texts{"0:a", "2:", "3:bc", "6:d|"}));
}

TEST_F(AuditFilesTest, LinesThatAreTooLongAreSkippedOver) {
  const std::string most(kLineBytesMax, 'x');
  EXPECT_EQ(Lines(most + "\nb\n"), (Texts{"0:" + most, std::to_string(most.size() + 1) + ":b"}));
  EXPECT_EQ(Lines(most + "x\nb\n"), (Texts{"0:LONG", std::to_string(most.size() + 2) + ":b"}));
  EXPECT_EQ(Lines("a\n" + std::string(1 << 20, 'x')), (Texts{"0:a", "2:LONG|"}));
  // Not by +: g++ 12 warns of it for such lengths.
  std::string two(300'000, 'x');
  two += '\n';
  two.append(300'000, 'y') += "\nb";
  EXPECT_EQ(Lines(two), (Texts{"0:LONG", "300001:LONG", "600002:b|"}));
}

TEST_F(AuditFilesTest, LinesOverTheBordersOfReads) {
  std::string bytes;
  size_t count = 0;
  for (size_t length = 0; bytes.size() < 400'000; length = (length * 7 + 13) % 9'000) {
    bytes += std::string(length, 'x') + "\n";
    ++count;
  }
  const Texts lines = Lines(bytes);
  EXPECT_EQ(lines.size(), count);
  std::string again;
  for (const std::string& line : lines) again += line.substr(line.find(':') + 1) + "\n";
  EXPECT_EQ(again, bytes);
}

TEST_F(AuditFilesTest, AFailingReadIsAnError) {
  Put("f", "a\n");
  LineReader reader = LineReader::Open(&fs, "f").value();
  fs.FailNth(io::FileOp::kRead, 1, Status::Io("broken"));
  EXPECT_EQ(reader.Next().status().code(), Code::kIoFailed);
}

TEST_F(AuditFilesTest, TheStartOfAFileEndsAtTheFirstWrongLine) {
  Chain chain;
  std::string bytes;
  AppendLine(1, EncodeHead(chain.hash), &chain, &bytes);
  AppendLine(2, EncodeLost(1), &chain, &bytes);
  Put("f", bytes);
  FileStart start = ReadFileStart(&fs, "f").value();
  EXPECT_EQ(start.problem, "");
  EXPECT_EQ(start.lines, 2u);
  EXPECT_EQ(start.good_bytes, bytes.size());
  EXPECT_EQ(start.chain, chain);
  Put("f", bytes + bytes);
  start = ReadFileStart(&fs, "f").value();
  EXPECT_EQ(start.good_bytes, bytes.size());
  EXPECT_EQ(start.size_bytes, 2 * bytes.size());
  EXPECT_EQ(start.chain, chain);
  EXPECT_NE(start.problem, "");
  Put("f", bytes.substr(0, 20));
  start = ReadFileStart(&fs, "f").value();
  EXPECT_FALSE(start.chain.has_value());
  EXPECT_EQ(start.good_bytes, 0u);
}

}  // namespace
}  // namespace redkite::audit
