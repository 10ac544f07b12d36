#include "wire/field_members.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "wire/pb_writer.h"

namespace redkite::wire {
namespace {

std::string Member(uint32_t number, std::string_view values) {
  std::string body, out;
  PbWriter(&body).Bytes(1, values);
  PbWriter(&out).Bytes(number, body);
  return out;
}

TEST(FieldMembers, EveryStorableTypeHasACarrier) {
  std::set<uint32_t> members;
  for (int number = 0; number < 256; ++number) {
    const auto type = static_cast<DataType>(number);
    EXPECT_EQ(CarrierOf(type).member != kNoMember, IsStorable(type)) << number;
    if (!IsStorable(type)) continue;
    EXPECT_EQ(CarrierOf(type).member > kVectorMember, IsVector(type)) << number;
    members.insert(CarrierOf(type).member);
  }
  EXPECT_EQ(members.size(), 16U);  // Int8, Int16 and Int32 share one, and so do VarChar, Text and Timestamptz
}

TEST(FieldMembers, TheSameMemberAddsUp) {
  MemberValues values;
  ASSERT_TRUE(values.CollectScalars(Member(kLongMember, "\1\2") + Member(kLongMember, "\3")));
  EXPECT_EQ(values.member, static_cast<uint32_t>(kLongMember));
  ASSERT_TRUE(values.values.has_value());
  EXPECT_EQ(values.values->count(), 3U);
}

TEST(FieldMembers, AnotherMemberTakesThePlace) {
  MemberValues values;
  ASSERT_TRUE(values.CollectScalars(Member(kLongMember, "\1\2") + Member(kStringMember, "ab")));
  EXPECT_EQ(values.member, static_cast<uint32_t>(kStringMember));
  EXPECT_EQ(values.values->count(), 1U);
  EXPECT_EQ(values.values->text_bytes(), 2U);
  ASSERT_TRUE(values.CollectScalars(Member(7, "x")));  // BytesArray, which carries nothing that is stored
  EXPECT_FALSE(values.values.has_value());
}

TEST(FieldMembers, MalformedOnesAreFound) {
  MemberValues values;
  EXPECT_FALSE(values.CollectScalars(Member(kLongMember, "\x80")));
  EXPECT_FALSE(values.CollectScalars(Member(kDoubleMember, "short")));
  EXPECT_FALSE(values.CollectScalars("\x0a\x09"));
}

}  // namespace
}  // namespace redkite::wire
