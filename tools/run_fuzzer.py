#!/usr/bin/env python3
"""Runs libFuzzer programs of build/fuzz one after the other (`./dev fuzz` builds them first).

  run_fuzzer.py [NAME ...] [--seconds N] [--jobs N] [--list] [--minimise]

NAME is the stem of a src/ROOM/NAME.cc, with or without "_fuzz"; none means all. Seeds: what the target itself writes, and
tests/fuzz/corpus/NAME; what grows stays in build/fuzz-corpus/NAME, a finding in build/fuzz-found. --minimise instead
writes the smallest set of inputs with the same coverage, or a part of it, to tests/fuzz/corpus/NAME, and leaves the files
finding-* there as they are. The last line is "N passed, N failed".
"""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARIES = ROOT / "build/fuzz/bin"
KEPT = ROOT / "tests/fuzz/corpus"
GROWING = ROOT / "build/fuzz-corpus"
FOUND = ROOT / "build/fuzz-found"
LOGS = ROOT / "build/logs"
# Of all corpora the tree holds less than 1 MiB; an input that is longer than this stays in build/.
INPUT_BYTES_MAX = 2048
INPUTS_MAX = 64
FINDING = "finding-"
SANITIZERS = {
    "ASAN_OPTIONS": "abort_on_error=0:detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}


@dataclasses.dataclass
class Run:
    name: str
    ok: bool
    executions: int = 0
    per_second: int = 0
    coverage: int = 0
    features: int = 0
    inputs: int = 0
    finding: str = ""


def all_names():
    return sorted(p.stem for p in ROOT.glob("src/**/*_fuzz.cc"))


def chosen_names(words):
    known = all_names()
    names = [w if w.endswith("_fuzz") else f"{w}_fuzz" for w in words] or known
    unknown = [n for n in names if n not in known]
    if unknown:
        raise SystemExit(f"no such fuzzer: {', '.join(unknown)}; there are: {', '.join(known)}")
    return names


def parse_log(name, text, code):
    """The figures of a libFuzzer log."""
    run = Run(name, code == 0)
    if m := re.search(r"^stat::number_of_executed_units:\s+(\d+)", text, re.M):
        run.executions = int(m.group(1))
    if m := re.search(r"^stat::average_exec_per_sec:\s+(\d+)", text, re.M):
        run.per_second = int(m.group(1))
    for m in re.finditer(r"^#\d+\s.*?cov: (\d+) ft: (\d+)(?: corp: (\d+))?", text, re.M):
        run.coverage, run.features = int(m.group(1)), int(m.group(2))
        run.inputs = int(m.group(3) or run.inputs)
    if m := re.search(r"^(?:SUMMARY: .*|.*ERROR: libFuzzer: .*|CHECK failed: .*)$", text, re.M):
        run.finding = m.group(0).strip()
    if not run.ok and not run.finding:
        run.finding = f"exit {code}"
    return run


def environment():
    return {**os.environ, **{k: v for k, v in SANITIZERS.items() if k not in os.environ}}


def seeds_of(name):
    """The growing corpus with the target's own seeds in it; then the folders to read beside it."""
    growing = GROWING / name
    growing.mkdir(parents=True, exist_ok=True)
    subprocess.run([str(BINARIES / name), f"-write_seeds={growing}"], env=environment(), check=True)
    return growing, [KEPT / name] if (KEPT / name).is_dir() else []


def fuzz(name, seconds):
    if not (BINARIES / name).exists():
        return Run(name, False, finding="not built: ./dev build fuzz redkite_fuzzers")
    FOUND.mkdir(parents=True, exist_ok=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    growing, kept = seeds_of(name)
    log = LOGS / f"fuzz-{name}.log"
    command = [str(BINARIES / name), str(growing), *map(str, kept), f"-max_total_time={seconds}", "-timeout=120",
               "-rss_limit_mb=3072", f"-artifact_prefix={FOUND}/{name}-", "-print_final_stats=1", "-entropic=0"]
    with open(log, "wb") as out:
        code = subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=environment()).returncode
    return parse_log(name, log.read_text(errors="replace"), code)


def minimise(name):
    """Keeps in the tree a part of the fewest inputs that cover what the growing corpus and the kept one cover."""
    growing, kept = seeds_of(name)
    merged = ROOT / "build/fuzz-merged" / name
    shutil.rmtree(merged, ignore_errors=True)
    merged.mkdir(parents=True)
    subprocess.run([str(BINARIES / name), "-merge=1", f"-max_len={INPUT_BYTES_MAX}", str(merged), *map(str, kept), str(growing)],
                   cwd=ROOT, env=environment(), check=True, capture_output=True)
    (KEPT / name).mkdir(parents=True, exist_ok=True)
    for path in (KEPT / name).iterdir():
        if not path.name.startswith(FINDING):
            path.unlink()
    by_size = sorted(merged.iterdir(), key=lambda p: (p.stat().st_size, p.name))
    # Of many, some of every size: small ones alone would be the shallow ones.
    step = max(1.0, len(by_size) / INPUTS_MAX)
    for path in (by_size[int(i * step)] for i in range(min(len(by_size), INPUTS_MAX))):
        shutil.copyfile(path, KEPT / name / path.name[:12])
    kept_files = list((KEPT / name).iterdir())
    print(f"{name}: {len(kept_files)} inputs, {sum(p.stat().st_size for p in kept_files)} bytes", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--seconds", type=int, default=60, help="for each fuzzer")
    parser.add_argument("--jobs", type=int, default=1, help="fuzzers at once")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--minimise", action="store_true")
    options = parser.parse_args()
    names = chosen_names(options.names)
    if options.list:
        print("\n".join(names))
        return 0
    if options.minimise:
        for name in names:
            minimise(name)
        return 0
    failed = 0
    print(f"{'fuzzer':22} {'executions':>11} {'per s':>8} {'edges':>7} {'features':>9} {'inputs':>7}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for run in pool.map(lambda name: fuzz(name, options.seconds), names):
            print(f"{run.name:22} {run.executions:11} {run.per_second:8} {run.coverage:7} {run.features:9} {run.inputs:7}"
                  f"  {'ok' if run.ok else run.finding}", flush=True)
            failed += not run.ok
    if failed:
        print(f"what was found is in {FOUND.relative_to(ROOT)}, the logs in {LOGS.relative_to(ROOT)}")
    print(f"{len(names) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
