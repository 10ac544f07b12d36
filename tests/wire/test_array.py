"""Array fields: what is stored and comes back, for every element type, before and after a flush and a kill -9; what is refused."""

import time

import pytest
from client_calls import ask, needs
from conftest import CLIENT, DIM, count, ids, vector_index
from pymilvus import DataType
from pymilvus.grpc_gen import schema_pb2
from raw import (
    ARRAY,
    BOOL,
    DOUBLE,
    FLOAT,
    INT8,
    INT16,
    INT32,
    INT64,
    JSON,
    SCALAR_MEMBER,
    VARCHAR,
    Raw,
    array_column,
    column,
    expect_ok,
    expect_refused,
    field,
    vector_column,
)

NULLS = "nullable" in schema_pb2.FieldSchema.DESCRIPTOR.fields_by_name
CAPACITY, LENGTH = 6, 8
ELEMENTS = {
    "b": (DataType.BOOL, [True, False, False]),
    "i8": (DataType.INT8, [-128, 127, 0, 5]),
    "i16": (DataType.INT16, [-32768, 32767]),
    "i32": (DataType.INT32, [-(2**31), 2**31 - 1, -1]),
    "i64": (DataType.INT64, [-(2**63), 2**63 - 1, 300]),
    "f": (DataType.FLOAT, [1.5, -0.25, 3.0e38]),
    "d": (DataType.DOUBLE, [0.1, -1e300, 0.0]),
    "s": (DataType.VARCHAR, ["", "kite", "h\u00e9", "12345678"]),
}
ORIGIN = [0.0] * DIM


def make(client, name, nullable=False, names=ELEMENTS):
    schema = client.create_schema(auto_id=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    for element in names:
        members = {"nullable": True} if nullable else {}
        if element == "s":
            members["max_length"] = LENGTH
        schema.add_field(element, DataType.ARRAY, element_type=ELEMENTS[element][0], max_capacity=CAPACITY, **members)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)


def row(i, turn=0, names=ELEMENTS, **changes):
    """Elements turned by `turn`, so that rows differ; as many as the field takes when `turn` is negative."""
    values = {}
    for element in names:
        own = ELEMENTS[element][1]
        values[element] = (own * CAPACITY)[:CAPACITY] if turn < 0 else own[turn % len(own) :] + own[: turn % len(own)]
    return {"id": i, "vector": [float(i)] + ORIGIN[1:], **values, **changes}


def fetch(client, name, **members):
    rows = client.query(name, filter="id >= 0", output_fields=["*"], **members)
    return {r["id"]: r for r in rows}


def check(got, expected, names=ELEMENTS):
    for element in names:
        found = None if got[element] is None else list(got[element])
        wanted = expected[element]
        if element == "f" and wanted is not None:
            wanted = pytest.approx(wanted)
        assert found == wanted, (expected["id"], element)


def test_arrays_come_back(settled):
    client, settle = settled
    make(client, "c")
    empty = dict.fromkeys(ELEMENTS, [])
    rows = [row(0), row(1, 1), row(2, **empty), row(3, -1)]
    client.insert("c", rows)
    client = settle("c")
    got = fetch(client, "c")
    for expected in rows:
        check(got[expected["id"]], expected)
        check(client.get("c", ids=[expected["id"]])[0], expected)
    hits = client.search("c", data=[ORIGIN], limit=4, output_fields=["*"])[0]
    assert [h["id"] for h in hits] == [0, 1, 2, 3]
    for hit in hits:
        check(hit["entity"], rows[hit["id"]])
    only = client.query("c", filter="id == 3", output_fields=["s"])[0]
    assert list(only["s"]) == rows[3]["s"] and "i64" not in only


@pytest.mark.skipif(not NULLS, reason="this client knows no nulls")
def test_nulls_come_back(settled):
    client, settle = settled
    make(client, "c", nullable=True)
    nothing = dict.fromkeys(ELEMENTS)
    absent = {"id": 1, "vector": ORIGIN}
    client.insert("c", [row(0, **nothing)])
    client.insert("c", [absent])
    client.insert("c", [row(2), row(3, **nothing), row(4, **dict.fromkeys(ELEMENTS, [])), row(5, -1)])
    client = settle("c")
    got = fetch(client, "c")
    for i in (0, 1, 3):
        check(got[i], row(i, **nothing))
    check(got[2], row(2))
    check(got[4], row(4, **dict.fromkeys(ELEMENTS, [])))
    check(got[5], row(5, -1))
    for element in ELEMENTS:
        assert ids(client.query("c", filter=f"{element} is null")) == [0, 1, 3], element
        assert ids(client.query("c", filter=f"{element} is not null")) == [2, 4, 5], element
    hits = client.search("c", data=[ORIGIN], limit=6, output_fields=["i8", "s"])[0]
    if CLIENT != (2, 5):  # which shows an empty list
        assert sum(h["entity"]["i8"] is None for h in hits) == 3


