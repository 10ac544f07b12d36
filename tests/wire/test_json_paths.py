"""Filters on paths of a JSON field and of the dynamic field, asked again and again: from the second time on the values come from what
the first one kept, and writes, merges and restarts in between change nothing."""

import re
import time

import pytest
from conftest import DIM, count, ids, vector_index
from pymilvus import DataType

ROWS = 5000  # more than one block of rows
NUMBERS = [0, -7, 2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1, 0.5, -0.0, 1e300, 1234567.25, 12345678.5, 0.1]


def document(i):
    if i % 11 == 0:
        return {"list": [i]}
    value = [NUMBERS[i % len(NUMBERS)], i, i / 4, f"word {i % 10}", f"quote \" {i % 10}", i % 2 == 0, None, {"deep": i}, [i % 5, "x"]][i % 9]
    return {"before": "a \\ \" text", "list": [i % 3], "n": value}


def value(i):
    return document(i).get("n")


def is_number(v):
    return isinstance(v, (int, float)) and not isinstance(v, bool)


CASES = [
    ('{}["n"] < 100', lambda v: is_number(v) and v < 100),
    ('{}["n"] >= 9007199254740993', lambda v: is_number(v) and v >= 2**53 + 1),
    ('{}["n"] == 1234567.25', lambda v: is_number(v) and v == 1234567.25),
    ('not ({}["n"] == 0.1)', lambda v: is_number(v) and v != 0.1),
    ('10 < {}["n"] <= 500.5', lambda v: is_number(v) and 10 < v <= 500.5),
    ('{}["n"] in [1, 2, 10, 0.5]', lambda v: is_number(v) and v in (1, 2, 10, 0.5)),
    ('{}["n"] == "word 3"', lambda v: v == "word 3"),
    ("{}['n'] == 'quote \" 4'", lambda v: v == 'quote " 4'),
    ('{}["n"] like "word%"', lambda v: isinstance(v, str) and v.startswith("word")),
    ('{}["n"] == true', lambda v: v is True),
    ('json_contains({}["n"], "x")', lambda v: isinstance(v, list)),
    ('exists {}["n"]', lambda v: v is not None),
    ('{}["n"]["deep"] < 50', lambda v: isinstance(v, dict) and v["deep"] < 50),
]


def wanted(test, rows):
    return sorted(i for i in rows if test(value(i)))


@pytest.fixture
def table(client, name):
    schema = client.create_schema(auto_id=False, enable_dynamic_field=True)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("doc", DataType.JSON)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    return name


def rows_of(keys):
    return [{"id": i, "doc": document(i), "dyn": document(i), "vector": [float(i)] + [0.0] * (DIM - 1)} for i in keys]


def check(client, name, rows):
    for text, test in CASES:
        for place in ("doc", "dyn"):
            filter = text.format(place)
            found = ids(client.query(name, filter=filter, output_fields=["id"]))
            assert found == wanted(test, rows), filter


def test_same_rows_again_and_again(client, table):
    rows = set(range(ROWS))
    client.insert(table, rows_of(rows))
    client.flush(table)
    for _ in range(2):
        check(client, table, rows)
    client.delete(table, filter='doc["n"] == "word 3" and id < 2000')
    rows -= {i for i in range(2000) if value(i) == "word 3"}
    check(client, table, rows)
    more = set(range(ROWS, ROWS + 300))
    client.insert(table, rows_of(more))
    rows |= more
    check(client, table, rows)
    client.flush(table)
    client.compact(table)
    check(client, table, rows)


def test_after_a_restart(own_server, new_client):
    own_server.start()
    client = new_client(uri=own_server.uri)
    client.create_collection("t", dimension=DIM, metric_type="L2", consistency_level="Strong")
    client.insert("t", [{"id": i, "vector": [float(i)] + [0.0] * (DIM - 1), "n": i} for i in range(ROWS)])
    client.flush("t")
    assert [count(client, "t", "n < 700") for _ in range(2)] == [700, 700]
    client.close()
    own_server.kill()
    own_server.start()
    client = new_client(uri=own_server.uri)
    assert [count(client, "t", "n < 700") for _ in range(2)] == [700, 700]
    client.close()


def kept_bytes(server):
    return int(re.search(r"^redkite_memory_json_path_bytes (\d+)$", server.management_get("/metrics")[1], re.M).group(1))


@pytest.mark.parametrize("share", [5, 0])
def test_what_is_kept_is_counted_and_can_be_turned_off(own_server, new_client, share):
    own_server.extra_args = [f"--memory.json_paths_share={share}"]
    own_server.start()
    client = new_client(uri=own_server.uri)
    client.create_collection("t", dimension=DIM, metric_type="L2", consistency_level="Strong")
    client.insert("t", [{"id": i, "vector": [float(i)] + [0.0] * (DIM - 1), "n": i} for i in range(ROWS)])
    client.flush("t")
    assert count(client, "t", "n < 700") == 700
    assert [count(client, "t", f"m == {k} or n >= {k}") for k in range(3)] == [ROWS, ROWS - 1, ROWS - 2]
    kept = kept_bytes(own_server)
    assert kept > 2 * 9 * ROWS if share > 0 else kept == 0
    client.drop_collection("t")
    end = time.monotonic() + 30
    while kept_bytes(own_server) > 0 and time.monotonic() < end:
        time.sleep(0.05)
    assert kept_bytes(own_server) == 0
    client.close()


def test_what_is_kept_makes_room_for_rows(own_server, new_client):
    own_server.extra_args = ["--memory.limit=24MiB", "--memory.json_paths_share=50", "--segment.merge=false"]
    own_server.start()
    client = new_client(uri=own_server.uri)
    client.create_collection("t", dimension=DIM, metric_type="L2", consistency_level="Strong")
    for first in range(0, 30_000, 5000):
        client.insert("t", [{"id": first + i, "vector": [float(i)] + [0.0] * (DIM - 1), "n": i} for i in range(5000)])
        client.flush("t")
    for k in range(60):
        assert count(client, "t", f"k{k} == 1 or n == 1") == 6
    kept = kept_bytes(own_server)
    assert kept > 8 << 20
    # More than is free beside what is kept.
    client.insert("t", [{"id": -1 - i, "vector": [0.0] * DIM, "text": "x" * 60_000} for i in range(210)])
    assert kept_bytes(own_server) < kept - (6 << 20)
    assert count(client, "t", "n == 1") == 6
    client.close()
