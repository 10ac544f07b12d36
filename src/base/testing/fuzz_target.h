// FUZZ_TARGET(name, run, seeds, mutations): a function over arbitrary bytes, in two shapes. In the preset
// `fuzz` it is a libFuzzer program; with `-write_seeds=FOLDER` that writes its seeds and ends. In the test
// binary it is the test FuzzReplay.NAME: every file of tests/fuzz/corpus/NAME, every seed, and `mutations`
// random changes of them, always the same ones. `name` is the stem of the file, so that file, program, corpus
// and test are called alike. Thread safety: one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/random.h"

namespace redkite::fuzz {

using Inputs = std::vector<std::string>;

/// Calls `run` with a copy of exactly the input's size, so that the address sanitizer sees a read beyond its
/// end.
inline void RunOne(void (*run)(std::string_view), std::string_view input) {
  const std::unique_ptr<char[]> copy(new char[input.size()]);
  if (!input.empty()) std::memcpy(copy.get(), input.data(), input.size());
  run({copy.get(), input.size()});
}

inline std::string Mutate(std::string bytes, Random* random) {
  for (uint64_t edits = 1 + random->Below(5); edits > 0; --edits) {
    if (bytes.empty()) bytes.assign(1 + random->Below(8), '\0');
    const size_t at = random->Below(bytes.size());
    switch (random->Below(6)) {
      case 0:
        bytes[at] = static_cast<char>(random->Next());
        break;
      case 1:
        bytes[at] = random->Below(2) == 0 ? '\xff' : '\0';
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.insert(at, 1 + random->Below(9), static_cast<char>(random->Next()));
        break;
      case 4:
        bytes.insert(at, bytes.substr(random->Below(bytes.size()), random->Below(32)));
        break;
      default:
        bytes.erase(at, 1 + random->Below(9));
        break;
    }
  }
  return bytes;
}

/// The contents of a folder's files, by name.
inline Inputs ReadInputs(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  if (std::filesystem::exists(folder)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  Inputs inputs;
  for (const auto& path : paths) {
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    inputs.push_back(bytes.str());
  }
  return inputs;
}

inline void ReplayAll(const std::string& folder, void (*run)(std::string_view), Inputs inputs,
                      int mutations) {
  for (std::string& bytes : ReadInputs(folder)) inputs.push_back(std::move(bytes));
  inputs.emplace_back();
  for (const std::string& input : inputs) RunOne(run, input);
  Random random(2024);
  for (int i = 0; i < mutations; ++i) RunOne(run, Mutate(inputs[random.Below(inputs.size())], &random));
}

/// For LLVMFuzzerInitialize: writes the seeds and ends the program when the arguments ask for it.
inline void WriteSeedsIfAsked(int argc, char** argv, const Inputs& seeds) {
  constexpr std::string_view kOption = "-write_seeds=";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (!argument.starts_with(kOption)) continue;
    const std::filesystem::path folder(argument.substr(kOption.size()));
    std::filesystem::create_directories(folder);
    for (size_t n = 0; n < seeds.size(); ++n) {
      std::ofstream(folder / ("seed-" + std::to_string(n)), std::ios::binary) << seeds[n];
    }
    std::exit(0);
  }
}

}  // namespace redkite::fuzz

#ifdef REDKITE_FUZZ_REPLAY
#include <gtest/gtest.h>
#define FUZZ_TARGET(name, run, seeds, mutations)                                                   \
  TEST(FuzzReplay, name) {                                                                         \
    SCOPED_TRACE("mutations from seed 2024");                                                      \
    ::redkite::fuzz::ReplayAll(REDKITE_TREE "/tests/fuzz/corpus/" #name, run, seeds(), mutations); \
  }
#else
#define FUZZ_TARGET(name, run, seeds, mutations)                            \
  extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {            \
    ::redkite::fuzz::WriteSeedsIfAsked(*argc, *argv, seeds());              \
    return 0;                                                               \
  }                                                                         \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { \
    run({reinterpret_cast<const char*>(data), size});                       \
    return 0;                                                               \
  }
#endif
