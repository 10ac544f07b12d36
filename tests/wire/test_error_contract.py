"""The error contract, row by row: code, legacy code, flags, key phrases; nothing changed, the server still serves.

A case is a row of the table of frequently asserted situations (its number is the first part of the test's id), the
expected code, the phrases that the reason must contain, and a function that sends the request below the client. What a
case needs beforehand is made by its `prepare`; the state of the server is compared before and after the request.

Where a request needs an RPC or a feature that is not built, the case is skipped if its row stands in UNBUILT, and fails
otherwise. Rows that no case covers stand in NOT_COVERED with the reason.
"""

import struct
import uuid

import grpc
import pytest
from conftest import DIM
from pymilvus.grpc_gen import common_pb2, milvus_pb2, schema_pb2
from raw import (
    ARRAY,
    BOOL,
    DOUBLE,
    FLOAT,
    FLOAT_VECTOR,
    INT8,
    INT16,
    INT64,
    JSON,
    VARCHAR,
    Raw,
    array_column,
    column,
    expect_ok,
    field,
    pairs,
    status_of,
    vector_column,
)

STRING, BINARY_VECTOR, SPARSE_VECTOR, INT8_VECTOR = 20, 100, 104, 105
LONG = "a" * 256
ROWS = 20
ZERO = [0.0] * DIM
DEFAULT_GROUP = "__default_resource_group"

# Section 3 of the contract; every other code is UnexpectedError.
LEGACY = {
    0: 0, 1: 56, 110: 56, 100: 4, 1100: 5, 1101: 5, 1102: 5, 904: 50, 200: 15, 400: 15, 501: 15, 401: 46, 503: 46, 506: 46,
    905: 46, 3: 52, 7: 54, 11: 55, 505: 55, 8: 49, 9: 48, 700: 25, 600: 47, 109: 62,
}  # fmt: skip
INPUT_ERRORS = {102, 104, 105, 107, 109, 300, 301, 302, 303, 702, 801, 802, 1100, 1101, 1102, 1400, 1401, 1402, 2100, 2201}
RETRIABLE = {1, 2, 4, 8, 12, 103, 106, 110, 202, 305, 505, 507, 1002, 1003, 2200}

UNBUILT = {
    "22": "binary vectors are not stored",
    "30": "partition keys are not built",
    "48": "the vector types besides FloatVector are not stored",
    "49": "the vector types besides FloatVector are not stored",
    "77": "grouping is not built",
}  # fmt: skip
NOT_COVERED = {
    "72": "users are not built",
    "73": "users are not built",
    "74": "roles are not built",
    "75": "roles are not built",
}

CASES = []
CHECKS = {"cases": 0, "assertions": 0}


def case(row, name, code, phrases, call, prepare=None, legacy=None, input_error=None):
    phrases = (phrases,) if isinstance(phrases, str) else tuple(phrases)
    codes = (code,) if isinstance(code, int) else tuple(code)
    CASES.append(pytest.param(row, codes, phrases, call, prepare, legacy, input_error, id=f"{row}-{name}"))


def check(condition, message):
    CHECKS["assertions"] += 1
    assert condition, message


class World:
    """The collections that every case may use, and what a case made for itself."""

    def __init__(self, address):
        self.raw = Raw(address)
        self.base = f"base_{uuid.uuid4().hex[:8]}"
        self.typed = f"typed_{uuid.uuid4().hex[:8]}"
        self.mine = []
        self.databases = []
        fields = [field("id", INT64, primary=True), field("tag", VARCHAR, max_length=32), field("number", INT64), vector_field()]
        self.make(self.base, fields, keep=True)
        columns = [
            column("id", INT64, range(ROWS)), column("tag", VARCHAR, [f"tag{i % 5}" for i in range(ROWS)]),
            column("number", INT64, [i * 10 for i in range(ROWS)]), vector_column("vector", [[float(i)] + ZERO[1:] for i in range(ROWS)]),
        ]  # fmt: skip
        expect_ok(self.raw.insert(self.base, columns, ROWS))
        typed = [
            field("id", INT64, primary=True), field("b", BOOL), field("i8", INT8), field("i16", INT16), field("f", FLOAT),
            field("d", DOUBLE), field("j", JSON), vector_field(),
        ]  # fmt: skip
        self.make(self.typed, typed, keep=True, dynamic=True)

    # ---- what cases use

    def send(self, rpc, **members):
        service = milvus_pb2.DESCRIPTOR.services_by_name["MilvusService"].methods_by_name
        if rpc not in service:
            pytest.skip(f"this client does not know {rpc}")
        request = service[rpc].input_type._concrete_class
        unknown = [m for m in members if m not in request.DESCRIPTOR.fields_by_name]
        if unknown:
            pytest.skip(f"this client does not know {rpc}.{unknown[0]}")
        return self.raw.call(rpc, request(**members))

    def make(self, name, fields, keep=False, index=True, load=True, **members):
        if not keep:
            self.mine.append(name)
        expect_ok(self.raw.create_collection(name, fields, **members))
        if index:
            for f in fields:
                if f.data_type == FLOAT_VECTOR:
                    expect_ok(self.raw.create_index(name, f.name, index_type="FLAT", metric_type="L2"))
            if load:
                expect_ok(self.send("LoadCollection", collection_name=name))
        return name

    def own(self, **members):
        """A collection of this case alone; its name is `self.name`."""
        self.name = f"own_{uuid.uuid4().hex[:8]}"
        fields = members.pop("fields", None) or [field("id", INT64, primary=True), vector_field()]
        return self.make(self.name, fields, **members)

    def create(self, *fields, name="fresh", **members):
        """Tries to create a collection that must not come into being."""
        return self.raw.create_collection(name, list(fields), **members)

    def insert(self, method="Insert", rows=2, target=None, **changes):
        """The good columns of `base` with some replaced; None leaves one out."""
        columns = {
            "id": column("id", INT64, [1000 + i for i in range(rows)]), "tag": column("tag", VARCHAR, ["x"] * rows),
            "number": column("number", INT64, [1] * rows), "vector": vector_column("vector", [ZERO] * rows), **changes,
        }  # fmt: skip
        members = {k: columns.pop(k) for k in ("partition_name", "db_name", "schema_timestamp") if k in columns}
        return self.raw.insert(target or self.base, [c for c in columns.values() if c is not None], rows, method=method, **members)

    def insert_typed(self, **changes):
        columns = {
            "id": column("id", INT64, [1]), "b": column("b", BOOL, [True]), "i8": column("i8", INT8, [1]),
            "i16": column("i16", INT16, [1]), "f": column("f", FLOAT, [1.0]), "d": column("d", DOUBLE, [1.0]),
            "j": column("j", JSON, [b"{}"]), "vector": vector_column("vector", [ZERO]), **changes,
        }  # fmt: skip
        return self.raw.insert(self.typed, list(columns.values()), 1)

    def index(self, field_name="vector", target=None, index_name="", **params):
        return self.raw.create_index(target or self.name, field_name, index_name=index_name, **params)

    def search(self, params=None, target=None, vectors=(ZERO,), **members):
        return self.raw.search(target or self.base, list(vectors), params, **members)

    def query(self, filter="id >= 0", target=None, **members):
        return self.raw.query(target or self.base, filter, **members)

    def database(self, name=None):
        name = name or f"db_{uuid.uuid4().hex[:8]}"
        expect_ok(self.send("CreateDatabase", db_name=name))
        self.databases.append(name)
        self.name = name
        return name

    # ---- the state that a refused request must not change

    def state(self):
        names = sorted(expect_ok(self.send("ShowCollections")).collection_names)
        state = {"collections": names, "databases": sorted(expect_ok(self.send("ListDatabases")).db_names)}
        for name in (self.base, self.typed, *self.mine):
            if name not in names:
                continue
            state[name] = [
                text(expect_ok(self.send("DescribeCollection", collection_name=name))),
                text(self.send("DescribeIndex", collection_name=name)),
                text(expect_ok(self.send("ShowPartitions", collection_name=name))),
                expect_ok(self.send("GetLoadState", collection_name=name)).state,
            ]
        rows = expect_ok(self.raw.query(self.base, "id >= -1000000", ["id", "tag", "number", "vector"]))
        state["rows"] = sorted(f.SerializeToString() for f in rows.fields_data)
        counted = expect_ok(self.raw.query(self.typed, "", ["count(*)"]))
        state["typed rows"] = counted.fields_data[0].scalars.long_data.data[0]
        return state

    def serves(self):
        found = expect_ok(self.raw.search(self.base, [[7.0] + ZERO[1:]], topk=1))
        return list(found.results.ids.int_id.data) == [7]

    def clean(self):
        for name in self.mine:
            self.raw.call("DropCollection", milvus_pb2.DropCollectionRequest(collection_name=name))
        for name in self.databases:
            self.raw.call("DropDatabase", milvus_pb2.DropDatabaseRequest(db_name=name))
        self.mine, self.databases = [], []


