#!/usr/bin/env python3
"""kill -9 at random points while stock clients write; after each restart everything acknowledged must be there.

  crash_test.py [--kills 50] [--seed N] [--binary build/release/bin/redkite] [--workers 4] [--dir DIR]

Each worker owns its keys. It inserts, upserts, deletes by key and by filter, flushes, and creates and drops indexes and
collections; every call is noted as ok or, when the server went away under it, unknown. A row's vector and text follow
from its key and version, so its content can be told from the key. After each kill the server is started again (now
and then killed once more in its recovery) and every row is read:
  lost        an acknowledged row or version is not there
  resurrected a row whose delete was acknowledged is back
  duplicate   a key twice in a reply
  wrong       content that does not belong to the key and version
  phantom     a key that nobody wrote
  torn        a call of unknown outcome is there in part
An unknown call may be there or not; what the first look shows must stay.
Exit code 0 when all of these are 0.
"""

import argparse
import collections
import logging
import pathlib
import random
import shutil
import sys
import tempfile
import threading
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "wire"))

from pymilvus import DataType, MilvusClient, MilvusException  # noqa: E402
from server_process import ServerDied, ServerProcess, default_binary, free_ports  # noqa: E402

COLLECTION = "crash"
DIM = 16
CALL_TIMEOUT_S = 3
MAX_LIVE_PER_WORKER = 4000
KEYS_PER_WORKER = 10_000_000
PAGE = 8000
ABSENT = 0  # the version of a row that is not there

def vectors_of(keys, versions):
    """Numbers in [-1, 1) that look random and follow from key, version and place (splitmix64)."""
    with np.errstate(over="ignore"):
        x = np.asarray(keys, dtype=np.uint64)[:, None] * np.uint64(0x9E3779B97F4A7C15)
        x = x + np.asarray(versions, dtype=np.uint64)[:, None] * np.uint64(0xD1342543DE82EF95)
        x = x + np.arange(1, DIM + 1, dtype=np.uint64) * np.uint64(0xA0761D6478BD642F)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    return ((x >> np.uint64(40)).astype(np.float32) / np.float32(2**23) - np.float32(1)).astype(np.float32)


def text_of(key, version):
    return f"{key}/{version}/" + "x" * ((key * 31 + version) % 40)


def rows_of(keys, versions):
    vectors = vectors_of(keys, versions)
    return [
        {"id": int(k), "version": int(v), "part": int(k) % 10, "text": text_of(k, v), "vector": vector}
        for k, v, vector in zip(keys, versions, vectors)
    ]


class Unknown(Exception):
    """The server went away during the call."""


