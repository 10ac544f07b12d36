"""Vectors of every dense type: insert, sealed and new rows, output, exact search against NumPy, ranges, and what is refused."""

import numpy as np
import pytest
from pymilvus import DataType, MilvusException
from pymilvus.grpc_gen import common_pb2, milvus_pb2, schema_pb2
from raw import Raw, column, expect_ok, expect_refused, field, pairs

try:
    import ml_dtypes  # in the environments of the clients that need it
except ImportError:
    ml_dtypes = None

ROWS = 1400  # 1200 of them flushed: enough for an index
DIM = 24


def bf16_bytes(values):
    """The upper halves of float32, rounded to nearest even."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


class VectorType:
    """How one type is made, sent, read back and compared."""

    def __init__(self, name):
        self.name = name
        # Clients before 2.6 know no Int8 vectors; what they send below the client is the same.
        self.data_type = getattr(DataType, name, 105)
        self.metrics = ("HAMMING", "JACCARD") if name == "BINARY_VECTOR" else ("L2", "IP", "COSINE")
        self.dim = DIM * 8 if name == "BINARY_VECTOR" else DIM
        # Scores are sums of float32; halves are exact in it.
        self.tolerance = 0 if name in ("BINARY_VECTOR", "INT8_VECTOR") else 1e-5

    def make(self, rng, rows):
        """Stored values: rows as the type holds them."""
        if self.name == "FLOAT_VECTOR":
            return rng.standard_normal((rows, DIM)).astype(np.float32)
        if self.name == "FLOAT16_VECTOR":
            return rng.standard_normal((rows, DIM)).astype(np.float16)
        if self.name == "BFLOAT16_VECTOR":
            return bf16_bytes(rng.standard_normal((rows, DIM)))
        if self.name == "INT8_VECTOR":
            return rng.integers(-128, 128, (rows, DIM)).astype(np.int8)
        return rng.integers(0, 256, (rows, DIM)).astype(np.uint8) & rng.integers(0, 256, (rows, DIM)).astype(np.uint8)

    def sent(self, row):
        """A row or query as the client takes it."""
        return row if self.name in ("FLOAT_VECTOR", "FLOAT16_VECTOR", "INT8_VECTOR") else row.tobytes()

    def query(self, stored):
        """A query as the client takes it. Clients before 2.6 take any bytes for a binary vector."""
        if self.name == "BFLOAT16_VECTOR" and ml_dtypes is not None:
            return stored.view(ml_dtypes.bfloat16)
        return self.sent(stored)

    def found(self, client, name, queries, anns_field="v", **members):
        """A search; newer clients know the type of queries given as bytes by the name of the field."""
        return client.search(name, data=[self.query(q) for q in queries], anns_field=anns_field, **members)

    def received(self, value):
        """A row as the client gives it back, as bytes."""
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], bytes):
            return value[0]
        if isinstance(value, bytes):
            return value
        return np.asarray(value, dtype=np.float32 if self.name == "FLOAT_VECTOR" else None).tobytes()

    def numbers(self, stored):
        if self.name == "BINARY_VECTOR":
            return np.unpackbits(stored, axis=-1).astype(np.int64)
        if self.name == "BFLOAT16_VECTOR":
            return (stored.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
        return stored.astype(np.float64)

    def scores(self, metric, stored, query):
        base, q = self.numbers(stored), self.numbers(query)
        if metric == "L2":
            return ((base - q) ** 2).sum(axis=1)
        if metric == "IP":
            return base @ q
        if metric == "COSINE":
            norms = np.linalg.norm(base, axis=1) * np.linalg.norm(q)
            return np.divide(base @ q, norms, out=np.zeros(len(base)), where=norms != 0)
        both, either = (base & q).sum(axis=1), (base | q).sum(axis=1)
        if metric == "HAMMING":
            return (either - both).astype(np.float64)
        if metric == "JACCARD":
            return np.divide(either - both, either, out=np.ones(len(base)), where=either != 0)
        raise AssertionError(metric)


TYPES = {n: VectorType(n) for n in ("FLOAT_VECTOR", "FLOAT16_VECTOR", "BFLOAT16_VECTOR", "INT8_VECTOR", "BINARY_VECTOR")}
KNOWN = [n for n in TYPES if hasattr(DataType, n)]
NEW_TYPES = [n for n in KNOWN if n != "FLOAT_VECTOR"]
needs_int8 = pytest.mark.skipif("INT8_VECTOR" not in KNOWN, reason="the client has no Int8 vectors")
CASES = [(n, m) for n in NEW_TYPES for m in TYPES[n].metrics]
LARGER_IS_BETTER = ("IP", "COSINE")


def exact_index(kind):
    """The index type that answers exactly."""
    return {"BINARY_VECTOR": "BIN_FLAT", "INT8_VECTOR": "HNSW"}.get(kind.name, "FLAT")


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


def schema_of(client, **vector_fields):
    schema = client.create_schema(auto_id=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    for field_name, kind in vector_fields.items():
        schema.add_field(field_name, kind.data_type, dim=kind.dim)
    return schema


def create_index(client, name, field_name, index_type, metric, **params):
    index = client.prepare_index_params()
    index.add_index(field_name=field_name, index_type=index_type, metric_type=metric, params=params)
    client.create_index(name, index)


def fill(client, name, kind, stored, metric, index_type=None, **params):
    """The rows, a part flushed and a part not, indexed and loaded."""
    client.create_collection(name, schema=schema_of(client, v=kind), consistency_level="Strong")
    rows = [{"id": i, "v": kind.sent(row)} for i, row in enumerate(stored)]
    client.insert(name, rows[:1200])
    client.flush(name)
    client.insert(name, rows[1200:])
    create_index(client, name, "v", index_type or exact_index(kind), metric, **params)
    client.load_collection(name)


def expect_best(kind, metric, stored, query, hits, limit, allowed=None):
    """The hits have the scores of the `limit` best rows, in order, and each hit its own score. Ties may go either way."""
    scores = kind.scores(metric, stored, query)
    candidates = np.arange(len(stored)) if allowed is None else np.asarray(allowed)
    order = candidates[np.argsort(-scores[candidates] if metric in LARGER_IS_BETTER else scores[candidates], kind="stable")]
    expected = scores[order[:limit]]
    got = np.array([h["distance"] for h in hits])
    ids = [h["id"] for h in hits]
    assert len(ids) == len(set(ids)) == len(expected)
    assert set(ids) <= set(candidates.tolist())
    tolerance = 1e-6 + kind.tolerance * (1 + np.abs(expected).max(initial=0))
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=tolerance)
    np.testing.assert_allclose(got, scores[ids], rtol=1e-6, atol=tolerance)


@pytest.mark.parametrize("type_name,metric", CASES)
def test_search_is_exact(client, name, type_name, metric):
    kind = TYPES[type_name]
    rng = np.random.default_rng(hash_of(type_name, metric))
    stored, queries = kind.make(rng, ROWS), kind.make(rng, 7)
    fill(client, name, kind, stored, metric)
    params = {"params": {"ef": 1400}} if exact_index(kind) == "HNSW" else {}
    found = kind.found(client, name, queries, limit=30, search_params=params)
    for query, hits in zip(queries, found):
        expect_best(kind, metric, stored, query, hits, 30)
    # Only even keys, and offset: the same, cut.
    found = kind.found(client, name, [queries[0]], filter="id % 2 == 0", limit=10, search_params=params)[0]
    expect_best(kind, metric, stored, queries[0], found, 10, allowed=range(0, ROWS, 2))
    whole = kind.found(client, name, [queries[1]], limit=20, search_params=params)[0]
    part = kind.found(client, name, [queries[1]], limit=15, search_params={**params, "offset": 5})[0]
    assert [h["id"] for h in part] == [h["id"] for h in whole][5:]


def hash_of(*texts):
    return sum(ord(c) * (i + 1) for i, c in enumerate("".join(texts)))


@pytest.mark.parametrize("type_name", NEW_TYPES)
def test_rows_come_back(client, name, type_name):
    kind = TYPES[type_name]
    stored = kind.make(np.random.default_rng(4), ROWS)
    fill(client, name, kind, stored, kind.metrics[0])
    some = [0, 5, 1199, 1200, ROWS - 1]
    for output in (["v"], ["*"]):
        rows = client.query(name, filter=f"id in {some}", output_fields=output)
        assert [r["id"] for r in rows] == some
        for row in rows:
            assert kind.received(row["v"]) == stored[row["id"]].tobytes()
    for hit in kind.found(client, name, [stored[3]], limit=4, output_fields=["v"])[0]:
        assert kind.received(hit["entity"]["v"]) == stored[hit["id"]].tobytes()
    none = client.query(name, filter="id < 0", output_fields=["*"])
    assert none == []


@pytest.mark.parametrize("type_name", NEW_TYPES)
def test_rows_survive_a_restart(own_server, type_name):
    from pymilvus import MilvusClient

    kind = TYPES[type_name]
    stored = kind.make(np.random.default_rng(5), ROWS)
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    fill(client, "c", kind, stored, kind.metrics[-1])
    client.close()
    own_server.kill()
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    hits = kind.found(client, "c", [stored[1300]], limit=5, output_fields=["v"])[0]
    expect_best(kind, kind.metrics[-1], stored, stored[1300], hits, 5)
    assert all(kind.received(h["entity"]["v"]) == stored[h["id"]].tobytes() for h in hits)
    client.close()


@pytest.mark.parametrize("type_name", ["FLOAT16_VECTOR", "BFLOAT16_VECTOR"])
def test_floats_are_converted(client, raw, name, type_name):
    """Rows and queries given as float32 for fields of half the size."""
    kind = TYPES[type_name]
    values = np.random.default_rng(6).standard_normal((50, DIM)).astype(np.float32)
    stored = values.astype(np.float16) if type_name == "FLOAT16_VECTOR" else bf16_bytes(values)
    client.create_collection(name, schema=schema_of(client, v=kind), consistency_level="Strong")
    flat = schema_pb2.VectorField(dim=DIM, float_vector=schema_pb2.FloatArray(data=values.ravel().tolist()))
    rows = schema_pb2.FieldData(field_name="v", type=int(kind.data_type), vectors=flat)
    expect_ok(raw.insert(name, [column("id", 5, range(50)), rows], 50))
    create_index(client, name, "v", "FLAT", "L2")
    client.load_collection(name)
    back = client.query(name, filter="id >= 0", output_fields=["v"])
    assert [kind.received(r["v"]) for r in back] == [row.tobytes() for row in stored]
    for q in (values[7], values[7].tolist()):
        hits = client.search(name, data=[q], limit=5)[0]
        expect_best(kind, "L2", stored, stored[7], hits, 5)
        assert hits[0]["id"] == 7 and hits[0]["distance"] == 0


RANGES = [("HAMMING", 70, 60), ("JACCARD", 0.86, 0.8), ("L2", 40.0, 20.0), ("IP", -2.0, 8.0), ("COSINE", 0.1, 0.4)]


@pytest.mark.parametrize("metric,radius,range_filter", RANGES)
def test_range_search(client, name, metric, radius, range_filter):
    kind = TYPES["BINARY_VECTOR" if metric in ("HAMMING", "JACCARD") else "BFLOAT16_VECTOR"]
    stored = kind.make(np.random.default_rng(7), ROWS)
    fill(client, name, kind, stored, metric)
    query = stored[11]
    scores = kind.scores(metric, stored, query)
    for bounds in ({"radius": radius}, {"radius": radius, "range_filter": range_filter}):
        hits = kind.found(client, name, [query], limit=ROWS, search_params={"params": bounds})[0]
        low = bounds.get("range_filter")
        if metric in LARGER_IS_BETTER:
            sure = (scores > radius + 1e-4) & ((low is None) | (scores <= (low or 0) - 1e-4))
            possible = (scores > radius - 1e-4) & ((low is None) | (scores <= (low or 0) + 1e-4))
        elif metric == "HAMMING":
            sure = possible = (scores < radius) & (scores >= (low if low is not None else -1))
        else:
            sure = (scores < radius - 1e-4) & (scores >= (low + 1e-4 if low is not None else -1))
            possible = (scores < radius + 1e-4) & (scores >= (low - 1e-4 if low is not None else -1))
        ids = {h["id"] for h in hits}
        assert len(ids) == len(hits) and 0 < len(ids) < ROWS
        assert set(np.flatnonzero(sure)) <= ids <= set(np.flatnonzero(possible))
    refused = {"radius": range_filter, "range_filter": radius}
    with pytest.raises(MilvusException, match="range_filter"):
        kind.found(client, name, [query], limit=5, search_params={"params": refused})


@pytest.mark.parametrize("metric", ["SUBSTRUCTURE", "SUPERSTRUCTURE"])
def test_structure_metrics_find_what_fits(client, name, metric):
    kind = TYPES["BINARY_VECTOR"]
    rng = np.random.default_rng(8)
    stored = kind.make(rng, ROWS)
    stored[5], stored[6] = 0, 255
    query = stored[17].copy()
    fill(client, name, kind, stored, metric, "BIN_FLAT")
    for q in (query, stored[5], stored[6]):
        fits = (stored & q == q) if metric == "SUBSTRUCTURE" else (stored & q == stored)
        expected = np.flatnonzero(fits.all(axis=1)).tolist()
        hits = client.search(name, data=[q.tobytes()], limit=ROWS)[0]
        assert sorted(h["id"] for h in hits) == expected
        assert all(h["distance"] == 0 for h in hits)


def test_empty_binary_vectors(client, name):
    """Two vectors without a bit: no difference, yet nothing in common."""
    kind = TYPES["BINARY_VECTOR"]
    stored = np.zeros((3, DIM), dtype=np.uint8)
    stored[1, 0] = 1
    for metric, expected in (("HAMMING", {0: 0, 1: 1, 2: 0}), ("JACCARD", {0: 1, 1: 1, 2: 1})):
        client.drop_collection(name)
        fill(client, name, kind, stored, metric)
        hits = client.search(name, data=[bytes(DIM)], limit=5)[0]
        assert {h["id"]: h["distance"] for h in hits} == expected


@pytest.mark.parametrize("type_name", NEW_TYPES)
def test_graph_over_every_type(client, name, type_name):
    """HNSW on sealed rows: found again, and near enough to the exact answer."""
    kind = TYPES[type_name]
    metric = kind.metrics[0]
    stored = kind.make(np.random.default_rng(9), ROWS)
    fill(client, name, kind, stored, metric, "HNSW", M=16, efConstruction=150)
    found = kind.found(client, name, stored[:40], limit=10, search_params={"params": {"ef": 200}})
    hits = 0
    for q, got in enumerate(found):
        scores = kind.scores(metric, stored, stored[q])
        bound = np.sort(scores)[9] * (1 + 1e-5) + 1e-5
        hits += sum(h["distance"] <= bound for h in got)
        assert got[0]["distance"] <= 1e-3
    assert hits / 400 >= 0.95
    described = client.describe_index(name, "v")
    assert (described["index_type"], described["metric_type"]) == ("HNSW", metric)


@needs_int8
def test_several_vector_fields(client, raw, name):
    kinds = {f"v_{n.lower()}": TYPES[n] for n in KNOWN}
    rng = np.random.default_rng(10)
    stored = {f: kind.make(rng, 60) for f, kind in kinds.items()}
    client.create_collection(name, schema=schema_of(client, **kinds), consistency_level="Strong")
    client.insert(name, [{"id": i, **{f: kind.sent(stored[f][i]) for f, kind in kinds.items()}} for i in range(60)])
    for f, kind in list(kinds.items())[:-1]:
        create_index(client, name, f, exact_index(kind), kind.metrics[0])
    load = milvus_pb2.LoadCollectionRequest(collection_name=name)
    missing = list(kinds)[-1]
    expect_refused(raw.call("LoadCollection", load), 1100, f"there is no vector index on field: [{missing}]")
    create_index(client, name, missing, exact_index(kinds[missing]), kinds[missing].metrics[0])
    client.load_collection(name)
    with pytest.raises(MilvusException, match="multiple anns_fields exist, please specify a anns_field in search_params"):
        client.search(name, data=[stored["v_float_vector"][0]], limit=3)
    for f, kind in kinds.items():
        hits = kind.found(client, name, [stored[f][21]], anns_field=f, limit=10, output_fields=["*"])[0]
        expect_best(kind, kind.metrics[0], stored[f], stored[f][21], hits, 10)
        for hit in hits:
            assert all(k.received(hit["entity"][g]) == stored[g][hit["id"]].tobytes() for g, k in kinds.items())
    # A query of one field's type for another field.
    with pytest.raises(MilvusException, match="vector type must be the same"):
        client.search(name, data=[stored["v_int8_vector"][0]], anns_field="v_float16_vector", limit=3)
    with pytest.raises(MilvusException, match="vector type must be the same"):
        client.search(name, data=[stored["v_float_vector"][0]], anns_field="v_int8_vector", limit=3)


@needs_int8
def test_upsert_and_delete(client, name):
    kind = TYPES["INT8_VECTOR"]
    stored = kind.make(np.random.default_rng(12), ROWS)
    fill(client, name, kind, stored, "L2")
    changed = kind.make(np.random.default_rng(13), 3)
    client.upsert(name, [{"id": i, "v": row} for i, row in enumerate(changed)])
    client.delete(name, ids=[3, 1399])
    stored[:3] = changed
    hits = client.search(name, data=[changed[1]], limit=20, search_params={"params": {"ef": 1400}})[0]
    expect_best(kind, "L2", stored, changed[1], hits, 20, allowed=[i for i in range(ROWS) if i not in (3, 1399)])


def vector_data(field_name, data_type, dim, **member):
    return schema_pb2.FieldData(field_name=field_name, type=data_type, vectors=schema_pb2.VectorField(dim=dim, **member))


@needs_int8
def test_bad_rows_are_refused(client, raw, name):
    names = {"half": TYPES["FLOAT16_VECTOR"], "brain": TYPES["BFLOAT16_VECTOR"], "small": TYPES["INT8_VECTOR"], "bits": TYPES["BINARY_VECTOR"]}
    client.create_collection(name, schema=schema_of(client, **names), consistency_level="Strong")
    members = {"half": "float16_vector", "brain": "bfloat16_vector", "small": "int8_vector", "bits": "binary_vector"}
    good = {f: kind.make(np.random.default_rng(14), 2) for f, kind in names.items()}

    def insert(changed=None, data_type=None, dim=None, member=None, data=None):
        columns = [column("id", 5, [1, 2])]
        for f, kind in names.items():
            mine = f == changed
            value = data if mine and data is not None else good[f].tobytes()
            columns.append(
                vector_data(
                    f,
                    data_type if mine and data_type else int(kind.data_type),
                    dim if mine and dim is not None else kind.dim,
                    **{member if mine and member else members[f]: value},
                )
            )
        return raw.insert(name, columns, 2)

    for f, kind in names.items():
        row = len(good[f][0].tobytes())
        expect_refused(insert(f, data=good[f].tobytes()[:-1]), 1100)
        expect_refused(insert(f, data=good[f].tobytes()[:row]), 1100, "the num_rows (1) of field")
        expect_refused(insert(f, dim=kind.dim * 2), 1100)
        half = kind.dim // 2
        expect_refused(insert(f, dim=half, data=good[f].tobytes()[:row]), 1100, f"the dim ({half}) of field data({f}) is not equal to schema dim ({kind.dim})")
        other = "int8_vector" if f != "small" else "float16_vector"
        expect_refused(insert(f, member=other), 1100)
        expect_refused(insert(f, data_type=105 if f != "small" else 102, member=other), 1100)
    expect_refused(insert("bits", dim=DIM * 8 + 4), 1100, "multiple of 8")
    for f, nan, inf in (("half", 0x7E00, 0xFC00), ("brain", 0x7FC0, 0xFF80)):
        for bits, text in ((nan, "value 'NaN' is not a number or infinity"), (inf, "value '-Inf' is not a number or infinity")):
            bad = good[f].view(np.uint16).copy()
            bad[1, DIM - 1] = bits
            expect_refused(insert(f, data=bad.tobytes()), 1100, text)
    expect_ok(insert())
    assert client.get_collection_stats(name)["row_count"] == 2


def test_bad_queries_are_refused(client, raw, name):
    kind = TYPES["FLOAT16_VECTOR"]
    stored = kind.make(np.random.default_rng(15), 10)
    fill(client, name, kind, stored, "L2")

    def search(data_type, value, **params):
        group = common_pb2.PlaceholderGroup(placeholders=[common_pb2.PlaceholderValue(tag="$0", type=data_type, values=[value])])
        flat = pairs({"anns_field": "v", "topk": 3, "params": "{}", **params})
        request = milvus_pb2.SearchRequest(collection_name=name, dsl_type=1, placeholder_group=group.SerializeToString(), nq=1, search_params=flat)
        return raw.call("Search", request)

    expect_ok(search(102, stored[0].tobytes()))
    expect_refused(search(103, stored[0].tobytes()), 1100, "vector type must be the same", "Float16Vector", "BFloat16Vector")
    expect_refused(search(102, stored[0].tobytes()[:-2]), (65535, 2000), f"vector dimension mismatch, expected vector size(byte) {2 * DIM}, actual {2 * DIM - 2}")
    expect_refused(search(101, np.ones(DIM - 1, np.float32).tobytes()), (65535, 2000), f"vector dimension mismatch, expected vector size(byte) {4 * DIM}")
    expect_refused(search(102, b"\0\x7e" * DIM), 1100, "value 'NaN' is not a number or infinity")
    expect_refused(search(101, np.full(DIM, 1e9, np.float32).tobytes()), 1100, "value '+Inf' is not a number or infinity")
    expect_refused(search(102, stored[0].tobytes(), metric_type="HAMMING"), 1100, "metric type not match: invalid parameter[expected=L2][actual=HAMMING]")


DIMS = [
    ("FLOAT16_VECTOR", 1, "invalid dimension: 1. should be in range 2 ~ 32768"),
    ("BFLOAT16_VECTOR", 32769, "float vector dimension should be in range 2 ~ 32768"),
    ("INT8_VECTOR", 32769, "should be in range 2 ~ 32768"),
    ("BINARY_VECTOR", 12, "binary vector dimension should be multiple of 8"),
    ("BINARY_VECTOR", 262152, "in range 2 ~ 262144"),
    ("BINARY_VECTOR", 0, "invalid dimension: 0. should be in range 2 ~ 262144"),
]


@pytest.mark.parametrize("type_name,dim,phrase", DIMS)
def test_dimensions(raw, name, type_name, dim, phrase):
    fields = [field("id", 5, primary=True), field("v", int(TYPES[type_name].data_type), dim=dim)]
    expect_refused(raw.create_collection(name, fields), 1100, phrase)


INDEXES = [
    ("INT8_VECTOR", "FLAT", "L2", "data type Int8Vector can't build with this index FLAT"),
    ("BINARY_VECTOR", "HNSW_SQ", "HAMMING", "data type BinaryVector can't build with this index HNSW_SQ"),
    ("BINARY_VECTOR", "IVF_FLAT", "HAMMING", "data type BinaryVector can't build with this index IVF_FLAT"),
    ("FLOAT16_VECTOR", "BIN_FLAT", "HAMMING", "data type Float16Vector can't build with this index BIN_FLAT"),
    ("BINARY_VECTOR", "BIN_FLAT", "L2", "binary vector index does not support metric type: L2"),
    ("BFLOAT16_VECTOR", "FLAT", "JACCARD", "float vector index does not support metric type: JACCARD"),
    ("INT8_VECTOR", "HNSW", "HAMMING", "int vector index does not support metric type: HAMMING"),
    ("BINARY_VECTOR", "BIN_IVF_FLAT", "SUBSTRUCTURE", "metric type SUBSTRUCTURE not found or not supported"),
    ("BINARY_VECTOR", "BIN_IVF_FLAT", "HAMMING", None),
    ("BFLOAT16_VECTOR", "IVF_SQ8", "COSINE", None),
    ("INT8_VECTOR", "AUTOINDEX", "IP", None),
]


@pytest.mark.parametrize("type_name,index_type,metric,phrase", [c for c in INDEXES if c[0] in KNOWN])
def test_index_types(client, raw, name, type_name, index_type, metric, phrase):
    client.create_collection(name, schema=schema_of(client, v=TYPES[type_name]))
    answer = raw.create_index(name, "v", index_type=index_type, metric_type=metric)
    if phrase is not None:
        expect_refused(answer, 1100, phrase)
        return
    expect_ok(answer)
    assert client.describe_index(name, "v")["index_type"] == index_type


DEFAULTS = [("BINARY_VECTOR", "HAMMING"), ("INT8_VECTOR", "COSINE"), ("FLOAT16_VECTOR", "COSINE")]


@pytest.mark.parametrize("type_name,metric", [c for c in DEFAULTS if c[0] in KNOWN])
def test_default_index(client, raw, name, type_name, metric):
    kind = TYPES[type_name]
    stored = kind.make(np.random.default_rng(16), 30)
    client.create_collection(name, schema=schema_of(client, v=kind), consistency_level="Strong")
    client.insert(name, [{"id": i, "v": kind.sent(row)} for i, row in enumerate(stored)])
    expect_ok(raw.create_index(name, "v"))
    described = client.describe_index(name, "v")
    assert (described["index_type"], described["metric_type"]) == ("AUTOINDEX", metric)
    client.load_collection(name)
    hits = kind.found(client, name, [stored[4]], limit=6)[0]
    expect_best(kind, metric, stored, stored[4], hits, 6)


def test_what_is_not_built_is_named(raw, name):
    expect_ok(raw.create_collection(name, [field("id", 5, primary=True), field("v", 100, dim=8)]))
    expect_refused(raw.create_index(name, "v", index_type="MINHASH_LSH", metric_type="MHJACCARD"), 10, "MINHASH_LSH is not implemented")
    expect_refused(raw.create_index(name, "v", index_type="BIN_FLAT", metric_type="MHJACCARD"), 10, "MHJACCARD is not implemented")