def text(answer):
    """An answer as comparable text, without the status and counters of progress."""
    copy = type(answer)()
    copy.CopyFrom(answer)
    copy.ClearField("status")
    return copy.SerializeToString(deterministic=True)


def vector_field(name="vector", dim=DIM):
    return field(name, FLOAT_VECTOR, dim=dim)


def with_members(message, **members):
    for key, value in members.items():
        if key not in message.DESCRIPTOR.fields_by_name:
            pytest.skip(f"this client does not know {message.DESCRIPTOR.name}.{key}")
        setattr(message, key, value)
    return message


KEY = field("id", INT64, primary=True)
VECTOR = vector_field()

# ---- 1: an unknown collection

ABSENT = "collection not found[database=default][collection=nowhere]"
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

# ---- 14 to 31: schemas

case("14", "fields", 1100, "create duplicate collection with different parameters, collection: ", lambda w: w.create(KEY, vector_field(dim=4), name=w.base))
case("14", "shards", 1100, "create duplicate collection with different parameters, collection: ",
     lambda w: w.create(*[field("id", INT64, primary=True), field("tag", VARCHAR, max_length=32), field("number", INT64), VECTOR], name=w.base, shards_num=3))  # fmt: skip
case("15", "none", 1100, "schema does not contain vector field", lambda w: w.create(KEY, field("a", INT64)))
case("16", "none", 1101, "primary key is not specified", lambda w: w.create(field("a", INT64), VECTOR))
case("17", "two", 1100, "there are more than one primary key, field name = a, b", lambda w: w.create(field("a", INT64, primary=True), field("b", INT64, primary=True), VECTOR))
for data_type in (BOOL, INT8, INT16, FLOAT, DOUBLE, JSON):
    case("18", str(data_type), 1100, "the data type of primary key should be Int64 or VarChar", lambda w, t=data_type: w.create(field("a", t, primary=True), VECTOR))
case("18", "vector", 1100, "the data type of primary key should be Int64 or VarChar", lambda w: w.create(field("a", FLOAT_VECTOR, primary=True, dim=4)))
case("19", "scalars", 1100, "duplicated field name a found", lambda w: w.create(KEY, field("a", INT64), field("a", FLOAT), VECTOR))
case("19", "key", 1100, "duplicated field name id found", lambda w: w.create(KEY, field("id", INT64), VECTOR))
case("20", "scalar", 1100, "only primary field can speficy AutoID with true", lambda w: w.create(KEY, field("a", INT64, auto_id=True), VECTOR))
case("21", "missing", 1100, "dimension is not defined in field type params of field v, check type param `dim` for vector field", lambda w: w.create(KEY, field("v", FLOAT_VECTOR)))
for dim in (32769, 10**12, 10**30):
    case("22", str(dim), 1100, f"invalid dimension: {dim}", lambda w, d=dim: w.create(KEY, vector_field("v", d)))
case("22", "over", 1100, "invalid dimension: 32769 of field v. float vector dimension should be in range 2 ~ 32768", lambda w: w.create(KEY, vector_field("v", 32769)))
for dim in (1, 0, -1):
    case("22", str(dim), 1100, f"invalid dimension: {dim}. should be in range 2 ~ 32768", lambda w, d=dim: w.create(KEY, vector_field("v", d)))
