#include "plan/regex_pattern.h"

#include <re2/re2.h>

#include "plan/constant_fold.h"

namespace redkite::plan {
namespace {

constexpr size_t kReasonBytesMax = 256;

Status Invalid(std::string_view pattern, std::string reason) {
  if (reason.size() > kReasonBytesMax) reason.resize(kReasonBytesMax);
  return {Code::kParameterInvalid,
          "invalid regex pattern: " + LiteralText(Literal(std::string(pattern))) + ": " + reason};
}

re2::StringPiece PieceOf(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct RegexPattern::Compiled {
  RE2 automaton;
};

RegexPattern::RegexPattern(std::string_view pattern, std::unique_ptr<const Compiled> compiled)
    : pattern_(pattern), compiled_(std::move(compiled)) {}

RegexPattern::~RegexPattern() = default;

Result<std::shared_ptr<const RegexPattern>> RegexPattern::Compile(std::string_view pattern) {
  if (pattern.size() > kRegexBytesMax) {
    return Invalid(pattern, "it has " + std::to_string(pattern.size()) + " bytes, more than " +
                                std::to_string(kRegexBytesMax));
  }
  RE2::Options options;  // UTF-8, case-sensitive
  options.set_log_errors(false);
  options.set_never_capture(true);  // only whether it matches is asked
  options.set_max_mem(kRegexMemoryMax);
  std::unique_ptr<const Compiled> compiled(new Compiled{{PieceOf(pattern), options}});
  if (!compiled->automaton.ok()) return Invalid(pattern, compiled->automaton.error());
  return std::shared_ptr<const RegexPattern>(new RegexPattern(pattern, std::move(compiled)));
}

bool RegexPattern::Matches(std::string_view text) const {
  return compiled_->automaton.Match(PieceOf(text), 0, text.size(), RE2::UNANCHORED, nullptr, 0);
}

}  // namespace redkite::plan
