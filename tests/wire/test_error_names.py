"""Error contract, rows 1 to 13: unknown collections, databases, names."""

import pytest
from error_contract import ABSENT, Cases, KEY, LONG, VECTOR, shared_world, world  # noqa: F401
from pymilvus.grpc_gen import milvus_pb2
from raw import INT64, expect_ok, field, pairs

case = Cases()

# ---- 1: an unknown collection

UNKNOWN_COLLECTION = {
    "LoadCollection": {}, "ReleaseCollection": {}, "GetCollectionStatistics": {}, "ShowPartitions": {},
    "HasPartition": {"partition_name": "p"}, "CreatePartition": {"partition_name": "p"}, "LoadPartitions": {"partition_names": ["p"]},
    "ReleasePartitions": {"partition_names": ["p"]}, "GetPartitionStatistics": {"partition_name": "p"}, "GetLoadingProgress": {},
    "CreateIndex": {"field_name": "vector"}, "DescribeIndex": {}, "DropIndex": {"index_name": "i"}, "GetIndexStatistics": {},
    "GetIndexState": {}, "GetIndexBuildProgress": {}, "AlterIndex": {"index_name": "i", "extra_params": pairs({"mmap.enabled": "true"})},
    "AlterCollection": {"properties": pairs({"collection.ttl.seconds": 1})}, "CreateAlias": {"alias": "some_alias"},
}  # fmt: skip
for rpc, members in UNKNOWN_COLLECTION.items():
    case("1", rpc, 100, ABSENT, lambda w, rpc=rpc, members=members: w.send(rpc, collection_name="nowhere", **members))
case("1", "Insert", 100, ABSENT, lambda w: w.insert(target="nowhere"))
case("1", "Upsert", 100, ABSENT, lambda w: w.insert("Upsert", target="nowhere"))
case("1", "Delete", 100, ABSENT, lambda w: w.raw.delete("nowhere", "id in [1]"))
case("1", "Search", 100, ABSENT, lambda w: w.search(target="nowhere"))
case("1", "Query", 100, ABSENT, lambda w: w.query(target="nowhere"))
case("1", "Flush", 100, ABSENT, lambda w: w.send("Flush", collection_names=[w.base, "nowhere"]))
case("1", "RenameCollection", 100, ABSENT, lambda w: w.send("RenameCollection", oldName="nowhere", newName="elsewhere"))
case("1b", "DescribeCollection", 100, "can't find collection[database=default][collection=nowhere]",
     lambda w: w.send("DescribeCollection", collection_name="nowhere"), legacy=1, input_error=True)  # fmt: skip

# ---- 2: an unknown database


def connect_to_database(w):
    return w.raw.call("Connect", milvus_pb2.ConnectRequest(), metadata=(("dbname", "nowhere"),))


case("2", "Connect", 800, "database not found[database=nowhere]", connect_to_database)
for rpc, members in {
    "DescribeDatabase": {}, "ShowCollections": {}, "DescribeCollection": {"collection_name": "c"}, "AlterDatabase": {"properties": pairs({"a": 1})},
    "LoadCollection": {"collection_name": "c"}, "ListAliases": {},
}.items():  # fmt: skip
    case("2", rpc, 800, "database not found[database=nowhere]", lambda w, rpc=rpc, members=members: w.send(rpc, db_name="nowhere", **members))
case("2", "CreateCollection", 800, "database not found[database=nowhere]", lambda w: w.create(KEY, VECTOR, db_name="nowhere"))
case("2", "Insert", 800, "database not found[database=nowhere]", lambda w: w.insert(db_name="nowhere"))
case("2", "Query", 800, "database not found[database=nowhere]", lambda w: w.query(db_name="nowhere"))

# ---- 3 to 7: databases

BAD_DATABASES = {
    "first": ("1x", "the first character of a database name must be an underscore or letter"),
    "charset": ("a-b", "database name can only contain numbers, letters and underscores"),
    "long": (LONG, "the length of a database name must be less than 255 characters"),
}
for name, (database, phrase) in BAD_DATABASES.items():
    case("3", name, 802, (phrase, f"invalid database name[database={database}]"), lambda w, d=database: w.send("CreateDatabase", db_name=d))
case("3", "empty", 802, "database name couldn't be empty", lambda w: w.send("CreateDatabase", db_name=""))
case("4", "exists", 1100, "database already exist: ", lambda w: w.send("CreateDatabase", db_name=w.name), lambda w: w.database())
case("4", "default", 1100, "database already exist: default", lambda w: w.send("CreateDatabase", db_name="default"))


