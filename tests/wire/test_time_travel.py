"""Reads of older states: by the request's field and by the search parameter, over sealed and new rows, and their end."""

import time

import pymilvus
import pytest
from client_calls import ask, needs
from conftest import make_collection, simple_row
from pymilvus import MilvusClient
from raw import Raw, column, expect_ok, expect_refused

ORIGIN = [0.0, 1.0] + [0.0] * 6


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


def now(raw):
    return expect_ok(ask(raw, "AllocTimestamp")).timestamp


def seen(raw, name, ts=None, **members):
    """Key and number of every row; at `ts`, by the field of the request."""
    if ts is not None:
        members["travel_timestamp"] = ts
    answer = expect_ok(raw.query(name, filter="id >= 0", output_fields=["id", "number"], consistency_level=0, **members))
    columns = {f.field_name: list(f.scalars.long_data.data) for f in answer.fields_data}
    return dict(zip(columns.get("id", []), columns.get("number", [])))


def found(raw, name, ts, **members):
    answer = expect_ok(raw.search(name, [ORIGIN], topk=100, travel_timestamp=ts, **members))
    return list(answer.results.ids.int_id.data)


def write(client, name, keys, number):
    return client.upsert(name, [simple_row(i, number=number) for i in keys])


@pytest.mark.parametrize("flushed", [False, True])
def test_every_state_is_there(client, raw, name, flushed):
    make_collection(client, name, rows=0)
    states = []

    def note():
        states.append((now(raw), seen(raw, name)))
        if flushed and len(states) % 2:
            client.flush(name)

    for step in (
        lambda: write(client, name, range(0, 10), 1),
        lambda: write(client, name, range(5, 15), 2),
        lambda: client.delete(name, ids=[0, 7, 14]),
        lambda: write(client, name, [7], 3),
        lambda: client.delete(name, filter="number == 1"),
        lambda: client.delete(name, filter="id >= 0"),
        lambda: write(client, name, [1, 2], 4),
    ):
        step()
        note()
    assert len({tuple(sorted(s.items())) for _, s in states}) == len(states)
    for ts, rows in states:
        assert seen(raw, name, ts) == rows
        assert sorted(found(raw, name, ts)) == sorted(rows)
        assert seen(raw, name, params={"travel_timestamp": ts}) == rows
        limited = expect_ok(raw.search(name, [ORIGIN], topk=100, params={"params": {"travel_timestamp": ts}}))
        assert sorted(limited.results.ids.int_id.data) == sorted(rows)
        counted = expect_ok(raw.query(name, output_fields=["count(*)"], travel_timestamp=ts))
        assert counted.fields_data[0].scalars.long_data.data[0] == len(rows)
    assert seen(raw, name) == states[-1][1] == seen(raw, name, 0)


def test_the_search_parameter_of_a_stock_client(client, raw, name):
    make_collection(client, name, rows=20)
    then = now(raw)
    client.delete(name, filter="id < 10")
    ways = [{"params": {"travel_timestamp": then}}]
    if not pymilvus.__version__.startswith("2.4"):  # which sends nothing but `params`
        ways.append({"travel_timestamp": then})
    for way in ways:
        hits = client.search(name, data=[ORIGIN], limit=30, search_params=way)[0]
        assert sorted(h["id"] for h in hits) == list(range(20))
    assert len(client.search(name, data=[ORIGIN], limit=30)[0]) == 10


def test_the_timestamp_of_a_write_is_its_state(client, raw, name):
    make_collection(client, name, rows=0)
    written = [raw.delete(name, "id == 0")]
    for i in range(5):
        written.append(raw.upsert(name, [column("id", 5, [i]), *rest(1)], 1))
    for n, answer in enumerate(written):
        assert sorted(seen(raw, name, expect_ok(answer).timestamp)) == list(range(n))


def rest(rows):
    from raw import VARCHAR, vector_column

    return [column("tag", VARCHAR, ["t"] * rows), column("number", 5, [0] * rows), vector_column("vector", [ORIGIN] * rows)]


def test_states_survive_a_kill(own_server):
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    states = []
    with Raw(own_server.address) as raw:
        make_collection(client, "c", rows=12)
        states.append((now(raw), seen(raw, "c")))
        client.flush("c")
        client.delete("c", filter="id < 4")
        states.append((now(raw), seen(raw, "c")))
        write(client, "c", [5], 9)
        states.append((now(raw), seen(raw, "c")))
    client.close()
    own_server.kill()
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    client.load_collection("c")
    with Raw(own_server.address) as raw:
        for ts, rows in states:
            assert seen(raw, "c", ts) == rows
    client.close()


def test_what_was_compacted_away_is_refused_by_name(client, raw, name):
    needs(client, "compact", "get_compaction_state")
    make_collection(client, name, rows=20)
    before = now(raw)
    client.alter_collection_properties(name, {"collection.retention.seconds": 0})
    client.delete(name, filter="id < 5")
    after = now(raw)
    client.flush(name)
    compaction = client.compact(name)
    for _ in range(400):
        if client.get_compaction_state(compaction) == "Completed":
            break
        time.sleep(0.05)
    assert sorted(seen(raw, name, after)) == list(range(5, 20))
    for answer in (
        raw.query(name, filter="id >= 0", travel_timestamp=before),
        raw.search(name, [ORIGIN], params={"travel_timestamp": before}),
    ):
        expect_refused(answer, 1100, f"the state at timestamp {before} is no longer kept, the oldest that is: ", "collection.retention.seconds")
    assert len(seen(raw, name)) == 15


def test_what_is_refused(client, raw, name):
    before = now(raw)
    make_collection(client, name, rows=3)
    later = now(raw) + (3600_000 << 18)
    expect_refused(raw.query(name, filter="id >= 0", travel_timestamp=later), 1100, f"travel_timestamp [{later}] is ahead of the server's time")
    expect_refused(raw.search(name, [ORIGIN], travel_timestamp=before), 1100, f"travel_timestamp [{before}] is older than the collection")
    expect_refused(raw.search(name, [ORIGIN], params={"travel_timestamp": "yesterday"}), 1100, "travel_timestamp [yesterday] is invalid")
    ts = now(raw)
    expect_refused(raw.search(name, [ORIGIN], params={"travel_timestamp": ts}, travel_timestamp=ts - 1), 1100, "differs from the one of its parameters")
    bad = ask(raw, "AlterCollection", collection_name=name, properties={"collection.retention.seconds": "1h"})
    expect_refused(bad, 1100, "invalid collection.retention.seconds value: 1h")
