#!/usr/bin/env python3
"""Every header of src/ compiles alone; and how heavy each is: the lines that it becomes when it is preprocessed.

  check_headers.py [--all]     --all prints every header with its weight, not only the heaviest

What passed is remembered by a hash over the header and all that it includes of ours, so a second run costs nothing. The
weight matters most for headers that many others include: the last column counts the sources that get to see it.
"""

import concurrent.futures
import hashlib
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
CACHE = ROOT / "build" / "headers.passed"
# Generated protocol headers are there after a build; without one the headers that need them are checked later.
GENERATED = [p for p in sorted((ROOT / "build").glob("*/generated/proto")) if any(p.glob("*.pb.h"))][:1]
COMMAND = [os.environ.get("CXX", "g++"), "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-unused-parameter",
           "-Wno-pragma-once-outside-header", "-x", "c++", f"-I{SRC}"]
SHOWN = 8
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def closure(header, seen):
    """`header` and all of our headers below it."""
    if header in seen or not header.exists():
        return seen
    seen.add(header)
    for name in INCLUDE.findall(header.read_text()):
        closure(SRC / name, seen)
    return seen


def key_of(header):
    digest = hashlib.sha256(" ".join(COMMAND).encode())
    for path in sorted(closure(header, set())):
        digest.update(path.read_bytes())
    return f"{digest.hexdigest()[:32]} {header.relative_to(SRC)}"


def needs_generated(header):
    return any(name.endswith(".pb.h") for path in closure(header, set()) for name in INCLUDE.findall(path.read_text()))


def compile_alone(header):
    """(whether it compiles, the errors, its weight)."""
    text = f'#include "{header.relative_to(SRC)}"\n'
    extra = [f"-I{folder}" for folder in GENERATED]
    run = subprocess.run(COMMAND + extra + ["-"], input=text, capture_output=True, text=True)
    if run.returncode != 0:
        return False, run.stderr, 0
    expanded = subprocess.run([w for w in COMMAND if w != "-fsyntax-only"] + extra + ["-E", "-P", "-"], input=text,
                              capture_output=True, text=True, check=True)
    return True, "", expanded.stdout.count("\n")


def read_cache():
    """{key of a header that compiled: its weight}."""
    lines = CACHE.read_text().splitlines() if CACHE.exists() else []
    return {line.rsplit(" ", 1)[0]: int(line.rsplit(" ", 1)[1]) for line in lines if line.count(" ") == 2}


def print_weights(weights, all_of_them):
    """The heaviest headers, with the number of sources that include them, directly or not."""
    seen_by = {}
    for source in SRC.rglob("*.cc"):
        for header in closure(source, set()):
            seen_by[header] = seen_by.get(header, 0) + 1
    heaviest = sorted(weights, key=lambda h: -weights[h])
    for header in heaviest if all_of_them else heaviest[:SHOWN]:
        print(f"{weights[header]:8} lines  {str(header.relative_to(SRC)):44} seen by {seen_by.get(header, 0)}")
    middle = weights[heaviest[len(heaviest) // 2]] if heaviest else 0
    print(f"header weight: median {middle} lines, heaviest {weights[heaviest[0]] if heaviest else 0}")


def main():
    headers = sorted(SRC.rglob("*.h"))
    passed = read_cache()
    keys = {h: key_of(h) for h in headers}
    todo = [h for h in headers if keys[h] not in passed]
    skipped = [h for h in todo if not GENERATED and needs_generated(h)]
    todo = [h for h in todo if h not in skipped]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for header, (ok, errors, weight) in zip(todo, pool.map(compile_alone, todo)):
            if ok:
                passed[keys[header]] = weight
            else:
                failed += 1
                print(f"{header.relative_to(ROOT)} does not compile alone:\n{errors[:2000]}")
    CACHE.parent.mkdir(exist_ok=True)
    kept = {key: weight for key, weight in passed.items() if key in keys.values()}
    CACHE.write_text("".join(f"{key} {weight}\n" for key, weight in sorted(kept.items())))
    print_weights({h: passed[keys[h]] for h in headers if keys[h] in passed}, "--all" in sys.argv)
    print(f"headers: {len(todo)} compiled, {len(headers) - len(todo) - len(skipped)} unchanged, "
          f"{len(skipped)} wait for a build, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
