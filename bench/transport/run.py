#!/usr/bin/env python3
"""Echo on Redkite's transport against echo on gRPC C++, interleaved in one run.

usage: run.py BUILD_DIR [--rounds 5] [--seconds 2] [--pause 0] [--json FILE]

Request 1.6 KB, reply 200 B. Loads: h2load (1 and 8 connections, 8 streams each, one client thread) and blocking gRPC C++
clients (1 and 8, a channel each). Every round runs every load against every server; the table has medians. Next to the
calls per second stands the server's own processor time per call, which depends less on what else the machine does. On a machine that others use too, start it
under `chrt -r 1` with a pause.
"""
import argparse
import json
import os
import re
import statistics
import struct
import subprocess
import tempfile
import time

SERVERS = {
    "lean, 2 workers": ["lean_echo", "0", "2"],
    "lean, IO thread": ["lean_echo", "0", "0"],
    "gRPC C++ sync": ["grpc_echo", "0", "sync"],
    "gRPC C++ callback": ["grpc_echo", "0", "callback"],
}


def start(build, command):
    process = subprocess.Popen([os.path.join(build, command[0]), *command[1:]], stdout=subprocess.PIPE, text=True)
    return process, int(process.stdout.readline())


def body_file():
    message = b"\x0a" + bytes([0x80 | (1600 & 0x7F), 1600 >> 7]) + b"q" * 1600 + b"\x10\xc8\x01"
    file = tempfile.NamedTemporaryFile(suffix=".bin")
    file.write(b"\0" + struct.pack(">I", len(message)) + message)
    file.flush()
    return file


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def h2load(port, connections, seconds, body):
    out = subprocess.run(
        ["h2load", "-D", str(seconds), "--warm-up-time=0", "-c", str(connections), "-m", "8", "-t", "1", "-d", body,
         "-H", "content-type: application/grpc", "-H", "te: trailers", f"http://127.0.0.1:{port}/echo.Echo/Call"],
        capture_output=True, text=True, check=True).stdout
    done = int(re.search(r"status codes: (\d+) 2xx, 0 3xx, 0 4xx, 0 5xx", out).group(1))
    elapsed = re.search(r"finished in ([\d.]+)(ms|s)", out)
    took = float(elapsed.group(1)) / (1000 if elapsed.group(2) == "ms" else 1)
    return {"calls_per_s": done / took, "calls": done}


def blocking(port, clients, seconds, build):
    out = subprocess.run([os.path.join(build, "grpc_client"), str(port), str(clients), str(seconds)],
                         capture_output=True, text=True, check=True).stdout
    figures = json.loads(out)
    figures["calls"] = figures["calls_per_s"] * seconds
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--pause", type=float, default=0, help="seconds between measurements")
    parser.add_argument("--json")
    args = parser.parse_args()
    body = body_file()
    loads = {
        "h2load, 1 connection": lambda port: h2load(port, 1, args.seconds, body.name),
        "h2load, 8 connections": lambda port: h2load(port, 8, args.seconds, body.name),
        "1 gRPC C++ client": lambda port: blocking(port, 1, args.seconds, args.build),
        "8 gRPC C++ clients": lambda port: blocking(port, 8, args.seconds, args.build),
    }
    servers = {name: start(args.build, command) for name, command in SERVERS.items()}
    results = {(load, server): [] for load in loads for server in servers}
    try:
        for round_index in range(args.rounds):
            for load, run in loads.items():
                for server, (process, port) in servers.items():
                    time.sleep(args.pause)
                    before = cpu_seconds(process.pid)
                    figures = run(port)
                    figures["server_us_per_call"] = (cpu_seconds(process.pid) - before) * 1e6 / figures["calls"]
                    results[load, server].append(figures)
            print(f"round {round_index + 1} of {args.rounds}", flush=True)
    finally:
        for process, _ in servers.values():
            process.terminate()
            process.wait()
    report(results, list(loads), list(servers))
    if args.json:
        with open(args.json, "w") as file:
            json.dump([{"load": load, "server": server, "rounds": rounds}
                       for (load, server), rounds in results.items()], file, indent=1)


def report(results, loads, servers):
    def median(load, server, key):
        return statistics.median(r[key] for r in results[load, server])

    print("| load | server | calls/s (min..max) | p50 µs | p99 µs | server CPU µs/call | ×best gRPC, calls/s | ×best gRPC, CPU |")
    print("|---|---|---|---|---|---|---|---|")
    for load in loads:
        grpc = [s for s in servers if s.startswith("gRPC")]
        best_rate = max(median(load, s, "calls_per_s") for s in grpc)
        best_cpu = min(median(load, s, "server_us_per_call") for s in grpc)
        for server in servers:
            rates = [r["calls_per_s"] for r in results[load, server]]
            rate = median(load, server, "calls_per_s")
            cpu = median(load, server, "server_us_per_call")
            latency = ["-", "-"]
            if "us_p50" in results[load, server][0]:
                latency = [f"{median(load, server, key):.0f}" for key in ("us_p50", "us_p99")]
            print(f"| {load} | {server} | {rate:.0f} ({min(rates):.0f}..{max(rates):.0f}) | {latency[0]} | {latency[1]} | "
                  f"{cpu:.1f} | {rate / best_rate:.2f} | {best_cpu / cpu:.2f} |")


if __name__ == "__main__":
    main()
