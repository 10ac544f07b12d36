// Subject: a database on a disk in memory whose content is known to the last row, for suites that damage its
// files and look at what a start then answers. One client asks one thing after another, so no outcome is
// unknown. Thread safety: as Machine. Ownership: owns its machine; a damaged copy of the disk is the
// caller's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/answers.h"
#include "sim/machine.h"

namespace redkite::sim {

/// What a start on some disk, and the questions after it, came to.
struct Verdict {
  enum Kind {
    kRight,    // everything was answered as the model says
    kRefused,  // the start, or at least one question, answered with an error that says damage
    kWrong,    // a wrong answer, fewer rows, or an error that is none of damage
  };
  Kind kind = kRight;
  std::string text;  // the first error, or what was wrong
};

class Subject {
 public:
  explicit Subject(const SimConfig& config);
  ~Subject() { machine_.Close(); }

  /// The engine on the machine's own disk; the methods that follow need it.
  Status Open() { return machine_.Open(); }
  void Close() { machine_.Close(); }
  /// An indexed and loaded collection; returns its number. The first of `index` is the type.
  size_t Create(const std::string& name, bool text_keys, const Params& index);
  void Write(size_t collection, Mutation mutation);
  void Flush(size_t collection);
  void Settle() { machine_.RunAllTasks(); }

  /// The disk as it is, to be damaged.
  std::unique_ptr<io::MemFileSystem> CopyOfDisk() { return machine_.fs().Clone(1); }
  /// Starts on that disk, asks, and closes.
  Verdict Judge(io::MemFileSystem* fs) { return Judge(fs, Content()); }
  /// The same with other rows expected, one for each collection.
  Verdict Judge(io::MemFileSystem* fs, const std::vector<Rows>& content);
  std::vector<Rows> Content() const;
  Machine& machine() { return machine_; }

 private:
  struct Collection {
    Shape shape;
    Rows rows;
    bool has_graph = false;
  };
  Status Ask(const Collection& collection, const Rows& rows, std::string* wrong);
  Status AskRows(const Shape& shape, const Rows& rows, const RowFilter& filter, std::string* wrong);
  Status AskCount(const Shape& shape, const Rows& rows, const RowFilter& filter, std::string* wrong);
  Status AskSearch(const Shape& shape, bool through_graph, const Rows& rows, const RowFilter& filter,
                   std::string* wrong);

  Machine machine_;
  std::vector<Collection> collections_;
  uint64_t seq_ = 0;
};

/// kDataIntegrity, or a format that this build does not know.
bool SaysDamage(const Status& status);
/// Paths of all files that hold something, in order.
std::vector<std::string> ListFiles(io::MemFileSystem* fs);

}  // namespace redkite::sim
