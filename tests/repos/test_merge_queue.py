"""Two pull requests that are fresh and allowed alone, and stale together: what the merge queue is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repos.repository import AS_OF, Ran, base, commit, edit, git, mlgitops, render

TOGETHER = """\
rendered/dev/tumours:1:1: error[render/differs]: rendered/dev/tumours is stale: 2 files would change; \
since it was rendered, the resolved spec changed
  see: rendered/dev/tumours/train/rayjob.yaml:1:1: would change
  see: rendered/dev/tumours/render-key.json:1:1: would change
  for: tumours@dev
  hint: run `mlgitops render` and commit what it writes
  more: mlgitops explain render/differs

specs/diabetes/model.yaml:9:7: waived[policy/datasets.checked-before-training]: the data set patients should have \
expectations, got none
  9 |     - name: patients
    |       ^
  for: diabetes@dev
  waived by: policies/waivers/diabetes-expectations.yaml
  hint: write expect with the columns that must be right, such as \
{column: age, nullable: false, range: [0, 120]}
  more: mlgitops explain policy/datasets.checked-before-training

skipped tumours@dev, tumours@staging: no release: everything but serving is rendered

10 targets checked, 1 failed, 2 skipped, 1 waived; 1 error; policy by opa 1.21.4
"""


def defaults(root: Path) -> None:
    """Runs in dev get more memory."""
    resources = "resources: {cpu: 2, memory: %sGi, storage: 10Gi}"
    edit(root, "environments/dev/environment.yaml", resources % 4, resources % 5)


def new_model(root: Path) -> None:
    """A model that is not served in production yet."""
    text = (root / "specs/breast-cancer/model.yaml").read_text()
    (root / "specs/tumours").mkdir()
    text = text.replace("name: breast-cancer", "name: tumours").replace("route: /breast-cancer", "route: /tumours")
    (root / "specs/tumours/model.yaml").write_text(text)


def verdict(root: Path, since: str, head: str) -> Ran:
    return mlgitops(root, "verdict", "--base", since, "--head", head, "--as-of", AS_OF, "--engine", "opa")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both on branches of their own, each as its author rendered it."""
    place = base(tmp_path_factory.mktemp("queue") / "repository")
    for script, branch in ((defaults, "defaults"), (new_model, "model")):
        git(place, "switch", "--quiet", "main")
        script(place)
        assert render(place).code == 0
        commit(place, (script.__doc__ or "").splitlines()[0], branch)
    return place


@pytest.mark.parametrize("branch", ["defaults", "model"])
def test_alone_each_is_fresh_and_allowed(root: Path, branch: str) -> None:
    ran = verdict(root, "main", branch)
    assert ran.code == 0, ran
    assert "error[" not in ran.out


def test_together_they_merge_and_are_stale(root: Path) -> None:
    """Git finds nothing to complain of: no file was changed on both sides."""
    git(root, "switch", "--quiet", "--create", "queue", "defaults")
    git(root, "merge", "--quiet", "--no-edit", "model")
    ran = verdict(root, "defaults", "queue")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out == TOGETHER
