#include "audit/audit_verify.h"

#include <gtest/gtest.h>

#include "audit/audit_files.h"
#include "io/mem_file_system.h"

namespace redkite::audit {
namespace {

// Two full files and the one that is written to, of four lines each.
struct AuditVerifyTest : testing::Test {
  AuditVerifyTest() {
    for (std::string& file : files) {
      AppendLine(1'000, EncodeHead(chain.hash), &chain, &file);
      for (int i = 0; i < 3; ++i)
        AppendLine(2'000 + i, EncodeEvent({.kind = EventKind::kLogin, .user = "ann"}), &chain, &file);
    }
    PutAll(files);
  }
  void PutAll(const std::vector<std::string>& all) {
    fs.PutFile("a.000001", all[0]);
    fs.PutFile("a.000002", all[1]);
    fs.PutFile("a", all[2]);
  }
  uint64_t Damage(const VerifyOptions& options = {}) {
    return VerifyAuditLog(&fs, "a", options).value().damage_count;
  }
  static std::vector<std::string> Split(const std::string& file) {
    std::vector<std::string> lines;
    for (size_t at = 0; at < file.size();) {
      const size_t end = file.find('\n', at) + 1;
      lines.push_back(file.substr(at, end - at));
      at = end;
    }
    return lines;
  }
  static std::string Join(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += line;
    return out;
  }

  Chain chain;
  std::vector<std::string> files = std::vector<std::string>(3);
  io::MemFileSystem fs;
};

TEST_F(AuditVerifyTest, AWholeLogIsClean) {
  const VerifyReport report = VerifyAuditLog(&fs, "a").value();
  EXPECT_EQ(report.damage_count, 0u);
  EXPECT_EQ(report.files, 3u);
  EXPECT_EQ(report.lines, 12u);
  EXPECT_EQ(report.first_seq, 1u);
  EXPECT_EQ(report.last_seq, 12u);
  EXPECT_EQ(report.last_hash, chain.hash);
}

TEST_F(AuditVerifyTest, WhereThereIsNoneItSaysSo) {
  EXPECT_EQ(VerifyAuditLog(&fs, "b").status().code(), Code::kKeyNotFound);
  EXPECT_EQ(VerifyAuditLog(&fs, "none/b").status().code(), Code::kKeyNotFound);
}

TEST_F(AuditVerifyTest, EveryFlippedBitIsFound) {
  for (size_t f = 0; f < files.size(); ++f) {
    for (size_t bit = 0; bit < files[f].size() * 8; ++bit) {
      std::vector<std::string> changed = files;
      changed[f][bit / 8] = static_cast<char>(changed[f][bit / 8] ^ (1 << bit % 8));
      PutAll(changed);
      ASSERT_GT(Damage(), 0u) << "file " << f << " bit " << bit;
    }
  }
}

TEST_F(AuditVerifyTest, EveryMissingDoubledOrSwappedLineIsFound) {
  for (size_t f = 0; f < files.size(); ++f) {
    const std::vector<std::string> lines = Split(files[f]);
    for (size_t i = 0; i < lines.size(); ++i) {
      std::vector<std::string> changed = files;
      std::vector<std::string> without = lines, doubled = lines, swapped = lines;
      without.erase(without.begin() + static_cast<ptrdiff_t>(i));
      doubled.insert(doubled.begin() + static_cast<ptrdiff_t>(i), lines[i]);
      std::swap(swapped[i], swapped[(i + 1) % lines.size()]);
      // The very last line leaves no gap: for that its hash has to be known.
      const bool is_last = f + 1 == files.size() && i + 1 == lines.size();
      changed[f] = Join(without);
      PutAll(changed);
      EXPECT_GT(Damage({.expected_hash = is_last ? chain.hash : ""}), 0u) << f << " " << i;
      for (const auto* other : {&doubled, &swapped}) {
        changed[f] = Join(*other);
        PutAll(changed);
        EXPECT_GT(Damage(), 0u) << f << " " << i;
      }
    }
  }
}

TEST_F(AuditVerifyTest, OneChangeGivesOneFindingWithItsPlace) {
  std::vector<std::string> changed = files;
  changed[1].replace(changed[1].find("ann"), 3, "bob");
  PutAll(changed);
  const VerifyReport report = VerifyAuditLog(&fs, "a").value();
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].path, "a.000002");
  EXPECT_EQ(report.findings[0].line, 2u);
  EXPECT_EQ(report.findings[0].offset, changed[1].find('\n') + 1);
  EXPECT_EQ(report.findings[0].what, "the hash does not fit the line and the one before it");
}

TEST_F(AuditVerifyTest, AMissingFileIsFound) {
  ASSERT_TRUE(fs.Remove("a.000002").ok());
  EXPECT_GT(Damage(), 0u);
  PutAll(files);
  ASSERT_TRUE(fs.Remove("a.000001").ok());
  EXPECT_GT(Damage(), 0u);
  EXPECT_EQ(Damage({.may_lack_begin = true}), 0u);
}

TEST_F(AuditVerifyTest, OneFullFileMayBeReadAlone) {
  EXPECT_EQ(VerifyAuditLog(&fs, "a.000001").value().damage_count, 0u);
  EXPECT_EQ(VerifyAuditLog(&fs, "a.000002", {.may_lack_begin = true}).value().damage_count, 0u);
}

TEST_F(AuditVerifyTest, AHashThatWasNotedHasToBeThere) {
  EXPECT_EQ(Damage({.expected_hash = chain.hash}), 0u);
  const std::string first = files[0].substr(files[0].find("\"hash\":\"") + 8, kHashDigits);
  EXPECT_EQ(Damage({.expected_hash = first}), 0u);
  EXPECT_EQ(Damage({.expected_hash = std::string(kHashDigits, '0')}), 1u);
}

TEST_F(AuditVerifyTest, AFirstLineThatClaimsAPastIsRefused) {
  Chain forged{1, std::string(kHashDigits, 'a')};
  std::string file;
  AppendLine(1, EncodeHead(forged.hash), &forged, &file);
  fs.PutFile("x", file);
  EXPECT_GT(VerifyAuditLog(&fs, "x").value().damage_count, 0u);
}

TEST_F(AuditVerifyTest, FindingsAreBounded) {
  std::string noise;
  for (int i = 0; i < 5000; ++i) noise += "x\n";
  fs.PutFile("a", noise);
  const VerifyReport report = VerifyAuditLog(&fs, "a").value();
  EXPECT_EQ(report.findings.size(), kFindingsMax);
  EXPECT_EQ(report.damage_count, 5000u);
}

TEST_F(AuditVerifyTest, AnEmptyFileIsRightOnlyAtTheEnd) {
  fs.PutFile("a", "");
  EXPECT_EQ(Damage(), 0u);
  fs.PutFile("a.000002", "");
  EXPECT_GT(Damage(), 0u);
}

}  // namespace
}  // namespace redkite::audit
