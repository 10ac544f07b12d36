"""Sparse vectors: insert, output, exact search against plain Python, ranges, pages, iterators, index parameters, what is refused."""

import random
import struct
import time

import pytest
from client_calls import needs_members
from conftest import CLIENT, count, ids
from pymilvus import DataType, MilvusException
from pymilvus.grpc_gen import common_pb2, milvus_pb2, schema_pb2
from raw import INT64, Raw, column, expect_ok, expect_refused, field, pairs

SPARSE = 104
ROWS = 400
# A few indices that many rows share, and the ends of what is allowed.
VOCABULARY = [*range(40), 1000, 70_000, 2**31, 2**32 - 3, 2**32 - 2]

takes_empty = pytest.mark.skipif(CLIENT < (2, 5), reason="this client refuses a vector without values")


def make_vector(rng, size):
    """Values are multiples of 1/16, so that sums of products are exact in float32."""
    return {i: rng.randrange(1, 64) / 16 for i in rng.sample(VOCABULARY, size)}


def stored_vectors():
    rng = random.Random(31)
    return {i: make_vector(rng, rng.choice([0, 1, 2, 5, 12])) for i in range(ROWS)}


VECTORS = stored_vectors()


def product(a, b):
    return sum(v * b[i] for i, v in a.items() if i in b)


def expected_hits(vectors, query, limit=10, offset=0, keep=lambda key, score: True):
    scored = [(key, product(vector, query)) for key, vector in vectors.items()]
    best = sorted((-score, key) for key, score in scored if score > 0 and keep(key, score))
    return [(key, -score) for score, key in best][offset : offset + limit]


def got_hits(hits):
    return [(hit["id"], hit["distance"]) for hit in hits]


def encode(vector):
    return b"".join(struct.pack("<If", i, v) for i, v in sorted(vector.items()))


def schema_of(client, dynamic=False):
    schema = client.create_schema(auto_id=False, enable_dynamic_field=dynamic)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("number", DataType.INT64)
    schema.add_field("v", DataType.SPARSE_FLOAT_VECTOR)
    return schema


def row(key, vector):
    return {"id": key, "number": key % 7, "v": vector}


def make(client, name, vectors=VECTORS, index_type="SPARSE_INVERTED_INDEX", **params):
    client.create_collection(name, schema=schema_of(client), consistency_level="Strong")
    if vectors:
        client.insert(name, [row(key, vector) for key, vector in vectors.items()])
    index = client.prepare_index_params()
    index.add_index("v", index_type=index_type, metric_type="IP", params=params)
    client.create_index(name, index)
    client.load_collection(name)
    return name


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


def sparse_column(rows, name="v", **members):
    vectors = schema_pb2.VectorField(dim=0, sparse_float_vector=schema_pb2.SparseFloatArray(contents=rows))
    return schema_pb2.FieldData(field_name=name, type=SPARSE, vectors=vectors, **members)


def search_request(name, values, kind=SPARSE, params=None, topk=10, **members):
    flat = {"anns_field": "v", "topk": topk, "params": "{}"}
    flat.update(params or {})
    group = common_pb2.PlaceholderGroup(
        placeholders=[common_pb2.PlaceholderValue(tag="$0", type=kind, values=values)]
    )
    return milvus_pb2.SearchRequest(
        collection_name=name, dsl_type=1, nq=len(values), placeholder_group=group.SerializeToString(),
        search_params=pairs(flat), **members,
    )


@takes_empty
def test_search_is_exact_wherever_the_rows_are(settled):
    client, settle = settled
    make(client, "c")
    client = settle("c")
    rng = random.Random(32)
    queries = [make_vector(rng, size) for size in (1, 2, 3, 8, 20)] + [{}, {5000: 1.0}]
    found = client.search("c", data=queries, anns_field="v", limit=15, output_fields=["number", "v"])
    assert len(found) == len(queries)
    for query, hits in zip(queries, found):
        assert got_hits(hits) == expected_hits(VECTORS, query, 15)
        for hit in hits:
            assert hit["entity"]["v"] == VECTORS[hit["id"]] and hit["entity"]["number"] == hit["id"] % 7
    assert len(found[-1]) == 0 and len(found[-2]) == 0, "a row that shares no index is no hit"
    one = client.search("c", data=queries[:1], anns_field="v", limit=500)[0]
    assert got_hits(one) == expected_hits(VECTORS, queries[0], 500), "alone or among others, the scores are the same"
    rows = client.query("c", filter="id >= 0", output_fields=["v"], limit=ROWS)
    assert {r["id"]: r["v"] for r in rows} == VECTORS


