"""One model alone clashes with those that nobody asked about as it would with all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlgitops.files.disk import DiskTree
from mlgitops.stages import neighbours as module
from mlgitops.stages.neighbours import neighbours
from mlgitops.stages.outcome import BuiltModel, BuiltTarget
from mlgitops.stages.prepare import prepare
from mlgitops.stages.validate import route_of, validate_model
from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import edit, mlgitops, release, rendered, version, write
from tests.pipeline.test_shared_resource import NAME, ROLE, TEMPLATE, one_cluster, serving

pytestmark = pytest.mark.usefixtures("_words")


def found(root: Path, *words: str) -> set[tuple[str, str, str]]:
    """(place, code, subject) of each clash."""
    ran = mlgitops(root, *words, "--format", "json", "--jobs", "1")
    findings = [one for one in json.loads(ran.out)["findings"] if one["severity"] == "error"]
    assert (ran.code == 1) == bool(findings)
    return {(f"{f['path']}:{f['line']}:{f['column']}", f["code"], f["subject"]) for f in findings}


def take_route(root: Path, name: str, before: str, after: str) -> None:
    edit(root, f"specs/{name}/versions/v1/version.yaml", f"route: {before}", f"route: {after}")
    release(root, name, "dev")


CLASHES = {("specs/alpha/versions/v1/version.yaml:20:22", "spec/route-clash", "alpha@dev")}


def test_a_route_that_another_model_has(copy: Copy) -> None:
    root = copy("plain")
    release(root, "alpha", "prod")
    (root / "environments/prod/releases/alpha.yaml").unlink()
    assert found(root, "render", "--model", "alpha") == set()
    before = rendered(root)
    take_route(root, "beta", "/beta", "/alpha")
    assert found(root, "validate", "--model", "alpha") == CLASHES
    edit(root, "specs/alpha/train.py", "return 1", "return 2")
    assert found(root, "render", "--model", "alpha", "--env", "dev") == CLASHES
    assert rendered(root) == before
    assert found(root, "render", "--model", "alpha") == CLASHES
    take_route(root, "beta", "/alpha", "/beta")
    assert found(root, "render", "--model", "alpha") == set()
    assert rendered(root) != before


def test_the_second_of_two_by_name_is_told_alone_too(copy: Copy) -> None:
    root = copy("plain")
    take_route(root, "beta", "/beta", "/alpha")
    place = "specs/beta/versions/v1/version.yaml:20:22"
    assert found(root, "render", "--model", "beta") == {(place, "spec/route-clash", "beta@dev")}
    assert found(root, "render", "--env", "prod") == set()


def test_a_route_that_is_written_with_an_escape(copy: Copy) -> None:
    root = copy("plain")
    (root / "environments/prod/releases/alpha.yaml").unlink()
    take_route(root, "beta", "/beta", '"/\\x61lpha"')
    assert found(root, "validate", "--model", "alpha") == CLASHES


def test_a_route_that_an_override_gives(copy: Copy) -> None:
    root = copy("plain")
    (root / "environments/prod/releases/alpha.yaml").unlink()
    with (root / "environments/dev/environment.yaml").open("a") as file:
        file.write("  overrides: {beta: {serving: {route: /alpha}}}\n")
    assert found(root, "validate", "--model", "alpha") == CLASHES


def test_a_service_that_another_model_s_could_be_called_as(copy: Copy) -> None:
    root = copy("plain")
    serving(root, "reach", "eu-v1")
    serving(root, "reach-eu", "v1")
    shared = "gitops/shared-resource"
    for name, place in (("reach", "reach.yaml:4:17"), ("reach-eu", "reach-eu.yaml:4:17")):
        expected = {(f"environments/dev/releases/{place}", shared, f"{name}@dev")}
        assert found(root, "validate", "--model", name) == expected


def test_a_template_that_gives_others_the_same_object(copy: Copy) -> None:
    root = copy("customized")
    edit(root, TEMPLATE, NAME, "notes")
    expected = {(f"{TEMPLATE}:4:9", "gitops/shared-resource", "beta@dev")}
    assert found(root, "render", "--model", "beta") == expected
    part = "mlgitops.dev/part: train"
    edit(root, TEMPLATE, part, f"{part}, mlgitops.dev/when: \"{{{{ metadata.name == 'beta' }}}}\"")
    assert found(root, "render", "--model", "beta") == set()


def test_a_cluster_wide_object_of_an_environment_that_nobody_asked_about(copy: Copy) -> None:
    root = copy("plain")
    one_cluster(root)
    write(root, {f"environments/{name}/templates/role.yaml": ROLE for name in ("dev", "prod")})
    place = "environments/dev/templates/role.yaml:4:9"
    assert found(root, "policy", "check", "--env", "dev") == {(place, "gitops/shared-resource", "alpha@dev")}
    assert found(root, "policy", "check", "--env", "dev", "--model", "beta") == set()


def test_of_a_hundred_others_only_those_that_could_clash_are_validated(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copy("customized")
    for number in range(100):
        write(
            root,
            {f"specs/m{number}/model.yaml": "not read", f"specs/m{number}/versions/v1/version.yaml": version("beta")},
        )
        write(root, {f"environments/dev/releases/m{number}.yaml": "not read"})
    asked = []

    def counting(tree: object, name: str, environments: object) -> object:
        asked.append(name)
        return validate_model(tree, name, environments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "validate_model", counting)
    tree = DiskTree(str(root))
    prepared = prepare(tree)
    valid = validate_model(tree, "alpha", prepared.declared).targets["dev"]
    target = BuiltTarget("dev", "same", None, route_of(valid))
    assert neighbours(tree, prepared, [BuiltModel("alpha", None, (), (target,), ())], ("dev", "prod")) == []
    assert asked == []
