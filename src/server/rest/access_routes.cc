#include <algorithm>

#include "access/authenticator.h"
#include "rest/definition_writer.h"
#include "server/access/gate.h"
#include "server/rest/rest_macros.h"
#include "server/rest/rest_service.h"

namespace redkite::server {
namespace {

using rest::BodyReader;
using rest::JsonWriter;
using wire::Method;

// As MilvusService::AfterHash.
void AfterHash(RestService& rest, const RestCallPtr& call, std::function<Status()> change) {
  const bool begun = rest.authenticator().hashes()->TrySubmit(
      [&rest, call, change = std::move(change)] { rest.Finish(call, change()); });
  if (!begun) rest.Fail(call, access::TooManyLogins());
}

// ---- users

void ListUsers(RestService& rest, const RestCallPtr& call) {
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data");
    rest::WriteTexts(rest.access().ListUsers(), &w);
  });
}

void DescribeUser(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const std::string name = body.NeedText("userName");
  RK_REST_CHECK(body.status());
  const auto users = rest.access().SelectUser({name, true});
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data");
    rest::WriteTexts(users.empty() ? std::vector<std::string>() : users[0].roles, &w);
    w.Key("description").Text(users.empty() ? "" : users[0].description);
  });
}

void CreateUser(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  CreateCredentialRequest request{body.NeedText("userName"), Secret(body.NeedText("password")),
                                  body.Text("description")};
  RK_REST_CHECK(body.status());
  AfterHash(rest, call,
            [&rest, request = std::move(request)] { return rest.access().CreateCredential(request); });
}

void UpdatePassword(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  UpdateCredentialRequest request;
  request.user = body.NeedText("userName");
  request.old_password = Secret(body.Text("password"));
  request.password = Secret(body.Text("newPassword"));
  if (!body.Value("description").empty()) request.description = body.Text("description");
  RK_REST_CHECK(body.status());
  const bool by_superuser = rest.gate().enforces() && rest.gate().MayDoEverything(*call->http);
  AfterHash(rest, call, [&rest, request = std::move(request), by_superuser] {
    return rest.access().UpdateCredential(request, by_superuser);
  });
}

void DropUser(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const std::string name = body.NeedText("userName");
  RK_REST_CHECK(body.status());
  rest.Finish(call, rest.access().DeleteCredential(name));
}

void ChangeUserRole(RestService& rest, const RestCallPtr& call, UserRoleChange change) {
  BodyReader body = call->reader();
  const OperateUserRoleRequest request{body.NeedText("userName"), body.NeedText("roleName"), change};
  RK_REST_CHECK(body.status());
  rest.Finish(call, rest.access().OperateUserRole(request));
}

void GrantRole(RestService& rest, const RestCallPtr& call) {
  ChangeUserRole(rest, call, UserRoleChange::kAdd);
}
void RevokeRole(RestService& rest, const RestCallPtr& call) {
  ChangeUserRole(rest, call, UserRoleChange::kRemove);
}

// ---- roles

void ListRoles(RestService& rest, const RestCallPtr& call) {
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginArray();
    for (const RoleDescription& role : rest.access().SelectRole({})) w.Text(role.name);
    w.EndArray();
  });
}

void DescribeRole(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const std::string name = body.NeedText("roleName");
  RK_REST_CHECK(body.status());
  SelectGrantRequest request;
  request.role = name;
  request.database = std::string(access::kAny);
  RK_REST_ASSIGN(const auto grants, rest.access().SelectGrant(request));
  const auto roles = rest.access().SelectRole({name, false});
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginArray();
    for (const GrantEntity& grant : grants) {
      w.BeginObject().Key("objectType").Text(grant.object_type).Key("objectName").Text(grant.object_name);
      w.Key("privilege").Text(grant.privilege).Key("dbName").Text(grant.database);
      w.Key("grantor").Text(grant.grantor).EndObject();
    }
    w.EndArray().Key("description").Text(roles.empty() ? "" : roles[0].description);
  });
}

void CreateRole(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const CreateRoleRequest request{body.NeedText("roleName"), body.Text("description")};
  RK_REST_CHECK(body.status());
  rest.Finish(call, rest.access().CreateRole(request));
}

