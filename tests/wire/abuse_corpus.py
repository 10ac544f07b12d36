"""Requests that cost the sender little and could cost the server much: one list for the wire test and for the benchmark.

A case is a gRPC method and the bytes of its request, made when asked for, because many are megabytes long. The
collection `ABUSED` with a few rows must exist and be loaded; `long` holds one long text of a single letter. What comes
back is an answer or a clean error, soon, in little memory: see bench/server/abuse.py for the figures.
"""

import json
import struct

import raw
from pymilvus.grpc_gen import common_pb2, milvus_pb2, schema_pb2
from raw import FLOAT_VECTOR, INT64, JSON, VARCHAR, column, field, pairs, vector_column

ABUSED = "abused"
DIM = 8
ROWS = 20
SERVICE = "/milvus.proto.milvus.MilvusService/"
MEBI = 2**20


def prepare(client):
    """Makes the collection; `client` is a raw.Raw."""
    fields = [
        field("id", INT64, primary=True), field("tag", VARCHAR, max_length=65535), field("number", INT64), field("j", JSON),
        field("vector", FLOAT_VECTOR, dim=DIM),
    ]  # fmt: skip
    raw.expect_ok(client.create_collection(ABUSED, fields, dynamic=True))
    columns = [
        column("id", INT64, range(ROWS)), column("tag", VARCHAR, ["a" * 60_000] * ROWS), column("number", INT64, range(ROWS)),
        column("j", JSON, [b'{"a": 1}'] * ROWS), vector_column("vector", [[float(i)] * DIM for i in range(ROWS)]),
    ]  # fmt: skip
    raw.expect_ok(client.insert(ABUSED, columns, ROWS))
    raw.expect_ok(client.create_index(ABUSED, "vector", index_type="FLAT", metric_type="L2"))
    raw.expect_ok(client.call("LoadCollection", milvus_pb2.LoadCollectionRequest(collection_name=ABUSED)))


# ---- the wire format by hand, for what no client would write


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def part(number, body):
    return varint(number << 3 | 2) + varint(len(body)) + body


def number(field_number, value):
    return varint(field_number << 3) + varint(value)


# ---- requests


def query(filter, output_fields=("id",), params=None, **members):
    request = milvus_pb2.QueryRequest(collection_name=ABUSED, expr=filter, output_fields=list(output_fields), query_params=pairs(params or {}), **members)
    return "Query", request.SerializeToString()


def search(params=None, values=None, nq=1, filter="", **members):
    values = [struct.pack(f"<{DIM}f", *[0.0] * DIM)] if values is None else values
    group = common_pb2.PlaceholderGroup(placeholders=[common_pb2.PlaceholderValue(tag="$0", type=FLOAT_VECTOR, values=values)])
    flat = {"anns_field": "vector", "topk": 10, "params": "{}", **(params or {})}
    request = milvus_pb2.SearchRequest(
        collection_name=ABUSED, dsl=filter, dsl_type=1, placeholder_group=group.SerializeToString(), nq=nq, search_params=pairs(flat), **members
    )
    return "Search", request.SerializeToString()


def insert(columns, rows, tail=b""):
    return "Insert", milvus_pb2.InsertRequest(collection_name=ABUSED, fields_data=columns, num_rows=rows).SerializeToString() + tail


def good_columns(**changes):
    columns = {
        "id": column("id", INT64, [1000]), "tag": column("tag", VARCHAR, ["x"]), "number": column("number", INT64, [1]),
        "j": column("j", JSON, [b"{}"]), "vector": vector_column("vector", [[0.0] * DIM]), **changes,
    }  # fmt: skip
    return list(columns.values())


def json_row(text):
    return insert(good_columns(j=column("j", JSON, [text])), 1)


def dynamic_row(text):
    return insert([*good_columns(), column("$meta", JSON, [text], is_dynamic=True)], 1)


def create(schema_bytes, **members):
    return "CreateCollection", milvus_pb2.CreateCollectionRequest(collection_name="fresh", schema=schema_bytes, **members).SerializeToString()


def index(extra_params):
    return "CreateIndex", milvus_pb2.CreateIndexRequest(collection_name=ABUSED, field_name="number", extra_params=extra_params).SerializeToString()


def delete(filter):
    return "Delete", milvus_pb2.DeleteRequest(collection_name=ABUSED, expr=filter).SerializeToString()


