"""What tools ask: statistics, segments, replicas, flush of everything, metrics, several descriptions at once."""

import json
import time

import grpc
import pytest
from client_calls import ask, needs, needs_sync, stats_of
from conftest import count, make_collection, simple_row, simple_schema
from pymilvus import MilvusClient
from raw import Raw, expect_ok, expect_refused

GROWING, SEALED, FLUSHED = 2, 3, 4


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


def flush(raw, name):
    """Flush and wait, as the client does."""
    answer = expect_ok(ask(raw, "Flush", collection_names=[name]))
    segments = list(answer.coll_segIDs[name].data)
    assert list(answer.coll_segIDs) == [name] and list(answer.coll_flush_ts) == [name]
    for _ in range(200):
        state = ask(raw, "GetFlushState", segmentIDs=segments, flush_ts=answer.coll_flush_ts[name], collection_name=name)
        if expect_ok(state).flushed:
            return segments
        time.sleep(0.05)
    raise AssertionError("not flushed after 10 s")


# ---- statistics


def test_row_counts(raw, client, name):
    def rows():
        return stats_of(expect_ok(ask(raw, "GetCollectionStatistics", collection_name=name)))

    client.create_collection(name, schema=simple_schema(client), consistency_level="Strong")
    assert rows() == {"row_count": "0"}
    client.insert(name, [simple_row(i) for i in range(12)])
    assert rows() == {"row_count": "12"}
    assert int(client.get_collection_stats(name)["row_count"]) == 12
    flush(raw, name)
    assert rows() == {"row_count": "12"}
    client.insert(name, [simple_row(12)])
    assert rows() == {"row_count": "13"}
    client.delete(name, filter="id in [0, 1]")
    assert rows() == {"row_count": "13"}, "deleted rows count until they are compacted"


def test_statistics_of_what_is_not_there(raw):
    for method, members in [
        ("GetCollectionStatistics", {"collection_name": "missing"}),
        ("GetPersistentSegmentInfo", {"collectionName": "missing"}),
        ("GetQuerySegmentInfo", {"collectionName": "missing"}),
        ("GetReplicas", {"collection_name": "missing"}),
        ("GetIndexStatistics", {"collection_name": "missing"}),
        ("GetIndexBuildProgress", {"collection_name": "missing"}),
        ("GetIndexState", {"collection_name": "missing"}),
    ]:
        expect_refused(ask(raw, method, **members), 100, "collection not found[database=default][collection=missing]")


def test_index_statistics(raw, client, simple):
    flush(raw, simple)
    described = expect_ok(ask(raw, "GetIndexStatistics", collection_name=simple)).index_descriptions
    assert [(d.index_name, d.field_name, d.state) for d in described] == [("vector", "vector", 3)]
    assert described[0].total_rows == described[0].indexed_rows == 20 and described[0].pending_index_rows == 0
    progress = expect_ok(ask(raw, "GetIndexBuildProgress", collection_name=simple, index_name="vector"))
    assert progress.indexed_rows == progress.total_rows == 20
    assert expect_ok(ask(raw, "GetIndexState", collection_name=simple, index_name="vector")).state == 3
    expect_refused(ask(raw, "GetIndexStatistics", collection_name=simple, index_name="none"), 700, "index not found[indexName=none]")
    expect_refused(ask(raw, "GetIndexBuildProgress", collection_name=simple, index_name="none"), 700, "index not found")
    expect_refused(ask(raw, "GetIndexState", collection_name=simple, index_name="none"), 700, "index not found")


def test_load_state_and_progress(raw, client, simple):
    assert expect_ok(ask(raw, "GetLoadState", collection_name=simple)).state == 3
    progress = expect_ok(ask(raw, "GetLoadingProgress", collection_name=simple))
    assert progress.progress == 100 and progress.refresh_progress == 100
    expect_ok(ask(raw, "ReleaseCollection", collection_name=simple))
    assert expect_ok(ask(raw, "GetLoadState", collection_name=simple)).state == 1
    expect_refused(ask(raw, "GetLoadingProgress", collection_name=simple), 101, f"collection not loaded[collection={simple}]")
    assert expect_ok(ask(raw, "GetLoadState", collection_name="missing")).state == 0
    loaded = expect_ok(ask(raw, "ShowCollections", type=1))
    assert simple not in loaded.collection_names
    expect_ok(ask(raw, "LoadCollection", collection_name=simple))
    loaded = expect_ok(ask(raw, "ShowCollections", type=1, collection_names=[simple]))
    assert list(loaded.collection_names) == [simple]
    assert list(loaded.inMemory_percentages) == [100] and list(loaded.query_service_available) == [True]


