"""Aliases: life, errors, and that every request which takes a collection's name takes an alias too."""

import uuid

import pytest
from client_calls import ask, needs, needs_sync, stats_of
from conftest import DIM, count, make_collection, simple_row, simple_schema
from raw import INT64, VARCHAR, Raw, column, expect_ok, expect_refused, vector_column


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


@pytest.fixture
def alias(raw):
    """An alias name of this test, dropped before the test's collections are."""
    name = f"a_{uuid.uuid4().hex[:10]}"
    yield name
    ask(raw, "DropAlias", alias=name)


@pytest.fixture
def other(client):
    name = f"o_{uuid.uuid4().hex[:10]}"
    yield name
    client.drop_collection(name)


@pytest.fixture
def named(client, raw, name, alias):
    """(collection, alias): a loaded collection with rows 0..19."""
    make_collection(client, name)
    expect_ok(ask(raw, "CreateAlias", collection_name=name, alias=alias))
    yield name, alias
    ask(raw, "DropAlias", alias=alias)


def aliases_of(raw, name=""):
    return list(expect_ok(ask(raw, "ListAliases", collection_name=name)).aliases)


def test_the_client(client, name):
    needs(client, "create_alias", "alter_alias", "describe_alias", "list_aliases", "drop_alias")
    needs_sync(client, "list_aliases is a list")
    alias, second = f"a_{uuid.uuid4().hex[:8]}", f"s_{uuid.uuid4().hex[:8]}"
    make_collection(client, name, rows=3)
    make_collection(client, second, rows=5)
    try:
        client.create_alias(name, alias)
        described = client.describe_alias(alias)
        assert described["alias"] == alias and described["collection_name"] == name
        assert described["db_name"] == "default"
        assert client.list_aliases(name)["aliases"] == [alias]
        assert client.list_aliases(second)["aliases"] == []
        assert alias in client.list_aliases()["aliases"]
        assert client.describe_collection(name)["aliases"] == [alias]
        assert count(client, alias) == 3
        client.alter_alias(second, alias)
        assert client.describe_alias(alias)["collection_name"] == second
        assert count(client, alias) == 5
        client.drop_alias(alias)
        assert client.list_aliases(second)["aliases"] == []
        assert not client.has_collection(alias)
    finally:
        client.drop_alias(alias)
        client.drop_collection(second)


# ---- create


def test_the_same_pair_again_is_fine(raw, named):
    name, alias = named
    expect_ok(ask(raw, "CreateAlias", collection_name=name, alias=alias))
    assert aliases_of(raw, name) == [alias]


def test_an_alias_of_another_collection_is_refused(raw, client, named, other):
    name, alias = named
    client.create_collection(other, schema=simple_schema(client))
    answer = ask(raw, "CreateAlias", collection_name=other, alias=alias)
    expect_refused(answer, 1602, f"{alias} is alias to another collection: {name}", f"alias already exist[database=default][alias={alias}]")
    assert aliases_of(raw, other) == [] and aliases_of(raw, name) == [alias]


def test_the_name_of_a_collection_is_no_alias(raw, client, name, other):
    client.create_collection(name, schema=simple_schema(client))
    client.create_collection(other, schema=simple_schema(client))
    for collection in (name, other):
        answer = ask(raw, "CreateAlias", collection_name=collection, alias=name)
        expect_refused(answer, 1601, f"alias and collection name conflict[database=default][alias={name}]")
    assert aliases_of(raw, name) == []


def test_an_alias_is_no_name_for_a_new_collection(raw, client, named):
    name, alias = named
    answer = raw.create_collection(alias, client_fields())
    expect_refused(answer, (1100, 1601), alias)
    assert alias not in client.list_collections()


def client_fields():
    from raw import FLOAT_VECTOR, field

    return [field("id", INT64, primary=True), field("vector", FLOAT_VECTOR, dim=DIM)]


def test_several_aliases(raw, named):
    name, alias = named
    expect_ok(ask(raw, "CreateAlias", collection_name=name, alias=alias + "_2"))
    expect_ok(ask(raw, "CreateAlias", collection_name=alias, alias=alias + "_3"))
    assert sorted(aliases_of(raw, name)) == sorted([alias, alias + "_2", alias + "_3"])
    assert sorted(aliases_of(raw, alias)) == sorted(aliases_of(raw, name)), "listed by an alias too"
    for suffix in ("_2", "_3"):
        expect_ok(ask(raw, "DropAlias", alias=alias + suffix))
    assert aliases_of(raw, name) == [alias]


def test_of_an_unknown_collection(raw, alias):
    answer = ask(raw, "CreateAlias", collection_name="missing", alias=alias)
    expect_refused(answer, 100, "collection not found[database=default][collection=missing]")
    assert alias not in aliases_of(raw)


BAD_NAMES = {
    "empty": ("", "collection alias should not be empty"),
    "digit-first": ("1abc", "the first character of a collection alias must be an underscore or letter"),
    "charset": ("a-b", "collection alias can only contain numbers, letters and underscores"),
    "dollar": ("a$b", "collection alias can only contain numbers, letters and underscores"),
    "too-long": ("x" * 256, "the length of a collection alias must be less than 255 characters"),
}


