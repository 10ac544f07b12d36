#include "base/status.h"

namespace redkite {

std::string_view CodeText(Code code) {
  switch (code) {
    case Code::kServiceNotReady:
      return "service not ready";
    case Code::kServiceUnavailable:
      return "service unavailable";
    case Code::kMemoryLimitExceeded:
      return "memory limit exceeded";
    case Code::kTooManyRequests:
      return "too many concurrent requests, queue is full";
    case Code::kInternal:
      return "service internal error";
    case Code::kDiskLimitExceeded:
      return "disk limit exceeded";
    case Code::kRateLimit:
      return "rate limit exceeded";
    case Code::kQuotaExceeded:
      return "quota exceeded";
    case Code::kUnimplemented:
      return "service unimplemented";
    case Code::kCollectionNotFound:
      return "collection not found";
    case Code::kCollectionNotLoaded:
      return "collection not loaded";
    case Code::kCollectionNumLimitExceeded:
      return "exceeded the limit number of collections";
    case Code::kCollectionLoaded:
      return "collection already loaded";
    case Code::kCollectionIllegalSchema:
      return "illegal collection schema";
    case Code::kCollectionSchemaMismatch:
      return "collection schema mismatch";
    case Code::kPartitionNotFound:
      return "partition not found";
    case Code::kPartitionNotLoaded:
      return "partition not loaded";
    case Code::kGeneralCapacityExceeded:
      return "general capacity exceeded";
    case Code::kNodeNotEnough:
      return "resource group node not enough";
    case Code::kSegmentNotFound:
      return "segment not found";
    case Code::kIndexNotFound:
      return "index not found";
    case Code::kIndexNotSupported:
      return "index type not supported";
    case Code::kDatabaseNotFound:
      return "database not found";
    case Code::kDatabaseNumLimitExceeded:
      return "exceeded the limit number of database";
    case Code::kDatabaseInvalidName:
      return "invalid database name";
    case Code::kKeyNotFound:
      return "key not found";
    case Code::kIoFailed:
      return "IO failed";
    case Code::kUnexpectedEof:
      return "unexpected EOF";
    case Code::kDataIntegrity:
      return "data integrity";
    case Code::kParameterInvalid:
      return "invalid parameter";
    case Code::kParameterMissing:
      return "missing parameter";
    case Code::kParameterTooLarge:
      return "parameter too large";
    case Code::kNotAuthenticated:
      return "not authenticated";
    case Code::kNotPermitted:
      return "privilege not permitted";
    case Code::kAliasNotFound:
      return "alias not found";
    case Code::kAliasCollectionNameConflict:
      return "alias and collection name conflict";
    case Code::kAliasAlreadyExist:
      return "alias already exist";
    case Code::kFieldNotFound:
      return "field not found";
    case Code::kFieldInvalidName:
      return "field name invalid";
    case Code::kSegcore:
      return "segcore error";
    case Code::kQueryPlan:
      return "query plan failed";
    case Code::kOperationNotSupported:
      return "unsupported operation";
    case Code::kUnexpected:
      return "unexpected error";
    case Code::kOk:
    case Code::kCanceled:
    case Code::kTimeout:
      return "";
  }
  return "";
}

bool IsUserCode(Code code) {
  switch (code) {
    case Code::kCollectionNotFound:
    case Code::kCollectionNotLoaded:
    case Code::kCollectionNumLimitExceeded:
    case Code::kCollectionLoaded:
    case Code::kCollectionIllegalSchema:
    case Code::kCollectionSchemaMismatch:
    case Code::kPartitionNotFound:
    case Code::kPartitionNotLoaded:
    case Code::kIndexNotFound:
    case Code::kIndexNotSupported:
    case Code::kDatabaseNotFound:
    case Code::kDatabaseNumLimitExceeded:
    case Code::kDatabaseInvalidName:
    case Code::kParameterInvalid:
    case Code::kParameterMissing:
    case Code::kParameterTooLarge:
    case Code::kNotAuthenticated:
    case Code::kNotPermitted:
    case Code::kAliasNotFound:
    case Code::kAliasCollectionNameConflict:
    case Code::kAliasAlreadyExist:
    case Code::kFieldNotFound:
    case Code::kFieldInvalidName:
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
