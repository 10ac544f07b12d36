// Any bytes as a block file: opened and verified, or refused; never a wrong access. The first byte says which
// checksums are made right first, so that what lies behind them is reached.
#include <algorithm>
#include <cstring>

#include "base/coding.h"
#include "base/crc32c.h"
#include "base/testing/fuzz_target.h"
#include "io/mem_file_system.h"
#include "storage/block_file.h"

namespace redkite::storage {
namespace {

// docs/formats/column_file.md
constexpr size_t kHeaderBytes = 64, kFooterBytes = 48, kTableHeadBytes = 32;

template <class T>
T Load(const std::string& bytes, size_t at) {
  T value{};
  if (at <= bytes.size() && sizeof value <= bytes.size() - at)
    std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}
template <class T>
void Store(std::string* bytes, size_t at, T value) {
  if (at <= bytes->size() && sizeof value <= bytes->size() - at)
    std::memcpy(bytes->data() + at, &value, sizeof value);
}

void FixBlocks(std::string* file, uint64_t table) {
  const auto sections = Load<uint32_t>(*file, table);
  const auto blocks = std::min<uint64_t>(Load<uint32_t>(*file, table + 4), 16);
  const uint64_t entries = table + kTableHeadBytes + uint64_t{sections} * Load<uint16_t>(*file, table + 8);
  for (uint64_t b = 0; b < blocks && b * kBlockBytes < table; ++b) {
    const uint64_t address[2] = {Load<uint64_t>(*file, 24), b};
    const uint64_t bytes = std::min(kBlockBytes, table - b * kBlockBytes);
    Store(file, entries + b * Load<uint16_t>(*file, table + 10),
          Crc32c(file->data() + b * kBlockBytes, bytes, Crc32c(address, sizeof address)));
  }
}

std::string Fixed(uint8_t which, std::string file) {
  if (file.size() < kHeaderBytes + kTableHeadBytes + kFooterBytes) return file;
  const size_t footer = file.size() - kFooterBytes;
  if ((which & 1) != 0) Store(&file, 60, Crc32c(file.data(), 60));
  const auto table = Load<uint64_t>(file, footer);
  if ((which & 2) != 0 && table >= kHeaderBytes && table < footer) FixBlocks(&file, table);
  if ((which & 4) != 0 && table < footer) {
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = table; i < footer; ++i)
      hash = (hash ^ static_cast<unsigned char>(file[i])) * 0x100000001b3;
    Store(&file, footer + 16, hash);
  }
  if ((which & 8) != 0) Store(&file, footer + 44, Crc32c(file.data() + footer, 44));
  return file;
}

void Run(std::string_view input) {
  if (input.empty()) return;
  io::MemFileSystem fs;
  fs.PutFile("f", Fixed(static_cast<uint8_t>(input[0]), std::string(input.substr(1))));
  auto reader = BlockFileReader::OpenAlone(&fs, ".", "f");
  if (!reader.ok()) return;
  const bool sound = (*reader)->VerifyAll().ok();
  size_t sum = 0;
  for (const Section& s : (*reader)->sections()) {
    for (const std::byte b : (*reader)->Raw(s)) sum += static_cast<size_t>(b);
    CHECK((*reader)->Read(s.id).ok() || !sound);
    (void)(*reader)->VerifyRange(s, s.length_bytes / 2, s.length_bytes / 3);
  }
  CHECK(sum != SIZE_MAX);
}

fuzz::Inputs Seeds() {
  fuzz::Inputs seeds;
  for (const char mode : {'\x0f', '\0'}) {
    io::MemFileSystem fs;
    auto writer = BlockFileWriter::Create(&fs, ".", "f", FileKind::kColumn, 1).value();
    CHECK(writer->Add({1, FieldId(100)}, std::string(100, 'x')).ok());
    if (mode != '\0') CHECK(writer->Add({2, FieldId(101)}, std::string(7, 'y')).ok());
    CHECK(writer->Finish().ok());
    seeds.push_back(mode + fs.ReadAll("f").value());
  }
  return seeds;
}

}  // namespace
}  // namespace redkite::storage

FUZZ_TARGET(block_file_fuzz, redkite::storage::Run, redkite::storage::Seeds, 20000)
