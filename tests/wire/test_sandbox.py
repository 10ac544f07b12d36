"""The sandbox of a running server: what the kernel says of the process, and that a server in it does its work.

All wire tests run in it (sandbox is `auto`); here it is `required`, where the kernel has Landlock.
"""

import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

import pytest
from conftest import count, make_collection, simple_row
from pymilvus import MilvusClient
from server_process import ServerProcess

LANDLOCK_CREATE_RULESET, VERSION_FLAG = 444, 1
LANDLOCK = ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, 0, VERSION_FLAG)
needs_landlock = pytest.mark.skipif(LANDLOCK < 2, reason="this kernel has no Landlock")


def status_of(server, key):
    for line in pathlib.Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return line.split()[1]
    return None


def test_no_privilege_is_gained_and_no_core_is_left(own_server):
    own_server.start()
    assert status_of(own_server, "NoNewPrivs") == "1"
    limits = pathlib.Path(f"/proc/{own_server.process.pid}/limits").read_text()
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


def test_off_leaves_the_process_as_it_was(own_server):
    own_server.extra_args += ["--sandbox", "off", "--core_dumps"]
    own_server.start()
    assert status_of(own_server, "NoNewPrivs") == "0"


@needs_landlock
def test_every_thread_is_in_it(own_server):
    """The kernel shows no domain of Landlock; the flag that goes before it is on every thread."""
    own_server.extra_args += ["--sandbox", "required"]
    own_server.start()
    for task in pathlib.Path(f"/proc/{own_server.process.pid}/task").iterdir():
        assert "NoNewPrivs:\t1" in (task / "status").read_text()


@needs_landlock
@pytest.mark.parametrize("how", ["relative", "absolute"])
def test_a_server_in_it_does_its_work(binary, tmp_path, monkeypatch, how):
    monkeypatch.chdir(tmp_path)
    data = pathlib.Path("deep/er/data") if how == "relative" else tmp_path / "data"
    server = ServerProcess(data, binary, ["--sandbox", "required", "--scrub.interval", "1s"], log_path=tmp_path / "log")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    try:
        for start in range(3):
            server.start()
            client = MilvusClient(uri=server.uri)
            if start == 0:
                make_collection(client, "kept", rows=500, index_type="HNSW", metric="COSINE")
            client.load_collection("kept")
            client.insert("kept", [simple_row(1000 + 100 * start + i) for i in range(100)])
            client.flush("kept")
            client.delete("kept", filter=f"id >= {1050 + 100 * start}")
            client.compact("kept")
            client.flush("kept")
            assert count(client, "kept") == 500 + 50 * (start + 1)
            assert "redkite" in server.management_get("/metrics")[1]
            client.close()
            if start == 1:
                server.kill()
            else:
                assert server.stop()[0] == 0
        assert "Permission denied" not in server.output()
    finally:
        server.kill()


@needs_landlock
def test_what_is_outside_is_out_of_reach(binary, tmp_path):
    """A link in the data directory, to what the server could read without its sandbox."""
    server = ServerProcess(tmp_path / "data", binary, ["--sandbox", "required"])
    server.start().stop()
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "data" / "FORMAT").rename(outside / "FORMAT")
    (tmp_path / "data" / "FORMAT").symlink_to(outside / "FORMAT")
    server.spawn()
    code, output = server.wait_for_exit()
    assert code == 1 and "Permission denied" in output
    server.extra_args[-1] = "off"
    server.start().stop()


class NotifySocket:
    """What a service manager listens at."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(20)

    def message(self):
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines() if line)


@pytest.fixture
def notified(own_server, tmp_path):
    listener = NotifySocket(tmp_path / "notify")
    own_server.env = {**os.environ, "NOTIFY_SOCKET": str(listener.path)}
    yield own_server, listener
    listener.socket.close()


def test_the_service_manager_is_told_when_ports_answer(notified):
    server, listener = notified
    server.spawn()
    ready = listener.message()
    assert ready["READY"] == "1" and server.address in ready["STATUS"]
    assert server.healthy()
    server.process.send_signal(signal.SIGTERM)
    assert listener.message()["STOPPING"] == "1"
    assert server.process.wait(20) == 0


def test_the_service_manager_is_told_why_a_start_failed(notified):
    server, listener = notified
    server.data_dir.write_text("a file where the directory would be")
    server.spawn()
    failed = listener.message()
    assert "READY" not in failed and str(server.data_dir) in failed["STATUS"]
    assert server.wait_for_exit()[0] == 1


def test_nobody_listens_there(own_server, tmp_path):
    own_server.env = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "none")}
    own_server.start()
    assert own_server.stop()[0] == 0


def health(binary, *words):
    return subprocess.run([str(binary), "health", *words], capture_output=True, text=True, timeout=60)


def test_health(own_server, binary):
    at = f"127.0.0.1:{own_server.management_port}"
    assert health(binary, "--management", at).returncode == 1
    own_server.start()
    for host in ("127.0.0.1", "0.0.0.0", "", "localhost"):
        asked = health(binary, "--management", f"{host}:{own_server.management_port}")
        assert asked.returncode == 0 and asked.stdout == "healthy\n", asked.stderr
    own_server.stop()
    assert health(binary, "--help").returncode == 0
    for words in (["--no"], ["--management", "x"], ["--timeout", "0"], ["--timeout", "x"], ["--management"]):
        assert health(binary, *words).returncode == 2


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 500 Internal\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x46", b"SSH-2.0-x\r\n\r\n"])
def test_health_of_others(binary, answer):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            peer, _ = listener.accept()
            peer.recv(4096)
            peer.sendall(answer)
            peer.close()

        thread = threading.Thread(target=serve)
        thread.start()
        asked = health(binary, "--management", f"127.0.0.1:{listener.getsockname()[1]}")
        thread.join()
    assert asked.returncode == 1
    assert ("500" in asked.stderr) == answer.startswith(b"HTTP")


def test_health_waits_no_longer_than_it_is_told(binary):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begin = time.monotonic()
        asked = health(binary, "--management", f"127.0.0.1:{silent.getsockname()[1]}", "--timeout", "1")
    assert asked.returncode == 1 and time.monotonic() - begin < 10
