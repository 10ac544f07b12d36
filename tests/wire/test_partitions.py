"""Partitions: life, names, limits, rows in them, which of them are loaded, and that a dropped one stays gone."""

import pytest
from client_calls import ask, needs, needs_sync, stats_of
from conftest import DIM, count, ids, make_collection, simple_row, simple_schema, vector_index
from pymilvus import MilvusClient, MilvusException
from raw import Raw, expect_ok, expect_refused

NOT_LOAD, LOADED = 1, 3


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


@pytest.fixture
def split(client, raw, name):
    """A loaded collection: ids 0..9 in _default, 10..19 in `p`, 20..29 in `q`."""
    make_collection(client, name, rows=10, load=False)
    for at, partition in enumerate(("p", "q")):
        expect_ok(ask(raw, "CreatePartition", collection_name=name, partition_name=partition))
        first = 10 * (at + 1)
        client.insert(name, [simple_row(i) for i in range(first, first + 10)], partition_name=partition)
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    return name


def names_of(raw, name):
    return list(expect_ok(ask(raw, "ShowPartitions", collection_name=name)).partition_names)


def state_of(raw, name, *partitions):
    return expect_ok(ask(raw, "GetLoadState", collection_name=name, partition_names=partitions)).state


def rows_in(client, name, partitions=None, filter="id >= 0"):
    return ids(client.query(name, filter=filter, output_fields=["id"], partition_names=partitions))


def drop(raw, name, partition):
    ask(raw, "ReleasePartitions", collection_name=name, partition_names=[partition])
    return ask(raw, "DropPartition", collection_name=name, partition_name=partition)


# ---- life


def test_the_client(client, name):
    needs_sync(client, "get_load_state does not take the name of a partition")
    needs(client, "create_partition", "list_partitions", "has_partition", "drop_partition", "load_partitions", "release_partitions")
    make_collection(client, name, rows=0)
    client.create_partition(name, "p")
    assert client.list_partitions(name) == ["_default", "p"]
    assert client.has_partition(name, "p") is True and client.has_partition(name, "q") is False
    client.insert(name, [simple_row(1)], partition_name="p")
    assert client.get_partition_stats(name, "p")["row_count"] in (1, "1")
    assert client.get_load_state(name, partition_name="p")["state"].name == "Loaded"
    client.release_partitions(name, "p")
    assert client.get_load_state(name, partition_name="p")["state"].name == "NotLoad"
    client.load_partitions(name, ["p"])
    assert count(client, name) == 1
    client.release_partitions(name, ["p"])
    client.drop_partition(name, "p")
    assert client.list_partitions(name) == ["_default"]


def test_on_the_wire(raw, split):
    answer = expect_ok(ask(raw, "ShowPartitions", collection_name=split))
    assert list(answer.partition_names) == ["_default", "p", "q"]
    assert len(set(answer.partitionIDs)) == 3
    assert len(answer.created_timestamps) == len(answer.created_utc_timestamps) == 3
    assert all(t > 0 for t in answer.created_timestamps)
    collection = expect_ok(ask(raw, "DescribeCollection", collection_name=split))
    assert collection.num_partitions == 3
    by_id = expect_ok(ask(raw, "ShowPartitions", collectionID=collection.collectionID))
    assert by_id.partition_names == answer.partition_names
    in_memory = expect_ok(ask(raw, "ShowPartitions", collection_name=split, type=1))
    assert list(in_memory.inMemory_percentages) == [100, 100, 100]
    expect_ok(ask(raw, "ReleasePartitions", collection_name=split, partition_names=["p"]))
    in_memory = expect_ok(ask(raw, "ShowPartitions", collection_name=split, type=1))
    assert list(in_memory.partition_names) == ["_default", "q"]
    assert list(in_memory.inMemory_percentages) == [100, 100]


