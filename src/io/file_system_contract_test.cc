// One suite that every FileSystem must pass: the real one in a temporary directory, and the twin in memory.
#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/random.h"
#include "io/file_paths.h"
#include "io/mem_file_system.h"
#include "io/posix_file_system.h"

namespace redkite::io {
namespace {

enum class Kind { kPosix, kMem };

class FileSystemContract : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::kPosix) {
      std::string dir = JoinPath(testing::TempDir(), "redkite_io_XXXXXX");
      ASSERT_NE(::mkdtemp(dir.data()), nullptr);
      root_ = dir;
      fs_ = std::make_unique<PosixFileSystem>();
    } else {
      fs_ = std::make_unique<MemFileSystem>(7);
      root_ = "root";
      ASSERT_TRUE(fs_->CreateDirs(root_).ok());
    }
  }
  void TearDown() override {
    ASSERT_TRUE(fs_->RemoveTree(root_).ok());
    EXPECT_FALSE(fs_->Exists(root_).value());
  }
  std::string Path(std::string_view name) const { return JoinPath(root_, name); }
  void Put(const std::string& path, std::string_view bytes) {
    auto file = fs_->Create(path);
    ASSERT_TRUE(file.ok()) << file.status().ToString();
    ASSERT_TRUE((*file)->Append(bytes).ok());
    ASSERT_TRUE((*file)->Close().ok());
  }
  std::string Get(const std::string& path) {
    auto bytes = fs_->ReadAll(path);
    return bytes.ok() ? *bytes : bytes.status().ToString();
  }

  std::string root_;
  std::unique_ptr<FileSystem> fs_;
};

TEST_P(FileSystemContract, WritesAreReadBack) {
  auto file = fs_->Create(Path("f"));
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE((*file)->Append("hello ").ok());
  EXPECT_TRUE((*file)->Append("").ok());
  EXPECT_TRUE((*file)->Append("world").ok());
  EXPECT_EQ(Get(Path("f")), "hello world");  // before Close and Sync
  EXPECT_TRUE((*file)->WriteAt(6, "W").ok());
  EXPECT_TRUE((*file)->WriteAt(13, "!").ok());  // leaves a hole
  EXPECT_TRUE((*file)->Append("?").ok());
  EXPECT_TRUE((*file)->Sync().ok());
  EXPECT_TRUE((*file)->Close().ok());
  EXPECT_TRUE((*file)->Close().ok());
  EXPECT_EQ(Get(Path("f")), std::string("hello World\0\0!?", 15));
  EXPECT_FALSE((*file)->Append("x").ok());
  EXPECT_FALSE((*file)->Sync().ok());
}

TEST_P(FileSystemContract, CreateTruncatesAndOpenForWriteKeeps) {
  Put(Path("f"), "0123456789");
  {
    auto file = fs_->OpenForWrite(Path("f"));
    ASSERT_TRUE(file.ok());
    EXPECT_TRUE((*file)->WriteAt(2, "ab").ok());
    EXPECT_TRUE((*file)->Append("X").ok());
  }
  EXPECT_EQ(Get(Path("f")), "01ab456789X");
  Put(Path("f"), "new");
  EXPECT_EQ(Get(Path("f")), "new");
}

TEST_P(FileSystemContract, MissingPathsAnswerKeyNotFound) {
  EXPECT_EQ(fs_->OpenForRead(Path("no")).status().code(), Code::kKeyNotFound);
  EXPECT_EQ(fs_->OpenForWrite(Path("no")).status().code(), Code::kKeyNotFound);
  EXPECT_EQ(fs_->Map(Path("no")).status().code(), Code::kKeyNotFound);
  EXPECT_EQ(fs_->ReadAll(Path("no")).status().code(), Code::kKeyNotFound);
  EXPECT_EQ(fs_->List(Path("no")).status().code(), Code::kKeyNotFound);
  EXPECT_EQ(fs_->Remove(Path("no")).code(), Code::kKeyNotFound);
  EXPECT_EQ(fs_->Rename(Path("no"), Path("x")).code(), Code::kKeyNotFound);
  EXPECT_EQ(fs_->Truncate(Path("no"), 0).code(), Code::kKeyNotFound);
  EXPECT_EQ(fs_->SyncDir(Path("no")).code(), Code::kKeyNotFound);
  EXPECT_EQ(fs_->Create(Path("no/f")).status().code(), Code::kKeyNotFound);
  EXPECT_TRUE(fs_->RemoveTree(Path("no")).ok());
  EXPECT_FALSE(fs_->Exists(Path("no")).value());
  EXPECT_NE(fs_->ReadAll(Path("no")).status().message().find(Path("no")), std::string::npos);
}

