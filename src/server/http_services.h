// ManagementService: the HTTP side of the management port. /healthz and /livez are open; /metrics is on a
// loopback address and for administrators elsewhere, as is everything else. GET changes nothing. Thread
// safety: called from IO threads; answers at once.
#pragma once

#include <functional>
#include <string>

#include "base/metrics.h"
#include "server/access/gate.h"

namespace redkite::server {

class ManagementService final : public HttpHandler {
 public:
  /// `health`: ok when the server can take reads and writes.
  ManagementService(const Gate* gate, std::function<Status()> health, const MetricsRegistry* metrics)
      : gate_(gate), health_(std::move(health)), metrics_(metrics) {}
  HttpVerdict Admit(const std::shared_ptr<HttpRequest>& request, HttpTicket& ticket) override;
  void Handle(std::shared_ptr<HttpRequest> request, HttpResponder responder) override;

 private:
  HttpResponse Answer(const HttpRequest& request) const;
  const Gate* const gate_;
  const std::function<Status()> health_;
  const MetricsRegistry* metrics_;
};

}  // namespace redkite::server
