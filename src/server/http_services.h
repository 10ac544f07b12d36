// ManagementService: the HTTP side of the management port (/healthz, /livez, /metrics). GET changes nothing.
// Thread safety: called from IO threads; answers at once.
#pragma once

#include <functional>
#include <string>

#include "base/metrics.h"
#include "server/authorize.h"

namespace redkite::server {

class ManagementService final : public HttpHandler {
 public:
  /// `health`: ok when the server can take reads and writes.
  ManagementService(Principal principal, std::function<Status()> health, const MetricsRegistry* metrics)
      : principal_(principal), health_(std::move(health)), metrics_(metrics) {}
  void Handle(std::shared_ptr<HttpRequest> request, HttpResponder responder) override;

 private:
  HttpResponse Answer(const HttpRequest& request) const;
  const Principal principal_;
  const std::function<Status()> health_;
  const MetricsRegistry* metrics_;
};

}  // namespace redkite::server
