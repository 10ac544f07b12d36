"""Filters on Array fields: elements, membership, lengths and whole arrays, in every kind of read and in deletes, before and after
a flush and a kill -9; what is refused, and how."""

import pytest
from conftest import DIM, count, ids, vector_index
from pymilvus import DataType, MilvusException
from pymilvus.grpc_gen import milvus_pb2, schema_pb2

NULLS = "nullable" in schema_pb2.FieldSchema.DESCRIPTOR.fields_by_name
TEMPLATES = "expr_template_values" in milvus_pb2.QueryRequest.DESCRIPTOR.fields_by_name
ROWS = 40
ELEMENTS = {
    "b": DataType.BOOL,
    "i8": DataType.INT8,
    "i16": DataType.INT16,
    "i32": DataType.INT32,
    "i64": DataType.INT64,
    "f": DataType.FLOAT,
    "d": DataType.DOUBLE,
    "s": DataType.VARCHAR,
}


def make(client, name):
    schema = client.create_schema(auto_id=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    for element, data_type in ELEMENTS.items():
        members = {"nullable": True} if NULLS else {}
        if element == "s":
            members["max_length"] = 16
        schema.add_field(element, DataType.ARRAY, element_type=data_type, max_capacity=8, **members)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)


def is_null(i):
    return NULLS and i % 7 == 6


def numbers(i):
    """[], [1], [2, 3], [3, 4, 5], [], ... of growing first elements."""
    return [i + k for k in range(i % 4)]


def row(i):
    values = dict.fromkeys(ELEMENTS)
    if not is_null(i):
        own = numbers(i)
        values = {
            "b": [n % 2 == 0 for n in own],
            "i8": own,
            "i16": [-n for n in own],
            "i32": own + own,
            "i64": [n << 40 for n in own],
            "f": [n / 4 for n in own],
            "d": [n / 10 for n in own],
            "s": [f"k{n}" for n in own],
        }
    return {"id": i, "vector": [float(i)] + [0.0] * (DIM - 1), **values}


def known(predicate):
    """Of rows that are not null, with their numbers."""
    return lambda i: not is_null(i) and predicate(numbers(i))


def first(predicate):
    """Of rows with a first element."""
    return known(lambda own: len(own) > 0 and predicate(own[0]))


