"""docs/compat.md against the server: each RPC has one row, and its state is what an empty request finds."""

import pathlib
import re

import grpc
import pytest
from pymilvus.grpc_gen import milvus_pb2
from raw import Raw

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "compat.md"
STREAMS = {"CreateReplicateStream", "DumpMessages"}
METHODS = milvus_pb2.DESCRIPTOR.services_by_name["MilvusService"].methods_by_name


def rows():
    found = re.findall(r"^\| (\w+) \| (done|differs|not implemented) \|", PAGE.read_text(), re.M)
    assert len(found) == len(dict(found)), "an RPC has two rows"
    return dict(found)


def test_every_rpc_has_a_row():
    missing = [name for name in METHODS.keys() if name not in rows()]
    assert not missing


@pytest.mark.parametrize("method", sorted(set(METHODS.keys()) - STREAMS))
def test_the_state_is_true(server, method):
    request = METHODS[method].input_type._concrete_class()
    with Raw(server.address) as raw:
        try:
            raw.call(method, request)
            built = True
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNIMPLEMENTED, error
            built = False
    assert built == (rows()[method] != "not implemented")
