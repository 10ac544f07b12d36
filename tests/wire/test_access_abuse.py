"""Requests that try to get around credentials, over raw connections. The server asks for credentials."""

import base64
import json
import socket
import threading
import time

import grpc
import pytest
from server_process import ServerProcess

ROOT = "root-password"
LOGIN = "Authorization: Bearer root:" + ROOT
BASIC = base64.b64encode(f"root:{ROOT}".encode()).decode()


@pytest.fixture(scope="module")
def secured(binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("secured")
    password = folder / "password"
    password.write_text(ROOT)
    server = ServerProcess(folder / "data", binary, ["--auth.root_password_file", str(password), "--log.level", "debug"])
    server.start()
    yield server
    server.kill()


def exchange(server, head, body=b"", port=None):
    """One HTTP/1.1 request from lines of its head; its status and body."""
    with socket.create_connection(("127.0.0.1", port or server.port), timeout=20) as s:
        s.sendall("\r\n".join([*head, f"content-length: {len(body)}", "", ""]).encode("latin-1") + body)
        return read_answer(s)


def read_answer(s):
    data = b""
    while b"\r\n\r\n" not in data:
        more = s.recv(65536)
        if not more:
            return 0, data
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
    while len(rest) < length:
        more = s.recv(65536)
        if not more:
            break
        rest += more
    return int(head.split()[1]), rest


def list_collections(server, *headers, host="x"):
    return exchange(server, ["POST /v2/vectordb/collections/list HTTP/1.1", f"host: {host}", *headers], b"{}")


def test_the_right_credentials_in_every_form(secured):
    for header in (LOGIN, LOGIN.lower().replace(ROOT.lower(), ROOT), f"authorization: Basic {BASIC}", f"AUTHORIZATION: basic {BASIC}"):
        assert list_collections(secured, header)[0] == 200, header


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ("authorization:",),
        ("authorization: Bearer",),
        ("authorization: Bearer root",),
        ("authorization: Bearer :" + ROOT,),
        ("authorization: Bearer root:",),
        ("authorization: root:" + ROOT,),
        ("authorization: Digest " + BASIC,),
        ("authorization: Basic " + BASIC[:-2],),
        (LOGIN, LOGIN),
        (LOGIN, "authorization: Bearer root:wrong"),
        ("x-forwarded-for: 127.0.0.1", "x-real-ip: 127.0.0.1"),
        ("sourceid: QG1pbHZ1cy1tZW1iZXJA", "source-id: @@milvus-member@@"),
        ("authorization: Bearer root:" + ROOT + "\x01",),
        ("token: " + BASIC,),
    ],
    ids=lambda h: "|".join(h)[:60] or "none",
)
def test_forged_credentials(secured, headers):
    status, body = list_collections(secured, *headers)
    assert status in (400, 401), (status, body)
    assert b'"code":0' not in body


def test_a_token_of_a_mebibyte(secured):
    status, _ = list_collections(secured, "authorization: Bearer root:" + "x" * (1 << 20))
    assert status in (0, 401, 431)


def test_a_body_is_refused_before_it_is_sent(secured):
    """64 MiB are announced and not sent: the answer comes all the same."""
    for header in ("x: y", "authorization: Bearer root:wrong"):
        with socket.create_connection(("127.0.0.1", secured.port), timeout=20) as s:
            head = ["POST /v2/vectordb/entities/insert HTTP/1.1", "host: x", header, f"content-length: {64 << 20}", "expect: 100-continue", "", ""]
            s.sendall("\r\n".join(head).encode())
            status, body = read_answer(s)
            assert status == 401, body


