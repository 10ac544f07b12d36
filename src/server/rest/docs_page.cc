#include "server/rest/docs_page.h"

#include "base/check.h"
#include "server/rest/openapi/document.h"
#include "server/rest/openapi/route_docs.h"
#include "server/rest/openapi/type_notation.h"

namespace redkite::server {
namespace {

// tests/wire/test_openapi.py compares its hash with kPolicy.
constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --line: #d0d7de; --soft: #f6f8fa; --faint: #57606a; --accent: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --line: #3d444d; --soft: #161b22; --faint: #9198a1; --accent: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 64rem; font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: 0; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
code, pre { font: 14px/1.45 ui-monospace, monospace; }
pre { margin: .75rem 0 0; padding: .75rem; overflow-x: auto; background: var(--soft); border: 1px solid var(--line); border-radius: 6px; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 1rem 0; }
a { color: var(--accent); }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .5rem .75rem; }
summary { cursor: pointer; overflow-wrap: anywhere; } summary span, .faint { color: var(--faint); }
table { border-collapse: collapse; width: 100%; margin-top: .75rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } td:first-child { white-space: nowrap; }
.unbuilt { color: var(--faint); border: 1px solid var(--line); border-radius: 6px; padding: 0 .4rem; font-size: .8rem; }
)";

constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'sha256-MdmKaz9xyoEYt+DhEWWH2/ZAl+6/qNEA6ytnZN/6LqM='; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";
constexpr std::string_view kDefaultHost = "localhost:19530";

void Append(std::string* out, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) out->append(part);
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// "text", "list of <a>Field</a>", "one of a, b".
std::string TypeText(const TypeTree& type) {
  using Kind = TypeTree::Kind;
  std::string text;
  switch (type.kind) {
    case Kind::kWord:
      return std::string(FindWord(type.word)->text);
    case Kind::kName:
      Append(&text, {"<a href=\"#", type.word, "\">", type.word, "</a>"});
      return text;
    case Kind::kTexts:
      for (const std::string_view word : TextsOf(type))
        Append(&text, {text.empty() ? "one of " : ", ", word});
      return text;
    case Kind::kArray:
      return "list of " + TypeText(type.parts[0]);
    case Kind::kMap:
      return "object of " + TypeText(type.parts[0]);
    case Kind::kEither:
      for (const TypeTree& part : type.parts) Append(&text, {text.empty() ? "" : " or ", TypeText(part)});
  }
  return text;
}

std::string TypeText(std::string_view notation) {
  const auto type = ParseType(notation);
  CHECK(type.has_value());
  return TypeText(*type);
}

void AppendMembers(std::initializer_list<MemberDoc> members, std::string* out) {
  if (members.size() == 0) return;
  out->append("<table><tr><th>Member</th><th>Type</th><th>Meaning</th></tr>\n");
  for (const MemberDoc& member : members) {
    Append(out, {"<tr><td><code>", Escaped(member.name), "</code>", member.required ? " *" : "", "</td><td>",
                 TypeText(member.type), "</td><td>", Escaped(member.text), "</td></tr>\n"});
  }
  out->append("</table>\n");
}

void AppendRoute(const RouteDoc& doc, std::string_view url, std::string* out) {
  Append(out,
         {"<details id=\"", doc.path, "\"><summary><code>", doc.path, "</code> <span>", Escaped(doc.summary),
          "</span>", doc.built ? "" : " <span class=\"unbuilt\">not built</span>", "</summary>\n"});
  AppendMembers(doc.body, out);
  Append(out, {"<pre><code>curl -s ", url, "/v2/vectordb/", doc.path,
               " -H 'Content-Type: application/json' -d '", Escaped(doc.example), "'</code></pre>\n"});
  if (doc.built) {
    Append(out, {"<p>Answer: <code>code</code> 0 and <code>data</code>, ", TypeText(doc.data), ".</p>\n"});
    AppendMembers(doc.beside, out);
  } else {
    out->append("<p>Answer: <code>code</code> 10.</p>\n");
  }
  out->append("</details>\n");
}

