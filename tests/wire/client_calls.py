"""What the tests of databases, aliases, partitions and alterations share: requests by name, and skips for old clients."""

import pytest
from pymilvus.grpc_gen import milvus_pb2
from raw import pairs


def needs(client, *methods):
    """Skip by name what this version of the client does not have."""
    missing = [m for m in methods if not hasattr(client, m)]
    if missing:
        pytest.skip(f"this client has no {', '.join(missing)}")


def needs_sync(client, why):
    """Skip where the asynchronous client is known to answer otherwise."""
    if type(client).__name__ == "AwaitingClient":
        pytest.skip(f"asynchronous client: {why}")


def needs_members(message, *members):
    """Skip by name what a message of this client's protocol does not have."""
    missing = [m for m in members if m not in milvus_pb2.DESCRIPTOR.message_types_by_name[message].fields_by_name]
    if missing:
        pytest.skip(f"{message} of this client has no {', '.join(missing)}")


def request(method, **members):
    """The request message of an RPC of MilvusService; `properties` and `extra_params` may be dictionaries."""
    kind = milvus_pb2.DESCRIPTOR.services_by_name["MilvusService"].methods_by_name.get(method)
    if kind is None:
        pytest.skip(f"this client has no RPC {method}")
    for key in ("properties", "extra_params"):
        if isinstance(members.get(key), dict):
            members[key] = pairs(members[key])
    known = kind.input_type.fields_by_name
    for key in members:
        if key not in known:
            pytest.skip(f"{method} of this client has no {key}")
    return kind.input_type._concrete_class(**members)


def ask(raw, method, metadata=(), **members):
    return raw.call(method, request(method, **members), metadata)


def stats_of(answer):
    return {pair.key: pair.value for pair in answer.stats}
