"""Fields that are added and dropped, the dynamic field switched on later, clients whose schema is old; a truncated collection."""

import threading
import time

import pytest
from client_calls import ask, needs
from conftest import CLIENT, DIM, count, ids, make_collection, simple_row, vector_index
from pymilvus import DataType, MilvusClient, MilvusException
from raw import INT64, VARCHAR, Raw, column, expect_ok, expect_refused, field, vector_column


def fetch(client, name, filter="id >= 0", fields=("*",), **members):
    return {r["id"]: dict(r) for r in client.query(name, filter=filter, output_fields=list(fields), **members)}


def plain(client, name, fields):
    """The rows with these fields alone, as tuples."""
    return {i: tuple(r.get(f) for f in fields) for i, r in fetch(client, name, fields=fields).items()}


def add(client, name, field_name, kind, **members):
    needs(client, "add_collection_field")
    client.add_collection_field(name, field_name, kind, **members)


def test_old_rows_have_null_or_the_default(settled):
    """Before the rows are in files and after, after a kill, and again when a compaction has written them anew."""
    client, settle = settled
    name = "added"
    make_collection(client, name, rows=6)
    add(client, name, "n", DataType.INT64, nullable=True)
    add(client, name, "d", DataType.VARCHAR, max_length=16, nullable=True, default_value="old")
    client.insert(name, [simple_row(i, n=i, d=f"new{i}") for i in (6, 7)])
    client.insert(name, [simple_row(8, n=None, d=None)])
    expected = {i: (None, "old") for i in (0, 1, 2, 3, 4, 5, 8)}
    expected |= {6: (6, "new6"), 7: (7, "new7")}

    def check(client):
        assert plain(client, name, ("n", "d")) == expected
        assert ids(client.query(name, filter='d == "old"')) == [0, 1, 2, 3, 4, 5, 8]
        assert ids(client.query(name, filter='d != "old" and n >= 6')) == [6, 7]
        assert ids(client.query(name, filter="n is null and id < 3")) == [0, 1, 2]
        assert ids(client.query(name, filter='not (d in ["old", "x"])')) == [6, 7]
        assert ids(client.query(name, filter="tag == d")) == []
        hits = client.search(name, data=[simple_row(5)["vector"]], limit=2, filter='d like "ol%"', output_fields=["n", "d"])[0]
        assert [(h["id"], h["entity"]["n"], h["entity"]["d"]) for h in hits] == [(5, None, "old"), (4, None, "old")]
        assert count(client, name, 'd == "old"') == 7

    check(client)
    client = settle(name)
    client.load_collection(name)
    check(client)
    client.upsert(name, [simple_row(0, n=100, d="up")])
    expected[0] = (100, "up")
    assert plain(client, name, ("n", "d")) == expected
    expected.pop(0)
    client.delete(name, ids=[0])
    client.flush(name)
    job = client.compact(name)
    deadline = time.monotonic() + 30
    while client.get_compaction_state(job) != "Completed" and time.monotonic() < deadline:
        time.sleep(0.1)
    assert plain(client, name, ("n", "d")) == expected


def test_groups_and_orders_see_the_default(server, client, name):
    make_collection(client, name, rows=4)
    add(client, name, "d", DataType.INT64, nullable=True, default_value=5)
    client.insert(name, [simple_row(10, d=1), simple_row(11, d=7)])

    def columns(answer):
        assert answer.status.code == 0, answer.status
        return {f.field_name: list(f.scalars.long_data.data) for f in answer.fields_data}

    with Raw(server.address) as raw:
        got = columns(raw.query(name, "id >= 0", ["d", "count(*)", "sum(d)"], {"group_by_fields": "d"}))
        assert dict(zip(got["d"], zip(got["count(*)"], got["sum(d)"]))) == {5: (4, 20), 1: (1, 1), 7: (1, 7)}
        got = columns(raw.query(name, "id >= 0", ["id"], {"order_by_fields": "d:desc", "limit": 3}))
        assert got["id"] == [11, 0, 1]


