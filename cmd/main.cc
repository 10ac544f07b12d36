// redkite: the one binary. `redkite serve` runs a node in the foreground until SIGINT or SIGTERM.
#include <malloc.h>
#include <signal.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "audit_command.h"
#include "config/docs.h"
#include "config/load.h"
#include "data_commands.h"
#include "health_command.h"
#include "io/posix_file_system.h"
#include "server/server.h"
#include "server/service_notify.h"

namespace {

constexpr int kExitUsage = 2;
constexpr time_t kMaintenanceSeconds = 10;
constexpr uint64_t kSettingsBytesMax = 1 << 20;  // of a settings file

constexpr char kUsage[] =
    "redkite: a vector database that speaks Milvus's protocols\n"
    "\n"
    "usage:\n"
    "  redkite serve [options]   run a server in the foreground\n"
    "  redkite check [options]   verify every file of a data directory (--data DIR, default ./redkite_data)\n"
    "  redkite inspect FILE      print what a file of a data directory holds\n"
    "  redkite audit verify PATH  verify the chain of an audit log\n"
    "  redkite health [options]  ask a running server whether it is healthy\n"
    "  redkite --version         print the version\n"
    "  redkite --help            print this; `redkite serve --help` lists the options\n";

int Fail(const redkite::Status& status, int exit_code) {
  std::fprintf(stderr, "redkite: %s\n", status.message().c_str());
  return exit_code;
}

// Blocks the signals that end the server before any thread starts, so that only the main thread takes them.
sigset_t BlockStopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return set;
}

// Messages and parsed requests go back to the system when they are freed. Left alone, the C library keeps
// ever larger ones in its heaps once it has seen one: a few large requests held several times their size for
// ever.
void ReturnLargeBuffers() {
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 2 << 20);
}

// "127.0.0.1:0" with the port that the system chose.
std::string WithPort(const std::string& address, int port) {
  return address.substr(0, address.rfind(':') + 1) + std::to_string(port);
}

std::string ReadyText(const redkite::config::Settings& settings, const redkite::server::Server& server) {
  return "serves " + WithPort(settings.listen, server.port()) +
         " (management: " + WithPort(settings.management, server.management_port()) +
         "), data directory: " + settings.data_dir;
}

int Serve(std::span<const std::string_view> arguments) {
  for (std::string_view a : arguments) {
    if (a == "--help" || a == "-h") {
      std::fputs(redkite::config::HelpText().c_str(), stdout);
      return 0;
    }
  }
  redkite::io::PosixFileSystem fs;
  auto settings = redkite::config::Load(
      arguments, [&fs](const std::string& path) { return fs.ReadAll(path, kSettingsBytesMax); });
  if (!settings.ok()) return Fail(settings.status(), kExitUsage);
  ReturnLargeBuffers();
  const sigset_t stop_signals = BlockStopSignals();
  redkite::server::ServiceNotifier notifier = redkite::server::ServiceNotifier::FromEnvironment();
  auto server =
      redkite::server::Server::Start(*settings, {REDKITE_VERSION, __DATE__ " " __TIME__, REDKITE_COMMIT});
  if (!server.ok()) {
    notifier.Failed(server.status().message());
    return Fail(server.status(), 1);
  }
  const std::string ready = ReadyText(*settings, **server);
  std::printf("redkite %s %s\n", REDKITE_VERSION, ready.c_str());
  std::fflush(stdout);
  notifier.Ready(ready);
  timespec pause = {1, 0};  // soon after a start: what is loaded goes into memory
  while (sigtimedwait(&stop_signals, nullptr, &pause) < 0) {
    (*server)->Maintain();
    pause.tv_sec = kMaintenanceSeconds;
  }
  notifier.Stopping("waits for requests in flight");
  constexpr int64_t kGraceMs = 15'000;
  (*server)->Stop(kGraceMs);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  const std::string_view command = arguments.empty() ? std::string_view("--help") : arguments[0];
  if (command == "serve") return Serve(std::span(arguments).subspan(1));
  if (command == "check") return redkite::cmd::Check(std::span(arguments).subspan(1));
  if (command == "inspect") return redkite::cmd::Inspect(std::span(arguments).subspan(1));
  if (command == "audit") return redkite::cmd::Audit(std::span(arguments).subspan(1));
  if (command == "health") return redkite::cmd::Health(std::span(arguments).subspan(1));
  if (command == "--version" || command == "version") {
    const std::string commit = REDKITE_COMMIT;  // empty: built outside of git
    std::printf("redkite %s%s\n", REDKITE_VERSION, commit.empty() ? "" : (" (" + commit + ")").c_str());
    return 0;
  }
  if (command == "--help" || command == "-h" || command == "help") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  std::fprintf(stderr, "redkite: no command '%s'\n\n%s", std::string(command).c_str(), kUsage);
  return kExitUsage;
}
