"""The unit of systemd: what it takes away, that systemd reads it, and that the server's system calls pass its filter.

Systemd itself need not run; its tool and strace are used where they are installed.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/wire"))
from server_process import ServerProcess, default_binary  # noqa: E402

UNIT = ROOT / "packaging/redkite.service"
EXPOSURE_MAX = 2.0  # of 10, as systemd-analyze counts it
ANALYZE = shutil.which("systemd-analyze")


def settings():
    """Every value of every key, in order."""
    values = {}
    for line in UNIT.read_text().splitlines():
        if found := re.fullmatch(r"(\w+)=(.*)", line):
            values.setdefault(found.group(1), []).append(found.group(2))
    return values


def expand(names):
    """System calls of a filter's words, groups too."""
    text = subprocess.run([ANALYZE, "syscall-filter"], capture_output=True, text=True, check=True).stdout
    groups, current = {}, None
    for line in re.sub(r"\x1b\[[\d;]*m", "", text).splitlines():
        word = line.strip()
        if line.startswith("@"):
            current = groups.setdefault(word, [])
        elif current is not None and re.fullmatch(r"@?[\w-]+", word):
            current.append(word)
    calls, todo = set(), list(names)
    while todo:
        name = todo.pop()
        if name.startswith("@"):
            todo += groups[name]
        else:
            calls.add(name)
    return calls


class Unit(unittest.TestCase):
    def test_what_is_taken_away(self):
        expected = {"Type": "notify", "DynamicUser": "yes", "ProtectSystem": "strict", "NoNewPrivileges": "yes", "PrivateTmp": "yes",
                    "MemoryDenyWriteExecute": "yes", "CapabilityBoundingSet": "", "StateDirectory": "redkite",
                    "Restart": "on-failure"}  # fmt: skip
        found = settings()
        for key, value in expected.items():
            self.assertEqual(found.get(key), [value], key)
        self.assertNotIn("Environment", found, "secrets are credentials")

    def test_it_stops_later_than_the_server_does(self):
        grace = re.search(r"kGraceMs = ([\d']+);", (ROOT / "cmd/main.cc").read_text()).group(1).replace("'", "")
        self.assertGreater(int(settings()["TimeoutStopSec"][0]) * 1000, 2 * int(grace))

    def test_credentials_are_files_that_may_lack(self):
        """With an absolute path a missing one would keep the service from starting."""
        for value in settings()["LoadCredential"]:
            self.assertRegex(value, r"^([\w.]+):redkite\.\1$")

    def unit_with_this_binary(self, folder):
        copy = pathlib.Path(folder) / UNIT.name
        copy.write_text(UNIT.read_text().replace("/usr/bin/redkite", str(default_binary().resolve())))
        return copy

    @unittest.skipUnless(ANALYZE and default_binary().exists(), "no systemd-analyze, or no binary")
    def test_systemd_reads_it(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([ANALYZE, "verify", str(self.unit_with_this_binary(folder))], capture_output=True, text=True)
        complaints = [line for line in (done.stdout + done.stderr).splitlines() if UNIT.name in line]
        self.assertEqual(complaints, [])

    @unittest.skipUnless(ANALYZE, "no systemd-analyze")
    def test_little_is_exposed(self):
        done = subprocess.run([ANALYZE, "security", "--offline=true", "--no-pager", str(UNIT)], capture_output=True, text=True)
        if "Overall exposure" not in done.stdout:
            self.skipTest("this systemd-analyze reads no files")
        self.assertLessEqual(float(re.search(r"Overall exposure level[^:]*: ([\d.]+)", done.stdout).group(1)), EXPOSURE_MAX)

    @unittest.skipUnless(ANALYZE and shutil.which("strace") and default_binary().exists(), "no systemd-analyze, strace or binary")
    def test_the_servers_system_calls_pass(self):
        words = " ".join(w for w in settings()["SystemCallFilter"] if not w.startswith("~")).split()
        refused = " ".join(w[1:] for w in settings()["SystemCallFilter"] if w.startswith("~")).split()
        allowed = expand(words) - expand(refused)
        with tempfile.TemporaryDirectory() as folder:
            trace = pathlib.Path(folder) / "trace"
            server = ServerProcess(pathlib.Path(folder) / "data", wrapper=["strace", "-f", "-o", str(trace)])
            try:
                server.start(60)
            except Exception as error:  # where tracing is forbidden
                self.skipTest(f"strace does not work here: {str(error)[:200]}")
            try:
                server.management_get("/metrics")
                children = pathlib.Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
                os.kill(int(children[0]), signal.SIGTERM)
                self.assertEqual(server.process.wait(60), 0)
            finally:
                server.kill()
            calls = set(re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.M))
        self.assertIn("landlock_restrict_self", calls)
        self.assertEqual(calls - allowed, set())


if __name__ == "__main__":
    unittest.main()
