#!/usr/bin/env python3
"""Runs the deterministic simulation in several processes and sums up; `./dev sim` calls it after building.

  run_sim.py BINARY [--from S] [--seeds N] [--jobs J] [--limit-s T] [--keep STEPS] [--log] [--planted NAME|all]

Without --planted every seed must pass. With it the named bug is switched on (a build with REDKITE_PLANTED_BUGS) and
seeds run until one fails; `all` does so for each bug of src/sim/planted_bugs.h and prints a table.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLANTED_LIMIT_S = 600
SUMS = ["seeds", "failed", "requests", "answers", "refused", "unknown", "picks", "disk_changes", "crashes", "nested_crashes",
        "restarts", "opens", "failed_opens", "failed_ops", "full_disks", "flips", "flips_found", "clock_jumps", "hits_wanted",
        "hits_found"]


def planted_names():
    text = (ROOT / "src/sim/planted_bugs.h").read_text()
    return re.findall(r'^\s*\{"(\w+)",', text, re.M)


def commands(options, jobs, extra):
    """One command for each process: seeds are dealt out in turn."""
    share = [options.seeds // jobs + (1 if j < options.seeds % jobs else 0) for j in range(jobs)]
    return [[options.binary, "--from", str(options.first + j), "--stride", str(jobs), "--seeds", str(share[j]), *extra]
            for j in range(jobs) if share[j] > 0]


def add_totals(text, totals):
    for line in re.findall(r"^totals (.*)$", text, re.M):
        for key, value in re.findall(r"(\w+)=([\d.]+)", line):
            if key in SUMS:
                totals[key] = totals.get(key, 0) + int(value)


def run_all(options, jobs, extra, stop_at_failure):
    """(totals, failures as text, exit codes are right, seconds). Stops the others once one fails where asked."""
    begin = time.monotonic()
    running = [subprocess.Popen(c, stdout=subprocess.PIPE, stderr=None if options.log else subprocess.PIPE, text=True)
               for c in commands(options, jobs, extra)]
    totals, failures, right = {}, [], True
    if len(running) == 1 or not stop_at_failure:
        waiting = running
    else:
        while all(p.poll() is None for p in running):
            time.sleep(0.02)
        if any(p.poll() == 1 for p in running):
            for p in running:
                if p.poll() is None:
                    p.terminate()
        waiting = running
    for process in waiting:
        out, err = process.communicate()
        add_totals(out, totals)
        failures += [line for line in out.splitlines() if not line.startswith("totals ")]
        if process.returncode not in (0, 1) and not (stop_at_failure and process.returncode == -15):
            right = False
            failures.append(f"a process ended with {process.returncode}: {' '.join(process.args)}\n{(err or '')[-2000:]}")
    return totals, failures, right, time.monotonic() - begin


def print_totals(totals, seconds):
    rate = totals.get("seeds", 0) / max(seconds, 1e-9)
    print(f"{totals.get('seeds', 0)} seeds in {seconds:.1f} s, {rate:.1f} a second; one in 100 run twice")
    print(f"requests {totals.get('requests', 0)}, answers checked {totals.get('answers', 0)}, refused {totals.get('refused', 0)}, "
          f"unknown {totals.get('unknown', 0)}; task switches {totals.get('picks', 0)}")
    print(f"crashes {totals.get('crashes', 0)} and {totals.get('nested_crashes', 0)} while starting, clean restarts "
          f"{totals.get('restarts', 0)}, starts {totals.get('opens', 0)} of which {totals.get('failed_opens', 0)} failed under a fault; "
          f"changes of the disk {totals.get('disk_changes', 0)}")
    print(f"faults: failing calls {totals.get('failed_ops', 0)}, full disks {totals.get('full_disks', 0)}, flipped bits "
          f"{totals.get('flips', 0)} ({totals.get('flips_found', 0)} answered as damage, the others changed nothing), clock jumps "
          f"{totals.get('clock_jumps', 0)}")
    if totals.get("hits_wanted"):
        print(f"recall of searches through a graph {totals['hits_found'] / totals['hits_wanted']:.4f}")


def run_clean(options):
    extra = ["--limit-s", str(options.limit_s)] if options.limit_s else []
    extra += ["--keep", options.keep] if options.keep is not None else []
    extra += ["--log"] if options.log else []
    extra += ["--planted", options.planted] if options.planted else []
    totals, failures, right, seconds = run_all(options, options.jobs, extra, False)
    for line in failures:
        print(line)
    print_totals(totals, seconds)
    failed = totals.get("failed", 0)
    print(f"{totals.get('seeds', 0) - failed} passed, {failed} failed")
    return 0 if right and failed == 0 and totals.get("seeds") else 1


def run_planted(options, names):
    """Each bug until it is caught; the table of what caught it."""
    rows, missed = [], 0
    options.seeds = 10**9
    for name in names:
        limit = options.limit_s or PLANTED_LIMIT_S
        extra = ["--planted", name, "--stop-at-failure", "--no-shrink", "--limit-s", str(limit)]
        totals, failures, right, seconds = run_all(options, options.jobs, extra, True)
        found = next((re.match(r"seed (\d+) failed at step \d+ of \d+: (.*)", f) for f in failures if f.startswith("seed ")), None)
        missed += found is None
        needed = int(found.group(1)) - options.first + 1 if found else 0
        what = found.group(2)[:90] if found else "NOT CAUGHT" if right else f"NOT CAUGHT: {failures[-1].splitlines()[0]}"
        rows.append((name, str(needed) if found else "-", f"{seconds:.1f}", what))
        print(f"{name:32} {rows[-1][1]:>7} seeds {rows[-1][2]:>7} s  {rows[-1][3]}", flush=True)
    print(f"{len(names) - missed} passed, {missed} failed")
    return 1 if missed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--from", dest="first", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limit-s", type=int, default=0)
    parser.add_argument("--keep")
    parser.add_argument("--log", action="store_true")
    parser.add_argument("--planted")
    options = parser.parse_args()
    if options.planted == "all":
        return run_planted(options, planted_names())
    if options.planted and options.keep is None and options.seeds != 1:
        return run_planted(options, [options.planted])
    return run_clean(options)


if __name__ == "__main__":
    sys.exit(main())