@takes_empty
def test_filters_pages_and_ranges(client, name):
    make(client, name)
    client.flush(name)
    query = {i: 1.0 for i in VOCABULARY}
    filtered = client.search(name, data=[query], anns_field="v", limit=20, filter="number in [2, 5]")[0]
    assert got_hits(filtered) == expected_hits(VECTORS, query, 20, keep=lambda key, _: key % 7 in (2, 5))
    pages = []
    for offset in range(0, 60, 12):
        page = client.search(name, data=[query], anns_field="v", limit=12, search_params={"offset": offset})[0]
        assert got_hits(page) == expected_hits(VECTORS, query, 12, offset)
        pages += got_hits(page)
    assert pages == expected_hits(VECTORS, query, 60)
    for params, keep in [
        ({"radius": 20.0}, lambda _, score: score > 20),
        ({"radius": 5.0, "range_filter": 20.0}, lambda _, score: 5 < score <= 20),
        ({"radius": -1.0}, lambda *_: True),
        ({"radius": -2.0, "range_filter": -1.0}, lambda *_: False),
    ]:
        hits = client.search(name, data=[query], anns_field="v", limit=ROWS, search_params={"params": params})[0]
        assert got_hits(hits) == expected_hits(VECTORS, query, ROWS, keep=keep), params


@takes_empty
def test_iterators(client, name):
    make(client, name)
    query = {i: 0.5 for i in VOCABULARY[::2]}
    want = expected_hits(VECTORS, query, ROWS)
    if hasattr(client, "search_iterator"):
        for batch in (7, 100):
            iterator = client.search_iterator(name, data=[query], anns_field="v", batch_size=batch, limit=-1)
            got = []
            while page := iterator.next():
                got += [(hit["id"], hit["distance"]) for hit in page]
            iterator.close()
            assert sorted(got) == sorted(want) and [s for _, s in got] == [s for _, s in want]
    iterator = client.query_iterator(name, batch_size=33, output_fields=["v"])
    got = {}
    while page := iterator.next():
        got.update({r["id"]: r["v"] for r in page})
    iterator.close()
    assert got == VECTORS


@takes_empty
def test_writes_replace_and_remove(settled):
    client, settle = settled
    make(client, "c", {1: {1: 1.0}, 2: {1: 2.0, 7: 1.0}, 3: {7: 4.0}, 4: {}})
    client.upsert("c", [row(2, {9: 8.0}), row(5, {1: 5.0})])
    client.delete("c", ids=[3])
    client = settle("c")
    vectors = {1: {1: 1.0}, 2: {9: 8.0}, 4: {}, 5: {1: 5.0}}
    rows = client.query("c", filter="id >= 0", output_fields=["v"])
    assert {r["id"]: r["v"] for r in rows} == vectors
    query = {1: 1.0, 7: 1.0, 9: 1.0}
    assert got_hits(client.search("c", data=[query], anns_field="v")[0]) == expected_hits(vectors, query)


@takes_empty
def test_compaction_keeps_rows(client, name):
    make(client, name, {})
    for part in range(4):
        client.insert(name, [row(key, VECTORS[key]) for key in range(part, ROWS, 4)])
        client.flush(name)
    client.delete(name, filter="number == 3")
    client.flush(name)
    job = client.compact(name)
    deadline = time.monotonic() + 30
    while client.get_compaction_state(job) != "Completed" and time.monotonic() < deadline:
        time.sleep(0.1)
    left = {key: vector for key, vector in VECTORS.items() if key % 7 != 3}
    rows = client.query(name, filter="id >= 0", output_fields=["v"], limit=ROWS)
    assert {r["id"]: r["v"] for r in rows} == left
    query = {i: 1.0 for i in VOCABULARY}
    hits = client.search(name, data=[query], anns_field="v", limit=50)[0]
    assert got_hits(hits) == expected_hits(left, query, 50)


def test_search_by_ids(client, raw, name):
    needs_members("SearchRequest", "ids")
    make(client, name)
    keys = [key for key, vector in VECTORS.items() if len(vector) in (0, 5)][:6]
    request = search_request(name, [])
    request.ClearField("placeholder_group")
    request.ids.int_id.data.extend(keys)
    request.nq = len(keys)
    answer = expect_ok(raw.call("Search", request)).results
    found, at = [], 0
    for size in answer.topks:
        found.append(list(zip(answer.ids.int_id.data[at : at + size], answer.scores[at : at + size])))
        at += size
    assert found == [expected_hits(VECTORS, VECTORS[key]) for key in keys]


