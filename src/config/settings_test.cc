#include "config/settings.h"

#include <gtest/gtest.h>

namespace redkite::config {
namespace {

TEST(Settings, AMalformedAddressIsRefusedBeforeTheServerBindsIt) {
  Settings settings;
  settings.listen = "127.0.0.1";
  EXPECT_FALSE(CheckSettings(settings).ok());
}

TEST(Settings, EveryAddressMayBeServed) {
  Settings settings;
  for (const char* address : {"0.0.0.0:19530", ":19530", "[::]:19530", "192.0.2.7:1"}) {
    settings.listen = settings.management = address;
    EXPECT_TRUE(CheckSettings(settings).ok()) << address;
  }
}

TEST(Settings, InsecureExcludesCredentials) {
  Settings settings;
  settings.insecure = true;
  EXPECT_TRUE(CheckSettings(settings).ok());
  settings.auth = true;
  EXPECT_EQ(CheckSettings(settings).code(), Code::kParameterInvalid);
  settings.auth = false;
  settings.root_password_file = "file";
  EXPECT_NE(CheckSettings(settings).message().find("auth.root_password_file"), std::string::npos);
}

}  // namespace
}  // namespace redkite::config
