"""Struct arrays: schema, rows with scalar and vector sub-fields, searches for lists and for elements, filters; against plain Python,
before and after a flush and a kill -9; what is refused."""

import random
import time

import pytest
from conftest import CLIENT, DIM, count
from pymilvus import DataType, MilvusClient, MilvusException
from raw import Raw, expect_ok, expect_refused

if not hasattr(MilvusClient, "create_struct_field_schema"):
    pytest.skip("this client knows no struct arrays", allow_module_level=True)
EmbeddingList = pytest.importorskip("pymilvus.client.embedding_list").EmbeddingList
np = pytest.importorskip("numpy")

since_3 = pytest.mark.skipif(CLIENT < (3, 0), reason="the 2.6 client knows neither null structs nor the elements of a query's rows")
CAPACITY = 6
ROWS = 120
MAX_SIMS = ["MAX_SIM", "MAX_SIM_COSINE", "MAX_SIM_IP", "MAX_SIM_L2"]


def struct_of(client, vector=DataType.FLOAT_VECTOR, dim=DIM):
    struct = client.create_struct_field_schema()
    struct.add_field("text", DataType.VARCHAR, max_length=32)
    struct.add_field("page", DataType.INT64)
    struct.add_field("small", DataType.INT8)
    struct.add_field("good", DataType.BOOL)
    struct.add_field("vec", vector, dim=dim)
    return struct


