"""Collections: schemas, listing, statistics, load state, drop."""

import pytest
from conftest import DIM, count, make_collection, simple_row, simple_schema, vector_index
from pymilvus import DataType, MilvusException
from pymilvus.grpc_gen import milvus_pb2
from raw import INT64, VARCHAR, FLOAT_VECTOR, Raw, expect_ok, expect_refused, field

SCALARS = [
    ("b", DataType.BOOL, {}),
    ("i8", DataType.INT8, {}),
    ("i16", DataType.INT16, {}),
    ("i32", DataType.INT32, {}),
    ("i64", DataType.INT64, {}),
    ("f", DataType.FLOAT, {}),
    ("d", DataType.DOUBLE, {}),
    ("s", DataType.VARCHAR, {"max_length": 100}),
    ("j", DataType.JSON, {}),
]


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


def all_types_schema(client):
    schema = client.create_schema(auto_id=False, enable_dynamic_field=True, description="every type")
    schema.add_field("id", DataType.INT64, is_primary=True, description="the key")
    for name, data_type, params in SCALARS:
        schema.add_field(name, data_type, **params)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    return schema


def test_describe_gives_the_schema_back(client, name):
    client.create_collection(name, schema=all_types_schema(client), consistency_level="Session")
    described = client.describe_collection(name)
    assert described["collection_name"] == name
    assert described["description"] == "every type"
    assert described["enable_dynamic_field"] is True
    assert described["num_shards"] == 1
    assert described["consistency_level"] == 1
    assert described["aliases"] == []
    fields = {f["name"]: f for f in described["fields"]}
    assert list(fields) == ["id"] + [n for n, _, _ in SCALARS] + ["vector"]
    assert fields["id"]["is_primary"] is True
    assert fields["id"]["description"] == "the key"
    assert [f["field_id"] for f in described["fields"]] == list(range(100, 100 + len(fields)))
    for field_name, data_type, params in SCALARS:
        assert fields[field_name]["type"] == data_type
        for key, value in params.items():
            assert int(fields[field_name]["params"][key]) == value
    assert int(fields["vector"]["params"]["dim"]) == DIM


def test_describe_on_the_wire(raw, client, name):
    client.create_collection(name, schema=simple_schema(client))
    answer = expect_ok(raw.call("DescribeCollection", milvus_pb2.DescribeCollectionRequest(collection_name=name)))
    assert answer.collection_name == name
    assert answer.collectionID > 0
    assert answer.created_timestamp > 0 and answer.created_utc_timestamp > 0
    assert len(answer.virtual_channel_names) == len(answer.physical_channel_names) == answer.shards_num == 1
    by_id = milvus_pb2.DescribeCollectionRequest(collectionID=answer.collectionID)
    assert expect_ok(raw.call("DescribeCollection", by_id)).collection_name == name
    names = [f.name for f in answer.schema.fields]
    assert names == ["id", "tag", "number", "vector"], "hidden fields must not be listed"


def test_list_and_has(client, name):
    assert name not in client.list_collections()
    assert client.has_collection(name) is False
    client.create_collection(name, schema=simple_schema(client))
    assert name in client.list_collections()
    assert client.has_collection(name) is True


def test_has_collection_rpc(raw, client, name):
    has = milvus_pb2.HasCollectionRequest(collection_name=name)
    assert expect_ok(raw.call("HasCollection", has)).value is False
    client.create_collection(name, schema=simple_schema(client))
    assert expect_ok(raw.call("HasCollection", has)).value is True


def test_creating_the_same_again_is_fine(client, name):
    client.create_collection(name, schema=simple_schema(client))
    client.create_collection(name, schema=simple_schema(client))
    assert client.list_collections().count(name) == 1


def test_creating_another_schema_under_the_name_is_refused(client, name):
    client.create_collection(name, schema=simple_schema(client))
    before = client.describe_collection(name)
    for other in (simple_schema(client, dim=DIM * 2), simple_schema(client, dynamic=True)):
        with pytest.raises(MilvusException) as refused:
            client.create_collection(name, schema=other)
        assert refused.value.code == 1100
        phrase = f"create duplicate collection with different parameters, collection: {name}"
        assert phrase in refused.value.message
    assert client.describe_collection(name) == before


