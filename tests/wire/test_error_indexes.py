"""Error contract, rows 43 to 51: indexes."""

import pytest
from error_contract import BINARY_VECTOR, Cases, INT8_VECTOR, KEY, SPARSE_VECTOR, VECTOR, shared_world, world  # noqa: F401
from raw import FLOAT, JSON, VARCHAR, expect_ok, field, pairs, INT64

case = Cases()

# ---- 43 to 51: indexes


def unindexed(w):
    w.own(fields=[KEY, field("tag", VARCHAR, max_length=8), field("j", JSON), field("f", FLOAT), VECTOR], index=False)


case("43", "other-type", 1100, "at most one distinct index is allowed per field", lambda w: w.index(target=w.base, index_type="HNSW", metric_type="L2"))
case("43", "other-metric", 1100, "at most one distinct index is allowed per field", lambda w: w.index(target=w.base, index_type="FLAT", metric_type="IP"))
case("44", "loaded", 1100, "vector index cannot be dropped on loaded collection: ", lambda w: w.send("DropIndex", collection_name=w.base, index_name="vector"))
case("45", "loaded", 104, "can't alter index on loaded collection, please release the collection first",
     lambda w: w.send("AlterIndex", collection_name=w.base, index_name="vector", extra_params=pairs({"mmap.enabled": "true"})))  # fmt: skip
case("45", "key", 1100, "nlist is not a configable index property",
     lambda w: w.send("AlterIndex", collection_name=w.name, index_name="vector", extra_params=pairs({"nlist": 5})), lambda w: w.own(load=False))  # fmt: skip
case("45", "both", 1100, "cannot provide both DeleteKeys and ExtraParams",
     lambda w: w.send("AlterIndex", collection_name=w.name, index_name="vector", extra_params=pairs({"mmap.enabled": "true"}), delete_keys=["mmap.enabled"]),
     lambda w: w.own(load=False))  # fmt: skip
case("45", "no-name", 1100, "index name is empty", lambda w: w.send("AlterIndex", collection_name=w.base, extra_params=pairs({"mmap.enabled": "true"})))
case("45", "value", 1100, "invalid mmap.enabled value: maybe, expected: true, false",
     lambda w: w.send("AlterIndex", collection_name=w.name, index_name="vector", extra_params=pairs({"mmap.enabled": "maybe"})), lambda w: w.own(load=False))  # fmt: skip
case("45", "offset-cache", 1100, "only bitmap index support indexoffsetcache.enabled now",
     lambda w: w.send("AlterIndex", collection_name=w.name, index_name="vector", extra_params=pairs({"indexoffsetcache.enabled": "true"})), lambda w: w.own(load=False))  # fmt: skip


def without_maps(kind):
    def prepare(w):
        w.own(fields=[KEY, field("n", INT64), VECTOR], index=False)
        expect_ok(w.index("n" if kind == "STL_SORT" else "vector", index_name="i", index_type=kind))

    return prepare


for name in ("DISKANN", "GPU_IVF_FLAT", "STL_SORT"):
    case("45", f"mmap-{name}", 1100, f"index type {name} does not support mmap",
         lambda w: w.send("AlterIndex", collection_name=w.name, index_name="i", extra_params=pairs({"mmap.enabled": "true"})), without_maps(name))  # fmt: skip
case("46", "name", 700, "index not found[indexName=nothing]", lambda w: w.send("DescribeIndex", collection_name=w.base, index_name="nothing"))
case("46", "none", 700, "index not found[collection=", lambda w: w.send("DescribeIndex", collection_name=w.name), unindexed)
case("47", "unknown", 1100, "cannot create index on non-exist field: nothing", lambda w: w.index("nothing", target=w.base, index_type="FLAT"))


def indexed_path(w):
    unindexed(w)
    expect_ok(w.index("j", index_type="INVERTED", json_cast_type="DOUBLE", json_path='j["a"]'))


case("43", "path", 1100, "at most one distinct index is allowed per field",
     lambda w: w.index("j", index_type="INVERTED", json_cast_type="VARCHAR", json_path="j['a']"), indexed_path)  # fmt: skip
case("43", "path-name", 1100, "at most one distinct index is allowed per field",
     lambda w: w.index("j", index_name="other", index_type="INVERTED", json_cast_type="DOUBLE", json_path='j["a"]'), indexed_path)  # fmt: skip