case("22", "text", 1100, "", lambda w: w.create(KEY, vector_field("v", "eight")))
case("22", "binary-multiple", 1100, "binary vector dimension should be multiple of 8", lambda w: w.create(KEY, field("v", BINARY_VECTOR, dim=12)))
case("22", "binary-over", 1100, "in range 2 ~ 262144", lambda w: w.create(KEY, field("v", BINARY_VECTOR, dim=262152)))
case("23", "sparse", 1100, "dim should not be specified for sparse vector field", lambda w: w.create(KEY, field("v", SPARSE_VECTOR, dim=8)))
case("24", "missing", 1101, "type param(max_length) should be specified for the field(a) of collection fresh", lambda w: w.create(KEY, field("a", VARCHAR), VECTOR))
case("24", "key", 1101, "type param(max_length) should be specified for the field(a) of collection fresh", lambda w: w.create(field("a", VARCHAR, primary=True), VECTOR))
for length in (0, -1, 65536, 10**9, 10**12):
    case("25", str(length), 1100, f"the maximum length specified for the field(a) should be in (0, 65535], but got {length} instead",
         lambda w, n=length: w.create(KEY, field("a", VARCHAR, max_length=n), VECTOR))  # fmt: skip


def array_field(element, **params):
    return with_members(field("a", ARRAY, **params), element_type=element)


for capacity in (0, 4097):
    case("26", str(capacity), 1100, "the maximum capacity specified for a Array should be in (0, 4096]", lambda w, n=capacity: w.create(KEY, array_field(INT64, max_capacity=n), VECTOR))
case("26", "missing", (1100, 1101), "type param(max_capacity) should be specified for array field", lambda w: w.create(KEY, array_field(INT64), VECTOR))
case("27", "json", 1100, "element type JSON is not supported", lambda w: w.create(KEY, array_field(JSON, max_capacity=4), VECTOR))
case("28", "fields", 1100, "maximum field's number should be limited to 64", lambda w: w.create(KEY, *[field(f"a{i}", INT64) for i in range(63)], VECTOR))
case("28", "vectors", 1100, "maximum vector field's number should be limited to 10", lambda w: w.create(KEY, *[vector_field(f"v{i}", 4) for i in range(11)]))
case("29", "17", 1100, "maximum shards's number should be limited to 16", lambda w: w.create(KEY, VECTOR, shards_num=17))
case("29", "huge", 1100, "maximum shards's number should be limited to 16", lambda w: w.create(KEY, VECTOR, shards_num=2**31 - 1))


def part_key(name, data_type, **members):
    return with_members(field(name, data_type, **members.pop("params", {})), is_partition_key=True, **members)


case("30", "two", 1100, "there are more than one partition key", lambda w: w.create(KEY, part_key("a", INT64), part_key("b", INT64), VECTOR))
case("30", "primary", 1100, "the partition key field must not be primary field", lambda w: w.create(part_key("id", INT64, is_primary_key=True), VECTOR))
case("30", "type", 1100, "the data type of partition key should be Int64 or VarChar", lambda w: w.create(KEY, part_key("a", FLOAT), VECTOR))
case("30", "nullable", 1100, "partition key field not support nullable", lambda w: w.create(KEY, part_key("a", INT64, nullable=True), VECTOR))
case("30", "num-alone", 1100, "num_partitions should only be specified with partition key field enabled", lambda w: w.create(KEY, VECTOR, num_partitions=4))
case("30", "num-over", 1100, "partition number (1025) exceeds max configuration (1024)", lambda w: w.create(KEY, part_key("a", INT64), VECTOR, num_partitions=1025))


def partition_key_collection(w):
    w.own(fields=[KEY, part_key("a", INT64), VECTOR])


case("30", "manual-partition", 1100, "not support manually specifying the partition names if partition key mode is used",
     lambda w: w.raw.insert(w.name, [column("id", INT64, [1]), column("a", INT64, [1]), vector_column("vector", [ZERO])], 1, partition_name="_default_0"),
     partition_key_collection)  # fmt: skip
case("31", "nullable-key", 1100, "primary field not support null", lambda w: w.create(with_members(field("id", INT64, primary=True), nullable=True), VECTOR))


def default_field(data_type, member, value, primary=False, **params):
    made = field("a", data_type, primary=primary, **params)
    if "default_value" not in made.DESCRIPTOR.fields_by_name:
        pytest.skip("this client does not know default values")
    setattr(made.default_value, member, value)
    return made


case("31", "default-key", 1100, "primary field not support default_value", lambda w: w.create(default_field(INT64, "long_data", 1, primary=True), VECTOR))
case("31", "default-json", 1100, "type not support default_value", lambda w: w.create(KEY, default_field(JSON, "bytes_data", b"{}"), VECTOR))
case("31", "default-json-text", 1100, "type not support default_value", lambda w: w.create(KEY, default_field(JSON, "string_data", "{}"), VECTOR))
case("31", "default-vector", 1100, "type not support default_value", lambda w: w.create(KEY, default_field(FLOAT_VECTOR, "float_data", 1.0, dim=8)))
for data_type, member, value, shown, sent in (
    (BOOL, "int_data", 1, "Bool", "DataType_Int"), (INT64, "int_data", 1, "Int64", "DataType_Int"), (INT8, "long_data", 1, "Int8", "DataType_Int64"),
    (FLOAT, "double_data", 1.0, "Float", "DataType_Double"), (DOUBLE, "float_data", 1.0, "Double", "DataType_Float"), (INT16, "bool_data", True, "Int16", "DataType_Bool"),
):  # fmt: skip
    case("31", f"default-{shown}", 1100, f"type ({shown}) of field (a) is not equal to the type({sent}) of default_value",
         lambda w, t=data_type, m=member, v=value: w.create(KEY, default_field(t, m, v), VECTOR))  # fmt: skip
for data_type, value in ((INT8, 128), (INT8, -129), (INT16, 32768)):
    case("31", f"default-range-{value}", 1100, ("default value out of range", f"[{value} out of range "),
         lambda w, t=data_type, v=value: w.create(KEY, default_field(t, "int_data", v), VECTOR))  # fmt: skip
