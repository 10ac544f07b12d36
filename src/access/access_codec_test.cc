#include "access/access_codec.h"

#include <gtest/gtest.h>

#include "access/access_fixture.h"

namespace redkite::access {
namespace {

TEST(AccessRecords, RecordsComeBack) {
  const SampleRecords sample;
  EXPECT_EQ(DecodeUser(EncodeUser(sample.user)).value(), sample.user);
  EXPECT_EQ(DecodeRole(EncodeRole(sample.role)).value(), sample.role);
  EXPECT_EQ(DecodeGroup(EncodeGroup(sample.group)).value(), sample.group);
  EXPECT_EQ(DecodeApiKey(EncodeApiKey(sample.api_key)).value(), sample.api_key);
  EXPECT_EQ(DecodeUser(EncodeUser({})).value(), UserRecord());
}

TEST(AccessRecords, NewerVersionsAreRefusedByName) {
  const SampleRecords sample;
  std::string user = EncodeUser(sample.user), role = EncodeRole(sample.role);
  std::string group = EncodeGroup(sample.group), key = EncodeApiKey(sample.api_key);
  for (std::string* value : {&user, &role, &group, &key}) (*value)[0] = 2;
  EXPECT_EQ(DecodeUser(user).status().code(), Code::kOperationNotSupported);
  EXPECT_EQ(DecodeUser(user).status().message(), "user in the metadata store is of a newer version: 2");
  EXPECT_EQ(DecodeRole(role).status().message(), "role in the metadata store is of a newer version: 2");
  EXPECT_EQ(DecodeGroup(group).status().code(), Code::kOperationNotSupported);
  EXPECT_EQ(DecodeApiKey(key).status().code(), Code::kOperationNotSupported);
}

TEST(AccessRecords, MalformedValuesAreRefused) {
  const SampleRecords sample;
  const std::string value = EncodeRole(sample.role);
  for (size_t n = 0; n < value.size(); ++n) EXPECT_FALSE(DecodeRole(value.substr(0, n)).ok()) << n;
  EXPECT_FALSE(DecodeRole(value + "x").ok());
  EXPECT_FALSE(DecodeRole(std::string(1, '\0') + value.substr(1)).ok());
  UserRecord unsorted = sample.user;
  unsorted.roles = {"b", "a"};
  EXPECT_EQ(DecodeUser(EncodeUser(unsorted)).status().code(), Code::kDataIntegrity);
  RoleRecord twice = sample.role;
  twice.grants.push_back(twice.grants.back());
  EXPECT_FALSE(DecodeRole(EncodeRole(twice)).ok());
  RoleRecord odd = sample.role;
  odd.grants[0].object_type = static_cast<ObjectType>(3);
  EXPECT_FALSE(DecodeRole(EncodeRole(odd)).ok());
}

}  // namespace
}  // namespace redkite::access
