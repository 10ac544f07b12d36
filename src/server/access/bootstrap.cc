#include "server/access/bootstrap.h"

#include <array>

#include "config/value_text.h"
#include "server/access/gate.h"

namespace redkite::server {
namespace {

constexpr uint64_t kPasswordFileBytesMax = 4096;
constexpr size_t kMadeUpCharacters = 24;  // 142 bits
constexpr std::string_view kCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool IsBeyondLoopback(const std::string& address) {
  const auto parsed = config::ParseHostPort(address);
  return !parsed.ok() || !config::IsLoopbackHost(parsed->host);
}

// Without the line's end that editors leave.
Result<Secret> ReadPassword(io::FileSystem* fs, const std::string& path) {
  RK_ASSIGN_OR_RETURN(std::string text, fs->ReadAll(path, kPasswordFileBytesMax));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return Secret(std::move(text));
}

Secret MakeUpPassword(access::SecretSource* secrets) {
  std::string password;
  // Bytes from 248 on would favour the first characters.
  constexpr uint8_t kEvenEnd = 256 / kCharacters.size() * kCharacters.size();
  while (password.size() < kMadeUpCharacters) {
    std::array<uint8_t, 32> bytes;
    secrets->Fill(bytes);
    for (const uint8_t b : bytes) {
      if (b < kEvenEnd && password.size() < kMadeUpCharacters)
        password.push_back(kCharacters[b % kCharacters.size()]);
    }
  }
  return Secret(std::move(password));
}

Status WritePrivately(io::FileSystem* fs, const std::string& dir, const std::string& path,
                      const Secret& text) {
  RK_ASSIGN_OR_RETURN(auto file, fs->CreatePrivate(path));
  RK_RETURN_IF_ERROR(file->Append(text.Reveal()));
  RK_RETURN_IF_ERROR(file->Append("\n"));
  RK_RETURN_IF_ERROR(file->Sync());
  RK_RETURN_IF_ERROR(file->Close());
  return fs->SyncDir(dir);
}

}  // namespace

Result<Bootstrap> PrepareCredentials(const config::Settings& settings, io::FileSystem* fs,
                                     access::AccessControl* control, access::SecretSource* secrets) {
  Bootstrap out;
  const bool wanted = settings.auth || IsBeyondLoopback(settings.listen) ||
                      IsBeyondLoopback(settings.management) || !settings.root_password_file.empty() ||
                      control->root_has_password();
  if (settings.insecure) {
    if (control->root_has_password()) out.announcement = "credentials are not asked for: insecure is set";
    return out;
  }
  out.enforces = wanted;
  if (!wanted) return out;
  // Keys from a time when nobody was asked for anything are nobody's.
  if (!control->root_has_password()) {
    for (const ApiKeyInfo& key : control->ListApiKeys("")) RK_RETURN_IF_ERROR(control->DropApiKey(key.id));
  }
  if (!settings.root_password_file.empty()) {
    auto password = ReadPassword(fs, settings.root_password_file);
    if (!password.ok()) return password.status().WithContext("option auth.root_password_file");
    RK_RETURN_IF_ERROR(control->SetRootPassword(*password).WithContext("option auth.root_password_file"));
  } else if (!control->root_has_password()) {
    const std::string path = settings.data_dir + "/root_password";
    const Secret password = MakeUpPassword(secrets);
    // The file first: a password that nobody can read would lock everybody out.
    RK_RETURN_IF_ERROR(WritePrivately(fs, settings.data_dir, path, password));
    RK_RETURN_IF_ERROR(control->SetRootPassword(password));
    out.announcement = "the password of user root was made up and is in " + path;
  }
  return out;
}

}  // namespace redkite::server
