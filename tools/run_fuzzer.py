#!/usr/bin/env python3
"""Runs libFuzzer programs of build/fuzz one after the other (`./dev fuzz` builds them first).

  run_fuzzer.py [NAME ...] [--seconds N] [--jobs N] [--list] [--minimise]
  run_fuzzer.py [NAME ...] --budget S | --totals

NAME is the stem of a src/ROOM/NAME.cc, with or without "_fuzz"; none means all. Seeds: what the target itself writes, and
tests/fuzz/corpus/NAME; what grows stays in build/fuzz-corpus/NAME, a finding in build/fuzz-found. --minimise instead
writes the smallest set of inputs with the same coverage, or a part of it, to tests/fuzz/corpus/NAME, and leaves the files
finding-* there as they are. The last line is "N passed, N failed".

--budget S runs for S seconds in all, slice by slice, always the fuzzer that has had the least CPU time, and adds a line for each
slice to docs/testing/results.jsonl, so that time adds up over several runs. What was fuzzed before the
sources of its room that it reaches changed is not counted. --totals prints what there is.
"""

import argparse
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARIES = ROOT / "build/fuzz/bin"
KEPT = ROOT / "tests/fuzz/corpus"
GROWING = ROOT / "build/fuzz-corpus"
FOUND = ROOT / "build/fuzz-found"
LOGS = ROOT / "build/logs"
RESULTS = ROOT / "docs/testing/results.jsonl"
SLICE_S = 120
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
    cpu_s: float = 0


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
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=environment())
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    run = parse_log(name, log.read_text(errors="replace"), process.returncode)
    run.cpu_s = round(usage.ru_utime + usage.ru_stime, 1)
    return run


def git(*words):
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def fuzzed_sources(name):
    """The sources of its room that a fuzzer reaches: by includes, and from a header to the source of the same stem."""
    start = next(ROOT.glob(f"src/**/{name}.cc"))
    room = start.relative_to(ROOT / "src").parts[0]
    found, left = set(), [start]
    while left:
        path = left.pop()
        if path in found or not path.exists():
            continue
        found.add(path)
        left.append(path.with_suffix(".cc"))
        for include in re.findall(rf'^#include "({room}/[^"]+)"', path.read_text(), re.M):
            left.append(ROOT / "src" / include)
    return sorted(p.relative_to(ROOT).as_posix() for p in found)


def sources_state(name):
    """What these sources hold at HEAD."""
    lines = git("ls-tree", "-r", "HEAD", "--", *fuzzed_sources(name))
    return hashlib.sha1(lines.encode()).hexdigest()[:12]


def totals(names):
    """Of each fuzzer: CPU seconds, executions and findings since its sources changed."""
    sums = {name: [0.0, 0, 0] for name in names}
    states = {name: sources_state(name) for name in names}
    for line in RESULTS.read_text().splitlines() if RESULTS.exists() else []:
        result = json.loads(line)
        if result["suite"] != "fuzz" or states.get(result["name"]) != result["sources"]:
            continue
        total = sums[result["name"]]
        total[0] += result["cpu_s"]
        total[1] += result["executions"]
        total[2] += not result["ok"]
    return sums


def print_totals(names):
    print(f"{'fuzzer':22} {'CPU s':>8} {'executions':>12} {'findings':>9}")
    for name, (cpu_s, executions, findings) in sorted(totals(names).items()):
        print(f"{name:22} {cpu_s:8.0f} {executions:12} {findings:9}")


def spend(names, budget_s):
    end = time.monotonic() + budget_s
    spent = {name: total[0] for name, total in totals(names).items()}
    failed = set()
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    while time.monotonic() + 10 < end and len(failed) < len(names):
        name = min((n for n in names if n not in failed), key=lambda n: spent[n])
        run = fuzz(name, int(min(SLICE_S, end - time.monotonic())))
        spent[name] += max(run.cpu_s, 1)
        line = {"suite": "fuzz", "name": name, "commit": git("rev-parse", "--short", "HEAD"), "sources": sources_state(name),
                "cpu_s": run.cpu_s, "executions": run.executions, "edges": run.coverage, "ok": run.ok}
        with open(RESULTS, "a") as out:
            out.write(json.dumps(line) + "\n")
        if not run.ok:
            failed.add(name)
            print(f"{name}: {run.finding}", flush=True)
    print_totals(names)
    return len(failed)


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
    parser.add_argument("--budget", type=int, metavar="S")
    parser.add_argument("--totals", action="store_true")
    options = parser.parse_args()
    names = chosen_names(options.names)
    if options.list:
        print("\n".join(names))
        return 0
    if options.minimise:
        for name in names:
            minimise(name)
        return 0
    if options.totals:
        print_totals(names)
        return 0
    failed = spend(names, options.budget) if options.budget else fuzz_each(names, options)
    if failed:
        print(f"what was found is in {FOUND.relative_to(ROOT)}, the logs in {LOGS.relative_to(ROOT)}")
    print(f"{len(names) - failed} passed, {failed} failed")
    return 1 if failed else 0


def fuzz_each(names, options):
    failed = 0
    print(f"{'fuzzer':22} {'executions':>11} {'per s':>8} {'edges':>7} {'features':>9} {'inputs':>7}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for run in pool.map(lambda name: fuzz(name, options.seconds), names):
            print(f"{run.name:22} {run.executions:11} {run.per_second:8} {run.coverage:7} {run.features:9} {run.inputs:7}"
                  f"  {'ok' if run.ok else run.finding}", flush=True)
            failed += not run.ok
    return failed


if __name__ == "__main__":
    sys.exit(main())
