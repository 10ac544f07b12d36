#include "wire/status_map.h"

#include "wire/pb_writer.h"

namespace redkite::wire {
namespace {

constexpr int kLegacyUnexpected = 1;
constexpr size_t kReasonBytesMax = 8 << 10;

// A message may quote what the client sent, which may be long. Cut between two characters.
std::string_view Clipped(std::string_view reason) {
  if (reason.size() <= kReasonBytesMax) return reason;
  size_t end = kReasonBytesMax;
  while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xc0) == 0x80) --end;
  return reason.substr(0, end);
}

}  // namespace

int LegacyErrorCode(Code code) {
  switch (static_cast<int>(code)) {
    case 0:
      return 0;
    case 1:
    case 110:
      return 56;  // NotReadyServe
    case 3:
      return 52;  // InsufficientMemoryToLoad
    case 7:
      return 54;  // DiskQuotaExhausted
    case 8:
      return 49;  // RateLimit
    case 9:
      return 48;  // ForceDeny
    case 11:
    case 505:
      return 55;  // TimeTickLongDelay
    case 100:
      return 4;  // CollectionNotExists
    case 109:
      return 62;  // SchemaMismatch
    case 200:
    case 400:
    case 501:
      return 15;  // MetaFailed
    case 401:
    case 503:
    case 506:
    case 905:
      return 46;  // NoReplicaAvailable
    case 600:
      return 47;  // SegmentNotFound
    case 700:
      return 25;  // IndexNotExist
    case 904:
      return 50;  // NodeIDNotMatch
    case 1100:
    case 1101:
    case 1102:
      return 5;  // IllegalArgument
    default:
      return kLegacyUnexpected;
  }
}

namespace {

void PutExtraInfo(std::string_view key, std::string_view value, PbWriter* w) {
  w->LenHeader(6, PbLenFieldSize(1, key.size()) + PbLenFieldSize(2, value.size()));
  w->Bytes(1, key);
  w->Bytes(2, value);
}

std::string Encode(const Status& status, int legacy_code, std::string_view whole_reason) {
  const std::string_view reason = Clipped(whole_reason);
  std::string out;
  if (status.ok()) return out;
  PbWriter w(&out);
  const bool users_fault = status.blame() == Blame::kUser;
  w.Varint(1, static_cast<uint64_t>(legacy_code));
  w.BytesIfSet(2, reason);
  w.Varint(3, static_cast<uint64_t>(status.code()));
  w.VarintIfSet(4, status.retriable() && !users_fault ? 1 : 0);
  w.BytesIfSet(5, reason);
  if (users_fault) PutExtraInfo("is_input_error", "true", &w);
  return out;
}

// has_collection of old clients knows an absent collection by this text and the legacy number 1.
std::string EncodeDescribeNotFound(const Status& status) {
  const std::string& message = status.message();
  const size_t bracket = message.find('[');
  std::string reason = "can't find collection";
  if (bracket != std::string::npos) reason += message.substr(bracket);
  return Encode(status, kLegacyUnexpected, reason);
}

// The asynchronous delete of pymilvus looks at nothing but this number, and says what is there when it is
// none.
std::string EncodeFailedDelete(const Status& status) {
  std::string out = EncodeStatus(status);
  PbWriter w(&out);
  if (!status.ok()) PutExtraInfo("report_value", Clipped(status.message()), &w);
  return out;
}

// Calls about users, roles and privileges have numbers of their own for every failure.
int LegacyErrorCodeOf(Method method, Code code) {
  if (code == Code::kOk) return 0;
  switch (method) {
    case Method::kCreateCredential:
      return 29;
    case Method::kUpdateCredential:
      return 30;
    case Method::kDeleteCredential:
      return 31;
    case Method::kListCredUsers:
      return 33;
    case Method::kCreateRole:
      return 35;
    case Method::kDropRole:
      return 36;
    case Method::kOperateUserRole:
      return 37;
    case Method::kSelectRole:
      return 38;
    case Method::kSelectUser:
      return 39;
    case Method::kOperatePrivilege:
    case Method::kOperatePrivilegeV2:
      return 41;
    case Method::kSelectGrant:
      return 42;
    case Method::kCreatePrivilegeGroup:
      return 58;
    case Method::kDropPrivilegeGroup:
      return 59;
    case Method::kListPrivilegeGroups:
      return 60;
    case Method::kOperatePrivilegeGroup:
      return 61;
    default:
      return LegacyErrorCode(code);
  }
}

}  // namespace

std::string EncodeStatus(const Status& status) {
  return Encode(status, LegacyErrorCode(status.code()), status.message());
}

std::string EncodeReplyStatus(Method method, const Status& status) {
  const MethodInfo& info = InfoOf(method);
  if (info.status_field == kNoStatus) return {};
  std::string encoded = method == Method::kDescribeCollection && status.code() == Code::kCollectionNotFound
                            ? EncodeDescribeNotFound(status)
                        : method == Method::kDelete
                            ? EncodeFailedDelete(status)
                            : Encode(status, LegacyErrorCodeOf(method, status.code()), status.message());
  if (info.status_field == kIsStatus) return encoded;
  std::string out;
  PbWriter(&out).Bytes(static_cast<uint32_t>(info.status_field), encoded);
  return out;
}

Status MalformedRequest(std::string_view message_name) {
  return Status::Invalid("malformed request: " + std::string(message_name));
}

}  // namespace redkite::wire