void AlterRole(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const AlterRoleRequest request{body.NeedText("roleName"), body.Text("description")};
  RK_REST_CHECK(body.status());
  rest.Finish(call, rest.access().AlterRole(request));
}

void DropRole(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const DropRoleRequest request{body.NeedText("roleName"), body.Bool("forceDrop", false)};
  RK_REST_CHECK(body.status());
  rest.Finish(call, rest.access().DropRole(request));
}

void ChangePrivilege(RestService& rest, const RestCallPtr& call, PrivilegeChange change) {
  BodyReader body = call->reader();
  OperatePrivilegeRequest request;
  request.entity.role = body.NeedText("roleName");
  request.entity.object_type = body.NeedText("objectType");
  request.entity.object_name = body.NeedText("objectName");
  request.entity.privilege = body.NeedText("privilege");
  request.entity.database = body.Text("dbName");
  request.change = change;
  RK_REST_CHECK(body.status());
  call->FillDatabase(&request.entity.database);
  rest.Finish(call, rest.access().OperatePrivilege(request, Gate::UserOf(*call->http)));
}

void GrantPrivilege(RestService& rest, const RestCallPtr& call) {
  ChangePrivilege(rest, call, PrivilegeChange::kGrant);
}
void RevokePrivilege(RestService& rest, const RestCallPtr& call) {
  ChangePrivilege(rest, call, PrivilegeChange::kRevoke);
}

void ChangePrivilegeAtLevel(RestService& rest, const RestCallPtr& call, PrivilegeChange change) {
  BodyReader body = call->reader();
  OperatePrivilegeV2Request request;
  request.role = body.NeedText("roleName");
  request.privilege = body.NeedText("privilege");
  request.database = body.Text("dbName");
  request.collection = body.Text("collectionName");
  request.change = change;
  RK_REST_CHECK(body.status());
  call->FillDatabase(&request.database);
  rest.Finish(call, rest.access().OperatePrivilegeV2(request, Gate::UserOf(*call->http)));
}

void GrantAtLevel(RestService& rest, const RestCallPtr& call) {
  ChangePrivilegeAtLevel(rest, call, PrivilegeChange::kGrant);
}
void RevokeAtLevel(RestService& rest, const RestCallPtr& call) {
  ChangePrivilegeAtLevel(rest, call, PrivilegeChange::kRevoke);
}

// ---- privilege groups

void ListGroups(RestService& rest, const RestCallPtr& call) {
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginObject().Key("privilegeGroups").BeginArray();
    for (const PrivilegeGroup& group : rest.access().ListPrivilegeGroups()) {
      std::string privileges;
      for (const std::string& name : group.privileges)
        privileges.append(privileges.empty() ? "" : ",").append(name);
      w.BeginObject()
          .Key("privilegeGroupName")
          .Text(group.name)
          .Key("privileges")
          .Text(privileges)
          .EndObject();
    }
    w.EndArray().EndObject();
  });
}

void CreateGroup(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const std::string name = body.NeedText("privilegeGroupName");
  RK_REST_CHECK(body.status());
  rest.Finish(call, rest.access().CreatePrivilegeGroup(name));
}

void DropGroup(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const std::string name = body.NeedText("privilegeGroupName");
  RK_REST_CHECK(body.status());
  rest.Finish(call, rest.access().DropPrivilegeGroup(name));
}

void ChangeGroup(RestService& rest, const RestCallPtr& call, PrivilegeGroupChange change) {
  BodyReader body = call->reader();
  const OperatePrivilegeGroupRequest request{body.NeedText("privilegeGroupName"),
                                             body.NeedTexts("privileges"), change};
  RK_REST_CHECK(body.status());
  rest.Finish(call, rest.access().OperatePrivilegeGroup(request));
}

void AddToGroup(RestService& rest, const RestCallPtr& call) {
  ChangeGroup(rest, call, PrivilegeGroupChange::kAdd);
}
void RemoveFromGroup(RestService& rest, const RestCallPtr& call) {
  ChangeGroup(rest, call, PrivilegeGroupChange::kRemove);
}

// ---- API keys, which Milvus's own interface has no calls for