def test_grpc_without_credentials(secured):
    with grpc.insecure_channel(secured.address) as channel:
        for metadata in ([], [("authorization", "x")], [("authorization", BASIC), ("authorization", BASIC)], [("sourceid", "QG1pbHZ1cy1tZW1iZXJA")]):
            for method in ("Connect", "Search", "NoSuchMethod", "CreateReplicateStream", "DumpMessages", "GetMetrics"):
                call = channel.unary_unary(f"/milvus.proto.milvus.MilvusService/{method}")
                with pytest.raises(grpc.RpcError) as info:
                    call(b"", metadata=metadata, timeout=20)
                assert info.value.code() == grpc.StatusCode.UNAUTHENTICATED, (method, metadata, info.value.details())
        health = channel.unary_unary("/grpc.health.v1.Health/Check")
        assert health(b"", timeout=20) == b"\x08\x01"


def test_management(secured):
    for path, status in (("/healthz", 200), ("/livez", 200), ("/metrics", 200), ("/", 401), ("/expr", 401), ("/debug/pprof", 401)):
        assert exchange(secured, [f"GET {path} HTTP/1.1", "host: x"], port=secured.management_port)[0] == status, path
    for method in ("POST", "PUT", "DELETE"):
        assert exchange(secured, [f"{method} /healthz HTTP/1.1", "host: x"], port=secured.management_port)[0] == 405


def test_secrets_are_in_no_answer_and_no_log(secured):
    planted = ["hunter2-of-carol", "hunter3-of-carol", "wrong-secret-7"]
    call = lambda path, body, login=LOGIN: exchange(secured, [f"POST /v2/vectordb/{path} HTTP/1.1", "host: x", login], json.dumps(body).encode())
    seen = b""
    seen += call("users/create", {"userName": "carol", "password": planted[0]})[1]
    seen += call("users/create", {"userName": "carol", "password": planted[0]})[1]
    seen += call("users/create", {"userName": "carol", "password": planted[0] * 20})[1]
    seen += call("users/update_password", {"userName": "carol", "password": planted[2], "newPassword": planted[1]})[1]
    seen += call("users/update_password", {"userName": "carol", "password": planted[0], "newPassword": planted[1]})[1]
    seen += call("collections/list", {}, f"authorization: Bearer carol:{planted[2]}")[1]
    seen += call("users/list", {})[1] + call("users/describe", {"userName": "carol"})[1]
    key = json.loads(call("api_keys/create", {"userName": "carol"})[1])["data"]["apiKey"]
    seen += call("collections/list", {}, f"authorization: Bearer {key}")[1] + call("api_keys/list", {})[1]
    seen += exchange(secured, ["GET /metrics HTTP/1.1", "host: x"], port=secured.management_port)[1]
    everything = seen.decode(errors="replace") + secured.output(1 << 20)
    for secret in [*planted, ROOT, key.rsplit("_", 1)[1]]:
        assert secret not in everything, secret


