"""Indexes: create, describe, list, statistics, drop, and what is refused."""

import time

import numpy as np
import pytest
from conftest import DIM, make_collection, simple_schema, vector_index
from pymilvus import DataType
from pymilvus.grpc_gen import milvus_pb2
from raw import Raw, expect_ok, expect_refused


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


@pytest.fixture
def bare(client, name):
    """A collection with rows and no index."""
    return make_collection(client, name, load=False)


def describe(raw, name, index_name="", field_name=""):
    request = milvus_pb2.DescribeIndexRequest(collection_name=name, index_name=index_name, field_name=field_name)
    return raw.call("DescribeIndex", request)


@pytest.mark.parametrize("metric", ["L2", "IP", "COSINE"])
@pytest.mark.parametrize("index_type", ["FLAT", "HNSW"])
def test_create_and_describe(client, bare, index_type, metric):
    params = {"M": 8, "efConstruction": 64} if index_type == "HNSW" else {}
    client.create_index(bare, vector_index(client, index_type, metric, **params))
    assert client.list_indexes(bare) == ["vector"]
    described = client.describe_index(bare, "vector")
    assert described["index_type"] == index_type
    assert described["metric_type"] == metric
    assert described["field_name"] == "vector"
    for key, value in params.items():
        assert int(described[key]) == value
    assert described["state"] == "Finished"
    assert described["total_rows"] == described["indexed_rows"] + described["pending_index_rows"]


def test_autoindex_is_taken(client, bare):
    client.create_index(bare, vector_index(client, "AUTOINDEX", "COSINE"))
    client.load_collection(bare)
    assert client.describe_index(bare, "vector")["metric_type"] == "COSINE"


def test_the_metric_has_a_default(raw, bare):
    expect_ok(raw.create_index(bare, "vector", index_type="FLAT"))
    params = {p.key: p.value for p in expect_ok(describe(raw, bare)).index_descriptions[0].params}
    assert params["metric_type"] == "COSINE"


def test_parameters_flat_or_as_json(raw, client, bare):
    expect_ok(raw.create_index(bare, "vector", index_type="HNSW", metric_type="L2", M=8, efConstruction=40))
    as_json = {"index_type": "HNSW", "metric_type": "L2", "params": {"M": 8, "efConstruction": 40}}
    expect_ok(raw.create_index(bare, "vector", **as_json))
    assert client.list_indexes(bare) == ["vector"]


def test_index_with_a_name(raw, client, bare):
    expect_ok(raw.create_index(bare, "vector", index_name="mine", index_type="FLAT", metric_type="L2"))
    assert client.list_indexes(bare) == ["mine"]
    assert client.describe_index(bare, "mine")["index_name"] == "mine"
    client.drop_index(bare, "mine")
    assert client.list_indexes(bare) == []


def test_another_index_on_the_field_is_refused(raw, client, bare):
    expect_ok(raw.create_index(bare, "vector", index_type="FLAT", metric_type="L2"))
    answer = raw.create_index(bare, "vector", index_type="FLAT", metric_type="IP")
    expect_refused(answer, 1100, "at most one distinct index is allowed per field")
    assert client.describe_index(bare, "vector")["metric_type"] == "L2"


def test_drop(raw, client, bare):
    client.create_index(bare, vector_index(client))
    client.drop_index(bare, "vector")
    client.drop_index(bare, "vector")
    assert client.list_indexes(bare) == []
    expect_refused(describe(raw, bare), 700, "index not found")


def test_drop_of_a_loaded_vector_index_is_refused(raw, client, simple):
    answer = raw.call("DropIndex", milvus_pb2.DropIndexRequest(collection_name=simple, index_name="vector"))
    expect_refused(answer, 1100, "vector index cannot be dropped on loaded collection")
    assert client.list_indexes(simple) == ["vector"]


def test_describe_of_an_unknown_index(raw, client, simple):
    expect_refused(describe(raw, simple, index_name="nothing"), 700, "index not found[indexName=nothing]")
    assert not client.describe_index(simple, "nothing")


def test_statistics(raw, simple):
    request = milvus_pb2.GetIndexStatisticsRequest(collection_name=simple)
    described = expect_ok(raw.call("GetIndexStatistics", request)).index_descriptions
    assert [d.index_name for d in described] == ["vector"]


def test_load_without_an_index(raw, bare):
    answer = raw.call("LoadCollection", milvus_pb2.LoadCollectionRequest(collection_name=bare))
    expect_refused(answer, 700, f"index not found[collection={bare}]")