BAD_ROWS = [
    (b"\1\0\0\0\0\0\x80", "invalid data length in sparse float vector"),
    (struct.pack("<IfIf", 5, 1.0, 4, 1.0), "unsorted or same indices in sparse float vector"),
    (struct.pack("<IfIf", 5, 1.0, 5, 1.0), "unsorted or same indices in sparse float vector"),
    (struct.pack("<If", 5, -0.5), "negative value in sparse float vector"),
    (struct.pack("<If", 2**32 - 1, 0.5), "invalid index in sparse float vector"),
    (struct.pack("<If", 5, float("nan")), "value 'NaN' is not a number or infinity"),
    (struct.pack("<If", 5, float("inf")), "value '+Inf' is not a number or infinity"),
]


@pytest.mark.parametrize("bad,phrase", BAD_ROWS)
def test_bad_rows_are_refused(client, raw, name, bad, phrase):
    make(client, name, {1: {1: 1.0}})
    columns = [column("id", INT64, [1, 2]), column("number", INT64, [0, 0])]
    good = encode({3: 1.0})
    for call in (raw.insert, raw.upsert):
        expect_refused(call(name, [*columns, sparse_column([good, bad])], 2), 1100, phrase, "row number: 1", "field v")
    expect_refused(raw.call("Search", search_request(name, [good, bad])), 1100, phrase, "query 1")
    assert count(client, name) == 1
    assert client.query(name, filter="id == 1", output_fields=["v"])[0]["v"] == {1: 1.0}


def test_rows_by_columns(client, raw, name):
    make(client, name, {})
    columns = [column("id", INT64, [1, 2, 3]), column("number", INT64, [0, 0, 0])]
    rows = [{1: 0.0, 2: 1.5}, {}, {2**32 - 2: 3.0}]
    expect_ok(raw.insert(name, [*columns, sparse_column([encode(r) for r in rows])], 3))
    assert [r["v"] for r in client.query(name, filter="id > 0", output_fields=["v"])] == rows
    answer = expect_ok(raw.query(name, filter="id > 0", output_fields=["v"]))
    vectors = next(f for f in answer.fields_data if f.field_name == "v").vectors
    assert vectors.dim == vectors.sparse_float_vector.dim == 2**32 - 1
    assert list(vectors.sparse_float_vector.contents) == [encode(r) for r in rows]
    hits = client.search(name, data=[{1: 1.0}], anns_field="v")[0]
    assert len(hits) == 0, "a value of 0 is no hit"
    expect_refused(raw.insert(name, [*columns, sparse_column([b"", b""])], 3), 1100, "num_rows (2)", "(v)")
    expect_refused(raw.insert(name, columns, 3), 1100, "fieldSchema(v) has no corresponding fieldData")
    dense = schema_pb2.VectorField(dim=2, float_vector=schema_pb2.FloatArray(data=[1.0] * 6))
    wrong = schema_pb2.FieldData(field_name="v", type=SPARSE, vectors=dense)
    expect_refused(raw.insert(name, [*columns, wrong], 3), 1100, "field (v)")


def test_schema_rules(client, raw, name):
    key = field("id", 5, primary=True)
    expect_refused(
        raw.create_collection(name, [key, field("v", SPARSE, dim=4)]), 1100, "dim should not be specified for sparse vector field"
    )
    expect_ok(raw.create_collection(name, [key, field("v", SPARSE)]))
    described = next(f for f in client.describe_collection(name)["fields"] if f["name"] == "v")
    assert described["type"] == DataType.SPARSE_FLOAT_VECTOR and "dim" not in described["params"]


def test_queries_are_checked(client, raw, name):
    make(client, name, {1: {1: 1.0}})
    floats = struct.pack("<2f", 1.0, 2.0)
    expect_refused(raw.call("Search", search_request(name, [floats], kind=101)), 1100, "vector type must be the same", "SparseFloatVector")
    query = [encode({1: 1.0})]
    expect_refused(raw.call("Search", search_request(name, query, params={"metric_type": "L2"})), 1100, "metric type not match", "expected=IP")
    for bad, phrase in [("1", "should be in range [0, 1)"), ("-0.1", "should be in range [0, 1)"), ('"x"', "should be a number")]:
        params = {"params": '{"drop_ratio_search": %s}' % bad}
        expect_refused(raw.call("Search", search_request(name, query, params=params)), 1100, "drop_ratio_search", phrase)
    for good in ("0", "0.5"):
        params = {"params": '{"drop_ratio_search": %s}' % good}
        answer = expect_ok(raw.call("Search", search_request(name, query, params=params)))
        assert list(answer.results.scores) == [1.0]


