"""REST: collections, partitions, indexes, aliases, databases, resource groups and analyzers, and what all routes have
in common. The same things are looked at by pymilvus, field by field."""

import json
import time

import pytest
from client_calls import needs
from conftest import CLIENT, make_collection, vector_index
from pymilvus import DataType
from rest_calls import Rest

LEVELS = ["Strong", "Session", "Bounded", "Eventually", "Customized"]
KEY = {"fieldName": "id", "dataType": "Int64", "isPrimary": True}
VECTOR = {"fieldName": "vector", "dataType": "FloatVector", "elementTypeParams": {"dim": 8}}
ALL_FIELDS = [
    KEY,
    {"fieldName": "bool", "dataType": "Bool", "defaultValue": True},
    {"fieldName": "int8", "dataType": "Int8", "defaultValue": -5},
    {"fieldName": "int16", "dataType": "Int16", "nullable": True},
    {"fieldName": "int32", "dataType": "Int32", "defaultValue": 2**31 - 1},
    {"fieldName": "int64", "dataType": "Int64", "defaultValue": 2**62, "description": "large"},
    {"fieldName": "float", "dataType": "Float", "defaultValue": 1.5},
    {"fieldName": "double", "dataType": "Double", "defaultValue": 0.1, "nullable": True},
    {"fieldName": "text", "dataType": "VarChar", "elementTypeParams": {"max_length": "20"}, "defaultValue": "größer"},
    {"fieldName": "json", "dataType": "JSON", "nullable": True},
    {"fieldName": "numbers", "dataType": "Array", "elementDataType": "Int64", "elementTypeParams": {"max_capacity": 8}},
    {"fieldName": "words", "dataType": "Array", "elementDataType": "VarChar",
     "elementTypeParams": {"max_capacity": "4", "max_length": 9}},
    {"fieldName": "place", "dataType": "Geometry", "nullable": True},
    {"fieldName": "moment", "dataType": "Timestamptz", "nullable": True},
    {"fieldName": "story", "dataType": "Text"},
    VECTOR,
    {"fieldName": "bits", "dataType": "BinaryVector", "elementTypeParams": {"dim": "16"}},
    {"fieldName": "half", "dataType": "Float16Vector", "elementTypeParams": {"dim": 4}},
    {"fieldName": "brain", "dataType": "BFloat16Vector", "elementTypeParams": {"dim": 4}},
    {"fieldName": "bytes", "dataType": "Int8Vector", "elementTypeParams": {"dim": 4}},
    {"fieldName": "sparse", "dataType": "SparseFloatVector"},
]  # fmt: skip
STRUCT = {
    "fieldName": "parts",
    "description": "of it",
    "elementTypeParams": {"max_capacity": 5},
    "fields": [
        {"fieldName": "size", "dataType": "Array", "elementDataType": "Int32", "elementTypeParams": {"max_capacity": 5}},
        {"fieldName": "vec", "dataType": "ArrayOfVector", "elementDataType": "FloatVector",
         "elementTypeParams": {"dim": 4, "max_capacity": 5}},
    ],
}  # fmt: skip


@pytest.fixture
def rest(server):
    return Rest(server.address)


@pytest.fixture
def made(rest, name):
    """The name of a collection with a key and a vector, without an index."""
    rest.ok("collections/create", collectionName=name, schema={"fields": [KEY, VECTOR]})
    return name


@pytest.fixture
def database(rest, name):
    database = f"d{name}"
    rest.ok("databases/create", dbName=database)
    yield database
    for collection in rest.ok("collections/list", dbName=database):
        rest.ok("collections/drop", dbName=database, collectionName=collection)
    rest.ok("databases/drop", dbName=database)


def pairs(listed):
    assert all(set(pair) == {"key", "value"} for pair in listed), listed
    return {pair["key"]: pair["value"] for pair in listed}


def described_fields(description):
    return {field["name"]: field for field in description["fields"]}


# ---- what all routes have in common


def test_paths_and_methods(rest):
    for method, path in [
        ("GET", "/v2/vectordb/collections/list"), ("PUT", "/v2/vectordb/collections/list"),
        ("DELETE", "/v2/vectordb/collections/list"), ("POST", "/v2/vectordb/collections/list/"),
        ("POST", "/v2/vectordb/collections"), ("POST", "/v2/vectordb/collections/nothing"),
        ("POST", "/v2/vectordb/"), ("POST", "/"), ("POST", "/v3/vectordb/collections/list"),
        ("POST", "/v2/vectordb/Collections/list"), ("POST", "/v2/vectordb//collections/list"),
    ]:  # fmt: skip
        answer = rest.send(method, path, "{}")
        assert answer.status == 404, (method, path, answer.text)
        assert answer.headers["content-type"].startswith("text/plain")
        assert "{" not in answer.text
    assert rest.send("POST", "/v2/vectordb/collections/list?x=1", "{}").code == 0


@pytest.mark.parametrize("body", ["", " ", "{", "[]", "null", "1", '"x"', '{"collectionName":', "{}{}", "{} x", b"\xff{}", '{"a":01}'])
def test_a_body_that_is_no_object(rest, body):
    rest.refused("collections/has", 1801, "can only accept json format request, error: ", body=body)