class Worker:
    """One client thread; the only writer of its keys. `live` holds acknowledged rows; `pending` the unknown call."""

    def __init__(self, number, seed, counters):
        self.number, self.random, self.counters = number, random.Random(seed * 1000 + number), counters
        self.base = number * KEYS_PER_WORKER
        self.next_key = self.base
        self.live = {}
        self.pending = None  # {key: (version before, version after)}
        self.error = None
        self.is_refusal_fine = lambda: False  # an error answer leaves the outcome open, too
        self.is_power_off = lambda: False
        self.extra = None  # a collection of its own: (name, must be there / must not / unknown)

    def run(self, uri, stop):
        client = MilvusClient(uri=uri)
        try:
            while not stop.is_set():
                self.choose()(client)
        except Unknown:
            pass
        except Exception as error:  # noqa: BLE001 - shown at the join
            self.error = error
        finally:
            try:
                client.close()
            except Exception:  # noqa: BLE001
                pass

    def choose(self):
        if len(self.live) > MAX_LIVE_PER_WORKER:
            return self.delete_range
        steps = [(self.insert, 30), (self.upsert, 25), (self.delete_keys, 15), (self.delete_filter, 6), (self.flush, 3)]
        if self.number == 0:
            steps += [(self.create_index, 2), (self.other_collection, 2)]
        return self.random.choices([s for s, _ in steps], [w for _, w in steps])[0]

    def call(self, kind, changes, function):
        """Runs one write. `changes`: {key: (before, after)}; taken over when the answer is ok, else left pending."""
        self.pending = (kind, changes)
        try:
            answer = function()
        except MilvusException as error:
            if isinstance(error.code, int) and error.code > 2 and not self.is_refusal_fine():  # an answer of the server
                raise
            self.counters[kind + " unknown"] += 1
            raise Unknown from error
        except Exception as error:  # a raw error of the transport
            if "grpc" not in type(error).__module__ and "Rpc" not in type(error).__name__:
                raise
            self.counters[kind + " unknown"] += 1
            raise Unknown from error
        if self.is_power_off():  # an answer that no client of a dead machine could have got
            self.counters[kind + " unknown"] += 1
            raise Unknown
        self.counters[kind + " ok"] += 1
        for key, (_, after) in changes.items():
            if after == ABSENT:
                self.live.pop(key, None)
            else:
                self.live[key] = after
        self.pending = None
        return answer

    def some_keys(self, most):
        keys = list(self.live)
        return self.random.sample(keys, min(len(keys), self.random.randint(1, most)))

    def insert(self, client):
        keys = range(self.next_key, self.next_key + self.random.choice([1, 1, 5, 20, 100, 500]))
        self.next_key = keys.stop
        rows = rows_of(keys, [1] * len(keys))
        self.call("insert", {k: (ABSENT, 1) for k in keys}, lambda: client.insert(COLLECTION, rows, timeout=CALL_TIMEOUT_S))

    def upsert(self, client):
        keys = self.some_keys(30)
        if not keys:
            return
        versions = [self.live[k] + 1 for k in keys]
        rows = rows_of(keys, versions)
        changes = {k: (self.live[k], v) for k, v in zip(keys, versions)}
        self.call("upsert", changes, lambda: client.upsert(COLLECTION, rows, timeout=CALL_TIMEOUT_S))

    def delete_keys(self, client):
        keys = self.some_keys(30)
        if not keys:
            return
        changes = {k: (self.live[k], ABSENT) for k in keys}
        self.call("delete", changes, lambda: client.delete(COLLECTION, ids=keys, timeout=CALL_TIMEOUT_S))

    def delete_filter(self, client):
        if not self.live:
            return
        part = self.random.randrange(10)
        low = self.random.choice(list(self.live))
        self.delete_where(client, f"part == {part} and id >= {low} and id < {low + 300}", lambda k: k % 10 == part and low <= k < low + 300)

    def delete_range(self, client):
        keys = sorted(self.live)
        high = keys[len(keys) // 2]
        self.delete_where(client, f"id >= {self.base} and id < {high} and version > 0", lambda k: k < high)

    def delete_where(self, client, text, wanted):
        changes = {k: (v, ABSENT) for k, v in self.live.items() if wanted(k)}
        self.call("delete by filter", changes, lambda: client.delete(COLLECTION, filter=text, timeout=CALL_TIMEOUT_S))

    def flush(self, client):
        self.call("flush", {}, lambda: client.flush(COLLECTION, timeout=CALL_TIMEOUT_S * 3))

    def create_index(self, client):
        """The same index again is a call without effect; on the second collection it is built anew."""
        self.call("create index", {}, lambda: client.create_index(COLLECTION, index_params(client), timeout=CALL_TIMEOUT_S * 3))

    def other_collection(self, client):
        if self.extra and self.extra[1] == "there":
            name, self.extra = self.extra[0], (self.extra[0], "unknown")
            self.call("drop collection", {}, lambda: client.drop_collection(name, timeout=CALL_TIMEOUT_S))
            self.extra = (name, "gone")
            return
        name = f"other_{self.random.randrange(10**9)}"
        self.extra = (name, "unknown")
        self.call("create collection", {}, lambda: create(client, name))
        self.extra = (name, "there")

    # ---- after a restart

    def settle(self, stored):
        """Decides the unknown call by what is stored now; counts a torn one."""
        if self.pending is None:
            return
        _, changes = self.pending
        self.pending = None
        applied = [k for k, (_, after) in changes.items() if stored.get(k, ABSENT) == after]
        if applied and len(applied) != len(changes):
            self.counters["torn"] += 1
        for key, (_, after) in changes.items():
            if stored.get(key, ABSENT) == after:
                if after == ABSENT:
                    self.live.pop(key, None)
                else:
                    self.live[key] = after


def create(client, name):
    schema = client.create_schema(auto_id=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("version", DataType.INT64)
    schema.add_field("part", DataType.INT32)
    schema.add_field("text", DataType.VARCHAR, max_length=100)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong", timeout=CALL_TIMEOUT_S)


def index_params(client):
    params = client.prepare_index_params()
    params.add_index("vector", index_type="HNSW", metric_type="L2", params={"M": 8, "efConstruction": 40})
    return params


class CrashTest:
    def __init__(self, args, folder):
        self.args, self.random = args, random.Random(args.seed)
        self.counters = collections.Counter()
        self.server = ServerProcess(folder / "data", args.binary)
        self.workers = [Worker(n, args.seed, self.counters) for n in range(args.workers)]
        self.restarts, self.found_itself, self.searched = [], 0, 0

    def prepare(self):
        self.server.start()
        client = MilvusClient(uri=self.server.uri)
        create(client, COLLECTION)
        client.create_index(COLLECTION, index_params(client))
        client.load_collection(COLLECTION)
        client.close()

    def cycle(self):
        stop = threading.Event()
        threads = [threading.Thread(target=w.run, args=(self.server.uri, stop)) for w in self.workers]
        for thread in threads:
            thread.start()
        time.sleep(self.random.choice([0.05, 0.3, 1.0, 2.5]) * self.random.random() + 0.02)
        self.server.kill()
        stop.set()
        for thread in threads:
            thread.join()
        for worker in self.workers:
            if worker.error is not None:
                raise RuntimeError(f"worker {worker.number} was refused: {worker.error!r} {worker.error}") from worker.error
        self.restart()
        self.verify()

    def restart(self):
        while self.random.random() < 0.25:
            self.server.spawn()
            time.sleep(self.random.random() * 0.08)
            self.server.kill()
            self.counters["kills in recovery"] += 1
        # Other ports: the client library keeps its back-off per address, across connections.
        self.server.port, self.server.management_port = free_ports(2)
        self.server.start(timeout_s=60)
        self.restarts.append(self.server.ready_seconds)

    def read_all(self, client):
        """{key: version} of every row, page by page; counts duplicates and wrong content."""
        stored = {}
        for worker in self.workers:
            low = worker.base
            while True:
                rows = client.query(
                    COLLECTION,
                    filter=f"id >= {low} and id < {worker.base + KEYS_PER_WORKER}",
                    output_fields=["id", "version", "text", "vector"],
                    limit=PAGE,
                    timeout=60,
                )
                if not rows:
                    break
                self.check_page(rows, stored)
                if len(rows) < PAGE:
                    break
                low = max(row["id"] for row in rows) + 1
        return stored

    def check_page(self, rows, stored):
        keys, versions = [row["id"] for row in rows], [row["version"] for row in rows]
        derived = vectors_of(keys, versions)
        given = np.array([row["vector"] for row in rows], dtype=np.float32)
        same = (derived == given).all(axis=1)
        for row, right in zip(rows, same):
            if not right or row["text"] != text_of(row["id"], row["version"]):
                self.counters["wrong"] += 1
                self.note(f"wrong content of {row['id']}, version {row['version']}")
            if row["id"] in stored:
                self.counters["duplicate"] += 1
                self.note(f"{row['id']} twice in a reply")
            stored[row["id"]] = row["version"]

    def note(self, text):
        self.counters["notes"] += 1
        if self.counters["notes"] <= 20:
            print(f"    {text}", flush=True)

    def verify(self):
        client = MilvusClient(uri=self.server.uri)
        client.load_collection(COLLECTION, timeout=60)
        stored = self.read_all(client)
        for worker in self.workers:
            worker.settle(stored)
        expected = {}
        for worker in self.workers:
            expected.update(worker.live)
        for key, version in expected.items():
            got = stored.get(key, ABSENT)
            if got < version:
                self.counters["lost"] += 1
                self.note(f"{key}: version {version} was acknowledged, {'absent' if got == ABSENT else got} is there")
            elif got > version:
                self.counters["phantom"] += 1
                self.note(f"{key}: version {got} was never written")
        for key in stored.keys() - expected.keys():
            worker = self.workers[key // KEYS_PER_WORKER]
            kind = "resurrected" if key < worker.next_key else "phantom"
            self.counters[kind] += 1
            self.note(f"{key}: {kind}")
        counted = client.query(COLLECTION, filter="", output_fields=["count(*)"], timeout=60)[0]["count(*)"]
        if counted != len(stored):
            self.counters["count differs"] += 1
            self.note(f"count(*) {counted}, {len(stored)} rows")
        self.check_search(client, stored)
        self.check_other(client)
        client.close()
        self.rows = len(stored)

    def check_search(self, client, stored):
        keys = self.random.sample(sorted(stored), min(20, len(stored)))
        if not keys:
            return
        queries = vectors_of(keys, [stored[k] for k in keys])
        answers = client.search(COLLECTION, data=list(queries), limit=10, search_params={"params": {"ef": 128}}, timeout=60)
        for key, hits in zip(keys, answers):
            found = [hit["id"] for hit in hits]
            self.searched += 1
            self.found_itself += bool(hits) and any(h["id"] == key and h["distance"] < 1e-3 for h in hits)
            if len(found) != len(set(found)):
                self.counters["duplicate"] += 1
                self.note(f"search near {key}: a key twice in {found}")
            for k in found:
                if k not in stored:
                    self.counters["resurrected"] += 1
                    self.note(f"search near {key}: {k} is not a row")

    def check_other(self, client):
        for worker in self.workers:
            if worker.extra is None:
                continue
            name, state = worker.extra
            there = client.has_collection(name)
            if state != "unknown" and there != (state == "there"):
                self.counters["catalog"] += 1
                self.note(f"collection {name}: {state} was acknowledged")
            worker.extra = (name, "there" if there else "gone")

    def run(self):
        self.prepare()
        for n in range(1, self.args.kills + 1):
            self.cycle()
            if n % 10 == 0 or n == self.args.kills:
                print(f"  {n} kills, {self.rows:,} rows, {self.bad()} faults", flush=True)
        # Nothing written since: the same again, and an orderly stop.
        self.server.kill()
        self.restart()
        self.verify()
        code, _ = self.server.stop()
        if code != 0:
            self.counters["exit code"] += 1
        self.server.start()
        self.verify()
        self.server.stop()

    FAULTS = ["lost", "resurrected", "duplicate", "wrong", "phantom", "torn", "count differs", "catalog", "exit code"]

    def bad(self):
        return sum(self.counters[kind] for kind in self.FAULTS)

    def report(self):
        calls = {k: v for k, v in sorted(self.counters.items()) if k.endswith((" ok", " unknown"))}
        print("calls: " + ", ".join(f"{k} {v:,}" for k, v in calls.items()))
        restarts = sorted(self.restarts)
        print(
            f"{self.args.kills} kills and {self.counters['kills in recovery']} in recovery;"
            f" ready after {restarts[len(restarts) // 2]:.2f} s (median), {restarts[-1]:.2f} s (longest)"
        )
        print(f"a row found itself in {self.found_itself} of {self.searched} searches")
        print(", ".join(f"{kind} {self.counters[kind]}" for kind in self.FAULTS))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--binary", type=pathlib.Path, default=default_binary())
    parser.add_argument("--dir", type=pathlib.Path, default=None, help="kept afterwards; else a temporary directory")
    args = parser.parse_args()
    if not args.binary.exists():
        sys.exit(f"no server at {args.binary}")
    args.seed = random.SystemRandom().randrange(2**31) if args.seed is None else args.seed
    print(f"seed {args.seed}", flush=True)
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    folder = args.dir or pathlib.Path(tempfile.mkdtemp(prefix="redkite-crash-"))
    folder.mkdir(parents=True, exist_ok=True)
    test = CrashTest(args, folder)
    passed = False
    try:
        test.run()
        enough = test.counters["insert ok"] > args.kills and test.counters["upsert ok"] > 0
        passed = test.bad() == 0 and test.found_itself >= 0.99 * test.searched and enough
    except (ServerDied, MilvusException, RuntimeError) as error:
        print(f"seed {args.seed}: {error}")
    finally:
        test.server.kill()
    if test.restarts:
        test.report()
    print("passed" if passed else f"FAILED, seed {args.seed}, data in {folder}")
    if passed and args.dir is None:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
