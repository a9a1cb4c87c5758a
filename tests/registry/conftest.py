"""Both registries, behind one name."""

from __future__ import annotations

import uuid

import pytest

from mlgitops.registry.opened import open_registry
from tests.registry.examples import new_key
from tests.registry.mlflow_server import mlflow_server


@pytest.fixture(scope="session")
def key(tmp_path_factory):
    return new_key(tmp_path_factory.mktemp("key"))


@pytest.fixture(scope="session")
def mlflow_address(tmp_path_factory):
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as address:
        yield address


@pytest.fixture(params=["directory", "memory", "mlflow"])
def kind(request):
    """`memory` is the directory in an object store of this process alone."""
    return request.param


@pytest.fixture
def registry(kind, request, tmp_path):
    if kind == "mlflow":
        return open_registry("mlflow", request.getfixturevalue("mlflow_address"))
    uri = f"memory://{uuid.uuid4().hex}/registry" if kind == "memory" else (tmp_path / "registry").as_uri()
    return open_registry("directory", uri)