@pytest.mark.parametrize("member", [{"collectionName": 1}, {"collectionName": ["c"]}, {"collectionName": "c", "dbName": {}}])
def test_a_member_of_the_wrong_type(rest, member):
    rest.refused("collections/has", 1801, "can only accept json format request, error: ", body=member)


def test_a_missing_member(rest):
    for body in ({}, {"collectionName": ""}, {"collectionName": None}):
        message = rest.refused("collections/describe", 1802, body=body)
        assert message.startswith("missing required parameters, error: Key: '")
        assert "CollectionName' Error:Field validation for 'CollectionName' failed on the 'required' tag" in message


def test_members_in_any_case_and_members_that_nobody_knows(rest, made):
    assert rest.ok("collections/has", body={"COLLECTIONNAME": made, "what": {"ever": [1]}}) == {"has": True}
    assert rest.ok("collections/has", body={"collectionname": "none", "collectionName": made}) == {"has": True}
    assert rest.ok("collections/has", body=f'{{"collectionName":"none","collectionName":"{made}"}}') == {"has": True}


def test_content_types_do_not_matter(rest, made):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-8"):
        assert rest.ok("collections/has", headers={"Content-Type": kind}, collectionName=made) == {"has": True}


def test_the_database_is_the_bodys_then_the_headers_then_the_default_one(rest, database, name):
    header = {"DB-Name": database}
    rest.ok("collections/create", headers=header, collectionName=name, dimension=4)
    assert rest.ok("collections/list", headers=header) == [name]
    assert rest.ok("collections/list", dbName=database) == [name]
    assert name not in rest.ok("collections/list")
    assert name not in rest.ok("collections/list", headers=header, dbName="default")
    assert rest.ok("collections/list", headers=header, dbName="") == [name]
    for route, more in [
        ("collections/describe", {}), ("collections/get_stats", {}), ("collections/get_load_state", {}),
        ("partitions/list", {}), ("indexes/list", {}), ("indexes/describe", {"indexName": "vector"}),
        ("collections/release", {}), ("collections/load", {}),
    ]:  # fmt: skip
        rest.ok(route, headers=header, collectionName=name, **more)
        rest.refused(route, 100, "collection not found[database=default]", collectionName=name, **more)
    rest.ok("aliases/create", headers=header, collectionName=name, aliasName=f"a_{name}")
    assert rest.ok("aliases/describe", headers=header, aliasName=f"a_{name}")["dbName"] == database
    rest.refused("aliases/describe", 1600, aliasName=f"a_{name}")
    rest.ok("aliases/drop", headers=header, aliasName=f"a_{name}")
    rest.refused("collections/list", 800, "database not found[database=none]", headers={"DB-Name": "none"})


def test_int64_as_text(rest, made):
    as_text = {"Accept-Type-Allow-Int64": "false"}
    plain = rest.ok("collections/describe", collectionName=made)
    texts = rest.ok("collections/describe", collectionName=made, headers=as_text)
    assert isinstance(plain["collectionID"], int) and texts["collectionID"] == str(plain["collectionID"])
    assert [f["id"] for f in texts["fields"]] == [str(f["id"]) for f in plain["fields"]]
    assert texts["shardsNum"] == plain["shardsNum"]
    assert rest.ok("collections/describe", collectionName=made, headers={"Accept-Type-Allow-Int64": "true"}) == plain
    started = rest.ok("collections/compact", collectionName=made, headers=as_text)["compactionID"]
    assert isinstance(started, str)
    state = rest.ok("collections/get_compaction_state", jobID=started, headers=as_text)
    assert state["compactionID"] == started
    assert rest.ok("collections/get_compaction_state", jobID=int(started))["compactionID"] == int(started)


def test_many_requests_on_one_connection(rest, server, made):
    import http.client

    connection = http.client.HTTPConnection(server.address, timeout=20)
    for _ in range(20):
        connection.request("POST", "/v2/vectordb/collections/has", json.dumps({"collectionName": made}))
        assert json.loads(connection.getresponse().read()) == {"code": 0, "data": {"has": True}}
    connection.close()


# ---- collections


@pytest.mark.parametrize("body, key, vector, metric", [
    ({"dimension": 8}, ("id", "Int64"), ("vector", "FloatVector", "8"), "COSINE"),
    ({"dimension": 8, "metricType": "L2", "autoID": True, "primaryFieldName": "k", "vectorFieldName": "v"},
     ("k", "Int64"), ("v", "FloatVector", "8"), "L2"),
    ({"dimension": 8, "idType": "VarChar", "params": {"max_length": 7}}, ("id", "VarChar"), ("vector", "FloatVector", "8"), "COSINE"),
    ({"dimension": 16, "vectorFieldType": "BinaryVector"}, ("id", "Int64"), ("vector", "BinaryVector", "16"), "HAMMING"),
    ({"dimension": 16, "vectorFieldType": "Float16Vector"}, ("id", "Int64"), ("vector", "Float16Vector", "16"), "COSINE"),
    ({"dimension": 16, "vectorFieldType": "BFloat16Vector", "metricType": "IP"}, ("id", "Int64"), ("vector", "BFloat16Vector", "16"), "IP"),
    ({"vectorFieldType": "SparseFloatVector"}, ("id", "Int64"), ("vector", "SparseFloatVector", None), "IP"),
])  # fmt: skip
def test_quick_form(rest, name, body, key, vector, metric):
    assert rest.ok("collections/create", body={"collectionName": name, "description": "quick", **body}) == {}
    found = rest.ok("collections/describe", collectionName=name)
    fields = found["fields"]
    assert [(f["name"], f["type"]) for f in fields] == [key, vector[:2]]
    assert [f["primaryKey"] for f in fields] == [True, False]
    assert fields[0]["autoId"] == found["autoId"] == body.get("autoID", False)
    assert pairs(fields[1]["params"]) == ({"dim": vector[2]} if vector[2] else {})
    assert found["enableDynamicField"] and found["description"] == "quick"
    assert found["indexes"] == [{"indexName": vector[0], "fieldName": vector[0], "metricType": metric}]
    assert found["load"] == "LoadStateLoaded"
    if key[1] == "VarChar":
        assert pairs(fields[0]["params"]) == {"max_length": "7"}


