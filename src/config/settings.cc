#include "config/settings.h"

#include "config/value_text.h"

namespace redkite::config {
namespace {

Status CheckAddress(std::string_view key, const std::string& address, bool insecure) {
  RK_ASSIGN_OR_RETURN(const HostPort parsed, ParseHostPort(address));
  if (insecure || IsLoopbackHost(parsed.host)) return Status::Ok();
  return {Code::kParameterInvalid, "option " + std::string(key) +
                                       " is not a loopback address and there are no credentials yet; if "
                                       "whoever reaches it may read and change "
                                       "everything, add --insecure: \"" +
                                       address + "\""};
}

}  // namespace

Status CheckSettings(const Settings& settings) {
  RK_RETURN_IF_ERROR(CheckAddress("listen", settings.listen, settings.insecure));
  return CheckAddress("management", settings.management, settings.insecure);
}

}  // namespace redkite::config
