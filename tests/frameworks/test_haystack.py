"""milvus-haystack as its page shows it, dense: write, count, filter, overwrite, delete, retrieve, in a pipeline."""

import pytest
from conftest import embed

pytest.importorskip("milvus_haystack")

from haystack import Document, Pipeline  # noqa: E402
from haystack.document_stores.types import DuplicatePolicy  # noqa: E402
from milvus_haystack import MilvusDocumentStore, MilvusEmbeddingRetriever  # noqa: E402

PLACES = [
    ("The glacier lake is frozen until May", "nature", 3, 2019, ["ice", "water"]),
    ("Trams connect the harbour with the old town", "city", 5, 2020, ["tram"]),
    ("Hikers cross the valley of wild goats", "nature", 4, 2021, ["goat", "water"]),
    ("The museum of clocks opens at nine", "city", 2, 2022, ["clock"]),
    ("A bakery sells bread with walnuts", "food", 5, 2023, ["bread"]),
]


def documents():
    return [Document(id=f"place-{i}", content=text, embedding=embed(text),
                     meta={"kind": kind, "stars": stars, "year": year, "tags": tags})
            for i, (text, kind, stars, year, tags) in enumerate(PLACES)]


@pytest.fixture(params=[{}, {"index_params": {"index_type": "HNSW", "metric_type": "L2",
                                              "params": {"M": 16, "efConstruction": 64}}},
                        {"index_params": {"index_type": "FLAT", "metric_type": "COSINE", "params": {}}}],
                ids=["default", "hnsw", "flat"])
def store(request, server, name):
    store = MilvusDocumentStore(connection_args={"uri": server.uri}, collection_name=name, consistency_level="Strong",
                                drop_old=True, **request.param)
    assert store.count_documents() == 0
    assert store.write_documents(documents()) == len(PLACES)
    yield store
    store.client.drop_collection(name)


def found(docs):
    return sorted(int(d.id.removeprefix("place-")) for d in docs)


def condition(field, operator, value):
    return {"field": f"meta.{field}", "operator": operator, "value": value}


def test_count_and_contents(store):
    assert store.count_documents() == len(PLACES)
    by_id = {d.id: d for d in store.filter_documents()}
    assert sorted(by_id) == [f"place-{i}" for i in range(len(PLACES))]
    assert by_id["place-2"].content == PLACES[2][0] and by_id["place-2"].meta["tags"] == ["goat", "water"]
    assert by_id["place-2"].embedding == pytest.approx(embed(PLACES[2][0]), abs=1e-6)


@pytest.mark.parametrize("filters, wanted", [
    (condition("kind", "==", "city"), [1, 3]),
    (condition("kind", "!=", "city"), [0, 2, 4]),
    (condition("stars", ">", 4), [1, 4]),
    (condition("stars", ">=", 4), [1, 2, 4]),
    (condition("year", "<", 2020), [0]),
    (condition("year", "<=", 2020), [0, 1]),
    (condition("kind", "in", ["food", "nature"]), [0, 2, 4]),
    (condition("year", "not in", [2019, 2023]), [1, 2, 3]),
    ({"operator": "AND", "conditions": [condition("kind", "==", "nature"), condition("stars", ">", 3)]}, [2]),
    ({"operator": "OR", "conditions": [condition("kind", "==", "food"), condition("year", "<", 2020)]}, [0, 4]),
    ({"operator": "NOT", "conditions": [condition("kind", "==", "city"), condition("stars", "==", 5)]}, [0, 2, 3, 4]),
    ({"operator": "AND", "conditions": [
        condition("year", ">=", 2020),
        {"operator": "OR", "conditions": [condition("kind", "in", ["city"]), condition("stars", "==", 4)]}]}, [1, 2, 3]),
])
def test_filters(store, filters, wanted):
    assert found(store.filter_documents(filters)) == wanted


def test_overwrite(store):
    changed = Document(id="place-1", content="Buses replace the trams", embedding=embed("Buses replace the trams"),
                       meta={"kind": "city", "stars": 1, "year": 2024, "tags": []})
    assert store.write_documents([changed], policy=DuplicatePolicy.OVERWRITE) == 1
    assert store.count_documents() == len(PLACES)
    assert [d.content for d in store.filter_documents(condition("stars", "==", 1))] == ["Buses replace the trams"]


def test_delete(store):
    store.delete_documents(["place-0", "place-4", "place-9"])
    assert store.count_documents() == 3 and found(store.filter_documents()) == [1, 2, 3]


def test_retriever(store):
    retriever = MilvusEmbeddingRetriever(document_store=store, top_k=2)
    docs = retriever.run(query_embedding=embed("bread with walnuts from a bakery"))["documents"]
    assert docs[0].id == "place-4" and len(docs) == 2 and docs[0].score is not None
    docs = retriever.run(query_embedding=embed(PLACES[0][0]), filters=condition("kind", "==", "city"), top_k=5)["documents"]
    assert found(docs) == [1, 3]


def test_pipeline_from_its_description(store):
    pipeline = Pipeline()
    pipeline.add_component("retriever", MilvusEmbeddingRetriever(document_store=store, top_k=1))
    again = Pipeline.from_dict(pipeline.to_dict(), allowed_modules=["milvus_haystack.*"])
    answer = again.run({"retriever": {"query_embedding": embed(PLACES[3][0])}})
    assert [d.content for d in answer["retriever"]["documents"]] == [PLACES[3][0]]


def test_declared_fields(server, name):
    """Without the dynamic field the metadata of the first document become fields, lists an Array."""
    store = MilvusDocumentStore(connection_args={"uri": server.uri}, collection_name=name, consistency_level="Strong",
                                enable_dynamic_field=False)
    store.write_documents(documents())
    types = {f["name"]: f["type"].name for f in store.client.describe_collection(name)["fields"]}
    assert types["kind"] == "VARCHAR" and types["stars"] == "INT64" and types["tags"] == "ARRAY"
    assert found(store.filter_documents(condition("stars", "==", 5))) == [1, 4]
    assert {d.id: d.meta["tags"] for d in store.filter_documents()}["place-0"] == ["ice", "water"]
    store.client.drop_collection(name)