@pytest.mark.parametrize("case", BAD_NAMES)
def test_bad_names(raw, client, name, case):
    bad, phrase = BAD_NAMES[case]
    client.create_collection(name, schema=simple_schema(client))
    for method, members in {
        "CreateAlias": {"collection_name": name},
        "AlterAlias": {"collection_name": name},
        "DropAlias": {},
        "DescribeAlias": {},
    }.items():
        expect_refused(ask(raw, method, alias=bad, **members), 1100, phrase)
    assert aliases_of(raw, name) == []


# ---- alter, describe, drop


def test_alter(raw, client, named, other):
    name, alias = named
    client.create_collection(other, schema=simple_schema(client))
    expect_ok(ask(raw, "AlterAlias", collection_name=name, alias=alias))
    expect_ok(ask(raw, "AlterAlias", collection_name=other, alias=alias))
    assert aliases_of(raw, name) == [] and aliases_of(raw, other) == [alias]
    assert ask(raw, "DescribeAlias", alias=alias).collection == other
    expect_ok(ask(raw, "DropAlias", alias=alias))


def test_alter_what_is_not_there(raw, named):
    name, alias = named
    answer = ask(raw, "AlterAlias", collection_name=name, alias="nothing")
    expect_refused(answer, 1600, "alias not found[database=default][alias=nothing]")
    answer = ask(raw, "AlterAlias", collection_name="missing", alias=alias)
    expect_refused(answer, 100, "collection not found[database=default][collection=missing]")
    answer = ask(raw, "AlterAlias", collection_name=name, alias=name)
    expect_refused(answer, 1600, f"alias not found[database=default][alias={name}]")
    assert aliases_of(raw, name) == [alias]


def test_describe_what_is_not_there(raw, named):
    name, _ = named
    expect_refused(ask(raw, "DescribeAlias", alias="nothing"), 1600, "alias not found[database=default][alias=nothing]")
    expect_refused(ask(raw, "DescribeAlias", alias=name), 1600, f"alias not found[database=default][alias={name}]")


def test_list_says_where(raw, named):
    name, _ = named
    answer = expect_ok(ask(raw, "ListAliases", collection_name=name))
    assert answer.db_name == "default" and answer.collection_name == name


def test_list_of_an_unknown_collection(raw):
    answer = ask(raw, "ListAliases", collection_name="missing")
    expect_refused(answer, 100, "collection not found[database=default][collection=missing]")


def test_drop_is_idempotent(raw, named):
    name, alias = named
    expect_ok(ask(raw, "DropAlias", alias=alias))
    expect_ok(ask(raw, "DropAlias", alias=alias))
    expect_ok(ask(raw, "DropAlias", alias=name))
    assert ask(raw, "HasCollection", collection_name=name).value is True, "a name is no alias to drop"


# ---- requests by alias


def test_drop_through_an_alias_is_refused(raw, client, named):
    name, alias = named
    answer = ask(raw, "DropCollection", collection_name=alias)
    expect_refused(answer, 1100, f"cannot drop the collection via alias = {alias}")
    answer = ask(raw, "DropCollection", collection_name=name)
    expect_refused(answer, 1100, f"unable to drop the collection [{name}] because it has associated aliases [{alias}]")
    assert count(client, name) == 20
    expect_ok(ask(raw, "DropAlias", alias=alias))
    expect_ok(ask(raw, "DropCollection", collection_name=name))
    assert not client.has_collection(name)


def test_rename_through_an_alias_is_refused(raw, client, named):
    name, alias = named
    answer = ask(raw, "RenameCollection", oldName=alias, newName="never")
    expect_refused(answer, 1100, "unsupported use an alias to rename collection")
    answer = ask(raw, "RenameCollection", oldName=name, newName=alias)
    expect_refused(answer, 1601, "duplicated new collection name", f"alias and collection name conflict[database=default][alias={alias}]")
    assert client.has_collection(name) and not client.has_collection("never")


def test_describe_through_an_alias(raw, client, named):
    name, alias = named
    by_alias = expect_ok(ask(raw, "DescribeCollection", collection_name=alias))
    assert by_alias.collection_name == name and list(by_alias.aliases) == [alias]
    assert by_alias == ask(raw, "DescribeCollection", collection_name=name)
    assert ask(raw, "HasCollection", collection_name=alias).value is True
    assert client.has_collection(alias)
    assert alias not in client.list_collections() and name in client.list_collections()
    if hasattr(client, "describe_collection"):
        assert client.describe_collection(alias)["collection_name"] == name


def test_rows_through_an_alias(client, raw, named):
    name, alias = named
    client.insert(alias, [simple_row(20), simple_row(21)])
    assert count(client, alias) == count(client, name) == 22
    client.upsert(alias, [simple_row(20, tag="new")])
    assert client.get(alias, ids=[20])[0]["tag"] == "new"
    assert client.delete(alias, filter="id in [0, 1]")
    assert count(client, name) == 20
    found = client.search(alias, data=[[7.0, 1.0] + [0.0] * (DIM - 2)], limit=1)[0]
    assert found[0]["id"] == 7
    assert len(client.query(alias, filter="id < 5", output_fields=["id"])) == 3
    client.flush(alias)
    assert int(client.get_collection_stats(alias)["row_count"]) == int(client.get_collection_stats(name)["row_count"])


