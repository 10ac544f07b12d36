"""The client with REST beside it, so that the same tests run with it: `pytest --rest`.

What changes something goes through REST where REST can say it. Where REST refuses, the client must be refused too, with the
same code. What reads goes through both, and the answers must be equal; the test gets the client's. `used` counts per method.
What a call asks for and REST cannot say (iterators, options that it has no member for, values that JSON does not have) goes to
the client alone.
"""

import base64
import json
import math
import struct

import numpy as np
from pymilvus import DataType, MilvusClient, MilvusException
from rest_calls import Rest

BYTES = (bytes, bytearray)
# REST has codes of its own for what is wrong with a body: the client finds it before it sends, or the server says 1100.
BODY_CODES = {1801, 1802, 1804, 1806}


class CannotSay(Exception):
    """The call has something that REST has no words for."""


def number(value):
    if isinstance(value, float) and not math.isfinite(value):
        raise CannotSay("JSON has no such number")
    return value


def to_json(value):
    """A value of a row or a vector as REST takes it."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (np.bool_, np.integer)):
        return value.item()
    if isinstance(value, (float, np.floating)):
        return number(float(value))
    if isinstance(value, BYTES):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, np.ndarray):
        if value.dtype in (np.float32, np.float64):
            return [number(float(v)) for v in value]
        if value.dtype == np.int8:
            return [int(v) for v in value]
        return base64.b64encode(value.tobytes()).decode()
    if isinstance(value, dict):
        return {str(to_json(k)): to_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(v, BYTES) for v in value):
            raise CannotSay("lists of bytes")
        return [to_json(v) for v in value]
    raise CannotSay(type(value).__name__)


def close(a, b):
    """Equal, but for what a float32 loses on its way through JSON."""
    if isinstance(a, float) or isinstance(b, float):
        try:
            if a == b or (math.isnan(a) and b is None):
                return True
            return struct.pack("f", a) == struct.pack("f", b) or abs(a - b) <= 1e-12 * max(abs(a), abs(b))
        except (TypeError, OverflowError):
            return False
    return a == b


def equal(rest, client):
    """Whether a value of REST is the client's."""
    if isinstance(client, np.ndarray):
        client = client.tolist() if client.dtype in (np.float32, np.float64, np.int8) else client.tobytes()
    if isinstance(client, np.generic):
        client = client.item()
    if isinstance(client, BYTES):
        return isinstance(rest, str) and base64.b64decode(rest) == bytes(client)
    if isinstance(client, list) and len(client) == 1 and isinstance(client[0], BYTES) and isinstance(rest, str):
        return base64.b64decode(rest) == bytes(client[0])
    if isinstance(rest, str) and isinstance(client, list) and client and all(isinstance(v, int) for v in client):
        return list(struct.unpack(f"{len(client)}b", base64.b64decode(rest))) == client  # an Int8Vector
    if isinstance(client, dict):
        if not isinstance(rest, dict) or len(rest) != len(client):
            return False
        return all(str(k) in rest and equal(rest[str(k)], v) for k, v in client.items())
    if isinstance(client, (list, tuple)):
        if not isinstance(rest, list) or len(rest) != len(client):
            return False
        return all(equal(a, b) for a, b in zip(rest, client))
    if not isinstance(client, (str, int, float, bool, type(None))) and hasattr(client, "__iter__"):
        return equal(rest, list(client))
    if isinstance(client, str) and not isinstance(rest, str):
        try:  # JSON that the client hands through as text
            return equal(rest, json.loads(client))
        except ValueError:
            return False
    return close(rest, client)


