"""TLS and mTLS on both ports: who is let in, what is agreed, and certificates that are replaced while clients work.

The certificates are made by the openssl command; nothing here trusts anything else.
"""

import http.client
import shutil
import socket
import ssl
import subprocess
import threading
import time

import grpc
import pytest
from conftest import make_collection, simple_row
from pymilvus import MilvusClient
from server_process import HOST, ServerProcess

PATIENCE_S = 60


def openssl(*arguments, stdin=None):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, input=stdin, timeout=30)


class Authority:
    def __init__(self, folder, name):
        self.folder, self.name, self.issued = folder, name, 0
        self.key, self.certificate = folder / f"{name}.key", folder / f"{name}.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.certificate)  # fmt: skip

    def issue(self, common_name, days="1"):
        """(certificate, key) as paths; `days` may be negative: expired."""
        self.issued += 1
        stem = self.folder / f"{self.name}-{self.issued}"
        key, request, certificate, extensions = (stem.with_suffix(s) for s in (".key", ".csr", ".pem", ".ext"))
        extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", f"/CN={common_name}", "-keyout", key, "-out", request)  # fmt: skip
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
                "-set_serial", str(1000 + self.issued), "-days", days, "-extfile", extensions, "-out", certificate)  # fmt: skip
        return certificate, key


class TlsServer(ServerProcess):
    """`context` is how its own checks reach the management port."""

    context = None

    def management_get(self, path, timeout_s=5.0, headers=None):
        connection = http.client.HTTPSConnection(HOST, self.management_port, timeout=timeout_s, context=self.context)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"), "authority")


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("other"), "other")


@pytest.fixture
def start(binary, tmp_path, authority):
    """Starts a server with a certificate of the authority; `mutual`: clients need one too."""
    servers = []

    def run(mutual=False):
        server = TlsServer(tmp_path / "data", binary)
        servers.append(server)
        server.certificate, server.key = tmp_path / "server.pem", tmp_path / "server.key"
        put(server, authority.issue("first"))
        server.extra_args = ["--tls.certificate", str(server.certificate), "--tls.key", str(server.key)]
        server.context = trusting(authority)
        if mutual:
            server.extra_args += ["--tls.client_ca", str(authority.certificate)]
            server.context.load_cert_chain(*authority.issue("probe"))
        return server.start()

    yield run
    for server in servers:
        server.kill()


def put(server, pair):
    """Each file is replaced at once, the two of them one after the other."""
    for source, target in zip(pair, (server.certificate, server.key)):
        beside = target.with_suffix(".next")
        shutil.copy(source, beside)
        beside.replace(target)


def trusting(authority, own=None, alpn=()):
    context = ssl.create_default_context(cafile=str(authority.certificate))
    if own:
        context.load_cert_chain(*own)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def connect(server, context):
    plain = socket.create_connection((HOST, server.port), timeout=10)
    try:
        return context.wrap_socket(plain, server_hostname="localhost")
    except BaseException:
        plain.close()
        raise


def shown_name(server, context):
    with connect(server, context) as tls:
        return dict(field[0] for field in tls.getpeercert()["subject"])["commonName"]


def milvus(server, authority, own=None):
    more = {"server_pem_path": str(authority.certificate)}
    if own:
        more = {"ca_pem_path": str(authority.certificate), "client_pem_path": str(own[0]), "client_key_path": str(own[1])}
    return MilvusClient(uri=f"https://localhost:{server.port}", secure=True, server_name="localhost", timeout=20, **more)


def channel(server, authority, own=None):
    read = [authority.certificate.read_bytes(), *(p.read_bytes() for p in reversed(own or ()))]
    return grpc.secure_channel(f"localhost:{server.port}", grpc.ssl_channel_credentials(*read))


def ready(channel, timeout_s=3):
    try:
        grpc.channel_ready_future(channel).result(timeout=timeout_s)
        return True
    except grpc.FutureTimeoutError:
        return False
    finally:
        channel.close()


def test_a_client_that_trusts_the_authority_works(start, authority):
    server = start()
    client = milvus(server, authority)
    make_collection(client, "over_tls")
    assert len(client.search("over_tls", [[3.0, 1.0] + [0.0] * 6], limit=5)[0]) == 5
    client.insert("over_tls", [simple_row(i, tag="x" * 30) for i in range(1000, 21_000)])  # messages of some MiB
    assert len(client.query("over_tls", filter="id >= 1000", output_fields=["*"], limit=16_000)) == 16_000
    client.close()
    assert server.management_get("/healthz") == (200, "OK")
    code, seconds = server.stop()
    assert code == 0 and seconds < 10


def test_a_client_that_trusts_another_authority_does_not(start, other):
    server = start()
    assert not ready(channel(server, other))
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(server, trusting(other))


