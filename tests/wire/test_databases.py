"""Databases: life, names, limits, properties, and that every request stays in its own."""

import uuid

import pytest
from client_calls import ask, needs, needs_members
from conftest import DIM, count, simple_row, simple_schema, vector_index
from pymilvus import MilvusClient, MilvusException
from raw import FLOAT_VECTOR, INT64, Raw, expect_ok, expect_refused, field

ID = field("id", INT64, primary=True)
VECTOR = field("vector", FLOAT_VECTOR, dim=DIM)


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


def drop_all(raw, database):
    names = ask(raw, "ShowCollections", db_name=database).collection_names
    for name in names:
        for alias in ask(raw, "ListAliases", db_name=database, collection_name=name).aliases:
            ask(raw, "DropAlias", db_name=database, alias=alias)
        ask(raw, "DropCollection", db_name=database, collection_name=name)
    ask(raw, "DropDatabase", db_name=database)


@pytest.fixture
def database(raw):
    """A database of this test, dropped afterwards with what is in it."""
    name = f"db_{uuid.uuid4().hex[:10]}"
    expect_ok(ask(raw, "CreateDatabase", db_name=name))
    yield name
    drop_all(raw, name)


def properties_of(raw, database):
    answer = expect_ok(ask(raw, "DescribeDatabase", db_name=database))
    return {pair.key: pair.value for pair in answer.properties}


def test_the_client_creates_lists_and_drops(server, client, raw):
    needs(client, "create_database", "describe_database", "drop_database")
    name = f"db_{uuid.uuid4().hex[:10]}"
    client.create_database(name)
    try:
        assert name in client.list_databases() and "default" in client.list_databases()
        assert client.describe_database(name)["name"] == name
        other = MilvusClient(uri=server.uri, db_name=name)
        assert other.list_collections() == []
        other.close()
    finally:
        client.drop_database(name)
    assert name not in client.list_databases()


def test_list_and_describe_on_the_wire(raw, database):
    needs_members("ListDatabasesResponse", "db_ids", "created_timestamp")
    answer = expect_ok(ask(raw, "ListDatabases"))
    assert len(answer.db_names) == len(answer.created_timestamp) == len(answer.db_ids)
    assert len(set(answer.db_ids)) == len(answer.db_ids)
    at = list(answer.db_names).index(database)
    described = expect_ok(ask(raw, "DescribeDatabase", db_name=database))
    assert described.db_name == database
    assert described.dbID == answer.db_ids[at]
    assert described.created_timestamp == answer.created_timestamp[at] > 0


def test_the_default_database(raw):
    described = expect_ok(ask(raw, "DescribeDatabase", db_name="default"))
    assert described.db_name == "default"
    assert expect_ok(ask(raw, "DescribeDatabase")).db_name == "default", "an empty name means default"
    expect_refused(ask(raw, "DropDatabase", db_name="default"), 1100, "can not drop default database")
    expect_refused(ask(raw, "CreateDatabase", db_name="default"), 1100, "database already exist: default")
    assert "default" in ask(raw, "ListDatabases").db_names


def test_creating_twice_is_refused(raw, database):
    expect_refused(ask(raw, "CreateDatabase", db_name=database), 1100, f"database already exist: {database}")
    assert list(ask(raw, "ListDatabases").db_names).count(database) == 1


def test_dropping_one_that_is_not_there_is_fine(raw):
    expect_ok(ask(raw, "DropDatabase", db_name="never_was"))


def test_one_that_is_not_empty_stays(raw, database):
    expect_ok(raw.create_collection("inside", [ID, VECTOR], db_name=database))
    phrase = f"database:{database} not empty, must drop all collections before drop database"
    expect_refused(ask(raw, "DropDatabase", db_name=database), 1100, phrase)
    assert expect_ok(ask(raw, "ShowCollections", db_name=database)).collection_names == ["inside"]
    expect_ok(ask(raw, "DropCollection", db_name=database, collection_name="inside"))
    expect_ok(ask(raw, "DropDatabase", db_name=database))
    expect_refused(ask(raw, "DescribeDatabase", db_name=database), 800, f"database not found[database={database}]")
    expect_ok(ask(raw, "CreateDatabase", db_name=database))


