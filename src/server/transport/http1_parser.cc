#include "server/transport/http1_parser.h"

#include <algorithm>
#include <charconv>

#include "server/transport/grpc_framing.h"

namespace redkite::server {
namespace {

constexpr size_t kChunkLineBytesMax = 1024;

bool IsTokenByte(unsigned char c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos && c != 0;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenByte);
}

bool IsFieldValue(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// True when the comma-separated list has `wanted` (lower-case).
bool ListHas(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    size_t comma = std::min(list.find(','), list.size());
    if (Lower(Trim(list.substr(0, comma))) == wanted) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

bool IsKnownMethod(std::string_view method) {
  for (std::string_view known : {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    if (method == known) return true;
  }
  return false;
}

}  // namespace

bool Http1Parser::Fail(int status, std::string text) {
  state_ = State::kFailed;
  error_status_ = status;
  error_text_ = std::move(text);
  return false;
}

void Http1Parser::Reset() {
  state_ = State::kHead;
  line_.clear();
  request_.reset();
  http10_ = false;
  keep_alive_ = true;
  expects_continue_ = false;
  discarding_ = false;
  left_bytes_ = expected_bytes_ = 0;
  body_bytes_ = trailer_bytes_ = 0;
}

void Http1Parser::DiscardBody() {
  discarding_ = true;
  request_->body = std::string();
}

std::string Http1Parser::BodyTooLarge() const {
  return "request body too large: limit " + std::to_string(limits_.body_bytes_max) + " (" +
         std::string(limits_.body_option) + ")";
}

size_t Http1Parser::Consume(std::string_view bytes) {
  size_t taken = 0;
  while (taken < bytes.size() && state_ != State::kDone && state_ != State::kFailed) {
    std::string_view rest = bytes.substr(taken);
    switch (state_) {
      case State::kHead:
        taken += ConsumeHead(rest);
        if (state_ != State::kHead) return taken;
        break;
      case State::kBody:
      case State::kChunkData:
        taken += ConsumeData(rest);
        break;
      default:
        taken += ConsumeLine(rest);
        break;
    }
  }
  return taken;
}

size_t Http1Parser::ConsumeHead(std::string_view bytes) {
  size_t skipped = 0;
  if (line_.empty()) {
    while (skipped < bytes.size() && (bytes[skipped] == '\r' || bytes[skipped] == '\n')) ++skipped;
  }
  size_t old_bytes = line_.size();
  size_t room = static_cast<size_t>(limits_.header_bytes_max) + 1 - old_bytes;
  std::string_view added = bytes.substr(skipped, room);
  line_.append(added);
  size_t end = line_.find("\r\n\r\n", old_bytes < 3 ? 0 : old_bytes - 3);
  if (end == std::string::npos) {
    if (static_cast<int64_t>(line_.size()) > limits_.header_bytes_max) {
      Fail(431, "request header fields too large: limit " + std::to_string(limits_.header_bytes_max) + " (" +
                    std::string(limits_.header_option) + ")");
    }
    return skipped + added.size();
  }
  line_.resize(end + 2);
  ParseHead();
  line_.clear();
  return skipped + (end + 4 - old_bytes);
}

void Http1Parser::ParseHead() {
  request_ = std::make_shared<HttpRequest>();
  request_->headers.Reserve(12, line_.size());
  std::string_view rest = line_;
  bool first = true;
  while (!rest.empty()) {
    size_t end = rest.find("\r\n");
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (!(first ? ParseRequestLine(line) : ParseField(line))) return;
    first = false;
  }
  ParseConnectionFields();
  if (state_ != State::kFailed) ParseFraming();
}

bool Http1Parser::ParseRequestLine(std::string_view line) {
  size_t first = line.find(' ');
  size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return Fail(400, "malformed request line");
  std::string_view method = line.substr(0, first);
  std::string_view version = line.substr(last + 1);
  if (!IsToken(method)) return Fail(400, "malformed method");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Fail(version.substr(0, 5) == "HTTP/" ? 505 : 400, "HTTP version not supported");
  }
  http10_ = version == "HTTP/1.0";
  if (!IsKnownMethod(method)) return Fail(405, "method not allowed: " + std::string(method));
  request_->method = method;
  return ParseTarget(line.substr(first + 1, last - first - 1));
}

bool Http1Parser::ParseTarget(std::string_view target) {
  if (Lower(target.substr(0, 7)) == "http://") {
    size_t slash = target.find('/', 7);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  bool star = target == "*" && request_->method == "OPTIONS";
  bool clean =
      std::all_of(target.begin(), target.end(), [](unsigned char c) { return c > 0x20 && c != 0x7f; });
  if (!clean || target.empty() || (target[0] != '/' && !star)) return Fail(400, "malformed request target");
  size_t question = target.find('?');
  request_->path = target.substr(0, question);
  if (question != std::string_view::npos) request_->query = target.substr(question + 1);
  return true;
}

bool Http1Parser::ParseField(std::string_view line) {
  size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon)))
    return Fail(400, "malformed header field");
  std::string_view value = Trim(line.substr(colon + 1));
  if (!IsFieldValue(value)) return Fail(400, "malformed header value");
  request_->headers.Add(Lower(line.substr(0, colon)), value);
  return true;
}

