#!/usr/bin/env python3
"""What the storage engine costs and keeps, from outside: one server, clients as threads and processes.

  storage.py scale     [--rows 1000000] [--dim 128] [--kills 5] [--seconds 60] [--write-rate 500] [--pin]
                                                                  restart after kill -9; search while it merges and builds
  storage.py overwrite [--rows 200000] [--rounds 20]              disk against what lives and what the window keeps
  storage.py soak      [--seconds 1800]                           mixed load with DDL churn: memory, files, descriptors
  storage.py many      [--collections 10000]                      memory of an idle collection, restart

--binary PATH, --dir DIR (default: a temporary one, removed afterwards). Each prints a table; nothing is asserted.
Vectors are random and clustered (256 centres), requests go through the generated stubs.
"""

import argparse
import contextlib
import multiprocessing
import os
import pathlib
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "wire"))

import numpy as np  # noqa: E402
from pymilvus.grpc_gen import milvus_pb2, schema_pb2  # noqa: E402
from raw import FLOAT_VECTOR, INT64, VARCHAR, Raw, column, expect_ok, field  # noqa: E402
from server_process import ServerProcess, default_binary  # noqa: E402

BATCH = 5000


class Vectors:
    """The vector of a key and version, the same each time."""

    def __init__(self, dim):
        self.dim = dim
        self.centres = np.random.default_rng(5).standard_normal((256, dim)).astype(np.float32)

    def of(self, first_key, count, version=0):
        rng = np.random.default_rng(first_key * 1009 + version)
        noise = rng.standard_normal((count, self.dim)).astype(np.float32)
        return self.centres[rng.integers(0, 256, count)] + 0.5 * noise


def vector_data(vectors):
    flat = schema_pb2.FloatArray(data=vectors.ravel())
    return schema_pb2.FieldData(field_name="v", type=FLOAT_VECTOR, vectors=schema_pb2.VectorField(dim=vectors.shape[1], float_vector=flat))


def create(raw, name, dim, index="HNSW", **properties):
    fields = [field("id", INT64, primary=True), field("n", INT64), field("tag", VARCHAR, max_length=32), field("v", FLOAT_VECTOR, dim=dim)]
    expect_ok(raw.create_collection(name, fields, consistency_level=0))
    if properties:
        from client_calls import request

        expect_ok(raw.call("AlterCollection", request("AlterCollection", collection_name=name, properties=properties)))
    params = {"params": '{"M": 16, "efConstruction": 200}'} if index == "HNSW" else {}
    expect_ok(raw.create_index(name, "v", index_type=index, metric_type="L2", **params))
    expect_ok(raw.call("LoadCollection", milvus_pb2.LoadCollectionRequest(collection_name=name)))


def write(raw, name, keys, vectors, method="Insert"):
    ids = list(keys)
    columns = [column("id", INT64, ids), column("n", INT64, [i % 1000 for i in ids]), column("tag", VARCHAR, [f"t{i % 10}" for i in ids])]
    return expect_ok(raw.insert(name, [*columns, vector_data(vectors)], len(ids), method=method))


def search_once(raw, name, vector, ef=100):
    return expect_ok(raw.search(name, [vector], {"params": {"ef": ef}}, topk=10, anns_field="v", consistency_level=0))


def count(raw, name):
    return expect_ok(raw.query(name, "", ["count(*)"], consistency_level=0)).fields_data[0].scalars.long_data.data[0]


def files_of(path):
    """Sizes of all files; what is removed meanwhile is passed over."""
    sizes = []
    for folder, _, names in os.walk(path):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                sizes.append(os.lstat(os.path.join(folder, name)).st_size)
    return sizes


def directory_bytes(path):
    return sum(files_of(path))


def metric(server, name):
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{server.management_port}/metrics", timeout=5) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
    return 0.0


def wait_until_quiet(raw, server, name, limit_s=1800):
    """Until everything is indexed and neither merges nor builds go on: seconds waited."""
    begin, last, same = time.monotonic(), None, 0
    while same < 6 and time.monotonic() - begin < limit_s:
        state = expect_ok(raw.call("DescribeIndex", milvus_pb2.DescribeIndexRequest(collection_name=name))).index_descriptions[0]
        now = (state.indexed_rows, state.total_rows, metric(server, "redkite_compactions_total"))
        same = same + 1 if now == last and state.indexed_rows == state.total_rows else 0
        last = now
        time.sleep(0.5)
    return time.monotonic() - begin


