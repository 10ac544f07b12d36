#!/usr/bin/env python3
"""The proofs of the storage rooms in rounds that add up over many runs; `./dev crash` calls it after building.

  crash_suites.py [SUITE...] [--budget S] [--resume] [--from R] [--rounds N] [--totals] [--list]

Without options each suite runs a few rounds and nothing is kept. --resume goes on behind the rounds that were counted
since the storage rooms changed; --budget S does so for S seconds, in slices, where the smallest part of the goal is
reached. Both append one line for each slice to docs/testing/results.jsonl. --totals sums those lines up. A round is
repeated by --from R --rounds 1. Suites that run in one process and in memory are of build/release/bin/redkite_faults,
the others run the real server (real_suites.py); one that cannot run on this machine says why and is passed over.
"""

import argparse
import dataclasses
import datetime
import hashlib
import importlib.util
import json
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAULTS = ROOT / "build/release/bin/redkite_faults"
RESULTS = ROOT / "docs/testing/results.jsonl"
FOUND = ROOT / "build/crash-found"
# A round counts for as long as these are what they were.
ROOMS = [f"src/{room}" for room in ("storage", "wal", "meta", "segment", "shard", "engine", "io", "jobs")]
SLICE_S = 60


@dataclasses.dataclass
class Suite:
    name: str
    goal: int
    what: str
    short: int  # rounds without options
    real: bool = False


@dataclasses.dataclass
class Slice:
    """Rounds [first, first + rounds) and what became of them."""
    first: int
    rounds: int = 0
    failed: int = 0
    seconds: float = 0
    counts: dict = dataclasses.field(default_factory=dict)
    text: str = ""


REAL = [
    Suite("kills", 1000, "kill -9 of the real server under load, nested kills while it starts", 2, True),
    Suite("power", 300, "power cuts of an ext4 on a loop device under the real server", 2, True),
    Suite("eio_real", 500, "the n-th sync of the real server's threads fails (strace)", 2, True),
    Suite("oom", 100, "the real server meets the memory limit of its cgroup", 2, True),
]
SHORT = {"truncate": 200, "flips": 330, "ends": 330, "cuts": 40, "aborts": 60, "eio": 30, "full": 10, "clock": 10}


def all_suites():
    out = subprocess.run([str(FAULTS), "--list"], capture_output=True, text=True, check=True).stdout
    rows = [line.split("\t") for line in out.splitlines()]
    return [Suite(name, int(goal), what, SHORT.get(name, 10)) for name, goal, what in rows] + REAL


# ---- slices

def parse_faults(text, first):
    """The figures of what redkite_faults printed."""
    part = Slice(first)
    part.counts = {name: int(count) for count, name in re.findall(r"^count ([1-9]\d*) (.+)$", text, re.M)}
    part.text = "\n".join(re.findall(r"^failed round .*$", text, re.M))
    if m := re.search(r"^totals rounds=(\d+) failed=(\d+) seconds=([\d.]+)$", text, re.M):
        part.rounds, part.failed, part.seconds = int(m.group(1)), int(m.group(2)), float(m.group(3))
    return part


def run_faults(suite, first, rounds, limit_s):
    command = [str(FAULTS), suite.name, "--from", str(first), "--rounds", str(rounds), "--limit-s", str(int(limit_s))]
    begin = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    part = parse_faults(done.stdout, first)
    if done.returncode in (0, 1):
        return part
    # It crashed. Rounds repeat, so the same again says in which.
    again = subprocess.run([*command, "--trace"], capture_output=True, text=True)
    reached = [int(r) for r in re.findall(r"^round (\d+)$", again.stdout, re.M)] or [first]
    part.rounds, part.failed, part.seconds = reached[-1] - first + 1, 1, time.monotonic() - begin
    part.text += f"\nround {reached[-1]} ended the process with {done.returncode}: {done.stderr[-2000:]}"
    return part


def run_real(suite, first, rounds, limit_s):
    import real_suites  # needs the client library

    return Slice(first, **real_suites.run(suite.name, first, rounds, limit_s, FOUND))


def why_not(suite):
    """Why the suite cannot run here, or an empty text."""
    if not suite.real:
        return ""
    if importlib.util.find_spec("pymilvus") is None:
        return "the client library is not installed: ./dev env pymilvus-3.0.2"
    import real_suites

    return real_suites.why_not(suite.name)


def run_slice(suite, first, rounds, limit_s):
    part = (run_real if suite.real else run_faults)(suite, first, rounds, limit_s)
    counts = ", ".join(f"{name} {count:,}" for name, count in part.counts.items() if not name.startswith("at "))
    points = sum(name.startswith("at ") for name in part.counts)
    print(f"{suite.name}: rounds {first} to {first + part.rounds - 1}, {part.failed} failed, {part.seconds:.1f} s; {counts}"
          + (f"; {points} points" if points else ""), flush=True)
    if part.text:
        print(part.text, flush=True)
    return part


# ---- what was counted

