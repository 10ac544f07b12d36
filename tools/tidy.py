#!/usr/bin/env python3
"""The habits of the house, checked. `tidy.py` reports, `tidy.py --shrink` lowers tools/size_ratchet.txt to what is there.

The ratchet lists what was too large when a rule came; it may only shrink. New code keeps the limits.
"""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cpp_functions  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
RATCHET = ROOT / "tools" / "size_ratchet.txt"

CC_LINES_MAX = 1000
H_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
LARGE_FUNCTIONS_SHARE_MAX = 0.02
CC_LINES_P95_MAX = 600
PARAMETERS_MAX = 5
FILES_PER_FOLDER_MAX = 25
README_LINES_MAX = 30
BLOB_BYTES_MAX = 1 << 20
LINE_LIMITS = {"ARCHITECTURE.md": 400}

# Raw calls: pattern, what to use instead, and the rooms where it is allowed.
BANNED = [
    (r"\bstd::j?thread\b(?!::|\.h)|\bpthread_create\b", "base/executor.h, or Thread of base/thread.h", {"base"}),
    (r"\bstd::async\b|\bstd::future\b|\bstd::promise\b", "a callback on Executor (base/executor.h)", set()),
    (r"\bstd::chrono::\w+_clock\b|\bclock_gettime\b|\bgettimeofday\b|\bstd::time\(|[^\w.]time\(nullptr\)",
     "Clock (base/clock.h)", {"base"}),
    (r"\bstd::this_thread::sleep_|\busleep\(|\bnanosleep\(|[^\w.>]sleep\(", "CondVar::WaitFor (base/mutex.h)", {"base"}),
    (r"\bstd::(mutex|shared_mutex|recursive_mutex|condition_variable\w*|lock_guard|unique_lock|scoped_lock)\b",
     "Mutex, MutexLock, CondVar (base/mutex.h)", {"base"}),
    (r"[^\w.>:]s?rand\(|\bstd::random_device\b|\bgetrandom\(|\bgetentropy\(", "Random (base/random.h)", {"base"}),
    (r"[^\w]getenv\(", "an option in config/options.cc", set()),
    (r"(?<![\w>.])::(open|openat|read|pread|preadv|write|pwrite|pwritev|fsync|fdatasync|mmap|munmap|rename|unlink|mkdir"
     r"|rmdir|opendir|stat|lstat|ftruncate|fallocate)\(", "io::FileSystem (io/file_system.h)", {"base", "io"}),
    (r"\bstd::[io]?fstream\b|[^\w]fopen\(|\bstd::filesystem\b|\bstd::tmpfile\b", "io::FileSystem (io/file_system.h)",
     {"io"}),
    (r"\bstd::regex\b", "a hand-written matcher: std::regex recurses on user input", set()),
    (r"(?<!\w)throw\b(?!\()", "Status or Result (base/status.h): no exception crosses a room", set()),
    (r"\bstd::(cout|cerr|clog)\b|[^\w]printf\(", "Logger (base/log.h)", {"cmd"}),
    (r"\bassert\(", "CHECK or DCHECK (base/check.h)", set()),
]
# Tests and benchmarks may touch files and clocks themselves, but sleep and true chance make a test that flickers.
BANNED_IN_TESTS = [b for b in BANNED if "Random" in b[1] or "WaitFor" in b[1]]
BANNED_NAME_PARTS = {"util", "utils", "helper", "helpers", "common", "manager", "impl", "misc", "v2", "new", "old"}
# Texts that belong to one machine or one registry. Split, so that this file does not hold them.
MACHINE_TEXTS = ["/wo" "rk/", "/tmp/r" "k", "/ro" "ot/", "deb.debi" "an.org", "py" "pi.org", "npm" "js.org", "registry.np" "m"]
ALLOW = "tidy: allow"
TEST_FILE = re.compile(r"_(test|bench|fuzz|differential)\.cc$|^bench/|^tests/|_(test_kit|test_schema|fixture|fuzz_entry)\.h$|/testing/")


def tracked_files():
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in out.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def is_test(path):
    return bool(TEST_FILE.search(str(path.relative_to(ROOT))))


def room_of(path):
    parts = path.relative_to(ROOT).parts
    return parts[1] if parts[0] == "src" and len(parts) > 2 else parts[0]


