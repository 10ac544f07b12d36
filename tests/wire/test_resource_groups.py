"""Resource groups of one node: their configuration, where the node is, which group a replica belongs to."""

import pytest
from client_calls import ask, needs, request
from conftest import count, make_collection
from pymilvus import MilvusClient, MilvusException, connections, utility
from pymilvus.grpc_gen import rg_pb2
from raw import Raw, expect_ok, expect_refused

DEFAULT = "__default_resource_group"


@pytest.fixture
def raw(server):
    """Groups that a test leaves behind are dropped, so that the node is in the default one again."""
    with Raw(server.address) as raw:
        yield raw
        names = [n for n in groups(raw) if n != DEFAULT]
        update(raw, {n: config() for n in (*names, DEFAULT)} | {DEFAULT: config(0, 1_000_000)})
        for name in names:
            expect_ok(ask(raw, "DropResourceGroup", resource_group=name))


def config(requests=0, limits=0, transfer_from=(), transfer_to=(), labels=()):
    return rg_pb2.ResourceGroupConfig(
        requests=rg_pb2.ResourceGroupLimit(node_num=requests),
        limits=rg_pb2.ResourceGroupLimit(node_num=limits),
        transfer_from=[rg_pb2.ResourceGroupTransfer(resource_group=n) for n in transfer_from],
        transfer_to=[rg_pb2.ResourceGroupTransfer(resource_group=n) for n in transfer_to],
        node_filter=rg_pb2.ResourceGroupNodeFilter(node_labels=[{"key": k, "value": v} for k, v in labels]),
    )


def groups(raw):
    return list(expect_ok(ask(raw, "ListResourceGroups")).resource_groups)


def create(raw, name, *more, **members):
    return ask(raw, "CreateResourceGroup", resource_group=name, config=config(*more, **members))


def update(raw, configs):
    message = request("UpdateResourceGroups")
    for name, value in configs.items():
        message.resource_groups[name].CopyFrom(value)
    return raw.call("UpdateResourceGroups", message)


def describe(raw, name):
    return expect_ok(ask(raw, "DescribeResourceGroup", resource_group=name)).resource_group


def transfer_node(raw, source, target, count=1):
    return ask(raw, "TransferNode", source_resource_group=source, target_resource_group=target, num_node=count)


def transfer_replica(raw, source, target, name, count=1):
    return ask(
        raw, "TransferReplica", source_resource_group=source, target_resource_group=target, collection_name=name, num_replica=count
    )


def group_of(raw, name):
    replicas = expect_ok(ask(raw, "GetReplicas", collection_name=name)).replicas
    return replicas[0].resource_group_name, dict(replicas[0].num_outbound_node)


def test_the_default_group(raw):
    assert groups(raw) == [DEFAULT]
    group = describe(raw, DEFAULT)
    assert (group.name, group.capacity, group.num_available_node) == (DEFAULT, 1_000_000, 1)
    assert [(n.node_id, bool(n.address)) for n in group.nodes] == [(1, True)]
    expect_refused(ask(raw, "DropResourceGroup", resource_group=DEFAULT), 1100, "default resource group is not deletable")


def test_create_update_drop(raw):
    expect_ok(ask(raw, "CreateResourceGroup", resource_group="bare"))
    expect_ok(create(raw, "rg", 0, 2, transfer_from=["bare"]))
    expect_ok(create(raw, "rg", 0, 2, transfer_from=["bare"]))
    expect_refused(create(raw, "rg", 0, 3), 301, "resource group already exist, but create with different config[rg=rg]")
    assert groups(raw) == [DEFAULT, "bare", "rg"]
    group = describe(raw, "rg")
    assert (group.capacity, group.num_available_node, list(group.nodes)) == (0, 0, [])
    assert (group.config.requests.node_num, group.config.limits.node_num) == (0, 2)
    assert [t.resource_group for t in group.config.transfer_from] == ["bare"]
    expect_refused(ask(raw, "DropResourceGroup", resource_group="bare"), 1100, "is used by the transfers of resource group rg")
    expect_refused(ask(raw, "DropResourceGroup", resource_group="rg"), 1100, "limits.node_num 2")
    expect_ok(update(raw, {"rg": config(0, 0, labels=[("zone", "a")])}))
    assert [(p.key, p.value) for p in describe(raw, "rg").config.node_filter.node_labels] == [("zone", "a")]
    for name in ("rg", "bare", "bare", "never"):
        expect_ok(ask(raw, "DropResourceGroup", resource_group=name))
    assert groups(raw) == [DEFAULT]
    expect_refused(ask(raw, "DescribeResourceGroup", resource_group="rg"), 300, "resource group not found[rg=rg]")


