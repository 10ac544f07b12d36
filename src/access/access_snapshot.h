// AccessSnapshot: one state of users and grants, compiled so that a check costs a few lookups and no
// allocation. Who may call what is decided here and nowhere else.
//
// The rules. Root and holders of `admin` may do everything. Everybody holds `public`. A grant reaches what
// its database and object equal, "*" equals all. Privileges of the level Cluster have no database: they count
// from a grant on database "*", from one that names the privilege itself, whatever its database (the grants
// of the first version were all made in "default"), and from one on a User. A privilege of the type Global
// and the level Collection counts on the collection that it was granted on. "*" means all privileges of the
// grant's type. What `public` has without a grant, and only while public_metadata is on: DescribeCollection,
// ListAliases and IndexDetail, in the database `default` and in those that the user sees anyhow.
//
// Thread safety: immutable. Ownership: its state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/access_model.h"
#include "access/privilege.h"

namespace redkite::access {

/// The privileges of a grant's name, before the rule about the level Cluster; none when nothing has that
/// name.
PrivilegeSet PrivilegesOfGrant(const Grant& grant, const Records<GroupRecord>& groups);
/// What `public` has without a grant.
const PrivilegeSet& PublicMetadataPrivileges();

class AccessSnapshot {
 public:
  AccessSnapshot(AccessState state, bool public_metadata);
  AccessSnapshot(const AccessSnapshot&) = delete;
  AccessSnapshot& operator=(const AccessSnapshot&) = delete;

  const AccessState& state() const { return state_; }
  bool public_metadata() const { return public_metadata_; }
  /// nullptr when there is none.
  const UserRecord* FindUser(std::string_view name) const;
  const ApiKeyRecord* FindApiKey(std::string_view id) const;

  /// `object` is a collection's name, a user's for privileges of the type User, and "*" where there is none.
  /// An unknown user may do nothing.
  bool Allows(std::string_view user, Privilege privilege, std::string_view database,
              std::string_view object) const;
  /// Some privilege of the type Collection was granted there. What `public` has without a grant does not
  /// count, so that lists can be narrowed to what a user has to do with.
  bool AllowsAnyOn(std::string_view user, std::string_view database, std::string_view collection) const;
  /// Something in the database was granted.
  bool SeesDatabase(std::string_view user, std::string_view database) const;
  bool HoldsRole(std::string_view user, std::string_view role) const;
  /// Root or a holder of `admin`.
  bool MayDoEverything(std::string_view user) const;

 private:
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <class T>
  using ByName = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;
  struct Holder {
    const UserRecord* record = nullptr;
    bool everything = false;
    std::vector<bool> roles;  // by number
  };
  /// What one role has on one object of one database.
  struct RolePrivileges {
    uint32_t role = 0;
    PrivilegeSet privileges;
  };
  using NameId = uint32_t;
  static constexpr NameId kAnyId = 0;      // "*"
  static constexpr NameId kClusterId = 1;  // in place of a database: what has none
  static constexpr NameId kUnknownId = 2;  // a name that no grant has
  static uint64_t Place(NameId database, NameId object) { return uint64_t{database} << 32 | object; }

  NameId Intern(std::string_view name);
  NameId IdOf(std::string_view name) const;
  void AddRole(uint32_t number, const RoleRecord& role);
  void AddPrivileges(uint64_t place, uint32_t role, const PrivilegeSet& privileges);
  const Holder* FindHolder(std::string_view user) const;
  bool Has(const Holder& holder, uint64_t place, const PrivilegeSet& wanted) const;
  bool Reaches(const Holder& holder, NameId database) const;

  const AccessState state_;
  const bool public_metadata_;
  ByName<NameId> ids_;
  ByName<Holder> holders_;
  std::unordered_map<uint64_t, std::vector<RolePrivileges>> places_;
  std::unordered_map<NameId, std::vector<uint32_t>> reached_by_;  // roles with a grant in the database
};

}  // namespace redkite::access
