"""A Redkite server as a child process: start, wait until ready, stop, kill, measure.

Shared by the demo, the wire tests, the crash test and the server benchmarks. Standard library only.
Not thread safe; one object owns one data directory and at most one running process.
"""

import http.client
import os
import pathlib
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEFAULT_BINARY = ROOT / "build" / "release" / "bin" / "redkite"
HOST = "127.0.0.1"


def default_binary():
    return pathlib.Path(os.environ.get("REDKITE_BIN", DEFAULT_BINARY))


GIVEN_PORTS = set()


def free_ports(count):
    """Ports that nobody listens on now, and that this process never got before: a gRPC client remembers for up to two minutes
    that it was refused at an address, and says so again without a try."""
    held, ports = [], []
    while len(ports) < count:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind((HOST, 0))
        held.append(listener)
        port = listener.getsockname()[1]
        if port not in GIVEN_PORTS:
            GIVEN_PORTS.add(port)
            ports.append(port)
    for listener in held:
        listener.close()
    return ports


class ServerDied(RuntimeError):
    """The process ended or did not become ready; carries its exit code and what it printed."""

    def __init__(self, message, returncode, output):
        super().__init__(f"{message}: exit code {returncode}\n{output}")
        self.returncode = returncode
        self.output = output


class ServerProcess:
    def __init__(self, data_dir, binary=None, extra_args=(), log_path=None, env=None, wrapper=()):
        self.binary = pathlib.Path(binary) if binary else default_binary()
        self.data_dir = pathlib.Path(data_dir)
        self.extra_args = list(extra_args)
        self.log_path = pathlib.Path(log_path) if log_path else self.data_dir.with_name(self.data_dir.name + ".log")
        self.env = env
        self.wrapper = list(wrapper)  # a command put before the binary, e.g. to drop privileges
        self.port, self.management_port = free_ports(2)
        self.process = None
        self.ready_seconds = None  # spawn to the first 200 of /healthz, of the last start

    # ---- addresses

    @property
    def address(self):
        return f"{HOST}:{self.port}"

    @property
    def uri(self):
        return f"http://{self.address}"

    @property
    def command(self):
        return [
            *self.wrapper,
            str(self.binary),
            "serve",
            "--data",
            str(self.data_dir),
            "--listen",
            self.address,
            "--management",
            f"{HOST}:{self.management_port}",
            *self.extra_args,
        ]

    # ---- life

    def spawn(self):
        """Start the process and return at once."""
        assert self.process is None, "already running"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=subprocess.STDOUT, env=self.env)
        return self

    def start(self, timeout_s=30.0):
        begin = time.monotonic()
        self.spawn()
        while not self.healthy():
            if self.process.poll() is not None:
                raise self._died("the server ended before it was ready")
            if time.monotonic() - begin > timeout_s:
                self.kill()
                raise ServerDied(f"not ready after {timeout_s} s", None, self.output())
            time.sleep(0.002)
        self.ready_seconds = time.monotonic() - begin
        return self

    def _died(self, message):
        code = self.process.wait()
        self.process = None
        return ServerDied(message, code, self.output())

    def stop(self, timeout_s=30.0):
        """SIGTERM; returns (exit code, seconds). A server that does not end in time is killed: exit code None."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = None
        self.process = None
        return code, time.monotonic() - begin

    def kill(self):
        """SIGKILL, as `kill -9` does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def wait_for_exit(self, timeout_s=30.0):
        """For a server that is expected to refuse to run: its exit code and output."""
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerDied(f"still running after {timeout_s} s", None, self.output()) from None
        self.process = None
        return code, self.output()

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def start_unless_alive(self):
        if not self.alive():
            self.process = None
            self.start()

    # ---- looking at it

    def management_get(self, path, timeout_s=5.0, headers=None):
        """(status, body text) of GET on the management port."""
        connection = http.client.HTTPConnection(HOST, self.management_port, timeout=timeout_s)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def healthy(self):
        try:
            return self.management_get("/healthz", timeout_s=1.0)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def output(self, last_bytes=20_000):
        try:
            return self.log_path.read_bytes()[-last_bytes:].decode("utf-8", "replace")
        except OSError:
            return ""

    def _status_kib(self, key):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
        return 0

    def rss_mib(self):
        return self._status_kib("VmRSS") / 1024

    def anonymous_mib(self):
        """Memory that is not backed by a file: what the kernel cannot drop."""
        return self._status_kib("RssAnon") / 1024

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def disk_mib(self):
        total = 0
        for folder, _, names in os.walk(self.data_dir):
            for name in names:
                try:
                    total += os.lstat(os.path.join(folder, name)).st_blocks * 512
                except OSError:
                    pass
        return total / 2**20

    def __enter__(self):
        return self if self.process is not None else self.start()

    def __exit__(self, *_):
        self.kill()