case("47", "path", 1100, "does not belong to field j", lambda w: w.index("j", index_type="INVERTED", json_cast_type="DOUBLE", json_path='k["a"]'), unindexed)
case("47", "broken-path", 1100, "cannot parse json path", lambda w: w.index("j", index_type="INVERTED", json_cast_type="DOUBLE", json_path='j["a'), unindexed)
for name in ("WARP", "hybrid", "HNSW2"):
    case("48", name, 1100, f"invalid index type: {name}", lambda w, n=name: w.index(index_type=n, metric_type="L2"), unindexed)
case("48", "scalar", 1100, "invalid index type: WARP", lambda w: w.index("tag", index_type="WARP"), unindexed)
for name in ("BIN_FLAT", "SPARSE_INVERTED_INDEX", "INVERTED", "MINHASH_LSH"):
    case("48", f"float-{name}", 1100, f"data type FloatVector can't build with this index {name}", lambda w, n=name: w.index(index_type=n), unindexed)
for name, f, phrase in (
    ("Trie", "f", "TRIE are only supported on varchar field"), ("STL_SORT", "j", "STL_SORT are only supported on numeric, varchar or timestamptz field"),
    ("BITMAP", "f", "bitmap index are only supported on bool, int, string and array field"), ("BITMAP", "id", "create bitmap index on primary key not supported"),
    ("NGRAM", "f", "Ngram index can only be created on VARCHAR or JSON field"), ("NGRAM", "tag", "Ngram index must specify both min_gram and max_gram"),
    ("RTREE", "tag", "RTREE index can only be built on geometry field"),
):  # fmt: skip
    case("48", f"{name}-{f}", 1100, phrase, lambda w, n=name, f=f: w.index(f, index_type=n), unindexed)
case("48", "json-cast", 1101, "json index must specify cast type", lambda w: w.index("j", index_type="INVERTED"), unindexed)


case("48", "scalar-hybrid", 1100, "invalid index type: HYBRID", lambda w: w.index("tag", index_type="HYBRID"), unindexed)
case("48", "scalar-HNSW", 1100, "data type VarChar can't build with this index HNSW", lambda w: w.index("tag", index_type="HNSW"), unindexed)
for name, params, phrase in (
    ("auto", {"index_type": "AUTOINDEX"}, "json index must specify cast type"), ("cast", {"index_type": "INVERTED", "json_cast_type": "INT64"}, "json_cast_type INT64 is not supported"),
    ("function", {"index_type": "INVERTED", "json_cast_type": "DOUBLE", "json_cast_function": "ROUND"}, "json_cast_function ROUND is not supported"),
    ("function-cast", {"index_type": "INVERTED", "json_cast_type": "BOOL", "json_cast_function": "STRING_TO_DOUBLE"}, "needs json_cast_type DOUBLE"),
    ("bitmap", {"index_type": "BITMAP", "json_cast_type": "DOUBLE"}, "bitmap index are only supported on bool, int, string and array field"),
    ("sort", {"index_type": "STL_SORT", "json_cast_type": "BOOL"}, "STL_SORT are only supported on numeric, varchar or timestamptz field"),
    ("ngram", {"index_type": "NGRAM", "json_cast_type": "DOUBLE", "min_gram": 1, "max_gram": 2}, "Ngram index can only be created on VARCHAR or JSON field"),
):  # fmt: skip
    case("48", f"json-{name}", (1100, 1101), phrase, lambda w, p=params: w.index("j", **p), unindexed)
for name, low, high, phrase in (("zero", 0, 2, "greater than 0"), ("order", 3, 2, "at most max_gram"), ("text", "a", 2, "must be integers")):
    case("50", f"ngram-{name}", 1100, phrase, lambda w, a=low, b=high: w.index("tag", index_type="NGRAM", min_gram=a, max_gram=b), unindexed)


def vector_of_type(w, data_type, **params):
    w.own(fields=[KEY, field("vector", data_type, **params)], index=False)


case("48", "int8", 1100, "data type Int8Vector can't build with this index IVF_FLAT", lambda w: w.index(index_type="IVF_FLAT"), lambda w: vector_of_type(w, INT8_VECTOR, dim=8))
for metric in ("HAMMING", "JACCARD", "BM25", "WARP"):
    case("49", f"float-{metric}", 1100, f"float vector index does not support metric type: {metric}", lambda w, m=metric: w.index(index_type="FLAT", metric_type=m), unindexed)
