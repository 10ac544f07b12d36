"""Loading some of the fields: the list is checked, and reads do not see the others."""

import pytest
from client_calls import ask
from conftest import DIM, simple_row, simple_schema, vector_index
from pymilvus import DataType, MilvusClient, MilvusException
from raw import Raw, expect_ok, expect_refused


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


@pytest.fixture
def two_vectors(client, name):
    """A collection with a second vector that has no index, and rows 0..9."""
    schema = simple_schema(client, dynamic=True)
    schema.add_field("second", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.insert(name, [simple_row(i, second=[1.0] * DIM, color=f"c{i}") for i in range(10)])
    client.create_index(name, vector_index(client))
    return name


def load(raw, name, *fields, **members):
    return ask(raw, "LoadCollection", collection_name=name, load_fields=fields, **members)


def test_the_list_is_checked(raw, two_vectors):
    expect_refused(load(raw, two_vectors, "tag", "vector"), 1100, "does not contain primary key field id")
    expect_refused(load(raw, two_vectors, "id", "tag"), 1100, "does not contain vector field")
    expect_refused(load(raw, two_vectors, "id", "vector", "none"), 1100, "field none not exist")
    expect_refused(load(raw, two_vectors), 1100, "there is no vector index on field: [second], please create index firstly")
    expect_refused(load(raw, two_vectors, "id", "second"), 1100, "there is no vector index on field: [second]")
    assert expect_ok(ask(raw, "GetLoadState", collection_name=two_vectors)).state == 1
    expect_ok(load(raw, two_vectors, "id", "vector", "tag"))
    expect_ok(load(raw, two_vectors, "tag", "vector", "id"))
    expect_ok(load(raw, two_vectors, refresh=True))
    expect_refused(load(raw, two_vectors, "id", "vector"), 1100, "can't change the load field list for loaded collection now")
    expect_ok(ask(raw, "ReleaseCollection", collection_name=two_vectors))
    expect_ok(load(raw, two_vectors, "id", "vector"))


def test_reads(client, raw, two_vectors):
    client.load_collection(two_vectors, load_fields=["id", "vector", "tag"], skip_load_dynamic_field=True)
    rows = client.query(two_vectors, filter="id < 3", output_fields=["*"])
    assert [sorted(row) for row in rows] == [["id", "tag", "vector"]] * 3
    hits = client.search(two_vectors, data=[[1.0] * DIM], limit=2, output_fields=["tag"])[0]
    assert len(hits) == 2 and "tag" in hits[0]["entity"]
    for ask_for in (
        lambda: client.query(two_vectors, filter="id < 3", output_fields=["number"]),
        lambda: client.query(two_vectors, filter="number < 3", output_fields=["id"]),
        lambda: client.search(two_vectors, data=[[1.0] * DIM], limit=2, filter="number < 3"),
        lambda: client.search(two_vectors, data=[[1.0] * DIM], limit=2, output_fields=["number"]),
    ):
        with pytest.raises(MilvusException, match="field number is not loaded"):
            ask_for()
    with pytest.raises(MilvusException, match="field second is not loaded"):
        client.search(two_vectors, data=[[1.0] * DIM], limit=2, anns_field="second")
    with pytest.raises(MilvusException, match="is not loaded"):
        client.query(two_vectors, filter='color == "c1"')


def test_across_a_restart(own_server, name="some_fields"):
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    client.create_collection(name, schema=simple_schema(client), consistency_level="Strong")
    client.insert(name, [simple_row(i) for i in range(5)])
    client.create_index(name, vector_index(client))
    client.load_collection(name, load_fields=["id", "vector"])
    client.close()
    own_server.kill()
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    assert [sorted(row) for row in client.query(name, filter="id < 2", output_fields=["*"])] == [["id", "vector"]] * 2
    with pytest.raises(MilvusException, match="field tag is not loaded"):
        client.query(name, filter='tag == "tag1"')
    client.release_collection(name)
    client.load_collection(name)
    assert len(client.query(name, filter='tag == "tag1"')) == 1
    client.close()
