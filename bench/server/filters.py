#!/usr/bin/env python3
"""Filters without an index: ours beside Milvus, milvus-lite and DuckDB, in turn, all loaded before; prints a table.

  filters.py compare --ours BINARY [--milvus-python P --milvus-server S] [--lite-python P] [--duckdb-python P]
                     [--rows 1000000] [--rounds 3] [--repeats 7] [--no-arrays]

Rows: a key, an integer of a skewed distribution, a text of Zipf words, a JSON with a number, a text and a list, an array of integers, a
short vector. Every filter passes 0.1, 1, 10 or 50 % of them. "count" is `count(*)`; "rows" fetches the keys of the first 1,000
that pass. A measurement is the median of --repeats calls seen from Python, the table has the medians of the rounds in milliseconds
and the ratios to ours. The systems that are not being measured are stopped (SIGSTOP) meanwhile, but for Milvus. DuckDB keeps the table in memory
with the JSON as text, as it does for a JSON column, and lists as its own lists.
"""

import argparse
import json
import os
import pathlib
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

PORT = 45640
NAME = "filters"
SHARES = (0.1, 1, 10, 50)
BATCH = 10_000
FETCHED = 1_000


def batches(args):
    """Columns of each batch. An integer i of 0..9,999 drawn alike decides every column, shuffled anew for each of them."""
    import numpy as np

    rng = np.random.default_rng(5)
    words = [f"word-{i:05}" for i in range(5_000)]
    for first in range(0, args.rows, BATCH):
        count = min(BATCH, args.rows - first)
        draw = [rng.integers(0, 10_000, count) for _ in range(4)]
        zipf = rng.zipf(1.3, count) % len(words)
        yield {
            "id": list(range(first, first + count)),
            "n": [int(d) ** 2 for d in draw[0]],
            "tag": [share_word(d) or words[z] for d, z in zip(draw[1].tolist(), zipf.tolist())],
            "doc": [{"price": d / 4, "brand": words[z], "seen": [d % 7, d % 11]} for d, z in zip(draw[2].tolist(), zipf.tolist())],
            "marks": [[d % 13 + 100, *share_marks(d), d % 17 + 200] for d in draw[3].tolist()],
            "v": rng.standard_normal((count, 4), dtype=np.float32),
        }


def share_word(draw):
    """The share of rows with each word: top 50 %, often 10 %, seldom 1 %, rare 0.1 %."""
    for word, low, high in (("top", 0, 5000), ("often", 5000, 6000), ("seldom", 6000, 6100), ("rare", 6100, 6110)):
        if low <= draw < high:
            return f"shelf-{word}"
    return None


def share_marks(draw):
    return [mark for mark, below in ((1, 10), (2, 100), (3, 1000), (4, 5000)) if draw < below]


WORD = {0.1: "shelf-rare", 1: "shelf-seldom", 10: "shelf-often", 50: "shelf-top"}
MARK = {0.1: 1, 1: 2, 10: 3, 50: 4}


def filters(arrays):
    """(kind, share, filter of Milvus, condition of SQL)."""
    out = []
    for share in SHARES:
        limit = int(share * 100)
        out.append(("integer", share, f"n < {limit**2}", f"n < {limit**2}"))
        out.append(("text", share, f'tag == "{WORD[share]}"', f"tag = '{WORD[share]}'"))
        out.append(("JSON path", share, f'doc["price"] < {limit / 4}', f"CAST(doc->>'$.price' AS DOUBLE) < {limit / 4}"))
        if arrays:
            out.append(("array contains", share, f"array_contains(marks, {MARK[share]})", f"list_contains(marks, {MARK[share]})"))
    return out


# ---- one system, run as `filters.py one WHAT` in the interpreter that has what it needs: loads, then measures at each line


