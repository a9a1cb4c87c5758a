"""A plan as text, Markdown and JSON: whole outputs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from mlgitops import __version__
from mlgitops.findings import Finding
from mlgitops.plan.changes import NotCompared, ObjectChange, Plan, TargetChange, VerdictChange
from mlgitops.plan.fields import ABSENT, FieldChange
from mlgitops.report.contents import Report
from mlgitops.report.markdown import LIMIT
from mlgitops.report.plan_json import plan_json
from mlgitops.report.plan_markdown import plan_markdown
from mlgitops.report.plan_text import plan_text
from mlgitops.source import Location

BASE = "0123456789abcdef0123456789abcdef01234567"
RUN = ObjectChange(
    "replaced",
    "train/rayjob.yaml",
    "RayJob",
    "churn-9a8b",
    "models",
    (FieldChange("metadata.name", "churn-1f2e", "churn-9a8b"), FieldChange("spec.suspend", True, ABSENT)),
    "churn-1f2e",
)
QUOTA = ObjectChange(
    "changed", "quota.yaml", "ResourceQuota", "all", "models", (FieldChange("spec.hard.pods", ABSENT, "10"),), "all"
)
PLAN = Plan(
    BASE,
    (
        TargetChange("changed", "dev/_environment", (QUOTA,)),
        TargetChange("changed", "dev/churn", (RUN,)),
        TargetChange("changed", "prod/_environment", (QUOTA,)),
        TargetChange("removed", "prod/fraud", (ObjectChange("removed", "serve/a.yaml", "Service", "fraud", "models"),)),
        TargetChange("added", "prod/new", (ObjectChange("added", "serve/a.yaml", "Service", "new", "models"),)),
    ),
    (
        VerdictChange("churn@dev", "cost.gpu-limit", "allowed", "denied", "expected at most 16 GPUs, got 400"),
        VerdictChange("fraud@prod", "data.region", "denied", "undecided", "expected another region"),
    ),
    7,
    (NotCompared("dev/broken", "working tree"), NotCompared("dev/old", "both")),
    990,
)

TEXT = """\
compared with 0123456789ab

churn@dev: cost.gpu-limit: allowed → denied: expected at most 16 GPUs, got 400
fraud@prod: data.region: denied → undecided: expected another region

dev/_environment, prod/_environment
  ~ ResourceQuota (quota.yaml) in 2 targets
      spec.hard.pods: + "10"
dev/churn
  ! RayJob churn-1f2e → churn-9a8b
      metadata.name: "churn-1f2e" → "churn-9a8b"
      spec.suspend: - true
prod/fraud
  - Service fraud
prod/new
  + Service new
dev/broken cannot be compared: it has errors in the working tree
dev/old cannot be compared: it has errors in both

5 of 12 targets compared change: 1 added, 1 removed, 2 changed, 1 replaced; 2 verdicts change; 2 cannot be compared; \
990 models untouched
"""

MARKDOWN = """\
### mlgitops plan

5 of 12 targets compared change: 1 added, 1 removed, 2 changed, 1 replaced; 2 verdicts change; 2 cannot be compared; \
990 models untouched; compared with `0123456789ab`

#### Verdicts

- `churn@dev` **allowed → denied** `cost.gpu-limit`: expected at most 16 GPUs, got 400
- `fraud@prod` **denied → undecided** `data.region`: expected another region

#### Cannot be compared

They have errors: `dev/broken (working tree), dev/old (both)`

#### Objects

- `~` `ResourceQuota (quota.yaml) in 2 targets` — `dev/_environment, prod/_environment`
  - `spec.hard.pods: + "10"`
- `!` `RayJob churn-1f2e → churn-9a8b` — `dev/churn`
  - `metadata.name: "churn-1f2e" → "churn-9a8b"`
  - `spec.suspend: - true`
