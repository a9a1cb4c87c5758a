"""A scoring Job through the whole pipeline: named by its final template, in a part of its own, blamed on its section"""

from __future__ import annotations

from pathlib import Path

import pytest
import ryaml

from mlgitops.cli.main import main
from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import Ran, edit, mlgitops, rendered, write

SECTION = '  batchScoring: {input: {uri: "s3://data/all.csv"}, output: "s3://answers/alpha", deadline: 2h}\n'
FILE = "rendered/dev/alpha/score/job-score.yaml"
PATCHED = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
patches:
  - target: {kind: Job, name: alpha-score}
    patch: |-
      - op: add
        path: /spec/template/spec/nodeSelector
        value: {pool: batch}
"""


@pytest.fixture
def root(copy: Copy, _words: None) -> Path:
    found = copy("plain")
    path = found / "specs/alpha/model.yaml"
    path.write_text(path.read_text() + SECTION)
    return found


def job(root: Path) -> dict[str, object]:
    data: dict[str, object] = ryaml.loads((root / FILE).read_text())
    return data


def name(root: Path) -> str:
    return str(job(root)["metadata"]["name"])  # type: ignore[index]


def render(root: Path) -> Ran:
    ran = mlgitops(root, "render")
    assert ran.code == 0, ran.out
    return ran


def test_it_is_a_part_of_its_own(root: Path) -> None:
    before = rendered(root)
    render(root)
    new = sorted(path for path in rendered(root).keys() - before.keys())
    parts = [f"rendered/{env}/alpha/score" for env in ("dev", "prod")]
    kinds = ("configmap", "job", "networkpolicy", "serviceaccount")
    assert new == [f"{part}/{kind}-score.yaml" for part in parts for kind in kinds]
    changed = {path for path, content in before.items() if rendered(root)[path] != content}
    assert changed == {"rendered/dev/alpha/render-key.json", "rendered/prod/alpha/render-key.json"}
    assert mlgitops(root, "render", "--check").code == 0


def test_what_a_patch_makes_of_its_template_names_it(root: Path) -> None:
    render(root)
    plain = name(root)
    write(root, {"environments/dev/kustomization.yaml": PATCHED})
    render(root)
    template = job(root)["spec"]["template"]  # type: ignore[index]
    assert template["spec"]["nodeSelector"] == {"pool": "batch"}
    assert name(root) != plain
    (root / "environments/dev/kustomization.yaml").unlink()
    render(root)
    assert name(root) == plain


def test_an_edit_of_what_is_scored_trains_nothing_and_serves_the_same(root: Path) -> None:
    render(root)
    before = rendered(root)
    edit(root, "specs/alpha/model.yaml", "s3://data/all.csv", "s3://data/new.csv")
    render(root)
    after = rendered(root)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert {path.split("/")[3] for path in changed} == {"score", "render-key.json"}


def test_without_the_section_its_part_goes(root: Path) -> None:
    render(root)
    edit(root, "specs/alpha/model.yaml", SECTION, "")
    render(root)
    assert not (root / "rendered/dev/alpha/score").exists()


def test_blame_names_its_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    render(root)
    line = (root / "specs/alpha/model.yaml").read_text().splitlines().index(SECTION.rstrip("\n")) + 1
    assert main(["-C", str(root), "blame", FILE, "/spec/activeDeadlineSeconds"]) == 0
    assert capsys.readouterr().out.startswith(f"specs/alpha/model.yaml:{line}:")
    assert main(["-C", str(root), "blame", FILE, "/metadata/name"]) == 0
    assert "a digest of the pod template" in capsys.readouterr().out