class Milvus:
    def __init__(self, args):
        from pymilvus import MilvusClient

        self.arrays = not args.no_arrays
        if args.what == "lite":
            self.client = MilvusClient(str(pathlib.Path(args.data) / "lite.db"))
        else:
            self.client = self.connect()
        self.load(args)

    @staticmethod
    def connect():
        from pymilvus import MilvusClient

        end = time.monotonic() + 120
        while True:
            try:
                client = MilvusClient(uri=f"http://127.0.0.1:{PORT}", timeout=600)
                client.list_collections()
                return client
            except Exception:  # noqa: BLE001 - not there yet
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def load(self, args):
        from pymilvus import DataType, MilvusClient

        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("n", DataType.INT64)
        schema.add_field("tag", DataType.VARCHAR, max_length=64)
        schema.add_field("doc", DataType.JSON)
        if self.arrays:
            schema.add_field("marks", DataType.ARRAY, element_type=DataType.INT64, max_capacity=16)
        schema.add_field("v", DataType.FLOAT_VECTOR, dim=4)
        self.client.create_collection(NAME, schema=schema)
        for columns in batches(args):
            if not self.arrays:
                del columns["marks"]
            columns["v"] = columns["v"].tolist()
            names = list(columns)
            self.client.insert(NAME, [dict(zip(names, row)) for row in zip(*columns.values())])
        if args.what != "lite":
            flush(self.client)
        make_index(self.client)

    def count(self, condition):
        return self.client.query(NAME, filter=condition[2], output_fields=["count(*)"])[0]["count(*)"]

    def fetch(self, condition):
        return len(self.client.query(NAME, filter=condition[2], output_fields=["id"], limit=FETCHED))


def flush(client):
    if hasattr(client, "flush"):
        client.flush(NAME)
    else:  # clients before 2.4
        client._get_connection().flush([NAME])


def make_index(client):
    try:
        params = client.prepare_index_params()
        params.add_index("v", index_type="FLAT", metric_type="L2")
        client.create_index(NAME, params)
        client.load_collection(NAME)
    except AttributeError:  # clients before 2.4
        connection = client._get_connection()
        connection.create_index(NAME, "v", {"index_type": "FLAT", "metric_type": "L2", "params": {}})
        connection.load_collection(NAME)


class DuckDb:
    def __init__(self, args):
        import duckdb

        self.arrays = not args.no_arrays
        self.db = duckdb.connect()
        self.db.execute("CREATE TABLE t (id BIGINT, n BIGINT, tag VARCHAR, doc JSON, marks BIGINT[])")
        import pandas

        for columns in batches(args):
            del columns["v"]
            columns["doc"] = [json.dumps(d) for d in columns["doc"]]
            frame = pandas.DataFrame(columns)  # noqa: F841 - DuckDB finds it by its name
            self.db.execute("INSERT INTO t SELECT id, n, tag, doc, marks FROM frame")

    def count(self, condition):
        return self.db.execute(f"SELECT count(*) FROM t WHERE {condition[3]}").fetchone()[0]

    def fetch(self, condition):
        return len(self.db.execute(f"SELECT id FROM t WHERE {condition[3]} LIMIT {FETCHED}").fetchall())


def measure(system, args):
    out = {}
    for condition in filters(system.arrays):
        for what, call in (("count", system.count), ("rows", system.fetch)):
            times, answer = [], None
            for _ in range(args.repeats + 1):  # the first one is not counted
                begin = time.perf_counter()
                answer = call(condition)
                times.append(time.perf_counter() - begin)
            out[f"{condition[0]}|{condition[1]}|{what}"] = (statistics.median(times[1:]) * 1000, answer)
    return out


def one(args):
    server = None
    if args.server_cmd:
        log = open(pathlib.Path(args.data).with_suffix(".log"), "ab")
        server = subprocess.Popen(shlex.split(args.server_cmd), stdout=log, stderr=log)
    system = DuckDb(args) if args.what == "duckdb" else Milvus(args)
    print("loaded", flush=True)
    for _ in sys.stdin:
        print(json.dumps(measure(system, args)), flush=True)
    if server:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


# ---- all of them in turn