void CreateKey(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const std::string user = body.NeedText("userName");
  const std::string name = body.Text("keyName");
  const int64_t expires_ms = body.Integer("expiresAtMs", 0);
  RK_REST_CHECK(body.status());
  RK_REST_ASSIGN(const Secret key, rest.access().CreateApiKey(user, name, expires_ms));
  rest.Reply(
      call, [&](JsonWriter& w) { w.Key("data").BeginObject().Key("apiKey").Text(key.Reveal()).EndObject(); });
}

void ListKeys(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const std::string user = body.Text("userName");
  RK_REST_CHECK(body.status());
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginArray();
    for (const ApiKeyInfo& key : rest.access().ListApiKeys(user)) {
      w.BeginObject().Key("id").Text(key.id).Key("keyName").Text(key.name).Key("userName").Text(key.user);
      w.Key("createdAtMs").Integer(key.created_ms).Key("expiresAtMs").Integer(key.expires_ms).EndObject();
    }
    w.EndArray();
  });
}

void DropKey(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const std::string id = body.NeedText("id");
  const std::string user = body.NeedText("userName");
  RK_REST_CHECK(body.status());
  // What is somebody else's is as good as absent.
  const auto keys = rest.access().ListApiKeys(user);
  const bool is_theirs =
      std::any_of(keys.begin(), keys.end(), [&](const ApiKeyInfo& key) { return key.id == id; });
  rest.Finish(call, is_theirs ? rest.access().DropApiKey(id) : Status::Ok());
}

// A key may do what its user may, so nobody makes one for another, and none is made by a key.
constexpr AccessRule kOwnKeys{
    Method::kUpdateCredential, AccessNeed::kSelf, access::Privilege::kUpdateUser, Named::kUser, 0, 2};
// All of them: a role that the body names is no matter.
constexpr AccessRule kAllRoles{Method::kSelectRole, AccessNeed::kPrivilege,
                               access::Privilege::kSelectOwnership};

constexpr RestRoute kRoutes[] = {
    {"users/list", Method::kListCredUsers, ListUsers},
    {"users/describe", Method::kSelectUser, DescribeUser},
    {"users/create", Method::kCreateCredential, CreateUser},
    {"users/update_password", Method::kUpdateCredential, UpdatePassword},
    {"users/drop", Method::kDeleteCredential, DropUser},
    {"users/grant_role", Method::kOperateUserRole, GrantRole},
    {"users/revoke_role", Method::kOperateUserRole, RevokeRole},
    {"roles/list", Method::kSelectRole, ListRoles, Priority::kControl, false, false, &kAllRoles},
    {"roles/describe", Method::kSelectGrant, DescribeRole},
    {"roles/create", Method::kCreateRole, CreateRole},
    {"roles/alter", Method::kAlterRole, AlterRole},
    {"roles/drop", Method::kDropRole, DropRole},
    {"roles/grant_privilege", Method::kOperatePrivilege, GrantPrivilege},
    {"roles/revoke_privilege", Method::kOperatePrivilege, RevokePrivilege},
    {"roles/grant_privilege_v2", Method::kOperatePrivilegeV2, GrantAtLevel},
    {"roles/revoke_privilege_v2", Method::kOperatePrivilegeV2, RevokeAtLevel},
    {"privilege_groups/list", Method::kListPrivilegeGroups, ListGroups},
    {"privilege_groups/create", Method::kCreatePrivilegeGroup, CreateGroup},
    {"privilege_groups/drop", Method::kDropPrivilegeGroup, DropGroup},
    {"privilege_groups/add_privileges_to_group", Method::kOperatePrivilegeGroup, AddToGroup},
    {"privilege_groups/remove_privileges_from_group", Method::kOperatePrivilegeGroup, RemoveFromGroup},
    {"api_keys/create", Method::kUpdateCredential, CreateKey, Priority::kControl, false, false, &kOwnKeys},
    {"api_keys/list", Method::kSelectUser, ListKeys},
    {"api_keys/drop", Method::kUpdateCredential, DropKey, Priority::kControl, false, false, &kOwnKeys},
};

}  // namespace

std::span<const RestRoute> AccessRoutes() { return kRoutes; }

}  // namespace redkite::server
