"""Consistency levels, guarantee timestamps, session timestamps, ignore_growing."""

import time

import pytest
from conftest import DIM, count, ids, make_collection, simple_row
from pymilvus.grpc_gen import milvus_pb2
from raw import INT64, VARCHAR, Raw, column, expect_ok, expect_refused, vector_column

STRONG, SESSION, BOUNDED, EVENTUALLY, CUSTOMIZED = range(5)


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


def columns(keys):
    return [
        column("id", INT64, keys),
        column("tag", VARCHAR, ["x"] * len(keys)),
        column("number", INT64, [1] * len(keys)),
        vector_column("vector", [[0.0] * DIM] * len(keys)),
    ]


def counted(answer):
    return expect_ok(answer).fields_data[0].scalars.long_data.data[0]


def hybrid(unix_s):
    return int(unix_s * 1000) << 18


@pytest.mark.parametrize("level", ["Strong", "Session", "Bounded", "Eventually"])
def test_levels_of_the_client_see_what_was_answered(client, name, level):
    make_collection(client, name, rows=0)
    for i in range(5):
        client.insert(name, [simple_row(i)])
        assert ids(client.query(name, filter="id >= 0", output_fields=["id"], consistency_level=level)) == list(range(i + 1))
        hits = client.search(name, data=[simple_row(i)["vector"]], limit=1, consistency_level=level)[0]
        assert hits[0]["id"] == i
    client.delete(name, ids=[2])
    assert ids(client.query(name, filter="id >= 0", output_fields=["id"], consistency_level=level)) == [0, 1, 3, 4]


@pytest.mark.parametrize("collection_level", ["Strong", "Session", "Bounded", "Eventually"])
def test_default_of_the_collection(client, name, collection_level):
    from conftest import simple_schema, vector_index

    client.create_collection(name, schema=simple_schema(client), consistency_level=collection_level)
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    client.insert(name, [simple_row(i) for i in range(10)])
    assert count(client, name) == 10


@pytest.mark.parametrize("level", [STRONG, SESSION, BOUNDED, EVENTUALLY, CUSTOMIZED])
def test_guarantee_timestamps(raw, simple, level):
    written = expect_ok(raw.insert(simple, columns([100]), 1)).timestamp
    for guarantee in (0, 1, 2, 3, hybrid(0.001), written - 1, written, written + 1, hybrid(time.time()), hybrid(time.time() + 60)):
        members = {"consistency_level": level, "guarantee_timestamp": guarantee}
        assert counted(raw.query(simple, "", ["count(*)"], **members)) == 21
        assert len(expect_ok(raw.search(simple, [[0.0] * DIM], {"topk": 50}, **members)).results.scores) == 21
        assert counted(raw.query(simple, "", ["count(*)"], use_default_consistency=True, **members)) == 21


def test_a_guarantee_far_ahead_is_an_error_not_a_wait(raw, simple):
    far = hybrid(time.time() + 30 * 86400)
    began = time.monotonic()
    for level in (STRONG, SESSION, CUSTOMIZED):
        members = {"consistency_level": level, "guarantee_timestamp": far}
        expect_refused(raw.query(simple, "", ["count(*)"], **members), 1100, "guarantee_timestamp", "ahead of the server")
        expect_refused(raw.search(simple, [[0.0] * DIM], **members), 1100, "guarantee_timestamp", "ahead of the server")
    expect_refused(raw.query(simple, "", ["count(*)"], consistency_level=CUSTOMIZED, guarantee_timestamp=2**64 - 1), 1100)
    for level in (BOUNDED, EVENTUALLY):  # the server chooses
        assert counted(raw.query(simple, "", ["count(*)"], consistency_level=level, guarantee_timestamp=far)) == 20
    assert counted(raw.query(simple, "", ["count(*)"], use_default_consistency=True, guarantee_timestamp=far)) == 20
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("level", [-1, 5, 99])
def test_unknown_levels(raw, simple, level):
    expect_refused(raw.query(simple, "", ["count(*)"], consistency_level=level), tuple(range(1, 65536)))
    expect_refused(raw.search(simple, [[0.0] * DIM], consistency_level=level), tuple(range(1, 65536)))


def test_session_timestamps_grow(raw, simple):
    seen = expect_ok(raw.query(simple, "id > 0")).session_ts
    assert seen > 0
    written = expect_ok(raw.insert(simple, columns([100]), 1)).timestamp
    assert written > seen
    assert expect_ok(raw.query(simple, "id > 0")).session_ts >= written
    answer = expect_ok(raw.search(simple, [[0.0] * DIM]))
    if hasattr(answer, "session_ts"):  # not in the protocol of the oldest client
        assert answer.session_ts >= written


