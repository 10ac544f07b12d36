"""Users, roles and privileges with the client as its users have it, against a server that asks for credentials."""

import base64
import http.client
import json
import os
import pathlib
import stat
import subprocess
import threading
import time

import grpc
import pymilvus
import pytest
from conftest import CLIENT, make_collection, simple_row
from pymilvus import MilvusException
from server_process import ServerProcess, free_ports

pytestmark = pytest.mark.skipif(CLIENT < (2, 5), reason="privileges at levels came with 2.5")
ROOT = "root-password"
REFUSALS = (MilvusException, grpc.RpcError)


@pytest.fixture(scope="module")
def secured(binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("secured")
    password = folder / "password"
    password.write_text(ROOT + "\n")
    server = ServerProcess(folder / "data", binary, ["--auth.root_password_file", str(password)])
    server.start()
    yield server
    server.kill()


@pytest.fixture
def login(secured, new_client):
    clients = []

    def connect(user="root", password=ROOT, **more):
        clients.append(new_client(uri=secured.uri, user=user, password=password, **more))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def alice(login):
    """A user `alice` with a role of her own; gives the function that grants, as root."""
    root = login()
    for user in root.list_users():
        if user != "root":
            root.drop_user(user)
    for role in root.list_roles():
        if role not in ("admin", "public"):
            root.drop_role(role, force_drop=True)
    root.create_user(user_name="alice", password="password")
    root.create_role("hers")
    root.grant_role(user_name="alice", role_name="hers")

    def grant(privilege, collection="*", db="default"):
        root.grant_privilege_v2("hers", privilege, collection, db)

    return root, grant


def refused(text, function, *arguments, **more):
    """What the client raises, as text: a refusal travels as gRPC's own status, which it hands through."""
    with pytest.raises(REFUSALS) as info:
        function(*arguments, **more)
    said = info.value.details() if isinstance(info.value, grpc.RpcError) else info.value.message
    assert text in said, said
    return said


def post(server, path, body, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("POST", "/v2/vectordb/" + path, json.dumps(body), headers or {})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text)


@pytest.mark.parametrize("user, password", [("root", "Milvus"), ("root", ""), ("", ""), ("nobody", ROOT), ("root", ROOT + "x")])
def test_who_is_not_known_gets_nothing(secured, new_client, user, password):
    with pytest.raises(REFUSALS):
        client = new_client(uri=secured.uri, user=user, password=password, timeout=5)
        client.list_collections()


def test_root_does_everything(login):
    root = login()
    assert root.list_users() == ["root"] or "root" in root.list_users()
    make_collection(root, "by_root", rows=3)
    assert len(root.query("by_root", "id >= 0")) == 3
    root.drop_collection("by_root")


def test_grants_are_enforced_and_end(login, alice):
    root, grant = alice
    make_collection(root, "mine", rows=5)
    make_collection(root, "theirs", rows=5)
    client = login("alice", "password")
    refused("PrivilegeQuery: permission deny to alice in the `default` database", client.query, "mine", "id >= 0")
    grant("Query", "mine")
    assert len(client.query("mine", "id >= 0")) == 5
    refused("PrivilegeQuery", client.query, "theirs", "id >= 0")
    refused("PrivilegeInsert", client.insert, "mine", [simple_row(9)])
    refused("PrivilegeDropCollection", client.drop_collection, "mine")
    grant("CollectionReadWrite", "mine")
    assert client.insert("mine", [simple_row(9)])["insert_count"] == 1
    assert client.list_collections() == ["mine"]
    root.revoke_privilege_v2("hers", "CollectionReadWrite", "mine", "default")
    refused("PrivilegeInsert", client.insert, "mine", [simple_row(10)])
    root.revoke_privilege_v2("hers", "Query", "mine", "default")
    refused("PrivilegeQuery", client.query, "mine", "id >= 0")
    assert client.list_collections() == []
    root.drop_collection("mine")
    root.drop_collection("theirs")


def test_first_grants(login, alice):
    root, _ = alice
    make_collection(root, "mine", rows=2)
    client = login("alice", "password")
    root.grant_privilege("hers", "Collection", "Query", "mine")
    assert len(client.query("mine", "id >= 0")) == 2
    described = root.describe_role("hers")
    assert described["role"] == "hers"
    (one,) = described["privileges"]
    assert (one["object_type"], one["object_name"], one["privilege"], one["role_name"]) == ("Collection", "mine", "Query", "hers")
    refused("", root.drop_role, "hers")
    root.revoke_privilege("hers", "Collection", "Query", "mine")
    refused("PrivilegeQuery", client.query, "mine", "id >= 0")
    root.drop_collection("mine")


def test_databases_are_walls(login, alice):
    root, grant = alice
    root.create_database("walled")
    inside = login(db_name="walled")
    make_collection(inside, "secret", rows=2)
    client = login("alice", "password")
    assert client.list_databases() == ["default"]
    there = refused("permission deny", client.using_database, "walled") if hasattr(client, "using_database") else None
    absent = refused("permission deny", client.using_database, "nowhere") if hasattr(client, "using_database") else None
    if there and absent:
        assert there.replace("walled", "X") == absent.replace("nowhere", "X")
    grant("DatabaseReadOnly", "*", "walled")
    assert sorted(client.list_databases()) == ["default", "walled"]
    client.using_database("walled")
    assert client.list_collections() == ["secret"]
    inside.drop_collection("secret")
    root.drop_database("walled")


def test_passwords_and_dropped_users_end_at_once(login, alice):
    root, grant = alice
    make_collection(root, "mine", rows=1)
    grant("Query", "mine")
    client = login("alice", "password")
    assert client.query("mine", "id >= 0")
    refused("old password not correct for alice", root.update_password, "alice", "wrong", "password2")
    client.update_password("alice", "password", "password2")
    with pytest.raises(REFUSALS):
        client.query("mine", "id >= 0")
    again = login("alice", "password2")
    assert again.query("mine", "id >= 0")
    root.drop_user("alice")
    with pytest.raises(REFUSALS):
        again.query("mine", "id >= 0")
    root.drop_collection("mine")


def test_revocation_under_load(login, alice):
    root, grant = alice
    make_collection(root, "mine", rows=50)
    grant("Query", "mine")
    done, last = threading.Event(), [0.0] * 4

    def ask(i):
        client = login("alice", "password")
        while not done.is_set():
            try:
                client.query("mine", "id >= 0", limit=5)
                last[i] = time.monotonic()
            except REFUSALS:
                return

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    while not all(last):
        time.sleep(0.01)
    root.revoke_privilege_v2("hers", "Query", "mine", "default")
    revoked = time.monotonic()
    for thread in threads:
        thread.join(20)
    done.set()
    assert max(last) - revoked < 1.0  # the promise, not a measure of speed
    root.drop_collection("mine")


def test_privilege_groups(login, alice):
    root, grant = alice
    make_collection(root, "mine", rows=2)
    root.create_privilege_group("lookers")
    root.add_privileges_to_group("lookers", ["Query", "Search"])
    grant("lookers", "mine")
    client = login("alice", "password")
    assert len(client.query("mine", "id >= 0")) == 2
    refused("", root.drop_privilege_group, "lookers")
    root.remove_privileges_from_group("lookers", ["Query"])
    refused("PrivilegeQuery", client.query, "mine", "id >= 0")
    root.revoke_privilege_v2("hers", "lookers", "mine", "default")
    root.drop_privilege_group("lookers")
    root.drop_collection("mine")


def test_keys_act_for_their_user(secured, login, alice, new_client):
    root, grant = alice
    make_collection(root, "mine", rows=2)
    grant("Query", "mine")
    basic = {"Authorization": "Basic " + base64.b64encode(f"root:{ROOT}".encode()).decode()}
    status, made = post(secured, "api_keys/create", {"userName": "alice", "keyName": "k"}, basic)
    assert status == 200 and made["code"] == 0, made
    key = made["data"]["apiKey"]
    client = new_client(uri=secured.uri, token=key)
    assert len(client.query("mine", "id >= 0")) == 2
    status, answer = post(secured, "entities/query", {"collectionName": "mine", "filter": "id >= 0"}, {"Authorization": f"Bearer {key}"})
    assert status == 200
    status, listed = post(secured, "api_keys/list", {"userName": "alice"}, basic)
    assert post(secured, "api_keys/drop", {"userName": "alice", "id": listed["data"][0]["id"]}, basic)[1]["code"] == 0
    with pytest.raises(REFUSALS):
        client.query("mine", "id >= 0")
    client.close()
    root.drop_collection("mine")


def test_rest_asks_too(secured, alice):
    for headers in ({}, {"Authorization": "Bearer root:Milvus"}, {"Authorization": "Basic x"}, {"Authorization": ROOT}):
        status, answer = post(secured, "collections/list", {}, headers)
        assert (status, answer["code"]) == (401, 1800), headers
    status, answer = post(secured, "collections/list", {}, {"Authorization": f"Bearer root:{ROOT}"})
    assert (status, answer["code"]) == (200, 0)
    status, answer = post(secured, "databases/create", {"dbName": "d"}, {"Authorization": "Bearer alice:password"})
    assert status == 403 and "PrivilegeCreateDatabase: permission deny to alice" in answer["message"]


def test_users_outlive_a_restart(binary, tmp_path, new_client):
    password = tmp_path / "password"
    password.write_text(ROOT)
    server = ServerProcess(tmp_path / "data", binary, ["--auth.root_password_file", str(password)])
    server.start()
    root = new_client(uri=server.uri, user="root", password=ROOT)
    root.create_user("alice", "password")
    root.create_role("hers")
    root.grant_role("alice", "hers")
    root.grant_privilege_v2("hers", "ClusterReadOnly", "*", "*")
    root.close()
    server.kill()
    server.extra_args = []  # once root has a password it is asked for
    server.start()
    with pytest.raises(REFUSALS):
        new_client(uri=server.uri, timeout=5).list_collections()
    alice = new_client(uri=server.uri, user="alice", password="password")
    assert "alice" in alice.describe_user("alice")["user_name"]
    assert alice.describe_role("hers")["privileges"][0]["privilege"] == "ClusterReadOnly"
    alice.close()
    server.kill()


def test_without_credentials_the_calls_work_all_the_same(own_server, new_client):
    own_server.start()
    client = new_client(uri=own_server.uri)
    client.create_user("alice", "password")
    assert client.list_users() == ["alice", "root"]
    client.update_password("root", "Milvus", "password")
    client.drop_user("alice")
    client.close()


@pytest.mark.parametrize("option", ["--listen", "--management"])
def test_beyond_loopback_a_password_is_made(binary, tmp_path, new_client, option):
    server = ServerProcess(tmp_path / "data", binary)
    command = server.command
    at = command.index(option) + 1
    command[at] = command[at].replace("127.0.0.1", "0.0.0.0")
    with open(server.log_path, "ab") as log:
        server.process = subprocess.Popen(command, stdout=log, stderr=log)
    deadline = time.monotonic() + 30
    while not server.healthy() and time.monotonic() < deadline:
        time.sleep(0.02)
    path = pathlib.Path(server.data_dir) / "root_password"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    password = path.read_text().strip()
    assert str(path) in server.output() and password not in server.output()
    with pytest.raises(REFUSALS):
        new_client(uri=server.uri, timeout=5).list_collections()
    client = new_client(uri=server.uri, user="root", password=password)
    assert client.list_collections() == []
    client.close()
    server.kill()


def test_rules_are_those_of_the_descriptors():
    """The privilege of each RPC, and where its request names the object, as the client's own descriptors say it."""
    from pymilvus.grpc_gen import common_pb2, milvus_pb2

    source = (pathlib.Path(__file__).resolve().parents[2] / "src/server/access/access_rules.cc").read_text()
    rows = source[source.index("kRows[] = {") : source.index("// Whether each method has exactly one row")]
    rows = " ".join(rows.split())
    compared = 0
    for method in milvus_pb2.DESCRIPTOR.services_by_name["MilvusService"].methods:
        options = method.input_type.GetOptions()
        if not options.HasExtension(common_pb2.privilege_ext_obj):
            continue
        wanted = options.Extensions[common_pb2.privilege_ext_obj]
        name = common_pb2.ObjectPrivilege.Name(wanted.object_privilege).removeprefix("Privilege")
        row = rows[rows.index(f"Method::k{method.name},") :]
        row = row[: row.index("Method::k", 10)] if "Method::k" in row[10:] else row
        if method.name in ("ListUsersWithTag",):  # all users' tags: asked of who may look at all users
            continue
        assert f"Privilege::k{name}" in row, (method.name, name, row[:120])
        compared += 1
    assert compared > 90 or pymilvus.__version__ < "3"
