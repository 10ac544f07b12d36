"""Rows over REST (/v2/vectordb/entities and the legacy /v1): what one interface writes the other reads, and the codes
and words of refusals."""

import base64
import http.client
import json
import struct

import pytest
from conftest import DIM, make_collection, simple_row
from pymilvus import DataType

BIG = 2**53 + 1


class Rest:
    def __init__(self, server):
        self.address = server.address

    def send(self, path, body, method="POST", **headers):
        """(HTTP status, answer); `body` is JSON, or text that is sent as it stands."""
        connection = http.client.HTTPConnection(self.address, timeout=20)
        try:
            text = body if isinstance(body, str) else json.dumps(body)
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, text if method == "POST" else None, names)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def __call__(self, action, name, headers=None, **members):
        status, answer = self.send(f"/v2/vectordb/entities/{action}", {"collectionName": name, **members}, **(headers or {}))
        assert status == 200
        return answer

    def ok(self, action, name, headers=None, **members):
        answer = self(action, name, headers, **members)
        assert answer["code"] == 0, answer
        return answer["data"]

    def refused(self, code, phrase, action, name, **members):
        answer = self(action, name, **members)
        assert answer["code"] == code and phrase in answer["message"], answer


@pytest.fixture
def rest(server):
    return Rest(server)


def floats(*numbers):
    return struct.pack(f"<{len(numbers)}f", *numbers)