case("31", "default-long", 1100, "exceeds max length", lambda w: w.create(KEY, default_field(VARCHAR, "string_data", "12345", max_length=4), VECTOR))
case("31", "default-nan", 1100, "", lambda w: w.create(KEY, default_field(FLOAT, "float_data", float("nan")), VECTOR))

# ---- 32 to 39: aliases, renaming, partitions


def aliased(w):
    w.own()
    w.alias = f"alias_{uuid.uuid4().hex[:8]}"
    expect_ok(w.send("CreateAlias", collection_name=w.name, alias=w.alias))
    w.drop_alias = True


case("32", "via-alias", 1100, "cannot drop the collection via alias = ", lambda w: w.send("DropCollection", collection_name=w.alias), aliased)
case("32", "has-alias", 1100, ("unable to drop the collection [", "] because it has associated aliases ["), lambda w: w.send("DropCollection", collection_name=w.name), aliased)
case("34", "collection-name", 1601, "alias and collection name conflict[database=default][alias=", lambda w: w.send("CreateAlias", collection_name=w.name, alias=w.base), lambda w: w.own())
case("34", "own-name", 1601, "alias and collection name conflict[database=default][alias=", lambda w: w.send("CreateAlias", collection_name=w.base, alias=w.base))
case("35", "taken", 1602, ("alias already exist[database=default][alias=", "is alias to another collection: "), lambda w: w.send("CreateAlias", collection_name=w.base, alias=w.alias), aliased)
case("36", "describe", 1600, "alias not found[database=default][alias=nobody]", lambda w: w.send("DescribeAlias", alias="nobody"))
case("36", "alter", 1600, "alias not found[database=default][alias=nobody]", lambda w: w.send("AlterAlias", collection_name=w.base, alias="nobody"))
case("36", "alter-target", 100, ABSENT, lambda w: w.send("AlterAlias", collection_name="nowhere", alias=w.alias), aliased)
case("37", "taken", 1100, "duplicated new collection name ", lambda w: w.send("RenameCollection", oldName=w.name, newName=w.base), lambda w: w.own())
case("37", "same", 1100, "collection name or database name should be different", lambda w: w.send("RenameCollection", oldName=w.base, newName=w.base))
case("37", "bad-name", 1100, "the first character of a collection name must be an underscore or letter", lambda w: w.send("RenameCollection", oldName=w.base, newName="1x"))

NO_PARTITION = "partition not found[partition=nowhere]"
case("38", "insert", 200, NO_PARTITION, lambda w: w.insert(partition_name="nowhere"))
case("38", "upsert", 200, NO_PARTITION, lambda w: w.insert("Upsert", partition_name="nowhere"))
case("38", "load", 200, NO_PARTITION, lambda w: w.send("LoadPartitions", collection_name=w.base, partition_names=["nowhere"]))
case("38", "stat", 200, NO_PARTITION, lambda w: w.send("GetPartitionStatistics", collection_name=w.base, partition_name="nowhere"))
case("38", "search", 1100, "partition name nowhere not found", lambda w: w.search(partition_names=["nowhere"]))
case("38", "query", 1100, "partition name nowhere not found", lambda w: w.query(partition_names=["nowhere"]))
case("39", "default", 1100, "default partition cannot be deleted", lambda w: w.send("DropPartition", collection_name=w.base, partition_name="_default"))


def loaded_partition(w):
    w.own()
    expect_ok(w.send("CreatePartition", collection_name=w.name, partition_name="extra"))
    expect_ok(w.send("LoadPartitions", collection_name=w.name, partition_names=["extra"]))


case("39", "loaded", 1100, "partition cannot be dropped, partition is loaded, please release it first",
     lambda w: w.send("DropPartition", collection_name=w.name, partition_name="extra"), loaded_partition)  # fmt: skip

# ---- 40 to 42: loading

case("40", "search", 101, ("failed to search:", "collection not loaded[collection="), lambda w: w.search(target=w.name), lambda w: w.own(load=False))
case("40", "query", 101, ("failed to query:", "collection not loaded[collection="), lambda w: w.query(target=w.name), lambda w: w.own(load=False))
case("40", "delete", 101, "collection not loaded[collection=", lambda w: w.raw.delete(w.name, "id > 0"), lambda w: w.own(load=False))
case("40", "progress", 101, "collection not loaded[collection=", lambda w: w.send("GetLoadingProgress", collection_name=w.name), lambda w: w.own(load=False))


def half_loaded(w):
    w.own(load=False)
    expect_ok(w.send("CreatePartition", collection_name=w.name, partition_name="extra"))
    expect_ok(w.send("LoadPartitions", collection_name=w.name, partition_names=["_default"]))


case("40", "partition", 201, "partition not loaded", lambda w: w.query(target=w.name, partition_names=["extra"]), half_loaded)
case("41", "no-index", 700, "index not found[collection=", lambda w: w.send("LoadCollection", collection_name=w.name), lambda w: w.own(index=False))


def one_index_of_two(w):
    w.own(fields=[KEY, vector_field("a"), vector_field("b")], index=False)
    expect_ok(w.index("a", index_type="FLAT", metric_type="L2"))


case("41", "one-of-two", 1100, "there is no vector index on field: [b], please create index firstly", lambda w: w.send("LoadCollection", collection_name=w.name), one_index_of_two)
case("42", "replicas", 304, "resource group node not enough", lambda w: w.send("LoadCollection", collection_name=w.name, replica_number=2), lambda w: w.own(load=False))
for name, code, phrase, members in (
    ("unknown", 300, "resource group not found[rg=nowhere]", {"resource_groups": ["nowhere"]}),
    ("unknown-of-two", 300, "resource group not found[rg=nowhere]", {"replica_number": 2, "resource_groups": [DEFAULT_GROUP, "nowhere"]}),
    ("two-groups", 1100, "resource group num can only be 0, 1 or same as replica number", {"resource_groups": [DEFAULT_GROUP, "nowhere"]}),
    ("two-of-three", 1100, "resource group num can only be 0, 1 or same as replica number", {"replica_number": 3, "resource_groups": [DEFAULT_GROUP] * 2}),
    ("two-of-two", 304, "resource group node not enough", {"replica_number": 2, "resource_groups": [DEFAULT_GROUP] * 2}),
):  # fmt: skip
    case("42", f"group-{name}", code, phrase, lambda w, m=members: w.send("LoadCollection", collection_name=w.name, **m), lambda w: w.own(load=False))
    case("42", f"group-{name}-partitions", code, phrase,
         lambda w, m=members: w.send("LoadPartitions", collection_name=w.name, partition_names=["_default"], **m), lambda w: w.own(load=False))  # fmt: skip
