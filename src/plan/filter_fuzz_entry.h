// ParseAnything: what the fuzz target and the mutation test do with one text.
#pragma once

#include <string_view>

#include "base/check.h"
#include "plan/filter_plan.h"
#include "plan/filter_templates_fixture.h"
#include "plan/filter_test_schema.h"

namespace redkite::plan {

/// Parses the text and looks at every part of the outcome.
inline void ParseAnything(std::string_view text) {
  static const CollectionSchema kSchema = FilterTestSchema();
  const Result<FilterPlan> plan = ParseFilter(text, kSchema, FuzzTemplates());
  if (!plan.ok()) {
    const Status status = FilterError(FilterUse::kQuery, text, plan.status());
    CHECK(status.code() == Code::kParameterInvalid || status.code() == Code::kUnimplemented);
    return;
  }
  CHECK(!plan->ToString().empty());
  CHECK(plan->node_count() > 0);
  (void)FindKeyEquality(*plan, FieldId(100));
}

}  // namespace redkite::plan
