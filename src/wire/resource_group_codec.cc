#include "wire/resource_group_codec.h"

#include "types/json_text.h"
#include "wire/message_convert.h"
#include "wire/pb_reader.h"
#include "wire/pb_writer.h"
#include "wire/status_map.h"

namespace redkite::wire {
namespace {

uint64_t Number(int64_t value) { return static_cast<uint64_t>(value); }

// Reads the fields of a message from outside: `take` sees each, and says whether it is well-formed.
template <class F>
bool ReadFields(std::string_view bytes, F take) {
  PbReader r(bytes);
  bool valid = true;
  while (valid && r.Next()) valid = take(r);
  return valid && r.ok();
}

bool TakeText(const PbReader& r, std::string* out) {
  *out = std::string(r.bytes());
  return IsValidUtf8(*out);
}

// Of a repeated integer, packed or not.
template <class F>
bool TakeNumbers(const PbReader& r, uint32_t field, F add) {
  if (r.tag() == PbVarint(field)) add(r.int64());
  if (r.tag() != PbLen(field)) return true;
  const char* p = r.bytes().data();
  const char* end = p + r.bytes().size();
  for (uint64_t value = 0; p != end; add(static_cast<int64_t>(value))) {
    if (!ReadPbVarint(&p, end, &value)) return false;
  }
  return true;
}

// ResourceGroupLimit
bool ReadNodeNum(std::string_view bytes, int32_t* out) {
  return ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbVarint(1)) *out = r.int32();
    return true;
  });
}

// ResourceGroupTransfer
bool AddPeer(std::string_view bytes, std::vector<std::string>* out) {
  std::string name;
  const bool valid =
      ReadFields(bytes, [&](const PbReader& r) { return r.tag() != PbLen(1) || TakeText(r, &name); });
  out->push_back(std::move(name));
  return valid;
}

bool AddLabel(std::string_view bytes, Params* out) {
  std::string key, value;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbLen(1)) return TakeText(r, &key);
    return r.tag() != PbLen(2) || TakeText(r, &value);
  });
  out->emplace_back(std::move(key), std::move(value));
  return valid;
}

bool ReadConfig(std::string_view bytes, ResourceGroupConfig* out) {
  return ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbLen(1)) return ReadNodeNum(r.bytes(), &out->requests);
    if (r.tag() == PbLen(2)) return ReadNodeNum(r.bytes(), &out->limits);
    if (r.tag() == PbLen(3)) return AddPeer(r.bytes(), &out->transfer_from);
    if (r.tag() == PbLen(4)) return AddPeer(r.bytes(), &out->transfer_to);
    if (r.tag() != PbLen(5)) return true;
    return ReadFields(r.bytes(), [&](const PbReader& filter) {
      return filter.tag() != PbLen(1) || AddLabel(filter.bytes(), &out->node_labels);
    });
  });
}

void PutNodeNum(PbWriter* w, uint32_t field, int32_t count) {
  std::string limit;
  PbWriter(&limit).Varint(1, Number(count));
  w->Bytes(field, limit);
}

std::string ConfigOf(const ResourceGroupConfig& config) {
  std::string out;
  PbWriter w(&out);
  PutNodeNum(&w, 1, config.requests);
  PutNodeNum(&w, 2, config.limits);
  const auto put_peers = [&](uint32_t field, const std::vector<std::string>& peers) {
    for (const std::string& peer : peers) {
      std::string transfer;
      PbWriter(&transfer).Bytes(1, peer);
      w.Bytes(field, transfer);
    }
  };
  put_peers(3, config.transfer_from);
  put_peers(4, config.transfer_to);
  if (config.node_labels.empty()) return out;
  std::string filter;
  for (const auto& [key, value] : config.node_labels) {
    std::string label;
    PbWriter pair(&label);
    pair.Bytes(1, key);
    pair.Bytes(2, value);
    PbWriter(&filter).Bytes(1, label);
  }
  w.Bytes(5, filter);
  return out;
}

void PutCounts(PbWriter* w, uint32_t field, const ResourceGroupDescription::Counts& counts) {
  for (const auto& [name, count] : counts) {
    std::string entry;
    PbWriter pair(&entry);
    pair.Bytes(1, name);
    pair.Varint(2, Number(count));
    w->Bytes(field, entry);
  }
}

}  // namespace

Result<CreateResourceGroupRequest> DecodeCreateResourceGroup(std::string_view bytes) {
  constexpr std::string_view name = "CreateResourceGroupRequest";
  RK_RETURN_IF_ERROR(CheckParts(bytes, name, kPartsMax));
  CreateResourceGroupRequest request;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbLen(2)) return TakeText(r, &request.name);
    return r.tag() != PbLen(3) || ReadConfig(r.bytes(), &request.config);
  });
  if (!valid) return MalformedRequest(name);
  return request;
}

