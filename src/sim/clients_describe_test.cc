#include "sim/clients_test_kit.h"

namespace redkite::sim {
namespace {

TEST_F(ClientsTest, ACatalogThatSomebodyElseChangedIsSeen) {
  Prepare();
  ASSERT_TRUE(machine_.proxy().ReleaseCollection({"", "c0"}).ok());
  Ask(StepKind::kDescribe);
  EXPECT_NE(clients_.failure().find("catalog says"), std::string::npos) << clients_.failure();
}

TEST_F(ClientsNames, ADatabaseThatSomebodyElseMadeIsSeen) {
  Prepare();
  for (int i = 0; i < 3; ++i) Ask(StepKind::kCreate);
  Ask(StepKind::kDescribe);
  ASSERT_EQ(clients_.failure(), "");
  ASSERT_TRUE(machine_.proxy().CreateDatabase({"d1", {}}).ok());
  Ask(StepKind::kDescribe);
  EXPECT_NE(clients_.failure().find("the list of databases is wrong"), std::string::npos)
      << clients_.failure();
}

}  // namespace
}  // namespace redkite::sim
