"""Specs broken as newcomers break them, from files to findings: code, line and column, words and hint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from mlgitops.findings import Finding, in_order
from mlgitops.source import Location
from mlgitops.spec.digests import record_digest
from mlgitops.stages.prepare import prepare
from mlgitops.stages.validate import validate_model
from mlgitops.tree import MemoryTree
from tests.spec.example_documents import (
    DIGEST,
    ENVIRONMENT,
    MODEL,
    RELEASE,
    REPOSITORY,
    VERSION,
    changed,
    place,
)

SPEC, DEV = "specs/churn/model.yaml", "environments/dev/environment.yaml"
RECORD, RELEASED = "specs/churn/versions/v1/version.yaml", "environments/dev/releases/churn.yaml"
SERVED = MODEL + "  serving:\n    route: /churn\n    replicas: {min: 2, max: 6}\n  triggers: {schedule: '0 3 * * 1'}\n"

FILES: Mapping[str, str] = {
    "mlgitops.yaml": REPOSITORY,
    SPEC: SERVED,
    RECORD: VERSION,
    DEV: changed(
        ENVIRONMENT,
        "images: {platform: registry.example.com/ml/mlgitops:0.1.0}",
        "images: {platform: registry.example.com/ml/mlgitops:0.1.0, training: {sklearn: registry.example.com/ray:2}}",
    ),
    RELEASED: changed(RELEASE, DIGEST["d"], record_digest({"version.yaml": VERSION.encode()})),
    "policies/governance/owner/owner.rego": "package mlgitops.governance.owner\n",
}


def problems(files: Mapping[str, str]) -> list[Finding]:
    """What the first two stages find, but for what they say of the policies, which are none of ours here."""
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    prepared = prepare(tree)
    found = [finding for finding in prepared.findings if not finding.location.path.startswith("policies/")]
    for name in prepared.models:
        found += validate_model(tree, name, prepared.declared).findings
    return in_order(found)


class Broken(NamedTuple):
    """One mistake, and all that is said of it."""

    path: str
    before: str
    after: str
    at: str
    """Where the finding stands: a fragment of what was written instead."""
    code: str
    message: str
    hint: str
    pointer: str
    subject: str = ""


BROKEN: dict[str, Broken] = {
    "a misspelt key": Broken(
        SPEC,
        "    estimator:",
        "    estimater:",
        "estimater",
        "spec/unknown-key",
        "training has no key 'estimater'",
        "did you mean `estimator`?",
        "/spec/training/estimater",
    ),
    "a tab": Broken(
        SPEC,
        "    framework:",
        "\tframework:",
        "\tframework",
        "yaml/tab",
        "expected spaces, got a tab",
        "use spaces; write \\t within double quotes for a tab in text",
        "/spec/training",
    ),
    "a wrong type": Broken(
        SPEC,
        "{min: 2, max: 6}",
        "{min: two, max: 6}",
        "two",
        "spec/type",
        "serving.replicas.min must be a whole number, got 'two'",
        "write a whole number",
        "/spec/serving/replicas/min",
    ),
    "a number in quotes": Broken(
        SPEC,
        "{min: 2, max: 6}",
        '{min: "2", max: 6}',
        '"2"',
        "spec/type",
        "serving.replicas.min must be a whole number, got '2'",
        "write it without quotes: 2",
        "/spec/serving/replicas/min",
    ),
    "a holdout that is not there": Broken(
        SPEC,
        "dataset: customers-holdout",
        "dataset: holdout",
        "holdout",
        "spec/unknown-dataset",
        "validation.dataset must name data of role validation (customers-holdout), got 'holdout'",
        "add it to `data` with `role: validation`",
        "/spec/validation/dataset",
    ),
    "a metric of another task": Broken(
        SPEC,
        "name: auc",
        "name: rmse",
        "rmse",
        "spec/metric-unfit",
        "a metric of binaryClassification must be one of accuracy, auc, averagePrecision, balancedAccuracy, brier, f1, "
        "logLoss, precision, recall; got 'rmse'",
        "take a metric that fits the task",
        "/spec/validation/metrics/0/name",
    ),
    "a schedule that no clock has": Broken(
        SPEC,
        "'0 3 * * 1'",
        "'0 25 * * 1'",
        "'0 25",
        "spec/value",
        "triggers.schedule must be a schedule whose hour is 0 to 23 (or *, a-b, lists, /steps), got '0 25 * * 1'",
        "write it like 0 3 * * 1, which is Mondays at 03:00 UTC",
        "/spec/triggers/schedule",
    ),
    "a key written twice": Broken(
        SPEC,
        "  target: churned\n",
        "  target: churned\n  target: left\n",
        "target: left",
        "yaml/duplicate-key",
        "expected each key once, got 'target' again",
        "remove one of the two",
        "/spec",
    ),
    "a route without its slash": Broken(
        SPEC,
        "route: /churn",
        "route: churn",
        "churn",
        "spec/format",
        "serving.route must be a route: '/' and path segments that start with no '.', without a '/' at the end, "
        "got 'churn'",
        "write it like /churn",
        "/spec/serving/route",
    ),
    "a digest edited": Broken(
        RELEASED,
        "recordDigest: sha256:",
        "recordDigest: sha256:0000",
        "sha256:0000",
        "spec/format",
        "recordDigest must be a digest: sha256: and 64 hexadecimal digits in lower case, got …",
        "write it like sha256:9f86…",
        "/spec/recordDigest",
    ),
    "a version edited after its release": Broken(
        RECORD,
        "value: 0.85",
        "value: 0.95",
        "",
        "release/record-digest",
        "…",
        "a version never changes: restore its folder, or release a new version",
        "/spec/recordDigest",
    ),
    "a key that is missing": Broken(
        SPEC,
        "  task: binaryClassification\n",
        "",
        "spec:",
        "spec/missing-key",
        "spec needs the key `task`, got none",
        "add `task:`",
        "/spec/task",
    ),
    "a word from another world": Broken(
        SPEC,
        "framework: sklearn",
        "framework: scikit-learn",
        "scikit-learn",
        "spec/choice",
        "training.framework must be one of torch, xgboost, lightgbm, sklearn, custom; got 'scikit-learn'",
        "did you mean sklearn?",
        "/spec/training/framework",
    ),
    "bad indentation": Broken(
        SPEC,
        "  target: churned\n",
        "   target: churned\n",
        ": churned",
        "yaml/syntax",
        "…",
        "quote the value if it contains ': ', or check the indentation",
        "…",
    ),
    "an override that does not fit": Broken(
        DEV,
        "  registry:",
        "  overrides: {churn: {serving: {replicas: {min: 9}}}}\n  registry:",
        "{min: 9}",
        "spec/range-reversed",
        "serving.replicas must run from low to high, got 9 to 6",
        "swap the two",
        "/spec/serving/replicas",
        "churn@dev",
    ),
}


def test_unbroken_it_is_silent() -> None:
    assert problems(FILES) == []


@pytest.mark.parametrize("name", BROKEN)
def test_one_mistake_is_one_finding(name: str) -> None:
    broken = BROKEN[name]
    text = changed(FILES[broken.path], broken.before, broken.after)
    findings = problems({**FILES, broken.path: text})
    assert len(findings) == 1, findings
    (finding,) = findings
    if broken.at:
        assert finding.location == Location(broken.path, *place(text, broken.at, broken.after))
    if "…" not in broken.message:
        assert finding.message == broken.message
    if broken.pointer != "…":
        assert finding.pointer == broken.pointer
    assert (finding.code, finding.severity, finding.hint, finding.subject) == (
        broken.code,
        "error",
        broken.hint,
        broken.subject,
    )


def test_a_version_edited_after_its_release_names_both_digests() -> None:
    text = changed(VERSION, "value: 0.85", "value: 0.95")
    (finding,) = problems({**FILES, RECORD: text})
    before, after = (record_digest({"version.yaml": one.encode()}) for one in (VERSION, text))
    assert finding == Finding(
        Location(RELEASED, *place(FILES[RELEASED], before)),
        "release/record-digest",
        "error",
        f"recordDigest must be {after}, that of versions/v1; got {before}",
        "a version never changes: restore its folder, or release a new version",
        "/spec/recordDigest",
    )


def test_two_mistakes_are_two_findings() -> None:
    text = changed(changed(SERVED, "    estimator:", "    estimater:"), "route: /churn", "route: churn")
    assert [finding.code for finding in problems({**FILES, SPEC: text})] == ["spec/unknown-key", "spec/format"]


def test_one_broken_model_hides_no_other() -> None:
    other = changed(changed(SERVED, "name: churn,", "name: revenue,"), "name: auc", "name: rmse")
    text = changed(SERVED, "route: /churn", "route: churn")
    found = problems({**FILES, SPEC: text, "specs/revenue/model.yaml": other})
    assert [(f.location.path, f.code) for f in found] == [
        (SPEC, "spec/format"),
        ("specs/revenue/model.yaml", "spec/metric-unfit"),
    ]