BAD_NAMES = {
    "empty": ("", "database name couldn't be empty"),
    "digit-first": ("1abc", "the first character of a database name must be an underscore or letter"),
    "dash": ("a-b", "database name can only contain numbers, letters and underscores"),
    "blank": ("a b", "database name can only contain numbers, letters and underscores"),
    "non-ascii": ("naïve", "database name can only contain numbers, letters and underscores"),
    "too-long": ("x" * 256, "the length of a database name must be less than 255 characters"),
}


@pytest.mark.parametrize("case", BAD_NAMES)
def test_bad_names(raw, case):
    before = list(ask(raw, "ListDatabases").db_names)
    name, phrase = BAD_NAMES[case]
    expect_refused(ask(raw, "CreateDatabase", db_name=name), 802, phrase, f"invalid database name[database={name}]")
    assert list(ask(raw, "ListDatabases").db_names) == before


def test_the_longest_name(raw):
    name = "x" * 255
    expect_ok(ask(raw, "CreateDatabase", db_name=name))
    assert name in ask(raw, "ListDatabases").db_names
    expect_ok(ask(raw, "DropDatabase", db_name=name))


def test_sixty_four_and_no_more(raw):
    made = []
    try:
        for i in range(70):
            answer = ask(raw, "CreateDatabase", db_name=f"many_{i}")
            if answer.code != 0:
                break
            made.append(f"many_{i}")
        expect_refused(answer, 801, "exceeded the limit number of database[limit=64]")
        assert len(ask(raw, "ListDatabases").db_names) == 64
    finally:
        for name in made:
            expect_ok(ask(raw, "DropDatabase", db_name=name))


# ---- properties


def test_properties_are_stored_and_echoed(raw, client):
    name = f"db_{uuid.uuid4().hex[:10]}"
    given = {"database.replica.number": 1, "database.max.collections": 5, "my.own": "anything", "timezone": "UTC"}
    expect_ok(ask(raw, "CreateDatabase", db_name=name, properties=given))
    try:
        assert properties_of(raw, name) == {k: str(v) for k, v in given.items()}
        if hasattr(client, "describe_database"):
            described = client.describe_database(name)
            assert described["my.own"] == "anything" and described["database.max.collections"] == "5"
    finally:
        expect_ok(ask(raw, "DropDatabase", db_name=name))


def test_alter_and_remove_properties(raw, database):
    expect_ok(ask(raw, "AlterDatabase", db_name=database, properties={"a": "1", "b": "2"}))
    assert properties_of(raw, database) == {"a": "1", "b": "2"}
    expect_ok(ask(raw, "AlterDatabase", db_name=database, properties={"b": "3"}))
    assert properties_of(raw, database) == {"a": "1", "b": "3"}
    expect_ok(ask(raw, "AlterDatabase", db_name=database, delete_keys=["a", "not there"]))
    assert properties_of(raw, database) == {"b": "3"}


def test_the_client_alters(client, raw, database):
    needs(client, "alter_database_properties", "drop_database_properties")
    client.alter_database_properties(database, properties={"database.max.collections": 9})
    assert client.describe_database(database)["database.max.collections"] == "9"
    client.drop_database_properties(database, property_keys=["database.max.collections"])
    assert "database.max.collections" not in client.describe_database(database)


def test_alterations_that_are_refused(raw, database):
    expect_ok(ask(raw, "AlterDatabase", db_name=database, properties={"a": "1"}))
    both = ask(raw, "AlterDatabase", db_name=database, properties={"a": "2"}, delete_keys=["a"])
    expect_refused(both, 1100)
    expect_refused(ask(raw, "AlterDatabase", db_name=database), 1100)
    number = ask(raw, "AlterDatabase", db_name=database, properties={"database.replica.number": "many"})
    expect_refused(number, 1100, "database.replica.number")
    unknown = ask(raw, "AlterDatabase", db_name="nowhere", properties={"a": "2"})
    expect_refused(unknown, 800, "database not found[database=nowhere]")
    assert properties_of(raw, database) == {"a": "1"}


