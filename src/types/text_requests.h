// What clients ask of analyzers alone, and what they get. Thread safety: plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "types/collection_requests.h"

namespace redkite {

struct RunAnalyzerRequest {
  std::string params;  // of an analyzer; or that of a field
  CollectionName name;
  std::string field;
  std::vector<std::string> analyzer_names;
  std::vector<std::string> texts;
  bool with_detail = false;
  bool with_hash = false;
};

struct AnalyzerToken {
  std::string word;
  uint32_t begin = 0;  // in bytes
  uint32_t end = 0;
  uint32_t position = 0;
  uint32_t hash = 0;
};

struct RunAnalyzerResult {
  bool with_detail = false;
  bool with_hash = false;
  std::vector<std::vector<AnalyzerToken>> tokens;  // by text
};

struct PhraseSlopRequest {
  std::string params;
  std::string phrase;
  std::vector<std::string> texts;
};

struct PhraseSlop {
  bool matches = false;  // every word of the phrase is there
  int64_t slop = 0;      // the least with which phrase_match finds the text
};

}  // namespace redkite
