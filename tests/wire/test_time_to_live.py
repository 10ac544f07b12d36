"""`collection.ttl.seconds`: rows that have outlived it vanish from every read, exactly at their time."""

import time

import pytest
from client_calls import ask
from conftest import DIM, simple_schema
from pymilvus import MilvusClient
from raw import Raw, expect_ok
from server_process import free_ports


def rows(ids):
    return [{"id": i, "tag": "t", "number": i, "vector": [float(i)] * DIM} for i in ids]


def count(client, name, **options):
    return client.query(name, output_fields=["count(*)"], consistency_level="Strong", **options)[0]["count(*)"]


@pytest.fixture
def timed(client, name):
    index = client.prepare_index_params()
    index.add_index("vector", index_type="HNSW", metric_type="L2")
    client.create_collection(name, schema=simple_schema(client), index_params=index,
                             properties={"collection.ttl.seconds": "3"})
    return name


def test_rows_expire_in_every_read(client, timed):
    begin = time.monotonic()
    client.insert(timed, rows(range(10)))
    client.flush(timed)
    client.insert(timed, rows(range(10, 20)))
    if time.monotonic() - begin < 2:
        assert count(client, timed) == 20
    time.sleep(3.1)
    client.insert(timed, rows([100]))
    begin = time.monotonic()
    found = (count(client, timed), [r["id"] for r in client.query(timed, filter="id >= 0", output_fields=["id"])],
             [hit["id"] for hit in client.search(timed, data=[[1.0] * DIM], limit=10)[0]], client.get(timed, ids=[5]))
    if time.monotonic() - begin < 2:
        assert found == (1, [100], [100], [])


def test_iterators_give_no_expired_row(client, timed):
    client.insert(timed, rows(range(30)))
    time.sleep(3.1)
    assert client.query_iterator(timed, batch_size=10, output_fields=["id"]).next() == []
    assert len(client.search_iterator(timed, data=[[1.0] * DIM], batch_size=10, search_params={}).next()) == 0


def test_changing_it_brings_rows_back_until_they_are_freed(client, timed):
    client.insert(timed, rows(range(5)))
    time.sleep(3.1)
    assert count(client, timed) == 0
    client.alter_collection_properties(timed, properties={"collection.ttl.seconds": "3600"})
    assert count(client, timed) == 5
    client.alter_collection_properties(timed, properties={"collection.ttl.seconds": "1"})
    assert count(client, timed) == 0
    client.drop_collection_properties(timed, property_keys=["collection.ttl.seconds"])
    assert count(client, timed) == 5


def test_however_many_restarts_time_goes_as_it_did(own_server):
    """Timestamps are ahead of the clock for a moment after a crash, never more with each one, and rows do not age by it."""
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    index = client.prepare_index_params()
    index.add_index("vector", index_type="FLAT", metric_type="L2")
    client.create_collection("c", schema=simple_schema(client), index_params=index, properties={"collection.ttl.seconds": "60"})
    begin = time.monotonic()
    client.insert("c", rows(range(100)))
    client.flush("c")
    for number in range(12):
        if number % 3 == 0:
            own_server.stop()
        else:
            own_server.kill()
        own_server.port, own_server.management_port = free_ports(2)
        own_server.start()
        with Raw(own_server.address) as raw:
            ahead_s = (expect_ok(ask(raw, "AllocTimestamp")).timestamp >> 18) / 1000 - time.time()
            assert ahead_s < (2 if number == 0 else 10)
            found = expect_ok(raw.query("c", "id >= 0")).fields_data[0].scalars.long_data.data
            if time.monotonic() - begin < 40:
                assert len(found) == 100
