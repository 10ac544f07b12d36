#include "server/rest/openapi/document.h"

#include <algorithm>

#include "base/check.h"
#include "server/rest/openapi/route_docs.h"
#include "server/rest/openapi/type_notation.h"

namespace redkite::server {
namespace {

using rest::JsonWriter;

constexpr std::string_view kDescription =
    "Every operation is a POST with a JSON object, which may be {}. What went well and what did not are both "
    "answered with status 200: the body has code 0 and data, or another code and a message. Members that are "
    "not known are ignored, null is as good as absent.";

constexpr std::string_view kFailure =
    R"({"type":"object","description":"What did not go well.","required":["code","message"],"properties":{)"
    R"("code":{"type":"integer","minimum":1,"description":"100: collection not found; 1100: invalid parameter; )"
    R"(1801: the body is wrong; 1802: a required member is missing; 10: not built"},)"
    R"("message":{"type":"string","description":"What it was about."}}})";

struct AnswerDoc {
  std::string_view status;
  std::string_view name;
  std::string_view text;
  bool json;   // with a code
  bool plain;  // before anything of the body was looked at
};
constexpr AnswerDoc kAnswers[] = {
    {"400", "BadRequest", "No HTTP request that this server takes.", false, true},
    {"401", "Unauthenticated", "Credentials are missing or wrong: code 1800.", true, false},
    {"403", "Forbidden", "The caller may not do that, or the Host or Origin is a foreign one.", true, true},
    {"404", "NotFound", "No such path, or not with this method.", false, true},
    {"408", "Timeout", "The time of Request-Timeout is over: code 10001.", true, true},
    {"413", "TooLarge", "The body is larger than the server takes.", false, true},
};

struct HeaderDoc {
  std::string_view key, name, schema, text;
};
constexpr HeaderDoc kHeaders[] = {
    {"RequestTimeout", "Request-Timeout", R"({"type":"integer","minimum":1,"maximum":86400,"default":30})",
     "Seconds after which the request is given up."},
    {"Database", "DB-Name", R"({"type":"string"})", "The database of a body that has no dbName."},
    {"AllowInt64", "Accept-Type-Allow-Int64", R"({"type":"string","enum":["true","false"],"default":"true"})",
     "false: 64-bit integers come as text, for clients whose numbers are doubles."},
};

void WriteType(std::string_view notation, bool required, JsonWriter* w) {
  const auto type = ParseType(notation);
  CHECK(type.has_value());
  WriteTypeSchema(*type, required, w);
}

void WriteRequired(std::initializer_list<MemberDoc> members, JsonWriter* w) {
  const auto required = [](const MemberDoc& member) { return member.required; };
  if (std::none_of(members.begin(), members.end(), required)) return;
  w->Key("required").BeginArray();
  for (const MemberDoc& member : members) {
    if (member.required) w->Text(member.name);
  }
  w->EndArray();
}

void WriteProperties(std::initializer_list<MemberDoc> members, bool answered, JsonWriter* w) {
  for (const MemberDoc& member : members) {
    w->Key(member.name);
    // Beside a reference a description may stand since 3.1.
    std::string schema;
    JsonWriter inner(&schema);
    WriteType(member.type, member.required && !answered, &inner);
    if (!member.text.empty()) {
      std::string text;
      JsonWriter(&text).Text(member.text);
      schema.pop_back();
      schema += (schema == "{" ? "\"description\":" : ",\"description\":") + text + "}";
    }
    w->Raw(schema);
  }
}

void WriteObject(const ObjectDoc& object, JsonWriter* w) {
  w->BeginObject().Key("type").Text("object");
  if (!object.text.empty()) w->Key("description").Text(object.text);
  WriteRequired(object.members, w);
  w->Key("properties").BeginObject();
  WriteProperties(object.members, object.answered, w);
  w->EndObject().EndObject();
}

void WriteReference(std::string_view kind, std::string_view name, JsonWriter* w) {
  w->BeginObject();
  w->Key("$ref").Text("#/components/" + std::string(kind) + "/" + std::string(name)).EndObject();
}

// `content` of an answer or a body, with the schema still to be written and to be ended.
JsonWriter& BeginJson(JsonWriter* w) {
  return w->Key("content").BeginObject().Key("application/json").BeginObject().Key("schema");
}

void WriteSuccess(const RouteDoc& doc, JsonWriter* w) {
  w->BeginObject().Key("type").Text("object");
  w->Key("required").BeginArray().Text("code").Text("data").EndArray();
  w->Key("properties").BeginObject();
  w->Key("code").BeginObject().Key("const").Integer(0).EndObject().Key("data");
  WriteType(doc.data, false, w);
  WriteProperties(doc.beside, true, w);
  w->EndObject().EndObject();
}

