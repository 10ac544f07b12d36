"""Query: filters by type, output fields, paging, count(*), the reply on the wire."""

import pytest
from conftest import DIM, count, ids, simple_row, simple_schema, vector_index
from pymilvus import DataType, MilvusClient, MilvusException
from pymilvus.grpc_gen import milvus_pb2
from raw import INT64, VARCHAR, Raw, column, expect_ok, vector_column

ROWS = 200


@pytest.fixture(scope="module")
def table(shared_server):
    """One collection for the module: it is only read."""
    if not shared_server.alive():
        shared_server.process = None
        shared_server.start()
    client = MilvusClient(uri=shared_server.uri)
    name = "query_table"
    client.drop_collection(name)
    schema = simple_schema(client, dynamic=True)
    schema.add_field("i8", DataType.INT8)
    schema.add_field("i32", DataType.INT32)
    schema.add_field("f", DataType.FLOAT)
    schema.add_field("d", DataType.DOUBLE)
    schema.add_field("b", DataType.BOOL)
    schema.add_field("j", DataType.JSON)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    rows = {i: make_row(i) for i in range(ROWS)}
    client.insert(name, [rows[i] for i in range(120)])
    client.flush(name)
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    client.insert(name, [rows[i] for i in range(120, ROWS)])
    yield client, name, rows
    client.close()
    client = MilvusClient(uri=shared_server.uri)  # older clients share a connection that another test may have closed
    client.drop_collection(name)
    client.close()


def make_row(i):
    info = {"n": i, "s": f"s{i % 4}", "b": i % 2 == 0, "f": i / 4, "deep": {"x": [i, i + 1]}, "list": [i % 3, "a"]}
    if i % 10 == 0:
        info = {"other": 1}
    row = simple_row(
        i, tag=f"tag_{i:03d}", i8=i - 100, i32=i * 1000, f=i / 4, d=i / 8, b=i % 3 == 0, j=info, dyn=i % 6
    )
    if i % 7 == 0:
        del row["dyn"]
    return row


def has(i):
    return i % 10 != 0


