"""The JSON format: the whole document compared, since programs depend on each key."""

from __future__ import annotations

import json
from typing import Any

from mlgitops import __version__
from mlgitops.report.as_json import as_json
from mlgitops.report.contents import Report
from tests.report.examples import CLEAN, OUT_OF_RANGE, REPORT, SPEC, WAIVED


def finding(**keys: Any) -> dict[str, Any]:
    return {"hint": None, "pointer": None, "subject": None, "waivedBy": None, "related": [], **keys}


def test_everything_a_report_can_hold() -> None:
    out_of_range = {
        "path": SPEC,
        "line": 31,
        "column": 21,
        "code": "spec/out-of-range",
        "severity": "error",
        "message": "serving.replicas.min must be at least 1, got 0",
        "hint": "set it to 1, or remove `serving` to train only",
        "pointer": "/spec/serving/replicas/min",
    }
    assert json.loads(as_json(REPORT)) == {
        "version": 1,
        "tool": {"name": "mlgitops", "version": __version__},
        "findings": [
            finding(
                path=SPEC,
                line=3,
                column=9,
                code="spec/format",
                severity="warning",
                message="metadata.name must be a name, got 'Churn'",
            ),
            finding(
                path=SPEC,
                line=20,
                column=5,
                code="policy/cost.gpu-limit",
                severity="error",
                message="8 GPUs of type A100 are asked for, 4 are allowed",
                pointer="/spec/training/workers",
                subject="churn@prod",
                waivedBy="policies/waivers/churn-gpus.yaml",
                related=[
                    {
                        "path": "environments/prod/environment.yaml",
                        "line": 9,
                        "column": 19,
                        "message": "the limit is set here",
                    }
                ],
            ),
            finding(**out_of_range, subject="churn@dev"),
            finding(**out_of_range, subject="churn@prod"),
        ],
        "skipped": [
            {"subject": "digits@prod", "reason": "no release: nothing serves here yet"},
            {"subject": "diabetes@prod", "reason": "no release: nothing serves here yet"},
        ],
        "written": None,
        "removed": [],
        "summary": {
            "unit": "target",
            "checked": 9,
            "failed": 2,
            "skipped": 2,
            "waived": 1,
            "unchanged": None,
            "filesUnchanged": None,
            "errors": 2,
            "warnings": 1,
            "notes": 0,
            "engine": "opa 1.21.3",
        },
    }


def test_nothing_found_is_an_empty_list() -> None:
    document = json.loads(as_json(CLEAN))
    assert document["findings"] == []
    assert document["summary"]["checked"] == 9


def test_any_text_survives_in_ascii() -> None:
    message = 'naïve 名前 \x1b[31m "quoted" \\ \n'
    text = as_json(Report((OUT_OF_RANGE._replace(message=message),)))
    assert text.isascii()
    assert json.loads(text)["findings"][0]["message"] == message


def test_tokens_are_starred_out() -> None:
    token = "ghp_" + "a1B2" * 9
    assert token not in as_json(Report((WAIVED._replace(message=f"got {token}", hint=f"remove {token}"),)))