void AppendIntroduction(std::string_view url, std::string* out) {
  Append(out, {R"(<h1>Redkite REST</h1>
<p>Every route is a <code>POST</code> to <code>)",
               url, R"(/v2/vectordb/</code><em>route</em> with a JSON object as its body, which may be
<code>{}</code>. For programs: <a href="/openapi.json">openapi.json</a>, OpenAPI 3.1.</p>
<p>What went well and what did not are both answered with status 200: <code>{"code":0,"data":…}</code>, or
<code>{"code":</code><em>another</em><code>,"message":…}</code>. Other statuses: 401 and 403 for credentials, 404 for an unknown
route, 408 when the time is over, 413 for a body that is too large.</p>
<p>A server that asks for credentials wants <code>-H 'Authorization: Bearer USER:PASSWORD'</code>, or HTTP Basic.
Headers: <code>DB-Name</code>, the database of a body without <code>dbName</code>; <code>Request-Timeout</code>, in
seconds; <code>Accept-Type-Allow-Int64: false</code>, 64-bit integers as text.</p>
<p class="faint">* has to be there. Unknown members are ignored.</p>
)"});
}

void AppendGroups(std::string_view url, std::string* out) {
  std::string nav, groups;
  std::string_view group;
  for (const RouteDoc& doc : RouteDocs()) {
    if (doc.group() != group) {
      group = doc.group();
      Append(&nav, {"<a href=\"#group-", group, "\">", group, "</a>\n"});
      Append(&groups, {"<h2 id=\"group-", group, "\">", group, "</h2>\n"});
    }
    AppendRoute(doc, url, &groups);
  }
  Append(out, {"<nav>\n", nav, "<a href=\"#objects\">objects</a>\n</nav>\n", groups});
}

// Only what can stand in a command and in a page as it is.
bool IsPlainHost(std::string_view host) {
  return !host.empty() && host.size() <= 255 &&
         host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:") ==
             std::string_view::npos;
}

HttpResponse Answer(std::string_view type, std::string body) {
  HttpResponse response;
  response.headers.emplace_back("content-type", std::string(type));
  response.headers.emplace_back("content-security-policy", std::string(kPolicy));
  response.headers.emplace_back("x-content-type-options", "nosniff");
  response.headers.emplace_back("x-frame-options", "DENY");
  response.headers.emplace_back("referrer-policy", "no-referrer");
  response.headers.emplace_back("cache-control", "no-cache");
  response.body = std::move(body);
  return response;
}

}  // namespace

std::string DocsPage(std::string_view host) {
  const std::string url = "http://" + std::string(IsPlainHost(host) ? host : kDefaultHost);
  std::string out;
  Append(&out, {"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<title>Redkite REST</title>\n<style>",
                kStyle, "</style>\n</head>\n<body>\n"});
  AppendIntroduction(url, &out);
  AppendGroups(url, &out);
  out.append("<h2 id=\"objects\">Objects</h2>\n");
  for (const ObjectDoc& object : ObjectDocs()) {
    Append(&out,
           {"<h3 id=\"", object.name, "\">", object.name, "</h3>\n<p>", Escaped(object.text), "</p>\n"});
    AppendMembers(object.members, &out);
  }
  out.append("</body>\n</html>\n");
  return out;
}

bool IsDocsRequest(const HttpRequest& request) {
  // Of an answer to HEAD the transport sends the length alone.
  return (request.method == "GET" || request.method == "HEAD") &&
         (request.path == "/openapi.json" || request.path == "/docs");
}

std::optional<HttpResponse> AnswerDocs(const HttpRequest& request) {
  if (!IsDocsRequest(request)) return std::nullopt;
  if (request.path == "/openapi.json") return Answer("application/json; charset=utf-8", OpenApiDocument());
  return Answer("text/html; charset=utf-8", DocsPage(request.Find("host").value_or("")));
}

}  // namespace redkite::server
