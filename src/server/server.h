// Server: a whole node in one process, from its settings: engine, client port, management port.
// Start takes its ports, opens the data directory and replays the log, and only then do the ports answer; a
// port that is taken leaves the directory untouched. Stop lets requests in flight end.
// Thread safety: Start, Maintain and Stop from one thread.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "config/settings.h"

namespace redkite::server {

struct BuildInfo {
  std::string version;
  std::string build_time;
  std::string git_commit;
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> Start(const config::Settings& settings, const BuildInfo& build);
  ~Server();
  /// Refuses new connections, waits up to `grace_ms` for requests in flight, closes the engine.
  void Stop(int64_t grace_ms);
  /// See Engine::Maintain; also takes certificates that were replaced. To be called every few seconds.
  void Maintain();
  /// What the operator should know of how clients log in; empty: nothing new.
  const std::string& announcement() const;
  int port() const;
  int management_port() const;

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Bytes of memory of this machine or of its container, whichever is less.
int64_t MachineMemoryBytes();

}  // namespace redkite::server
