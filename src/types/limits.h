// Limits: what one request or one collection may ask for. Defaults are Milvus's; config/ has the options that
// change them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace redkite {

struct Limits {
  int name_length_max = 255;  // characters of collection, field, index … names
  int dim_min = 2;
  int dim_max = 32768;
  int binary_dim_max = 262144;
  int field_count_max = 64;
  int vector_field_count_max = 10;
  int shard_count_max = 16;
  int collection_count_max = 65536;
  int database_count_max = 64;
  int partition_count_max = 1024;         // of one collection
  int partition_total_count_max = 65536;  // partitions × shards of all collections
  int varchar_length_max = 65535;         // bytes
  size_t json_bytes_max = 65536;
  size_t description_bytes_max = 1024;
  int64_t topk_max = 16384;  // also of offset + limit
  int64_t nq_max = 16384;
  int64_t output_bytes_max = int64_t{100} << 20;  // values returned by one read
  int64_t group_count_max = 100'000;              // groups of one query
  int64_t filled_bytes_max = int64_t{64} << 20;   // values of one insert that no client sent
  size_t index_params_bytes_max = 100 * 1024;
  bool autoload = false;  // a read of a collection that is not loaded loads it
};

}  // namespace redkite
