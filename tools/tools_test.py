"""Tests of the checks themselves: `python3 -m unittest discover -s tools -p '*_test.py'`."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/crash"))
import build_times  # noqa: E402
import check_rooms  # noqa: E402
import cpp_functions  # noqa: E402
import crash_suites  # noqa: E402
import run_fuzzer  # noqa: E402
import run_tests  # noqa: E402
import tidy  # noqa: E402

SOURCE = """
#define MANY(a, b, c, d, e, f) \\
  if (a) {
namespace redkite {
// int Comment(int a) {
class Row {
 public:
  Row(int a, const std::map<int, int>& b) : a_(a), b_{b} {
    Fill({1, 2});
  }
  int a() const { return a_; }

 private:
  std::vector<int> b_{};
};
const char* kText = "void Text() {";
struct Plain {
  int x = 0;
};
template <class T>
Result<std::vector<T>> Load(std::string_view text, int limit = 3, Fields fields = {}) {
  for (int i = 0; i < 3; ++i) {
    auto f = [&](int a, int b) { return a + b; };
  }
  const char c = '}';
  return {};
}
}  // namespace redkite
"""


class CrashSuites(unittest.TestCase):
    def test_rounds_count_once_and_go_on_behind_the_first_gap(self):
        self.assertEqual(crash_suites.covered([]), (0, 0))
        self.assertEqual(crash_suites.covered([(0, 10), (5, 20), (30, 40), (32, 34)]), (30, 20))
        self.assertEqual(crash_suites.covered([(10, 20), (0, 10)]), (20, 20))

    def test_reads_what_the_suites_print(self):
        text = "failed round 7: lost\ncount 3 at sync of dir #\ncount 0 cuts\ntotals rounds=9 failed=1 seconds=1.50\n"
        part = crash_suites.parse_faults(text, 4)
        self.assertEqual((part.first, part.rounds, part.failed, part.seconds), (4, 9, 1, 1.5))
        self.assertEqual(part.counts, {"at sync of dir #": 3})
        self.assertEqual(part.text, "failed round 7: lost")


class CppFunctions(unittest.TestCase):
    def test_finds_functions_with_their_sizes(self):
        found = {f.name: (f.line_count, f.parameter_count) for f in cpp_functions.find_functions(SOURCE)}
        self.assertEqual(found, {"Row": (3, 2), "a": (1, 0), "Load": (8, 3)})

    def test_digit_separators_are_no_characters(self):
        self.assertIn("16'384", cpp_functions.blank_comments_and_texts("int a = 16'384; // 'x'"))

    def test_comments_and_texts_become_blank(self):
        blank = cpp_functions.blank_comments_and_texts('a /* getenv( */ "getenv(" // getenv(')
        self.assertNotIn("getenv", blank)
        self.assertEqual(len(blank), len('a /* getenv( */ "getenv(" // getenv('))


FUZZ_LOG = """
#2\tINITED cov: 11 ft: 12 corp: 1/1b exec/s: 0 rss: 60Mb
#900\tNEW    cov: 21 ft: 32 corp: 3/33b lim: 4 exec/s: 0 rss: 60Mb
#1000\tDONE   cov: 22 ft: 33 corp: 4/40b lim: 4 exec/s: 500 rss: 61Mb
stat::number_of_executed_units: 1000
stat::average_exec_per_sec:     500
"""


class Fuzzer(unittest.TestCase):
    def test_figures_of_a_log(self):
        run = run_fuzzer.parse_log("a", FUZZ_LOG, 0)
        self.assertEqual((run.ok, run.executions, run.per_second, run.coverage, run.features, run.inputs, run.finding),
                         (True, 1000, 500, 22, 33, 4, ""))

    def test_a_finding_is_named(self):
        log = FUZZ_LOG + "CHECK failed: a.cc:3: x\n==1== ERROR: libFuzzer: deadly signal\nSUMMARY: libFuzzer: deadly signal\n"
        self.assertEqual(run_fuzzer.parse_log("a", log, 77).finding, "CHECK failed: a.cc:3: x")
        self.assertEqual(run_fuzzer.parse_log("a", "", 1).finding, "exit 1")

    def test_every_target_is_named_like_its_file(self):
        for path in run_fuzzer.ROOT.glob("src/**/*_fuzz.cc"):
            self.assertIn(f"FUZZ_TARGET({path.stem},", path.read_text())

    def test_fuzzed_sources_follow_includes_in_the_room(self):
        sources = run_fuzzer.fuzzed_sources("data_dir_fuzz")
        self.assertIn("src/storage/data_dir.cc", sources)
        self.assertIn("src/storage/data_dir.h", sources)
        self.assertNotIn("src/storage/column_file.cc", sources)
        self.assertTrue(all(path.startswith("src/storage/") for path in sources), sources)


class BuildTimes(unittest.TestCase):
    def test_the_newest_entry_counts(self):
        log = "# ninja log v5\n0\t1500\t7\tsrc/a/x.cc.o\tff\n0\t2500\t8\tsrc/a/x.cc.o\tff\n"
        self.assertEqual(build_times.read_log(log), {"src/a/x.cc.o": 2.5})

    def test_kinds(self):
        kinds = {"src/a/x.cc.o": "product", "src/a/x_test.cc.o": "tests", "proto/x.pb.cc.o": "generated", "bin/x": "links and others"}
        for output, kind in kinds.items():
            self.assertEqual(build_times.kind_of(output), kind)


class Rooms(unittest.TestCase):
    def test_arrows_have_no_cycle(self):
        self.assertIsNone(check_rooms.find_cycle(check_rooms.ARROWS))

    def test_a_cycle_is_found(self):
        cycle = check_rooms.find_cycle({"a": ["b"], "b": ["c"], "c": ["b"]})
        self.assertEqual(cycle, ["b", "c", "b"])

    def test_index_does_not_reach_segment(self):
        self.assertNotIn("segment", check_rooms.reachable("index"))
        self.assertNotIn("wire", check_rooms.reachable("exec"))


class Banned(unittest.TestCase):
    def banned(self, code):
        import re
        return [instead for pattern, instead, _ in tidy.BANNED if re.search(pattern, code)]

    def test_raw_calls(self):
        for code in ("std::thread t;", " ::open(p, 0)", "std::chrono::steady_clock::now()", " getenv(\"A\")",
                     "std::random_device d;", " throw 1;", "std::this_thread::sleep_for(x)", "std::mutex m;", " rand()"):
            self.assertTrue(self.banned(code), code)

    def test_innocent_calls(self):
        for code in ("fs->open(p)", "file.read(b)", "std::thread::id i;", "Operand(x)", "Lifetime(x)", "brand()",
                     "clock->MonotonicNs()", "Strand(x)"):
            self.assertFalse(self.banned(code), code)


class Counting(unittest.TestCase):
    def test_gtest(self):
        self.assertEqual(run_tests.count_results("[  PASSED  ] 90 tests.\n", 0), (90, 0))
        text = "[  PASSED  ] 89 tests.\n[  FAILED  ] 1 test, listed below:\n[  FAILED  ] A.B\n"
        self.assertEqual(run_tests.count_results(text, 1), (89, 1))

    def test_pytest(self):
        self.assertEqual(run_tests.count_results("12 passed in 3.21s\n", 0), (12, 0))
        self.assertEqual(run_tests.count_results("1 failed, 12 passed, 2 warnings, 3 errors in 3.21s\n", 1), (12, 4))
        self.assertEqual(run_tests.count_results("== 2 failed, 1 passed in 1.0s ==\n", 1), (1, 2))

    def test_a_command_is_a_test(self):
        self.assertEqual(run_tests.count_results("hello\n", 0), (1, 0))
        self.assertEqual(run_tests.count_results("hello\n", 3), (0, 1))

    def test_a_crash_after_good_tests_is_a_failure(self):
        self.assertEqual(run_tests.count_results("[  PASSED  ] 5 tests.\n", 134), (5, 1))


if __name__ == "__main__":
    unittest.main()
