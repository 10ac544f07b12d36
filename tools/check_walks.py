#!/usr/bin/env python3
"""The two walks of ARCHITECTURE.md lead somewhere: every `Name` that a step gives with a `file` stands in that file.

A step is a numbered line with one or more pairs: `room::Class::Function` — `room/file.cc`.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
STEP = re.compile(r"^\s*\d+\.\s")
PAIR = re.compile(r"`([A-Za-z_][\w:]*)[^`]*`\s*(?:—|-)\s*`([\w/]+\.(?:h|cc))`")


def main():
    problems, pairs = [], 0
    page = ROOT / "ARCHITECTURE.md"
    for number, line in enumerate(page.read_text().splitlines() if page.exists() else [], 1):
        if not STEP.match(line):
            continue
        for name, file in PAIR.findall(line):
            pairs += 1
            path = next((p for p in (ROOT / "src" / file, ROOT / file) if p.exists()), None)
            if path is None:
                problems.append(f"ARCHITECTURE.md:{number}: no such file: {file}")
            elif not re.search(rf"\b{re.escape(name.split('::')[-1])}\b", path.read_text()):
                problems.append(f"ARCHITECTURE.md:{number}: {name} is not in {file}")
    for problem in problems:
        print(problem)
    if pairs == 0:
        print("ARCHITECTURE.md has no walk with `Name` — `file` pairs")
    print(f"walks: {pairs} places, {len(problems)} problems")
    return 1 if problems or pairs == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
