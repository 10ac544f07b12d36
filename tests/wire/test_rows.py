"""Writing rows: insert, upsert, delete, keys, types, the dynamic field, visibility, flush."""

import json
import time

import numpy as np
import pytest
from conftest import DIM, count, ids, make_collection, simple_row, simple_schema, vector_index
from pymilvus import DataType
from pymilvus.grpc_gen import milvus_pb2
from raw import INT64, VARCHAR, Raw, column, expect_ok, vector_column


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


EXTREMES = [
    {"b": True, "i8": -128, "i16": -32768, "i32": -(2**31), "i64": -(2**63), "f": -1.5e38, "d": -1.7e308, "s": "", "j": {}},
    {"b": False, "i8": 127, "i16": 32767, "i32": 2**31 - 1, "i64": 2**63 - 1, "f": 1.5e38, "d": 5e-324, "s": "ü漢字🎉", "j": {"a": [1, {"b": None}], "ü": "x"}},
    {"b": True, "i8": 0, "i16": 0, "i32": 0, "i64": 0, "f": 0.1, "d": 0.1, "s": "quote\" back\\slash 'x' \n", "j": [1, 2, 3]},
    {"b": False, "i8": 1, "i16": 1, "i32": 1, "i64": 1, "f": 1.0, "d": 1.0, "s": "x" * 100, "j": "\"text\""},
]


def full_schema(client):
    schema = client.create_schema(auto_id=False, enable_dynamic_field=True)
    schema.add_field("id", DataType.INT64, is_primary=True)
    for name, data_type, params in [
        ("b", DataType.BOOL, {}), ("i8", DataType.INT8, {}), ("i16", DataType.INT16, {}), ("i32", DataType.INT32, {}),
        ("i64", DataType.INT64, {}), ("f", DataType.FLOAT, {}), ("d", DataType.DOUBLE, {}),
        ("s", DataType.VARCHAR, {"max_length": 100}), ("j", DataType.JSON, {}),
    ]:  # fmt: skip
        schema.add_field(name, data_type, **params)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    return schema


@pytest.mark.parametrize("flush", [False, True], ids=["growing", "flushed"])
def test_every_type_comes_back_as_it_was(client, name, flush):
    client.create_collection(name, schema=full_schema(client), consistency_level="Strong")
    rng = np.random.default_rng(1)
    rows = [
        {"id": i, **values, "vector": rng.standard_normal(DIM).astype(np.float32).tolist()}
        for i, values in enumerate(EXTREMES)
    ]
    client.insert(name, rows)
    if flush:
        client.flush(name)
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    got = {row["id"]: row for row in client.query(name, filter="id >= 0", output_fields=["*"])}
    assert len(got) == len(rows)
    for row in rows:
        for key, value in row.items():
            stored = got[row["id"]][key]
            if key == "vector":
                assert np.array_equal(np.float32(stored), np.float32(value))
            elif key == "f":
                assert np.float32(stored) == np.float32(value)
            elif key == "j" and isinstance(value, str):
                assert stored in (value, json.loads(value)), "newer clients take a string for JSON text"
            else:
                assert stored == value, (row["id"], key)


def test_insert_answers_the_keys(client, name):
    make_collection(client, name, rows=0)
    answer = client.insert(name, [simple_row(i) for i in (5, 3, 9)])
    assert answer["insert_count"] == 3
    assert list(answer["ids"]) == [5, 3, 9]


def test_insert_on_the_wire(client, raw, name):
    make_collection(client, name, rows=0)
    columns = [
        vector_column("vector", [[1.0] * DIM, [2.0] * DIM]),
        column("number", INT64, [1, 2]),
        column("id", INT64, [7, 8]),
        column("tag", VARCHAR, ["a", "b"]),
    ]
    answer = expect_ok(raw.insert(name, columns, 2, hash_keys=[1, 2]))
    assert answer.insert_cnt == 2
    assert list(answer.succ_index) == [0, 1] and not answer.err_index
    assert list(answer.IDs.int_id.data) == [7, 8]
    assert answer.timestamp >> 18 > 1_600_000_000_000