@pytest.mark.parametrize(
    "name, phrase",
    [
        ("", "resource group name couldn't be empty"),
        ("1st", "The first character of a resource group name must be an underscore or letter."),
        ("a-b", "Resource group name can only contain numbers, letters and underscores."),
        ("a" * 256, "The length of a resource group name must be less than 255 characters."),
    ],
)
def test_names(raw, name, phrase):
    expect_refused(create(raw, name), 1100, phrase)


@pytest.mark.parametrize(
    "bad, phrase",
    [
        (config(2, 1), "should be equal or larger than requests node num 2"),
        (config(-1, 1), "should not be less than 0"),
        (config(0, 1, transfer_from=["nobody"]), "not found: nobody"),
        (config(0, 1, transfer_to=["rg"]), "should not be itself"),
    ],
)
def test_configurations(raw, bad, phrase):
    refused = ask(raw, "CreateResourceGroup", resource_group="rg", config=bad)
    expect_refused(refused, 303, phrase, "resource group illegal config[rg=rg]")
    assert groups(raw) == [DEFAULT]
    expect_ok(create(raw, "rg"))
    before = describe(raw, "rg")
    expect_refused(update(raw, {"rg": bad}), 303, phrase)
    assert describe(raw, "rg") == before
    expect_refused(update(raw, {"none": config()}), 300, "resource group not found[rg=none]")


def test_the_node_goes_where_it_is_asked_for(raw):
    expect_ok(create(raw, "rg", 1, 1))
    assert describe(raw, "rg").num_available_node == 1 and describe(raw, DEFAULT).num_available_node == 0
    expect_ok(update(raw, {"rg": config()}))
    assert describe(raw, "rg").num_available_node == 0 and describe(raw, DEFAULT).num_available_node == 1
    expect_refused(transfer_node(raw, "rg", DEFAULT), 304, "resource group node not enough")
    expect_refused(transfer_node(raw, DEFAULT, "rg", 2), 304, "resource group node not enough")
    expect_refused(transfer_node(raw, DEFAULT, DEFAULT), 1100, "should not be the same")
    expect_refused(transfer_node(raw, DEFAULT, "rg", 0), 1100, "can't be [0]")
    expect_refused(transfer_node(raw, DEFAULT, "none"), 300, "resource group not found[rg=none]")
    expect_ok(transfer_node(raw, DEFAULT, "rg"))
    assert describe(raw, "rg").config.requests.node_num == 1
    expect_ok(transfer_node(raw, "rg", DEFAULT))
    assert describe(raw, DEFAULT).num_available_node == 1


