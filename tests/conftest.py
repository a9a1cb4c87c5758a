"""What holds for every test: no variable of the caller's shell counts, and Hypothesis tries the same examples twice."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

AMBIENT = ("CLICOLOR", "FORCE_COLOR", "GIT_", "GITHUB_", "KUBECONFIG", "MLGITOPS_", "NO_COLOR", "OPA_", "KUSTOMIZE_")

LAB = Path(__file__).parent / "lab"

signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
"""Also where the tests run in the background of a shell or under nohup, which have them ignored by all they start."""

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(autouse=True)
def _no_ambient_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(AMBIENT):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "120")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the lab out, whose programs take minutes to build, unless it is asked for: `make lab-test`."""
    if collection_path != LAB:
        return None
    asked = [Path(word.split("::")[0]).resolve() for word in config.args]
    return None if any(path.is_relative_to(LAB) for path in asked) else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let all tests on a Ray or an MLflow server of the whole run be in one process, so that one of each is started."""
    for item in items:
        if "cluster" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("ray"))
        elif "mlflow" in item.name:
            item.add_marker(pytest.mark.xdist_group("mlflow"))
