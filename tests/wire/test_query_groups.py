"""Queries with aggregates, groups and orders: values, types and nulls, pages, refusals; in memory and in files."""

import random

import pytest
from conftest import DIM, simple_row, simple_schema, vector_index
from pymilvus import DataType, MilvusClient, MilvusException
from pymilvus.client import constants
from pymilvus.grpc_gen import schema_pb2
from raw import Raw, expect_ok, expect_refused

if "nullable" not in schema_pb2.FieldSchema.DESCRIPTOR.fields_by_name:
    pytest.skip("this client does not know nulls", allow_module_level=True)

COLORS = ["red", "green", "blue", "", "grün"]
VALUES = {"bool_data": "bool", "int_data": "int", "long_data": "long", "float_data": "float", "double_data": "double", "string_data": "string"}


def make_row(i):
    row = simple_row(i, color=COLORS[i % 5], small=i % 7 - 3, weight=i / 4, flag=i % 3 == 0, j={"a": i})
    row["score"] = None if i % 4 == 0 else i * 1.5
    row["note"] = None if i % 6 == 0 else f"note{i % 4}"
    return row


@pytest.fixture(scope="module")
def table(shared_server):
    """One collection for the module, half of it in files: it is only read."""
    shared_server.start_unless_alive()
    client = MilvusClient(uri=shared_server.uri)
    name = "grouped_table"
    client.drop_collection(name)
    schema = simple_schema(client, dynamic=True)
    schema.add_field("color", DataType.VARCHAR, max_length=16)
    schema.add_field("small", DataType.INT8)
    schema.add_field("weight", DataType.FLOAT)
    schema.add_field("flag", DataType.BOOL)
    schema.add_field("j", DataType.JSON)
    schema.add_field("score", DataType.DOUBLE, nullable=True)
    schema.add_field("note", DataType.VARCHAR, max_length=16, nullable=True)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.insert(name, [make_row(i) for i in range(150)])
    client.flush(name)
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    client.insert(name, [make_row(i) for i in range(150, 320)])
    client.delete(name, ids=list(range(0, 320, 11)))
    rows = {i: make_row(i) for i in range(320) if i % 11 != 0}
    with Raw(shared_server.address) as raw:
        yield raw, name, rows
    client.drop_collection(name)
    client.close()


def columns_of(answer):
    """The answer's columns by name: lists with None for null."""
    out = {}
    for field in expect_ok(answer).fields_data:
        member = field.scalars.WhichOneof("data")
        values = list(getattr(field.scalars, member).data) if member else []
        out[field.field_name] = [v if ok else None for v, ok in zip(values, field.valid_data)] if field.valid_data else values
    return out


def rows_of(answer):
    columns = columns_of(answer)
    return [dict(zip(columns, values)) for values in zip(*columns.values())]


def aggregate(op, values):
    values = [v for v in values if v is not None]
    if op == "count":
        return len(values)
    if not values:
        return None
    if op == "avg":
        return sum(values) / len(values)
    return {"sum": sum, "min": min, "max": max}[op](values)


def sort_key(value, descending=False, nulls_first=False):
    """Sorts as asked when sorted in ascending order of this."""
    if value is None:
        return (0 if nulls_first else 2, 0)
    return (1, Reversed(value) if descending else value)


class Reversed:
    def __init__(self, value):
        self.value = value.encode() if isinstance(value, str) else value

    def __lt__(self, other):
        return other.value < self.value

    def __eq__(self, other):
        return other.value == self.value


def model(rows, keys, aggregates):
    groups = {} if keys else {(): []}
    for row in rows:
        groups.setdefault(tuple(row[k] for k in keys), []).append(row)
    out = []
    for key, members in groups.items():
        line = dict(zip(keys, key))
        for name in aggregates:
            op, field = name[:-1].split("(")
            line[name] = aggregate(op, [1 if field == "*" else m[field] for m in members])
        out.append(line)
    out.sort(key=lambda line: [sort_key(line[k].encode() if isinstance(line[k], str) else line[k]) for k in keys])
    return out


AGGREGATES = [
    "count(*)", "count(score)", "count(note)", "count(j)", "sum(number)", "sum(small)", "sum(weight)", "sum(score)", "avg(small)", "avg(weight)",
    "min(number)", "max(small)", "min(weight)", "max(score)", "min(note)", "max(tag)", "min(flag)", "max(id)",
]  # fmt: skip


