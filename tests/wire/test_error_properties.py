"""Error contract, rows 76 to 80: properties, groups, ranges, dynamic fields."""

import pytest
from error_contract import KEY, VECTOR, ZERO, Cases, shared_world, world  # noqa: F401
from raw import INT64, JSON, column, expect_ok, pairs, vector_column

case = Cases()

# ---- 76 to 80

case("76", "mmap", 104, "can not alter mmap properties if collection loaded", lambda w: w.send("AlterCollection", collection_name=w.base, properties=pairs({"mmap.enabled": "true"})))
case("76", "warmup", 104, "can not alter warmup properties if collection loaded",
     lambda w: w.send("AlterCollection", collection_name=w.base, properties=pairs({"warmup.vectorField": "sync"})))  # fmt: skip
case("77", "unknown", (1100, 1700), "groupBy field not found in schema", lambda w: w.search({"group_by_field": "nothing"}))
case("77", "vector", 1100, "group by field vector has unsupported data type FloatVector", lambda w: w.search({"group_by_field": "vector"}))
case("77", "size", 1100, "input group size:11 exceeds configured max group size:10", lambda w: w.search({"group_by_field": "tag", "group_size": 11}))
case("78", "no-radius", 1100, "range_filter requires radius to be set", lambda w: w.search({"params": {"range_filter": 1.0}}))
case("78", "L2", (1100, 65535, *range(2000, 2100)), ("range_filter(", "must be less than radius("), lambda w: w.search({"params": {"radius": 1.0, "range_filter": 2.0}}))


def indexed_by_ip(w):
    w.own(index=False)
    expect_ok(w.index(index_type="FLAT", metric_type="IP"))
    expect_ok(w.send("LoadCollection", collection_name=w.name))


case("78", "IP", (1100, 65535, *range(2000, 2100)), ("range_filter(", "must be greater than radius("),
     lambda w: w.search({"params": {"radius": 2.0, "range_filter": 1.0}}, target=w.name), indexed_by_ip)  # fmt: skip
for name, ttl, phrase in (
    ("negative", "-2", "collection TTL is out of range, expect [-1, 3155760000], got -2"),
    ("over", "3155760001", "collection TTL is out of range, expect [-1, 3155760000], got 3155760001"), ("text", "soon", "collection TTL is not a valid positive integer"),
    ("empty", "", "collection TTL is not a valid positive integer"), ("fraction", "1.5", "collection TTL is not a valid positive integer"),
    ("huge", str(2**64), "collection TTL is not a valid positive integer"),
):  # fmt: skip
    case("79", f"create-{name}", 1100, phrase, lambda w, t=ttl: w.create(KEY, VECTOR, properties=pairs({"collection.ttl.seconds": t})))
    case("79", f"alter-{name}", 1100, phrase, lambda w, t=ttl: w.send("AlterCollection", collection_name=w.base, properties=pairs({"collection.ttl.seconds": t})))


def dynamic(*texts):
    return {"m": column("$meta", JSON, list(texts), is_dynamic=True)}


case("80", "static-name", 1100, "dynamic field name cannot include the static field name: f", lambda w: w.insert_typed(**dynamic(b'{"f": 1}')))
case("80", "disabled", 1100, "without dynamic schema enabled, the field name cannot be set to $meta", lambda w: w.insert(**dynamic(b"{}", b"{}")))
case("80", "meta-key", 1100, "$meta", lambda w: w.insert_typed(**dynamic(b'{"$meta": 1}')))
case("80", "not-object", 1100, "", lambda w: w.insert_typed(**dynamic(b"[1]")))
case("80", "long", 1100, "length exceeds max length", lambda w: w.insert_typed(j=column("j", JSON, [b'"' + b"x" * 65536 + b'"'])))
case("80", "long-dynamic", 1100, "length exceeds max length", lambda w: w.insert_typed(**dynamic(b'{"a":"' + b"x" * 65536 + b'"}')))
case("80", "broken", 1100, "", lambda w: w.insert_typed(j=column("j", JSON, [b'{"a":'])))

# ---- force deny: the properties of a database refuse what they name


def denied(*operations):
    def prepare(w):
        database = w.database()
        expect_ok(w.create(KEY, VECTOR, name="inner", db_name=database))
        expect_ok(w.send("CreateIndex", db_name=database, collection_name="inner", field_name="vector", extra_params=pairs({"index_type": "FLAT"})))
        expect_ok(w.send("LoadCollection", db_name=database, collection_name="inner"))
        expect_ok(w.send("AlterDatabase", db_name=database, properties=pairs({f"database.force.deny.{o}": "true" for o in operations})))

    return prepare


INNER = {"collection_name": "inner"}
for name, operation, call in (
    ("insert", "writing", lambda w: w.raw.insert("inner", [column("id", INT64, [1]), vector_column("vector", [ZERO])], 1, db_name=w.name)),
    ("delete", "writing", lambda w: w.raw.delete("inner", "id in [1]", db_name=w.name)), ("search", "reading", lambda w: w.search(target="inner", db_name=w.name)),
    ("query", "reading", lambda w: w.query(target="inner", db_name=w.name)), ("load", "ddl", lambda w: w.send("LoadCollection", db_name=w.name, **INNER)),
    ("create", "collectionDDL", lambda w: w.create(KEY, VECTOR, name="more", db_name=w.name)),
    ("truncate", "collectionDDL", lambda w: w.send("TruncateCollection", db_name=w.name, **INNER)),
    ("alter-schema", "collectionDDL", lambda w: w.send("AlterCollectionSchema", db_name=w.name, **INNER)),
    ("partition", "partitionDDL", lambda w: w.send("CreatePartition", db_name=w.name, partition_name="p", **INNER)),
    ("index", "index", lambda w: w.send("DropIndex", db_name=w.name, index_name="vector", **INNER)),
    ("flush", "flush", lambda w: w.send("Flush", db_name=w.name, collection_names=["inner"])),
    ("compaction", "compaction", lambda w: w.send("ManualCompaction", db_name=w.name, **INNER)),
):  # fmt: skip
    case("merr-9", name, 9, "access has been disabled by the administrator", call, denied(operation))
for name, properties, phrase in (
    ("rate", {"collection.insertRate.max.mb": "fast"}, "invalid collection.insertRate.max.mb value: fast"),
    ("disk", {"collection.diskProtection.diskQuota.mb": "x"}, "invalid collection.diskProtection.diskQuota.mb value: x"),
    ("replicas", {"collection.replica.number": "-1"}, "invalid collection.replica.number value: -1"), ("mmap", {"mmap.enabled": "maybe"}, "invalid mmap.enabled value: maybe"),
    ("warmup", {"warmup.vectorIndex": "later"}, "invalid warmup.vectorIndex value: later"),
):  # fmt: skip
    case("76", f"value-{name}", 1100, phrase, lambda w, p=properties: w.create(KEY, VECTOR, properties=pairs(p)))
for name, properties, phrase in (
    ("quota", {"database.diskQuota.mb": "x"}, "invalid database.diskQuota.mb value: x"), ("deny", {"database.force.deny.ddl": "perhaps"}, "invalid database.force.deny.ddl value: perhaps"),
    ("collections", {"database.max.collections": "-3"}, "invalid database.max.collections value: -3"),
):  # fmt: skip
    case("76", f"database-{name}", 1100, phrase, lambda w, p=properties: w.send("AlterDatabase", db_name="default", properties=pairs(p)))


@pytest.mark.parametrize("wanted", case)
def test_row(world, wanted):
    wanted.check(world)