def test_create_and_drop_are_idempotent(raw, split):
    before = list(ask(raw, "ShowPartitions", collection_name=split).partitionIDs)
    expect_ok(ask(raw, "CreatePartition", collection_name=split, partition_name="p"))
    expect_ok(ask(raw, "CreatePartition", collection_name=split, partition_name="_default"))
    assert list(ask(raw, "ShowPartitions", collection_name=split).partitionIDs) == before
    expect_ok(drop(raw, split, "p"))
    expect_ok(ask(raw, "DropPartition", collection_name=split, partition_name="p"))
    expect_ok(ask(raw, "DropPartition", collection_name=split, partition_name="never"))
    assert names_of(raw, split) == ["_default", "q"]


def test_the_default_partition_stays(raw, client, split):
    answer = ask(raw, "DropPartition", collection_name=split, partition_name="_default")
    expect_refused(answer, 1100, "default partition cannot be deleted")
    assert names_of(raw, split)[0] == "_default" and count(client, split) == 30


def test_a_loaded_partition_is_not_dropped(raw, client, split):
    answer = ask(raw, "DropPartition", collection_name=split, partition_name="p")
    expect_refused(answer, 1100, "partition cannot be dropped, partition is loaded, please release it first")
    assert names_of(raw, split) == ["_default", "p", "q"] and count(client, split) == 30


@pytest.mark.parametrize("method", ["CreatePartition", "DropPartition", "HasPartition", "GetPartitionStatistics"])
def test_of_an_unknown_collection(raw, method):
    answer = ask(raw, method, collection_name="missing", partition_name="p")
    expect_refused(answer, 100, "collection not found[database=default][collection=missing]")


@pytest.mark.parametrize("method", ["ShowPartitions", "LoadPartitions", "ReleasePartitions"])
def test_lists_of_an_unknown_collection(raw, method):
    answer = ask(raw, method, collection_name="missing", partition_names=["p"])
    expect_refused(answer, 100, "collection not found[database=default][collection=missing]")


BAD_NAMES = {
    "empty": ("", "Partition name should not be empty."),
    "dash-first": ("-abc", "The first character of a partition name must be an underscore or letter."),
    "dollar-first": ("$abc", "The first character of a partition name must be an underscore or letter."),
    "blank": ("a b", "Partition name can only contain numbers, letters and underscores."),
    "star": ("a*", "Partition name can only contain numbers, letters and underscores."),
    "non-ascii": ("naïve", "Partition name can only contain numbers, letters and underscores."),
    "too-long": ("x" * 256, "The length of a partition name must be less than 255 characters."),
}


@pytest.mark.parametrize("case", BAD_NAMES)
def test_bad_names(raw, client, name, case):
    bad, phrase = BAD_NAMES[case]
    client.create_collection(name, schema=simple_schema(client))
    for method in ("CreatePartition", "HasPartition", "DropPartition"):
        answer = ask(raw, method, collection_name=name, partition_name=bad)
        expect_refused(answer, 1100, f"Invalid partition name: {bad}. ", phrase)
    assert names_of(raw, name) == ["_default"]


@pytest.mark.parametrize("good", ["_x", "1abc", "a-b", "x" * 255, "9"])
def test_good_names(raw, client, name, good):
    client.create_collection(name, schema=simple_schema(client))
    expect_ok(ask(raw, "CreatePartition", collection_name=name, partition_name=good))
    assert names_of(raw, name) == ["_default", good]
    assert ask(raw, "HasPartition", collection_name=name, partition_name=good).value is True


def test_a_thousand_and_twenty_four_and_no_more(raw, client, name):
    client.create_collection(name, schema=simple_schema(client))
    for i in range(1023):
        expect_ok(ask(raw, "CreatePartition", collection_name=name, partition_name=f"p{i}"))
    answer = ask(raw, "CreatePartition", collection_name=name, partition_name="one_more")
    expect_refused(answer, 1100, "partition number (1024) exceeds max configuration (1024)")
    assert len(names_of(raw, name)) == 1024
    expect_ok(ask(raw, "CreatePartition", collection_name=name, partition_name="p7"))
    expect_ok(ask(raw, "DropPartition", collection_name=name, partition_name="p7"))
    expect_ok(ask(raw, "CreatePartition", collection_name=name, partition_name="one_more"))


# ---- rows


