// Any text as FORMAT, as it is and under a right checksum line: a directory is opened, or refused with all
// its bytes unchanged.
#include <cstdio>

#include "base/crc32c.h"
#include "base/testing/fuzz_target.h"
#include "io/mem_file_system.h"
#include "storage/data_dir.h"

namespace redkite::storage {
namespace {

void TryFormat(const std::string& text) {
  const auto format = DecodeDataFormat(text);
  if (format.ok()) {
    const auto again = DecodeDataFormat(EncodeDataFormat(*format));
    CHECK(again.ok() && *again == *format);
  }
  io::MemFileSystem fs;
  CHECK(fs.CreateDirs("d").ok());
  fs.PutFile("d/FORMAT", text);
  Random random(1);
  const auto dir = DataDir::Open(&fs, "d", &random);
  CHECK(format.ok() || !dir.ok());
  if (dir.ok()) CHECK((*dir)->format() == *format);
  CHECK(fs.ReadAll("d/FORMAT").value() == text);
}

void Run(std::string_view input) {
  std::string text(input);
  TryFormat(text);
  char line[32];
  std::snprintf(line, sizeof line, "crc32c %08x\n", Crc32c(text));
  TryFormat(text + line);
}

fuzz::Inputs Seeds() {
  DataFormat format;
  format.uuid = "01234567-89ab-4cde-8f01-23456789abcd";
  const std::string text = EncodeDataFormat(format);
  return {text, text.substr(0, text.find("crc32c ")), text.substr(0, text.find("crc32c ")) + "later 1\n"};
}

}  // namespace
}  // namespace redkite::storage

FUZZ_TARGET(data_dir_fuzz, redkite::storage::Run, redkite::storage::Seeds, 10000)