def test_quick_form_without_the_dynamic_field(rest, name):
    rest.ok("collections/create", collectionName=name, dimension=4, params={"enableDynamicField": False})
    assert rest.ok("collections/describe", collectionName=name)["enableDynamicField"] is False


@pytest.mark.parametrize("body, code, phrase", [
    ({}, 1802, "Dimension"),
    ({"dimension": "8"}, 1801, "dimension"),
    ({"dimension": 1}, 1100, "dimension"),
    ({"dimension": 8, "idType": "Int32"}, 1100, "idType can only be [Int64, VarChar]"),
    ({"dimension": 8, "vectorFieldType": "floatvector"}, 1100, "data type floatvector is invalid(case sensitive)."),
    ({"dimension": 8, "metricType": "HAMMING"}, 1100, "metric type"),
    ({"dimension": 8, "consistencyLevel": "strong"}, 1100, "consistencyLevel can only be [Strong,Session,Bounded,Eventually,Customized]"),
    ({"dimension": 8, "params": []}, 1801, "params"),
    ({"schema": {}}, 1802, "Fields"),
    ({"schema": {"fields": []}}, 1802, "Fields"),
    ({"schema": {"fields": {}}}, 1801, "fields"),
    ({"schema": {"fields": [1]}}, 1801, "object"),
    ({"schema": {"fields": [{"fieldName": "a"}]}}, 1802, "DataType"),
    ({"schema": {"fields": [{"dataType": "Int64"}]}}, 1802, "FieldName"),
    ({"schema": {"fields": [KEY, {**VECTOR, "dataType": "Vector"}]}}, 1100, "data type Vector is invalid(case sensitive)."),
    ({"schema": {"fields": [KEY, {"fieldName": "a", "dataType": "Array", "elementDataType": "int64"}]}}, 1100, "is invalid(case sensitive)."),
    ({"schema": {"fields": [KEY, VECTOR, {"fieldName": "n", "dataType": "Int8", "defaultValue": "x"}]}}, 1100, "defaultValue"),
    ({"schema": {"fields": [KEY, VECTOR, {"fieldName": "n", "dataType": "JSON", "defaultValue": {}}]}}, 1100, "default_value"),
    ({"schema": {"fields": [VECTOR]}}, 1101, "primary key is not specified"),
    ({"schema": {"fields": [KEY]}}, 1100, "schema does not contain vector field"),
    ({"schema": {"fields": [KEY, VECTOR]}, "indexParams": [{"indexType": "FLAT"}]}, 1802, "FieldName"),
    ({"schema": {"fields": [KEY, VECTOR]}, "params": {"shardsNum": "many"}}, 1100, "shardsNum"),
    ({"schema": {"fields": [KEY, VECTOR]}, "params": {"consistencyLevel": "x"}}, 1100, "consistencyLevel can only be"),
    ({"schema": {"fields": [KEY, VECTOR], "functions": [{"name": "f"}]}}, 10, "functions"),
    ({"schema": {"fields": [KEY, VECTOR], "externalSource": "s3://x"}}, 10, "external"),
])  # fmt: skip
def test_bodies_of_create_that_are_refused(rest, name, body, code, phrase):
    rest.refused("collections/create", code, phrase, body={"collectionName": name, **body})
    # An index is refused when its collection is there already.
    assert rest.ok("collections/has", collectionName=name) == {"has": "metricType" in body}


def test_bad_names(rest, name):
    rest.refused("collections/create", 1100, "Invalid collection name: 1c. ", collectionName="1c", dimension=4)
    rest.refused("collections/create", 800, "database not found[database=none]", collectionName=name, dbName="none", dimension=4)
    rest.refused("collections/describe", 100, "[database=default][collection=none_such]", collectionName="none_such")


