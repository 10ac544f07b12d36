"""Timestamptz fields: texts in and out, zones, filters, orders and groups, and rows that expire at the time in a field."""

import datetime
import time
import zoneinfo

import pytest
from client_calls import needs, needs_members
from conftest import DIM, count, ids, vector_index
from pymilvus import DataType, MilvusException
from pymilvus.grpc_gen import schema_pb2
from raw import ARRAY, INT64, Raw, column, expect_ok, expect_refused, vector_column

TIMESTAMPTZ = 26
if not hasattr(DataType, "TIMESTAMPTZ"):
    pytest.skip("this client knows no Timestamptz", allow_module_level=True)
ORIGIN = [0.0] * DIM
TEXTS = {
    0: "2025-05-01T12:30:00Z",
    1: "2025-05-01T12:30:00+08:00",
    2: "2025-05-01 12:30:00.5",
    3: "2024-02-29",
    4: "1969-12-31T23:59:59.999999Z",
    5: None,
}
IN_UTC = {
    0: "2025-05-01T12:30:00Z",
    1: "2025-05-01T04:30:00Z",
    2: "2025-05-01T12:30:00.5Z",
    3: "2024-02-29T00:00:00Z",
    4: "1969-12-31T23:59:59.999999Z",
    5: None,
}


def make(client, name, load=True, properties=None, **members):
    schema = client.create_schema(auto_id=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("at", DataType.TIMESTAMPTZ, nullable=True, **members)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong", properties=properties)
    if load:
        client.create_index(name, vector_index(client))
        client.load_collection(name)


def rows(texts=TEXTS):
    return [{"id": i, "at": text, "vector": [float(i)] + ORIGIN[1:]} for i, text in texts.items()]


def times(client, name, **options):
    return {r["id"]: r["at"] for r in client.query(name, filter="id >= 0", output_fields=["at"], **options)}


def test_texts_come_back(settled):
    client, settle = settled
    make(client, "c")
    client.insert("c", rows())
    client = settle("c")
    assert times(client, "c") == IN_UTC
    hits = client.search("c", data=[ORIGIN], limit=6, output_fields=["at"])[0]
    assert {h["id"]: h["entity"]["at"] for h in hits} == IN_UTC
    assert times(client, "c", timezone="Asia/Shanghai")[0] == "2025-05-01T20:30:00+08:00"
    assert ids(client.query("c", filter="at is null")) == [5]
    assert ids(client.query("c", filter="at is not null")) == [0, 1, 2, 3, 4]
    client.upsert("c", [{"id": 0, "at": "2030-01-01T00:00:00Z", "vector": ORIGIN}])
    assert times(client, "c")[0] == "2030-01-01T00:00:00Z"


FILTERS = {
    "at == ISO '2025-05-01T12:30:00Z'": [0],
    "at != ISO '2025-05-01T12:30:00Z'": [1, 2, 3, 4],
    "at < ISO '1970-01-01'": [4],
    "at <= ISO '2024-02-29'": [3, 4],
    "at > ISO '2025-05-01T12:30:00Z'": [2],
    "ISO '2025-05-01T12:30:00Z' < at": [2],
    "ISO '2025-05-01T12:30:00Z' >= at": [0, 1, 3, 4],
    "ISO '2024-01-01' <= at < ISO '2025-05-01T12:00:00Z'": [1, 3],
    "ISO '2025-06-01' > at >= ISO '2025-05-01T12:30:00Z'": [0, 2],
    "at + INTERVAL 'P1D' > ISO '2025-05-02T12:30:00Z'": [2],
    "at - INTERVAL 'PT30M' == ISO '2025-05-01T12:00:00Z'": [0],
    "at + INTERVAL 'P1Y' == ISO '2025-02-28'": [3],
    "at - INTERVAL 'P1M' < ISO '2024-01-30'": [3, 4],
    "ISO '2025-06-01T12:30:00Z' == at + INTERVAL 'P1M'": [0],
    "not (at == ISO '2025-05-01T12:30:00Z')": [1, 2, 3, 4],
    "at == ISO '2024-02-29' or at == ISO '2025-05-01T04:30:00Z'": [1, 3],
    "at == ISO '2025-05-01T20:30:00+08:00' and id >= 0": [0],
}


def test_filters(settled):
    client, settle = settled
    make(client, "c")
    client.insert("c", rows())
    client = settle("c")
    for text, expected in FILTERS.items():
        assert ids(client.query("c", filter=text)) == expected, text


BAD_FILTERS = {
    "at == '2025-05-01'": "comparisons between Timestamptz and VarChar are not supported",
    "at > 5": "comparisons between Timestamptz and Int64 are not supported",
    "id > ISO '2025-05-01'": "field 'id' is not a timestamptz datatype",
    "at > ISO 'soon'": "got invalid timestamptz string 'soon'",
    "at + INTERVAL '1 day' > ISO '2025-05-01'": "got invalid interval string '1 day'",
    "at * INTERVAL 'P1D' > ISO '2025-05-01'": "INTERVAL",
    "at + INTERVAL 'P1D' + INTERVAL 'P1D' > ISO '2025-05-01'": "once",
    "at + 1 > ISO '2025-05-01'": "arithmetic between Timestamptz and Int64 is not supported",
    "at in [1]": "cannot be casted to Timestamptz",
    "ISO '2026-01-01' < at < ISO '2025-01-01'": "invalid range: lowerbound is greater than upperbound",
    "ISO '2025-01-01' < ISO '2026-01-01'": "can only be compared with a timestamptz field",
}


def test_bad_filters(client, name):
    make(client, name)
    for text, phrase in BAD_FILTERS.items():
        with pytest.raises(MilvusException) as refused:
            client.query(name, filter=text)
        assert refused.value.code == 1100 and phrase in refused.value.message, (text, refused.value.message)


def test_zones_agree_with_those_of_the_machine(client, name):
    zones = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "America/Sao_Paulo", "Etc/GMT+5", "UTC"]
    moments = [datetime.datetime(y, m, d, h, tzinfo=datetime.timezone.utc)
               for y in (1950, 1985, 2000, 2024, 2045) for m, d in ((1, 15), (3, 31), (7, 1), (10, 27)) for h in (0, 1, 12)]
    make(client, name)
    client.insert(name, rows({i: m.isoformat() for i, m in enumerate(moments)}))
    for zone in zones:
        got = times(client, name, timezone=zone)
        for i, moment in enumerate(moments):
            local = moment.astimezone(zoneinfo.ZoneInfo(zone))
            expected = local.isoformat() if local.utcoffset() else local.replace(tzinfo=None).isoformat() + "Z"
            assert got[i] == expected, (zone, moment)
    # And local times as input.
    client.alter_collection_properties(name, properties={"timezone": "Europe/Berlin"})
    client.insert(name, rows({100: "2024-07-01T12:00:00", 101: "2024-01-01 12:00"}))
    assert times(client, name, timezone="UTC")[100] == "2024-07-01T10:00:00Z"
    assert times(client, name, timezone="UTC")[101] == "2024-01-01T11:00:00Z"
    assert times(client, name)[100] == "2024-07-01T12:00:00+02:00"
    assert ids(client.query(name, filter="at == ISO '2024-07-01T12:00:00'")) == [100]
    assert ids(client.query(name, filter="at == ISO '2024-07-01T10:00:00'", timezone="UTC")) == [100]


