// The files of an audit log and their lines. PATH is written to; when it is full it becomes PATH.000001, then
// PATH.000002, …, and a new PATH begins with the hash that the former ended with. Thread safety: LineReader
// and ChainCheck by one thread; functions as their file system. Memory: two lines and a read-ahead.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit_line.h"
#include "io/file_system.h"

namespace redkite::audit {

/// More than one write of the log can be: so much of a file's end may be torn after a crash.
inline constexpr uint64_t kBatchBytesMax = 4 << 20;

std::string FullFilePath(const std::string& path, uint64_t number);
/// Of the full files of `path`, ascending; empty where its directory does not exist.
Result<std::vector<uint64_t>> FullFileNumbers(io::FileSystem* fs, const std::string& path);

struct RawLine {
  std::string_view text;  // without its end; empty for one that is too long
  uint64_t offset = 0;
  bool terminated = true;
  bool too_long = false;
};

/// The lines of a file as it was when it was opened.
class LineReader {
 public:
  static Result<LineReader> Open(io::FileSystem* fs, const std::string& path);
  uint64_t size_bytes() const { return file_->size_bytes(); }
  /// Nothing at the end; the text lives until the next call.
  Result<std::optional<RawLine>> Next();

 private:
  explicit LineReader(std::unique_ptr<io::RandomAccessFile> file) : file_(std::move(file)) {}
  Status Fill();
  bool at_end() const { return file_offset_ == file_->size_bytes(); }

  std::unique_ptr<io::RandomAccessFile> file_;
  uint64_t file_offset_ = 0;  // of what comes behind the buffer
  std::string buffer_;
  size_t position_ = 0;  // in the buffer, of the next line
};

/// Whether one line after another continues a chain.
class ChainCheck {
 public:
  /// Without a chain the head of the first file says where it begins.
  explicit ChainCheck(std::optional<Chain> begin = std::nullopt) : chain_(std::move(begin)) {}
  /// What is wrong with the line; empty: nothing, and the chain is behind it. After a wrong line the chain
  /// goes on with what it says of itself, so that one change gives one or two complaints.
  std::string Take(const RawLine& raw, bool first_of_file);
  /// Behind the last line; nothing when it is not known.
  const std::optional<Chain>& chain() const { return chain_; }
  uint64_t seq() const { return seq_; }  // of the last line; 0: none of its lines has a number

 private:
  std::optional<Chain> chain_;
  uint64_t seq_ = 0;
};

/// The good lines that a file begins with.
struct FileStart {
  std::optional<Chain> chain;  // behind them; nothing: there are none
  uint64_t good_bytes = 0;
  uint64_t size_bytes = 0;
  uint64_t lines = 0;
  std::string problem;  // of what is behind them; empty: they are all
};
Result<FileStart> ReadFileStart(io::FileSystem* fs, const std::string& path);

}  // namespace redkite::audit