INDEXES = [
    ({"index_type": "SPARSE_INVERTED_INDEX"}, None),
    ({"index_type": "SPARSE_WAND", "metric_type": "IP", "drop_ratio_build": "0.3"}, None),
    ({"index_type": "AUTOINDEX", "metric_type": "IP"}, None),
    ({"index_type": "SPARSE_INVERTED_INDEX", "metric_type": "IP", "params": {"inverted_index_algo": "DAAT_MAXSCORE"}}, None),
    ({"index_type": "SPARSE_INVERTED_INDEX", "metric_type": "L2"}, "only IP&BM25 is the supported metric type for sparse index"),
    ({"index_type": "SPARSE_INVERTED_INDEX", "metric_type": "BM25"}, "only BM25 Function output field support BM25 metric type"),
    ({"index_type": "AUTOINDEX", "metric_type": "COSINE"}, "only IP&BM25 is the supported metric type for sparse index"),
    ({"index_type": "HNSW", "metric_type": "IP"}, "can't build with this index HNSW"),
    ({"index_type": "SPARSE_WAND", "drop_ratio_build": "1"}, "param 'drop_ratio_build' (1) should be in range [0, 1)"),
    ({"index_type": "SPARSE_WAND", "drop_ratio_build": "-0.5"}, "param 'drop_ratio_build' (-0.5) should be in range [0, 1)"),
    ({"index_type": "SPARSE_WAND", "drop_ratio_build": "a"}, "should be a number"),
    ({"index_type": "SPARSE_INVERTED_INDEX", "inverted_index_algo": "FAST"}, "sparse inverted index algo FAST not found or not supported"),
    ({"index_type": "SPARSE_INVERTED_INDEX", "sindi_window_size": "1000"}, "should be in range [1024, 65535]"),
    ({"index_type": "SPARSE_INVERTED_INDEX", "dim": "4"}, "dim should not be specified"),
]


@pytest.mark.parametrize("params,phrase", INDEXES)
def test_index_types(client, raw, name, params, phrase):
    client.create_collection(name, schema=schema_of(client))
    answer = raw.create_index(name, "v", **params)
    if phrase is not None:
        expect_refused(answer, 1100, phrase)
        assert client.list_indexes(name) == []
        return
    expect_ok(answer)
    described = client.describe_index(name, "v")
    assert described["metric_type"] == "IP"
    for key in params.keys() - {"params"}:
        assert described[key] == params[key]


def test_a_sparse_index_is_for_sparse_vectors(client, raw, name):
    expect_ok(raw.create_collection(name, [field("id", 5, primary=True), field("v", 101, dim=4)]))
    expect_refused(raw.create_index(name, "v", index_type="SPARSE_WAND", metric_type="IP"), 1100, "can't build with this index SPARSE_WAND")


def test_default_index(client, raw, name):
    client.create_collection(name, schema=schema_of(client), consistency_level="Strong")
    expect_ok(raw.create_index(name, "v"))
    described = client.describe_index(name, "v")
    assert (described["index_type"], described["metric_type"]) == ("AUTOINDEX", "IP")
    client.insert(name, [row(1, {1: 2.0})])
    client.load_collection(name)
    assert got_hits(client.search(name, data=[{1: 3.0}], anns_field="v")[0]) == [(1, 6.0)]


def test_beside_a_dense_vector(client, name):
    schema = schema_of(client)
    schema.add_field("dense", DataType.FLOAT_VECTOR, dim=2)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    index = client.prepare_index_params()
    index.add_index("v", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
    index.add_index("dense", index_type="FLAT", metric_type="L2")
    client.create_index(name, index)
    client.load_collection(name)
    client.insert(name, [{**row(i, {i: 1.0}), "dense": [float(i), 0.0]} for i in range(10)])
    assert got_hits(client.search(name, data=[{4: 1.0, 5: 2.0}], anns_field="v")[0]) == [(5, 2.0), (4, 1.0)]
    assert got_hits(client.search(name, data=[[3.0, 0.0]], anns_field="dense", limit=1)[0]) == [(3, 0.0)]
    with pytest.raises(MilvusException, match="IsNull/IsNotNull operations are not supported on vector fields"):
        client.query(name, filter="v is null")
    assert ids(client.query(name, filter="number == 1")) == [1, 8]
