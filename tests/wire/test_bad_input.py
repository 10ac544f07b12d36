"""Bad input to writes, searches and queries: the documented error, nothing changed, the server still serving.

Every test sends its requests below the client and ends with a look at the collection, which must be as before.
Phrases and codes are those of the error contract.
"""

import math

import grpc
import pytest
from conftest import DIM, count, make_collection, simple_row, vector_index
from pymilvus import DataType
from pymilvus.grpc_gen import common_pb2, milvus_pb2, schema_pb2
from raw import (
    BOOL,
    DOUBLE,
    FLOAT,
    FLOAT_VECTOR,
    INT8,
    INT16,
    INT32,
    INT64,
    JSON,
    VARCHAR,
    Raw,
    column,
    expect_ok,
    expect_refused,
    field,
    vector_column,
)

ROWS = 20


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


@pytest.fixture
def target(client, simple):
    """A collection that must come out of the test unchanged, on a server that still serves."""
    before = client.describe_collection(simple)
    yield simple
    assert client.describe_collection(simple) == before
    rows = client.query(simple, filter="id >= -1000000", output_fields=["*"], limit=1000)
    assert [row["id"] for row in rows] == list(range(ROWS))
    assert all(row["tag"] == f"tag{row['id'] % 5}" for row in rows)
    assert client.search(simple, data=[simple_row(7)["vector"]], limit=1)[0][0]["id"] == 7


def good_columns(rows=2):
    return {
        "id": column("id", INT64, [1000 + i for i in range(rows)]),
        "tag": column("tag", VARCHAR, ["x"] * rows),
        "number": column("number", INT64, [1] * rows),
        "vector": vector_column("vector", [[1.0] * DIM] * rows),
    }


def changed(**columns):
    """The good columns with some replaced; None leaves one out."""
    merged = {**good_columns(), **columns}
    return [c for c in merged.values() if c is not None]


def with_vector(value):
    vectors = [[1.0] * DIM, [1.0] * DIM]
    vectors[1][3] = value
    return changed(vector=vector_column("vector", vectors))


BAD_ROWS = {
    "wrong-dim": (lambda: changed(vector=vector_column("vector", [[1.0] * 4] * 2)), f"the dim (4) of field data(vector) is not equal to schema dim ({DIM})"),
    "dim-lies": (lambda: changed(vector=vector_column("vector", [[1.0] * (DIM - 1)] * 2, dim=DIM)), ""),
    "dim-0": (lambda: changed(vector=vector_column("vector", [[1.0] * DIM] * 2, dim=0)), ""),
    "dim-negative": (lambda: changed(vector=vector_column("vector", [[1.0] * DIM] * 2, dim=-8)), ""),
    "nan": (lambda: with_vector(math.nan), "value 'NaN' is not a number or infinity"),
    "infinity": (lambda: with_vector(math.inf), "is not a number or infinity"),
    "minus-infinity": (lambda: with_vector(-math.inf), "is not a number or infinity"),
    "missing-field": (lambda: changed(number=None), "fieldSchema(number) has no corresponding fieldData pass in"),
    "missing-vector": (lambda: changed(vector=None), "fieldSchema(vector) has no corresponding fieldData pass in"),
    "missing-key": (lambda: changed(id=None), ""),
    "unknown-field": (lambda: changed(extra=column("extra", INT64, [1, 2])), ""),
    "twice-the-field": (lambda: changed(again=column("tag", VARCHAR, ["a", "b"])), ""),
    "long-varchar": (lambda: changed(tag=column("tag", VARCHAR, ["x", "y" * 33])), "length of varchar field tag exceeds max length, row number: 1, length: 33, max length: 32"),
    "long-varchar-bytes": (lambda: changed(tag=column("tag", VARCHAR, ["x", "ü" * 17])), "length of varchar field tag exceeds max length, row number: 1, length: 34, max length: 32"),
    "wrong-type": (lambda: changed(number=column("number", VARCHAR, ["a", "b"])), ""),
    "type-lies": (lambda: changed(number=schema_pb2.FieldData(field_name="number", type=INT64, scalars=schema_pb2.ScalarField(string_data=schema_pb2.StringArray(data=["a", "b"])))), ""),
    "vector-as-scalar": (lambda: changed(vector=column("vector", FLOAT, [1.0] * 16)), ""),
    "fewer-rows": (lambda: changed(number=column("number", INT64, [1])), "the num_rows (1) of field (number) is not equal to passed num_rows (2)"),
    "more-rows": (lambda: changed(tag=column("tag", VARCHAR, ["a"] * 3)), "the num_rows (3) of field (tag) is not equal to passed num_rows (2)"),
    "fewer-vectors": (lambda: changed(vector=vector_column("vector", [[1.0] * DIM])), "the num_rows (1) of field (vector) is not equal to passed num_rows (2)"),
    "no-payload": (lambda: changed(number=schema_pb2.FieldData(field_name="number", type=INT64)), ""),
    "nothing-at-all": (lambda: [], ""),
    "dynamic-column": (lambda: changed(meta=column("$meta", JSON, [b'{"a":1}'] * 2, is_dynamic=True)), ""),
}  # fmt: skip