CASES = [
    ("id == 5", lambda i: i == 5),
    ("5 == id", lambda i: i == 5),
    ("id != 5", lambda i: i != 5),
    ("id > 190", lambda i: i > 190),
    ("190 < id", lambda i: i > 190),
    ("id >= 190 and id <= 195", lambda i: 190 <= i <= 195),
    ("10 < id < 20", lambda i: 10 < i < 20),
    ("10 <= id <= 20", lambda i: 10 <= i <= 20),
    ("20 > id >= 10", lambda i: 10 <= i < 20),
    ("id in [1, 2, 3, 1000]", lambda i: i in (1, 2, 3)),
    ("id in []", lambda i: False),
    ("id not in [1, 2, 3]", lambda i: i not in (1, 2, 3)),
    ("id not in []", lambda i: True),
    ("id == 0x10 or id == 0b11 or id == 017", lambda i: i in (16, 3, 15)),
    ("i8 == -100", lambda i: i == 0),
    ("i8 < -95", lambda i: i < 5),
    ("i8 < 1000", lambda i: True),
    ("i8 > 1000", lambda i: False),
    ("i32 in [0, 1000, 5000]", lambda i: i in (0, 1, 5)),
    ("number + 5 == 105", lambda i: i == 10),
    ("number - 5 > 1900", lambda i: i * 10 - 5 > 1900),
    ("number * 2 < 100", lambda i: i * 20 < 100),
    ("number / 10 == 7", lambda i: i == 7),
    ("id % 7 == 3", lambda i: i % 7 == 3),
    ("i8 % 3 == -1", lambda i: -((100 - i) % 3) == -1 if i < 100 else False),
    ("f < 1.0", lambda i: i / 4 < 1),
    ("f == 2.5", lambda i: i == 10),
    ("f in [0.25, 0.5]", lambda i: i in (1, 2)),
    ("f >= 49", lambda i: i >= 196),
    ("d > 24.5 and d <= 24.75", lambda i: 24.5 < i / 8 <= 24.75),
    ("d * 2.0 == 3.0", lambda i: i == 12),
    ("b == true", lambda i: i % 3 == 0),
    ("b == False and id < 10", lambda i: i % 3 != 0 and i < 10),
    ("b != TRUE", lambda i: i % 3 != 0),
    ("b in [true]", lambda i: i % 3 == 0),
    ('tag == "tag_007"', lambda i: i == 7),
    ("tag == 'tag_007'", lambda i: i == 7),
    ('tag > "tag_195"', lambda i: i > 195),
    ('"tag_003" <= tag < "tag_006"', lambda i: 3 <= i < 6),
    ('tag in ["tag_001", "nothing", "tag_199"]', lambda i: i in (1, 199)),
    ('tag not in ["tag_001"]', lambda i: i != 1),
    ('tag like "tag_00%"', lambda i: i < 10),
    ('tag like "tag_1%"', lambda i: i >= 100),
    ('tag like "tag_007"', lambda i: i == 7),
    ('tag like "%"', lambda i: True),
    ('tag like "TAG%"', lambda i: False),
    ("not (id > 5)", lambda i: i <= 5),
    ("!(id > 5)", lambda i: i <= 5),
    ("not (tag like \"tag_0%\")", lambda i: i >= 100),
    ("id < 3 or id > 197", lambda i: i < 3 or i > 197),
    ("id < 3 || id > 197 && b == true", lambda i: i < 3 or (i > 197 and i % 3 == 0)),
    ("(id < 3 or id > 197) && b == true", lambda i: (i < 3 or i > 197) and i % 3 == 0),
    ("id < 3 OR id > 197 AND NOT (b == true)", lambda i: i < 3 or (i > 197 and i % 3 != 0)),
    ("id < number", lambda i: i < i * 10),
    ("id == number", lambda i: i == 0),
    ("f > d", lambda i: i / 4 > i / 8),
    ("true", lambda i: True),
    ("false", lambda i: False),
    ("id == 3 or true", lambda i: True),
    ('j["n"] == 15', lambda i: i == 15),
    ('j["n"] < 15', lambda i: has(i) and i < 15),
    ('j["n"] != 15', lambda i: has(i) and i != 15),
    ('not (j["n"] == 15)', lambda i: has(i) and i != 15),
    ('j["n"] in [11, 12, 20]', lambda i: i in (11, 12)),
    ('j["n"] not in [11, 12]', lambda i: has(i) and i not in (11, 12)),
    ('j["n"] == 15.0', lambda i: i == 15),
    ('j["f"] == 4', lambda i: i == 16),
    ('j["f"] > 49.0', lambda i: has(i) and i / 4 > 49),
    ('j["s"] == "s1"', lambda i: has(i) and i % 4 == 1),
    ('j["s"] like "s%"', has),
    ('j["s"] == 1', lambda i: False),
    ('j["b"] == true', lambda i: has(i) and i % 2 == 0),
    ('j["deep"]["x"][0] == 33', lambda i: i == 33),
    ("j['deep']['x'][1] == 33", lambda i: i == 32),
    ('j["n"] + 1 == 16', lambda i: i == 15),
    ('j["other"] == 1', lambda i: i % 10 == 0),
    ("dyn == 3", lambda i: i % 7 and i % 6 == 3),
    ("dyn != 3", lambda i: i % 7 and i % 6 != 3),
    ('$meta["dyn"] in [1, 2]', lambda i: i % 7 and i % 6 in (1, 2)),
    ("nothing == 1", lambda i: False),
    ("dyn == 3 or id == 7", lambda i: (i % 7 and i % 6 == 3) or i == 7),
    ("not (dyn == 3 or id == 8)", lambda i: bool(i % 7) and not (i % 6 == 3 or i == 8)),
    ("id > 9223372036854775806", lambda i: False),
    ("id > -9223372036854775808", lambda i: True),
]


@pytest.mark.parametrize("filter, wanted", CASES, ids=[c[0] for c in CASES])
def test_filter(table, filter, wanted):
    client, name, rows = table
    expected = [i for i in rows if wanted(i)]
    assert ids(client.query(name, filter=filter, output_fields=["id"], limit=1000)) == expected
    assert count(client, name, filter) == len(expected)


