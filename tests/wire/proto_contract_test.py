"""proto/ against the descriptors inside the installed pymilvus: what we declare must be what the client sends and reads.

Run with any pymilvus; each version knows a part of our union. Needs protoc.
"""

import pathlib
import shutil
import subprocess

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool

PROTO_DIR = pathlib.Path(__file__).resolve().parents[2] / "proto"
FILES = ("common.proto", "schema.proto", "rg.proto", "msg.proto", "feder.proto", "milvus.proto")
# What the clients declare and we leave out on purpose: extensions that only steer the original server.
LEFT_OUT = {"milvus.proto.common.privilege_ext_obj", "milvus.proto.milvus.milvus_ext_obj"}
# Plain fields of pymilvus 2.4 and 2.5 that joined a oneof later; on the wire that is the same.
JOINED_ONEOF = {"milvus.proto.milvus.SearchRequest.placeholder_group"}
ONEOF = 5  # position of the oneof's name in a field's facts


def described(files):
    """Every fact of the files as {path: tuple}, custom options aside."""
    facts = {}

    def enum(e, path):
        for v in e.value:
            facts[f"{path}.{e.name}.{v.name}"] = ("enum value", v.number)

    def message(m, path):
        path = f"{path}.{m.name}"
        facts[path] = ("message", m.options.map_entry)
        for f in m.field:
            oneof = m.oneof_decl[f.oneof_index].name if f.HasField("oneof_index") and not f.proto3_optional else ""
            packed = f.options.packed if f.options.HasField("packed") else True
            facts[f"{path}.{f.name}"] = ("field", f.number, f.type, f.type_name, f.label, oneof, f.proto3_optional, packed)
        for n in m.nested_type:
            message(n, path)
        for e in m.enum_type:
            enum(e, path)

    for file in files:
        for m in file.message_type:
            message(m, file.package)
        for e in file.enum_type:
            enum(e, file.package)
        for s in file.service:
            for m in s.method:
                facts[f"{file.package}.{s.name}.{m.name}"] = (
                    "method", m.input_type, m.output_type, m.client_streaming, m.server_streaming)
        for x in file.extension:
            facts[f"{file.package}.{x.name}"] = ("extension",)
    return facts


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    protoc = shutil.which("protoc")
    assert protoc, "protoc is missing: apt-get install protobuf-compiler"
    out = tmp_path_factory.mktemp("proto") / "ours.ds"
    names = sorted(p.name for p in PROTO_DIR.glob("*.proto"))
    subprocess.run([protoc, f"--proto_path={PROTO_DIR}", f"--descriptor_set_out={out}", *names], check=True)
    return described(descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file)


@pytest.fixture(scope="module")
def theirs():
    pytest.importorskip("pymilvus")
    from pymilvus.grpc_gen import feder_pb2, milvus_pb2, msg_pb2, rg_pb2  # noqa: F401, fills the pool
    files = []
    for name in FILES:
        files.append(descriptor_pb2.FileDescriptorProto())
        descriptor_pool.Default().FindFileByName(name).CopyToProto(files[-1])
    return described(files)


def test_what_both_declare_is_equal(ours, theirs):
    shared = ours.keys() & theirs.keys()
    assert len(shared) > 1500, "the comparison has nothing to compare"

    def plain(path, fact):
        return fact[:ONEOF] + fact[ONEOF + 1:] if path in JOINED_ONEOF else fact

    different = {p: (ours[p], theirs[p]) for p in shared if plain(p, ours[p]) != plain(p, theirs[p])}
    assert not different


def test_nothing_of_the_client_is_missing(ours, theirs):
    missing = theirs.keys() - ours.keys() - LEFT_OUT
    assert not missing


def test_the_list_of_what_is_left_out_is_current(ours, theirs):
    assert not (LEFT_OUT & ours.keys())
    assert LEFT_OUT <= theirs.keys()
