"""Compaction by request and in the background, as a client sees it: state, plans, segments, counts, and unchanged answers."""

import time

import pytest
from client_calls import ask, needs
from conftest import count, ids, make_collection, simple_row, vector_index
from pymilvus import MilvusClient
from raw import Raw, expect_ok, expect_refused
from server_process import ServerProcess

COMPLETED = 2


@pytest.fixture
def forgetful(binary, tmp_path):
    """A server without a retention window, so that deleted rows go at once."""
    server = ServerProcess(tmp_path / "data", binary, extra_args=["--retention.window=0s"])
    server.start()
    yield server
    server.kill()


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


def wait_for(client, compaction):
    for _ in range(400):
        if client.get_compaction_state(compaction) == "Completed":
            return
        time.sleep(0.05)
    raise AssertionError("not compacted after 20 s")


def stored(raw, name):
    return list(expect_ok(ask(raw, "GetPersistentSegmentInfo", collectionName=name)).infos)


def row_count(client, name):
    return int(client.get_collection_stats(name)["row_count"])


def fill(client, name, flushes=3, rows=20):
    make_collection(client, name, rows=0)
    for i in range(flushes):
        client.insert(name, [simple_row(j) for j in range(i * rows, (i + 1) * rows)])
        client.flush(name)


def test_segments_become_one_and_answers_stay(raw, client, name):
    needs(client, "compact", "get_compaction_state")
    fill(client, name)
    before = stored(raw, name)
    assert len(before) == 3 and sum(s.num_rows for s in before) == 60
    queried = client.query(name, filter="number >= 100", output_fields=["*"])
    found = client.search(name, data=[[7.2, 1.0] + [0.0] * 6], limit=7, output_fields=["tag"])
    compaction = client.compact(name)
    assert compaction > 0
    wait_for(client, compaction)
    after = stored(raw, name)
    assert [s.num_rows for s in after] == [60]
    assert not {s.segmentID for s in before} & {s.segmentID for s in after}
    assert client.query(name, filter="number >= 100", output_fields=["*"]) == queried
    assert client.search(name, data=[[7.2, 1.0] + [0.0] * 6], limit=7, output_fields=["tag"]) == found
    assert count(client, name) == 60

    answer = expect_ok(ask(raw, "GetCompactionState", compactionID=compaction))
    assert (answer.state, answer.executingPlanNo, answer.completedPlanNo, answer.failedPlanNo) == (COMPLETED, 0, 1, 0)
    plans = expect_ok(ask(raw, "GetCompactionStateWithPlans", compactionID=compaction))
    assert plans.state == COMPLETED and len(plans.mergeInfos) == 1
    assert set(plans.mergeInfos[0].sources) == {s.segmentID for s in before}
    assert plans.mergeInfos[0].target == after[0].segmentID

    nothing = client.compact(name)
    assert nothing != compaction and client.get_compaction_state(nothing) == "Completed"


def test_plans_of_a_collection(raw, client, name):
    needs(client, "list_compaction_tasks")
    fill(client, name, flushes=2)
    compaction = client.compact(name)
    wait_for(client, compaction)
    tasks = client.list_compaction_tasks(name)
    plans = expect_ok(ask(raw, "GetCompactionStateWithPlans", collection_name=name)).mergeInfos
    assert [p.trigger_id for p in plans] == [compaction] and plans[0].state == 3 and plans[0].collection_id > 0
    assert "compact" in repr(tasks).lower() or tasks


def test_rows_inside_the_retention_window_stay(client, name):
    needs(client, "compact", "get_compaction_state")
    fill(client, name)
    client.delete(name, filter="id < 40")
    wait_for(client, client.compact(name))
    assert row_count(client, name) == 60 and count(client, name) == 20, "a little may always be kept"


def test_the_retention_window_is_bounded(own_server):
    own_server.extra_args = ["--retention.free_size=0B"]
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    needs(client, "compact", "get_compaction_state")
    name = "bounded"
    fill(client, name)
    client.delete(name, filter="id < 10")
    wait_for(client, client.compact(name))
    assert row_count(client, name) == 60, "10 of 60 are less than 20 % of what lives"
    client.delete(name, filter="id < 40")
    wait_for(client, client.compact(name))
    assert row_count(client, name) < 30, "40 of 60 are more: the oldest went"
    assert count(client, name) == 20 and ids(client.query(name, filter="id >= 0")) == list(range(40, 60))
    client.close()


def test_without_a_window_deleted_rows_go(forgetful):
    client = MilvusClient(uri=forgetful.uri)
    needs(client, "compact", "get_compaction_state")
    name = "words"
    fill(client, name)
    client.delete(name, filter="id < 5")
    client.upsert(name, [simple_row(i, tag="new") for i in range(10, 13)])
    client.flush(name)
    wait_for(client, client.compact(name))
    assert row_count(client, name) == 55 == count(client, name)
    assert [r["tag"] for r in client.query(name, filter="id in [10, 11, 12]", output_fields=["tag"])] == ["new"] * 3
    client.close()
    forgetful.kill()
    forgetful.start()
    client = MilvusClient(uri=forgetful.uri)
    client.load_collection(name)
    assert row_count(client, name) == 55 == count(client, name)
    client.delete(name, filter="id >= 0")
    client.flush(name)
    wait_for(client, client.compact(name))
    assert row_count(client, name) == 0 == count(client, name)
    client.close()


def test_many_flushes_are_merged_in_the_background(raw, client, name):
    make_collection(client, name, rows=0)
    for i in range(9):
        client.insert(name, [simple_row(i * 3 + j) for j in range(3)])
        client.flush(name)
    for _ in range(200):
        if len(stored(raw, name)) <= 2:
            break
        time.sleep(0.05)
    assert len(stored(raw, name)) <= 2 and sum(s.num_rows for s in stored(raw, name)) == 27 == count(client, name)


def test_an_index_is_there_before_and_after(raw, client, name):
    needs(client, "compact", "get_compaction_state")
    make_collection(client, name, rows=0, load=False)
    client.create_index(name, vector_index(client, "HNSW", "L2", M=8, efConstruction=64))
    client.load_collection(name)
    for i in range(2):
        client.insert(name, [simple_row(j) for j in range(i * 1500, (i + 1) * 1500)])
        client.flush(name)
    wait_for(client, client.compact(name))
    loaded = list(expect_ok(ask(raw, "GetQuerySegmentInfo", collectionName=name)).infos)
    assert [(s.num_rows, s.index_name) for s in loaded] == [(3000, "vector")]
    hits = client.search(name, data=[simple_row(1700)["vector"]], limit=1)[0]
    assert hits[0]["id"] == 1700


def test_optimize_without_and_with_a_size(client, name):
    needs(client, "optimize")
    make_collection(client, name, rows=100)
    assert client.optimize(name, timeout=60).status == "success"
    assert client.optimize(name, target_size="512MB", timeout=60).status == "success"
    assert count(client, name) == 100


def test_what_is_refused(raw, client, name):
    expect_refused(ask(raw, "ManualCompaction", collection_name="missing"), 100, "collection not found")
    expect_refused(ask(raw, "GetCompactionStateWithPlans", collection_name="missing"), 100, "collection not found")
    make_collection(client, name, rows=0, load=False)
    expect_refused(ask(raw, "ManualCompaction", collection_name=name, majorCompaction=True), 10, "not implemented")
    expect_refused(ask(raw, "ManualCompaction", collection_name=name, target_size=-1), 1100, "target_size")
    assert expect_ok(ask(raw, "GetCompactionState", compactionID=424242)).state == COMPLETED