class Tidy:
    def __init__(self):
        self.problems = []
        self.figures = ""
        self.found = {}  # ratchet key -> measured value
        self.allowed = {}
        if RATCHET.exists():
            for line in RATCHET.read_text().splitlines():
                if line and not line.startswith("#"):
                    key, value = line.rsplit(" ", 1)
                    self.allowed[key] = int(value)

    def problem(self, path, text):
        self.problems.append(f"{path.relative_to(ROOT)}: {text}")

    def limit(self, path, key, value, limit, text):
        """A size over its limit, unless the ratchet allows it."""
        if value <= limit:
            return
        self.found[key] = value
        if value > self.allowed.get(key, limit):
            self.problem(path, f"{text} (limit {self.allowed.get(key, limit)})")

    def check_cpp(self, path, text):
        lines = text.split("\n")
        where = str(path.relative_to(ROOT))
        maximum = H_LINES_MAX if path.suffix == ".h" else CC_LINES_MAX
        self.limit(path, f"lines {where}", len(lines), maximum, f"{len(lines)} lines: split it by purpose")
        if path.suffix == ".h":
            if not text.startswith("//"):
                self.problem(path, "a header opens with a comment: purpose, thread safety, invariants, ownership, units")
            if "#pragma once" not in text:
                self.problem(path, "no #pragma once")
        for function in cpp_functions.find_functions(text):
            self.limit(path, f"function {where} {function.name}", function.line_count, FUNCTION_LINES_MAX,
                       f"line {function.line}: {function.name} has {function.line_count} lines")
            self.limit(path, f"parameters {where} {function.name}", function.parameter_count, PARAMETERS_MAX,
                       f"line {function.line}: {function.name} takes {function.parameter_count} parameters: "
                       "use an options struct")
        self.check_banned(path, text, lines)
        parts = set(path.stem.split("_")) & BANNED_NAME_PARTS
        if parts:
            self.problem(path, f"a name with {', '.join(sorted(parts))} says nothing: name what it holds")

    def check_banned(self, path, text, lines):
        code = cpp_functions.blank_comments_and_texts(text)
        room = room_of(path)
        rules = BANNED_IN_TESTS if is_test(path) else BANNED
        for pattern, instead, rooms in rules:
            if room in rooms:
                continue
            for match in re.finditer(pattern, code):
                number = code.count("\n", 0, match.start() + 1) + 1
                if ALLOW not in lines[number - 1]:
                    self.problem(path, f"line {number}: {match.group(0).strip()} is banned here; use {instead}")

    def check_markdown(self, path, text):
        lines = text.split("\n")
        if not lines[0].startswith("# "):
            self.problem(path, "a page starts with a title: # …")
        limit = LINE_LIMITS.get(str(path.relative_to(ROOT)))
        if limit and len(lines) > limit:
            self.problem(path, f"{len(lines)} lines (limit {limit})")
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", re.sub(r"`[^`]*`", "", text)):
            if "://" not in target and not (path.parent / target).exists():
                self.problem(path, f"dead link: {target}")

    def check_room_folder(self, folder, files):
        readme = folder / "README.md"
        if not readme.exists():
            self.problem(folder, "no README.md: what it is, what it is not, main types, may include, where to start")
        elif len(readme.read_text().splitlines()) > README_LINES_MAX:
            self.problem(readme, f"more than {README_LINES_MAX} lines")
        inside = [f for f in files if folder in f.parents]
        by_folder = {}
        for f in inside:
            if f.suffix == ".cc" and not is_test(f):
                by_folder.setdefault(f.parent, []).append(f)
                if not f.with_name(f.stem + "_test.cc").exists():
                    self.limit(f, f"untested {f.relative_to(ROOT)}", 1, 0, f"no {f.stem}_test.cc beside it")
        for sub, members in by_folder.items():
            self.limit(sub, f"files {sub.relative_to(ROOT)}", len(members), FILES_PER_FOLDER_MAX,
                       f"{len(members)} source files: make sub-rooms")

    def check_dead_headers(self, files, texts):
        included = set(re.findall(r'#\s*include\s+"([^"]+)"', "\n".join(texts.values())))
        for f in files:
            if f.suffix == ".h" and (ROOT / "src") in f.parents and str(f.relative_to(ROOT / "src")) not in included:
                self.problem(f, "dead file: nothing includes it")

    def check_options(self, texts):
        """An option that nothing reads is a promise that nobody keeps."""
        declarations = ROOT / "src/config/options.inc"
        code = "\n".join(t for f, t in texts.items() if (ROOT / "src/config") not in f.parents and not is_test(f))
        for member in re.findall(r"^OPTION\((\w+),", declarations.read_text(), re.M):
            if not re.search(rf"(\.|->){member}\b", code):
                self.problem(declarations, f"nothing reads {member}")

    def check_glossary(self):
        """Each term's owning file is there."""
        page = ROOT / "GLOSSARY.md"
        for line in page.read_text().splitlines():
            for name in re.findall(r"`([\w/]+\.\w+)`", line.rsplit("|", 2)[-2]) if line.count("|") >= 5 else []:
                if not (ROOT / "src" / name).exists() and not (ROOT / name).exists():
                    self.problem(page, f"no such file: {name}")

    def check_ratchet(self):
        for key, value in self.allowed.items():
            if key not in self.found:
                self.problems.append(f"tools/size_ratchet.txt: no longer needed, remove (or ./tools/tidy.py --shrink): "
                                     f"{key} {value}")

    def check_figures(self, texts):
        """What no single file shows: how many functions and files are large."""
        functions = [f.line_count for p, t in texts.items() if not is_test(p) for f in cpp_functions.find_functions(t)]
        sources = sorted(t.count("\n") for p, t in texts.items() if p.suffix == ".cc" and (ROOT / "src") in p.parents)
        large = sum(n > FUNCTION_LINES_MAX for n in functions) / max(1, len(functions))
        p95 = sources[len(sources) * 95 // 100] if sources else 0
        self.figures = (f"figures: {len(functions)} functions, median {sorted(functions)[len(functions) // 2]} lines, "
                        f"{large:.1%} over {FUNCTION_LINES_MAX}; {len(sources)} sources, p95 {p95} lines")
        if large > LARGE_FUNCTIONS_SHARE_MAX:
            self.problems.append(f"{large:.1%} of the functions are over {FUNCTION_LINES_MAX} lines "
                                 f"(limit {LARGE_FUNCTIONS_SHARE_MAX:.0%})")
        if p95 > CC_LINES_P95_MAX:
            self.problems.append(f"5 % of the sources have more than {p95} lines (limit {CC_LINES_P95_MAX})")

    def run(self):
        files = tracked_files()
        texts = {}
        for f in files:
            if f.stat().st_size > BLOB_BYTES_MAX:
                self.problem(f, f"{f.stat().st_size} bytes: big files do not belong into the repository")
                continue
            try:
                text = f.read_text()
            except UnicodeDecodeError:
                continue
            for number, line in enumerate(text.split("\n"), 1):
                for banned in MACHINE_TEXTS:
                    if banned in line:
                        self.problem(f, f"line {number}: a path or host of one machine: {banned}")
            if f.suffix in (".cc", ".h"):
                texts[f] = text
                self.check_cpp(f, text)
            elif f.suffix == ".md":
                self.check_markdown(f, text)
        for folder in sorted(p for p in (ROOT / "src").iterdir() if p.is_dir()):
            if any(folder in f.parents for f in files):
                self.check_room_folder(folder, files)
        self.check_dead_headers(files, texts)
        self.check_options(texts)
        self.check_figures(texts)
        self.check_glossary()
        self.check_ratchet()
        return len(files)

    def shrink(self):
        """Writes the ratchet with nothing added and nothing raised."""
        head = [line for line in RATCHET.read_text().splitlines() if line.startswith("#")]
        kept = [f"{k} {min(v, self.found[k])}" for k, v in sorted(self.allowed.items()) if k in self.found]
        RATCHET.write_text("\n".join(head + kept) + "\n")


def main():
    tidy = Tidy()
    count = tidy.run()
    if "--shrink" in sys.argv:
        tidy.shrink()
        return 0
    for problem in tidy.problems:
        print(problem)
    print(tidy.figures)
    print(f"tidy: {count} files checked, {len(tidy.problems)} problems")
    return 1 if tidy.problems else 0


if __name__ == "__main__":
    sys.exit(main())
