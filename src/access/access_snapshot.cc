#include "access/access_snapshot.h"

#include <algorithm>

namespace redkite::access {

const PrivilegeSet& PublicMetadataPrivileges() {
  static const PrivilegeSet set = [] {
    PrivilegeSet made;
    made.Add(Privilege::kDescribeCollection);
    made.Add(Privilege::kListAliases);
    made.Add(Privilege::kIndexDetail);
    return made;
  }();
  return set;
}

PrivilegeSet PrivilegesOfGrant(const Grant& grant, const Records<GroupRecord>& groups) {
  if (grant.privilege == kAny ||
      (grant.privilege == kAllPrivileges && grant.object_type == ObjectType::kGlobal))
    return PrivilegesOf(grant.object_type);
  if (const auto privilege = FindPrivilege(grant.privilege)) {
    PrivilegeSet one;
    one.Add(*privilege);
    return WithImplied(one);
  }
  if (const BuiltinGroup* group = FindBuiltinGroup(grant.privilege)) return group->privileges;
  if (const LegacyGroup* group = FindLegacyGroup(grant.privilege)) return group->privileges;
  PrivilegeSet members;
  if (const GroupRecord* group = FindRecord(groups, grant.privilege)) {
    for (const std::string& name : group->privileges) {
      if (const auto privilege = FindPrivilege(name)) members.Add(*privilege);
    }
  }
  return WithImplied(members);
}

AccessSnapshot::AccessSnapshot(AccessState state, bool public_metadata)
    : state_(std::move(state)), public_metadata_(public_metadata) {
  ids_.emplace(kAny, kAnyId);
  ByName<uint32_t> numbers;
  for (const auto& [name, role] : state_.roles) {
    const auto number = static_cast<uint32_t>(numbers.size());
    numbers.emplace(name, number);
    AddRole(number, *role);
  }
  for (const auto& [name, user] : state_.users) {
    Holder holder;
    holder.record = user.get();
    holder.everything = name == kRootUser;
    holder.roles.resize(numbers.size());
    const auto hold = [&](std::string_view role) {
      const auto number = numbers.find(role);
      if (number != numbers.end()) holder.roles[number->second] = true;
    };
    hold(kPublicRole);
    for (const std::string& role : user->roles) {
      if (role == kAdminRole) holder.everything = true;
      hold(role);
    }
    holders_.emplace(name, std::move(holder));
  }
}

AccessSnapshot::NameId AccessSnapshot::Intern(std::string_view name) {
  const auto found = ids_.find(name);
  if (found != ids_.end()) return found->second;
  const auto id = static_cast<NameId>(ids_.size() + kUnknownId);
  ids_.emplace(name, id);
  return id;
}

AccessSnapshot::NameId AccessSnapshot::IdOf(std::string_view name) const {
  const auto found = ids_.find(name);
  return found == ids_.end() ? kUnknownId : found->second;
}

void AccessSnapshot::AddPrivileges(uint64_t place, uint32_t role, const PrivilegeSet& privileges) {
  if (privileges.none()) return;
  std::vector<RolePrivileges>& there = places_[place];
  // Roles are added one after another, so it can only be the last one.
  if (there.empty() || there.back().role != role) there.push_back({role, {}});
  there.back().privileges |= privileges;
}

void AccessSnapshot::AddRole(uint32_t number, const RoleRecord& role) {
  const PrivilegeSet& cluster_level = PrivilegesOf(PrivilegeLevel::kCluster);
  for (const Grant& grant : role.grants) {
    const PrivilegeSet privileges = PrivilegesOfGrant(grant, state_.groups);
    const NameId object = Intern(grant.object_name);
    const bool in_cluster = grant.database == kAny || grant.object_type == ObjectType::kUser ||
                            FindPrivilege(grant.privilege).has_value();
    if (in_cluster) AddPrivileges(Place(kClusterId, object), number, privileges & cluster_level);
    const PrivilegeSet in_database = privileges & ~cluster_level;
    if (in_database.none()) continue;
    const NameId database = Intern(grant.database);
    AddPrivileges(Place(database, object), number, in_database);
    std::vector<uint32_t>& reached = reached_by_[database];
    if (reached.empty() || reached.back() != number) reached.push_back(number);
  }
}

const AccessSnapshot::Holder* AccessSnapshot::FindHolder(std::string_view user) const {
  const auto found = holders_.find(user);
  return found == holders_.end() ? nullptr : &found->second;
}

const UserRecord* AccessSnapshot::FindUser(std::string_view name) const {
  const Holder* holder = FindHolder(name);
  return holder == nullptr ? nullptr : holder->record;
}

const ApiKeyRecord* AccessSnapshot::FindApiKey(std::string_view id) const {
  return FindRecord(state_.api_keys, id);
}

bool AccessSnapshot::Has(const Holder& holder, uint64_t place, const PrivilegeSet& wanted) const {
  const auto found = places_.find(place);
  if (found == places_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(), [&](const RolePrivileges& there) {
    return holder.roles[there.role] && (there.privileges & wanted).any();
  });
}

bool AccessSnapshot::Reaches(const Holder& holder, NameId database) const {
  const auto found = reached_by_.find(database);
  if (found == reached_by_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](uint32_t role) { return holder.roles[role]; });
}

bool AccessSnapshot::Allows(std::string_view user, Privilege privilege, std::string_view database,
                            std::string_view object) const {
  const Holder* holder = FindHolder(user);
  if (holder == nullptr) return false;
  if (holder->everything) return true;
  PrivilegeSet wanted;
  wanted.Add(privilege);
  const NameId object_id = IdOf(object);
  if (LevelOf(privilege) == PrivilegeLevel::kCluster) {
    return Has(*holder, Place(kClusterId, object_id), wanted) ||
           Has(*holder, Place(kClusterId, kAnyId), wanted);
  }
  const NameId database_id = IdOf(database);
  for (const NameId d : {database_id, kAnyId}) {
    if (Has(*holder, Place(d, object_id), wanted) || Has(*holder, Place(d, kAnyId), wanted)) return true;
  }
  return public_metadata_ && PublicMetadataPrivileges().Has(privilege) &&
         (database == kDefaultDatabase || Reaches(*holder, database_id) || Reaches(*holder, kAnyId));
}

bool AccessSnapshot::AllowsAnyOn(std::string_view user, std::string_view database,
                                 std::string_view collection) const {
  const Holder* holder = FindHolder(user);
  if (holder == nullptr) return false;
  if (holder->everything) return true;
  const PrivilegeSet& wanted = PrivilegesOf(ObjectType::kCollection);
  const NameId collection_id = IdOf(collection);
  for (const NameId d : {IdOf(database), kAnyId}) {
    if (Has(*holder, Place(d, collection_id), wanted) || Has(*holder, Place(d, kAnyId), wanted)) return true;
  }
  return false;
}

bool AccessSnapshot::SeesDatabase(std::string_view user, std::string_view database) const {
  const Holder* holder = FindHolder(user);
  if (holder == nullptr) return false;
  return holder->everything || (public_metadata_ && database == kDefaultDatabase) ||
         Reaches(*holder, IdOf(database)) || Reaches(*holder, kAnyId);
}

bool AccessSnapshot::HoldsRole(std::string_view user, std::string_view role) const {
  const UserRecord* record = FindUser(user);
  if (record == nullptr) return false;
  return role == kPublicRole || std::binary_search(record->roles.begin(), record->roles.end(), role);
}

bool AccessSnapshot::MayDoEverything(std::string_view user) const {
  const Holder* holder = FindHolder(user);
  return holder != nullptr && holder->everything;
}

}  // namespace redkite::access
