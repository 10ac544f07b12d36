#!/usr/bin/env python3
"""A user's whole job, written three times as the documentation of the client shows it.

  main_job.py URI [--style client|async|orm|all]

Runs unchanged with pymilvus 2.4 to 3.0. Each style creates a collection with a schema, writes, changes and deletes
rows, flushes, indexes, loads, searches, queries, and drops; every answer is compared with a model kept here.
Exit code 0 means that all answers were right.
"""

import argparse
import asyncio
import sys

import numpy as np
import pymilvus
from pymilvus import (
    AsyncMilvusClient,
    Collection,
    CollectionSchema,
    DataType,
    FieldSchema,
    MilvusClient,
    connections,
    utility,
)

DIM = 32
ROWS = 3000
UPSERTED = range(100, 160)
DELETED_IDS = list(range(200, 260))
DELETE_FILTER = "price >= 900.0 and kind == 5"
SEARCH_FILTER = "kind in [1, 3] and price < 500.0"
LIMIT = 10
SEED = 20260811


class Model:
    """What the collection must hold: rows by primary key."""

    def __init__(self):
        rng = np.random.default_rng(SEED)
        self.vectors = rng.standard_normal((ROWS + len(UPSERTED), DIM)).astype(np.float32)
        self.rows = {i: self.make_row(i, self.vectors[i]) for i in range(ROWS)}
        self.query = rng.standard_normal((4, DIM)).astype(np.float32)

    @staticmethod
    def make_row(i, vector, title=None):
        return {
            "id": i,
            "title": title or f"title {i:05d}",
            "kind": i % 7,
            "price": (i * 37 % 1000) + 0.5,
            "flag": i % 2 == 0,
            "info": {"size": i % 11, "tags": ["a", "b"]},
            "colour": "red" if i % 3 == 0 else "blue",
            "vector": vector.tolist(),
        }

    def new_versions(self):
        """Rows for the upsert; the model takes them over."""
        changed = [self.make_row(i, self.vectors[ROWS + n], f"changed {i}") for n, i in enumerate(UPSERTED)]
        self.rows.update({row["id"]: row for row in changed})
        return changed

    def delete(self):
        for i in DELETED_IDS:
            self.rows.pop(i)
        for i in [i for i, r in self.rows.items() if r["price"] >= 900 and r["kind"] == 5]:
            self.rows.pop(i)

    def nearest(self, query, predicate=lambda row: True):
        """Ids and cosines of the LIMIT best rows, by exact search."""
        ids = np.array([i for i, r in self.rows.items() if predicate(r)])
        matrix = np.array([self.rows[i]["vector"] for i in ids], dtype=np.float64)
        cosine = matrix @ query / np.linalg.norm(matrix, axis=1) / np.linalg.norm(query)
        best = np.argsort(-cosine)[:LIMIT]
        return ids[best].tolist(), cosine[best]


def filter_predicate(row):
    return row["kind"] in (1, 3) and row["price"] < 500


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def check_hits(model, query, hits, predicate=lambda row: True):
    """hits: (id, score) best first. HNSW is approximate, so a few of the best may be missing, but no wrong one may be there."""
    ids, cosines = model.nearest(query, predicate)
    got = [i for i, _ in hits]
    check(len(got) == LIMIT, f"{len(got)} hits instead of {LIMIT}")
    check(len(set(got)) == LIMIT, f"a key twice in a reply: {got}")
    check(all(predicate(model.rows[i]) for i in got), f"a hit does not pass the filter: {got}")
    check(len(set(got) & set(ids)) >= LIMIT - 2, f"too few of the nearest rows: {got} instead of {ids}")
    check(abs(hits[0][1] - cosines[0]) < 1e-3, f"score {hits[0][1]} instead of {cosines[0]}")
    scores = [s for _, s in hits]
    check(scores == sorted(scores, reverse=True), f"hits are not in order: {scores}")


def check_row(model, row):
    expected = model.rows[row["id"]]
    for key in ("title", "kind", "price", "flag", "info", "colour"):
        check(row[key] == expected[key], f"row {row['id']}: {key} is {row[key]!r} instead of {expected[key]!r}")


OUTPUT = ["id", "title", "kind", "price", "flag", "info", "colour"]


# ---- MilvusClient


def client_schema(client):
    schema = client.create_schema(auto_id=False, enable_dynamic_field=True)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("title", DataType.VARCHAR, max_length=64)
    schema.add_field("kind", DataType.INT32)
    schema.add_field("price", DataType.DOUBLE)
    schema.add_field("flag", DataType.BOOL)
    schema.add_field("info", DataType.JSON)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    return schema