def process_state(server):
    proc = pathlib.Path("/proc") / str(server.process.pid)
    status = (proc / "status").read_text()
    pick = lambda key: int(next(line.split()[1] for line in status.splitlines() if line.startswith(key + ":")))  # noqa: E731
    return {
        "anon MiB": pick("RssAnon") / 1024,
        "threads": pick("Threads"),
        "fds": len(list((proc / "fd").iterdir())),
        "maps": sum(1 for _ in open(proc / "maps")),
        "files": len(files_of(server.data_dir)),
        "disk MiB": directory_bytes(server.data_dir) / 2**20,
    }


# ---- scale


CLIENTS = 2  # processes, so that none waits for another's interpreter


def open_loop_client(address, name, vectors, due_times, ef, begin):
    done = []
    with Raw(address) as raw:
        for i, at in enumerate(due_times):
            due = begin + at
            if (pause := due - time.time()) > 0:
                time.sleep(pause)
            search_once(raw, name, vectors[i % len(vectors)], ef)
            done.append((time.time() - due) * 1000)
    return done


def closed_loop_client(address, name, vectors, seconds, ef, begin):
    count = 0
    with Raw(address) as raw:
        time.sleep(max(0, begin - time.time()))
        while time.time() < begin + seconds:
            search_once(raw, name, vectors[count % len(vectors)], ef)
            count += 1
    return count


def on_clients(function, argument_lists):
    with multiprocessing.get_context("spawn").Pool(len(argument_lists)) as pool:
        return pool.starmap(function, [(*a, time.time() + 3) for a in argument_lists])


def open_loop(address, name, vectors, per_second, seconds, ef):
    """p50, p99, p99.9 in ms from when each request was due."""
    lists = []
    for client in range(CLIENTS):
        due = [i / per_second for i in range(client, int(per_second * seconds), CLIENTS)]
        lists.append((address, name, [v.tolist() for v in vectors[client::CLIENTS]], due, ef))
    return np.percentile(np.concatenate(on_clients(open_loop_client, lists)), [50, 99, 99.9])


def closed_loop(address, name, vectors, seconds, ef):
    lists = [(address, name, [v.tolist() for v in vectors[c::CLIENTS]], seconds, ef) for c in range(CLIENTS)]
    return sum(on_clients(closed_loop_client, lists)) / seconds


def scale(args, server):
    source = Vectors(args.dim)
    raw = Raw(server.address, timeout_s=300)
    create(raw, "c", args.dim)
    begin = time.perf_counter()
    for first in range(0, args.rows, BATCH):
        write(raw, "c", range(first, min(first + BATCH, args.rows)), source.of(first, min(BATCH, args.rows - first)))
    took = time.perf_counter() - begin
    print(f"{args.rows} rows of {args.dim} dimensions: {args.rows / took:,.0f} rows/s, one client, every insert synced", flush=True)
    raw.call("Flush", milvus_pb2.FlushRequest(collection_names=["c"]))
    print(f"indexed and merged after another {wait_until_quiet(raw, server, 'c'):.0f} s", flush=True)
    print("rows rewritten by merges:", int(metric(server, "redkite_compaction_rows_written_total")), "rows of indexes built:",
          int(metric(server, "redkite_indexed_rows_total")), flush=True)
    tail = args.rows
    for _ in range(args.kills):
        for _ in range(4):
            write(raw, "c", range(tail, tail + BATCH), source.of(tail, BATCH))
            tail += BATCH
        server.kill()
        raw.channel.close()
        spawned = time.perf_counter()
        server.start(timeout_s=120)
        raw = Raw(server.address, timeout_s=300)
        search_once(raw, "c", source.of(7, 1)[0].tolist())
        first = time.perf_counter() - spawned
        rows = count(raw, "c")
        print(f"kill -9: healthy after {server.ready_seconds:.2f} s, first search after {first:.2f} s, {rows} rows of {tail}", flush=True)
    queries = source.of(10**9, 1000)
    if args.pin:
        raw.channel.close()
        pin(server)
        raw = Raw(server.address, timeout_s=300)
    raw.call("Flush", milvus_pb2.FlushRequest(collection_names=["c"]))
    print(f"quiet again after {wait_until_quiet(raw, server, 'c'):.0f} s", flush=True)
    # Small segments until they merge, then seven, indexed: the next flush makes a merge, whose output is indexed whole.
    merges = metric(server, "redkite_compactions_total")
    left = 8
    while left > 0:
        left = 6 if metric(server, "redkite_compactions_total") > merges else left - 1
        merges = metric(server, "redkite_compactions_total")
        write(raw, "c", range(tail, tail + 10_000), source.of(tail, 10_000))
        tail += 10_000
        raw.call("Flush", milvus_pb2.FlushRequest(collection_names=["c"]))
        wait_until_quiet(raw, server, "c")  # or the next flush would take both
    peak = closed_loop(server.address, "c", queries, 5, 100)
    idle = open_loop(server.address, "c", queries, peak / 2, 20, 100)
    print(f"search at half of {peak:,.0f}/s, p50 p99 p99.9 ms: idle {idle.round(2)}", flush=True)
    for text, rate, flushes in (("merging and building", 0, 1), (f"writing {args.write_rate}/s, merging and building", args.write_rate, 0)):
        tail = search_beside(args, server, raw, source, (queries, peak / 2, idle, text, rate, flushes), tail)