def test_the_number_of_collections_of_a_database(raw, database):
    expect_ok(ask(raw, "AlterDatabase", db_name=database, properties={"database.max.collections": 2}))
    for name in ("one", "two"):
        expect_ok(raw.create_collection(name, [ID, VECTOR], db_name=database))
    full = raw.create_collection("three", [ID, VECTOR], db_name=database)
    expect_refused(full, 102, f"exceeded the limit number of collections[dbName={database}][limit=2]")
    assert sorted(ask(raw, "ShowCollections", db_name=database).collection_names) == ["one", "two"]
    expect_ok(ask(raw, "DropCollection", db_name=database, collection_name="one"))
    expect_ok(raw.create_collection("three", [ID, VECTOR], db_name=database))


# ---- every request in its database


def test_the_same_name_in_two_databases(server, client, raw, name, database):
    other = MilvusClient(uri=server.uri, db_name=database)
    for i, each in enumerate((client, other)):
        each.create_collection(name, schema=simple_schema(each), consistency_level="Strong")
        each.create_index(name, vector_index(each))
        each.load_collection(name)
        each.insert(name, [simple_row(k, tag=f"db{i}") for k in range(5 + i)])
    assert count(client, name) == 5 and count(other, name) == 6
    assert {r["tag"] for r in client.query(name, filter="id >= 0", output_fields=["tag"])} == {"db0"}
    assert {r["tag"] for r in other.query(name, filter="id >= 0", output_fields=["tag"])} == {"db1"}
    found = other.search(name, data=[[5.0, 1.0] + [0.0] * (DIM - 2)], limit=1)[0]
    assert found[0]["id"] == 5
    client.delete(name, filter="id == 0")
    assert count(client, name) == 4 and count(other, name) == 6
    other.upsert(name, [simple_row(0, tag="new")])
    assert other.get(name, ids=[0])[0]["tag"] == "new"
    assert client.get(name, ids=[0]) == []
    described = expect_ok(ask(raw, "DescribeCollection", db_name=database, collection_name=name))
    assert described.db_name == database
    assert described.collectionID != ask(raw, "DescribeCollection", collection_name=name).collectionID
    other.flush(name)
    assert int(other.get_collection_stats(name)["row_count"]) == 7, "the overwritten row counts until it is compacted"
    other.drop_collection(name)
    assert client.has_collection(name) and not other.has_collection(name)
    other.close()


def test_the_field_wins_over_the_header(raw, database):
    expect_ok(raw.create_collection("inside", [ID, VECTOR], db_name=database))
    header = [("dbname", database)]
    assert ask(raw, "ShowCollections", header).collection_names == ["inside"]
    assert "inside" not in ask(raw, "ShowCollections", header, db_name="default").collection_names
    assert ask(raw, "ShowCollections", [("dbname", "default")], db_name=database).collection_names == ["inside"]
    assert expect_ok(ask(raw, "HasCollection", header, collection_name="inside")).value is True
    assert expect_ok(ask(raw, "HasCollection", collection_name="inside")).value is False