@pytest.mark.parametrize("key_type", [DataType.INT64, DataType.VARCHAR])
def test_auto_id(client, name, key_type):
    schema = client.create_schema(auto_id=True)
    schema.add_field("id", key_type, is_primary=True, **({"max_length": 64} if key_type == DataType.VARCHAR else {}))
    schema.add_field("number", DataType.INT64)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    given = []
    for _ in range(3):
        given += client.insert(name, [{"number": n, "vector": [1.0] * DIM} for n in range(50)])["ids"]
    assert len(set(given)) == 150
    assert all(isinstance(i, str) and int(i) > 0 if key_type == DataType.VARCHAR else i > 0 for i in given)
    stored = client.query(name, filter="number >= 0", output_fields=["id", "number"], limit=1000)
    assert {row["id"] for row in stored} == set(given)
    one = client.get(name, ids=[given[0]], output_fields=["number"])
    assert len(one) == 1 and one[0]["number"] == 0
    client.delete(name, ids=given[:10])
    assert count(client, name) == 140


def test_varchar_key(client, name):
    schema = client.create_schema(auto_id=False)
    schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=20)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    keys = ["", "a", "b'c", 'd"e', "ü", "x" * 20]
    answer = client.insert(name, [{"id": k, "vector": [float(i)] * DIM} for i, k in enumerate(keys)])
    assert list(answer["ids"]) == keys
    got = client.query(name, filter='id >= ""', output_fields=["id"])
    assert [row["id"] for row in got] == sorted(keys, key=str.encode)
    assert {row["id"] for row in client.get(name, ids=["a", "ü"])} == {"a", "ü"}
    assert client.search(name, data=[[2.0] * DIM], limit=1)[0][0]["id"] == "b'c"
    client.delete(name, ids=["a", "x" * 20])
    assert count(client, name) == 4


def test_upsert_replaces_and_adds(client, simple):
    answer = client.upsert(simple, [simple_row(3, tag="new"), simple_row(300, tag="added")])
    assert answer["upsert_count"] == 2
    assert count(client, simple) == 21
    rows = {row["id"]: row for row in client.get(simple, ids=[3, 300], output_fields=["tag", "number"])}
    assert rows[3]["tag"] == "new" and rows[300]["tag"] == "added"
    assert count(client, simple, 'tag == "new"') == 1
    assert count(client, simple, 'tag == "tag3"') == 3, "the old version of row 3 must be gone"


def test_upsert_many_times(client, simple):
    for n in range(30):
        client.upsert(simple, [simple_row(1, number=n), simple_row(2, number=-n)])
        if n == 15:
            client.flush(simple)
    assert count(client, simple) == 20
    assert client.get(simple, ids=[1], output_fields=["number"])[0]["number"] == 29
    found = client.search(simple, data=[simple_row(1)["vector"]], limit=20)[0]
    assert len({hit["id"] for hit in found}) == len(found) == 20


def test_insert_of_a_key_that_is_there(client, simple):
    """Insert does not overwrite; a reply shows each key once, with the newest row."""
    client.insert(simple, [simple_row(4, tag="second")])
    got = client.get(simple, ids=[4], output_fields=["tag"])
    assert len(got) == 1 and got[0]["tag"] == "second"
    found = client.search(simple, data=[simple_row(4)["vector"]], limit=20)[0]
    assert len({hit["id"] for hit in found}) == len(found)
    client.delete(simple, ids=[4])
    assert client.get(simple, ids=[4]) == [], "the delete removes every row of the key"


def test_delete_by_key(client, simple):
    answer = client.delete(simple, ids=[1, 2, 3])
    assert answer["delete_count"] == 3
    assert count(client, simple) == 17
    assert client.get(simple, ids=[1, 2, 3, 4]) and ids(client.get(simple, ids=[1, 2, 3, 4])) == [4]
    found = client.search(simple, data=[simple_row(2)["vector"]], limit=20)[0]
    assert not {1, 2, 3} & {hit["id"] for hit in found}


def test_delete_by_filter(client, simple):
    answer = client.delete(simple, filter='tag == "tag1" and number > 50')
    assert answer["delete_count"] == 3
    assert ids(client.query(simple, filter='tag == "tag1"', output_fields=["id"])) == [1]


