#include "server/access/bootstrap.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "access/access_fixture.h"

namespace redkite::server {
namespace {

struct BootstrapTest : testing::Test {
  void SetUp() override {
    settings.data_dir =
        testing::TempDir() + "bootstrap_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(settings.data_dir);
    std::filesystem::create_directories(settings.data_dir);
  }
  void TearDown() override { std::filesystem::remove_all(settings.data_dir); }
  Bootstrap Prepare() {
    auto out = PrepareCredentials(settings, &fs, users.control.get(), &users.secrets);
    EXPECT_TRUE(out.ok()) << out.status().ToString();
    return out.ok() ? *out : Bootstrap();
  }
  std::string PasswordPath() const { return settings.data_dir + "/root_password"; }

  config::Settings settings;
  io::PosixFileSystem fs;
  access::AccessKit users;
};

TEST_F(BootstrapTest, LoopbackAsksForNothing) {
  EXPECT_FALSE(Prepare().enforces);
  EXPECT_FALSE(fs.Exists(PasswordPath()).value());
}

TEST_F(BootstrapTest, BeyondLoopbackAPasswordIsMadeUp) {
  settings.listen = "0.0.0.0:19530";
  const Bootstrap first = Prepare();
  EXPECT_TRUE(first.enforces);
  EXPECT_NE(first.announcement.find(PasswordPath()), std::string::npos);
  struct stat info {};
  ASSERT_EQ(::stat(PasswordPath().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  std::string password = fs.ReadAll(PasswordPath()).value();
  ASSERT_EQ(password.size(), 25u);
  password.pop_back();
  EXPECT_EQ(first.announcement.find(password), std::string::npos);
  EXPECT_TRUE(users.control->UpdateCredential({"root", Secret(password), Secret("another"), {}}, false).ok());
  // Later starts keep what there is.
  EXPECT_TRUE(Prepare().announcement.empty());
}

TEST_F(BootstrapTest, TheManagementPortCountsToo) {
  settings.management = "0.0.0.0:9091";
  EXPECT_TRUE(Prepare().enforces);
}

TEST_F(BootstrapTest, OnceThereIsAPasswordItIsAskedFor) {
  ASSERT_TRUE(users.control->SetRootPassword(Secret("password")).ok());
  EXPECT_TRUE(Prepare().enforces);
  settings.insecure = true;
  const Bootstrap insecure = Prepare();
  EXPECT_FALSE(insecure.enforces);
  EXPECT_NE(insecure.announcement.find("insecure"), std::string::npos);
}

TEST_F(BootstrapTest, FromAFile) {
  settings.root_password_file = settings.data_dir + "/given";
  {
    auto file = fs.Create(settings.root_password_file).value();
    ASSERT_TRUE(file->Append("from a file\n").ok());
    ASSERT_TRUE(file->Close().ok());
  }
  EXPECT_TRUE(Prepare().enforces);
  EXPECT_FALSE(fs.Exists(PasswordPath()).value());
  EXPECT_TRUE(
      users.control->UpdateCredential({"root", Secret("from a file"), Secret("another"), {}}, false).ok());
  settings.root_password_file += ".none";
  const auto missing = PrepareCredentials(settings, &fs, users.control.get(), &users.secrets);
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.status().message().find("auth.root_password_file"), std::string::npos);
}

TEST_F(BootstrapTest, AFileWithoutAPasswordIsRefused) {
  settings.root_password_file = settings.data_dir + "/empty";
  ASSERT_TRUE(fs.Create(settings.root_password_file).value()->Close().ok());
  EXPECT_FALSE(PrepareCredentials(settings, &fs, users.control.get(), &users.secrets).ok());
}

}  // namespace
}  // namespace redkite::server
