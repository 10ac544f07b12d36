"""Order and comments of our proto files; proto_union.py takes names, numbers and types from the clients."""

HEADERS = {
    "common": ("Status, key-value pairs, enums and small messages that all services share.",
               "Facts of the clients' interface; tests/wire/proto_contract_test.py compares them with pymilvus.",
               "Written by tools/proto_union.py: change tools/proto_layout.py, not this file."),
    "schema": ("Collection schemas and column-wise data: what a row is on the wire.",
               "Written by tools/proto_union.py: change tools/proto_layout.py, not this file."),
    "rg": ("Resource groups.", "Written by tools/proto_union.py: change tools/proto_layout.py, not this file."),
    "msg": ("Log messages; clients see them only in replication.",
            "Written by tools/proto_union.py: change tools/proto_layout.py, not this file."),
    "feder": ("Index internals for a visualiser that few clients have.",
              "Written by tools/proto_union.py: change tools/proto_layout.py, not this file."),
    "milvus": ("The public service: every call that a Milvus client can make; the messages are in milvus_*.proto, so",
               "that only those of built calls are compiled. The union of what pymilvus 2.4, 2.5, 2.6 and 3.0 declare.",
               "Written by tools/proto_union.py: change tools/proto_layout.py, not this file."),
}

_SECTIONS = [
    ("connection", "Connection and health",
     "Connect GetVersion CheckHealth GetComponentStates AllocTimestamp GetMetrics Dummy RegisterLink"),
    ("database", "Databases", "CreateDatabase DropDatabase ListDatabases DescribeDatabase AlterDatabase"),
    ("collection", "Collections",
     "CreateCollection DropCollection HasCollection DescribeCollection BatchDescribeCollection "
     "ShowCollections AlterCollection AlterCollectionField AddCollectionField AlterCollectionSchema "
     "AddCollectionStructField AddCollectionFunction AlterCollectionFunction DropCollectionFunction "
     "RenameCollection TruncateCollection GetCollectionStatistics BatchUpdateManifest"),
    ("alias", "Aliases", "CreateAlias DropAlias AlterAlias DescribeAlias ListAliases"),
    ("partition", "Partitions", "CreatePartition DropPartition HasPartition ShowPartitions GetPartitionStatistics"),
    ("index", "Indexes",
     "CreateIndex DescribeIndex DropIndex AlterIndex GetIndexStatistics GetIndexState "
     "GetIndexBuildProgress"),
    ("rows", "Rows in", "Insert Upsert Delete"),
    ("rows", "Rows out", "Search HybridSearch Query CalcDistance"),
    ("load", "Load and release",
     "LoadCollection ReleaseCollection LoadPartitions ReleasePartitions GetLoadingProgress GetLoadState "
     "Prewarm DescribePrewarmTask"),
    ("replica", "Replicas and resource groups",
     "GetReplicas GetQuerySegmentInfo LoadBalance CreateResourceGroup UpdateResourceGroups "
     "DropResourceGroup DescribeResourceGroup ListResourceGroups TransferNode TransferReplica"),
    ("flush", "Flush", "Flush GetFlushState"),
    ("compaction", "Compaction and stored segments",
     "ManualCompaction GetCompactionState GetCompactionStateWithPlans GetPersistentSegmentInfo"),
    ("flush_all", "Flush of every collection", "FlushAll GetFlushAllState"),
    ("import", "Import", "Import GetImportState ListImportTasks"),
    ("security", "Users, roles, privileges",
     "CreateCredential UpdateCredential DeleteCredential ListCredUsers CreateRole AlterRole DropRole "
     "OperateUserRole SelectRole SelectUser OperatePrivilege OperatePrivilegeV2 SelectGrant "
     "CreatePrivilegeGroup DropPrivilegeGroup ListPrivilegeGroups OperatePrivilegeGroup BackupRBAC "
     "RestoreRBAC"),
    ("row_policy", "User tags and row policies",
     "AddUserTags DeleteUserTags GetUserTags ListUsersWithTag CreateRowPolicy DropRowPolicy "
     "ListRowPolicies"),
    ("namespace", "Namespaces",
     "CreateNamespace DescribeNamespace ListNamespaces DropNamespace HasNamespace GetNamespaceStats"),
    ("snapshot", "Snapshots",
     "CreateSnapshot DropSnapshot ListSnapshots DescribeSnapshot RestoreSnapshot RestoreExternalSnapshot "
     "GetRestoreSnapshotState ListRestoreSnapshotJobs ExportSnapshot GetExportSnapshotState "
     "PinSnapshotData UnpinSnapshotData"),
    ("external", "External collections",
     "RefreshExternalCollection GetRefreshExternalCollectionProgress ListRefreshExternalCollectionJobs"),
    ("replication", "Replication",
     "ReplicateMessage UpdateReplicateConfiguration GetReplicateConfiguration GetReplicateInfo "
     "CreateReplicateStream DumpMessages"),
    ("text", "Text analysis and file resources",
     "RunAnalyzer ComputePhraseMatchSlop AddFileResource RemoveFileResource ListFileResources"),
    ("internals", "Index internals", "ListIndexedSegment DescribeSegmentIndexData"),
    ("telemetry", "Client telemetry", "ClientHeartbeat GetClientTelemetry PushClientCommand DeleteClientCommand"),
]

TYPE_SECTIONS = {
    "common": [
        ("Answers", ["Status", "ErrorCode"]),
        ("Pairs", ["KeyValuePair", "KeyDataPair"]),
        ("Query vectors", ["PlaceholderGroup", "Blob"]),
        ("Envelope that clients may send with a request", ["MsgBase"]),
        ("Connection", ["ClientInfo", "ServerInfo"]),
        ("States and choices", ["ConsistencyLevel", "DslType", "IndexState", "LoadState", "LoadPriority",
                                "SegmentState", "SegmentLevel", "CompactionState", "CompactionTaskState",
                                "CompactionType", "ImportState", "StateCode"]),
        ("Search extras", ["Highlighter", "HighlightResult", "SearchAggregationSpec"]),
        ("Permissions", ["ObjectType", "ObjectPrivilege"]),
        ("Replication", ["ReplicateConfiguration", "ReplicateCheckpoint", "ImmutableMessage"]),
        ("Client telemetry", ["Metrics", "ClientCommand", "CommandReply"]),
    ],
    "schema": [
        ("Schemas", ["CollectionSchema", "FieldSchema"]),
        ("Columns", ["FieldData", "FieldPartialUpdateOp", "IDs"]),
        ("Search answers", ["SearchResultData"]),
        ("Filter templates", ["TemplateValue"]),
        ("Reranking", ["FunctionScore", "FunctionChain"]),
        ("Clustering", ["ClusteringInfo"]),
    ],
}


def sections_of(service):
    """(file key, title, method names) in our order; a method that no section names comes last."""
    left = {m.name: None for m in service.method}
    for key, title, names in _SECTIONS:
        here = [n for n in names.split() if n in left]
        for n in here:
            del left[n]
        if here:
            yield key, title, here
    if left:
        yield "other", "Others", sorted(left)


def header_of(name, titles):
    """Comment lines of a file."""
    if name in HEADERS:
        return HEADERS[name]
    titles = dict.fromkeys(t[0].lower() + t[1:] for t in titles)
    return (f"Messages of the public service: {', '.join(titles)}.",
            "Written by tools/proto_union.py: change tools/proto_layout.py, not this file.")
