#!/usr/bin/env python3
"""Runs every test of the project and sums them up; `./dev test` calls it after installing what it needs.

  run_tests.py [--full] [--only PART] [--skip PART] [--list]

Each part is a command. Its output goes to build/logs/PART.log and, when it fails, to the terminal. The counts of its
test runner are added up; a part whose command fails without a failed test counts as one failure. The last line is
"N passed, N failed".
"""

import argparse
import concurrent.futures
import dataclasses
import itertools
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "logs"
SHOWN_LINES = 150
CLIENTS = ["3.0.2", "2.6.17"]
OLD_CLIENTS = ["2.5.18", "2.4.15"]
FRAMEWORKS = {"langchain-milvus-0.4.0": "test_langchain.py", "llama-index-milvus-1.2.0": "test_llama_index.py",
              "milvus-haystack-0.1.0": "test_haystack.py"}  # fmt: skip
ASAN = {
    "ASAN_OPTIONS": "abort_on_error=0:detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}
FUZZ_SECONDS = "60"
TSAN = {"TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1"}
# What test runners print: GoogleTest, our own tools, unittest. pytest's closing line has its own function.
COUNTS = [
    # pattern, group of passed, group of failed
    (re.compile(r"^\[  PASSED  \] (\d+) tests?\.", re.M), 1, None),
    (re.compile(r"^\[  FAILED  \] (\d+) tests?, listed below", re.M), None, 1),
    (re.compile(r"^(\d+) passed, (\d+) failed$", re.M), 1, 2),
    (re.compile(r"^Ran (\d+) tests? in [^\n]*\n\nOK", re.M), 1, None),
]
# Lines that are worth seeing when all is well, too.
FIGURES = re.compile(r"^(?:figures: |header weight: |build times: |\w+_fuzz  ).*$", re.M)
PYTEST_END = re.compile(r"^(?:=+ )?((?:\d+ \w+(?:, )?)+) in [\d.]+s", re.M)


@dataclasses.dataclass
class Part:
    name: str
    command: list
    group: str = "house"
    environment: dict = dataclasses.field(default_factory=dict)
    limit_s: int = 1800
    together: str = ""  # neighbours with the same word run at the same time


@dataclasses.dataclass
class Outcome:
    passed: int
    failed: int
    seconds: float


def count_results(text, exit_code):
    """(passed, failed) of what test runners printed; a command without a runner counts as one test."""
    passed = failed = 0
    counted = False
    for pattern, passed_group, failed_group in COUNTS:
        for match in pattern.finditer(text):
            counted = True
            passed += int(match.group(passed_group)) if passed_group else 0
            failed += int(match.group(failed_group)) if failed_group else 0
    for end in PYTEST_END.finditer(text):
        counted = True
        words = dict(reversed(pair.split(" ")) for pair in end.group(1).split(", "))
        passed += int(words.get("passed", 0))
        failed += int(words.get("failed", 0)) + int(words.get("errors", words.get("error", 0)))
    if not counted:
        return (1, 0) if exit_code == 0 else (0, 1)
    return passed, failed if exit_code == 0 else max(1, failed)


def dev(*arguments):
    return ["./dev", *arguments]


def python(script, *arguments):
    return [sys.executable, script, *arguments]


def house_parts():
    return [
        Part("rooms", python("tools/check_rooms.py")),
        Part("tidy", python("tools/tidy.py")),
        Part("walks", python("tools/check_walks.py")),
        Part("tools", python("-m", "unittest", "discover", "-q", "-s", "tools", "-p", "*_test.py")),
        Part("format", python("tools/check_format.py")),
        Part("headers", python("tools/check_headers.py")),
        Part("build-times", python("tools/build_times.py", "release", "--report")),
    ]


def wire_parts(versions, group):
    parts = [Part(f"environment-{version}", dev("env", f"pymilvus-{version}"), group) for version in versions]
    for version in versions:  # each mostly waits
        parts.append(Part(f"wire-{version}", [f"build/venv-pymilvus-{version}/bin/python", "-m", "pytest", "-q",
                                              "-p", "no:cacheprovider", "tests/wire"], group,
                          {"REDKITE_BIN": str(ROOT / "build/release/bin/redkite")}, 2700, together=group))
    return parts


def rest_parts():
    """The wire tests with REST beside the client: both must do and say the same."""
    return [Part("wire-rest", ["build/venv-pymilvus-3.0.2/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rest",
                               "tests/wire"], "full", {"REDKITE_BIN": str(ROOT / "build/release/bin/redkite")}, 3600)]


def openapi_parts():
    """The REST interface against its own document, by schemathesis."""
    return [Part("environment-openapi", dev("env", "openapi"), "wire"),
            Part("openapi", ["build/venv-openapi/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                             "tests/wire/test_openapi.py"], "wire",
                 {"REDKITE_BIN": str(ROOT / "build/release/bin/redkite")}, 300)]


def framework_parts():
    parts = [Part(f"environment-{name}", dev("env", name), "frameworks") for name in FRAMEWORKS]
    for name, file in FRAMEWORKS.items():
        parts.append(Part(name, [f"build/venv-{name}/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                                 f"tests/frameworks/{file}"], "frameworks",
                          {"REDKITE_BIN": str(ROOT / "build/release/bin/redkite")}, together="frameworks"))
    return parts


def crash_parts(kills, group):
    script = ROOT / "tests/crash/crash_test.py"
    if not script.exists():
        return []
    return [Part(f"crash-{kills}-kills", ["build/venv-pymilvus-3.0.2/bin/python", str(script), "--kills", str(kills)], group,
                 {"REDKITE_BIN": str(ROOT / "build/release/bin/redkite")}, 3600)]


def suite_parts():
    """Some rounds of each proof of tests/crash/crash_suites.py; all of them take hours: ./dev crash --budget."""
    return [Part("crash-suites", dev("crash"), "crash")]


def packaging_parts():
    """The unit and the image, without systemd and Docker."""
    return [Part("packaging", python("-m", "unittest", "discover", "-q", "-s", "tests/packaging", "-p", "test_*.py"), "packaging",
                 {"REDKITE_BIN": str(ROOT / "build/release/bin/redkite")}, 600)]


def sim_parts(seeds, group):
    return [Part(f"sim-{seeds}-seeds", dev("sim", "--seeds", str(seeds)), group, limit_s=7200)]


def filter_parts(queries, group):
    """Random filters against a naive evaluator, and plain ones against SQLite."""
    return [Part(f"filters-{queries}", dev("filters", "--queries", str(queries)), group, limit_s=3600)]


def fuzz_parts():
    """One part per fuzzer: clang's libFuzzer over a corpus that grows in build/."""
    names = sorted(p.stem for p in ROOT.glob("src/**/*_fuzz.cc"))
    parts = [Part("build-fuzz", dev("build", "fuzz", "redkite_fuzzers"), "full", limit_s=3600)] if names else []
    return parts + [Part(name, python("tools/run_fuzzer.py", name, "--seconds", FUZZ_SECONDS), "full") for name in names]


def all_parts(full):
    parts = [Part("build-release", dev("build", "release"), "build")]
    # Headers of generated messages exist only after a build, so the house is looked at then.
    parts += house_parts()
    parts += [
        Part("build-asan", dev("build", "asan", "redkite_tests"), "unit", limit_s=3600),
        Part("unit-asan", python("tools/run_gtest.py", "build/asan/bin/redkite_tests"), "unit", ASAN),
    ]
    parts += filter_parts(20000, "filters") + sim_parts(1000, "sim")
    parts += wire_parts(CLIENTS, "wire") + openapi_parts() + framework_parts() + crash_parts(5, "crash") + suite_parts()
    parts += packaging_parts()
    if full:
        parts += [
            Part("build-tsan", dev("build", "tsan", "redkite_tests"), "full", limit_s=3600),
            Part("unit-tsan", python("tools/run_gtest.py", "build/tsan/bin/redkite_tests"), "full", TSAN, 3600),
            Part("build-clang", dev("build", "clang", "all", "redkite_tests"), "full", limit_s=3600),
            Part("unit-clang", python("tools/run_gtest.py", "build/clang/bin/redkite_tests"), "full"),
            Part("unit-neon", python("tools/run_neon.py"), "full"),
        ]
        parts += sim_parts(20000, "full") + [Part("sim-planted", dev("sim", "--planted", "all"), "full", limit_s=14400)]
        parts += filter_parts(1000000, "full") + fuzz_parts() + wire_parts(OLD_CLIENTS, "full") + rest_parts()
        parts += crash_parts(50, "full")
    return parts


def run(part):
    say(f"\n== {part.name}: {' '.join(part.command)}")
    begin = time.monotonic()
    log = LOGS / f"{part.name}.log"
    with open(log, "wb") as out:
        try:
            code = subprocess.run(part.command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                  env={**os.environ, **part.environment}, timeout=part.limit_s).returncode
        except subprocess.TimeoutExpired:
            out.write(f"\nended: not done after {part.limit_s} s\n".encode())
            code = 124
        except OSError as error:
            out.write(f"cannot run: {error}\n".encode())
            code = 127
    text = log.read_text(errors="replace")
    passed, failed = count_results(text, code)
    shown = text.splitlines()[-SHOWN_LINES:] if code != 0 else [f"   {line}" for line in FIGURES.findall(text)]
    outcome = Outcome(passed, failed, time.monotonic() - begin)
    shown.append(f"-- {part.name}: {'ok' if code == 0 else f'FAILED (exit {code})'}, {passed} passed, {failed} failed, "
                 f"{outcome.seconds:.0f} s")
    say("\n".join(shown))
    return outcome


def say(text):
    """In one piece, whoever else has something to say."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def run_all(parts):
    outcomes = {}
    for together, neighbours in itertools.groupby(parts, key=lambda part: part.together):
        group = list(neighbours)
        with concurrent.futures.ThreadPoolExecutor(len(group) if together else 1) as pool:
            outcomes.update(zip([part.name for part in group], pool.map(run, group)))
    return outcomes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="add the long runs")
    parser.add_argument("--only", action="append", default=[], help="a part or group, as --list names them, or full")
    parser.add_argument("--skip", action="append", default=[], help="a part or group to leave out")
    parser.add_argument("--list", action="store_true", help="print the parts and end")
    options = parser.parse_args()
    known = {word for p in all_parts(True) for word in (p.name, p.group)} | {"full"}
    if unknown := sorted({*options.only, *options.skip} - known):
        print(f"no such part: {', '.join(unknown)}; --list names them", file=sys.stderr)
        return 2
    parts = [p for p in all_parts(options.full or "full" in options.only)
             if (not options.only or {p.name, p.group} & set(options.only)) and not {p.name, p.group} & set(options.skip)]
    if options.list:
        for part in parts:
            print(f"{part.group:6} {part.name}")
        return 0
    if not parts:
        print("no part is left", file=sys.stderr)
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    outcomes = run_all(parts)
    print("\n== summary")
    for name, outcome in outcomes.items():
        print(f"{name:24} {outcome.passed:6} ok {outcome.failed:4} bad {outcome.seconds:7.0f} s")
    passed = sum(o.passed for o in outcomes.values())
    failed = sum(o.failed for o in outcomes.values())
    print(f"wall time {time.monotonic() - begin:.0f} s\n")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