TEST_P(FileSystemContract, AFileOverTheBoundIsNotRead) {
  Put(Path("f"), "0123456789");
  EXPECT_EQ(fs_->ReadAll(Path("f"), 10).value(), "0123456789");
  const Status refused = fs_->ReadAll(Path("f"), 9).status();
  EXPECT_EQ(refused.code(), Code::kDataIntegrity);
  EXPECT_NE(refused.message().find(Path("f") + ": 10 bytes, at most 9"), std::string::npos);
}

TEST_P(FileSystemContract, ReadAtIsExact) {
  Put(Path("f"), "0123456789");
  auto file = fs_->OpenForRead(Path("f"));
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((*file)->size_bytes(), 10u);
  std::array<std::byte, 4> out;
  ASSERT_TRUE((*file)->ReadAt(6, out).ok());
  EXPECT_EQ(std::string(reinterpret_cast<char*>(out.data()), 4), "6789");
  EXPECT_EQ((*file)->ReadAt(7, out).code(), Code::kUnexpectedEof);
  EXPECT_EQ((*file)->ReadAt(1000, out).code(), Code::kUnexpectedEof);
  EXPECT_TRUE((*file)->ReadAt(10, std::span(out).first(0)).ok());
}

TEST_P(FileSystemContract, MapShowsTheWholeFile) {
  Put(Path("f"), "mapped");
  Put(Path("empty"), "");
  auto map = fs_->Map(Path("f"));
  ASSERT_TRUE(map.ok());
  ASSERT_TRUE(fs_->Remove(Path("f")).ok());  // the map outlives the name
  EXPECT_EQ(std::string(reinterpret_cast<const char*>((*map)->bytes().data()), (*map)->bytes().size()),
            "mapped");
  auto empty = fs_->Map(Path("empty"));
  ASSERT_TRUE(empty.ok());
  EXPECT_TRUE((*empty)->bytes().empty());
  EXPECT_EQ(Get(Path("empty")), "");
}

TEST_P(FileSystemContract, AllocateKeepsWhatIsRead) {
  auto file = fs_->Create(Path("f"));
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->Append("abc").ok());
  ASSERT_TRUE((*file)->Allocate(8192).ok());
  ASSERT_TRUE((*file)->Allocate(100).ok());
  const std::string bytes = Get(Path("f"));
  EXPECT_EQ(bytes.substr(0, 3), "abc");
  EXPECT_EQ(bytes.find_first_not_of('\0', 3), std::string::npos);
  ASSERT_TRUE((*file)->WriteAt(8000, "z").ok());
  EXPECT_EQ(Get(Path("f"))[8000], 'z');
}

TEST_P(FileSystemContract, ListIsSortedAndDirectoriesAreMarked) {
  ASSERT_TRUE(fs_->CreateDirs(Path("d/e/f")).ok());
  ASSERT_TRUE(fs_->CreateDirs(Path("d/e/f")).ok());
  ASSERT_TRUE(fs_->CreateDirs(Path("d/e/f/")).ok());
  Put(Path("d/z"), "12345");
  Put(Path("d/a"), "");
  Put(Path("d/e/inner"), "");
  auto files = fs_->List(Path("d"));
  ASSERT_TRUE(files.ok());
  ASSERT_EQ(files->size(), 3u);
  EXPECT_EQ((*files)[0].name, "a");
  EXPECT_EQ((*files)[1].name, "e");
  EXPECT_TRUE((*files)[1].is_dir);
  EXPECT_EQ((*files)[2].name, "z");
  EXPECT_FALSE((*files)[2].is_dir);
  EXPECT_EQ((*files)[2].size_bytes, 5u);
  EXPECT_TRUE(fs_->Exists(Path("d/e/f")).value());
}

TEST_P(FileSystemContract, AFileIsNoDirectory) {
  Put(Path("f"), "x");
  ASSERT_TRUE(fs_->CreateDirs(Path("d")).ok());
  EXPECT_FALSE(fs_->CreateDirs(Path("f")).ok());
  EXPECT_FALSE(fs_->CreateDirs(Path("f/g")).ok());
  EXPECT_FALSE(fs_->Create(Path("d")).ok());
  EXPECT_FALSE(fs_->OpenForRead(Path("d")).ok());
  EXPECT_FALSE(fs_->Map(Path("d")).ok());
  EXPECT_FALSE(fs_->ReadAll(Path("d")).ok());
  EXPECT_FALSE(fs_->Remove(Path("d")).ok());
  EXPECT_FALSE(fs_->Rename(Path("f"), Path("d")).ok());
  EXPECT_EQ(fs_->List(Path("f")).status().code(), Code::kIoFailed);  // it is there, but no directory
  EXPECT_EQ(Get(Path("f")), "x");
}