def test_whole_form_with_every_type(rest, name, client):
    body = {"autoID": False, "enableDynamicField": True, "description": "all", "fields": ALL_FIELDS, "structFields": [STRUCT]}
    rest.ok("collections/create", collectionName=name, schema=body, consistencyLevel="Session")
    found = rest.ok("collections/describe", collectionName=name)
    assert found["collectionName"] == name and found["description"] == "all"
    assert found["enableDynamicField"] is True and found["autoId"] is False
    assert found["consistencyLevel"] == "Session" and found["load"] == "LoadStateNotLoad"
    assert found["indexes"] == found["aliases"] == found["functions"] == found["properties"] == []
    assert found["shardsNum"] == found["partitionsNum"] == 1
    fields = described_fields(found)
    assert list(fields) == [f["fieldName"] for f in ALL_FIELDS]
    for asked in ALL_FIELDS:
        field = fields[asked["fieldName"]]
        assert field["type"] == asked["dataType"]
        assert field["nullable"] == asked.get("nullable", False)
        assert field["description"] == asked.get("description", "")
        assert field["primaryKey"] == asked.get("isPrimary", False)
        assert field.get("elementType") == asked.get("elementDataType")
        assert field.get("defaultValue") == asked.get("defaultValue")
        assert field["isFunctionOutput"] is field["partitionKey"] is field["clusteringKey"] is field["autoId"] is False
        sent = {key: str(value) for key, value in asked.get("elementTypeParams", {}).items()}
        assert pairs(field["params"]) == sent
    (struct,) = found["structFields"]
    assert (struct["name"], struct["description"]) == ("parts", "of it")
    assert [(f["name"], f["type"], f["elementType"]) for f in struct["fields"]] == [
        ("size", "Array", "Int32"), ("vec", "ArrayOfVector", "FloatVector"),
    ]  # fmt: skip
    if CLIENT >= (3, 0):  # earlier ones do not know every type
        same_collection(rest, client, name)


def test_what_a_collection_shall_be(rest, name, client):
    key = {"fieldName": "who", "dataType": "VarChar", "isPartitionKey": True, "elementTypeParams": {"max_length": 9}}
    rest.ok(
        "collections/create",
        collectionName=name,
        schema={"autoID": True, "fields": [KEY, VECTOR, key]},
        indexParams=[{"fieldName": "vector", "indexName": "i", "metricType": "IP", "indexType": "HNSW", "params": {"M": 8, "efConstruction": "50"}}],
        params={"shardsNum": 1, "partitionsNum": "3", "partitionKeyIsolation": True, "ttlSeconds": 86400,
                "mmap.enabled": True, "consistencyLevel": "Eventually"},
    )  # fmt: skip
    found = rest.ok("collections/describe", collectionName=name)
    assert found["partitionsNum"] == 3 and found["consistencyLevel"] == "Eventually" and found["autoId"] is True
    assert described_fields(found)["who"]["partitionKey"] is True
    assert pairs(found["properties"]) == {
        "partitionkey.isolation": "true", "collection.ttl.seconds": "86400", "mmap.enabled": "true",
    }  # fmt: skip
    assert found["indexes"] == [{"indexName": "i", "fieldName": "vector", "metricType": "IP"}]
    assert found["load"] == "LoadStateLoaded"
    same_collection(rest, client, name)
    same_indexes(rest, client, name)


def test_rows_are_counted_and_truncated(rest, client, name):
    make_collection(client, name, rows=20)
    client.flush(name)
    assert rest.ok("collections/get_stats", collectionName=name) == {"rowCount": 20}
    assert rest.ok("partitions/get_stats", collectionName=name, partitionName="_default") == {"rowCount": 20}
    rest.ok("collections/truncate", collectionName=name)
    assert rest.ok("collections/get_stats", collectionName=name) == {"rowCount": 0}


def test_load_states(rest, made):
    state = {"collectionName": made}
    assert rest.ok("collections/get_load_state", body=state)["loadState"] == "LoadStateNotLoad"
    assert "loadProgress" not in rest.ok("collections/get_load_state", body=state)
    rest.refused("collections/load", 700, "index not found", collectionName=made)
    rest.ok("indexes/create", collectionName=made, indexParams=[{"fieldName": "vector", "metricType": "L2"}])
    assert rest.ok("collections/load", collectionName=made) == {}
    loaded = rest.ok("collections/get_load_state", body=state)
    assert (loaded["loadState"], loaded["loadProgress"]) == ("LoadStateLoaded", 100)
    assert rest.ok("collections/refresh_load", collectionName=made) == {}
    rest.ok("partitions/create", collectionName=made, partitionName="p")
    rest.ok("partitions/release", collectionName=made, partitionNames=["p"])
    assert rest.ok("collections/get_load_state", collectionName=made, partitionNames=["p"])["loadState"] == "LoadStateNotLoad"
    assert rest.ok("collections/get_load_state", collectionName=made, partitionNames=["_default"])["loadState"] == "LoadStateLoaded"
    assert rest.ok("collections/release", collectionName=made) == {}
    assert rest.ok("collections/get_load_state", body=state)["loadState"] == "LoadStateNotLoad"
    rest.refused("collections/get_load_state", 100, "collection not found", collectionName="none_such")


def test_renames(rest, made, database):
    other = f"{made}_other"
    rest.ok("collections/rename", collectionName=made, newCollectionName=other)
    assert rest.ok("collections/has", collectionName=other) == {"has": True}
    assert rest.ok("collections/has", collectionName=made) == {"has": False}
    rest.refused("collections/rename", 1802, "NewCollectionName", collectionName=other)
    rest.ok("collections/rename", collectionName=other, newCollectionName=made, newDbName=database)
    assert rest.ok("collections/list", dbName=database) == [made]
    rest.ok("collections/rename", dbName=database, collectionName=made, newCollectionName=made, newDbName="default")


