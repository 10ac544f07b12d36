"""Error contract, rows 32 to 42: aliases, renaming, partitions, loading."""

import uuid

import pytest
from error_contract import ABSENT, Cases, DEFAULT_GROUP, KEY, shared_world, vector_field, world  # noqa: F401
from raw import expect_ok, pairs

case = Cases()

# ---- 32 to 39: aliases, renaming, partitions


def aliased(w):
    w.own()
    w.alias = f"alias_{uuid.uuid4().hex[:8]}"
    expect_ok(w.send("CreateAlias", collection_name=w.name, alias=w.alias))
    w.drop_alias = True


case("32", "via-alias", 1100, "cannot drop the collection via alias = ", lambda w: w.send("DropCollection", collection_name=w.alias), aliased)
case("32", "has-alias", 1100, ("unable to drop the collection [", "] because it has associated aliases ["), lambda w: w.send("DropCollection", collection_name=w.name), aliased)
case("34", "collection-name", 1601, "alias and collection name conflict[database=default][alias=", lambda w: w.send("CreateAlias", collection_name=w.name, alias=w.base), lambda w: w.own())
case("34", "own-name", 1601, "alias and collection name conflict[database=default][alias=", lambda w: w.send("CreateAlias", collection_name=w.base, alias=w.base))
case("35", "taken", 1602, ("alias already exist[database=default][alias=", "is alias to another collection: "), lambda w: w.send("CreateAlias", collection_name=w.base, alias=w.alias), aliased)
case("36", "describe", 1600, "alias not found[database=default][alias=nobody]", lambda w: w.send("DescribeAlias", alias="nobody"))
case("36", "alter", 1600, "alias not found[database=default][alias=nobody]", lambda w: w.send("AlterAlias", collection_name=w.base, alias="nobody"))
case("36", "alter-target", 100, ABSENT, lambda w: w.send("AlterAlias", collection_name="nowhere", alias=w.alias), aliased)
case("37", "taken", 1100, "duplicated new collection name ", lambda w: w.send("RenameCollection", oldName=w.name, newName=w.base), lambda w: w.own())
case("37", "same", 1100, "collection name or database name should be different", lambda w: w.send("RenameCollection", oldName=w.base, newName=w.base))
case("37", "bad-name", 1100, "the first character of a collection name must be an underscore or letter", lambda w: w.send("RenameCollection", oldName=w.base, newName="1x"))

NO_PARTITION = "partition not found[partition=nowhere]"
case("38", "insert", 200, NO_PARTITION, lambda w: w.insert(partition_name="nowhere"))
case("38", "upsert", 200, NO_PARTITION, lambda w: w.insert("Upsert", partition_name="nowhere"))
case("38", "load", 200, NO_PARTITION, lambda w: w.send("LoadPartitions", collection_name=w.base, partition_names=["nowhere"]))
case("38", "stat", 200, NO_PARTITION, lambda w: w.send("GetPartitionStatistics", collection_name=w.base, partition_name="nowhere"))
case("38", "search", 1100, "partition name nowhere not found", lambda w: w.search(partition_names=["nowhere"]))
case("38", "query", 1100, "partition name nowhere not found", lambda w: w.query(partition_names=["nowhere"]))
case("39", "default", 1100, "default partition cannot be deleted", lambda w: w.send("DropPartition", collection_name=w.base, partition_name="_default"))


def loaded_partition(w):
    w.own()
    expect_ok(w.send("CreatePartition", collection_name=w.name, partition_name="extra"))
    expect_ok(w.send("LoadPartitions", collection_name=w.name, partition_names=["extra"]))


case("39", "loaded", 1100, "partition cannot be dropped, partition is loaded, please release it first",
     lambda w: w.send("DropPartition", collection_name=w.name, partition_name="extra"), loaded_partition)  # fmt: skip

# ---- 40 to 42: loading

case("40", "search", 101, ("failed to search:", "collection not loaded[collection="), lambda w: w.search(target=w.name), lambda w: w.own(load=False))
case("40", "query", 101, ("failed to query:", "collection not loaded[collection="), lambda w: w.query(target=w.name), lambda w: w.own(load=False))
case("40", "delete", 101, "collection not loaded[collection=", lambda w: w.raw.delete(w.name, "id > 0"), lambda w: w.own(load=False))
case("40", "progress", 101, "collection not loaded[collection=", lambda w: w.send("GetLoadingProgress", collection_name=w.name), lambda w: w.own(load=False))


def half_loaded(w):
    w.own(load=False)
    expect_ok(w.send("CreatePartition", collection_name=w.name, partition_name="extra"))
    expect_ok(w.send("LoadPartitions", collection_name=w.name, partition_names=["_default"]))


case("40", "partition", 201, "partition not loaded", lambda w: w.query(target=w.name, partition_names=["extra"]), half_loaded)
case("41", "no-index", 700, "index not found[collection=", lambda w: w.send("LoadCollection", collection_name=w.name), lambda w: w.own(index=False))