@pytest.mark.parametrize(
    "filter, wanted",
    [
        ('exists j["n"]', has),
        ('not exists j["n"]', lambda i: not has(i)),
        ('exists j["deep"]["x"]', has),
        ("exists dyn", lambda i: i % 7 != 0),
        ('j["n"] is null', lambda i: not has(i)),
        ('j["n"] is not null', has),
        ("dyn is not null", lambda i: i % 7 != 0),
        ("tag is null", lambda i: False),
        ("tag is not null", lambda i: True),
        ('tag like "%7"', lambda i: i % 10 == 7),
        ('tag like "%_09_"', lambda i: 90 <= i < 100),
        ('json_contains(j["list"], 2)', lambda i: has(i) and i % 3 == 2),
        ('json_contains_any(j["list"], [0, 7])', lambda i: has(i) and i % 3 == 0),
        ('json_contains_all(j["list"], [1, "a"])', lambda i: has(i) and i % 3 == 1),
    ],
)
def test_filter_beyond_the_first_list(table, filter, wanted):
    """Parts of the language that the contract has and the first slice need not: right, or refused as a bad expression."""
    client, name, rows = table
    try:
        got = ids(client.query(name, filter=filter, output_fields=["id"], limit=1000))
    except MilvusException as refused:
        assert refused.code in (10, 1100) and "failed to create query plan" in refused.message
        pytest.skip(f"not built: {refused.message}")
    assert got == [i for i in rows if wanted(i)]


def test_many_terms(table):
    client, name, rows = table
    assert count(client, name, " or ".join(f"id == {i}" for i in range(0, 200, 2))) == 100
    assert count(client, name, f"id in {list(range(100, 20000))}") == 100


def test_templates(server, table):
    client, name, _ = table
    if "filter_params" not in client.query.__code__.co_varnames and "2.4" in __import__("pymilvus").__version__:
        pytest.skip("this client has no templates")
    try:
        got = client.query(name, filter="id in {keys} and tag > {low}", filter_params={"keys": [1, 5, 9], "low": "tag_004"}, output_fields=["id"])
    except MilvusException as refused:
        assert "not implemented" in refused.message
        pytest.skip(f"not built: {refused.message}")
    assert ids(got) == [5, 9]


def test_rows_come_in_key_order_and_in_pages(table):
    client, name, _ = table
    whole = [row["id"] for row in client.query(name, filter="id >= 0", output_fields=["id"], limit=1000)]
    assert whole == list(range(ROWS))
    pages = []
    for offset in range(0, 250, 50):
        pages += [r["id"] for r in client.query(name, filter="id >= 0", output_fields=["id"], limit=50, offset=offset)]
    assert pages == whole


def test_windows_at_their_limits(server, table):
    _, name, _ = table
    with Raw(server.address) as raw:
        window = {"limit": 1, "offset": 16383}
        assert not list(expect_ok(raw.query(name, "id >= 0", params=window)).fields_data[0].scalars.long_data.data)
        assert len(expect_ok(raw.query(name, "id >= 0", params={"limit": 16384})).fields_data[0].scalars.long_data.data) == ROWS
        # An offset without a limit is not looked at.
        assert len(expect_ok(raw.query(name, "id >= 0", params={"offset": 5})).fields_data[0].scalars.long_data.data) == ROWS


def test_long_filters_of_one_field(table):
    client, name, rows = table
    ranges = " or ".join(f"({i} < id and id < {i + 3})" for i in range(0, 20_000 * 4, 4))
    assert ids(client.query(name, filter=ranges, output_fields=["id"], limit=1000)) == [i for i in rows if i % 4 in (1, 2)]
    bounds = " and ".join(f"number > {i}" for i in range(100))
    assert count(client, name, bounds) == len([i for i in rows if i * 10 > 99])
    assert count(client, name, " or ".join(f"dyn == {i}" for i in range(3, 5000))) == len([i for i in rows if i % 7 and i % 6 >= 3])
    assert count(client, name, " or ".join(f'("tag_{i:03d}" <= tag < "tag_{i + 1:03d}")' for i in range(0, 200, 2))) == 100
    assert count(client, name, "f > 10.0 and f <= 20.0 and f != 15.0 and not (f > 19.0)") == len([i for i in rows if 10 < i / 4 <= 19 and i != 60])


