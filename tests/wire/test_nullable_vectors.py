"""Vectors that may be null: insert, output, search and index of every vector type, before and after a flush and a kill -9."""

import struct
import time

import numpy as np
import pytest
from conftest import CLIENT, count
from pymilvus import DataType, MilvusException
from pymilvus.grpc_gen import schema_pb2
from raw import INT64, Raw, column, expect_ok, expect_refused, field

if "nullable" not in schema_pb2.FieldSchema.DESCRIPTOR.fields_by_name:
    pytest.skip("this client knows no nulls", allow_module_level=True)
if CLIENT < (2, 6):
    pytest.skip("this client takes no rows with null vectors", allow_module_level=True)

DIM = 16
KINDS = [n for n in ("FLOAT_VECTOR", "FLOAT16_VECTOR", "INT8_VECTOR", "BINARY_VECTOR", "SPARSE_FLOAT_VECTOR") if hasattr(DataType, n)]


class Kind:
    """Vectors of one type with whole numbers from 1 to 9 (bits in a BinaryVector), so that products are exact."""

    def __init__(self, name):
        self.name = name
        self.type = getattr(DataType, name)
        self.dim = {} if name == "SPARSE_FLOAT_VECTOR" else {"dim": DIM * 8 if name == "BINARY_VECTOR" else DIM}
        self.metric = "HAMMING" if name == "BINARY_VECTOR" else "IP"

    def make(self, rng):
        if self.name == "SPARSE_FLOAT_VECTOR":
            return {int(i): float(rng.integers(1, 10)) for i in rng.choice(50, 6, replace=False)}
        if self.name == "BINARY_VECTOR":
            return rng.integers(0, 256, DIM).astype(np.uint8).tobytes()
        kind = {"FLOAT_VECTOR": np.float32, "FLOAT16_VECTOR": np.float16, "INT8_VECTOR": np.int8}[self.name]
        return rng.integers(1, 10, DIM).astype(kind)

    def plain(self, value):
        """A vector as the client gives it back, for comparison."""
        if value is None or isinstance(value, dict):
            return value
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], bytes):
            value = value[0]
        if self.name == "FLOAT_VECTOR":
            return np.asarray(value, dtype=np.float32).tobytes()
        return value if isinstance(value, bytes) else np.asarray(value).tobytes()

    def score(self, a, b):
        if self.name == "SPARSE_FLOAT_VECTOR":
            return sum(v * b[i] for i, v in a.items() if i in b)
        if self.name == "BINARY_VECTOR":
            return int(np.unpackbits(np.frombuffer(a, np.uint8) ^ np.frombuffer(b, np.uint8)).sum())
        return float(a.astype(np.float64) @ b.astype(np.float64))

    def best(self, vectors, query, limit, keep=lambda key: True):
        """(id, score) of the best rows that have a vector."""
        scored = [(self.score(v, query), key) for key, v in vectors.items() if v is not None and keep(key)]
        if self.metric == "IP":
            scored = [(s, key) for s, key in scored if s > 0]
            return [(key, s) for s, key in sorted(scored, key=lambda x: (-x[0], x[1]))][:limit]
        return [(key, s) for s, key in sorted(scored)][:limit]


def vectors_of(kind, rows, share=0.4, seed=41):
    rng = np.random.default_rng(seed)
    return {i: None if rng.random() < share else kind.make(rng) for i in range(rows)}


