#!/usr/bin/env python3
"""One round of database-level measures against one server, through stock pymilvus; prints one JSON line.

  measure_server.py --set DIR --server-cmd 'CMD ...' --uri http://127.0.0.1:PORT --data DIR [--rows N] [--quick]

DIR is what prepare_data.py wrote. The command is started here, on an empty --data directory, and stopped at the end.
Only the ORM classes are used, so that pymilvus 2.3 to 3.0 run the same code; any Milvus-compatible server will do.
Memory is summed over the process tree.
"""

import argparse
import json
import multiprocessing
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pymilvus
from pymilvus import Collection, CollectionSchema, DataType, FieldSchema, connections, utility

NAME = "bench"
TOP = 10
TARGET = 0.95
EFS = [10, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 256, 288, 320, 384, 448, 512, 768, 1024]
TUNE_QUERIES = 500


def process_tree(root):
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parent = int(pathlib.Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry))
    found, todo = [], [root]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


class Server:
    def __init__(self, args):
        self.args, self.process = args, None

    def start(self):
        """Seconds from the spawn to the first answered request."""
        begin = time.perf_counter()
        log = open(self.args.data.with_name(self.args.data.name + ".log"), "ab")
        self.process = subprocess.Popen(shlex.split(self.args.server_cmd), stdout=log, stderr=log)
        while True:
            try:
                connections.connect("default", uri=self.args.uri, timeout=2)
                utility.list_collections(timeout=2)
                return time.perf_counter() - begin
            except Exception:
                if time.perf_counter() - begin > 600 or self.process.poll() is not None:
                    raise
                try:
                    connections.disconnect("default")
                except Exception:
                    pass
                time.sleep(0.01)

    def end(self, how=signal.SIGTERM):
        pids = process_tree(self.process.pid)
        for pid in reversed(pids):
            try:
                os.kill(pid, how)
            except OSError:
                pass
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            self.process.wait()
        connections.disconnect("default")

    def rss_mib(self):
        total = 0
        for pid in process_tree(self.process.pid):
            try:
                lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
            except OSError:
                continue
            total += sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
        return round(total / 1024, 1)

    def disk_mib(self):
        total = 0
        for folder, _, names in os.walk(self.args.data):
            for name in names:
                try:
                    total += os.lstat(os.path.join(folder, name)).st_blocks * 512
                except OSError:
                    pass
        return round(total / 2**20, 1)


def create(dim):
    fields = [
        FieldSchema("id", DataType.INT64, is_primary=True),
        FieldSchema("first", DataType.VARCHAR, max_length=8),
        FieldSchema("length", DataType.INT64),
        FieldSchema("rank", DataType.INT64),
        FieldSchema("vector", DataType.FLOAT_VECTOR, dim=dim),
    ]
    return Collection(NAME, CollectionSchema(fields), consistency_level="Bounded")


class Rows:
    def __init__(self, folder, limit):
        self.vectors = np.load(folder / "base.npy")
        whole = len(self.vectors)
        self.vectors = self.vectors[:limit]
        self.count = len(self.vectors)
        self.rank = np.load(folder / "base_rank.npy")[: self.count]
        words = (folder / "base_words.txt").read_text("utf-8").split("\n")[: self.count]
        self.first = [word[:1] for word in words]
        self.length = [len(word) for word in words]
        self.queries = np.load(folder / "query.npy")
        if self.count == whole:
            self.truth = np.load(folder / "gt.npy")[:, :TOP]
            self.threshold = np.load(folder / "gt_sim.npy")[:, TOP - 1] - 1e-5
        else:
            score = self.queries[:2000] @ self.vectors.T
            self.threshold = -np.partition(-score, TOP - 1, axis=1)[:, TOP - 1] - 1e-5

    def recall(self, offset, answers):
        """By distance, so that equal neighbours are no errors."""
        good = 0
        for n, ids in enumerate(answers):
            score = self.vectors[ids] @ self.queries[offset + n]
            good += int((score >= self.threshold[offset + n]).sum())
        return good / (TOP * len(answers))


def ingest(collection, rows, batch):
    begin = time.perf_counter()
    latencies = []
    for o in range(0, rows.count, batch):
        e = min(o + batch, rows.count)
        data = [list(range(o, e)), rows.first[o:e], rows.length[o:e], rows.rank[o:e].tolist(), list(rows.vectors[o:e])]
        call = time.perf_counter()
        collection.insert(data)
        latencies.append(time.perf_counter() - call)
    seconds = time.perf_counter() - begin
    return {
        "ingest_rows_s": round(rows.count / seconds),
        "ingest_call_rows_s": round(rows.count / sum(latencies)),
        "ingest_batch": batch,
    }


def build(collection):
    begin = time.perf_counter()
    collection.flush()
    flushed = time.perf_counter()
    collection.create_index(
        "vector", {"index_type": "HNSW", "metric_type": "COSINE", "params": {"M": 16, "efConstruction": 200}}
    )
    utility.wait_for_index_building_complete(NAME)
    indexed = time.perf_counter()
    collection.load()
    return {
        "flush_s": round(flushed - begin, 2),
        "index_s": round(indexed - flushed, 2),
        "load_s": round(time.perf_counter() - indexed, 2),
    }


