#include "access/name_rules.h"

#include <gtest/gtest.h>

namespace redkite::access {
namespace {

bool Says(const Status& status, std::string_view part) {
  return status.message().find(part) != std::string::npos;
}

TEST(NameRules, Usernames) {
  for (const char* name : {"a", "ann_2", "a-b.c", "abcdefghijklmnopqrstuvwxyz123456"})
    EXPECT_TRUE(CheckUsername(name).ok()) << name;
  EXPECT_TRUE(Says(CheckUsername(""), "username must be not empty"));
  const std::string longer(33, 'a');
  EXPECT_TRUE(
      Says(CheckUsername(longer),
           "invalid username " + longer + " with length 33, the length of username must be less than 32"));
  EXPECT_TRUE(
      Says(CheckUsername("1a"), "invalid user name 1a, the first character must be a letter, but got 1"));
  EXPECT_TRUE(Says(CheckUsername("_a"), "the first character must be a letter"));
  EXPECT_TRUE(Says(CheckUsername("a b"), "username must contain only numbers, letters and underscores"));
  EXPECT_FALSE(CheckUsername("a:b").ok());
  EXPECT_FALSE(CheckUsername("a/b").ok());
  EXPECT_FALSE(CheckUsername("a\xc3\xa9").ok());
  EXPECT_EQ(CheckUsername("1a").code(), Code::kParameterInvalid);
}

TEST(NameRules, Passwords) {
  EXPECT_TRUE(CheckNewPassword(Secret("123456")).ok());
  EXPECT_TRUE(CheckNewPassword(Secret(std::string(72, 'x'))).ok());
  EXPECT_EQ(CheckNewPassword(Secret("12345")).message(),
            "invalid password length: invalid parameter[5 out of range 6 <= value <= 72]");
  EXPECT_FALSE(CheckNewPassword(Secret(std::string(73, 'x'))).ok());
  EXPECT_FALSE(CheckNewPassword(Secret()).ok());
}

TEST(NameRules, RolesGroupsAndDescriptions) {
  EXPECT_TRUE(CheckRoleName("r_1$").ok());
  EXPECT_TRUE(CheckRoleName("_r").ok());
  EXPECT_FALSE(CheckRoleName("").ok());
  EXPECT_FALSE(CheckRoleName("1r").ok());
  EXPECT_FALSE(CheckRoleName("a-b").ok());
  EXPECT_FALSE(CheckRoleName(std::string(256, 'r')).ok());
  EXPECT_TRUE(CheckRoleName(std::string(255, 'r')).ok());
  EXPECT_TRUE(CheckGroupName("g").ok());
  EXPECT_EQ(CheckGroupName("1g").code(), Code::kPrivilegeGroupInvalidName);
  EXPECT_TRUE(Says(CheckGroupName("1g"), "invalid privilege group name[privilegeGroupName=1g]"));
  EXPECT_TRUE(CheckDescription("user", std::string(1024, 'd')).ok());
  EXPECT_FALSE(CheckDescription("user", std::string(1025, 'd')).ok());
}

TEST(NameRules, ObjectsOfGrants) {
  for (const char* name : {"*", "words", "_w$1", "ann.b-c"}) EXPECT_TRUE(CheckObjectName(name).ok()) << name;
  for (const char* name : {"", "**", "a*", "a b", "1a"}) EXPECT_FALSE(CheckObjectName(name).ok()) << name;
  EXPECT_TRUE(CheckGrantDatabase("*").ok());
  EXPECT_TRUE(CheckGrantDatabase("shop").ok());
  EXPECT_FALSE(CheckGrantDatabase("").ok());
  EXPECT_FALSE(CheckGrantDatabase("a.b").ok());
}

}  // namespace
}  // namespace redkite::access
