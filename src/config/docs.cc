#include "config/docs.h"

#include <string_view>

#include "config/options.h"

namespace redkite::config {
namespace {

constexpr size_t kLineWidth = 100;

// `text` in lines of at most kLineWidth, each after `indent`.
std::string Wrap(std::string_view text, std::string_view indent) {
  std::string out;
  std::string line(indent);
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (line.size() > indent.size() && line.size() + 1 + word.size() > kLineWidth) {
      out += line + "\n";
      line = indent;
    }
    if (line.size() > indent.size()) line += ' ';
    line += word;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + line + "\n";
}

std::string DefaultText(const OptionInfo& option) {
  return option.default_text.empty() ? "none" : option.default_text;
}

// Options with a dot are grouped under its first part.
std::string_view GroupOf(std::string_view key) {
  const size_t dot = key.find('.');
  return dot == std::string_view::npos ? std::string_view() : key.substr(0, dot);
}

}  // namespace

std::string HelpText() {
  std::string out =
      "  --config FILE\n" + Wrap("Read settings from FILE (see redkite.yaml); flags win over it.", "      ");
  for (const OptionInfo& option : AllOptions()) {
    out += "  --" + std::string(option.key) + (option.is_flag ? "" : " " + DefaultText(option)) + "\n";
    out += Wrap(option.doc, "      ");
  }
  return out;
}

std::string MarkdownDoc() {
  std::string out =
      "# Options\n\n"
      "Generated from `src/config/options.inc` by `./dev generate`; a test compares them.\n\n"
      "Every option is a flag of `redkite serve` (`--key value` or `--key=value`; of true and false `--key` "
      "or "
      "`--key=false`) and a key of the file "
      "given by `--config` "
      "(dotted, or nested by indentation; `redkite.yaml` is a sample). Flags win over the file, the file "
      "over the defaults. "
      "An unknown key, a value out of bounds or a malformed one ends the start with a message.\n\n"
      "Sizes take B, KiB, MiB, GiB, TiB or a bare number of bytes; times take ms, s, min, h.\n\n"
      "| option | default | bounds | needs a restart | meaning |\n|---|---|---|---|---|\n";
  for (const OptionInfo& option : AllOptions()) {
    out += "| `" + std::string(option.key) + "` | `" + DefaultText(option) + "` | " + option.bounds_text +
           " | " + (option.restart == Restart::kRestart ? "yes" : "no") + " | " + std::string(option.doc) +
           " |\n";
  }
  return out;
}

std::string SampleYaml() {
  std::string out =
      "# Settings of Redkite, each commented out with its default. Use: redkite serve --config redkite.yaml\n"
      "# Generated from src/config/options.inc by ./dev generate.\n";
  std::string_view group;
  for (const OptionInfo& option : AllOptions()) {
    const std::string_view its_group = GroupOf(option.key);
    if (its_group.empty() || its_group != group) out += "\n";
    if (!its_group.empty() && its_group != group) out += "# " + std::string(its_group) + ":\n";
    group = its_group;
    const std::string indent = group.empty() ? "# " : "#   ";
    out += Wrap(option.doc, indent + "# ");
    out += indent + std::string(option.key.substr(group.empty() ? 0 : group.size() + 1)) + ": " +
           (option.default_text.empty() ? "\"\"" : option.default_text);
    out += option.bounds_text.empty() ? "\n" : "  # " + option.bounds_text + "\n";
  }
  return out;
}

}  // namespace redkite::config