def ids_of(collection, queries, ef, expr=None):
    params = {"metric_type": "COSINE", "params": {"ef": ef}}
    found = collection.search(list(queries), "vector", params, TOP, expr=expr)
    return [list(hits.ids) for hits in found]


def tune(collection, rows):
    for ef in EFS:
        answers = []
        for o in range(0, TUNE_QUERIES, 100):
            answers += ids_of(collection, rows.queries[o : o + 100], ef)
        recall = rows.recall(0, answers)
        if recall >= TARGET:
            break
    return {"ef": ef, "recall": round(recall, 4)}


def timed(collection, queries, ef, seconds, expr=None):
    latencies, end, n = [], time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        begin = time.perf_counter()
        ids_of(collection, [queries[n % len(queries)]], ef, expr)
        latencies.append(time.perf_counter() - begin)
        n += 1
    return latencies


def summary(name, latencies, seconds):
    ms = np.array(latencies) * 1e3
    return {
        f"{name}_qps": round(len(latencies) / seconds, 1),
        f"{name}_p50_ms": round(float(np.percentile(ms, 50)), 3),
        f"{name}_p99_ms": round(float(np.percentile(ms, 99)), 3),
    }


def client_process(uri, queries, ef, seconds, start, pipe):
    connections.connect("default", uri=uri)
    collection = Collection(NAME)
    timed(collection, queries, ef, 0.3)
    pipe.send("ready")
    start.wait()
    pipe.send(timed(collection, queries, ef, seconds))


def concurrent(args, rows, ef, clients, seconds):
    """Client processes of their own: threads of one Python would measure its lock."""
    context = multiprocessing.get_context("spawn")
    start, pipes, processes = context.Event(), [], []
    for n in range(clients):
        mine, theirs = context.Pipe()
        queries = rows.queries[n * 500 : n * 500 + 500]
        processes.append(context.Process(target=client_process, args=(args.uri, queries, ef, seconds, start, theirs)))
        processes[-1].start()
        pipes.append(mine)
    for pipe in pipes:
        pipe.recv()
    start.set()
    latencies = sum((pipe.recv() for pipe in pipes), [])
    for process in processes:
        process.join()
    return summary(f"clients{clients}", latencies, seconds)


def filtered(collection, rows, ef, seconds):
    first = np.array(rows.first)
    out = {}
    for name, expr, mask in (
        ("filter_first", 'first == "q"', first == "q"),
        ("filter_rank", "rank < 34000", rows.rank < 34000),
        ("filter_half", "length >= 8", np.array(rows.length) >= 8),
    ):
        allowed = np.flatnonzero(mask)
        score = rows.queries[:200] @ rows.vectors[allowed].T
        threshold = -np.partition(-score, TOP - 1, axis=1)[:, TOP - 1] - 1e-5
        good = 0
        for n in range(200):
            ids = ids_of(collection, [rows.queries[n]], ef, expr)[0]
            good += int((rows.vectors[ids] @ rows.queries[n] >= threshold[n]).sum())
        out[f"{name}_share"] = round(float(mask.mean()), 4)
        out[f"{name}_recall"] = round(good / (200 * TOP), 4)
        out.update(summary(name, timed(collection, rows.queries, ef, seconds, expr), seconds))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", default="server")
    parser.add_argument("--set", type=pathlib.Path, required=True)
    parser.add_argument("--server-cmd", required=True)
    parser.add_argument("--uri", required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--rows", type=int, default=None)
    parser.add_argument("--batch", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--only-ingest", action="store_true")
    args = parser.parse_args()
    shutil.rmtree(args.data, ignore_errors=True)
    args.data.parent.mkdir(parents=True, exist_ok=True)
    rows = Rows(args.set, args.rows)
    out = {"name": args.name, "pymilvus": pymilvus.__version__, "rows": rows.count}
    server = Server(args)
    try:
        out["start_s"] = round(server.start(), 3)
        out["rss_empty_mib"] = server.rss_mib()
        collection = create(rows.vectors.shape[1])
        out.update(ingest(collection, rows, args.batch))
        if not args.only_ingest:
            out.update(build(collection))
            out["rss_loaded_mib"], out["disk_mib"] = server.rss_mib(), server.disk_mib()
            out.update(tune(collection, rows))
            out.update(summary("client1", timed(collection, rows.queries, out["ef"], args.seconds), args.seconds))
            for clients in (2, 4, 8):
                out.update(concurrent(args, rows, out["ef"], clients, args.seconds))
            begin = time.perf_counter()
            for o in range(0, 2000, 100):
                ids_of(collection, rows.queries[o : o + 100], out["ef"])
            out["batch100_qps"] = round(2000 / (time.perf_counter() - begin), 1)
            out.update(filtered(collection, rows, out["ef"], args.seconds / 2))
            out["rss_after_mib"] = server.rss_mib()
    finally:
        if server.process is not None:
            server.end()
    print(json.dumps(out))


if __name__ == "__main__":
    sys.exit(main())
