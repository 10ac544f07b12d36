"""Nulls and default values: what is stored, what comes back, what filters say of it; before and after a restart."""

import numpy as np
import pytest
from conftest import DIM, ids, vector_index
from pymilvus import DataType
from pymilvus.grpc_gen import schema_pb2
from raw import INT64, VARCHAR, Raw, column, expect_ok, expect_refused, field, vector_column

if "nullable" not in schema_pb2.FieldSchema.DESCRIPTOR.fields_by_name:
    pytest.skip("this client knows neither nulls nor default values", allow_module_level=True)

TYPES = {
    "b": (DataType.BOOL, True, False), "i8": (DataType.INT8, -8, 7), "i16": (DataType.INT16, -1600, 5), "i32": (DataType.INT32, 2**31 - 1, 0),
    "i64": (DataType.INT64, -(2**63), 1), "f": (DataType.FLOAT, 1.5, 0.0), "d": (DataType.DOUBLE, 0.1, -2.5), "s": (DataType.VARCHAR, "none", ""),
}  # name: type, default, another value
NARROW = {"i8": np.int8, "i16": np.int16, "i32": np.int32, "f": np.float32}  # by which the client tells the kind of a default


def schema_of(client, nullable, default, names=TYPES, dynamic=False):
    schema = client.create_schema(auto_id=False, enable_dynamic_field=dynamic)
    schema.add_field("id", DataType.INT64, is_primary=True)
    for name in names:
        data_type, value, _ = TYPES[name]
        members = {"max_length": 16} if name == "s" else {}
        if default:
            members["default_value"] = NARROW.get(name, type(value))(value)
        schema.add_field(name, data_type, nullable=nullable, **members)
    if nullable and not default:
        schema.add_field("j", DataType.JSON, nullable=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    return schema


def make(client, name, nullable, default):
    client.create_collection(name, schema=schema_of(client, nullable, default), consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)


def row(i, **values):
    return {"id": i, "vector": [float(i)] * DIM, **values}


def with_all(i):
    return row(i, **{name: other for name, (_, _, other) in TYPES.items()})


def fetch(client, name, **members):
    rows = client.query(name, filter="id >= 0", output_fields=["*"], **members)
    return {r["id"]: r for r in rows}


def test_defaults_are_stored(settled):
    client, settle = settled
    make(client, "c", nullable=False, default=True)
    client.insert("c", [row(0), with_all(1), row(2, **dict.fromkeys(TYPES))])
    client = settle("c")
    got = fetch(client, "c")
    for name, (data_type, default, other) in TYPES.items():
        assert got[0][name] == pytest.approx(default) if data_type is DataType.FLOAT else got[0][name] == default, name
        assert got[1][name] == other, name
        assert got[2][name] == got[0][name], name
    assert ids(client.query("c", filter='s == "none"')) == [0, 2]
    assert ids(client.query("c", filter="i64 == -9223372036854775808")) == [0, 2]
    assert ids(client.query("c", filter="i8 > 0")) == [1]
    assert ids(client.query("c", filter="b == true and i16 < 0")) == [0, 2]
    assert ids(client.query("c", filter="d is null")) == []


def test_nullable_with_default_stores_the_default(settled):
    client, settle = settled
    make(client, "c", nullable=True, default=True)
    client.insert("c", [row(0), with_all(1), row(2, **dict.fromkeys(TYPES))])
    client = settle("c")
    got = fetch(client, "c")
    assert got[0]["s"] == got[2]["s"] == "none" and got[1]["s"] == ""
    assert got[0]["i64"] == -(2**63) and got[2]["b"] is True and got[1]["b"] is False
    assert ids(client.query("c", filter="i8 is null or s is null")) == []


def test_nulls_come_back(settled):
    client, settle = settled
    make(client, "c", nullable=True, default=False)
    client.insert("c", [row(0), {**with_all(1), "j": {"a": None}}, row(2, **dict.fromkeys(TYPES), j=None), {**with_all(3), "j": [1, 2]}])
    client = settle("c")
    got = fetch(client, "c")
    for name in [*TYPES, "j"]:
        assert got[0][name] is None and got[2][name] is None, name
        assert got[1][name] is not None and got[3][name] is not None, name
    assert got[1]["j"] == {"a": None} and got[3]["j"] == [1, 2]
    hits = client.search("c", data=[[0.0] * DIM], limit=4, output_fields=["*"])[0]
    assert [h["entity"]["i32"] for h in hits] == [None, 0, None, 0]
    assert client.query("c", filter="id == 1", output_fields=["i32", "s"])[0]["s"] == ""


THREE_VALUED = {
    "i64 is null": [0, 2], "i64 is not null": [1, 3], "not (i64 is null)": [1, 3], "i64 == 1": [1, 3], "i64 != 1": [], "not (i64 == 1)": [],
    "i64 != 5": [1, 3], "not (i64 == 5)": [1, 3], "i64 in [1, 2]": [1, 3], "i64 not in [5]": [1, 3], "not (i64 in [5])": [1, 3],
    "i64 == 1 or id == 0": [0, 1, 3], "i64 == 1 and id < 2": [1], "not (i64 == 5 and id > 0)": [0, 1, 3], "not (i64 == 5 or id == 0)": [1, 3],
    "0 <= i64 <= 9": [1, 3], "i64 + 1 == 2": [1, 3], "i64 < d": [], "i64 > d": [1, 3], "s like '%'": [1, 3], "not (s like 'a%')": [1, 3],
    "j is null": [0, 2], "j is not null": [1, 3], "f == 0": [1, 3], "b == false": [1, 3], "b != true": [1, 3], "i8 == 7 and i16 == 5 and i32 == 0": [1, 3],
    "i64 is null and s is null and id > 0": [2], "i64 is null or s == 'x'": [0, 2], "id >= 0 and (i64 == 1 or i64 is null)": [0, 1, 2, 3],
}  # fmt: skip


def test_three_valued_logic(settled):
    client, settle = settled
    make(client, "c", nullable=True, default=False)
    client.insert("c", [row(0), {**with_all(1), "j": {}}, row(2), {**with_all(3), "j": {}}])
    client = settle("c")
    wrong = {}
    for filter, expected in THREE_VALUED.items():
        found = ids(client.query("c", filter=filter))
        hits = sorted(h["id"] for h in client.search("c", data=[[0.0] * DIM], limit=10, filter=filter)[0])
        if found != expected or hits != expected:
            wrong[filter] = (found, hits, expected)
    assert not wrong
    assert client.delete("c", filter="i64 is null")["delete_count"] == 2
    assert sorted(fetch(client, "c")) == [1, 3]


def test_upsert_with_nulls_and_defaults(client, name):
    make(client, name, nullable=False, default=True)
    client.insert(name, [with_all(1)])
    client.upsert(name, [row(1, s=None), row(2)])
    got = fetch(client, name)
    assert got[1]["s"] == got[2]["s"] == "none" and got[1]["i8"] == -8


def test_description(client, name):
    make(client, name, nullable=True, default=True)
    described = {f["name"]: f for f in client.describe_collection(name)["fields"]}
    for field_name, (data_type, default, _) in TYPES.items():
        value = described[field_name]["default_value"]
        member = value.WhichOneof("data")
        assert getattr(value, member) == pytest.approx(default) if data_type is DataType.FLOAT else getattr(value, member) == default
        assert described[field_name]["nullable"] is True
    assert described["id"].get("default_value") is None and not described["id"].get("nullable")
    client.create_collection(name, schema=schema_of(client, True, True))  # the same again
    assert client.describe_collection(name)["fields"] == list(described.values())


def test_a_default_of_zero_is_a_default(client, name):
    schema = client.create_schema(auto_id=True)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("zero", DataType.INT64, default_value=0)
    schema.add_field("no", DataType.BOOL, default_value=False)
    schema.add_field("empty", DataType.VARCHAR, max_length=4, default_value="")
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    client.insert(name, [{"vector": [0.0] * DIM}])
    got = client.query(name, filter="id != 0", output_fields=["zero", "no", "empty"])[0]
    assert (got["zero"], got["no"], got["empty"]) == (0, False, "")


# ---- below the client


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


@pytest.fixture
def target(raw, client, name):
    fields = [field("id", INT64, primary=True), field("n", INT64), field("s", VARCHAR, max_length=8), field("plain", INT64), field("vector", 101, dim=DIM)]
    fields[1].nullable = True
    fields[2].default_value.string_data = "none"
    expect_ok(raw.create_collection(name, fields, consistency_level=0))
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    return name


def columns(rows=3, **changes):
    merged = {
        "id": column("id", INT64, range(rows)), "n": column("n", INT64, [5], valid_data=[False, True, False]),
        "s": column("s", VARCHAR, ["a", "b"], valid_data=[True, False, True]), "plain": column("plain", INT64, range(rows)),
        "vector": vector_column("vector", [[0.0] * DIM] * rows), **changes,
    }  # fmt: skip
    return [c for c in merged.values() if c is not None]


def test_compact_input_and_full_output(raw, target):
    expect_ok(raw.insert(target, columns(), 3))
    answer = expect_ok(raw.query(target, "id >= 0", ["n", "s", "plain"]))
    got = {f.field_name: f for f in answer.fields_data}
    assert list(got["n"].scalars.long_data.data)[1] == 5 and len(got["n"].scalars.long_data.data) == 3
    assert list(got["n"].valid_data) == [False, True, False]
    assert list(got["s"].scalars.string_data.data) == ["a", "none", "b"] and list(got["s"].valid_data) == []
    assert list(got["plain"].valid_data) == []
    answer = expect_ok(raw.query(target, "id == 1", ["n"]))
    got = {f.field_name: f for f in answer.fields_data}
    assert list(got["n"].valid_data) == [True], "a nullable column says so even without a null"


def test_absent_columns(raw, target):
    expect_ok(raw.insert(target, columns(n=None, s=None), 3))
    got = {f.field_name: f for f in expect_ok(raw.query(target, "id >= 0", ["n", "s"])).fields_data}
    assert list(got["n"].valid_data) == [False] * 3
    assert list(got["s"].scalars.string_data.data) == ["none"] * 3


def test_all_true_for_a_field_that_knows_no_nulls(raw, target):
    expect_ok(raw.insert(target, columns(plain=column("plain", INT64, range(3), valid_data=[True] * 3)), 3))


WRONG = {
    "too-many-values": ({"n": column("n", INT64, [5, 6], valid_data=[False, True, False])}, "the length of field is wrong"),
    "too-few-values": ({"s": column("s", VARCHAR, ["a"], valid_data=[True, False, True])}, "the length of field is wrong"),
    "valid-short": ({"n": column("n", INT64, [5], valid_data=[True])}, "the length of valid_data of field(n) is wrong"),
    "valid-long": ({"n": column("n", INT64, [5], valid_data=[True, False, False, False])}, "the length of valid_data of field(n) is wrong"),
    "valid-missing": ({"n": column("n", INT64, [1, 2, 3])}, "the length of valid_data of field(n) is wrong"),
    "valid-missing-default": ({"s": column("s", VARCHAR, ["a", "b", "c"])}, "the length of valid_data of field(s) is wrong"),
    "null-in-plain": ({"plain": column("plain", INT64, [1, 2], valid_data=[True, False, True])}, "the length of valid_data of field(plain) is wrong"),
    "absent-plain": ({"plain": None}, "fieldSchema(plain) has no corresponding fieldData pass in"),
    "null-key": ({"id": column("id", INT64, [1, 2], valid_data=[True, False, True])}, "the length of valid_data of field(id) is wrong"),
}  # fmt: skip


@pytest.mark.parametrize("method", ["Insert", "Upsert"])
@pytest.mark.parametrize("case", WRONG)
def test_wrong_counts(raw, target, case, method):
    changes, phrase = WRONG[case]
    expect_refused(raw.insert(target, columns(**changes), 3, method=method), 1100, phrase)
    assert expect_ok(raw.query(target, "", ["count(*)"])).fields_data[0].scalars.long_data.data[0] == 0