IN_A_DATABASE = {
    "HasCollection": {"collection_name": "c"},
    "DescribeCollection": {"collection_name": "c"},
    "ShowCollections": {},
    "GetCollectionStatistics": {"collection_name": "c"},
    "LoadCollection": {"collection_name": "c"},
    "ReleaseCollection": {"collection_name": "c"},
    "GetLoadState": {"collection_name": "c"},
    "GetLoadingProgress": {"collection_name": "c"},
    "AlterCollection": {"collection_name": "c", "properties": {"a": "b"}},
    "RenameCollection": {"oldName": "c", "newName": "d"},
    "CreateAlias": {"collection_name": "c", "alias": "a"},
    "AlterAlias": {"collection_name": "c", "alias": "a"},
    "DropAlias": {"alias": "a"},
    "DescribeAlias": {"alias": "a"},
    "ListAliases": {"collection_name": "c"},
    "CreatePartition": {"collection_name": "c", "partition_name": "p"},
    "DropPartition": {"collection_name": "c", "partition_name": "p"},
    "HasPartition": {"collection_name": "c", "partition_name": "p"},
    "ShowPartitions": {"collection_name": "c"},
    "GetPartitionStatistics": {"collection_name": "c", "partition_name": "p"},
    "LoadPartitions": {"collection_name": "c", "partition_names": ["p"]},
    "ReleasePartitions": {"collection_name": "c", "partition_names": ["p"]},
    "CreateIndex": {"collection_name": "c", "field_name": "f"},
    "DescribeIndex": {"collection_name": "c"},
    "DropIndex": {"collection_name": "c", "index_name": "f"},
    "AlterIndex": {"collection_name": "c", "index_name": "f", "extra_params": {"mmap.enabled": "true"}},
    "GetIndexStatistics": {"collection_name": "c"},
    "Insert": {"collection_name": "c", "num_rows": 1},
    "Upsert": {"collection_name": "c", "num_rows": 1},
    "Delete": {"collection_name": "c", "expr": "id == 1"},
    "Search": {"collection_name": "c"},
    "Query": {"collection_name": "c", "expr": "id == 1"},
    "Flush": {"collection_names": ["c"]},
}


@pytest.mark.parametrize("method", IN_A_DATABASE)
def test_an_unknown_database_is_named(raw, method):
    """In the request as in the header."""
    members = IN_A_DATABASE[method]
    phrase = "database not found[database=nowhere]"
    expect_refused(ask(raw, method, db_name="nowhere", **members), 800, phrase)
    expect_refused(ask(raw, method, [("dbname", "nowhere")], **members), 800, phrase)


def test_dropping_a_collection_of_an_unknown_database_is_fine(raw):
    expect_ok(ask(raw, "DropCollection", db_name="nowhere", collection_name="c"))


def test_connecting_to_a_dropped_database(server, raw, database):
    client = MilvusClient(uri=server.uri, db_name=database)
    assert client.list_collections() == []
    expect_ok(ask(raw, "DropDatabase", db_name=database))
    with pytest.raises(MilvusException) as refused:
        client.list_collections()
    assert refused.value.code == 800
    client.close()
    with pytest.raises(MilvusException) as refused:
        MilvusClient(uri=server.uri, db_name=database).list_collections()
    assert refused.value.code == 800
    expect_ok(ask(raw, "CreateDatabase", db_name=database))


def test_use_database(client, raw, database):
    use = getattr(client, "use_database", None) or getattr(client, "using_database", None)
    if use is None:
        pytest.skip("this client has no use_database")
    expect_ok(raw.create_collection("inside", [ID, VECTOR], db_name=database))
    use(database)
    assert client.list_collections() == ["inside"]
    use("default")
    assert "inside" not in client.list_collections()


def test_survive_kill(own_server):
    """Databases, their properties and what is in them, after kill -9."""
    own_server.start()
    with Raw(own_server.address) as raw:
        expect_ok(ask(raw, "CreateDatabase", db_name="shop", properties={"k": "v"}))
        expect_ok(ask(raw, "CreateDatabase", db_name="gone"))
        expect_ok(ask(raw, "DropDatabase", db_name="gone"))
        expect_ok(raw.create_collection("inside", [ID, VECTOR], db_name="shop"))
        before = ask(raw, "DescribeDatabase", db_name="shop")
    own_server.kill()
    own_server.start()
    with Raw(own_server.address) as raw:
        assert sorted(ask(raw, "ListDatabases").db_names) == ["default", "shop"]
        assert ask(raw, "DescribeDatabase", db_name="shop") == before
        assert ask(raw, "ShowCollections", db_name="shop").collection_names == ["inside"]
        assert ask(raw, "ShowCollections").collection_names == []
        made = expect_ok(ask(raw, "CreateDatabase", db_name="later")) and ask(raw, "DescribeDatabase", db_name="later")
        assert made.dbID not in (before.dbID, 1)
