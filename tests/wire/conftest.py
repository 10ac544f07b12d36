"""Fixtures of the wire tests: one server for the session, a client and a name for each test.

Binary: --redkite-bin, else REDKITE_BIN, else build/release/bin/redkite. A server that dies in a test fails that test
and is started again for the next one.
"""

import pathlib
import sys
import uuid

import pymilvus
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from pymilvus import DataType, MilvusClient  # noqa: E402
from server_process import ServerProcess, default_binary  # noqa: E402

CLIENT = tuple(int(part) for part in pymilvus.__version__.split(".")[:2])

DIM = 8


def pytest_addoption(parser):
    parser.addoption("--rest", action="store_true", help="with REST beside the client: both must do and say the same")
    parser.addoption("--async", action="store_true", help="with the asynchronous client, where it has the method")
    parser.addoption("--redkite-bin", default=None, help="the server binary")
    parser.addoption("--model-steps", type=int, default=250, help="steps of the randomised comparison with the model")
    parser.addoption("--model-seed", type=int, default=None, help="seed of the randomised comparison with the model")


@pytest.fixture(scope="session")
def binary(pytestconfig):
    path = pathlib.Path(pytestconfig.getoption("--redkite-bin") or default_binary())
    if not path.exists():
        pytest.exit(f"no server binary at {path}: build it, or pass --redkite-bin", returncode=2)
    return path


@pytest.fixture(scope="session")
def shared_server(binary, tmp_path_factory):
    server = ServerProcess(tmp_path_factory.mktemp("shared") / "data", binary)
    yield server
    server.kill()


@pytest.fixture
def server(shared_server):
    """The server that all tests share, running; it must still run when the test ends."""
    shared_server.start_unless_alive()
    yield shared_server
    if not shared_server.alive():
        code = shared_server.process.wait()
        shared_server.process = None
        pytest.fail(f"the server ended during the test, exit code {code}\n{shared_server.output(4000)}")


@pytest.fixture
def own_server(binary, tmp_path):
    """A server of this test alone, not yet started."""
    server = ServerProcess(tmp_path / "data", binary)
    yield server
    server.kill()


@pytest.fixture(scope="session")
def new_client(pytestconfig):
    """The class of clients that this run tests."""
    if pytestconfig.getoption("--rest"):
        from rest_client import RestClient

        return RestClient
    if not pytestconfig.getoption("--async"):
        return MilvusClient
    from async_client import AwaitingClient

    return AwaitingClient


@pytest.fixture
def client(server, new_client):
    client = new_client(uri=server.uri)
    yield client
    if CLIENT != (2, 5):  # whose clients of one address share a connection
        client.close()


@pytest.fixture
def name(client):
    """A collection name of this test; what was created under it is dropped afterwards."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    yield name
    client.drop_collection(name)


@pytest.fixture(params=["growing", "sealed", "restarted"])
def settled(request, own_server, new_client):
    """Brings the rows of a collection to where they shall be read; returns the client to read with."""
    own_server.start()
    clients = [new_client(uri=own_server.uri)]

    def settle(name):
        if request.param != "growing":
            clients[-1].flush(name)
        if request.param == "restarted":
            clients[-1].close()
            own_server.kill()
            own_server.start()
            clients.append(new_client(uri=own_server.uri))
        return clients[-1]

    yield clients[0], settle
    clients[-1].close()


def simple_schema(client, dim=DIM, dynamic=False):
    """An Int64 key `id`, `tag` VarChar, `number` Int64 and a float vector `vector`."""
    schema = client.create_schema(auto_id=False, enable_dynamic_field=dynamic)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("tag", DataType.VARCHAR, max_length=32)
    schema.add_field("number", DataType.INT64)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dim)
    return schema


def simple_row(i, **changes):
    row = {"id": i, "tag": f"tag{i % 5}", "number": i * 10, "vector": [float(i), 1.0] + [0.0] * (DIM - 2)}
    row.update(changes)
    return row


def vector_index(client, index_type="FLAT", metric="L2", **params):
    index = client.prepare_index_params()
    index.add_index(field_name="vector", index_type=index_type, metric_type=metric, params=params)
    return index


def make_collection(client, name, rows=20, index_type="FLAT", metric="L2", dynamic=False, load=True):
    """The simple collection with `rows` rows, indexed and loaded; reads see every write that was answered."""
    schema = simple_schema(client, dynamic=dynamic)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    if rows:
        client.insert(name, [simple_row(i) for i in range(rows)])
    if load:
        client.create_index(name, vector_index(client, index_type, metric))
        client.load_collection(name)
    return name


@pytest.fixture
def simple(client, name):
    """Name of a loaded collection with rows 0..19 as `simple_row` makes them."""
    return make_collection(client, name)


def count(client, name, filter="", **more):
    return client.query(name, filter=filter, output_fields=["count(*)"], **more)[0]["count(*)"]


def ids(rows):
    return sorted(row["id"] for row in rows)

def pytest_terminal_summary(terminalreporter, config):
    if config.getoption("--rest"):
        from rest_client import RestClient

        counts = ", ".join(f"{route} {n}" for route, n in sorted(RestClient.used.items()))
        terminalreporter.write_line(f"through REST: {counts or 'nothing'}")
