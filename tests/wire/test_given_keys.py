"""Keys that clients give where the primary key has auto id: refused, unless allow_insert_auto_id is set."""

import pytest
from client_calls import needs
from conftest import DIM, vector_index
from pymilvus import DataType
from raw import INT64, Raw, column, expect_ok, expect_refused, vector_column

REFUSED = "can not assign primary field data when auto id enabled and allow_insert_auto_id is false"


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


def insert(raw, name, *keys):
    columns = [vector_column("vector", [[1.0] * DIM] * max(1, len(keys)))]
    if keys:
        columns.append(column("id", INT64, keys))
    return raw.insert(name, columns, max(1, len(keys)))


def test_given_keys(client, raw, name):
    needs(client, "alter_collection_properties")
    schema = client.create_schema(auto_id=True)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    expect_refused(insert(raw, name, 5), 1100, REFUSED)
    client.alter_collection_properties(name, {"allow_insert_auto_id": "true"})
    assert list(expect_ok(insert(raw, name, 5, 7)).IDs.int_id.data) == [5, 7]
    generated = list(expect_ok(insert(raw, name)).IDs.int_id.data)[0]
    assert generated > 1000
    assert sorted(r["id"] for r in client.query(name, filter="id > 0")) == [5, 7, generated]
    client.alter_collection_properties(name, {"allow_insert_auto_id": "false"})
    expect_refused(insert(raw, name, 6), 1100, REFUSED)
