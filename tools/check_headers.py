#!/usr/bin/env python3
"""Every header of src/ compiles alone.

What passed is remembered by a hash over the header and all that it includes of ours, so a second run costs nothing.
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
    text = f'#include "{header.relative_to(SRC)}"\n'
    extra = [f"-I{folder}" for folder in GENERATED]
    run = subprocess.run(COMMAND + extra + ["-"], input=text, capture_output=True, text=True)
    return run.returncode == 0, run.stderr


def main():
    headers = sorted(SRC.rglob("*.h"))
    passed = set(CACHE.read_text().splitlines()) if CACHE.exists() else set()
    keys = {h: key_of(h) for h in headers}
    todo = [h for h in headers if keys[h] not in passed]
    skipped = [h for h in todo if not GENERATED and needs_generated(h)]
    todo = [h for h in todo if h not in skipped]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for header, (ok, errors) in zip(todo, pool.map(compile_alone, todo)):
            if ok:
                passed.add(keys[header])
            else:
                failed += 1
                print(f"{header.relative_to(ROOT)} does not compile alone:\n{errors[:2000]}")
    CACHE.parent.mkdir(exist_ok=True)
    CACHE.write_text("\n".join(sorted(passed & set(keys.values()))) + "\n")
    print(f"headers: {len(todo)} compiled, {len(headers) - len(todo) - len(skipped)} unchanged, "
          f"{len(skipped)} wait for a build, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
