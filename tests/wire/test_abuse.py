"""Requests made to exhaust the server: an answer or a clean error, nothing changed, the server serves on.

What they cost is measured by bench/server/abuse.py with the same requests; here no time is asserted.
"""

import abuse_corpus
import grpc
import pytest
from abuse_corpus import ABUSED, ROWS, SERVICE
from pymilvus.grpc_gen import milvus_pb2
from raw import Raw, expect_ok, status_of

ANSWERED = {  # within the limits, however long they are
    "or-same", "or-flat", "or-ranges", "or-two-columns", "and-flat", "and-json", "or-and", "in-list", "in-list-texts", "in-keys", "delete-keys",
    "in-json", "like", "like-mixed", "like-many", "string-long", "string-escapes", "blanks", "search-or", "sum",
    "nq-topk-large", "json-keys", "output-fields-60k", "partitions", "unknown-fields",
    "flush-names", "minus-numbers", "regex-backtrack", "regex-states", "regex-same", "contains-list", "contains-texts", "contains-arrays",
    "templates-list", "templates-keys", "templates-texts", "templates-json", "templates-contains", "templates-delete", "templates-used",
}  # fmt: skip
EITHER = {"unknown-fields-create", "output-fields-distinct", "templates", "show-names", "load-fields", "json-duplicate-keys", "json-number",
          "collection-properties", "schema-properties", "partitions-many", "rows-claimed-null", "power", "identifier", "like-single", "number-zeros",
          "index-params-distinct"}  # fmt: skip


@pytest.fixture(scope="module")
def abused(binary, tmp_path_factory):
    from server_process import ServerProcess

    server = ServerProcess(tmp_path_factory.mktemp("abuse") / "data", binary).start()
    with Raw(server.address, timeout_s=120) as raw:
        abuse_corpus.prepare(raw)
        yield server, raw
    server.kill()


@pytest.mark.parametrize("name,make", abuse_corpus.cases(), ids=lambda v: v if isinstance(v, str) else "")
def test_a_request_that_costs_much(abused, name, make):
    server, raw = abused
    assert server.alive(), "the server ended in an earlier test"
    method, request = make()
    answer_type = milvus_pb2.DESCRIPTOR.services_by_name["MilvusService"].methods_by_name[method].output_type._concrete_class
    call = raw.channel.unary_unary(SERVICE + method)
    try:
        status = status_of(answer_type.FromString(call(request, timeout=120)))
    except grpc.RpcError as error:
        allowed = (grpc.StatusCode.RESOURCE_EXHAUSTED,)
        assert server.alive() and error.code() in allowed, (error.code(), error.details())
    else:
        shown = f"code {status.code}: {status.reason[:300]}"
        if name in ANSWERED:
            assert status.code == 0 and status.error_code == 0, shown
        elif name not in EITHER:
            assert status.code in (1, 3, 10, 100, 1100, 1102, 1701, 700, 65535), shown
            assert status.error_code != 0, shown
        assert len(status.reason) < 16384
    assert server.alive(), server.output(4000)
    counted = expect_ok(raw.query(ABUSED, "", ["count(*)"])).fields_data[0].scalars.long_data.data[0]
    assert counted == ROWS or name in ("json-keys", "json-duplicate-keys", "json-number"), "rows came or went"
    if counted != ROWS:
        expect_ok(raw.delete(ABUSED, "id in [1000]"))
    raw.call("DropCollection", milvus_pb2.DropCollectionRequest(collection_name="fresh"))
