#include "audit/audit_line.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "base/check.h"
#include "types/civil_time.h"

namespace redkite::audit {
namespace {

constexpr std::string_view kSeqKey = "{\"seq\":";
constexpr std::string_view kTimeKey = ",\"time\":\"";
constexpr std::string_view kEventKey = "\",\"event\":\"";
constexpr std::string_view kHashKey = ",\"hash\":\"";
constexpr std::string_view kLineEnd = "\"}";
constexpr std::string_view kHeadFields = "file\",\"format\":1,\"previous\":\"";
constexpr size_t kTimeBytes = 24;  // 2026-01-31T23:59:59.999Z

constexpr std::string_view kKindNames[] = {"login",  "login_failed", "denied", "define", "access",
                                           "config", "import",       "backup", "start",  "stop"};
constexpr std::string_view kTransportNames[] = {"", "grpc", "rest", "management"};

constexpr char32_t kReplacement = 0xFFFD;  // what stands for bytes that are no UTF-8

struct Rune {
  char32_t value = kReplacement;
  size_t bytes = 1;
};

// The character at the begin of `text`, which is not empty.
Rune FirstRune(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const size_t count = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < count) return {};
  char32_t value = lead & (0xFF >> (count + 1));
  for (size_t i = 1; i < count; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80) return {};
    value = value << 6 | (byte & 0x3F);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kSmallest[count] || value > 0x10FFFF || surrogate) return {};
  return {value, count};
}

void AppendUnit(unsigned unit, std::string* out) {
  char digits[8];
  std::snprintf(digits, sizeof digits, "\\u%04x", unit & 0xFFFF);
  *out += digits;
}

void AppendRune(char32_t rune, std::string* out) {
  if (rune == '"' || rune == '\\') {
    *out += '\\';
    *out += static_cast<char>(rune);
  } else if (rune >= 0x20 && rune < 0x7F) {
    *out += static_cast<char>(rune);
  } else if (rune < 0x10000) {
    AppendUnit(rune, out);
  } else {
    AppendUnit(0xD800 + ((rune - 0x10000) >> 10), out);
    AppendUnit(0xDC00 + ((rune - 0x10000) & 0x3FF), out);
  }
}

void AppendText(std::string_view key, std::string_view text, std::string* out) {
  if (text.empty()) return;
  *out += ",\"";
  *out += key;
  *out += "\":\"";
  for (size_t at = 0; at < text.size();) {
    const Rune rune = FirstRune(text.substr(at));
    if (at + rune.bytes > kTextBytesMax) {
      AppendUnit(0x2026, out);
      break;
    }
    AppendRune(rune.value, out);
    at += rune.bytes;
  }
  *out += '"';
}

std::string Begin(std::string_view kind) { return "\"event\":\"" + std::string(kind) + "\""; }

std::string TimeText(int64_t wall_ms) {
  constexpr int64_t kLatestMs = 253'402'300'799'999;  // of the year 9999: RFC 3339 has four digits
  constexpr int64_t kDayMs = 86'400'000;
  wall_ms = std::clamp<int64_t>(wall_ms, 0, kLatestMs);
  const CivilDate date = DateOfDays(wall_ms / kDayMs);
  const auto ms = static_cast<int>(wall_ms % kDayMs);
  char text[64];
  const int size =
      std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year),
                    date.month, date.day, ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
  return {text, static_cast<size_t>(size)};
}

bool IsHash(std::string_view text) {
  return text.size() == kHashDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool Take(std::string_view expected, std::string_view* text) {
  if (!text->starts_with(expected)) return false;
  text->remove_prefix(expected.size());
  return true;
}

// Decimal without zeros in front.
bool TakeSeq(std::string_view* text, uint64_t* seq) {
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *seq);
  if (error != std::errc() || text->front() == '0') return false;
  text->remove_prefix(static_cast<size_t>(end - text->data()));
  return *seq < UINT64_MAX;
}

}  // namespace

