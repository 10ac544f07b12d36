#include <gtest/gtest.h>

#include "access/access_control.h"
#include "access/access_fixture.h"

namespace redkite::access {
namespace {

bool Says(const Status& status, std::string_view part) {
  return status.code() == Code::kParameterInvalid && status.message().find(part) != std::string::npos;
}

class AccessGrantsTest : public testing::Test {
 protected:
  AccessGrantsTest() {
    kit_.MakeUser("ann");
    kit_.MakeRole("r");
    kit_.GiveRole("ann", "r");
  }
  Status First(const char* type, const char* object, const char* privilege, const char* database = "",
               PrivilegeChange change = PrivilegeChange::kGrant) {
    return kit_->OperatePrivilege({{"r", type, object, privilege, database, ""}, change}, "root");
  }
  std::vector<GrantEntity> Grants(const char* database = "*") {
    return kit_->SelectGrant({"r", std::nullopt, "", database}).value();
  }
  bool Allows(Privilege privilege, std::string_view database, std::string_view object) {
    return kit_.Allows("ann", privilege, database, object);
  }
  AccessKit kit_;
};

TEST_F(AccessGrantsTest, FirstVersionGrantsAndRevokes) {
  ASSERT_TRUE(First("Collection", "words", "PrivilegeSearch").ok());
  EXPECT_TRUE(Allows(Privilege::kSearch, "default", "words"));
  EXPECT_FALSE(Allows(Privilege::kSearch, "default", "other"));
  EXPECT_FALSE(Allows(Privilege::kSearch, "shop", "words"));
  EXPECT_EQ(Grants(), (std::vector<GrantEntity>{{"r", "Collection", "words", "Search", "default", "root"}}));
  ASSERT_TRUE(First("Collection", "words", "Search", "default", PrivilegeChange::kRevoke).ok());
  EXPECT_FALSE(Allows(Privilege::kSearch, "default", "words"));
  EXPECT_TRUE(First("Collection", "words", "Search", "", PrivilegeChange::kRevoke).ok()) << "once more";
  EXPECT_TRUE(Grants().empty());
}

TEST_F(AccessGrantsTest, FirstVersionKnowsTypes) {
  EXPECT_TRUE(Says(First("Table", "words", "Search"), "the object entity in the request is nil or invalid"));
  EXPECT_TRUE(Says(First("Global", "*", "Search"), "not found the privilege name[Search] in object[Global]"));
  EXPECT_TRUE(
      Says(First("Collection", "*", "None"), "not found the privilege name[None] in object[Collection]"));
  EXPECT_TRUE(Says(First("Collection", "*", "All"), "not found the privilege name[All]"));
  EXPECT_TRUE(Says(First("Collection", "*", ""), "privilege name in the grant entity is empty"));
  EXPECT_TRUE(Says(First("Collection", "", "Search"), "the object name in the grant entity is empty"));
  EXPECT_TRUE(Says(First("Collection", "a b", "Search"), "Invalid object name"));
  EXPECT_TRUE(Says(First("Collection", "*", "Search", "a b"), "Invalid database name"));
  EXPECT_TRUE(Says(First("Global", "*", "ClusterAdmin"), "can not operate the built-in privilege group"));
  ASSERT_TRUE(kit_->CreatePrivilegeGroup("mine").ok());
  EXPECT_TRUE(Says(First("Global", "*", "mine"), "can not operate the custom privilege group [mine]"));
  EXPECT_TRUE(First("User", "bob", "SelectUser").ok());
  EXPECT_TRUE(First("Global", "words", "All").ok()) << "the object of a Global one is every one";
  EXPECT_TRUE(First("Collection", "words", "GroupReadOnly").ok());
  EXPECT_EQ(Grants()[1].object_name, "*");
  EXPECT_TRUE(Allows(Privilege::kQuery, "default", "words"));
}

TEST_F(AccessGrantsTest, UnknownRolesAndAdminAreRefused) {
  const auto grant = [&](const char* role) { return kit_.Grant(role, "Search", "shop", "words"); };
  EXPECT_TRUE(Says(grant("none"), "not found the role"));
  EXPECT_TRUE(Says(grant(""), "the name in the role entity is empty"));
  EXPECT_EQ(grant("admin").code(), Code::kNotPermitted);
  EXPECT_TRUE(grant("public").ok());
  EXPECT_TRUE(kit_.Allows("root", Privilege::kSearch, "shop", "words"));
  EXPECT_TRUE(Allows(Privilege::kSearch, "shop", "words")) << "everybody holds public";
}

TEST_F(AccessGrantsTest, SecondVersionKnowsLevels) {
  EXPECT_TRUE(Says(kit_.Grant("r", "none", "*", "*"), "not found the privilege name[none]"));
  for (const char* privilege : {"ClusterReadOnly", "CreateDatabase"}) {
    const std::string text = std::string("should be * for the cluster level privilege: ") + privilege;
    EXPECT_TRUE(Says(kit_.Grant("r", privilege, "default", "*"), text));
    EXPECT_TRUE(Says(kit_.Grant("r", privilege, "*", "words"), text));
    EXPECT_TRUE(kit_.Grant("r", privilege, "*", "*").ok());
  }
  EXPECT_TRUE(Says(kit_.Grant("r", "DatabaseAdmin", "shop", "words"),
                   "collectionName should be * for the database level privilege: DatabaseAdmin"));
  EXPECT_TRUE(kit_.Grant("r", "DatabaseAdmin", "shop", "*").ok());
  EXPECT_TRUE(kit_.Grant("r", "DatabaseReadOnly", "*", "").ok());
  EXPECT_TRUE(Says(kit_.Grant("r", "CollectionAdmin", "*", "words"),
                   "please specify database name for the collection level privilege: CollectionAdmin"));
  EXPECT_TRUE(kit_.Grant("r", "CollectionAdmin", "shop", "words").ok());
  EXPECT_TRUE(kit_.Grant("r", "Search", "*", "*").ok());
}

TEST_F(AccessGrantsTest, SecondVersionGrantsGlobalPrivilegesOfOneCollection) {
  ASSERT_TRUE(kit_.Grant("r", "DescribeCollection", "db1", "c1").ok());
  EXPECT_TRUE(Allows(Privilege::kDescribeCollection, "db1", "c1"));
  EXPECT_TRUE(kit_->snapshot()->SeesDatabase("ann", "db1"));
  EXPECT_FALSE(kit_->snapshot()->SeesDatabase("ann", "db2"));
  EXPECT_EQ(Grants()[0].object_type, "Global");
}

TEST_F(AccessGrantsTest, CustomGroupsAreGrantedByName) {
  ASSERT_TRUE(kit_->CreatePrivilegeGroup("mine").ok());
  ASSERT_TRUE(kit_.Grant("r", "mine", "shop", "words").ok());
  EXPECT_FALSE(Allows(Privilege::kLoad, "shop", "words"));
  ASSERT_TRUE(kit_->OperatePrivilegeGroup({"mine", {"Load"}, PrivilegeGroupChange::kAdd}).ok());
  EXPECT_TRUE(Allows(Privilege::kLoad, "shop", "words")) << "what a group gets, its holders get";
  EXPECT_TRUE(Allows(Privilege::kGetLoadState, "shop", "words"));
  EXPECT_TRUE(Says(kit_.Grant("r", "mine", "*", "words"), "please specify database name"));
  EXPECT_EQ(Grants()[0].privilege, "mine");
  EXPECT_EQ(Grants()[0].object_type, "Global");
}

TEST_F(AccessGrantsTest, SelectionsNarrow) {
  ASSERT_TRUE(First("Collection", "words", "Search").ok());
  ASSERT_TRUE(First("Collection", "other", "Search").ok());
  ASSERT_TRUE(First("Global", "*", "CreateCollection").ok());
  ASSERT_TRUE(kit_.Grant("r", "Query", "shop", "words").ok());
  ASSERT_TRUE(kit_.Grant("r", "Query", "*", "*").ok());
  EXPECT_EQ(Grants().size(), 5u);
  EXPECT_EQ(Grants("").size(), 4u) << "no database is the default one";
  EXPECT_EQ(Grants("shop").size(), 2u);
  const auto select = [&](const char* type, const char* object) {
    return kit_->SelectGrant({"r", type, object, "*"}).value().size();
  };
  EXPECT_EQ(select("Collection", ""), 4u);
  EXPECT_EQ(select("Collection", "words"), 2u);
  EXPECT_EQ(select("Global", "*"), 1u);
  EXPECT_EQ(select("User", ""), 0u);
  EXPECT_FALSE(kit_->SelectGrant({"r", "Table", "", "*"}).ok());
  EXPECT_FALSE(kit_->SelectGrant({"none", std::nullopt, "", "*"}).ok());
  EXPECT_FALSE(kit_->SelectGrant({"", std::nullopt, "", "*"}).ok());
  EXPECT_EQ(kit_->SelectGrant({"public", std::nullopt, "", ""}).value().size(), 3u);
  EXPECT_TRUE(kit_->SelectGrant({"admin", std::nullopt, "", ""}).value().empty());
}

TEST(AccessGrants, ARoleHasAMost) {
  AccessKit kit({.grants_per_role_max = 2});
  kit.MakeRole("r");
  EXPECT_TRUE(kit.Grant("r", "Search", "a", "*").ok());
  EXPECT_TRUE(kit.Grant("r", "Search", "b", "*").ok());
  EXPECT_EQ(kit.Grant("r", "Search", "c", "*").code(), Code::kQuotaExceeded);
  EXPECT_TRUE(kit.Grant("r", "Search", "b", "*").ok()) << "is there already";
}

}  // namespace
}  // namespace redkite::access
