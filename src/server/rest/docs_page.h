// GET /docs, a page about the REST interface, and GET /openapi.json, the same for programs. The page has no
// script and nothing from elsewhere; its one style is named in the Content-Security-Policy by its hash.
// Thread safety: any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/transport/rpc_handler.h"

namespace redkite::server {

/// The answer to GET or HEAD of one of the two paths; nothing for other requests.
std::optional<HttpResponse> AnswerDocs(const HttpRequest& request);
/// Whether AnswerDocs has an answer.
bool IsDocsRequest(const HttpRequest& request);

/// The page, with commands for the server at `host`.
std::string DocsPage(std::string_view host);

}  // namespace redkite::server
