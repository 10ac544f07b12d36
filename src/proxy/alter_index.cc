#include <algorithm>
#include <array>
#include <cctype>

#include "proxy/properties.h"
#include "proxy/proxy.h"
#include "types/json_text.h"

namespace redkite::proxy {
namespace {

constexpr std::string_view kOffsetCacheKey = "indexoffsetcache.enabled";

std::string TypeOf(const meta::IndexMeta& index) {
  const Params merged = MergeJsonParams(index.params);
  const std::string* given = FindParam(merged, "index_type");
  std::string type = given == nullptr || given->empty() ? "AUTOINDEX" : *given;
  std::transform(type.begin(), type.end(), type.begin(), [](unsigned char c) { return std::toupper(c); });
  return type;
}

bool SupportsMmap(std::string_view type) {
  static constexpr std::array<std::string_view, 5> kWithout = {"DISKANN", "AISAQ", "MINHASH_LSH", "STL_SORT",
                                                               "RTREE"};
  if (type.starts_with("GPU_") || type.starts_with("SVS_")) return false;
  return std::find(kWithout.begin(), kWithout.end(), type) == kWithout.end();
}

Status CheckKeys(const AlterProperties& change) {
  const auto check = [](const std::string& key) {
    return IsIndexProperty(key) ? Status::Ok() : Status::Invalid(key + " is not a configable index property");
  };
  for (const auto& [key, value] : change.put) RK_RETURN_IF_ERROR(check(key));
  for (const std::string& key : change.remove) RK_RETURN_IF_ERROR(check(key));
  return Status::Ok();
}

Status CheckValues(const meta::IndexMeta& index, const Params& put) {
  const std::string type = TypeOf(index);
  for (const auto& [key, value] : put) {
    if (key == "warmup") {
      RK_RETURN_IF_ERROR(CheckWarmup(key, value));
      continue;
    }
    RK_RETURN_IF_ERROR(ParseFlag(key, value).status());
    if (IsMmapKey(key) && !SupportsMmap(type))
      return Status::Invalid("index type " + type + " does not support mmap");
    if (key == kOffsetCacheKey && type != "BITMAP")
      return Status::Invalid("only bitmap index support indexoffsetcache.enabled now");
  }
  return Status::Ok();
}

}  // namespace

Status Proxy::AlterIndex(const AlterIndexRequest& request) {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "index"));
  const AlterProperties& change = request.properties;
  if (request.index_name.empty()) return Status::Invalid("index name is empty");
  RK_RETURN_IF_ERROR(CheckOneKindOfChange(change));
  RK_RETURN_IF_ERROR(CheckKeys(change));
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name));
  return seams_.catalog
      ->UpdateCollection(
          collection->id,
          [&](meta::CollectionMeta* meta) -> Status {
            if (meta->loaded) {
              return {Code::kCollectionLoaded,
                      "can't alter index on loaded collection, please release the collection "
                      "first: collection already loaded[collection=" +
                          meta->name + "]"};
            }
            for (meta::IndexMeta& index : meta->indexes) {
              if (index.name != request.index_name) continue;
              RK_RETURN_IF_ERROR(CheckValues(index, change.put));
              ApplyProperties(change, &index.params);
              return Status::Ok();
            }
            return {Code::kIndexNotFound, "index not found[indexName=" + request.index_name + "]"};
          })
      .status();
}

}  // namespace redkite::proxy