def make(client, name, metric="MAX_SIM_COSINE", index="HNSW", nullable=False, vector=DataType.FLOAT_VECTOR, load=True):
    schema = client.create_schema(auto_id=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("own", DataType.FLOAT_VECTOR, dim=DIM)
    members = {"nullable": True} if nullable else {}
    schema.add_field(
        "chunks",
        DataType.ARRAY,
        element_type=DataType.STRUCT,
        struct_schema=struct_of(client, vector),
        max_capacity=CAPACITY,
        **members,
    )
    client.create_collection(name, schema=schema, consistency_level="Strong")
    params = client.prepare_index_params()
    params.add_index(field_name="own", index_type="FLAT", metric_type="L2")
    params.add_index(field_name="chunks[vec]", index_type=index, metric_type=metric)
    client.create_index(name, params)
    if load:
        client.load_collection(name)


def vector(rng):
    return [rng.randrange(-32, 33) / 16 for _ in range(DIM)]


def element(rng):
    return {
        "text": rng.choice(["red", "green", "blue", ""]),
        "page": rng.randrange(10),
        "small": rng.randrange(-128, 128),
        "good": rng.random() < 0.5,
        "vec": vector(rng),
    }


def make_rows(count=ROWS, seed=5, empty=True):
    rng = random.Random(seed)
    least = 0 if empty else 1
    return {
        i: {"id": i, "own": vector(rng), "chunks": [element(rng) for _ in range(rng.randrange(least, CAPACITY + 1))]}
        for i in range(count)
    }


def plain(elements):
    """Of an answer, with vectors as lists of numbers."""
    if elements is None:
        return None
    return [{k: [float(x) for x in v] if k == "vec" else v for k, v in e.items()} for e in elements]


def fetch(client, name, fields=("*",), filter="id >= 0"):
    return {r["id"]: r for r in client.query(name, filter=filter, output_fields=list(fields))}


def similarity(metric, a, b):
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if metric == "L2":
        return float(((a - b) ** 2).sum())
    if metric == "IP":
        return float(a @ b)
    norms = np.linalg.norm(a) * np.linalg.norm(b)
    return 0.0 if norms == 0 else float(a @ b / norms)


def plain_metric(metric):
    return {"MAX_SIM": "COSINE"}.get(metric, metric.removeprefix("MAX_SIM_"))


def list_score(metric, query, elements):
    """Of a list of vectors against a row."""
    best = min if metric == "L2" else max
    return sum(best(similarity(metric, q, e["vec"]) for e in elements) for q in query)


def ranked(metric, scored, limit):
    scored = sorted(scored, key=lambda s: (s[0] if metric == "L2" else -s[0], *s[1:]))
    return scored[:limit]


def test_schema_comes_back(client, name):
    make(client, name, nullable=True, load=False)
    described = client.describe_collection(name)
    fields = {f["name"]: f for f in described["fields"]}
    chunks = fields["chunks"]
    assert chunks["type"] == DataType.ARRAY and chunks["element_type"] == DataType.STRUCT
    assert int(chunks["params"]["max_capacity"]) == CAPACITY
    assert chunks.get("nullable", True) is True
    subs = {f["name"]: f for f in chunks["struct_fields"]}
    assert list(subs) == ["text", "page", "small", "good", "vec"]
    assert subs["vec"]["type"] == DataType.FLOAT_VECTOR and int(subs["vec"]["params"]["dim"]) == DIM
    assert int(subs["text"]["params"]["max_length"]) == 32
    ids = [fields["id"]["field_id"], chunks["field_id"], *(s["field_id"] for s in subs.values())]
    assert len(set(ids)) == len(ids)
    make(client, name, nullable=True, load=False)  # the same again
    assert client.describe_index(name, "chunks[vec]")["metric_type"] == "MAX_SIM_COSINE"


def test_rows_come_back(settled, name):
    client, settle = settled
    make(client, name)
    rows = make_rows()
    client.insert(name, list(rows.values()))
    client.delete(name, ids=[3])
    rows.pop(3)
    changed = make_rows(10, seed=6)[7]
    client.upsert(name, [changed])
    rows[7] = changed
    client = settle(name)
    found = fetch(client, name)
    assert found.keys() == rows.keys()
    for key, row in rows.items():
        assert plain(found[key]["chunks"]) == row["chunks"], key
    one = fetch(client, name, ["chunks[page]"], "id == 5")[5]
    assert [list(e) for e in one["chunks"]] == [["page"]] * len(rows[5]["chunks"])
    assert [e["page"] for e in one["chunks"]] == [e["page"] for e in rows[5]["chunks"]]
    assert plain(client.get(name, ids=[8])[0]["chunks"]) == rows[8]["chunks"]


def test_rows_survive_a_compaction(own_server, name):
    own_server.start()
    client = MilvusClient(uri=own_server.uri)
    make(client, name)
    rows = make_rows()
    for part in range(4):
        client.insert(name, [r for i, r in rows.items() if i % 4 == part])
        client.flush(name)
    client.delete(name, filter="id < 10")
    client.flush(name)
    job = client.compact(name)
    for _ in range(200):
        if client.get_compaction_state(job) == "Completed":
            break
        time.sleep(0.05)
    assert client.get_compaction_state(job) == "Completed"
    found = fetch(client, name)
    assert {k: plain(r["chunks"]) for k, r in found.items()} == {k: r["chunks"] for k, r in rows.items() if k >= 10}
    client.close()


@since_3
def test_nulls(settled, name):
    client, settle = settled
    make(client, name, nullable=True)
    rows = make_rows(30)
    for i in (2, 9, 20):
        rows[i]["chunks"] = None
    del rows[11]["chunks"]
    client.insert(name, list(rows.values()))
    client = settle(name)
    found = fetch(client, name)
    for key, row in rows.items():
        assert plain(found[key]["chunks"]) == row.get("chunks"), key
    nulls = fetch(client, name, ["id"], "chunks is null")
    assert sorted(nulls) == [2, 9, 11, 20]
    query = EmbeddingList([np.array(vector(random.Random(1)), dtype=np.float32)])
    hits = client.search(name, [query], anns_field="chunks[vec]", limit=ROWS)[0]
    assert sorted(h["id"] for h in hits) == [k for k, r in rows.items() if r.get("chunks")]


@pytest.mark.parametrize("metric", MAX_SIMS)
def test_lists_are_searched(settled, name, metric):
    client, settle = settled
    make(client, name, metric)
    rows = make_rows()
    client.insert(name, list(rows.values()))
    client = settle(name)
    rng = random.Random(11)
    queries = [[vector(rng) for _ in range(n)] for n in (1, 2, 5)]
    lists = [EmbeddingList([np.array(v, dtype=np.float32) for v in q]) for q in queries]
    for filter, keep in (("", lambda r: True), ("id % 3 == 0", lambda r: r["id"] % 3 == 0)):
        answers = client.search(name, lists, anns_field="chunks[vec]", limit=15, filter=filter, output_fields=["chunks"])
        for query, hits in zip(queries, answers):
            kind = plain_metric(metric)
            scored = [(list_score(kind, query, r["chunks"]), r["id"]) for r in rows.values() if r["chunks"] and keep(r)]
            expected = ranked(kind, scored, 15)
            assert [h["distance"] for h in hits] == pytest.approx([s for s, _ in expected], abs=1e-4)
            for hit in hits:
                assert plain(hit["entity"]["chunks"]) == rows[hit["id"]]["chunks"]
                assert hit["distance"] == pytest.approx(list_score(kind, query, rows[hit["id"]]["chunks"]), abs=1e-4)


@pytest.mark.parametrize("metric", ["COSINE", "IP", "L2"])
def test_elements_are_searched(settled, name, metric):
    client, settle = settled
    make(client, name, metric)
    rows = make_rows()
    client.insert(name, list(rows.values()))
    client = settle(name)
    query = vector(random.Random(12))

    def expected(keep_row=lambda r: True, keep=lambda e: True):
        return ranked(
            metric,
            [
                (similarity(metric, query, e["vec"]), r["id"], i)
                for r in rows.values()
                if keep_row(r)
                for i, e in enumerate(r["chunks"])
                if keep(e)
            ],
            25,
        )

    cases = [
        ("", expected()),
        ("id < 40", expected(lambda r: r["id"] < 40)),
        ("element_filter(chunks, $[page] > 4)", expected(keep=lambda e: e["page"] > 4)),
        (
            "id >= 20 && element_filter(chunks, $[good] == true && $[text] in ['red', ''])",
            expected(lambda r: r["id"] >= 20, lambda e: e["good"] and e["text"] in ("red", "")),
        ),
    ]
    for filter, wanted in cases:
        hits = client.search(name, [query], anns_field="chunks[vec]", limit=25, filter=filter)[0]
        assert [h["distance"] for h in hits] == pytest.approx([s for s, *_ in wanted], abs=1e-4), filter
        for hit in hits:
            found = rows[hit["id"]]["chunks"][hit["offset"]]
            assert hit["distance"] == pytest.approx(similarity(metric, query, found["vec"]), abs=1e-4)
        assert len({(h["id"], h["offset"]) for h in hits}) == len(hits)


FILTERS = [
    ("match_any(chunks, $[page] == 3)", lambda c: any(e["page"] == 3 for e in c)),
    ("MATCH_ALL(chunks, $[page] < 8)", lambda c: all(e["page"] < 8 for e in c)),
    ("match_least(chunks, $[good] == true, threshold=2)", lambda c: sum(e["good"] for e in c) >= 2),
    ("match_most(chunks, $[text] == 'red', threshold=1)", lambda c: sum(e["text"] == "red" for e in c) <= 1),
    ("match_exact(chunks, $[small] > 0 && $[page] in [1, 2, 3], threshold=1)", lambda c: sum(e["small"] > 0 and e["page"] in (1, 2, 3) for e in c) == 1),
    ("match_exact(chunks, $[page] > 100, threshold=0)", lambda c: True),
    ("match_any(chunks, 2 <= $[page] < 4 or $[text] like 'gr%')", lambda c: any(2 <= e["page"] < 4 or e["text"].startswith("gr") for e in c)),
    ("match_any(chunks, $[small] > $[page])", lambda c: any(e["small"] > e["page"] for e in c)),
    ("not match_any(chunks, not ($[page] + 1 == 4))", lambda c: all(e["page"] == 3 for e in c)),
    ("array_length(chunks) == 3", lambda c: len(c) == 3),
    ("array_length(chunks[vec]) > 4 and array_length(chunks[page]) > 4", lambda c: len(c) > 4),
    ("chunks[0][page] == 5", lambda c: bool(c) and c[0]["page"] == 5),
    ("array_contains(chunks[text], 'blue')", lambda c: any(e["text"] == "blue" for e in c)),
]


def test_filters(settled, name):
    client, settle = settled
    make(client, name)
    rows = make_rows(400)
    client.insert(name, list(rows.values()))
    client.delete(name, ids=[1])
    rows.pop(1)
    client = settle(name)
    for filter, keep in FILTERS:
        found = client.query(name, filter=filter, output_fields=["id"])
        assert sorted(r["id"] for r in found) == [k for k, r in rows.items() if keep(r["chunks"])], filter
        assert count(client, name, filter) == len(found)
    both = client.query(name, filter="id < 100 and match_any(chunks, $[page] == 3)", output_fields=["id"])
    assert sorted(r["id"] for r in both) == [k for k, r in rows.items() if k < 100 and FILTERS[0][1](r["chunks"])]


@since_3
def test_element_filter_lists_the_elements(settled, name):
    client, settle = settled
    make(client, name)
    rows = make_rows()
    client.insert(name, list(rows.values()))
    client = settle(name)
    filter = "id > 10 and element_filter(chunks, $[page] >= 7)"
    wanted = [(k, i) for k, r in rows.items() if k > 10 for i, e in enumerate(r["chunks"]) if e["page"] >= 7]
    found = client.query(name, filter=filter, output_fields=["id", "chunks[page]"])
    assert [(r["id"], r["offset"]) for r in found] == wanted
    page = client.query(name, filter=filter, output_fields=["id"], limit=7, offset=5)
    assert [(r["id"], r["offset"]) for r in page] == wanted[5:12]
    for limit, offset in [(1, 0), (50, 20), (1000, len(wanted) - 2), (10, len(wanted))]:
        page = client.query(name, filter=filter, output_fields=["id"], limit=limit, offset=offset)
        assert [(r["id"], r["offset"]) for r in page] == wanted[offset : offset + limit], (limit, offset)


def refused(call, *parts):
    with pytest.raises(MilvusException) as error:
        call()
    for part in parts:
        assert part in error.value.message, error.value.message


def test_filters_that_are_refused(client, name):
    make(client, name)

    def of(filter):
        return lambda: client.query(name, filter=filter, output_fields=["id"])

    refused(of("match_any(own, $[page] == 1)"), "must be a struct array field")
    refused(of("match_any(chunks, $[nothing] == 1)"), "field chunks[nothing] not exist")
    refused(of("match_any(chunks, $[page] == 'a')"), "Int64", "VarChar")
    refused(of("match_any(chunks, id == 1)"), "only their sub-fields")
    refused(of("match_any(chunks, match_any(chunks, $[page] == 1))"), "cannot stand inside")
    refused(of("match_least(chunks, $[page] == 1)"), "needs a threshold")
    refused(of("match_least(chunks, $[page] == 1, threshold=0)"), "at least 1")
    refused(of("match_any(chunks, $[page] == 1, threshold=1)"), "takes no threshold")
    refused(of("$[page] == 1"), "can only be used inside")
    refused(of("chunks[vec] == 1"), "ArrayOfVector")
    refused(of("chunks == 1"), "sub-fields")
    refused(of("match_any(chunks, $[vec] == 1)"), "cannot be used in a filter")
    refused(of("element_filter(chunks, $[page] == 1) or id > 1"), "last operand of 'and'")
    refused(of("not element_filter(chunks, $[page] == 1)"), "last operand of 'and'")
    refused(of("match_any(chunks, $[page] === 1)"), "line 1:")
    refused(lambda: client.delete(name, filter="element_filter(chunks, $[page] == 1)"), "element_filter")
    query = EmbeddingList([np.zeros(DIM, dtype=np.float32)])
    refused(
        lambda: client.search(name, [query], anns_field="chunks[vec]", filter="element_filter(chunks, $[page] == 1)"),
        "element_filter",
    )


def test_searches_that_are_refused(client, name):
    make(client, name, "MAX_SIM_IP")
    zero = np.zeros(DIM, dtype=np.float32)

    def search(data, **members):
        return lambda: client.search(name, data, anns_field="chunks[vec]", **members)

    refused(search([zero]), "EmbeddingList")
    refused(search([EmbeddingList([zero])], search_params={"metric_type": "MAX_SIM_L2"}), "metric type not match", "MAX_SIM_IP")
    refused(search([EmbeddingList([np.zeros(DIM + 1, dtype=np.float32)])]), "dimension mismatch")
    refused(search([EmbeddingList([np.zeros(DIM, dtype=np.float16)])]), "vector type must be the same")
    refused(lambda: client.search(name, [EmbeddingList([zero])], anns_field="own"), "vector type must be the same")
    refused(lambda: client.search(name, ids=[1], anns_field="chunks[vec]"), "not supported on vectors of a struct array")


@pytest.mark.parametrize("metric", ["COSINE", "L2"])
def test_lists_need_a_metric_of_lists(client, name, metric):
    make(client, name, metric)
    query = EmbeddingList([np.zeros(DIM, dtype=np.float32)])
    refused(lambda: client.search(name, [query], anns_field="chunks[vec]"), "MAX_SIM")


def test_indexes_that_are_refused(client, name):
    make(client, name, load=False)
    client.drop_index(name, "chunks[vec]")

    def create(**members):
        params = client.prepare_index_params()
        params.add_index(field_name="chunks[vec]", **members)
        return lambda: client.create_index(name, params)

    refused(create(index_type="HNSW", metric_type="MAX_SIM_NOTHING"), "MAX_SIM_NOTHING")
    refused(create(index_type="HNSW", metric_type="MAX_SIM_HAMMING"), "HAMMING")
    refused(create(index_type="IVF_PQ", metric_type="MAX_SIM", params={"m": 4}), "IVF_PQ")
    refused(create(index_type="HNSW", metric_type="MAX_SIM", params={"M": 1}), "Out of range")
    create(index_type="SCANN_DVR", metric_type="MAX_SIM_IP", params={"nlist": 16})()
    create(index_type="SCANN_DVR", metric_type="MAX_SIM_IP", params={"nlist": 16})()
    described = client.describe_index(name, "chunks[vec]")
    assert described["index_type"] == "SCANN_DVR" and described["field_name"] == "chunks[vec]"


def test_a_struct_is_no_key_of_the_dynamic_field(client, name):
    schema = client.create_schema(auto_id=False, enable_dynamic_field=True)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("own", DataType.FLOAT_VECTOR, dim=DIM)
    schema.add_field("chunks", DataType.ARRAY, element_type=DataType.STRUCT, struct_schema=struct_of(client), max_capacity=CAPACITY)
    client.create_collection(name, schema=schema)
    params = client.prepare_index_params()
    params.add_index(field_name="chunks", index_type="INVERTED", params={"json_cast_type": "double", "json_path": "chunks"})
    refused(lambda: client.create_index(name, params), "non-exist field: chunks")


@pytest.mark.parametrize("kind", ["FLOAT16_VECTOR", "BFLOAT16_VECTOR", "INT8_VECTOR", "BINARY_VECTOR"])
def test_other_vectors(settled, name, kind):
    client, settle = settled
    metric = "MAX_SIM_HAMMING" if kind == "BINARY_VECTOR" else "MAX_SIM_L2"
    make(client, name, metric, vector=getattr(DataType, kind))
    rng = np.random.default_rng(3)

    def values(n):
        if kind == "BINARY_VECTOR":
            return [np.packbits(rng.integers(0, 2, DIM)).astype(np.uint8) for _ in range(n)]
        if kind == "INT8_VECTOR":
            return [rng.integers(-100, 100, DIM).astype(np.int8) for _ in range(n)]
        floats = [rng.integers(-16, 16, DIM).astype(np.float32) / 4 for _ in range(n)]
        if kind == "FLOAT16_VECTOR":
            return [f.astype(np.float16) for f in floats]
        ml_dtypes = pytest.importorskip("ml_dtypes")
        return [f.astype(ml_dtypes.bfloat16) for f in floats]

    def given(v):
        return v.tobytes() if kind == "BINARY_VECTOR" else v

    lists = {i: values(1 + i % 4) for i in range(40)}
    rows = [
        {"id": i, "own": [0.0] * DIM, "chunks": [{"text": "", "page": 0, "small": 0, "good": True, "vec": given(v)} for v in vs]}
        for i, vs in lists.items()
    ]
    client.insert(name, rows)
    client = settle(name)

    def far(a, b):
        if kind == "BINARY_VECTOR":
            return int(np.unpackbits(a ^ b).sum())
        return float(((a.astype(np.float64) - b.astype(np.float64)) ** 2).sum())

    query = values(3)
    hits = client.search(name, [EmbeddingList(query)], anns_field="chunks[vec]", limit=40)[0]
    expected = sorted(sum(min(far(q, v) for v in vs) for q in query) for vs in lists.values())
    assert [h["distance"] for h in hits] == pytest.approx(expected)


def test_schemas_that_are_refused(client, name):
    def create(change, **members):
        schema = client.create_schema(auto_id=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        struct = client.create_struct_field_schema()
        change(struct)
        capacity = members.pop("max_capacity", 4)
        schema.add_field(
            members.pop("field_name", "s"), DataType.ARRAY, element_type=DataType.STRUCT, struct_schema=struct, max_capacity=capacity
        )
        return lambda: client.create_collection(name, schema=schema)

    def vec(struct, dim=DIM):
        struct.add_field("v", DataType.FLOAT_VECTOR, dim=dim)

    refused(create(lambda s: vec(s, 1)), "dim")
    refused(create(vec, max_capacity=0), "capacity")
    refused(create(vec, max_capacity=5000), "capacity")
    refused(create(vec, field_name="1s"), "Invalid field name")
    refused(create(vec, field_name="id"), "duplicated field name")
    refused(create(lambda s: (vec(s), s.add_field("a b", DataType.INT64))), "Invalid field name")
    refused(create(lambda s: s.add_field("v", DataType.SPARSE_FLOAT_VECTOR)), "SparseFloatVector")
    refused(create(lambda s: (vec(s), s.add_field("j", DataType.JSON))), "JSON")
    refused(create(lambda s: s.add_field("n", DataType.INT64)), "vector field")
    refused(create(lambda s: [s.add_field(f"v{i}", DataType.FLOAT_VECTOR, dim=DIM) for i in range(11)]), "maximum vector field")


def test_rows_that_are_refused(client, name):
    make(client, name)
    row = make_rows(1, empty=False)[0]

    def insert(elements):
        return lambda: client.insert(name, [{**row, "chunks": elements}])

    one = element(random.Random(1))
    refused(insert([one] * (CAPACITY + 1)), "array length exceeds max capacity")
    refused(insert([{**one, "vec": one["vec"] + [1.0]}]), "")
    refused(insert([{**one, "text": "x" * 33}]), "exceeds max length")
    refused(insert([{**one, "vec": [float("nan")] + one["vec"][1:]}]), "is not a number")
    refused(insert([{**one, "small": 300}]), "out of range")
    assert client.query(name, filter="id >= 0", output_fields=["id"]) == []


def test_counts_of_elements_must_agree(server, client, name):
    """No client sends that: the request is changed on its way."""
    from pymilvus.grpc_gen import milvus_pb2, schema_pb2

    make(client, name)
    request = milvus_pb2.InsertRequest(collection_name=name, num_rows=1)
    ids_ = request.fields_data.add(field_name="id", type=schema_pb2.Int64)
    ids_.scalars.long_data.data.append(1)
    own = request.fields_data.add(field_name="own", type=schema_pb2.FloatVector)
    own.vectors.dim = DIM
    own.vectors.float_vector.data.extend([0.0] * DIM)
    chunks = request.fields_data.add(field_name="chunks", type=schema_pb2.ArrayOfStruct)

    def add(sub, member, values):
        data = chunks.struct_arrays.fields.add(field_name=sub, type=schema_pb2.Array)
        getattr(data.scalars.array_data.data.add(), member).data.extend(values)

    add("text", "string_data", ["a", "b"])
    add("page", "long_data", [1, 2])
    add("small", "int_data", [1])
    add("good", "bool_data", [True, False])
    lists = chunks.struct_arrays.fields.add(field_name="vec", type=schema_pb2.ArrayOfVector).vectors.vector_array
    lists.dim = DIM
    lists.element_type = schema_pb2.FloatVector
    lists.data.add(dim=DIM).float_vector.data.extend([0.0] * (2 * DIM))
    with Raw(server.address) as raw:
        expect_refused(raw.call("Insert", request), 1100, "inconsistent struct element count")
        chunks.struct_arrays.fields[2].scalars.array_data.data[0].int_data.data.append(2)
        del chunks.struct_arrays.fields[3]
        expect_refused(raw.call("Insert", request), 1100, "chunks[good]", "needs all of its sub-fields")
        request.fields_data.add().CopyFrom(request.fields_data[0])
        request.fields_data[-1].field_name = "chunks[page]"
        expect_refused(raw.call("Insert", request), 1100, "chunks[page]")


def test_array_operations_on_sub_fields_are_refused(server, client, name):
    """They would leave rows whose fields differ in the number of elements, which no filter can read any more."""
    from pymilvus.grpc_gen import milvus_pb2, schema_pb2

    if not hasattr(schema_pb2, "FieldPartialUpdateOp"):
        pytest.skip("this client has no field_ops")
    make(client, name)
    rows = make_rows(3, empty=False)
    client.insert(name, list(rows.values()))
    request = milvus_pb2.UpsertRequest(collection_name=name, num_rows=1, partial_update=True)
    ids_ = request.fields_data.add(field_name="id", type=schema_pb2.Int64)
    ids_.scalars.long_data.data.append(1)
    chunks = request.fields_data.add(field_name="chunks", type=schema_pb2.ArrayOfStruct)
    for sub, member, value in [("text", "string_data", "a"), ("page", "long_data", 1), ("small", "int_data", 1), ("good", "bool_data", True)]:
        data = chunks.struct_arrays.fields.add(field_name=sub, type=schema_pb2.Array)
        getattr(data.scalars.array_data.data.add(), member).data.append(value)
    lists = chunks.struct_arrays.fields.add(field_name="vec", type=schema_pb2.ArrayOfVector).vectors.vector_array
    lists.dim = DIM
    lists.data.add(dim=DIM).float_vector.data.extend([0.0] * DIM)
    op = request.field_ops.add(field_name="chunks[page]")
    with Raw(server.address) as raw:
        for op.op in (1, 2):
            expect_refused(raw.call("Upsert", request), 1100, "chunks[page]", "of a struct array")
        request.field_ops[0].field_name = "chunks"
        for op.op in (1, 2):
            expect_refused(raw.call("Upsert", request), 1100, '"chunks"', "of a struct array")
    assert {k: plain(r["chunks"]) for k, r in fetch(client, name).items()} == {k: r["chunks"] for k, r in rows.items()}
    assert client.query(name, filter="match_any(chunks, $[page] >= 0 and $[small] < 128)", output_fields=["id"])
    op.op = 0
    with Raw(server.address) as raw:
        expect_ok(raw.call("Upsert", request))
    assert [e["page"] for e in fetch(client, name)[1]["chunks"]] == [1]


def test_a_filter_needs_only_the_sub_fields_it_names(client, name):
    make(client, name, load=False)
    rows = make_rows(20)
    client.insert(name, list(rows.values()))
    client.load_collection(name, load_fields=["id", "own", "chunks[small]"])
    found = client.query(name, filter="match_any(chunks, $[small] >= 0)", output_fields=["id"])
    assert [r["id"] for r in found] == [k for k, r in rows.items() if any(e["small"] >= 0 for e in r["chunks"])]
    refused(lambda: client.query(name, filter="match_any(chunks, $[page] >= 0)", output_fields=["id"]), "is not loaded")