TEST_P(FileSystemContract, RenameReplaces) {
  Put(Path("a"), "A");
  Put(Path("b"), "B");
  ASSERT_TRUE(fs_->Rename(Path("a"), Path("b")).ok());
  EXPECT_FALSE(fs_->Exists(Path("a")).value());
  EXPECT_EQ(Get(Path("b")), "A");
  ASSERT_TRUE(fs_->CreateDirs(Path("d/e")).ok());
  Put(Path("d/e/f"), "F");
  ASSERT_TRUE(fs_->Rename(Path("d"), Path("g")).ok());
  EXPECT_EQ(Get(Path("g/e/f")), "F");
  EXPECT_FALSE(fs_->Exists(Path("d")).value());
  ASSERT_TRUE(fs_->RemoveTree(Path("g")).ok());
  EXPECT_FALSE(fs_->Exists(Path("g/e")).value());
}

TEST_P(FileSystemContract, TruncateCutsAndExtends) {
  Put(Path("f"), "0123456789");
  ASSERT_TRUE(fs_->Truncate(Path("f"), 4).ok());
  EXPECT_EQ(Get(Path("f")), "0123");
  ASSERT_TRUE(fs_->Truncate(Path("f"), 6).ok());
  EXPECT_EQ(Get(Path("f")), std::string("0123\0\0", 6));
}

TEST_P(FileSystemContract, ASecondLockIsRefused) {
  auto lock = fs_->Lock(Path("LOCK"));
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(fs_->Lock(Path("LOCK")).status().code(), Code::kServiceUnavailable);
  EXPECT_TRUE(fs_->Lock(Path("OTHER")).ok());
  lock->reset();
  EXPECT_TRUE(fs_->Lock(Path("LOCK")).ok());
}

TEST_P(FileSystemContract, WriteFileAtomicallyReplaces) {
  ASSERT_TRUE(WriteFileAtomically(fs_.get(), Path("f"), "one").ok());
  ASSERT_TRUE(WriteFileAtomically(fs_.get(), Path("f"), "two").ok());
  EXPECT_EQ(Get(Path("f")), "two");
  EXPECT_EQ(fs_->List(root_)->size(), 1u);
  EXPECT_FALSE(WriteFileAtomically(fs_.get(), Path("no/f"), "x").ok());
}

TEST_P(FileSystemContract, FreeBytesAnswers) {
  ASSERT_TRUE(fs_->FreeBytes(root_).ok());
  EXPECT_GT(fs_->FreeBytes(root_).value(), 0u);
}

TEST_P(FileSystemContract, RandomWritesEqualAModel) {
  constexpr uint64_t kSeed = 20240607;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  auto file = fs_->Create(Path("f"));
  ASSERT_TRUE(file.ok());
  std::string model;
  for (int i = 0; i < 300; ++i) {
    const std::string bytes(random.Below(9000), static_cast<char>('a' + random.Below(26)));
    const uint64_t offset = random.Below(3) == 0 ? model.size() : random.Below(40000);
    if (offset == model.size()) {
      ASSERT_TRUE((*file)->Append(bytes).ok());
    } else {
      ASSERT_TRUE((*file)->WriteAt(offset, bytes).ok());
    }
    if (!bytes.empty() && model.size() < offset + bytes.size()) model.resize(offset + bytes.size());
    if (!bytes.empty()) model.replace(offset, bytes.size(), bytes);
    if (random.Below(20) == 0) {
      const uint64_t size = random.Below(50000);
      ASSERT_TRUE(fs_->Truncate(Path("f"), size).ok());
      model.resize(size);
      file = fs_->OpenForWrite(Path("f"));
      ASSERT_TRUE(file.ok());
    }
  }
  EXPECT_EQ(Get(Path("f")), model);
}

INSTANTIATE_TEST_SUITE_P(All, FileSystemContract, testing::Values(Kind::kPosix, Kind::kMem),
                         [](const auto& info) { return info.param == Kind::kPosix ? "posix" : "mem"; });

}  // namespace
}  // namespace redkite::io