def test_zones_of_properties(client, name):
    for zone in ("Nowhere/Land", "../../etc/passwd", "Europe"):
        with pytest.raises(MilvusException) as refused:
            make(client, name, properties={"timezone": zone})
        assert f"unknown or invalid IANA Time Zone ID: {zone}" in refused.value.message
        assert not client.has_collection(name)
    make(client, name, properties={"timezone": "Asia/Tokyo"})
    assert client.describe_collection(name)["properties"]["timezone"] == "Asia/Tokyo"
    client.insert(name, rows({1: "2025-01-01T09:00:00"}))
    assert times(client, name)[1] == "2025-01-01T09:00:00+09:00"
    for call in (lambda: client.query(name, filter="id >= 0", timezone="X"),
                 lambda: client.search(name, data=[ORIGIN], limit=1, timezone="X"),
                 lambda: client.alter_collection_properties(name, properties={"timezone": "X"})):
        with pytest.raises(MilvusException) as refused:
            call()
        assert "unknown or invalid IANA Time Zone ID: X" in refused.value.message
    assert times(client, name)[1] == "2025-01-01T09:00:00+09:00"


def test_time_fields(client, name):
    make(client, name)
    client.insert(name, rows())
    asked = "year,month,day,hour,minute,second,microsecond"
    got = times(client, name, time_fields=asked, timezone="Asia/Shanghai")
    assert list(got[2]) == [2025, 5, 1, 20, 30, 0, 500000]
    assert list(got[4]) == [1970, 1, 1, 7, 59, 59, 999999]
    assert got[5] is None
    assert list(client.search(name, data=[ORIGIN], limit=1, output_fields=["at"], time_fields="day, year")[0][0]["entity"]["at"]) == [1, 2025]
    with pytest.raises(MilvusException) as refused:
        times(client, name, time_fields="year,week")
    assert "time_fields [year,week] is invalid" in refused.value.message