def test_old_rows_have_no_added_vector(settled):
    client, settle = settled
    name = "added"
    make_collection(client, name, rows=5)
    add(client, name, "later", DataType.FLOAT_VECTOR, dim=DIM, nullable=True)
    client.insert(name, [simple_row(9, later=[2.0] * DIM)])
    client.release_collection(name)
    later = client.prepare_index_params()
    later.add_index("later", index_type="FLAT", metric_type="L2")
    client.create_index(name, later)

    def check(client):
        client.load_collection(name)
        assert [i for i, r in fetch(client, name, fields=["later"]).items() if r["later"] is not None] == [9]
        assert [h["id"] for h in client.search(name, data=[[1.0] * DIM], anns_field="later", limit=10)[0]] == [9]

    check(client)
    check(settle(name))


def test_describe_lists_added_fields(client, name):
    make_collection(client, name, rows=1, dynamic=True)
    before = client.describe_collection(name)
    add(client, name, "extra", DataType.INT32, nullable=True)
    after = client.describe_collection(name)
    assert [f["name"] for f in after["fields"]] == ["id", "tag", "number", "vector", "extra"]
    assert after["update_timestamp"] > before["update_timestamp"]
    added = after["fields"][-1]
    assert added["type"] == DataType.INT32 and added["nullable"]
    assert added["field_id"] not in [f["field_id"] for f in before["fields"]]
    client.insert(name, [simple_row(1, extra=1, other=2)])
    assert fetch(client, name)[1]["other"] == 2 and fetch(client, name)[1]["extra"] == 1


@pytest.mark.parametrize(
    "kind, members, phrase",
    [
        (DataType.INT64, {}, "added field must be nullable"),
        (DataType.INT64, {"nullable": True, "is_primary": True}, "primary key|primary field"),
        (DataType.INT64, {"nullable": True, "is_partition_key": True}, "partition key"),
        (DataType.VARCHAR, {"nullable": True, "max_length": 70000}, "the maximum length specified for the field"),
        (DataType.INT8, {"nullable": True, "default_value": 300}, "out of range|default"),
    ],
)
def test_fields_that_cannot_be_added(client, name, kind, members, phrase):
    needs(client, "add_collection_field")
    make_collection(client, name, rows=2)
    before = client.describe_collection(name)
    with pytest.raises(Exception, match=phrase):
        client.add_collection_field(name, "extra", kind, **members)
    assert client.describe_collection(name) == before


def test_names_of_added_fields(client, name):
    make_collection(client, name, rows=2)
    for field_name, phrase in [("tag", "duplicated field name tag found"), ("1a", "Invalid field name"), ("$meta", "Invalid field name")]:
        with pytest.raises(MilvusException, match=phrase):
            add(client, name, field_name, DataType.INT64, nullable=True)
    with pytest.raises(MilvusException) as refused:
        add(client, "no_such_collection", "a", DataType.INT64, nullable=True)
    assert refused.value.code == 100


def test_too_many_fields(client, name):
    make_collection(client, name, rows=0, load=False)
    for i in range(60):
        add(client, name, f"f{i}", DataType.BOOL, nullable=True)
    with pytest.raises(MilvusException, match="maximum field's number should be limited to 64"):
        add(client, name, "f60", DataType.BOOL, nullable=True)


