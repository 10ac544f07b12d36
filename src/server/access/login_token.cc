#include "server/access/login_token.h"

#include <algorithm>

#include "access/authenticator.h"
#include "base/base64.h"

namespace redkite::server {
namespace {

// More than any password or key; also of its base64.
constexpr size_t kTokenBytesMax = 1024;

Result<std::string_view> FindHeader(const RequestBase& request) {
  const auto header = request.Find("authorization");
  if (!header) return access::MissingAuthorization();
  if (request.headers.Count("authorization") > 1 || header->size() > kTokenBytesMax)
    return access::InvalidTokenFormat();
  return *header;
}

Result<Secret> Decode(std::string_view base64) {
  auto token = DecodeBase64(base64);
  if (!token || token->empty()) return access::InvalidTokenFormat();
  return Secret(std::move(*token));
}

// The scheme's name is written in any case.
bool TakeScheme(std::string_view scheme, std::string_view* header) {
  if (header->size() <= scheme.size() || (*header)[scheme.size()] != ' ') return false;
  const bool equal = std::equal(scheme.begin(), scheme.end(), header->begin(), [](char a, char b) {
    return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b);
  });
  if (!equal) return false;
  header->remove_prefix(scheme.size() + 1);
  while (header->starts_with(' ')) header->remove_prefix(1);
  return true;
}

}  // namespace

Result<Secret> RpcToken(const RequestBase& request) {
  RK_ASSIGN_OR_RETURN(const std::string_view header, FindHeader(request));
  return Decode(header);
}

Result<Secret> HttpToken(const RequestBase& request) {
  RK_ASSIGN_OR_RETURN(std::string_view header, FindHeader(request));
  if (TakeScheme("basic", &header)) return Decode(header);
  if (!TakeScheme("bearer", &header) || header.empty()) return access::InvalidTokenFormat();
  return Secret(header);
}

std::string_view AddressOf(std::string_view peer) {
  const size_t colon = peer.rfind(':');
  std::string_view address = peer.substr(0, colon);
  if (address.size() > 1 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  return address;
}

}  // namespace redkite::server
