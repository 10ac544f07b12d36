#include "wire/text_codec.h"

#include "types/json_text.h"
#include "wire/pb_reader.h"
#include "wire/pb_writer.h"
#include "wire/status_map.h"

namespace redkite::wire {
namespace {

// More texts than anybody tries out.
constexpr size_t kTextsMax = 16384;

/// Reads the member if it is a text; false for bytes that are none.
bool ReadText(const PbReader& r, std::string* text) {
  *text = std::string(r.bytes());
  return IsValidUtf8(r.bytes());
}

bool AddText(const PbReader& r, std::vector<std::string>* texts) {
  return ReadText(r, &texts->emplace_back());
}

Status TooManyTexts() {
  return {Code::kParameterTooLarge, "more than " + std::to_string(kTextsMax) + " texts: parameter too large"};
}

}  // namespace

Result<RunAnalyzerRequest> DecodeRunAnalyzer(std::string_view bytes) {
  RunAnalyzerRequest request;
  bool ok = true;
  PbReader r(bytes);
  while (ok && request.texts.size() + request.analyzer_names.size() <= kTextsMax && r.Next()) {
    switch (r.tag()) {
      case PbLen(2):
        ok = ReadText(r, &request.params);
        break;
      case PbLen(3):
        ok = AddText(r, &request.texts);
        break;
      case PbVarint(4):
        request.with_detail = r.boolean();
        break;
      case PbVarint(5):
        request.with_hash = r.boolean();
        break;
      case PbLen(6):
        ok = ReadText(r, &request.name.database);
        break;
      case PbLen(7):
        ok = ReadText(r, &request.name.collection);
        break;
      case PbLen(8):
        ok = ReadText(r, &request.field);
        break;
      case PbLen(9):
        ok = AddText(r, &request.analyzer_names);
        break;
      default:
        break;
    }
  }
  if (!ok || !r.ok()) return MalformedRequest("RunAnalyzerRequest");
  if (request.texts.size() + request.analyzer_names.size() > kTextsMax) return TooManyTexts();
  return request;
}

std::string EncodeRunAnalyzer(const RunAnalyzerResult& result) {
  std::string out;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  std::string tokens, token;
  for (const auto& text : result.tokens) {
    tokens.clear();
    for (const AnalyzerToken& t : text) {
      token.clear();
      PbWriter inner(&token);
      inner.Bytes(1, t.word);
      if (result.with_detail) {
        inner.VarintIfSet(2, t.begin);
        inner.VarintIfSet(3, t.end);
        inner.VarintIfSet(4, t.position);
        inner.VarintIfSet(5, 1);
      }
      if (result.with_hash) inner.VarintIfSet(6, t.hash);
      PbWriter(&tokens).Bytes(1, token);
    }
    w.Bytes(2, tokens);
  }
  return out;
}

Result<PhraseSlopRequest> DecodePhraseSlop(std::string_view bytes) {
  PhraseSlopRequest request;
  bool ok = true;
  PbReader r(bytes);
  while (ok && request.texts.size() <= kTextsMax && r.Next()) {
    if (r.tag() == PbLen(2)) ok = ReadText(r, &request.params);
    if (r.tag() == PbLen(3)) ok = ReadText(r, &request.phrase);
    if (r.tag() == PbLen(4)) ok = AddText(r, &request.texts);
  }
  if (!ok || !r.ok()) return MalformedRequest("ComputePhraseMatchSlopRequest");
  if (request.texts.size() > kTextsMax) return TooManyTexts();
  return request;
}

std::string EncodePhraseSlop(const std::vector<PhraseSlop>& slops) {
  std::string matches, numbers;
  PbWriter m(&matches), n(&numbers);
  for (const PhraseSlop& slop : slops) {
    m.PackedVarint(slop.matches ? 1 : 0);
    n.PackedVarint(static_cast<uint64_t>(slop.slop));
  }
  std::string out;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  if (!slops.empty()) {
    w.Bytes(2, matches);
    w.Bytes(3, numbers);
  }
  return out;
}

}  // namespace redkite::wire