def test_quick_setup_of_the_client(client, name):
    """create_collection with a dimension only: schema, index and load in one call."""
    client.create_collection(name, dimension=DIM, consistency_level="Strong")
    client.insert(name, [{"id": i, "vector": [float(i)] * DIM, "extra": f"x{i}"} for i in range(1, 4)])
    assert count(client, name) == 3
    found = client.search(name, data=[[1.0] * DIM], limit=2, output_fields=["extra"])[0]
    assert len(found) == 2 and found[0]["entity"]["extra"].startswith("x")


def test_drop_forgets_everything(client, name):
    make_collection(client, name)
    client.drop_collection(name)
    assert name not in client.list_collections()
    make_collection(client, name, rows=0)
    assert count(client, name) == 0


def test_drop_of_nothing_is_fine(client):
    client.drop_collection("never_existed")


def test_statistics(client, name):
    make_collection(client, name, rows=25)
    client.flush(name)
    assert int(client.get_collection_stats(name)["row_count"]) == 25


def test_load_states(client, name):
    client.create_collection(name, schema=simple_schema(client))
    assert "NotLoad" in str(client.get_load_state(name)["state"])
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    client.load_collection(name)
    assert "Loaded" in str(client.get_load_state(name)["state"])
    client.release_collection(name)
    client.release_collection(name)
    assert "NotLoad" in str(client.get_load_state(name)["state"])


def test_load_state_of_a_missing_collection(raw):
    state = expect_ok(raw.call("GetLoadState", milvus_pb2.GetLoadStateRequest(collection_name="missing"))).state
    assert state == 0  # NotExist


def test_loading_progress(raw, client, name):
    progress = milvus_pb2.GetLoadingProgressRequest(collection_name=name)
    make_collection(client, name)
    assert expect_ok(raw.call("GetLoadingProgress", progress)).progress == 100
    client.release_collection(name)
    expect_refused(raw.call("GetLoadingProgress", progress), 101, "collection not loaded")


def test_rows_written_before_the_release_come_back_with_the_load(client, simple):
    client.release_collection(simple)
    client.insert(simple, [simple_row(100)])
    client.load_collection(simple)
    assert count(client, simple) == 21


def test_show_collections_in_memory(raw, client, simple, server):
    answer = expect_ok(raw.call("ShowCollections", milvus_pb2.ShowCollectionsRequest(type=1, collection_names=[simple])))
    assert list(answer.collection_names) == [simple]
    assert list(answer.inMemory_percentages) == [100]


UNKNOWN = {
    "GetCollectionStatistics": milvus_pb2.GetCollectionStatisticsRequest,
    "LoadCollection": milvus_pb2.LoadCollectionRequest,
    "ReleaseCollection": milvus_pb2.ReleaseCollectionRequest,
    "GetLoadingProgress": milvus_pb2.GetLoadingProgressRequest,
    "Insert": milvus_pb2.InsertRequest,
    "Upsert": milvus_pb2.UpsertRequest,
    "Delete": lambda collection_name: milvus_pb2.DeleteRequest(collection_name=collection_name, expr="id in [1]"),
    "Query": lambda collection_name: milvus_pb2.QueryRequest(collection_name=collection_name, expr="id in [1]"),
    "CreateIndex": lambda collection_name: milvus_pb2.CreateIndexRequest(
        collection_name=collection_name, field_name="vector"
    ),
    "DescribeIndex": milvus_pb2.DescribeIndexRequest,
    "Flush": lambda collection_name: milvus_pb2.FlushRequest(collection_names=[collection_name]),
}


@pytest.mark.parametrize("method", UNKNOWN)
def test_unknown_collection(raw, method):
    answer = raw.call(method, UNKNOWN[method](collection_name="missing"))
    status = expect_refused(answer, 100, "collection not found[database=default][collection=missing]")
    assert status.error_code == 4, "legacy CollectionNotExists"


def test_unknown_collection_at_search(raw):
    expect_refused(raw.search("missing", [[0.0] * DIM]), 100, "collection not found[database=default][collection=missing]")


def test_describe_of_an_unknown_collection_is_special(raw):
    answer = raw.call("DescribeCollection", milvus_pb2.DescribeCollectionRequest(collection_name="missing"))
    status = expect_refused(answer, 100, "can't find collection[database=default][collection=missing]")
    assert status.error_code == 1, "legacy UnexpectedError: has_collection of clients depends on it"


ID = field("id", INT64, primary=True)
VECTOR = field("vector", FLOAT_VECTOR, dim=8)
LONG = "x" * 256