case("49", "binary", 1100, "binary vector index does not support metric type: L2", lambda w: w.index(index_type="BIN_FLAT", metric_type="L2"), lambda w: vector_of_type(w, BINARY_VECTOR, dim=8))
case("49", "sparse", 1100, "only IP&BM25 is the supported metric type for sparse index",
     lambda w: w.index(index_type="SPARSE_INVERTED_INDEX", metric_type="L2"), lambda w: vector_of_type(w, SPARSE_VECTOR))  # fmt: skip
case("49", "sparse-bm25", 1100, "only BM25 Function output field support BM25 metric type",
     lambda w: w.index(index_type="SPARSE_INVERTED_INDEX", metric_type="BM25"), lambda w: vector_of_type(w, SPARSE_VECTOR))  # fmt: skip
for name, kind, params, phrase in (
    ("nlist-0", "IVF_FLAT", {"nlist": 0}, "Out of range in json: param 'nlist' (0) should be in range [1, 65536]"),
    ("nlist-over", "IVF_FLAT", {"nlist": 65537}, "Out of range in json: param 'nlist' (65537) should be in range [1, 65536]"),
    ("M-1", "HNSW", {"M": 1}, "Out of range in json: param 'M' (1) should be in range [2, 2048]"),
    ("M-over", "HNSW", {"M": 2049}, "Out of range in json: param 'M' (2049) should be in range [2, 2048]"),
    ("M-giant", "HNSW", {"M": 10**15}, "Out of range in json: param 'M' ("),
    ("ef-0", "HNSW", {"efConstruction": 0}, "Out of range in json: param 'efConstruction' (0) should be in range [1, 2147483647]"),
    ("M-text", "HNSW", {"M": "x"}, "invalid integer value, key: 'M', value: 'x'"),
    ("m-fraction", "IVF_PQ", {"m": 16.0}, "wrong data type in json, key: 'm', value: '16.0'"),
    ("m-missing", "IVF_PQ", {}, "param 'm' not exist in json"),
    ("nbits", "IVF_PQ", {"m": 4, "nbits": 25}, "Out of range in json: param 'nbits' (25) should be in range [1, 24]"),
    ("m-dim", "IVF_PQ", {"m": 3}, "should be a multiple of the number of subquantizers (m)"),
    ("sub_dim", "SCANN", {"sub_dim": 3}, "dimension must be able to be divided by sub_dim"),
    ("rbq_bits", "IVF_RABITQ", {"rbq_bits": 10}, "Out of range in json: param 'rbq_bits' (10) should be in range [1, 9]"),
    ("sq_type", "HNSW_SQ", {"sq_type": "SQ5"}, "invalid value, key: 'sq_type', value: 'SQ5'"),
    ("refine_type", "HNSW_PQ", {"refine": True, "refine_type": "SQ5"}, "invalid value, key: 'refine_type', value: 'SQ5'"),
    ("nrq", "HNSW_PRQ", {"nrq": 17}, "Out of range in json: param 'nrq' (17) should be in range [1, 16]"),
    ("max_degree", "DISKANN", {"max_degree": 2049}, "Out of range in json: param 'max_degree' (2049) should be in range [1, 2048]"),
    ("search_list_size", "DISKANN", {"search_list_size": 0}, "Out of range in json: param 'search_list_size' (0)"),
    ("budget", "DISKANN", {"pq_code_budget_gb_ratio": -1}, "Out of range in json: param 'pq_code_budget_gb_ratio' (-1)"),
    ("rearrange", "AISAQ", {"rearrange": "x"}, "should be a boolean"),
    ("gpu-nbits", "GPU_IVF_PQ", {"nbits": 9}, "Out of range in json: param 'nbits' (9) should be in range [4, 8]"),
    ("gpu-m", "GPU_IVF_PQ", {"m": 3}, "should be a multiple of the number of subquantizers (m)"),
    ("cagra", "GPU_CAGRA", {"build_algo": "GUESS"}, "invalid value, key: 'build_algo', value: 'GUESS'"),
    ("cuvs", "GPU_CUVS_CAGRA", {"graph_degree": 0}, "Out of range in json: param 'graph_degree' (0)"),
    ("svs", "SVS_VAMANA", {"svs_graph_max_degree": 0}, "Out of range in json: param 'svs_graph_max_degree' (0)"),
    ("dim", "FLAT", {"dim": 5}, "dim"),
    ("refine", "HNSW_SQ", {"refine": "maybe"}, "should be a boolean"),
):  # fmt: skip
    case("50", f"build-{name}", 1100, phrase, lambda w, k=kind, p=params: w.index(index_type=k, metric_type="L2", params=p), unindexed)
    if params:
        case("50", f"flat-{name}", 1100, phrase, lambda w, k=kind, p=params: w.index(index_type=k, metric_type="L2", **p), unindexed)


