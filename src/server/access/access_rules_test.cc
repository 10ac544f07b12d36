#include "server/access/access_rules.h"

#include <gtest/gtest.h>

namespace redkite::server {
namespace {

using wire::Method;

TEST(AccessRules, OnlyHealthIsOpen) {
  for (size_t i = 0; i < wire::kMethodCount; ++i) {
    const auto method = static_cast<Method>(i);
    const bool health = method == Method::kHealthCheck || method == Method::kHealthWatch;
    EXPECT_EQ(RuleOf(method).need == AccessNeed::kNothing, health) << wire::InfoOf(method).name;
    EXPECT_EQ(RuleOf(method).method, method);
  }
}

TEST(AccessRules, WritesNeedTheirOwnPrivilege) {
  EXPECT_EQ(RuleOf(Method::kInsert).privilege, access::Privilege::kInsert);
  EXPECT_EQ(RuleOf(Method::kUpsert).privilege, access::Privilege::kUpsert);
  EXPECT_EQ(RuleOf(Method::kDelete).privilege, access::Privilege::kDelete);
  EXPECT_EQ(RuleOf(Method::kTruncateCollection).privilege, access::Privilege::kDropCollection);
  EXPECT_EQ(RuleOf(Method::kDumpMessages).need, AccessNeed::kAdmin);
  EXPECT_EQ(RuleOf(Method::kCreateReplicateStream).need, AccessNeed::kAdmin);
}

TEST(AccessRules, DefinitionsAreNoReadsAndNoRows) {
  for (Method method :
       {Method::kCreateCollection, Method::kDropIndex, Method::kLoadCollection, Method::kCreateRole,
        Method::kOperatePrivilege, Method::kUpdateCredential, Method::kRestoreRBAC, Method::kImport,
        Method::kCreateDatabase, Method::kTruncateCollection, Method::kFlush}) {
    EXPECT_TRUE(IsDefinition(method)) << wire::InfoOf(method).name;
  }
  for (Method method : {Method::kSearch, Method::kInsert, Method::kDescribeCollection, Method::kListDatabases,
                        Method::kSelectRole, Method::kConnect, Method::kHealthCheck, Method::kGetMetrics}) {
    EXPECT_FALSE(IsDefinition(method)) << wire::InfoOf(method).name;
  }
}

}  // namespace
}  // namespace redkite::server
