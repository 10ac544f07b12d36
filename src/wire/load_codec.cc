#include "wire/load_codec.h"

#include "proto/milvus_load.pb.h"
#include "wire/message_convert.h"

namespace redkite::wire {

namespace pb = ::milvus::proto::milvus;

namespace {

template <class M>
LoadRequest LoadOf(const M& m) {
  LoadRequest request;
  request.name = NameOf(m);
  request.replica_number = m.replica_number();
  request.resource_groups = TextsOf(m.resource_groups());
  request.load_fields = TextsOf(m.load_fields());
  request.skip_dynamic_field = m.skip_load_dynamic_field();
  request.refresh = m.refresh();
  return request;
}

template <class M>
Result<PartitionsRequest> PartitionsOf(std::string_view bytes, std::string_view message_name) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<M>(bytes, message_name));
  return PartitionsRequest{NameOf(m), TextsOf(m.partition_names())};
}

}  // namespace

Result<LoadRequest> DecodeLoadCollection(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::LoadCollectionRequest>(bytes, "LoadCollectionRequest"));
  return LoadOf(m);
}

Result<LoadRequest> DecodeLoadPartitions(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::LoadPartitionsRequest>(bytes, "LoadPartitionsRequest"));
  LoadRequest request = LoadOf(m);
  request.partitions = TextsOf(m.partition_names());
  return request;
}

Result<CollectionName> DecodeReleaseCollection(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::ReleaseCollectionRequest>(bytes, "ReleaseCollectionRequest"));
  return NameOf(m);
}

Result<PartitionsRequest> DecodeReleasePartitions(std::string_view bytes) {
  return PartitionsOf<pb::ReleasePartitionsRequest>(bytes, "ReleasePartitionsRequest");
}

Result<PartitionsRequest> DecodeGetLoadState(std::string_view bytes) {
  return PartitionsOf<pb::GetLoadStateRequest>(bytes, "GetLoadStateRequest");
}

Result<PartitionsRequest> DecodeGetLoadingProgress(std::string_view bytes) {
  return PartitionsOf<pb::GetLoadingProgressRequest>(bytes, "GetLoadingProgressRequest");
}

std::string EncodeGetLoadState(LoadState state) {
  pb::GetLoadStateResponse m;
  m.set_state(static_cast<::milvus::proto::common::LoadState>(state));
  return Serialize(&m);
}

std::string EncodeGetLoadingProgress(int progress, int refresh_progress) {
  pb::GetLoadingProgressResponse m;
  m.set_progress(progress);
  m.set_refresh_progress(refresh_progress);
  return Serialize(&m);
}

}  // namespace redkite::wire
