"""One local Ray with Serve for all tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.runtime.serve.cluster import Cluster, started


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Ray Serve on two CPUs; what it starts ends with the session."""
    with started() as found:
        yield found
