"""Partial updates: columns that are not sent keep what the row has; arrays are changed in place; none is lost to another."""

import threading

import pytest
from client_calls import needs_members
from conftest import DIM, count, vector_index
from pymilvus import DataType, MilvusClient, MilvusException
from raw import INT64, Raw, column, expect_ok, expect_refused

try:
    from pymilvus.client.field_ops import FieldOp
except ImportError:
    FieldOp = None

CAPACITY = 5


@pytest.fixture(autouse=True)
def has_partial_updates():
    needs_members("UpsertRequest", "partial_update")


def make(client, name, dynamic=True, auto_id=False):
    schema = client.create_schema(auto_id=auto_id, enable_dynamic_field=dynamic)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("a", DataType.INT64)
    schema.add_field("b", DataType.VARCHAR, max_length=32, nullable=True)
    schema.add_field("c", DataType.INT64, default_value=7)
    schema.add_field("tags", DataType.ARRAY, element_type=DataType.VARCHAR, max_capacity=CAPACITY, max_length=8, nullable=True)
    schema.add_field("j", DataType.JSON, nullable=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)


def vector(i):
    return [float(i)] + [0.0] * (DIM - 1)


def row(i, **changes):
    whole = {"id": i, "a": i * 10, "b": f"b{i}", "c": i, "tags": ["x", "y"], "j": {"n": i}, "vector": vector(i), "extra": i}
    whole.update(changes)
    return whole


def fetch(client, name, filter="id >= 0"):
    rows = client.query(name, filter=filter, output_fields=["*"])
    return {r["id"]: {k: list(v) if k in ("vector", "tags") and v is not None else v for k, v in r.items()} for r in rows}


def partial(client, name, rows, **members):
    return client.upsert(name, rows if isinstance(rows, list) else [rows], partial_update=True, **members)


def test_what_is_not_sent_stays(settled):
    client, settle = settled
    name = "partial"
    make(client, name)
    client.insert(name, [row(i) for i in range(4)])
    client = settle(name)
    client.load_collection(name)
    answer = partial(client, name, [{"id": 2, "a": -1}, {"id": 0, "a": -2}])
    assert answer["upsert_count"] == 2
    got = fetch(client, name)
    assert got == {0: row(0, a=-2), 1: row(1), 2: row(2, a=-1), 3: row(3)}
    partial(client, name, {"id": 1, "vector": vector(9), "b": None})
    assert fetch(client, name)[1] == row(1, vector=vector(9), b=None)
    hits = client.search(name, data=[vector(9)], limit=1, output_fields=["a"])[0]
    assert hits[0]["id"] == 1 and hits[0]["entity"]["a"] == 10
    assert count(client, name) == 4
    client = settle(name)
    client.load_collection(name)
    assert fetch(client, name) == {0: row(0, a=-2), 1: row(1, vector=vector(9), b=None), 2: row(2, a=-1), 3: row(3)}


def test_keys_of_the_dynamic_field_are_merged(client, name):
    make(client, name)
    client.insert(name, [row(1, extra={"deep": 1}, kept="yes", q='"\\')])
    partial(client, name, {"id": 1, "extra": {"other": 2}, "new": None})
    assert fetch(client, name)[1] == row(1, extra={"other": 2}, kept="yes", q='"\\', new=None)
    partial(client, name, {"id": 1, "a": 5})
    assert fetch(client, name, 'kept == "yes" and new is null')[1]["a"] == 5
    with pytest.raises(MilvusException, match="length exceeds max length"):
        for i in range(4):
            partial(client, name, {"id": 1, f"long{i}": "x" * 30000})
    assert "long1" in fetch(client, name)[1] and "long3" not in fetch(client, name)[1]


def test_a_json_field_is_replaced(client, name):
    make(client, name)
    client.insert(name, [row(1, j={"n": 1, "m": 2})])
    partial(client, name, {"id": 1, "j": {"n": 3}})
    assert fetch(client, name)[1] == row(1, j={"n": 3})
    partial(client, name, {"id": 1, "c": None})
    assert fetch(client, name)[1] == row(1, j={"n": 3}, c=7)


def test_a_new_row_needs_its_fields(client, name):
    make(client, name)
    client.insert(name, [row(1)])
    with pytest.raises(MilvusException, match=r"fieldSchema\(a\) has no corresponding fieldData pass in") as refused:
        partial(client, name, [{"id": 1, "b": "new"}, {"id": 2, "b": "new"}])
    assert refused.value.code == 1100
    assert fetch(client, name) == {1: row(1)}
    partial(client, name, [{"id": 1, "a": 2, "vector": vector(5)}, {"id": 2, "a": 3, "vector": vector(6)}])
    got = fetch(client, name)
    assert got[1] == row(1, a=2, vector=vector(5))
    assert got[2] == {"id": 2, "a": 3, "b": None, "c": 7, "tags": None, "j": None, "vector": vector(6)}


def test_bad_partial_updates_change_nothing(client, name):
    make(client, name)
    client.insert(name, [row(1)])
    for rows, phrase in [
        ([{"id": 1, "a": 1}, {"id": 1, "a": 2}], "duplicate primary keys are not allowed in the same batch"),
        ([{"id": 1, "b": "x" * 33}], "exceeds max length"),
        ([{"id": 1, "tags": ["1"] * (CAPACITY + 1)}], "array length exceeds max capacity"),
        ([{"id": 1, "vector": [float("nan")] * DIM}], "is not a number or infinity"),
    ]:
        with pytest.raises(MilvusException, match=phrase):
            partial(client, name, rows)
    with pytest.raises(MilvusException):
        partial(client, name, [{"a": 1}])
    assert fetch(client, name) == {1: row(1)}


