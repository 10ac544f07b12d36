#!/usr/bin/env python3
"""Runs one libFuzzer program of build/fuzz for some seconds; what it finds stays in build/fuzz-found.

  run_fuzzer.py NAME SECONDS

Seeds: tests/fuzz/NAME where it is there. The corpus grows in build/fuzz-corpus/NAME.
"""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    name, seconds = sys.argv[1], int(sys.argv[2])
    corpus, found = ROOT / "build/fuzz-corpus" / name, ROOT / "build/fuzz-found"
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    command = [str(ROOT / "build/fuzz/bin" / name), str(corpus)]
    seeds = ROOT / "tests/fuzz" / name
    if seeds.is_dir():
        command.append(str(seeds))
    command += [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=3072", f"-artifact_prefix={found}/{name}-",
                "-print_final_stats=1"]
    return subprocess.run(command, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