class RestClient:
    used = {}

    def __init__(self, *args, **kwargs):
        self._client = MilvusClient(*args, **kwargs)
        uri = kwargs.get("uri", args[0] if args else "")
        self._rest = Rest(uri.split("://")[1])
        self._database = kwargs.get("db_name", "")
        if kwargs.get("user") or kwargs.get("token"):
            token = kwargs.get("token") or f"{kwargs['user']}:{kwargs.get('password', '')}"
            self._headers = {"Authorization": f"Bearer {token}"}
        else:
            self._headers = {}

    def __getattr__(self, name):
        return getattr(self._client, name)

    def using_database(self, db_name, **kwargs):
        getattr(self._client, "use_database", self._client.using_database)(db_name, **kwargs)
        self._database = db_name

    use_database = using_database

    # ---- how it is done

    def _post(self, route, body):
        self.used[route] = self.used.get(route, 0) + 1
        headers = dict(self._headers)
        if self._database:
            headers["DB-Name"] = self._database
        answer = self._rest.post(route, body, headers)
        assert answer.status == 200, (route, answer.status, answer.text)
        return answer.json

    def _change(self, route, body, client_call):
        """Through REST; what it refuses the client must be refused too."""
        answer = self._post(route, body)
        if answer["code"] == 0:
            return answer
        try:
            client_call()
        except MilvusException as error:
            same = answer["code"] == error.code or answer["code"] in BODY_CODES or error.code in (1, 65535)
            assert same, (route, answer, error)
            raise
        except Exception:
            assert answer["code"] in (*BODY_CODES, 1100), (route, answer)
            raise  # the client found it before it sent
        raise AssertionError(f"REST refuses what the client may do: {route} {str(body)[:500]} {answer}")

    def _compare(self, route, body, client_call, same):
        """Through both."""
        answer = self._post(route, body)
        try:
            result = client_call()
        except MilvusException as error:
            if "vector type must be the same" in error.message:
                raise  # REST takes the vectors' type from the field
            assert answer["code"] != 0, (route, body, answer, error)
            agree = answer["code"] == error.code or answer["code"] in BODY_CODES or error.code in (1, 65535)
            assert agree, (route, body, answer, error)
            raise
        assert answer["code"] == 0, (route, str(body)[:2000], answer)
        assert same(answer, result), (route, str(body)[:2000], str(answer)[:3000], str(result)[:3000])
        return result

    # ---- rows

    def _write(self, verb, collection_name, data, timeout, partition_name, kwargs):
        write = getattr(self._client, verb)
        call = lambda: write(collection_name, data, timeout=timeout, partition_name=partition_name, **kwargs)
        try:
            if set(kwargs) - {"partial_update"}:
                raise CannotSay("options")
            rows = [data] if isinstance(data, dict) else data
            if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
                raise CannotSay("no rows")
            body = {"collectionName": collection_name, "data": [{k: to_json(v) for k, v in row.items()} for row in rows]}
            if partition_name:
                body["partitionName"] = partition_name
            if kwargs.get("partial_update"):
                body["partialUpdate"] = True
            json.dumps(body)
            if not isinstance(collection_name, str) or not all(isinstance(k, str) for row in rows for k in row):
                raise CannotSay("names")
        except (CannotSay, TypeError, ValueError):
            return call()
        answer = self._change(f"entities/{verb}", body, call)["data"]
        return {f"{verb}_count": answer[f"{verb}Count"], "ids": answer[f"{verb}Ids"], "primary_keys": answer[f"{verb}Ids"], "cost": 0}

    def insert(self, collection_name, data, timeout=None, partition_name="", **kwargs):
        return self._write("insert", collection_name, data, timeout, partition_name, kwargs)

    def upsert(self, collection_name, data, timeout=None, partition_name="", **kwargs):
        return self._write("upsert", collection_name, data, timeout, partition_name, kwargs)

    def _read_body(self, collection_name, filter, output_fields, partition_names, kwargs):
        body = {"collectionName": collection_name, "filter": filter, "outputFields": list(output_fields or ["*"])}
        if partition_names:
            body["partitionNames"] = list(partition_names)
        for key, value in kwargs.items():
            if value is None:
                continue
            if key == "filter_params":
                body["exprParams"] = to_json(value)
            elif key == "consistency_level" and isinstance(value, str):
                body["consistencyLevel"] = value
            elif key in ("limit", "offset") and isinstance(value, int) and not isinstance(value, bool):
                body[key] = value
            else:
                raise CannotSay(key)
        json.dumps(body)
        return body

    def query(self, collection_name, filter="", output_fields=None, timeout=None, ids=None, partition_names=None, **kwargs):
        call = lambda: self._client.query(collection_name, filter=filter, output_fields=output_fields, timeout=timeout, ids=ids,
                                          partition_names=partition_names, **kwargs)  # fmt: skip
        try:
            if ids is not None or not isinstance(filter, str) or not isinstance(collection_name, str):
                raise CannotSay("ids")
            body = self._read_body(collection_name, filter, output_fields, partition_names, kwargs)
            body.setdefault("limit", 0)
            if body["limit"] < 0 or "offset" in body and not body["limit"]:
                raise CannotSay("windows that REST has defaults for")
        except (CannotSay, TypeError, ValueError):
            return call()
        return self._compare("entities/query", body, call, lambda answer, rows: self._same_rows(answer["data"], rows))

    @staticmethod
    def _same_rows(rest_rows, rows):
        rows = list(rows)
        if len(rest_rows) != len(rows):
            return False
        return all(all(k in a and equal(a[k], v) for k, v in dict(b).items()) for a, b in zip(rest_rows, rows))

    def get(self, collection_name, ids, output_fields=None, timeout=None, partition_names=None, **kwargs):
        call = lambda: self._client.get(collection_name, ids, output_fields=output_fields, timeout=timeout,
                                        partition_names=partition_names, **kwargs)  # fmt: skip
        try:
            if kwargs or not ids and ids != 0:
                raise CannotSay("options")
            body = {"collectionName": collection_name, "id": to_json(ids), "outputFields": list(output_fields or ["*"])}
            if partition_names:
                body["partitionNames"] = list(partition_names)
            json.dumps(body)
        except (CannotSay, TypeError, ValueError):
            return call()
        return self._compare("entities/get", body, call, lambda answer, rows: self._same_rows(answer["data"], rows))

    def search(self, collection_name, data=None, filter="", limit=10, output_fields=None, search_params=None, timeout=None,
               partition_names=None, anns_field=None, **kwargs):  # fmt: skip
        more = dict(kwargs)
        if data is not None:
            more["data"] = data
        call = lambda: self._client.search(collection_name, filter=filter, limit=limit, output_fields=output_fields,
                                           search_params=search_params, timeout=timeout, partition_names=partition_names,
                                           anns_field=anns_field, **more)  # fmt: skip
        try:
            if not isinstance(data, list) or not data or not isinstance(filter, str):
                raise CannotSay("no list of vectors")
            vectors = data if isinstance(data[0], (list, dict, np.ndarray, *BYTES)) else [data]
            body = self._read_body(collection_name, filter, output_fields or [], partition_names, kwargs)
            body["outputFields"] = list(output_fields or [])
            body.update(data=[to_json(v) for v in vectors], limit=limit)
            if not isinstance(limit, int) or isinstance(limit, bool):
                raise CannotSay("limit")
            if anns_field:
                body["annsField"] = anns_field
            if search_params:
                body["searchParams"] = to_json(search_params)
                if "offset" in search_params:
                    body["offset"] = body["searchParams"].pop("offset")
            json.dumps(body)
        except (CannotSay, TypeError, ValueError):
            return call()
        return self._compare("entities/search", body, call, self._same_hits)

    @staticmethod
    def _same_hits(answer, result):
        lists = [list(hits) for hits in result]
        if [len(hits) for hits in lists] != list(answer.get("topks", [])):
            return [len(hits) for hits in lists] == [] == list(answer.get("topks", []))
        flat = iter(answer["data"])
        for hits in lists:
            for hit in hits:
                row = next(flat)
                entity = dict(hit.get("entity", {}))
                if not close(row["distance"], hit["distance"]) or hit["id" if "id" in hit else next(iter(hit))] not in row.values():
                    return False
                if not all(k in row and equal(row[k], v) for k, v in entity.items()):
                    return False
        return True

    # ---- definitions

    def _define(self, route, call, **members):
        if not all(isinstance(v, (str, list, dict)) for v in members.values()):
            return call()
        self._change(route, members, call)
        return None

    def drop_collection(self, collection_name, timeout=None, **kwargs):
        return self._define("collections/drop", lambda: self._client.drop_collection(collection_name, timeout=timeout, **kwargs),
                            collectionName=collection_name)  # fmt: skip

    def release_collection(self, collection_name, timeout=None, **kwargs):
        return self._define("collections/release", lambda: self._client.release_collection(collection_name, timeout=timeout, **kwargs),
                            collectionName=collection_name)  # fmt: skip

    def load_collection(self, collection_name, timeout=None, **kwargs):
        call = lambda: self._client.load_collection(collection_name, timeout=timeout, **kwargs)
        return call() if kwargs else self._define("collections/load", call, collectionName=collection_name)

    def create_alias(self, collection_name, alias, timeout=None, **kwargs):
        return self._define("aliases/create", lambda: self._client.create_alias(collection_name, alias, timeout=timeout, **kwargs),
                            collectionName=collection_name, aliasName=alias)  # fmt: skip

    def alter_alias(self, collection_name, alias, timeout=None, **kwargs):
        return self._define("aliases/alter", lambda: self._client.alter_alias(collection_name, alias, timeout=timeout, **kwargs),
                            collectionName=collection_name, aliasName=alias)  # fmt: skip

    def drop_alias(self, alias, timeout=None, **kwargs):
        return self._define("aliases/drop", lambda: self._client.drop_alias(alias, timeout=timeout, **kwargs), aliasName=alias)

    def create_partition(self, collection_name, partition_name, timeout=None, **kwargs):
        return self._define("partitions/create",
                            lambda: self._client.create_partition(collection_name, partition_name, timeout=timeout, **kwargs),
                            collectionName=collection_name, partitionName=partition_name)  # fmt: skip

    def drop_partition(self, collection_name, partition_name, timeout=None, **kwargs):
        return self._define("partitions/drop",
                            lambda: self._client.drop_partition(collection_name, partition_name, timeout=timeout, **kwargs),
                            collectionName=collection_name, partitionName=partition_name)  # fmt: skip

    def drop_index(self, collection_name, index_name, timeout=None, **kwargs):
        return self._define("indexes/drop", lambda: self._client.drop_index(collection_name, index_name, timeout=timeout, **kwargs),
                            collectionName=collection_name, indexName=index_name)  # fmt: skip

    def list_collections(self, **kwargs):
        same = lambda answer, names: sorted(answer["data"]) == sorted(names)
        return self._compare("collections/list", {}, lambda: self._client.list_collections(**kwargs), same)

    def list_partitions(self, collection_name, timeout=None, **kwargs):
        same = lambda answer, names: answer["data"] == list(names)
        return self._compare("partitions/list", {"collectionName": collection_name},
                             lambda: self._client.list_partitions(collection_name, timeout=timeout, **kwargs), same)  # fmt: skip

    def has_collection(self, collection_name, timeout=None, **kwargs):
        same = lambda answer, there: answer["data"]["has"] == there
        return self._compare("collections/has", {"collectionName": collection_name},
                             lambda: self._client.has_collection(collection_name, timeout=timeout, **kwargs), same)  # fmt: skip