def test_a_client_with_an_old_schema_learns_of_it(server, client, name):
    """Its insert answers 109 once; it asks for the schema and tries again."""
    make_collection(client, name, rows=2)
    other = MilvusClient(uri=server.uri)
    other.insert(name, [simple_row(5)])
    add(client, name, "n", DataType.INT64, nullable=True)
    other.insert(name, [simple_row(6)])
    other.upsert(name, [simple_row(5, tag="again")])
    assert plain(other, name, ("n", "tag")) == {0: (None, "tag0"), 1: (None, "tag1"), 5: (None, "again"), 6: (None, "tag1")}
    other.close()
    stamp = client.describe_collection(name)["update_timestamp"]
    columns = [column("id", INT64, [9]), column("tag", VARCHAR, ["t"]), column("number", INT64, [1]), vector_column("vector", [[0.0] * DIM])]
    with Raw(server.address) as raw:
        refused = raw.insert(name, columns, 1, schema_timestamp=int(stamp) - 1)
        assert refused.status.code == 109 and refused.status.error_code == 62
        expect_refused(refused, 109, "collection schema mismatch")
        assert 9 not in fetch(client, name)
        expect_ok(raw.insert(name, columns, 1, schema_timestamp=int(stamp)))
        expect_ok(raw.insert(name, [column("id", INT64, [10]), *columns[1:]], 1))
    assert {9, 10} <= set(fetch(client, name))


@pytest.mark.skipif(CLIENT < (2, 5), reason="this client knows no nulls")
def test_the_legacy_call_adds_a_field(server, client, name):
    make_collection(client, name, rows=1)
    extra = field("extra", INT64)
    extra.nullable = True
    with Raw(server.address) as raw:
        expect_ok(ask(raw, "AddCollectionField", collection_name=name, schema=extra.SerializeToString()))
        expect_refused(ask(raw, "AddCollectionField", collection_name=name, schema=extra.SerializeToString()), 1100, "duplicated field name")
        expect_refused(ask(raw, "AddCollectionField", collection_name=name, schema=b"\xff"), 1100)
    assert plain(client, name, ("extra",)) == {0: (None,)}


def test_a_dropped_field_is_gone_and_its_id_is_not_given_again(settled):
    client, settle = settled
    needs(client, "drop_collection_field")
    name = "dropped"
    make_collection(client, name, rows=3)
    add(client, name, "n", DataType.INT64, nullable=True)
    old_id = client.describe_collection(name)["fields"][-1]["field_id"]
    client.insert(name, [simple_row(3, n=3)])
    client = settle(name)
    client.load_collection(name)
    client.drop_collection_field(name, field_name="n")
    assert [f["name"] for f in client.describe_collection(name)["fields"]] == ["id", "tag", "number", "vector"]
    with pytest.raises(MilvusException, match="field n not exist"):
        client.query(name, filter="n == 3")
    assert ids(client.query(name, filter="id >= 0", output_fields=["*"])) == [0, 1, 2, 3]
    client = settle(name)
    add(client, name, "n", DataType.VARCHAR, max_length=8, nullable=True, default_value="x")
    assert client.describe_collection(name)["fields"][-1]["field_id"] > old_id
    client.load_collection(name)
    assert plain(client, name, ("n",)) == {i: ("x",) for i in range(4)}
    client.insert(name, [simple_row(4, n="y")])
    client = settle(name)
    client.load_collection(name)
    assert plain(client, name, ("n",)) == {i: ("x",) for i in range(4)} | {4: ("y",)}


def test_fields_that_cannot_be_dropped(client, name):
    needs(client, "drop_collection_field")
    make_collection(client, name, rows=2)
    for field_name, code, phrase in [
        ("id", 1100, "cannot drop the primary key field: id"),
        ("vector", 1100, "cannot drop the only vector field: vector"),
        ("nothing", 1700, "field not found"),
    ]:
        with pytest.raises(MilvusException, match=phrase) as refused:
            client.drop_collection_field(name, field_name=field_name)
        assert refused.value.code == code
    assert len(client.describe_collection(name)["fields"]) == 4