def test_drops_are_no_errors_where_nothing_is(rest, made):
    for _ in range(2):
        assert rest.ok("partitions/drop", collectionName=made, partitionName="none") == {}
        assert rest.ok("indexes/drop", collectionName=made, indexName="none") == {}
        assert rest.ok("aliases/drop", aliasName="none_such") == {}
        assert rest.ok("databases/drop", dbName="none_such") == {}
    for _ in range(2):
        assert rest.ok("collections/drop", collectionName=made) == {}


def test_properties(rest, made, client):
    rest.ok("collections/alter_properties", collectionName=made, properties={"collection.ttl.seconds": 60, "mine": "x"})
    assert pairs(rest.ok("collections/describe", collectionName=made)["properties"]) == {"collection.ttl.seconds": "60", "mine": "x"}
    same_collection(rest, client, made)
    rest.ok("collections/drop_properties", collectionName=made, propertyKeys=["mine"])
    assert pairs(rest.ok("collections/describe", collectionName=made)["properties"]) == {"collection.ttl.seconds": "60"}
    rest.refused("collections/alter_properties", 1100, "", collectionName=made)
    rest.refused("collections/alter_properties", 1801, "properties", collectionName=made, properties=[])
    rest.refused("collections/alter_properties", 1100, "collection TTL is out of range", collectionName=made,
                 properties={"collection.ttl.seconds": -2})  # fmt: skip
    rest.refused("collections/drop_properties", 1100, "", collectionName=made, propertyKeys=[])
    rest.refused("collections/drop_properties", 1801, "propertyKeys", collectionName=made, propertyKeys=[1])


def test_fields_that_come_later(rest, made, client):
    rest.ok("collections/fields/add", collectionName=made,
            schema={"fieldName": "late", "dataType": "VarChar", "nullable": True, "elementTypeParams": {"max_length": 8}})  # fmt: skip
    rest.ok("collections/fields/alter_properties", collectionName=made, fieldName="late", fieldParams={"max_length": 16})
    late = described_fields(rest.ok("collections/describe", collectionName=made))["late"]
    assert pairs(late["params"]) == {"max_length": "16"} and late["nullable"] is True
    rest.refused("collections/fields/add", 1802, "Schema", collectionName=made)
    rest.refused("collections/fields/add", 1802, "DataType", collectionName=made, schema={"fieldName": "x"})
    rest.refused("collections/fields/add", 1100, "", collectionName=made, schema={"fieldName": "x", "dataType": "Int64"})
    rest.refused("collections/fields/alter_properties", 1802, "FieldName", collectionName=made, fieldParams={"max_length": 9})
    rest.refused("collections/fields/alter_properties", 1100, "", collectionName=made, fieldName="late")
    same_collection(rest, client, made)


def test_flushes_and_compactions(rest, client, name):
    make_collection(client, name, rows=30)
    assert rest.ok("collections/flush", collectionName=name) == {}
    job = rest.ok("collections/compact", collectionName=name)["compactionID"]
    for _ in range(200):
        state = rest.ok("collections/get_compaction_state", jobID=job)
        if state["state"] == "Completed":
            break
        time.sleep(0.05)
    assert state["state"] == "Completed" and state["compactionID"] == job
    assert set(state) == {"compactionID", "state", "executingPlanNumber", "timeoutPlanNumber", "completedPlanNumber"}
    rest.refused("collections/get_compaction_state", 1802, "JobID")
    rest.refused("collections/get_compaction_state", 1801, "jobID", jobID="one")


@pytest.mark.parametrize("route", [
    "collections/add_function", "collections/alter_function", "collections/drop_function", "collections/struct_fields/add",
    "segments/describe", "quotacenter/describe", "jobs/import/create", "jobs/import/list", "jobs/import/describe",
    "jobs/import/get_progress", "jobs/import/commit", "jobs/import/abort", "jobs/snapshot/restore_external",
    "jobs/snapshot/export", "jobs/snapshot/describe", "jobs/snapshot/list", "jobs/external_collection/refresh",
    "jobs/external_collection/describe", "jobs/external_collection/list",
])  # fmt: skip
def test_what_is_not_built_says_so(rest, made, route):
    rest.refused(route, 10, f"{route} is not implemented", collectionName=made)


# ---- partitions


def test_partitions(rest, made, client):
    one = {"collectionName": made, "partitionName": "p"}
    assert rest.ok("partitions/list", collectionName=made) == ["_default"]
    assert rest.ok("partitions/create", body=one) == {}
    assert sorted(rest.ok("partitions/list", collectionName=made)) == ["_default", "p"] == sorted(client.list_partitions(made))
    assert rest.ok("partitions/has", body=one) == {"has": True}
    assert rest.ok("partitions/has", collectionName=made, partitionName="q") == {"has": False}
    assert rest.ok("partitions/get_stats", body=one) == {"rowCount": 0}
    client.create_partition(made, "q")
    assert rest.ok("partitions/has", collectionName=made, partitionName="q") == {"has": True}
    assert rest.ok("collections/describe", collectionName=made)["partitionsNum"] == 3
    rest.ok("indexes/create", collectionName=made, indexParams=[{"fieldName": "vector", "metricType": "L2"}])
    assert rest.ok("partitions/load", collectionName=made, partitionNames=["p", "q"]) == {}
    rest.refused("partitions/drop", 1100, "partition cannot be dropped, partition is loaded", body=one)
    assert rest.ok("partitions/release", collectionName=made, partitionNames=["p"]) == {}
    assert rest.ok("partitions/drop", body=one) == {}
    assert not client.has_partition(made, "p")


