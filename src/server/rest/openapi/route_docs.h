// RouteDoc: what is told about one REST route; the OpenAPI document and the page /docs are made of these rows
// alone. A test holds them against RestService::Routes(), another sends their examples. Thread safety:
// constants.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace redkite::server {

struct MemberDoc {
  std::string_view name;
  std::string_view type;  // type_notation.h
  std::string_view text;
  bool required = false;
};

constexpr MemberDoc Need(std::string_view name, std::string_view type, std::string_view text) {
  return {name, type, text, true};
}
constexpr MemberDoc May(std::string_view name, std::string_view type, std::string_view text) {
  return {name, type, text, false};
}

/// An object that several routes speak of: `#Name` in a type.
struct ObjectDoc {
  std::string_view name;
  std::string_view text;
  std::initializer_list<MemberDoc> members;
  bool answered = false;  // it comes from the server, so that what has to be there may be empty
};

struct RouteDoc {
  std::string_view path;  // behind the prefix: "collections/list"
  std::string_view summary;
  std::initializer_list<MemberDoc> body;
  std::string_view data;                         // type of the answer's data
  std::string_view example;                      // a body; those of all routes fit together
  std::initializer_list<MemberDoc> beside = {};  // members of the answer beside data
  bool built = true;                             // else it answers code 10

  std::string_view group() const { return path.substr(0, path.find('/')); }
};

constexpr MemberDoc kDatabaseDoc =
    May("dbName", "string", "the database; without it that of the header DB-Name, else default");
constexpr MemberDoc kCollectionDoc = Need("collectionName", "string", "the collection, or an alias of it");
constexpr MemberDoc kMessageDoc = May("message", "string", "empty");
constexpr std::string_view kLevels = "=Strong,Session,Bounded,Eventually,Customized";

/// Rows of all routes, by group.
std::span<const RouteDoc> AllRouteDocs();
/// Those whose route is there.
const std::vector<RouteDoc>& RouteDocs();
std::span<const ObjectDoc> ObjectDocs();
const ObjectDoc* FindObjectDoc(std::string_view name);

// The parts of AllRouteDocs().
std::span<const RouteDoc> CollectionDocs();
std::span<const RouteDoc> DefinitionDocs();
std::span<const RouteDoc> EntityDocs();
std::span<const RouteDoc> AccessDocs();
std::span<const RouteDoc> ServiceDocs();

}  // namespace redkite::server
