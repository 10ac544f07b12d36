#!/usr/bin/env python3
"""Ingest with durable acknowledgement, ours beside others, rounds in turn; prints a table of medians in rows per second.

  ingest.py compare --ours BINARY [--milvus-python P --milvus-server S] [--lite-python P] [--qdrant-python P]
                    [--rows 200000] [--dim 128] [--batch 5000] [--rounds 3] [--clients 2]

Rows are a key, an integer, a text and a random vector. "native" sends requests that were encoded before, several at a time (--in-flight), as
a client that costs nothing would; "rows" is `MilvusClient.insert` of dicts, in the interpreter of the Milvus client, one
call after the other; "rows, crowd" the same from --clients processes at once, from the first to the last. milvus-lite and
qdrant-edge run inside their Python; qdrant-edge is flushed after each batch, which is when its points are durable.
Milvus is the `milvus` wheel in a network and mount namespace of its own (root only). Ours prints syncs and rows per sync.
"""

import argparse
import concurrent.futures
import itertools
import json
import multiprocessing
import pathlib
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

PORT = 45630
NAME = "ingest"


def batches(args):
    """(first key, vectors) of each request."""
    import numpy as np

    rng = np.random.default_rng(1)
    for first in range(0, args.rows, args.batch):
        count = min(args.batch, args.rows - first)
        yield first, rng.standard_normal((count, args.dim), dtype=np.float32)


# ---- one measurement each, run as `ingest.py one WHAT ...` in the interpreter that has what it needs


def wait_for_server():
    from pymilvus import MilvusClient

    end = time.monotonic() + 120
    while True:
        try:
            client = MilvusClient(uri=f"http://127.0.0.1:{PORT}", timeout=2)
            client.list_collections()
            return client
        except Exception:  # noqa: BLE001 - not there yet
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def make_collection(client, args):
    from pymilvus import DataType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("n", DataType.INT64)
    schema.add_field("tag", DataType.VARCHAR, max_length=32)
    schema.add_field("v", DataType.FLOAT_VECTOR, dim=args.dim)
    client.create_collection(NAME, schema=schema)


def encoded_requests(args):
    from pymilvus.grpc_gen import milvus_pb2, schema_pb2

    out = []
    for first, vectors in batches(args):
        ids = list(range(first, first + len(vectors)))
        long = lambda values: schema_pb2.ScalarField(long_data=schema_pb2.LongArray(data=values))  # noqa: E731
        text = schema_pb2.ScalarField(string_data=schema_pb2.StringArray(data=[f"t{i % 10}" for i in ids]))
        flat = schema_pb2.VectorField(dim=args.dim, float_vector=schema_pb2.FloatArray(data=vectors.ravel()))
        fields = [schema_pb2.FieldData(field_name="id", type=5, scalars=long(ids)),
                  schema_pb2.FieldData(field_name="n", type=5, scalars=long([i % 1000 for i in ids])),
                  schema_pb2.FieldData(field_name="tag", type=21, scalars=text),
                  schema_pb2.FieldData(field_name="v", type=101, vectors=flat)]  # fmt: skip
        request = milvus_pb2.InsertRequest(collection_name=NAME, fields_data=fields, num_rows=len(ids), hash_keys=ids)
        out.append(request.SerializeToString())
    return out


def native(args):
    import grpc
    from pymilvus.grpc_gen import milvus_pb2

    requests = encoded_requests(args)
    make_collection(wait_for_server(), args)
    channel = grpc.insecure_channel(f"127.0.0.1:{PORT}", options=[("grpc.max_send_message_length", -1)])
    insert = channel.unary_unary("/milvus.proto.milvus.MilvusService/Insert")
    begin, waiting, done = time.perf_counter(), [], 0
    for request in requests:
        if len(waiting) == args.in_flight:
            done += acknowledged(waiting.pop(0), milvus_pb2)
        waiting.append(insert.future(request, timeout=120))
    done += sum(acknowledged(w, milvus_pb2) for w in waiting)
    assert done == args.rows
    return time.perf_counter() - begin


def acknowledged(call, milvus_pb2):
    answer = milvus_pb2.MutationResult.FromString(call.result())
    assert answer.status.error_code == 0, answer.status
    return answer.insert_cnt


def dicts_of(args, part=0, parts=1):
    for first, vectors in itertools.islice(batches(args), part, None, parts):
        yield [{"id": first + i, "n": (first + i) % 1000, "tag": f"t{i % 10}", "v": v} for i, v in enumerate(vectors.tolist())]


def rows(args):
    client = wait_for_server()
    make_collection(client, args)
    return insert_dicts(client, args)


def insert_dicts(client, args):
    seconds = 0
    for data in dicts_of(args):
        begin = time.perf_counter()
        client.insert(NAME, data)
        seconds += time.perf_counter() - begin
    return seconds


def one_of_crowd(args, part, ready):
    data = list(dicts_of(args, part, args.clients))
    client = wait_for_server()
    ready.wait()
    begin = time.time()
    for rows_of_one in data:
        client.insert(NAME, rows_of_one)
    return begin, time.time()


