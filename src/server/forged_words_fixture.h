// ForgedWords: names, filters, JSON and parameters that occur in requests, chosen by a fuzzer's input. For
// RequestForge. Thread safety: one thread.
#pragma once

#include <string>
#include <string_view>

#include "base/testing/fuzz_input.h"
#include "plan/filter_text_fixture.h"

namespace redkite::server {

class ForgedWords {
 protected:
  explicit ForgedWords(fuzz::FuzzInput* input) : input_(input) {}

  bool Bent() { return input_->OneIn(12); }
  std::string_view Collection() {
    constexpr std::string_view kNames[] = {"all",  "all", "all", "texts",    "auto", "made",
                                           "gone", "",    "al",  "bad name", "made2"};
    return input_->OneOf(kNames);
  }
  std::string_view Field() {
    constexpr std::string_view kNames[] = {
        "vec", "i64",   "id",        "s",       "j",        "b",      "i8",      "i16",      "i32",
        "f",   "d",     "t",         "*",       "count(*)", "$meta",  "color",   "j[\"a\"]", "",
        "pk",  "RowID", "Timestamp", "nofield", "sum(i64)", "max(s)", "count(f)"};
    return input_->OneOf(kNames);
  }
  std::string Filter() {
    constexpr std::string_view kKeys[] = {"id in [1, 2, 3]",       "id == 5", "pk == \"k1\"",
                                          "pk in [\"k1\", \"x\"]", "id >= 0", ""};
    switch (input_->Below(4)) {
      case 0:
      case 1:
        return std::string(input_->OneOf(kKeys));
      case 2:
        return plan::FilterMaker(input_).Make(2);
      default:
        return std::string(input_->Bytes(60));
    }
  }
  std::string Json() {
    constexpr std::string_view kTexts[] = {"{}",
                                           R"({"a":1,"b":[1,{"a":"x"}]})",
                                           R"({"a":"apple"})",
                                           "[1]",
                                           "null",
                                           "{\"a\":",
                                           "",
                                           R"({"ef": 10})",
                                           R"({"radius": 1.5, "range_filter": 0.5})",
                                           "{\"a\":1e999}"};
    return std::string(input_->OneIn(8) ? input_->Bytes(40) : input_->OneOf(kTexts));
  }
  std::string ParamKey() {
    constexpr std::string_view kKeys[] = {"topk",
                                          "limit",
                                          "offset",
                                          "metric_type",
                                          "anns_field",
                                          "params",
                                          "radius",
                                          "range_filter",
                                          "ef",
                                          "round_decimal",
                                          "group_by_field",
                                          "group_by_fields",
                                          "order_by_fields",
                                          "metric",
                                          "sqrt",
                                          "group_size",
                                          "iterator",
                                          "batch_size",
                                          "dim",
                                          "max_length",
                                          "max_capacity",
                                          "index_type",
                                          "M",
                                          "efConstruction",
                                          "mmap.enabled",
                                          "collection.ttl.seconds",
                                          "ignore_growing",
                                          "hints",
                                          "search_iter_v2",
                                          "nprobe",
                                          "nlist",
                                          "reduce_stop_for_best",
                                          "iterator_session_ts",
                                          "strict_group_size",
                                          "timezone",
                                          "database.max.collections"};
    return std::string(input_->OneIn(16) ? input_->Bytes(12) : input_->OneOf(kKeys));
  }
  std::string ParamValue() {
    constexpr std::string_view kValues[] = {
        "3",   "L2",      "IP",       "COSINE",   "HNSW", "FLAT",   "AUTOINDEX", "true",    "false",
        "vec", "i64",     "s",        "16",       "-1",   "0",      "16384",     "16385",   "",
        "1.5", "HAMMING", "IVF_FLAT", "INVERTED", "UTC",  "s:desc", "b,s",       "sum(i64)"};
    switch (input_->Below(5)) {
      case 0:
      case 1:
        return std::string(input_->OneOf(kValues));
      case 2:
        return std::to_string(input_->Integer());
      case 3:
        return Json();
      default:
        return std::to_string(input_->Real());
    }
  }

 private:
  fuzz::FuzzInput* const input_;
};

}  // namespace redkite::server
