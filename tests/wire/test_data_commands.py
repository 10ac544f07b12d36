"""`redkite check` and `redkite inspect` on the directory of a server that real clients filled."""

import json
import subprocess

from conftest import DIM, simple_schema
from pymilvus import MilvusClient


def fill(server):
    client = MilvusClient(uri=server.uri)
    client.create_collection("items", schema=simple_schema(client))
    client.insert("items", [{"id": i, "tag": "t", "number": i, "vector": [float(i)] * DIM} for i in range(100)])
    client.flush("items")
    client.close()


def run(binary, *words):
    return subprocess.run([str(binary), *map(str, words)], capture_output=True, text=True, timeout=60)


def test_check_and_inspect(own_server, binary):
    own_server.start()
    fill(own_server)
    busy = run(binary, "check", "--data", own_server.data_dir)
    assert busy.returncode == 2 and "in use" in busy.stderr
    own_server.stop()

    clean = run(binary, "check", "--data", own_server.data_dir)
    assert clean.returncode == 0, clean.stdout + clean.stderr
    assert "1 collections, 1 segments with 100 rows" in clean.stdout and "no damage" in clean.stdout

    column = next(own_server.data_dir.glob("collections/*/*/*-f*.col"))
    shown = run(binary, "inspect", column)
    assert shown.returncode == 0 and "kind=column" in shown.stdout and "count=100" in shown.stdout
    log = next(own_server.data_dir.glob("wal/*.log"))
    assert "record offset=4096 position=1" in run(binary, "inspect", log).stdout

    bytes_ = bytearray(column.read_bytes())
    bytes_[70] ^= 1
    column.write_bytes(bytes_)
    damaged = run(binary, "check", "--data", own_server.data_dir, "--json")
    assert damaged.returncode == 1
    lines = [json.loads(line) for line in damaged.stdout.splitlines()]
    assert lines[0]["kind"] == "damage" and lines[0]["path"] == str(column)
    assert lines[-1]["kind"] == "summary" and lines[-1]["damaged"] == 1
    assert run(binary, "inspect", column).returncode == 1


def test_usage(binary, tmp_path):
    assert run(binary, "check", "--help").returncode == 0
    assert run(binary, "inspect", "--help").returncode == 0
    assert run(binary, "check", "--wrong").returncode == 2
    assert run(binary, "inspect").returncode == 2
    missing = run(binary, "check", "--data", tmp_path / "none")
    assert missing.returncode == 2 and "no FORMAT" in missing.stderr
    assert not (tmp_path / "none").exists()