@pytest.mark.parametrize("route, more, code, phrase", [
    ("create", {}, 1802, "PartitionName"),
    ("create", {"partitionName": "1 p"}, 1100, "Invalid partition name: 1 p. "),
    ("has", {}, 1802, "PartitionName"),
    ("get_stats", {"partitionName": "none"}, 200, "partition not found[partition=none]"),
    ("drop", {"partitionName": "_default"}, 1100, "default partition cannot be deleted"),
    ("load", {}, 1802, "PartitionNames"),
    ("load", {"partitionNames": []}, 1802, "PartitionNames"),
    ("load", {"partitionNames": "p"}, 1801, "partitionNames"),
    ("load", {"partitionNames": [None]}, 1801, "partitionNames"),
    ("release", {"partitionNames": ["none"]}, 200, "partition not found[partition=none]"),
])  # fmt: skip
def test_partitions_refused(rest, made, route, more, code, phrase):
    rest.refused(f"partitions/{route}", code, phrase, collectionName=made, **more)


# ---- indexes


def test_indexes(rest, made, client):
    assert rest.ok("indexes/list", collectionName=made) == []
    rest.ok("indexes/create", collectionName=made, indexParams=[
        {"fieldName": "vector", "indexName": "i", "metricType": "L2", "params": {"index_type": "HNSW", "M": 16, "efConstruction": "100"}},
        {"fieldName": "id", "indexType": "STL_SORT"},
    ])  # fmt: skip
    assert sorted(rest.ok("indexes/list", collectionName=made)) == ["i", "id"] == sorted(client.list_indexes(made))
    (index,) = rest.ok("indexes/describe", collectionName=made, indexName="i")
    assert (index["indexName"], index["fieldName"], index["indexType"], index["metricType"]) == ("i", "vector", "HNSW", "L2")
    assert (index["totalRows"], index["indexedRows"], index["pendingRows"], index["indexState"]) == (0, 0, 0, "Finished")
    params = pairs(index["indexParams"])
    assert (params["M"], params["efConstruction"]) == ("16", "100")
    same_indexes(rest, client, made)
    rest.ok("indexes/alter_properties", collectionName=made, indexName="i", properties={"mmap.enabled": True})
    (index,) = rest.ok("indexes/describe", collectionName=made, indexName="i")
    assert index["mmap.enabled"] == "true"
    rest.ok("indexes/drop_properties", collectionName=made, indexName="i", propertyKeys=["mmap.enabled"])
    (index,) = rest.ok("indexes/describe", collectionName=made, indexName="i")
    assert "mmap.enabled" not in index
    rest.ok("indexes/drop", collectionName=made, indexName="i")
    assert rest.ok("indexes/list", collectionName=made) == ["id"]
    rest.refused("indexes/describe", 700, "index not found[indexName=i]", collectionName=made, indexName="i")


@pytest.mark.parametrize("route, more, code, phrase", [
    ("create", {}, 1802, "IndexParams"),
    ("create", {"indexParams": []}, 1802, "IndexParams"),
    ("create", {"indexParams": [{}]}, 1802, "FieldName"),
    ("create", {"indexParams": ["x"]}, 1801, "object"),
    ("create", {"indexParams": [{"fieldName": "none"}]}, 1100, "cannot create index on non-exist field: none"),
    ("create", {"indexParams": [{"fieldName": "vector", "indexType": "X", "metricType": "L2"}]}, 1100, "invalid index type: X"),
    ("create", {"indexParams": [{"fieldName": "vector", "indexType": "FLAT", "metricType": "HAMMING"}]}, 1100,
     "float vector index does not support metric type: HAMMING"),
    ("describe", {}, 1802, "IndexName"),
    ("drop", {}, 1802, "IndexName"),
    ("alter_properties", {"indexName": "none", "properties": {"mmap.enabled": True}}, 700, "index not found"),
    ("alter_properties", {"indexName": "none", "properties": {"x": 1}}, 1100, "x is not a configable index property"),
    ("drop_properties", {"propertyKeys": ["mmap.enabled"]}, 1802, "IndexName"),
])  # fmt: skip
def test_indexes_refused(rest, made, route, more, code, phrase):
    rest.refused(f"indexes/{route}", code, phrase, collectionName=made, **more)
    rest.refused("indexes/list", 100, "collection not found", collectionName="none_such")


# ---- aliases, databases


def test_aliases(rest, made, client):
    alias, other = f"a_{made}", f"b_{made}"
    assert rest.ok("aliases/create", collectionName=made, aliasName=alias) == {}
    assert rest.ok("aliases/list", collectionName=made) == [alias]
    assert alias in rest.ok("aliases/list")
    assert rest.ok("aliases/describe", aliasName=alias) == {"dbName": "default", "aliasName": alias, "collectionName": made}
    found = rest.ok("collections/describe", collectionName=alias)
    assert (found["collectionName"], found["aliases"]) == (made, [alias])
    client.create_alias(made, other)
    assert sorted(rest.ok("aliases/list", collectionName=made)) == [alias, other]
    rest.ok("aliases/alter", collectionName=made, aliasName=other)
    rest.refused("aliases/alter", 1600, "alias not found", collectionName=made, aliasName="none_such")
    rest.refused("aliases/describe", 1600, "alias not found[database=default][alias=none_such]", aliasName="none_such")
    rest.refused("aliases/create", 1601, "alias and collection name conflict", collectionName=made, aliasName=made)
    rest.refused("aliases/create", 1802, "AliasName", collectionName=made)
    rest.refused("aliases/create", 1802, "CollectionName", aliasName="x")
    rest.refused("collections/drop", 1100, "cannot drop the collection via alias", collectionName=alias)
    for name in (alias, other):
        assert rest.ok("aliases/drop", aliasName=name) == {}
    assert rest.ok("aliases/list", collectionName=made) == []


