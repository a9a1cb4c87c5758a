"""What a platform team adds to an environment is held to what a model's objects are held to."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import pytest

from mlgitops import pipeline
from mlgitops.report.contents import Report
from mlgitops.request import Request

ROOT = Path(__file__).resolve().parents[2]
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: odd, namespace: prod-shared}
spec:
  hostNetwork: true
  containers: [{name: odd, image: "registry.example.com/ml/odd:1"}]
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "mlgitops.yaml", tmp_path)
    for folder in ("specs", "environments", "policies", "rendered"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def render(copy: Path) -> Report:
    request = Request(str(copy), datetime.date(2026, 11, 21), engine="opa", jobs=1, cache=False)
    return pipeline.run(request, "render")


def add(copy: Path, text: str) -> None:
    (copy / "environments/prod/odd.yaml").write_text(text)
    file = copy / "environments/prod/kustomization.yaml"
    file.write_text(file.read_text().replace("  - limit-range.yaml\n", "  - limit-range.yaml\n  - odd.yaml\n"))


def test_an_extra_object_is_decided_and_keeps_its_environment_as_it_was(copy: Path) -> None:
    add(copy, POD)
    before = sorted(file.name for file in (copy / "rendered/prod/_environment").iterdir())
    found = {(f.code, str(f.location), f.subject) for f in render(copy).findings if f.fails}
    place = "environments/prod/odd.yaml"
    assert ("policy/security.no-host-access", f"{place}:5:16", "_environment@prod") in found
    assert ("policy/security.digest-pinned-images", f"{place}:6:35", "_environment@prod") in found
    assert sorted(file.name for file in (copy / "rendered/prod/_environment").iterdir()) == before


def test_an_extra_object_that_is_allowed_is_written(copy: Path) -> None:
    add(copy, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd, namespace: prod-shared}\ndata: {a: b}\n")
    assert [f for f in render(copy).findings if f.fails] == []
    assert (copy / "rendered/prod/_environment/extra-configmap-odd.yaml").exists()


def test_an_extra_object_of_somebody_else_s_namespace_is_refused(copy: Path) -> None:
    add(copy, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd, namespace: kube-system}\ndata: {a: b}\n")
    (found,) = [finding for finding in render(copy).findings if finding.fails]
    assert (str(found.location), found.code) == ("environments/prod/odd.yaml:3:34", "kustomize/foreign-namespace")
    assert found.message == (
        "metadata.namespace must be one of the environment's (prod-diagnostics, prod-documents, prod-shared), "
        "got 'kube-system'"
    )


def test_a_template_of_somebody_else_s_namespace_is_refused(copy: Path) -> None:
    file = copy / "environments/staging/templates/load-test.yaml"
    file.write_text(file.read_text().replace("namespace: staging-models", "namespace: kube-system"))
    found = [finding for finding in render(copy).findings if finding.fails]
    assert {(f.code, f.subject) for f in found} == {
        ("template/foreign-namespace", f"{model}@staging") for model in ("breast-cancer", "diabetes", "digits")
    }
    assert {str(f.location) for f in found} == {"environments/staging/templates/load-test.yaml:1:1"}
