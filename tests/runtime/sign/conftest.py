"""A run that only needs to be signed."""

from __future__ import annotations

import pytest

from mlgitops.contract import places
from tests.registry.examples import new_key
from tests.runtime.sign.world import RUN, World


@pytest.fixture(scope="session")
def key(tmp_path_factory):
    return new_key(tmp_path_factory.mktemp("key"))


@pytest.fixture
def world(tmp_path, key, monkeypatch):
    monkeypatch.setenv(places.CODE_VARIABLE, str(tmp_path / "code"))
    monkeypatch.setenv(places.RUN_VARIABLE, RUN)
    monkeypatch.setenv(places.SIGNING_KEY_VARIABLE, str(key.private.parent))
    return World(tmp_path, key)
