#!/usr/bin/env python3
"""Runs a GoogleTest binary in as many shards as there are cores and prints what they print.

  run_gtest.py BINARY [ARGUMENT...]
"""

import concurrent.futures
import os
import subprocess
import sys


def run_shard(command, index, total):
    environment = {**os.environ, "GTEST_SHARD_INDEX": str(index), "GTEST_TOTAL_SHARDS": str(total), "GTEST_COLOR": "no"}
    done = subprocess.run(command, env=environment, capture_output=True)
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


def shown(text, code):
    """Everything of a failed shard but the lines of tests that went well."""
    lines = text.splitlines()
    if code == 0:
        return [line for line in lines if line.startswith("[  PASSED  ]") or line.startswith("[==========]")]
    return [line for line in lines if not line.startswith(("[       OK ]", "[----------]"))]


def main():
    command = sys.argv[1:]
    total = os.cpu_count() or 1
    with concurrent.futures.ThreadPoolExecutor(total) as pool:
        results = list(pool.map(lambda i: run_shard(command, i, total), range(total)))
    worst = 0
    for index, (code, text) in enumerate(results):
        print(f"shard {index} of {total}: exit {code}")
        print("\n".join(shown(text, code)))
        worst = worst or code
    return 1 if worst else 0


if __name__ == "__main__":
    sys.exit(main())
