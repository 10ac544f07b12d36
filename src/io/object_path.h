// Object paths: where LocalObjectStore keeps a key below its directory, and back
// (docs/formats/object_store.md). Pure functions; they never touch a disk.
//
// Each part of a key becomes one name: "d-" and the part for a directory, "o-" and the part for the object
// itself, so that "a" and "a/b" do not meet and no name is special to a file system. Bytes other than
// letters, digits and "-_.=+," become %XX. A part of kChunkBytes or more begins with directories of
// kChunkBytes bytes each, "c-" and the bytes. Entries of one directory, sorted by what they stand for, are in
// the order of the keys below them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace redkite::io {

/// Bytes of a key in one name; three times as many when all of them are escaped.
inline constexpr size_t kChunkBytes = 80;

/// Below the store's directory; the last name is that of a file. `key` has passed CheckObjectKey.
std::string PathOfObject(std::string_view key);

struct ObjectEntry {
  bool is_object = false;
  std::string key;  // what this name adds to the key of its directory; ends with '/' for a whole part
};
/// What a name in the store's directory stands for; nothing for a name that PathOfObject does not make.
std::optional<ObjectEntry> EntryOfName(std::string_view name, bool is_dir);

}  // namespace redkite::io