def test_a_dropped_field_takes_its_index_along(client, name):
    needs(client, "drop_collection_field")
    make_collection(client, name, rows=2)
    index = client.prepare_index_params()
    index.add_index(field_name="number", index_type="AUTOINDEX")
    client.create_index(name, index)
    assert sorted(client.list_indexes(name)) == ["number", "vector"]
    field_id = [f["field_id"] for f in client.describe_collection(name)["fields"] if f["name"] == "number"][0]
    client.drop_collection_field(name, field_id=field_id)
    assert client.list_indexes(name) == ["vector"]


@pytest.mark.skipif(CLIENT < (2, 6), reason="this client checks rows by the schema that it saw first")
def test_the_dynamic_field_can_be_switched_on_later(settled):
    client, settle = settled
    name = "later"
    make_collection(client, name, rows=3)
    client = settle(name)
    client.alter_collection_properties(name, {"dynamicfield.enabled": "true"})
    assert client.describe_collection(name)["enable_dynamic_field"]
    client.load_collection(name)
    assert set(fetch(client, name)[0]) == {"id", "tag", "number", "vector"}
    client.insert(name, [simple_row(3, color="red")])
    client = settle(name)
    client.load_collection(name)
    assert ids(client.query(name, filter='color == "red"')) == [3]
    assert ids(client.query(name, filter="not exists color")) == [0, 1, 2]
    assert fetch(client, name)[3]["color"] == "red"
    with pytest.raises(MilvusException, match="cannot be s"):
        client.alter_collection_properties(name, {"dynamicfield.enabled": "false"})
    client.alter_collection_properties(name, {"dynamicfield.enabled": "true"})
    with pytest.raises(MilvusException, match="cannot alter dynamic schema with other properties at the same time"):
        client.alter_collection_properties(name, {"dynamicfield.enabled": "true", "collection.ttl.seconds": "100"})
    assert client.describe_collection(name)["enable_dynamic_field"]


def test_writers_do_not_notice_an_added_field(server, client, name):
    """Rows come all the time while fields are added; none is lost and each has what its writer gave."""
    make_collection(client, name, rows=0)
    stop, written, failures = threading.Event(), [], []

    def write(start):
        own = MilvusClient(uri=server.uri)
        i = start
        while not stop.is_set():
            try:
                own.insert(name, [simple_row(i)])
                written.append(i)
            except Exception as error:
                failures.append(error)
                break
            i += 2
        own.close()

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 1)]
    for thread in threads:
        thread.start()
    for i in range(10):
        add(client, name, f"f{i}", DataType.INT64, nullable=True, default_value=i)
        client.flush(name)
    stop.set()
    for thread in threads:
        thread.join()
    # A client refreshes its schema once per write: two additions in a row may be one too many for it.
    assert all(getattr(f, "code", None) == 109 for f in failures), failures
    rows = {}
    for begin in range(0, max(written) + 1, 10_000):
        page = client.query(name, filter=f"{begin} <= id < {begin + 10_000}", output_fields=["id", "f0", "f9", "number"])
        rows |= {row["id"]: row for row in page}
    assert sorted(rows) == sorted(written)
    assert all((r["f0"], r["f9"], r["number"]) == (0, 9, i * 10) for i, r in rows.items())


# ---- truncate


def test_truncate_removes_rows_and_nothing_else(settled):
    client, settle = settled
    needs(client, "truncate_collection")
    name = "truncated"
    make_collection(client, name, rows=50, index_type="HNSW", dynamic=True)
    client.create_partition(name, "p")
    client.insert(name, [simple_row(i, extra=i) for i in range(50, 60)], partition_name="p")
    client.load_collection(name)
    client = settle(name)
    client.load_collection(name)
    before = client.describe_collection(name)
    client.truncate_collection(name)

    def check(client, expected):
        assert ids(client.query(name, filter="id >= 0")) == expected
        assert count(client, name) == len(expected)
        hits = client.search(name, data=[simple_row(1)["vector"]], limit=10)[0]
        assert sorted(h["id"] for h in hits) == expected
        assert client.list_indexes(name) == ["vector"]
        assert sorted(client.list_partitions(name)) == ["_default", "p"]
        assert client.describe_collection(name) == before

    check(client, [])
    assert client.get_collection_stats(name)["row_count"] in (0, "0")
    assert "Loaded" in str(client.get_load_state(name)["state"])
    client.insert(name, [simple_row(i, extra=-i) for i in (3, 1000)])
    check(client, [3, 1000])
    client = settle(name)
    assert "Loaded" in str(client.get_load_state(name)["state"])
    check(client, [3, 1000])
    assert fetch(client, name)[3]["extra"] == -3
    client.truncate_collection(name)
    client.truncate_collection(name)
    client = settle(name)
    check(client, [])