def test_orders_groups_and_aggregates(client, server, name):
    make(client, name)
    client.insert(name, rows({**TEXTS, 6: "2024-02-29T00:00:00Z"}))
    with Raw(server.address) as raw:
        answer = expect_ok(raw.query(name, filter="id >= 0", output_fields=["id"], consistency_level=0,
                                     params={"limit": "10", "order_by_fields": "at:desc:nulls_last"}))
        found = next(f for f in answer.fields_data if f.field_name == "id")
        assert list(found.scalars.long_data.data) == [2, 0, 1, 3, 6, 4, 5]
        answer = expect_ok(raw.query(name, filter="id >= 0", output_fields=["min(at)", "max(at)", "count(*)"], consistency_level=0))
        found = {f.field_name: f for f in answer.fields_data}
        assert list(found["min(at)"].scalars.string_data.data) == [IN_UTC[4]] and found["min(at)"].type == TIMESTAMPTZ
        assert list(found["max(at)"].scalars.string_data.data) == [IN_UTC[2]]
        answer = raw.query(name, filter="id >= 0", output_fields=["sum(at)"], consistency_level=0)
        expect_refused(answer, 1100, "aggregation operator sum does not support data type Timestamptz")
        answer = expect_ok(raw.query(name, filter="id in [3, 6, 0]", output_fields=["at", "count(*)"], consistency_level=0,
                                     params={"group_by_fields": "at"}))
        found = {f.field_name: f for f in answer.fields_data}
        groups = dict(zip(found["at"].scalars.string_data.data, found["count(*)"].scalars.long_data.data))
        assert groups == {IN_UTC[0]: 1, IN_UTC[3]: 2}


def test_default_values(client, name):
    make(client, name, default_value="2025-01-01T00:00:00+01:00", properties={"timezone": "Asia/Tokyo"})
    client.insert(name, [{"id": 1, "vector": ORIGIN}, {"id": 2, "at": None, "vector": ORIGIN}])
    assert times(client, name, timezone="UTC") == {1: "2024-12-31T23:00:00Z", 2: "2024-12-31T23:00:00Z"}
    described = {f["name"]: f for f in client.describe_collection(name)["fields"]}
    assert described["at"]["type"] == DataType.TIMESTAMPTZ
    assert described["at"]["default_value"].string_data == "2025-01-01T08:00:00+09:00"
    client.drop_collection(name)
    with pytest.raises(MilvusException) as refused:
        make(client, name, default_value="never")
    assert "got invalid timestamptz string 'never', default value of field at" in refused.value.message


