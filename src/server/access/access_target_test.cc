#include "server/access/access_target.h"

#include <gtest/gtest.h>

#include "wire/pb_writer.h"

namespace redkite::server {
namespace {

using wire::Method;
using Texts = std::vector<std::string>;

class Bytes {
 public:
  Bytes& Text(uint32_t field, std::string_view text) {
    wire::PbWriter(&out_).Bytes(field, text);
    return *this;
  }
  Bytes& Number(uint32_t field, uint64_t value) {
    wire::PbWriter(&out_).Varint(field, value);
    return *this;
  }
  operator std::string_view() const { return out_; }  // NOLINT: for calls
  const std::string& str() const { return out_; }

 private:
  std::string out_;
};

AccessTarget Read(Method method, std::string_view bytes) {
  AccessTarget target;
  EXPECT_TRUE(ReadTarget(RuleOf(method), bytes, &target));
  return target;
}

bool Refused(Method method, std::string_view bytes) {
  AccessTarget target;
  return !ReadTarget(RuleOf(method), bytes, &target);
}

TEST(AccessTarget, NamesWhereverTheyStand) {
  const AccessTarget search =
      Read(Method::kSearch, Bytes().Text(9, "x").Text(3, "c").Text(2, "d").Text(5, "f"));
  EXPECT_EQ(search.database, "d");
  EXPECT_EQ(search.names, Texts{"c"});
  const AccessTarget state = Read(Method::kGetLoadState, Bytes().Text(2, "c").Text(4, "d"));
  EXPECT_EQ(state.database, "d");
  EXPECT_EQ(state.names, Texts{"c"});
  const AccessTarget flush = Read(Method::kFlush, Bytes().Text(2, "d").Text(3, "a").Text(3, "b"));
  EXPECT_EQ(flush.names, (Texts{"a", "b"}));
}

TEST(AccessTarget, EveryNameCounts) {
  EXPECT_EQ(Read(Method::kInsert, Bytes().Text(3, "mine").Text(3, "theirs")).names,
            (Texts{"mine", "theirs"}));
  EXPECT_TRUE(Refused(Method::kInsert, Bytes().Text(2, "mine").Text(2, "theirs").Text(3, "c")));
  EXPECT_FALSE(Refused(Method::kInsert, Bytes().Text(2, "mine").Text(2, "mine").Text(3, "c")));
}

TEST(AccessTarget, IdsAloneAndPacked) {
  EXPECT_EQ(Read(Method::kDescribeCollection, Bytes().Number(4, 7)).ids, std::vector<int64_t>{7});
  const AccessTarget batch =
      Read(Method::kBatchDescribeCollection, Bytes().Text(1, "d").Text(2, "c").Text(3, "\x05\x86\x01"));
  EXPECT_EQ(batch.database, "d");
  EXPECT_EQ(batch.ids, (std::vector<int64_t>{5, 134}));
  EXPECT_TRUE(Refused(Method::kBatchDescribeCollection, Bytes().Text(3, "\x86")));
}

TEST(AccessTarget, NamesInsideOfMessages) {
  EXPECT_EQ(Read(Method::kSelectUser, Bytes().Text(2, Bytes().Text(1, "u"))).names, Texts{"u"});
  EXPECT_EQ(Read(Method::kSelectRole, Bytes().Text(2, Bytes().Text(1, "r"))).names, Texts{"r"});
  const Bytes entity = Bytes().Text(1, Bytes().Text(1, "r")).Text(3, "c");
  EXPECT_EQ(Read(Method::kSelectGrant, Bytes().Text(2, entity)).names, Texts{"r"});
  EXPECT_TRUE(Refused(Method::kSelectUser, Bytes().Text(2, "\x0a\x7f")));
}

TEST(AccessTarget, RenamesBetweenDatabases) {
  const AccessTarget rename =
      Read(Method::kRenameCollection, Bytes().Text(2, "d").Text(3, "c").Text(4, "n").Text(5, "e"));
  EXPECT_EQ(rename.database, "d");
  EXPECT_EQ(rename.second_database, "e");
  EXPECT_EQ(rename.names, Texts{"c"});
}

TEST(AccessTarget, CompactionsAndTheirCollections) {
  const AccessTarget plans =
      Read(Method::kGetCompactionStateWithPlans, Bytes().Number(1, 9).Text(3, "c").Number(4, 5));
  EXPECT_EQ(plans.compactions, std::vector<int64_t>{9});
  EXPECT_EQ(plans.ids, std::vector<int64_t>{5});
  EXPECT_EQ(plans.names, Texts{"c"});
  EXPECT_EQ(Read(Method::kManualCompaction, Bytes().Number(1, 5).Text(4, "c")).ids, std::vector<int64_t>{5});
}

TEST(AccessTarget, RowsInsideOfOperands) {
  const Bytes left = Bytes().Text(1, Bytes().Text(1, "c").Text(2, "field"));
  EXPECT_EQ(Read(Method::kCalcDistance, Bytes().Text(2, left).Text(3, Bytes().Text(2, "vectors"))).names,
            Texts{"c"});
}

TEST(AccessTarget, RefusesWhatIsNoMessage) {
  EXPECT_TRUE(Refused(Method::kSearch, "\x1a\x7f"));
  EXPECT_TRUE(Refused(Method::kSearch, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
}

TEST(AccessTarget, RefusesMoreNamesThanAnybodySends) {
  Bytes flush;
  for (int i = 0; i < 5000; ++i) flush.Text(3, "c");
  EXPECT_TRUE(Refused(Method::kFlush, flush));
}

}  // namespace
}  // namespace redkite::server