def test_truncate_survives_a_kill_and_frees_the_disk(own_server):
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    needs(client, "truncate_collection")
    name = make_collection(client, "t", rows=0)
    for part in range(4):
        client.insert(name, [simple_row(part * 5000 + i) for i in range(5000)])
        client.flush(name)
    client.insert(name, [simple_row(100_000)])

    def used():
        return sum(f.stat().st_size for f in (own_server.data_dir / "collections").rglob("*") if f.is_file())

    full = used()
    client.truncate_collection(name)
    own_server.kill()
    client.close()
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    assert count(client, name) == 0
    deadline = time.monotonic() + 10
    while used() > full / 10 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert used() < full / 10
    client.insert(name, [simple_row(1)])
    own_server.kill()
    client.close()
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    assert ids(client.query(name, filter="id >= 0")) == [1]
    client.close()


def test_reads_behind_a_truncation_are_refused(server, client, name):
    needs(client, "truncate_collection")
    make_collection(client, name, rows=5)
    with Raw(server.address) as raw:
        before = ask(raw, "AllocTimestamp").timestamp
        assert len(raw.query(name, "id >= 0", travel_timestamp=before).fields_data[0].scalars.long_data.data) == 5
        client.truncate_collection(name)
        expect_refused(raw.query(name, "id >= 0", travel_timestamp=before), 1100, "is no longer kept")
        after = ask(raw, "AllocTimestamp").timestamp
        client.insert(name, [simple_row(1)])
        expect_ok(raw.query(name, "id >= 0", travel_timestamp=after))


def test_truncate_of_nothing(server, client, name):
    needs(client, "truncate_collection")
    with pytest.raises(MilvusException) as refused:
        client.truncate_collection("no_such_collection")
    assert refused.value.code == 100
    make_collection(client, name, rows=0, load=False)
    client.truncate_collection(name)
    client.insert(name, [simple_row(1)])
    client.create_alias(name, f"{name}_alias")
    client.truncate_collection(f"{name}_alias")
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    assert count(client, name) == 0
    client.drop_alias(f"{name}_alias")


def test_inserts_beside_a_truncation_have_an_order(server, client, name):
    """What was answered before it began is gone, what began after its answer is there, the rest is whole."""
    needs(client, "truncate_collection")
    make_collection(client, name, rows=0)
    stop, log, failures = threading.Event(), [], []

    def write(start):
        own = MilvusClient(uri=server.uri)
        i = start
        while not stop.is_set():
            begin = time.monotonic()
            try:
                own.insert(name, [simple_row(i), simple_row(i + 1_000_000)])
            except Exception as error:
                failures.append(error)
            log.append((i, begin, time.monotonic()))
            i += 3
        own.close()

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 1, 2)]
    for thread in threads:
        thread.start()
    for _ in range(6):
        time.sleep(0.15)
        client.flush(name)
        begin = time.monotonic()
        client.truncate_collection(name)
        end = time.monotonic()
    time.sleep(0.15)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    there = set(fetch(client, name, fields=("tag",), limit=16384))
    for i, started, answered in log:
        assert (i in there) == (i + 1_000_000 in there)
        if answered < begin:
            assert i not in there
        if started > end:
            assert i in there
