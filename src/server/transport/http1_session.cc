#include "server/transport/http1_session.h"

namespace redkite::server {
std::unique_ptr<Protocol> MakeHttp1Session(const std::shared_ptr<TransportContext>&,
                                           const std::shared_ptr<ReplySink>&, const std::string&) {
  return nullptr;
}
}  // namespace redkite::server
