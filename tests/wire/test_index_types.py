"""Index types in name: each is created with its parameters, described as it was given, altered and searched."""

import pytest
from client_calls import ask
from conftest import CLIENT, DIM, make_collection, simple_row
from pymilvus import DataType
from raw import ARRAY, BOOL, FLOAT, FLOAT_VECTOR, INT64, JSON, VARCHAR, Raw, expect_ok, expect_refused, field


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


@pytest.fixture
def bare(client, name):
    return make_collection(client, name, load=False)


VECTOR_TYPES = {
    "FLAT": ({}, {}), "IVF_FLAT": ({"nlist": 16}, {"nprobe": 4, "max_empty_result_buckets": 2, "ensure_topk_full": True}),
    "IVF_SQ8": ({"nlist": 65536}, {"nprobe": 65536}), "IVF_PQ": ({"nlist": 16, "m": 4, "nbits": 8, "refine": True, "refine_type": "FP16"}, {"refine_k": 2.5}),
    "IVF_FLAT_CC": ({"nlist": 16, "ssize": 48}, {"nprobe": 8}), "IVF_SQ_CC": ({"nlist": 16, "ssize": 48, "sq_type": "SQ8"}, {"nprobe": 8}),
    "SCANN": ({"nlist": 16, "with_raw_data": True, "sub_dim": 2}, {"nprobe": 8, "reorder_k": 100}),
    "IVF_RABITQ": ({"nlist": 16, "rbq_bits": 9, "refine": True, "refine_type": "SQ6"}, {"rbq_bits_query": 8, "refine_k": 1}),
    "IVF_RABITQ_FASTSCAN": ({"nlist": 16}, {"nprobe": 8}), "HNSW": ({"M": 2, "efConstruction": 360}, {"ef": 64, "seed_ef": 10}),
    "HNSW_SQ": ({"M": 16, "efConstruction": 60, "sq_type": "SQ4U", "refine": True, "refine_type": "FP32"}, {"ef": 64, "refine_k": 2}),
    "HNSW_PQ": ({"M": 16, "efConstruction": 60, "m": 4, "nbits": 8}, {"ef": 64}), "HNSW_PRQ": ({"M": 16, "efConstruction": 60, "m": 4, "nrq": 16}, {"ef": 64}),
    "DISKANN": ({"max_degree": 48, "search_list_size": 100}, {"search_list": 50, "beamwidth": 8}),
    "AISAQ": ({"max_degree": 48, "inline_pq": 1, "rearrange": True, "num_entry_points": 1, "pq_cache_size": 0}, {"search_list": 50, "vectors_beamwidth": 1}),
    "GPU_BRUTE_FORCE": ({}, {}), "GPU_IVF_FLAT": ({"nlist": 16, "cache_dataset_on_device": "true"}, {"nprobe": 8}),
    "GPU_IVF_PQ": ({"nlist": 16, "m": 0, "nbits": 4}, {"nprobe": 8}),
    "GPU_CAGRA": ({"intermediate_graph_degree": 128, "graph_degree": 64, "build_algo": "NN_DESCENT", "adapt_for_cpu": False}, {"itopk_size": 32, "team_size": 0}),
    "GPU_CUVS_IVF_FLAT": ({"nlist": 16}, {}), "GPU_FAISS_IVF_PQ": ({"nlist": 16, "m": 4}, {}), "SVS_VAMANA": ({"svs_graph_max_degree": 64}, {"svs_search_window_size": 20}),
    "SVS_FLAT": ({}, {}), "AUTOINDEX": ({}, {"level": 10}),
}  # fmt: skip


@pytest.mark.parametrize("index_type", VECTOR_TYPES)
def test_vector_types(client, bare, index_type):
    build, search = VECTOR_TYPES[index_type]
    index = client.prepare_index_params()
    index.add_index(field_name="vector", index_type=index_type, metric_type="L2", params=build)
    client.create_index(bare, index)
    client.create_index(bare, index)  # the same again
    described = client.describe_index(bare, "vector")
    assert (described["index_type"], described["metric_type"], described["state"]) == (index_type, "L2", "Finished")
    for key, value in build.items():
        if CLIENT == (2, 5) and not value:
            continue  # it sends no parameter that is 0 or False
        assert str(described[key]).lower() == str(value).lower(), key
    client.load_collection(bare)
    hits = client.search(bare, data=[simple_row(7)["vector"]], limit=3, search_params={"params": search})[0]
    assert hits[0]["id"] == 7 and len(hits) == 3
    client.release_collection(bare)
    client.drop_index(bare, "vector")
    assert client.list_indexes(bare) == []


NO_MAPS = {"DISKANN", "AISAQ"}


