"""langchain-milvus as its page shows it: add, search, filter, delete, upsert, retriever, sync and async."""

import asyncio

import pytest
from conftest import embed

pytest.importorskip("langchain_milvus")

from langchain_core.documents import Document  # noqa: E402
from langchain_core.embeddings import Embeddings  # noqa: E402
from langchain_milvus import Milvus  # noqa: E402

POSTS = [
    ("I had chocolate chip pancakes and scrambled eggs for breakfast this morning.", "tweet"),
    ("The weather forecast for tomorrow is cloudy and overcast, with a high of 62 degrees.", "news"),
    ("Building an exciting new project, come check it out!", "tweet"),
    ("Robbers broke into the city bank and stole one million in cash.", "news"),
    ("Wow! That was an amazing movie. I can't wait to see it again.", "tweet"),
    ("Is the new phone worth the price? Read this review to find out.", "website"),
    ("The top ten soccer players in the world right now.", "website"),
    ("The stock market is down 500 points today due to fears of a recession.", "news"),
]


class WordEmbeddings(Embeddings):
    def embed_documents(self, texts):
        return [embed(text) for text in texts]

    def embed_query(self, text):
        return embed(text)


def documents():
    return [Document(page_content=text, metadata={"source": source, "rank": i}) for i, (text, source) in enumerate(POSTS)]


def ids():
    return [f"id-{i}" for i in range(len(POSTS))]


def make_store(server, name, **options):
    return Milvus(embedding_function=WordEmbeddings(), connection_args={"uri": server.uri}, collection_name=name, **options)


@pytest.fixture(params=[{}, {"index_params": {"index_type": "FLAT", "metric_type": "L2"}},
                        {"index_params": {"index_type": "HNSW", "metric_type": "COSINE",
                                          "params": {"M": 16, "efConstruction": 100}}},
                        {"index_params": {"index_type": "IVF_FLAT", "metric_type": "IP", "params": {"nlist": 16}}},
                        {"enable_dynamic_field": True}], ids=["default", "flat", "hnsw", "ivf", "dynamic"])
def store(request, server, name):
    store = make_store(server, name, consistency_level="Strong", **request.param)
    assert store.add_documents(documents=documents(), ids=ids()) == ids()
    yield store
    store.drop()


def test_similarity_search(store):
    found = store.similarity_search("chocolate pancakes and eggs for breakfast", k=1)
    assert [d.page_content for d in found] == [POSTS[0][0]]
    assert found[0].metadata["source"] == "tweet" and found[0].metadata["rank"] == 0


def test_filter(store):
    found = store.similarity_search("what is new today", k=len(POSTS), expr='source == "tweet"')
    assert {d.metadata["source"] for d in found} == {"tweet"} and len(found) == 3
    found = store.similarity_search("the", k=8, expr='source in ["news", "website"] and rank >= 5')
    assert sorted(d.metadata["rank"] for d in found) == [5, 6, 7]
    assert store.similarity_search("the", k=8, expr="rank > 100") == []


def test_scores(store):
    scored = store.similarity_search_with_score("Robbers stole cash from the city bank", k=len(POSTS))
    assert scored[0][0].page_content == POSTS[3][0] and len(scored) == len(POSTS)
    scores = [score for _, score in scored]
    by_distance = store.index_params is None or store.index_params["metric_type"] == "L2"
    assert scores == sorted(scores, reverse=not by_distance)


def test_relevance_scores(store):
    pairs = store.similarity_search_with_relevance_scores(POSTS[6][0], k=2)
    assert pairs[0][0].page_content == POSTS[6][0]
    assert pairs[0][1] == pytest.approx(1.0, abs=1e-4) and pairs[0][1] >= pairs[1][1]


def test_by_vector(store):
    found = store.similarity_search_by_vector(embed(POSTS[4][0]), k=2)
    assert found[0].page_content == POSTS[4][0]


