#!/usr/bin/env python3
"""Times of a build folder's steps, from its .ninja_log: the slowest hand-written units, and the sums by kind.

  build_times.py [PRESET] [--count N] [--report]

A step that ccache answered counts with the time that this took, and one that shared its core with others takes longer:
figures of a limit need CCACHE_DISABLE=1, an empty build folder and a quiet machine. Without --report it fails when a
hand-written unit took longer than the limit of STYLE.md.
"""

import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
UNIT_SECONDS_MAX = 25


def read_log(text):
    """{output: seconds} of the newest entry for each output."""
    steps = {}
    for line in text.splitlines():
        parts = line.split("\t")
        if line.startswith("#") or len(parts) < 5:
            continue
        steps[parts[3]] = (int(parts[1]) - int(parts[0])) / 1000
    return steps


def kind_of(output):
    if output.endswith(".gch") or output.endswith(".pch"):
        return "precompiled headers"
    if output.startswith("proto/"):
        return "generated"
    if output.endswith("_test.cc.o") or output.endswith("_fuzz.cc.o"):
        return "tests"
    if output.endswith(".o"):
        return "product"
    return "links and others"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("preset", nargs="?", default="release")
    parser.add_argument("--count", type=int, default=15)
    parser.add_argument("--report", action="store_true", help="print only")
    options = parser.parse_args()
    log = ROOT / "build" / options.preset / ".ninja_log"
    if not log.exists():
        print(f"build times: no build of {options.preset} yet")
        return 0
    steps = read_log(log.read_text())
    sums = {}
    for output, seconds in steps.items():
        count, total = sums.get(kind_of(output), (0, 0))
        sums[kind_of(output)] = (count + 1, total + seconds)
    for kind, (count, total) in sorted(sums.items(), key=lambda item: -item[1][1]):
        print(f"{kind:20} {count:4} steps {total:8.0f} s")
    units = sorted(((s, o) for o, s in steps.items() if kind_of(o) in ("tests", "product")), reverse=True)
    for seconds, output in units[:options.count]:
        print(f"{seconds:7.1f} s  {output.split('.dir/')[-1].removesuffix('.o')}  ({output.split('/CMakeFiles')[0]})")
    slow = [o for s, o in units if s > UNIT_SECONDS_MAX]
    print(f"build times: {len(units)} hand-written units, {len(slow)} over {UNIT_SECONDS_MAX} s, "
          f"slowest {units[0][0] if units else 0:.0f} s")
    return 1 if slow and not options.report else 0


if __name__ == "__main__":
    sys.exit(main())
