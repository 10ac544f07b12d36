// Any bytes as a value of the room in the metadata store: what decodes must encode to something that decodes
// to the same and must compile to a snapshot; all else is refused.
#include "access/access_codec.h"
#include "access/access_fixture.h"
#include "access/access_snapshot.h"
#include "base/testing/fuzz_target.h"

namespace redkite::access {
namespace {

void Run(std::string_view bytes) {
  AccessState state;
  const auto user = DecodeUser(bytes);
  if (user.ok()) {
    CHECK(DecodeUser(EncodeUser(*user)).value() == *user);
    PutRecord(&state.users, user->name, *user);
  }
  const auto role = DecodeRole(bytes);
  if (role.ok()) {
    CHECK(DecodeRole(EncodeRole(*role)).value() == *role);
    PutRecord(&state.roles, role->name, *role);
    PutRecord(&state.users, "u", UserRecord{.name = "u", .roles = {role->name}});
  }
  const auto group = DecodeGroup(bytes);
  if (group.ok()) {
    CHECK(DecodeGroup(EncodeGroup(*group)).value() == *group);
    PutRecord(&state.groups, group->name, *group);
  }
  const auto key = DecodeApiKey(bytes);
  if (key.ok()) CHECK(DecodeApiKey(EncodeApiKey(*key)).value() == *key);
  const AccessSnapshot snapshot(std::move(state), true);
  CHECK(!snapshot.Allows("nobody", Privilege::kSearch, "default", "c"));
  (void)snapshot.Allows("u", Privilege::kSearch, "default", "c");
}

fuzz::Inputs Seeds() {
  const SampleRecords sample;
  return {EncodeUser(sample.user), EncodeRole(sample.role), EncodeGroup(sample.group),
          EncodeApiKey(sample.api_key)};
}

}  // namespace
}  // namespace redkite::access

FUZZ_TARGET(access_records_fuzz, redkite::access::Run, redkite::access::Seeds, 40000)
