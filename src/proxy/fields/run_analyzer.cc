// Analyzers alone, to try them out.
#include "base/crc32c.h"
#include "proxy/proxy.h"
#include "text/text_query.h"
#include "types/collection_properties.h"

namespace redkite::proxy {
namespace {

// Words multiply what a text takes: its bytes, and this for each.
constexpr size_t kTokenBytes = 48;

Status TooLarge(int64_t bytes_max) {
  return {Code::kParameterTooLarge,
          "the answer exceeds the maximum output size of " + std::to_string(bytes_max) +
              " bytes (limits.output_size), ask for fewer or shorter texts: parameter "
              "too large"};
}

}  // namespace

Result<RunAnalyzerResult> Proxy::RunAnalyzer(const RunAnalyzerRequest& request,
                                             const CancelToken* cancel) const {
  std::string params = request.params;
  if (!request.name.collection.empty() || !request.field.empty()) {
    if (!params.empty())
      return Status::Invalid(
          "run analyzer can't use analyzer params and (collection, field) at the same time");
    if (!request.analyzer_names.empty())
      return Status::Unimplemented("analyzer_names of run analyzer is not implemented");
    RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name));
    const FieldSchema* field = collection->schema.Find(request.field);
    if (field == nullptr)
      return Status(Code::kFieldNotFound, "field not found[field=" + request.field.substr(0, 256) + "]");
    const std::string* own = FindParam(field->type_params, "analyzer_params");
    const std::string* flag = FindParam(field->type_params, "enable_analyzer");
    const bool enabled = flag != nullptr && ParsePropertyFlag(*flag).value_or(false);
    if (!enabled && FindParam(field->type_params, "enable_match") == nullptr)
      return Status::Invalid("analyzer is not enabled for field " + field->name);
    if (own != nullptr) params = *own;
  }
  RK_ASSIGN_OR_RETURN(const text::AnalyzerPtr analyzer, text::Analyzer::Make(params));
  text::Analysis analysis(*analyzer);
  RunAnalyzerResult out{request.with_detail, request.with_hash, {}};
  int64_t bytes = 0;
  for (const std::string& text : request.texts) {
    if (cancel != nullptr) RK_RETURN_IF_ERROR(cancel->Check());
    auto& words = out.tokens.emplace_back();
    analysis.ForEach(text, [&](const text::Tokens::Token& token, std::string_view word) {
      bytes += static_cast<int64_t>(kTokenBytes + word.size());
      if (bytes > limits_.output_bytes_max) return false;
      words.push_back({std::string(word), token.begin, token.end, token.position, Crc32c(word)});
      return true;
    });
    if (bytes > limits_.output_bytes_max) return TooLarge(limits_.output_bytes_max);
  }
  return out;
}

Result<std::vector<PhraseSlop>> Proxy::ComputePhraseSlop(const PhraseSlopRequest& request,
                                                         const CancelToken* cancel) const {
  RK_ASSIGN_OR_RETURN(text::AnalyzerPtr analyzer, text::Analyzer::Make(request.params));
  const text::PhraseQuery query(analyzer, request.phrase, 0);
  text::Analysis analysis(*analyzer);
  text::MatchScratch scratch;
  std::vector<PhraseSlop> out;
  for (const std::string& text : request.texts) {
    if (cancel != nullptr) RK_RETURN_IF_ERROR(cancel->Check());
    const auto least = query.LeastSlop(text, &analysis, &scratch);
    out.push_back({least.has_value(), least ? static_cast<int64_t>(*least) : 0});
  }
  return out;
}

}  // namespace redkite::proxy