def test_reads_of_some_partitions(client, split):
    assert rows_in(client, split) == list(range(30))
    assert rows_in(client, split, ["p"]) == list(range(10, 20))
    assert rows_in(client, split, ["_default", "q"]) == list(range(10)) + list(range(20, 30))
    assert rows_in(client, split, ["q"], "id < 25") == list(range(20, 25))
    near = [15.0, 1.0] + [0.0] * (DIM - 2)
    assert client.search(split, data=[near], limit=1)[0][0]["id"] == 15
    assert client.search(split, data=[near], limit=1, partition_names=["p"])[0][0]["id"] == 15
    assert client.search(split, data=[near], limit=1, partition_names=["q"])[0][0]["id"] == 20
    assert client.search(split, data=[near], limit=1, partition_names=["_default", "q"])[0][0]["id"] == 20
    counted = client.query(split, filter="", output_fields=["count(*)"], partition_names=["p"])
    assert counted[0]["count(*)"] == 10


def test_reads_after_a_flush(client, split):
    client.flush(split)
    client.insert(split, [simple_row(i) for i in range(30, 33)], partition_name="p")
    assert rows_in(client, split, ["p"]) == list(range(10, 20)) + [30, 31, 32]
    assert rows_in(client, split, ["q"]) == list(range(20, 30))
    near = [31.0, 1.0] + [0.0] * (DIM - 2)
    assert client.search(split, data=[near], limit=2, partition_names=["p"])[0][0]["id"] == 31
    assert client.search(split, data=[near], limit=1, partition_names=["q"])[0][0]["id"] == 29


def test_unknown_partitions_in_reads(raw, split):
    expect_refused(raw.query(split, "id >= 0", partition_names=["none"]), 1100, "partition name none not found")
    answer = raw.search(split, [[0.0] * DIM], partition_names=["p", "none"])
    expect_refused(answer, 1100, "partition name none not found")


def test_unknown_partitions_in_writes(raw, client, split):
    for method in ("insert", "upsert"):
        with pytest.raises(MilvusException) as refused:
            getattr(client, method)(split, [simple_row(99)], partition_name="none")
        assert refused.value.code == 200 and "partition not found[partition=none]" in refused.value.message
    answer = raw.delete(split, "id == 1", partition_name="none")
    expect_refused(answer, 200, "partition not found[partition=none]")
    assert count(client, split) == 30


def test_deletes_in_a_partition(client, raw, split):
    expect_ok(raw.delete(split, "id in [5, 15, 25]", partition_name="p"))
    assert count(client, split) == 29 and 15 not in rows_in(client, split)
    expect_ok(raw.delete(split, "number >= 180", partition_name="p"))  # 18 and 19, and not what is in q
    assert rows_in(client, split, ["p"]) == [10, 11, 12, 13, 14, 16, 17]
    assert rows_in(client, split, ["q"]) == list(range(20, 30))
    client.delete(split, filter="id < 12")
    assert rows_in(client, split, ["p"]) == [12, 13, 14, 16, 17]
    assert rows_in(client, split, ["_default"]) == []


def test_upserts_in_a_partition(client, split):
    client.upsert(split, [simple_row(15, tag="new"), simple_row(40, tag="new")], partition_name="p")
    assert rows_in(client, split, ["p"]) == list(range(10, 20)) + [40]
    assert client.get(split, ids=[15])[0]["tag"] == "new"
    assert count(client, split) == 31


def test_statistics(raw, client, split):
    def rows(partition):
        return stats_of(expect_ok(ask(raw, "GetPartitionStatistics", collection_name=split, partition_name=partition)))

    assert [rows(p) for p in ("_default", "p", "q")] == [{"row_count": "10"}] * 3
    client.insert(split, [simple_row(30)], partition_name="q")
    client.flush(split)
    assert [rows(p)["row_count"] for p in ("_default", "p", "q")] == ["10", "10", "11"]
    answer = ask(raw, "GetPartitionStatistics", collection_name=split, partition_name="none")
    expect_refused(answer, 200, "partition not found[partition=none]")
    assert stats_of(ask(raw, "GetCollectionStatistics", collection_name=split))["row_count"] == "31"


# ---- loaded or not