def test_upsert_and_delete(settled):
    client, settle = settled
    make(client, "c")
    client.insert("c", [row(i) for i in range(6)])
    client.flush("c")
    client.upsert("c", [row(1, -1), row(2, **dict.fromkeys(ELEMENTS, [])), row(9, 1)])
    client.delete("c", filter="id in [3, 4]")
    client = settle("c")
    got = fetch(client, "c")
    assert sorted(got) == [0, 1, 2, 5, 9]
    check(got[0], row(0))
    check(got[1], row(1, -1))
    check(got[2], row(2, **dict.fromkeys(ELEMENTS, [])))
    check(got[9], row(9, 1))


def test_compaction_keeps_arrays(client, name):
    needs(client, "compact", "get_compaction_state")
    make(client, name)
    for begin in (0, 20, 40):
        client.insert(name, [row(i, i) for i in range(begin, begin + 20)])
        client.flush(name)
    client.delete(name, filter="id in [3, 23, 43]")
    before = fetch(client, name)
    compaction = client.compact(name)
    for _ in range(400):
        if client.get_compaction_state(compaction) == "Completed":
            break
        time.sleep(0.05)
    assert client.get_compaction_state(compaction) == "Completed"
    got = fetch(client, name)
    assert sorted(got) == sorted(before) and len(got) == 57
    for i in got:
        check(got[i], row(i, i))


def test_iterator_pages(client, name):
    needs(client, "query_iterator")
    make(client, name)
    client.insert(name, [row(i, i) for i in range(50)])
    pages = client.query_iterator(name, batch_size=7, filter="id >= 0", output_fields=["i16", "s"])
    seen = {}
    while page := pages.next():
        seen.update({r["id"]: r for r in page})
    pages.close()
    assert len(seen) == 50
    for i, got in seen.items():
        check(got, row(i, i), names=["i16", "s"])


def test_description(client, name):
    make(client, name)
    described = {f["name"]: f for f in client.describe_collection(name)["fields"]}
    for element, (data_type, _) in ELEMENTS.items():
        assert described[element]["type"] == DataType.ARRAY
        assert described[element]["element_type"] == data_type, element
        assert int(described[element]["params"]["max_capacity"]) == CAPACITY
    assert int(described["s"]["params"]["max_length"]) == LENGTH


def test_scalar_indexes(client, name):
    make(client, name)
    for element in ELEMENTS:
        index = client.prepare_index_params()
        index.add_index(field_name=element, index_type="INVERTED")
        client.create_index(name, index)
        assert client.describe_index(name, element)["index_type"] == "INVERTED"
    client.insert(name, [row(1)])
    check(fetch(client, name)[1], row(1))


# ---- below the client


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


def texts_of(answer):
    arrays = next(f for f in answer.fields_data if f.field_name == "s").scalars.array_data
    assert arrays.element_type == VARCHAR
    return [list(r.string_data.data) for r in arrays.data]


def test_older_states_have_their_arrays(raw, client, name):
    make(client, name, names=["s"])
    client.insert(name, [row(1, names=["s"])])
    ts = expect_ok(ask(raw, "AllocTimestamp")).timestamp
    client.upsert(name, [row(1, -1, names=["s"])])
    for moment, expected in ((ts, row(1)), (0, row(1, -1))):
        answer = raw.query(name, filter="id == 1", output_fields=["s"], consistency_level=0, travel_timestamp=moment)
        assert texts_of(expect_ok(answer)) == [expected["s"]]


def array_field(name, element, nullable=False, **params):
    made = field(name, ARRAY, **params)
    made.element_type = element
    if nullable:
        made.nullable = True
    return made


KEY = field("id", INT64, primary=True)
VECTOR = field("vector", 101, dim=DIM)


def create(raw, name, *fields):
    return raw.create_collection(name, [KEY, *fields, VECTOR], consistency_level=0)


def load(raw, client, name):
    expect_ok(raw.create_index(name, "vector", index_type="FLAT", metric_type="L2"))
    client.load_collection(name)


def insert(raw, name, arrays, rows, **members):
    columns = [column("id", INT64, range(rows)), arrays, vector_column("vector", [ORIGIN] * rows)]
    return raw.insert(name, columns, rows, **members)


def test_bad_schemas(raw, name):
    ok = {"max_capacity": 3}
    for bad, codes, phrase in (
        (array_field("a", JSON, **ok), 1100, "element type JSON is not supported"),
        (array_field("a", 0, **ok), 1100, "element type None is not supported"),
        (array_field("a", ARRAY, **ok), 1100, "element type Array is not supported"),
        (array_field("a", INT64), 1101, "type param(max_capacity) should be specified for array field"),
        (array_field("a", INT64, max_capacity="x"), 1100, "the maximum capacity specified for a Array should be in (0, 4096]"),
        (array_field("a", VARCHAR, **ok), 1101, "type param(max_length) should be specified for the field(a)"),
        (array_field("a", VARCHAR, max_length=0, **ok), 1100, "the maximum length specified for the field(a)"),
    ):
        expect_refused(create(raw, name, bad), codes, phrase)
    key = array_field("id", INT64, **ok)
    key.is_primary_key = True
    expect_refused(raw.create_collection(name, [key, VECTOR]), 1100, "the data type of primary key should be Int64 or VarChar")
    if NULLS:
        filled = array_field("a", INT64, **ok)
        filled.default_value.long_data = 1
        expect_refused(create(raw, name, filled), 1100, "type not support default_value")