def test_pages_read_exactly_at_their_timestamp(raw, client, simple):
    """Inserts, deletes and upserts, in memory and in files, before and after: each timestamp shows its own state."""
    states = []
    keys = {i: i * 10 for i in range(20)}

    def note():
        ts = expect_ok(raw.query(simple, "id >= 0", params={"iterator": "True", "limit": 5})).session_ts
        states.append((ts, dict(keys)))

    note()
    for step in range(8):
        new = list(range(100 * step + 100, 100 * step + 110))
        expect_ok(raw.insert(simple, columns(new), len(new)))
        keys.update({k: 1 for k in new})
        note()
        gone = sorted(keys)[step::5]
        client.delete(simple, ids=gone)
        for k in gone:
            del keys[k]
        note()
        changed = sorted(keys)[::3]
        client.upsert(simple, [simple_row(k, number=1000 + step) for k in changed])
        keys.update({k: 1000 + step for k in changed})
        note()
        if step % 3 == 1:
            client.flush(simple)
    for ts, expected in states:
        page = {"iterator": "True", "limit": 1000}
        answer = expect_ok(raw.query(simple, "id >= 0", ["id", "number"], params=page, guarantee_timestamp=ts))
        got = {f.field_name: list(f.scalars.long_data.data) for f in answer.fields_data}
        assert dict(zip(got["id"], got["number"])) == expected
        assert answer.session_ts == ts
        hits = expect_ok(raw.search(simple, [[0.0] * DIM], {"iterator": "True", "topk": 1000}, guarantee_timestamp=ts))
        assert sorted(hits.results.ids.int_id.data) == sorted(expected)
    # Others read the newest state, whatever timestamp they send.
    assert counted(raw.query(simple, "", ["count(*)"], consistency_level=CUSTOMIZED, guarantee_timestamp=states[0][0])) == len(keys)


def test_old_states_survive_a_restart(own_server):
    from pymilvus import MilvusClient

    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    make_collection(client, "c", rows=30)
    client.flush("c")
    page = {"iterator": "True", "limit": 1000}
    with Raw(own_server.address) as raw:
        before = expect_ok(raw.query("c", "id >= 0", params=page)).session_ts
    client.delete("c", ids=[1, 2, 3])
    client.upsert("c", [simple_row(5, number=-5)])
    client.flush("c")
    client.delete("c", ids=[7])
    client.close()
    own_server.stop()
    own_server.start()
    with Raw(own_server.address) as raw:
        answer = expect_ok(raw.query("c", "id >= 0", ["id", "number"], params=page, guarantee_timestamp=before))
        got = {f.field_name: list(f.scalars.long_data.data) for f in answer.fields_data}
        assert dict(zip(got["id"], got["number"])) == {i: i * 10 for i in range(30)}
        assert counted(raw.query("c", "", ["count(*)"])) == 26


def test_ignore_growing(raw, client, simple):
    client.flush(simple)
    client.insert(simple, [simple_row(i) for i in range(100, 110)])
    sealed = {"ignore_growing": "True"}
    for text in ("True", "true", "1"):
        assert counted(raw.query(simple, "", ["count(*)"], params={"ignore_growing": text})) == 20
    for text in ("False", "false", "0"):
        assert counted(raw.query(simple, "", ["count(*)"], params={"ignore_growing": text})) == 30
    assert sorted(expect_ok(raw.search(simple, [[0.0] * DIM], {"topk": 50, **sealed})).results.ids.int_id.data) == list(range(20))
    assert len(client.search(simple, data=[[0.0] * DIM], limit=50, search_params={"ignore_growing": True})[0]) == 20
    expect_refused(raw.search(simple, [[0.0] * DIM], {"ignore_growing": "perhaps"}), 1100, "parse ignore growing field failed")
    expect_refused(raw.query(simple, "id > 0", params={"ignore_growing": "perhaps"}), 1100, "parse ignore growing field failed")


def test_levels_are_kept(client, raw, name):
    for level in ("Strong", "Session", "Bounded", "Eventually"):
        from conftest import simple_schema

        client.drop_collection(name)
        client.create_collection(name, schema=simple_schema(client), consistency_level=level)
        described = expect_ok(raw.call("DescribeCollection", milvus_pb2.DescribeCollectionRequest(collection_name=name)))
        assert described.consistency_level == ["Strong", "Session", "Bounded", "Eventually"].index(level)
