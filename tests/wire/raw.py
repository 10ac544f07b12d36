"""Requests below the client: the generated stubs that come with pymilvus, without its checks and retries.

Bad input is sent this way, because the client would refuse much of it by itself.
"""

import json
import struct

import grpc
from pymilvus.grpc_gen import common_pb2, milvus_pb2, milvus_pb2_grpc, schema_pb2

BOOL, INT8, INT16, INT32, INT64, FLOAT, DOUBLE, VARCHAR, ARRAY, JSON, FLOAT_VECTOR = 1, 2, 3, 4, 5, 10, 11, 21, 22, 23, 101
SCALAR_MEMBER = {
    BOOL: "bool_data",
    INT8: "int_data",
    INT16: "int_data",
    INT32: "int_data",
    INT64: "long_data",
    FLOAT: "float_data",
    DOUBLE: "double_data",
    VARCHAR: "string_data",
    JSON: "json_data",
}


class Raw:
    def __init__(self, address, timeout_s=20):
        self.address = address
        self.timeout_s = timeout_s
        self.channel = grpc.insecure_channel(
            address, options=[("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
        )
        self.stub = milvus_pb2_grpc.MilvusServiceStub(self.channel)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()

    def call(self, method, request, metadata=()):
        return getattr(self.stub, method)(request, timeout=self.timeout_s, metadata=metadata)

    def create_collection(self, name, fields, dynamic=False, **members):
        schema = schema_pb2.CollectionSchema(name=name, fields=fields, enable_dynamic_field=dynamic)
        request = milvus_pb2.CreateCollectionRequest(
            collection_name=name, schema=schema.SerializeToString(), **members
        )
        return self.call("CreateCollection", request)

    def insert(self, name, columns, rows, method="Insert", **members):
        kind = milvus_pb2.UpsertRequest if method == "Upsert" else milvus_pb2.InsertRequest
        return self.call(method, kind(collection_name=name, fields_data=columns, num_rows=rows, **members))

    def upsert(self, name, columns, rows, **members):
        return self.insert(name, columns, rows, method="Upsert", **members)

    def search(self, name, vectors, params=None, topk=10, filter="", anns_field="vector", nq=None, **members):
        """`params`: flat search parameters, over the usual ones; a value of None removes one."""
        flat = {"anns_field": anns_field, "topk": topk, "params": "{}"}
        flat.update(params or {})
        placeholder = common_pb2.PlaceholderGroup(
            placeholders=[
                common_pb2.PlaceholderValue(
                    tag="$0", type=FLOAT_VECTOR, values=[struct.pack(f"<{len(v)}f", *v) for v in vectors]
                )
            ]
        )
        request = milvus_pb2.SearchRequest(
            collection_name=name,
            dsl=filter,
            dsl_type=1,
            placeholder_group=placeholder.SerializeToString(),
            nq=len(vectors) if nq is None else nq,
            search_params=pairs(flat),
            **members,
        )
        return self.call("Search", request)

    def query(self, name, filter="", output_fields=("id",), params=None, **members):
        request = milvus_pb2.QueryRequest(
            collection_name=name,
            expr=filter,
            output_fields=list(output_fields),
            query_params=pairs(params or {}),
            **members,
        )
        return self.call("Query", request)

    def delete(self, name, filter, **members):
        return self.call("Delete", milvus_pb2.DeleteRequest(collection_name=name, expr=filter, **members))

    def create_index(self, name, field, index_name="", **params):
        request = milvus_pb2.CreateIndexRequest(
            collection_name=name, field_name=field, index_name=index_name, extra_params=pairs(params)
        )
        return self.call("CreateIndex", request)


def pairs(values):
    texts = {k: json.dumps(v) if isinstance(v, dict) else str(v) for k, v in values.items() if v is not None}
    return [common_pb2.KeyValuePair(key=k, value=v) for k, v in texts.items()]


def field(name, data_type, primary=False, auto_id=False, **type_params):
    return schema_pb2.FieldSchema(
        name=name, data_type=data_type, is_primary_key=primary, autoID=auto_id, type_params=pairs(type_params)
    )


def column(name, data_type, values, **members):
    scalars = schema_pb2.ScalarField()
    getattr(scalars, SCALAR_MEMBER[data_type]).data.extend(values)
    return schema_pb2.FieldData(field_name=name, type=data_type, scalars=scalars, **members)


def array_column(name, element_type, rows, **members):
    """One array per row; `element_type` also says which member carries the elements."""
    arrays = schema_pb2.ArrayArray(element_type=element_type)
    for row in rows:
        getattr(arrays.data.add(), SCALAR_MEMBER[element_type]).data.extend(row)
    return schema_pb2.FieldData(
        field_name=name, type=ARRAY, scalars=schema_pb2.ScalarField(array_data=arrays), **members
    )


def vector_column(name, vectors, dim=None):
    flat = [x for vector in vectors for x in vector]
    vectors_field = schema_pb2.VectorField(
        dim=len(vectors[0]) if dim is None else dim, float_vector=schema_pb2.FloatArray(data=flat)
    )
    return schema_pb2.FieldData(field_name=name, type=FLOAT_VECTOR, vectors=vectors_field)


def status_of(answer):
    if isinstance(answer, common_pb2.Status):
        return answer
    return answer.alter_status if "alter_status" in answer.DESCRIPTOR.fields_by_name else answer.status


def expect_refused(answer, codes, *phrases):
    """The answer is an error with one of the codes, a legacy code, and every phrase in its reason."""
    status = status_of(answer)
    codes = (codes,) if isinstance(codes, int) else codes
    shown = f"code {status.code}, legacy {status.error_code}, reason {status.reason!r}"
    assert status.code in codes, f"expected code {codes}: {shown}"
    assert status.error_code != 0, f"the legacy code is missing: {shown}"
    for phrase in phrases:
        assert phrase in status.reason, f"expected the phrase {phrase!r}: {shown}"
    return status


def expect_ok(answer):
    status = status_of(answer)
    assert status.code == 0 and status.error_code == 0, f"code {status.code}: {status.reason}"
    return answer