for name, code, phrase, properties in (
    ("replicas", 304, "resource group node not enough", {"collection.replica.number": "2"}),
    ("group", 300, "resource group not found[rg=nowhere]", {"collection.resource_groups": "nowhere"}),
    ("groups", 1100, "resource group num can only be 0, 1 or same as replica number", {"collection.resource_groups": f"{DEFAULT_GROUP}, nowhere"}),
):  # fmt: skip
    case("42", f"property-{name}", code, phrase, lambda w: w.send("LoadCollection", collection_name=w.name),
         lambda w, p=properties: w.own(load=False, properties=pairs(p)))  # fmt: skip
# ---- 43 to 51: indexes


def unindexed(w):
    w.own(fields=[KEY, field("tag", VARCHAR, max_length=8), field("j", JSON), field("f", FLOAT), VECTOR], index=False)


case("43", "other-type", 1100, "at most one distinct index is allowed per field", lambda w: w.index(target=w.base, index_type="HNSW", metric_type="L2"))
case("43", "other-metric", 1100, "at most one distinct index is allowed per field", lambda w: w.index(target=w.base, index_type="FLAT", metric_type="IP"))
case("44", "loaded", 1100, "vector index cannot be dropped on loaded collection: ", lambda w: w.send("DropIndex", collection_name=w.base, index_name="vector"))
case("45", "loaded", 104, "can't alter index on loaded collection, please release the collection first",
     lambda w: w.send("AlterIndex", collection_name=w.base, index_name="vector", extra_params=pairs({"mmap.enabled": "true"})))  # fmt: skip
case("45", "key", 1100, "nlist is not a configable index property",
     lambda w: w.send("AlterIndex", collection_name=w.name, index_name="vector", extra_params=pairs({"nlist": 5})), lambda w: w.own(load=False))  # fmt: skip
case("46", "name", 700, "index not found[indexName=nothing]", lambda w: w.send("DescribeIndex", collection_name=w.base, index_name="nothing"))
case("46", "none", 700, "index not found[collection=", lambda w: w.send("DescribeIndex", collection_name=w.name), unindexed)
case("47", "unknown", 1100, "cannot create index on non-exist field: nothing", lambda w: w.index("nothing", target=w.base, index_type="FLAT"))
for name in ("WARP", "hybrid", "HNSW2"):
    case("48", name, 1100, f"invalid index type: {name}", lambda w, n=name: w.index(index_type=n, metric_type="L2"), unindexed)
case("48", "scalar", 1100, "invalid index type: WARP", lambda w: w.index("tag", index_type="WARP"), unindexed)
for name in ("BIN_FLAT", "SPARSE_INVERTED_INDEX", "INVERTED", "MINHASH_LSH"):
    case("48", f"float-{name}", 1100, f"data type FloatVector can't build with this index {name}", lambda w, n=name: w.index(index_type=n), unindexed)
for name, f, phrase in (
    ("Trie", "f", "TRIE are only supported on varchar field"), ("STL_SORT", "j", "STL_SORT are only supported on numeric, varchar or timestamptz field"),
    ("BITMAP", "f", "bitmap index are only supported on bool, int, string and array field"), ("BITMAP", "id", "create bitmap index on primary key not supported"),
    ("NGRAM", "f", "Ngram index can only be created on VARCHAR or JSON field"), ("NGRAM", "tag", "Ngram index must specify both min_gram and max_gram"),
    ("RTREE", "tag", "RTREE index can only be built on geometry field"),
):  # fmt: skip
    case("48", f"{name}-{f}", 1100, phrase, lambda w, n=name, f=f: w.index(f, index_type=n), unindexed)
case("48", "json-cast", 1101, "json index must specify cast type", lambda w: w.index("j", index_type="INVERTED"), unindexed)


def vector_of_type(w, data_type, **params):
    w.own(fields=[KEY, field("vector", data_type, **params)], index=False)


case("48", "int8", 1100, "data type Int8Vector can't build with this index IVF_FLAT", lambda w: w.index(index_type="IVF_FLAT"), lambda w: vector_of_type(w, INT8_VECTOR, dim=8))
for metric in ("HAMMING", "JACCARD", "BM25", "WARP"):
    case("49", f"float-{metric}", 1100, f"float vector index does not support metric type: {metric}", lambda w, m=metric: w.index(index_type="FLAT", metric_type=m), unindexed)
case("49", "binary", 1100, "binary vector index does not support metric type: L2", lambda w: w.index(index_type="BIN_FLAT", metric_type="L2"), lambda w: vector_of_type(w, BINARY_VECTOR, dim=8))
case("49", "sparse", 1100, "only IP&BM25 is the supported metric type for sparse index",
     lambda w: w.index(index_type="SPARSE_INVERTED_INDEX", metric_type="L2"), lambda w: vector_of_type(w, SPARSE_VECTOR))  # fmt: skip
case("49", "sparse-bm25", 1100, "only BM25 Function output field support BM25 metric type",
     lambda w: w.index(index_type="SPARSE_INVERTED_INDEX", metric_type="BM25"), lambda w: vector_of_type(w, SPARSE_VECTOR))  # fmt: skip