def make(client, name, kind, index_type="AUTOINDEX", metric=None, **params):
    schema = client.create_schema(auto_id=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("number", DataType.INT64)
    schema.add_field("v", kind.type, nullable=True, **kind.dim)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    index = client.prepare_index_params()
    index.add_index("v", index_type=index_type, metric_type=metric or kind.metric, params=params)
    client.create_index(name, index)
    client.load_collection(name)


def insert(client, name, vectors, method="insert"):
    rows = [{"id": i, "number": i % 5, "v": v} for i, v in vectors.items()]
    for row in rows[::3]:
        if row["v"] is None:
            del row["v"]  # what is left out is null too
    getattr(client, method)(name, rows)


def fetch(client, name, kind):
    rows = client.query(name, filter="id >= 0", output_fields=["v"], limit=10_000)
    return {r["id"]: kind.plain(r["v"]) for r in rows}


def got(hits):
    return [(hit["id"], hit["distance"]) for hit in hits]


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


@pytest.mark.parametrize("kind_name", KINDS)
def test_nulls_are_stored_and_are_no_hits(settled, kind_name):
    client, settle = settled
    kind = Kind(kind_name)
    make(client, "c", kind)
    vectors = vectors_of(kind, 300)
    insert(client, "c", vectors)
    assert client.describe_collection("c")["fields"][2]["nullable"] is True
    client = settle("c")
    assert fetch(client, "c", kind) == {i: kind.plain(v) for i, v in vectors.items()}
    query = kind.make(np.random.default_rng(42))
    hits = client.search("c", data=[query], anns_field="v", limit=500, output_fields=["v", "number"])[0]
    assert got(hits) == kind.best(vectors, query, 500)
    for hit in hits:
        assert kind.plain(hit["entity"]["v"]) == kind.plain(vectors[hit["id"]]) and hit["entity"]["number"] == hit["id"] % 5
    some = client.search("c", data=[query], anns_field="v", limit=20, filter="number in [1, 4]")[0]
    assert got(some) == kind.best(vectors, query, 20, keep=lambda key: key % 5 in (1, 4))
    assert count(client, "c") == 300


@pytest.mark.parametrize("kind_name", ["FLOAT_VECTOR", "SPARSE_FLOAT_VECTOR"])
def test_writes_replace_vectors_by_nulls_and_nulls_by_vectors(settled, kind_name):
    client, settle = settled
    kind = Kind(kind_name)
    make(client, "c", kind)
    vectors = vectors_of(kind, 60)
    insert(client, "c", vectors)
    client.flush("c")
    changed = {i: None if i % 2 else kind.make(np.random.default_rng(i)) for i in range(0, 60, 4)} | {61: None, 62: None}
    insert(client, "c", changed, "upsert")
    client.delete("c", ids=[1, 2])
    vectors = {i: v for i, v in (vectors | changed).items() if i not in (1, 2)}
    client = settle("c")
    assert fetch(client, "c", kind) == {i: kind.plain(v) for i, v in vectors.items()}
    query = kind.make(np.random.default_rng(43))
    assert got(client.search("c", data=[query], anns_field="v", limit=100)[0]) == kind.best(vectors, query, 100)


def indexed(client, name):
    for _ in range(200):
        if client.describe_index(name, "v")["pending_index_rows"] == 0:
            return
        time.sleep(0.1)
    pytest.fail("the index is not there")


@pytest.mark.parametrize("index_type,metric", [("HNSW", "L2"), ("HNSW", "COSINE"), ("AUTOINDEX", "IP"), ("IVF_FLAT", "L2")])
def test_an_index_has_no_nulls(client, name, index_type, metric):
    kind = Kind("FLOAT_VECTOR")
    params = {"nlist": 8} if index_type == "IVF_FLAT" else {}
    make(client, name, kind, index_type, metric, **params)
    rng = np.random.default_rng(44)
    vectors = {i: None if rng.random() < 0.6 else rng.standard_normal(DIM).astype(np.float32) for i in range(3000)}
    insert(client, name, vectors)
    client.flush(name)
    indexed(client, name)
    present = {i: v for i, v in vectors.items() if v is not None}
    keys, matrix = np.array(list(present)), np.stack(list(present.values())).astype(np.float64)
    found = wanted = 0
    for _ in range(20):
        query = rng.standard_normal(DIM).astype(np.float32)
        q = query.astype(np.float64)
        scores = {
            "L2": -((matrix - q) ** 2).sum(axis=1),
            "IP": matrix @ q,
            "COSINE": matrix @ q / np.linalg.norm(matrix, axis=1) / np.linalg.norm(q),
        }[metric]
        hits = client.search(name, data=[query], anns_field="v", limit=10)[0]
        assert len(hits) == 10 and all(hit["id"] in present for hit in hits)
        best = set(keys[np.argsort(-scores)[:10]].tolist())
        found += len(best & {hit["id"] for hit in hits})
        wanted += 10
    assert found >= 0.95 * wanted
    everything = client.search(name, data=[query], anns_field="v", limit=3000)[0]
    assert {hit["id"] for hit in everything} == set(present)


def test_nothing_but_nulls(settled):
    client, settle = settled
    kind = Kind("FLOAT_VECTOR")
    make(client, "c", kind, "HNSW", "L2")
    insert(client, "c", dict.fromkeys(range(1500)))
    client = settle("c")
    assert client.search("c", data=[[1.0] * DIM], anns_field="v", limit=5)[0] == []
    assert fetch(client, "c", kind) == dict.fromkeys(range(1500))
    insert(client, "c", {5000: np.ones(DIM, np.float32)})
    assert got(client.search("c", data=[[1.0] * DIM], anns_field="v", limit=5)[0]) == [(5000, 0.0)]


def test_compaction_keeps_nulls(client, name):
    kind = Kind("FLOAT_VECTOR")
    make(client, name, kind)
    vectors = vectors_of(kind, 400)
    for part in range(4):
        insert(client, name, {i: v for i, v in vectors.items() if i % 4 == part})
        client.flush(name)
    job = client.compact(name)
    for _ in range(200):
        if client.get_compaction_state(job) == "Completed":
            break
        time.sleep(0.1)
    assert fetch(client, name, kind) == {i: kind.plain(v) for i, v in vectors.items()}
    query = kind.make(np.random.default_rng(45))
    assert got(client.search(name, data=[query], anns_field="v", limit=50)[0]) == kind.best(vectors, query, 50)


def dense_column(rows, dim, valid):
    data = [x for row in rows for x in row]
    vectors = schema_pb2.VectorField(dim=dim, float_vector=schema_pb2.FloatArray(data=data))
    return schema_pb2.FieldData(field_name="v", type=101, vectors=vectors, valid_data=valid)


def nullable_field(name, data_type, **params):
    made = field(name, data_type, **params)
    made.nullable = True
    return made


def test_on_the_wire(client, raw, name):
    expect_ok(raw.create_collection(name, [field("id", 5, primary=True), nullable_field("v", 101, dim=2), nullable_field("s", 104)]))
    expect_ok(raw.create_index(name, "v", index_type="FLAT", metric_type="L2"))
    expect_ok(raw.create_index(name, "s"))
    client.load_collection(name)
    keys = column("id", INT64, [1, 2, 3])
    sparse_row = struct.pack("<If", 3, 2.0)
    sparse = schema_pb2.FieldData(
        field_name="s", type=104, valid_data=[True, False, True],
        vectors=schema_pb2.VectorField(sparse_float_vector=schema_pb2.SparseFloatArray(contents=[b"", sparse_row])),
    )  # fmt: skip
    expect_ok(raw.insert(name, [keys, dense_column([[1, 2]], 2, [False, True, False]), sparse], 3))
    answer = expect_ok(raw.query(name, "id > 0", ["id", "v", "s"], consistency_level=0))
    columns = {f.field_name: f for f in answer.fields_data}
    assert list(columns["v"].valid_data) == [False, True, False]
    assert columns["v"].vectors.dim == 2 and list(columns["v"].vectors.float_vector.data) == [1, 2]
    assert list(columns["s"].valid_data) == [True, False, True]
    assert list(columns["s"].vectors.sparse_float_vector.contents) == [b"", sparse_row]
    # Without any vector the dimension may be missing, and so may the column.
    expect_ok(raw.upsert(name, [keys, dense_column([], 0, [False] * 3), sparse], 3))
    answer = expect_ok(raw.query(name, "id > 0", ["id", "v"], consistency_level=0))
    assert list(next(f for f in answer.fields_data if f.field_name == "v").valid_data) == [False] * 3
    expect_ok(raw.upsert(name, [keys], 3))
    assert [r["s"] for r in client.query(name, filter="id > 0", output_fields=["s"])] == [None] * 3
    expect_refused(raw.insert(name, [keys, dense_column([[1, 2]], 2, [True, True, False])], 3), 1100, "the length of field is wrong")
    expect_refused(raw.insert(name, [keys, dense_column([[1, 2]] * 3, 2, [])], 3), 1100, "the length of valid_data of field(v) is wrong")
    expect_refused(raw.insert(name, [keys, dense_column([[1, 2]], 2, [True, False])], 3), 1100, "the length of valid_data of field(v) is wrong")
    expect_refused(raw.insert(name, [keys, dense_column([[1, 2, 3]], 3, [True, False, False])], 3), 1100, "dim (3)", "schema dim (2)")
    bad = dense_column([[1, float("nan")]], 2, [False, False, True])
    expect_refused(raw.insert(name, [keys, bad], 3), 1100, "value 'NaN' is not a number or infinity")


def test_a_vector_that_may_not_be_null(client, raw, name):
    expect_ok(raw.create_collection(name, [field("id", 5, primary=True), field("v", 101, dim=2)]))
    keys = column("id", INT64, [1, 2])
    expect_refused(raw.insert(name, [keys, dense_column([[1, 2]], 2, [False, True])], 2), 1100, "field(v)", "not nullable")
    expect_refused(raw.insert(name, [keys], 2), 1100, "fieldSchema(v) has no corresponding fieldData")


def test_filters_know_no_null_vectors(client, name):
    make(client, name, Kind("FLOAT_VECTOR"))
    for text in ("v is null", "v is not null"):
        with pytest.raises(MilvusException, match="IsNull/IsNotNull operations are not supported on vector fields"):
            client.query(name, filter=text)


def test_nulls_of_one_request_have_a_bound(client, raw, name):
    expect_ok(raw.create_collection(name, [field("id", 5, primary=True), nullable_field("v", 101, dim=32768)]))
    rows = 600
    keys = column("id", INT64, range(rows))
    expect_refused(raw.insert(name, [keys, dense_column([], 32768, [False] * rows)], rows), 1102, "field (v) with 600 nulls")
    expect_refused(raw.insert(name, [keys], rows), 1102, "nulls and default values")
    expect_ok(raw.insert(name, [column("id", INT64, range(100)), dense_column([], 32768, [False] * 100)], 100))
