"""The port under bad treatment, and the process: garbage bytes, slow and many connections, signals, options."""

import concurrent.futures
import socket
import struct
import subprocess
import time

import pytest
from conftest import DIM, count, make_collection
from pymilvus import MilvusClient
from raw import Raw, expect_ok

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def header(name, value):
    """A header field in HPACK, literal and not indexed."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def request_headers(*fields):
    return PREFACE + frame(4, 0, 0) + frame(1, 5, 1, b"".join(header(*f) for f in fields))


GOOD = [(b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/x"), (b":authority", b"localhost"), (b"content-type", b"application/grpc"), (b"te", b"trailers")]
PSEUDO = {
    "no-path": [f for f in GOOD if f[0] != b":path"],
    "no-method": [f for f in GOOD if f[0] != b":method"],
    "no-scheme": [f for f in GOOD if f[0] != b":scheme"],
    "path-twice": [*GOOD[:3], (b":path", b"/y"), *GOOD[3:]],
    "pseudo-behind": [*GOOD, (b":path", b"/y")],
    "pseudo-unknown": [(b":color", b"red"), *GOOD],
    "status": [(b":status", b"200"), *GOOD],
    "path-empty": [GOOD[0], GOOD[1], (b":path", b""), *GOOD[3:]],
    "upper-case": [*GOOD, (b"X-Upper", b"1")],
    "connection": [*GOOD, (b"connection", b"keep-alive")],
    "line-break": [*GOOD, (b"x", b"a\r\nb: c")],
    "length-lies": [*GOOD, (b"content-length", b"-1")],
    "empty-name": [*GOOD, (b"", b"x")],
    "method-connect": [(b":method", b"CONNECT"), *GOOD[1:]],
}

GARBAGE = {
    **{f"headers-{name}": request_headers(*fields) for name, fields in PSEUDO.items()},
    "headers-never-ended": PREFACE + frame(4, 0, 0) + frame(1, 1, 1, header(b":method", b"POST")),
    "continuation-empty-flood": PREFACE + frame(4, 0, 0) + frame(1, 1, 1, header(b":method", b"POST")) + frame(9, 0, 1) * 20_000,
    "continuation-of-another": PREFACE + frame(4, 0, 0) + frame(1, 1, 1, header(b":method", b"POST")) + frame(9, 4, 3, b""),
    "hpack-index": PREFACE + frame(4, 0, 0) + frame(1, 5, 1, b"\xff\xff\xff\xff\x0f" * 10),
    "hpack-table-size": PREFACE + frame(4, 0, 0) + frame(1, 5, 1, b"\x3f\xe1\xff\xff\x7f"),
    "hpack-bomb": PREFACE + frame(4, 0, 0) + frame(1, 5, 1, b"\x40\x01a\x7f\x80\x1e" + b"b" * 4000 + b"\xbe" * 8000),
    "priority-of-itself": PREFACE + frame(4, 0, 0) + frame(2, 0, 1, b"\0\0\0\x01\xff"),
    "window-of-nothing": PREFACE + frame(4, 0, 0) + frame(8, 0, 0, b"\0\0\0\0"),
    "push-promise": PREFACE + frame(4, 0, 0) + frame(5, 4, 1, b"\0\0\0\x02\x82"),
    "data-padding": PREFACE + frame(4, 0, 0) + frame(1, 4, 1, b"".join(header(*f) for f in GOOD)) + frame(0, 8, 1, b"\xff" + b"x" * 10),
    "message-longer-than-said": PREFACE + frame(4, 0, 0) + frame(1, 4, 1, b"".join(header(*f) for f in GOOD)) + frame(0, 1, 1, b"\0\0\0\0\x02" + b"x" * 100),
    "message-shorter-than-said": PREFACE + frame(4, 0, 0) + frame(1, 4, 1, b"".join(header(*f) for f in GOOD)) + frame(0, 1, 1, b"\0\xff\xff\xff\xff" + b"x" * 100),
    "zeros": b"\x00" * 10_000,
    "ones": b"\xff" * 10_000,
    "text": b"hello there\r\n\r\n" * 100,
    "tls": bytes.fromhex("16030100f5010000f10303") + b"\x5a" * 230,
    "half-preface": PREFACE[:10],
    "preface-garbage": PREFACE + b"\xaa" * 5000,
    "preface-huge-frame": PREFACE + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01" + b"x" * 1000,
    "headers-garbage": PREFACE + frame(4, 0, 0) + frame(1, 5, 1, b"\xff" * 60),
    "data-before-headers": PREFACE + frame(4, 0, 0) + frame(0, 1, 1, b"abc"),
    "even-stream": PREFACE + frame(4, 0, 0) + frame(1, 5, 2, b"\x82\x84\x86"),
    "window-overflow": PREFACE + frame(4, 0, 0) + frame(8, 0, 0, b"\x7f\xff\xff\xff") * 2,
    "continuation-alone": PREFACE + frame(4, 0, 0) + frame(9, 4, 1, b"\x82"),
    "continuation-flood": PREFACE + frame(4, 0, 0) + frame(1, 1, 1, b"") + frame(9, 0, 1, b"\x00\x01a\x01b" * 1000) * 200,
    "reset-flood": PREFACE + frame(4, 0, 0) + b"".join(frame(1, 5, s, b"\x83\x86\x84") + frame(3, 0, s, b"\0\0\0\x08") for s in range(1, 20001, 2)),
    "ping-flood": PREFACE + frame(4, 0, 0) + frame(6, 0, 0, b"12345678") * 20_000,
    "settings-flood": PREFACE + frame(4, 0, 0) * 20_000,
    "http1-bad-request-line": b"GET\r\n\r\n",
    "http1-long-line": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
    "http1-many-headers": b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 50_000 + b"\r\n",
    "http1-huge-body": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "http1-bad-chunks": b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
}


def send_and_read(port, data, wait_s=1.0):
    """Sends the bytes, reads until the server closes or nothing comes for a while."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.settimeout(wait_s)
        try:
            connection.sendall(data)
            while connection.recv(65536):
                pass
        except OSError:
            pass


