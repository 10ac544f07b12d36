// Any bytes as a block file: opened and verified, or refused; never a wrong access.
#include "io/mem_file_system.h"
#include "storage/block_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace redkite;
  io::MemFileSystem fs;
  fs.PutFile("f", {reinterpret_cast<const char*>(data), size});
  auto reader = storage::BlockFileReader::OpenAlone(&fs, ".", "f");
  if (!reader.ok() || !(*reader)->VerifyAll().ok()) return 0;
  size_t sum = 0;
  for (const storage::Section& s : (*reader)->sections()) {
    for (const std::byte b : (*reader)->Raw(s)) sum += static_cast<size_t>(b);
    CHECK((*reader)->Read(s.id).ok());
  }
  return sum == SIZE_MAX ? 1 : 0;
}
