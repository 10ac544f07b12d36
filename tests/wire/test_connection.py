"""Connecting, versions, health, databases, RPCs that are not there, and the one port's other protocols."""

import http.client
import re
import time

import grpc
import pytest
from pymilvus import MilvusClient, MilvusException
from pymilvus.grpc_gen import milvus_pb2, milvus_pb2_grpc
from raw import Raw, expect_ok, expect_refused

NOT_BUILT = ["CreateRole", "CreateSnapshot", "HybridSearch", "Import", "RunAnalyzer"]


@pytest.fixture
def raw(server):
    with Raw(server.address) as raw:
        yield raw


def connect(raw, database=""):
    metadata = [("dbname", database)] if database else []
    return raw.call("Connect", milvus_pb2.ConnectRequest(), metadata)


def test_connect_gives_an_identifier_of_its_own(raw):
    answers = [expect_ok(connect(raw)) for _ in range(3)]
    identifiers = {answer.identifier for answer in answers}
    assert 0 not in identifiers and len(identifiers) == 3
    assert re.match(r"v?\d", answers[0].server_info.build_tags)


def test_connect_accepts_the_headers_of_clients(raw):
    metadata = [
        ("dbname", "default"),
        ("identifier", "12345"),
        ("client-request-id", "abc"),
        ("client_request_id", "abc"),
        ("client-request-unixmsec", "1700000000000"),
        ("log_level", "debug"),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("authorization", "cm9vdDpNaWx2dXM="),
    ]
    expect_ok(raw.call("Connect", milvus_pb2.ConnectRequest(), metadata))


def test_connect_to_an_unknown_database(server, raw):
    expect_refused(connect(raw, "nowhere"), 800, "database not found[database=nowhere]")
    with pytest.raises(MilvusException) as refused:
        MilvusClient(uri=server.uri, db_name="nowhere").list_collections()
    assert refused.value.code == 800


def test_version(client):
    assert re.match(r"v?\d", client.get_server_version())


def test_check_health(raw):
    answer = expect_ok(raw.call("CheckHealth", milvus_pb2.CheckHealthRequest()))
    assert answer.isHealthy and not answer.reasons


def test_alloc_timestamp_is_hybrid_and_grows(raw):
    stamps = [expect_ok(raw.call("AllocTimestamp", milvus_pb2.AllocTimestampRequest())).timestamp for _ in range(5)]
    assert stamps == sorted(set(stamps))
    assert abs((stamps[0] >> 18) / 1000 - time.time()) < 60


def test_databases(client, raw):
    assert "default" in client.list_databases()
    assert client.describe_database("default")["name"] == "default"
    answer = raw.call("DescribeDatabase", milvus_pb2.DescribeDatabaseRequest(db_name="nowhere"))
    expect_refused(answer, 800, "database not found[database=nowhere]")


def test_unknown_database_in_a_request(raw):
    request = milvus_pb2.ShowCollectionsRequest(db_name="nowhere")
    expect_refused(raw.call("ShowCollections", request), 800, "database not found[database=nowhere]")


@pytest.mark.parametrize("method", NOT_BUILT)
def test_an_rpc_that_is_not_built_is_refused_by_name(raw, method):
    known = milvus_pb2.DESCRIPTOR.services_by_name["MilvusService"].methods_by_name
    if method not in known:
        pytest.skip(f"{method} is newer than this client")
    request = known[method].input_type._concrete_class()
    try:
        raw.call(method, request)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNIMPLEMENTED
        assert method in error.details()
    else:
        pytest.skip(f"{method} is built")
    expect_ok(connect(raw))


def test_a_method_that_does_not_exist(server, raw):
    for path in ["/milvus.proto.milvus.MilvusService/NoSuchCall", "/no.such.Service/Call", "/"]:
        call = raw.channel.unary_unary(path)
        with pytest.raises(grpc.RpcError) as refused:
            call(b"", timeout=10)
        assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED
    expect_ok(connect(raw))


def test_no_open_call_but_pings(server):
    """Clients ping every 10 s without a call; here every 5 s, over several intervals."""
    options = [
        ("grpc.keepalive_time_ms", 5000),
        ("grpc.keepalive_timeout_ms", 2000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
    ]
    with grpc.insecure_channel(server.address, options=options) as channel:
        stub = milvus_pb2_grpc.MilvusServiceStub(channel)
        states = []
        expect_ok(stub.Connect(milvus_pb2.ConnectRequest(), timeout=10))
        channel.subscribe(states.append)
        time.sleep(18)
        expect_ok(stub.Connect(milvus_pb2.ConnectRequest(), timeout=10))
        assert grpc.ChannelConnectivity.TRANSIENT_FAILURE not in states
        assert grpc.ChannelConnectivity.CONNECTING not in states


def test_grpc_health_service(server):
    with grpc.insecure_channel(server.address) as channel:
        check = channel.unary_unary("/grpc.health.v1.Health/Check")
        assert check(b"", timeout=10) == b"\x08\x01"  # status: SERVING


def http_get(port, path, headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.putrequest("GET", path, skip_host=True)
        for key, value in headers.items():
            connection.putheader(key, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_http_1_answers_on_the_same_port(server):
    status, _ = http_get(server.port, "/", {"Host": server.address})
    assert 200 <= status < 500


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:19530"},
        {"Host": "127.0.0.1", "Origin": "http://evil.example"},
        {"Host": "localhost", "Origin": "null"},
    ],
    ids=["host", "host-port", "origin", "null-origin"],
)
def test_a_foreign_page_in_a_browser_is_refused(server, headers):
    """DNS rebinding and cross-site requests reach a loopback port; only local names may."""
    for port, path in ((server.port, "/"), (server.management_port, "/metrics")):
        status, _ = http_get(port, path, headers)
        assert status in (400, 403, 421), f"port {port}: {status}"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_local_hosts_are_served(server, host):
    status, body = http_get(server.management_port, "/healthz", {"Host": f"{host}:{server.management_port}"})
    assert status == 200, body


def test_metrics(server):
    status, text = server.management_get("/metrics")
    assert status == 200
    samples = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert samples and all(re.match(r"[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})? \S+", line) for line in samples)


def test_management_port_knows_nothing_else(server):
    assert server.management_get("/no/such/page")[0] == 404
