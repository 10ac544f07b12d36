// Whether this node asks for credentials, and the first one. It does where it listens beyond loopback
// addresses, where the operator says so, and wherever root has a password already; `insecure` alone turns it
// off. Then root's password comes from `auth.root_password_file`, or one is made up and left in the file
// `root_password` of the data directory, readable by its owner alone. Thread safety: at start, one thread.
#pragma once

#include <string>

#include "access/access_control.h"
#include "config/settings.h"
#include "io/posix_file_system.h"

namespace redkite::server {

struct Bootstrap {
  bool enforces = false;
  std::string announcement;  // for the operator; empty: nothing new
};
Result<Bootstrap> PrepareCredentials(const config::Settings& settings, io::FileSystem* fs,
                                     access::AccessControl* control, access::SecretSource* secrets);

}  // namespace redkite::server
