#include "config/settings.h"

#include <gtest/gtest.h>

namespace redkite::config {
namespace {

TEST(Settings, AMalformedAddressIsRefusedBeforeTheServerBindsIt) {
  Settings settings;
  settings.listen = "127.0.0.1";
  EXPECT_FALSE(CheckSettings(settings).ok());
}

TEST(Settings, OtherAddressesNeedInsecure) {
  Settings settings;
  EXPECT_TRUE(CheckSettings(settings).ok());
  for (const char* address : {"0.0.0.0:19530", ":19530", "[::]:19530", "192.0.2.7:1"}) {
    settings.listen = address;
    settings.insecure = false;
    EXPECT_EQ(CheckSettings(settings).code(), Code::kParameterInvalid) << address;
    settings.insecure = true;
    EXPECT_TRUE(CheckSettings(settings).ok()) << address;
  }
  settings = Settings();
  settings.management = "0.0.0.0:9091";
  EXPECT_FALSE(CheckSettings(settings).ok());
}

}  // namespace
}  // namespace redkite::config
