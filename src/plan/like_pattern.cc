#include "plan/like_pattern.h"

#include <cstring>

namespace redkite::plan {
namespace {

constexpr size_t kMaxWildcardPieceBytes = 1024;
constexpr size_t kNone = std::string_view::npos;

/// Bytes of the UTF-8 character at the start of `text` (not empty); a byte that starts none counts alone.
size_t CharLength(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t want = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1;
  if (want > text.size()) return 1;
  for (size_t i = 1; i < want; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 1;
  }
  return want;
}

}  // namespace

Result<LikePattern> LikePattern::Parse(std::string_view pattern) {
  LikePattern out;
  out.pattern_ = std::string(pattern);
  Piece piece;
  bool in_piece = false;
  bool first = true;
  auto add = [&](char byte, bool any) {
    if (any && piece.any.empty()) piece.any.assign(piece.bytes.size(), false);
    piece.bytes.push_back(byte);
    if (any || !piece.any.empty()) piece.any.push_back(any);
    in_piece = true;
    out.open_end_ = false;
  };
  for (size_t i = 0; i < pattern.size(); ++i, first = false) {
    const char c = pattern[i];
    if (c == '%') {
      if (first) out.open_start_ = true;
      if (in_piece) out.pieces_.push_back(std::move(piece));
      piece = {};
      in_piece = false;
      out.open_end_ = true;
    } else if (c == '_') {
      add('\0', true);
    } else if (c != '\\') {
      add(c, false);
    } else if (++i < pattern.size()) {
      add(pattern[i], false);
    } else {
      return Status(Code::kParameterInvalid,
                    "invalid like pattern, it ends with a lone backslash: " + out.pattern_);
    }
  }
  if (in_piece) out.pieces_.push_back(std::move(piece));
  for (const Piece& p : out.pieces_) {
    // Searching such a piece costs text * piece: keep one row cheap.
    if (!p.any.empty() && p.any.size() > kMaxWildcardPieceBytes) {
      return Status(Code::kParameterInvalid,
                    "the like pattern is too long between two %: " + std::to_string(p.any.size()));
    }
  }
  out.Classify();
  return out;
}

LikePattern LikePattern::Prefix(std::string_view prefix) {
  LikePattern out;
  for (char c : prefix) {
    if (c == '%' || c == '_' || c == '\\') out.pattern_.push_back('\\');
    out.pattern_.push_back(c);
  }
  out.pattern_.push_back('%');
  if (prefix.empty())
    out.open_start_ = true;
  else
    out.pieces_.push_back({std::string(prefix), {}});
  out.open_end_ = true;
  out.Classify();
  return out;
}

void LikePattern::Classify() {
  if (!open_start_ && !pieces_.empty()) {
    const Piece& head = pieces_.front();
    size_t n = 0;
    while (n < head.bytes.size() && (head.any.empty() || !head.any[n])) ++n;
    literal_prefix_ = head.bytes.substr(0, n);
  }
  shape_ = Shape::kGeneral;
  if (pieces_.size() > 1 || (pieces_.size() == 1 && !pieces_[0].any.empty())) return;
  if (open_start_ && open_end_)
    shape_ = Shape::kInfix;
  else if (open_start_)
    shape_ = Shape::kSuffix;
  else if (open_end_)
    shape_ = Shape::kPrefix;
  else
    shape_ = Shape::kExact;
}

bool LikePattern::Matches(std::string_view text) const {
  static const std::string kNothing;
  const std::string& bytes = pieces_.empty() ? kNothing : pieces_[0].bytes;
  switch (shape_) {
    case Shape::kExact:
      return text == bytes;
    case Shape::kPrefix:
      return text.starts_with(bytes);
    case Shape::kSuffix:
      return text.ends_with(bytes);
    case Shape::kInfix:
      return bytes.empty() || memmem(text.data(), text.size(), bytes.data(), bytes.size()) != nullptr;
    case Shape::kGeneral:
      return MatchesGeneral(text);
  }
  return false;
}

size_t LikePattern::MatchAt(const Piece& piece, std::string_view text) {
  if (piece.any.empty()) return text.starts_with(piece.bytes) ? piece.bytes.size() : kNone;
  size_t at = 0;
  for (size_t i = 0; i < piece.bytes.size(); ++i) {
    if (at >= text.size()) return kNone;
    if (piece.any[i])
      at += CharLength(text.substr(at));
    else if (text[at] != piece.bytes[i])
      return kNone;
    else
      ++at;
  }
  return at;
}

size_t LikePattern::Find(const Piece& piece, std::string_view text, size_t* length) {
  if (piece.any.empty()) {
    *length = piece.bytes.size();
    const void* at = memmem(text.data(), text.size(), piece.bytes.data(), piece.bytes.size());
    return at == nullptr ? kNone : static_cast<size_t>(static_cast<const char*>(at) - text.data());
  }
  for (size_t at = 0; at < text.size(); at += CharLength(text.substr(at))) {
    *length = MatchAt(piece, text.substr(at));
    if (*length != kNone) return at;
  }
  return kNone;
}

bool LikePattern::MatchesGeneral(std::string_view text) const {
  size_t piece = 0;
  if (!open_start_) {
    const size_t length = MatchAt(pieces_[0], text);
    if (length == kNone) return false;
    text.remove_prefix(length);
    piece = 1;
    if (pieces_.size() == 1) return open_end_ || text.empty();
  }
  const size_t last = open_end_ ? pieces_.size() : pieces_.size() - 1;
  for (; piece < last; ++piece) {
    size_t length = 0;
    const size_t at = Find(pieces_[piece], text, &length);
    if (at == kNone) return false;
    text.remove_prefix(at + length);
  }
  if (open_end_) return true;
  // The last piece must end the text: try every place where it could start.
  const Piece& tail = pieces_.back();
  if (tail.any.empty()) return text.ends_with(tail.bytes);
  for (size_t at = 0; at < text.size(); at += CharLength(text.substr(at))) {
    if (MatchAt(tail, text.substr(at)) == text.size() - at) return true;
  }
  return false;
}

}  // namespace redkite::plan