def test_marginal_relevance(store):
    found = store.max_marginal_relevance_search("stock market fears", k=3, fetch_k=6, lambda_mult=0.5)
    assert len({d.page_content for d in found}) == 3
    retriever = store.as_retriever(search_type="mmr", search_kwargs={"k": 1, "fetch_k": 3})
    assert retriever.invoke(POSTS[7][0])[0].page_content == POSTS[7][0]


def test_retriever_with_filter(store):
    retriever = store.as_retriever(search_kwargs={"k": 2, "expr": 'source == "news"'})
    assert {d.metadata["source"] for d in retriever.invoke("the weather of tomorrow")} == {"news"}


def test_delete(store):
    assert store.delete(ids=["id-0", "id-3"])
    left = store.similarity_search("anything", k=10)
    assert sorted(d.metadata["rank"] for d in left) == [1, 2, 4, 5, 6, 7]
    assert store.delete(expr='source == "website"')
    assert sorted(d.metadata["rank"] for d in store.similarity_search("anything", k=10)) == [1, 2, 4, 7]


def test_keys_and_upsert(store):
    assert store.get_pks('source == "tweet"') and sorted(store.get_pks("rank < 3")) == ["id-0", "id-1", "id-2"]
    store.upsert(ids=["id-1"], documents=[Document(page_content="Sun all day long", metadata={"source": "news", "rank": 1})])
    found = store.similarity_search("sun all day long", k=1)
    assert found[0].page_content == "Sun all day long" and len(store.similarity_search("the", k=10)) == len(POSTS)


def test_search_by_metadata(store):
    found = store.search_by_metadata('source == "news"', fields=["source", "rank"], limit=10)
    assert sorted(d.metadata["rank"] for d in found) == [1, 3, 7]


def test_opened_again(server, store):
    again = make_store(server, store.collection_name)
    assert again.similarity_search(POSTS[2][0], k=1)[0].page_content == POSTS[2][0]


def test_async(store):
    async def talk():
        await store.aadd_documents([Document(page_content="Late night snacks", metadata={"source": "tweet", "rank": 90})],
                                   ids=["id-90"])
        found = await store.asimilarity_search("late night snacks", k=1)
        assert found[0].metadata["rank"] == 90
        scored = await store.asimilarity_search_with_score("late night snacks", k=2)
        assert scored[0][0].metadata["rank"] == 90
        assert await store.adelete(ids=["id-90"])
        assert await store.aget_pks("rank == 90") in (None, [])

    asyncio.run(talk())


def test_from_documents_with_auto_id(server, name):
    store = Milvus.from_documents(documents(), WordEmbeddings(), connection_args={"uri": server.uri}, collection_name=name,
                                  auto_id=True, consistency_level="Strong", drop_old=True)
    assert store.similarity_search(POSTS[5][0], k=1)[0].page_content == POSTS[5][0]
    store.drop()


def test_from_texts_without_metadata(server, name):
    store = Milvus.from_texts([text for text, _ in POSTS], WordEmbeddings(), connection_args={"uri": server.uri},
                              collection_name=name, auto_id=True, consistency_level="Strong")
    assert store.similarity_search(POSTS[1][0], k=1)[0].page_content == POSTS[1][0]
    store.drop()


def test_tenants_by_partition_key(server, name):
    """The page's example of several users in one collection."""
    docs = [Document(page_content="i worked at kensho", metadata={"namespace": "harrison"}),
            Document(page_content="i worked at facebook", metadata={"namespace": "ankush"})]
    store = Milvus.from_documents(docs, WordEmbeddings(), connection_args={"uri": server.uri}, collection_name=name,
                                  auto_id=True, drop_old=True, partition_key_field="namespace", consistency_level="Strong")
    for tenant, place in (("ankush", "facebook"), ("harrison", "kensho")):
        found = store.as_retriever(search_kwargs={"expr": f'namespace == "{tenant}"'}).invoke("where did i work?")
        assert [d.page_content for d in found] == [f"i worked at {place}"]
    store.drop()