for name, kind, params, phrase in (
    ("nlist-0", "IVF_FLAT", {"nlist": 0}, "Out of range in json: param 'nlist' (0) should be in range [1, 65536]"),
    ("nlist-over", "IVF_FLAT", {"nlist": 65537}, "Out of range in json: param 'nlist' (65537) should be in range [1, 65536]"),
    ("M-1", "HNSW", {"M": 1}, "Out of range in json: param 'M' (1) should be in range [2, 2048]"),
    ("M-over", "HNSW", {"M": 2049}, "Out of range in json: param 'M' (2049) should be in range [2, 2048]"),
    ("M-giant", "HNSW", {"M": 10**15}, "Out of range in json: param 'M' ("),
    ("ef-0", "HNSW", {"efConstruction": 0}, "Out of range in json: param 'efConstruction' (0) should be in range [1, 2147483647]"),
    ("M-text", "HNSW", {"M": "x"}, "invalid integer value, key: 'M', value: 'x'"),
    ("m-fraction", "IVF_PQ", {"m": 16.0}, "wrong data type in json, key: 'm', value: '16.0'"),
    ("m-missing", "IVF_PQ", {}, "param 'm' not exist in json"),
    ("refine", "HNSW_SQ", {"refine": "maybe"}, "should be a boolean"),
):  # fmt: skip
    case("50", f"build-{name}", 1100, phrase, lambda w, k=kind, p=params: w.index(index_type=k, metric_type="L2", params=p), unindexed)
    if params:
        case("50", f"flat-{name}", 1100, phrase, lambda w, k=kind, p=params: w.index(index_type=k, metric_type="L2", **p), unindexed)


def indexed_as(kind, **params):
    def prepare(w):
        w.own(index=False)
        expect_ok(w.index(index_type=kind, metric_type="L2", params=params))
        expect_ok(w.send("LoadCollection", collection_name=w.name))

    return prepare


for name, kind, params, phrase in (
    ("nprobe-0", "IVF_FLAT", {"nprobe": 0}, "Out of range in json: param 'nprobe' (0) should be in range [1, 65536]"),
    ("nprobe-over", "IVF_FLAT", {"nprobe": 65537}, "Out of range in json: param 'nprobe' (65537) should be in range [1, 65536]"),
    ("nprobe-text", "IVF_FLAT", {"nprobe": "x"}, "Type conflict in json: param 'nprobe' (\"x\") should be"),
    ("ef-bool", "HNSW", {"ef": True}, "Type conflict in json: param 'ef' (true) should be integer"),
    ("ef-0", "HNSW", {"ef": 0}, "Out of range in json: param 'ef' (0)"),
    ("ef-small", "HNSW", {"ef": 5}, "ef(5) should be larger than k(10)"),
):  # fmt: skip
    case("50", f"search-{name}", (1100, 65535), phrase, lambda w, p=params: w.search({"params": p}, target=w.name), indexed_as(kind))
case("51", "nested", 1100, "only metric type can be passed when use AutoIndex", lambda w: w.index(index_type="AUTOINDEX", metric_type="L2", params={"M": 8}), unindexed)
case("51", "flat", 1100, "only metric type can be passed when use AutoIndex", lambda w: w.index(index_type="AUTOINDEX", metric_type="L2", nlist=8), unindexed)
case("51", "no-type", 1100, "only metric type can be passed when use AutoIndex", lambda w: w.index(metric_type="L2", M=8), unindexed)
case("51", "too-large", 1102, "parameter too large", lambda w: w.index(index_type="HNSW", metric_type="L2", note="x" * (100 * 1024)), unindexed)

# ---- 52 to 62: reads

for topk in (0, -1, 16385, 2**31, 2**62):
    case("52", f"topk-{topk}", 1100, f"topk [{topk}] is invalid, it should be in range [1, 16384], but got {topk}", lambda w, k=topk: w.search({"topk": k}))
case("52", "topk-giant", 1100, "topk [", lambda w: w.search({"topk": 10**30}))
case("52", "offset-sum", 1100, "offset+topk [16390] is invalid, ", lambda w: w.search({"topk": 10, "offset": 16380}))
case("52", "offset-negative", 1100, "offset [-1] is invalid", lambda w: w.search({"offset": -1}))
case("52", "offset-over", 1100, "offset [16385] is invalid", lambda w: w.search({"offset": 16385}))
for limit, offset, total in ((16385, None, 16385), (10, 16380, 16390), (2**40, None, 2**40)):
    case("53", f"window-{total}", 1100, f"invalid max query result window, (offset+limit) should be in range [1, 16384], but got {total}",
         lambda w, n=limit, o=offset: w.query(params={"limit": n, "offset": o}))  # fmt: skip
for limit in (0, -5):
    case("53", f"limit-{limit}", 1100, f"limit [{limit}] is invalid, should be greater than 0", lambda w, n=limit: w.query(params={"limit": n}))
case("54", "over", 1100, "nq [16385] is invalid, nq (number of search vector per search request) should be in range [1, 16384], but got 16385", lambda w: w.search(vectors=[ZERO] * 16385))
case("54", "none", 1100, "nq [0] is invalid, nq (number of search vector per search request) should be in range [1, 16384], but got 0", lambda w: w.search(vectors=[]))
for digits in (7, -2, "1.5", "x"):
    case("55", str(digits), 1100, f"round_decimal [{digits}] is invalid, should be -1 or an integer in range [0, 6]", lambda w, d=digits: w.search({"round_decimal": d}))
case("56", "none-chosen", 1100, "multiple anns_fields exist, please specify a anns_field in search_params",
     lambda w: w.search({"anns_field": None}, target=w.name), lambda w: w.own(fields=[KEY, vector_field("a"), vector_field("b")]))  # fmt: skip
for metric in ("IP", "COSINE"):
    case("57", metric, (1100, 65535), f"metric type not match: invalid parameter[expected=L2][actual={metric}]", lambda w, m=metric: w.search({"metric_type": m}))
for dim in (1, DIM - 1, DIM + 1):
    case("58", f"dim-{dim}", (65535, *range(2000, 2100)), f"vector dimension mismatch, expected vector size(byte) {4 * DIM}, actual {4 * dim}", lambda w, d=dim: w.search(vectors=[[0.0] * d]))
case("59", "empty", 1100, "empty expression should be used with limit", lambda w: w.query(""))
case("59", "blank", 1100, "empty expression should be used with limit", lambda w: w.query("  "))
case("60", "limit", 1100, "count entities with pagination is not allowed", lambda w: w.query("", output_fields=["count(*)"], params={"limit": 5}))
case("61", "query", 1100, "field nothing not exist", lambda w: w.query(output_fields=["nothing"]))
case("61", "search", 1100, "field nothing not exist", lambda w: w.search(output_fields=["nothing"]))
case("61", "subkey", 1100, 'parse output field name failed: j["a"]', lambda w: w.query(target=w.typed, output_fields=['j["a"]']))