def test_no_filter_with_limit(table):
    client, name, _ = table
    assert len(client.query(name, filter="", output_fields=["id"], limit=7)) == 7


def test_output_fields(table):
    client, name, rows = table
    row = client.query(name, filter="id == 12", output_fields=["tag", "j", "vector"])[0]
    assert row["id"] == 12 and row["tag"] == "tag_012" and row["vector"] == rows[12]["vector"]
    assert "number" not in row and "dyn" not in row
    row = client.query(name, filter="id == 12", output_fields=["dyn"])[0]
    assert row["dyn"] == 0
    row = client.query(name, filter="id == 12", output_fields=["*"])[0]
    assert set(rows[12]) <= set(row)


def test_get(table):
    client, name, _ = table
    assert ids(client.get(name, ids=[3, 1, 5000])) == [1, 3]
    assert ids(client.get(name, ids=4)) == [4]
    assert ids(client.get(name, ids=list(range(150, 5000)), output_fields=["tag"])) == list(range(150, ROWS))
    assert len(client.get(name, ids=[5, 5, 5])) == 1
    assert client.get(name, ids=[-1]) == []
    assert client.get(name, ids=[]) == []
    row = client.get(name, ids=[8], output_fields=["dyn", "tag"])[0]
    assert row["dyn"] == 2 and row["tag"] == "tag_008" and "number" not in row


def test_no_rows_still_has_typed_columns(server, table):
    _, name, _ = table
    with Raw(server.address) as raw:
        answer = expect_ok(raw.query(name, "id < 0", ["tag", "f"]))
    names = {f.field_name: f.type for f in answer.fields_data}
    assert names["tag"] == DataType.VARCHAR and names["f"] == DataType.FLOAT and names["id"] == DataType.INT64
    assert answer.primary_field_name == "id" and answer.collection_name == name


def test_count_on_the_wire(server, table):
    _, name, _ = table
    with Raw(server.address) as raw:
        answer = expect_ok(raw.query(name, "id < 10", ["count(*)"]))
    assert [f.field_name for f in answer.fields_data] == ["count(*)"]
    assert answer.fields_data[0].type == DataType.INT64
    assert list(answer.fields_data[0].scalars.long_data.data) == [10]


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_consistency_levels(server, table, level):
    _, name, _ = table
    with Raw(server.address) as raw:
        for guarantee in (0, 1, 2):
            answer = expect_ok(raw.query(name, "", ["count(*)"], consistency_level=level, guarantee_timestamp=guarantee))
            assert answer.fields_data[0].scalars.long_data.data[0] == ROWS
        answer = expect_ok(raw.query(name, "", ["count(*)"], use_default_consistency=True, guarantee_timestamp=1))
        assert answer.fields_data[0].scalars.long_data.data[0] == ROWS


def test_session_reads_its_own_write(server, client, simple):
    with Raw(server.address) as raw:
        columns = [column("id", INT64, [999]), column("tag", VARCHAR, ["x"]), column("number", INT64, [1]), vector_column("vector", [[0.0] * DIM])]
        written = expect_ok(raw.insert(simple, columns, 1)).timestamp
        answer = expect_ok(raw.query(simple, "id == 999", ["id"], consistency_level=1, guarantee_timestamp=written))
        assert list(answer.fields_data[0].scalars.long_data.data) == [999]


def test_query_on_partition_default(server, table):
    _, name, _ = table
    with Raw(server.address) as raw:
        answer = expect_ok(raw.query(name, "id < 10", ["count(*)"], partition_names=["_default"]))
        assert answer.fields_data[0].scalars.long_data.data[0] == 10
        described = expect_ok(raw.call("DescribeCollection", milvus_pb2.DescribeCollectionRequest(collection_name=name)))
        assert described.num_partitions in (0, 1)