CASES = [
    ("i8[0] == 5", {}, first(lambda n: n == 5)),
    ("i8[0] != 5", {}, first(lambda n: n != 5)),
    ("not (i8[0] == 5)", {}, first(lambda n: n != 5)),
    ("i8[1] > 10", {}, known(lambda own: len(own) > 1 and own[1] > 10)),
    ("i8[7] == 0 or i8[7] != 0", {}, lambda i: False),
    ("i16[0] <= -20", {}, first(lambda n: n >= 20)),
    ("3 < i32[0] < 10", {}, first(lambda n: 3 < n < 10)),
    ("i32[0] in [1, 5, 9, 1000]", {}, first(lambda n: n in (1, 5, 9))),
    ("i32[0] not in [1, 5]", {}, first(lambda n: n not in (1, 5))),
    ("i32[0] % 5 == 2", {}, first(lambda n: n % 5 == 2)),
    ("i64[0] / 1099511627776 == 9", {}, first(lambda n: n == 9)),
    ("i64[0] == 9895604649984", {}, first(lambda n: n == 9)),
    ("b[0] == true", {}, first(lambda n: n % 2 == 0)),
    ("b[0] in [false]", {}, first(lambda n: n % 2 == 1)),
    ("f[0] >= 2.5", {}, first(lambda n: n >= 10)),
    ("f[0] * 4 == 9", {}, first(lambda n: n == 9)),
    ("d[0] == 0.1", {}, first(lambda n: n == 1)),
    ("d[0] in [0.5, 1]", {}, first(lambda n: n in (5, 10))),
    ('s[0] == "k5"', {}, first(lambda n: n == 5)),
    ('s[0] like "k1%"', {}, first(lambda n: str(n).startswith("1"))),
    ('s[1] =~ "^k.$"', {}, known(lambda own: len(own) > 1 and own[1] < 10)),
    ('s[0] in ["k1", "k13"]', {}, first(lambda n: n in (1, 13))),
    ('s[0] < "k2"', {}, first(lambda n: f"k{n}" < "k2")),
    ("i8[0] < id", {}, lambda i: False),
    ("i8[1] > id", {}, known(lambda own: len(own) > 1)),
    ("array_contains(i8, 10)", {}, known(lambda own: 10 in own)),
    ("ARRAY_CONTAINS(i8, 10)", {}, known(lambda own: 10 in own)),
    ("json_contains(i8, 10)", {}, known(lambda own: 10 in own)),
    ("not array_contains(i8, 10)", {}, known(lambda own: 10 not in own)),
    ("array_contains(i8, 1000)", {}, lambda i: False),
    ("array_contains(i16, -10)", {}, known(lambda own: 10 in own)),
    ("array_contains_all(i32, [10, 11, 10])", {}, known(lambda own: {10, 11} <= set(own))),
    ("JSON_CONTAINS_ALL(i32, [10, 11])", {}, known(lambda own: {10, 11} <= set(own))),
    ("array_contains_any(i64, [10995116277760, 3])", {}, known(lambda own: 10 in own)),
    ("json_contains_any(i8, [3, 30, 300])", {}, known(lambda own: 3 in own or 30 in own)),
    ("array_contains_all(b, [true, false])", {}, known(lambda own: len(own) > 1)),
    ("array_contains(b, false)", {}, known(lambda own: any(n % 2 for n in own))),
    ("array_contains_any(f, [2.5, 1])", {}, known(lambda own: 10 in own or 4 in own)),
    ("array_contains_all(d, [1, 1.1])", {}, known(lambda own: {10, 11} <= set(own))),
    ('array_contains(s, "k10")', {}, known(lambda own: 10 in own)),
    ('array_contains_all(s, ["k10", "k11"])', {}, known(lambda own: {10, 11} <= set(own))),
    ('ARRAY_CONTAINS_ANY(s, ["k10", "x"])', {}, known(lambda own: 10 in own)),
    ("array_contains_all(s, [])", {}, known(lambda own: True)),
    ("array_contains_any(s, [])", {}, lambda i: False),
    ("array_length(i8) == 0", {}, known(lambda own: not own)),
    ("array_length(i32) >= 4", {}, known(lambda own: len(own) >= 2)),
    ("2 != ARRAY_LENGTH(s)", {}, known(lambda own: len(own) != 2)),
    ("i8 == [10, 11]", {}, known(lambda own: own == [10, 11])),
    ("i8 != [10, 11]", {}, known(lambda own: own != [10, 11])),
    ("i8 == [11, 10]", {}, lambda i: False),
    ("i8 == []", {}, known(lambda own: not own)),
    ("f == [2.5, 2.75]", {}, known(lambda own: own == [10, 11])),
    ("d == [0.9]", {}, known(lambda own: own == [9])),
    ('s == ["k10", "k11"]', {}, known(lambda own: own == [10, 11])),
    ("b == [true, false]", {}, known(lambda own: [n % 2 for n in own] == [0, 1])),
    ("i8 is null", {}, is_null),
    ("i8 is not null and array_length(i8) < 2", {}, known(lambda own: len(own) < 2)),
    ('array_contains(i8, 10) and s[0] == "k10"', {}, first(lambda n: n == 10)),
    ("array_contains(i8, 10) or i8 is null", {}, lambda i: is_null(i) or 10 in numbers(i)),
    ("i8[0] == {x}", {"x": 5}, first(lambda n: n == 5)),
    ("i32[0] in {list}", {"list": [1, 5, 7]}, first(lambda n: n in (1, 5, 7))),
    ("f[0] in {list}", {"list": [0.25, 2.25]}, first(lambda n: n in (1, 9))),
    ("s[0] like {pattern}", {"pattern": "k1%"}, first(lambda n: str(n).startswith("1"))),
    ("array_contains(i8, {x})", {"x": 10}, known(lambda own: 10 in own)),
    ("array_contains(s, {x})", {"x": "k10"}, known(lambda own: 10 in own)),
    ("array_contains(b, {x})", {"x": True}, known(lambda own: any(n % 2 == 0 for n in own))),
    ("array_contains_any(f, {list})", {"list": [2.5]}, known(lambda own: 10 in own)),
    ("array_contains_all(i32, {list})", {"list": [10, 11]}, known(lambda own: {10, 11} <= set(own))),
    ("json_contains_all(s, {list})", {"list": ["k10", "k11"]}, known(lambda own: {10, 11} <= set(own))),
    ("array_length(i8) > {x}", {"x": 1}, known(lambda own: len(own) > 1)),
    ("i8 == {list}", {"list": [10, 11]}, known(lambda own: own == [10, 11])),
    ("s != {list}", {"list": ["k10", "k11"]}, known(lambda own: own != [10, 11])),
]


def test_reads(settled):
    client, settle = settled
    make(client, "c")
    client.insert("c", [row(i) for i in range(ROWS)])
    client = settle("c")
    for filter, values, wanted in CASES:
        if values and not TEMPLATES:
            continue
        expected = [i for i in range(ROWS) if wanted(i)]
        given = {"filter_params": values} if values else {}
        assert ids(client.query("c", filter=filter, output_fields=["id"], **given)) == expected, filter
        assert count(client, "c", filter, **given) == len(expected), filter
        found = client.search("c", data=[[0.0] * DIM], filter=filter, limit=ROWS, output_fields=["id"], **given)
        assert [hit["id"] for hit in found[0]] == expected, filter


