#include "access/access_snapshot.h"

#include <gtest/gtest.h>

#include "access/access_fixture.h"
#include "base/random.h"

namespace redkite::access {
namespace {

Grant On(ObjectType type, const char* object, const char* privilege, const char* database) {
  return {type, object, privilege, database, "root"};
}

// One user `u` with one role that has the grants.
AccessState StateWith(std::vector<Grant> grants) {
  std::sort(grants.begin(), grants.end(), [](const Grant& a, const Grant& b) { return a.key() < b.key(); });
  AccessState state;
  PutRecord(&state.users, "root", UserRecord{.name = "root"});
  PutRecord(&state.users, "u", UserRecord{.name = "u", .roles = {"r"}});
  PutRecord(&state.users, "v", UserRecord{.name = "v"});
  PutRecord(&state.roles, "r", RoleRecord{.name = "r", .grants = std::move(grants)});
  return state;
}

TEST(AccessSnapshot, RootMayAndStrangersMayNot) {
  const AccessSnapshot snapshot(StateWith({}), true);
  EXPECT_TRUE(snapshot.Allows("root", Privilege::kRestoreRBAC, "*", "*"));
  EXPECT_TRUE(snapshot.AllowsAnyOn("root", "shop", "words"));
  EXPECT_TRUE(snapshot.SeesDatabase("root", "shop"));
  for (const char* user : {"u", "v", "nobody", ""})
    EXPECT_FALSE(snapshot.Allows(user, Privilege::kSearch, "default", "words")) << user;
  EXPECT_FALSE(snapshot.Allows("nobody", Privilege::kDescribeCollection, "default", "words"));
  EXPECT_FALSE(snapshot.SeesDatabase("nobody", "default"));
}

TEST(AccessSnapshot, PublicMetadata) {
  const auto state = StateWith({On(ObjectType::kCollection, "words", "Search", "shop")});
  const AccessSnapshot on(state, true), off(state, false);
  EXPECT_TRUE(on.Allows("v", Privilege::kDescribeCollection, "default", "any"));
  EXPECT_TRUE(on.Allows("v", Privilege::kListAliases, "default", "*"));
  EXPECT_TRUE(on.Allows("v", Privilege::kIndexDetail, "default", "any"));
  EXPECT_FALSE(on.Allows("v", Privilege::kDescribeCollection, "shop", "words"));
  EXPECT_TRUE(on.Allows("u", Privilege::kDescribeCollection, "shop", "other")) << "sees the database";
  EXPECT_TRUE(on.SeesDatabase("v", "default"));
  EXPECT_FALSE(on.AllowsAnyOn("v", "default", "any"));
  EXPECT_FALSE(off.Allows("v", Privilege::kDescribeCollection, "default", "any"));
  EXPECT_FALSE(off.Allows("u", Privilege::kDescribeCollection, "shop", "words"));
  EXPECT_FALSE(off.SeesDatabase("v", "default"));
}

TEST(AccessSnapshot, ClusterLevelNeedsAGrantOnAllDatabases) {
  const AccessSnapshot group(StateWith({On(ObjectType::kGlobal, "*", "All", "default")}), false);
  EXPECT_TRUE(group.Allows("u", Privilege::kCreateCollection, "default", "*"));
  EXPECT_FALSE(group.Allows("u", Privilege::kCreateDatabase, "*", "*")) << "All of one database";
  EXPECT_FALSE(group.Allows("u", Privilege::kSearch, "default", "words")) << "All is of the type Global";
  const AccessSnapshot all(StateWith({On(ObjectType::kGlobal, "*", "All", "*")}), false);
  EXPECT_TRUE(all.Allows("u", Privilege::kCreateDatabase, "*", "*"));
  EXPECT_TRUE(all.Allows("u", Privilege::kCreateCollection, "shop", "*"));
  const AccessSnapshot named(StateWith({On(ObjectType::kGlobal, "*", "CreateDatabase", "default")}), false);
  EXPECT_TRUE(named.Allows("u", Privilege::kCreateDatabase, "*", "*"))
      << "as grants of the first version were";
  EXPECT_TRUE(named.Allows("u", Privilege::kCreateDatabase, "shop", "*"));
  EXPECT_FALSE(named.SeesDatabase("u", "default")) << "nothing of the database was granted";
}

TEST(AccessSnapshot, UsersAreObjects) {
  const AccessSnapshot snapshot(StateWith({On(ObjectType::kUser, "bob", "*", "default")}), false);
  EXPECT_TRUE(snapshot.Allows("u", Privilege::kUpdateUser, "default", "bob"));
  EXPECT_TRUE(snapshot.Allows("u", Privilege::kSelectUser, "shop", "bob"));
  EXPECT_FALSE(snapshot.Allows("u", Privilege::kUpdateUser, "default", "ann"));
  EXPECT_FALSE(snapshot.Allows("u", Privilege::kUpdateUser, "default", "*"));
}

TEST(AccessSnapshot, NamesThatLookLikeWordsOfTheRulesAreNames) {
  const AccessSnapshot snapshot(StateWith({On(ObjectType::kCollection, "words", "Search", "shop"),
                                           On(ObjectType::kCollection, "shop", "Query", "words")}),
                                false);
  EXPECT_TRUE(snapshot.Allows("u", Privilege::kSearch, "shop", "words"));
  EXPECT_FALSE(snapshot.Allows("u", Privilege::kSearch, "words", "shop"));
  EXPECT_TRUE(snapshot.Allows("u", Privilege::kQuery, "words", "shop"));
  EXPECT_FALSE(snapshot.Allows("u", Privilege::kSearch, "shop", "*"));
  EXPECT_FALSE(snapshot.Allows("u", Privilege::kSearch, "*", "words"));
  EXPECT_FALSE(snapshot.Allows("u", Privilege::kSearch, "unknown", "unknown"));
}

// ---- the compiled snapshot against grants taken one by one

struct Naive {
  const AccessState& state;
  bool public_metadata;

