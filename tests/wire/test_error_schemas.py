"""Error contract, rows 14 to 31: schemas."""

import pytest
from error_contract import BINARY_VECTOR, Cases, KEY, SPARSE_VECTOR, VECTOR, ZERO, array_field, part_key, shared_world, vector_field, with_members, world  # noqa: F401
from raw import BOOL, DOUBLE, FLOAT, FLOAT_VECTOR, INT16, INT64, INT8, JSON, VARCHAR, column, field, vector_column, expect_ok, pairs

case = Cases()

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


for capacity in (0, 4097):
    case("26", str(capacity), 1100, "the maximum capacity specified for a Array should be in (0, 4096]", lambda w, n=capacity: w.create(KEY, array_field(INT64, max_capacity=n), VECTOR))
case("26", "missing", (1100, 1101), "type param(max_capacity) should be specified for array field", lambda w: w.create(KEY, array_field(INT64), VECTOR))
case("27", "json", 1100, "element type JSON is not supported", lambda w: w.create(KEY, array_field(JSON, max_capacity=4), VECTOR))
case("28", "fields", 1100, "maximum field's number should be limited to 64", lambda w: w.create(KEY, *[field(f"a{i}", INT64) for i in range(63)], VECTOR))
case("28", "vectors", 1100, "maximum vector field's number should be limited to 10", lambda w: w.create(KEY, *[vector_field(f"v{i}", 4) for i in range(11)]))
case("29", "17", 1100, "maximum shards's number should be limited to 16", lambda w: w.create(KEY, VECTOR, shards_num=17))
case("29", "huge", 1100, "maximum shards's number should be limited to 16", lambda w: w.create(KEY, VECTOR, shards_num=2**31 - 1))


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
for name, at in (("create", "CreatePartition"), ("drop", "DropPartition")):
    case("30", f"manual-{name}", 1100, f"disable {name} partition if partition key mode is used",
         lambda w, rpc=at: w.send(rpc, collection_name=w.name, partition_name="_default_0"), partition_key_collection)  # fmt: skip
for name, read in (("search", lambda w: w.search(target=w.name, partition_names=["_default_0"])), ("query", lambda w: w.query(target=w.name, partition_names=["_default_0"]))):
    case("30", f"manual-{name}", 1100, "not support manually specifying the partition names if partition key mode is used", read, partition_key_collection)
case("30", "manual-delete", 1100, "not support manually specifying the partition names if partition key mode is used",
     lambda w: w.raw.delete(w.name, "id in [1]", partition_name="_default_0"), partition_key_collection)  # fmt: skip
case("30", "other-count", 1100, "create duplicate collection with different parameters, collection: ",
     lambda w: w.create(KEY, part_key("a", INT64), VECTOR, name=w.name, num_partitions=3), partition_key_collection)  # fmt: skip
case("30", "isolation-without", 1100, "partition key isolation mode is enabled but no partition key field is set",
     lambda w: w.create(KEY, VECTOR, properties=pairs({"partitionkey.isolation": "true"})))  # fmt: skip


def isolated(w):
    w.own(fields=[KEY, part_key("a", INT64), VECTOR], properties=pairs({"partitionkey.isolation": "true"}), index=False)
    expect_ok(w.index(index_type="HNSW", metric_type="L2"))
    expect_ok(w.send("LoadCollection", collection_name=w.name))


for name, filter, phrase in (
    ("none", "", "partition key not found in expr or the expr is invalid when validating partition key isolation"),
    ("other", "id > 1", "partition key not found in expr or the expr is invalid when validating partition key isolation"),
    ("or", "a == 1 or id > 1", "partition key isolation does not support OR"), ("in", "a in [1, 2]", "partition key isolation does not support IN"),
    ("range", "1 < a < 5", "partition key isolation does not support BinaryRange"),
):  # fmt: skip
    case("30", f"isolation-{name}", 1100, phrase, lambda w, f=filter: w.search(target=w.name, filter=f), isolated)
case("30", "isolation-altered", 1100, "can not alter partition key isolation mode if the collection already has a vector index",
     lambda w: w.send("AlterCollection", collection_name=w.name, properties=pairs({"partitionkey.isolation": "false"})), isolated)  # fmt: skip


def cluster_key(name, data_type, **params):
    return with_members(field(name, data_type, **params), is_clustering_key=True)


case("merr-107", "vector", 107, "vector clustering key not allowed[collectionName=fresh]", lambda w: w.create(KEY, cluster_key("v", FLOAT_VECTOR, dim=8)))
case("merr-107", "two", 1100, "there are more than one clustering key", lambda w: w.create(KEY, cluster_key("a", INT64), cluster_key("b", INT64), VECTOR))
case("merr-107", "type", 1100, "the data type of clustering key should be", lambda w: w.create(KEY, cluster_key("a", JSON), VECTOR))
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


@pytest.mark.parametrize("wanted", case)
def test_row(world, wanted):
    wanted.check(world)
