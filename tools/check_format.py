#!/usr/bin/env python3
"""Every C++ source is laid out as the pinned clang-format-14 does it."""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.h", "*.cc"], cwd=ROOT, capture_output=True,
                         check=True, text=True).stdout
    files = [f for f in out.splitlines() if (ROOT / f).exists()]
    batches = [files[i::8] for i in range(8) if files[i::8]]

    def check(batch):
        run = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *batch], cwd=ROOT, capture_output=True, text=True)
        return {line.split(":", 1)[0] for line in run.stderr.splitlines() if "error:" in line}

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        bad = sorted(set().union(*pool.map(check, batches)))
    for name in bad:
        print(f"{name}: not formatted; run ./dev fmt")
    print(f"format: {len(files)} files, {len(bad)} to format")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
