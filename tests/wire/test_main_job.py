"""The whole job of a user, in the three styles of the client."""

import main_job
import pytest
from conftest import CLIENT


@pytest.mark.parametrize("style", main_job.STYLES)
@pytest.mark.timeout(300)
def test_main_job(server, style, pytestconfig):
    if CLIENT == (2, 5) and style == "async" and pytestconfig.getoption("--async"):
        pytest.skip("clients of one address share a connection, which belongs to the event loop of the others")
    main_job.STYLES[style](server.uri)
