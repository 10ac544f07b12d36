#include "server/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/thread.h"
#include "io/file_paths.h"
#include "io/posix_file_system.h"

namespace redkite::server {
namespace {

// Each case runs in a child, which has one thread and takes its sandbox with it when it ends. The number of
// the first wrong line is its exit code.
#define EXPECT_IN_CHILD(condition) \
  if (!(condition)) ::_exit(__LINE__ % 200 + 1)

struct SandboxTest : testing::Test {
  void SetUp() override {
    dir = io::JoinPath(testing::TempDir(), "redkite_sandbox_XXXXXX");
    ASSERT_NE(::mkdtemp(dir.data()), nullptr);
    for (const char* name : {"in", "read", "out"}) {
      ASSERT_TRUE(fs.CreateDirs(dir + "/" + name).ok());
      ASSERT_TRUE(fs.Create(dir + "/" + name + "/file").value()->Append("bytes").ok());
    }
    options.read_write = {dir + "/in"};
    options.read_only = {dir + "/read", dir + "/absent"};
  }
  void TearDown() override { EXPECT_TRUE(fs.RemoveTree(dir).ok()); }
  template <class Body>
  void InChild(Body body) {
    const pid_t child = ::fork();
    if (child == 0) {
      body();
      ::_exit(0);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << status;
    EXPECT_EQ(WEXITSTATUS(status), 0) << "line of the test modulo 200, plus 1";
  }
  // 0, or why it was refused.
  static int ErrorOfOpen(const std::string& path, int flags) {
    const int fd = ::open(path.c_str(), flags, 0600);
    if (fd < 0) return errno;
    ::close(fd);
    return 0;
  }

  std::string dir;
  io::PosixFileSystem fs;
  SandboxOptions options;
};

TEST_F(SandboxTest, InsideEverythingOutsideNothing) {
  if (LandlockVersion() < 2) GTEST_SKIP() << "no Landlock here";
  options.mode = SandboxOptions::Mode::kRequired;
  InChild([this] {
    EXPECT_IN_CHILD(EnterSandbox(options).ok());
    EXPECT_IN_CHILD(ErrorOfOpen(dir + "/in/file", O_RDWR) == 0);
    EXPECT_IN_CHILD(ErrorOfOpen(dir + "/in/other", O_RDWR | O_CREAT) == 0);
    EXPECT_IN_CHILD(fs.CreateDirs(dir + "/in/a/b").ok());
    EXPECT_IN_CHILD(fs.Rename(dir + "/in/other", dir + "/in/a/b/other").ok());
    EXPECT_IN_CHILD(fs.Truncate(dir + "/in/file", 1).ok());
    EXPECT_IN_CHILD(fs.List(dir + "/in").ok() && fs.SyncDir(dir + "/in").ok() &&
                    fs.RemoveTree(dir + "/in/a").ok());
    EXPECT_IN_CHILD(ErrorOfOpen(dir + "/read/file", O_RDONLY) == 0);
    EXPECT_IN_CHILD(ErrorOfOpen(dir + "/read/file", O_WRONLY) == EACCES);
    EXPECT_IN_CHILD(ErrorOfOpen(dir + "/read/other", O_WRONLY | O_CREAT) == EACCES);
    EXPECT_IN_CHILD(ErrorOfOpen(dir + "/out/file", O_RDONLY) == EACCES);
    EXPECT_IN_CHILD(ErrorOfOpen(dir, O_RDONLY | O_DIRECTORY) == EACCES);
    EXPECT_IN_CHILD(ErrorOfOpen("/etc/passwd", O_RDONLY) == EACCES);
    EXPECT_IN_CHILD(!fs.Rename(dir + "/in/file", dir + "/out/moved").ok());
    EXPECT_IN_CHILD(!fs.Remove(dir + "/out/file").ok());
    EXPECT_IN_CHILD(::symlink("/etc/passwd", (dir + "/in/link").c_str()) != 0 && errno == EACCES);
    EXPECT_IN_CHILD(::mkfifo((dir + "/in/fifo").c_str(), 0600) != 0 && errno == EACCES);
  });
}

TEST_F(SandboxTest, ALinkInsideLeadsNowhereOutside) {
  if (LandlockVersion() < 2) GTEST_SKIP() << "no Landlock here";
  ASSERT_EQ(::symlink((dir + "/out").c_str(), (dir + "/in/link").c_str()), 0);
  InChild([this] {
    EXPECT_IN_CHILD(EnterSandbox(options).ok());
    EXPECT_IN_CHILD(ErrorOfOpen(dir + "/in/link/file", O_RDONLY) == EACCES);
    EXPECT_IN_CHILD(ErrorOfOpen(dir + "/in/../out/file", O_RDONLY) == EACCES);
  });
}

TEST_F(SandboxTest, NoProgramRuns) {
  if (LandlockVersion() < 2) GTEST_SKIP() << "no Landlock here";
  options.read_only.push_back("/bin");
  InChild([this] {
    EXPECT_IN_CHILD(EnterSandbox(options).ok());
    ::execl("/bin/true", "true", nullptr);
    EXPECT_IN_CHILD(errno == EACCES);
  });
}

TEST_F(SandboxTest, NoConnectionIsMade) {
  if (LandlockVersion() < 4) GTEST_SKIP() << "this Landlock knows no network";
  InChild([this] {
    EXPECT_IN_CHILD(EnterSandbox(options).ok());
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(1);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_IN_CHILD(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 && errno == EACCES);
    EXPECT_IN_CHILD(::bind(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 && errno == EACCES);
  });
}

TEST_F(SandboxTest, WhatIsOpenStaysOpenAndThreadsShareTheSandbox) {
  if (LandlockVersion() < 2) GTEST_SKIP() << "no Landlock here";
  InChild([this] {
    auto file = fs.OpenForWrite(dir + "/out/file");
    EXPECT_IN_CHILD(EnterSandbox(options).ok());
    EXPECT_IN_CHILD(file.ok() && (*file)->Append("more").ok() && (*file)->Sync().ok());
    int error = 0;
    {
      Thread thread("t", [&] { error = ErrorOfOpen(dir + "/out/file", O_RDONLY); });
    }
    EXPECT_IN_CHILD(error == EACCES);
  });
}

TEST_F(SandboxTest, NoPrivilegeIsGainedAndNoCoreIsLeft) {
  for (const bool core_dumps : {false, true}) {
    options.core_dumps = core_dumps;
    InChild([this, core_dumps] {
      EXPECT_IN_CHILD(EnterSandbox(options).ok());
      EXPECT_IN_CHILD(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
      EXPECT_IN_CHILD(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == (core_dumps ? 1 : 0));
    });
  }
}

TEST_F(SandboxTest, OffChangesNothingButCoreDumps) {
  options.mode = SandboxOptions::Mode::kOff;
  InChild([this] {
    EXPECT_IN_CHILD(EnterSandbox(options).ok());
    EXPECT_IN_CHILD(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
    EXPECT_IN_CHILD(ErrorOfOpen(dir + "/out/file", O_RDONLY) == 0);
  });
}

TEST_F(SandboxTest, AMissingDataDirectoryIsAnError) {
  if (LandlockVersion() < 2) GTEST_SKIP() << "no Landlock here";
  options.read_write.push_back(dir + "/absent");
  InChild([this] { EXPECT_IN_CHILD(EnterSandbox(options).code() == Code::kIoFailed); });
}

TEST_F(SandboxTest, RequiredFailsWhereThereIsNone) {
  if (LandlockVersion() >= 2) GTEST_SKIP() << "this kernel has Landlock";
  InChild([this] { EXPECT_IN_CHILD(EnterSandbox(options).ok()); });
  options.mode = SandboxOptions::Mode::kRequired;
  InChild([this] { EXPECT_IN_CHILD(EnterSandbox(options).code() == Code::kServiceUnavailable); });
}

TEST_F(SandboxTest, ModesByTheirWords) {
  EXPECT_EQ(SandboxModeOf("auto"), SandboxOptions::Mode::kAuto);
  EXPECT_EQ(SandboxModeOf("required"), SandboxOptions::Mode::kRequired);
  EXPECT_EQ(SandboxModeOf("off"), SandboxOptions::Mode::kOff);
}

}  // namespace
}  // namespace redkite::server