# ---- segments


def test_stored_segments(raw, client, simple):
    def stored(**members):
        return expect_ok(ask(raw, "GetPersistentSegmentInfo", collectionName=simple, **members)).infos

    collection = expect_ok(ask(raw, "DescribeCollection", collection_name=simple))
    partitions = expect_ok(ask(raw, "ShowPartitions", collection_name=simple)).partitionIDs
    assert list(stored()) == [], "nothing is stored yet"
    segments = flush(raw, simple)
    infos = stored()
    assert [i.segmentID for i in infos] == segments
    assert infos[0].num_rows == 20 and infos[0].state == FLUSHED
    assert infos[0].collectionID == collection.collectionID and infos[0].partitionID == partitions[0]
    client.insert(simple, [simple_row(20)])
    assert len(stored()) == 1
    flush(raw, simple)
    assert sorted(i.num_rows for i in stored()) == [1, 20]
    assert len({i.segmentID for i in stored()}) == 2
    client.insert(simple, [simple_row(21), simple_row(22)])
    assert [(i.num_rows, i.state) for i in stored(states=[GROWING])] == [(2, GROWING)]
    assert len(stored(states=[FLUSHED])) == 2 and len(stored(states=[GROWING, FLUSHED])) == 3


def test_the_client_lists_segments(raw, client, simple):
    needs(client, "list_persistent_segments", "list_loaded_segments")
    flush(raw, simple)
    client.insert(simple, [simple_row(20)])
    stored = client.list_persistent_segments(simple)
    assert [s.num_rows for s in stored] == [20] and "Flushed" in repr(stored[0])
    loaded = client.list_loaded_segments(simple)
    assert sorted(s.num_rows for s in loaded) == [1, 20]
    assert all(s.collection_name == simple for s in loaded)


def test_loaded_segments(raw, client, simple):
    def loaded():
        return expect_ok(ask(raw, "GetQuerySegmentInfo", collectionName=simple)).infos

    assert [(i.num_rows, i.state) for i in loaded()] == [(20, GROWING)]
    assert loaded()[0].mem_size > 0
    flush(raw, simple)
    assert [(i.num_rows, i.state) for i in loaded()] == [(20, SEALED)]
    assert list(loaded()[0].nodeIds) == [loaded()[0].nodeID] != [0]
    client.insert(simple, [simple_row(20)])
    assert sorted(i.state for i in loaded()) == [GROWING, SEALED]
    assert sum(i.num_rows for i in loaded()) == 21
    expect_ok(ask(raw, "ReleaseCollection", collection_name=simple))
    expect_refused(ask(raw, "GetQuerySegmentInfo", collectionName=simple), 101, "collection not loaded")


def test_indexed_segments(raw, client, name):
    make_collection(client, name, rows=0, load=False)
    client.insert(name, [simple_row(i) for i in range(1500)])
    segments = flush(raw, name)
    expect_ok(raw.create_index(name, "vector", index_type="HNSW", metric_type="L2", M=8, efConstruction=40))
    for _ in range(300):
        if ask(raw, "DescribeIndex", collection_name=name).index_descriptions[0].state == 3:
            break
        time.sleep(0.05)
    client.load_collection(name)
    infos = expect_ok(ask(raw, "GetQuerySegmentInfo", collectionName=name)).infos
    assert [i.segmentID for i in infos] == segments
    assert infos[0].index_name == "vector" and infos[0].indexID > 0
    try:
        from pymilvus.grpc_gen import feder_pb2
    except ImportError:
        pytest.skip("this client has no feder messages")
    indexed = raw.call("ListIndexedSegment", feder_pb2.ListIndexedSegmentRequest(collection_name=name, index_name="vector"))
    assert list(expect_ok(indexed).segmentIDs) == segments
    none = raw.call("ListIndexedSegment", feder_pb2.ListIndexedSegmentRequest(collection_name=name, index_name="none"))
    expect_refused(none, 700, "index not found[indexName=none]")