  bool Everything(const std::string& user) const {
    const UserRecord* record = FindRecord(state.users, user);
    return record != nullptr && (user == "root" || Holds(*record, "admin"));
  }
  static bool Holds(const UserRecord& user, const std::string& role) {
    return role == "public" || std::count(user.roles.begin(), user.roles.end(), role) > 0;
  }
  bool Names(const Grant& grant, Privilege p) const {
    const std::string name(PrivilegeName(p));
    const std::string& of = grant.privilege;
    if (of == "*" || of == "All") return TypeOf(p) == grant.object_type;
    const auto is = [&](const std::string& member) {
      return member == name ||
             (member == "Load" && (name == "GetLoadState" || name == "GetLoadingProgress")) ||
             (member == "Flush" && name == "GetFlushState");
    };
    if (is(of)) return true;
    for (const BuiltinGroup& group : BuiltinGroups()) {
      if (group.name == of && group.privileges.Has(p)) return true;
    }
    const auto custom = state.groups.find(of);
    return custom != state.groups.end() &&
           std::any_of(custom->second->privileges.begin(), custom->second->privileges.end(), is);
  }
  bool Gives(const Grant& grant, Privilege p, const std::string& database, const std::string& object) const {
    if (!Names(grant, p) || (grant.object_name != "*" && grant.object_name != object)) return false;
    if (LevelOf(p) != PrivilegeLevel::kCluster) return grant.database == "*" || grant.database == database;
    return grant.database == "*" || grant.object_type == ObjectType::kUser ||
           FindPrivilege(grant.privilege).has_value();
  }
  template <class F>
  bool AnyGrant(const std::string& user, F wanted) const {
    const UserRecord* record = FindRecord(state.users, user);
    if (record == nullptr) return false;
    for (const auto& [name, role] : state.roles) {
      if (!Holds(*record, name)) continue;
      for (const Grant& grant : role->grants) {
        if (wanted(grant)) return true;
      }
    }
    return false;
  }
  bool Reaches(const std::string& user, const std::string& database) const {
    return AnyGrant(user, [&](const Grant& grant) {
      if (grant.database != "*" && grant.database != database) return false;
      for (size_t i = 0; i < kPrivilegeCount; ++i) {
        const auto p = static_cast<Privilege>(i);
        if (LevelOf(p) != PrivilegeLevel::kCluster && Names(grant, p)) return true;
      }
      return false;
    });
  }
  bool Allows(const std::string& user, Privilege p, const std::string& database,
              const std::string& object) const {
    if (!state.users.contains(user)) return false;
    if (Everything(user)) return true;
    if (AnyGrant(user, [&](const Grant& grant) { return Gives(grant, p, database, object); })) return true;
    const std::string name(PrivilegeName(p));
    return public_metadata && (database == "default" || Reaches(user, database)) &&
           (name == "DescribeCollection" || name == "ListAliases" || name == "IndexDetail");
  }
  bool AllowsAnyOn(const std::string& user, const std::string& database,
                   const std::string& collection) const {
    return Everything(user) || AnyGrant(user, [&](const Grant& grant) {
             for (size_t i = 0; i < kPrivilegeCount; ++i) {
               const auto p = static_cast<Privilege>(i);
               if (TypeOf(p) == ObjectType::kCollection && Gives(grant, p, database, collection)) return true;
             }
             return false;
           });
  }
  bool SeesDatabase(const std::string& user, const std::string& database) const {
    if (!state.users.contains(user)) return false;
    return Everything(user) || (public_metadata && database == "default") || Reaches(user, database);
  }
};

class RandomModel {
 public:
  explicit RandomModel(uint64_t seed) : random_(seed) {}
  AccessState Make() {
    AccessState state;
    PutRecord(&state.users, "root", UserRecord{.name = "root"});
    for (const char* name : {"g1", "g2"}) {
      if (random_.Below(2) == 0) continue;
      GroupRecord group{name, {}};
      for (uint64_t n = random_.Below(3); n > 0; --n)
        group.privileges.emplace_back(PrivilegeName(AnyPrivilege()));
      PutRecord(&state.groups, name, std::move(group));
    }
    for (const char* name : {"public", "r1", "r2", "r3"}) {
      if (random_.Below(4) == 0) continue;
      RoleRecord role{.name = name};
      for (uint64_t n = random_.Below(4); n > 0; --n) AddGrant(&role, AnyGrant(), 100);
      PutRecord(&state.roles, name, std::move(role));
    }
    for (const char* name : {"a", "b", "c"}) {
      UserRecord user{.name = name};
      for (const char* role : {"admin", "r1", "r2", "r3"}) {
        if (random_.Below(role[0] == 'a' ? 12 : 3) == 0) user.roles.emplace_back(role);
      }
      PutRecord(&state.users, name, std::move(user));
    }
    return state;
  }
  Privilege AnyPrivilege() { return static_cast<Privilege>(random_.Below(kPrivilegeCount)); }
  std::string AnyDatabase() { return OneOf({"*", "default", "d1", "d2"}); }
  std::string AnyObject() { return OneOf({"*", "c1", "c2", "d1", "a"}); }
  std::string AnyUser() { return OneOf({"a", "b", "c", "a", "b", "c", "root", "nobody"}); }
  bool Flip() { return random_.Below(2) == 0; }