def test_bad_logins_do_not_lock_out(secured):
    """Thousands of wrong passwords; root logs in meanwhile, and afterwards."""
    done = threading.Event()

    def attack():
        while not done.is_set():
            with socket.create_connection(("127.0.0.1", secured.port), timeout=20) as s:
                for _ in range(200):
                    s.sendall(b"POST /v2/vectordb/collections/list HTTP/1.1\r\nhost: x\r\nauthorization: Bearer root:wrong\r\ncontent-length: 2\r\n\r\n{}")
                    if read_answer(s)[0] == 0:
                        break

    assert list_collections(secured, LOGIN)[0] == 200
    threads = [threading.Thread(target=attack) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        until = time.monotonic() + 3
        while time.monotonic() < until:
            assert list_collections(secured, LOGIN)[0] == 200
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert list_collections(secured, LOGIN)[0] == 200


def api(server, path, body, login):
    status, data = exchange(server, [f"POST /v2/vectordb/{path} HTTP/1.1", "host: x", f"authorization: Bearer {login}"], json.dumps(body).encode())
    return status, json.loads(data)


def test_nobody_makes_keys_for_others(secured):
    root = "root:" + ROOT
    api(secured, "users/create", {"userName": "updater", "password": "password"}, root)
    api(secured, "roles/create", {"roleName": "updating"}, root)
    api(secured, "users/grant_role", {"userName": "updater", "roleName": "updating"}, root)
    granted = api(secured, "roles/grant_privilege", {"roleName": "updating", "objectType": "User", "objectName": "*", "privilege": "UpdateUser"}, root)
    assert granted[1]["code"] == 0, granted
    assert api(secured, "api_keys/create", {"userName": "root"}, "updater:password")[0] == 403
    status, made = api(secured, "api_keys/create", {"userName": "updater"}, "updater:password")
    assert status == 200
    key = made["data"]["apiKey"]
    assert api(secured, "api_keys/create", {"userName": "updater"}, key)[0] == 403  # a key makes no key
    (listed,) = api(secured, "api_keys/list", {"userName": "updater"}, "updater:password")[1]["data"]
    assert api(secured, "api_keys/drop", {"userName": "root", "id": listed["id"]}, "updater:password")[0] == 403
    assert api(secured, "api_keys/drop", {"userName": "updater", "id": listed["id"]}, "updater:password")[1]["code"] == 0
    assert api(secured, "collections/list", {}, key)[0] == 401


def test_what_needs_no_credentials_takes_no_body(secured):
    for path in ("/x", "/docs", "/v2/vectordb/collections"):
        with socket.create_connection(("127.0.0.1", secured.port), timeout=20) as s:
            s.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {64 << 20}\r\n\r\n".encode())
            try:
                s.sendall(b"x" * (1 << 20))
                status, _ = read_answer(s)
            except (BrokenPipeError, ConnectionResetError):
                continue
            assert status in (404, 413), path
    with grpc.insecure_channel(secured.address) as channel:
        health = channel.unary_unary("/grpc.health.v1.Health/Check")
        with pytest.raises(grpc.RpcError) as info:
            health(b"x" * (1 << 20), timeout=20)
        assert info.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_an_alias_is_taken_from_nobody(secured):
    root = "root:" + ROOT
    for name in ("mine", "secret"):
        api(secured, "collections/create", {"collectionName": name, "dimension": 4}, root)
    api(secured, "aliases/create", {"collectionName": "secret", "aliasName": "prod"}, root)
    api(secured, "users/create", {"userName": "bob", "password": "password"}, root)
    api(secured, "roles/create", {"roleName": "bobs"}, root)
    api(secured, "users/grant_role", {"userName": "bob", "roleName": "bobs"}, root)
    api(secured, "roles/grant_privilege_v2", {"roleName": "bobs", "privilege": "CollectionAdmin", "collectionName": "mine", "dbName": "default"}, root)
    assert api(secured, "aliases/alter", {"collectionName": "mine", "aliasName": "prod"}, "bob:password")[0] == 403
    assert api(secured, "aliases/describe", {"aliasName": "prod"}, root)[1]["data"]["collectionName"] == "secret"
    assert api(secured, "aliases/create", {"collectionName": "mine", "aliasName": "dev"}, "bob:password")[1]["code"] == 0
    assert api(secured, "roles/list", {"roleName": "public"}, "bob:password")[0] == 403
    started = api(secured, "collections/compact", {"collectionName": "secret"}, root)[1]["data"]["compactionID"]
    for job in (started, str(started)):
        status, answer = api(secured, "collections/get_compaction_state", {"jobID": job}, "bob:password")
        assert status == 403 or answer["data"]["completedPlanNumber"] == answer["data"]["executingPlanNumber"] == 0


def test_many_names_in_one_request(secured):
    login = [("authorization", BASIC)]
    with grpc.insecure_channel(secured.address) as channel:
        call = channel.unary_unary("/milvus.proto.milvus.MilvusService/CalcDistance")
        body = b"\x12\x02\x0a\x00" * 200_000
        with pytest.raises(grpc.RpcError) as info:
            call(body, metadata=login, timeout=30)
        assert info.value.code() == grpc.StatusCode.INVALID_ARGUMENT
