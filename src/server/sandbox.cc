#include "server/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <system_error>

namespace redkite::server {
namespace {

// Before it, files could not be moved between directories at all.
constexpr int kVersionMin = 2;
constexpr int kVersionTruncate = 3, kVersionNetwork = 4, kVersionDevices = 5, kVersionScopes = 6;

// Newer than the headers of Debian 12.
constexpr uint64_t kTruncate = uint64_t{1} << 14;
constexpr uint64_t kDeviceControl = uint64_t{1} << 15;
constexpr uint64_t kBindTcp = uint64_t{1} << 0;
constexpr uint64_t kConnectTcp = uint64_t{1} << 1;
constexpr uint64_t kAbstractSockets = uint64_t{1} << 0;
constexpr uint64_t kSignals = uint64_t{1} << 1;

struct RulesetAttributes {
  uint64_t file_access = 0;
  uint64_t network_access = 0;
  uint64_t scoped = 0;
};

constexpr uint64_t kReadAccess = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
// Without links, sockets, FIFOs and devices: no file of ours is one.
constexpr uint64_t kWriteAccess = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                  LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                  LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER | kTruncate;
constexpr uint64_t kFileOnlyAccess =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate | kDeviceControl;

std::string ErrorText(int error) { return std::system_category().message(error); }

Status Unavailable(const std::string& what) { return {Code::kServiceUnavailable, "sandbox: " + what}; }

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  const int fd_;
};

// Everything that this kernel can forbid.
RulesetAttributes AttributesOf(int version) {
  RulesetAttributes a;
  a.file_access = (uint64_t{1} << 14) - 1;  // those of version 2
  if (version >= kVersionTruncate) a.file_access |= kTruncate;
  if (version >= kVersionDevices) a.file_access |= kDeviceControl;
  if (version >= kVersionNetwork) a.network_access = kBindTcp | kConnectTcp;
  if (version >= kVersionScopes) a.scoped = kAbstractSockets | kSignals;
  return a;
}

size_t AttributesBytes(int version) {
  const size_t words = version >= kVersionScopes ? 3 : version >= kVersionNetwork ? 2 : 1;
  return words * sizeof(uint64_t);
}

/// 0, or the number of the error.
int Allow(int ruleset, const std::string& path, uint64_t access) {
  // O_PATH: no right to read is needed, and no device is touched. Held only until the rule is made.
  const Descriptor at(::open(path.c_str(), O_PATH | O_CLOEXEC));  // tidy: allow, a handle and no file
  if (at.get() < 0) return errno;
  struct stat st {};
  if (::fstat(at.get(), &st) != 0) return errno;
  if (!S_ISDIR(st.st_mode)) access &= kFileOnlyAccess;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = at.get();
  return ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ? 0 : errno;
}

Status EnterLandlock(const SandboxOptions& options, int version) {
  const RulesetAttributes attributes = AttributesOf(version);
  const Descriptor ruleset(static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &attributes, AttributesBytes(version), uint32_t{0})));
  if (ruleset.get() < 0) return Unavailable("no ruleset: " + ErrorText(errno));
  const uint64_t read = kReadAccess & attributes.file_access;
  const uint64_t write = (kReadAccess | kWriteAccess) & attributes.file_access;
  for (const std::string& path : options.read_write) {
    if (const int error = Allow(ruleset.get(), path, write); error != 0)
      return Status::Io("sandbox: " + path + ": " + ErrorText(error));
  }
  for (const std::string& path : options.read_only) {
    const int error = Allow(ruleset.get(), path, read);
    if (error != 0 && error != ENOENT && options.logger != nullptr)
      options.logger->Warn("not readable in the sandbox", {{"path", path}, {"error", ErrorText(error)}});
  }
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
    return Unavailable("cannot be entered: " + ErrorText(errno));
  return Status::Ok();
}

// A limit of 0 as well: a pattern that pipes cores to a program asks the limit, not only the flag.
void ForbidCoreDumps() {
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace

SandboxOptions::Mode SandboxModeOf(std::string_view text) {
  if (text == "off") return SandboxOptions::Mode::kOff;
  return text == "required" ? SandboxOptions::Mode::kRequired : SandboxOptions::Mode::kAuto;
}

std::vector<std::string> SandboxSystemPaths() {
  return {"/usr/share/zoneinfo",     "/proc/self",     "/proc/meminfo", "/sys/fs/cgroup",
          "/sys/devices/system/cpu", "/etc/localtime", "/dev/urandom",  "/dev/null",
          "/etc/ssl/openssl.cnf"};
}

int LandlockVersion() {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, size_t{0}, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? static_cast<int>(version) : 0;
}

Status EnterSandbox(const SandboxOptions& options) {
  if (!options.core_dumps) ForbidCoreDumps();
  if (options.mode == SandboxOptions::Mode::kOff) return Status::Ok();
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Unavailable("no_new_privs: " + ErrorText(errno));
  const int version = LandlockVersion();
  Status entered = version >= kVersionMin
                       ? EnterLandlock(options, version)
                       : Unavailable("the kernel has no Landlock, or too old a one, or it is switched off");
  if (entered.code() != Code::kServiceUnavailable || options.mode == SandboxOptions::Mode::kRequired)
    return entered;
  if (options.logger != nullptr) options.logger->Info("no sandbox", {{"reason", entered.message()}});
  return Status::Ok();
}

}  // namespace redkite::server