@pytest.mark.parametrize("case", GARBAGE)
def test_garbage_bytes(server, client, case):
    memory = server.rss_mib()
    with concurrent.futures.ThreadPoolExecutor(6) as senders:
        list(senders.map(lambda port: send_and_read(port, GARBAGE[case], wait_s=0.3), (server.port, server.management_port) * 3))
    with Raw(server.address) as raw:
        from pymilvus.grpc_gen import milvus_pb2

        expect_ok(raw.call("Connect", milvus_pb2.ConnectRequest()))
    assert server.healthy()
    assert server.rss_mib() < memory + 128


def test_connections_opened_and_left(server, client):
    held = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(500)]
    for connection in held[::2]:
        connection.sendall(PREFACE[:7])
    client.list_collections()
    for connection in held:
        connection.close()
    client.list_collections()


def test_idle_connections_cost_little(own_server):
    """Two thousand HTTP/2 connections that greeted and say nothing; a tenth of them in the middle of a frame."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2000
    if soft < wanted + 200:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, wanted + 200), hard))
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    make_collection(client, "idle")
    before = own_server.rss_mib()
    held = []
    for i in range(wanted):
        connection = socket.create_connection(("127.0.0.1", own_server.port), timeout=10)
        connection.sendall(PREFACE + frame(4, 0, 0) + (frame(1, 1, 1, b"")[:-5] if i % 10 == 0 else b""))
        held.append(connection)
    assert count(client, "idle") == 20
    assert own_server.rss_mib() < before + 60, "10,000 connections may take 300 MiB"
    cpu = own_server.cpu_seconds()
    for connection in held:
        connection.close()
    assert count(client, "idle") == 20
    assert own_server.cpu_seconds() < cpu + 5
    client.close()


def test_messages_over_the_limit_in_parallel(own_server):
    """Eight messages over the limit at once: refused by their prefix, not collected."""
    import threading

    import grpc
    from pymilvus.grpc_gen import milvus_pb2

    own_server.start()
    before = own_server.rss_mib()
    codes = []

    def send():
        with Raw(own_server.address) as raw:
            try:
                raw.call("Insert", milvus_pb2.InsertRequest(partition_name="x" * (65 * 2**20)))
            except grpc.RpcError as error:
                codes.append(error.code())

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [grpc.StatusCode.RESOURCE_EXHAUSTED] * 8
    assert own_server.rss_mib() < before + 64 and own_server.healthy()


def test_a_client_that_goes_away_in_the_middle(server, client, simple):
    for size in (1, 9, 30, 100):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall((PREFACE + frame(4, 0, 0) + frame(1, 4, 1, b"\x83\x86\x44\x01/") + frame(0, 0, 1, b"x" * 50))[:-size])
    assert count(client, simple) == 20


# ---- the process


def test_version_and_help(binary):
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=20)
    assert version.returncode == 0 and any(c.isdigit() for c in version.stdout)
    for arguments in (["--help"], ["serve", "--help"]):
        answer = subprocess.run([binary, *arguments], capture_output=True, text=True, timeout=20)
        assert answer.returncode == 0
    assert "--data" in answer.stdout and "--listen" in answer.stdout and "--management" in answer.stdout


@pytest.mark.parametrize(
    "arguments",
    [["serve", "--no-such-option"], ["serve", "--listen", "nonsense"], ["serve", "--listen", "127.0.0.1:99999"], ["frobnicate"], ["serve", "--data"]],
    ids=lambda a: " ".join(a),
)
def test_wrong_arguments(binary, tmp_path, arguments):
    answer = subprocess.run([binary, *arguments], capture_output=True, text=True, timeout=20, cwd=tmp_path)
    assert answer.returncode not in (0, -6, -11)
    assert answer.stderr.strip(), "the reason goes to stderr"
    assert not list(tmp_path.iterdir()), "nothing may be created"


def test_an_open_address_with_insecure(own_server):
    own_server.extra_args = ["--insecure"]
    command = own_server.command
    command[command.index("--listen") + 1] = f"0.0.0.0:{own_server.port}"
    with open(own_server.log_path, "ab") as log:
        own_server.process = subprocess.Popen(command, stdout=log, stderr=log)
    for _ in range(500):
        if own_server.healthy():
            break
        time.sleep(0.02)
    client = MilvusClient(uri=own_server.uri)
    assert client.list_collections() == []
    client.close()


def test_a_port_that_is_taken(server, own_server):
    own_server.port = server.port
    own_server.spawn()
    code, output = own_server.wait_for_exit(20)
    assert code not in (0, -6, -11)
    assert str(server.port) in output


@pytest.mark.parametrize("signal_name", ["SIGTERM", "SIGINT"])
def test_graceful_stop(own_server, signal_name):
    import signal

    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    make_collection(client, "stop", rows=20)
    if signal_name == "SIGINT":
        own_server.process.send_signal(signal.SIGINT)
        assert own_server.process.wait(20) == 0
        own_server.process = None
    else:
        code, seconds = own_server.stop()
        assert code == 0 and seconds < 10
    client.close()


def test_graceful_stop_under_load(own_server):
    """Requests that were answered before the stop are kept; the stop does not wait for idle connections."""
    import threading

    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    make_collection(client, "load", rows=0)
    answered, running = [], True

    def insert(worker):
        with Raw(own_server.address, timeout_s=5) as raw:
            from raw import INT64, VARCHAR, column, vector_column
            import grpc

            i = worker * 1_000_000
            while running:
                columns = [column("id", INT64, [i]), column("tag", VARCHAR, ["x"]), column("number", INT64, [i]), vector_column("vector", [[1.0] * DIM])]
                try:
                    if raw.insert("load", columns, 1).status.code == 0:
                        answered.append(i)
                except grpc.RpcError:
                    return
                i += 1

    threads = [threading.Thread(target=insert, args=(w,)) for w in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    code, seconds = own_server.stop()
    running = False
    for thread in threads:
        thread.join()
    client.close()
    assert code == 0 and seconds < 10
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    client.load_collection("load")
    stored = {row["id"] for row in client.query("load", filter=f"id in {answered}", output_fields=["id"])}
    assert stored == set(answered) and len(answered) > 10
    client.close()


def test_quiet_by_default(own_server):
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    make_collection(client, "quiet")
    for _ in range(200):
        count(client, "quiet")
    client.close()
    own_server.stop()
    assert len(own_server.output().splitlines()) < 50, own_server.output()
