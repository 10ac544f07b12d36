"""The audit log of a real server: its lines, its mode, restarts, `redkite audit verify`."""

import hashlib
import json
import subprocess

import pytest


def verify(binary, path, *words):
    return subprocess.run([str(binary), "audit", "verify", str(path), *words], capture_output=True, text=True, timeout=60)


@pytest.fixture
def audited(own_server):
    own_server.audit = own_server.data_dir.with_name("audit") / "audit.log"
    own_server.extra_args += ["--audit.path", str(own_server.audit)]
    return own_server


def test_starts_and_stops_are_told_and_chained(audited, binary):
    audited.start().stop()
    audited.start().kill()
    audited.start().stop()
    lines = [json.loads(line) for line in audited.audit.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["file", "start", "stop", "start", "start", "stop"]
    assert [line["seq"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert audited.audit.stat().st_mode & 0o777 == 0o600
    previous = "0" * 64
    for raw, line in zip(audited.audit.read_text().splitlines(), lines):
        body = raw.split(',"hash"')[0]
        assert hashlib.sha256((previous + body).encode()).hexdigest() == line["hash"]
        previous = line["hash"]
    clean = verify(binary, audited.audit, "--hash", lines[1]["hash"])
    assert clean.returncode == 0 and "whole" in clean.stdout and lines[-1]["hash"] in clean.stdout


def test_a_change_is_found(audited, binary):
    audited.start().stop()
    text = audited.audit.read_text()
    audited.audit.write_text(text.replace('"event":"start"', '"event":"stop"'))
    changed = verify(binary, audited.audit)
    assert changed.returncode == 1 and "line 2" in changed.stdout
    audited.audit.write_text("".join(text.splitlines(keepends=True)[:-1]))
    assert verify(binary, audited.audit).returncode == 0
    last = json.loads(text.splitlines()[-1])["hash"]
    assert verify(binary, audited.audit, "--hash", last).returncode == 1


def test_a_torn_end_is_set_aside(audited, binary):
    audited.start().stop()
    with open(audited.audit, "a") as log:
        log.write('{"seq":4,"time":"20')
    audited.start().stop()
    assert '"event":"torn","bytes":19,"kept":"audit.log.damaged"' in audited.audit.read_text()
    assert verify(binary, audited.audit).returncode == 0


def test_a_path_that_cannot_be_written_ends_the_start(audited, tmp_path):
    (tmp_path / "audit").write_text("a file where the folder would be")
    audited.spawn()
    code, output = audited.wait_for_exit()
    assert code == 1 and "audit" in output
    assert not audited.data_dir.exists()


def test_usage(binary, tmp_path):
    assert subprocess.run([binary, "audit", "--help"], capture_output=True, timeout=60).returncode == 0
    for words in ([], ["check"], ["verify"], ["verify", "a", "b"], ["verify", "--no"]):
        assert subprocess.run([binary, "audit", *words], capture_output=True, timeout=60).returncode == 2
    assert verify(binary, tmp_path / "none").returncode == 2