def test_load_some(raw, client, split):
    expect_ok(ask(raw, "ReleaseCollection", collection_name=split))
    expect_ok(ask(raw, "LoadPartitions", collection_name=split, partition_names=["p"]))
    assert state_of(raw, split) == LOADED and state_of(raw, split, "p") == LOADED
    assert state_of(raw, split, "q") == NOT_LOAD and state_of(raw, split, "p", "q") == NOT_LOAD
    assert rows_in(client, split) == list(range(10, 20)), "without names, what is loaded"
    assert rows_in(client, split, ["p"]) == list(range(10, 20))
    expect_refused(raw.query(split, "id >= 0", partition_names=["q"]), 201, "failed to query: partition not loaded")
    answer = raw.search(split, [[0.0] * DIM], partition_names=["p", "q"])
    expect_refused(answer, 201, "failed to search: partition not loaded")
    expect_ok(ask(raw, "LoadPartitions", collection_name=split, partition_names=["p", "q"]))
    assert rows_in(client, split) == list(range(10, 30))
    expect_ok(ask(raw, "LoadCollection", collection_name=split))
    assert rows_in(client, split) == list(range(30))


def test_release_some(raw, client, split):
    expect_ok(ask(raw, "ReleasePartitions", collection_name=split, partition_names=["q"]))
    expect_ok(ask(raw, "ReleasePartitions", collection_name=split, partition_names=["q"]))
    assert state_of(raw, split, "q") == NOT_LOAD and state_of(raw, split, "_default", "p") == LOADED
    assert rows_in(client, split) == list(range(20))
    near = [25.0, 1.0] + [0.0] * (DIM - 2)
    assert client.search(split, data=[near], limit=1)[0][0]["id"] == 19
    client.insert(split, [simple_row(50)], partition_name="q")
    assert count(client, split) == 20, "rows of an unloaded partition are kept, not shown"
    expect_ok(ask(raw, "ReleasePartitions", collection_name=split, partition_names=["_default", "p"]))
    assert state_of(raw, split) == NOT_LOAD
    expect_refused(raw.query(split, "id >= 0"), 101, f"failed to query: collection not loaded[collection={split}]")
    expect_ok(ask(raw, "LoadPartitions", collection_name=split, partition_names=["q"]))
    assert rows_in(client, split) == list(range(20, 30)) + [50]


def test_a_partition_made_later(raw, client, split):
    expect_ok(ask(raw, "CreatePartition", collection_name=split, partition_name="later"))
    assert state_of(raw, split, "later") == LOADED, "the collection was loaded as a whole"
    client.insert(split, [simple_row(60)], partition_name="later")
    assert rows_in(client, split, ["later"]) == [60]
    expect_ok(ask(raw, "ReleaseCollection", collection_name=split))
    expect_ok(ask(raw, "LoadPartitions", collection_name=split, partition_names=["later"]))
    expect_ok(ask(raw, "CreatePartition", collection_name=split, partition_name="last"))
    assert state_of(raw, split, "last") == NOT_LOAD, "partitions were named"


def test_progress(raw, split):
    def progress(*partitions):
        return ask(raw, "GetLoadingProgress", collection_name=split, partition_names=partitions)

    assert expect_ok(progress()).progress == 100 and expect_ok(progress("p", "q")).progress == 100
    expect_ok(ask(raw, "ReleasePartitions", collection_name=split, partition_names=["q"]))
    assert expect_ok(progress("p")).progress == 100
    expect_refused(progress("q"), 201, "partition not loaded")
    expect_refused(progress("none"), 200, "partition not found[partition=none]")
    expect_ok(ask(raw, "ReleaseCollection", collection_name=split))
    expect_refused(progress(), 101, "collection not loaded")


def test_loads_that_are_refused(raw, split):
    for method in ("LoadPartitions", "ReleasePartitions"):
        expect_refused(ask(raw, method, collection_name=split, partition_names=[]), 1100)
        answer = ask(raw, method, collection_name=split, partition_names=["p", "none"])
        expect_refused(answer, 200, "partition not found[partition=none]")
    many = ask(raw, "LoadPartitions", collection_name=split, partition_names=["p"], replica_number=2)
    expect_refused(many, 304, "resource group node not enough")
    group = ask(raw, "LoadPartitions", collection_name=split, partition_names=["p"], resource_groups=["other"])
    expect_refused(group, 300, "resource group not found[rg=other]")
    answer = ask(raw, "GetLoadState", collection_name=split, partition_names=["none"])
    expect_refused(answer, 200, "partition not found[partition=none]")
    assert ask(raw, "GetLoadState", collection_name="missing").state == 0, "NotExist"