void WriteAnswers(const RouteDoc& doc, JsonWriter* w) {
  w->Key("responses").BeginObject().Key("200").BeginObject();
  w->Key("description").Text(doc.built ? "Done, or why not." : "Not built: code 10.");
  BeginJson(w);
  if (doc.built) {
    w->BeginObject().Key("oneOf").BeginArray();
    WriteSuccess(doc, w);
    WriteReference("schemas", "Failure", w);
    w->EndArray().EndObject();
  } else {
    WriteReference("schemas", "Failure", w);
  }
  w->EndObject().EndObject().EndObject();
  for (const AnswerDoc& answer : kAnswers) {
    w->Key(answer.status);
    WriteReference("responses", answer.name, w);
  }
  w->EndObject();
}

void WriteOperation(const RouteDoc& doc, JsonWriter* w) {
  std::string id(doc.path);
  for (char& c : id) c = c == '/' ? '_' : c;
  w->Key("/v2/vectordb/" + std::string(doc.path)).BeginObject().Key("post").BeginObject();
  w->Key("operationId").Text(id).Key("summary").Text(doc.summary);
  w->Key("tags").BeginArray().Text(doc.group()).EndArray();
  if (!doc.built) w->Key("x-redkite-status").Text("not-implemented");
  w->Key("parameters").BeginArray();
  for (const HeaderDoc& header : kHeaders) WriteReference("parameters", header.key, w);
  w->EndArray();
  w->Key("requestBody").BeginObject().Key("required").Bool(true);
  BeginJson(w);
  WriteObject({"", "", doc.body}, w);
  w->Key("example").Raw(doc.example).EndObject().EndObject().EndObject();
  WriteAnswers(doc, w);
  w->EndObject().EndObject();
}

void WriteAnswerComponents(JsonWriter* w) {
  w->Key("responses").BeginObject();
  for (const AnswerDoc& answer : kAnswers) {
    w->Key(answer.name).BeginObject().Key("description").Text(answer.text).Key("content").BeginObject();
    if (answer.json) {
      w->Key("application/json").BeginObject().Key("schema");
      WriteReference("schemas", "Failure", w);
      w->EndObject();
    }
    if (answer.plain) w->Key("text/plain").Raw(R"({"schema":{"type":"string"}})");
    w->EndObject().EndObject();
  }
  w->EndObject();
}

void WriteComponents(JsonWriter* w) {
  w->Key("components").BeginObject();
  w->Key("schemas").BeginObject().Key("Failure").Raw(kFailure);
  for (const ObjectDoc& object : ObjectDocs()) {
    w->Key(object.name);
    WriteObject(object, w);
  }
  w->EndObject();
  WriteAnswerComponents(w);
  w->Key("parameters").BeginObject();
  for (const HeaderDoc& header : kHeaders) {
    w->Key(header.key).BeginObject().Key("name").Text(header.name).Key("in").Text("header");
    w->Key("description").Text(header.text).Key("schema").Raw(header.schema).EndObject();
  }
  w->EndObject();
  w->Key("securitySchemes").BeginObject();
  w->Key("bearer").Raw(
      R"({"type":"http","scheme":"bearer","description":"USER:PASSWORD, where the server asks for it."})");
  w->Key("basic").Raw(R"({"type":"http","scheme":"basic","description":"The same by HTTP Basic."})");
  w->EndObject().EndObject();
}

std::string Write() {
  std::string out;
  JsonWriter writer(&out);
  JsonWriter* const w = &writer;
  w->BeginObject().Key("openapi").Text("3.1.0");
  w->Key("info").BeginObject().Key("title").Text("Redkite REST").Key("version").Text("2");
  w->Key("description").Text(kDescription).EndObject();
  w->Key("servers").Raw(R"([{"url":"/"}])");
  w->Key("security").Raw(R"([{},{"bearer":[]},{"basic":[]}])");
  w->Key("tags").BeginArray();
  std::string_view group;
  for (const RouteDoc& doc : RouteDocs()) {
    if (doc.group() == group) continue;
    group = doc.group();
    w->BeginObject().Key("name").Text(group).EndObject();
  }
  w->EndArray().Key("paths").BeginObject();
  for (const RouteDoc& doc : RouteDocs()) WriteOperation(doc, w);
  w->EndObject();
  WriteComponents(w);
  w->EndObject();
  return out;
}

}  // namespace

const std::string& OpenApiDocument() {
  static const std::string* const document = new std::string(Write());
  return *document;
}

}  // namespace redkite::server