LIMITS = {
    "capacity": (INT64, [[1], [1, 2, 3, 4]], "array length exceeds max capacity"),
    "far-beyond": (BOOL, [[True] * 5000, []], "array length exceeds max capacity"),
    "length": (VARCHAR, [["a", "123456789"], []], "length of varchar field a exceeds max length, row number: 0, length: 9, max length: 8"),
    "int8": (INT8, [[], [0, 128]], "the 1th element (128) out of range: [-128, 127]"),
    "int16": (INT16, [[-32769], []], "the 0th element (-32769) out of range: [-32768, 32767]"),
    "nan": (DOUBLE, [[float("nan")], []], "value 'NaN' is not a number or infinity"),
    "infinite": (FLOAT, [[1.0, float("inf")], []], "is not a number or infinity"),
}


@pytest.mark.parametrize("what", sorted(LIMITS))
def test_limits(raw, client, name, what):
    element, rows, phrase = LIMITS[what]
    expect_ok(create(raw, name, array_field("a", element, max_capacity=3, max_length=LENGTH)))
    load(raw, client, name)
    for method in ("Insert", "Upsert"):
        expect_refused(insert(raw, name, array_column("a", element, rows), len(rows), method=method), 1100, phrase)
    assert count(client, name) == 0


def test_wrong_element_types(raw, client, name):
    expect_ok(create(raw, name, array_field("a", INT64, max_capacity=3)))
    load(raw, client, name)
    values = {BOOL: [True], INT32: [1], FLOAT: [1.0], DOUBLE: [1.0], VARCHAR: ["x"], JSON: [b"{}"]}
    for element, value in values.items():
        expect_refused(insert(raw, name, array_column("a", element, [value]), 1), 1100, "a")
    mixed = array_column("a", INT64, [[1], [2]])
    mixed.scalars.array_data.data[1].string_data.data.append("x")
    expect_refused(insert(raw, name, mixed, 2), 1100, "different element types")
    expect_refused(insert(raw, name, column("a", INT64, [1]), 1), 1100, "doesn't match its schema")
    expect_refused(insert(raw, name, array_column("a", INT64, [[1]]), 2), 1100, "the num_rows (1) of field (a) is not equal to passed num_rows (2)")
    assert count(client, name) == 0
    silent = array_column("a", INT64, [[1]])
    silent.scalars.array_data.element_type = 0
    expect_ok(insert(raw, name, silent, 1))
    assert count(client, name) == 1


@pytest.mark.skipif(not NULLS, reason="this client knows no nulls")
def test_compact_rows(raw, client, name):
    expect_ok(create(raw, name, array_field("a", INT16, nullable=True, max_capacity=3)))
    load(raw, client, name)
    valid = [True, False, False, True]
    expect_ok(insert(raw, name, array_column("a", INT16, [[1, 2], []], valid_data=valid), 4))
    expect_refused(insert(raw, name, array_column("a", INT16, [[1]], valid_data=valid), 4), 1100, "the length of field is wrong")
    answer = expect_ok(raw.query(name, filter="id >= 0", output_fields=["a"], consistency_level=0))
    found = next(f for f in answer.fields_data if f.field_name == "a")
    assert found.type == ARRAY and list(found.valid_data) == valid
    assert found.scalars.array_data.element_type == INT16
    assert [list(r.int_data.data) for r in found.scalars.array_data.data] == [[1, 2], [], [], []]


@pytest.mark.parametrize("element", [BOOL, INT8, INT16, INT32, INT64, FLOAT, DOUBLE, VARCHAR])
def test_answers_name_the_element_type(raw, client, name, element):
    expect_ok(create(raw, name, array_field("a", element, max_capacity=3, max_length=LENGTH)))
    load(raw, client, name)
    for rows in (0, 2):
        if rows:
            expect_ok(insert(raw, name, array_column("a", element, [[]] * rows), rows))
        answer = expect_ok(raw.query(name, filter="id >= 0", output_fields=["a"], consistency_level=0))
        found = next(f for f in answer.fields_data if f.field_name == "a")
        assert found.type == ARRAY and found.scalars.WhichOneof("data") == "array_data"
        assert found.scalars.array_data.element_type == element
        assert len(found.scalars.array_data.data) == rows
        assert all(r.WhichOneof("data") == SCALAR_MEMBER[element] for r in found.scalars.array_data.data)


def test_alter_limits(raw, client, name):
    needs(client, "alter_collection_field")
    make(client, name, names=["s"])
    longer = row(1, names=["s"], s=["123456789"] * (CAPACITY + 1))
    with pytest.raises(Exception, match="exceeds max capacity"):
        client.insert(name, [longer])
    client.alter_collection_field(name, "s", {"max_capacity": CAPACITY + 1, "max_length": LENGTH + 1})
    client.insert(name, [longer])
    assert list(client.query(name, filter="id == 1", output_fields=["s"])[0]["s"]) == longer["s"]
