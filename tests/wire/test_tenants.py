"""Two tenants with databases of their own and collections of one name: nothing of one ever reaches the other.

Canaries of 128 bits stand in tenant A's rows, names, descriptions, partitions, aliases and properties. Tenant B, who knows
A's database by name, calls every RPC with every way of naming things, and every route of REST.
"""

import http.client
import json
import secrets

import grpc
import pytest
from conftest import CLIENT, DIM
from pymilvus import DataType
from server_process import ServerProcess

pytestmark = pytest.mark.skipif(CLIENT < (2, 6), reason="privileges at levels, and messages of this protocol")
ROOT = "root-password"
IDS = range(1, 600)


@pytest.fixture(scope="module")
def tenants(binary, tmp_path_factory):
    from pymilvus import MilvusClient

    folder = tmp_path_factory.mktemp("tenants")
    password = folder / "password"
    password.write_text(ROOT)
    server = ServerProcess(folder / "data", binary, ["--auth.root_password_file", str(password)])
    server.start()
    canaries = []

    def canary(prefix="c"):
        canaries.append(prefix + secrets.token_hex(16))
        return canaries[-1]

    root = MilvusClient(uri=server.uri, user="root", password=ROOT)
    for tenant in ("a", "b"):
        root.create_database(f"db_{tenant}")
        root.create_user(f"tenant_{tenant}", "password")
        root.create_role(f"role_{tenant}")
        root.grant_role(f"tenant_{tenant}", f"role_{tenant}")
        for group in ("DatabaseAdmin", "CollectionAdmin"):
            root.grant_privilege_v2(f"role_{tenant}", group, "*", f"db_{tenant}")
        own = MilvusClient(uri=server.uri, user="root", password=ROOT, db_name=f"db_{tenant}")
        secret = canary if tenant == "a" else lambda prefix="c": prefix + "_of_b"
        schema = own.create_schema(auto_id=False, description=secret())
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field(secret("f"), DataType.VARCHAR, max_length=64, nullable=True)
        schema.add_field("text", DataType.VARCHAR, max_length=64)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
        own.create_collection("docs", schema=schema)
        own.insert("docs", [{"id": i, "text": secret(), "vector": [float(i)] * DIM} for i in range(20)])
        index = own.prepare_index_params()
        index.add_index("vector", index_name=secret("i"), index_type="FLAT", metric_type="L2")
        own.create_index("docs", index)
        own.load_collection("docs")
        own.create_partition("docs", secret("p"))
        own.create_alias("docs", secret("a"))
        own.alter_collection_properties("docs", {"note": secret()})
        own.flush("docs")
        own.close()
    if hasattr(root, "alter_database_properties"):
        root.alter_database_properties("db_a", {"database.note": canary()})
    root.close()
    yield server, canaries
    server.kill()


def holds(canaries, data):
    return [c for c in canaries if c.encode() in data]


def repeated(field):
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED


def requests_of(kind):
    """Messages of `kind` that name things in every way that B can think of."""
    names = {f.name for f in kind.DESCRIPTOR.fields}
    for database in ("db_a", "default", "", "db_b"):
        request = kind()
        for field in ("db_name", "dbName", "newDBName", "target_db_name"):
            if field in names:
                setattr(request, field, database)
        for field in kind.DESCRIPTOR.fields:
            if field.name in ("collection_name", "collectionName", "oldName", "alias", "collection_names") and database != "db_b":
                if repeated(field):
                    getattr(request, field.name).append("docs")
                else:
                    setattr(request, field.name, "docs")
        yield request
    for field in kind.DESCRIPTOR.fields:
        if field.name in ("collectionID", "collection_id", "compactionID", "task", "job_id") and field.cpp_type == field.CPPTYPE_INT64:
            for number in IDS:
                request = kind()
                if repeated(field):
                    getattr(request, field.name).append(number)
                else:
                    setattr(request, field.name, number)
                yield request


def changes(method):
    """Whether it would change what B itself has: those are left out but against A's database."""
    return method.startswith(("Drop", "Create", "Alter", "Delete", "Rename", "Truncate", "Release", "Insert", "Upsert", "Operate", "Update", "Restore"))


