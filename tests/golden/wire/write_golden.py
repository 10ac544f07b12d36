#!/usr/bin/env python3
"""Writes the request bytes that a stock pymilvus sends: write_golden.py DIRECTORY PREFIX, with that pymilvus's interpreter.

src/wire/golden_test.cc decodes them. The frozen files are kept when a newer pymilvus comes; it gets its own prefix.
"""
import pathlib
import sys

import numpy
from pymilvus import CollectionSchema, DataType, FieldSchema
from pymilvus.client.prepare import Prepare

FIELDS = [
    FieldSchema("id", DataType.INT64, is_primary=True),
    FieldSchema("word", DataType.VARCHAR, max_length=64),
    FieldSchema("flag", DataType.BOOL),
    FieldSchema("small", DataType.INT8),
    FieldSchema("number", DataType.INT32, nullable=True),
    FieldSchema("score", DataType.FLOAT),
    FieldSchema("exact", DataType.DOUBLE),
    FieldSchema("doc", DataType.JSON),
    FieldSchema("vector", DataType.FLOAT_VECTOR, dim=4),
]
ROWS = [
    {"id": i, "word": f"w\u00e9{i}", "flag": i % 2 == 0, "small": -i, "number": None if i == 1 else i * 1000,
     "score": i / 2, "exact": i / 4, "doc": {"k": i}, "vector": [i, 0.5, -1.0, 2.0], "extra": f"x{i}"}
    for i in range(3)
]

ARRAYS = [
    FieldSchema("id", DataType.INT64, is_primary=True),
    FieldSchema("bits", DataType.ARRAY, element_type=DataType.BOOL, max_capacity=4),
    FieldSchema("small", DataType.ARRAY, element_type=DataType.INT8, max_capacity=4),
    FieldSchema("long", DataType.ARRAY, element_type=DataType.INT64, max_capacity=4, nullable=True),
    FieldSchema("exact", DataType.ARRAY, element_type=DataType.DOUBLE, max_capacity=4),
    FieldSchema("words", DataType.ARRAY, element_type=DataType.VARCHAR, max_capacity=4, max_length=8),
]
ARRAY_ROWS = [
    {"id": 0, "bits": [True, False], "small": [-8, 7], "long": None, "exact": [0.5], "words": ["a", "", "w\u00e9"]},
    {"id": 1, "bits": [], "small": [], "long": [2**40], "exact": [], "words": []},
]


SPARSE = [FieldSchema("id", DataType.INT64, is_primary=True), FieldSchema("sparse", DataType.SPARSE_FLOAT_VECTOR)]
SPARSE_ROWS = [{"id": 0, "sparse": {7: 0.5, 2: 1.5}}, {"id": 1, "sparse": {}}, {"id": 2, "sparse": {2**32 - 2: 3.0}}]


def struct_fields():
    """As DescribeCollection gives them to the client."""
    params = {"max_capacity": 4}
    return [{"name": "chunks", "type": DataType._ARRAY_OF_STRUCT, "nullable": True, "fields": [
        {"name": "text", "type": DataType.ARRAY, "element_type": DataType.VARCHAR, "nullable": True, "params": {**params, "max_length": 8}},
        {"name": "page", "type": DataType.ARRAY, "element_type": DataType.INT64, "nullable": True, "params": params},
        {"name": "vector", "type": DataType._ARRAY_OF_VECTOR, "element_type": DataType.FLOAT_VECTOR, "nullable": True,
         "params": {**params, "dim": 2}},
    ]}]


STRUCT_ROWS = [
    {"id": 0, "chunks": [{"text": "a", "page": 1, "vector": [1.0, 2.0]}, {"text": "", "page": 2, "vector": [3.0, 4.0]}]},
    {"id": 1, "chunks": []},
    {"id": 2, "chunks": None},
]


def requests():
    schema = CollectionSchema(FIELDS, description="words", enable_dynamic_field=True)
    fields = [f.to_dict() for f in FIELDS]
    yield "create_collection", Prepare.create_collection_request(
        "words", schema, shards_num=1, consistency_level="Strong", properties={"collection.ttl.seconds": "60"})
    yield "insert", Prepare.row_insert_param("words", ROWS, "", fields, enable_dynamic=True, schema_timestamp=42)
    yield "upsert", Prepare.row_upsert_param("words", ROWS, "", fields, enable_dynamic=True, schema_timestamp=42)
    yield "insert_arrays", Prepare.row_insert_param("arrays", ARRAY_ROWS, "", [f.to_dict() for f in ARRAYS])
    yield "insert_sparse", Prepare.row_insert_param("sparse", SPARSE_ROWS, "", [f.to_dict() for f in SPARSE])
    yield "search_sparse", Prepare.search_requests_with_expr(
        "sparse", "sparse", {"metric_type": "IP", "params": {"drop_ratio_search": 0.2}}, 10, data=[{2: 0.25, 7: 1.0}, {}],
        expr="id > 0", consistency_level="Strong")
    if hasattr(DataType, "_ARRAY_OF_STRUCT"):
        key = [FieldSchema("id", DataType.INT64, is_primary=True).to_dict()]
        yield "insert_structs", Prepare.row_insert_param("structs", STRUCT_ROWS, "", key, struct_fields())
        yield "search_lists", Prepare.search_requests_with_expr(
            "structs", "chunks[vector]", {"metric_type": "MAX_SIM_IP"}, 10, is_embedding_list=True,
            data=[numpy.array(v, dtype=numpy.float32) for v in ([1, 2], [1, 2, 3, 4])], consistency_level="Strong")
    yield "search", Prepare.search_requests_with_expr(
        "words", "vector", {"metric_type": "COSINE", "params": {"ef": 64}}, 10,
        data=numpy.array([[1, 2, 3, 4], [5, 6, 7, 8]], dtype=numpy.float32), expr="number > 3",
        output_fields=["word", "number"], consistency_level="Bounded", use_default_consistency=False,
        guarantee_timestamp=2)
    yield "query", Prepare.query_request("words", "id in [1, 2]", ["*"], ["_default"], limit=5)
    yield "delete", Prepare.delete_request("words", "id in [1]", partition_name="_default", consistency_level=0)
    yield "create_index", Prepare.create_index_request(
        "words", "vector", {"index_type": "HNSW", "metric_type": "COSINE", "params": {"M": 16, "efConstruction": 200}},
        index_name="vector_index")
    yield "flush", Prepare.flush_param(["words", "other"])


if __name__ == "__main__":
    for name, request in requests():
        pathlib.Path(sys.argv[1], f"{sys.argv[2]}_{name}.bin").write_bytes(request.SerializeToString(deterministic=True))
