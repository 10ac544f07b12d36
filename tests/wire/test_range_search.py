"""Range search against brute force: bounds, metrics, indexes, filters, errors."""

import numpy as np
import pytest
from conftest import DIM, simple_schema, vector_index
from raw import Raw, expect_ok, expect_refused

ROWS = 4000


@pytest.fixture(scope="module")
def vectors():
    return np.random.default_rng(31).standard_normal((ROWS, DIM)).astype(np.float32)


@pytest.fixture
def filled(client, name, vectors):
    def fill(index_type, metric):
        client.create_collection(name, schema=simple_schema(client), consistency_level="Strong")
        rows = [{"id": i, "tag": f"tag{i % 5}", "number": i, "vector": v.tolist()} for i, v in enumerate(vectors)]
        client.insert(name, rows[:3500])
        client.flush(name)
        params = {"M": 16, "efConstruction": 200} if index_type == "HNSW" else {}
        client.create_index(name, vector_index(client, index_type, metric, **params))
        client.load_collection(name)
        client.insert(name, rows[3500:])
        return name

    return fill


def exact(metric, vectors, query):
    base, query = vectors.astype(np.float64), np.asarray(query, dtype=np.float64)
    if metric == "L2":
        return ((base - query) ** 2).sum(axis=1)
    product = base @ query
    return product if metric == "IP" else product / np.linalg.norm(base, axis=1) / np.linalg.norm(query)


def inside(metric, scores, radius, range_filter):
    if metric == "L2":
        return (scores < radius) & (scores >= (-np.inf if range_filter is None else range_filter))
    return (scores > radius) & (scores <= (np.inf if range_filter is None else range_filter))


RANGES = {
    "L2": [(4.0, None), (8.0, 4.0), (1000.0, 12.0), (0.5, 0.0), (1000.0, None), (0.0001, None)],
    "IP": [(4.0, None), (2.0, 4.0), (-3.0, -2.5), (-1000.0, 0.0), (50.0, None)],
    "COSINE": [(0.8, None), (0.5, 0.8), (-1.0, -0.5), (-2.0, 2.0), (0.999, 1.0)],
}


@pytest.mark.parametrize("index_type", ["FLAT", "HNSW", "AUTOINDEX"])
@pytest.mark.parametrize("metric", ["L2", "IP", "COSINE"])
def test_rows_in_the_range(client, filled, vectors, index_type, metric):
    name = filled(index_type, metric)
    found_rows, expected_rows = 0, 0
    for query in np.random.default_rng(32).standard_normal((5, DIM)).astype(np.float32):
        scores = exact(metric, vectors, query)
        for radius, range_filter in RANGES[metric]:
            params = {"radius": radius}
            if range_filter is not None:
                params["range_filter"] = range_filter
            found = client.search(name, data=[query.tolist()], limit=ROWS, search_params={"metric_type": metric, "params": params})[0]
            got = {hit["id"] for hit in found}
            # Rows at a bound may fall on either side of it: the client's scores are of another precision.
            sure = set(np.flatnonzero(inside(metric, scores, radius, range_filter)).tolist())
            close = set(np.flatnonzero(np.abs(scores - radius) < 1e-4).tolist())
            if range_filter is not None:
                close |= set(np.flatnonzero(np.abs(scores - range_filter) < 1e-4).tolist())
            assert got <= sure | close
            found_rows += len(got & sure)
            expected_rows += len(sure - close)
            distances = [hit["distance"] for hit in found]
            assert distances == sorted(distances, reverse=metric != "L2")
    assert found_rows >= expected_rows * (1 if index_type == "FLAT" else 0.99)


@pytest.mark.parametrize("index_type", ["FLAT", "HNSW"])
def test_with_a_filter_and_a_limit(client, filled, vectors, index_type):
    name = filled(index_type, "L2")
    query = vectors[17]
    scores = exact("L2", vectors, query)
    allowed = [i for i in range(ROWS) if i % 5 == 3 and 3.0 <= scores[i] < 9.0]
    best = sorted(allowed, key=lambda i: scores[i])
    for limit in (5, 50, ROWS):
        found = client.search(name, data=[query.tolist()], limit=limit, filter='tag == "tag3"', search_params={"params": {"radius": 9.0, "range_filter": 3.0}})[0]
        assert [hit["id"] for hit in found] == best[:limit]


