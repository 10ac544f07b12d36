"""`pk.unique`: an insert of a key that is there is refused; `autoload`: reads load what is not loaded."""

import threading

import pytest
from conftest import DIM, simple_schema, vector_index
from pymilvus import MilvusClient, MilvusException


def rows(ids, tag="t"):
    return [{"id": i, "tag": tag, "number": i, "vector": [float(i)] * DIM} for i in ids]


def tags(client, name):
    return {r["id"]: r["tag"] for r in client.query(name, filter="id >= 0", output_fields=["tag"], consistency_level="Strong")}


@pytest.fixture
def unique(client, name):
    client.create_collection(name, schema=simple_schema(client), index_params=vector_index(client, "HNSW"), properties={"pk.unique": "true"})
    return name


def refused(client, name, data):
    with pytest.raises(MilvusException) as error:
        client.insert(name, data)
    assert error.value.code == 1100, error.value
    assert "pk.unique" in str(error.value) and "primary key" in str(error.value)


def test_a_key_that_is_there_is_refused(client, unique):
    client.insert(unique, rows(range(5), "first"))
    refused(client, unique, rows([7, 3]))
    refused(client, unique, rows([8, 8]))
    client.flush(unique)
    refused(client, unique, rows([4]))
    assert tags(client, unique) == dict.fromkeys(range(5), "first")
    client.upsert(unique, rows([3], "second"))
    refused(client, unique, rows([3]))
    client.delete(unique, ids=[4])
    client.insert(unique, rows([4], "again"))
    assert tags(client, unique) == {0: "first", 1: "first", 2: "first", 3: "second", 4: "again"}


def test_of_many_that_insert_the_same_key_one_succeeds(client, unique, server):
    outcomes, start = [], threading.Barrier(8)

    def insert(number):
        own = MilvusClient(uri=server.uri)  # not closed: older clients share a connection
        start.wait()
        for key in range(20):
            try:
                own.insert(unique, rows([key], f"c{number}"))
                outcomes.append(key)
            except MilvusException as error:
                assert error.code == 1100, error

    threads = [threading.Thread(target=insert, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(outcomes) == list(range(20))
    assert client.query(unique, output_fields=["count(*)"], consistency_level="Strong")[0]["count(*)"] == 20


def test_autoload(own_server):
    own_server.extra_args = ["--autoload"]
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    client.create_collection("c", schema=simple_schema(client))
    client.insert("c", rows(range(5)))
    with pytest.raises(MilvusException, match="index not found"):
        client.search("c", data=[[1.0] * DIM], limit=1, anns_field="vector")
    client.create_index("c", vector_index(client, "HNSW"))
    assert client.search("c", data=[[1.0] * DIM], limit=1, anns_field="vector")[0][0]["id"] == 1
    client.release_collection("c")
    assert client.query("c", filter="id == 3", output_fields=["id"])[0]["id"] == 3
    client.close()