def many_pairs(field_number, count, of):
    """A repeated KeyValuePair, written by hand because building a million of them takes longer than the test."""
    return b"".join(part(field_number, part(1, b"k%d" % i) + part(2, b"v")) for i in range(count)) if of == "distinct" else part(field_number, b"") * count


def schema(fields, extra=b""):
    name = part(1, b"fresh")
    return name + b"".join(fields) + extra


def field_bytes(name, data_type, primary=False, params=b""):
    return part(4, part(2, name) + (number(3, 1) if primary else b"") + number(5, data_type) + params)


VECTOR_FIELD = field_bytes(b"vector", FLOAT_VECTOR, params=part(6, part(1, b"dim") + part(2, b"8")))
KEY_FIELD = field_bytes(b"id", INT64, primary=True)


def nested_arrays(depth):
    """FieldData in FieldData, as struct arrays allow: field 8 holds a message whose field 1 is a FieldData."""
    body = number(1, INT64)
    for _ in range(depth):
        body = part(8, part(1, body))
    return "Insert", part(3, ABUSED.encode()) + part(5, body) + number(7, 1)


def nested_templates(depth):
    """Template values in arrays of template values."""
    body = b""
    for _ in range(depth):
        body = part(5, part(1, body))
    return "Query", part(3, ABUSED.encode()) + part(4, b"id in {x}") + part(13, part(1, b"x") + part(2, part(5, body)))


def templates(count, filter="id == {x0}"):
    entries = b"".join(part(13, part(1, b"x%d" % i) + part(2, number(2, i))) for i in range(count))
    return "Query", part(3, ABUSED.encode()) + part(4, filter.encode()) + entries


def template_list(filter, member, elements, method="Query"):
    """A list of elements, encoded already, for {x}."""
    value = part(5, part(member, elements))
    expr, values = (4, 13) if method == "Query" else (5, 8)
    return method, part(3, ABUSED.encode()) + part(expr, filter.encode()) + part(values, part(1, b"x") + part(2, value))


def template_text(filter, text):
    return "Query", part(3, ABUSED.encode()) + part(4, filter.encode()) + part(13, part(1, b"x") + part(2, part(4, text)))


def claimed_rows(columns, rows):
    return "Insert", part(3, ABUSED.encode()) + b"".join(part(5, c) for c in columns) + number(7, rows)


def valid_data_bomb(rows):
    """Every row of a nullable column is null: a byte of the request for each value."""
    c = number(1, INT64) + part(2, b"number") + part(7, b"\0" * rows)
    return claimed_rows([c], rows)


