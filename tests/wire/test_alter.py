"""Rename, alter: collections, fields, indexes; the update timestamp, and status 109 for a stale schema."""

import uuid

import pytest
from client_calls import ask, needs, needs_members
from conftest import DIM, count, make_collection, simple_row, simple_schema, vector_index
from pymilvus import MilvusClient
from raw import FLOAT_VECTOR, INT64, VARCHAR, Raw, column, expect_ok, expect_refused, field, vector_column

ID = field("id", INT64, primary=True)
VECTOR = field("vector", FLOAT_VECTOR, dim=DIM)


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


@pytest.fixture
def bare(client, name):
    """An empty collection without an index."""
    client.create_collection(name, schema=simple_schema(client))
    return name


@pytest.fixture
def second(client):
    name = f"s_{uuid.uuid4().hex[:10]}"
    yield name
    client.drop_collection(name)


def describe(raw, name, **members):
    return expect_ok(ask(raw, "DescribeCollection", collection_name=name, **members))


def properties_of(raw, name):
    return {pair.key: pair.value for pair in describe(raw, name).properties}


def field_of(raw, name, field_name):
    return next(f for f in describe(raw, name).schema.fields if f.name == field_name)


def field_params(raw, name, field_name):
    return {pair.key: pair.value for pair in field_of(raw, name, field_name).type_params}


def index_params(raw, name, index="vector"):
    answer = expect_ok(ask(raw, "DescribeIndex", collection_name=name, index_name=index))
    return {pair.key: pair.value for pair in answer.index_descriptions[0].params}


# ---- rename


def test_rename(client, raw, simple, second):
    before = describe(raw, simple)
    client.rename_collection(simple, second)
    assert not client.has_collection(simple) and client.has_collection(second)
    after = describe(raw, second)
    assert after.collectionID == before.collectionID and after.collection_name == second
    assert after.created_timestamp == before.created_timestamp
    assert after.update_timestamp != before.update_timestamp
    assert count(client, second) == 20
    client.insert(second, [simple_row(20)])
    assert client.search(second, data=[[20.0, 1.0] + [0.0] * (DIM - 2)], limit=1)[0][0]["id"] == 20
    client.create_collection(simple, schema=simple_schema(client))
    assert describe(raw, simple).collectionID != after.collectionID
    client.rename_collection(second, f"{second}_b")
    client.rename_collection(f"{second}_b", second)
    assert count(client, second) == 21


def test_rename_keeps_aliases(client, raw, simple, second):
    alias = f"a_{uuid.uuid4().hex[:8]}"
    expect_ok(ask(raw, "CreateAlias", collection_name=simple, alias=alias))
    client.rename_collection(simple, second)
    assert describe(raw, alias).collection_name == second
    assert list(describe(raw, second).aliases) == [alias]
    assert count(client, alias) == 20
    expect_ok(ask(raw, "DropAlias", alias=alias))


def test_renames_that_are_refused(client, raw, bare, second):
    client.create_collection(second, schema=simple_schema(client))
    before = describe(raw, bare)

    def rename(old, new, **members):
        return ask(raw, "RenameCollection", oldName=old, newName=new, **members)

    phrase = f"duplicated new collection name default:{second} with other collection name or alias"
    expect_refused(rename(bare, second), 1100, phrase)
    expect_refused(rename(bare, bare), 1100, "collection name or database name should be different")
    expect_refused(rename("missing", "free"), 100, "collection not found[database=default][collection=missing]")
    expect_refused(rename(bare, "1bad"), 1100, "Invalid collection name: 1bad.", "first character of a collection name")
    expect_refused(rename(bare, ""), 1100, "collection name should not be empty")
    expect_refused(rename(bare, "x" * 256), 1100, "the length of a collection name must be less than 255 characters")
    expect_refused(rename(bare, "free", newDBName="nowhere"), 800, "database not found[database=nowhere]")
    assert describe(raw, bare) == before