def test_growing_and_sealed_rows_together(client, name):
    make(client, name)
    client.insert(name, [row(i) for i in range(20)])
    client.flush(name)
    client.insert(name, [row(i) for i in range(20, ROWS)])
    client.delete(name, filter="id in [2, 25]")
    for filter, values, wanted in CASES:
        if values:
            continue
        expected = [i for i in range(ROWS) if wanted(i) and i not in (2, 25)]
        assert ids(client.query(name, filter=filter, output_fields=["id"])) == expected, filter


def test_deletes(settled):
    client, settle = settled
    make(client, "c")
    client.insert("c", [row(i) for i in range(ROWS)])
    client = settle("c")
    left = set(range(ROWS))
    for filter, wanted in (
        ("array_contains(i8, 10)", known(lambda own: 10 in own)),
        ("i32[0] == 5", first(lambda n: n == 5)),
        ('s[0] like "k3%"', first(lambda n: str(n).startswith("3"))),
        ("array_length(b) == 0", known(lambda own: not own)),
        ("f == [2.25]", known(lambda own: own == [9])),
    ):
        client.delete("c", filter=filter)
        left -= {i for i in left if wanted(i)}
        assert ids(client.query("c", filter="id >= 0", output_fields=["id"])) == sorted(left), filter


@pytest.mark.skipif(not TEMPLATES, reason="this client knows no templates")
def test_deletes_with_templates(client, name):
    make(client, name)
    client.insert(name, [row(i) for i in range(10)])
    client.delete(name, filter="array_contains_any(s, {keys})", filter_params={"keys": ["k2", "k9"]})
    wanted = known(lambda own: 2 in own or 9 in own)
    assert ids(client.query(name, filter="id >= 0", output_fields=["id"])) == [i for i in range(10) if not wanted(i)]


REFUSED = [
    ('i8["a"] == 1', "can only access array field with integer index"),
    ('i8["0"] == 1', "can only access array field with integer index"),
    ("i8[0][1] == 1", "Int8 data type not supported accessed with []"),
    ('i8[0] == "a"', "comparisons between Int8 and VarChar are not supported"),
    ("i8[0] == 1.5", "cannot cast value to Int8"),
    ('i8[0] in ["a"]', "in list cannot be casted to Int8"),
    ('i8[0] like "a"', "like operation on non-string or no-json field is unsupported"),
    ("s[0] + 1 == 2", "arithmetic between VarChar and Int64 is not supported"),
    ("i8[0] / 0 == 1", "division or modulus by zero"),
    ("f[0] % 2 == 1", "modulo can only apply on integer types"),
    ("i8[0] is null", "IsNull/IsNotNull operations are not supported on array elements"),
    ("exists i8[0]", "exists operations are only supportted on json field"),
    ("i8 == 1", "comparisons between Array and Int64 are not supported"),
    ("i8 < [1]", "can not comparisons array fields directly"),
    ("i8 == i16", "can not comparisons array fields directly"),
    ("1 < i8 < 3", "can not comparisons array fields directly"),
    ('i8 == ["a"]', "can't compare between array element type: Int8 and VarChar"),
    ("array_contains(i8, 'a')", "can't compare between array element type: Int8 and VarChar"),
    ("array_contains(s, 1)", "can't compare between array element type: VarChar and Int64"),
    ("array_contains(i8, [1])", "can't compare between array element type: Int8 and Array"),
    ("array_contains_any(b, [true, 1])", "can't compare between array element type: Bool and Int64"),
    ("array_contains_all(i8, 1)", "operation element must be an array"),
    ("array_contains(i8[0], 1)", "contains operation are only supported on json or array fields now"),
    ("array_contains(id, 1)", "contains operation are only supported on json or array fields now"),
    ("Array_contains(i8, 1)", "function Array_contains not found"),
    ("array_length(i8) == 'a'", "comparisons between Int64 and VarChar are not supported"),
    ("array_length(id) == 1", "array_length operation are only supported on json or array fields now"),
    ("empty(s)", "function empty needs a VarChar field"),
    ("i8", "predicate is not a boolean expression"),
    ("b[0]", "predicate is not a boolean expression"),
]


def test_refusals(client, name):
    make(client, name)
    client.insert(name, [row(1)])
    for filter, phrase in REFUSED:
        for call in (
            lambda f: client.query(name, filter=f),
            lambda f: client.search(name, data=[[0.0] * DIM], filter=f, limit=1),
            lambda f: client.delete(name, filter=f),
        ):
            with pytest.raises(MilvusException) as caught:
                call(filter)
            assert caught.value.code == 1100, filter
            assert phrase in caught.value.message, filter
    assert count(client, name) == 1
