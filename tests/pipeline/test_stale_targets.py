"""What `render --check` says of a stale target: one finding, with what became different, why, and in which files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlgitops.stages import stale
from mlgitops.tree import Tree
from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import edit, mlgitops, release, write

pytestmark = pytest.mark.usefixtures("_words")

RENDER = "run `mlgitops render` and commit what it writes"
UNDO = "make the edit in the spec, the environment or a patch instead; then run `mlgitops render`"
Edit = Callable[[Path], None]


def findings(root: Path) -> list[dict[str, Any]]:
    ran = mlgitops(root, "render", "--check", "--format", "json", "--no-cache")
    assert ran.code == 1
    found: list[dict[str, Any]] = json.loads(ran.out)["findings"]
    return found


def messages(root: Path) -> dict[str, str]:
    return {finding["path"]: finding["message"] for finding in findings(root)}


def edited(path: str, before: str, after: str) -> Edit:
    return lambda root: edit(root, path, before, after)


def append(path: str, text: str) -> Edit:
    return lambda root: write(root, {path: (root / path).read_text() + text})


def several(root: Path) -> None:
    edit(root, "specs/alpha/model.yaml", "deadline: 2h", "deadline: 3h")
    append("specs/alpha/train.py", "# more\n")(root)
    edit(root, "environments/dev/runs/alpha.yaml", "attempt: 1", "attempt: 2")


def written(path: str, text: str) -> Edit:
    return lambda root: write(root, {path: text})


def another_behaviour(root: Path) -> None:
    edit(root, "specs/alpha/versions/v1/serve.py", "rate = 1", "rate = 2")
    for environment in ("dev", "prod"):
        release(root, "alpha", environment)


DEV = "rendered/dev/alpha"

CAUSES: dict[str, tuple[str, Edit, str]] = {
    "spec": ("plain", edited("specs/alpha/model.yaml", "deadline: 2h", "deadline: 3h"), "the resolved spec"),
    "code": ("plain", append("specs/alpha/train.py", "# more\n"), "the code beside it"),
    "run": (
        "plain",
        edited("environments/dev/runs/alpha.yaml", "attempt: 1", "attempt: 2"),
        "the run that is asked for",
    ),
    "environment": (
        "plain",
        edited("environments/dev/environment.yaml", "s3://dev-staging", "s3://dev-other"),
        "environment.yaml",
    ),
    "its defaults": (
        "plain",
        edited("environments/dev/environment.yaml", "training: {resources: {cpu: 1", "training: {resources: {cpu: 2"),
        "the resolved spec",
    ),
    "release gone": (
        "plain",
        lambda root: (root / "environments/dev/releases/alpha.yaml").unlink(),
        "the resolved spec and what is released",
    ),
    "kustomization": (
        "customized",
        edited("environments/dev/kustomization.yaml", "lower", "upper"),
        "the environment's kustomization or templates",
    ),
    "several": (
        "plain",
        several,
        "the resolved spec, the code beside it and the run that is asked for",
    ),
}


@pytest.mark.parametrize("case", CAUSES)
def test_which_input_changed(copy: Copy, case: str) -> None:
    original, change, words = CAUSES[case]
    root = copy(original)
    change(root)
    assert messages(root)[DEV].partition("; ")[2] == f"since it was rendered, {words} changed"


def test_one_finding_a_target(copy: Copy) -> None:
    root = copy()
    append("specs/beta/train.py", "# more\n")(root)
    (root / "rendered/dev/beta/train/job-sign.yaml").unlink()
    write(root, {"rendered/dev/beta/more.yaml": "a: 1\n"})
    (finding,) = findings(root)
    assert finding == {
        "path": "rendered/dev/beta",
        "line": 1,
        "column": 1,
        "code": "render/differs",
        "severity": "error",
        "message": "rendered/dev/beta is stale: 5 files would change, 1 be added, 1 be removed; "
        "since it was rendered, the code beside it changed; edited by hand",
        "hint": RENDER,
        "pointer": None,
        "subject": "beta@dev",
        "waivedBy": None,
        "related": finding["related"],
    }
    assert [
        (related["path"].removeprefix("rendered/dev/beta"), related["message"]) for related in finding["related"]
    ] == [
        ("/more.yaml", "would be removed"),
        ("/train/configmap-code.yaml", "would change"),
        ("/train/configmap-sign.yaml", "would change"),
        ("/train/job-evaluate.yaml", "would change"),
        ("/train/job-sign.yaml", "would be added"),
        ("", "and 2 files more"),
    ]


def by_hand(root: Path) -> None:
    edit(root, f"{DEV}/serve/service.yaml", "kind: Service", "kind: Servize")


def test_an_edit_by_hand_is_told_where_it_stands(copy: Copy) -> None:
    root = copy()
    by_hand(root)
    ran = mlgitops(root, "render", "--check")
    assert ran.out == (
        f"{DEV}/serve/service.yaml:1:1: error[render/differs]: {DEV} is stale: 1 file would change; edited by hand\n"
        "  for: alpha@dev\n"
        f"  hint: {UNDO}\n"
        "  more: mlgitops explain render/differs\n"
        "\n"
        "skipped beta@prod, gamma@dev: no release: everything but serving is rendered\n"
        "\n"
        "5 targets checked, 0 failed, 2 skipped, 0 waived; 1 error; policy by words 1\n"
    )


def another_renderer(root: Path) -> None:
    """As if an older renderer had written other objects from the same inputs."""
    from mlgitops.spec.code import digest_of

    by_hand(root)
    folder, key = root / DEV, root / DEV / "render-key.json"
    files = [path for path in folder.rglob("*") if path.is_file() and path != key]
    stored = json.loads(key.read_text())
    stored["objects"] = digest_of({path.relative_to(folder).as_posix(): path.read_bytes() for path in files})
    key.write_text(json.dumps(stored))


TOLD: dict[str, tuple[Edit, dict[str, str]]] = {
    "another renderer": (
        another_renderer,
        {
            DEV: f"{DEV} is stale: 2 files would change; no input changed: another version of mlgitops or kustomize "
            "rendered it, or a template uses more of the model"
        },
    ),
    "a key that is none": (written(f"{DEV}/render-key.json", "{"), {DEV: f"{DEV} is stale: 1 file would change"}),
    "a key of another form": (
        written(f"{DEV}/render-key.json", '{"inputs": "sha256:0", "objects": "sha256:0"}'),
        {DEV: f"{DEV} is stale: 1 file would change"},
    ),
    "a target gone": (lambda root: shutil.rmtree(root / DEV), {DEV: f"{DEV} is missing: 22 files would be added"}),
    "a target more": (
        lambda root: write(root, {"rendered/dev/none/a.yaml": "a: 1\n", "rendered/dev/none/b/c.yaml": "a: 1\n"}),
        {"rendered/dev/none": "rendered/dev/none is given by no input: 2 files would be removed"},
    ),
    "an environment's own": (
        written("rendered/dev/_environment/more.yaml", "a: 1\n"),
        {"rendered/dev/_environment": "rendered/dev/_environment is stale: 1 file would be removed"},
    ),
    "Argo CD's": (
        written("rendered/argocd/more.yaml", "a: 1\n"),
        {"rendered/argocd": "rendered/argocd is stale: 1 file would be removed"},
    ),
    "a release": (
        another_behaviour,
        {
            f"rendered/{name}/alpha": f"rendered/{name}/alpha is stale: 3 files would change; "
            "since it was rendered, what is released changed"
            for name in ("dev", "prod")
        },
    ),
}


@pytest.mark.parametrize("case", TOLD)
def test_told(copy: Copy, case: str) -> None:
    change, expected = TOLD[case]
    root = copy()
    change(root)
    assert messages(root) == expected


def test_nothing_is_read_of_targets_that_are_as_they_should_be(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    root = copy()
    by_hand(root)
    read: list[str] = []
    tell = stale.stale
    monkeypatch.setattr(stale, "stale", lambda tree, *rest: tell(_Recording(tree, read), *rest))
    mlgitops(root, "render", "--check", "--no-cache")
    assert read == [f"{DEV}/render-key.json"]


def test_of_very_many_targets_only_some_are_explained(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    root = copy()
    monkeypatch.setattr(stale, "EXPLAINED", 1)
    another_behaviour(root)
    assert messages(root) == {
        "rendered/dev/alpha": "rendered/dev/alpha is stale: 3 files would change; "
        "since it was rendered, what is released changed",
        "rendered/prod/alpha": "rendered/prod/alpha is stale: 3 files would change",
    }


class _Recording:
    """A tree that keeps a list of what is read from it."""

    def __init__(self, tree: Tree, paths: list[str]) -> None:
        self._tree, self._paths = tree, paths
        self.list = tree.list

    def read(self, path: str) -> bytes | None:
        self._paths.append(path)
        return self._tree.read(path)


SAID: dict[str, tuple[str, ...]] = {
    "github": (
        f"::error file={DEV}/train/job-sign.yaml,line=1,col=1,title=render/differs::{DEV} is stale: "
        f"1 file would change, 1 be added; edited by hand%0A"
        f"see {DEV}/train/rayjob.yaml:1:1: would change%0Afor: alpha@dev%0A"
        f"hint: {UNDO}%0Amore: mlgitops explain render/differs",
        "skipped beta@prod: no release: everything but serving is rendered",
        "skipped gamma@dev: no release: everything but serving is rendered",
        "5 targets checked, 0 failed, 2 skipped, 0 waived; 1 error; policy by words 1",
    ),
    "markdown": (
        "### mlgitops: failed",
        "",
        "5 targets checked, 0 failed, 2 skipped, 0 waived; 1 error; policy by words 1",
        "",
        "#### 1 error",
        "",
        f"- `{DEV}/train/job-sign.yaml:1:1` **`render/differs`**  ",
        f"  {DEV} is stale: 1 file would change, 1 be added; edited by hand  ",
        f"  see `{DEV}/train/rayjob.yaml:1:1`: would change  ",
        "  for: `alpha@dev`  ",
        f"  hint: {UNDO}",
        "",
        "- skipped `beta@prod, gamma@dev`: no release: everything but serving is rendered",
    ),
}


def two_by_hand(root: Path) -> None:
    (root / f"{DEV}/train/job-sign.yaml").unlink()
    append(f"{DEV}/train/rayjob.yaml", "# more\n")(root)


@pytest.mark.parametrize("name", SAID)
def test_formats(copy: Copy, name: str) -> None:
    root = copy()
    two_by_hand(root)
    assert mlgitops(root, "render", "--check", "--format", name).out.split("\n") == [*SAID[name], ""]


def test_sarif(copy: Copy) -> None:
    root = copy()
    two_by_hand(root)
    (run,) = json.loads(mlgitops(root, "render", "--check", "--format", "sarif").out)["runs"]
    (result,) = run["results"]
    region = {"startLine": 1, "startColumn": 1}
    places = [
        {"artifactLocation": {"uri": f"{DEV}/train/{name}.yaml", "uriBaseId": "%SRCROOT%"}, "region": region}
        for name in ("job-sign", "rayjob")
    ]
    assert result["locations"] == [{"physicalLocation": places[0]}]
    assert result["relatedLocations"] == [{"id": 0, "message": {"text": "would change"}, "physicalLocation": places[1]}]
    said = f"{DEV} is stale: 1 file would change, 1 be added; edited by hand\nfor: alpha@dev\nhint: {UNDO}"
    assert result["message"]["text"] == said