# ---- replicas


def test_replicas(raw, client, simple):
    number = expect_ok(ask(raw, "DescribeCollection", collection_name=simple)).collectionID
    answer = expect_ok(ask(raw, "GetReplicas", collectionID=number, with_shard_nodes=True))
    assert len(answer.replicas) == 1, "one node, one replica"
    replica = answer.replicas[0]
    assert replica.replicaID != 0 and replica.collectionID == number
    assert list(replica.node_ids) == [1] and replica.resource_group_name == "__default_resource_group"
    assert len(replica.partition_ids) == 1 and len(replica.shard_replicas) == 1
    shard = replica.shard_replicas[0]
    assert shard.leaderID == 1 and list(shard.node_ids) == [1] and ":" in shard.leader_addr
    channels = ask(raw, "DescribeCollection", collection_name=simple).virtual_channel_names
    assert shard.dm_channel_name == channels[0]
    assert ask(raw, "GetReplicas", collection_name=simple).replicas == answer.replicas
    expect_ok(ask(raw, "ReleaseCollection", collection_name=simple))
    assert len(expect_ok(ask(raw, "GetReplicas", collection_name=simple)).replicas) == 0


def test_the_client_describes_replicas(client, simple):
    needs(client, "describe_replica")
    replicas = client.describe_replica(simple)
    assert len(replicas) == 1
    assert list(replicas[0].group_nodes) == [1] and replicas[0].resource_group == "__default_resource_group"


# ---- flush of everything


def wait_all(raw, stamp, **members):
    for _ in range(200):
        state = expect_ok(ask(raw, "GetFlushAllState", flush_all_ts=stamp, **members))
        if state.flushed:
            return state
        time.sleep(0.05)
    raise AssertionError("not flushed after 10 s")


def test_flush_all(raw, client, name, simple):
    second = make_collection(client, f"{name}_2", rows=7)
    try:
        answer = expect_ok(ask(raw, "FlushAll"))
        assert answer.flush_all_ts > 0
        wait_all(raw, answer.flush_all_ts)
        for collection, rows in ((simple, 20), (second, 7)):
            infos = expect_ok(ask(raw, "GetPersistentSegmentInfo", collectionName=collection)).infos
            assert sum(i.num_rows for i in infos) == rows
        client.insert(second, [simple_row(50)])
        assert expect_ok(ask(raw, "GetFlushAllState", flush_all_ts=answer.flush_all_ts)).flushed, "later rows do not count"
        now = expect_ok(ask(raw, "AllocTimestamp")).timestamp
        assert not expect_ok(ask(raw, "GetFlushAllState", flush_all_ts=now)).flushed
        wait_all(raw, expect_ok(ask(raw, "FlushAll", db_name="default")).flush_all_ts, db_name="default")
        assert count(client, second) == 8
    finally:
        client.drop_collection(second)


def test_flush_all_says_what_it_flushes(raw, client, simple):
    answer = expect_ok(ask(raw, "FlushAll"))
    if not hasattr(answer, "flush_results"):
        pytest.skip("FlushAllResponse of this client has no flush_results")
    results = {r.db_name: {c.collection_name: c for c in r.collection_results} for r in answer.flush_results}
    assert simple in results["default"]
    assert results["default"][simple].flush_ts == answer.flush_all_ts
    assert len(results["default"][simple].segment_ids.data) == 1
    state = wait_all(raw, answer.flush_all_ts)
    states = {s.db_name: dict(s.collection_flush_states) for s in state.flush_states}
    assert states["default"][simple] is True


def test_flush_all_of_an_unknown_database(raw):
    expect_refused(ask(raw, "FlushAll", db_name="nowhere"), 800, "database not found[database=nowhere]")
    expect_refused(ask(raw, "GetFlushAllState", db_name="nowhere", flush_all_ts=1), 800, "database not found[database=nowhere]")


