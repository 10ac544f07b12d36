"""Search: scores and order by metric, filters, output fields, limit and offset, several queries, the reply on the wire."""

import numpy as np
import pytest
from conftest import DIM, simple_schema, vector_index
from pymilvus import DataType
from pymilvus.grpc_gen import milvus_pb2, schema_pb2
from raw import Raw, expect_ok, expect_refused, pairs

ROWS = 1500


@pytest.fixture(scope="module")
def vectors():
    return np.random.default_rng(11).standard_normal((ROWS, DIM)).astype(np.float32)


@pytest.fixture(params=["L2", "IP", "COSINE"])
def metric(request):
    return request.param


@pytest.fixture(params=["FLAT", "HNSW"])
def index_type(request):
    return request.param


def score(metric, base, query):
    base, query = base.astype(np.float64), np.asarray(query, dtype=np.float64)
    if metric == "L2":
        return ((base - query) ** 2).sum(axis=1)
    product = base @ query
    return product if metric == "IP" else product / np.linalg.norm(base, axis=1) / np.linalg.norm(query)


def best(metric, scores):
    return np.argsort(scores if metric == "L2" else -scores, kind="stable")


@pytest.fixture
def filled(client, name, vectors):
    """Fills the collection: a part flushed, a part not."""

    def fill(index_type="FLAT", metric="L2"):
        client.create_collection(name, schema=simple_schema(client, dynamic=True), consistency_level="Strong")
        rows = [
            {"id": i, "tag": f"tag{i % 5}", "number": i, "vector": v.tolist(), "extra": f"e{i}"}
            for i, v in enumerate(vectors)
        ]
        client.insert(name, rows[:1200])
        client.flush(name)
        params = {"M": 16, "efConstruction": 200} if index_type == "HNSW" else {}
        client.create_index(name, vector_index(client, index_type, metric, **params))
        client.load_collection(name)
        client.insert(name, rows[1200:])
        return name

    return fill


def test_scores_and_order(client, filled, vectors, index_type, metric):
    name = filled(index_type, metric)
    hits_in_common = 0
    for query in np.random.default_rng(12).standard_normal((20, DIM)):
        found = client.search(name, data=[query.tolist()], limit=10, search_params={"metric_type": metric, "params": {"ef": 200}})[0]
        scores = score(metric, vectors, query.astype(np.float32))
        assert len(found) == 10
        for hit in found:
            assert hit["distance"] == pytest.approx(scores[hit["id"]], rel=1e-4, abs=1e-4)
        distances = [hit["distance"] for hit in found]
        assert distances == sorted(distances, reverse=metric != "L2")
        hits_in_common += len({hit["id"] for hit in found} & set(best(metric, scores)[:10].tolist()))
    assert hits_in_common == 200 if index_type == "FLAT" else hits_in_common >= 190


@pytest.mark.parametrize(
    "filter, wanted",
    [
        ("number < 700", lambda i: i < 700),
        ('tag == "tag2"', lambda i: i % 5 == 2),
        ("number in [3, 33, 333, 1333]", lambda i: i in (3, 33, 333, 1333)),
        ("number == 1499", lambda i: i == 1499),
        ('extra == "e7"', lambda i: i == 7),
        ("number > 1000 and not (tag == 'tag0')", lambda i: i > 1000 and i % 5),
        ("number < 0", lambda i: False),
    ],
)
def test_filtered(client, filled, vectors, index_type, filter, wanted):
    name = filled(index_type)
    allowed = [i for i in range(ROWS) if wanted(i)]
    for query in np.random.default_rng(13).standard_normal((5, DIM)).astype(np.float32):
        found = client.search(name, data=[query.tolist()], limit=10, filter=filter, search_params={"params": {"ef": 200}})[0]
        got = [hit["id"] for hit in found]
        assert len(got) == len(set(got)) == min(10, len(allowed))
        assert set(got) <= set(allowed)
        if index_type == "FLAT" or len(allowed) <= 10:
            scores = score("L2", vectors, query)
            assert got == sorted(allowed, key=lambda i: scores[i])[:10]


def test_limit_and_offset_page_through(client, filled, vectors):
    name = filled()
    query = vectors[5].tolist()
    whole = [hit["id"] for hit in client.search(name, data=[query], limit=60)[0]]
    pages = []
    for offset in range(0, 60, 20):
        pages += [h["id"] for h in client.search(name, data=[query], limit=20, search_params={"offset": offset})[0]]
    assert pages == whole
    assert client.search(name, data=[query], limit=10, search_params={"offset": 5000})[0] == []


def test_limit_over_the_rows(client, filled):
    assert len(client.search(filled(), data=[[0.0] * DIM], limit=16384)[0]) == ROWS