def test_rename_to_another_database(server, client, raw, simple):
    database = f"db_{uuid.uuid4().hex[:8]}"
    expect_ok(ask(raw, "CreateDatabase", db_name=database))
    alias = f"a_{uuid.uuid4().hex[:8]}"
    expect_ok(ask(raw, "CreateAlias", collection_name=simple, alias=alias))
    move = {"oldName": simple, "newName": simple, "newDBName": database}
    expect_refused(ask(raw, "RenameCollection", **move), 1100, "must drop all aliases of this collection before rename")
    expect_ok(ask(raw, "DropAlias", alias=alias))
    expect_ok(ask(raw, "RenameCollection", **move))
    assert not client.has_collection(simple)
    moved = MilvusClient(uri=server.uri, db_name=database)
    assert moved.list_collections() == [simple] and count(moved, simple) == 20
    assert describe(raw, simple, db_name=database).db_name == database
    expect_ok(ask(raw, "RenameCollection", db_name=database, oldName=simple, newName=simple, newDBName="default"))
    assert count(client, simple) == 20 and moved.list_collections() == []
    moved.close()
    expect_ok(ask(raw, "DropDatabase", db_name=database))


# ---- properties of a collection


def test_properties(client, raw, bare):
    expect_ok(ask(raw, "AlterCollection", collection_name=bare, properties={"collection.ttl.seconds": 1800, "my.own": "x"}))
    assert properties_of(raw, bare) == {"collection.ttl.seconds": "1800", "my.own": "x"}
    expect_ok(ask(raw, "AlterCollection", collection_name=bare, properties={"my.own": "y"}))
    assert properties_of(raw, bare)["my.own"] == "y"
    assert client.describe_collection(bare)["properties"]["collection.ttl.seconds"] == "1800"
    expect_ok(ask(raw, "AlterCollection", collection_name=bare, delete_keys=["my.own", "not.there"]))
    assert properties_of(raw, bare) == {"collection.ttl.seconds": "1800"}
    number = describe(raw, bare).collectionID
    expect_ok(ask(raw, "AlterCollection", collectionID=number, properties={"by.id": "1"}))
    assert properties_of(raw, bare)["by.id"] == "1"


def test_the_client_alters_properties(client, raw, bare):
    needs(client, "alter_collection_properties", "drop_collection_properties")
    client.alter_collection_properties(bare, properties={"mmap.enabled": True, "collection.ttl.seconds": 60})
    assert properties_of(raw, bare) == {"mmap.enabled": "True", "collection.ttl.seconds": "60"}
    client.drop_collection_properties(bare, property_keys=["collection.ttl.seconds"])
    assert properties_of(raw, bare) == {"mmap.enabled": "True"}


def test_properties_given_at_creation(raw, client, name):
    given = {"collection.ttl.seconds": "90", "mmap.enabled": "true", "nobody.knows": "this"}
    from raw import pairs

    expect_ok(raw.create_collection(name, [ID, VECTOR], properties=pairs(given)))
    assert properties_of(raw, name) == given
    refused = raw.create_collection(f"{name}_x", [ID, VECTOR], properties=pairs({"collection.ttl.seconds": "-5"}))
    expect_refused(refused, 1100, "collection TTL is out of range, expect [-1, 3155760000], got -5")
    assert not client.has_collection(f"{name}_x")


@pytest.mark.parametrize("ttl", ["-1", "0", "1", "3155760000"])
def test_times_to_live(raw, bare, ttl):
    expect_ok(ask(raw, "AlterCollection", collection_name=bare, properties={"collection.ttl.seconds": ttl}))
    assert properties_of(raw, bare)["collection.ttl.seconds"] == ttl


def test_members_that_are_altered_as_properties(raw, bare):
    expect_ok(ask(raw, "AlterCollection", collection_name=bare, properties={"collection.description": "words"}))
    assert describe(raw, bare).schema.description == "words"
    for at, level in enumerate(["Strong", "Session", "Bounded", "Eventually"]):
        expect_ok(ask(raw, "AlterCollection", collection_name=bare, properties={"consistency_level": level}))
        assert describe(raw, bare).consistency_level == at
    expect_ok(ask(raw, "AlterCollection", collection_name=bare, properties={"dynamicfield.enabled": "false"}))
    assert properties_of(raw, bare) == {}


