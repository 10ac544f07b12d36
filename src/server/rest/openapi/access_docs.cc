#include "server/rest/openapi/route_docs.h"

namespace redkite::server {
namespace {

constexpr MemberDoc kUser = Need("userName", "string", "the user");
constexpr MemberDoc kRole = Need("roleName", "string", "the role");
constexpr MemberDoc kWords = May("description", "string", "words about it");
constexpr MemberDoc kObjectType = Need("objectType", "string", "Global, Collection or User");
constexpr MemberDoc kObjectName = Need("objectName", "string", "which of them; * means all");
constexpr MemberDoc kPrivilege = Need("privilege", "string", "a privilege, or a group of privileges");
constexpr MemberDoc kAnyDatabase = May("dbName", "string", "the database; * means all");
constexpr MemberDoc kAnyCollection = May("collectionName", "string", "the collection; * means all");
constexpr MemberDoc kGroup = Need("privilegeGroupName", "string", "the group of privileges");
constexpr MemberDoc kForce = May("forceDrop", "boolean", "also one that may do something");
constexpr MemberDoc kPrivileges = May("privileges", "[string]", "the privileges");

constexpr std::string_view kJane = R"({"userName":"jane"})";
constexpr std::string_view kReader = R"({"roleName":"reader"})";
constexpr std::string_view kJaneReads = R"({"userName":"jane","roleName":"reader"})";
constexpr std::string_view kMayQuery =
    R"({"roleName":"reader","objectType":"Collection","objectName":"books","privilege":"Query"})";
constexpr std::string_view kMayRead =
    R"({"roleName":"reader","privilege":"CollectionReadOnly","dbName":"default","collectionName":"books"})";
constexpr std::string_view kLook = R"({"privilegeGroupName":"look","privileges":["Query","Search"]})";

const RouteDoc kDocs[] = {
    {"users/list", "Names of the users.", {}, "[string]", "{}"},
    {"users/describe", "Roles of a user.", {kUser}, "[string]", kJane, {kWords}},
    {"users/create",
     "Makes a user.",
     {kUser, Need("password", "string", "in plain text"), kWords},
     "empty",
     R"({"userName":"jane","password":"Northanger1"})"},
    {"users/update_password",
     "Changes a password.",
     {kUser, May("password", "string", "the old one"), May("newPassword", "string", "the new one"), kWords},
     "empty",
     R"({"userName":"jane","password":"Northanger1","newPassword":"Mansfield2"})"},
    {"users/drop", "Drops a user.", {kUser}, "empty", kJane},
    {"users/grant_role", "Gives a user a role.", {kUser, kRole}, "empty", kJaneReads},
    {"users/revoke_role", "Takes a role from a user.", {kUser, kRole}, "empty", kJaneReads},

    {"roles/list", "Names of the roles.", {}, "[string]", "{}"},
    {"roles/describe", "What a role may do.", {kRole}, "[#Grant]", kReader, {kWords}},
    {"roles/create", "Makes a role.", {kRole, kWords}, "empty", kReader},
    {"roles/alter",
     "Changes the description of a role.",
     {kRole, kWords},
     "empty",
     R"({"roleName":"reader","description":"looks and does not touch"})"},
    {"roles/drop", "Drops a role that may do nothing.", {kRole, kForce}, "empty", kReader},
    {"roles/grant_privilege",
     "Lets a role do something, by kind of object.",
     {kRole, kObjectType, kObjectName, kPrivilege, kAnyDatabase},
     "empty",
     kMayQuery},
    {"roles/revoke_privilege",
     "Takes that back.",
     {kRole, kObjectType, kObjectName, kPrivilege, kAnyDatabase},
     "empty",
     kMayQuery},
    {"roles/grant_privilege_v2",
     "Lets a role do something, by database and collection.",
     {kRole, kPrivilege, kAnyDatabase, kAnyCollection},
     "empty",
     kMayRead},
    {"roles/revoke_privilege_v2",
     "Takes that back.",
     {kRole, kPrivilege, kAnyDatabase, kAnyCollection},
     "empty",
     kMayRead},

    {"privilege_groups/create",
     "Makes a group of privileges.",
     {kGroup},
     "empty",
     R"({"privilegeGroupName":"look"})"},
    {"privilege_groups/drop",
     "Drops a group of privileges.",
     {kGroup},
     "empty",
     R"({"privilegeGroupName":"look"})"},
    {"privilege_groups/list", "The groups and their privileges.", {}, "#PrivilegeGroups", "{}"},
    {"privilege_groups/add_privileges_to_group",
     "Adds privileges to a group.",
     {kGroup, kPrivileges},
     "empty",
     kLook},
    {"privilege_groups/remove_privileges_from_group",
     "Removes privileges from a group.",
     {kGroup, kPrivileges},
     "empty",
     kLook},

    {"api_keys/create",
     "Makes an API key that may do what its user may. It is told once.",
     {kUser, May("keyName", "string", "words about it"),
      May("expiresAtMs", "integer", "when it ends, in milliseconds since 1970; 0: never")},
     "#ApiKey",
     R"({"userName":"jane","keyName":"reading room"})"},
    {"api_keys/list",
     "The keys of a user, or of all.",
     {May("userName", "string", "the user")},
     "[#ApiKeyInfo]",
     kJane},
    {"api_keys/drop",
     "Ends an API key.",
     {kUser, Need("id", "string", "the key's id, as the list has it")},
     "empty",
     R"({"userName":"jane","id":"0"})"},
};

}  // namespace

std::span<const RouteDoc> AccessDocs() { return kDocs; }

}  // namespace redkite::server
