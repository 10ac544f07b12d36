#include "audit/audit_files.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "io/file_paths.h"

namespace redkite::audit {
namespace {

constexpr size_t kReadBytes = 64 << 10;
constexpr size_t kNumberDigitsMin = 6;

}  // namespace

std::string FullFilePath(const std::string& path, uint64_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < kNumberDigitsMin) digits.insert(0, kNumberDigitsMin - digits.size(), '0');
  return path + "." + digits;
}

Result<std::vector<uint64_t>> FullFileNumbers(io::FileSystem* fs, const std::string& path) {
  std::vector<uint64_t> numbers;
  auto files = fs->List(io::DirName(path));
  if (!files.ok()) {
    if (files.status().code() == Code::kKeyNotFound) return numbers;
    return files.status();
  }
  const std::string prefix = io::BaseName(path) + ".";
  for (const io::FileInfo& file : *files) {
    if (file.is_dir || !file.name.starts_with(prefix)) continue;
    const std::string_view digits = std::string_view(file.name).substr(prefix.size());
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size() || number == UINT64_MAX) continue;
    // Not "PATH.7": such a name is somebody else's.
    if (FullFilePath(path, number) == path + "." + std::string(digits)) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

Result<LineReader> LineReader::Open(io::FileSystem* fs, const std::string& path) {
  RK_ASSIGN_OR_RETURN(auto file, fs->OpenForRead(path));
  return LineReader(std::move(file));
}

// Drops what was handed out and reads on.
Status LineReader::Fill() {
  buffer_.erase(0, position_);
  position_ = 0;
  const size_t had = buffer_.size();
  buffer_.resize(had + std::min<uint64_t>(kReadBytes, file_->size_bytes() - file_offset_));
  const auto out = std::as_writable_bytes(std::span(buffer_).subspan(had));
  RK_RETURN_IF_ERROR(file_->ReadAt(file_offset_, out));
  file_offset_ += out.size();
  return Status::Ok();
}

Result<std::optional<RawLine>> LineReader::Next() {
  size_t searched = 0;
  size_t end = std::string::npos;
  while ((end = buffer_.find('\n', position_ + searched)) == std::string::npos) {
    searched = buffer_.size() - position_;
    if (searched > kLineBytesMax || at_end()) break;
    RK_RETURN_IF_ERROR(Fill());
  }
  RawLine line;
  line.offset = file_offset_ - (buffer_.size() - position_);
  if (end != std::string::npos && end - position_ <= kLineBytesMax) {
    line.text = std::string_view(buffer_).substr(position_, end - position_);
    position_ = end + 1;
    return std::optional(line);
  }
  if (end == std::string::npos && at_end() && searched <= kLineBytesMax) {
    if (searched == 0) return std::optional<RawLine>();
    line.text = std::string_view(buffer_).substr(position_);
    line.terminated = false;
    position_ = buffer_.size();
    return std::optional(line);
  }
  // None of ours: what is behind its end is read on from there.
  line.too_long = true;
  while ((end = buffer_.find('\n', position_)) == std::string::npos) {
    position_ = buffer_.size();
    if (at_end()) {
      line.terminated = false;
      return std::optional(line);
    }
    RK_RETURN_IF_ERROR(Fill());
  }
  position_ = end + 1;
  return std::optional(line);
}

std::string ChainCheck::Take(const RawLine& raw, bool first_of_file) {
  std::optional<Line> line;
  if (raw.terminated && !raw.too_long) line = ParseLine(raw.text);
  if (!line) {
    chain_.reset();
    if (raw.too_long) return "longer than any line of an audit log";
    return raw.terminated ? "not a line of an audit log" : "a line without its end";
  }
  std::string wrong;
  if (first_of_file && !line->previous) wrong = "the first line of a file is not its head";
  if (!first_of_file && line->previous) wrong = "the head of a file in the middle of one";
  // The first line of all continues nothing, whatever it says.
  if (!chain_ && line->previous)
    chain_ = line->seq == 1 ? Chain() : Chain{line->seq, std::string(*line->previous)};
  if (chain_ && line->seq != chain_->next_seq) {
    wrong = "line " + std::to_string(chain_->next_seq) +
            " should stand here, number found: " + std::to_string(line->seq);
  } else if (chain_ && line->previous && *line->previous != chain_->hash) {
    wrong = "the file does not continue the one before it";
  } else if (chain_ && HashOf(chain_->hash, line->body) != line->hash) {
    wrong = "the hash does not fit the line and the one before it";
  }
  seq_ = line->seq;
  chain_ = Chain{line->seq + 1, std::string(line->hash)};
  return wrong;
}

Result<FileStart> ReadFileStart(io::FileSystem* fs, const std::string& path) {
  RK_ASSIGN_OR_RETURN(LineReader reader, LineReader::Open(fs, path));
  FileStart start;
  start.size_bytes = reader.size_bytes();
  ChainCheck check;
  while (true) {
    RK_ASSIGN_OR_RETURN(const std::optional<RawLine> line, reader.Next());
    if (!line) return start;
    start.problem = check.Take(*line, start.lines == 0);
    if (!start.problem.empty()) return start;
    ++start.lines;
    start.chain = check.chain();
    start.good_bytes = line->offset + line->text.size() + 1;
  }
}

}  // namespace redkite::audit
