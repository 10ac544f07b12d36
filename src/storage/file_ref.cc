#include "storage/file_ref.h"

namespace redkite::storage {

std::string JoinPath(const std::string& dir, const std::string& name) { return dir + "/" + name; }

}  // namespace redkite::storage