def test_plain_clients_are_closed(start):
    server = start()
    for port in (server.port, server.management_port):
        for hello in (b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0" * 100):
            with socket.create_connection((HOST, port), timeout=10) as plain:
                plain.sendall(hello)
                try:
                    while got := plain.recv(1000):
                        assert b"HTTP" not in got and len(got) < 50, "an alert at most"
                except ConnectionResetError:
                    pass
    assert not ready(grpc.insecure_channel(server.address))
    assert server.management_get("/healthz")[0] == 200


def test_only_clients_with_a_certificate(start, authority, other):
    server = start(mutual=True)
    own = authority.issue("client")
    client = milvus(server, authority, own)
    make_collection(client, "mutual")
    assert len(client.query("mutual", filter="id < 5")) == 5
    client.close()
    assert ready(channel(server, authority, own), timeout_s=20)
    for stranger in (None, other.issue("client"), authority.issue("client", days="-1")):
        assert not ready(channel(server, authority, stranger))
        for port in (server.port, server.management_port):
            connection = http.client.HTTPSConnection(HOST, port, timeout=10, context=trusting(authority, stranger))
            with pytest.raises((OSError, http.client.HTTPException)):
                connection.request("GET", "/healthz")
                connection.getresponse()
            connection.close()
    assert server.management_get("/healthz")[0] == 200


def test_what_alpn_agrees(start, authority):
    server = start()
    for offered, chosen in [(["h2"], "h2"), (["http/1.1"], "http/1.1"), (["http/1.1", "h2"], "h2"), ([], None)]:
        with connect(server, trusting(authority, alpn=offered)) as tls:
            assert tls.selected_alpn_protocol() == chosen
            assert tls.version() == "TLSv1.3"
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
        connect(server, trusting(authority, alpn=["spdy/3"]))
    older = trusting(authority)
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    with connect(server, older) as tls:
        assert tls.version() == "TLSv1.2" and tls.cipher()[0].startswith("ECDHE-")
    connection = http.client.HTTPSConnection(HOST, server.port, timeout=10, context=trusting(authority))
    for _ in range(3):  # kept alive
        connection.request("POST", "/v2/vectordb/collections/list", body=b"{}", headers={"Host": "localhost"})
        assert connection.getresponse().read().startswith(b"{")
    connection.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
@pytest.mark.parametrize("version", ["1.1", "2"])
def test_curl(start, authority, version):
    server = start()
    command = ["curl", "-sS", f"--http{version}", "--cacert", str(authority.certificate), "-o", "/dev/null"]
    command += ["-w", "%{http_version} %{http_code}", f"https://localhost:{server.management_port}/healthz"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert answer.stdout == f"{version} 200", answer.stderr


def test_bad_files_are_named_at_the_start(binary, tmp_path, authority, other):
    certificate, key = authority.issue("good")
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    (tmp_path / "run").mkdir()
    cases = [
        ({"certificate": certificate}, ["tls.certificate", "tls.key"]),
        ({"key": key}, ["tls.certificate", "tls.key"]),
        ({"client_ca": authority.certificate}, ["tls.certificate", "tls.client_ca"]),
        ({"certificate": certificate, "key": tmp_path / "missing.key"}, ["tls.key", "missing.key"]),
        ({"certificate": nonsense, "key": key}, ["tls.certificate", "nonsense.pem"]),
        ({"certificate": certificate, "key": other.issue("x")[1]}, ["tls.key", "does not belong"]),
        (dict(zip(("certificate", "key"), authority.issue("x", days="-1"))), ["tls.certificate", "has expired"]),
        ({"certificate": certificate, "key": key, "client_ca": nonsense}, ["tls.client_ca", "nonsense.pem"]),
    ]
    for options, phrases in cases:
        command = [binary, "serve", "--listen", f"{HOST}:0", "--management", f"{HOST}:0", "--data", tmp_path / "run" / "data"]
        for name, path in options.items():
            command += [f"--tls.{name}", path]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20)
        assert answer.returncode == 1, answer.stderr
        for phrase in phrases:
            assert phrase in answer.stderr
        assert not list((tmp_path / "run").iterdir()), "nothing may be created"


class Load:
    """Requests without a pause, on connections that stay and on ones that are new each time."""

    def __init__(self, server, authority):
        self.server, self.authority = server, authority
        self.running, self.done, self.failures = True, 0, []
        self.threads = [threading.Thread(target=self.run, args=(work,)) for work in (self.call, self.call, self.probe)]
        for thread in self.threads:
            thread.start()

    def run(self, work):
        try:
            work()
        except Exception as error:  # noqa: BLE001: whatever it is, it is a failed request
            self.failures.append(repr(error))

    def call(self):
        client = milvus(self.server, self.authority)
        while self.running:
            assert len(client.query("load", filter="id < 5")) == 5
            self.done += 1
        client.close()

    def probe(self):
        while self.running:
            assert self.server.management_get("/healthz")[0] == 200
            with connect(self.server, trusting(self.authority)):
                pass
            self.done += 1

    def stop(self):
        self.running = False
        for thread in self.threads:
            thread.join()


def test_certificates_are_replaced_under_load(start, authority):
    server = start()
    client = milvus(server, authority)
    make_collection(client, "load")
    client.close()
    load = Load(server, authority)
    try:
        wait_for(lambda: load.done > 100 or load.failures)
        server.key.write_text("nonsense")  # the first try goes wrong
        wait_for(lambda: "tls.key" in server.output())
        assert "not replaced" in server.output() and shown_name(server, trusting(authority)) == "first"
        for name in ("second", "third"):
            put(server, authority.issue(name))
            wait_for(lambda: shown_name(server, trusting(authority)) == name)
            before = load.done
            wait_for(lambda: load.done > before + 50 or load.failures)
    finally:
        load.stop()
    assert not load.failures
    assert server.output().count("not replaced") <= 5, "one warning for each thing that is wrong"


def wait_for(done):
    end = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < end, "out of patience"
        time.sleep(0.05)


def test_a_tls_client_of_a_plain_port_is_closed(server):
    with socket.create_connection((HOST, server.port), timeout=10) as plain, pytest.raises((ssl.SSLError, OSError)):
        ssl._create_unverified_context().wrap_socket(plain)
