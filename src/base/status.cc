#include "base/status.h"

namespace redkite {

namespace {

struct CodeRow {
  Code code;
  std::string_view text;
};
constexpr CodeRow kCodeTexts[] = {
    {Code::kServiceNotReady, "service not ready"},
    {Code::kServiceUnavailable, "service unavailable"},
    {Code::kMemoryLimitExceeded, "memory limit exceeded"},
    {Code::kTooManyRequests, "too many concurrent requests, queue is full"},
    {Code::kInternal, "service internal error"},
    {Code::kDiskLimitExceeded, "disk limit exceeded"},
    {Code::kRateLimit, "rate limit exceeded"},
    {Code::kQuotaExceeded, "quota exceeded"},
    {Code::kUnimplemented, "service unimplemented"},
    {Code::kCollectionNotFound, "collection not found"},
    {Code::kCollectionNotLoaded, "collection not loaded"},
    {Code::kCollectionNumLimitExceeded, "exceeded the limit number of collections"},
    {Code::kCollectionLoaded, "collection already loaded"},
    {Code::kCollectionIllegalSchema, "illegal collection schema"},
    {Code::kVectorClusteringKeyNotAllowed, "vector clustering key not allowed"},
    {Code::kCollectionSchemaMismatch, "collection schema mismatch"},
    {Code::kPartitionNotFound, "partition not found"},
    {Code::kPartitionNotLoaded, "partition not loaded"},
    {Code::kGeneralCapacityExceeded, "general capacity exceeded"},
    {Code::kResourceGroupNotFound, "resource group not found"},
    {Code::kResourceGroupAlreadyExist, "resource group already exist, but create with different config"},
    {Code::kResourceGroupReachLimit, "resource group num reach limit"},
    {Code::kResourceGroupIllegalConfig, "resource group illegal config"},
    {Code::kNodeNotEnough, "resource group node not enough"},
    {Code::kReplicaNotFound, "replica not found"},
    {Code::kSegmentNotFound, "segment not found"},
    {Code::kIndexNotFound, "index not found"},
    {Code::kIndexNotSupported, "index type not supported"},
    {Code::kDatabaseNotFound, "database not found"},
    {Code::kDatabaseNumLimitExceeded, "exceeded the limit number of database"},
    {Code::kDatabaseInvalidName, "invalid database name"},
    {Code::kNodeNotFound, "node not found"},
    {Code::kKeyNotFound, "key not found"},
    {Code::kIoFailed, "IO failed"},
    {Code::kUnexpectedEof, "unexpected EOF"},
    {Code::kDataIntegrity, "data integrity"},
    {Code::kParameterInvalid, "invalid parameter"},
    {Code::kParameterMissing, "missing parameter"},
    {Code::kParameterTooLarge, "parameter too large"},
    {Code::kMetricNotFound, "metric not found"},
    {Code::kNotAuthenticated, "not authenticated"},
    {Code::kNotPermitted, "privilege not permitted"},
    {Code::kPrivilegeGroupInvalidName, "invalid privilege group name"},
    {Code::kAliasNotFound, "alias not found"},
    {Code::kAliasCollectionNameConflict, "alias and collection name conflict"},
    {Code::kAliasAlreadyExist, "alias already exist"},
    {Code::kFieldNotFound, "field not found"},
    {Code::kFieldInvalidName, "field name invalid"},
    {Code::kRestNotAuthenticated, "user hasn't authenticated"},
    {Code::kRestBadFormat, "can only accept json format request"},
    {Code::kRestMissingParameter, "missing required parameters"},
    {Code::kRestBadRows, "fail to deal the insert data"},
    {Code::kRestBadKey, "please check the primary key and its' type can only in [int, string]"},
    {Code::kRestRateLimit, "request is rejected by limiter"},
    {Code::kSegcore, "segcore error"},
    {Code::kQueryPlan, "query plan failed"},
    {Code::kOperationNotSupported, "unsupported operation"},
    {Code::kUnexpected, "unexpected error"},
};

}  // namespace

std::string_view CodeText(Code code) {
  for (const CodeRow& row : kCodeTexts) {
    if (row.code == code) return row.text;
  }
  return {};
}

bool IsUserCode(Code code) {
  switch (code) {
    case Code::kCollectionNotFound:
    case Code::kCollectionNotLoaded:
    case Code::kCollectionNumLimitExceeded:
    case Code::kCollectionLoaded:
    case Code::kCollectionIllegalSchema:
    case Code::kVectorClusteringKeyNotAllowed:
    case Code::kCollectionSchemaMismatch:
    case Code::kPartitionNotFound:
    case Code::kPartitionNotLoaded:
    case Code::kResourceGroupNotFound:
    case Code::kResourceGroupAlreadyExist:
    case Code::kResourceGroupReachLimit:
    case Code::kResourceGroupIllegalConfig:
    case Code::kIndexNotFound:
    case Code::kIndexNotSupported:
    case Code::kDatabaseNotFound:
    case Code::kDatabaseNumLimitExceeded:
    case Code::kDatabaseInvalidName:
    case Code::kParameterInvalid:
    case Code::kParameterMissing:
    case Code::kParameterTooLarge:
    case Code::kMetricNotFound:
    case Code::kNotAuthenticated:
    case Code::kNotPermitted:
    case Code::kAliasNotFound:
    case Code::kAliasCollectionNameConflict:
    case Code::kAliasAlreadyExist:
    case Code::kFieldNotFound:
    case Code::kFieldInvalidName:
    case Code::kPrivilegeGroupInvalidName:
    case Code::kRestNotAuthenticated:
    case Code::kRestBadFormat:
    case Code::kRestMissingParameter:
    case Code::kRestBadRows:
    case Code::kRestBadKey:
    case Code::kQueryPlan:
      return true;
    default:
      return false;
  }
}

bool IsRetriableCode(Code code) {
  switch (code) {
    case Code::kServiceNotReady:
    case Code::kServiceUnavailable:
    case Code::kTooManyRequests:
    case Code::kRateLimit:
    case Code::kRestRateLimit:
    case Code::kUnexpectedEof:
      return true;
    default:
      return false;
  }
}

Status::Status(Code code, std::string message)
    : rep_(code == Code::kOk
               ? nullptr
               : std::make_shared<const Rep>(Rep{code, IsUserCode(code) ? Blame::kUser : Blame::kSystem,
                                                 IsRetriableCode(code), std::move(message)})) {}

Status Status::Invalid(std::string message) {
  return {Code::kParameterInvalid, std::move(message) + ": invalid parameter"};
}

Status Status::Missing(std::string message) {
  return {Code::kParameterMissing, std::move(message) + ": missing parameter"};
}

const std::string& Status::message() const {
  static const std::string empty;
  return rep_ ? rep_->message : empty;
}

Status Status::WithContext(std::string_view context) const {
  if (ok()) return *this;
  return {code(), std::string(context) + ": " + message()};
}

Status Status::WithCode(Code code) const { return ok() ? *this : Status(code, message()); }

std::string Status::ToString() const {
  return ok() ? "ok" : std::to_string(static_cast<int>(code())) + ": " + message();
}

}  // namespace redkite