def client_index(client):
    params = client.prepare_index_params()
    params.add_index(
        field_name="vector", index_type="HNSW", metric_type="COSINE", params={"M": 16, "efConstruction": 200}
    )
    return params


def client_hits(found):
    return [(hit["id"], hit["distance"]) for hit in found]


def run_client(uri):
    model, name = Model(), "main_job_client"
    client = MilvusClient(uri=uri)
    if client.has_collection(name):
        client.drop_collection(name)
    client.create_collection(name, schema=client_schema(client), consistency_level="Strong")
    check(name in client.list_collections(), "the collection is not listed")
    fields = {f["name"] for f in client.describe_collection(name)["fields"]}
    check(fields == {"id", "title", "kind", "price", "flag", "info", "vector"}, f"fields {fields}")

    rows = list(model.rows.values())
    for begin in range(0, ROWS, 1000):
        answer = client.insert(name, rows[begin : begin + 1000])
        check(answer["insert_count"] == 1000, f"insert: {answer}")
    client.flush(name)
    client.create_index(name, client_index(client))
    check(client.list_indexes(name) == ["vector"], "the index is not listed")
    client.load_collection(name)
    check("Loaded" in str(client.get_load_state(name)["state"]), "not loaded")

    answer = client.upsert(name, model.new_versions())
    check(answer["upsert_count"] == len(UPSERTED), f"upsert: {answer}")
    client.delete(name, ids=DELETED_IDS)
    client.delete(name, filter=DELETE_FILTER)
    model.delete()

    count = client.query(name, filter="", output_fields=["count(*)"])[0]["count(*)"]
    check(count == len(model.rows), f"{count} rows instead of {len(model.rows)}")
    for n, found in enumerate(client.search(name, data=model.query.tolist(), anns_field="vector", limit=LIMIT,
                                            search_params={"metric_type": "COSINE", "params": {"ef": 200}})):
        check_hits(model, model.query[n], client_hits(found))
    found = client.search(name, data=[model.query[0].tolist()], anns_field="vector", limit=LIMIT, filter=SEARCH_FILTER,
                          output_fields=OUTPUT, search_params={"metric_type": "COSINE", "params": {"ef": 200}})[0]
    check_hits(model, model.query[0], client_hits(found), filter_predicate)
    for hit in found:
        check_row(model, hit["entity"])
    got = client.get(name, ids=[101, 5, 200], output_fields=OUTPUT)
    check(sorted(row["id"] for row in got) == [5, 101], f"get: {got}")
    for row in got:
        check_row(model, row)
    got = client.query(name, filter='title like "changed%" and colour == "red"', output_fields=OUTPUT)
    expected = [i for i, r in model.rows.items() if r["title"].startswith("changed") and r["colour"] == "red"]
    check(sorted(row["id"] for row in got) == sorted(expected), f"query: {got}")

    client.release_collection(name)
    check("NotLoad" in str(client.get_load_state(name)["state"]), "still loaded")
    client.drop_collection(name)
    check(not client.has_collection(name), "still there after the drop")
    client.close()


# ---- AsyncMilvusClient


class AsyncOrSync:
    """The asynchronous client; what an older version does not have yet is asked from the synchronous one."""

    def __init__(self, uri):
        self.asynchronous = AsyncMilvusClient(uri=uri)
        self.synchronous = MilvusClient(uri=uri)

    def __getattr__(self, name):
        call = getattr(self.asynchronous, name, None)
        if call is not None and name not in ("create_schema", "prepare_index_params"):
            return call
        call = getattr(self.synchronous, name)

        async def run(*args, **kwargs):
            return call(*args, **kwargs)

        return run

    async def close(self):
        await self.asynchronous.close()
        self.synchronous.close()


