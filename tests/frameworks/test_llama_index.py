"""llama-index-vector-stores-milvus as its page shows it, dense: index from documents, metadata filters, deletes, MMR, async."""

import asyncio

import pytest
from conftest import DIM, embed

pytest.importorskip("llama_index.vector_stores.milvus")

from llama_index.core import Document, StorageContext, VectorStoreIndex  # noqa: E402
from llama_index.core.embeddings import BaseEmbedding  # noqa: E402
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode  # noqa: E402
from llama_index.core.vector_stores import (  # noqa: E402
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
)
from llama_index.core.vector_stores.types import VectorStoreQueryMode  # noqa: E402
from llama_index.vector_stores.milvus import MilvusVectorStore  # noqa: E402

BOOKS = [
    ("The Shawshank Redemption: two imprisoned men bond over a number of years", "Stephen King", "Friendship", 1994, ["prison", "hope"]),
    ("The Godfather: the aging patriarch of a crime dynasty transfers control", "Mario Puzo", "Mafia", 1972, ["crime", "family"]),
    ("Inception: a thief steals secrets through dream sharing technology", "Christopher Nolan", "Fiction", 2010, ["dream"]),
    ("To Kill a Mockingbird: a lawyer defends an innocent man", "Harper Lee", "Mystery", 1960, ["law", "hope"]),
    ("1984: a clerk rebels against a state that watches everyone", "George Orwell", "Totalitarianism", 1949, ["state"]),
    ("The Great Gatsby: a mysterious millionaire longs for the past", "F. Scott Fitzgerald", "The American Dream", 1925, []),
]


class WordEmbedding(BaseEmbedding):
    def _get_query_embedding(self, query):
        return embed(query)

    async def _aget_query_embedding(self, query):
        return embed(query)

    def _get_text_embedding(self, text):
        return embed(text)


def nodes():
    made = []
    for i, (text, author, theme, year, tags) in enumerate(BOOKS):
        node = TextNode(id_=f"node-{i}", text=text, embedding=embed(text),
                        metadata={"author": author, "theme": theme, "year": year, "tags": tags})
        node.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id=f"doc-{i // 2}")
        made.append(node)
    return made


@pytest.fixture
def make_store(server, name):
    """Makes a store; with async clients only inside an event loop, where their channel belongs."""
    stores = []

    def make(**options):
        options = {"use_async_client": False, **options}
        store = MilvusVectorStore(uri=server.uri, collection_name=name, dim=DIM, consistency_level="Strong", **options)
        stores.append(store)
        return store

    yield make
    stores[0].client.drop_collection(name)


@pytest.fixture(params=["IP", "L2", "COSINE"])
def store(request, make_store):
    store = make_store(overwrite=True, similarity_metric=request.param)
    assert store.add(nodes()) == [f"node-{i}" for i in range(len(BOOKS))]
    return store


def test_query(store):
    result = store.query(VectorStoreQuery(query_embedding=embed(BOOKS[2][0]), similarity_top_k=2))
    assert result.ids[0] == "node-2" and len(result.ids) == 2
    assert result.nodes[0].text == BOOKS[2][0] and result.nodes[0].metadata["year"] == 2010
    assert result.nodes[0].ref_doc_id == "doc-1"


def filtered_ids(store, filters, **query):
    result = store.query(VectorStoreQuery(query_embedding=embed("a man"), similarity_top_k=10, filters=filters, **query))
    return sorted(int(i.removeprefix("node-")) for i in result.ids)


@pytest.mark.parametrize("key, operator, value, wanted", [
    ("theme", FilterOperator.EQ, "Mafia", [1]),
    ("theme", FilterOperator.NE, "Mafia", [0, 2, 3, 4, 5]),
    ("year", FilterOperator.GT, 1972, [0, 2]),
    ("year", FilterOperator.GTE, 1972, [0, 1, 2]),
    ("year", FilterOperator.LT, 1949, [5]),
    ("year", FilterOperator.LTE, 1949, [4, 5]),
    ("year", FilterOperator.IN, [1925, 2010, 3000], [2, 5]),
    ("author", FilterOperator.IN, ["Harper Lee", "George Orwell"], [3, 4]),
    ("year", FilterOperator.NIN, [1925, 2010], [0, 1, 3, 4]),
    ("tags", FilterOperator.CONTAINS, "hope", [0, 3]),
    ("tags", FilterOperator.ANY, ["hope", "dream"], [0, 2, 3]),
    ("tags", FilterOperator.ALL, ["law", "hope"], [3]),
])
def test_metadata_filters(store, key, operator, value, wanted):
    assert filtered_ids(store, MetadataFilters(filters=[MetadataFilter(key=key, operator=operator, value=value)])) == wanted


