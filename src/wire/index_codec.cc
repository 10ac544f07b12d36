#include "wire/index_codec.h"

#include "proto/milvus_index.pb.h"
#include "wire/message_convert.h"

namespace redkite::wire {

namespace pb = ::milvus::proto::milvus;

namespace {

template <class M>
Result<IndexRequest> FieldAndIndexOf(std::string_view bytes, std::string_view message_name) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<M>(bytes, message_name));
  return IndexRequest{NameOf(m), m.field_name(), m.index_name()};
}

template <class M>
std::string EncodeIndexes(const std::vector<IndexDescription>& indexes) {
  M m;
  for (const IndexDescription& index : indexes) {
    auto* out = m.add_index_descriptions();
    out->set_index_name(index.index_name);
    out->set_field_name(index.field_name);
    out->set_indexid(index.id.value());
    PutParams(index.params, out->mutable_params());
    out->set_state(static_cast<::milvus::proto::common::IndexState>(index.state));
    out->set_index_state_fail_reason(index.fail_reason);
    out->set_indexed_rows(index.indexed_rows);
    out->set_total_rows(index.total_rows);
    out->set_pending_index_rows(std::max<int64_t>(0, index.total_rows - index.indexed_rows));
  }
  return Serialize(&m);
}

}  // namespace

Result<CreateIndexRequest> DecodeCreateIndex(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::CreateIndexRequest>(bytes, "CreateIndexRequest"));
  return CreateIndexRequest{NameOf(m), m.field_name(), m.index_name(), ParamsOf(m.extra_params())};
}

Result<IndexRequest> DecodeDropIndex(std::string_view bytes) {
  return FieldAndIndexOf<pb::DropIndexRequest>(bytes, "DropIndexRequest");
}

Result<AlterIndexRequest> DecodeAlterIndex(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::AlterIndexRequest>(bytes, "AlterIndexRequest"));
  return AlterIndexRequest{NameOf(m), m.index_name(), {ParamsOf(m.extra_params()), TextsOf(m.delete_keys())}};
}

Result<IndexRequest> DecodeDescribeIndex(std::string_view bytes) {
  return FieldAndIndexOf<pb::DescribeIndexRequest>(bytes, "DescribeIndexRequest");
}

Result<IndexRequest> DecodeGetIndexStatistics(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::GetIndexStatisticsRequest>(bytes, "GetIndexStatisticsRequest"));
  return IndexRequest{NameOf(m), "", m.index_name()};
}

Result<IndexRequest> DecodeGetIndexState(std::string_view bytes) {
  return FieldAndIndexOf<pb::GetIndexStateRequest>(bytes, "GetIndexStateRequest");
}

Result<IndexRequest> DecodeGetIndexBuildProgress(std::string_view bytes) {
  return FieldAndIndexOf<pb::GetIndexBuildProgressRequest>(bytes, "GetIndexBuildProgressRequest");
}

std::string EncodeDescribeIndex(const std::vector<IndexDescription>& indexes) {
  return EncodeIndexes<pb::DescribeIndexResponse>(indexes);
}

std::string EncodeGetIndexStatistics(const std::vector<IndexDescription>& indexes) {
  return EncodeIndexes<pb::GetIndexStatisticsResponse>(indexes);
}

std::string EncodeGetIndexState(IndexState state, std::string_view fail_reason) {
  pb::GetIndexStateResponse m;
  m.set_state(static_cast<::milvus::proto::common::IndexState>(state));
  m.set_fail_reason(std::string(fail_reason));
  return Serialize(&m);
}

std::string EncodeGetIndexBuildProgress(int64_t indexed_rows, int64_t total_rows) {
  pb::GetIndexBuildProgressResponse m;
  m.set_indexed_rows(indexed_rows);
  m.set_total_rows(total_rows);
  return Serialize(&m);
}

}  // namespace redkite::wire