def test_bad_rows_leave_nothing(client, name):
    make(client, name)
    for bad in ("", "tomorrow", "2025-02-30", "2025-01-01T25:00:00Z", "10000-01-01"):
        for write in (client.insert, client.upsert):
            with pytest.raises(MilvusException) as refused:
                write(name, rows({1: "2025-01-01", 2: bad}))
            assert f"got invalid timestamptz string '{bad}'" in refused.value.message
            assert "field at, row number: 1" in refused.value.message
    assert count(client, name) == 0


# ---- rows that expire


def in_seconds(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).isoformat()


def test_rows_expire_at_their_time(settled):
    client, settle = settled
    make(client, "c", properties={"ttl_field": "at"})
    begin = time.monotonic()
    client.insert("c", rows({1: in_seconds(-1), 2: in_seconds(6), 3: in_seconds(3600), 4: None}))
    client = settle("c")
    if time.monotonic() - begin < 5:
        got = ids(client.query("c", filter="id >= 0"))
        if time.monotonic() - begin < 6:
            assert got == [2, 3, 4]
    time.sleep(max(0.0, 6.1 - (time.monotonic() - begin)))
    assert ids(client.query("c", filter="id >= 0")) == [3, 4]
    assert [r["id"] for r in client.get("c", ids=[1, 2, 3])] == [3]
    assert count(client, "c") == 2
    assert sorted(h["id"] for h in client.search("c", data=[ORIGIN], limit=10)[0]) == [3, 4]
    assert ids(client.query("c", filter="at is null or at > ISO '1970-01-01'")) == [3, 4]
    client.alter_collection_properties("c", properties={"collection.description": "x"})
    client.drop_collection_properties("c", property_keys=["ttl_field"])
    assert ids(client.query("c", filter="id >= 0")) == [1, 2, 3, 4]


def test_bad_fields_of_the_time_to_live(client, name):
    for bad in ("id", "vector", "nothing"):
        with pytest.raises(MilvusException) as refused:
            make(client, name, properties={"ttl_field": bad})
        assert f"ttl_field {bad} is invalid" in refused.value.message
    make(client, name, properties={"ttl_field": "at"})
    with pytest.raises(MilvusException) as refused:
        client.alter_collection_properties(name, properties={"collection.ttl.seconds": "5"})
    assert "cannot be set both" in refused.value.message


def test_old_rows_have_the_added_default(settled):
    """A default without an offset is of the collection's zone; rows that are older than the field compare like others."""
    client, settle = settled
    name = "added"
    needs(client, "add_collection_field")
    make(client, name, properties={"timezone": "Asia/Shanghai"})
    client.insert(name, rows())
    client.add_collection_field(name, "later", DataType.TIMESTAMPTZ, nullable=True, default_value="2025-01-31 08:00:00")
    client.add_collection_field(name, "none", DataType.TIMESTAMPTZ, nullable=True)
    client.insert(name, [{"id": 9, "later": "2024-03-01T00:00:00Z", "none": "2024-03-01T00:00:00Z", "at": None, "vector": ORIGIN}])

    def check(client):
        got = {r["id"]: r["later"] for r in client.query(name, filter="id >= 0", output_fields=["later"], timezone="UTC")}
        assert got == {i: "2025-01-31T00:00:00Z" for i in range(6)} | {9: "2024-03-01T00:00:00Z"}
        assert ids(client.query(name, filter="later == ISO '2025-01-31T00:00:00Z'")) == [0, 1, 2, 3, 4, 5]
        assert ids(client.query(name, filter="later + INTERVAL 'P1M' == ISO '2025-02-28T00:00:00Z' and id < 3")) == [0, 1, 2]
        assert ids(client.query(name, filter="not (later + INTERVAL 'P1M' == ISO '2025-02-28T00:00:00Z')")) == [9]
        assert ids(client.query(name, filter="none + INTERVAL 'P1M' > ISO '1970-01-01'")) == [9]
        assert ids(client.query(name, filter="none is null")) == [0, 1, 2, 3, 4, 5]

    check(client)
    client = settle(name)
    client.load_collection(name)
    check(client)


