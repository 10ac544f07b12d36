"""Suites of crash_suites.py against the real server: kill -9, power cuts of a loop device, failing syncs, a memory limit.

Each slice starts on an empty directory with the clients and the model of crash_test.py; a round ends the server in one
way, starts it again and reads every row. Needs pymilvus. One suite at a time in a process.
"""

import contextlib
import ctypes
import fcntl
import logging
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import crash_test  # noqa: E402
from pymilvus import MilvusClient, MilvusException  # noqa: E402
from server_process import ServerDied, default_binary  # noqa: E402

WORKERS = 4
EXT4_IOC_SHUTDOWN = 0x8004587D
SHUTDOWN_WITHOUT_LOG = 2  # what is not on the device is lost, the journal's last transactions among it
IMAGE_BYTES = 1 << 30
CGROUP = pathlib.Path("/sys/fs/cgroup/memory")
OOM_LIMIT_MIB = [48, 64, 96]
OOM_DIM, OOM_ROWS = 1024, 40_000
KNOWN_LIMIT = ["--memory.limit", "24MiB"]
MS_NODEV, MS_NOSUID = 4, 2
LOOP_SET_FD, LOOP_CLR_FD, LOOP_CTL_GET_FREE = 0x4C00, 0x4C01, 0x4C82
libc = ctypes.CDLL(None, use_errno=True)


class Round(crash_test.CrashTest):
    """One test; a round is cycle(). `over`: the end has begun, so a refusal is as good as no answer."""

    def __init__(self, folder, seed):
        super().__init__(types.SimpleNamespace(seed=seed, workers=WORKERS, binary=default_binary()), folder)
        self.over = threading.Event()
        for worker in self.workers:
            worker.is_refusal_fine = self.over.is_set

    def under_load(self, end, over=False):
        """Clients write until end() has returned; the server is gone then."""
        (self.over.set if over else self.over.clear)()
        stop = threading.Event()
        threads = [threading.Thread(target=w.run, args=(self.server.uri, stop)) for w in self.workers]
        for thread in threads:
            thread.start()
        try:
            end()
        finally:
            self.server.kill()
            stop.set()
            for thread in threads:
                thread.join()
        for worker in self.workers:
            if worker.error is not None:
                raise RuntimeError(f"worker {worker.number} was refused: {worker.error!r} {worker.error}") from worker.error

    def some_time(self):
        time.sleep(self.random.choice([0.05, 0.3, 1.0, 2.0]) * self.random.random() + 0.02)

    def start_again(self):
        self.server.port, self.server.management_port = crash_test.free_ports(2)
        self.server.start(timeout_s=60)
        self.restarts.append(self.server.ready_seconds)
        self.verify()

    def close(self):
        self.server.kill()


class Kills(Round):
    pass  # cycle() of crash_test.py


# ---- power

def mount(device, folder):
    if libc.mount(str(device).encode(), str(folder).encode(), b"ext4", MS_NODEV | MS_NOSUID, b"") != 0:
        raise OSError(ctypes.get_errno(), f"mount {device}: {os.strerror(ctypes.get_errno())}")


def unmount(folder):
    if libc.umount2(str(folder).encode(), 0) != 0:
        raise OSError(ctypes.get_errno(), f"umount {folder}: {os.strerror(ctypes.get_errno())}")


class LoopDisk:
    """An ext4 in a file; cut() is the loss of power. Needs root, a loop device and mkfs.ext4."""

    def __init__(self, folder):
        self.image, self.mounted = folder / "disk.img", folder / "disk"
        self.mounted.mkdir()
        with open(self.image, "wb") as file:
            file.truncate(IMAGE_BYTES)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(self.image)], check=True, capture_output=True)
        with open("/dev/loop-control") as control:
            self.device = pathlib.Path(f"/dev/loop{fcntl.ioctl(control, LOOP_CTL_GET_FREE)}")
        with open(self.image, "r+b") as file, open(self.device, "r+b", buffering=0) as loop:
            fcntl.ioctl(loop, LOOP_SET_FD, file.fileno())
        self.is_mounted = False
        self.mount()

    def mount(self):
        mount(self.device, self.mounted)
        self.is_mounted = True

    def cut(self):
        folder = os.open(self.mounted, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", SHUTDOWN_WITHOUT_LOG))
        finally:
            os.close(folder)

    def remount(self):
        """After a cut; whoever had files open has ended."""
        unmount(self.mounted)
        self.is_mounted = False
        self.mount()

    def close(self):
        if self.is_mounted:
            unmount(self.mounted)
        with open(self.device, "rb", buffering=0) as loop:
            fcntl.ioctl(loop, LOOP_CLR_FD)
        self.image.unlink()


class Power(Round):
    def __init__(self, folder, seed):
        self.disk = LoopDisk(folder)
        super().__init__(folder, seed)
        self.server.data_dir = self.disk.mounted / "data"
        self.server.log_path = folder / "data.log"
        # The server lives on for a moment without its disk, and a sync that was under way when ext4 was shut down may even
        # succeed: the kernel keeps quiet about extents that it could not convert any more. A real power cut ends both.
        for worker in self.workers:
            worker.is_power_off = self.over.is_set

    def cut(self):
        self.over.set()
        self.disk.cut()
        time.sleep(self.random.random() * 0.05)
        self.counters["power cuts"] += 1

    def cycle(self):
        self.under_load(lambda: (self.some_time(), self.cut()))
        self.disk.remount()
        while self.random.random() < 0.25:
            self.server.spawn()
            time.sleep(self.random.random() * 0.08)
            self.cut()
            self.server.kill()
            self.disk.remount()
            self.counters["power cuts while starting"] += 1
        self.start_again()

    def close(self):
        super().close()
        self.disk.close()


def why_not_power():
    if os.geteuid() != 0:
        return "a loop device needs root"
    if shutil.which("mkfs.ext4") is None:
        return "no mkfs.ext4: apt-get install e2fsprogs"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="redkite-power-"))
    try:
        disk = LoopDisk(folder)
        try:
            disk.cut()
        finally:
            disk.close()
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no ext4 on a loop device that can be cut: {error}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return ""