def test_databases(rest, client, name):
    needs(client, "list_databases", "describe_database")
    database = f"d{name}"
    rest.ok("databases/create", dbName=database, properties={"database.replica.number": 1, "mine": "x"})
    try:
        assert database in rest.ok("databases/list") and database in client.list_databases()
        found = rest.ok("databases/describe", dbName=database)
        assert set(found) == {"dbName", "dbID", "properties"} and found["dbName"] == database
        assert pairs(found["properties"]) == {"database.replica.number": "1", "mine": "x"}
        assert client.describe_database(database)["mine"] == "x"
        rest.ok("databases/alter", dbName=database, properties={"mine": "y"})
        rest.ok("databases/alter_properties", dbName=database, properties={"more": 2})
        rest.ok("databases/drop_properties", dbName=database, propertyKeys=["database.replica.number"])
        assert pairs(rest.ok("databases/describe", dbName=database)["properties"]) == {"mine": "y", "more": "2"}
        rest.refused("databases/create", 1100, f"database already exist: {database}", dbName=database)
        rest.refused("databases/alter", 1100, "", dbName=database)
        rest.ok("collections/create", dbName=database, collectionName="c", dimension=4)
        rest.refused("databases/drop", 1100, "not empty", dbName=database)
        rest.ok("collections/drop", dbName=database, collectionName="c")
    finally:
        rest.ok("databases/drop", dbName=database)
    assert database not in client.list_databases()
    rest.refused("databases/create", 802, "invalid database name[database=1]", dbName="1")
    rest.refused("databases/describe", 800, "database not found[database=none_such]", dbName="none_such")
    rest.refused("databases/drop", 1100, "can not drop default database", dbName="default")
    for route in ("create", "drop", "describe", "alter", "alter_properties", "drop_properties"):
        rest.refused(f"databases/{route}", 1802, "DbName", headers={"DB-Name": "default"})


# ---- resource groups, analyzers


def test_resource_groups(rest, made):
    group = f"g_{made}"
    assert rest.ok("resource_groups/create", name=group) == {}
    try:
        assert group in rest.ok("resource_groups/list")
        config = {"requests": {"node_num": 0}, "limits": {"node_num": 0}, "transfer_from": [{"resource_group": "__default_resource_group"}],
                  "transfer_to": [], "node_filter": {"node_labels": {"zone": "a"}}}  # fmt: skip
        assert rest.ok("resource_groups/alter", resource_groups={group: config}) == {}
        found = rest.ok("resource_groups/describe", name=group)
        assert found["config"] == config
        assert (found["name"], found["capacity"], found["num_available_node"], found["nodes"]) == (group, 0, 0, [])
        assert found["num_loaded_replica"] == found["num_outgoing_node"] == found["num_incoming_node"] == {}
        rest.refused("resource_groups/create", 301, "resource group already exist", name=group, config={"limits": {"node_num": 3}})
        rest.refused("resource_groups/alter", 1802, "Resource_groups")
        rest.refused("resource_groups/alter", 1801, "", resource_groups={group: 1})
        rest.refused("resource_groups/transfer_replica", 1802, "ReplicaNum", sourceRgName="a", targetRgName=group, collectionName=made)
    finally:
        assert rest.ok("resource_groups/drop", name=group) == {}
    rest.refused("resource_groups/describe", 300, f"resource group not found[rg={group}]", name=group)
    rest.refused("resource_groups/create", 1802, "Name")
    default = rest.ok("resource_groups/describe", name="__default_resource_group")
    assert default["num_available_node"] == 1 and len(default["nodes"]) == 1


def test_analyzers(rest, name):
    texts = ["The Quick foxes", ""]
    for params in ({"type": "english"}, '{"type":"english"}'):
        found = rest.ok("common/run_analyzer", text=texts, analyzerParams=params)
        assert found == {"results": [{"tokens": [{"token": "quick"}, {"token": "fox"}]}, {"tokens": []}]}
    (one,) = rest.ok("common/run_analyzer", text=["a bc"], withDetail=True, withHash=True)["results"]
    assert [set(token) for token in one["tokens"]] == [{"token", "start_offset", "end_offset", "position", "position_length", "hash"}] * 2
    assert (one["tokens"][1]["start_offset"], one["tokens"][1]["end_offset"]) == (2, 4)
    field = {"fieldName": "text", "dataType": "VarChar",
             "elementTypeParams": {"max_length": 99, "enable_analyzer": True, "analyzer_params": {"type": "english"}}}  # fmt: skip
    rest.ok("collections/create", collectionName=name, schema={"fields": [KEY, VECTOR, field]})
    found = rest.ok("common/run_analyzer", text=["foxes"], collectionName=name, fieldName="text")
    assert found == {"results": [{"tokens": [{"token": "fox"}]}]}
    rest.refused("common/run_analyzer", 1802, "Text")
    rest.refused("common/run_analyzer", 1801, "text", text="a")
    rest.refused("common/run_analyzer", 1100, "", text=["a"], analyzerParams={"type": "none"})