def one_index_of_two(w):
    w.own(fields=[KEY, vector_field("a"), vector_field("b")], index=False)
    expect_ok(w.index("a", index_type="FLAT", metric_type="L2"))


case("41", "one-of-two", 1100, "there is no vector index on field: [b], please create index firstly", lambda w: w.send("LoadCollection", collection_name=w.name), one_index_of_two)
case("42", "replicas", 304, "resource group node not enough", lambda w: w.send("LoadCollection", collection_name=w.name, replica_number=2), lambda w: w.own(load=False))
for name, code, phrase, members in (
    ("unknown", 300, "resource group not found[rg=nowhere]", {"resource_groups": ["nowhere"]}),
    ("unknown-of-two", 300, "resource group not found[rg=nowhere]", {"replica_number": 2, "resource_groups": [DEFAULT_GROUP, "nowhere"]}),
    ("two-groups", 1100, "resource group num can only be 0, 1 or same as replica number", {"resource_groups": [DEFAULT_GROUP, "nowhere"]}),
    ("two-of-three", 1100, "resource group num can only be 0, 1 or same as replica number", {"replica_number": 3, "resource_groups": [DEFAULT_GROUP] * 2}),
    ("two-of-two", 304, "resource group node not enough", {"replica_number": 2, "resource_groups": [DEFAULT_GROUP] * 2}),
):  # fmt: skip
    case("42", f"group-{name}", code, phrase, lambda w, m=members: w.send("LoadCollection", collection_name=w.name, **m), lambda w: w.own(load=False))
    case("42", f"group-{name}-partitions", code, phrase,
         lambda w, m=members: w.send("LoadPartitions", collection_name=w.name, partition_names=["_default"], **m), lambda w: w.own(load=False))  # fmt: skip
for name, code, phrase, properties in (
    ("replicas", 304, "resource group node not enough", {"collection.replica.number": "2"}),
    ("group", 300, "resource group not found[rg=nowhere]", {"collection.resource_groups": "nowhere"}),
    ("groups", 1100, "resource group num can only be 0, 1 or same as replica number", {"collection.resource_groups": f"{DEFAULT_GROUP}, nowhere"}),
):  # fmt: skip
    case("42", f"property-{name}", code, phrase, lambda w: w.send("LoadCollection", collection_name=w.name),
         lambda w, p=properties: w.own(load=False, properties=pairs(p)))  # fmt: skip

# ---- codes of resource groups and nodes

GROUP = {"resource_group": "nowhere"}
NO_GROUP = "resource group not found[rg=nowhere]"
case("merr-300", "describe", 300, NO_GROUP, lambda w: w.send("DescribeResourceGroup", **GROUP))
case("merr-300", "node", 300, NO_GROUP, lambda w: w.send("TransferNode", source_resource_group=DEFAULT_GROUP, target_resource_group="nowhere", num_node=1))
case("merr-300", "replica", 300, NO_GROUP,
     lambda w: w.send("TransferReplica", source_resource_group="nowhere", target_resource_group=DEFAULT_GROUP, collection_name=w.base, num_replica=1))  # fmt: skip
case("merr-303", "peer", 303, "resource group illegal config[rg=fresh]",
     lambda w: w.send("CreateResourceGroup", resource_group="fresh", config={"transfer_from": [{"resource_group": "nowhere"}]}))  # fmt: skip
case("merr-303", "limits", 303, "resource group illegal config[rg=fresh]",
     lambda w: w.send("CreateResourceGroup", resource_group="fresh", config={"requests": {"node_num": 2}, "limits": {"node_num": 1}}))  # fmt: skip
case("merr-301", "default", 301, f"resource group already exist, but create with different config[rg={DEFAULT_GROUP}]",
     lambda w: w.send("CreateResourceGroup", resource_group=DEFAULT_GROUP))  # fmt: skip
case("merr-304", "node", 304, "resource group node not enough",
     lambda w: w.send("LoadCollection", collection_name=w.name, replica_number=5), lambda w: w.own(load=False))  # fmt: skip
case("merr-901", "balance", 901, "node not found[node=77]", lambda w: w.send("LoadBalance", collectionName=w.base, src_nodeID=77))
case("merr-600", "balance", 600, "segment not found[segment=77]", lambda w: w.send("LoadBalance", collectionName=w.base, src_nodeID=1, sealed_segmentIDs=[77]))
for name, bad, phrase in (
    ("empty", "", "resource group name couldn't be empty"), ("first", "1x", "The first character of a resource group name must be an underscore or letter."),
    ("charset", "a-b", "Resource group name can only contain numbers, letters and underscores."), ("long", "a" * 256, "The length of a resource group name must be less than 255 characters."),
):  # fmt: skip
    case("13", f"group-{name}", 1100, phrase, lambda w, n=bad: w.send("CreateResourceGroup", resource_group=n))
case("6", "default-group", 1100, "default resource group is not deletable", lambda w: w.send("DropResourceGroup", resource_group=DEFAULT_GROUP))


@pytest.mark.parametrize("wanted", case)
def test_row(world, wanted):
    wanted.check(world)