def test_aggregates_of_all_rows(table):
    raw, name, rows = table
    for filter, chosen in (("", rows), ("small > 0", {i: r for i, r in rows.items() if r["small"] > 0}), ("id < 0", {})):
        got = rows_of(raw.query(name, filter, AGGREGATES))
        assert len(got) == 1
        expected = model(chosen.values(), [], AGGREGATES)[0]
        for column in AGGREGATES:
            assert got[0][column] == (pytest.approx(expected[column]) if column.startswith(("avg", "sum")) and expected[column] is not None else expected[column]), column


@pytest.mark.parametrize("keys", [["color"], ["flag", "small"], ["note"], ["number"], ["color", "note", "flag"]], ids=",".join)
def test_groups(table, keys):
    raw, name, rows = table
    asked = [*keys, *AGGREGATES]
    answer = raw.query(name, "id > 20", asked, params={"group_by_fields": ",".join(keys)})
    expected = model([r for r in rows.values() if r["id"] > 20], keys, AGGREGATES)
    got = rows_of(answer)
    assert [[line[k] for k in keys] for line in got] == [[line[k] for k in keys] for line in expected]
    for line, wanted in zip(got, expected):
        for column in AGGREGATES:
            value = wanted[column]
            assert line[column] == (pytest.approx(value) if isinstance(value, float) else value), (column, line, wanted)
    assert list(answer.output_fields) == asked == [f.field_name for f in answer.fields_data]
    assert answer.primary_field_name == "id" and answer.collection_name == name


def test_types_with_rows_and_without(table):
    raw, name, _ = table
    asked = ["note", "flag", "small", "count(*)", "sum(small)", "sum(weight)", "avg(number)", "min(weight)", "max(note)", "max(small)"]
    types = [DataType.VARCHAR, DataType.BOOL, DataType.INT8, DataType.INT64, DataType.INT64, DataType.DOUBLE, DataType.DOUBLE, DataType.FLOAT, DataType.VARCHAR, DataType.INT8]
    for filter in ("", "id < 0"):
        answer = expect_ok(raw.query(name, filter, asked, params={"group_by_fields": "note,flag,small"}))
        assert [f.field_name for f in answer.fields_data] == asked
        assert [f.type for f in answer.fields_data] == types
        if not filter:
            valid = {f.field_name: len(f.valid_data) > 0 for f in answer.fields_data}
            assert valid["note"] and valid["max(note)"] and not valid["flag"] and not valid["count(*)"] and not valid["sum(small)"]


def test_pages_and_orders_of_groups(table):
    raw, name, rows = table
    whole = model(rows.values(), ["color", "small"], ["count(*)", "sum(number)"])
    whole.sort(key=lambda line: (-line["count(*)"], sort_key(line["color"], True)))
    pages = []
    for offset in range(0, len(whole) + 7, 7):
        params = {"group_by_fields": "color,small", "order_by_fields": "count(*):desc,color:desc", "limit": 7, "offset": offset}
        pages += rows_of(raw.query(name, "", ["color", "small", "count(*)"], params=params))
    assert pages == [{k: line[k] for k in ("color", "small", "count(*)")} for line in whole]
    hidden = rows_of(raw.query(name, "", ["color"], params={"group_by_fields": "color", "order_by_fields": "sum(number):desc", "limit": 1}))
    best = max(model(rows.values(), ["color"], ["sum(number)"]), key=lambda line: line["sum(number)"])
    assert hidden == [{"color": best["color"]}]


ORDERS = [
    ("weight", [("weight", False, False)]),
    ("weight:desc", [("weight", True, True)]),
    ("score", [("score", False, False)]),
    ("score:desc", [("score", True, True)]),
    ("score:asc:nulls_first", [("score", False, True)]),
    ("score:DESC:nulls_last", [("score", True, False)]),
    ("color:desc,small,note:desc:nulls_last", [("color", True, True), ("small", False, False), ("note", True, False)]),
    ("flag:desc , id:desc", [("flag", True, True), ("id", True, True)]),
    ("id:desc", [("id", True, True)]),
]