def search_beside(args, server, raw, source, plan, tail):
    """Open loop beside background work: some flushes of 10,000 rows first, then `rate` rows per second, flushed when the server
    finds it right. Returns the first key that is free."""
    queries, per_second, idle, text, rate, flushes = plan
    stop, at, slowest = threading.Event(), [tail], [0.0]

    def writer():
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)  # makes requests beside the clients that are measured
        begin = time.perf_counter()
        with Raw(server.address, timeout_s=300) as own:
            while not stop.is_set():
                if (pause := begin + (at[0] - first) / rate - time.perf_counter()) > 0:
                    stop.wait(pause)
                sent = time.perf_counter()
                write(own, "c", range(at[0], at[0] + 50), source.of(at[0], 50))
                slowest[0] = max(slowest[0], time.perf_counter() - sent)
                at[0] += 50

    names = ("redkite_compactions_total", "redkite_indexed_rows_total", "redkite_flushes_total")
    counters = lambda: np.array([metric(server, n) for n in names])  # noqa: E731
    before_work = counters()
    for _ in range(flushes):
        write(raw, "c", range(at[0], at[0] + 10_000), source.of(at[0], 10_000))
        at[0] += 10_000
        raw.call("Flush", milvus_pb2.FlushRequest(collection_names=["c"]))
    first = at[0]
    cpu = cpu_seconds(server)
    thread = threading.Thread(target=writer)
    if rate:
        thread.start()
    busy = open_loop(server.address, "c", queries, per_second, args.seconds, 100)
    stop.set()
    if rate:
        thread.join()
    cpu = cpu_seconds(server) - cpu
    merges, indexed, done_flushes = counters() - before_work
    state = expect_ok(raw.call("DescribeIndex", milvus_pb2.DescribeIndexRequest(collection_name="c"))).index_descriptions[0]
    print(f"{text}: {busy.round(2)}, p99 ratio {busy[1] / idle[1]:.2f}; {at[0] - first} rows written meanwhile (slowest write {slowest[0] * 1000:.0f} ms), {done_flushes:.0f} flushes, {indexed:.0f} rows "
          f"indexed, {merges:.0f} merges, {state.total_rows - state.indexed_rows} rows left to index, {cpu / args.seconds:.2f} cores used", flush=True)
    return at[0]