def test_joined_filters(store):
    parts = [MetadataFilter(key="theme", value="Fiction"), MetadataFilter(key="year", value=1949)]
    assert filtered_ids(store, MetadataFilters(filters=parts, condition=FilterCondition.OR)) == [2, 4]
    assert filtered_ids(store, MetadataFilters(filters=parts, condition=FilterCondition.AND)) == []
    nested = MetadataFilters(condition=FilterCondition.AND, filters=[
        MetadataFilter(key="year", operator=FilterOperator.GT, value=1940),
        MetadataFilters(filters=parts, condition=FilterCondition.OR)])
    assert filtered_ids(store, nested) == [2, 4]


def test_by_documents_and_nodes(store):
    assert filtered_ids(store, None, doc_ids=["doc-1"]) == [2, 3]
    assert filtered_ids(store, None, node_ids=["node-0", "node-5", "node-9"]) == [0, 5]


def test_get_nodes(store):
    assert sorted(n.node_id for n in store.get_nodes(node_ids=["node-1", "node-4"])) == ["node-1", "node-4"]
    found = store.get_nodes(filters=MetadataFilters(filters=[MetadataFilter(key="author", value="Mario Puzo")]))
    assert [n.text for n in found] == [BOOKS[1][0]]
    assert found[0].embedding == pytest.approx(embed(BOOKS[1][0]), abs=1e-6)


def test_delete(store):
    store.delete("doc-0")
    assert filtered_ids(store, None) == [2, 3, 4, 5]
    store.delete_nodes(node_ids=["node-5"])
    assert filtered_ids(store, None) == [2, 3, 4]
    store.delete_nodes(filters=MetadataFilters(filters=[MetadataFilter(key="theme", value="Mystery")]))
    assert filtered_ids(store, None) == [2, 4]
    store.clear()
    assert not store.client.has_collection(store.collection_name)
    store.client.create_collection(store.collection_name, dimension=4)  # for the fixture, which drops it


def test_marginal_relevance(store):
    result = store.query(VectorStoreQuery(query_embedding=embed(BOOKS[3][0]), similarity_top_k=3,
                                          mode=VectorStoreQueryMode.MMR), mmr_threshold=0.5)
    assert result.ids[0] == "node-3" and len(set(result.ids)) == 3


def test_upsert_mode(make_store):
    store = make_store(overwrite=True, upsert_mode=True)
    store.add(nodes())
    changed = nodes()[0]
    changed.metadata["year"] = 1995
    store.add([changed])
    assert filtered_ids(store, MetadataFilters(filters=[MetadataFilter(key="year", value=1995)])) == [0]
    assert filtered_ids(store, None) == [0, 1, 2, 3, 4, 5]


def test_scalar_fields(make_store):
    from pymilvus import DataType

    store = make_store(overwrite=True, scalar_field_names=["year", "author"],
                       scalar_field_types=[DataType.INT64, DataType.VARCHAR],
                       index_config={"index_type": "HNSW", "M": 16, "efConstruction": 64}, search_config={"ef": 32})
    store.add(nodes())
    described = {f["name"]: f["type"] for f in store.client.describe_collection(store.collection_name)["fields"]}
    assert described["year"] == DataType.INT64 and described["author"] == DataType.VARCHAR
    assert filtered_ids(store, MetadataFilters(filters=[MetadataFilter(key="year", operator=FilterOperator.LT, value=1950)])) == [4, 5]


def test_index_from_documents(make_store):
    store = make_store(overwrite=True)
    documents = [Document(text=text, metadata={"author": author, "year": year}) for text, author, _, year, _ in BOOKS]
    index = VectorStoreIndex.from_documents(documents, storage_context=StorageContext.from_defaults(vector_store=store),
                                            embed_model=WordEmbedding())
    found = index.as_retriever(similarity_top_k=2).retrieve("a thief of dream secrets")
    assert found[0].metadata["author"] == "Christopher Nolan" and len(found) == 2
    filters = MetadataFilters(filters=[MetadataFilter(key="year", operator=FilterOperator.LT, value=1950)])
    found = index.as_retriever(similarity_top_k=5, filters=filters).retrieve("a thief of dream secrets")
    assert sorted(n.metadata["year"] for n in found) == [1925, 1949]

    again = VectorStoreIndex.from_vector_store(make_store(), embed_model=WordEmbedding())
    assert again.as_retriever(similarity_top_k=1).retrieve(BOOKS[4][0])[0].metadata["author"] == "George Orwell"


def test_async(make_store):
    async def talk():
        store = make_store(overwrite=True, use_async_client=True)
        await store.async_add(nodes())
        result = await store.aquery(VectorStoreQuery(query_embedding=embed(BOOKS[1][0]), similarity_top_k=1))
        assert result.ids == ["node-1"]
        await store.adelete("doc-0")
        await store.adelete_nodes(node_ids=["node-2"])
        left = await store.aget_nodes(node_ids=[f"node-{i}" for i in range(len(BOOKS))])
        assert sorted(n.node_id for n in left) == ["node-3", "node-4", "node-5"]

    asyncio.run(talk())