def test_output_fields(client, filled, vectors):
    name = filled()
    query = vectors[8].tolist()
    hit = client.search(name, data=[query], limit=1)[0][0]
    assert hit["id"] == 8 and not hit["entity"]
    hit = client.search(name, data=[query], limit=1, output_fields=["tag", "number"])[0][0]
    assert {k: hit["entity"][k] for k in ("tag", "number")} == {"tag": "tag3", "number": 8}
    assert "extra" not in hit["entity"] and "vector" not in hit["entity"]
    hit = client.search(name, data=[query], limit=1, output_fields=["*"])[0][0]["entity"]
    assert np.array_equal(np.float32(hit["vector"]), vectors[8])
    assert hit["extra"] == "e8" and hit["tag"] == "tag3" and hit["id"] == 8


def test_many_queries_at_once(client, filled, vectors):
    name = filled()
    found = client.search(name, data=vectors[:200].tolist(), limit=3)
    assert [hits[0]["id"] for hits in found] == list(range(200))
    assert all(len(hits) == 3 for hits in found)


def test_different_numbers_of_hits_in_one_reply(server, client, filled, vectors):
    name = filled()
    with Raw(server.address) as raw:
        params = {"params": {"radius": 0.5, "range_filter": -1.0}, "metric_type": "L2"}
        answer = expect_ok(raw.search(name, [vectors[0].tolist(), [1000.0] * DIM], params))
        assert list(answer.results.topks) == [1, 0] or list(answer.results.topks)[1] == 0


def test_the_reply_on_the_wire(server, client, filled, vectors):
    name = filled()
    with Raw(server.address) as raw:
        answer = expect_ok(raw.search(name, vectors[:3].tolist(), {"topk": 4, "metric_type": "L2"}, output_fields=["tag"]))
    results = answer.results
    assert results.num_queries == 3 and results.top_k == 4
    assert list(results.topks) == [4, 4, 4]
    assert len(results.ids.int_id.data) == len(results.scores) == 12
    assert results.primary_field_name == "id"
    assert [f.field_name for f in results.fields_data] == ["tag"]
    assert len(results.fields_data[0].scalars.string_data.data) == 12
    assert answer.collection_name == name


def test_nq_may_be_left_to_the_server(server, client, filled, vectors):
    name = filled()
    with Raw(server.address) as raw:
        answer = expect_ok(raw.search(name, vectors[:3].tolist(), nq=0))
        assert answer.results.num_queries == 3


def test_round_decimal(client, filled, vectors):
    name = filled()
    for hit in client.search(name, data=[vectors[1].tolist()], limit=5, round_decimal=2)[0]:
        assert round(hit["distance"], 2) == pytest.approx(hit["distance"], abs=1e-6)