Result<UpdateResourceGroupsRequest> DecodeUpdateResourceGroups(std::string_view bytes) {
  constexpr std::string_view name = "UpdateResourceGroupsRequest";
  RK_RETURN_IF_ERROR(CheckParts(bytes, name, kPartsMax));
  UpdateResourceGroupsRequest request;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() != PbLen(2)) return true;
    auto& [group, config] = request.groups.emplace_back();
    std::string* group_name = &group;
    ResourceGroupConfig* group_config = &config;
    return ReadFields(r.bytes(), [group_name, group_config](const PbReader& entry) {
      if (entry.tag() == PbLen(1)) return TakeText(entry, group_name);
      return entry.tag() != PbLen(2) || ReadConfig(entry.bytes(), group_config);
    });
  });
  if (!valid) return MalformedRequest(name);
  return request;
}

Result<std::string> DecodeResourceGroupName(std::string_view bytes, std::string_view message_name) {
  std::string name;
  const bool valid =
      ReadFields(bytes, [&](const PbReader& r) { return r.tag() != PbLen(2) || TakeText(r, &name); });
  if (!valid) return MalformedRequest(message_name);
  return name;
}

Result<TransferNodeRequest> DecodeTransferNode(std::string_view bytes) {
  TransferNodeRequest request;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbLen(2)) return TakeText(r, &request.source);
    if (r.tag() == PbLen(3)) return TakeText(r, &request.target);
    if (r.tag() == PbVarint(4)) request.count = r.int32();
    return true;
  });
  if (!valid) return MalformedRequest("TransferNodeRequest");
  return request;
}

Result<TransferReplicaRequest> DecodeTransferReplica(std::string_view bytes) {
  TransferReplicaRequest request;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbLen(2)) return TakeText(r, &request.source);
    if (r.tag() == PbLen(3)) return TakeText(r, &request.target);
    if (r.tag() == PbLen(4)) return TakeText(r, &request.name.collection);
    if (r.tag() == PbLen(6)) return TakeText(r, &request.name.database);
    if (r.tag() == PbVarint(5)) request.count = r.int64();
    return true;
  });
  if (!valid) return MalformedRequest("TransferReplicaRequest");
  return request;
}

Result<LoadBalanceRequest> DecodeLoadBalance(std::string_view bytes) {
  LoadBalanceRequest request;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbLen(5)) return TakeText(r, &request.name.collection);
    if (r.tag() == PbLen(6)) return TakeText(r, &request.name.database);
    if (r.tag() == PbVarint(2)) request.source = r.int64();
    return TakeNumbers(r, 3, [&](int64_t node) { request.targets.push_back(node); }) &&
           TakeNumbers(r, 4, [&](int64_t segment) { request.segments.emplace_back(segment); });
  });
  if (!valid) return MalformedRequest("LoadBalanceRequest");
  return request;
}

Result<std::string> DecodeDummy(std::string_view bytes) {
  std::string text;
  const bool valid =
      ReadFields(bytes, [&](const PbReader& r) { return r.tag() != PbLen(1) || TakeText(r, &text); });
  if (!valid) return MalformedRequest("DummyRequest");
  return text;
}

std::string EncodeDescribeResourceGroup(const ResourceGroupDescription& group, const NodeIdentity& node) {
  std::string body, out;
  PbWriter w(&body);
  w.Bytes(1, group.name);
  w.Varint(2, Number(group.capacity));
  w.Varint(3, group.has_node ? 1 : 0);
  PutCounts(&w, 4, group.loaded_replicas);
  PutCounts(&w, 5, group.outgoing_nodes);
  PutCounts(&w, 6, group.incoming_nodes);
  w.Bytes(7, ConfigOf(group.config));
  if (group.has_node) {
    std::string info;
    PbWriter one(&info);
    one.Varint(1, Number(node.id));
    one.Bytes(2, node.address);
    one.Bytes(3, node.address.substr(0, node.address.rfind(':')));
    w.Bytes(8, info);
  }
  PbWriter reply(&out);
  reply.LenHeader(1, 0);
  reply.Bytes(2, body);
  return out;
}

std::string EncodeListResourceGroups(const std::vector<std::string>& names) {
  std::string out;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  for (const std::string& name : names) w.Bytes(2, name);
  return out;
}

std::string EncodeDummy(std::string_view text) {
  std::string out;
  PbWriter(&out).BytesIfSet(1, text);
  return out;
}

}  // namespace redkite::wire
