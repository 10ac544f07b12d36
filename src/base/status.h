// Status and Result<T>: how every room reports failure. No exception crosses a room.
//
// Code values are the numbers that Milvus clients see (contract/errors.md), so that one number means one
// thing from the index library to the wire; wire/status_map.cc adds what only the wire needs. Thread safety:
// immutable after construction, copies share one representation. Message form: "what failed: value", values
// last; brackets carry structured fields: "collection not found[collection=c]".
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace redkite {

enum class Code : int {
  kOk = 0,
  kServiceNotReady = 1,
  kServiceUnavailable = 2,
  kMemoryLimitExceeded = 3,
  kTooManyRequests = 4,
  kInternal = 5,
  kDiskLimitExceeded = 7,
  kRateLimit = 8,
  kQuotaExceeded = 9,
  kUnimplemented = 10,
  kCollectionNotFound = 100,
  kCollectionNotLoaded = 101,
  kCollectionNumLimitExceeded = 102,
  kCollectionLoaded = 104,
  kCollectionIllegalSchema = 105,
  kVectorClusteringKeyNotAllowed = 107,
  kCollectionSchemaMismatch = 109,
  kPartitionNotFound = 200,
  kPartitionNotLoaded = 201,
  kGeneralCapacityExceeded = 250,
  kResourceGroupNotFound = 300,
  kResourceGroupAlreadyExist = 301,
  kResourceGroupReachLimit = 302,
  kResourceGroupIllegalConfig = 303,
  kNodeNotEnough = 304,
  kReplicaNotFound = 400,
  kSegmentNotFound = 600,
  kIndexNotFound = 700,
  kIndexNotSupported = 701,
  kDatabaseNotFound = 800,
  kDatabaseNumLimitExceeded = 801,
  kDatabaseInvalidName = 802,
  kNodeNotFound = 901,
  kKeyNotFound = 1000,
  kIoFailed = 1001,
  kUnexpectedEof = 1002,
  kDataIntegrity = 1009,
  kParameterInvalid = 1100,
  kParameterMissing = 1101,
  kParameterTooLarge = 1102,
  kMetricNotFound = 1200,
  kNotAuthenticated = 1400,
  kNotPermitted = 1401,
  kPrivilegeGroupInvalidName = 1402,
  kAliasNotFound = 1600,
  kAliasCollectionNameConflict = 1601,
  kAliasAlreadyExist = 1602,
  kFieldNotFound = 1700,
  kFieldInvalidName = 1701,
  kRestNotAuthenticated = 1800,
  kRestBadFormat = 1801,
  kRestMissingParameter = 1802,
  kRestBadRows = 1804,
  kRestBadKey = 1806,
  kRestRateLimit = 1807,
  kSegcore = 2000,
  kQueryPlan = 2201,
  kOperationNotSupported = 3000,
  kCanceled = 10000,
  kTimeout = 10001,
  kUnexpected = 65535,
};

/// Who has to act on a failure: the caller (bad request) or the operator (disk, bug, overload).
enum class Blame { kUser, kSystem };

/// Short text that Milvus appends for a code ("invalid parameter"); empty where it has none.
std::string_view CodeText(Code code);
/// True for codes that are the caller's fault by default.
bool IsUserCode(Code code);
/// True for codes after which the same request may succeed later.
bool IsRetriableCode(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message);
  static Status Ok() { return {}; }
  /// 1100 with Milvus's sentinel: "<message>: invalid parameter".
  static Status Invalid(std::string message);
  static Status Missing(std::string message);
  static Status Internal(std::string message) { return {Code::kInternal, std::move(message)}; }
  static Status Io(std::string message) { return {Code::kIoFailed, std::move(message)}; }
  static Status Corrupt(std::string message) { return {Code::kDataIntegrity, std::move(message)}; }
  static Status Unimplemented(std::string message) { return {Code::kUnimplemented, std::move(message)}; }

  bool ok() const { return rep_ == nullptr; }
  Code code() const { return rep_ ? rep_->code : Code::kOk; }
  const std::string& message() const;
  bool retriable() const { return rep_ && rep_->retriable; }
  Blame blame() const { return rep_ ? rep_->blame : Blame::kSystem; }

  /// A copy with "context: " before the message; the code stays.
  Status WithContext(std::string_view context) const;
  /// A copy with another code and the same message.
  Status WithCode(Code code) const;
  std::string ToString() const;

 private:
  struct Rep {
    Code code;
    Blame blame;
    bool retriable;
    std::string message;
  };
  std::shared_ptr<const Rep> rep_;
};

/// A value or the Status that says why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}                                 // NOLINT: implicit on purpose
  Result(Status status) : status_(std::move(status)) { CHECK(!status_.ok()); }  // NOLINT
  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& value() & {
    CHECK(ok());
    return *value_;
  }
  const T& value() const& {
    CHECK(ok());
    return *value_;
  }
  /// By value, so that what a loop or a reference takes out of a temporary lives on.
  T value() && {
    CHECK(ok());
    return std::move(*value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::optional<T> value_;
  Status status_;
};

#define RK_CONCAT_(a, b) a##b
#define RK_CONCAT(a, b) RK_CONCAT_(a, b)
/// Returns from the enclosing function when `expr` (a Status) is not ok.
#define RK_RETURN_IF_ERROR(expr)           \
  do {                                     \
    ::redkite::Status rk_status_ = (expr); \
    if (!rk_status_.ok()) [[unlikely]]     \
      return rk_status_;                   \
  } while (0)
/// RK_ASSIGN_OR_RETURN(auto x, F()): declares or assigns x, or returns F's Status.
#define RK_ASSIGN_OR_RETURN(lhs, expr) RK_ASSIGN_OR_RETURN_(RK_CONCAT(rk_result_, __LINE__), lhs, expr)
#define RK_ASSIGN_OR_RETURN_(tmp, lhs, expr) \
  auto tmp = (expr);                         \
  if (!tmp.ok()) [[unlikely]]                \
    return tmp.status();                     \
  lhs = std::move(tmp).value()

}  // namespace redkite
