"""Runs the server of an image in namespaces of its own: `unshare --mount --net --pid --fork python3 scratch_root.py REPORT`.

Standard input: JSON with root, volume, data (the path of the volume inside), uid, gid, environment, command, health.
Standard output: JSON with what was seen. As root. The root file system is read-only but for the volume and /tmp. What
it starts ends with it: it is the first process of its namespace.
"""

import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
HEALTHY_WITHIN_S = 90


def bring_loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))


def mount(*words):
    subprocess.run(["mount", *words], check=True)


def prepare(spec):
    root = spec["root"]
    mount("--make-rprivate", "/")
    mount("--bind", root, root)
    for folder in ("proc", "tmp", "dev", spec["data"].lstrip("/")):
        os.makedirs(os.path.join(root, folder), exist_ok=True)
    mount("--bind", spec["volume"], root + spec["data"])
    mount("-t", "proc", "proc", root + "/proc")
    mount("-t", "tmpfs", "tmpfs", root + "/tmp")
    mount("-o", "remount,bind,ro", root)
    bring_loopback_up()


def inside(spec, command):
    """As a container runtime starts it: user, no capabilities, no new privileges."""
    drop = ["/usr/bin/setpriv", f"--reuid={spec['uid']}", f"--regid={spec['gid']}", "--clear-groups", "--bounding-set=-all",
            "--inh-caps=-all", "--no-new-privs"]
    return ["chroot", spec["root"], "/usr/bin/env", "-i", *[f"{k}={v}" for k, v in spec["environment"].items()], *drop, *command]


def status_of(pid):
    with open(f"/proc/{pid}/status") as lines:
        return {key: value.split() for key, value in (line.rstrip("\n").split(":", 1) for line in lines)}


def server_pid(first):
    """The server itself, below tini."""
    with open(f"/proc/{first}/task/{first}/children") as children:
        below = children.read().split()
    return int(below[0]) if below else first


def run(spec):
    prepare(spec)
    subprocess.run(["mount", "-t", "proc", "proc", "/proc"], check=True)  # of this namespace's processes
    seen = {"health_before": subprocess.run(inside(spec, spec["health"]), capture_output=True).returncode}
    server = subprocess.Popen(inside(spec, spec["command"]), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + HEALTHY_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        seen["health"] = subprocess.run(inside(spec, spec["health"]), capture_output=True).returncode
        if seen["health"] == 0:
            break
        time.sleep(0.1)
    if server.poll() is None:
        status = status_of(server_pid(server.pid))
        seen.update(uids=status["Uid"], capabilities=status["CapEff"][0], no_new_privileges=status["NoNewPrivs"][0])
        seen["metrics"] = urllib.request.urlopen("http://127.0.0.1:9091/metrics", timeout=10).read().decode()
        touch = ["/usr/bin/touch", "/etc/x", "/usr/local/bin/x", "/var/x"]
        seen["touch_outside"] = subprocess.run(inside(spec, touch), capture_output=True, text=True).stderr
        server.send_signal(signal.SIGTERM)
    seen["output"] = server.communicate(timeout=60)[0]
    seen["exit_code"] = server.returncode
    return seen


if __name__ == "__main__":
    print(json.dumps(run(json.load(sys.stdin))))