 private:
  std::string OneOf(std::initializer_list<const char*> texts) {
    return texts.begin()[random_.Below(texts.size())];
  }
  Grant AnyGrant() {
    Grant grant{static_cast<ObjectType>(random_.Below(3)), AnyObject(), "", AnyDatabase(), "root"};
    switch (random_.Below(5)) {
      case 0:
        grant.privilege = "*";
        break;
      case 1:
        grant.privilege = OneOf({"g1", "g2", "gone"});
        break;
      case 2:
        grant.privilege = std::string(BuiltinGroups()[random_.Below(9)].name);
        break;
      default:
        grant.privilege = std::string(PrivilegeName(AnyPrivilege()));
        break;
    }
    return grant;
  }
  Random random_;
};

TEST(AccessSnapshot, AgreesWithGrantsTakenOneByOne) {
  size_t allowed = 0, denied = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomModel model(seed);
    const AccessState state = model.Make();
    const bool public_metadata = model.Flip();
    const AccessSnapshot snapshot(state, public_metadata);
    const Naive naive{state, public_metadata};
    for (int i = 0; i < 300; ++i) {
      const std::string user = model.AnyUser(), database = model.AnyDatabase(), object = model.AnyObject();
      const Privilege p = model.AnyPrivilege();
      const bool expected = naive.Allows(user, p, database, object);
      ASSERT_EQ(snapshot.Allows(user, p, database, object), expected)
          << user << " " << PrivilegeName(p) << " " << database << "." << object;
      if (user != "root") ++(expected ? allowed : denied);
      ASSERT_EQ(snapshot.AllowsAnyOn(user, database, object), naive.AllowsAnyOn(user, database, object))
          << user << " " << database << "." << object;
      ASSERT_EQ(snapshot.SeesDatabase(user, database), naive.SeesDatabase(user, database))
          << user << " " << database;
    }
  }
  EXPECT_GT(allowed, 5000u);
  EXPECT_GT(denied, 5000u);
}

}  // namespace
}  // namespace redkite::access