FILTERS = {
    "half": ("id > ", ""), "unclosed": ("(id > 5", ""), "text": ("hello world", ""), "unknown": ("nothing == 1", "field nothing not exist"),
    "not-boolean": ("id", "predicate is not a boolean expression"), "arithmetic": ("id + 1", "predicate is not a boolean expression"),
    "compare": ('id == "a"', ""), "float-for-int": ("id == 1.5", ""), "in-scalar": ("id in 5", "the right-hand side of 'in' must be a list"),
    "range": ("20 < id < 10", "invalid range: lowerbound is greater than upperbound"), "exists": ("exists tag", "exists operations are only supportted on json field"),
    "like": ("id like 'a%'", "like operation on non-string or no-json field is unsupported"), "line": ("id > 5 and and id < 3", "line 1:11"),
    "vector-null": ("vector is null", "IsNull/IsNotNull operations are not supported on vector fields"), "null": ("tag == null", "is null"),
    "template": ("id == {x}", ""), "division": ("id / 0 == 1", ""), "shift": ("id << 1 == 2", ""), "large": ("id == 9223372036854775808", ""),
    "two-fields": ("id + number == 3", ""), "accessor": ('tag["a"] == 1', ""), "utf8": ("标题 == 1", ""), "nul": ("id == 1\x00", ""),
}  # fmt: skip
for name, (filter, phrase) in FILTERS.items():
    case("62", f"query-{name}", 1100, (f"failed to create query plan: cannot parse expression: {filter}", phrase), lambda w, f=filter: w.query(f))
    case("62", f"search-{name}", 1100, (f"failed to create query plan: cannot parse expression: {filter}", phrase), lambda w, f=filter: w.search(filter=f))
    case("62", f"delete-{name}", 1100, (f"failed to create delete plan: cannot parse expression: {filter}", phrase), lambda w, f=filter: w.raw.delete(w.base, f))
for name, filter in {"empty": "", "true": "true"}.items():
    case("62", f"delete-everything-{name}", 1100, "delete plan can't be empty or always true", lambda w, f=filter: w.raw.delete(w.base, f))

# ---- 63 to 71: writes

for method in ("Insert", "Upsert"):
    for name, changes, phrase in (
        ("63-field", {"number": None}, "fieldSchema(number) has no corresponding fieldData pass in"),
        ("63-vector", {"vector": None}, "fieldSchema(vector) has no corresponding fieldData pass in"),
        ("64-ascii", {"tag": column("tag", VARCHAR, ["x", "y" * 33])}, "length of varchar field tag exceeds max length, row number: 1, length: 33, max length: 32"),
        ("64-bytes", {"tag": column("tag", VARCHAR, ["ü" * 17, "y"])}, "length of varchar field tag exceeds max length, row number: 0, length: 34, max length: 32"),
        ("64-giant", {"tag": column("tag", VARCHAR, ["x", "y" * 2**22])}, "length of varchar field tag exceeds max length, row number: 1, length: 4194304, max length: 32"),
        ("67-fewer", {"number": column("number", INT64, [1])}, "the num_rows (1) of field (number) is not equal to passed num_rows (2)"),
        ("67-more", {"tag": column("tag", VARCHAR, ["x"] * 3)}, "the num_rows (3) of field (tag) is not equal to passed num_rows (2)"),
        ("67-vectors", {"vector": vector_column("vector", [ZERO])}, "the num_rows (1) of field (vector) is not equal to passed num_rows (2)"),
        ("68-half", {"vector": vector_column("vector", [[0.0] * 4] * 2)}, f"the dim (4) of field data(vector) is not equal to schema dim ({DIM})"),
        ("68-double", {"vector": vector_column("vector", [[0.0] * 16] * 2)}, f"the dim (16) of field data(vector) is not equal to schema dim ({DIM})"),
        ("69-nan", {"vector": vector_column("vector", [ZERO, ZERO[1:] + [float("nan")]])}, "value 'NaN' is not a number or infinity"),
        ("69-inf", {"vector": vector_column("vector", [ZERO, ZERO[1:] + [float("inf")]])}, "is not a number or infinity"),
    ):  # fmt: skip
        row, _, name = name.partition("-")
        case(row, f"{method}-{name}", 1100, phrase, lambda w, m=method, c=changes: w.insert(m, **c))
case("65", "long", 1100, "array length exceeds max capacity",
     lambda w: w.raw.insert(w.name, [column("id", INT64, [1]), array_column("a", INT64, [[1, 2, 3]]), vector_column("vector", [ZERO])], 1),
     lambda w: w.own(fields=[KEY, array_field(INT64, max_capacity=2), VECTOR]))  # fmt: skip


OVERFLOW = "invalid parameter[expected=integer doesn't overflow][actual=out of range]"
for name, data_type, value, bounds in (("i8", INT8, 128, "-128, 127"), ("i8", INT8, -129, "-128, 127"), ("i16", INT16, 32768, "-32768, 32767"), ("i16", INT16, 2**31 - 1, "-32768, 32767")):
    case("66", f"{name}-{value}", 1100, f"the 0th element ({value}) out of range: [{bounds}]: {OVERFLOW}",
         lambda w, n=name, t=data_type, v=value: w.insert_typed(**{n: column(n, t, [v])}))  # fmt: skip


def third_row_overflows(w):
    fields = [KEY, field("i8", INT8), VECTOR]
    w.own(fields=fields)


case("66", "row-index", 1100, f"the 2th element (300) out of range: [-128, 127]: {OVERFLOW}",
     lambda w: w.raw.insert(w.name, [column("id", INT64, [1, 2, 3]), column("i8", INT8, [1, 2, 300]), vector_column("vector", [ZERO] * 3)], 3), third_row_overflows)  # fmt: skip
case("69", "float", 1100, "value 'NaN' is not a number or infinity", lambda w: w.insert_typed(f=column("f", FLOAT, [float("nan")])))
case("69", "double", 1100, "is not a number or infinity", lambda w: w.insert_typed(d=column("d", DOUBLE, [float("-inf")])))
case("69", "query-vector", (1100, 65535), "is not a number or infinity", lambda w: w.search(vectors=[[float("nan")] + ZERO[1:]]))