@pytest.mark.parametrize("text, fields", ORDERS, ids=[o[0] for o in ORDERS])
def test_orders_of_rows(table, text, fields):
    raw, name, rows = table
    as_bytes = lambda v: v.encode() if isinstance(v, str) else v  # noqa: E731
    expected = sorted(rows.values(), key=lambda r: [*(sort_key(as_bytes(r[f]), d, n) for f, d, n in fields), sort_key(r["id"])])
    for limit, offset in ((1000, 0), (1, 0), (10, 0), (25, 13), (5, 5000)):
        answer = raw.query(name, "", ["tag", "score"], params={"limit": limit, "offset": offset, "order_by_fields": text})
        got = rows_of(answer)
        assert [r["id"] for r in got] == [r["id"] for r in expected[offset : offset + limit]]
        assert [r["score"] for r in got] == [r["score"] for r in expected[offset : offset + limit]]
        assert sorted(answer.output_fields) == ["id", "score", "tag"] == sorted(f.field_name for f in answer.fields_data)
    filtered = rows_of(raw.query(name, "small == 2", ["id"], params={"limit": 20, "order_by_fields": text}))
    assert [r["id"] for r in filtered] == [r["id"] for r in expected if r["small"] == 2][:20]


REFUSALS = {
    "unknown-key": ("", ["count(*)"], {"group_by_fields": "nothing"}, (1100, 1700), "groupBy field not found in schema"),
    "float-key": ("", ["count(*)"], {"group_by_fields": "weight"}, 1100, "group by field weight has unsupported data type Float"),
    "json-key": ("", ["count(*)"], {"group_by_fields": "j"}, 1100, "group by field j has unsupported data type JSON"),
    "vector-key": ("", ["count(*)"], {"group_by_fields": "vector"}, 1100, "has unsupported data type FloatVector"),
    "plain-column": ("", ["tag", "count(*)"], {"group_by_fields": "color"}, 1100, "output field 'tag' is not allowed"),
    "plain-column-without-groups": ("", ["tag", "sum(small)"], {}, 1100, "output field 'tag' is not allowed"),
    "star": ("", ["*"], {"group_by_fields": "color"}, 1100, "output field '*' is not allowed"),
    "sum-text": ("", ["sum(tag)"], {}, 1100, "aggregation operator sum does not support data type VarChar"),
    "avg-text": ("", ["avg(note)"], {}, 1100, "aggregation operator avg does not support data type VarChar"),
    "sum-star": ("", ["sum(*)"], {}, 1100, "only count(*) is allowed"),
    "unknown-field": ("", ["max(nothing)"], {}, 1100, "field nothing not exist"),
    "count-page": ("", ["count(*)"], {"limit": 3}, 1100, "count entities with pagination is not allowed"),
    "aggregate-page": ("", ["count(tag)", "sum(small)"], {"limit": 3}, 1100, "count entities with pagination is not allowed"),
    "order-no-limit": ("id > 0", ["id"], {"order_by_fields": "id"}, 1100, "ORDER BY requires explicit limit"),
    "order-unknown": ("", ["id"], {"order_by_fields": "nothing_", "limit": 3}, (10, 1100), "nothing_"),
    "order-vector": ("", ["id"], {"order_by_fields": "vector", "limit": 3}, 1100, "has unsortable type FloatVector"),
    "order-json": ("", ["id"], {"order_by_fields": "j", "limit": 3}, 1100, "has unsortable type JSON"),
    "order-path": ("", ["id"], {"order_by_fields": 'j["a"]', "limit": 3}, 10, "is not implemented"),
    "order-direction": ("", ["id"], {"order_by_fields": "id:up", "limit": 3}, 1100, "invalid order direction"),
    "order-iterator": ("", ["id"], {"order_by_fields": "id", "limit": 3, "iterator": "True"}, 1100, "not allowed with an iterator"),
    "order-not-in-groups": ("", ["count(*)"], {"group_by_fields": "color", "order_by_fields": "tag", "limit": 3}, 1100, "neither one of group_by_fields nor an aggregate"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(table, case):
    raw, name, _ = table
    filter, fields, params, codes, phrase = REFUSALS[case]
    expect_refused(raw.query(name, filter, fields, params), codes, phrase)


def test_a_search_has_no_aggregates(table):
    raw, name, _ = table
    for asked in ("count(*)", "sum(number)"):
        expect_refused(raw.search(name, [[0.0] * DIM], output_fields=[asked]), 1100, "aggregates are not supported in search request")


def test_a_sum_beyond_its_type(client, server, name):
    client.create_collection(name, schema=simple_schema(client), consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    client.insert(name, [simple_row(i, number=2**62) for i in range(3)])
    with Raw(server.address) as raw:
        expect_refused(raw.query(name, "", ["sum(number)"]), 1100, "a sum is beyond Int64", "number")
        assert rows_of(raw.query(name, "id < 1", ["sum(number)"])) == [{"sum(number)": 2**62}]
        assert rows_of(raw.query(name, "", ["avg(number)"])) == [{"avg(number)": float(2**62)}]


def test_too_many_groups_name_the_setting(own_server):
    own_server.extra_args += ["--limits.groups", "100"]
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    client.create_collection("c", schema=simple_schema(client), consistency_level="Strong")
    client.create_index("c", vector_index(client))
    client.load_collection("c")
    client.insert("c", [simple_row(i) for i in range(101)])
    with Raw(own_server.address) as raw:
        expect_refused(raw.query("c", "", ["count(*)"], {"group_by_fields": "id"}), 1102, "100 groups", "limits.groups")
        assert len(rows_of(raw.query("c", "id > 0", ["count(*)"], {"group_by_fields": "id"}))) == 100
    client.close()


def test_a_history_against_the_model(client, server, name):
    """Inserts, upserts, deletes and flushes; after each step some random query equals the model's."""
    seed = random.randrange(2**32)
    print("seed", seed)
    rng = random.Random(seed)
    schema = simple_schema(client)
    schema.add_field("score", DataType.DOUBLE, nullable=True)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    rows = {}
    with Raw(server.address) as raw:
        for step in range(40):
            fresh = {k: simple_row(k, number=rng.randrange(-5, 6), score=rng.choice([None, rng.randrange(9) / 4])) for k in rng.sample(range(200), 12)}
            client.upsert(name, list(fresh.values()))
            rows.update(fresh)
            gone = rng.sample(sorted(rows), min(5, len(rows)))
            client.delete(name, ids=gone)
            for key in gone:
                del rows[key]
            if step % 13 == 12:
                client.flush(name)
            keys = rng.choice([["tag"], ["number"], ["tag", "number"], []])
            asked = [*keys, "count(*)", "count(score)", "sum(number)", "sum(score)", "min(score)", "max(tag)"]
            got = rows_of(raw.query(name, "number != 0", asked, {"group_by_fields": ",".join(keys)} if keys else {}))
            assert got == model([r for r in rows.values() if r["number"] != 0], keys, asked[len(keys) :]), step
            got = rows_of(raw.query(name, "", ["id"], {"limit": 9, "offset": 2, "order_by_fields": "score:desc,number"}))
            expected = sorted(rows.values(), key=lambda r: (sort_key(r["score"], True, True), r["number"], r["id"]))
            assert [r["id"] for r in got] == [r["id"] for r in expected[2:11]], step


def test_the_clients_own_parameters(server, table):
    """What stock clients make of their keyword arguments."""
    if not hasattr(constants, "QUERY_GROUP_BY_FIELDS"):
        pytest.skip("this client has no groups and orders of queries")
    _, name, rows = table
    client = MilvusClient(uri=server.uri)
    got = client.query(name, filter="id >= 0", output_fields=["color", "count(*)", "avg(score)"], group_by_fields=["color"])
    assert [dict(r) for r in got] == [pytest.approx(line) for line in model(rows.values(), ["color"], ["count(*)", "avg(score)"])]
    got = client.query(name, output_fields=["max(score)", "min(tag)"])
    assert len(got) == 1 and got[0]["max(score)"] == max(r["score"] or 0 for r in rows.values())
    assert client.query(name, filter="id < 0", output_fields=["max(score)"])[0]["max(score)"] is None
    assert list(client.query(name, filter="id < 0", output_fields=["color", "count(*)"], group_by_fields=["color"])) == []
    for order in (["small:desc", "id"], [{"field": "small", "order": "desc"}, {"field": "id"}], "small:desc,id:asc"):
        got = client.query(name, output_fields=["small"], limit=20, order_by_fields=order)
        assert [r["id"] for r in got] == [r["id"] for r in sorted(rows.values(), key=lambda r: (-r["small"], r["id"]))[:20]]
    with pytest.raises(MilvusException, match="ORDER BY requires explicit limit"):
        client.query(name, filter="id > 0", output_fields=["id"], order_by_fields=["id"])
    client.close()
