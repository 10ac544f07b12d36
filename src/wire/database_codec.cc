#include "wire/database_codec.h"

#include "proto/milvus_database.pb.h"
#include "wire/message_convert.h"

namespace redkite::wire {

namespace pb = ::milvus::proto::milvus;

Result<CreateDatabaseRequest> DecodeCreateDatabase(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::CreateDatabaseRequest>(bytes, "CreateDatabaseRequest"));
  return CreateDatabaseRequest{m.db_name(), ParamsOf(m.properties())};
}

Result<std::string> DecodeDropDatabase(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::DropDatabaseRequest>(bytes, "DropDatabaseRequest"));
  return m.db_name();
}

Result<std::string> DecodeDescribeDatabase(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::DescribeDatabaseRequest>(bytes, "DescribeDatabaseRequest"));
  return m.db_name();
}

Result<AlterDatabaseRequest> DecodeAlterDatabase(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::AlterDatabaseRequest>(bytes, "AlterDatabaseRequest"));
  return AlterDatabaseRequest{m.db_name(), {ParamsOf(m.properties()), TextsOf(m.delete_keys())}};
}

std::string EncodeListDatabases(const std::vector<DatabaseDescription>& databases) {
  pb::ListDatabasesResponse m;
  for (const DatabaseDescription& d : databases) {
    m.add_db_names(d.name);
    m.add_db_ids(d.id.value());
    m.add_created_timestamp(d.created_ts);
  }
  return Serialize(&m);
}

std::string EncodeDescribeDatabase(const DatabaseDescription& database) {
  pb::DescribeDatabaseResponse m;
  m.set_db_name(database.name);
  m.set_dbid(database.id.value());
  m.set_created_timestamp(database.created_ts);
  PutParams(database.properties, m.mutable_properties());
  return Serialize(&m);
}

}  // namespace redkite::wire