def filters():
    million = 1_000_000
    yield "paren", lambda: query("(" * million)
    yield "paren-closed", lambda: query("(" * 500_000 + "id == 1" + ")" * 500_000)
    yield "not", lambda: query("not " * million + "(id == 1)")
    yield "bang", lambda: query("!" * million + "(id == 1)")
    yield "minus", lambda: query("-" * million + "1 == id")
    yield "minus-numbers", lambda: query("id == 1" + " - 1" * million)
    yield "or-same", lambda: query(" or ".join(["number == 1"] * 700_000))
    yield "or-flat", lambda: query(" or ".join(f"number == {i}" for i in range(700_000)))
    yield "or-ranges", lambda: query(" or ".join(f"number > {i + 100}" for i in range(100_000)))
    yield "or-two-columns", lambda: query(" or ".join(f"number == {i + 100} or id == {i + 100}" for i in range(50_000)))
    yield "and-flat", lambda: query(" and ".join(f"number != {i + 100}" for i in range(100_000)))
    yield "and-json", lambda: query(" and ".join(f'j["a"] != {i + 100}' for i in range(50_000)))
    yield "or-and", lambda: query(" or ".join(f"(number == {i + 100} and id == {i})" for i in range(50_000)))
    yield "in-list", lambda: query(f"number in [{','.join(str(i) for i in range(million))}]")
    yield "in-list-texts", lambda: query("tag in [" + ",".join(f"'t{i}'" for i in range(million)) + "]")
    yield "in-keys", lambda: query(f"id in [{','.join(str(i) for i in range(million))}]")
    yield "delete-keys", lambda: delete(f"id in [{','.join(str(i + 10**6) for i in range(million))}]")
    yield "in-json", lambda: query('j["a"] in [' + ",".join(str(i + 5) for i in range(million)) + "]")
    yield "list-nested", lambda: query("id in [" + "[" * million)
    yield "json-path", lambda: query("j" + '["a"]' * 200_000 + " == 1")
    yield "json-index", lambda: query("j" + "[0]" * 300_000 + " == 1")
    yield "like", lambda: query("tag like '" + "%a" * 30_000 + "b'")
    yield "like-single", lambda: query("tag like '%" + "_" * 60_001 + "'")
    yield "like-mixed", lambda: query("tag like '" + "%a_" * 20_000 + "b'")
    yield "like-many", lambda: query(" or ".join(["tag like '%a%a%a%ab'"] * 200))
    yield "regex-backtrack", lambda: query("tag =~ '(a+)+$x'")
    yield "regex-states", lambda: query("tag =~ '(a|b)*a(a|b){14}c'")
    yield "regex-same", lambda: query(" or ".join(["tag =~ '(.*)(.*)(.*)b'"] * 20))
    yield "regex-many", lambda: query(" or ".join(f"tag =~ '(a+)+{i}'" for i in range(10_000)))
    yield "regex-long", lambda: query("tag =~ '" + "a?" * million + "'")
    yield "regex-nested", lambda: query("tag =~ '" + "(" * 8_000 + ")*" * 4_000 + "'")
    yield "regex-repeated", lambda: query("tag =~ '((a{100}){100}){100}'")
    yield "contains-list", lambda: query(f'json_contains_any(j["a"], [{",".join(str(i) for i in range(million))}])')
    yield "contains-texts", lambda: query('json_contains_all(j["a"], [' + ",".join(f"'t{i}'" for i in range(million)) + "])")
    yield "contains-arrays", lambda: query("json_contains_any(j, [" + "[1,'a']," * 100_000 + "])")
    yield "contains-arrays-many", lambda: query("json_contains_any(j, [" + "[]," * million + "])")
    yield "contains-nested", lambda: query("json_contains(j, " + "[" * million)
    yield "number-long", lambda: query("id == " + "9" * million)
    yield "number-hex", lambda: query("id == 0x" + "f" * million)
    yield "number-zeros", lambda: query("number == 1." + "0" * million)
    yield "number-exponent", lambda: query("number == 1e" + "9" * million)
    yield "power", lambda: query("id == " + "9 ** " * 100_000 + "9")
    yield "sum", lambda: query("id == 1" + " + 1" * million)
    yield "string-long", lambda: query("tag == '" + "x" * (8 * MEBI) + "'")
    yield "string-escapes", lambda: query("tag == '" + "\\u4e2d" * million + "'")
    yield "identifier", lambda: query("a" * (8 * MEBI) + " == 1")
    yield "blanks", lambda: query(" " * (8 * MEBI) + "id == 1")
    yield "call", lambda: query("empty(" * million)
    yield "call-arguments", lambda: query("empty(" + "tag," * million + "tag)")
    yield "range", lambda: query("id < " * million + "1")
    yield "exists", lambda: query("exists " * million + "j")
    yield "no-utf8", lambda: ("Query", part(3, ABUSED.encode()) + part(4, b"\xff" * (8 * MEBI)))
    yield "search-or", lambda: search(filter=" or ".join(f"number == {i}" for i in range(100_000)))


def json_texts():
    yield "json-depth", lambda: json_row(b"[" * 1_000_000)
    yield "json-depth-closed", lambda: json_row(b"[" * 32_768 + b"]" * 32_768)
    yield "json-objects", lambda: json_row(b'{"a":' * 13_000)
    yield "json-depth-dynamic", lambda: dynamic_row(b'{"a":' + b"[" * 1_000_000)
    yield "json-depth-params", lambda: search({"params": "[" * 1_000_000})
    yield "json-depth-index", lambda: index(pairs({"params": "[" * 100_000}))
    yield "json-number", lambda: json_row(b"1" * 65_536)
    yield "json-keys", lambda: dynamic_row(json.dumps({f"k{i}": 0 for i in range(5000)}).encode())
    yield "json-params-keys", lambda: search({"params": json.dumps({f"k{i}": i for i in range(70_000)})})
    yield "json-params-long", lambda: search({"params": '{"a": "' + "x" * (10 * MEBI) + '"}'})
    yield "json-duplicate-keys", lambda: dynamic_row(b"{" + b",".join([b'"a":1'] * 9000) + b"}")