REFUSED = {
    "ttl-low": ({"collection.ttl.seconds": "-2"}, [], 1100, "collection TTL is out of range, expect [-1, 3155760000], got -2"),
    "ttl-high": ({"collection.ttl.seconds": "3155760001"}, [], 1100, "collection TTL is out of range, expect [-1, 3155760000], got 3155760001"),
    "ttl-text": ({"collection.ttl.seconds": "soon"}, [], 1100, "collection TTL is not a valid positive integer"),
    "ttl-float": ({"collection.ttl.seconds": "1.5"}, [], 1100, "collection TTL is not a valid positive integer"),
    "mmap": ({"mmap.enabled": "maybe"}, [], 1100, "invalid mmap.enabled value: maybe"),
    "warmup": ({"warmup.vectorField": "now"}, [], 1100, "warmup.vectorField"),
    "replicas": ({"collection.replica.number": "-1"}, [], 1100, "collection.replica.number"),
    "auto-id": ({"allow_insert_auto_id": "2"}, [], 1100, "allow_insert_auto_id"),
    "consistency": ({"consistency_level": "Weak"}, [], 1100, "Weak"),
    "both": ({"a": "b"}, ["keep"], 1100, "cannot provide both"),
    "neither": ({}, [], 1100, "no properties or delete keys"),
    "dynamic-and-more": ({"dynamicfield.enabled": "true", "a": "b"}, [], 1100, "cannot alter dynamic schema with other properties at the same time"),
    "drop-dynamic": ({}, ["dynamicfield.enabled"], 1100, "dynamicfield.enabled"),
    "isolation": ({"partitionkey.isolation": "true"}, [], 1100, "partition key"),
    "long-description": ({"collection.description": "x" * 1025}, [], 1100, "description"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_alterations_that_are_refused(raw, bare, case):
    expect_ok(ask(raw, "AlterCollection", collection_name=bare, properties={"keep": "1"}))
    before = describe(raw, bare)
    put, remove, code, phrase = REFUSED[case]
    expect_refused(ask(raw, "AlterCollection", collection_name=bare, properties=put, delete_keys=remove), code, phrase)
    assert describe(raw, bare) == before, "a refused alteration changes nothing"


def test_some_need_a_release(raw, client, simple):
    for key, what in (("mmap.enabled", "mmap"), ("warmup.scalarField", "warmup")):
        value = "true" if what == "mmap" else "sync"
        phrases = (f"can not alter {what} properties if collection loaded", f"collection already loaded[collection={simple}]")
        answer = ask(raw, "AlterCollection", collection_name=simple, properties={key: value})
        expect_refused(answer, 104, *phrases)
        expect_refused(ask(raw, "AlterCollection", collection_name=simple, delete_keys=[key]), 104, *phrases)
    expect_ok(ask(raw, "AlterCollection", collection_name=simple, properties={"collection.ttl.seconds": 5000}))
    expect_ok(ask(raw, "ReleaseCollection", collection_name=simple))
    expect_ok(ask(raw, "AlterCollection", collection_name=simple, properties={"mmap.enabled": "true", "warmup.scalarField": "sync"}))
    expect_ok(ask(raw, "LoadCollection", collection_name=simple))
    assert count(client, simple) == 20 and properties_of(raw, simple)["mmap.enabled"] == "true"


def test_replicas_of_the_property(raw, client, bare):
    client.create_index(bare, vector_index(client))
    expect_ok(ask(raw, "AlterCollection", collection_name=bare, properties={"collection.replica.number": 2}))
    expect_refused(ask(raw, "LoadCollection", collection_name=bare), 304, "resource group node not enough")
    expect_ok(ask(raw, "LoadCollection", collection_name=bare, replica_number=1))


def test_alter_an_unknown_collection(raw):
    answer = ask(raw, "AlterCollection", collection_name="missing", properties={"a": "b"})
    expect_refused(answer, 100, "collection not found[database=default][collection=missing]")


# ---- fields


def test_alter_a_field(raw, client, simple):
    def alter(field_name, **members):
        return ask(raw, "AlterCollectionField", collection_name=simple, field_name=field_name, **members)

    expect_ok(alter("tag", properties={"max_length": 64, "field.description": "a tag"}))
    assert field_params(raw, simple, "tag") == {"max_length": "64"}
    assert field_of(raw, simple, "tag").description == "a tag"
    client.insert(simple, [simple_row(30, tag="x" * 64)])
    expect_ok(alter("tag", properties={"max_length": 5}))
    too_long = [column("id", INT64, [31]), column("tag", VARCHAR, ["x" * 6]), column("number", INT64, [1]), vector_column("vector", [[0.0] * DIM])]
    expect_refused(raw.insert(simple, too_long, 1), 1100, "exceeds max length")
    assert client.get(simple, ids=[30])[0]["tag"] == "x" * 64, "what is there stays"
    expect_ok(ask(raw, "ReleaseCollection", collection_name=simple))
    expect_ok(alter("vector", properties={"mmap.enabled": "true", "warmup": "sync"}))
    assert field_params(raw, simple, "vector") == {"dim": str(DIM), "mmap.enabled": "true", "warmup": "sync"}
    expect_ok(alter("vector", delete_keys=["mmap.enabled", "warmup"]))
    assert field_params(raw, simple, "vector") == {"dim": str(DIM)}


def test_the_client_alters_a_field(client, raw, bare):
    needs(client, "alter_collection_field")
    client.alter_collection_field(bare, "tag", field_params={"max_length": 100})
    fields = {f["name"]: f for f in client.describe_collection(bare)["fields"]}
    assert int(fields["tag"]["params"]["max_length"]) == 100


FIELDS_REFUSED = {
    "length-0": ("tag", {"max_length": 0}, [], 1100, "the maximum length specified for the field(tag) should be in (0, 65535], but got 0 instead"),
    "length-big": ("tag", {"max_length": 65536}, [], 1100, "but got 65536 instead"),
    "length-text": ("tag", {"max_length": "long"}, [], 1100, "but got long instead"),
    "length-of-a-number": ("number", {"max_length": 5}, [], 1100, "number"),
    "dim": ("vector", {"dim": 4}, [], 1100, "dim does not allow update in collection field param"),
    "nullable": ("tag", {"nullable": "true"}, [], 1100, "nullable does not allow update in collection field param"),
    "one-of-two": ("tag", {"max_length": 40, "other": "x"}, [], 1100, "other does not allow update in collection field param"),
    "mmap": ("tag", {"mmap.enabled": "x"}, [], 1100, "invalid mmap.enabled value: x"),
    "warmup": ("tag", {"warmup": "x"}, [], 1100, "warmup"),
    "drop-length": ("tag", {}, ["max_length"], 1100, "max_length is not allowed to drop in collection field param"),
    "both": ("tag", {"max_length": 40}, ["mmap.enabled"], 1100, "cannot provide both"),
    "neither": ("tag", {}, [], 1100, "no properties or delete keys"),
    "unknown": ("nothing", {"max_length": 5}, [], 1700, "field not found[field=nothing]"),
}


@pytest.mark.parametrize("case", FIELDS_REFUSED)
def test_field_alterations_that_are_refused(raw, bare, case):
    before = describe(raw, bare)
    field_name, put, remove, code, phrase = FIELDS_REFUSED[case]
    answer = ask(raw, "AlterCollectionField", collection_name=bare, field_name=field_name, properties=put, delete_keys=remove)
    expect_refused(answer, code, phrase)
    assert describe(raw, bare) == before


def test_fields_of_a_loaded_collection(raw, simple):
    def alter(**properties):
        return ask(raw, "AlterCollectionField", collection_name=simple, field_name="tag", properties=properties)

    expect_refused(alter(**{"mmap.enabled": "true"}), 104, "can not alter mmap properties if collection loaded", "collection already loaded")
    expect_refused(alter(warmup="sync"), 104, "can not alter warmup if collection loaded", "collection already loaded")
    expect_ok(alter(max_length=40))
    assert field_params(raw, simple, "tag") == {"max_length": "40"}


# ---- indexes


def test_alter_an_index(raw, client, bare):
    client.create_index(bare, vector_index(client, "HNSW", "L2", M=8, efConstruction=64))

    def alter(**members):
        return ask(raw, "AlterIndex", collection_name=bare, index_name="vector", **members)

    before = index_params(raw, bare)
    expect_ok(alter(extra_params={"mmap.enabled": "true", "warmup": "sync"}))
    assert index_params(raw, bare) == {**before, "mmap.enabled": "true", "warmup": "sync"}
    expect_ok(alter(extra_params={"mmap.enabled": "false"}))
    assert index_params(raw, bare)["mmap.enabled"] == "false"
    client.create_index(bare, vector_index(client, "HNSW", "L2", M=8, efConstruction=64))
    expect_ok(alter(delete_keys=["mmap.enabled", "warmup"]))
    assert index_params(raw, bare) == before
    client.load_collection(bare)
    expect_refused(alter(extra_params={"mmap.enabled": "true"}), 104, "can't alter index on loaded collection, please release the collection first")
    assert index_params(raw, bare) == before


def test_the_client_alters_an_index(client, raw, bare):
    needs(client, "alter_index_properties", "drop_index_properties")
    client.create_index(bare, vector_index(client, "AUTOINDEX", "COSINE"))
    client.alter_index_properties(bare, "vector", properties={"mmap.enabled": True})
    assert index_params(raw, bare)["mmap.enabled"] in ("True", "true")
    client.drop_index_properties(bare, "vector", property_keys=["mmap.enabled"])
    assert "mmap.enabled" not in index_params(raw, bare)
    client.alter_index_properties(bare, "vector", properties={"mmap.enabled": True})
    client.insert(bare, [simple_row(i) for i in range(5)])
    client.load_collection(bare)
    assert len(client.search(bare, data=[[1.0] * DIM], limit=3)[0]) == 3


INDEXES_REFUSED = {
    "parameter": ("vector", {"M": "16"}, [], 1100, "M is not a configable index property"),
    "type": ("vector", {"index_type": "FLAT"}, [], 1100, "index_type is not a configable index property"),
    "drop-parameter": ("vector", {}, ["metric_type"], 1100, "metric_type is not a configable index property"),
    "both": ("vector", {"mmap.enabled": "true"}, ["warmup"], 1100, "cannot provide both DeleteKeys and ExtraParams"),
    "no-name": ("", {"mmap.enabled": "true"}, [], 1100, "index name is empty"),
    "value": ("vector", {"mmap.enabled": "maybe"}, [], 1100, "invalid mmap.enabled value: maybe, expected: true, false"),
    "warmup": ("vector", {"warmup": "maybe"}, [], 1100, "warmup"),
    "offset-cache": ("vector", {"indexoffsetcache.enabled": "true"}, [], 1100, "only bitmap index support indexoffsetcache.enabled now"),
    "unknown": ("nothing", {"mmap.enabled": "true"}, [], 700, "index not found[indexName=nothing]"),
}


@pytest.mark.parametrize("case", INDEXES_REFUSED)
def test_index_alterations_that_are_refused(raw, client, bare, case):
    client.create_index(bare, vector_index(client, "HNSW", "L2", M=8, efConstruction=64))
    before = index_params(raw, bare)
    index, put, remove, code, phrase = INDEXES_REFUSED[case]
    answer = ask(raw, "AlterIndex", collection_name=bare, index_name=index, extra_params=put, delete_keys=remove)
    expect_refused(answer, code, phrase)
    assert index_params(raw, bare) == before


def test_an_index_type_without_mmap(raw, bare):
    expect_ok(raw.create_index(bare, "vector", index_type="DISKANN", metric_type="L2"))
    answer = ask(raw, "AlterIndex", collection_name=bare, index_name="vector", extra_params={"mmap.enabled": "true"})
    expect_refused(answer, 1100, "index type DISKANN does not support mmap")


def test_a_bitmap_index_and_its_offset_cache(raw, bare):
    expect_ok(raw.create_index(bare, "number", index_type="BITMAP"))
    expect_ok(ask(raw, "AlterIndex", collection_name=bare, index_name="number", extra_params={"indexoffsetcache.enabled": "true"}))
    assert index_params(raw, bare, "number")["indexoffsetcache.enabled"] == "true"


# ---- the update timestamp


def test_each_alteration_has_its_timestamp(raw, client, bare):
    needs_members("DescribeCollectionResponse", "update_timestamp", "update_timestamp_str")
    seen = [describe(raw, bare).update_timestamp]
    for method, members in [
        ("AlterCollection", {"properties": {"a": "1"}}),
        ("AlterCollection", {"delete_keys": ["a"]}),
        ("AlterCollectionField", {"field_name": "tag", "properties": {"max_length": 50}}),
        ("AlterCollectionField", {"field_name": "tag", "properties": {"field.description": "d"}}),
    ]:
        expect_ok(ask(raw, method, collection_name=bare, **members))
        after = describe(raw, bare)
        assert after.update_timestamp not in seen and after.update_timestamp_str == str(after.update_timestamp)
        seen.append(after.update_timestamp)
    assert seen == sorted(seen)
    expect_ok(ask(raw, "CreatePartition", collection_name=bare, partition_name="p"))
    expect_ok(raw.create_index(bare, "vector", index_type="FLAT", metric_type="L2"))
    expect_ok(ask(raw, "LoadCollection", collection_name=bare))
    assert describe(raw, bare).update_timestamp == seen[-1], "no schema change, no new timestamp"


@pytest.mark.parametrize("method", ["Insert", "Upsert"])
def test_a_stale_schema_timestamp(raw, client, bare, method):
    columns = [column("id", INT64, [1]), column("tag", VARCHAR, ["t"]), column("number", INT64, [1]), vector_column("vector", [[0.0] * DIM])]

    def write(stamp):
        try:
            return raw.insert(bare, columns, 1, method=method, schema_timestamp=stamp)
        except ValueError:
            pytest.skip(f"{method}Request of this client has no schema_timestamp")

    stamp = describe(raw, bare).update_timestamp
    expect_ok(write(stamp))
    expect_ok(ask(raw, "AlterCollection", collection_name=bare, properties={"a": "1"}))
    status = expect_refused(write(stamp), 109, "collection schema mismatch")
    assert status.error_code == 62, "SchemaMismatch: the client drops what it remembers and tries once more"
    expect_refused(write(stamp + 2**40), 109, "collection schema mismatch")
    expect_ok(write(describe(raw, bare).update_timestamp))
    expect_ok(write(0))


def test_the_client_finds_the_new_schema_by_itself(client, raw, simple):
    client.insert(simple, [simple_row(40)])
    expect_ok(ask(raw, "AlterCollectionField", collection_name=simple, field_name="tag", properties={"max_length": 100}))
    client.insert(simple, [simple_row(41, tag="y" * 90)])
    client.upsert(simple, [simple_row(40, tag="z" * 90)])
    assert client.get(simple, ids=[40])[0]["tag"] == "z" * 90
    assert count(client, simple) == 22


def test_survive_kill(own_server):
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    make_collection(client, "before", rows=5, load=False)
    client.create_index("before", vector_index(client))
    with Raw(own_server.address) as raw:
        expect_ok(ask(raw, "RenameCollection", oldName="before", newName="after"))
        expect_ok(ask(raw, "AlterCollection", collection_name="after", properties={"collection.ttl.seconds": 7000, "mmap.enabled": "true"}))
        expect_ok(ask(raw, "AlterCollectionField", collection_name="after", field_name="tag", properties={"max_length": 99}))
        expect_ok(ask(raw, "AlterIndex", collection_name="after", index_name="vector", extra_params={"mmap.enabled": "true"}))
        client.load_collection("after")
        before, index = describe(raw, "after"), index_params(raw, "after")
    client.close()
    own_server.kill()
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    with Raw(own_server.address) as raw:
        assert describe(raw, "after") == before and index_params(raw, "after") == index
        assert field_params(raw, "after", "tag") == {"max_length": "99"}
    assert client.list_collections() == ["after"] and count(client, "after") == 5
    client.insert("after", [simple_row(9, tag="t" * 99)])
    assert count(client, "after") == 6
    client.close()
