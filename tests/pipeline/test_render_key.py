"""What a render key depends on: the values that rendering used, and nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import edit, mlgitops, rendered, write
from tests.pipeline.test_stale import TICK, warm

pytestmark = pytest.mark.usefixtures("_words")

Edit = Callable[[Path], None]
DEV = "environments/dev"

PATCHES = {
    f"{DEV}/kustomization.yaml": """\
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        resources: [quota.yaml]
        labels:
          - pairs: {example.com/tier: lower}
        patches:
          - path: patches/account.yaml
            target: {kind: ServiceAccount}
          - patch: |-
              - {op: add, path: /metadata/annotations/example.com~1team, value: growth}
            target: {kind: NetworkPolicy}
        configMapGenerator:
          - name: extra
            namespace: dev-models
            files: [notes.txt]
        """,
    f"{DEV}/patches/account.yaml": """\
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: any, annotations: {example.com/owner: platform}}
        """,
    f"{DEV}/notes.txt": "notes\n",
}


@pytest.fixture
def root(copy: Copy) -> Path:
    """A repository with a kustomization that has a part of every kind, rendered."""
    root = copy("customized")
    write(root, PATCHES)
    ran = mlgitops(root, "render")
    assert ran.code == 0, ran
    return root


def commented(path: str) -> Edit:
    return lambda root: (root / path).write_text("# a remark\n" + (root / path).read_text() + "\n# another\n") and None


def replaced(path: str, before: str, after: str) -> Edit:
    return lambda root: edit(root, path, before, after)


SAME: dict[str, Edit] = {
    "a comment in the kustomization": commented(f"{DEV}/kustomization.yaml"),
    "a comment in a patch": commented(f"{DEV}/patches/account.yaml"),
    "a comment in an inline patch": replaced(
        f"{DEV}/kustomization.yaml", "      - {op: add", "      # a remark\n      - {op: add"
    ),
    "a comment in a resource": commented(f"{DEV}/quota.yaml"),
    "a comment in the environment": commented(f"{DEV}/environment.yaml"),
    "a comment in a spec": commented("specs/alpha/model.yaml"),
    "a comment in a run": commented(f"{DEV}/runs/alpha.yaml"),
    "another order of keys": replaced(
        f"{DEV}/kustomization.yaml",
        "    namespace: dev-models\n    files: [notes.txt]",
        "    files: [notes.txt]\n    namespace: dev-models",
    ),
    "another way to write": replaced(
        f"{DEV}/patches/account.yaml", "example.com/owner: platform", '"example.com/owner": "platform"'
    ),
}


@pytest.mark.parametrize("cache", ["cold", "warm"])
@pytest.mark.parametrize("case", SAME)
def test_what_changes_no_byte(root: Path, case: str, cache: str) -> None:
    before = rendered(root)
    if cache == "warm":
        warm(root)
    SAME[case](root)
    ran = mlgitops(root, "render", "--check")
    assert ran.code == 0, ran
    assert mlgitops(root, "render").code == 0
    assert rendered(root) == before


def keys(root: Path, environment: str = "dev") -> dict[str, dict[str, str]]:
    """The inputs of each target of an environment, by model."""
    folder = root / "rendered" / environment
    return {
        path.parent.name: json.loads(path.read_text())["inputs"] for path in sorted(folder.glob("*/render-key.json"))
    }


def changed(root: Path, change: Edit) -> dict[str, list[str]]:
    """The parts of each model's inputs in dev that an edit changes; prod's are as they were."""
    before, prod = keys(root), keys(root, "prod")
    change(root)
    ran = mlgitops(root, "render")
    assert ran.code == 0, ran
    after = keys(root)
    assert keys(root, "prod") == prod
    assert after.keys() == before.keys() == {"alpha", "beta", "gamma"}
    return {
        model: names
        for model in after
        if (names := sorted(name for name in after[model] if after[model][name] != before[model].get(name)))
    }


def every(*names: str) -> dict[str, list[str]]:
    return {model: list(names) for model in ("alpha", "beta", "gamma")}


VALUES: dict[str, tuple[Edit, dict[str, list[str]]]] = {
    "a label": (replaced(f"{DEV}/kustomization.yaml", "tier: lower", "tier: upper"), every("customization")),
    "a patch": (replaced(f"{DEV}/patches/account.yaml", "platform", "somebody"), every("customization")),
    "an inline patch": (replaced(f"{DEV}/kustomization.yaml", "value: growth", "value: other"), every("customization")),
    "a patch for one model": (
        replaced(
            f"{DEV}/kustomization.yaml",
            "patches:\n",
            "patches:\n  - patch: |-\n      - {op: add, path: /metadata/annotations, value: {example.com/a: b}}\n"
            "    target: {kind: ServiceAccount, name: alpha-.*}\n",
        ),
        {"alpha": ["customization"]},
    ),
    "a target": (
        replaced(f"{DEV}/kustomization.yaml", "{kind: NetworkPolicy}", "{kind: NetworkPolicy, version: v1}"),
        every("customization"),
    ),
    "a generator's file": (lambda root: write(root, {f"{DEV}/notes.txt": "more\n"}), every("customization")),
    "a resource, which is no model's": (replaced(f"{DEV}/quota.yaml", '"10"', '"11"'), {}),
    "a template": (replaced(f"{DEV}/templates/notes.yaml", "data: {team:", "data: {Team:"), every("customization")),
    "the environment": (
        replaced(f"{DEV}/environment.yaml", "s3://dev-staging", "s3://dev-other"),
        every("environment"),
    ),
    "its defaults": (
        replaced(f"{DEV}/environment.yaml", "training: {resources: {cpu: 1", "training: {resources: {cpu: 2"),
        every("model"),
    ),
    "a spec": (replaced("specs/beta/model.yaml", "deadline: 2h", "deadline: 3h"), {"beta": ["model"]}),
    "code": (lambda root: write(root, {"specs/beta/more.py": "a = 1\n"}), {"beta": ["code"]}),
    "a run": (replaced(f"{DEV}/runs/alpha.yaml", "attempt: 1", "attempt: 2"), {"alpha": ["run"]}),
}


@pytest.mark.parametrize("case", VALUES)
def test_what_changes_which_input(root: Path, case: str) -> None:
    change, expected = VALUES[case]
    assert changed(root, change) == expected


UNKNOWN = (
    "more.yaml",
    "README.md",
    ".hidden",
    "patches/more.json",
    "a/b/c.txt",
    "templates.yaml",
    "values",
)


@pytest.mark.parametrize("name", UNKNOWN)
@pytest.mark.parametrize("original", ["plain", "customized"])
def test_a_file_that_nobody_knows_is_seen(copy: Copy, original: str, name: str) -> None:
    root = copy(original)
    warm(root)
    write(root, {f"{DEV}/{name}": "a: 1\n"})
    assert mlgitops(root, "render", "--check").code == 1
    assert mlgitops(root, "render").code == 0
    time.sleep(TICK)
    write(root, {f"{DEV}/{name}": "a: 2\n"})
    assert mlgitops(root, "render", "--check").code == 1


QUOTA = """\
    apiVersion: v1
    kind: ResourceQuota
    metadata: {name: extra, namespace: dev-models}
    spec: {hard: {pods: "1"}}
    """


def test_a_kustomization_that_touches_no_model_changes_no_key(copy: Copy) -> None:
    root = copy("plain")
    generator = "{name: notes, namespace: dev-models, files: [notes.txt], options: {disableNameSuffixHash: true}}"
    kustomization = f"kind: Kustomization\nresources: [quota.yaml]\nconfigMapGenerator: [{generator}]\n"
    files = {"kustomization.yaml": kustomization, "quota.yaml": QUOTA, "notes.txt": "a\n"}
    assert changed(root, lambda root: write(root, {f"{DEV}/{name}": text for name, text in files.items()})) == {}
    assert changed(root, lambda root: write(root, {f"{DEV}/notes.txt": "b\n"})) == {}
    assert (root / "rendered/dev/_environment/extra-configmap-notes.yaml").read_text().count("b\n") == 1
