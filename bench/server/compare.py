#!/usr/bin/env python3
"""Two servers in turn, on the same machine and the same data: A B A B ...; prints a table of medians.

  compare.py --set DIR --ours build/release/bin/redkite --python PYTHON \
             --milvus-python PYTHON --milvus-server PATH [--rounds 3] [--rows N] [--only-ingest]

PYTHON runs the client of that server (they may be the same). Milvus is the `milvus` wheel; it wants fixed ports and a
lock under /run, so each round runs in a network and mount namespace of its own (root only). Results are appended to
--out as JSON lines.
"""

import argparse
import json
import pathlib
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
NAMESPACE = [
    "unshare", "-n", "-m", "bash", "-c",
    'ip link set lo up; mkdir -p /run/milvus; mount -t tmpfs tmpfs /run/milvus; exec "$@"', "_",
]  # fmt: skip
PORT = 45530


def round_command(args, name, folder):
    data = folder / name
    if name == "redkite":
        server = f"{args.ours} serve --data {data} --listen 127.0.0.1:{PORT} --management 127.0.0.1:{PORT + 1}"
        python = args.python
    else:
        server = f"{args.milvus_server} --data {data} --proxy-port {PORT}"
        python = args.milvus_python
    command = [*NAMESPACE, python, HERE / "measure_server.py", "--name", name, "--set", args.set, "--data", data]
    command += ["--server-cmd", server, "--uri", f"http://127.0.0.1:{PORT}", "--seconds", args.seconds]
    command += ["--batch", args.batch]
    if args.rows:
        command += ["--rows", args.rows]
    if args.only_ingest:
        command.append("--only-ingest")
    return [str(part) for part in command]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", required=True)
    parser.add_argument("--ours", type=pathlib.Path, required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--milvus-python", default=None)
    parser.add_argument("--milvus-server", default=None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=None)
    parser.add_argument("--batch", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--only-ingest", action="store_true")
    parser.add_argument("--out", type=pathlib.Path, default=None)
    args = parser.parse_args()
    names = ["redkite"] + (["milvus"] if args.milvus_server else [])
    results = {name: [] for name in names}
    folder = pathlib.Path(tempfile.mkdtemp(prefix="redkite-bench-"))
    for number in range(args.rounds):
        for name in names:
            command = round_command(args, name, folder)
            answer = subprocess.run(command, capture_output=True, text=True)
            if answer.returncode != 0:
                print(f"round {number + 1}, {name}: {shlex.join(command)}\n{answer.stderr[-3000:]}", file=sys.stderr)
                continue
            line = answer.stdout.strip().splitlines()[-1]
            results[name].append(json.loads(line))
            print(f"round {number + 1}: {line}", file=sys.stderr)
            if args.out:
                with open(args.out, "a") as out:
                    out.write(line + "\n")
            shutil.rmtree(folder / name, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    print_table(results)


def print_table(results):
    names = [name for name, rounds in results.items() if rounds]
    keys = [k for k, v in results[names[0]][0].items() if isinstance(v, (int, float))] if names else []
    print(f"| measure | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    for key in keys:
        cells = []
        for name in names:
            values = [r[key] for r in results[name] if key in r]
            spread = f" ({min(values):,} to {max(values):,})" if len(values) > 1 and min(values) != max(values) else ""
            cells.append(f"{statistics.median(values):,}{spread}" if values else "")
        print(f"| {key} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
