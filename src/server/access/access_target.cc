#include "server/access/access_target.h"

#include "wire/pb_reader.h"

namespace redkite::server {
namespace {

using wire::PbLen;
using wire::PbReader;
using wire::PbVarint;

// Names of one request; a batch or a flush may give many, each of which costs a look-up.
constexpr size_t kNamesMax = 4096;

// The first field of a message, and of a message in it: UserEntity, RoleEntity, GrantEntity.
bool ReadInnerName(std::string_view bytes, std::string* name) {
  if (bytes.empty()) return true;
  PbReader r(bytes);
  while (r.Next()) {
    if (r.tag() == PbLen(1)) *name = std::string(r.bytes());
  }
  return r.ok();
}

bool TakeDatabase(std::string_view bytes, bool* given, std::string* database) {
  if (*given && *database != bytes)
    return false;  // a decoder takes one of them, and nobody should care which
  *given = true;
  *database = std::string(bytes);
  return true;
}

// CalcDistance: rows are named inside of VectorsArray.id_array.
bool ReadOperand(std::string_view operand, AccessTarget* target) {
  PbReader r(operand);
  while (r.Next()) {
    if (r.tag() != PbLen(1)) continue;
    std::string name;
    if (!ReadInnerName(r.bytes(), &name)) return false;
    target->names.push_back(std::move(name));
    if (target->names.size() > kNamesMax) return false;
  }
  return r.ok();
}

bool ReadName(const AccessRule& rule, std::string_view bytes, AccessTarget* target) {
  const bool in_message = rule.method == wire::Method::kSelectUser ||
                          rule.method == wire::Method::kSelectRole ||
                          rule.method == wire::Method::kSelectGrant;
  std::string name(bytes);
  if (in_message) {
    name.clear();
    if (!ReadInnerName(bytes, &name)) return false;
    // GrantEntity.role is a message itself.
    std::string inner;
    if (rule.method == wire::Method::kSelectGrant) {
      if (!ReadInnerName(name, &inner)) return false;
      name = std::move(inner);
    }
  }
  target->names.push_back(std::move(name));
  return target->names.size() <= kNamesMax;
}

// Ids are varints, alone or packed.
bool ReadIds(const PbReader& r, std::vector<int64_t>* ids) {
  if ((r.tag() & 7) == 0) {
    ids->push_back(r.int64());
  } else {
    const std::string_view packed = r.bytes();
    const char* p = packed.data();
    const char* end = p + packed.size();
    for (uint64_t value = 0; p != end && ids->size() <= kNamesMax;) {
      if (!wire::ReadPbVarint(&p, end, &value)) return false;
      ids->push_back(static_cast<int64_t>(value));
    }
  }
  return ids->size() <= kNamesMax;
}

// Where ids of collections stand, besides what the rule says.
uint32_t CollectionIdField(const AccessRule& rule) {
  if (rule.named != Named::kCompaction) return rule.id_field;
  return rule.method == wire::Method::kGetCompactionStateWithPlans ? 4 : 0;
}

bool IsNumber(uint32_t tag, uint32_t field) {
  return field != 0 && (tag == PbVarint(field) || tag == PbLen(field));
}

}  // namespace

bool ReadTarget(const AccessRule& rule, std::string_view request, AccessTarget* target) {
  bool has_database = false, has_second = false;
  const uint32_t collection_id_field = CollectionIdField(rule);
  PbReader r(request);
  while (r.Next()) {
    bool ok = true;
    if (rule.named == Named::kDistance) {
      if (r.tag() == PbLen(2) || r.tag() == PbLen(3)) ok = ReadOperand(r.bytes(), target);
    } else if (rule.database_field != 0 && r.tag() == PbLen(rule.database_field)) {
      ok = TakeDatabase(r.bytes(), &has_database, &target->database);
    } else if (rule.named == Named::kRename && r.tag() == PbLen(5)) {
      ok = TakeDatabase(r.bytes(), &has_second, &target->second_database);
    } else if (rule.method == wire::Method::kAlterAlias && r.tag() == PbLen(4)) {
      ok = ReadName(rule, r.bytes(), target);  // the alias: the collection that it leaves counts too
    } else if (rule.name_field != 0 && r.tag() == PbLen(rule.name_field)) {
      ok = ReadName(rule, r.bytes(), target);
    } else if (IsNumber(r.tag(), collection_id_field)) {
      ok = ReadIds(r, &target->ids);
    } else if (rule.named == Named::kCompaction && IsNumber(r.tag(), rule.id_field)) {
      ok = ReadIds(r, &target->compactions);
    }
    if (!ok) return false;
  }
  return r.ok();
}

}  // namespace redkite::server
