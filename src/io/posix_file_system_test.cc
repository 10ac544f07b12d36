#include "io/posix_file_system.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/file_paths.h"

namespace redkite::io {
namespace {

class PosixFileSystemTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = JoinPath(testing::TempDir(), "redkite_posix_XXXXXX");
    ASSERT_NE(::mkdtemp(dir_.data()), nullptr);
  }
  void TearDown() override { ASSERT_TRUE(fs_.RemoveTree(dir_).ok()); }
  std::string dir_;
  PosixFileSystem fs_;
};

TEST_F(PosixFileSystemTest, FullDeviceIsADiskLimit) {
  auto created = fs_.Create("/dev/full");
  if (!created.ok()) GTEST_SKIP() << "no /dev/full here";
  EXPECT_EQ((*created)->Append("x").code(), Code::kDiskLimitExceeded);
}

TEST_F(PosixFileSystemTest, APrivateFileIsReadByItsOwnerAlone) {
  const std::string path = JoinPath(dir_, "f");
  const auto mode = [&path] {
    struct stat st {};
    EXPECT_EQ(::stat(path.c_str(), &st), 0);
    return st.st_mode & 07777;
  };
  ASSERT_TRUE(fs_.Create(path).value()->Append("was there").ok());
  EXPECT_EQ(mode() & 0007, 0u);
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  ASSERT_TRUE(fs_.CreatePrivate(path).value()->Append("now").ok());
  EXPECT_EQ(mode(), 0600u);
  EXPECT_EQ(fs_.ReadAll(path).value(), "now");
  EXPECT_EQ(fs_.CreatePrivate(dir_).status().code(), Code::kIoFailed);
}

TEST_F(PosixFileSystemTest, FileSizeLimitFailsTheWrite) {
  // In a child, since the limit is the process's.
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto file = fs_.Create(JoinPath(dir_, "f"));
    const bool as_expected = file.ok() && (*file)->Append(std::string(900, 'a')).ok() &&
                             (*file)->Append(std::string(900, 'b')).code() == Code::kIoFailed &&
                             fs_.ReadAll(JoinPath(dir_, "f")).value().size() == 1000;
    ::_exit(as_expected ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(PosixFileSystemTest, AnotherProcessesLockIsSeenAndEndsWithIt) {
  const std::string path = JoinPath(dir_, "LOCK");
  int ready[2];
  int stop[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(stop), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto lock = fs_.Lock(path);
    char c = lock.ok() ? 'y' : 'n';
    (void)!::write(ready[1], &c, 1);
    (void)!::read(stop[0], &c, 1);
    ::_exit(0);  // without releasing it
  }
  char c = 0;
  ASSERT_EQ(::read(ready[0], &c, 1), 1);
  ASSERT_EQ(c, 'y');
  EXPECT_EQ(fs_.Lock(path).status().code(), Code::kServiceUnavailable);
  ASSERT_EQ(::write(stop[1], "x", 1), 1);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(fs_.Lock(path).ok());
  for (int fd : {ready[0], ready[1], stop[0], stop[1]}) ::close(fd);
}

TEST_F(PosixFileSystemTest, DescriptorsAreReleased) {
  const int before = ::dup(0);
  ::close(before);
  for (int i = 0; i < 50; ++i) {
    auto file = fs_.Create(JoinPath(dir_, "f"));
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->Append("x").ok());
    ASSERT_TRUE(fs_.OpenForRead(JoinPath(dir_, "f")).ok());
    ASSERT_TRUE(fs_.Map(JoinPath(dir_, "f")).ok());
    ASSERT_TRUE(fs_.List(dir_).ok());
    ASSERT_TRUE(fs_.SyncDir(dir_).ok());
    ASSERT_TRUE(fs_.Lock(JoinPath(dir_, "l")).ok());
    EXPECT_FALSE(fs_.OpenForRead(dir_).ok());
  }
  const int after = ::dup(0);
  ::close(after);
  EXPECT_EQ(after, before);
}

TEST_F(PosixFileSystemTest, FilesOfTheKernelHaveNoSizeButBytes) {
  const auto text = fs_.ReadAll("/proc/self/statm");
  ASSERT_TRUE(text.ok());
  EXPECT_FALSE(text->empty());
}

TEST_F(PosixFileSystemTest, WhatIsNoRegularFileIsRefusedAndNotWaitedFor) {
  const std::string fifo = JoinPath(dir_, "fifo"), device = JoinPath(dir_, "device");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  ASSERT_EQ(::symlink("/dev/zero", device.c_str()), 0);
  for (const std::string& path : {fifo, device, dir_}) {
    const std::string kind = path == fifo ? "FIFO" : path == device ? "device" : "";
    for (const Status& refused :
         {fs_.ReadAll(path).status(), fs_.OpenForRead(path).status(), fs_.Map(path).status(),
          fs_.OpenForWrite(path).status(), fs_.Lock(path).status()}) {
      EXPECT_EQ(refused.code(), Code::kIoFailed) << path;
      EXPECT_NE(refused.message().find(path), std::string::npos) << refused.message();
      EXPECT_NE(refused.message().find(kind), std::string::npos) << refused.message();
    }
  }
  EXPECT_EQ(fs_.Create(fifo).status().code(), Code::kIoFailed);
}

TEST_F(PosixFileSystemTest, ASparseFileIsNotReadIntoMemory) {
  const std::string path = JoinPath(dir_, "f");
  ASSERT_TRUE(WriteFileAtomically(&fs_, path, "x").ok());
  ASSERT_TRUE(fs_.Truncate(path, uint64_t{200} << 30).ok());
  const Status refused = fs_.ReadAll(path).status();
  EXPECT_EQ(refused.code(), Code::kDataIntegrity);
  EXPECT_EQ(refused.message(),
            "file is too large to be one of its kind: " + path + ": 214748364800 bytes, at most 268435456");
}

TEST_F(PosixFileSystemTest, FilesOfTheKernelAreBoundedToo) {
  EXPECT_EQ(fs_.ReadAll("/proc/self/maps", 10).status().code(), Code::kDataIntegrity);
}

TEST_F(PosixFileSystemTest, RemoveTreeFollowsNoLink) {
  const std::string outside = JoinPath(dir_, "outside");
  const std::string tree = JoinPath(dir_, "tree");
  ASSERT_TRUE(fs_.CreateDirs(outside).ok());
  ASSERT_TRUE(fs_.CreateDirs(tree).ok());
  ASSERT_TRUE(WriteFileAtomically(&fs_, JoinPath(outside, "f"), "x").ok());
  ASSERT_EQ(::symlink(outside.c_str(), JoinPath(tree, "link").c_str()), 0);
  ASSERT_TRUE(fs_.RemoveTree(tree).ok());
  EXPECT_TRUE(fs_.Exists(JoinPath(outside, "f")).value());
}

}  // namespace
}  // namespace redkite::io
