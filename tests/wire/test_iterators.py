"""Iterators of the clients: everything once, in order, from one state, whatever is written meanwhile."""

import numpy as np
import pytest
from conftest import DIM, make_collection, simple_row, simple_schema, vector_index
from pymilvus import Collection, MilvusException, connections
from pymilvus.grpc_gen import schema_pb2
from raw import Raw, expect_ok, expect_refused

ROWS = 3000
BATCHES = [1, 7, 100, 1000]
PINS = "search_iter_v2" in open(__import__("pymilvus.client.prepare", fromlist=["x"]).__file__).read()
"""Whether the client reads all pages at the timestamp of the first one (2.5 and newer)."""


@pytest.fixture(scope="module")
def vectors():
    return np.random.default_rng(21).standard_normal((ROWS, DIM)).astype(np.float32)


def rows_of(vectors, keys):
    return [{"id": i, "tag": f"tag{i % 5}", "number": i, "vector": vectors[i % ROWS].tolist()} for i in keys]


@pytest.fixture
def filled(client, name, vectors):
    """Two flushed parts, one of them with a graph, and one that is still growing."""

    def fill(index_type="HNSW", metric="L2", vectors=vectors):
        client.create_collection(name, schema=simple_schema(client), consistency_level="Strong")
        keys = np.random.default_rng(22).permutation(len(vectors)).tolist()
        params = {"M": 16, "efConstruction": 100} if index_type == "HNSW" else {}
        client.create_index(name, vector_index(client, index_type, metric, **params))
        client.load_collection(name)
        for part in (keys[:1500], keys[1500:2000], keys[2000:]):
            client.insert(name, rows_of(vectors, part))
            if len(part) > 400 and part[0] != keys[2000]:
                client.flush(name)
        return name

    return fill


def plain(item):
    """A row or a hit as a dict; hits of older clients are none."""
    return item if isinstance(item, dict) else {"id": item.id, "distance": item.distance, "entity": item.fields}


def drain(iterator):
    """All pages, each a list."""
    pages = []
    while True:
        page = iterator.next()
        if page is None or not len(page):
            iterator.close()
            return pages
        pages.append([plain(item) for item in page])
        assert len(pages) < 20_000, "the iterator does not end"


def flat(pages):
    return [item for page in pages for item in page]


def exact(metric, vectors, query):
    base, query = vectors.astype(np.float64), np.asarray(query, dtype=np.float64)
    if metric == "L2":
        scores = ((base - query) ** 2).sum(axis=1)
    else:
        scores = base @ query
        if metric == "COSINE":
            scores /= np.linalg.norm(base, axis=1) * np.linalg.norm(query)
    return scores


def expect_all(found, scores, metric, allowed=None):
    """The hits are all allowed rows, each once, best first."""
    allowed = range(len(scores)) if allowed is None else allowed
    keys = [hit["id"] for hit in found]
    assert len(keys) == len(set(keys)), "a row came twice"
    assert set(keys) == set(allowed), f"{len(set(allowed) - set(keys))} rows are missing"
    for hit in found:
        assert hit["distance"] == pytest.approx(scores[hit["id"]], rel=1e-4, abs=1e-4)
    distances = [hit["distance"] for hit in found]
    assert distances == sorted(distances, reverse=metric != "L2")


# ---- query iterator


@pytest.mark.parametrize("batch", BATCHES)
def test_query_iterator_gives_every_row_in_key_order(client, filled, batch):
    name = filled()
    pages = drain(client.query_iterator(name, batch_size=batch, filter="id >= 0", output_fields=["number"]))
    assert [row["id"] for row in flat(pages)] == list(range(ROWS))
    assert all(row["number"] == row["id"] for row in flat(pages))
    assert all(len(page) == batch for page in pages[:-1])


