"""Error contract, rows 63 to 71: writes."""

import pytest
from conftest import DIM
from error_contract import Cases, KEY, VECTOR, ZERO, array_field, shared_world, world  # noqa: F401
from pymilvus.grpc_gen import milvus_pb2
from raw import DOUBLE, FLOAT, INT16, INT64, INT8, VARCHAR, array_column, column, field, vector_column

case = Cases()

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


@pytest.mark.parametrize("wanted", case)
def test_row(world, wanted):
    wanted.check(world)
