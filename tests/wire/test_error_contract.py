"""Error contract: requests that look like errors and are none, and that every row has a case (test_error_*.py)."""

import grpc
import pytest
import test_error_indexes
import test_error_loading
import test_error_names
import test_error_properties
import test_error_reads
import test_error_schemas
import test_error_writes
from error_contract import CHECKS, NOT_COVERED, check, not_built, shared_world, vector_field, world  # noqa: F401
from raw import INT64, VARCHAR, field, status_of

MODULES = (
    test_error_names, test_error_schemas, test_error_loading, test_error_indexes, test_error_reads, test_error_writes,
    test_error_properties,
)  # fmt: skip

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
    cases = [param.values[0] for module in MODULES for param in module.case]
    covered = {case.row for case in cases} | {name.partition("-")[0] for name in NO_ERRORS}
    rows = {str(n) for n in range(1, 81)} | {"1b"}
    assert rows - covered == set(NOT_COVERED), sorted(rows - covered)
    assert not covered & set(NOT_COVERED)
    record_property("cases", CHECKS["cases"])
    record_property("assertions", CHECKS["assertions"])
    print(f"error contract: {len(cases) + len(NO_ERRORS)} cases, {CHECKS['cases']} run, {CHECKS['assertions']} assertions")
