"""CalcDistance: by vectors and by keys, each metric and type, parameters of the clients that had it, refusals."""

import math
import struct

import numpy as np
import pytest
from conftest import DIM, make_collection
from pymilvus.grpc_gen import milvus_pb2, schema_pb2
from raw import Raw, expect_ok, expect_refused, pairs

if not hasattr(milvus_pb2, "CalcDistanceRequest"):
    pytest.skip("this client does not know CalcDistance", allow_module_level=True)


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


def floats(vectors):
    vectors = np.asarray(vectors, dtype=np.float32)
    field = schema_pb2.VectorField(dim=vectors.shape[1], float_vector=schema_pb2.FloatArray(data=vectors.ravel().tolist()))
    return milvus_pb2.VectorsArray(data_array=field)


def bits(vectors, dim=None):
    """Rows of 0 and 1."""
    vectors = np.asarray(vectors, dtype=np.uint8)
    packed = np.packbits(vectors, axis=1).tobytes()
    return milvus_pb2.VectorsArray(data_array=schema_pb2.VectorField(dim=dim or vectors.shape[1], binary_vector=packed))


def by_ids(name, ids, field="vector", **members):
    keys = schema_pb2.IDs(int_id=schema_pb2.LongArray(data=ids))
    return milvus_pb2.VectorsArray(id_array=milvus_pb2.VectorIDs(collection_name=name, field_name=field, id_array=keys, **members))


def calc(raw, left, right, metadata=(), **params):
    request = milvus_pb2.CalcDistanceRequest(op_left=left, op_right=right, params=pairs(params))
    return raw.call("CalcDistance", request, metadata)


def values(answer):
    expect_ok(answer)
    return list(answer.int_dist.data) if answer.WhichOneof("array") == "int_dist" else list(answer.float_dist.data)


