#!/usr/bin/env python3
"""Start to the first answered request, idle memory and idle CPU: on an empty directory and on a given one.

  startup_idle.py [--binary build/release/bin/redkite] [--data DIR] [--collection words] [--starts 10] [--idle-s 60]

With --data, a directory that a server filled (it is used in place; the server is stopped in order between the starts
, and killed before every second start). The first request on an empty directory lists the collections; on data it is a search.
Requests go through the generated stubs, because importing and connecting a whole client takes longer than the server.
"""

import argparse
import pathlib
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "wire"))

import grpc  # noqa: E402
from pymilvus.grpc_gen import milvus_pb2  # noqa: E402
from raw import FLOAT_VECTOR, Raw, expect_ok  # noqa: E402
from server_process import ServerProcess, default_binary  # noqa: E402


def vector_field(raw, collection):
    request = milvus_pb2.DescribeCollectionRequest(collection_name=collection)
    for field in expect_ok(raw.call("DescribeCollection", request)).schema.fields:
        if field.data_type == FLOAT_VECTOR:
            return field.name, int(next(p.value for p in field.type_params if p.key == "dim"))
    sys.exit(f"{collection} has no float vector")


def first_request(server, collection):
    """Seconds from the spawn to the first good answer."""
    begin = time.perf_counter()
    server.spawn()
    while True:
        try:
            with Raw(server.address, timeout_s=5) as raw:
                if collection is None:
                    expect_ok(raw.call("ShowCollections", milvus_pb2.ShowCollectionsRequest()))
                else:
                    name, dim = vector_field(raw, collection)
                    answer = raw.search(collection, [[0.1] * dim], {"topk": 10, "params": {"ef": 64}}, anns_field=name)
                    if answer.status.code in (101, 103, 106):
                        raise BlockingIOError
                    assert len(expect_ok(answer).results.scores) == 10
                return time.perf_counter() - begin
        except (grpc.RpcError, BlockingIOError):
            if time.perf_counter() - begin > 60 or not server.alive():
                raise
            time.sleep(0.002)


def measure(server, collection, starts, idle_s):
    times = []
    for n in range(starts):
        times.append(first_request(server, collection))
        if n % 2:
            server.kill()
        else:
            server.stop()
    first_request(server, collection)
    time.sleep(3)
    cpu, begin = server.cpu_seconds(), time.perf_counter()
    time.sleep(idle_s)
    share = 100 * (server.cpu_seconds() - cpu) / (time.perf_counter() - begin)
    memory = f"{server.rss_mib():.1f} MiB ({server.anonymous_mib():.1f} not backed by files)"
    server.stop()
    times_ms = [t * 1e3 for t in times]
    print(
        f"first answer: median {statistics.median(times_ms):.0f} ms, longest {max(times_ms):.0f} ms of {starts};"
        f" idle: {memory}, CPU {share:.3f} % over {idle_s:.0f} s"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=default_binary())
    parser.add_argument("--data", type=pathlib.Path, default=None)
    parser.add_argument("--collection", default="words")
    parser.add_argument("--starts", type=int, default=10)
    parser.add_argument("--idle-s", type=float, default=60)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="redkite-start-") as folder:
        print("empty directory: ", end="", flush=True)
        measure(ServerProcess(pathlib.Path(folder) / "data", args.binary), None, args.starts, args.idle_s)
        if args.data:
            print(f"{args.data.name}: ", end="", flush=True)
            server = ServerProcess(args.data, args.binary, log_path=pathlib.Path(folder) / "data.log")
            measure(server, args.collection, args.starts, args.idle_s)


if __name__ == "__main__":
    main()
