#!/usr/bin/env python3
"""The arrows between the rooms of src/.

Fails when a room includes one that ARROWS does not list, when the DEPS in its CMakeLists.txt differ from what it
includes, when arrows or headers form a cycle, and when a third-party header stands where it must not.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"

# Every room may also include base. Order is bottom to top.
ARROWS = {
    "base": [],
    "config": [],
    "types": [],
    "text": ["types"],
    "geo": [],
    "simd": [],
    "io": [],
    "audit": ["types", "io"],
    "plan": ["types", "text", "geo"],
    "index": ["types", "simd", "io"],
    "wal": ["types", "io"],
    "storage": ["types", "io"],
    "meta": ["types", "io"],
    "access": ["types", "meta"],
    # io from here on is the FileSystem seam alone, handed down by the engine.
    "segment": ["types", "io", "storage", "index"],
    "exec": ["types", "text", "geo", "simd", "plan", "segment"],
    "shard": ["types", "io", "plan", "exec", "segment", "storage", "wal", "meta"],
    "jobs": ["types", "io", "index", "storage", "segment", "shard", "wal", "meta"],
    "proxy": ["types", "text", "geo", "plan", "index", "meta", "exec", "shard"],
    "engine": ["types", "simd", "io", "plan", "index", "wal", "storage", "meta", "access", "segment", "exec", "shard",
               "jobs", "proxy", "config"],
    # A test of the engine: it looks at storage's files, and at nothing else below.
    "sim": ["types", "io", "storage", "engine"],
    "wire": ["types"],
    "rest": ["types"],
    "server": ["types", "io", "access", "audit", "engine", "proxy", "wire", "rest", "config"],
    "cmd": ["io", "audit", "server", "engine", "config", "sim"],
}
# Arrows that are open for these headers only.
NARROW = {
    # Users and roles live in the same store as the catalog, and have nothing to do with it.
    ("access", "meta"): {"meta/kv.h"},
    ("proxy", "shard"): {"shard/shard_client.h"},
    ("proxy", "exec"): {"exec/merge_topk.h"},
    # Index parameters are checked by the room that builds from them; distances come from its kernels.
    ("proxy", "index"): {"index/index_spec.h", "index/list_spec.h", "index/pair_distances.h"},
    # The process picks the real disk; nothing else of io is the server's business.
    ("server", "io"): {"io/posix_file_system.h"},
    ("server", "audit"): {"audit/audit_event.h", "audit/audit_log.h"},
    ("cmd", "audit"): {"audit/audit_verify.h"},
    ("cmd", "io"): {"io/file_system.h", "io/posix_file_system.h"},
}
# Third-party headers: pattern, the rooms that may use them, and whether in headers too.
THIRD_PARTY = [
    (r"google/protobuf/.*|.*\.pb\.h", {"wire"}, True),
    (r"nghttp2/.*", {"server"}, False),
    # TLS, and the hashes of the audit log.
    (r"openssl/.*", {"server", "audit"}, False),
    (r"simdjson\.h", {"types", "rest"}, False),
    (r"re2/re2\.h", {"plan"}, False),
    (r"unicode/.*|libstemmer\.h", {"text"}, False),
    (r"geos_c\.h", {"geo"}, False),
    (r"sodium\.h", {"access"}, False),
]
TEST_ONLY = re.compile(r"gtest/.*|gmock/.*")
SYSTEM = re.compile(
    r"[a-z_0-9]+"  # the standard library
    r"|(sys|netinet|arpa|linux|asm)/[a-z_0-9]+\.h|netdb\.h"
    r"|(unistd|fcntl|pthread|poll|signal|errno|dirent|dlfcn|sched|time|limits|getopt|ucontext|execinfo|malloc|cxxabi)\.h"
    r"|(stdlib|string|stdio|stdint|stddef|math)\.h"
    r"|(immintrin|x86intrin|nmmintrin|cpuid|arm_neon)\.h"
)
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.M)
TEST_FILE = re.compile(r"_(test|bench|fuzz|differential)\.cc$|_(test_kit|test_schema|fixture|fuzz_entry)\.h$|/testing/")


def rooms_present():
    rooms = {r: SRC / r for r in ARROWS if r != "cmd" and (SRC / r).is_dir()}
    if (ROOT / "cmd").is_dir():
        rooms["cmd"] = ROOT / "cmd"
    return rooms


def reachable(room):
    """Rooms that `room` may include, directly or through others."""
    seen, todo = {"base"}, [room]
    while todo:
        for other in ARROWS[todo.pop()]:
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def declared_deps(folder):
    """DEPS of redkite_room(...) in the folder's CMakeLists.txt, or None."""
    cmake = folder / "CMakeLists.txt"
    if not cmake.exists():
        return None
    text = re.sub(r"#.*", "", cmake.read_text())
    found = re.search(r"redkite_room\(([^)]*)\)", text)
    if not found:
        return None
    words = found.group(1).split()
    deps, taking = set(), False
    for word in words[1:]:
        if word.isupper():
            taking = word == "DEPS"
        elif taking:
            deps.add(word)
    return deps


