"""Query: filters by type, output fields, paging, count(*), the reply on the wire."""

import pytest
from conftest import DIM, count, ids, simple_row, simple_schema, vector_index
from pymilvus import DataType, MilvusClient
from pymilvus.grpc_gen import milvus_pb2, schema_pb2
from raw import INT64, VARCHAR, Raw, column, expect_ok, expect_refused, vector_column

ROWS = 200


@pytest.fixture(scope="module")
def table(shared_server):
    """One collection for the module: it is only read."""
    shared_server.start_unless_alive()
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
        i, tag=f"tag_{i:03d}", i8=i - 100, i32=i * 1000, f=i / 4, d=i / 8, b=i % 3 == 0, j=info, dyn=i % 6, nest=[[i % 5, "x"], [i % 4, 100]]
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
    ('JSON_CONTAINS(j["list"], 2.0)', lambda i: has(i) and i % 3 == 2),
    ('not json_contains(j["list"], 2)', lambda i: not (has(i) and i % 3 == 2)),
    ('array_contains(j["deep"]["x"], 33)', lambda i: has(i) and 33 in (i, i + 1)),
    ('json_contains(j["n"], 15)', lambda i: False),
    ('json_contains_any(j["list"], [0, 7])', lambda i: has(i) and i % 3 == 0),
    ('json_contains_any(j["list"], [])', lambda i: False),
    ('json_contains_all(j["list"], [1, "a"])', lambda i: has(i) and i % 3 == 1),
    ('ARRAY_CONTAINS_ALL(j["list"], ["a", "a"])', has),
    ('array_contains_any(j["deep"]["x"], [33, 34.0])', lambda i: has(i) and 32 <= i <= 34),
    ('json_contains(nest, [1, "x"])', lambda i: i % 5 == 1),
    ("json_contains_any(nest, [[0, 'x'], [3]])", lambda i: i % 5 == 0),
    ('array_length(j["list"]) == 2', has),
    ('array_length(j["list"]) > 2', lambda i: False),
    ('2 != ARRAY_LENGTH(j["n"])', lambda i: False),
    ("array_length(nest) == 2", lambda i: True),
    ('tag =~ "_1\\d0$"', lambda i: i >= 100 and i % 10 == 0),
    ("tag !~ r'^tag_0'", lambda i: i >= 100),
    ('tag =~ "^TAG"', lambda i: False),
    ('tag =~ "(?i)^TAG_00"', lambda i: i < 10),
    ('j["s"] =~ "[13]"', lambda i: has(i) and i % 2 == 1),
    ('j["s"] !~ "[13]"', lambda i: has(i) and i % 2 == 0),
    ("empty(tag)", lambda i: False),
    ('starts_with(tag, "tag_00")', lambda i: i < 10),
    ("STARTS_WITH(tag, tag) and id < 3", lambda i: i < 3),
]


@pytest.mark.parametrize("filter, wanted", CASES, ids=[c[0] for c in CASES])
def test_filter(table, filter, wanted):
    client, name, rows = table
    expected = [i for i in rows if wanted(i)]
    assert ids(client.query(name, filter=filter, output_fields=["id"], limit=1000)) == expected
    assert count(client, name, filter) == len(expected)


def test_many_terms(table):
    client, name, rows = table
    assert count(client, name, " or ".join(f"id == {i}" for i in range(0, 200, 2))) == 100
    assert count(client, name, f"id in {list(range(100, 20000))}") == 100


# ---- templates; the oldest client has none

has_templates = pytest.mark.skipif(not hasattr(schema_pb2, "TemplateValue"), reason="this client has no templates")

TEMPLATES = [
    ("id in {keys} and tag > {low}", {"keys": [1, 5, 9], "low": "tag_004"}, lambda i: i in (5, 9)),
    ("id not in {keys} and id < {x}", {"keys": [1, 5, 9], "x": 4}, lambda i: i in (0, 2, 3)),
    ("id == {x} or {y} == number", {"x": 7, "y": 120}, lambda i: i in (7, 12)),
    ("{low} < id <= {high}", {"low": 10, "high": 20}, lambda i: 10 < i <= 20),
    ("f >= {x}", {"x": 49}, lambda i: i >= 196),
    ("f < {x}", {"x": 1.5}, lambda i: i / 4 < 1.5),
    ("number + {x} == {y}", {"x": 5, "y": 105}, lambda i: i == 10),
    ("b == {yes}", {"yes": True}, lambda i: i % 3 == 0),
    ("b in {flags}", {"flags": [True]}, lambda i: i % 3 == 0),
    ("f in {numbers}", {"numbers": [0.25, 0.5]}, lambda i: i in (1, 2)),
    ("tag in {tags}", {"tags": ["tag_001", "nothing", "tag_199"]}, lambda i: i in (1, 199)),
    ("tag like {pattern}", {"pattern": "tag_00%"}, lambda i: i < 10),
    ("tag =~ {pattern}", {"pattern": "0[0-4]$"}, lambda i: i in (*range(5), *range(100, 105))),
    ('j["s"] == {s}', {"s": "s1"}, lambda i: has(i) and i % 4 == 1),
    ('j["n"] in {mixed}', {"mixed": [11, True, 12.0]}, lambda i: i in (11, 12)),
    ('json_contains(j["list"], {x})', {"x": 2}, lambda i: has(i) and i % 3 == 2),
    ('json_contains_all(j["list"], {all})', {"all": [1, 1]}, lambda i: has(i) and i % 3 == 1),
    ('json_contains_all(j["list"], {all})', {"all": ["a"]}, has),
    ('array_contains_any(j["list"], {any})', {"any": [0, 7]}, lambda i: has(i) and i % 3 == 0),
    ("json_contains_any(nest, {any})", {"any": [[1, 100], [3, 100], [7, 7]]}, lambda i: i % 2 == 1),
    ("json_contains(nest, {one})", {"one": [2, 100]}, lambda i: i % 4 == 2),
    ("json_contains_any(nest, {deep})", {"deep": [[[1]], [[2], 3]]}, lambda i: False),
    ('array_length(j["list"]) == {n}', {"n": 2}, has),
    ("id in {none}", {"none": []}, lambda i: False),
    ("id < 3", {"unused": 1}, lambda i: i < 3),
]


