#include "server/service_notify.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace redkite::server {

ServiceNotifier::ServiceNotifier(std::string_view address) {
  sockaddr_un to{};
  if (address.size() < 2 || address.size() >= sizeof to.sun_path) return;
  if (address[0] != '/' && address[0] != '@') return;
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address.data(), address.size());
  if (address[0] == '@') to.sun_path[0] = '\0';
  // A path ends with its zero, an abstract name with the address.
  const size_t size = offsetof(sockaddr_un, sun_path) + address.size() + (address[0] == '/' ? 1 : 0);
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return;
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), static_cast<socklen_t>(size)) != 0)
    ::close(std::exchange(socket_, -1));
}

ServiceNotifier ServiceNotifier::FromEnvironment() {
  const char* address = ::getenv("NOTIFY_SOCKET");  // tidy: allow, set by the service manager
  return ServiceNotifier(address == nullptr ? std::string_view() : address);
}

ServiceNotifier::~ServiceNotifier() {
  if (socket_ >= 0) ::close(socket_);
}

void ServiceNotifier::Send(std::string_view state, std::string_view status) {
  if (socket_ < 0) return;
  std::string text = std::string(state) + "\nSTATUS=";
  const size_t begin = text.size();
  text += status;
  // One line: what is behind a line feed would be another message.
  std::replace(text.begin() + static_cast<ptrdiff_t>(begin), text.end(), '\n', ' ');
  static_cast<void>(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

}  // namespace redkite::server
