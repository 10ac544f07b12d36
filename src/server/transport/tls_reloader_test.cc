#include "server/transport/tls_reloader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/testing/log_capture.h"
#include "server/transport/testing_tls.h"

namespace redkite::server {
namespace {

struct TlsReloaderTest : testing::Test {
  TlsReloaderTest() { Put(authority.Issue()); }
  void Put(const TestPem& pem) {
    files["cert"] = pem.certificate;
    files["key"] = pem.key;
  }
  Result<std::unique_ptr<TlsReloader>> Open() {
    const auto reader = [this](const std::string& path) -> Result<std::string> {
      if (files.contains(path)) return files[path];
      return Status::Missing("no such file: " + path);
    };
    return TlsReloader::Open({"cert", "key", ""}, {reader, &clock, log.logger()});
  }
  TestAuthority authority{"authority"};
  std::map<std::string, std::string> files;
  int WarningCount() const {
    const std::string text = log.text();
    return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  }
  ManualClock clock{SystemClock().WallMs()};
  LogCapture log{&clock};
};

TEST_F(TlsReloaderTest, ChangedFilesAreTakenOnce) {
  auto tls = Open();
  ASSERT_TRUE(tls.ok()) << tls.status().ToString();
  const auto first = (*tls)->current();
  EXPECT_FALSE((*tls)->ReloadIfChanged());
  EXPECT_EQ((*tls)->current(), first);
  Put(authority.Issue());
  EXPECT_TRUE((*tls)->ReloadIfChanged());
  const auto second = (*tls)->current();
  EXPECT_NE(second, first);
  EXPECT_FALSE((*tls)->ReloadIfChanged());
  EXPECT_TRUE((*tls)->Reload().ok());  // asked for: whether they differ or not
  EXPECT_NE((*tls)->current(), second);
}

TEST_F(TlsReloaderTest, BadFilesLeaveTheLastOnesInPlace) {
  auto tls = Open();
  ASSERT_TRUE(tls.ok());
  const auto first = (*tls)->current();
  const TestPem next = authority.Issue();
  files["cert"] = next.certificate;  // the key follows later
  for (int i = 0; i < 3; ++i) EXPECT_FALSE((*tls)->ReloadIfChanged());
  EXPECT_EQ(WarningCount(), 1);  // not each time
  EXPECT_TRUE(log.Has("does not belong to the certificate")) << log.text();
  EXPECT_EQ((*tls)->current(), first);
  files.erase("key");
  const Status missing = (*tls)->Reload();
  EXPECT_NE(missing.message().find("cannot read tls.key: no such file: key"), std::string::npos)
      << missing.message();
  Put(authority.Issue({"localhost", -7200, -3600}));
  EXPECT_NE((*tls)->Reload().message().find("has expired"), std::string::npos);
  EXPECT_EQ((*tls)->current(), first);
  Put(next);
  EXPECT_TRUE((*tls)->ReloadIfChanged());
  EXPECT_NE((*tls)->current(), first);
}

TEST_F(TlsReloaderTest, ACertificateOfTomorrowIsTakenTomorrow) {
  auto tls = Open();
  ASSERT_TRUE(tls.ok());
  Put(authority.Issue({"localhost", 3600, 7200}));
  EXPECT_FALSE((*tls)->ReloadIfChanged());
  EXPECT_FALSE((*tls)->ReloadIfChanged());
  clock.AdvanceMs(3'700'000);
  EXPECT_TRUE((*tls)->ReloadIfChanged());
}

TEST_F(TlsReloaderTest, BadFilesAtTheStartAreNamed) {
  files.erase("cert");
  EXPECT_NE(Open().status().message().find("tls.certificate"), std::string::npos);
  Put({authority.Issue().certificate, authority.Issue().key});
  EXPECT_NE(Open().status().message().find("tls.key"), std::string::npos);
  EXPECT_EQ(WarningCount(), 0);  // the caller tells
}

}  // namespace
}  // namespace redkite::server
