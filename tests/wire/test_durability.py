"""What a restart keeps, and a data directory in trouble: taken, read-only, full, damaged."""

import os
import pathlib
import subprocess
import time

import numpy as np
import pytest
from conftest import DIM, count, make_collection, simple_row, vector_index
from pymilvus import MilvusClient, MilvusException
from server_process import ServerDied, ServerProcess

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def connect(server):
    return MilvusClient(uri=server.uri)


def stop(server, how):
    if how == "kill":
        server.kill()
    else:
        assert server.stop()[0] == 0


@pytest.mark.parametrize("how", ["term", "kill"])
def test_a_restart_keeps_everything(own_server, how):
    own_server.start()
    client = connect(own_server)
    make_collection(client, "kept", rows=100, index_type="HNSW", metric="COSINE", dynamic=True)
    client.flush("kept")
    client.insert("kept", [simple_row(i, extra=i) for i in range(100, 150)])
    client.upsert("kept", [simple_row(i, tag="changed", extra="new") for i in range(5)])
    client.delete("kept", ids=[10, 110])
    client.delete("kept", filter="number >= 1400")
    make_collection(client, "dropped")
    client.drop_collection("dropped")
    make_collection(client, "unloaded", rows=3, load=False)
    before = client.query("kept", filter="id >= 0", output_fields=["*"], limit=1000)
    described = client.describe_collection("kept")
    client.close()
    stop(own_server, how)

    own_server.start()
    client = connect(own_server)
    assert sorted(client.list_collections()) == ["kept", "unloaded"]
    assert client.describe_collection("kept") == described
    assert client.describe_index("kept", "vector")["index_type"] == "HNSW"
    client.load_collection("kept")
    after = client.query("kept", filter="id >= 0", output_fields=["*"], limit=1000)
    assert [dict(row) for row in after] == [dict(row) for row in before]
    assert count(client, "kept", 'tag == "changed"') == 5
    assert client.get("kept", ids=[10, 110, 141]) == []
    client.insert("kept", [simple_row(1000)])
    assert count(client, "kept") == len(before) + 1
    client.close()


def test_the_loaded_state_survives(own_server):
    """A collection that was loaded answers after a restart without another load."""
    own_server.start()
    client = connect(own_server)
    make_collection(client, "loaded")
    client.close()
    own_server.kill()
    own_server.start()
    client = connect(own_server)
    assert count(client, "loaded") == 20
    client.close()


def test_auto_ids_and_timestamps_go_on(own_server):
    from pymilvus import DataType

    own_server.start()
    given = []
    for _ in range(3):
        client = connect(own_server)
        if not client.has_collection("auto"):
            schema = client.create_schema(auto_id=True)
            schema.add_field("id", DataType.INT64, is_primary=True)
            schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
            client.create_collection("auto", schema=schema)
        given += client.insert("auto", [{"vector": [1.0] * DIM}] * 20)["ids"]
        client.close()
        own_server.kill()
        own_server.start()
    assert len(set(given)) == 60 and given == sorted(given)


def test_many_restarts_change_nothing(own_server):
    own_server.start()
    client = connect(own_server)
    make_collection(client, "same", rows=50)
    client.close()
    own_server.kill()
    sizes = []
    for _ in range(8):
        own_server.start()
        own_server.kill()
        sizes.append(own_server.disk_mib())
    own_server.start()
    client = connect(own_server)
    client.load_collection("same")
    assert count(client, "same") == 50
    assert sizes[-1] <= sizes[1] * 1.05 + 0.1, sizes
    client.close()


def test_a_second_server_on_the_directory_is_refused(server, binary):
    other = ServerProcess(server.data_dir, binary, log_path=server.data_dir.with_name("second.log"))
    other.spawn()
    code, output = other.wait_for_exit(20)
    assert code not in (0, -6, -11)
    assert str(server.data_dir) in output, output
    client = connect(server)
    client.list_collections()
    client.close()


def test_the_lock_is_gone_after_a_kill(own_server, binary):
    own_server.start()
    own_server.kill()
    other = ServerProcess(own_server.data_dir, binary).start()
    other.kill()


def test_a_directory_that_is_a_file(own_server):
    own_server.data_dir.write_text("not a directory")
    own_server.spawn()
    code, output = own_server.wait_for_exit(20)
    assert code not in (0, -6, -11) and str(own_server.data_dir) in output


