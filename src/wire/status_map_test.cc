#include "wire/status_map.h"

#include <gtest/gtest.h>

#include "proto/common.pb.h"
#include "proto/milvus_collection.pb.h"
#include "proto/milvus_connection.pb.h"
#include "proto/milvus_rows.pb.h"

namespace redkite::wire {
namespace {

namespace pb = ::milvus::proto::milvus;
namespace pbc = ::milvus::proto::common;

pbc::Status Decoded(const std::string& bytes) {
  pbc::Status m;
  EXPECT_TRUE(m.ParseFromString(bytes));
  return m;
}

TEST(StatusMap, LegacyNumbersOfTheContract) {
  struct Row {
    int code;
    pbc::ErrorCode legacy;
  };
  constexpr Row kRows[] = {
      {0, pbc::Success},
      {1, pbc::NotReadyServe},
      {110, pbc::NotReadyServe},
      {100, pbc::CollectionNotExists},
      {1100, pbc::IllegalArgument},
      {1101, pbc::IllegalArgument},
      {1102, pbc::IllegalArgument},
      {904, pbc::NodeIDNotMatch},
      {200, pbc::MetaFailed},
      {400, pbc::MetaFailed},
      {501, pbc::MetaFailed},
      {401, pbc::NoReplicaAvailable},
      {503, pbc::NoReplicaAvailable},
      {506, pbc::NoReplicaAvailable},
      {905, pbc::NoReplicaAvailable},
      {3, pbc::InsufficientMemoryToLoad},
      {7, pbc::DiskQuotaExhausted},
      {11, pbc::TimeTickLongDelay},
      {505, pbc::TimeTickLongDelay},
      {8, pbc::RateLimit},
      {9, pbc::ForceDeny},
      {700, pbc::IndexNotExist},
      {600, pbc::SegmentNotFound},
      {109, pbc::SchemaMismatch},
      {101, pbc::UnexpectedError},
      {800, pbc::UnexpectedError},
      {2000, pbc::UnexpectedError},
      {65535, pbc::UnexpectedError},
      {-7, pbc::UnexpectedError},
  };
  for (const Row& row : kRows)
    EXPECT_EQ(LegacyErrorCode(static_cast<Code>(row.code)), row.legacy) << row.code;
}

TEST(StatusMap, SuccessIsAnEmptyStatus) {
  EXPECT_EQ(EncodeStatus(Status::Ok()), "");
  EXPECT_EQ(EncodeReplyStatus(Method::kCreateCollection, Status::Ok()), "");
  EXPECT_EQ(EncodeReplyStatus(Method::kSearch, Status::Ok()), std::string("\x0a\x00", 2));
}

TEST(StatusMap, UserErrorSaysSoAndIsNotRetriable) {
  const pbc::Status m = Decoded(EncodeStatus(Status::Invalid("bad limit")));
  EXPECT_EQ(m.code(), 1100);
  EXPECT_EQ(m.error_code(), pbc::IllegalArgument);
  EXPECT_EQ(m.reason(), "bad limit: invalid parameter");
  EXPECT_EQ(m.detail(), m.reason());
  EXPECT_FALSE(m.retriable());
  ASSERT_EQ(m.extra_info().size(), 1U);
  EXPECT_EQ(m.extra_info().at("is_input_error"), "true");
}

TEST(StatusMap, SystemErrorKeepsItsRetryFlag) {
  const pbc::Status m = Decoded(EncodeStatus({Code::kServiceNotReady, "starting"}));
  EXPECT_TRUE(m.retriable());
  EXPECT_TRUE(m.extra_info().empty());
  EXPECT_EQ(m.error_code(), pbc::NotReadyServe);
  EXPECT_FALSE(Decoded(EncodeStatus(Status::Io("disk"))).retriable());
}

TEST(StatusMap, StatusStandsInTheFieldOfTheReply) {
  const Status missing(Code::kDatabaseNotFound, "database not found[database=x]");
  pb::ComponentStates states;
  ASSERT_TRUE(states.ParseFromString(EncodeReplyStatus(Method::kGetComponentStates, missing)));
  EXPECT_EQ(states.status().code(), 800);
  pb::AlterCollectionSchemaResponse alter;
  ASSERT_TRUE(alter.ParseFromString(EncodeReplyStatus(Method::kAlterCollectionSchema, missing)));
  EXPECT_EQ(alter.alter_status().code(), 800);
  EXPECT_EQ(Decoded(EncodeReplyStatus(Method::kDropDatabase, missing)).code(), 800);
  EXPECT_EQ(EncodeReplyStatus(Method::kHealthCheck, missing), "");
}

TEST(StatusMap, AFailedDeleteTellsItsReasonWhereTheAsynchronousClientLooks) {
  const Status missing(Code::kCollectionNotFound, "collection not found[collection=c]");
  pb::MutationResult m;
  ASSERT_TRUE(m.ParseFromString(EncodeReplyStatus(Method::kDelete, missing)));
  EXPECT_EQ(m.status().extra_info().at("report_value"), m.status().reason());
  EXPECT_EQ(m.status().extra_info().at("is_input_error"), "true");
  ASSERT_TRUE(m.ParseFromString(EncodeReplyStatus(Method::kDelete, {Code::kServiceNotReady, "starting"})));
  EXPECT_EQ(m.status().extra_info().at("report_value"), m.status().reason());
  ASSERT_TRUE(m.ParseFromString(EncodeReplyStatus(Method::kInsert, missing)));
  EXPECT_EQ(m.status().extra_info().count("report_value"), 0U);
}

TEST(StatusMap, DescribeOfAnAbsentCollectionHasItsOwnForm) {
  const Status missing(Code::kCollectionNotFound, "collection not found[database=default][collection=c]");
  pb::DescribeCollectionResponse m;
  ASSERT_TRUE(m.ParseFromString(EncodeReplyStatus(Method::kDescribeCollection, missing)));
  EXPECT_EQ(m.status().code(), 100);
  EXPECT_EQ(m.status().error_code(), pbc::UnexpectedError);
  EXPECT_EQ(m.status().reason(), "can't find collection[database=default][collection=c]");
  EXPECT_EQ(m.status().extra_info().at("is_input_error"), "true");
  EXPECT_EQ(Decoded(EncodeReplyStatus(Method::kDropCollection, missing)).error_code(),
            pbc::CollectionNotExists);
}

TEST(StatusMap, CallsAboutUsersHaveTheirOwnFailures) {
  struct Row {
    Method method;
    pbc::ErrorCode legacy;
  };
  constexpr Row kRows[] = {
      {Method::kCreateCredential, pbc::CreateCredentialFailure},
      {Method::kUpdateCredential, pbc::UpdateCredentialFailure},
      {Method::kDeleteCredential, pbc::DeleteCredentialFailure},
      {Method::kListCredUsers, pbc::ListCredUsersFailure},
      {Method::kCreateRole, pbc::CreateRoleFailure},
      {Method::kDropRole, pbc::DropRoleFailure},
      {Method::kOperateUserRole, pbc::OperateUserRoleFailure},
      {Method::kSelectRole, pbc::SelectRoleFailure},
      {Method::kSelectUser, pbc::SelectUserFailure},
      {Method::kOperatePrivilege, pbc::OperatePrivilegeFailure},
      {Method::kOperatePrivilegeV2, pbc::OperatePrivilegeFailure},
      {Method::kSelectGrant, pbc::SelectGrantFailure},
      {Method::kCreatePrivilegeGroup, pbc::CreatePrivilegeGroupFailure},
      {Method::kDropPrivilegeGroup, pbc::DropPrivilegeGroupFailure},
      {Method::kListPrivilegeGroups, pbc::ListPrivilegeGroupsFailure},
      {Method::kOperatePrivilegeGroup, pbc::OperatePrivilegeGroupFailure},
      {Method::kAlterRole, pbc::IllegalArgument},
  };
  for (const Row& row : kRows) {
    std::string bytes = EncodeReplyStatus(row.method, Status::Invalid("x"));
    if (InfoOf(row.method).status_field != kIsStatus) bytes = bytes.substr(2);  // tag and length of field 1
    const pbc::Status status = Decoded(bytes);
    EXPECT_EQ(status.error_code(), row.legacy);
    EXPECT_EQ(status.code(), 1100);
  }
  EXPECT_EQ(EncodeReplyStatus(Method::kCreateRole, Status::Ok()), "");
}

TEST(StatusMap, LongReasonsAreCutBetweenCharacters) {
  std::string reason(8191, 'x');
  reason += "\u00fc and more";  // two bytes, of which one would fit
  const std::string bytes = EncodeStatus(Status(Code::kParameterInvalid, reason));
  EXPECT_LT(bytes.size(), 2 * 8192 + 100u);
  EXPECT_NE(bytes.find(std::string(8191, 'x')), std::string::npos);
  EXPECT_EQ(bytes.find("\u00fc"), std::string::npos);
  EXPECT_EQ(bytes.find('\xc3'), std::string::npos);
}

}  // namespace
}  // namespace redkite::wire
