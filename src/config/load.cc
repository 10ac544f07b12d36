#include "config/load.h"

#include <optional>
#include <utility>
#include <vector>

#include "config/options.h"
#include "config/settings_file.h"

namespace redkite::config {
namespace {

constexpr std::string_view kConfigFlag = "config";

struct FlagValue {
  std::string_view key;
  std::string_view value;
};

Status Invalid(std::string message) { return {Code::kParameterInvalid, std::move(message)}; }

Result<std::vector<FlagValue>> ParseFlags(std::span<const std::string_view> arguments) {
  std::vector<FlagValue> flags;
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string_view argument = arguments[i];
    if (!argument.starts_with("--") || argument.size() == 2) {
      return Invalid("expected --option: \"" + std::string(argument) + "\"");
    }
    argument.remove_prefix(2);
    const size_t equals = argument.find('=');
    const std::string_view key = argument.substr(0, equals);
    const OptionInfo* option = FindOption(key);
    if (option == nullptr && key != kConfigFlag) return Invalid(UnknownOptionText(key));
    if (equals != std::string_view::npos) {
      flags.push_back({key, argument.substr(equals + 1)});
    } else if (option != nullptr && option->is_flag) {
      flags.push_back({key, "true"});
    } else if (i + 1 < arguments.size()) {
      flags.push_back({key, arguments[++i]});
    } else {
      return Invalid("no value after --" + std::string(key));
    }
  }
  return flags;
}

Status ApplyFile(const std::string& path, const FileReader& read_file, Settings* settings) {
  Result<std::string> text = read_file(path);
  if (!text.ok()) return text.status().WithContext("cannot read the configuration file " + path);
  RK_ASSIGN_OR_RETURN(const std::vector<FileEntry> entries, ParseSettingsFile(path, *text));
  for (const FileEntry& entry : entries) {
    const std::string where = path + ":" + std::to_string(entry.line);
    const OptionInfo* option = FindOption(entry.key);
    if (option == nullptr) return Invalid(where + ": " + UnknownOptionText(entry.key));
    RK_RETURN_IF_ERROR(option->set(entry.value, settings).WithContext(where));
  }
  return Status::Ok();
}

}  // namespace

Result<Settings> Load(std::span<const std::string_view> arguments, const FileReader& read_file) {
  RK_ASSIGN_OR_RETURN(const std::vector<FlagValue> flags, ParseFlags(arguments));
  Settings settings;
  std::optional<std::string> path;
  for (const FlagValue& flag : flags) {
    if (flag.key != kConfigFlag) continue;
    if (path) return Invalid("--config twice: \"" + std::string(flag.value) + "\"");
    path = flag.value;
  }
  if (path) RK_RETURN_IF_ERROR(ApplyFile(*path, read_file, &settings));
  for (const FlagValue& flag : flags) {
    const OptionInfo* option = FindOption(flag.key);
    if (option != nullptr) RK_RETURN_IF_ERROR(option->set(flag.value, &settings));
  }
  RK_RETURN_IF_ERROR(CheckSettings(settings));
  return settings;
}

}  // namespace redkite::config