- `-` `Service fraud` — `prod/fraud`
- `+` `Service new` — `prod/new`
"""


def test_text() -> None:
    assert plan_text(PLAN) == TEXT


def test_colours_add_nothing_else() -> None:
    coloured = plan_text(PLAN, colour=True)
    assert coloured != TEXT
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == TEXT


def test_markdown() -> None:
    assert plan_markdown(PLAN) == MARKDOWN


def test_an_empty_plan() -> None:
    empty = Plan(BASE, (), (), 3)
    line = "0 of 3 targets compared change: no object changes"
    assert plan_text(empty) == f"compared with 0123456789ab\n\n\n{line}\n"
    assert plan_markdown(empty) == f"### mlgitops plan\n\n{line}; compared with `0123456789ab`\n"


def test_one_of_each_reads_well() -> None:
    one = Plan(BASE, PLAN.targets[1:2], PLAN.verdicts[:1], 0, (), 1)
    expected = "1 of 1 target compared changes: 1 replaced; 1 verdict changes; 1 model untouched\n"
    assert plan_text(one).endswith(f"\n\n{expected}")


def test_many_fields_are_counted() -> None:
    fields = tuple(FieldChange(f"spec.f{number:02}", 1, 2) for number in range(15))
    plan = Plan(BASE, (TargetChange("changed", "dev/a", (QUOTA._replace(fields=fields),)),), (), 0)
    assert "      spec.f11: 1 → 2\n      and 3 more fields\n" in plan_text(plan)
    assert "  - `spec.f11: 1 → 2`\n  - 3 fields more\n" in plan_markdown(plan)


def test_digests_are_cut_for_people_and_whole_for_programs() -> None:
    old, new = f"sha256:{'a1' * 32}", f"sha256:{'b2' * 32}"
    fields = (FieldChange("spec.digest", old, new),)
    plan = Plan(BASE, (TargetChange("changed", "dev/a", (QUOTA._replace(fields=fields),)),), (), 0)
    shown = 'spec.digest: "sha256:a1a1a1a1a1a1" → "sha256:b2b2b2b2b2b2"'
    assert f"      {shown}\n" in plan_text(plan)
    assert f"  - `{shown}`\n" in plan_markdown(plan)
    (found,) = json.loads(plan_json(plan, Report()))["targets"][0]["objects"][0]["fields"]
    assert found == {"path": "spec.digest", "before": old, "after": new}


def test_json() -> None:
    report = Report((Finding(Location("a.yaml", 2, 3), "spec/x", "error", "wrong"),), 3, 1)
    found: Any = json.loads(plan_json(PLAN, report))
    quota = {
        "change": "changed",
        "file": "quota.yaml",
        "kind": "ResourceQuota",
        "namespace": "models",
        "name": "all",
        "formerName": None,
        "fields": [{"path": "spec.hard.pods", "after": "10"}],
    }
    service = {"file": "serve/a.yaml", "kind": "Service", "namespace": "models", "formerName": None, "fields": []}
    run = {
        "change": "replaced",
        "file": "train/rayjob.yaml",
        "kind": "RayJob",
        "namespace": "models",
        "name": "churn-9a8b",
        "formerName": "churn-1f2e",
        "fields": [
            {"path": "metadata.name", "before": "churn-1f2e", "after": "churn-9a8b"},
            {"path": "spec.suspend", "before": True},
        ],
    }
    result = found.pop("report")
    assert result["summary"]["failed"] == 1
    assert [finding["code"] for finding in result["findings"]] == ["spec/x"]
    assert found == {
        "version": 1,
        "tool": {"name": "mlgitops", "version": __version__},
        "base": BASE,
        "targets": [
            {"change": "changed", "target": "dev/_environment", "objects": [quota]},
            {"change": "changed", "target": "dev/churn", "objects": [run]},
            {"change": "changed", "target": "prod/_environment", "objects": [quota]},
            {
                "change": "removed",
                "target": "prod/fraud",
                "objects": [{**service, "change": "removed", "name": "fraud"}],
            },
            {"change": "added", "target": "prod/new", "objects": [{**service, "change": "added", "name": "new"}]},
        ],
        "verdicts": [
            {
                "subject": "churn@dev",
                "rule": "cost.gpu-limit",
                "before": "allowed",
                "after": "denied",
                "message": "expected at most 16 GPUs, got 400",
            },
            {
                "subject": "fraud@prod",
                "rule": "data.region",
                "before": "denied",
                "after": "undecided",
                "message": "expected another region",
            },
        ],
        "notCompared": [{"target": "dev/broken", "side": "working tree"}, {"target": "dev/old", "side": "both"}],
        "summary": {"changedTargets": 5, "unchangedTargets": 7, "untouchedModels": 990},
    }


TOKEN = "ghp_" + "a1B2c3D4e5" * 4


@pytest.mark.parametrize("say", [plan_text, plan_markdown, lambda plan: plan_json(plan, Report())])
def test_nothing_hostile_comes_through(say: Any) -> None:
    nasty = f"`@team` #1 \x1b[31m\u202e<b> | {TOKEN}"
    fields = (FieldChange("data.x", nasty, {nasty: [nasty]}),)
    change = ObjectChange("changed", "a.yaml", "ConfigMap", nasty, "models", fields, nasty)
    plan = Plan(
        BASE,
        (TargetChange("changed", f"dev/{nasty}", (change,)),),
        (VerdictChange(nasty, "a.b", "allowed", "denied", nasty),),
        0,
        (NotCompared(nasty, "base"),),
    )
    text = say(plan)
    assert TOKEN not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    if say is plan_markdown:
        outside = re.sub(r"(`+).+?\1", "", text)
        assert "@team" not in outside
        assert "<b>" not in outside.replace("\\<b\\>", "")


def test_no_half_of_a_secret_is_left_where_a_value_is_cut() -> None:
    value = "x" * 40 + " " + TOKEN
    change = QUOTA._replace(fields=(FieldChange("data.x", ABSENT, value),))
    plan = Plan(BASE, (TargetChange("changed", "dev/a", (change,)),), (), 0)
    for text in (plan_text(plan), plan_markdown(plan), plan_json(plan, Report())):
        assert "ghp_" not in text
        assert "x" * 40 in text


def crowd(subjects: int, rules: int, message: str) -> Plan:
    verdicts = tuple(
        VerdictChange(f"model-{number:05}@production", f"cost.rule-{rule}", "allowed", "denied", message)
        for number in range(subjects)
        for rule in range(rules)
    )
    change = QUOTA._replace(fields=tuple(FieldChange(f"spec.f{n}", "x" * 50, "y" * 50) for n in range(20)))
    targets = tuple(
        TargetChange("changed", f"prod/m{number}", (change._replace(name=f"m{number}"),)) for number in range(subjects)
    )
    return Plan(BASE, targets, verdicts, 0, tuple(NotCompared(f"prod/n{number}", "base") for number in range(subjects)))


@pytest.mark.parametrize(
    ("subjects", "rules", "message"),
    [(1, 1, "short"), (30, 2, "x" * 900), (400, 1, "why"), (3000, 3, "why"), (10_000, 1, "y" * 1000), (3, 3000, "m")],
)
def test_a_comment_always_fits_and_counts_every_verdict(subjects: int, rules: int, message: str) -> None:
    plan = crowd(subjects, rules, message)
    text = plan_markdown(plan)
    assert len(text) <= LIMIT
    section = text.partition("#### Verdicts\n")[2].partition("####")[0]
    told = sum(
        int(found[1] or found[2]) if (found := re.search(r" on (\d+) subject|\*\* (\d+)$", line)) else 1
        for line in section.strip().split("\n")
    )
    assert told == subjects * rules


def test_verdicts_stay_whole_while_fields_go() -> None:
    plan = crowd(300, 1, "the reason")
    text = plan_markdown(plan)
    assert len(text) <= LIMIT
    for number in range(300):
        assert f"- `model-{number:05}@production` **allowed → denied** `cost.rule-0`: the reason\n" in text
