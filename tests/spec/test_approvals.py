"""Approvals survive what is the same or less, and are void for what is more."""

from __future__ import annotations

from typing import Any

import pytest

from mlgitops.spec.approvals import (
    LOWERED,
    RELEASE,
    Binding,
    given_by_file,
    may_approve,
    needed_of,
    own_work,
    policy_of,
    why_void,
)
from mlgitops.spec.documents.environment import EnvironmentSpec
from mlgitops.spec.documents.release import Approval, Release
from tests.deliver.chain import churn, environment, release_text
from tests.spec.example_documents import DIGEST, written

GIVEN = Binding(
    RELEASE, "churn", "prod", {"version": "v2", "risk": "medium", "changes": ["a = 1", "b = 2"], "gpus": 8}, "sha256:0"
)


def test_the_same_counts() -> None:
    assert why_void(GIVEN, GIVEN) == ""


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"risk": "low"}, ""),
        ({"risk": "medium"}, ""),
        ({"risk": "high"}, "the risk is high, and was medium"),
        ({"changes": ["a = 1"]}, ""),
        ({"changes": []}, ""),
        ({"changes": ["b = 2", "a = 1"]}, ""),
        ({"changes": ["a = 1", "c.d = 3"]}, "c.d changed since"),
        ({"changes": ["a = 9", "c = 3"]}, "a changed since and 1 more"),
        ({"gpus": 4}, ""),
        ({"gpus": 16}, "gpus grew to 16 from 8"),
        ({"version": "v3"}, "version is v3, and was v2"),
        ({"cost": 1}, "cost was not known to it"),
        ({}, ""),
    ],
)
def test_less_counts_and_more_does_not(value: dict[str, Any], why: str) -> None:
    assert why_void(GIVEN, GIVEN._replace(value=value)) == why


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"rule": LOWERED}, "it is of governance.approvals"),
        ({"model": "other"}, "it is about churn@prod"),
        ({"environment": "dev"}, "it is about churn@prod"),
        ({"policy": "sha256:1"}, "what governance.approvals asks for was changed since"),
    ],
)
def test_other_things_do_not(changed: dict[str, str], why: str) -> None:
    assert why_void(GIVEN, GIVEN._replace(**changed)) == why


def settings(more: str = "") -> EnvironmentSpec:
    return environment("prod", more=more).spec.value.spec


def test_the_digest_of_what_asks() -> None:
    rule = {RELEASE: "deny if true"}
    first = policy_of(RELEASE, rule, settings())
    assert policy_of(RELEASE, rule, settings("  prices: {cpu: 1}\n")) == first
    assert policy_of(RELEASE, {RELEASE: "deny if false"}, settings()) != first
    assert policy_of(RELEASE, rule, settings("  strategies: {low: canary}\n")) != first
    assert policy_of(LOWERED, rule, settings()) == policy_of(LOWERED, {}, settings())


def test_an_approval_in_a_release() -> None:
    model = churn()
    text = release_text("prod", "v2", model, "  supersedes: v1\n  riskLevel: high\n")
    release = written(Release, text, "environments/prod/releases/churn.yaml").value
    needed = needed_of(RELEASE, model, release, settings(), {})
    assert needed.value == {"version": "v2", "risk": "high", "changes": []}
    said = {"role": "lead", "by": "@eve", "at": "2026-11-02T10:00:00Z"}
    assert given_by_file(Approval.model_validate(said), needed) == needed
    of = {"version": "v1", "risk": "high", "policy": DIGEST["0"]}
    bound = given_by_file(Approval.model_validate({**said, "of": of}), needed)
    assert bound == needed._replace(value={"version": "v1", "risk": "high", "changes": []}, policy=DIGEST["0"])
    assert own_work(model, release) == {"@growth/churn", "@ml-platform"}


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("@Eve", "yes"),
        ("@acme/lead", "yes"),
        ("@kim", "yes"),
        ("@acme/other", "no"),
        ("@bob", "no"),
        ("a@b.example", "yes"),
    ],
)
def test_owners_and_their_teams(who: str, expected: str) -> None:
    members = {"@ACME/lead": ("@Kim",), "@acme/other": ("@bob",)}
    assert may_approve(who, ("@eve", "@acme/Lead", "A@b.example"), members) == expected


def test_teams_of_which_nobody_said_who_is_in_them() -> None:
    assert may_approve("@bob", ("@eve", "@acme/lead"), {}) == "unknown"
    assert may_approve("@bob", ("@eve", "@acme/lead"), {"@acme/lead": ()}) == "no"
    assert may_approve("@bob", ("@eve",), {}) == "no"
    assert may_approve("@bob", (), {}) == "yes"
