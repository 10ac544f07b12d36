"""The whole job of a user, in the three styles of the client."""

import main_job
import pytest


@pytest.mark.parametrize("style", main_job.STYLES)
@pytest.mark.timeout(300)
def test_main_job(server, style):
    main_job.STYLES[style](server.uri)