def test_no_rpc_shows_anything_of_the_other(tenants):
    import base64

    from pymilvus.grpc_gen import milvus_pb2, milvus_pb2_grpc

    server, canaries = tenants
    login = ("authorization", base64.b64encode(b"tenant_b:password").decode())
    calls = 0
    with grpc.insecure_channel(server.address) as channel:
        stub = milvus_pb2_grpc.MilvusServiceStub(channel)
        for method in milvus_pb2.DESCRIPTOR.services_by_name["MilvusService"].methods:
            if method.client_streaming or method.server_streaming:
                continue
            from google.protobuf import message_factory

            get_class = getattr(message_factory, "GetMessageClass", None)
            kind = get_class(method.input_type) if get_class else getattr(milvus_pb2, method.input_type.name)
            for header in (None, "db_a"):
                for request in requests_of(kind):
                    if changes(method.name) and "db_a" not in str(request) and header is None:
                        continue
                    if method.name in ("DropDatabase", "AlterDatabase") and "db_a" not in str(request):
                        continue
                    metadata = [login] + ([("dbname", header)] if header else [])
                    try:
                        data = getattr(stub, method.name)(request, metadata=metadata, timeout=30).SerializeToString()
                    except grpc.RpcError as error:
                        data = str(error.details()).encode()
                    calls += 1
                    assert not holds(canaries, data), (method.name, str(request), header)
    assert calls > 2000


def test_absent_and_forbidden_look_alike(tenants):
    import base64

    from pymilvus.grpc_gen import milvus_pb2, milvus_pb2_grpc

    server, _ = tenants
    login = ("authorization", base64.b64encode(b"tenant_b:password").decode())
    with grpc.insecure_channel(server.address) as channel:
        stub = milvus_pb2_grpc.MilvusServiceStub(channel)
        for method, request in (
            ("DescribeDatabase", milvus_pb2.DescribeDatabaseRequest),
            ("DescribeCollection", milvus_pb2.DescribeCollectionRequest),
            ("GetLoadState", milvus_pb2.GetLoadStateRequest),
            ("Query", milvus_pb2.QueryRequest),
            ("HasCollection", milvus_pb2.HasCollectionRequest),
            ("ShowPartitions", milvus_pb2.ShowPartitionsRequest),
        ):
            said = []
            for database, collection in (("db_a", "docs"), ("db_a", "nope"), ("db_x", "docs")):
                message = request(db_name=database)
                if method != "DescribeDatabase":
                    message.collection_name = collection
                try:
                    answer = getattr(stub, method)(message, metadata=[login], timeout=20)
                    text = f"{answer.status.code} {answer.status.reason} {getattr(answer, 'value', '')}"
                except grpc.RpcError as error:
                    text = f"{error.code()} {error.details()}"
                said.append(text.replace(database, "DB").replace(collection, "C"))
            assert len(set(said)) == 1, (method, said)


def test_no_route_shows_anything_of_the_other(tenants):
    server, canaries = tenants
    headers = {"Authorization": "Bearer tenant_b:password", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/openapi.json")
    paths = list(json.loads(connection.getresponse().read())["paths"])
    assert len(paths) > 60
    for path in paths:
        for database in ("db_a", "default"):
            for more in ({}, {"id": list(range(20))}, {"filter": "id >= 0"}, {"data": [[0.0] * DIM], "annsField": "vector"}, {"jobID": 200}):
                body = {"dbName": database, "collectionName": "docs", "userName": "tenant_a", "roleName": "role_a", "name": "x", "aliasName": "docs", **more}
                for header in ({}, {"DB-Name": "db_a"}):
                    connection.request("POST", path, json.dumps(body), {**headers, **header})
                    answer = connection.getresponse()
                    data = answer.read()
                    assert answer.status < 500
                    assert not holds(canaries, data), (path, body, data[:400])
    connection.close()


def test_b_still_has_its_own(tenants):
    from pymilvus import MilvusClient

    server, canaries = tenants
    client = MilvusClient(uri=server.uri, user="tenant_b", password="password", db_name="db_b")
    assert client.list_collections() == ["docs"]
    assert len(client.query("docs", "id >= 0", limit=100)) == 20
    assert sorted(client.list_databases()) == ["db_b", "default"]
    client.close()
    connection = http.client.HTTPConnection("127.0.0.1", server.management_port, timeout=30)
    connection.request("GET", "/metrics")
    assert not holds(canaries, connection.getresponse().read())
    connection.close()