@pytest.mark.parametrize("method", ["Insert", "Upsert"])
@pytest.mark.parametrize("case", BAD_ROWS)
def test_bad_rows(raw, target, case, method):
    columns, phrase = BAD_ROWS[case]
    expect_refused(raw.insert(target, columns(), 2, method=method), (1100, 1101), phrase)


@pytest.mark.parametrize("rows", [0, 1, 3, 4_000_000_000])
def test_row_count_that_does_not_match(raw, target, rows):
    expect_refused(raw.insert(target, changed(), rows), 1100)


def test_varchar_that_is_no_utf8(server, raw, target):
    request = milvus_pb2.InsertRequest(
        collection_name=target, num_rows=2, fields_data=changed(tag=column("tag", VARCHAR, ["qq", "zz"]))
    )
    garbled = request.SerializeToString().replace(b"zz", b"\xff\xfe")
    call = raw.channel.unary_unary("/milvus.proto.milvus.MilvusService/Insert")
    try:
        answer = milvus_pb2.MutationResult.FromString(call(garbled, timeout=10))
    except grpc.RpcError as error:
        assert error.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL)
    else:
        expect_refused(answer, 1100)


def test_unknown_partition(raw, target):
    expect_refused(raw.insert(target, changed(), 2, partition_name="nowhere"), 200, "partition not found[partition=nowhere]")
    expect_refused(raw.query(target, "id < 5", partition_names=["nowhere"]), 1100, "partition name nowhere not found")
    expect_refused(raw.search(target, [[0.0] * DIM], partition_names=["nowhere"]), 1100, "partition name nowhere not found")


def test_a_stale_schema_is_told(raw, target):
    answer = raw.insert(target, changed(), 2, schema_timestamp=1)
    status = expect_refused(answer, 109)
    assert status.error_code == 62, "legacy SchemaMismatch, on which clients refresh their cache"


def test_upsert_of_a_key_twice(raw, target):
    columns = changed(id=column("id", INT64, [1, 1]))
    expect_refused(raw.upsert(target, columns, 2), 1100, "duplicate primary keys are not allowed in the same batch")


@pytest.fixture
def auto(client, name):
    schema = client.create_schema(auto_id=True)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    yield name
    assert count(client, name) == 0


def test_key_given_with_auto_id(raw, auto):
    columns = [column("id", INT64, [1]), vector_column("vector", [[1.0] * DIM])]
    phrase = "can not assign primary field data when auto id enabled and allow_insert_auto_id is false"
    expect_refused(raw.insert(auto, columns, 1), 1100, phrase)