@pytest.mark.parametrize("index_type", list(VECTOR_TYPES))
def test_maps(client, raw, bare, index_type):
    expect_ok(raw.create_index(bare, "vector", index_type=index_type, metric_type="L2", **{"m": 4} if "IVF_PQ" in index_type else {}))
    altered = ask(raw, "AlterIndex", collection_name=bare, index_name="vector", extra_params={"mmap.enabled": "true"})
    if index_type in NO_MAPS or index_type.startswith(("GPU_", "SVS_")):
        expect_refused(altered, 1100, f"index type {index_type} does not support mmap")
        return
    expect_ok(altered)
    assert str(client.describe_index(bare, "vector")["mmap.enabled"]).lower() == "true"
    expect_ok(ask(raw, "AlterIndex", collection_name=bare, index_name="vector", delete_keys=["mmap.enabled"]))
    assert "mmap.enabled" not in client.describe_index(bare, "vector")


SCALARS = {
    "b": BOOL, "n": INT64, "f": FLOAT, "s": VARCHAR, "a": ARRAY, "j": JSON,
}  # fmt: skip
FITS = {
    "INVERTED": "bnfsaj", "BITMAP": "bnsaj", "STL_SORT": "nfsj", "Trie": "s", "TRIE": "s", "marisa-trie": "s", "NGRAM": "sj", "AUTOINDEX": "bnfsaj", "": "bnfsaj", "RTREE": "",
}  # fmt: skip


@pytest.fixture
def scalars(client, raw, name):
    fields = [field("id", INT64, primary=True), field("vector", FLOAT_VECTOR, dim=DIM)]
    for key, kind in SCALARS.items():
        more = {VARCHAR: {"max_length": 16}, ARRAY: {"max_capacity": 4}}.get(kind, {})
        fields.append(field(key, kind, **more))
        if kind == ARRAY:
            fields[-1].element_type = INT64
    expect_ok(raw.create_collection(name, fields, dynamic=True))
    return name


@pytest.mark.parametrize("index_type", FITS)
def test_scalar_types(client, raw, scalars, index_type):
    for key in SCALARS:
        params = {"index_type": index_type} if index_type else {}
        if index_type == "NGRAM":
            params |= {"min_gram": 2, "max_gram": 3}
        if key == "j":
            params |= {"json_cast_type": "VARCHAR", "json_path": 'j["x"]'}
        created = raw.create_index(scalars, key, index_name=f"i_{key}", **params)
        if key not in FITS[index_type]:
            expect_refused(created, 1100, "")
            continue
        expect_ok(created)
        described = client.describe_index(scalars, f"i_{key}")
        assert described["field_name"] == key and described["index_type"] == (index_type or "AUTOINDEX")
        assert described["state"] == "Finished"
        for name, value in params.items():
            if name != "index_type":
                assert str(described[name]) == str(value)
    assert sorted(client.list_indexes(scalars)) == sorted(f"i_{key}" for key in FITS[index_type])


def test_several_paths_of_a_json_field(client, raw, scalars):
    index = {"index_type": "INVERTED", "json_cast_type": "DOUBLE"}
    expect_ok(raw.create_index(scalars, "j", json_path='j["a"]["b"]', **index))
    expect_ok(raw.create_index(scalars, "j", json_path='j["c"]', index_name="c", **index))
    expect_ok(raw.create_index(scalars, "j", index_type="INVERTED", json_cast_type="JSON"))
    expect_ok(raw.create_index(scalars, "color", index_type="AUTOINDEX", json_cast_type="VARCHAR"))
    expect_ok(raw.create_index(scalars, "j", json_path='j["c"]', index_name="c", **index))
    expect_refused(raw.create_index(scalars, "j", json_path='j["c"]', index_name="d", **index), 1100, "at most one distinct index is allowed per field")
    expect_refused(raw.create_index(scalars, "n", index_name="c", index_type="INVERTED"), 1100, "index name c")
    assert len(client.list_indexes(scalars)) == 4
    assert client.describe_index(scalars, "c")["json_path"] == 'j["c"]'
    client.drop_index(scalars, "c")
    assert len(client.list_indexes(scalars)) == 3


@pytest.mark.skipif(CLIENT < (2, 5), reason="this client makes no index of a dynamic key")
def test_filters_do_not_change_by_an_index(client, name):
    schema = client.create_schema(auto_id=False, enable_dynamic_field=True)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("j", DataType.JSON)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.insert(name, [{"id": i, "j": {"a": i if i % 2 else str(i)}, "color": f"c{i % 3}", "vector": [float(i)] * DIM} for i in range(30)])
    index = client.prepare_index_params()
    index.add_index(field_name="vector", index_type="FLAT", metric_type="L2")
    client.create_index(name, index)
    client.load_collection(name)
    filters = ('j["a"] > 10', 'j["a"] == "4"', 'color == "c1"', 'exists j["a"]')
    before = [sorted(r["id"] for r in client.query(name, filter=f)) for f in filters]
    index = client.prepare_index_params()
    index.add_index(field_name="j", index_name="ja", index_type="INVERTED", params={"json_path": 'j["a"]', "json_cast_type": "DOUBLE"})
    index.add_index(field_name="color", index_name="color", index_type="BITMAP", params={"json_path": "color", "json_cast_type": "VARCHAR"})
    client.create_index(name, index)
    assert [sorted(r["id"] for r in client.query(name, filter=f)) for f in filters] == before
    assert before[0] == list(range(11, 30, 2)) and before[1] == [4]
