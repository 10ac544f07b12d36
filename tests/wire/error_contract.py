"""What the tests of the error contract share (test_error_*.py): cases, the collections that they use, the check of one.

A case is a row of the table of frequently asserted situations (its number is the first part of the test's id), the
expected code, the phrases that the reason must contain, and a function that sends the request below the client. What a
case needs beforehand is made by its `prepare`; the state of the server is compared before and after the request.

Where a request needs an RPC or a feature that is not built, the case is skipped if its row stands in UNBUILT, and fails
otherwise. Rows that no case covers stand in NOT_COVERED with the reason.
"""

import uuid

import grpc
import pytest
from conftest import DIM
from pymilvus.grpc_gen import milvus_pb2
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
    column,
    expect_ok,
    field,
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
    "77": "grouping is not built",
}  # fmt: skip
NOT_COVERED = {
    "72": "users are not built",
    "73": "users are not built",
    "74": "roles are not built",
    "75": "roles are not built",
}

CHECKS = {"cases": 0, "assertions": 0}


class Case:
    def __init__(self, row, codes, phrases, call, prepare=None, legacy=None, input_error=None):
        self.row, self.call, self.prepare, self.legacy, self.input_error = row, call, prepare, legacy, input_error
        self.phrases = (phrases,) if isinstance(phrases, str) else tuple(phrases)
        self.codes = (codes,) if isinstance(codes, int) else tuple(codes)

    def check(self, world):
        check_row(world, self)


class Cases(list):
    """The cases of one file; called with row, name and what a Case takes, it adds one."""

    def __call__(self, row, name, *more, **members):
        self.append(pytest.param(Case(row, *more, **members), id=f"{row}-{name}"))


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
            denials = [p.key for p in self.send("DescribeDatabase", db_name=name).properties if "force.deny" in p.key]
            if denials:
                self.send("AlterDatabase", db_name=name, delete_keys=denials)
            for inner in self.send("ShowCollections", db_name=name).collection_names:
                self.send("DropCollection", db_name=name, collection_name=inner)
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
ABSENT = "collection not found[database=default][collection=nowhere]"


def array_field(element, **params):
    return with_members(field("a", ARRAY, **params), element_type=element)


def part_key(name, data_type, **members):
    return with_members(field(name, data_type, **members.pop("params", {})), is_partition_key=True, **members)


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


def check_row(world, case):
    row, codes, phrases, legacy = case.row, case.codes, case.phrases, case.legacy
    try:
        if case.prepare is not None:
            case.prepare(world)
    except (grpc.RpcError, AssertionError) as error:
        shown = error.details() if isinstance(error, grpc.RpcError) else str(error)
        if "not implemented" in shown:
            not_built(row, shown)
        raise
    before = world.state()
    try:
        status = status_of(case.call(world))
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
    if status.code in INPUT_ERRORS or case.input_error:
        check(flagged, f"an input error says so: {shown}")
    check(status.retriable == (status.code in RETRIABLE and not flagged), f"retriable {status.retriable}: {shown}")
    check(len(status.reason) < 16384, "a reason that fits into a header")
    check(world.state() == before, "the request was refused and changed something")
    check(world.serves(), "the server does not serve")