def check_file(room, path, used, problems):
    where = path.relative_to(ROOT)
    is_test = bool(TEST_FILE.search(str(path)))
    for ours, theirs in INCLUDE.findall(path.read_text()):
        if theirs:
            check_third_party(room, path, theirs, is_test, problems)
            continue
        if ours.endswith(".pb.h"):
            check_third_party(room, path, ours, is_test, problems)
            continue
        other = ours.split("/")[0]
        if other == room:
            continue
        if other not in ARROWS:
            if room == "cmd" and "/" not in ours and (path.parent / ours).exists():
                continue
            if TEST_ONLY.fullmatch(ours) and is_test:
                continue
            problems.append(f"{where}: include of {ours!r}, which is no room")
            continue
        allowed = reachable(room) if is_test else {"base", *ARROWS[room]}
        if other not in allowed:
            problems.append(f"{where}: {room} may not include {ours!r} (allowed: {', '.join(sorted(allowed))})")
        narrow = NARROW.get((room, other))
        if narrow and not is_test and ours not in narrow:
            problems.append(f"{where}: {room} may include of {other} only {', '.join(sorted(narrow))}, not {ours!r}")
        if not is_test:
            used.add(other)


def check_third_party(room, path, header, is_test, problems):
    where = path.relative_to(ROOT)
    if TEST_ONLY.fullmatch(header):
        if not is_test:
            problems.append(f"{where}: {header} belongs into tests")
        return
    for pattern, owners, in_headers in THIRD_PARTY:
        if re.fullmatch(pattern, header):
            if room not in owners:
                problems.append(f"{where}: {header} belongs to {', '.join(sorted(owners))}")
            elif path.suffix == ".h" and not in_headers:
                problems.append(f"{where}: {header} in a header: include it in the .cc")
            return
    if not SYSTEM.fullmatch(header):
        problems.append(f"{where}: unknown third-party header {header}: list it in tools/check_rooms.py "
                        "and third_party/dependencies.txt")


def find_cycle(graph):
    """A list of nodes that form a cycle, or None."""
    state, path = {}, []

    def visit(node):
        state[node] = 1
        path.append(node)
        for other in graph.get(node, ()):
            if state.get(other) == 1:
                return path[path.index(other):] + [other]
            if other not in state:
                found = visit(other)
                if found:
                    return found
        path.pop()
        state[node] = 2
        return None

    for node in graph:
        if node not in state:
            found = visit(node)
            if found:
                return found
    return None


def main():
    problems = []
    rooms = rooms_present()
    for folder in sorted(p.name for p in SRC.iterdir() if p.is_dir()):
        if folder not in ARROWS:
            problems.append(f"src/{folder}: a room without arrows in tools/check_rooms.py")
    header_graph = {}
    edges = {}
    for room, folder in rooms.items():
        used = set()
        files = [p for p in sorted(folder.rglob("*")) if p.suffix in (".h", ".cc", ".inc")]
        for path in files:
            check_file(room, path, used, problems)
            if path.suffix == ".h":
                name = str(path.relative_to(SRC)) if room != "cmd" else str(path.relative_to(ROOT))
                header_graph[name] = [a for a, _ in INCLUDE.findall(path.read_text()) if a]
        edges[room] = used
        deps = declared_deps(folder)
        if deps is None or room == "cmd":
            continue
        for dep in sorted(deps - {"base"} - set(ARROWS[room])):
            problems.append(f"src/{room}/CMakeLists.txt: DEPS has {dep}, which {room} may not use")
        for dep in sorted(used - {"base"} - deps):
            problems.append(f"src/{room}/CMakeLists.txt: DEPS lacks {dep}, which {room} includes")
        for dep in sorted(deps - {"base"} - used):
            problems.append(f"src/{room}/CMakeLists.txt: DEPS has {dep}, which {room} never includes")
    for graph, what in ((ARROWS, "arrows"), (edges, "rooms"), (header_graph, "headers")):
        cycle = find_cycle(graph)
        if cycle:
            problems.append(f"cycle of {what}: {' -> '.join(cycle)}")
    for problem in problems:
        print(problem)
    checked = len(rooms)
    print(f"rooms: {checked} checked, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
