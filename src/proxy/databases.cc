#include "proxy/name_rules.h"
#include "proxy/properties.h"
#include "proxy/proxy.h"
#include "types/collection_properties.h"

namespace redkite::proxy {

Status Proxy::CreateDatabase(const CreateDatabaseRequest& request) {
  RK_RETURN_IF_ERROR(CheckDatabaseName(request.name, limits_));
  RK_RETURN_IF_ERROR(CheckDatabaseProperties(request.properties));
  RK_RETURN_IF_ERROR(CheckTimeZoneProperty(request.properties));
  meta::DatabaseMeta meta;
  meta.name = request.name;
  ApplyProperties({request.properties, {}}, &meta.properties);
  RK_ASSIGN_OR_RETURN(meta.created, seams_.oracle->Next());
  meta.created_ms = seams_.clock->WallMs();
  return seams_.catalog->CreateDatabase(std::move(meta), static_cast<size_t>(limits_.database_count_max))
      .status();
}

Status Proxy::DropDatabase(const std::string& name) {
  if (name.empty()) return CheckDatabaseName(name, limits_);
  const Status dropped = seams_.catalog->DropDatabase(name);
  return dropped.code() == Code::kDatabaseNotFound ? Status::Ok() : dropped;
}

Status Proxy::AlterDatabase(const AlterDatabaseRequest& request) {
  RK_RETURN_IF_ERROR(seams_.catalog->GetDatabase(request.name).status());
  RK_RETURN_IF_ERROR(CheckOneKindOfChange(request.properties));
  RK_RETURN_IF_ERROR(CheckDatabaseProperties(request.properties.put));
  RK_RETURN_IF_ERROR(CheckTimeZoneProperty(request.properties.put));
  return seams_.catalog
      ->UpdateDatabase(request.name,
                       [&](meta::DatabaseMeta* meta) {
                         ApplyProperties(request.properties, &meta->properties);
                         return Status::Ok();
                       })
      .status();
}

Status Proxy::CheckAllowed(const std::string& database, std::string_view operation) const {
  const auto found = seams_.catalog->GetDatabase(database);
  if (!found.ok() || found->properties.empty()) return Status::Ok();
  const auto denies = [&](std::string_view what) {
    const std::string* text = FindParam(found->properties, "database.force.deny." + std::string(what));
    return text != nullptr && ParsePropertyFlag(*text).value_or(false);
  };
  const bool is_definition = operation != "reading" && operation != "writing";
  if (!denies(operation) && !(is_definition && denies("ddl"))) return Status::Ok();
  return {Code::kQuotaExceeded, "quota exceeded[reason=access has been disabled by the administrator: " +
                                    std::string(operation) + " in database " + found->name + "]"};
}

std::vector<DatabaseDescription> Proxy::ListDatabases() const {
  std::vector<DatabaseDescription> out;
  for (const meta::DatabaseMeta& d : seams_.catalog->ListDatabases()) {
    out.push_back({d.name, d.id, d.created, d.properties});
  }
  return out;
}

Result<DatabaseDescription> Proxy::DescribeDatabase(const std::string& name) const {
  RK_ASSIGN_OR_RETURN(auto d, seams_.catalog->GetDatabase(name));
  return DatabaseDescription{d.name, d.id, d.created, d.properties};
}

}  // namespace redkite::proxy