@pytest.mark.parametrize("dim", [1, 2, 7, 128])
def test_floats(raw, dim):
    rng = np.random.default_rng(dim)
    left, right = rng.standard_normal((9, dim)).astype(np.float32), rng.standard_normal((300, dim)).astype(np.float32)
    exact = {
        "L2": ((left[:, None] - right[None]) ** 2).sum(-1),
        "IP": left @ right.T,
        "COSINE": left @ right.T / np.linalg.norm(left, axis=1)[:, None] / np.linalg.norm(right, axis=1),
    }
    for metric, expected in exact.items():
        answer = calc(raw, floats(left), floats(right), metric=metric)
        assert answer.WhichOneof("array") == "float_dist"
        assert np.allclose(values(answer), expected.ravel(), rtol=1e-4, atol=1e-5), metric
    assert np.allclose(values(calc(raw, floats(left), floats(right))), exact["L2"].ravel(), rtol=1e-4, atol=1e-5), "L2 is the default"
    assert np.allclose(values(calc(raw, floats(left), floats(right), metric="l2", sqrt=True)), np.sqrt(exact["L2"]).ravel(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dim", [8, 17, 64, 250])
def test_bits(raw, dim):
    rng = np.random.default_rng(dim)
    left, right = rng.integers(0, 2, (5, dim)), rng.integers(0, 2, (40, dim))
    hamming = (left[:, None] != right[None]).sum(-1)
    both, either = (left[:, None] & right[None]).sum(-1), (left[:, None] | right[None]).sum(-1)
    answer = calc(raw, bits(left), bits(right), metric="HAMMING")
    assert answer.WhichOneof("array") == "int_dist"
    assert values(answer) == hamming.ravel().tolist()
    assert np.allclose(values(calc(raw, bits(left), bits(right), metric="JACCARD")), (1 - both / either).ravel(), atol=1e-6)
    assert np.allclose(values(calc(raw, bits(left), bits(right), metric_type="TANIMOTO")), ((dim - hamming) / (dim + hamming)).ravel(), atol=1e-6)
    some = (left[:, None, :5] != right[None, :, :5]).sum(-1)
    assert values(calc(raw, bits(left), bits(right), metric="HAMMING", dim=5)) == some.ravel().tolist()


def test_the_other_types(raw):
    halves = np.array([[1.5, -2], [0, 4]], dtype=np.float16)
    field = milvus_pb2.VectorsArray(data_array=schema_pb2.VectorField(dim=2, float16_vector=halves.tobytes()))
    assert values(calc(raw, field, field)) == [0, 38.25, 38.25, 0]
    assert values(calc(raw, floats([[1.5, -2]]), field)) == [0, 38.25]
    if "int8_vector" in schema_pb2.VectorField.DESCRIPTOR.fields_by_name:
        small = milvus_pb2.VectorsArray(data_array=schema_pb2.VectorField(dim=2, int8_vector=struct.pack("4b", 1, -2, 3, 4)))
        assert values(calc(raw, small, small, metric="IP")) == [5, -5, -5, 25]


def test_rows_by_their_keys(client, raw, simple):
    vectors = {i: [float(i), 1.0] + [0.0] * (DIM - 2) for i in range(20)}
    query = [[0.5] * DIM, [1.0] + [0.0] * (DIM - 1)]
    expected = [sum((a - b) ** 2 for a, b in zip(q, vectors[i])) for q in query for i in (3, 7, 3)]
    assert values(calc(raw, floats(query), by_ids(simple, [3, 7, 3]))) == pytest.approx(expected)
    assert values(calc(raw, by_ids(simple, [4], partition_names=["_default"]), by_ids(simple, [1, 4], field=""), metric="L2", sqrt="true")) == [3, 0]
    client.flush(simple)
    assert values(calc(raw, floats(query), by_ids(simple, [3, 7, 3]))) == pytest.approx(expected)
    client.upsert(simple, [{"id": 3, "tag": "t", "number": 1, "vector": [0.0] * DIM}])
    assert values(calc(raw, by_ids(simple, [3]), floats([[1.0] * DIM]))) == [DIM], "the newest row of the key"
    client.delete(simple, ids=[7])
    expect_refused(calc(raw, by_ids(simple, [1, 7, 99]), floats(query)), 1100, "missing IDs", "7, 99")
    expect_refused(calc(raw, by_ids(simple, [1], field="tag"), floats(query)), 1100, "is not of vector data type")
    expect_refused(calc(raw, by_ids(simple, [1], partition_names=["nowhere"]), floats(query)), 1100, "partition name nowhere not found")
    expect_refused(calc(raw, by_ids(simple, []), floats(query)), 1100, "no IDs")
    texts = milvus_pb2.VectorsArray(id_array=milvus_pb2.VectorIDs(collection_name=simple, field_name="vector", id_array=schema_pb2.IDs(str_id=schema_pb2.StringArray(data=["1"]))))
    expect_refused(calc(raw, texts, floats(query)), 1100, "primary key id is Int64")
    client.release_collection(simple)
    expect_refused(calc(raw, by_ids(simple, [1]), floats(query)), 101, "collection not loaded")
    expect_refused(calc(raw, by_ids("no_such", [1]), floats(query)), 100, "collection not found[database=default][collection=no_such]")
    expect_refused(calc(raw, by_ids("c", [1]), floats(query), metadata=[("dbname", "nowhere")]), 800, "database not found[database=nowhere]")


def test_refusals(raw):
    one = floats([[1.0, 2.0]])
    expect_refused(calc(raw, one, floats([[1.0, 2.0, 3.0]])), 1100, "vectors dimension is not equal", "2, 3")
    expect_refused(calc(raw, one, bits([[0, 1]])), 1100, "vector type must be the same")
    expect_refused(calc(raw, one, one, metric="HAMMING"), 1100, "HAMMING does not fit vectors of type FloatVector")
    expect_refused(calc(raw, bits([[0, 1]]), bits([[0, 1]]), metric="L2"), 1100, "L2 does not fit vectors of type BinaryVector")
    expect_refused(calc(raw, one, one, metric="nothing"), 1100, "is not supported: nothing")
    expect_refused(calc(raw, one, one, sqrt="perhaps"), 1100, "sqrt [perhaps] is invalid")
    expect_refused(calc(raw, one, milvus_pb2.VectorsArray()), 1100, "has no vectors")
    expect_refused(calc(raw, one, floats([[1.0, math.nan]])), 1100, "NaN")
    odd = milvus_pb2.VectorsArray(data_array=schema_pb2.VectorField(dim=2, float_vector=schema_pb2.FloatArray(data=[1, 2, 3])))
    expect_refused(calc(raw, one, odd), 1100, "do not fill the bytes that were sent: 12")
    sparse = milvus_pb2.VectorsArray(data_array=schema_pb2.VectorField(sparse_float_vector=schema_pb2.SparseFloatArray(contents=[b""])))
    expect_refused(calc(raw, one, sparse), 10, "not implemented")
    many = floats(np.zeros((6000, 1)))
    expect_refused(calc(raw, many, many), 1102, "6000 times 6000 distances exceed", "limits.output_size")


def test_a_collection_of_another_database(client, raw, name):
    make_collection(client, name, rows=3)
    assert values(calc(raw, by_ids(name, [0]), by_ids(name, [2]), metadata=[("dbname", "default")])) == [4]