@has_templates
@pytest.mark.parametrize("filter, values, wanted", TEMPLATES, ids=[c[0] for c in TEMPLATES])
def test_templates(table, filter, values, wanted):
    client, name, rows = table
    expected = [i for i in rows if wanted(i)]
    assert ids(client.query(name, filter=filter, filter_params=values, output_fields=["id"], limit=1000)) == expected
    found = client.search(name, data=[[0.0] * DIM], filter=filter, filter_params=values, limit=1000, output_fields=["id"])
    assert sorted(hit["id"] for hit in found[0]) == expected


@has_templates
def test_json_templates(server, table):
    """Lists of several types, encoded element by element; clients differ in what they take for such a list."""
    _, name, rows = table

    def encoded(*texts):
        return schema_pb2.TemplateArrayValue(json_data=schema_pb2.JSONArray(data=texts))

    nested = schema_pb2.TemplateArrayValue(array_data=schema_pb2.TemplateArrayValueArray(data=[encoded(b"0", b'"x"'), encoded(b"3", b'"y"')]))
    cases = [
        ('j["n"] in {x}', encoded(b"11", b'"x"', b"12.0", b"true"), lambda i: i in (11, 12)),
        ('j["s"] in {x}', encoded(b"11", b'"s\\u0031"'), lambda i: has(i) and i % 4 == 1),
        ('json_contains_all(j["list"], {x})', encoded(b"1", b'"a"'), lambda i: has(i) and i % 3 == 1),
        ("json_contains(nest, {x})", encoded(b"4", b'"x"'), lambda i: i % 5 == 4),
        ("json_contains_any(nest, {x})", encoded(b"[4.0, \"x\"]", b"7"), lambda i: i % 5 == 4),
        ("json_contains_any(nest, {x})", nested, lambda i: i % 5 == 0),
    ]
    with Raw(server.address) as raw:
        for filter, array, wanted in cases:
            given = {"expr_template_values": {"x": schema_pb2.TemplateValue(array_val=array)}}
            found = expect_ok(raw.query(name, filter, **given)).fields_data[0].scalars.long_data.data
            assert sorted(found) == [i for i in rows if wanted(i)], filter


@has_templates
def test_templates_in_deletes(client, simple):
    client.upsert(simple, [simple_row(i, tag=f"tag_{i:03d}") for i in range(20)])
    client.delete(simple, filter="id in {keys}", filter_params={"keys": [1, 2, 500]})
    client.delete(simple, filter="tag like {pattern} or number == {n}", filter_params={"pattern": "tag_01%", "n": 50})
    left = ids(client.query(simple, filter="id >= 0", output_fields=["id"], consistency_level="Strong"))
    assert left == [0, 3, 4, 6, 7, 8, 9]


@has_templates
def test_a_long_list_by_template(table):
    client, name, _ = table
    keys = {"keys": list(range(100, 500_000))}
    assert count(client, name, "id in {keys}", filter_params=keys) == 100
    tags = {"tags": [f"tag_{i:03d}" for i in range(100, 100_000)]}
    assert count(client, name, "tag in {tags}", filter_params=tags) == 100


def template_values():
    value = schema_pb2.TemplateValue
    numbers = schema_pb2.TemplateArrayValue(long_data=schema_pb2.LongArray(data=[1, 2]))
    texts = schema_pb2.TemplateArrayValue(string_data=schema_pb2.StringArray(data=["a"]))
    broken = schema_pb2.TemplateArrayValue(json_data=schema_pb2.JSONArray(data=[b"1", b"{"]))
    return {"one": value(int64_val=1), "half": value(float_val=0.5), "text": value(string_val="("), "yes": value(bool_val=True),
            "numbers": value(array_val=numbers), "texts": value(array_val=texts), "broken": value(array_val=broken)}  # fmt: skip


