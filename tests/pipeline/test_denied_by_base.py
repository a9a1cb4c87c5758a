"""What the base's rules alone deny is the same to `plan`, which compares, and to `verdict`, which gates."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlgitops.plan.verdict import BY_BASE
from tests.pipeline.miniature import edit, mlgitops
from tests.pipeline.test_plan import committed
from tests.pipeline.test_policy_diff import allows, both, has, nothing, root, unwaived, waiver

__all__ = ["root"]

COUNT = "count(input.models)"
DEV = "environments/dev/environment.yaml"
Change = Callable[[Path], None]


def denied(root: Path, *words: str) -> set[str]:
    """`rule on subject` that fails by the base's rules alone."""
    ran = mlgitops(root, *words, "--base", "HEAD~1", "--format", "json", engine="opa")
    found = json.loads(ran.out)
    return {
        f"{one['code'].removeprefix('policy/')} on {one['subject']}"
        for one in found.get("report", found)["findings"]
        if one["severity"] == "error" and not one["waivedBy"] and one["message"].endswith(f"({BY_BASE})")
    }


def few(root: Path) -> None:
    """A fleet of three models where two are allowed."""
    edit(root, "policies/cost/month/month.rego", "sum([model.costPerMonth | some model in input.models])", COUNT)
    canary = root / "policies/cost/month/fixtures/canary.yaml"
    canary.write_text(
        canary.read_text().replace("costPerMonth: 1}", "costPerMonth: 0}").replace("at most 1", "at most 0")
    )
    signing = "signing: {secret: model-signing}"
    edit(root, DEV, signing, f"{signing}\n  limits: {{costPerMonth: 2}}")


def more(root: Path) -> None:
    edit(root, DEV, "costPerMonth: 2", "costPerMonth: 3")


def longer(root: Path) -> None:
    edit(root, "specs/alpha/model.yaml", "deadline: 2h", "deadline: 3h")


def larger(root: Path) -> None:
    """What an environment gives every model, which is no limit and no rule."""
    edit(root, DEV, "training: {resources: {cpu: 1, memory: 2Gi}}", "training: {resources: {cpu: 2, memory: 2Gi}}")


ON = "cost.workers on alpha@dev"


@pytest.mark.parametrize(
    ("before", "change", "expected"),
    [
        pytest.param(nothing, both(has(5), allows(16)), {ON}, id="rule-for-its-own-spec"),
        pytest.param(nothing, both(has(5), waiver), {ON}, id="waiver-for-its-own-spec"),
        pytest.param(has(5), allows(16), set(), id="rule-alone-for-what-was-denied"),
        pytest.param(has(5), waiver, set(), id="waiver-alone-for-what-was-denied"),
        pytest.param(has(5), both(has(12), allows(16)), {ON}, id="more-of-what-was-denied"),
        pytest.param(has(5), both(has(4), allows(16)), set(), id="less-of-it"),
        pytest.param(has(5), both(larger, allows(16)), {ON}, id="another-environment-for-what-was-denied"),
        pytest.param(both(has(5), waiver), both(has(6), allows(16), unwaived), set(), id="waived-by-the-base"),
        pytest.param(nothing, both(has(5), allows(4)), set(), id="denied-by-both"),
        pytest.param(nothing, both(has(3), allows(2)), set(), id="denied-by-the-change-alone"),
        pytest.param(few, more, set(), id="limit-alone"),
        pytest.param(few, both(more, longer), {"cost.month on @dev"}, id="limit-for-its-own-spec"),
    ],
)
def test_plan_and_verdict_agree(root: Path, before: Change, change: Change, expected: set[str]) -> None:
    before(root)
    mlgitops(root, "render", engine="opa")
    committed(root)
    change(root)
    mlgitops(root, "render", engine="opa")
    committed(root, "change")
    assert denied(root, "plan") == expected
    assert denied(root, "verdict") == expected


@pytest.mark.parametrize("change", [allows(16), waiver], ids=["rule", "waiver"])
def test_what_is_to_mend_a_denial_can_land_first(root: Path, change: Change) -> None:
    """As the hint says: by itself, it passes whatever it lets pass."""
    has(5)(root)
    mlgitops(root, "render", engine="opa")
    committed(root)
    change(root)
    mlgitops(root, "render", engine="opa")
    committed(root, "change")
    ran = mlgitops(root, "verdict", "--base", "HEAD~1", engine="opa")
    assert ran.code == 0, ran
