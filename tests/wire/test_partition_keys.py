"""Partition keys: declarations, rows spread by them, reads that look at some partitions, isolation, restarts."""

import inspect

import pytest
from client_calls import ask, needs
from conftest import CLIENT, DIM, count, ids, vector_index
from pymilvus import DataType, MilvusClient, MilvusException
from raw import FLOAT_VECTOR, INT64, VARCHAR, Raw, expect_ok, expect_refused, field, pairs

KEYS = 12
BY_HAND = "not support manually specifying the partition names if partition key mode is used"


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


def keyed_schema(client, key_type=DataType.VARCHAR, **members):
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    more = {"max_length": 32} if key_type == DataType.VARCHAR else {}
    schema.add_field("owner", key_type, is_partition_key=True, **more)
    schema.add_field("number", DataType.INT64)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    return schema


def owner_of(i, key_type=DataType.VARCHAR):
    return f"owner {i % KEYS}" if key_type == DataType.VARCHAR else i % KEYS - 5


def keyed_row(i, key_type=DataType.VARCHAR, **changes):
    row = {"id": i, "owner": owner_of(i, key_type), "number": i * 10, "vector": [float(i), 1.0] + [0.0] * (DIM - 2)}
    row.update(changes)
    return row


def make_keyed(client, name, rows=60, key_type=DataType.VARCHAR, index_type="FLAT", **members):
    client.create_collection(name, schema=keyed_schema(client, key_type), consistency_level="Strong", **members)
    if rows:
        client.insert(name, [keyed_row(i, key_type) for i in range(rows)])
    client.create_index(name, vector_index(client, index_type))
    client.load_collection(name)
    return name


def found(client, name, filter):
    return ids(client.query(name, filter=filter, output_fields=["id"]))


def searched(client, name, filter, limit=100):
    hits = client.search(name, data=[[0.0, 1.0] + [0.0] * (DIM - 2)], limit=limit, filter=filter)[0]
    return sorted(hit["id"] for hit in hits)


# ---- definitions


def test_partitions_are_made(client, name):
    make_keyed(client, name, rows=0)
    described = client.describe_collection(name)
    assert described["num_partitions"] == 16
    keys = [f["name"] for f in described["fields"] if f.get("is_partition_key")]
    assert keys == ["owner"]
    assert client.list_partitions(name) == [f"_default_{i}" for i in range(16)]


@pytest.mark.parametrize("partitions", [1, 3, 64])
def test_their_number_is_chosen(client, name, partitions):
    make_keyed(client, name, num_partitions=partitions)
    assert client.describe_collection(name)["num_partitions"] == partitions
    assert len(client.list_partitions(name)) == partitions
    assert count(client, name) == 60
    assert found(client, name, 'owner == "owner 7"') == [7, 19, 31, 43, 55]


def test_created_again(client, raw, name):
    make_keyed(client, name, rows=0, num_partitions=3)
    schema = [
        field("id", INT64, primary=True), field("owner", VARCHAR, max_length=32), field("number", INT64),
        field("vector", FLOAT_VECTOR, dim=DIM),
    ]  # fmt: skip
    schema[1].is_partition_key = True
    expect_ok(raw.create_collection(name, schema, num_partitions=3))
    expect_refused(raw.create_collection(name, schema, num_partitions=4), 1100, "create duplicate collection with different parameters")