async def run_async_job(uri):
    model, name = Model(), "main_job_async"
    client = AsyncOrSync(uri)
    if await client.has_collection(name):
        await client.drop_collection(name)
    await client.create_collection(name, schema=client_schema(client.synchronous), consistency_level="Strong")
    rows = list(model.rows.values())
    answers = await asyncio.gather(*[client.insert(name, rows[b : b + 500]) for b in range(0, ROWS, 500)])
    check(sum(a["insert_count"] for a in answers) == ROWS, f"insert: {answers}")
    await client.flush(name)
    await client.create_index(name, client_index(client.synchronous))
    await client.load_collection(name)
    await client.upsert(name, model.new_versions())
    await client.delete(name, ids=DELETED_IDS)
    await client.delete(name, filter=DELETE_FILTER)
    model.delete()

    count = (await client.query(name, filter="", output_fields=["count(*)"]))[0]["count(*)"]
    check(count == len(model.rows), f"{count} rows instead of {len(model.rows)}")
    params = {"metric_type": "COSINE", "params": {"ef": 200}}
    answers = await asyncio.gather(
        *[client.search(name, data=[q.tolist()], anns_field="vector", limit=LIMIT, search_params=params)
          for q in model.query]
    )
    for query, answer in zip(model.query, answers):
        check_hits(model, query, client_hits(answer[0]))
    answer = await client.search(name, data=[model.query[0].tolist()], anns_field="vector", limit=LIMIT,
                                 filter=SEARCH_FILTER, output_fields=OUTPUT, search_params=params)
    check_hits(model, model.query[0], client_hits(answer[0]), filter_predicate)
    for hit in answer[0]:
        check_row(model, hit["entity"])
    got = await client.get(name, ids=[101, 5, 200], output_fields=OUTPUT)
    check(sorted(row["id"] for row in got) == [5, 101], f"get: {got}")
    for row in got:
        check_row(model, row)
    await client.release_collection(name)
    await client.drop_collection(name)
    check(not await client.has_collection(name), "still there after the drop")
    await client.close()


def run_async(uri):
    asyncio.run(run_async_job(uri))


# ---- connections, Collection, utility


def run_orm(uri):
    model, name = Model(), "main_job_orm"
    connections.connect("default", uri=uri)
    if utility.has_collection(name):
        utility.drop_collection(name)
    schema = CollectionSchema(
        [
            FieldSchema("id", DataType.INT64, is_primary=True, auto_id=False),
            FieldSchema("title", DataType.VARCHAR, max_length=64),
            FieldSchema("kind", DataType.INT32),
            FieldSchema("price", DataType.DOUBLE),
            FieldSchema("flag", DataType.BOOL),
            FieldSchema("info", DataType.JSON),
            FieldSchema("vector", DataType.FLOAT_VECTOR, dim=DIM),
        ],
        enable_dynamic_field=True,
    )
    collection = Collection(name, schema, consistency_level="Strong")
    check(utility.has_collection(name), "the collection is not there")
    rows = list(model.rows.values())
    for begin in range(0, ROWS, 1000):
        answer = collection.insert(rows[begin : begin + 1000])
        check(answer.insert_count == 1000, f"insert: {answer}")
    collection.flush()
    check(collection.num_entities == ROWS, f"{collection.num_entities} entities")
    collection.create_index(
        "vector", {"index_type": "HNSW", "metric_type": "COSINE", "params": {"M": 16, "efConstruction": 200}}
    )
    utility.wait_for_index_building_complete(name, "vector")
    check(collection.has_index(), "no index")
    check(collection.index().params["index_type"] == "HNSW", f"index {collection.index().params}")
    collection.load()
    utility.wait_for_loading_complete(name)
    check(utility.loading_progress(name)["loading_progress"] == "100%", "not loaded")
    collection.upsert(model.new_versions())
    collection.delete(f"id in {DELETED_IDS}")
    collection.delete(DELETE_FILTER)
    model.delete()

    count = collection.query(expr="", output_fields=["count(*)"])[0]["count(*)"]
    check(count == len(model.rows), f"{count} rows instead of {len(model.rows)}")
    params = {"metric_type": "COSINE", "params": {"ef": 200}}
    for n, found in enumerate(collection.search(model.query.tolist(), "vector", params, LIMIT)):
        check_hits(model, model.query[n], list(zip(found.ids, found.distances)))
    found = collection.search([model.query[0].tolist()], "vector", params, LIMIT, expr=SEARCH_FILTER,
                              output_fields=OUTPUT)[0]
    check_hits(model, model.query[0], list(zip(found.ids, found.distances)), filter_predicate)
    for hit in found:
        check_row(model, {key: hit.entity.get(key) for key in OUTPUT})
    got = collection.query('id in [101, 5, 200]', output_fields=OUTPUT)
    check(sorted(row["id"] for row in got) == [5, 101], f"query: {got}")
    for row in got:
        check_row(model, row)
    collection.release()
    collection.drop_index()
    check(not collection.has_index(), "the index is still there")
    utility.drop_collection(name)
    check(not utility.has_collection(name), "still there after the drop")
    connections.disconnect("default")


STYLES = {"client": run_client, "async": run_async, "orm": run_orm}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("uri")
    parser.add_argument("--style", choices=[*STYLES, "all"], default="all")
    args = parser.parse_args()
    for style, run in STYLES.items():
        if args.style in (style, "all"):
            run(args.uri)
            print(f"pymilvus {pymilvus.__version__}, {style}: all answers right")
    return 0


if __name__ == "__main__":
    sys.exit(main())