# ---- the same by both


def type_name(kind):
    """DataType.FLOAT_VECTOR as REST has it, in lower case."""
    return DataType(kind).name.replace("_", "").lower()


def same_field(rest_field, field):
    assert rest_field["name"] == field["name"]
    assert rest_field["id"] == field["field_id"]
    assert rest_field["type"].lower() == type_name(field["type"])
    assert rest_field["description"] == field["description"]
    for ours, theirs in [("primaryKey", "is_primary"), ("autoId", "auto_id"), ("partitionKey", "is_partition_key"),
                         ("clusteringKey", "is_clustering_key"), ("nullable", "nullable")]:  # fmt: skip
        if theirs != "nullable" or CLIENT >= (2, 5):
            assert rest_field[ours] == bool(field.get(theirs, False)), (ours, field)
    if "element_type" in field and field["element_type"]:
        assert rest_field["elementType"].lower() == type_name(field["element_type"])
    if (default := field.get("default_value")) is not None and "defaultValue" in rest_field:
        kind = default.WhichOneof("data")
        assert getattr(default, kind) == rest_field["defaultValue"]
    params = {key: str(value) for key, value in field["params"].items()}
    assert pairs(rest_field["params"]) == params


def same_collection(rest, client, name):
    """describe by REST and by pymilvus, member by member."""
    ours, theirs = rest.ok("collections/describe", collectionName=name), client.describe_collection(name)
    for mine, yours in [
        ("collectionName", "collection_name"), ("collectionID", "collection_id"), ("description", "description"),
        ("enableDynamicField", "enable_dynamic_field"), ("aliases", "aliases"), ("shardsNum", "num_shards"),
        ("partitionsNum", "num_partitions"),
    ]:  # fmt: skip
        if yours in theirs:
            assert ours[mine] == theirs[yours] or list(ours[mine]) == list(theirs[yours]), (mine, ours[mine], theirs[yours])
    level = theirs["consistency_level"]
    assert ours["consistencyLevel"] == (LEVELS[level] if isinstance(level, int) else level)
    known = {key: value for key, value in dict(theirs["properties"]).items() if key != "timezone"}
    assert {key: value for key, value in pairs(ours["properties"]).items() if key != "timezone"} == known
    # Newer clients list the struct arrays among the fields.
    structs = [s["name"] for s in ours["structFields"]]
    plain = [field for field in theirs["fields"] if field["name"] not in structs]
    assert len(ours["fields"]) == len(plain)
    for mine, yours in zip(ours["fields"], plain):
        same_field(mine, yours)


def same_indexes(rest, client, name):
    names = rest.ok("indexes/list", collectionName=name)
    assert sorted(names) == sorted(client.list_indexes(name))
    for index in names:
        (ours,) = rest.ok("indexes/describe", collectionName=name, indexName=index)
        theirs = client.describe_index(name, index)
        for mine, yours in [("indexName", "index_name"), ("fieldName", "field_name"), ("indexType", "index_type"),
                            ("totalRows", "total_rows"), ("indexedRows", "indexed_rows"), ("pendingRows", "pending_index_rows"),
                            ("indexState", "state")]:  # fmt: skip
            if yours in theirs:
                assert ours[mine] == theirs[yours], (mine, ours, theirs)
        assert ours["metricType"] == theirs.get("metric_type", "")
        for key, value in pairs(ours["indexParams"]).items():
            if key in theirs:
                assert str(theirs[key]) == value, key


def test_what_pymilvus_made_is_the_same_by_rest(rest, client, name):
    schema = client.create_schema(auto_id=True, enable_dynamic_field=True, description="made by pymilvus")
    schema.add_field("key", DataType.VARCHAR, is_primary=True, max_length=12)
    schema.add_field("n", DataType.INT32, description="a number")
    schema.add_field("tags", DataType.ARRAY, element_type=DataType.VARCHAR, max_capacity=3, max_length=5)
    schema.add_field("doc", DataType.JSON)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=8)
    client.create_collection(name, schema=schema, consistency_level="Strong", properties={"collection.ttl.seconds": "100"})
    client.create_index(name, vector_index(client, "HNSW", "COSINE", M=8, efConstruction=64))
    same_collection(rest, client, name)
    same_indexes(rest, client, name)
    client.load_collection(name)
    assert rest.ok("collections/describe", collectionName=name)["load"] == "LoadStateLoaded"
    rest.ok("collections/release", collectionName=name)
    assert str(client.get_load_state(name)["state"]).endswith("NotLoad")


def test_what_rest_made_takes_rows_of_pymilvus(rest, client, name):
    rest.ok("collections/create", collectionName=name, dimension=8, consistencyLevel="Strong")
    same_collection(rest, client, name)
    same_indexes(rest, client, name)
    client.insert(name, [{"id": i, "vector": [float(i), *[1.0] * 7], "more": i} for i in range(5)])
    assert [hit["id"] for hit in client.search(name, [[4.0, *[1.0] * 7]], limit=1)[0]] == [4]
    assert rest.ok("collections/get_stats", collectionName=name) == {"rowCount": 5}
