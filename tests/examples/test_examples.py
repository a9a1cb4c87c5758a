"""The examples are what they say: fresh, allowed in every engine, accepted by the operator, made of the named data."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

import example_data
import pytest
import ryaml

from mlgitops import pipeline
from mlgitops.files.disk import DiskTree
from mlgitops.render.identity import identity
from mlgitops.render.training import render_training
from mlgitops.report.contents import exit_code
from mlgitops.request import Request
from mlgitops.stages.prepare import prepare
from mlgitops.stages.validate import validate_model
from tests.render.preflight.operator import verdicts

ROOT = Path(__file__).resolve().parents[2]
TODAY = datetime.date(2026, 11, 21)
"""A day on which the examples' waiver holds."""


def request(engine: str = "auto") -> Request:
    return Request(str(ROOT), TODAY, engine=engine, jobs=1, cache=False)


def test_rendered_is_fresh() -> None:
    report = pipeline.run(request(), "render --check")
    assert [str(finding.location) for finding in report.findings if finding.fails] == []
    assert report.checked == 8


def test_the_engines_agree() -> None:
    reports = {engine: pipeline.run(request(engine), "check") for engine in ("opa", "embedded", "server")}
    assert {engine: report.engine.split()[0] for engine, report in reports.items()} == {
        "opa": "opa",
        "embedded": "embedded",
        "server": "server",
    }
    assert reports["opa"].findings == reports["embedded"].findings == reports["server"].findings
    assert [exit_code(report) for report in reports.values()] == [0, 0, 0]


def test_one_waiver_is_needed_and_there_is_no_other() -> None:
    findings = pipeline.run(request(), "check").findings
    assert len(list((ROOT / "policies/waivers").glob("*.yaml"))) == 1
    assert len({finding.waived for finding in findings if finding.waived}) == 1
    assert [f.code for f in findings if f.code == "policy/waiver-unused"] == []


@pytest.mark.parametrize("model", ["breast-cancer", "diabetes", "digits"])
def test_the_data_is_what_the_tool_makes(model: str) -> None:
    spec = ryaml.loads((ROOT / f"specs/{model}/model.yaml").read_text())["spec"]
    made = {name: f"sha256:{hashlib.sha256(text).hexdigest()}" for name, text in example_data.splits(model).items()}
    assert {item["uri"].rpartition("/")[2]: item["digest"] for item in spec["data"]} == made


@pytest.mark.parametrize("model", ["breast-cancer", "diabetes", "digits"])
def test_the_released_version_is_the_run_that_dev_asks_for(model: str) -> None:
    prepared = prepare(DiskTree(str(ROOT)))
    resolved = validate_model(DiskTree(str(ROOT)), model, prepared.declared).targets["dev"].resolved
    objects = render_training(resolved)
    assert isinstance(objects, tuple)
    assert resolved.version is not None
    assert resolved.version.spec.run.identity == identity(objects)


def test_the_operator_accepts_every_ray_object() -> None:
    files = sorted((ROOT / "rendered").glob("*/*/*/ray*.yaml"))
    assert len(files) == 3 + 8
    answers = verdicts([ryaml.loads(file.read_text()) for file in files])
    refused = {str(file.relative_to(ROOT)): said for file, said in zip(files, answers, strict=True) if not said.valid}
    assert refused == {}