def test_replicas(client, raw, name):
    make_collection(client, name)
    assert group_of(raw, name) == (DEFAULT, {})
    expect_ok(create(raw, "rg", 1, 1))
    # Its replica stays in its group and is served by a node of another.
    assert group_of(raw, name) == (DEFAULT, {"rg": 1})
    assert dict(describe(raw, DEFAULT).num_loaded_replica)[name] == 1
    assert dict(describe(raw, DEFAULT).num_outgoing_node)[name] == 1
    assert dict(describe(raw, "rg").num_incoming_node)[name] == 1
    expect_refused(transfer_replica(raw, DEFAULT, "rg", name, 2), 1100, "only found [1] replicas")
    expect_refused(transfer_replica(raw, "rg", DEFAULT, name), 1100, "only found [0] replicas")
    expect_refused(transfer_replica(raw, DEFAULT, "none", name), 300, "resource group not found[rg=none]")
    expect_refused(transfer_replica(raw, DEFAULT, "rg", "none"), 100, "collection not found")
    expect_ok(transfer_replica(raw, DEFAULT, "rg", name))
    assert group_of(raw, name) == ("rg", {})
    assert count(client, name) == 20
    expect_refused(ask(raw, "LoadCollection", collection_name=name, resource_groups=[DEFAULT]), 1100, "is loaded in resource group rg")
    expect_ok(ask(raw, "LoadCollection", collection_name=name))
    expect_ok(update(raw, {"rg": config()}))
    expect_refused(ask(raw, "DropResourceGroup", resource_group="rg"), 1100, "some replicas still loaded in resource group rg")
    client.release_collection(name)
    expect_refused(ask(raw, "LoadCollection", collection_name=name, resource_groups=["rg"]), 304, "resource group node not enough")
    expect_refused(ask(raw, "LoadCollection", collection_name=name, resource_groups=["none"]), 300, "resource group not found[rg=none]")
    expect_ok(ask(raw, "LoadCollection", collection_name=name, resource_groups=[DEFAULT]))
    assert group_of(raw, name) == (DEFAULT, {})


def test_across_a_restart(own_server, name="grouped"):
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    make_collection(client, name)
    with Raw(own_server.address) as raw:
        expect_ok(create(raw, "rg", 1, 2, transfer_from=[DEFAULT]))
        expect_ok(transfer_replica(raw, DEFAULT, "rg", name))
        before = describe(raw, "rg")
    client.close()
    own_server.kill()
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    with Raw(own_server.address) as raw:
        after = describe(raw, "rg")
        assert (after.config, after.num_available_node) == (before.config, 1)
        assert dict(after.num_loaded_replica) == {name: 1}
        assert group_of(raw, name) == ("rg", {})
    assert count(client, name) == 20
    client.close()


def test_load_balance(client, raw, name):
    make_collection(client, name)
    balance = {"collectionName": name, "src_nodeID": 1}
    expect_ok(ask(raw, "LoadBalance", **balance))
    expect_refused(ask(raw, "LoadBalance", **balance | {"src_nodeID": 7}), 901, "node not found[node=7]")
    expect_refused(ask(raw, "LoadBalance", **balance, dst_nodeIDs=[8]), 901, "node not found[node=8]")
    expect_refused(ask(raw, "LoadBalance", **balance, sealed_segmentIDs=[5]), 600, "segment not found[segment=5]")
    expect_refused(ask(raw, "LoadBalance", collectionName="none", src_nodeID=1), 100, "collection not found")


def test_the_client(client, raw, name):
    needs(client, "create_resource_group", "update_resource_groups", "describe_resource_group", "transfer_replica")
    make_collection(client, name)
    wanted = config(1, 1)
    client.create_resource_group("rg", config=wanted)
    assert client.list_resource_groups() == [DEFAULT, "rg"]
    info = client.describe_resource_group("rg")
    assert (info.name, info.num_available_node, info.config.requests.node_num) == ("rg", 1, 1)
    assert info.nodes[0].node_id == 1
    client.transfer_replica(DEFAULT, "rg", name, 1)
    client.update_resource_groups({"rg": config()})
    with pytest.raises(MilvusException, match="some replicas still loaded"):
        client.drop_resource_group("rg")
    client.release_collection(name)
    client.drop_resource_group("rg")
    assert client.list_resource_groups() == [DEFAULT]


def test_the_older_functions(server, raw):
    connections.connect("groups", uri=server.uri)
    try:
        utility.create_resource_group("rg", using="groups")
        assert utility.list_resource_groups(using="groups") == [DEFAULT, "rg"]
        utility.transfer_node(DEFAULT, "rg", 1, using="groups")
        assert utility.describe_resource_group("rg", using="groups").num_available_node == 1
        utility.transfer_node("rg", DEFAULT, 1, using="groups")
        utility.drop_resource_group("rg", using="groups")
    finally:
        connections.disconnect("groups")