def test_a_deleted_row_is_a_new_one(client, name):
    make(client, name)
    client.insert(name, [row(1)])
    client.delete(name, ids=[1])
    with pytest.raises(MilvusException, match="has no corresponding fieldData"):
        partial(client, name, {"id": 1, "a": 1})
    assert fetch(client, name) == {}


def test_rows_in_other_partitions_are_found(client, name):
    make(client, name)
    client.create_partition(name, "p")
    client.insert(name, [row(1)], partition_name="p")
    partial(client, name, {"id": 1, "a": 1})
    assert fetch(client, name) == {1: row(1, a=1)}


def test_generated_keys_are_new(client, name):
    make(client, name, auto_id=True)
    old = client.insert(name, [{k: v for k, v in row(1).items() if k != "id"}])["ids"][0]
    new = partial(client, name, {"id": old, "a": 1})["ids"][0]
    assert new != old
    assert fetch(client, name) == {new: row(1, id=new, a=1)}


@pytest.mark.skipif(FieldOp is None, reason="this client has no field_ops")
def test_array_operations(settled):
    client, settle = settled
    name = "arrays"
    make(client, name)
    client.insert(name, [row(1), row(2, tags=None), row(3, tags=[])])
    client = settle(name)
    client.load_collection(name)
    append, remove = {"tags": FieldOp.array_append()}, {"tags": FieldOp.array_remove()}
    client.upsert(name, [{"id": i, "tags": ["y", "z"]} for i in (1, 2, 3)], field_ops=append)
    got = fetch(client, name)
    assert got == {1: row(1, tags=["x", "y", "y", "z"]), 2: row(2, tags=["y", "z"]), 3: row(3, tags=["y", "z"])}
    client.upsert(name, [{"id": 1, "tags": ["y", "q"]}, {"id": 3, "tags": ["y", "z"]}], field_ops=remove)
    got = fetch(client, name)
    assert got[1]["tags"] == ["x", "z"] and got[3]["tags"] == [] and got[2]["tags"] == ["y", "z"]
    whole = {k: v for k, v in row(4).items() if k != "tags"}
    client.upsert(name, [{**whole, "tags": ["n"]}], field_ops=append)
    client.upsert(name, [{**whole, "id": 5, "tags": ["n"]}], field_ops=remove)
    got = fetch(client, name)
    assert got[4]["tags"] == ["n"] and got[5]["tags"] in ([], None)
    with pytest.raises(MilvusException, match="array length exceeds max capacity"):
        client.upsert(name, [{"id": 2, "tags": ["1"] * (CAPACITY - 1)}], field_ops=append)
    with pytest.raises(MilvusException, match='op ARRAY_APPEND requires Array field, but field "a" is Int64'):
        client.upsert(name, [{"id": 2, "a": 1}], field_ops={"a": FieldOp.array_append()})
    assert fetch(client, name)[2] == row(2, tags=["y", "z"])


def test_operations_that_name_nothing(server, client, name):
    needs_members("UpsertRequest", "field_ops")
    from pymilvus.grpc_gen import schema_pb2

    make(client, name)
    client.insert(name, [row(1)])
    columns = [column("id", INT64, [1]), column("a", INT64, [2])]
    with Raw(server.address) as raw:
        for ops, phrase in [
            ([("nothing", 1)], 'field "nothing" of field_ops not exist'),
            ([("b", 1)], 'field "b" of field_ops has no corresponding fieldData'),
            ([("a", 0), ("a", 0)], 'duplicated field "a" in field_ops'),
            ([("id", 2)], 'op ARRAY_REMOVE requires Array field, but field "id" is Int64'),
        ]:
            ops = [schema_pb2.FieldPartialUpdateOp(field_name=f, op=op) for f, op in ops]
            expect_refused(raw.upsert(name, columns, 1, field_ops=ops), 1100, phrase)
        assert fetch(client, name) == {1: row(1)}
        ops = [schema_pb2.FieldPartialUpdateOp(field_name="a", op=0)]
        expect_ok(raw.upsert(name, columns, 1, field_ops=ops))
    assert fetch(client, name) == {1: row(1, a=2)}


def test_concurrent_partial_updates_lose_nothing(server, client, name):
    """Each thread owns one column of the same rows; a lost update would put an old value back."""
    make(client, name, dynamic=True)
    client.insert(name, [row(i) for i in range(3)])
    turns, failures = 40, []

    def work(key):
        own = MilvusClient(uri=server.uri)
        try:
            for turn in range(turns):
                for i in range(3):
                    partial(own, name, {"id": i, key: turn if key != "b" else f"t{turn}"})
                mine = fetch(own, name)
                assert all(mine[i][key] == (turn if key != "b" else f"t{turn}") for i in range(3)), (key, turn, mine)
        except Exception as error:
            failures.append(error)
        finally:
            own.close()

    threads = [threading.Thread(target=work, args=(key,)) for key in ("a", "b", "c", "dyn1", "dyn2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    last = turns - 1
    assert fetch(client, name) == {i: row(i, a=last, b=f"t{last}", c=last, dyn1=last, dyn2=last) for i in range(3)}