def test_delete_then_insert_again(client, simple):
    client.delete(simple, ids=[7])
    client.insert(simple, [simple_row(7, tag="again")])
    client.flush(simple)
    got = client.get(simple, ids=[7], output_fields=["tag"])
    assert len(got) == 1 and got[0]["tag"] == "again"


def test_delete_across_a_flush(client, simple):
    client.flush(simple)
    client.delete(simple, ids=[0, 19])
    client.insert(simple, [simple_row(50)])
    client.flush(simple)
    client.delete(simple, ids=[50])
    assert ids(client.query(simple, filter="id >= 0", output_fields=["id"])) == list(range(1, 19))


def test_delete_of_unknown_keys(client, simple):
    client.delete(simple, ids=[12345])
    assert count(client, simple) == 20


def test_a_write_is_seen_by_the_next_read(client, simple):
    for i in range(100, 150):
        row = simple_row(i)
        client.insert(simple, [row])
        assert client.search(simple, data=[row["vector"]], limit=1)[0][0]["id"] == i
        assert ids(client.get(simple, ids=[i])) == [i]
        client.delete(simple, ids=[i])
        assert client.get(simple, ids=[i]) == []


def test_dynamic_field(client, name):
    make_collection(client, name, rows=0, dynamic=True)
    client.insert(name, [simple_row(i, colour="red" if i % 2 else "blue", size=i, box={"w": i}) for i in range(10)])
    client.insert(name, [simple_row(100)])
    red = client.query(name, filter='colour == "red" and size > 4', output_fields=["colour", "size"])
    assert ids(red) == [5, 7, 9]
    assert red[0]["colour"] == "red" and red[0]["size"] == red[0]["id"]
    everything = {row["id"]: row for row in client.query(name, filter="id >= 0", output_fields=["*"])}
    assert everything[3]["box"] == {"w": 3} and everything[3]["tag"] == "tag3"
    assert "colour" not in everything[100]
    assert ids(client.query(name, filter='$meta["size"] == 2', output_fields=["id"])) == [2]
    assert ids(client.query(name, filter='box["w"] < 2', output_fields=["id"])) == [0, 1]
    found = client.search(name, data=[simple_row(4)["vector"]], limit=1, output_fields=["colour"])[0][0]
    assert found["entity"]["colour"] == "blue"


def test_flush_on_the_wire(raw, client, simple):
    answer = expect_ok(raw.call("Flush", milvus_pb2.FlushRequest(collection_names=[simple])))
    assert simple in answer.coll_segIDs and simple in answer.coll_flush_ts
    state = milvus_pb2.GetFlushStateRequest(
        segmentIDs=list(answer.coll_segIDs[simple].data),
        flush_ts=answer.coll_flush_ts[simple],
        collection_name=simple,
    )
    for _ in range(200):
        if expect_ok(raw.call("GetFlushState", state)).flushed:
            return
        time.sleep(0.05)
    pytest.fail("the flush does not end")


def test_flush_many_times(client, simple):
    for i in range(100, 110):
        client.insert(simple, [simple_row(i)])
        client.flush(simple)
        client.flush(simple)
    assert count(client, simple) == 30


def test_empty_collection(client, name):
    make_collection(client, name, rows=0)
    assert count(client, name) == 0
    assert client.query(name, filter="id >= 0", output_fields=["tag"]) == []
    assert client.get(name, ids=[1]) == []
    assert [len(hits) for hits in client.search(name, data=[[0.0] * DIM] * 3, limit=5)] == [0, 0, 0]
    client.flush(name)
    assert count(client, name) == 0


def test_large_batch(client, name):
    make_collection(client, name, rows=0)
    rng = np.random.default_rng(3)
    vectors = rng.standard_normal((20_000, DIM)).astype(np.float32)
    rows = [{"id": i, "tag": f"t{i % 9}", "number": i, "vector": v.tolist()} for i, v in enumerate(vectors)]
    assert client.insert(name, rows)["insert_count"] == 20_000
    assert count(client, name) == 20_000
    assert count(client, name, 'tag == "t3"') == len([i for i in range(20_000) if i % 9 == 3])
