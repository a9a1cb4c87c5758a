"""Waivers against what they name and how long they last: each finding, whole."""

from __future__ import annotations

import pytest

from mlgitops.findings import Finding
from mlgitops.source import Location
from mlgitops.spec.checks.waiver import check_waivers
from mlgitops.spec.documents.waiver import Waiver
from tests.spec.example_documents import PATHS, WAIVER, changed, place, written


def problems(*texts: str) -> list[Finding]:
    waivers = [written(Waiver, text, f"policies/waivers/{i}.yaml" if i else "") for i, text in enumerate(texts)]
    return check_waivers(waivers, frozenset({"churn"}), frozenset({"dev"}), frozenset({"cost.gpu-limit"}))


def finding(text: str, fragment: str, code: str, message: str, hint: str, pointer: str) -> Finding:
    return Finding(Location(PATHS[Waiver], *place(text, fragment)), code, "error", message, hint, pointer)


def test_what_fits_is_silent() -> None:
    assert problems(WAIVER, changed(WAIVER, "churn-gpus", "churn-more")) == []


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        ("rule", "cost.gpu-limit", "cost.gpu"),
        ("model", "model: churn", "model: chrun"),
        ("environment", "environment: dev", "environment: prod"),
    ],
)
def test_a_subject_that_is_not_there(field: str, before: str, after: str) -> None:
    text = changed(WAIVER, before, after)
    value = after.rpartition(" ")[2]
    message = f"{field} must be one that exists, got '{value}'"
    hint = "remove the waiver or correct it"
    assert problems(text) == [
        finding(text, value + "\n", "policy/waiver-unknown-subject", message, hint, f"/spec/{field}")
    ]


@pytest.mark.parametrize(
    ("issued", "expires", "days"),
    [
        ("2026-11-01", "2026-11-01", None),
        ("2026-11-01", "2027-01-30", None),
        ("2024-02-28", "2024-05-28", None),
        ("2026-11-01", "2027-01-31", 91),
        ("2026-11-01", "2026-10-31", -1),
        ("2024-02-28", "2024-05-29", 91),
        ("1000-01-01", "9999-12-31", 3287181),
    ],
)
def test_how_long(issued: str, expires: str, days: int | None) -> None:
    text = changed(changed(WAIVER, '"2026-11-01"', f'"{issued}"'), '"2026-12-01"', f"'{expires}'")
    message = f"expires must be 0 to 90 days after issued, got {days}"
    hint = "waive for a shorter time and mend the cause"
    expected = finding(text, f"'{expires}'", "policy/waiver-too-long", message, hint, "/spec/expires")
    assert problems(text) == ([expected] if days is not None else [])


def test_a_name_used_twice() -> None:
    assert problems(WAIVER, WAIVER) == [
        Finding(
            Location("policies/waivers/1.yaml", *place(WAIVER, "churn-gpus")),
            "spec/duplicate-name",
            "error",
            "a waiver's name must be used once, got 'churn-gpus' also in policies/waivers/churn.yaml",
            "rename one",
            "/metadata/name",
        )
    ]