@pytest.fixture
def line(client, name):
    """Rows at squared distances 0, 1, 4, 9 … from the origin, and at inner products 0, 1, 2, 3 … with (1, 0, …)."""

    def fill(metric):
        client.create_collection(name, schema=simple_schema(client), consistency_level="Strong")
        client.create_index(name, vector_index(client, "FLAT", metric))
        client.load_collection(name)
        client.insert(name, [{"id": i, "tag": "t", "number": i, "vector": [float(i)] + [0.0] * (DIM - 1)} for i in range(10)])
        return name

    return fill


@pytest.mark.parametrize(
    "metric, radius, range_filter, wanted",
    [
        ("L2", 9, None, [0, 1, 2]),  # the radius is outside
        ("L2", 9.0001, None, [0, 1, 2, 3]),
        ("L2", 9, 1, [1, 2]),  # the filter is inside
        ("L2", 9, 1.0001, [2]),
        ("L2", 1e30, 64, [8, 9]),
        ("IP", 6, None, [9, 8, 7]),
        ("IP", 6, 8, [8, 7]),
        ("IP", -1, 0, [0]),
        ("IP", -1e30, 1, [1, 0]),
        ("COSINE", 0.5, 1, list(range(1, 10))),
        ("COSINE", -0.5, 0, [0]),  # a zero vector is at right angles to all
    ],
)
def test_bounds(client, line, metric, radius, range_filter, wanted):
    name = line(metric)
    query = [0.0] * DIM if metric == "L2" else [1.0] + [0.0] * (DIM - 1)
    params = {"radius": radius} if range_filter is None else {"radius": radius, "range_filter": range_filter}
    found = client.search(name, data=[query], limit=10, search_params={"metric_type": metric, "params": params})[0]
    assert [hit["id"] for hit in found] == wanted


def test_range_on_the_top_level_and_with_several_queries(server, line):
    name = line("L2")
    with Raw(server.address) as raw:
        answer = expect_ok(raw.search(name, [[float(q)] + [0.0] * (DIM - 1) for q in (0, 50, 9)], {"radius": 2, "range_filter": 1}))
    assert list(answer.results.topks) == [1, 0, 1]
    assert list(answer.results.ids.int_id.data) == [1, 8]


BAD = {
    "alone": ("L2", {"range_filter": 1.0}, "range_filter requires radius to be set"),
    "order-l2": ("L2", {"radius": 1.0, "range_filter": 2.0}, "metric type (L2), range_filter(2) must be less than radius(1)"),
    "equal-l2": ("L2", {"radius": 1.0, "range_filter": 1.0}, "must be less than"),
    "order-ip": ("IP", {"radius": 2.0, "range_filter": 1.0}, "metric type (IP), range_filter(1) must be greater than radius(2)"),
    "order-cosine": ("COSINE", {"radius": 0.9, "range_filter": 0.5}, "must be greater than"),
    "text": ("L2", {"radius": "far"}, "radius"),
    "list": ("L2", {"radius": [1]}, "radius"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_ranges(server, line, case):
    metric, params, phrase = BAD[case]
    name = line(metric)
    with Raw(server.address) as raw:
        expect_refused(raw.search(name, [[1.0] * DIM], {"params": params}), (1100, 65535), phrase)
        expect_ok(raw.search(name, [[1.0] * DIM]))


def test_a_vector_is_as_near_to_itself_as_can_be(client, filled, vectors):
    """A cosine of 1 that comes out slightly larger is told as 1 and lies in a range that ends there."""
    name = filled("FLAT", "COSINE")
    params = {"metric_type": "COSINE", "params": {"radius": 0.5, "range_filter": 1.0}}
    queries = [v.tolist() for v in vectors[:500]]
    for first in range(0, 500, 100):
        answers = client.search(name, data=queries[first : first + 100], limit=1, search_params=params)
        for i, hits in enumerate(answers):
            assert hits[0]["id"] == first + i
            assert 0.99999 < hits[0]["distance"] <= 1.0
