"""text_match and phrase_match by the analyzers of a field, Text fields, and analyzers alone."""

import json

import pytest
from client_calls import ask, needs, needs_members
from conftest import CLIENT, DIM, ids, vector_index
from pymilvus import DataType, MilvusException
from raw import Raw, expect_ok, expect_refused

if CLIENT < (2, 5):
    pytest.skip("this client knows no analyzers", allow_module_level=True)

ORIGIN = [0.0] * DIM
TEXTS = {
    0: "Milvus is a vector database built for scale",
    1: "Running databases: the DATABASE, a database!",
    2: "向量数据库 built for search",
    3: "Caf\u00e9 culture; not data-bases",
    4: "",
    5: None,
    6: "built scale for",
}


def make(client, name, data_type=DataType.VARCHAR, **members):
    schema = client.create_schema(auto_id=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    if data_type == DataType.VARCHAR:
        members["max_length"] = 1000
    schema.add_field("t", data_type, nullable=True, **members)
    schema.add_field("plain", DataType.VARCHAR, max_length=10, nullable=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)


def rows(texts=TEXTS):
    return [{"id": i, "t": t, "vector": [float(i)] + ORIGIN[1:]} for i, t in texts.items()]


MATCH = {"enable_analyzer": True, "enable_match": True}
FILTERS = {
    "text_match(t, 'database')": [0, 1],
    "TEXT_MATCH(t, 'Database SEARCH')": [0, 1, 2],
    "text_match(t, 'built scale vector', minimum_should_match = 2)": [0, 6],
    "text_match(t, 'built scale vector', minimum_should_match=3)": [0],
    "text_match(t, '量')": [2],
    "text_match(t, 'caf\u00e9')": [3],
    "text_match(t, 'cafe')": [],
    "text_match(t, '')": [],
    "not text_match(t, 'database')": [2, 3, 4, 6],
    "phrase_match(t, 'built for')": [0, 2],
    "phrase_match(t, 'built for scale')": [0],
    "phrase_match(t, 'built for', 1)": [0, 2, 6],
    "phrase_match(t, 'built for scale', 2)": [0],
    "phrase_match(t, 'built for scale', 3)": [0, 6],
    "phrase_match(t, '数据库')": [2],
    "phrase_match(t, '据数')": [],
    "text_match(t, 'built') and id > 0": [2, 6],
    "text_match(t, 'vector') or text_match(t, 'culture')": [0, 3],
}


@pytest.mark.parametrize("kind", ["VarChar", "Text"])
def test_filters(settled, kind):
    client, settle = settled
    data_type = DataType.VARCHAR if kind == "VarChar" else getattr(DataType, "TEXT", None)
    if data_type is None:
        pytest.skip("this client knows no Text")
    make(client, "c", data_type=data_type, **MATCH)
    client.insert("c", rows())
    client = settle("c")
    for text, expected in FILTERS.items():
        assert ids(client.query("c", filter=text)) == expected, text
    hits = client.search("c", data=[ORIGIN], limit=9, filter="text_match(t, 'built')", output_fields=["t"])[0]
    assert {h["id"]: h["entity"]["t"] for h in hits} == {i: TEXTS[i] for i in (0, 2, 6)}
    got = {r["id"]: r["t"] for r in client.query("c", filter="id >= 0", output_fields=["t"])}
    assert got == TEXTS
    client.delete("c", filter="text_match(t, 'database')")
    assert ids(client.query("c", filter="id >= 0")) == [2, 3, 4, 5, 6]


def test_templates(client, name):
    make(client, name, **MATCH)
    client.insert(name, rows())
    assert ids(client.query(name, filter="text_match(t, {w})", filter_params={"w": "vector culture"})) == [0, 3]


def test_analyzers(client, name):
    make(client, name, analyzer_params={"type": "english"}, **MATCH)
    client.insert(name, rows())
    assert ids(client.query(name, filter="text_match(t, 'run')")) == [1]
    assert ids(client.query(name, filter="text_match(t, 'the')")) == []
    client.drop_collection(name)
    folding = {"tokenizer": "standard", "filter": ["lowercase", "asciifolding", {"type": "length", "max": 7}]}
    make(client, name, analyzer_params=folding, **MATCH)
    client.insert(name, rows())
    assert ids(client.query(name, filter="text_match(t, 'CAFE')")) == [3]
    assert ids(client.query(name, filter="text_match(t, 'database')")) == []


def test_refusals(client, name):
    make(client, name, **MATCH)
    for text, phrase in {
        "text_match(plain, 'x')": 'field "plain" does not enable match',
        "text_match(id, 'x')": "only supported on varchar and text fields",
        "text_match(t, 'x', minimum_should_match = 0)": "minimum_should_match must be an integer between 1 and 1000",
        "phrase_match(t, 'x', -1)": "slop",
        "text_match(t, 5)": "must be a string",
    }.items():
        with pytest.raises(MilvusException) as refused:
            client.query(name, filter=text)
        assert refused.value.code == 1100 and phrase in refused.value.message, text


def test_bad_analyzers(client, name):
    for params, code, phrase in (
        ({"type": "klingon"}, 1100, "unknown type of analyzer_params: klingon"),
        ({"tokenizer": "jieba"}, 10, "tokenizer jieba is not implemented"),
        ({"type": "chinese"}, 10, "analyzer chinese is not implemented"),
        ({"filter": [{"type": "stemmer", "language": "latin"}]}, 1100, "unknown language of filter stemmer"),
    ):
        with pytest.raises(MilvusException) as refused:
            make(client, name, analyzer_params=params, **MATCH)
        assert phrase in refused.value.message and refused.value.code == code
        assert not client.has_collection(name)


def test_a_match_needs_an_analyzer(client, name):
    with pytest.raises(MilvusException) as refused:
        make(client, name, enable_match=True)
    assert "which has enable_match or is input of BM25 function must also enable_analyzer" in refused.value.message
    assert not client.has_collection(name)


@pytest.mark.skipif(not hasattr(DataType, "TEXT"), reason="this client knows no Text")
def test_text_fields(client, name):
    make(client, name, data_type=DataType.TEXT, **MATCH)
    described = {f["name"]: f for f in client.describe_collection(name)["fields"]}
    assert described["t"]["type"] == DataType.TEXT and "max_length" not in described["t"]["params"]
    longest = "kite " * (2 * 1024 * 1024 // 5)
    client.insert(name, rows({1: longest, 2: "x"}))
    assert ids(client.query(name, filter="text_match(t, 'kite')")) == [1]
    with pytest.raises(MilvusException) as refused:
        client.insert(name, rows({3: longest + "and too long"}))
    assert "exceeds max length, row number: 0" in refused.value.message
    for text in ("t == 'x'", "t like 'x%'", "t in ['x']"):
        with pytest.raises(MilvusException) as refused:
            client.query(name, filter=text)
        assert "filter on text field" in refused.value.message, text
    index = client.prepare_index_params()
    index.add_index(field_name="t", index_type="INVERTED")
    with pytest.raises(MilvusException):
        client.create_index(name, index)


def words_of(answer):
    return [[t.token for t in r.tokens] for r in answer.results]


def test_run_analyzer(client, server, name):
    needs_members("RunAnalyzerRequest", "placeholder")
    make(client, name, analyzer_params={"type": "english"}, **MATCH)
    with Raw(server.address) as raw:
        texts = ["The Runners, running".encode(), "".encode(), "Caf\u00e9".encode()]
        answer = expect_ok(ask(raw, "RunAnalyzer", placeholder=texts))
        assert words_of(answer) == [["the", "runners", "running"], [], ["caf\u00e9"]]
        params = json.dumps({"type": "english"})
        answer = expect_ok(ask(raw, "RunAnalyzer", placeholder=texts, analyzer_params=params, with_detail=True, with_hash=True))
        assert words_of(answer) == [["runner", "run"], [], ["caf\u00e9"]]
        tokens = answer.results[0].tokens
        assert [(t.start_offset, t.end_offset, t.position, t.position_length) for t in tokens] == [(4, 11, 1, 1), (13, 20, 2, 1)]
        assert all(t.hash for t in tokens) and len({t.hash for t in tokens}) == 2
        answer = expect_ok(ask(raw, "RunAnalyzer", placeholder=texts, collection_name=name, field_name="t"))
        assert words_of(answer)[0] == ["runner", "run"]
        expect_refused(ask(raw, "RunAnalyzer", placeholder=texts, collection_name=name, field_name="t", analyzer_params=params), 1100, "at the same time")
        expect_refused(ask(raw, "RunAnalyzer", placeholder=texts, collection_name=name, field_name="plain"), 1100, "not enabled")
        expect_refused(ask(raw, "RunAnalyzer", placeholder=texts, collection_name=name, field_name="none"), 1700, "field not found")
        expect_refused(ask(raw, "RunAnalyzer", placeholder=texts, analyzer_params="{"), 1100, "invalid JSON")


def test_run_analyzer_of_the_client(client):
    needs(client, "run_analyzer")
    result = client.run_analyzer(["Red kites"], {"type": "english"})
    assert [list(r.tokens) for r in result] == [["red", "kite"]]


def test_compute_phrase_match_slop(server):
    with Raw(server.address) as raw:
        texts = ["machine learning", "learning machine", "machine deep learning", "machine"]
        answer = expect_ok(ask(raw, "ComputePhraseMatchSlop", query_text="machine learning", data_texts=texts))
        assert list(answer.is_match) == [True, True, True, False]
        assert list(answer.slops) == [0, 2, 1, 0]


def test_added_fields_match_too(settled):
    client, settle = settled
    name = "added"
    needs(client, "add_collection_field")
    make(client, name)
    client.insert(name, rows())
    client.add_collection_field(
        name, "later", DataType.VARCHAR, max_length=100, nullable=True, default_value="a red kite", enable_analyzer=True, enable_match=True
    )
    client.insert(name, [{"id": 9, "t": None, "later": "kite red", "vector": ORIGIN}])

    def check(client):
        assert ids(client.query(name, filter="text_match(later, 'KITE')")) == [0, 1, 2, 3, 4, 5, 6, 9]
        assert ids(client.query(name, filter="phrase_match(later, 'red kite')")) == [0, 1, 2, 3, 4, 5, 6]
        assert ids(client.query(name, filter="not phrase_match(later, 'red kite')")) == [9]

    check(client)
    client = settle(name)
    client.load_collection(name)
    check(client)