def test_ties_go_to_the_smaller_key(client, name):
    client.create_collection(name, schema=simple_schema(client), consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    same = [1.0] * DIM
    client.insert(name, [{"id": i, "tag": "t", "number": 0, "vector": same} for i in (9, 4, 7, 1)])
    client.flush(name)
    client.insert(name, [{"id": i, "tag": "t", "number": 0, "vector": same} for i in (2, 8)])
    assert [hit["id"] for hit in client.search(name, data=[same], limit=4)[0]] == [1, 2, 4, 7]


def test_equally_far_rows_page_through(client, name):
    """Pages by offset fit together although a page may end among rows that are equally far."""
    client.create_collection(name, schema=simple_schema(client), consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    keys = np.random.default_rng(14).permutation(300).tolist()
    rows = [{"id": k, "tag": "t", "number": 0, "vector": [float(k % 3)] * DIM} for k in keys]
    client.insert(name, rows[:100])
    client.flush(name)
    client.insert(name, rows[100:200])
    client.insert(name, rows[200:])
    expected = sorted(range(300), key=lambda k: (k % 3, k))
    for size in (1, 7, 40):
        pages = []
        for offset in range(0, 120, size):
            pages += [h["id"] for h in client.search(name, data=[[0.0] * DIM], limit=size, search_params={"offset": offset})[0]]
        assert pages == expected[: len(pages)]


def test_offsets_at_their_limits(server, client, filled):
    name = filled()
    with Raw(server.address) as raw:
        query = [[0.0] * DIM]
        assert len(expect_ok(raw.search(name, query, {"topk": 10, "offset": ROWS - 3})).results.scores) == 3
        assert not expect_ok(raw.search(name, query, {"topk": 1, "offset": 16383})).results.scores
        expect_refused(raw.search(name, query, {"topk": 2, "offset": 16383}), 1100, "offset+topk [16385] is invalid, it should be in range [1, 16384], but got 16385")
        expect_refused(raw.search(name, query, {"offset": 16385}), 1100, "offset [16385] is invalid")
        expect_ok(raw.search(name, query, {"hints": "iterative_filter", "never_heard_of": "x", "params": {"page_retain_order": True, "unknown": [1]}}))
        expect_refused(raw.search(name, query, {"hints": "magic"}), 1100, "hints [magic] is not supported")
        expect_refused(raw.search(name, query, {"collection_id": 7}), 1100, "collection id:7")


def search_by_ids(raw, name, ids, **params):
    if not hasattr(milvus_pb2.SearchRequest(), "ids"):
        pytest.skip("this client's protocol has no search by ids")
    request = milvus_pb2.SearchRequest(
        collection_name=name,
        dsl=params.pop("filter", ""),
        dsl_type=1,
        ids=schema_pb2.IDs(**{"str_id" if ids and isinstance(ids[0], str) else "int_id": {"data": ids}}),
        nq=len(ids),
        search_params=pairs({"anns_field": "vector", "topk": 3, "params": "{}", **params}),
    )
    return raw.call("Search", request)


def test_by_ids(server, client, filled, vectors):
    name = filled()
    with Raw(server.address) as raw:
        answer = expect_ok(search_by_ids(raw, name, [7, 1400, 3]))
        assert answer.results.num_queries == 3 and list(answer.results.topks) == [3, 3, 3]
        assert list(answer.results.ids.int_id.data)[::3] == [7, 1400, 3]  # a row is nearest to itself
        same = expect_ok(raw.search(name, vectors[[7, 1400, 3]].tolist(), {"topk": 3}))
        assert answer.results.ids == same.results.ids and answer.results.scores == same.results.scores
        filtered = expect_ok(search_by_ids(raw, name, [7], filter="number > 1000"))
        assert min(filtered.results.ids.int_id.data) > 1000
        expect_refused(search_by_ids(raw, name, [7, 3, 7]), 1100, "duplicate IDs found in search request")
        expect_refused(search_by_ids(raw, name, [7, 99999, 3, -1]), 1100, "[99999, -1]")
        expect_refused(search_by_ids(raw, name, ["7"]), 1100, "primary key")
        client.delete(name, ids=[3])
        expect_refused(search_by_ids(raw, name, [3]), 1100, "[3]")


def test_zero_vector_under_cosine(client, name):
    client.create_collection(name, schema=simple_schema(client), consistency_level="Strong")
    client.create_index(name, vector_index(client, "HNSW", "COSINE", M=8, efConstruction=50))
    client.load_collection(name)
    client.insert(name, [{"id": i, "tag": "t", "number": 0, "vector": [float(i)] * DIM} for i in range(5)])
    for query in ([0.0] * DIM, [1.0] * DIM):
        for hit in client.search(name, data=[query], limit=5)[0]:
            assert hit["distance"] == hit["distance"], "a score is not a number"


def test_two_vector_fields(client, name):
    schema = simple_schema(client)
    schema.add_field("other", DataType.FLOAT_VECTOR, dim=4)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    index = vector_index(client)
    index.add_index(field_name="other", index_type="FLAT", metric_type="IP")
    client.create_index(name, index)
    client.load_collection(name)
    client.insert(name, [
        {"id": i, "tag": "t", "number": i, "vector": [float(i)] * DIM, "other": [float(-i), 0, 0, 0]} for i in range(10)
    ])  # fmt: skip
    assert client.search(name, data=[[9.0] * DIM], anns_field="vector", limit=1)[0][0]["id"] == 9
    assert client.search(name, data=[[1.0, 0, 0, 0]], anns_field="other", limit=1)[0][0]["id"] == 0


def test_cosine_forgets_lengths_that_overflow_or_vanish(client, name):
    base = np.random.default_rng(7).standard_normal((2000, 4)).astype(np.float32)
    base[77] = 3e38  # not even its norm is a float
    base[78] *= np.float32(1e30)
    base[79] *= np.float32(1e-30)
    schema = client.create_schema()
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=4)
    client.create_collection(name, schema=schema)
    client.insert(name, [{"id": i, "vector": row.tolist()} for i, row in enumerate(base)])
    client.flush(name)
    client.create_index(name, vector_index(client, "HNSW", "COSINE", M=8, efConstruction=64))
    client.load_collection(name)
    rows = base.astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    for query in ([2, 2, 2, 2], [5, -1, 3, 2], [-2e30, -2e30, -2e30, -2e30], base[78].tolist(), base[79].tolist(), [1e-30, 0, 0, 0]):
        (hits,) = client.search(name, data=[query], limit=3)
        unit = np.asarray(query, dtype=np.float32).astype(np.float64)
        scores = rows @ (unit / np.linalg.norm(unit))
        assert [hit["id"] for hit in hits] == np.argsort(-scores)[:3].tolist()
        assert np.allclose([hit["distance"] for hit in hits], np.sort(scores)[::-1][:3], atol=1e-5)
