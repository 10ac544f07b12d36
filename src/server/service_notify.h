// ServiceNotifier: tells the service manager that started this process how it is (sd_notify(3): datagrams to
// the socket that the environment names). Without such a socket, and when nobody listens, it does nothing: a
// server does not fail for want of a listener. Connects when it is made, so make it before the sandbox.
// Thread safety: one thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace redkite::server {

class ServiceNotifier {
 public:
  /// A path, or "@name" of the abstract namespace; "": nobody is told.
  explicit ServiceNotifier(std::string_view address);
  /// With the address of NOTIFY_SOCKET.
  static ServiceNotifier FromEnvironment();
  ServiceNotifier(ServiceNotifier&& o) noexcept : socket_(std::exchange(o.socket_, -1)) {}
  ServiceNotifier& operator=(ServiceNotifier&&) = delete;
  ~ServiceNotifier();

  bool has_listener() const { return socket_ >= 0; }
  void Ready(std::string_view status) { Send("READY=1", status); }
  void Stopping(std::string_view status) { Send("STOPPING=1", status); }
  void Failed(std::string_view status) { Send("", status); }

 private:
  void Send(std::string_view state, std::string_view status);
  int socket_ = -1;
};

}  // namespace redkite::server