def indexed_as(kind, **params):
    def prepare(w):
        w.own(index=False)
        expect_ok(w.index(index_type=kind, metric_type="L2", params=params))
        expect_ok(w.send("LoadCollection", collection_name=w.name))

    return prepare


for name, kind, params, phrase in (
    ("nprobe-0", "IVF_FLAT", {"nprobe": 0}, "Out of range in json: param 'nprobe' (0) should be in range [1, 65536]"),
    ("nprobe-over", "IVF_FLAT", {"nprobe": 65537}, "Out of range in json: param 'nprobe' (65537) should be in range [1, 65536]"),
    ("nprobe-text", "IVF_FLAT", {"nprobe": "x"}, "Type conflict in json: param 'nprobe' (\"x\") should be"),
    ("ef-bool", "HNSW", {"ef": True}, "Type conflict in json: param 'ef' (true) should be integer"),
    ("ef-0", "HNSW", {"ef": 0}, "Out of range in json: param 'ef' (0)"),
    ("seed_ef", "HNSW", {"seed_ef": 0}, "Out of range in json: param 'seed_ef' (0)"),
    ("refine_k", "HNSW_SQ", {"refine_k": 0.5}, "Out of range in json: param 'refine_k' (0.5)"),
    ("empty_buckets", "IVF_FLAT", {"max_empty_result_buckets": 65537}, "Out of range in json: param 'max_empty_result_buckets' (65537)"),
    ("rbq_bits_query", "IVF_RABITQ", {"rbq_bits_query": 9}, "Out of range in json: param 'rbq_bits_query' (9) should be in range [0, 8]"),
    ("reorder_k", "SCANN", {"reorder_k": 5}, "reorder_k(5) should be larger than k(10)"),
    ("search_list", "DISKANN", {"search_list": 5}, "search_list_size(5) should be larger than k(10)"),
    ("beamwidth", "DISKANN", {"beamwidth": 129}, "Out of range in json: param 'beamwidth' (129) should be in range [1, 128]"),
    ("level-0", "AUTOINDEX", {"level": 0}, "Out of range in json: param 'level' (0) should be in range [1, 10]"),
    ("level-over", "AUTOINDEX", {"level": 11}, "Out of range in json: param 'level' (11) should be in range [1, 10]"),
    ("itopk", "GPU_CAGRA", {"itopk_size": 0}, "Out of range in json: param 'itopk_size' (0)"),
    ("gpu-range", "GPU_IVF_FLAT", {"radius": 1.0}, "range search is not supported by index type GPU_IVF_FLAT"),
    ("ef-small", "HNSW", {"ef": 5}, "ef(5) should be larger than k(10)"),
):  # fmt: skip
    case("50", f"search-{name}", (1100, 65535), phrase, lambda w, p=params: w.search({"params": p}, target=w.name), indexed_as(kind))
case("51", "nested", 1100, "only metric type can be passed when use AutoIndex", lambda w: w.index(index_type="AUTOINDEX", metric_type="L2", params={"M": 8}), unindexed)
case("51", "flat", 1100, "only metric type can be passed when use AutoIndex", lambda w: w.index(index_type="AUTOINDEX", metric_type="L2", nlist=8), unindexed)
case("51", "no-type", 1100, "only metric type can be passed when use AutoIndex", lambda w: w.index(metric_type="L2", M=8), unindexed)
case("51", "too-large", 1102, "parameter too large", lambda w: w.index(index_type="HNSW", metric_type="L2", note="x" * (100 * 1024)), unindexed)


@pytest.mark.parametrize("wanted", case)
def test_row(world, wanted):
    wanted.check(world)
