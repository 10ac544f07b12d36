#include "wire/resource_group_codec.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "wire/pb_reader.h"
#include "wire/pb_writer.h"

namespace redkite::wire {
namespace {

std::string Message(std::initializer_list<std::pair<uint32_t, std::string>> texts) {
  std::string out;
  for (const auto& [field, text] : texts) PbWriter(&out).Bytes(field, text);
  return out;
}

std::string Numbered(uint32_t field, uint64_t value) {
  std::string out;
  PbWriter(&out).Varint(field, value);
  return out;
}

std::string Config() {
  const std::string label = Message({{1, "zone"}, {2, "a"}});
  return Message({{1, Numbered(1, 2)},
                  {2, Numbered(1, 5)},
                  {3, Message({{1, "from"}})},
                  {3, Message({{1, "more"}})},
                  {4, Message({{1, "to"}})},
                  {5, Message({{1, label}})}});
}

TEST(ResourceGroupCodec, ConfigurationsComeBack) {
  const std::string create = Message({{2, "rg"}, {3, Config()}});
  const auto request = DecodeCreateResourceGroup(create);
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->name, "rg");
  const ResourceGroupConfig expected{.requests = 2,
                                     .limits = 5,
                                     .transfer_from = {"from", "more"},
                                     .transfer_to = {"to"},
                                     .node_labels = {{"zone", "a"}}};
  EXPECT_EQ(request->config, expected);
  EXPECT_EQ(DecodeCreateResourceGroup(Message({{2, "rg"}}))->config, ResourceGroupConfig());
  const auto update = DecodeUpdateResourceGroups(
      Message({{2, Message({{1, "a"}, {2, Config()}})}, {2, Message({{1, "b"}})}}));
  ASSERT_TRUE(update.ok());
  ASSERT_EQ(update->groups.size(), 2u);
  EXPECT_EQ(update->groups[0].first, "a");
  EXPECT_EQ(update->groups[0].second, expected);
  EXPECT_EQ(update->groups[1].second, ResourceGroupConfig());
  // What describe writes is what create reads.
  ResourceGroupDescription group;
  group.name = "rg";
  group.capacity = 2;
  group.has_node = true;
  group.config = expected;
  group.loaded_replicas = {{"c", 1}};
  std::string body;
  const std::string bytes = EncodeDescribeResourceGroup(group, {7, "host:19530"});
  PbReader outer(bytes);
  while (outer.Next()) {
    if (outer.tag() == PbLen(2)) body = std::string(outer.bytes());
  }
  PbReader inner(body);
  std::string config, node;
  while (inner.Next()) {
    if (inner.tag() == PbLen(7)) config = std::string(inner.bytes());
    if (inner.tag() == PbLen(8)) node = std::string(inner.bytes());
  }
  EXPECT_EQ(DecodeCreateResourceGroup(Message({{2, "rg"}, {3, config}}))->config, expected);
  EXPECT_EQ(node, Numbered(1, 7) + Message({{2, "host:19530"}, {3, "host"}}));
}

TEST(ResourceGroupCodec, Transfers) {
  const auto node = DecodeTransferNode(Message({{2, "a"}, {3, "b"}}) + Numbered(4, 3));
  EXPECT_EQ(node->source, "a");
  EXPECT_EQ(node->target, "b");
  EXPECT_EQ(node->count, 3);
  const auto replica =
      DecodeTransferReplica(Message({{2, "a"}, {3, "b"}, {4, "c"}, {6, "d"}}) + Numbered(5, 1));
  EXPECT_EQ(replica->name.collection, "c");
  EXPECT_EQ(replica->name.database, "d");
  EXPECT_EQ(replica->count, 1);
  const auto balance = DecodeLoadBalance(Numbered(2, 9) + Message({{3, "\x01\xac\x02"}, {5, "c"}}) +
                                         Numbered(4, 5) + Numbered(4, 6));
  EXPECT_EQ(balance->source, 9);
  EXPECT_EQ(balance->targets, (std::vector<int64_t>{1, 300}));
  EXPECT_EQ(balance->segments, (std::vector<SegmentId>{SegmentId(5), SegmentId(6)}));
  EXPECT_EQ(*DecodeDummy(Message({{1, "{}"}})), "{}");
  EXPECT_EQ(*DecodeResourceGroupName(Message({{2, "rg"}}), "M"), "rg");
}

TEST(ResourceGroupCodec, MalformedBytesAreRefused) {
  EXPECT_FALSE(DecodeCreateResourceGroup(Message({{2, "\xff"}})).ok());
  EXPECT_FALSE(DecodeCreateResourceGroup(Message({{3, "\x0a\x05"}})).ok());
  EXPECT_FALSE(DecodeLoadBalance(Message({{3, "\xff"}})).ok());
  EXPECT_FALSE(DecodeDummy(Message({{1, "\xff"}})).ok());
  // No bytes crash it.
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    Random random(seed);
    std::string bytes = Message({{2, Message({{1, "a"}, {2, Config()}})}, {3, Config()}});
    bytes.resize(random.Below(bytes.size() + 1));
    for (uint64_t i = 0, n = random.Below(4); i < n && !bytes.empty(); ++i)
      bytes[random.Below(bytes.size())] = static_cast<char>(random.Next());
    (void)DecodeCreateResourceGroup(bytes);
    (void)DecodeUpdateResourceGroups(bytes);
    (void)DecodeTransferNode(bytes);
    (void)DecodeTransferReplica(bytes);
    (void)DecodeLoadBalance(bytes);
    (void)DecodeResourceGroupName(bytes, "M");
    (void)DecodeDummy(bytes);
  }
}

}  // namespace
}  // namespace redkite::wire
