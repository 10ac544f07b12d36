#include "server/transport/address_counts.h"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace redkite::server {

std::string AddressCounts::KeyOf(std::string_view peer) {
  std::string address(peer.substr(0, peer.rfind(':')));
  if (address.size() < 2 || address.front() != '[') return address;
  address = address.substr(1, address.size() - 2);
  in6_addr v6{};
  if (::inet_pton(AF_INET6, address.c_str(), &v6) != 1) return address;
  const auto* bytes = reinterpret_cast<const char*>(&v6);
  if (IN6_IS_ADDR_V4MAPPED(&v6)) {
    char text[INET_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET, bytes + 12, text, sizeof text);
    return text;
  }
  return std::string(bytes, 8);
}

bool AddressCounts::Enter(std::string_view peer) {
  if (count_max_ <= 0) return true;
  const std::string key = KeyOf(peer);
  MutexLock lock(mutex_);
  int& count = counts_[key];
  if (count >= count_max_) return false;
  ++count;
  return true;
}

void AddressCounts::Leave(std::string_view peer) {
  if (count_max_ <= 0) return;
  const std::string key = KeyOf(peer);
  MutexLock lock(mutex_);
  const auto found = counts_.find(key);
  if (found != counts_.end() && --found->second <= 0) counts_.erase(found);
}

}  // namespace redkite::server