BAD_NAMES = {
    "empty": ("", "collection name should not be empty"),
    "digit-first": ("1abc", "the first character of a collection name must be an underscore or letter"),
    "charset": ("a-b", "collection name can only contain numbers, letters and underscores"),
    "non-ascii": ("naïve", "collection name can only contain numbers, letters and underscores"),
    "too-long": (LONG, "the length of a collection name must be less than 255 characters"),
}


@pytest.mark.parametrize("case", BAD_NAMES)
def test_bad_collection_names(raw, client, case):
    before = client.list_collections()
    name, phrase = BAD_NAMES[case]
    expect_refused(raw.create_collection(name, [ID, VECTOR]), 1100, phrase)
    assert client.list_collections() == before


BAD_SCHEMAS = {
    "field-name-first": ([ID, field("1a", INT64), VECTOR], 1701, "Invalid field name: 1a. The first character of a field name must be an underscore or letter."),
    "field-name-charset": ([ID, field("a-b", INT64), VECTOR], 1701, "Field name can only contain numbers, letters, and underscores."),
    "field-name-keyword": ([ID, field("like", INT64), VECTOR], 1701, "is keyword in milvus."),
    "no-vector": ([ID], 1100, "schema does not contain vector field"),
    "no-key": ([field("a", INT64), VECTOR], 1101, "primary key is not specified"),
    "two-keys": ([ID, field("id2", INT64, primary=True), VECTOR], 1100, "there are more than one primary key, field name = id, id2"),
    "key-type": ([field("id", 10, primary=True), VECTOR], 1100, "the data type of primary key should be Int64 or VarChar"),
    "duplicate-field": ([ID, field("a", INT64), field("a", INT64), VECTOR], 1100, "duplicated field name a found"),
    "auto-id-not-key": ([ID, field("a", INT64, auto_id=True), VECTOR], 1100, "only primary field can speficy AutoID with true"),
    "no-dim": ([ID, field("vector", FLOAT_VECTOR)], 1100, "dimension is not defined in field type params of field vector, check type param `dim` for vector field"),
    "dim-1": ([ID, field("vector", FLOAT_VECTOR, dim=1)], 1100, "should be in range 2 ~ 32768"),
    "dim-0": ([ID, field("vector", FLOAT_VECTOR, dim=0)], 1100, "should be in range 2 ~ 32768"),
    "dim-too-big": ([ID, field("vector", FLOAT_VECTOR, dim=32769)], 1100, "invalid dimension: 32769 of field vector. float vector dimension should be in range 2 ~ 32768"),
    "dim-text": ([ID, field("vector", FLOAT_VECTOR, dim="many")], 1100),
    "no-max-length": ([ID, field("s", VARCHAR), VECTOR], 1101, "type param(max_length) should be specified for the field(s) of collection"),
    "max-length-0": ([ID, field("s", VARCHAR, max_length=0), VECTOR], 1100, "the maximum length specified for the field(s) should be in (0, 65535], but got 0 instead"),
    "max-length-big": ([ID, field("s", VARCHAR, max_length=65536), VECTOR], 1100, "the maximum length specified for the field(s) should be in (0, 65535], but got 65536 instead"),
    "too-many-fields": ([ID, *[field(f"a{i}", INT64) for i in range(64)], VECTOR], 1100, "maximum field's number should be limited to 64"),
    "too-many-vectors": ([ID, *[field(f"v{i}", FLOAT_VECTOR, dim=4) for i in range(11)]], 1100, "maximum vector field's number should be limited to 10"),
    "string-type": ([ID, field("s", 20), VECTOR], 1100),
    "unknown-type": ([ID, field("s", 999), VECTOR], 1100),
}


@pytest.mark.parametrize("case", BAD_SCHEMAS)
def test_bad_schemas(raw, client, case):
    before = client.list_collections()
    fields, code, *phrases = BAD_SCHEMAS[case]
    name = "bad_" + case.replace("-", "_")
    try:
        expect_refused(raw.create_collection(name, fields), code, *phrases)
        assert client.list_collections() == before
    finally:
        client.drop_collection(name)


def test_schema_bytes_that_are_no_schema(raw, client):
    request = milvus_pb2.CreateCollectionRequest(collection_name="garbled", schema=b"\xff\xff\xff\xff")
    expect_refused(raw.call("CreateCollection", request), tuple(range(1, 65536)))
    assert not client.has_collection("garbled")


def test_too_many_shards(raw, client):
    expect_refused(raw.create_collection("shards", [ID, VECTOR], shards_num=17), 1100, "maximum shards's number should be limited to 16")
    assert not client.has_collection("shards")