def collection_in_a_database(w):
    database = w.database()
    expect_ok(w.create(KEY, VECTOR, name="inner", db_name=database))


case("5", "not-empty", 1100, "not empty, must drop all collections before drop database",
     lambda w: w.send("DropDatabase", db_name=w.name), collection_in_a_database)  # fmt: skip
case("6", "default", 1100, "can not drop default database", lambda w: w.send("DropDatabase", db_name="default"))


def as_many_databases_as_there_may_be(w):
    there_are = len(expect_ok(w.send("ListDatabases")).db_names)
    for _ in range(64 - there_are):
        w.database()


case("7", "limit", 801, "exceeded the limit number of database[limit=64]", lambda w: w.send("CreateDatabase", db_name="one_more"), as_many_databases_as_there_may_be)

# ---- 8 to 13: names

case("8", "CreateCollection", 1100, "collection name should not be empty", lambda w: w.create(KEY, VECTOR, name=""))
for rpc in ("LoadCollection", "DescribeCollection", "ShowPartitions", "GetCollectionStatistics", "DescribeIndex"):
    case("8", rpc, 1100, "collection name should not be empty", lambda w, rpc=rpc: w.send(rpc, collection_name=""))
BAD_NAMES = {
    "9": ("1abc", "the first character of a {} must be an underscore or letter"),
    "10": ("a-b", "{} can only contain numbers, letters and underscores"),
    "11": (LONG, "the length of a {} must be less than 255 characters"),
}
for row, (bad, phrase) in BAD_NAMES.items():
    for more in (bad, {"9": "$a", "10": "aüb", "11": "a" * 4000}[row]):
        case(row, f"collection-{more[:8]}-{len(more)}", 1100, (f"Invalid collection name: {more}. ", phrase.format("collection name")),
             lambda w, n=more: w.create(KEY, VECTOR, name=n))  # fmt: skip
    case("11", f"alias-{bad[:8]}", 1100, phrase.format("collection alias"), lambda w, n=bad: w.send("CreateAlias", collection_name=w.base, alias=n))
BAD_FIELDS = {
    "first": ("1a", "The first character of a field name must be an underscore or letter."),
    "dollar": ("$a", "The first character of a field name must be an underscore or letter."),
    "charset": ("a-b", "Field name can only contain numbers, letters, and underscores."),
    "blank": ("a b", "Field name can only contain numbers, letters, and underscores."),
    **{word: (word, "is keyword in milvus.") for word in ("like", "LIKE", "exists", "and", "or", "not", "in", "true", "True", "false",
       "json_contains", "JSON_CONTAINS_ALL", "json_contains_any", "array_contains", "array_contains_all", "array_contains_any", "array_length",
       "text_match", "phrase_match", "random_sample", "null", "is")},
}  # fmt: skip
for name, (bad, phrase) in BAD_FIELDS.items():
    case("12", name, 1701, (f"Invalid field name: {bad}. ", phrase, f"field name invalid[field={bad}]"), lambda w, n=bad: w.create(KEY, field(n, INT64), VECTOR))
case("12", "empty", 1701, "field name invalid[field=]", lambda w: w.create(KEY, field("", INT64), VECTOR))
case("12", "long", 1701, "field name invalid[field=", lambda w: w.create(KEY, field(LONG, INT64), VECTOR))
for word in ("RowID", "Timestamp", "__virtual_pk__", "$meta", "$namespace_id"):
    case("12", f"system-{word}", (1701, 1100), word, lambda w, n=word: w.create(KEY, field(n, INT64), VECTOR))
BAD_PARTITIONS = {
    "empty": ("", "Partition name should not be empty."),
    "first": ("$a", "The first character of a partition name must be an underscore or letter."),
    "charset": ("a.b", "Partition name can only contain numbers, letters and underscores."),
    "long": (LONG, "The length of a partition name must be less than 255 characters."),
}
for name, (bad, phrase) in BAD_PARTITIONS.items():
    case("13", name, 1100, (f"Invalid partition name: {bad}. ", phrase), lambda w, n=bad: w.send("CreatePartition", collection_name=w.base, partition_name=n))


@pytest.mark.parametrize("wanted", case)
def test_row(world, wanted):
    wanted.check(world)