def git(*words):
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def sources_state():
    """What the storage rooms hold at HEAD, their tests left out."""
    lines = [line for line in git("ls-tree", "-r", "HEAD", "--", *ROOMS).splitlines()
             if not re.search(r"_(test|bench|fuzz)\.cc$|\.md$|_test_kit\.h$", line)]
    return hashlib.sha1("\n".join(lines).encode()).hexdigest()[:12]


def is_changed():
    """Whether what was built may be other than HEAD."""
    return bool(git("status", "--porcelain", "--", *ROOMS, "src/sim", "tests/crash"))


def covered(intervals):
    """(How many rounds the intervals [first, end) hold, each counted once; the end of those without a gap from 0)."""
    count = reached = end = 0
    for first, last in sorted(intervals):
        if first <= reached:
            reached = max(reached, last)
        count += max(0, last - max(first, end))
        end = max(end, last)
    return count, reached


def read_results(sources):
    """{suite: [lines]} of the state of the sources."""
    lines = {}
    for text in RESULTS.read_text().splitlines() if RESULTS.exists() else []:
        line = json.loads(text)
        if line["suite"] == "crash" and line["sources"] == sources:
            lines.setdefault(line["name"], []).append(line)
    return lines


def append(suite, part, sources):
    line = {"suite": "crash", "name": suite.name, "commit": git("rev-parse", "--short", "HEAD"), "sources": sources,
            "from": part.first, "rounds": part.rounds, "failures": part.failed, "seconds": round(part.seconds, 1),
            "counts": part.counts}
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with open(RESULTS, "a") as out:
        out.write(json.dumps(line) + "\n")


def print_totals(suites, sources):
    lines = read_results(sources)
    print(f"{'suite':10} {'rounds':>8} {'of':>7} {'failures':>9} {'seconds':>9}  counts")
    for suite in suites:
        mine = lines.get(suite.name, [])
        rounds, _ = covered([(line["from"], line["from"] + line["rounds"]) for line in mine])
        counts = {}
        for line in mine:
            for name, count in line["counts"].items():
                counts[name] = counts.get(name, 0) + count
        points = sum(name.startswith("at ") for name in counts)
        shown = [f"{name} {count:,}" for name, count in sorted(counts.items()) if not name.startswith("at ")]
        shown += [f"{points} points"] if points else []
        print(f"{suite.name:10} {rounds:8,} {suite.goal:7,} {sum(line['failures'] for line in mine):9} "
              f"{sum(line['seconds'] for line in mine):9,.0f}  {', '.join(shown)}")


# ---- runs

def spend(suites, budget_s, sources):
    """Slices where the smallest part of the goal is reached, until the time is over or all goals are reached."""
    end = time.monotonic() + budget_s
    lines = read_results(sources)
    reached = {s.name: covered([(ln["from"], ln["from"] + ln["rounds"]) for ln in lines.get(s.name, [])])[1] for s in suites}
    failed, left = 0, [s for s in suites if reached[s.name] < s.goal]
    while left and time.monotonic() + 5 < end:
        suite = min(left, key=lambda s: reached[s.name] / s.goal)
        share = max(5.0, min(SLICE_S, budget_s / len(suites)))
        part = run_slice(suite, reached[suite.name], suite.goal - reached[suite.name], min(share, end - time.monotonic()))
        append(suite, part, sources)
        failed += part.failed
        reached[suite.name] += part.rounds
        if part.failed or part.rounds == 0 or reached[suite.name] >= suite.goal:
            left.remove(suite)
    return failed


def run_once(suites, options, sources):
    failed = 0
    lines = read_results(sources)
    for suite in suites:
        first = options.first
        if options.resume:
            first = covered([(ln["from"], ln["from"] + ln["rounds"]) for ln in lines.get(suite.name, [])])[1]
        part = run_slice(suite, first, options.rounds or suite.short, 10**6)
        if options.resume:
            append(suite, part, sources)
        failed += part.failed
    return failed


def chosen(names):
    known = all_suites()
    unknown = set(names) - {s.name for s in known}
    if unknown:
        raise SystemExit(f"no such suite: {', '.join(sorted(unknown))}; there are: {', '.join(s.name for s in known)}")
    return [s for s in known if not names or s.name in names]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="*", metavar="SUITE")
    parser.add_argument("--budget", type=int, metavar="S")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--totals", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    suites, sources = chosen(options.suites), sources_state()
    if options.list or options.totals:
        for suite in suites if options.list else []:
            print(f"{suite.name:10} {suite.goal:7,}  {suite.what}")
        if options.totals:
            print_totals(suites, sources)
        return 0
    if (options.budget or options.resume) and is_changed():
        raise SystemExit("the storage rooms or the suites differ from HEAD: commit first, so that the rounds count for something")
    print(f"{datetime.datetime.now():%H:%M}, sources {sources}", flush=True)
    able = []
    for suite in suites:
        reason = why_not(suite)
        if reason:
            print(f"{suite.name}: skipped: {reason}", flush=True)
        else:
            able.append(suite)
    failed = spend(able, options.budget, sources) if options.budget else run_once(able, options, sources)
    if options.budget or options.resume:
        print_totals(suites, sources)
    print(f"{len(able) - min(failed, len(able))} passed, {min(failed, len(able))} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