def test_a_foreign_directory_is_left_alone(own_server):
    """A directory with somebody's files and no database in it."""
    own_server.data_dir.mkdir()
    foreign = own_server.data_dir / "thesis.txt"
    foreign.write_text("years of work")
    own_server.spawn()
    time.sleep(1)
    own_server.kill()
    assert foreign.read_text() == "years of work"


@pytest.mark.skipif(not ROOT, reason="needs a mount")
def test_read_only_disk_at_start(own_server):
    own_server.start()
    own_server.stop()
    subprocess.run(["mount", "--bind", own_server.data_dir, own_server.data_dir], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", own_server.data_dir], check=True)
        own_server.spawn()
        code, output = own_server.wait_for_exit(20)
        assert code not in (0, -6, -11)
        assert str(own_server.data_dir) in output
    finally:
        own_server.kill()
        subprocess.run(["umount", own_server.data_dir], check=False)
    own_server.start()


@pytest.fixture
def small_disk(binary, tmp_path):
    """A server whose data directory is a small file system: room for the log and a little more."""
    if not ROOT:
        pytest.skip("needs a mount")
    mount = tmp_path / "disk"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=320m", "tmpfs", mount], check=False).returncode:
        pytest.skip("cannot mount a tmpfs here")
    server = ServerProcess(mount / "data", binary, log_path=tmp_path / "small.log")
    yield server
    server.kill()
    subprocess.run(["umount", "-l", mount], check=False)


def fill(client, name, first, batches, rows=500, dim=512):
    """Inserts until it is refused; (keys that were answered, the refusal)."""
    answered = []
    for batch in range(batches):
        keys = range(first + batch * rows, first + (batch + 1) * rows)
        try:
            client.insert(name, [{"id": i, "vector": np.full(dim, i, dtype=np.float32)} for i in keys], timeout=20)
        except MilvusException as refused:
            return answered, refused
        answered += keys
    return answered, None


def free_mib(server):
    disk = os.statvfs(server.data_dir)
    return disk.f_bavail * disk.f_frsize // 2**20


def test_full_disk(small_disk):
    ballast = small_disk.data_dir.with_name("ballast")
    ballast.write_bytes(b"x" * 90 * 2**20)
    small_disk.start()
    client = connect(small_disk)
    client.create_collection("full", dimension=512, metric_type="L2", consistency_level="Strong")
    client.create_collection("spare", dimension=512, metric_type="L2", consistency_level="Strong")
    spare, refused = fill(client, "spare", 0, 6)
    assert refused is None
    answered, refused = fill(client, "full", 1, 200)
    assert refused is not None, "the disk did not fill"
    assert refused.code in (7, 1001, 1008, 9, 3) or "disk" in refused.message.lower() or "space" in refused.message.lower(), refused
    assert small_disk.alive(), "the server must not end"
    assert count(client, "full") == len(answered), "reads go on, and show what was answered"
    found = client.search("full", data=[[float(answered[0])] * 512], limit=1)[0]
    assert found[0]["id"] == answered[0]
    client.close()

    small_disk.kill()
    small_disk.start()
    client = connect(small_disk)
    for name in ("full", "spare"):
        client.load_collection(name)
    stored = count(client, "full")
    assert stored >= len(answered), "acknowledged rows lost"
    assert client.get("full", ids=[answered[-1]])
    client.drop_collection("spare")
    ballast.unlink()
    deadline = time.monotonic() + 30
    while True:
        more, refused = fill(client, "full", 1_000_000, 1, rows=100)
        if refused is None:
            break
        assert time.monotonic() < deadline, f"{free_mib(small_disk)} MiB are free, but writes do not resume after space is free again: {refused}"
        time.sleep(0.5)
    assert count(client, "full") == stored + 100
    client.close()


def data_files(directory, contains):
    return sorted(p for p in pathlib.Path(directory).rglob("*") if p.is_file() and contains(p))


@pytest.fixture
def two_collections(own_server):
    """A stopped server that holds `first` and `second`, both flushed; the files that belong to `second` alone."""
    own_server.start()
    client = connect(own_server)

    def make(name):
        make_collection(client, name, rows=0)
        rng = np.random.default_rng(1)
        client.insert(name, [simple_row(i, vector=rng.standard_normal(DIM).tolist()) for i in range(2000)])
        client.flush(name)
        client.create_index(name, vector_index(client))

    make("first")
    before = set(data_files(own_server.data_dir, lambda p: True))
    make("second")
    time.sleep(1)
    client.close()
    assert own_server.stop()[0] == 0
    after = set(data_files(own_server.data_dir, lambda p: True))
    return own_server, sorted(p for p in after - before if p.stat().st_size > 200)


def flip(path, offset):
    data = bytearray(path.read_bytes())
    data[offset] ^= 0x55
    path.write_bytes(data)


@pytest.mark.parametrize("damage", ["flipped", "cut", "emptied", "removed"])
def test_a_damaged_file(two_collections, damage):
    """Each file of `second` in turn: an error that names the file, or no wrong answer; `first` is served."""
    server, files = two_collections
    assert files, "the flush left no files of the collection"
    for path in files:
        original = path.read_bytes()
        if damage == "flipped":
            flip(path, len(original) // 2)
        elif damage == "cut":
            path.write_bytes(original[: len(original) // 2])
        elif damage == "emptied":
            path.write_bytes(b"")
        else:
            path.unlink()
        try:
            check_damaged(server, path)
        finally:
            server.kill()
            kept = [p for p in files if p != path and not p.exists()]
            path.write_bytes(original)
        assert not kept, f"{path} was {damage}; then the server removed {[str(p) for p in kept]}"


def check_damaged(server, path):
    server.start()
    client = connect(server)
    client.load_collection("first")
    assert count(client, "first") == 2000, f"{path}: another collection suffers"
    told = server.output()
    try:
        client.load_collection("second", timeout=20)
        rows = client.query("second", filter="id >= 0", output_fields=["number", "tag"], limit=5000)
        wrong = [r for r in rows if r["number"] != r["id"] * 10 or r["tag"] != f"tag{r['id'] % 5}"]
        found = client.search("second", data=[[0.0] * DIM], limit=10)[0]
        assert not wrong and len(rows) == 2000 and len(found) == 10, f"{path}: {len(rows)} rows, {len(wrong)} wrong, no error"
    except MilvusException as refused:
        told += refused.message + server.output()
        # Which generation a lost manifest had, nobody knows any more.
        name = "MANIFEST" if path.name.startswith("MANIFEST") and not path.exists() else path.name
        assert name in told, f"{path}: the error does not name the file: {refused.message}\n{told[-2000:]}"
    client.close()


@pytest.mark.parametrize("what", ["-f103-", "-f101-", "-ts-", "-pk-", ".idx"])
def test_a_file_is_cut_under_a_running_server(own_server, what):
    """Nobody ends; the collection says which file it is, or does without the index; the other one is served."""
    own_server.start()
    client = connect(own_server)
    for name in ("first", "second"):
        make_collection(client, name, rows=0, load=False)
        client.create_index(name, vector_index(client, "HNSW", M=8, efConstruction=64))
        client.load_collection(name)
        rng = np.random.default_rng(1)
        client.insert(name, [simple_row(i, vector=rng.standard_normal(DIM).tolist()) for i in range(20_000)])
        client.flush(name)
    wanted = client.describe_collection("second")["collection_id"]
    deadline = time.monotonic() + 60
    while not (files := data_files(own_server.data_dir, lambda p: what in p.name and f"/{wanted}/" in str(p))):
        assert time.monotonic() < deadline, f"no file with {what}"
        time.sleep(0.1)
    if what == ".idx":
        time.sleep(0.5)
        files = data_files(own_server.data_dir, lambda p: what in p.name and f"/{wanted}/" in str(p))
    original = files[0].read_bytes()
    os.truncate(files[0], 4096)
    refused = None
    try:
        for _ in range(3):
            rows = client.query("second", filter="number >= 0 and tag != 'x'", output_fields=["*"], limit=16_000)
            assert len(rows) == 16_000 and all(r["number"] == r["id"] * 10 for r in rows)
            found = client.search("second", data=[[0.1] * DIM], limit=10, search_params={"params": {"ef": 5000}})[0]
            assert len(found) == 10
        client.delete("second", ids=[19_998])  # looks for its row by key
        count(client, "second")
    except MilvusException as error:
        refused = error.message
    assert own_server.alive(), own_server.output(3000)
    assert (refused is None) == (what == ".idx"), refused
    assert refused is None or files[0].name in refused, refused
    assert count(client, "first") == 20_000
    client.close()
    if what != ".idx":
        own_server.kill()
        files[0].write_bytes(original)
        own_server.start()
        client = connect(own_server)
        client.load_collection("second")
        gone = client.query("second", filter="id == 19998") == []  # the log has the delete, if it was let in
        assert count(client, "second") == 20_000 - gone
        client.close()


def test_a_damaged_log(own_server):
    """Damage in the middle of the log: refused by name and offset, or kept out; never a wrong row."""
    own_server.start()
    client = connect(own_server)
    make_collection(client, "logged", rows=0)
    for i in range(200):
        client.insert("logged", [simple_row(i)])
    client.close()
    own_server.kill()
    logs = data_files(own_server.data_dir, lambda p: p.stat().st_size > 2000 and "wal" in str(p).lower() or "log" in p.name.lower())
    if not logs:
        pytest.skip("no log file found")
    path = max(logs, key=lambda p: p.read_bytes().rstrip(b"\0").__len__())
    used = len(path.read_bytes().rstrip(b"\0"))
    original = path.read_bytes()
    flip(path, used // 2)
    own_server.spawn()
    deadline = time.monotonic() + 15
    while own_server.alive() and not own_server.healthy() and time.monotonic() < deadline:
        time.sleep(0.02)
    if own_server.alive() and own_server.healthy():
        client = connect(own_server)
        try:
            client.load_collection("logged", timeout=10)
            rows = client.query("logged", filter="id >= 0", output_fields=["number"], limit=1000)
            assert len(rows) == 200, f"{200 - len(rows)} acknowledged rows silently gone after damage inside the log"
        except MilvusException as refused:
            assert path.name in refused.message + own_server.output()
        client.close()
    else:
        assert path.name in own_server.output(), own_server.output()
    own_server.kill()
    path.write_bytes(original)
    own_server.process = None
    own_server.start()
    client = connect(own_server)
    client.load_collection("logged")
    assert count(client, "logged") == 200
    client.close()


@pytest.mark.parametrize("tail", [b"\x01", b"\x00" * 100, b"\xff" * 5000, bytes(range(256)) * 3], ids=["byte", "zeros", "ones", "ramp"])
def test_a_torn_tail_of_the_log(own_server, tail):
    """What a crash leaves after the last whole record is no damage: the server starts with everything acknowledged."""
    own_server.start()
    client = connect(own_server)
    make_collection(client, "torn", rows=0)
    for i in range(50):
        client.insert("torn", [simple_row(i, vector=[1.0] * DIM)])
    client.close()
    own_server.kill()
    logs = data_files(own_server.data_dir, lambda p: "wal" in str(p).lower() or "log" in p.name.lower())
    if not logs:
        pytest.skip("no log file found")
    path = max(logs, key=lambda p: p.stat().st_mtime_ns)
    data = path.read_bytes()
    used = len(data.rstrip(b"\0")) + 8  # a record may end with zeros
    path.write_bytes((data[:used] + tail).ljust(len(data), b"\0"))
    own_server.start()
    client = connect(own_server)
    client.load_collection("torn")
    assert count(client, "torn") == 50
    client.close()


@pytest.mark.timeout(300)
def test_a_missing_manifest_is_no_empty_collection(own_server):
    """The log no longer has the flushed rows: without the manifest they must be reported, not forgotten, and not deleted."""
    own_server.start()
    client = connect(own_server)
    client.create_collection("big", dimension=1024, metric_type="L2", consistency_level="Strong")
    logs = own_server.data_dir / "wal"
    first, keys, rows = None, 0, 500
    while (first is None or first & set(logs.iterdir())) and keys < 60_000:  # until the first log file is gone
        client.insert("big", [{"id": keys + i, "vector": np.full(1024, i, dtype=np.float32)} for i in range(rows)])
        keys += rows
        first = first or set(logs.iterdir())
        if keys % 10_000 == 0:
            client.flush("big")
    client.close()
    assert own_server.stop()[0] == 0
    manifests = data_files(own_server.data_dir, lambda p: p.name.startswith("MANIFEST"))
    columns = set(data_files(own_server.data_dir, lambda p: p.suffix in (".col", ".idx", ".ord", ".del")))
    assert manifests and columns
    for path in manifests:
        path.unlink()
    try:
        own_server.start()
        client = connect(own_server)
        client.load_collection("big", timeout=20)
        stored = count(client, "big")
        assert stored == keys, f"{keys - stored} of {keys} flushed rows are gone without an error"
    except MilvusException as refused:
        assert str(manifests[0].parent) in refused.message
    except ServerDied as refused:
        assert str(manifests[0].parent) in str(refused)
    assert columns <= set(data_files(own_server.data_dir, lambda p: True)), "files of the collection were deleted"