std::string EncodeEvent(const Event& event) {
  std::string out = Begin(kKindNames[static_cast<size_t>(event.kind)]);
  AppendText("user", event.user, &out);
  AppendText("peer", event.peer, &out);
  AppendText("transport", kTransportNames[static_cast<size_t>(event.transport)], &out);
  AppendText("method", event.method, &out);
  AppendText("database", event.database, &out);
  AppendText("collection", event.collection, &out);
  AppendText("subject", event.subject, &out);
  out += ",\"code\":" + std::to_string(event.code);
  AppendText("trace", event.trace_id, &out);
  return out;
}

std::string EncodeHead(std::string_view previous_hash) {
  return "\"event\":\"" + std::string(kHeadFields) + std::string(previous_hash) + "\"";
}

std::string EncodeTorn(uint64_t bytes, std::string_view kept) {
  std::string out = Begin("torn") + ",\"bytes\":" + std::to_string(bytes);
  AppendText("kept", kept, &out);
  return out;
}

std::string EncodeDamage(std::string_view kept) {
  std::string out = Begin("damage");
  AppendText("kept", kept, &out);
  return out;
}

std::string EncodeLost(uint64_t count) { return Begin("lost") + ",\"count\":" + std::to_string(count); }

void AppendLine(int64_t wall_ms, std::string_view fields, Chain* chain, std::string* out) {
  const size_t begin = out->size();
  *out += kSeqKey;
  *out += std::to_string(chain->next_seq);
  *out += kTimeKey;
  *out += TimeText(wall_ms);
  *out += "\",";
  *out += fields;
  chain->hash = HashOf(chain->hash, std::string_view(*out).substr(begin));
  ++chain->next_seq;
  *out += kHashKey;
  *out += chain->hash;
  *out += kLineEnd;
  *out += '\n';
  DCHECK(out->size() - begin <= kLineBytesMax);
}

std::optional<Line> ParseLine(std::string_view text) {
  constexpr size_t kTailBytes = kHashKey.size() + kHashDigits + kLineEnd.size();
  if (text.size() < kTailBytes) return std::nullopt;
  Line line;
  line.body = text.substr(0, text.size() - kTailBytes);
  std::string_view tail = text.substr(line.body.size());
  if (!Take(kHashKey, &tail) || !tail.ends_with(kLineEnd)) return std::nullopt;
  line.hash = tail.substr(0, kHashDigits);
  if (!IsHash(line.hash)) return std::nullopt;
  std::string_view rest = line.body;
  if (!Take(kSeqKey, &rest) || !TakeSeq(&rest, &line.seq) || !Take(kTimeKey, &rest)) return std::nullopt;
  if (rest.size() < kTimeBytes) return std::nullopt;
  rest.remove_prefix(kTimeBytes);
  if (!Take(kEventKey, &rest)) return std::nullopt;
  if (Take(kHeadFields, &rest)) {
    line.previous = rest.substr(0, std::min(kHashDigits, rest.size()));
    if (!IsHash(*line.previous) || rest.substr(kHashDigits) != "\"") return std::nullopt;
  }
  return line;
}

std::string HashOf(std::string_view previous_hash, std::string_view body) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  // Fails for want of memory only: then no line may go out with a made-up hash.
  CHECK(context != nullptr && EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1 &&
        EVP_DigestUpdate(context, previous_hash.data(), previous_hash.size()) == 1 &&
        EVP_DigestUpdate(context, body.data(), body.size()) == 1 &&
        EVP_DigestFinal_ex(context, digest.data(), &size) == 1);
  EVP_MD_CTX_free(context);
  std::string out;
  out.reserve(kHashDigits);
  for (unsigned i = 0; i < size; ++i) {
    out += kDigits[digest[i] >> 4];
    out += kDigits[digest[i] & 15];
  }
  return out;
}

}  // namespace redkite::audit