def test_upsert_without_a_key(raw, auto):
    expect_refused(raw.upsert(auto, [vector_column("vector", [[1.0] * DIM])], 1), 1100, "must assign pk when upsert, primary field: id")


@pytest.fixture
def typed(raw, client, name):
    """A collection with small integers, JSON and the dynamic field."""
    fields = [
        field("id", INT64, primary=True), field("b", BOOL), field("i8", INT8), field("i16", INT16), field("i32", INT32),
        field("f", FLOAT), field("d", DOUBLE), field("j", JSON), field("vector", FLOAT_VECTOR, dim=DIM),
    ]  # fmt: skip
    expect_ok(raw.create_collection(name, fields, dynamic=True))
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    yield name
    assert expect_ok(raw.query(name, "", ["count(*)"])).fields_data[0].scalars.long_data.data[0] == 0


def typed_columns(**columns):
    merged = {
        "id": column("id", INT64, [1]), "b": column("b", BOOL, [True]), "i8": column("i8", INT8, [1]),
        "i16": column("i16", INT16, [1]), "i32": column("i32", INT32, [1]), "f": column("f", FLOAT, [1.0]),
        "d": column("d", DOUBLE, [1.0]), "j": column("j", JSON, [b"{}"]),
        "vector": vector_column("vector", [[1.0] * DIM]), **columns,
    }  # fmt: skip
    return list(merged.values())


