// What is generated from the declarations of the options. Thread safety: pure functions.
#pragma once

#include <string>

namespace redkite::config {

/// The options part of `redkite serve --help`.
std::string HelpText();
/// docs/config.md.
std::string MarkdownDoc();
/// redkite.yaml: every option commented out, with its default.
std::string SampleYaml();

}  // namespace redkite::config