def pin(server):
    """Restarts the server with the lower half of the cores and leaves the clients the others, so that neither is measured by the
    other's load."""
    cores = sorted(os.sched_getaffinity(0))
    server.kill()
    os.sched_setaffinity(0, cores[: len(cores) // 2])
    server.start(timeout_s=120)
    os.sched_setaffinity(0, cores[len(cores) // 2 :])


def cpu_seconds(server):
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ---- overwrite


def overwrite(args, server):
    source = Vectors(64)
    raw = Raw(server.address, timeout_s=300)
    create(raw, "c", 64, index="FLAT")
    row_bytes = 64 * 4 + 8 * 3 + 16
    worst = 0
    print("| round | live MiB | written MiB | disk MiB | of it segments | disk/(live+written) |\n|---|---|---|---|---|---|")
    for version in range(args.rounds):
        for first in range(0, args.rows, BATCH):
            write(raw, "c", range(first, first + BATCH), source.of(first, BATCH, version), method="Upsert")
        raw.call("Flush", milvus_pb2.FlushRequest(collection_names=["c"]))
        time.sleep(5)
        live, written = args.rows * row_bytes / 2**20, (version + 1) * args.rows * row_bytes / 2**20
        disk = directory_bytes(server.data_dir) / 2**20
        segments = directory_bytes(server.data_dir / "collections") / 2**20
        worst = max(worst, disk / (live + written))
        print(f"| {version + 1} | {live:.0f} | {written:.0f} | {disk:.0f} | {segments:.0f} | {disk / (live + written):.2f} |", flush=True)
    print("largest ratio:", round(worst, 2), "rows:", count(raw, "c"))


# ---- soak


def soak(args, server):
    source = Vectors(32)
    raw = Raw(server.address)
    create(raw, "steady", 32, **{"collection.retention.seconds": "60"})
    stop, errors, calls = threading.Event(), [], [0]

    def loop(action):
        with Raw(server.address) as own:
            rng = random.Random(action.__name__)
            while not stop.is_set():
                try:
                    action(own, rng)
                    calls[0] += 1
                except Exception as error:  # noqa: BLE001 - told at the end
                    errors.append(f"{action.__name__}: {error}")

    def writes(own, rng):
        first = rng.randrange(0, 40) * 1000
        write(own, "steady", range(first, first + 1000), source.of(first, 1000, rng.randrange(1000)), method="Upsert")
        if rng.random() < 0.05:
            own.delete("steady", f"id >= {first} and id < {first + 200}")
        if rng.random() < 0.05:
            own.call("Flush", milvus_pb2.FlushRequest(collection_names=["steady"]))
        time.sleep(0.15)

    def reads(own, rng):
        search_once(own, "steady", source.of(rng.randrange(1000), 1)[0].tolist())
        own.query("steady", f"n == {rng.randrange(1000)}", ["id", "tag"])
        time.sleep(0.01)

    def churn(own, rng):
        name = f"c{rng.randrange(10**9)}"
        create(own, name, 32)
        write(own, name, range(500), source.of(1, 500))
        own.call("Flush", milvus_pb2.FlushRequest(collection_names=[name]))
        count(own, name)
        expect_ok(own.call("DropCollection", milvus_pb2.DropCollectionRequest(collection_name=name)))
        time.sleep(0.5)

    threads = [threading.Thread(target=loop, args=(a,)) for a in (writes, reads, reads, churn)]
    for t in threads:
        t.start()
    samples, begin = [], time.monotonic()
    while (passed := time.monotonic() - begin) < args.seconds:
        time.sleep(min(10, args.seconds / 20))
        samples.append((passed, process_state(server)))
    stop.set()
    for t in threads:
        t.join()
    settled = [s for at, s in samples if at >= min(300, args.seconds / 3)]
    half = len(settled) // 2
    print("| what | first half, median | second half, median | smallest | largest |\n|---|---|---|---|---|")
    for key in samples[0][1]:
        values = [s[key] for s in settled]
        print(f"| {key} | {statistics.median(values[:half]):.0f} | {statistics.median(values[half:]):.0f} | {min(values):.0f} | {max(values):.0f} |")
    print(f"{calls[0]} rounds of calls in {args.seconds} s, {len(errors)} errors", *errors[:5], sep="\n")


# ---- many


def many(args, server):
    raw = Raw(server.address)
    fields = [field("id", INT64, primary=True), field("v", FLOAT_VECTOR, dim=8)]
    before = process_state(server)
    begin = time.perf_counter()
    for i in range(args.collections):
        expect_ok(raw.create_collection(f"c{i}", fields))
    took = time.perf_counter() - begin
    after = process_state(server)
    kib = (after["anon MiB"] - before["anon MiB"]) * 1024 / args.collections
    print(f"{args.collections} collections made in {took:.1f} s, {kib:.1f} KiB each, {after['fds']} descriptors, {after['threads']} threads")
    server.kill()
    server.start(timeout_s=120)
    begin = time.perf_counter()
    with Raw(server.address) as again:
        listed = len(expect_ok(again.call("ShowCollections", milvus_pb2.ShowCollectionsRequest())).collection_names)
    print(f"kill -9: healthy after {server.ready_seconds:.2f} s, {listed} listed in {time.perf_counter() - begin:.2f} s, {process_state(server)['anon MiB']:.0f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["scale", "overwrite", "soak", "many"])
    parser.add_argument("--rows", type=int, default=None)
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=None, help="of the soak, or of each open loop")
    parser.add_argument("--write-rate", type=int, default=500, help="rows per second beside the searches")
    parser.add_argument("--pin", action="store_true", help="scale: server, restarted, and clients on halves of the cores for the open loops")
    parser.add_argument("--collections", type=int, default=10_000)
    parser.add_argument("--binary", default=None)
    parser.add_argument("--dir", default=None)
    args = parser.parse_args()
    args.seconds = args.seconds or (60 if args.what == "scale" else 1800)
    args.rows = args.rows or (1_000_000 if args.what == "scale" else 200_000)
    folder = pathlib.Path(args.dir or tempfile.mkdtemp(prefix="redkite-storage-"))
    server = ServerProcess(folder / "data", args.binary or default_binary())
    with contextlib.ExitStack() as stack:
        stack.callback(lambda: args.dir or shutil.rmtree(folder, ignore_errors=True))
        stack.callback(server.kill)
        server.start()
        {"scale": scale, "overwrite": overwrite, "soak": soak, "many": many}[args.what](args, server)


if __name__ == "__main__":
    main()
