// EnterSandbox: from here on the process can open only what it serves from, run no program, gain no privilege
// and open no connection, whatever a request makes it do. Means: no_new_privs, Landlock (Linux 5.19 and
// later, the kernel's interface of version 2; by raw system calls), and no core dumps. It cannot be left
// again, and files, sockets and maps that are open stay open.
//
// Landlock binds the calling thread and those that it starts: call while there is one, after the ports are
// bound. Paths are held by what they are when it is called: a folder that is moved and made anew is another
// one, so name the folder of files that are replaced while the server runs (certificates).
//
// Why no core dumps: a core file holds rows, passwords and keys of TLS, and lies where others may read it;
// for the same reason no other process of the user may look into this one (PR_SET_DUMPABLE). What it costs:
// no debugger without root; `core_dumps` brings both back. Thread safety: once, in the only thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/status.h"

namespace redkite::server {

struct SandboxOptions {
  enum class Mode { kAuto, kRequired, kOff };
  Mode mode = Mode::kAuto;
  bool core_dumps = false;
  /// Directories with everything beneath them, or files. Those of `read_write` must exist; what does not
  /// exist of `read_only` stays out of reach.
  std::vector<std::string> read_write;
  std::vector<std::string> read_only;
  Logger* logger = nullptr;
};

/// `text` is of the option `sandbox`.
SandboxOptions::Mode SandboxModeOf(std::string_view text);
/// What every server reads of the machine: time zones, its own state, its limits.
std::vector<std::string> SandboxSystemPaths();
/// kAuto: what the kernel lacks or forbids is logged. kRequired: kServiceUnavailable then. A directory of
/// `read_write` that cannot be opened is an error in both.
Status EnterSandbox(const SandboxOptions& options);
/// The kernel's version of Landlock; 0: it has none, or it is switched off or forbidden.
int LandlockVersion();

}  // namespace redkite::server
