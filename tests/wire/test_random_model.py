"""A random history of writes, reads, flushes and restarts, compared with a model after every step.

The seed is printed; run one again with --model-seed, run longer with --model-steps.
"""

import random

import numpy as np
import pytest
from pymilvus import DataType, MilvusClient
from row_model import DIM, FilterMaker, random_row

COLUMNS = ["id", "flag", "i8", "i32", "i64", "f", "d", "s", "info", "dyn"]


class Run:
    def __init__(self, server, seed, metric):
        self.rng = np.random.default_rng(seed)
        self.filters = FilterMaker(self.rng)
        self.server, self.metric = server, metric
        self.rows, self.next_key, self.history = {}, 0, []
        self.client = MilvusClient(uri=server.uri)
        self.name = f"model_{seed}"
        self.create()

    def create(self):
        schema = self.client.create_schema(auto_id=False, enable_dynamic_field=True)
        schema.add_field("id", DataType.INT64, is_primary=True)
        for name, data_type in [("flag", DataType.BOOL), ("i8", DataType.INT8), ("i32", DataType.INT32), ("i64", DataType.INT64), ("f", DataType.FLOAT), ("d", DataType.DOUBLE)]:
            schema.add_field(name, data_type)
        schema.add_field("s", DataType.VARCHAR, max_length=100)
        schema.add_field("info", DataType.JSON)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
        self.client.create_collection(self.name, schema=schema, consistency_level="Strong")
        index = self.client.prepare_index_params()
        index.add_index(field_name="vector", index_type="FLAT", metric_type=self.metric)
        self.client.create_index(self.name, index)
        self.client.load_collection(self.name)

    # ---- steps

    def insert(self):
        rows = [random_row(self.rng, self.next_key + i) for i in range(self.rng.integers(1, 60))]
        self.next_key += len(rows)
        assert self.client.insert(self.name, rows)["insert_count"] == len(rows)
        self.rows.update({row["id"]: row for row in rows})
        return f"insert {len(rows)}"

    def upsert(self):
        keys = self.some_keys(20) + list(range(self.next_key, self.next_key + int(self.rng.integers(0, 4))))
        self.next_key = max([self.next_key, *[k + 1 for k in keys]])
        if not keys:
            return "nothing to upsert"
        rows = [random_row(self.rng, k) for k in keys]
        assert self.client.upsert(self.name, rows)["upsert_count"] == len(rows)
        self.rows.update({row["id"]: row for row in rows})
        return f"upsert {keys}"

    def delete_keys(self):
        keys = self.some_keys(15)
        if keys:
            self.client.delete(self.name, ids=keys)
        for key in keys:
            self.rows.pop(key, None)
        return f"delete {keys}"

    def delete_filter(self):
        text, meaning = self.filters.make(2)
        text = f"({text}) and id % 3 == 0"
        gone = [k for k, row in self.rows.items() if k % 3 == 0 and meaning(row) is True]
        answer = self.client.delete(self.name, filter=text)
        assert answer.get("delete_count", 0) == len(gone), f"{text}: {answer}, {len(gone)} expected"
        for key in gone:
            del self.rows[key]
        return f"delete {text}: {len(gone)}"

    def flush(self):
        self.client.flush(self.name)
        return "flush"

    def reload(self):
        self.client.release_collection(self.name)
        self.client.load_collection(self.name)
        return "release, load"

    def restart(self):
        how = "kill" if self.rng.random() < 0.6 else "stop"
        self.client.close()
        if how == "kill":
            self.server.kill()
        else:
            assert self.server.stop()[0] == 0
        self.server.start()
        self.client = MilvusClient(uri=self.server.uri)
        self.client.load_collection(self.name)
        return how

    def some_keys(self, at_most):
        keys = list(self.rows)
        if not keys:
            return []
        picked = self.rng.choice(len(keys), size=min(len(keys), int(self.rng.integers(1, at_most))), replace=False)
        return [keys[i] for i in picked]

    # ---- checks

    def check_query(self):
        text, meaning = self.filters.make()
        expected = sorted(k for k, row in self.rows.items() if meaning(row) is True)
        got = self.client.query(self.name, filter=text, output_fields=COLUMNS, limit=16384)
        assert [row["id"] for row in got] == expected, f"query {text}"
        for row in got:
            model = self.rows[row["id"]]
            for column in COLUMNS:
                assert row.get(column) == model.get(column), f"row {row['id']}, {column}"
        counted = self.client.query(self.name, filter=text, output_fields=["count(*)"])[0]["count(*)"]
        assert counted == len(expected), f"count {text}"
        return text

    def check_search(self):
        text, meaning = ("", lambda row: True) if self.rng.random() < 0.3 else self.filters.make(2)
        query = self.rng.standard_normal(DIM).astype(np.float32)
        limit = int(self.rng.integers(1, 30))
        scored = sorted((self.score(query, row), k) for k, row in self.rows.items() if meaning(row) is True)
        found = self.client.search(self.name, data=[query.tolist()], limit=limit, filter=text, output_fields=["id"])[0]
        got = [hit["id"] for hit in found]
        assert len(got) == len(set(got)) == min(limit, len(scored)), f"search {text}: {len(got)} hits"
        for (score, _), hit in zip(scored, found):
            real = self.score(query, self.rows[hit["id"]])
            assert abs(real - score) < 1e-4 * (1 + abs(score)), f"search {text}: {hit['id']} is not among the nearest"
            assert meaning(self.rows[hit["id"]]) is True, f"search {text}: {hit['id']} does not pass"
            assert abs(hit["distance"] * (1 if self.metric == "L2" else -1) - real) < 1e-3 * (1 + abs(real))
        return text

    def score(self, query, row):
        """Smaller is better."""
        vector = np.array(row["vector"], dtype=np.float64)
        if self.metric == "L2":
            return float(((vector - query) ** 2).sum())
        product = float(vector @ query)
        return -product if self.metric == "IP" else -product / np.linalg.norm(vector) / np.linalg.norm(query)

    def step(self):
        steps = [self.insert] * 6 + [self.upsert] * 5 + [self.delete_keys] * 4 + [self.delete_filter] * 2 + [self.flush] * 3 + [self.reload, self.restart]
        self.history.append(steps[self.rng.integers(len(steps))]())
        for check in (self.check_query, self.check_query, self.check_search):
            self.history.append(check())
        total = self.client.query(self.name, filter="", output_fields=["count(*)"])[0]["count(*)"]
        assert total == len(self.rows), "count(*)"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("metric", ["L2", "IP", "COSINE"])
def test_random_history(own_server, pytestconfig, metric):
    seed = pytestconfig.getoption("--model-seed")
    seed = random.SystemRandom().randrange(2**31) if seed is None else seed
    print(f"seed {seed}")
    own_server.start()
    run = Run(own_server, seed, metric)
    for step in range(pytestconfig.getoption("--model-steps") // 3):
        try:
            run.step()
        except Exception as error:
            raise AssertionError(f"seed {seed}, step {step}, after {run.history[-8:]}: {error}") from error
    run.client.close()