def test_query_iterator_with_filter_limit_and_offset(client, filled):
    name = filled()
    wanted = [i for i in range(ROWS) if i % 5 == 2 and i < 2500]
    pages = drain(client.query_iterator(name, batch_size=70, filter='tag == "tag2" and number < 2500', output_fields=["tag"]))
    assert [row["id"] for row in flat(pages)] == wanted
    pages = drain(client.query_iterator(name, batch_size=70, limit=200, filter='tag == "tag2"', output_fields=["tag"]))
    assert [row["id"] for row in flat(pages)] == wanted[:200]
    pages = drain(client.query_iterator(name, batch_size=70, offset=150, filter='tag == "tag2" and number < 2500', output_fields=["id"]))
    assert [row["id"] for row in flat(pages)] == wanted[150:]
    assert drain(client.query_iterator(name, batch_size=70, filter="number < 0", output_fields=["id"])) == []


def test_query_iterator_without_filter(client, filled):
    name = filled()
    pages = drain(client.query_iterator(name, batch_size=999))
    assert [row["id"] for row in flat(pages)] == list(range(ROWS))


def test_query_iterator_over_text_keys(client, name):
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False)
    schema.add_field("key", DataType.VARCHAR, max_length=64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    keys = [f"k{i:05d}" for i in range(700)] + ["", "é", "日本", "z" * 64]
    client.insert(name, [{"key": k, "vector": [1.0] * DIM} for k in keys[::-1]])
    pages = drain(client.query_iterator(name, batch_size=50, filter='key >= ""', output_fields=["key"]))
    assert [row["key"] for row in flat(pages)] == sorted(keys, key=lambda k: k.encode())


@pytest.mark.skipif(not PINS, reason="this client reads each page at the newest state")
def test_query_iterator_sees_one_state(client, filled, vectors):
    name = filled()
    iterator = client.query_iterator(name, batch_size=250, filter="id >= 0", output_fields=["number"])
    found = list(iterator.next())
    client.insert(name, rows_of(vectors, range(ROWS, ROWS + 300)))
    client.delete(name, ids=list(range(400, 500)))
    found += list(iterator.next())
    client.upsert(name, [simple_row(i, number=-1) for i in range(600, 700)])
    client.flush(name)
    client.delete(name, filter="id >= 1000 and id < 2000")
    found += flat(drain(iterator))
    assert [row["id"] for row in found] == list(range(ROWS))
    assert all(row["number"] == row["id"] for row in found)
    now = flat(drain(client.query_iterator(name, batch_size=900, filter="id >= 0", output_fields=["number"])))
    assert len(now) == ROWS + 300 - 100 - 1000
    assert sorted(row["id"] for row in now if row["number"] == -1) == list(range(600, 700))


def test_query_iterator_of_a_dropped_collection_ends_with_an_error(client, filled):
    name = filled()
    iterator = client.query_iterator(name, batch_size=100, filter="id >= 0", output_fields=["id"])
    iterator.next()
    client.drop_collection(name)
    make_collection(client, name)
    with pytest.raises(MilvusException, match="is not consistent"):
        iterator.next()


def test_query_iterator_saves_and_restores_its_place(client, filled, tmp_path):
    if not PINS:
        pytest.skip("this client has no checkpoints")
    name = filled()
    place = str(tmp_path / "place")
    iterator = client.query_iterator(name, batch_size=500, filter="id >= 0", output_fields=["id"], iterator_cp_file=place)
    found = list(iterator.next()) + list(iterator.next())
    again = client.query_iterator(name, batch_size=500, filter="id >= 0", output_fields=["id"], iterator_cp_file=place)
    found += flat(drain(again))
    assert [row["id"] for row in found] == list(range(ROWS))


# ---- search iterator: the second kind where the client has it, else the first


@pytest.mark.parametrize("metric", ["L2", "IP", "COSINE"])
@pytest.mark.parametrize("index_type", ["FLAT", "HNSW"])
def test_search_iterator_gives_every_row_once(client, filled, vectors, index_type, metric):
    name = filled(index_type, metric)
    query = np.random.default_rng(23).standard_normal(DIM).astype(np.float32)
    iterator = client.search_iterator(name, data=[query.tolist()], anns_field="vector", batch_size=200, search_params={"metric_type": metric})
    expect_all(flat(drain(iterator)), exact(metric, vectors, query), metric)


@pytest.mark.parametrize("batch", BATCHES[1:])
def test_search_iterator_with_filter_and_limit(client, filled, vectors, batch):
    name = filled()
    query = vectors[3]
    scores = exact("L2", vectors, query)
    allowed = [i for i in range(ROWS) if i % 5 == 2]
    options = {"data": [query.tolist()], "anns_field": "vector", "batch_size": batch, "search_params": {"metric_type": "L2"}, "filter": 'tag == "tag2"', "output_fields": ["tag"]}
    found = flat(drain(client.search_iterator(name, **options)))
    expect_all(found, scores, "L2", allowed)
    assert all(hit["entity"]["tag"] == "tag2" for hit in found)
    limited = flat(drain(client.search_iterator(name, limit=130, **options)))
    assert [hit["id"] for hit in limited] == sorted(allowed, key=lambda i: scores[i])[:130]


@pytest.mark.parametrize("metric", ["L2", "IP", "COSINE"])
def test_search_iterator_over_equal_distances(client, filled, metric):
    """Most distances belong to many rows: no page may end in a way that loses or repeats one."""
    grid = np.random.default_rng(24).integers(0, 2, (ROWS, DIM)).astype(np.float32)
    grid[:, 0] = 1.0  # no zero vectors: cosine has no order for them
    name = filled("HNSW", metric, grid)
    query = [1.0, 1.0] + [0.0] * (DIM - 2)
    iterator = client.search_iterator(name, data=[query], anns_field="vector", batch_size=50, search_params={"metric_type": metric})
    found = flat(drain(iterator))
    expect_all(found, exact(metric, grid, query), metric)


@pytest.mark.skipif(not PINS, reason="this client reads each page at the newest state")
def test_search_iterator_sees_one_state(client, filled, vectors):
    name = filled()
    query = vectors[5]
    iterator = client.search_iterator(name, data=[query.tolist()], anns_field="vector", batch_size=300, search_params={"metric_type": "L2"}, output_fields=["number"])
    found = list(iterator.next())
    client.insert(name, rows_of(vectors, range(ROWS, 2 * ROWS, 3)))
    client.delete(name, filter="id >= 1000 and id < 2000")
    client.flush(name)
    found += list(iterator.next())
    client.upsert(name, [simple_row(i, number=-1) for i in range(200)])
    found += flat(drain(iterator))
    expect_all(found, exact("L2", vectors, query), "L2")
    assert all(hit["entity"]["number"] == hit["id"] for hit in found)


def test_search_iterator_within_a_range(client, filled, vectors):
    name = filled()
    query = vectors[7]
    scores = exact("L2", vectors, query)
    params = {"metric_type": "L2", "params": {"radius": 9.0, "range_filter": 2.0}}
    iterator = client.search_iterator(name, data=[query.tolist()], anns_field="vector", batch_size=100, search_params=params)
    found = flat(drain(iterator))
    expect_all(found, scores, "L2", [i for i in range(ROWS) if 2.0 <= scores[i] < 9.0])


def test_first_kind_of_search_iterator(server, filled, vectors):
    """The object interface has it in every client: ranges that move, and the keys at the last distance filtered out."""
    name = filled("HNSW", "IP")
    connections.connect(alias="first_kind", uri=server.uri)
    try:
        collection = Collection(name, using="first_kind")
        query = vectors[9]
        params = {"metric_type": "IP", "params": {"ef": 300}}
        for filter in (None, "number < 2000"):
            iterator = collection.search_iterator(data=[query.tolist()], anns_field="vector", param=params, batch_size=150, expr=filter)
            expect_all(flat(drain(iterator)), exact("IP", vectors, query), "IP", None if filter is None else range(2000))
    finally:
        connections.disconnect("first_kind")


def test_search_iterator_over_nothing(client, simple):
    options = {"data": [[0.0] * DIM], "anns_field": "vector", "batch_size": 10, "search_params": {"metric_type": "L2"}}
    assert drain(client.search_iterator(simple, filter="number < 0", **options)) == []
    assert len(flat(drain(client.search_iterator(simple, **options)))) == 20


# ---- on the wire

PAGE = {"iterator": "True", "search_iter_v2": "True", "search_iter_batch_size": 5, "metric_type": "L2"}
TOKEN = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


def needs_state():
    if "search_iterator_v2_results" not in schema_pb2.SearchResultData.DESCRIPTOR.fields_by_name:
        pytest.skip("this client's protocol has no state of a search iterator")


def test_page_on_the_wire(raw, simple):
    needs_state()
    vector = simple_row(3)["vector"]
    answer = expect_ok(raw.search(simple, [vector], PAGE))
    state = answer.results.search_iterator_v2_results
    assert len(state.token) == 36 and answer.session_ts > 0
    assert state.last_bound == answer.results.scores[-1]
    assert len(answer.results.scores) == 5
    following = {**PAGE, "search_iter_id": TOKEN, "search_iter_last_bound": 1e9}
    empty = expect_ok(raw.search(simple, [vector], following, guarantee_timestamp=answer.session_ts))
    assert empty.results.search_iterator_v2_results.token == TOKEN
    assert empty.results.search_iterator_v2_results.last_bound == 1e9
    assert empty.session_ts == answer.session_ts
    assert not empty.results.scores


@pytest.mark.parametrize("metric, bound", [("L2", -np.finfo(np.float32).max), ("IP", np.finfo(np.float32).max)])
def test_empty_first_page_on_the_wire(raw, client, name, metric, bound):
    needs_state()
    make_collection(client, name, metric=metric)
    answer = expect_ok(raw.search(name, [[0.0] * DIM], {**PAGE, "metric_type": metric}, filter="number < 0"))
    assert answer.results.search_iterator_v2_results.last_bound == bound


BAD_PAGES = {
    "alone": ({"iterator": "False"}, "both iterator and search_iter_v2 must be set in the SDK"),
    "no-size": ({"search_iter_batch_size": None}, "batch size is required"),
    "size-0": ({"search_iter_batch_size": 0}, "batch size is invalid"),
    "size-text": ({"search_iter_batch_size": "many"}, "batch size is invalid"),
    "size-big": ({"search_iter_batch_size": 16385}, "batch size is invalid"),
    "token": ({"search_iter_id": "abc"}, "invalid token format"),
    "bound": ({"search_iter_last_bound": "near"}, "last bound"),
    "bound-nan": ({"search_iter_last_bound": "nan"}, "last bound"),
    "offset": ({"offset": 3}, "offset is not supported"),
    "collection": ({"collection_id": 12345}, "collection id:12345"),
    "collection-text": ({"collection_id": "mine"}, "parse collection id failed"),
}


@pytest.mark.parametrize("case", BAD_PAGES)
def test_bad_pages(raw, simple, case):
    params, phrase = BAD_PAGES[case]
    expect_refused(raw.search(simple, [[0.0] * DIM], {**PAGE, **params}), 1100, phrase)


def test_iterators_take_one_vector(raw, simple):
    expect_refused(raw.search(simple, [[0.0] * DIM] * 2, PAGE), 1100, "one query vector")


def test_query_pages_of_another_collection(raw, simple):
    expect_refused(raw.query(simple, "id > 0", params={"iterator": "True", "limit": 5, "collection_id": 1}), 1100, "collection id:1", "is not consistent")


def test_topk_of_an_iterator_is_cut(raw, simple):
    answer = expect_ok(raw.search(simple, [[0.0] * DIM], {"iterator": "True", "topk": 100_000}))
    assert len(answer.results.scores) == 20