def test_flush_all_reaches_every_database(raw, client, server):
    database = "flushed_too"
    expect_ok(ask(raw, "CreateDatabase", db_name=database))
    other = MilvusClient(uri=server.uri, db_name=database)
    try:
        make_collection(other, "inside", rows=3)
        wait_all(raw, expect_ok(ask(raw, "FlushAll")).flush_all_ts)
        infos = expect_ok(ask(raw, "GetPersistentSegmentInfo", dbName=database, collectionName="inside")).infos
        assert [i.num_rows for i in infos] == [3]
    finally:
        other.drop_collection("inside")
        other.close()
        expect_ok(ask(raw, "DropDatabase", db_name=database))


def test_the_client_flushes_all(client, raw, simple):
    needs(client, "flush_all")
    needs_sync(client, "flush_all is not there behind its method")
    client.flush_all(timeout=60)
    infos = expect_ok(ask(raw, "GetPersistentSegmentInfo", collectionName=simple)).infos
    assert sum(i.num_rows for i in infos) == 20


def test_flush_state_of_what_is_gone(raw, client, name):
    assert expect_ok(ask(raw, "GetFlushState", collection_name="missing")).flushed, "no segments: nothing to wait for"
    expect_refused(ask(raw, "Flush", collection_names=["missing"]), 100, "collection not found[database=default][collection=missing]")
    expect_refused(ask(raw, "Flush", collection_names=[]), 1100)


# ---- several descriptions


def test_batch_describe(raw, client, simple):
    number = expect_ok(ask(raw, "DescribeCollection", collection_name=simple)).collectionID
    answer = expect_ok(ask(raw, "BatchDescribeCollection", collection_name=[simple, "missing"], collectionID=[number]))
    assert len(answer.responses) == 3
    assert answer.responses[0].collection_name == answer.responses[2].collection_name == simple
    assert answer.responses[0].status.code == 0
    status = answer.responses[1].status
    assert status.code == 100 and "can't find collection[database=default][collection=missing]" in status.reason
    assert [f.name for f in answer.responses[0].schema.fields] == ["id", "tag", "number", "vector"]
    assert len(expect_ok(ask(raw, "BatchDescribeCollection")).responses) == 0


# ---- the node


def test_metrics(raw):
    def metrics(text):
        return ask(raw, "GetMetrics", request=text)

    answer = expect_ok(metrics(json.dumps({"metric_type": "system_info"})))
    assert answer.component_name
    nodes = json.loads(answer.response)["nodes_info"]
    assert len(nodes) == 1
    infos = nodes[0]["infos"]
    assert infos["has_error"] is False and infos["id"] == 1 and infos["type"]
    hardware, system = infos["hardware_infos"], infos["system_info"]
    assert hardware["cpu_core_count"] >= 1 and hardware["memory"] >= hardware["memory_usage"] > 0
    assert system["deploy_mode"] == "STANDALONE" and system["system_version"]
    expect_refused(metrics(json.dumps({"metric_type": "no_such"})), 1200, "metric not found[metric=no_such]")
    expect_refused(metrics(json.dumps({})), 1200, "metric not found")
    expect_refused(metrics("no json"), 1100)


def test_register_link(raw):
    answer = expect_ok(ask(raw, "RegisterLink"))
    assert f"{answer.address.ip}:{answer.address.port}" == raw.address


def test_client_heartbeat(raw):
    """The telemetry service of newer clients: answered, with nothing to do."""
    call = raw.channel.unary_unary("/milvus.proto.milvus.ClientTelemetryService/ClientHeartbeat")
    assert call(b"", timeout=10).startswith(b"\x0a\x00\x10"), "success, then the server's time, and no commands"


def test_dummy(raw):
    assert json.loads(ask(raw, "Dummy", request_type='{"a": 1}').response) == {"status": "success", "request": {"a": 1}}
    assert json.loads(ask(raw, "Dummy", request_type="no json").response) == {"status": "fail"}


NOT_BUILT = ["ListImportTasks", "AddCollectionFunction"]


@pytest.mark.parametrize("method", NOT_BUILT)
def test_what_is_not_built_says_so(raw, method):
    with pytest.raises(grpc.RpcError) as refused:
        ask(raw, method)
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED and method in refused.value.details()