REFUSED = {
    "primary": (lambda f: f["id"], {}, "the partition key field must not be primary field"),
    "vector": (lambda f: f["vector"], {}, "the data type of partition key should be Int64 or VarChar"),
    "count": (lambda f: f["owner"], {"num_partitions": 1025}, "partition number (1025) exceeds max configuration (1024)"),
    "negative": (lambda f: f["owner"], {"num_partitions": -1}, "num_partitions"),
    "none": (lambda f: None, {"num_partitions": 2}, "num_partitions should only be specified with partition key field enabled"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_declarations(raw, case):
    choose, members, phrase = REFUSED[case]
    fields = {
        "id": field("id", INT64, primary=True), "owner": field("owner", VARCHAR, max_length=32),
        "vector": field("vector", FLOAT_VECTOR, dim=DIM),
    }  # fmt: skip
    if choose(fields) is not None:
        choose(fields).is_partition_key = True
    expect_refused(raw.create_collection("bad_key", list(fields.values()), **members), 1100, phrase)
    assert "bad_key" not in expect_ok(ask(raw, "ShowCollections")).collection_names


def test_two_keys_and_null(raw):
    def fields(**members):
        made = [field("id", INT64, primary=True), field("a", INT64), field("b", INT64), field("vector", FLOAT_VECTOR, dim=DIM)]
        for at, flag in members.items():
            setattr(made["_ab".index(at)], flag, True)
        return made

    two = fields(a="is_partition_key", b="is_partition_key")
    expect_refused(raw.create_collection("bad_key", two), 1100, "there are more than one partition key")
    if CLIENT < (2, 5):
        return  # it knows no nulls
    null = fields(a="is_partition_key")
    null[1].nullable = True
    expect_refused(raw.create_collection("bad_key", null), 1100, "partition key field not support nullable")


def test_clustering_keys_are_kept(client, raw, name):
    schema = [field("id", INT64, primary=True), field("at", INT64), field("vector", FLOAT_VECTOR, dim=DIM)]
    schema[2].is_clustering_key = True
    expect_refused(raw.create_collection(name, schema), 107, "vector clustering key not allowed")
    schema[2].is_clustering_key = False
    schema[1].is_clustering_key = True
    expect_ok(raw.create_collection(name, schema))
    described = expect_ok(ask(raw, "DescribeCollection", collection_name=name))
    assert [f.name for f in described.schema.fields if f.is_clustering_key] == ["at"]


def test_nothing_is_done_by_hand(client, raw, name):
    make_keyed(client, name)
    for method in ("CreatePartition", "DropPartition"):
        expect_refused(ask(raw, method, collection_name=name, partition_name="_default_3"), 1100, "if partition key mode is used")
    for method in ("LoadPartitions", "ReleasePartitions"):
        expect_refused(ask(raw, method, collection_name=name, partition_names=["_default_3"]), 1100, "if partition key mode is used")
    with pytest.raises(MilvusException, match=BY_HAND):
        client.insert(name, [keyed_row(100)], partition_name="_default_3")
    with pytest.raises(MilvusException, match=BY_HAND):
        client.upsert(name, [keyed_row(100)], partition_name="_default_3")
    with pytest.raises(MilvusException, match=BY_HAND):
        client.delete(name, filter="id in [1]", partition_name="_default_3")
    with pytest.raises(MilvusException, match=BY_HAND):
        client.query(name, filter="id >= 0", partition_names=["_default_3"])
    with pytest.raises(MilvusException, match=BY_HAND):
        client.search(name, data=[[0.0] * DIM], limit=1, partition_names=["_default_3"])
    assert count(client, name) == 60
    assert client.has_partition(name, "_default_3") is True


# ---- rows


@pytest.mark.parametrize("key_type", [DataType.VARCHAR, DataType.INT64])
def test_rows_are_spread_and_found(client, name, key_type):
    make_keyed(client, name, rows=240, key_type=key_type)
    rows = [int(client.get_partition_stats(name, f"_default_{p}")["row_count"]) for p in range(16)]
    assert sum(rows) == 240 and sum(1 for n in rows if n) > 3
    literal = [f'"owner {k}"' if key_type == DataType.VARCHAR else str(k - 5) for k in range(KEYS)]
    every = {k: [i for i in range(240) if i % KEYS == k] for k in range(KEYS)}
    for k in range(KEYS):
        assert found(client, name, f"owner == {literal[k]}") == every[k]
        assert searched(client, name, f"owner == {literal[k]}") == every[k]
    two = f"owner in [{literal[2]}, {literal[9]}]"
    assert found(client, name, two) == sorted(every[2] + every[9])
    assert searched(client, name, f"number >= 0 and (number < 2000 and {two})") == [i for i in sorted(every[2] + every[9]) if i < 200]
    either = f"owner == {literal[2]} or (owner == {literal[3]} and number >= 1000)"
    assert found(client, name, either) == sorted(every[2] + [i for i in every[3] if i >= 100])
    assert found(client, name, f"owner == {literal[2]} or id == 3") == sorted(every[2] + [3])
    assert found(client, name, f"not (owner == {literal[2]})") == [i for i in range(240) if i % KEYS != 2]
    assert found(client, name, f"owner == {literal[2]} and owner == {literal[3]}") == []


def test_ids_come_in_the_order_of_the_request(client, name):
    make_keyed(client, name, rows=0)
    answer = client.insert(name, [keyed_row(i) for i in (5, 3, 9, 1)])
    assert list(answer["ids"]) == [5, 3, 9, 1] and answer["insert_count"] == 4


def test_search_by_ids_of_other_partitions(client, name):
    """The vectors of the ids may lie where the filter does not look."""
    if "ids" not in inspect.signature(client.search).parameters:
        pytest.skip("this client has no search by ids")
    make_keyed(client, name)
    hits = client.search(name, ids=[1, 2], anns_field="vector", limit=3, filter='owner == "owner 7"')
    assert [[hit["id"] for hit in one] for one in hits] == [[7, 19, 31], [7, 19, 31]]


def test_upsert_moves_a_row(settled, name="keyed_upsert"):
    client, settle = settled
    make_keyed(client, name)
    client.upsert(name, [keyed_row(7, owner="owner 8"), keyed_row(100, owner="owner 9")])
    client = settle(name)
    assert 7 not in found(client, name, 'owner == "owner 7"')
    assert 7 in found(client, name, 'owner == "owner 8"')
    assert 100 in searched(client, name, 'owner == "owner 9"')
    assert count(client, name) == 61


def test_delete(settled, name="keyed_delete"):
    client, settle = settled
    make_keyed(client, name)
    client.delete(name, filter='owner == "owner 7" and number < 400')
    client.delete(name, ids=[8])
    client = settle(name)
    assert found(client, name, 'owner == "owner 7"') == [43, 55]
    assert 8 not in found(client, name, 'owner == "owner 8"')
    assert count(client, name) == 56


def test_auto_ids(client, name):
    schema = client.create_schema(auto_id=True, enable_dynamic_field=True)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("owner", DataType.INT64, is_partition_key=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong", num_partitions=5)
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    answer = client.insert(name, [{"owner": i % 7, "vector": [float(i)] * DIM, "at": i} for i in range(70)])
    rows = client.query(name, filter="id >= 0", output_fields=["owner", "at"])
    assert {row["id"]: row["at"] for row in rows} == {key: at for at, key in enumerate(answer["ids"])}
    assert all(row["owner"] == row["at"] % 7 for row in rows)


def test_released_and_loaded(client, name):
    make_keyed(client, name)
    client.release_collection(name)
    with pytest.raises(MilvusException, match="collection not loaded"):
        client.query(name, filter='owner == "owner 1"')
    client.load_collection(name)
    assert len(found(client, name, 'owner == "owner 1"')) == 5


def test_unique_keys_across_partitions(client, name):
    make_keyed(client, name, rows=10, properties={"pk.unique": "true"})
    with pytest.raises(MilvusException, match="occurs twice in the request"):
        client.insert(name, [keyed_row(50, owner="a"), keyed_row(50, owner="b"), keyed_row(50, owner="c")])
    with pytest.raises(MilvusException, match="exists already"):
        client.insert(name, [keyed_row(51), keyed_row(3, owner="another")])
    assert count(client, name) == 10


# ---- isolation


def test_isolation(client, name):
    make_keyed(client, name, index_type="HNSW", properties={"partitionkey.isolation": True})
    assert client.describe_collection(name)["properties"]["partitionkey.isolation"] in ("true", "True")
    assert searched(client, name, 'owner == "owner 7"') == [7, 19, 31, 43, 55]
    assert searched(client, name, 'number < 300 and owner == "owner 7"') == [7, 19]
    missing = "partition key not found in expr or the expr is invalid when validating partition key isolation"
    refused = {
        "": missing, "number > 1": missing, 'owner > "a"': missing,
        'owner == "a" or number > 1': "partition key isolation does not support OR",
        'not (owner == "a" and number > 1)': "partition key isolation does not support",
        'owner in ["a", "b"]': "partition key isolation does not support IN",
        '"a" < owner < "b"': "partition key isolation does not support BinaryRange",
    }  # fmt: skip
    for filter, phrase in refused.items():
        with pytest.raises(MilvusException, match=phrase):
            searched(client, name, filter)
    assert count(client, name) == 60


def test_isolation_is_bound_to_the_index(client, raw, name):
    needs(client, "alter_collection_properties")
    client.create_collection(name, schema=keyed_schema(client))
    client.alter_collection_properties(name, {"partitionkey.isolation": "true"})
    refused = raw.create_index(name, "vector", index_type="IVF_FLAT", metric_type="L2", nlist=16)
    expect_refused(refused, 1100, "partition key isolation only supports HNSW")
    client.create_index(name, vector_index(client, "HNSW"))
    with pytest.raises(MilvusException, match="can not alter partition key isolation mode if the collection already has a vector index"):
        client.alter_collection_properties(name, {"partitionkey.isolation": "false"})
    client.drop_index(name, "vector")
    client.alter_collection_properties(name, {"partitionkey.isolation": "false"})
    with pytest.raises(MilvusException, match="invalid partitionkey.isolation value"):
        client.alter_collection_properties(name, {"partitionkey.isolation": "maybe"})


def test_isolation_needs_a_key(client, raw, name):
    fields = [field("id", INT64, primary=True), field("vector", FLOAT_VECTOR, dim=DIM)]
    phrase = "partition key isolation mode is enabled but no partition key field is set"
    expect_refused(raw.create_collection(name, fields, properties=pairs({"partitionkey.isolation": "true"})), 1100, phrase)
    expect_ok(raw.create_collection(name, fields))
    expect_refused(ask(raw, "AlterCollection", collection_name=name, properties={"partitionkey.isolation": "true"}), 1100, phrase)


# ---- across restarts


def test_many_batches_across_restarts(own_server, name="keyed_restarts"):
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    make_keyed(client, name, rows=0, num_partitions=7)
    for batch in range(3):
        client.insert(name, [keyed_row(i) for i in range(batch * 50, batch * 50 + 50)])
        if batch == 1:
            client.flush(name)
        client.close()
        own_server.kill()
        own_server.start()
        client = MilvusClient(uri=own_server.uri)
    assert count(client, name) == 150
    for k in range(KEYS):
        assert found(client, name, f'owner == "owner {k}"') == [i for i in range(150) if i % KEYS == k]
    client.close()