def test_the_field_of_the_time_to_live_is_not_dropped(client, name):
    needs(client, "drop_collection_field")
    make(client, name, properties={"ttl_field": "at"})
    with pytest.raises(MilvusException) as refused:
        client.drop_collection_field(name, "at")
    assert refused.value.code == 1100 and "cannot drop the field of ttl_field: at" in refused.value.message
    client.drop_collection_properties(name, property_keys=["ttl_field"])
    client.drop_collection_field(name, "at")


def test_bad_added_fields(client, name):
    needs(client, "add_collection_field")
    make(client, name)
    with pytest.raises(MilvusException) as refused:
        client.add_collection_field(name, "later", DataType.TIMESTAMPTZ, nullable=True, default_value="tomorrow")
    assert refused.value.code == 1100 and "default value of field later" in refused.value.message


def test_partial_updates_of_expired_rows(client, name):
    """A row that expired is not there: without its other fields it cannot be."""
    needs_members("UpsertRequest", "partial_update")
    schema = client.create_schema(auto_id=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("at", DataType.TIMESTAMPTZ, nullable=True)
    schema.add_field("a", DataType.INT64)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong", properties={"ttl_field": "at", "timezone": "Asia/Tokyo"})
    client.create_index(name, vector_index(client))
    client.load_collection(name)
    client.insert(name, [{"id": i, "at": at, "a": i, "vector": ORIGIN} for i, at in ((1, in_seconds(-1)), (2, in_seconds(3600)))])
    with pytest.raises(MilvusException) as refused:
        client.upsert(name, [{"id": 1, "at": in_seconds(3600)}], partial_update=True)
    assert "has no corresponding fieldData pass in" in refused.value.message
    client.upsert(name, [{"id": 2, "at": "2999-01-01 09:00:00"}], partial_update=True)
    got = client.query(name, filter="id >= 0", output_fields=["at", "a"], timezone="UTC")
    assert [(r["id"], r["at"], r["a"]) for r in got] == [(2, "2999-01-01T00:00:00Z", 2)]


# ---- below the client


def test_columns_on_the_wire(client, server, name):
    make(client, name)
    with Raw(server.address) as raw:
        def insert(at):
            columns = [column("id", INT64, [1, 2]), at, vector_column("vector", [ORIGIN] * 2)]
            return raw.insert(name, columns, 2)

        wrong = column("at", INT64, [1, 2])
        expect_refused(insert(wrong), 1100, "the data type of field at doesn't match its schema")
        numbers = schema_pb2.FieldData(type=TIMESTAMPTZ, field_name="at", valid_data=[True, True])
        numbers.scalars.timestamptz_data.data.extend([1, 2])
        expect_refused(insert(numbers), 1100, "of another type")
        texts = schema_pb2.FieldData(type=TIMESTAMPTZ, field_name="at", valid_data=[False, True])
        texts.scalars.string_data.data.append("1970-01-01T00:00:00.000001Z")
        expect_ok(insert(texts))
        answer = expect_ok(raw.query(name, filter="id >= 0", output_fields=["at"], consistency_level=0))
        found = next(f for f in answer.fields_data if f.field_name == "at")
        assert found.type == TIMESTAMPTZ and list(found.valid_data) == [False, True]
        assert list(found.scalars.string_data.data) == ["", "1970-01-01T00:00:00.000001Z"]
        answer = expect_ok(raw.query(name, filter="id >= 0", output_fields=["at"], consistency_level=0,
                                     params={"time_fields": "microsecond"}))
        found = next(f for f in answer.fields_data if f.field_name == "at")
        assert found.type == ARRAY and found.scalars.array_data.element_type == INT64
        assert [list(r.long_data.data) for r in found.scalars.array_data.data] == [[], [1]]