def crowd(args):
    make_collection(wait_for_server(), args)
    with multiprocessing.Manager() as manager, concurrent.futures.ProcessPoolExecutor(
        args.clients, mp_context=multiprocessing.get_context("spawn")
    ) as pool:
        ready = manager.Barrier(args.clients)
        times = [f.result() for f in [pool.submit(one_of_crowd, args, i, ready) for i in range(args.clients)]]
    return max(end for _, end in times) - min(begin for begin, _ in times)


def lite(args):
    from pymilvus import MilvusClient

    client = MilvusClient(str(pathlib.Path(args.data) / "lite.db"))
    make_collection(client, args)
    return insert_dicts(client, args)


def qdrant(args):
    import qdrant_edge as q

    data = pathlib.Path(args.data) / "edge"
    data.mkdir(parents=True)
    config = q.EdgeConfig(vectors={"v": q.EdgeVectorParams(size=args.dim, distance=q.Distance.Euclid)})
    shard = q.EdgeShard.create(str(data), config)
    seconds = 0
    for data in dicts_of(args):
        begin = time.perf_counter()
        points = [q.Point(d["id"], {"v": d["v"]}, {"n": d["n"], "tag": d["tag"]}) for d in data]
        shard.update(q.UpdateOperation.upsert_points(points))
        shard.flush()
        seconds += time.perf_counter() - begin
    return seconds


def one(args):
    server = None
    if args.server_cmd:
        log = open(pathlib.Path(args.data).with_suffix(".log"), "ab")
        server = subprocess.Popen(shlex.split(args.server_cmd), stdout=log, stderr=log)
    seconds = {"native": native, "rows": rows, "crowd": crowd, "lite": lite, "qdrant": qdrant}[args.what](args)
    answer = {"rows_s": round(args.rows / seconds)}
    if args.metrics:
        text = urllib.request.urlopen(f"http://127.0.0.1:{PORT + 1}/metrics").read().decode()
        syncs = next(float(line.split()[1]) for line in text.splitlines() if line.startswith("redkite_log_syncs_total "))
        answer |= {"syncs_s": round(syncs / seconds), "rows_per_sync": round(args.rows / syncs)}
    print(json.dumps(answer))
    if server:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


# ---- all of them in turn


NAMESPACE = ["unshare", "-n", "-m", "bash", "-c",
             'ip link set lo up; mkdir -p /run/milvus; mount -t tmpfs tmpfs /run/milvus; exec "$@"', "_"]  # fmt: skip


def plans(args, data):
    ours = f"{args.ours} serve --data {data} --listen 127.0.0.1:{PORT} --management 127.0.0.1:{PORT + 1}"
    milvus = f"{args.milvus_server} --data {data} --proxy-port {PORT}"
    python = args.milvus_python or sys.executable
    out = [("redkite, native", sys.executable, "native", ours, True)]
    if args.milvus_server:
        out.append(("milvus, native", sys.executable, "native", milvus, False))
    out.append(("redkite, rows", python, "rows", ours, True))
    if args.milvus_server:
        out.append(("milvus, rows", python, "rows", milvus, False))
    if args.clients > 1:
        out.append(("redkite, rows, crowd", python, "crowd", ours, True))
        if args.milvus_server:
            out.append(("milvus, rows, crowd", python, "crowd", milvus, False))
    if args.lite_python:
        out.append(("milvus-lite, rows", args.lite_python, "lite", "", False))
    if args.qdrant_python:
        out.append(("qdrant-edge", args.qdrant_python, "qdrant", "", False))
    return out


def compare(args):
    results = {}
    folder = pathlib.Path(tempfile.mkdtemp(prefix="redkite-ingest-"))
    for number in range(args.rounds):
        for turn in range(len(plans(args, folder))):
            # A folder of its own: the server before may still write into its own when it was told to stop.
            data = folder / f"data-{number}-{turn}"
            name, python, what, server, metrics = plans(args, data)[turn]
            command = [*NAMESPACE, python, __file__, "one", "--what", what, "--data", data, "--server-cmd", server]
            for option in ("rows", "dim", "batch", "in-flight", "clients"):
                command += [f"--{option}", getattr(args, option.replace("-", "_"))]
            command += ["--metrics"] if metrics else []
            data.mkdir()
            answer = subprocess.run([str(c) for c in command], capture_output=True, text=True)
            shutil.rmtree(data, ignore_errors=True)
            if answer.returncode != 0:
                print(f"round {number + 1}, {name}: {answer.stderr[-1500:]}", file=sys.stderr)
                continue
            results.setdefault(name, []).append(json.loads(answer.stdout.strip().splitlines()[-1]))
            print(f"round {number + 1}, {name}: {results[name][-1]}", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    print("| what | rows/s, median | smallest | largest |\n|---|---|---|---|")
    for name, answers in results.items():
        values = [a["rows_s"] for a in answers]
        print(f"| {name} | {statistics.median(values):,.0f} | {min(values):,} | {max(values):,} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["compare", "one"])
    parser.add_argument("--ours", type=pathlib.Path)
    for name in ("milvus-python", "milvus-server", "lite-python", "qdrant-python", "what", "data", "server-cmd"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--metrics", action="store_true")
    for name, value in (("rows", 200_000), ("dim", 128), ("batch", 5000), ("rounds", 3), ("in-flight", 4), ("clients", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    args = parser.parse_args()
    {"compare": compare, "one": one}[args.command](args)


if __name__ == "__main__":
    main()
