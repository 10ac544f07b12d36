#include "config/settings_file.h"

#include <algorithm>
#include <string>

namespace redkite::config {
namespace {

constexpr size_t kFileBytesMax = 1 << 20;

std::string_view TrimRight(std::string_view s) {
  while (!s.empty() && (s.back() == ' ' || s.back() == '\r' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}
std::string_view Trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  return TrimRight(s);
}

class Parser {
 public:
  explicit Parser(std::string_view name) : name_(name) {}

  Status Line(std::string_view raw) {
    ++line_;
    const size_t indent = std::min(raw.find_first_not_of(' '), raw.size());
    std::string_view content = TrimRight(raw.substr(indent));
    if (content.empty() || content.front() == '#') return Status::Ok();
    if (line_ == 1 && content == "---") return Status::Ok();
    if (content.front() == '\t') return Fail("indentation with a tab");
    if (content.front() == '-' || content.front() == '{' || content.front() == '[') {
      return Fail("only \"key: value\" is understood");
    }
    const size_t colon = content.find(':');
    if (colon == std::string_view::npos) return Fail("no \"key: value\"");
    const std::string_view key = TrimRight(content.substr(0, colon));
    const std::string_view rest = content.substr(colon + 1);
    if (!IsKey(key)) return Fail("malformed key");
    if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t') return Fail("no blank after the colon");
    RK_RETURN_IF_ERROR(OpenLevel(indent));
    const std::string dotted =
        levels_.empty() ? std::string(key) : levels_.back().key + "." + std::string(key);
    std::string value;
    bool present = false;
    RK_RETURN_IF_ERROR(Value(Trim(rest), &value, &present));
    if (!present) {
      levels_.push_back({indent, dotted, false});
      return Status::Ok();
    }
    return Add(dotted, std::move(value));
  }

  std::vector<FileEntry> Take() { return std::move(entries_); }

 private:
  struct Level {
    size_t indent;
    std::string key;
    bool child_seen;
    size_t child_indent = 0;
  };

  Status Fail(std::string_view what) const {
    return {Code::kParameterInvalid,
            std::string(name_) + ":" + std::to_string(line_) + ": " + std::string(what)};
  }

  static bool IsKey(std::string_view key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
             c == '.' || c == '-';
    });
  }

  // Leaves the groups that this indentation ends; the lines of one group stand below each other.
  Status OpenLevel(size_t indent) {
    while (!levels_.empty() && indent <= levels_.back().indent) levels_.pop_back();
    if (levels_.empty()) return indent == 0 ? Status::Ok() : Fail("unexpected indentation");
    Level& group = levels_.back();
    if (!group.child_seen) {
      group.child_seen = true;
      group.child_indent = indent;
    }
    return group.child_indent == indent ? Status::Ok() : Fail("unexpected indentation");
  }

  // *present is false for "key:" alone, which opens a group.
  Status Value(std::string_view text, std::string* value, bool* present) const {
    *present = !text.empty() && text.front() != '#';
    if (!*present) return Status::Ok();
    const char quote = text.front();
    if (quote == '"' || quote == '\'') {
      const size_t end = text.find(quote, 1);
      if (end == std::string_view::npos) return Fail("the quoted value does not end");
      const std::string_view after = Trim(text.substr(end + 1));
      if (!after.empty() && after.front() != '#') return Fail("text after the quoted value");
      *value = text.substr(1, end - 1);
      if (value->find('\\') != std::string::npos) return Fail("escapes are not understood");
      return Status::Ok();
    }
    if (std::string_view("&*!|>{[%@`").find(quote) != std::string_view::npos) {
      return Fail("only plain and quoted values are understood");
    }
    const size_t comment = text.find(" #");
    *value = TrimRight(text.substr(0, comment));
    return Status::Ok();
  }

  Status Add(const std::string& key, std::string value) {
    for (const FileEntry& entry : entries_) {
      if (entry.key == key) return Fail("\"" + key + "\" again, first on line " + std::to_string(entry.line));
    }
    entries_.push_back({key, std::move(value), line_});
    return Status::Ok();
  }

  const std::string_view name_;
  int line_ = 0;
  std::vector<Level> levels_;
  std::vector<FileEntry> entries_;
};

}  // namespace

Result<std::vector<FileEntry>> ParseSettingsFile(std::string_view name, std::string_view text) {
  if (text.size() > kFileBytesMax) {
    return Status(Code::kParameterTooLarge,
                  std::string(name) + " is larger than 1 MiB: " + std::to_string(text.size()));
  }
  if (text.find('\0') != std::string_view::npos) {
    return Status(Code::kParameterInvalid, std::string(name) + " is not a text file");
  }
  Parser parser(name);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    RK_RETURN_IF_ERROR(parser.Line(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parser.Take();
}

}  // namespace redkite::config