def auto_id(w):
    w.own(fields=[field("id", INT64, primary=True, auto_id=True), VECTOR])


case("70", "insert", 1100, "can not assign primary field data when auto id enabled and allow_insert_auto_id is false",
     lambda w: w.raw.insert(w.name, [column("id", INT64, [1]), vector_column("vector", [ZERO])], 1), auto_id)  # fmt: skip
case("71", "no-key", 1100, "must assign pk when upsert, primary field: id", lambda w: w.raw.upsert(w.name, [vector_column("vector", [ZERO])], 1), auto_id)
case("71", "twice", 1100, "duplicate primary keys are not allowed in the same batch", lambda w: w.insert("Upsert", id=column("id", INT64, [7, 7])))
case("merr-109", "schema", 109, "collection schema mismatch", lambda w: stale_schema(w))


def stale_schema(w):
    if "schema_timestamp" not in milvus_pb2.InsertRequest.DESCRIPTOR.fields_by_name:
        pytest.skip("this client does not know schema_timestamp")
    return w.insert(schema_timestamp=1)


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

# ---- the requests


@pytest.fixture(scope="module")
def shared_world(shared_server):
    shared_server.start_unless_alive()
    world = World(shared_server.address)
    yield world
    for name in (world.base, world.typed):
        if shared_server.alive():
            world.raw.call("DropCollection", milvus_pb2.DropCollectionRequest(collection_name=name))


@pytest.fixture
def world(server, shared_world):
    shared_world.drop_alias = False
    yield shared_world
    if shared_world.drop_alias:
        shared_world.send("DropAlias", alias=shared_world.alias)
    shared_world.clean()


def not_built(row, reason):
    assert row in UNBUILT, f"row {row} needs what is not built: {reason}"
    pytest.skip(f"not built: {reason}")


@pytest.mark.parametrize("row,codes,phrases,call,prepare,legacy,input_error", CASES)
def test_row(world, row, codes, phrases, call, prepare, legacy, input_error):
    try:
        if prepare is not None:
            prepare(world)
    except (grpc.RpcError, AssertionError) as error:
        shown = error.details() if isinstance(error, grpc.RpcError) else str(error)
        if "not implemented" in shown:
            not_built(row, shown)
        raise
    before = world.state()
    try:
        status = status_of(call(world))
    except grpc.RpcError as error:
        check(error.code() == grpc.StatusCode.UNIMPLEMENTED, f"a failure must not be a gRPC error: {error.code()} {error.details()}")
        not_built(row, error.details())
    if status.code == 10 and "not implemented" in status.reason and 10 not in codes:
        not_built(row, status.reason)
    CHECKS["cases"] += 1
    shown = f"code {status.code}, legacy {status.error_code}, reason {status.reason!r}"
    check(status.code in codes, f"expected code {codes}: {shown}")
    check(status.error_code == (LEGACY.get(status.code, 1) if legacy is None else legacy), f"legacy code: {shown}")
    for phrase in phrases:
        check(phrase in status.reason, f"expected the phrase {phrase!r}: {shown}")
    if row == "1b":
        check(status.reason == phrases[0], f"the whole reason is known to old clients: {shown}")
    check(status.detail == status.reason, f"detail {status.detail!r}: {shown}")
    flagged = status.extra_info.get("is_input_error") == "true"
    if status.code in INPUT_ERRORS or input_error:
        check(flagged, f"an input error says so: {shown}")
    check(status.retriable == (status.code in RETRIABLE and not flagged), f"retriable {status.retriable}: {shown}")
    check(len(status.reason) < 16384, "a reason that fits into a header")
    check(world.state() == before, "the request was refused and changed something")
    check(world.serves(), "the server does not serve")


# ---- 33 and the other requests that look like errors and are none

NO_ERRORS = {
    "14-identical": lambda w: w.raw.create_collection(w.base, [field("id", INT64, primary=True), field("tag", VARCHAR, max_length=32), field("number", INT64), vector_field()]),
    "33-collection": lambda w: w.send("DropCollection", collection_name="nowhere"),
    "33-collection-of-absent-db": lambda w: w.send("DropCollection", collection_name="nowhere", db_name="nowhere"),
    "33-partition": lambda w: w.send("DropPartition", collection_name=w.base, partition_name="nowhere"),
    "33-alias": lambda w: w.send("DropAlias", alias="nobody"),
    "33-database": lambda w: w.send("DropDatabase", db_name="nowhere"),
    "33-index": lambda w: w.send("DropIndex", collection_name=w.base, index_name="nothing"),
    "33-release": lambda w: w.send("ReleaseCollection", collection_name=w.own(load=False)),
    "43-identical": lambda w: w.index(target=w.base, index_type="FLAT", metric_type="L2"),
    "1-load-state": lambda w: w.send("GetLoadState", collection_name="nowhere"),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_ERRORS)
def test_no_error(world, name):
    row = name.partition("-")[0]
    before = world.state()
    try:
        answer = NO_ERRORS[name](world)
    except grpc.RpcError as error:
        check(error.code() == grpc.StatusCode.UNIMPLEMENTED, f"{error.code()} {error.details()}")
        not_built(row, error.details())
    CHECKS["cases"] += 1
    check(status_of(answer).code == 0 and status_of(answer).error_code == 0, status_of(answer).reason)
    after = world.state()
    if world.mine:
        after = {k: v for k, v in after.items() if k in before}
        after["collections"] = before["collections"]
    check(after == before, "something changed")


def test_every_row_is_here_or_has_a_reason(record_property):
    covered = {p.values[0] for p in CASES} | {name.partition("-")[0] for name in NO_ERRORS}
    rows = {str(n) for n in range(1, 81)} | {"1b"}
    assert rows - covered == set(NOT_COVERED), sorted(rows - covered)
    assert not covered & set(NOT_COVERED)
    record_property("cases", CHECKS["cases"])
    record_property("assertions", CHECKS["assertions"])
    print(f"error contract: {len(CASES) + len(NO_ERRORS)} cases, {CHECKS['cases']} run, {CHECKS['assertions']} assertions")