def test_definitions_through_an_alias(raw, client, named):
    name, alias = named
    assert ask(raw, "GetLoadState", collection_name=alias).state == 3
    assert expect_ok(ask(raw, "GetLoadingProgress", collection_name=alias)).progress == 100
    expect_ok(ask(raw, "ReleaseCollection", collection_name=alias))
    assert ask(raw, "GetLoadState", collection_name=name).state == 1
    expect_ok(ask(raw, "AlterCollection", collection_name=alias, properties={"mine": "1"}))
    assert {p.key: p.value for p in ask(raw, "DescribeCollection", collection_name=name).properties}["mine"] == "1"
    expect_ok(ask(raw, "AlterCollectionField", collection_name=alias, field_name="tag", properties={"max_length": 64}))
    expect_ok(ask(raw, "AlterIndex", collection_name=alias, index_name="vector", extra_params={"mmap.enabled": "true"}))
    expect_ok(ask(raw, "DropIndex", collection_name=alias, index_name="vector"))
    assert client.list_indexes(name) == []
    expect_ok(raw.create_index(alias, "vector", index_type="FLAT", metric_type="L2"))
    assert [d.index_name for d in expect_ok(ask(raw, "DescribeIndex", collection_name=alias)).index_descriptions] == ["vector"]
    expect_ok(ask(raw, "CreatePartition", collection_name=alias, partition_name="p"))
    assert expect_ok(ask(raw, "HasPartition", collection_name=name, partition_name="p")).value is True
    assert list(expect_ok(ask(raw, "ShowPartitions", collection_name=alias)).partition_names) == ["_default", "p"]
    assert stats_of(expect_ok(ask(raw, "GetPartitionStatistics", collection_name=alias, partition_name="p"))) == {"row_count": "0"}
    expect_ok(ask(raw, "LoadPartitions", collection_name=alias, partition_names=["p"]))
    expect_ok(ask(raw, "ReleasePartitions", collection_name=alias, partition_names=["p"]))
    expect_ok(ask(raw, "DropPartition", collection_name=alias, partition_name="p"))
    expect_ok(ask(raw, "LoadCollection", collection_name=alias))
    assert stats_of(expect_ok(ask(raw, "GetCollectionStatistics", collection_name=alias)))["row_count"] == "20"
    assert len(expect_ok(ask(raw, "GetReplicas", collection_name=alias)).replicas) == 1
    assert expect_ok(ask(raw, "GetPersistentSegmentInfo", collectionName=alias)) is not None
    assert expect_ok(ask(raw, "GetQuerySegmentInfo", collectionName=alias)).infos[0].num_rows == 20


def test_a_schema_remembered_under_an_alias(client, raw, name, other, alias):
    """The alias moves to a collection with another schema: the client's next insert learns of it by status 109."""
    make_collection(client, name, rows=1)
    make_collection(client, other, rows=1, dynamic=True)
    expect_ok(ask(raw, "CreateAlias", collection_name=other, alias=alias))
    stamp = ask(raw, "DescribeCollection", collection_name=alias).update_timestamp
    columns = [
        column("id", INT64, [70]),
        column("tag", VARCHAR, ["x"]),
        column("number", INT64, [1]),
        vector_column("vector", [[0.0] * DIM]),
    ]
    try:
        expect_ok(raw.insert(alias, columns, 1, schema_timestamp=stamp))
    except ValueError:
        pytest.skip("InsertRequest of this client has no schema_timestamp")
    expect_ok(ask(raw, "AlterAlias", collection_name=name, alias=alias))  # an older collection
    answer = raw.insert(alias, columns, 1, schema_timestamp=stamp)
    status = expect_refused(answer, 109, "collection schema mismatch")
    assert status.error_code == 62, "SchemaMismatch"
    client.insert(alias, [simple_row(71)])
    assert count(client, name, "id >= 70") == 1
    expect_ok(ask(raw, "DropAlias", alias=alias))


def test_survive_kill(own_server):
    own_server.start()
    with Raw(own_server.address) as raw:
        for name in ("one", "two"):
            expect_ok(raw.create_collection(name, client_fields()))
        for alias in ("stays", "moves", "goes"):
            expect_ok(ask(raw, "CreateAlias", collection_name="one", alias=alias))
        expect_ok(ask(raw, "AlterAlias", collection_name="two", alias="moves"))
        expect_ok(ask(raw, "DropAlias", alias="goes"))
    own_server.kill()
    own_server.start()
    with Raw(own_server.address) as raw:
        assert aliases_of(raw, "one") == ["stays"] and aliases_of(raw, "two") == ["moves"]
        assert ask(raw, "DescribeAlias", alias="moves").collection == "two"
        expect_refused(ask(raw, "DescribeAlias", alias="goes"), 1600)
        expect_ok(ask(raw, "CreateAlias", collection_name="two", alias="goes"))