void Http1Parser::ParseConnectionFields() {
  int hosts = request_->headers.Count("host");
  if (hosts > 1 || (hosts == 0 && !http10_)) {
    Fail(400, "one Host header is needed");
    return;
  }
  std::string_view connection = request_->Find("connection").value_or("");
  keep_alive_ = http10_ ? ListHas(connection, "keep-alive") : !ListHas(connection, "close");
  expects_continue_ = !http10_ && Lower(request_->Find("expect").value_or("")) == "100-continue";
}

void Http1Parser::ParseFraming() {
  std::optional<std::string_view> coding = request_->Find("transfer-encoding");
  std::optional<std::string_view> length = request_->Find("content-length");
  if (coding) {
    if (length || http10_ || request_->headers.Count("transfer-encoding") > 1) {
      Fail(400, "ambiguous body length");
    } else if (Lower(*coding) != "chunked") {
      Fail(501, "transfer coding not supported");
    } else {
      state_ = State::kChunkSize;
    }
    return;
  }
  if (!length) {
    state_ = State::kDone;
    return;
  }
  const char* end = length->data() + length->size();
  auto [parsed, error] = std::from_chars(length->data(), end, left_bytes_);
  if (request_->headers.Count("content-length") > 1 || parsed != end || length->empty() ||
      (error != std::errc() && error != std::errc::result_out_of_range)) {
    Fail(400, "malformed Content-Length");
  } else if (error != std::errc() || left_bytes_ > static_cast<uint64_t>(limits_.body_bytes_max)) {
    Fail(413, BodyTooLarge());
  } else {
    expected_bytes_ = left_bytes_;
    state_ = left_bytes_ == 0 ? State::kDone : State::kBody;
  }
}

size_t Http1Parser::ConsumeData(std::string_view bytes) {
  size_t n = static_cast<size_t>(std::min<uint64_t>(bytes.size(), left_bytes_));
  if (!discarding_) {
    std::string& body = request_->body;
    GrowBody(&body, n,
             state_ == State::kBody ? static_cast<size_t>(expected_bytes_)
                                    : static_cast<size_t>(limits_.body_bytes_max));
    body.append(bytes.substr(0, n));
  }
  body_bytes_ += static_cast<int64_t>(n);
  left_bytes_ -= n;
  if (left_bytes_ == 0) state_ = state_ == State::kBody ? State::kDone : State::kChunkEnd;
  return n;
}

// Lines of the chunked coding: sizes, the empty line behind a chunk, trailers.
size_t Http1Parser::ConsumeLine(std::string_view bytes) {
  size_t newline = bytes.find('\n');
  size_t n = newline == std::string_view::npos ? bytes.size() : newline + 1;
  if (line_.size() + n > kChunkLineBytesMax) {
    Fail(400, "line of the chunked body too long");
    return n;
  }
  line_.append(bytes.substr(0, n));
  if (newline == std::string_view::npos) return n;
  if (line_.size() < 2 || line_[line_.size() - 2] != '\r') {
    Fail(400, "malformed line in the chunked body");
    return n;
  }
  line_.resize(line_.size() - 2);
  if (state_ == State::kChunkSize) {
    ParseChunkSize();
  } else if (state_ == State::kChunkEnd) {
    if (line_.empty()) {
      state_ = State::kChunkSize;
    } else {
      Fail(400, "chunk longer than its size");
    }
  } else if (line_.empty()) {
    state_ = State::kDone;
  } else if ((trailer_bytes_ += static_cast<int64_t>(line_.size())) > limits_.header_bytes_max) {
    Fail(431, "trailer fields too large");
  }
  line_.clear();
  return n;
}

void Http1Parser::ParseChunkSize() {
  std::string_view text = line_;
  text = Trim(text.substr(0, text.find(';')));
  const char* end = text.data() + text.size();
  auto [parsed, error] = std::from_chars(text.data(), end, left_bytes_, 16);
  if (text.empty() || parsed != end || (error != std::errc() && error != std::errc::result_out_of_range)) {
    Fail(400, "malformed chunk size");
  } else if (error != std::errc() ||
             left_bytes_ > static_cast<uint64_t>(limits_.body_bytes_max - body_bytes_)) {
    Fail(413, BodyTooLarge());
  } else {
    state_ = left_bytes_ == 0 ? State::kTrailers : State::kChunkData;
  }
}

}  // namespace redkite::server
