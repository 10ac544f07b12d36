#include "config/settings.h"

#include "config/value_text.h"

namespace redkite::config {

Status CheckSettings(const Settings& settings) {
  RK_RETURN_IF_ERROR(ParseHostPort(settings.listen).status().WithContext("option listen"));
  RK_RETURN_IF_ERROR(ParseHostPort(settings.management).status().WithContext("option management"));
  if (!settings.insecure) return Status::Ok();
  for (const auto& [set, key] :
       {std::pair(settings.auth, "auth.enabled"),
        std::pair(!settings.root_password_file.empty(), "auth.root_password_file")}) {
    if (set) return Status::Invalid(std::string("insecure and ") + key + " exclude each other");
  }
  return Status::Ok();
}

}  // namespace redkite::config