def messages():
    million = 1_000_000
    yield "protobuf-structs", lambda: nested_arrays(10_000)
    yield "protobuf-groups", lambda: ("Insert", part(3, ABUSED.encode()) + b"\x6b" * 10_000)
    yield "protobuf-groups-query", lambda: ("Query", b"\x6b" * million)
    yield "protobuf-groups-create", lambda: ("CreateCollection", b"\x6b" * million)
    yield "protobuf-templates", lambda: nested_templates(10_000)
    yield "templates", lambda: templates(100_000)
    yield "templates-used", lambda: templates(1, " or ".join(["id == {x0}"] * 100_000))
    yield "templates-list", lambda: template_list("number in {x}", 2, part(1, b"".join(varint(i) for i in range(million))))
    yield "templates-keys", lambda: template_list("id in {x}", 2, part(1, b"".join(varint(i * 1000) for i in range(million))))
    yield "templates-texts", lambda: template_list("tag in {x}", 4, b"".join(part(1, b"t%d" % i) for i in range(million)))
    yield "templates-json", lambda: template_list('j["a"] in {x}', 6, b"".join(part(1, b"%d" % i) for i in range(million)))
    yield "templates-contains", lambda: template_list("json_contains_all(j, {x})", 2, part(1, b"".join(varint(i) for i in range(million))))
    yield "templates-delete", lambda: template_list("id in {x}", 2, part(1, b"".join(varint(i + 10**6) for i in range(million))), "Delete")
    yield "templates-zeros", lambda: template_list("id in {x}", 2, part(1, b"\0" * (40 * MEBI)))
    yield "templates-texts-empty", lambda: template_list("tag in {x}", 4, part(1, b"") * (10 * million))
    yield "templates-arrays-empty", lambda: template_list("json_contains_any(j, {x})", 5, part(1, b"") * (10 * million))
    yield "templates-text-used", lambda: template_text(" or ".join(["tag == {x}"] * 100_000), b"x" * MEBI)
    yield "templates-pattern-used", lambda: template_text(" or ".join(["tag like {x}"] * 100_000), b"%x" * 300_000)
    yield "columns-empty", lambda: ("Insert", part(3, ABUSED.encode()) + part(5, b"") * million)
    yield "columns-typed", lambda: ("Insert", part(3, ABUSED.encode()) + part(5, number(1, INT64)) * million)
    yield "schema-fields", lambda: create(schema([KEY_FIELD, VECTOR_FIELD, *(field_bytes(b"f%d" % i, INT64) for i in range(100_000))]))
    yield "schema-fields-empty", lambda: create(schema([KEY_FIELD, VECTOR_FIELD, part(4, b"") * million]))
    yield "schema-type-params", lambda: create(schema([KEY_FIELD, VECTOR_FIELD, field_bytes(b"f", INT64, params=part(6, b"") * million)]))
    yield "schema-properties", lambda: create(schema([KEY_FIELD, VECTOR_FIELD]) + many_pairs(6, million, "empty"))
    yield "schema-description", lambda: create(part(2, b"x" * (10 * MEBI)) + schema([KEY_FIELD, VECTOR_FIELD]))
    yield "collection-properties", lambda: ("CreateCollection", create(schema([KEY_FIELD, VECTOR_FIELD]))[1] + many_pairs(7, 500_000, "distinct"))
    yield "search-params", lambda: ("Search", search()[1] + many_pairs(9, million, "empty"))
    yield "search-params-distinct", lambda: ("Search", search()[1] + many_pairs(9, 300_000, "distinct"))
    yield "query-params", lambda: ("Query", query("id == 1")[1] + many_pairs(9, million, "empty"))
    yield "index-params", lambda: ("CreateIndex", index([])[1] + many_pairs(5, million, "empty"))
    yield "index-params-long", lambda: index(pairs({"index_type": "INVERTED", "note": "x" * (10 * MEBI)}))
    yield "index-params-distinct", lambda: ("CreateIndex", index([])[1] + many_pairs(5, 12_000, "distinct"))
    yield "index-params-json", lambda: index(pairs({"params": json.dumps({f"k{i}": i for i in range(7000)})}))
    yield "output-fields-same", lambda: ("Query", query("id == 1")[1] + part(5, b"id") * million)
    yield "output-fields-distinct", lambda: ("Query", query("id == 1")[1] + b"".join(part(5, b"dyn%d" % i) for i in range(100_000)))
    yield "output-fields-60k", lambda: ("Query", query("id >= 0")[1] + b"".join(part(5, b"dyn%d" % i) for i in range(60_000)))
    yield "aggregates-same", lambda: ("Query", query("id >= 0", [])[1] + b"".join(part(5, b"count(" + b" " * i + b"id)") for i in range(2000)))
    yield "order-names", lambda: query("id >= 0", params={"limit": 1, "order_by_fields": "id," * million})
    yield "group-names", lambda: query("id >= 0", ["count(*)"], {"group_by_fields": "tag," * million})
    yield "distance-ids", lambda: ("CalcDistance", part(2, part(1, part(1, ABUSED.encode()) + part(2, b"vector") + part(3, part(1, part(1, b"\x01" * 2 * million))))))
    yield "distance-pairs", lambda: ("CalcDistance", b"".join(part(side, part(2, number(1, 1) + part(2, part(1, b"\0" * 4 * 60_000)))) for side in (2, 3)))
    yield "partitions", lambda: ("Query", query("id == 1")[1] + part(6, b"_default") * 60_000)
    yield "partitions-many", lambda: ("Query", query("id == 1")[1] + part(6, b"_default") * million)
    yield "flush-names", lambda: ("Flush", part(3, ABUSED.encode()) * 100_000)
    yield "flush-names-empty", lambda: ("Flush", part(3, b"") * million)
    yield "show-names", lambda: ("ShowCollections", number(4, 1) + part(5, b"x") * million)
    yield "load-fields", lambda: ("LoadCollection", part(3, ABUSED.encode()) + part(7, b"id") * million)
    yield "name-long", lambda: ("DescribeCollection", part(3, b"n" * (10 * MEBI)))
    yield "name-long-query", lambda: ("Query", part(3, b"n" * (10 * MEBI)) + part(4, b"id == 1"))
    yield "unknown-fields", lambda: ("Query", query("id == 1")[1] + part(200, b"") * million)
    yield "unknown-fields-create", lambda: ("CreateCollection", part(200, b"") * million)


