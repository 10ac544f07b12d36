#!/usr/bin/env python3
"""Builds the distance kernels and their tests for 64-bit ARM and runs them in an emulator: a part of `./dev test --full`.

Needs the cross compiler and qemu-user (`./dev deps full`), and the sources of googletest that libgtest-dev brings.
"""

import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "neon"
GOOGLETEST = pathlib.Path("/usr/src/googletest/googletest")  # tidy: allow, where Debian's package puts it
COMPILER = "aarch64-linux-gnu-g++"
EMULATOR = "qemu-aarch64"
FLAGS = ["-std=c++20", "-O2", "-Wall", "-Wextra", "-Wno-unused-parameter", f"-I{ROOT / 'src'}", f"-I{GOOGLETEST / 'include'}"]
SOURCES = [
    "src/base/random.cc",
    "src/simd/dispatch.cc",
    "src/simd/dispatch_test.cc",
    "src/simd/distance_test.cc",
    "src/simd/neon.cc",
    "src/simd/neon_test.cc",
    "src/simd/scalar.cc",
    "src/simd/scalar_test.cc",
]


def compile_one(source, *flags):
    target = BUILD / (source.stem + ".o")
    subprocess.run([COMPILER, *FLAGS, *flags, "-c", str(source), "-o", str(target)], check=True)
    return str(target)


def main():
    for command in (COMPILER, EMULATOR):
        if shutil.which(command) is None:
            print(f"{command} is missing: ./dev deps full", file=sys.stderr)
            return 1
    BUILD.mkdir(parents=True, exist_ok=True)
    objects = [compile_one(ROOT / source, "-Werror") for source in SOURCES]
    objects += [compile_one(GOOGLETEST / "src" / f"{name}.cc", f"-I{GOOGLETEST}") for name in ("gtest-all", "gtest_main")]
    program = BUILD / "simd_tests"
    # googletest's reporting over sockets warns of the static C library; nothing here uses it.
    subprocess.run([COMPILER, "-static", *objects, "-o", str(program), "-lpthread"], check=True, stderr=subprocess.DEVNULL)
    return subprocess.run([EMULATOR, str(program), "--gtest_brief=1"]).returncode


if __name__ == "__main__":
    sys.exit(main())
