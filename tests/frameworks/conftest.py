"""Fixtures of the framework tests: one server, a collection name for each test, embeddings that need no model.

Each framework has an environment of its own (third_party/python/NAME.txt), for they want different pymilvus versions;
a test file whose framework is missing in the environment is passed over.
"""

import hashlib
import math
import os
import pathlib
import re
import sys
import uuid

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "wire"))

from server_process import ServerProcess, default_binary  # noqa: E402

DIM = 64
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"


def pytest_addoption(parser):
    parser.addoption("--redkite-bin", default=None, help="the server binary")


@pytest.fixture(scope="session")
def server(pytestconfig, tmp_path_factory):
    path = pathlib.Path(pytestconfig.getoption("--redkite-bin") or default_binary())
    if not path.exists():
        pytest.exit(f"no server binary at {path}: build it, or pass --redkite-bin", returncode=2)
    server = ServerProcess(tmp_path_factory.mktemp("frameworks") / "data", path)
    server.start()
    yield server
    assert server.alive()
    server.kill()


@pytest.fixture
def name():
    return f"f_{uuid.uuid4().hex[:12]}"


def embed(text):
    """Words as a vector: each word adds to the dimension that its hash says, the sum has length 1."""
    vector = [0.0] * DIM
    for word in re.findall(r"\w+", text.lower()):
        vector[hashlib.sha256(word.encode()).digest()[0] % DIM] += 1.0
    length = math.sqrt(sum(x * x for x in vector)) or 1.0
    return [x / length for x in vector]