def numbers():
    yield "nq-huge", lambda: search(nq=2**62)
    yield "nq-negative", lambda: search(nq=-1)
    yield "vectors-16385", lambda: search(values=[struct.pack(f"<{DIM}f", *[0.0] * DIM)] * 16_385, nq=16_385)
    yield "vectors-empty", lambda: search(values=[b""] * 1_000_000, nq=1_000_000)
    yield "vectors-uneven", lambda: search(values=[b"a", b"bb"] * 500_000, nq=1_000_000)
    yield "nq-topk-large", lambda: search({"topk": 16_384}, values=[struct.pack(f"<{DIM}f", *[0.0] * DIM)] * 16_384, nq=16_384)
    yield "topk-huge", lambda: search({"topk": 2**62})
    yield "offset-huge", lambda: search({"offset": 2**62})
    yield "topk-long", lambda: search({"topk": "9" * 1_000_000})
    yield "limit-huge", lambda: query("id >= 0", params={"limit": 2**62})
    yield "offset-huge-query", lambda: query("id >= 0", params={"limit": 1, "offset": 2**63 - 1})
    yield "rows-claimed", lambda: insert(good_columns(), 2**32 - 1)
    yield "rows-claimed-nothing", lambda: claimed_rows([], 2**32 - 1)
    yield "rows-claimed-null", lambda: valid_data_bomb(8_000_000)
    yield "rows-claimed-one", lambda: claimed_rows([number(1, INT64) + part(2, b"id") + part(3, part(3, part(1, b"\x01")))], 2**32 - 1)
    yield "vector-dim-claimed", lambda: claimed_rows(
        [number(1, FLOAT_VECTOR) + part(2, b"vector") + part(4, number(1, 2**31 - 1) + part(2, part(1, b"\0" * 64)))], 2**20
    )
    yield "dim-giant", lambda: create(schema_pb2.CollectionSchema(name="fresh", fields=[field("id", INT64, primary=True), field("v", FLOAT_VECTOR, dim="9" * 100_000)]).SerializeToString())
    yield "shards", lambda: create(schema([KEY_FIELD, VECTOR_FIELD]), shards_num=2**31 - 1)
    yield "num-partitions", lambda: create(schema([KEY_FIELD, VECTOR_FIELD]), num_partitions=2**62)
    yield "guarantee-ts", lambda: query("id == 1", guarantee_timestamp=2**64 - 1)


def cases():
    """(name, function that makes method and request bytes)"""
    for group in (filters, json_texts, messages, numbers):
        yield from group()
