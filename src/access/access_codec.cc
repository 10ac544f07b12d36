#include "access/access_codec.h"

#include <algorithm>

#include "base/coding.h"

namespace redkite::access {
namespace {

constexpr uint64_t kVersion = 1;
constexpr uint64_t kObjectTypeMax = static_cast<uint64_t>(ObjectType::kUser);

std::string Versioned(std::string_view body) {
  std::string out;
  PutVarint(&out, kVersion);
  PutBytes(&out, body);
  return out;
}

// `read` takes the fields that it knows; what follows them is of a later build and is skipped. It says
// whether their values can be.
template <class Record, class F>
Result<Record> DecodeRecord(std::string_view value, const std::string& what, F read) {
  Decoder outer(value);
  const uint64_t version = outer.Varint();
  if (outer.ok() && version > kVersion) {
    return Status(Code::kOperationNotSupported,
                  what + " in the metadata store is of a newer version: " + std::to_string(version));
  }
  Decoder in(outer.Bytes());
  Record record;
  const bool valid = read(&in, &record);
  if (!valid || !outer.done() || !in.ok() || version == 0)
    return Status::Corrupt("malformed " + what + " in the metadata store");
  return record;
}

void PutTexts(std::string* out, const std::vector<std::string>& texts) {
  PutVarint(out, texts.size());
  for (const std::string& text : texts) PutBytes(out, text);
}

std::vector<std::string> GetTexts(Decoder* in) {
  std::vector<std::string> texts;
  for (uint64_t n = in->Count(); n > 0 && in->ok(); --n) texts.push_back(in->String());
  return texts;
}

bool IsStrictlySorted(const std::vector<std::string>& texts) {
  return std::adjacent_find(texts.begin(), texts.end(), std::greater_equal<>()) == texts.end();
}

bool IsStrictlySorted(const std::vector<Grant>& grants) {
  return std::adjacent_find(grants.begin(), grants.end(), [](const Grant& a, const Grant& b) {
           return !(a.key() < b.key());
         }) == grants.end();
}

void PutGrant(std::string* out, const Grant& grant) {
  PutVarint(out, static_cast<uint64_t>(grant.object_type));
  PutBytes(out, grant.object_name);
  PutBytes(out, grant.privilege);
  PutBytes(out, grant.database);
  PutBytes(out, grant.grantor);
}

bool GetGrant(Decoder* in, Grant* grant) {
  const uint64_t type = in->Varint();
  grant->object_type = static_cast<ObjectType>(type <= kObjectTypeMax ? type : 0);
  grant->object_name = in->String();
  grant->privilege = in->String();
  grant->database = in->String();
  grant->grantor = in->String();
  return type <= kObjectTypeMax;
}

}  // namespace

std::string EncodeUser(const UserRecord& user) {
  std::string body;
  PutBytes(&body, user.name);
  PutBytes(&body, user.password_hash);
  PutBytes(&body, user.description);
  PutTexts(&body, user.roles);
  PutFixed<uint64_t>(&body, user.generation);
  PutFixed<int64_t>(&body, user.created_ms);
  return Versioned(body);
}

Result<UserRecord> DecodeUser(std::string_view value) {
  return DecodeRecord<UserRecord>(value, "user", [](Decoder* in, UserRecord* user) {
    user->name = in->String();
    user->password_hash = in->String();
    user->description = in->String();
    user->roles = GetTexts(in);
    user->generation = in->Fixed<uint64_t>();
    user->created_ms = in->Fixed<int64_t>();
    return IsStrictlySorted(user->roles);
  });
}

std::string EncodeRole(const RoleRecord& role) {
  std::string body;
  PutBytes(&body, role.name);
  PutBytes(&body, role.description);
  PutVarint(&body, role.grants.size());
  for (const Grant& grant : role.grants) PutGrant(&body, grant);
  PutFixed<int64_t>(&body, role.created_ms);
  return Versioned(body);
}

Result<RoleRecord> DecodeRole(std::string_view value) {
  return DecodeRecord<RoleRecord>(value, "role", [](Decoder* in, RoleRecord* role) {
    role->name = in->String();
    role->description = in->String();
    bool valid = true;
    for (uint64_t n = in->Count(); n > 0 && in->ok() && valid; --n)
      valid = GetGrant(in, &role->grants.emplace_back());
    role->created_ms = in->Fixed<int64_t>();
    return valid && IsStrictlySorted(role->grants);
  });
}

std::string EncodeGroup(const GroupRecord& group) {
  std::string body;
  PutBytes(&body, group.name);
  PutTexts(&body, group.privileges);
  return Versioned(body);
}

Result<GroupRecord> DecodeGroup(std::string_view value) {
  return DecodeRecord<GroupRecord>(value, "privilege group", [](Decoder* in, GroupRecord* group) {
    group->name = in->String();
    group->privileges = GetTexts(in);
    return IsStrictlySorted(group->privileges);
  });
}

std::string EncodeApiKey(const ApiKeyRecord& key) {
  std::string body;
  PutBytes(&body, key.id);
  PutBytes(&body, key.name);
  PutBytes(&body, key.user);
  PutBytes(&body, key.digest);
  PutFixed<int64_t>(&body, key.created_ms);
  PutFixed<int64_t>(&body, key.expires_ms);
  return Versioned(body);
}

Result<ApiKeyRecord> DecodeApiKey(std::string_view value) {
  return DecodeRecord<ApiKeyRecord>(value, "API key", [](Decoder* in, ApiKeyRecord* key) {
    key->id = in->String();
    key->name = in->String();
    key->user = in->String();
    key->digest = in->String();
    key->created_ms = in->Fixed<int64_t>();
    key->expires_ms = in->Fixed<int64_t>();
    return true;
  });
}

}  // namespace redkite::access