NAMESPACE = ["unshare", "-n", "-m", "bash", "-c",
             'ip link set lo up; mkdir -p /run/milvus; mount -t tmpfs tmpfs /run/milvus; exec "$@"', "_"]  # fmt: skip


class Worker:
    def __init__(self, args, name, python, what, server, data):
        self.name = name
        data.mkdir()
        command = [*NAMESPACE, python, __file__, "one", "--what", what, "--data", data, "--server-cmd", server,
                   "--rows", args.rows, "--repeats", args.repeats]  # fmt: skip
        command += ["--no-arrays"] if args.no_arrays else []
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        start_new_session=True)  # fmt: skip
        begin = time.monotonic()
        if self.line() != "loaded":
            raise SystemExit(f"{name} did not load")
        print(f"{name}: loaded in {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
        self.signal(signal.SIGSTOP)

    def line(self):
        return self.process.stdout.readline().strip()

    def signal(self, number):
        # A Milvus that is stopped for long loses its lease and ends.
        if self.name != "milvus" or number == signal.SIGKILL:
            os.killpg(self.process.pid, number)

    def measure(self):
        self.signal(signal.SIGCONT)
        time.sleep(1)  # what it missed while it was stopped
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        answer = json.loads(self.line())
        self.signal(signal.SIGSTOP)
        return answer

    def end(self):
        self.signal(signal.SIGCONT)
        self.process.stdin.close()
        try:
            self.process.wait(90)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)


def plans(args, folder):
    ours = f"{args.ours} serve --data {folder}/ours --listen 127.0.0.1:{PORT} --management 127.0.0.1:{PORT + 1}"
    out = [("redkite", args.ours_python or sys.executable, "server", ours)]
    if args.milvus_server:
        out.append(("milvus", args.milvus_python, "server", f"{args.milvus_server} --data {folder}/milvus --proxy-port {PORT}"))
    if args.duckdb_python:
        out.append(("duckdb", args.duckdb_python, "duckdb", ""))
    if args.lite_python:
        out.append(("milvus-lite", args.lite_python, "lite", ""))
    return out


def compare(args):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="redkite-filters-"))
    workers = [Worker(args, *plan, folder / f"data-{i}") for i, plan in enumerate(plans(args, folder))]
    results = {w.name: [] for w in workers}
    for number in range(args.rounds):
        for worker in workers:
            results[worker.name].append(worker.measure())
            print(f"round {number + 1}, {worker.name}: {results[worker.name][-1]}", file=sys.stderr, flush=True)
    for worker in workers:
        worker.end()
    shutil.rmtree(folder, ignore_errors=True)
    print_table(results)


def print_table(results):
    ours = next(iter(results))
    others = list(results)[1:]
    print(f"| filter | passes | what | {ours}, ms | " + " | ".join(f"{o}, ms (ratio)" for o in others) + " |")
    print("|---" * (4 + len(others)) + "|")
    for key in results[ours][0]:
        kind, share, what = key.split("|")
        base = statistics.median(r[key][0] for r in results[ours])
        cells, answers = [], {results[ours][0][key][1]}
        for other in others:
            if key in results[other][0]:
                value = statistics.median(r[key][0] for r in results[other])
                answers.add(results[other][0][key][1])
                cells.append(f"{value:.2f} ({value / base:.2f})")
            else:
                cells.append("-")
        note = "" if len(answers) == 1 else f" different answers: {sorted(answers)}"
        print(f"| {kind} | {share} % | {what} | {base:.2f} | " + " | ".join(cells) + f" |{note}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["compare", "one"])
    for name in ("ours", "ours-python", "milvus-python", "milvus-server", "lite-python", "duckdb-python", "what", "data", "server-cmd"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--no-arrays", action="store_true")
    for name, value in (("rows", 1_000_000), ("rounds", 3), ("repeats", 7)):
        parser.add_argument(f"--{name}", type=int, default=value)
    args = parser.parse_args()
    {"compare": compare, "one": one}[args.command](args)


if __name__ == "__main__":
    main()
