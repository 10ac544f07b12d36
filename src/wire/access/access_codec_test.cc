#include "wire/access/access_codec.h"

#include <gtest/gtest.h>

#include "wire/pb_reader.h"
#include "wire/pb_writer.h"

namespace redkite::wire {
namespace {

std::string Text(uint32_t field, std::string_view text) {
  std::string out;
  PbWriter(&out).Bytes(field, text);
  return out;
}

std::string Number(uint32_t field, uint64_t value) {
  std::string out;
  PbWriter(&out).Varint(field, value);
  return out;
}

TEST(AccessMessages, Credentials) {
  const auto create = DecodeCreateCredential(Text(2, "ann") + Text(3, "cGFzc3dvcmQ=") + Text(6, "first"));
  ASSERT_TRUE(create.ok());
  EXPECT_EQ(create->user, "ann");
  EXPECT_EQ(create->password.Reveal(), "password");
  EXPECT_EQ(create->description, "first");
  const auto bad = DecodeCreateCredential(Text(2, "ann") + Text(3, "password!"));
  EXPECT_EQ(bad.status().message(), "decode password failed: invalid parameter");
  const auto update = DecodeUpdateCredential(Text(2, "ann") + Text(3, "b2xk") + Text(4, "bmV3"));
  ASSERT_TRUE(update.ok());
  EXPECT_EQ(update->old_password.Reveal(), "old");
  EXPECT_EQ(update->password.Reveal(), "new");
  EXPECT_FALSE(update->description.has_value());
  EXPECT_EQ(DecodeUpdateCredential(Text(2, "ann") + Text(7, ""))->description, "");
  EXPECT_FALSE(DecodeUpdateCredential(Text(3, "b2xk") + Text(4, "?")).ok());
  EXPECT_FALSE(DecodeUpdateCredential(Text(3, "?") + Text(4, "bmV3")).ok());
  EXPECT_EQ(*DecodeDeleteCredential(Text(2, "ann")), "ann");
}

TEST(AccessMessages, Roles) {
  const auto create = DecodeCreateRole(Text(2, Text(1, "r") + Text(2, "d")));
  ASSERT_TRUE(create.ok());
  EXPECT_EQ(create->role, "r");
  EXPECT_EQ(create->description, "d");
  const auto alter = DecodeAlterRole(Text(2, "r") + Text(3, "e"));
  EXPECT_EQ(alter->role + alter->description, "re");
  EXPECT_TRUE(DecodeDropRole(Text(2, "r") + Number(3, 1))->force);
  EXPECT_FALSE(DecodeDropRole(Text(2, "r"))->force);
  const auto operate = DecodeOperateUserRole(Text(2, "ann") + Text(3, "r") + Number(4, 1));
  ASSERT_TRUE(operate.ok());
  EXPECT_EQ(operate->user + operate->role, "annr");
  EXPECT_EQ(operate->change, UserRoleChange::kRemove);
  EXPECT_FALSE(DecodeOperateUserRole(Number(4, 2)).ok());
  EXPECT_EQ(DecodeSelectRole("")->role, std::nullopt);
  EXPECT_EQ(DecodeSelectRole(Text(2, Text(1, "r")) + Number(3, 1))->role, "r");
  EXPECT_TRUE(DecodeSelectRole(Number(3, 1))->with_users);
  EXPECT_EQ(DecodeSelectUser("")->user, std::nullopt);
  EXPECT_EQ(DecodeSelectUser(Text(2, ""))->user, "");
  EXPECT_EQ(DecodeSelectUser(Text(2, Text(1, "ann")))->user, "ann");
}

TEST(AccessMessages, Grants) {
  const GrantEntity entity{"r", "Collection", "words", "Search", "shop", "root"};
  // A selection's answer has the entity where the requests have it.
  const std::string message = EncodeSelectGrant({entity});
  const auto operate = DecodeOperatePrivilege(message + Number(3, 1));
  ASSERT_TRUE(operate.ok());
  EXPECT_EQ(operate->entity, entity);
  EXPECT_EQ(operate->change, PrivilegeChange::kRevoke);
  EXPECT_FALSE(DecodeOperatePrivilege(Number(3, 7)).ok());
  const auto select = DecodeSelectGrant(message);
  ASSERT_TRUE(select.ok());
  EXPECT_EQ(select->role, "r");
  EXPECT_EQ(select->object_type, "Collection");
  EXPECT_EQ(select->object_name, "words");
  EXPECT_EQ(select->database, "shop");
  EXPECT_EQ(DecodeSelectGrant(Text(2, Text(1, Text(1, "r"))))->object_type, std::nullopt);
  const auto second = DecodeOperatePrivilegeV2(Text(2, Text(1, "r")) +
                                               Text(3, Text(1, Text(1, "me")) + Text(2, Text(1, "Search"))) +
                                               Text(5, "shop") + Text(6, "words"));
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->role, "r");
  EXPECT_EQ(second->privilege, "Search");
  EXPECT_EQ(second->database, "shop");
  EXPECT_EQ(second->collection, "words");
  EXPECT_EQ(second->change, PrivilegeChange::kGrant);
}

TEST(AccessMessages, Groups) {
  EXPECT_EQ(*DecodePrivilegeGroupName(Text(2, "g"), "CreatePrivilegeGroupRequest"), "g");
  const auto operate = DecodeOperatePrivilegeGroup(Text(2, "g") + Text(3, Text(1, "Search")) +
                                                   Text(3, Text(1, "Query")) + Number(4, 1));
  ASSERT_TRUE(operate.ok());
  EXPECT_EQ(operate->group, "g");
  EXPECT_EQ(operate->privileges, (std::vector<std::string>{"Search", "Query"}));
  EXPECT_EQ(operate->change, PrivilegeGroupChange::kRemove);
  const std::string parts(200'000, '\x1a');
  EXPECT_FALSE(DecodeOperatePrivilegeGroup(parts).ok());
}

TEST(AccessMessages, BackupsComeBack) {
  RbacMeta meta;
  meta.users.push_back({"ann", Secret("hash"), {"r", "s"}});
  meta.roles = {{"r", "d", {}}, {"s", "", {}}};
  meta.grants = {{"r", "Global", "*", "mine", "*", "root"}};
  meta.groups = {{"mine", {"Search"}}};
  const auto again = DecodeRestoreRbac(EncodeBackupRbac(meta));
  ASSERT_TRUE(again.ok());
  ASSERT_EQ(again->users.size(), 1u);
  EXPECT_EQ(again->users[0].name, "ann");
  EXPECT_EQ(again->users[0].password_hash.Reveal(), "hash");
  EXPECT_EQ(again->users[0].roles, meta.users[0].roles);
  EXPECT_EQ(again->roles, meta.roles);
  EXPECT_EQ(again->grants, meta.grants);
  EXPECT_EQ(again->groups, meta.groups);
}

TEST(AccessMessages, AnswersAsTheProtocolHasThem) {
  const std::string ok = Text(1, "");
  EXPECT_EQ(EncodeListCredUsers({"ann", "root"}), ok + Text(2, "ann") + Text(2, "root"));
  EXPECT_EQ(EncodeSelectUser({{"ann", "first", {"r"}}}),
            ok + Text(2, Text(1, Text(1, "ann")) + Text(2, Text(1, "r")) + Text(3, "first")));
  EXPECT_EQ(EncodeSelectRole({{"r", "d", {"ann"}}}),
            ok + Text(2, Text(1, Text(1, "r") + Text(2, "d")) + Text(2, Text(1, "ann"))));
  EXPECT_EQ(EncodeSelectRole({}), ok);
  EXPECT_EQ(EncodeListPrivilegeGroups({{"g", {"Search"}}}),
            ok + Text(2, Text(1, "g") + Text(2, Text(1, "Search"))));
}

TEST(AccessMessages, MalformedOnesAreRefused) {
  const std::string cut =
      "\x12\x05"
      "ab";
  EXPECT_FALSE(DecodeCreateCredential(cut).ok());
  EXPECT_FALSE(DecodeSelectGrant(Text(2, cut)).ok());
  EXPECT_FALSE(DecodeCreateRole(Text(2, Text(1, "\xff"))).ok());
  EXPECT_FALSE(DecodeRestoreRbac(Text(2, Text(3, Text(4, Text(2, cut))))).ok());
  EXPECT_EQ(DecodeDropRole(cut).status().code(), Code::kParameterInvalid);
}

}  // namespace
}  // namespace redkite::wire
