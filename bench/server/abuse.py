#!/usr/bin/env python3
"""What the requests of tests/wire/abuse_corpus.py cost the server: CPU per megabyte of request and memory on top.

  abuse.py [--binary PATH] [--only WORD] [--rounds 3]

Each case runs alone on a server that does nothing else, after one run to warm up buffers that are kept. CPU is that of
all threads of the server (/proc/PID/task/*/schedstat, nanoseconds), the median of the rounds. Memory is the highest
resident set while the request runs (VmHWM, reset through clear_refs) minus the resident set before the first run.
Bounds of the project: 100 ms of CPU per megabyte of request (a request below a megabyte counts as one), 64 MiB.
"""

import argparse
import pathlib
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "wire"))

import abuse_corpus  # noqa: E402
import grpc  # noqa: E402
from pymilvus.grpc_gen import milvus_pb2  # noqa: E402
from raw import Raw, status_of  # noqa: E402
from server_process import ServerProcess, default_binary  # noqa: E402

CPU_MS_PER_MB, MEMORY_MIB = 100, 64


class Meter:
    def __init__(self, pid):
        self.proc = pathlib.Path("/proc") / str(pid)

    def cpu_ms(self):
        total = 0
        for task in (self.proc / "task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except (OSError, IndexError):
                pass
        return total / 1e6

    def reset_peak(self):
        (self.proc / "clear_refs").write_text("5")

    def memory_mib(self, key):
        for line in (self.proc / "status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1]) / 1024
        return 0.0


def send(raw, method, request):
    answer_type = milvus_pb2.DESCRIPTOR.services_by_name["MilvusService"].methods_by_name[method].output_type._concrete_class
    call = raw.channel.unary_unary(abuse_corpus.SERVICE + method)
    try:
        status = status_of(answer_type.FromString(call(request, timeout=300)))
        return f"{status.code}" if status.code else "answered"
    except grpc.RpcError as error:
        return error.code().name


def measure(name, make, args):
    with tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(pathlib.Path(folder) / "data", args.binary).start()
        try:
            with Raw(server.address, timeout_s=120) as raw:
                abuse_corpus.prepare(raw)
                send(raw, *abuse_corpus.query("id >= 0"))
                meter = Meter(server.process.pid)
                method, request = make()
                before = meter.memory_mib("VmRSS")
                meter.reset_peak()
                outcome, times = "", []
                for _ in range(args.rounds):
                    start = meter.cpu_ms()
                    outcome = send(raw, method, request)
                    times.append(meter.cpu_ms() - start)
                    raw.call("DropCollection", milvus_pb2.DropCollectionRequest(collection_name="fresh"))
                return len(request), statistics.median(times), meter.memory_mib("VmHWM") - before, outcome
        finally:
            server.kill()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=default_binary())
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    print("| case | request MB | CPU ms | ms per MB | memory MiB | outcome | over |")
    print("|---|---|---|---|---|---|---|")
    over = 0
    for name, make in abuse_corpus.cases():
        if args.only not in name:
            continue
        size, cpu, memory, outcome = measure(name, make, args)
        rate = cpu / max(1.0, size / 1e6)
        marks = ("CPU " if rate > CPU_MS_PER_MB else "") + ("memory" if memory > MEMORY_MIB else "")
        over += bool(marks)
        print(f"| {name} | {size / 1e6:.2f} | {cpu:.1f} | {rate:.1f} | {memory:.1f} | {outcome} | {marks.strip()} |", flush=True)
    print(f"{over} cases over a bound")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
