#include <algorithm>

#include "proxy/name_rules.h"
#include "proxy/proxy.h"

namespace redkite::proxy {

Status Proxy::CreateAlias(const AliasRequest& request) {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "collectionDDL"));
  RK_RETURN_IF_ERROR(CheckAliasName(request.alias, limits_));
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name));
  return seams_.catalog->CreateAlias(collection->database, request.alias, collection->id);
}

Status Proxy::AlterAlias(const AliasRequest& request) {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "collectionDDL"));
  RK_RETURN_IF_ERROR(CheckAliasName(request.alias, limits_));
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name));
  return seams_.catalog->AlterAlias(collection->database, request.alias, collection->id);
}

Status Proxy::DropAlias(const AliasRequest& request) {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "collectionDDL"));
  RK_RETURN_IF_ERROR(CheckAliasName(request.alias, limits_));
  RK_ASSIGN_OR_RETURN(const auto database, seams_.catalog->GetDatabase(request.name.database));
  const Status dropped = seams_.catalog->DropAlias(database.id, request.alias);
  return dropped.code() == Code::kAliasNotFound ? Status::Ok() : dropped;
}

Result<AliasRequest> Proxy::DescribeAlias(const AliasRequest& request) const {
  RK_RETURN_IF_ERROR(CheckAliasName(request.alias, limits_));
  RK_ASSIGN_OR_RETURN(const auto database, seams_.catalog->GetDatabase(request.name.database));
  const auto collection = seams_.catalog->GetCollection(database.id, request.alias);
  if (!collection.ok() || (*collection)->name == request.alias) {
    return Status(Code::kAliasNotFound,
                  "alias not found[database=" + database.name + "][alias=" + request.alias + "]");
  }
  return AliasRequest{{database.name, (*collection)->name}, request.alias};
}

Result<std::vector<std::string>> Proxy::ListAliases(const CollectionName& name) const {
  if (!name.collection.empty()) {
    RK_ASSIGN_OR_RETURN(const auto collection, Resolve(name));
    return collection->aliases;
  }
  RK_ASSIGN_OR_RETURN(const auto database, seams_.catalog->GetDatabase(name.database));
  std::vector<std::string> out;
  for (const meta::CollectionPtr& collection : seams_.catalog->ListCollections(database.id)) {
    out.insert(out.end(), collection->aliases.begin(), collection->aliases.end());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace redkite::proxy
