"""The asynchronous client behind the synchronous one's face, so that the same tests run with it: `pytest --async`."""

import asyncio
import inspect
import threading

import pytest
from pymilvus import AsyncMilvusClient, MilvusClient


class Loop:
    """An event loop on a thread of its own, started with the first call."""

    def __init__(self):
        self.loop = None

    def run(self, coroutine):
        if self.loop is None:
            self.loop = asyncio.new_event_loop()
            threading.Thread(target=self.loop.run_forever, daemon=True).start()
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()


LOOP = Loop()


class AwaitingClient:
    """What AsyncMilvusClient has is awaited; what only MilvusClient has goes to one of these. `awaited` counts per method."""

    awaited = {}

    def __init__(self, *args, **kwargs):
        self._sync = MilvusClient(*args, **kwargs)
        self._async = LOOP.run(self._make(*args, **kwargs))

    @staticmethod
    async def _make(*args, **kwargs):
        return AsyncMilvusClient(*args, **kwargs)

    def __getattr__(self, name):
        method = None if name.startswith("_") else getattr(self._async, name, None)
        if not hasattr(self._sync, name) or not inspect.iscoroutinefunction(method):
            return getattr(self._sync, name)

        def call(*args, **kwargs):
            self.awaited[name] = self.awaited.get(name, 0) + 1
            try:
                return LOOP.run(method(*args, **kwargs))
            except ValueError:
                if name != "delete":
                    raise
                # It tells a failure as a number that is none; what the failure is says the other one.
                return self._sync.delete(*args, **kwargs)

        return call

    def using_database(self, db_name, **kwargs):
        use = getattr(self._async, "using_database", None) or getattr(self._async, "use_database", None)
        if use is None:  # nor may the other one change it: those of one address may share a connection
            pytest.skip("this asynchronous client has no use_database")
        self._sync.using_database(db_name, **kwargs)
        answer = use(db_name, **kwargs)
        if inspect.isawaitable(answer):
            LOOP.run(answer)

    use_database = using_database

    def close(self):
        LOOP.run(self._async.close())
        self._sync.close()