BAD_TEMPLATES = {
    "missing": ("id == {nothing}", "the value of expression template variable name {nothing} is not found"),
    "missing-list": ("id in {nothing}", "the value of expression template variable name {nothing} is not found"),
    "constants": ("1 < {one}", "placeholder was not supported between two constants"),
    "constants-sum": ("id == {one} + 1", "placeholder was not supported between two constants"),
    "no-array": ("id in {one}", "{one} is not array"),
    "cast": ("id == {half}", "cannot cast value to Int64"),
    "compare": ("id == {text}", "comparisons between Int64 and VarChar are not supported"),
    "list-cast": ("id in {texts}", "in list cannot be casted to Int64"),
    "list-json": ('j["n"] in {broken}', "invalid JSON"),
    "range": ("5 < id < {one}", "invalid range: lowerbound is greater than upperbound"),
    "like": ("tag like {one}", "must be a string"),
    "regex": ("tag =~ {text}", "invalid regex pattern"),
    "contains": ("json_contains_any(j, {one})", "operation element must be an array"),
    "predicate": ("{yes}", "predicate is not a boolean expression"),
}


@has_templates
@pytest.mark.parametrize("case", BAD_TEMPLATES)
def test_bad_templates(server, table, case):
    _, name, _ = table
    filter, phrase = BAD_TEMPLATES[case]
    given = {"expr_template_values": template_values()}
    with Raw(server.address) as raw:
        prefix = f"failed to create query plan: cannot parse expression: {filter}"
        expect_refused(raw.query(name, filter, **given), 1100, prefix, phrase)
        expect_refused(raw.search(name, [[0.0] * DIM], filter=filter, **given), 1100, prefix, phrase)
        expect_refused(raw.delete(name, filter, **given), 1100, prefix.replace("query", "delete"), phrase)


@has_templates
def test_bytes_are_no_template_value(server, table):
    _, name, _ = table
    if "bytes_val" not in schema_pb2.TemplateValue.DESCRIPTOR.fields_by_name:
        pytest.skip("this client does not know bytes")
    given = {"expr_template_values": {"x": schema_pb2.TemplateValue(bytes_val=b"bloom")}}
    with Raw(server.address) as raw:
        for filter in ("id in {x}", "id == 1"):
            expect_refused(raw.query(name, filter, **given), 1100, "failed to create query plan", "expression elements can only be scalars")
            expect_refused(raw.delete(name, filter, **given), 1100, "failed to create delete plan", "expression elements can only be scalars")


BAD_CALLS = {
    "contains-type": ("json_contains(tag, 1)", "contains operation are only supported on json or array fields now"),
    "contains-list": ('json_contains_all(j["list"], 1)', "operation element must be an array"),
    "contains-constant": ('json_contains(j["list"], id)', ""),
    "length-type": ("array_length(tag) == 1", ""),
    "length-float": ('array_length(j["list"]) == 1.5', "cannot cast value to Int64"),
    "mixed-case": ("Json_Contains(j, 1)", ""),
    "unknown": ("no_such_function(tag)", "no_such_function"),
    "empty": ("empty(id)", ""),
    "starts-with": ("starts_with(tag, 5)", ""),
    "regex": ('tag =~ "("', "invalid regex pattern"),
    "regex-large": ('tag =~ "((a{100}){100}){100}"', "invalid regex pattern"),
    "regex-type": ('id =~ "a"', ""),
    "sample-or": ("random_sample(0.5) or id > 5", ""),
    "sample-not": ("not random_sample(0.5)", ""),
    "sample-first": ("random_sample(0.5) and id > 5", ""),
    "sample-integer": ("random_sample(1)", ""),
    "sample-none": ("random_sample(0.0)", ""),
    "sample-all": ("random_sample(1.0)", ""),
}


@pytest.mark.parametrize("case", BAD_CALLS)
def test_bad_calls(server, table, case):
    _, name, _ = table
    filter, phrase = BAD_CALLS[case]
    with Raw(server.address) as raw:
        prefix = f"failed to create query plan: cannot parse expression: {filter}"
        expect_refused(raw.query(name, filter), 1100, prefix, phrase)
        expect_refused(raw.search(name, [[0.0] * DIM], filter=filter), 1100, prefix, phrase)


def test_samples(server, table):
    client, name, rows = table
    assert 98 <= count(client, name, "random_sample(0.5)") <= 102
    found = ids(client.query(name, filter="id >= 100 and random_sample(0.2)", output_fields=["id"]))
    assert 18 <= len(found) <= 22 and min(found) >= 100
    drawn = {tuple(ids(client.query(name, filter="random_sample(0.5)", output_fields=["id"]))) for _ in range(5)}
    assert len(drawn) > 1
    hits = client.search(name, data=[[0.0] * DIM], filter="random_sample(0.5)", limit=1000)[0]
    assert 98 <= len(hits) <= 102
    with Raw(server.address) as raw:
        expect_refused(raw.delete(name, "id > 5 and random_sample(0.5)"), 1100, "failed to create delete plan", "random_sample")


def test_patterns_that_backtrack(table):
    client, name, rows = table
    for pattern in ("(a+)+$", "(.*)*(.*)*(.*)*x", "^(tag_?)*(\\w|_)*!$"):
        assert count(client, name, f'tag =~ "{pattern}"') == 0


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
