"""The Dockerfile and the compose file, without Docker: `python3 -m unittest discover -s tests/packaging`.

What is run: the steps of the image that serves, in a scratch root made of the files of this machine's packages, then the
server in it as a container runtime would start it. What is not: the stage that builds (the tree's own binary is taken),
apt-get and the network (an installed package's files stand for its installation), tini where it is not installed. Skipped
without root or on another system than Debian 12. Binary: REDKITE_BIN, else build/release/bin/redkite.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import dockerfile  # noqa: E402

ROOT = HERE.parents[1]
PACKAGING = ROOT / "packaging"
BINARY = pathlib.Path(os.environ.get("REDKITE_BIN", ROOT / "build/release/bin/redkite"))
DATA = "/var/lib/redkite"
# Of what debian:12-slim has, what the steps and the binary use.
BASE_PACKAGES = ["base-passwd", "coreutils", "dash", "libc6", "libgcc-s1", "libstdc++6", "login", "passwd", "util-linux", "zlib1g"]
MERGED = ["bin", "sbin", "lib", "lib64"]


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def is_debian_12():
    try:
        return pathlib.Path("/etc/debian_version").read_text().startswith("12")
    except OSError:
        return False


def is_installed(package):
    got = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status}", package], capture_output=True, text=True)
    return got.stdout.startswith("installed")


def with_dependencies(packages):
    """Of those that are installed here."""
    seen, todo = set(), [p for p in packages if is_installed(p)]
    while todo:
        package = todo.pop()
        if package in seen:
            continue
        seen.add(package)
        depends = output("dpkg-query", "-W", "-f=${Pre-Depends},${Depends}", package)
        names = [re.split(r"[ (:|]", part.strip())[0] for part in depends.split(",") if part.strip()]
        # debconf only asks questions while packages are installed.
        todo += [name for name in names if name != "debconf" and is_installed(name)]
    return seen


def package_of(library):
    """Of a file as the linker names it; /lib is a link to /usr/lib."""
    for path in (library, os.path.realpath(library), "/usr" + library, library.removeprefix("/usr")):
        got = subprocess.run(["dpkg", "-S", path], capture_output=True, text=True)
        if got.returncode == 0:
            return got.stdout.split(":")[0]
    return None


class Dockerfile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.build, cls.image = dockerfile.parse((PACKAGING / "Dockerfile").read_text())

    def test_stages(self):
        self.assertEqual((self.build.base, self.image.base), ("debian:12-slim", "debian:12-slim"))
        self.assertIn("./dev build release redkite", self.build.all("RUN"))
        self.assertIn(f"--from={self.build.name} /redkite /usr/local/bin/redkite", self.image.all("COPY"))
        self.assertTrue(all("ADD" != name for name, _ in self.image.steps))

    def test_it_runs_without_root_and_is_asked_for_its_health(self):
        self.assertRegex(self.image.last("USER"), r"^[1-9]\d*:[1-9]\d*$")
        instructions = [name for name, _ in self.image.steps]
        self.assertGreater(instructions.index("USER"), max(i for i, name in enumerate(instructions) if name == "RUN"))
        self.assertEqual(self.image.words("ENTRYPOINT")[0], "/usr/bin/tini")
        self.assertEqual(self.image.words("HEALTHCHECK"), ["redkite", "health"])
        self.assertEqual(self.image.last("EXPOSE"), "19530 9091")
        self.assertEqual(self.image.last("VOLUME"), DATA)
        self.assertIn(DATA, self.image.words("CMD"))
        self.assertEqual([w for w in self.image.environment() if re.search("PASS|KEY|SECRET|TOKEN", w)], [])

    def test_what_is_not_sent_to_the_build(self):
        ignored = (ROOT / ".dockerignore").read_text().split()
        self.assertLessEqual({".git", "build", "redkite_data"}, set(ignored))

    @unittest.skipUnless(is_debian_12() and BINARY.exists(), "no Debian 12, or no binary")
    def test_the_libraries_are_those_that_the_binary_needs(self):
        libraries = set(re.findall(r"Shared library: \[(.*?)\]", output("readelf", "-d", str(BINARY))))
        paths = dict(re.findall(r"(\S+) => (\S+)", output("ldd", str(BINARY))))
        needed = {package_of(paths[name]) for name in libraries if name in paths} - set(BASE_PACKAGES)
        listed = {p for step in self.image.all("RUN") for p in dockerfile.apt_packages(step)}
        self.assertEqual(listed - {"tini", "tzdata"}, needed)


@unittest.skipUnless(hasattr(os, "geteuid") and os.geteuid() == 0, "needs root, to change roots and users")
@unittest.skipUnless(is_debian_12() and BINARY.exists(), "no Debian 12, or no binary")
class InAScratchRoot(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        _, cls.image = dockerfile.parse((PACKAGING / "Dockerfile").read_text())
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="redkite_image_"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        probe = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "true"], capture_output=True, text=True)
        if probe.returncode != 0:
            raise unittest.SkipTest(f"no namespaces here: {probe.stderr.strip()}")
        cls.root = cls.folder / "root"
        cls.skipped = []
        cls.make_base()
        for instruction, rest in cls.image.steps:
            cls.do(instruction, rest)

    @classmethod
    def make_base(cls):
        for name in MERGED:
            (cls.root / "usr" / name).mkdir(parents=True)
            (cls.root / name).symlink_to(f"usr/{name}")
        cls.copy_packages(with_dependencies(BASE_PACKAGES))
        for name in ("passwd", "group"):
            cls.copy(f"/usr/share/base-passwd/{name}.master", f"/etc/{name}")

    @classmethod
    def copy(cls, source, target):
        to = cls.root / target.lstrip("/")
        if to.is_symlink() or to.exists() or not os.path.lexists(source):
            return
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, to, follow_symlinks=False)

    @classmethod
    def copy_packages(cls, packages):
        for package in packages:
            for path in output("dpkg", "-L", package).splitlines():
                if not path.startswith(("/usr/share/doc", "/usr/share/man", "/usr/share/locale")) and not os.path.isdir(path):
                    cls.copy(path, path)

    @classmethod
    def do(cls, instruction, rest):
        """One step of the image, as the builder would do it."""
        packages = dockerfile.apt_packages(rest) if instruction == "RUN" else []
        if packages:
            cls.skipped += [p for p in packages if not is_installed(p)]
            cls.copy_packages(with_dependencies(packages))
        elif instruction == "RUN":
            subprocess.run(["chroot", str(cls.root), "/bin/sh", "-ec", rest], check=True, env={"PATH": "/usr/sbin:/usr/bin"})
        elif instruction == "COPY":
            target = cls.root / rest.split()[-1].lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(BINARY, target)

    def serve(self, *more):
        uid, gid = self.image.last("USER").split(":")
        volume = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        # A new volume takes owner and mode of the image's folder.
        inside = (self.root / DATA.lstrip("/")).stat()
        os.chown(volume, inside.st_uid, inside.st_gid)
        entry = self.image.words("ENTRYPOINT")
        if "tini" in self.skipped:
            entry = entry[entry.index("--") + 1:]
        spec = {
            "root": str(self.root), "volume": str(volume), "data": DATA, "uid": uid, "gid": gid,
            "environment": {"PATH": "/usr/local/bin:/usr/bin", **self.image.environment()},
            "command": [*entry, *self.image.words("CMD"), *more], "health": self.image.words("HEALTHCHECK"),
        }  # fmt: skip
        done = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", sys.executable, str(HERE / "scratch_root.py")],
                              input=json.dumps(spec), capture_output=True, text=True, timeout=200)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout), volume

    def test_it_serves_is_healthy_and_stops(self):
        seen, volume = self.serve()
        self.assertEqual(seen["health_before"], 1)
        self.assertEqual(seen.get("health"), 0, seen["output"])
        self.assertEqual(seen["exit_code"], 0, seen["output"])
        uid = self.image.last("USER").split(":")[0]
        self.assertEqual(seen["uids"], [uid] * 4)
        self.assertEqual(int(seen["capabilities"], 16), 0)
        self.assertEqual(seen["no_new_privileges"], "1")
        self.assertEqual(seen["touch_outside"].count("Read-only file system"), 3, seen["touch_outside"])
        self.assertRegex(seen["metrics"], r"(?m)^redkite_")
        self.assertTrue((volume / "FORMAT").exists())
        self.assertEqual((volume / "FORMAT").stat().st_uid, int(uid))
        print(f"\nnot installed here, so left out: {', '.join(self.skipped) or 'nothing'}", file=sys.stderr)

    def test_the_user_owns_only_its_data(self):
        user = next(line for line in (self.root / "etc/passwd").read_text().splitlines() if line.startswith("redkite:"))
        self.assertEqual(user.split(":")[2:], ["10001", "10001", "", DATA, "/usr/sbin/nologin"])
        owned = [p for p in self.root.rglob("*") if p.lstat().st_uid == 10001]
        self.assertEqual([str(p.relative_to(self.root)) for p in owned], [DATA.lstrip("/")])
        self.assertEqual(owned[0].stat().st_mode & 0o7777, 0o750)


class Compose(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            import yaml
        except ImportError:
            raise unittest.SkipTest("no yaml module") from None
        cls.whole = yaml.safe_load((PACKAGING / "compose.yaml").read_text())
        cls.service = cls.whole["services"]["redkite"]

    def test_what_is_taken_away(self):
        self.assertIs(self.service["read_only"], True)
        self.assertEqual(self.service["cap_drop"], ["ALL"])
        self.assertIn("no-new-privileges:true", self.service["security_opt"])
        self.assertNotIn("privileged", self.service)
        self.assertNotIn("environment", self.service, "secrets are files")
        self.assertTrue(all(p.startswith("127.0.0.1:") for p in self.service["ports"]))

    def test_it_fits_the_image(self):
        _, image = dockerfile.parse((PACKAGING / "Dockerfile").read_text())
        self.assertTrue((PACKAGING / self.service["build"]["context"] / self.service["build"]["dockerfile"]).exists())
        self.assertEqual(self.service["healthcheck"]["test"][1:], image.words("HEALTHCHECK"))
        self.assertIn(f"data:{DATA}", self.service["volumes"])
        self.assertIn("data", self.whole["volumes"])
        for secret in self.service["secrets"]:
            self.assertTrue(any(f"/run/secrets/{secret}" in word for word in self.service["command"]))

    def test_the_server_knows_its_options(self):
        known = set(re.findall(r"^\| `([\w.]+)` \|", (ROOT / "docs/config.md").read_text(), re.M))
        used = {word[2:].split("=")[0] for word in self.service["command"] if word.startswith("--")}
        self.assertLessEqual(used, known)


if __name__ == "__main__":
    unittest.main()