def test_load_with_one_vector_field_not_indexed(raw, client, name):
    schema = simple_schema(client)
    schema.add_field("other", DataType.FLOAT_VECTOR, dim=4)
    client.create_collection(name, schema=schema)
    client.create_index(name, vector_index(client))
    answer = raw.call("LoadCollection", milvus_pb2.LoadCollectionRequest(collection_name=name))
    expect_refused(answer, 1100, "there is no vector index on field: [other], please create index firstly")


REFUSED = {
    "unknown-field": ("nothing", {"index_type": "FLAT", "metric_type": "L2"}, "cannot create index on non-exist field: nothing"),
    "unknown-type": ("vector", {"index_type": "WARP", "metric_type": "L2"}, "invalid index type: WARP"),
    "binary-metric": ("vector", {"index_type": "HNSW", "metric_type": "HAMMING"}, "float vector index does not support metric type: HAMMING"),
    "unknown-metric": ("vector", {"index_type": "HNSW", "metric_type": "WARP"}, "float vector index does not support metric type: WARP"),
    "small-m": ("vector", {"index_type": "HNSW", "metric_type": "L2", "params": {"M": 1, "efConstruction": 10}}, "param 'M' (1) should be in range [2, 2048]"),
    "big-m": ("vector", {"index_type": "HNSW", "metric_type": "L2", "params": {"M": 4096, "efConstruction": 10}}, "param 'M' (4096) should be in range [2, 2048]"),
    "zero-ef": ("vector", {"index_type": "HNSW", "metric_type": "L2", "params": {"M": 8, "efConstruction": 0}}, "param 'efConstruction' (0) should be in range [1, 2147483647]"),
    "m-text": ("vector", {"index_type": "HNSW", "metric_type": "L2", "M": "x", "efConstruction": 10}, "invalid integer value, key: 'M', value: 'x'"),
    "auto-extra": ("vector", {"index_type": "AUTOINDEX", "metric_type": "L2", "params": {"M": 8}}, "only metric type can be passed when use AutoIndex"),
    "wrong-dim": ("vector", {"index_type": "FLAT", "metric_type": "L2", "dim": DIM + 1}, ""),
    "broken-json": ("vector", {"index_type": "HNSW", "metric_type": "L2", "params": "{\"M\": "}, ""),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(raw, client, bare, case):
    field_name, params, phrase = REFUSED[case]
    expect_refused(raw.create_index(bare, field_name, **params), 1100, phrase)
    assert client.list_indexes(bare) == []


def test_an_index_on_sealed_and_on_new_rows(client, name):
    """Rows before and after the flush, and after the load: all are found, the best first."""
    rng = np.random.default_rng(5)
    vectors = rng.standard_normal((4000, DIM)).astype(np.float32)
    rows = [{"id": i, "tag": "t", "number": i, "vector": v.tolist()} for i, v in enumerate(vectors)]
    client.create_collection(name, schema=simple_schema(client), consistency_level="Strong")
    client.insert(name, rows[:2500])
    client.flush(name)
    client.create_index(name, vector_index(client, "HNSW", "L2", M=16, efConstruction=100))
    client.load_collection(name)
    client.insert(name, rows[2500:3500])
    client.flush(name)
    client.insert(name, rows[3500:])
    hit = 0
    for q in range(0, 4000, 80):
        found = client.search(name, data=[vectors[q].tolist()], limit=10, search_params={"params": {"ef": 128}})[0]
        exact = np.argsort(((vectors - vectors[q]) ** 2).sum(axis=1))[:10]
        assert found[0]["id"] == q and abs(found[0]["distance"]) < 1e-4
        hit += len({h["id"] for h in found} & set(exact.tolist()))
    assert hit / 500 >= 0.95


def test_index_build_ends(client, raw, name):
    """The build runs in the background; describing it until it is finished is how clients wait."""
    make_collection(client, name, rows=0, load=False)
    rng = np.random.default_rng(6)
    client.insert(name, [{"id": i, "tag": "t", "number": i, "vector": v.tolist()} for i, v in enumerate(rng.standard_normal((3000, DIM)))])
    client.flush(name)
    expect_ok(raw.create_index(name, "vector", index_type="HNSW", metric_type="L2", M=16, efConstruction=100))
    for _ in range(300):
        description = expect_ok(describe(raw, name)).index_descriptions[0]
        if description.state == 3:
            break
        time.sleep(0.1)
    assert description.state == 3, "Finished"
    assert description.indexed_rows == description.total_rows == 3000
