// For tests: sends the examples of routes, in an order in which each of them can be done. Thread safety: one
// thread.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "server/rest/openapi/route_docs.h"
#include "server/rest/rest_test_kit.h"

namespace redkite::server {

inline void SendExamples(RestKit* kit, std::initializer_list<std::string_view> paths) {
  for (const std::string_view path : paths) {
    const auto docs = AllRouteDocs();
    const auto doc =
        std::find_if(docs.begin(), docs.end(), [&](const RouteDoc& d) { return d.path == path; });
    ASSERT_NE(doc, docs.end()) << path;
    const std::string answer = kit->Call(std::string(path), std::string(doc->example));
    EXPECT_TRUE(answer.starts_with(R"({"code":0,"data":)")) << path << answer;
  }
}

/// The same for all built routes of `docs`; `first` are those of others that they need.
inline void WalkThrough(std::span<const RouteDoc> docs, std::initializer_list<std::string_view> first,
                        std::initializer_list<std::string_view> paths) {
  std::vector<std::string_view> built, walked(paths);
  for (const RouteDoc& doc : docs) {
    if (doc.built) built.push_back(doc.path);
  }
  std::sort(built.begin(), built.end());
  std::sort(walked.begin(), walked.end());
  walked.erase(std::unique(walked.begin(), walked.end()), walked.end());
  EXPECT_EQ(built, walked);
  RestKit kit;
  SendExamples(&kit, first);
  SendExamples(&kit, paths);
}

}  // namespace redkite::server
