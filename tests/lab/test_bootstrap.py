"""One root Application, applied once, brings up every model of every environment from Git; then nothing moves."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from tests.lab.conftest import Bootstrapped
from tests.lab.lab import APPLICATIONS, CLUSTERS, ROOT_APPLICATION, SimulatedLab
from tests.lab.repository import Repository

PARTS = ("train", "serve", "score")
QUIET = 30.0
"""Seconds: longer than Argo CD's longest pause between two attempts to heal what it thinks has drifted."""


def expected(repository: Path) -> set[str]:
    """The Applications that a rendered repository stands for."""
    rendered = repository / "rendered"
    environments = {path.parent.name for path in rendered.glob("*/_environment")}
    parts = {
        f"{path.parts[-3]}.{path.parts[-2]}.{path.name}"
        for environment in environments
        for path in rendered.glob(f"{environment}/*/*")
        if path.name in PARTS and path.is_dir()
    }
    return {ROOT_APPLICATION, *(f"{name}.environment" for name in environments), *parts}


def test_all_models_of_all_environments_come_up(bootstrapped: Bootstrapped) -> None:
    wanted = expected(bootstrapped.lab.repository.folder)
    assert len(wanted) > 10
    assert {state.name for state in bootstrapped.states} == wanted
    assert [state for state in bootstrapped.states if not state.well] == []


def test_then_nothing_is_synced_again(lab: SimulatedLab) -> None:
    """Not even where Argo CD is told of a push: it writes to its ApplicationSets then."""
    for _ in range(3):
        lab.notify()
        lab.assert_quiet(QUIET / 3)
    assert [state.name for state in lab.applications() if not state.well] == []


def test_each_environment_goes_to_its_own_cluster(lab: SimulatedLab) -> None:
    placed = {
        each["metadata"]["name"]: each["spec"]["destination"]["name"]
        for each in lab.api(APPLICATIONS)["items"]
        if each["metadata"]["name"] != ROOT_APPLICATION
    }
    assert set(placed.values()) == set(CLUSTERS)
    assert {name: f"ml-{name.split('.')[0]}" for name in placed} == placed
    seen = {each["name"]: each["info"] for each in json.loads(lab.argocd("cluster", "list", "--output=json"))}
    counts = {name: int(info["applicationsCount"]) for name, info in seen.items() if name in CLUSTERS}
    assert counts == {name: list(placed.values()).count(name) for name in CLUSTERS}


def test_a_new_environment_arrives_by_commit_alone(lab: SimulatedLab) -> None:
    repository = lab.repository
    rehearse(repository)
    repository.commit("Rehearse releases in an environment of their own")
    lab.refresh(ROOT_APPLICATION)
    new = sorted(name for name in expected(repository.folder) if name.startswith("rehearsal."))
    assert new == ["rehearsal.digits.serve", "rehearsal.environment"]
    for name in new:
        lab.wait_application(name, revision=repository.head())
    assert [each["metadata"]["name"] for each in lab.objects("rayservices", "rehearsal-models")] == ["digits-v2"]


def rehearse(repository: Repository) -> None:
    """Write and render an environment as staging is, which has one model."""
    folder = repository.folder / "environments"
    shutil.copytree(folder / "staging", folder / "rehearsal", ignore=shutil.ignore_patterns("breast*", "diabetes*"))
    for file in (folder / "rehearsal").rglob("*.yaml"):
        text = re.sub(r"(name|environment): staging\b", r"\1: rehearsal", file.read_text())
        file.write_text(
            text.replace("staging-models", "rehearsal-models").replace("models.staging", "models.rehearsal")
        )
    repository.edit(
        "environments/rehearsal/environment.yaml",
        "  trains: false\n",
        "  models: {include: [digits]}\n  trains: false\n",
    )
    repository.render()
