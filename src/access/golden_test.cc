// Frozen examples of the values in the metadata store: a build of today must read what the first one wrote.
// The files are never rewritten; a new version adds new ones beside them.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "access/access_codec.h"
#include "access/access_fixture.h"

namespace redkite::access {
namespace {

const std::string kGolden = std::string(REDKITE_GOLDEN_DIR) + "/access/";

std::string PathOf(const std::string& name) { return kGolden + name; }

std::string ReadFile(const std::string& name) {
  std::ifstream file(PathOf(name), std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

// Run by hand with --gtest_also_run_disabled_tests, once per format version.
TEST(AccessGolden, DISABLED_Write) {
  const SampleRecords sample;
  std::ofstream(PathOf("v1.user"), std::ios::binary) << EncodeUser(sample.user);
  std::ofstream(PathOf("v1.role"), std::ios::binary) << EncodeRole(sample.role);
  std::ofstream(PathOf("v1.privilege_group"), std::ios::binary) << EncodeGroup(sample.group);
  std::ofstream(PathOf("v1.api_key"), std::ios::binary) << EncodeApiKey(sample.api_key);
}

TEST(AccessGolden, VersionOneIsRead) {
  const SampleRecords sample;
  EXPECT_EQ(DecodeUser(ReadFile("v1.user")).value(), sample.user);
  EXPECT_EQ(DecodeRole(ReadFile("v1.role")).value(), sample.role);
  EXPECT_EQ(DecodeGroup(ReadFile("v1.privilege_group")).value(), sample.group);
  EXPECT_EQ(DecodeApiKey(ReadFile("v1.api_key")).value(), sample.api_key);
}

TEST(AccessGolden, VersionOneIsWritten) {
  const SampleRecords sample;
  EXPECT_EQ(EncodeUser(sample.user), ReadFile("v1.user"));
  EXPECT_EQ(EncodeRole(sample.role), ReadFile("v1.role"));
}

}  // namespace
}  // namespace redkite::access