def make_all_types(client, name):
    schema = client.create_schema(auto_id=False, enable_dynamic_field=True)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("bool", DataType.BOOL)
    schema.add_field("int8", DataType.INT8)
    schema.add_field("int16", DataType.INT16)
    schema.add_field("int32", DataType.INT32)
    schema.add_field("int64", DataType.INT64, nullable=True)
    schema.add_field("float", DataType.FLOAT)
    schema.add_field("double", DataType.DOUBLE)
    schema.add_field("text", DataType.VARCHAR, max_length=32)
    schema.add_field("json", DataType.JSON)
    schema.add_field("time", DataType.TIMESTAMPTZ)
    schema.add_field("shape", DataType.GEOMETRY)
    schema.add_field("longs", DataType.ARRAY, element_type=DataType.INT64, max_capacity=8)
    schema.add_field("bytes", DataType.ARRAY, element_type=DataType.INT8, max_capacity=8)
    schema.add_field("bools", DataType.ARRAY, element_type=DataType.BOOL, max_capacity=8)
    schema.add_field("reals", DataType.ARRAY, element_type=DataType.DOUBLE, max_capacity=8)
    schema.add_field("texts", DataType.ARRAY, element_type=DataType.VARCHAR, max_capacity=8, max_length=16)
    schema.add_field("vec", DataType.FLOAT_VECTOR, dim=2)
    schema.add_field("bits", DataType.BINARY_VECTOR, dim=16)
    schema.add_field("half", DataType.FLOAT16_VECTOR, dim=2)
    schema.add_field("brain", DataType.BFLOAT16_VECTOR, dim=2)
    schema.add_field("tiny", DataType.INT8_VECTOR, dim=2)
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    parts = client.create_struct_field_schema()
    parts.add_field("n", DataType.INT32)
    parts.add_field("v", DataType.FLOAT_VECTOR, dim=2)
    schema.add_field("s", DataType.ARRAY, element_type=DataType.STRUCT, struct_schema=parts, max_capacity=8)
    index = client.prepare_index_params()
    for field, metric in [("vec", "L2"), ("half", "L2"), ("brain", "L2")]:
        index.add_index(field_name=field, index_type="FLAT", metric_type=metric)
    index.add_index(field_name="tiny", index_type="HNSW", metric_type="L2")
    index.add_index(field_name="bits", index_type="BIN_FLAT", metric_type="HAMMING")
    index.add_index(field_name="sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
    index.add_index(field_name="s[v]", index_name="sv", index_type="HNSW", metric_type="MAX_SIM_L2")
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.create_index(name, index)
    client.load_collection(name)


def row_over_rest(i):
    return {
        "id": i,
        "bool": True,
        "int8": -8,
        "int16": "16",
        "int32": 32,
        "int64": str(BIG),
        "float": 0.5,
        "double": 0.1,
        "text": "ä\"",
        "json": {"k": [1, None]},
        "time": "2025-01-01T00:00:00Z",
        "shape": "POINT (1 2)",
        "longs": [BIG, -2],
        "bytes": [7],
        "bools": [True, False],
        "reals": [0.25],
        "texts": ["a", ""],
        "vec": [1, 0.5],
        "bits": [102, 111],
        "half": [1, 2],
        "brain": [1, 2],
        "tiny": [-1, 2],
        "sparse": {"5": 1, "70": 0.5},
        "s": [{"n": 1, "v": [1, 2]}, {"n": 2, "v": [3, 4]}],
        "extra": {"deep": [True]},
    }


NEEDS_STRUCTS = pytest.mark.skipif(not hasattr(DataType, "STRUCT"), reason="this client has no struct arrays")


@NEEDS_STRUCTS
def test_rows_written_over_rest_are_read_by_the_client(client, name, rest):
    make_all_types(client, name)
    assert rest("insert", name, data=[row_over_rest(1), row_over_rest(2)]) == {
        "code": 0,
        "cost": 0,
        "data": {"insertCount": 2, "insertIds": [1, 2]},
    }
    row = client.query(name, filter="id == 2", output_fields=["*"])[0]
    expected = row_over_rest(2)
    for key in ["id", "bool", "int8", "int32", "float", "double", "text", "json", "texts", "longs", "bytes", "bools", "reals", "extra"]:
        value = row[key]
        assert (list(value) if isinstance(expected[key], list) else value) == expected[key], key
    assert row["int16"] == 16 and row["int64"] == BIG
    assert row["time"].startswith("2025-01-01T00:00:00") and row["shape"] == "POINT (1 2)"
    assert [float(x) for x in row["vec"]] == [1, 0.5]
    assert b"".join(row["bits"]) == b"fo"
    assert row["sparse"] == {5: 1.0, 70: 0.5}
    assert [part["n"] for part in row["s"]] == [1, 2]


@NEEDS_STRUCTS
def test_rows_written_by_the_client_are_read_over_rest(client, name, rest):
    import numpy as np

    make_all_types(client, name)
    row = row_over_rest(5)
    row.update(int16=16, int64=BIG, bits=b"fo", half=np.array([1, 2], np.float16), tiny=np.array([-1, 2], np.int8))
    row["brain"] = bytes.fromhex("803f0040")
    row["sparse"] = {5: 1.0, 70: 0.5}
    client.insert(name, [row])
    for answer in [rest.ok("query", name, filter="id == 5"), rest.ok("get", name, id=5), rest.ok("get", name, id=["5"])]:
        assert len(answer) == 1
        read = answer[0]
        expected = row_over_rest(5)
        expected.update(
            int16=16,
            int64=BIG,
            bits=base64.b64encode(b"fo").decode(),
            half=base64.b64encode(bytes.fromhex("003c0040")).decode(),
            brain=base64.b64encode(bytes.fromhex("803f0040")).decode(),
            tiny=base64.b64encode(b"\xff\x02").decode(),
        )
        assert read == expected


@NEEDS_STRUCTS
def test_searches_of_every_kind_of_vector(client, name, rest):
    make_all_types(client, name)
    rest.ok("insert", name, data=row_over_rest(1))
    for field, query, distance in [
        ("vec", [1, 1.5], 1),
        ("bits", [102, 110], 1),
        ("bits", base64.b64encode(b"fo").decode(), 0),
        ("half", [1, 3], 1),
        ("brain", base64.b64encode(bytes.fromhex("803f0040")).decode(), 0),
        ("tiny", [0, 2], 1),
        ("sparse", {"70": 2}, 1),
        ("sparse", {"indices": [5], "values": [3]}, 3),
        ("s[v]", [[1, 2], [3, 4]], 0),
    ]:
        hits = rest.ok("search", name, data=[query], annsField=field, outputFields=["text"])
        assert hits == [{"id": 1, "distance": distance, "text": "ä\""}], field
    rest.refused(1100, "multiple anns_fields", "search", name, data=[[1, 2]])


def test_nulls_and_defaults(client, name, rest):
    schema = client.create_schema(enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("text", DataType.VARCHAR, max_length=8, nullable=True)
    schema.add_field("number", DataType.INT64, default_value=7)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=2)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    index = client.prepare_index_params()
    index.add_index(field_name="vector", index_type="FLAT", metric_type="L2")
    client.create_index(name, index)
    client.load_collection(name)
    rows = [{"id": 1, "vector": [1, 2]}, {"id": 2, "text": None, "number": None, "vector": [1, 2]}, {"id": 3, "text": "x", "number": 9, "vector": [1, 2]}]
    rest.ok("insert", name, data=rows)
    expected = [(1, None, 7), (2, None, 7), (3, "x", 9)]
    for read in [rest.ok("query", name), client.query(name, filter="id > 0", output_fields=["*"])]:
        assert [(row["id"], row["text"], row["number"]) for row in read] == expected
    rest.refused(1804, "row 0 has a field", "insert", name, data=[{"id": 4, "vector": [1, 2], "more": 1}])
    rest.refused(1804, "row 1, field id: it is null", "insert", name, data=[rows[0], {"id": None, "vector": [1, 2]}])
    assert len(rest.ok("query", name)) == 3


def test_int64_beyond_doubles(simple, rest):
    as_text = {"Accept_Type_Allow_Int64": "false"}
    row = simple_row(0, id=BIG, number=-BIG)
    assert rest.ok("insert", simple, as_text, data=[row])["insertIds"] == [str(BIG)]
    assert rest.ok("upsert", simple, data=[row]) == {"upsertCount": 1, "upsertIds": [BIG]}
    assert rest.ok("get", simple, id=[BIG], outputFields=["number"]) == [{"id": BIG, "number": -BIG}]
    assert rest.ok("get", simple, as_text, id=str(BIG), outputFields=["number"]) == [{"id": str(BIG), "number": str(-BIG)}]
    hits = rest.ok("search", simple, as_text, ids=[str(BIG)], filter=f"id == {BIG}", outputFields=["number"])
    assert hits == [{"id": str(BIG), "number": str(-BIG), "distance": 0}]


def test_queries(simple, rest):
    assert rest.ok("query", simple, filter="id in {x}", exprParams={"x": [3, 1]}, outputFields=["tag"]) == [
        {"id": 1, "tag": "tag1"},
        {"id": 3, "tag": "tag3"},
    ]
    assert rest.ok("query", simple, filter="tag == {t} and number > {n}", exprParams={"t": "tag1", "n": 50}, outputFields=["id"]) == [
        {"id": 6},
        {"id": 11},
        {"id": 16},
    ]
    assert rest.ok("query", simple, limit=2, offset=3, outputFields=["id"]) == [{"id": 3}, {"id": 4}]
    assert rest.ok("query", simple, outputFields=["count(*)"]) == [{"count(*)": 20}]
    assert rest.ok("query", simple, filter="id < 5", outputFields=["count(*)"], limit=1) == [{"count(*)": 5}]
    assert rest.ok("query", simple, filter="id < 0") == []
    ordered = rest.ok("query", simple, filter="id < 4", orderByFields=["number:desc"], outputFields=["id"])
    assert [row["id"] for row in ordered] == [3, 2, 1, 0]
    rest.ok("insert", simple, data=[simple_row(i) for i in range(100, 250)])
    assert len(rest.ok("query", simple, outputFields=["id"])) == 100
    assert len(rest.ok("query", simple, outputFields=["id"], limit=160)) == 160


def test_searches(simple, rest):
    origin = [0.0, 1.0] + [0.0] * (DIM - 2)
    at_five = [5.0, 1.0] + [0.0] * (DIM - 2)
    answer = rest("search", simple, data=[origin, at_five], limit=2, outputFields=["tag"])
    assert answer == {
        "code": 0,
        "cost": 0,
        "topks": [2, 2],
        "data": [
            {"id": 0, "distance": 0, "tag": "tag0"},
            {"id": 1, "distance": 1, "tag": "tag1"},
            {"id": 5, "distance": 0, "tag": "tag0"},
            {"id": 4, "distance": 1, "tag": "tag4"},
        ],
    }
    assert [hit["id"] for hit in rest.ok("search", simple, data=[origin], limit=2, offset=3)] == [3, 4]
    ranged = rest.ok("search", simple, data=[origin], searchParams={"params": {"radius": 10, "range_filter": 1}})
    assert [hit["id"] for hit in ranged] == [1, 2, 3]
    assert [hit["id"] for hit in rest.ok("search", simple, data=[origin], filter="id > {x}", exprParams={"x": 17})] == [18, 19]
    assert [hit["id"] for hit in rest.ok("search", simple, ids=[7], limit=1)] == [7]
    assert len(rest.ok("search", simple, data=[origin])) == 20
    answer = rest("search", simple, data=[origin, origin], filter="id > 1000")
    assert answer["data"] == [] and answer["topks"] == [0, 0]
    for level in ["Strong", "Session", "Bounded", "Eventually", "Customized"]:
        assert rest.ok("search", simple, data=[origin], limit=1, consistencyLevel=level)


def test_deletes(client, simple, rest):
    assert rest("delete", simple, filter="id in [1, 2]") == {"code": 0, "data": {"deleteCount": 2}}
    assert rest.ok("delete", simple, filter="number >= {x}", exprParams={"x": 50}) == {"deleteCount": 15}
    assert [row["id"] for row in client.query(simple, filter="id >= 0", output_fields=["id"])] == [0, 3, 4]


def test_partial_updates(client, simple, rest):
    assert rest.ok("upsert", simple, partialUpdate=True, data=[{"id": 1, "tag": "new"}, {"id": 2, "tag": "new"}])["upsertCount"] == 2
    rows = client.query(simple, filter="id in [1, 2, 3]", output_fields=["tag", "number"])
    assert [(row["id"], row["tag"], row["number"]) for row in rows] == [(1, "new", 10), (2, "new", 20), (3, "tag3", 30)]
    rest.refused(1804, "other rows have it", "upsert", simple, partialUpdate=True, data=[{"id": 1, "tag": "a"}, {"id": 2}])


def test_keys_that_are_texts(client, name, rest):
    client.create_collection(name, dimension=2, id_type="string", max_length=64, consistency_level="Strong")
    keys = ["a\"] or id != [\"", "\\", "'", "ä", "x in {y}"]
    rest.ok("insert", name, data=[{"id": key, "vector": [1, 2]} for key in keys])
    for key in keys:
        assert rest.ok("get", name, id=key, outputFields=["id"]) == [{"id": key}]
        assert rest.ok("search", name, ids=[key], filter="id == {k}", exprParams={"k": key})[0]["id"] == key
    assert rest.ok("get", name, id=["nothing"], outputFields=["id"]) == []


def test_refusals(simple, rest):
    vector = [0.0] * DIM
    rest.refused(1802, "missing required parameters", "insert", simple, data=[])
    rest.refused(1802, "missing required parameters", "upsert", simple)
    rest.refused(1801, "can only accept json format request", "insert", simple, data="x")
    rest.refused(1804, "fail to deal the insert data, error: row 1, field vector", "insert", simple, data=[simple_row(50), simple_row(51, vector=[1])])
    rest.refused(1804, "field number", "insert", simple, data=[simple_row(50, number="x")])
    rest.refused(1804, "field tag: it is missing", "insert", simple, data=[{"id": 1, "number": 2, "vector": vector}])
    rest.refused(1100, "max length", "insert", simple, data=[simple_row(50, tag="x" * 33)])
    rest.refused(1802, "missing required parameters", "delete", simple)
    rest.refused(1802, "missing required parameters", "get", simple)
    rest.refused(1802, "missing required parameters", "search", simple)
    rest.refused(1806, "please check the primary key", "get", simple, id="x")
    rest.refused(1801, "error:", "search", simple, data=[vector[1:]])
    rest.refused(1801, "error:", "search", simple, data=vector)
    rest.refused(1100, "mutually exclusive", "search", simple, data=[vector], ids=[1])
    rest.refused(1100, "ambiguous parameter: radius", "search", simple, data=[vector], searchParams={"radius": 1, "params": {"radius": 2}})
    rest.refused(1100, "metric type not match", "search", simple, data=[vector], searchParams={"metricType": "IP"})
    rest.refused(1100, "consistencyLevel can only be [", "search", simple, data=[vector], consistencyLevel="strong")
    rest.refused(1100, "topk", "search", simple, data=[vector], limit=16385)
    rest.refused(1100, "invalid max query result window", "query", simple, limit=16385)
    rest.refused(10, "hybrid_search is not implemented", "hybrid_search", simple, search=[{"data": [vector], "annsField": "vector"}])
    rest.refused(10, "not implemented", "search", simple, data=[vector], functionScore={"functions": [{"name": "x"}]})
    for action in ["insert", "upsert", "delete", "query", "get", "search"]:
        rest.refused(100, "", action, "no_such_collection", data=[{"id": 1}], filter="id > 1", id=1)
    assert rest.send("/v2/vectordb/entities/query", "{")[1]["code"] == 1801
    assert rest.send("/v2/vectordb/entities/query", "")[1]["code"] == 1801
    rest.ok("query", simple)


def test_a_large_insert(client, name, rest):
    client.create_collection(name, dimension=128, metric_type="L2", consistency_level="Strong")
    rows = [{"id": i, "vector": [i + x / 128 for x in range(128)]} for i in range(3000)]
    assert rest.ok("insert", name, data=rows)["insertCount"] == 3000
    hits = rest.ok("search", name, data=[rows[1234]["vector"]], limit=1)
    assert hits == [{"id": 1234, "distance": 0}]


def test_the_legacy_interface(client, name, rest):
    def v1(action, **members):
        return rest.send(f"/v1/vector/{action}", {"collectionName": name, **members})[1]

    assert v1("collections/create", dimension=2, metricType="L2") == {"code": 200, "data": {}}
    assert name in rest.send("/v1/vector/collections", "", method="GET")[1]["data"]
    described = rest.send(f"/v1/vector/collections/describe?collectionName={name}", "", method="GET")[1]
    assert described["code"] == 200 and described["data"]["enableDynamic"] is True
    assert [field["type"] for field in described["data"]["fields"]] == ["Int64", "FloatVector(2)"]
    inserted = v1("insert", data=[{"vector": [1, 2], "n": 1}, {"vector": [3, 4], "n": 2}])
    assert inserted["code"] == 200 and inserted["data"]["insertCount"] == 2
    ids = inserted["data"]["insertIds"]
    assert v1("search", vector=[3, 4], limit=1, outputFields=["n"])["data"] == [{"id": ids[1], "n": 2, "distance": 0}]
    assert [row["n"] for row in v1("query", filter="n > 0", outputFields=["n"])["data"]] == [1, 2]
    assert v1("get", id=ids[0], outputFields=["n"])["data"] == [{"id": ids[0], "n": 1}]
    assert v1("delete", id=ids[0]) == {"code": 200, "data": {}}
    assert v1("get", id=ids)["data"][0]["id"] == ids[1]
    assert v1("query")["code"] == 1802
    assert v1("collections/drop") == {"code": 200, "data": {}}
    assert v1("collections/drop")["code"] == 100


def test_dynamic_keys(client, name, rest):
    make_collection(client, name, rows=3, dynamic=True)
    rest.ok("insert", name, data=simple_row(9, more={"a": 1}))
    assert rest.ok("query", name, filter="id == 9", outputFields=["more"]) == [{"id": 9, "more": {"a": 1}}]
    assert rest.ok("query", name, filter="more[\"a\"] == 1", outputFields=["$meta"]) == [{"id": 9, "more": {"a": 1}}]