BAD_TYPED = {
    "int8-over": ({"i8": column("i8", INT8, [128])}, "the 0th element (128) out of range: [-128, 127]"),
    "int8-under": ({"i8": column("i8", INT8, [-129])}, "the 0th element (-129) out of range: [-128, 127]"),
    "int16-over": ({"i16": column("i16", INT16, [40000])}, "the 0th element (40000) out of range: [-32768, 32767]"),
    "float-nan": ({"f": column("f", FLOAT, [math.nan])}, ""),
    "double-inf": ({"d": column("d", DOUBLE, [math.inf])}, ""),
    "json-broken": ({"j": column("j", JSON, [b'{"a":'])}, ""),
    "json-too-long": ({"j": column("j", JSON, [b'"' + b"x" * 65536 + b'"'])}, "length exceeds max length"),
    "json-deep": ({"j": column("j", JSON, [b"[" * 20000 + b"]" * 20000])}, ""),
    "dynamic-not-object": ({"m": column("$meta", JSON, [b"[1]"], is_dynamic=True)}, ""),
    "dynamic-static-name": ({"m": column("$meta", JSON, [b'{"f": 1}'], is_dynamic=True)}, "dynamic field name cannot include the static field name: f"),
    "dynamic-meta": ({"m": column("$meta", JSON, [b'{"$meta": 1}'], is_dynamic=True)}, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_TYPED)
def test_bad_values(raw, typed, case):
    columns, phrase = BAD_TYPED[case]
    expect_refused(raw.insert(typed, typed_columns(**columns), 1), (1100, 1101), phrase)


BAD_FILTERS = {
    "nonsense": ("id === 5", ""),
    "half": ("id > ", ""),
    "operator-only": ("and", ""),
    "unclosed-paren": ("(id > 5", ""),
    "unclosed-string": ('tag == "abc', ""),
    "unknown-field": ("nothing == 1", "field nothing not exist"),
    "type-mismatch": ('id == "a"', ""),
    "float-for-int": ("id == 1.5", ""),
    "string-number": ("tag > 5", ""),
    "bare-bool": ("id", "predicate is not a boolean expression"),
    "vector": ("vector == 1", ""),
    "in-no-list": ("id in 5", "the right-hand side of 'in' must be a list"),
    "in-wrong-type": ('id in [1, "a"]', ""),
    "range-inverted": ("20 < id < 10", "invalid range: lowerbound is greater than upperbound"),
    "division-by-zero": ("id / 0 == 1", ""),
    "modulo-zero": ("id % 0 == 1", ""),
    "int-too-large": ("id == 9223372036854775808", ""),
    "like-number": ("id like 'a%'", "like operation on non-string or no-json field is unsupported"),
    "not-binds": ("not id == 1", ""),
    "shift": ("id << 2 == 4", ""),
    "null": ("tag == null", ""),
    "bad-escape": ("tag == '\\q'", ""),
    "index-scalar": ('tag["a"] == 1', ""),
    "template-missing": ("id in {keys}", "keys"),
    "control-byte": ("id == 1\x00", ""),
    "han": ("标题 == 1", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_FILTERS)
def test_bad_filters(raw, target, case):
    filter, phrase = BAD_FILTERS[case]
    phrases = ("failed to create query plan: cannot parse expression", phrase)
    expect_refused(raw.query(target, filter, ["id"]), 1100, *phrases)
    expect_refused(raw.search(target, [[0.0] * DIM], filter=filter), 1100, *phrases)
    expect_refused(raw.delete(target, filter), 1100, "failed to create delete plan: cannot parse expression", phrase)


def test_a_syntax_error_names_its_position(raw, target):
    expect_refused(raw.query(target, "id > 5 and and tag == 'x'", ["id"]), 1100, "line 1:11")


@pytest.mark.parametrize(
    "filter",
    [
        "(" * 1_000_000,
        "(" * 500_000 + "id == 1" + ")" * 500_000,
        "not " * 300_000 + "(id == 1)",
        "-" * 500_000 + "1 == id",
        "j" + "[0]" * 200_000 + " == 1",
        "id == 1 and (" * 50_000,
        "id in [" + "[" * 100_000,
    ],
    ids=["open", "nested", "not", "minus", "index", "and-open", "lists"],
)
def test_deep_filters_are_refused_and_do_no_harm(raw, target, filter):
    expect_refused(raw.query(target, filter, ["id"]), 1100)


def test_a_long_flat_filter_is_answered(raw, target):
    filter = " or ".join(f"id == {i}" for i in range(50_000))
    answer = raw.query(target, filter, ["count(*)"])
    if answer.status.code == 0:
        assert answer.fields_data[0].scalars.long_data.data[0] == ROWS
    else:
        expect_refused(answer, 1100)


@pytest.mark.parametrize("filter", ["", "  ", "true", "id == 1 or true"])
def test_delete_of_everything_is_refused(raw, target, filter):
    expect_refused(raw.delete(target, filter), 1100)


BAD_SEARCHES = {
    "topk-0": ({"topk": 0}, "topk [0] is invalid, it should be in range [1, 16384], but got 0"),
    "topk-negative": ({"topk": -1}, "topk [-1] is invalid"),
    "topk-big": ({"topk": 16385}, "topk [16385] is invalid, it should be in range [1, 16384], but got 16385"),
    "topk-huge": ({"topk": 2**63}, ""),
    "topk-text": ({"topk": "ten"}, ""),
    "topk-missing": ({"topk": None}, ""),
    "offset-negative": ({"offset": -1}, "offset [-1] is invalid"),
    "offset-over": ({"offset": 16380, "topk": 10}, "offset+topk [16390] is invalid"),
    "round-decimal": ({"round_decimal": 7}, "round_decimal [7] is invalid, should be -1 or an integer in range [0, 6]"),
    "metric": ({"metric_type": "IP"}, "metric type not match: invalid parameter[expected=L2][actual=IP]"),
    "metric-unknown": ({"metric_type": "WARP"}, ""),
    "field-unknown": ({"anns_field": "nothing"}, ""),
    "field-scalar": ({"anns_field": "tag"}, ""),
    "params-broken": ({"params": "{"}, ""),
    "range-alone": ({"params": {"range_filter": 1.0}}, "range_filter requires radius to be set"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_SEARCHES)
def test_bad_searches(raw, target, case):
    params, phrase = BAD_SEARCHES[case]
    expect_refused(raw.search(target, [[0.0] * DIM], params), (1100, 65535), phrase)


@pytest.mark.parametrize("dim", [1, DIM - 1, DIM + 1, 4096])
def test_query_vector_of_another_dimension(raw, target, dim):
    phrase = f"vector dimension mismatch, expected vector size(byte) {DIM * 4}, actual {dim * 4}"
    expect_refused(raw.search(target, [[0.0] * dim]), (1100, 65535, *range(2000, 2100)), phrase)


def test_query_vector_bytes_that_are_no_floats(raw, target):
    placeholder = common_pb2.PlaceholderGroup(
        placeholders=[common_pb2.PlaceholderValue(tag="$0", type=FLOAT_VECTOR, values=[b"\x00" * (DIM * 4 - 1)])]
    )
    for group in (placeholder.SerializeToString(), b"", b"\xff\xff\xff"):
        request = milvus_pb2.SearchRequest(collection_name=target, dsl_type=1, nq=1, placeholder_group=group)
        request.search_params.extend([common_pb2.KeyValuePair(key="topk", value="5"), common_pb2.KeyValuePair(key="anns_field", value="vector")])
        expect_refused(raw.call("Search", request), tuple(range(1, 65536)))


def test_query_vector_of_another_type(raw, target):
    placeholder = common_pb2.PlaceholderGroup(
        placeholders=[common_pb2.PlaceholderValue(tag="$0", type=100, values=[b"\x00" * (DIM * 4)])]
    )
    request = milvus_pb2.SearchRequest(
        collection_name=target, dsl_type=1, nq=1, placeholder_group=placeholder.SerializeToString()
    )
    request.search_params.extend([common_pb2.KeyValuePair(key="topk", value="5"), common_pb2.KeyValuePair(key="anns_field", value="vector")])
    expect_refused(raw.call("Search", request), tuple(range(1, 65536)))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_query_vector_that_is_no_number(raw, target, value):
    expect_refused(raw.search(target, [[value] + [0.0] * (DIM - 1)]), tuple(range(1, 65536)))


def test_number_of_queries(raw, target):
    expect_refused(raw.search(target, [[0.0] * DIM] * 16385), 1100, "nq [16385] is invalid, nq (number of search vector per search request) should be in range [1, 16384], but got 16385")
    expect_refused(raw.search(target, [[0.0] * DIM], nq=2), tuple(range(1, 65536)))


def test_ef_below_topk(raw, client, name):
    make_collection(client, name, rows=20, index_type="HNSW")
    expect_refused(raw.search(name, [[0.0] * DIM], {"topk": 10, "params": {"ef": 5}}), tuple(range(1, 65536)), "ef", "should be larger than k")
    assert len(client.search(name, data=[[0.0] * DIM], limit=10, search_params={"params": {"ef": 10}})[0]) == 10


def test_two_vector_fields_and_none_chosen(raw, client, name):
    fields = [field("id", INT64, primary=True), field("a", FLOAT_VECTOR, dim=4), field("b", FLOAT_VECTOR, dim=4)]
    expect_ok(raw.create_collection(name, fields))
    for f in ("a", "b"):
        expect_ok(raw.create_index(name, f, index_type="FLAT", metric_type="L2"))
    client.load_collection(name)
    answer = raw.search(name, [[0.0] * 4], {"anns_field": None})
    expect_refused(answer, 1100, "multiple anns_fields exist, please specify a anns_field in search_params")


def test_one_vector_field_need_not_be_named(raw, target):
    expect_ok(raw.search(target, [[0.0] * DIM], {"anns_field": None}))


def test_not_loaded(raw, client, name):
    make_collection(client, name)
    client.release_collection(name)
    expect_refused(raw.search(name, [[0.0] * DIM]), 101, "failed to search:", "collection not loaded")
    expect_refused(raw.query(name, "id > 0"), 101, "failed to query:", "collection not loaded")
    expect_refused(raw.delete(name, "number > 0"), 101, "collection not loaded")
    expect_ok(raw.delete(name, "id in [1]"))
    client.load_collection(name)
    assert count(client, name) == ROWS - 1


BAD_QUERIES = {
    "empty-no-limit": ("", ["id"], {}, "empty expression should be used with limit"),
    "limit-0": ("id > 0", ["id"], {"limit": 0}, ""),
    "limit-negative": ("id > 0", ["id"], {"limit": -5}, "limit [-5] is invalid, should be greater than 0"),
    "limit-big": ("id > 0", ["id"], {"limit": 16385}, "invalid max query result window, (offset+limit) should be in range [1, 16384], but got 16385"),
    "window": ("id > 0", ["id"], {"limit": 10, "offset": 16380}, "invalid max query result window, (offset+limit) should be in range [1, 16384], but got 16390"),
    "limit-text": ("id > 0", ["id"], {"limit": "ten"}, ""),
    "offset-negative": ("id > 0", ["id"], {"limit": 10, "offset": -1}, ""),
    "count-limit": ("", ["count(*)"], {"limit": 10}, "count entities with pagination is not allowed"),
    "unknown-output": ("id > 0", ["nothing"], {}, "field nothing not exist"),
    "json-subkey": ("id > 0", ['tag["x"]'], {}, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_QUERIES)
def test_bad_queries(raw, target, case):
    filter, fields, params, phrase = BAD_QUERIES[case]
    expect_refused(raw.query(target, filter, fields, params), 1100, phrase)


def test_unknown_output_field_at_search(raw, target):
    expect_refused(raw.search(target, [[0.0] * DIM], output_fields=["nothing"]), 1100, "field nothing not exist")


def test_requests_with_nothing_in_them(raw, target):
    """Every built RPC must survive an empty message."""
    service = milvus_pb2.DESCRIPTOR.services_by_name["MilvusService"]
    for method in service.methods:
        if method.server_streaming or method.client_streaming:
            continue
        try:
            raw.call(method.name, method.input_type._concrete_class())
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNIMPLEMENTED, (method.name, error.code(), error.details())


NEED_NO_REQUEST = ("GetComponentStates", "GetVersion", "CheckHealth", "AllocTimestamp", "ListDatabases", "ListResourceGroups", "RegisterLink",
                   "ListCredUsers", "ListPrivilegeGroups", "BackupRBAC")  # fmt: skip


def test_requests_that_are_no_protobuf(raw, target):
    service = milvus_pb2.DESCRIPTOR.services_by_name["MilvusService"]
    for method in service.methods:
        if method.server_streaming or method.client_streaming:
            continue
        call = raw.channel.unary_unary(f"/milvus.proto.milvus.MilvusService/{method.name}")
        for body in (b"\xff" * 40, b"\x0a\xff\xff\xff\xff\x0f", b"\x0b" * 5000):
            try:
                answer = method.output_type._concrete_class.FromString(call(body, timeout=10))
            except grpc.RpcError as error:
                allowed = (grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL)
                assert error.code() in allowed, (method.name, error.code())
            else:
                if method.name not in NEED_NO_REQUEST:
                    expect_refused(answer, 1100, "malformed request")


def test_message_over_the_limit(raw, target):
    big = milvus_pb2.InsertRequest(collection_name=target, num_rows=1, partition_name="x" * (65 * 2**20))
    with pytest.raises(grpc.RpcError) as refused:
        raw.call("Insert", big)
    assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_message_under_the_limit(raw, client, name):
    fields = [field("id", INT64, primary=True), field("s", VARCHAR, max_length=65535), field("vector", FLOAT_VECTOR, dim=4)]
    expect_ok(raw.create_collection(name, fields))
    rows = 900
    columns = [column("id", INT64, range(rows)), column("s", VARCHAR, ["x" * 65535] * rows), vector_column("vector", [[1.0] * 4] * rows)]
    assert expect_ok(raw.insert(name, columns, rows)).insert_cnt == rows