# ---- failing syncs

class FailingSyncs(Round):
    """strace makes the n-th sync of each thread fail, from the moment at which it is there."""

    def cycle(self):
        nth = self.number + 1

        def fail():
            tracer = self.trace(nth)
            self.over.set()
            end = time.monotonic() + 4
            while time.monotonic() < end and self.server.alive() and tracer.poll() is None and not self.has_failed():
                time.sleep(0.05)
            self.some_time()
            self.counters["syncs that failed"] += self.has_failed()
            self.server.kill()
            tracer.wait()

        self.under_load(fail)
        self.start_again()

    def trace(self, nth):
        self.trace_log = self.server.log_path.with_name("strace.log")
        self.trace_log.write_bytes(b"")
        return subprocess.Popen(["strace", "-f", "-qq", "-o", str(self.trace_log), "-e", "trace=fsync,fdatasync",
                                 "-e", f"inject=fsync,fdatasync:error=EIO:when={nth}", "-p", str(self.server.process.pid)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def has_failed(self):
        return b"(INJECTED)" in self.trace_log.read_bytes()


def why_not_strace():
    if shutil.which("strace") is None:
        return "no strace: apt-get install strace"
    done = subprocess.run(["strace", "-qq", "-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=1", "sync", "/"],
                          capture_output=True, text=True)
    return "" if "INJECTED" in done.stderr else f"strace cannot inject: {done.stderr.strip()[-200:]}"


# ---- memory

class Memory(Round):
    """More rows than fit under the limit of a cgroup. In every second round the server knows a limit of its own and has to
    refuse in time; in the others the kernel may end it, and nothing that it acknowledged is lost."""

    def __init__(self, folder, seed):
        super().__init__(folder, seed)
        crash_test.DIM, crash_test.MAX_LIVE_PER_WORKER = OOM_DIM, OOM_ROWS
        self.group = CGROUP / f"redkite-{os.getpid()}"
        self.group.mkdir()

    def cycle(self):
        knows = self.number % 2 == 1
        limit_mib = 512 if knows else OOM_LIMIT_MIB[self.number // 2 % len(OOM_LIMIT_MIB)]
        (self.group / "memory.limit_in_bytes").write_text(str(limit_mib << 20))
        if knows:
            self.server.kill()
            self.server.extra_args = KNOWN_LIMIT
            self.server.start(timeout_s=60)
        self.under_load(lambda: self.fill(knows), over=True)
        self.server.extra_args = []
        self.start_again()

    def fill(self, knows):
        (self.group / "cgroup.procs").write_text(str(self.server.process.pid))
        end = time.monotonic() + 8
        while time.monotonic() < end and self.server.alive():
            time.sleep(0.05)
        ended = not self.server.alive()
        self.counters[("knows a limit, " if knows else "") + ("ended by the kernel" if ended else "lived under the limit")] += 1
        if ended and knows:
            raise RuntimeError("a server that knows a limit was ended")

    def close(self):
        super().close()
        self.group.rmdir()


def why_not_memory():
    if not (CGROUP / "memory.limit_in_bytes").exists():
        return "no memory controller of cgroup version 1"
    group = CGROUP / f"redkite-try-{os.getpid()}"
    try:
        group.mkdir()
        group.rmdir()
    except OSError as error:
        return f"no cgroup of our own: {error}"
    return ""


SUITES = {"kills": (Kills, lambda: ""), "power": (Power, why_not_power), "eio_real": (FailingSyncs, why_not_strace),
          "oom": (Memory, why_not_memory)}


def why_not(name):
    if not default_binary().exists():
        return f"no server at {default_binary()}"
    return SUITES[name][1]()


def run(name, first, rounds, limit_s, found):
    """Rounds until the time is over; what Slice of crash_suites.py takes. The data of a failed slice is kept in `found`."""
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"redkite-{name}-"))
    begin, done, text = time.monotonic(), 0, ""
    test = None
    try:
        test = SUITES[name][0](folder, first)
        test.prepare()
        while done < rounds and time.monotonic() - begin < limit_s:
            test.number = first + done
            done += 1
            test.cycle()
            if test.bad():
                text = f"round {test.number}: " + ", ".join(f"{k} {test.counters[k]}" for k in test.FAULTS)
                break
    except (ServerDied, MilvusException, RuntimeError, OSError) as error:
        text = f"round {first + done - 1}: {error}; cause: {error.__cause__!r}; server: {server_state(test)}"
    if text:
        text += f"\ndata in {keep(test, folder, found / f'{name}-{first}')}"
    if test is not None:
        with contextlib.suppress(OSError):
            test.close()
    shutil.rmtree(folder, ignore_errors=True)
    counts = {k: v for k, v in test.counters.items() if v and k not in test.FAULTS and k != "notes"} if test else {}
    if test and test.restarts:
        counts["rows at the end"] = getattr(test, "rows", 0)
    return {"rounds": done, "failed": int(bool(text)), "seconds": time.monotonic() - begin, "counts": counts, "text": text}


def server_state(test):
    process = test.server.process if test else None
    return "none" if process is None else f"ended with {process.returncode}" if process.poll() is not None else "runs"


def keep(test, folder, kept):
    if test is not None:
        test.server.kill()
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(folder, kept, ignore=shutil.ignore_patterns("disk.img"), dirs_exist_ok=True)
    return kept
