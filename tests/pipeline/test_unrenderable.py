"""What rendering would refuse of a valid model, said by `validate`, at the line of who can mend it, and once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ryaml import loads

from mlgitops.files.disk import DiskTree
from mlgitops.render.kustomization.touched import value_at
from mlgitops.source import Location
from mlgitops.stages.blame import Blame, blame
from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import edit, mlgitops

pytestmark = pytest.mark.usefixtures("_words")

ACCELERATORS = "accelerators: {type: H200, perReplica: 1}"


def findings(root: Path, *words: str) -> list[dict[str, Any]]:
    ran = mlgitops(root, *words, "--format", "json")
    assert ran.err == ""
    found: list[dict[str, Any]] = json.loads(ran.out)["findings"]
    assert ran.code == (1 if found else 0)
    return found


def places(root: Path, *words: str) -> list[tuple[str, str, str]]:
    return [(f"{f['path']}:{f['line']}:{f['column']}", f["code"], f["subject"]) for f in findings(root, *words)]


@pytest.mark.parametrize("command", [("validate",), ("policy", "check")])
def test_an_accelerator_to_train_with_that_the_environment_does_not_offer(copy: Copy, command: tuple[str, ...]) -> None:
    root = copy("plain")
    edit(root, "specs/gamma/model.yaml", "deadline: 2h", "accelerators: {type: H200, perWorker: 1}")
    (found,) = findings(root, *command)
    assert (found["line"], found["column"], found["code"], found["subject"]) == (
        14,
        26,
        "render/no-accelerator",
        "gamma@dev",
    )
    assert found["message"] == "training.accelerators.type must be a type that dev offers: none, got H200"
    assert found["hint"] == "choose one of these, or ask the platform team to declare it under accelerators"


def test_one_to_serve_with_where_a_version_is_released(copy: Copy) -> None:
    root = copy("plain")
    replicas = "replicas: {min: 1, max: 2}"
    for name in ("alpha", "gamma"):  # gamma is not released: nothing of it is served
        edit(root, f"specs/{name}/model.yaml", replicas, f"{replicas}\n    {ACCELERATORS}")
    assert places(root, "validate") == [
        ("specs/alpha/model.yaml:21:26", "render/no-accelerator", "alpha@dev"),
        ("specs/alpha/model.yaml:21:26", "render/no-accelerator", "alpha@prod"),
    ]


def test_one_that_an_override_asks_for(copy: Copy) -> None:
    root = copy("plain")
    file = root / "environments/prod/environment.yaml"
    file.write_text(f"{file.read_text()}  overrides: {{alpha: {{serving: {{{ACCELERATORS}}}}}}}\n")
    line = file.read_text().count("\n")
    assert places(root, "validate") == [
        (f"environments/prod/environment.yaml:{line}:54", "render/no-accelerator", "alpha@prod")
    ]


def test_one_that_is_offered(copy: Copy) -> None:
    root = copy("plain")
    edit(root, "specs/gamma/model.yaml", "deadline: 2h", "accelerators: {type: H200, perWorker: 1}")
    file = root / "environments/dev/environment.yaml"
    file.write_text(f"{file.read_text()}  accelerators: {{H200: {{}}}}\n")
    assert findings(root, "validate") == []


def test_an_image_that_nobody_has(copy: Copy) -> None:
    root = copy("plain")
    edit(root, "specs/gamma/model.yaml", "framework: sklearn", "framework: torch")
    assert places(root, "validate") == [("specs/gamma/model.yaml:11:16", "render/no-image", "gamma@dev")]


def test_the_target_is_valid_all_the_same(copy: Copy) -> None:
    root = copy("plain")
    edit(root, "specs/gamma/model.yaml", "deadline: 2h", "accelerators: {type: H200, perWorker: 1}")
    out = mlgitops(root, "policy", "check").out
    assert out.endswith("\n5 targets checked, 1 failed, 2 skipped, 0 waived; 1 error; policy by words 1\n")
    assert "fleet rules" not in out  # what it takes of the fleet is known


def test_a_secret_that_the_next_version_asks_for(copy: Copy) -> None:
    """The evaluate Job has the working tree's variables, whatever version serves and whatever an override says."""
    root = copy("plain")
    file = root / "environments/dev/environment.yaml"
    file.write_text(f"{file.read_text()}  overrides: {{alpha: {{serving: {{replicas: {{min: 2, max: 2}}}}}}}}\n")
    route = "route: /alpha"
    secret = "env: [{name: X, secret: {name: store, key: token}}]"
    edit(root, "specs/alpha/model.yaml", route, f"{route}\n    {secret}")
    assert places(root, "validate") == [("specs/alpha/model.yaml:20:36", "render/secret-not-allowed", "alpha@dev")]
    assert places(root, "policy", "check") == places(root, "validate")


def test_what_the_next_version_is_evaluated_with_leads_to_the_working_tree(copy: Copy) -> None:
    root = copy("plain")
    route = "route: /alpha"
    edit(root, "specs/alpha/model.yaml", route, f"{route}\n    env: [{{name: X, value: mine}}]")
    assert mlgitops(root, "render").code == 0
    file, containers = "rendered/dev/alpha/train/job-evaluate.yaml", ("spec", "template", "spec", "containers")
    (container,) = value_at(loads((root / file).read_text()), containers)
    index = container["env"].index({"name": "X", "value": "mine"})
    found = blame(DiskTree(str(root)), file, (*containers, 0, "env", index, "value"))
    place = Location("specs/alpha/model.yaml", 20, 28)
    assert found == Blame("mine", place, "model", "from serving.env.0.value")