def test_load_partitions_needs_an_index(raw, client, name):
    make_collection(client, name, load=False)
    answer = ask(raw, "LoadPartitions", collection_name=name, partition_names=["_default"])
    expect_refused(answer, 700, f"index not found[collection={name}]")


# ---- dropped


@pytest.mark.parametrize("flushed", [False, True], ids=["growing", "flushed"])
def test_a_dropped_partition_takes_its_rows_along(raw, client, split, flushed):
    if flushed:
        client.flush(split)
    expect_ok(drop(raw, split, "p"))
    rest = list(range(10)) + list(range(20, 30))
    assert rows_in(client, split) == rest
    assert client.get(split, ids=[15]) == []
    near = [15.0, 1.0] + [0.0] * (DIM - 2)
    assert client.search(split, data=[near], limit=1)[0][0]["id"] in (9, 20)
    assert stats_of(ask(raw, "GetCollectionStatistics", collection_name=split))["row_count"] == "20"
    expect_refused(raw.query(split, "id >= 0", partition_names=["p"]), 1100, "partition name p not found")
    expect_ok(ask(raw, "CreatePartition", collection_name=split, partition_name="p"))
    assert rows_in(client, split, ["p"]) == [], "a new partition of the name is empty"
    client.insert(split, [simple_row(15)], partition_name="p")
    assert rows_in(client, split, ["p"]) == [15] and count(client, split) == 21
    client.flush(split)
    assert count(client, split) == 21


@pytest.mark.parametrize("flushed", ["before", "after", "never"])
def test_dropped_rows_do_not_come_back(own_server, flushed):
    """kill -9 after the drop: whatever was in files or in the log of the partition stays invisible."""
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    make_collection(client, "c", rows=5)
    for partition, first in (("p", 10), ("q", 20)):
        client.create_partition("c", partition)
        client.insert("c", [simple_row(i) for i in range(first, first + 5)], partition_name=partition)
    if flushed == "before":
        client.flush("c")
    client.release_partitions("c", ["p"])
    client.drop_partition("c", "p")
    if flushed == "after":
        client.flush("c")
    client.close()
    for _ in range(2):
        own_server.kill()
        own_server.start()
        client = MilvusClient(uri=own_server.uri)
        assert client.list_partitions("c") == ["_default", "q"]
        assert rows_in(client, "c") == [0, 1, 2, 3, 4] + list(range(20, 25))
        client.close()
    client = MilvusClient(uri=own_server.uri)
    client.create_partition("c", "p")
    assert rows_in(client, "c", ["p"]) == []
    client.insert("c", [simple_row(11)], partition_name="p")
    client.close()
    own_server.kill()
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    assert rows_in(client, "c", ["p"]) == [11] and count(client, "c") == 11
    client.close()


def test_states_survive_kill(own_server):
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    make_collection(client, "c", rows=5)
    client.create_partition("c", "p")
    client.create_partition("c", "q")
    client.insert("c", [simple_row(10)], partition_name="p")
    client.release_partitions("c", ["q"])
    client.close()
    own_server.kill()
    own_server.start()
    with Raw(own_server.address) as raw:
        assert state_of(raw, "c", "p") == LOADED and state_of(raw, "c", "q") == NOT_LOAD
        assert state_of(raw, "c", "_default") == LOADED and state_of(raw, "c") == LOADED
        answer = raw.query("c", "id >= 0", partition_names=["q"])
        expect_refused(answer, 201, "partition not loaded")
        expect_ok(ask(raw, "CreatePartition", collection_name="c", partition_name="later"))
        assert state_of(raw, "c", "later") == LOADED
    client = MilvusClient(uri=own_server.uri)
    assert rows_in(client, "c") == [0, 1, 2, 3, 4, 10]
    client.close()
