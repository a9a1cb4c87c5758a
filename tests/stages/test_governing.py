"""What governs comes from the other revision, so that a change cannot loosen what it is judged by."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlgitops.files.disk import DiskTree
from mlgitops.stages.governing import govern_alike, governed_by
from mlgitops.stages.prepare import prepare
from tests.pipeline.miniature import miniature

GOVERNED = {
    "limits": ("limits: {costPerMonth: 100}", "limits: {costPerMonth: 900}"),
    "prices": ("prices: {cpu: 1.0}", "prices: {cpu: 0.01}"),
    "approvals": ("approvals: {high: [ml-platform]}", "approvals: {high: []}"),
    "protected": ("protected: true", "protected: false"),
}


@pytest.mark.parametrize("field", GOVERNED)
def test_the_base_governs(field: str, tmp_path: Path) -> None:
    sides = []
    for number, line in enumerate(GOVERNED[field]):
        root = miniature(tmp_path / str(number))
        path = root / "environments/dev/environment.yaml"
        path.write_text(f"{path.read_text().rstrip()}\n  {line}\n")
        sides.append(prepare(DiskTree(str(root))))
    base, head = sides
    assert not [f for side in sides for f in side.findings if f.fails]
    assert not govern_alike(base, head)
    mixed = governed_by(head, base).environments["dev"].declared.spec.value.spec
    assert getattr(mixed, field) == getattr(base.environments["dev"].declared.spec.value.spec, field)
    assert getattr(mixed, field) != getattr(head.environments["dev"].declared.spec.value.spec, field)
