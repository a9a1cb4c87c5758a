"""What is kept of a run while somebody edits in the middle of it: never more than what was read."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mlgitops import pipeline
from mlgitops.files import former, staging
from mlgitops.report.stored import finding_json, report_json, stored_finding, stored_report
from mlgitops.request import Command, Request, recall
from mlgitops.stages.remember import model_json, stored_model
from tests.pipeline.conftest import _words, copy, memory, originals  # noqa: F401 - fixtures
from tests.pipeline.miniature import edit, mlgitops, write
from tests.report.examples import REPORT

pytestmark = pytest.mark.usefixtures("_words")

TICK = 0.03


def request(root: Path) -> Request:
    return Request(str(root), date(2026, 11, 21), engine="embedded", jobs=1)


def read_back(value: Any) -> Any:
    """What the cache gives back."""
    return json.loads(json.dumps(value))


def remembered(root: Path, command: Command) -> bool:
    found = recall(request(root), command)
    return found is not None and found.report is not None


def during(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, act: Callable[[], object], *, after: bool) -> None:
    """Do something once, before or after a function of the run."""
    function, done = getattr(place, name), []

    def wrapped(*arguments: Any, **named: Any) -> Any:
        if not after and not done:
            done.append(act())
        result = function(*arguments, **named)
        if after and not done:
            done.append(act())
        return result

    monkeypatch.setattr(place, name, wrapped)


@pytest.fixture
def root(copy: Any) -> Path:  # noqa: F811
    place: Path = copy("plain")
    time.sleep(TICK)
    return place


@pytest.mark.parametrize("command", ["validate", "check", "render --check", "render"])
def test_an_undisturbed_run_is_remembered(root: Path, command: Command) -> None:
    report = pipeline.run(request(root), command)
    known = recall(request(root), command)
    assert known is not None
    assert known.report == report
    assert known.same == {"alpha", "beta", "gamma"}


def test_a_run_that_wrote_is_remembered_as_one_that_has_nothing_to_write(root: Path) -> None:
    edit(root, "specs/alpha/model.yaml", "deadline: 2h", "deadline: 3h")
    time.sleep(TICK)
    report = pipeline.run(request(root), "render")
    assert report.written
    known = recall(request(root), "render")
    assert known is not None
    assert known.report == report._replace(written=())


EDITS: dict[str, Callable[[Path], object]] = {
    "spec": lambda root: edit(root, "specs/alpha/model.yaml", "deadline: 2h", "deadline: 4h"),
    "code": lambda root: edit(root, "specs/alpha/train.py", "return 1", "return 3"),
    "policy": lambda root: edit(root, "policies/words/label/label.rego", "another label", "another word!"),
    "environment": lambda root: edit(root, "environments/dev/environment.yaml", "host: dev", "host: def"),
    "a new model": lambda root: write(root, {"specs/delta/train.py": "def train_loop(config): ...\n"}),
    "a new release": lambda root: write(root, {"environments/dev/releases/gamma.yaml": "a: 1\n"}),
    "a rendered file": lambda root: edit(
        root, "rendered/dev/beta/serve/service.yaml", "kind: Service", "kind: Servize"
    ),
    "a written file": lambda root: edit(root, "rendered/dev/alpha/train/rayjob.yaml", "kind: RayJob", "kind: RayJab"),
    "a file more": lambda root: write(root, {"rendered/dev/beta/new.yaml": "a: 1\n"}),
    "a file more in what is written": lambda root: write(root, {"rendered/dev/alpha/new.yaml": "a: 1\n"}),
    "a file more below it": lambda root: write(root, {"rendered/dev/alpha/train/new.yaml": "a: 1\n"}),
    "a target more": lambda root: write(root, {"rendered/dev/new/new.yaml": "a: 1\n"}),
    "an environment more": lambda root: write(root, {"rendered/new/new.yaml": "a: 1\n"}),
    "Argo CD's": lambda root: write(root, {"rendered/argocd/new.yaml": "a: 1\n"}),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_during_a_check_is_never_taken_for_what_was_checked(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    during(monkeypatch, pipeline, "settle", lambda: EDITS[name](root), after=True)
    pipeline.run(request(root), "render --check")
    monkeypatch.undo()
    assert not remembered(root, "render --check")


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_after_writing_is_never_taken_for_what_was_written(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    edit(root, "specs/alpha/model.yaml", "deadline: 2h", "deadline: 3h")
    time.sleep(TICK)
    again = ("specs/alpha/model.yaml", "deadline: 3h", "deadline: 4h")
    act = (lambda: edit(root, *again)) if name == "spec" else (lambda: EDITS[name](root))
    during(monkeypatch, staging, "settle", act, after=True)
    report = pipeline.run(request(root), "render")
    assert report.written
    monkeypatch.undo()
    assert not remembered(root, "render")


def test_an_edit_between_recalling_and_reading_is_no_part_of_what_is_reused(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All models depend on it: what was found of them before must not be kept beside it."""
    pipeline.run(request(root), "render --check")
    edit(root, "specs/beta/model.yaml", "deadline: 2h", "deadline: 3h")
    known = recall(request(root), "render --check")
    assert known is not None
    assert known.same == {"alpha", "gamma"}
    edit(
        root,
        "environments/dev/environment.yaml",
        "cpu: 1, memory: 2Gi}}\n    serving",
        "cpu: 1, memory: 3Gi}}\n    serving",
    )
    time.sleep(TICK)
    report = pipeline.run(request(root), "render --check", recalled=known)
    stale = {finding.location.path.split("/")[2] for finding in report.findings}
    assert stale == {"alpha", "beta", "gamma"}


def test_a_clock_that_was_set_back_keeps_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([2_000_000_000_000_000_001, 1_999_999_999_000_000_001, 1_999_999_999_000_000_001])
    monkeypatch.setattr(former, "moment_of", lambda root: next(moments))
    pipeline.run(request(root), "validate")
    monkeypatch.undo()
    assert not remembered(root, "validate")


def test_a_company_s_server_is_asked_every_time(root: Path) -> None:
    asked = request(root)._replace(engine="server=https://opa.example.com")
    assert not asked.remembers
    assert recall(asked, "render") is None


def test_models_come_back_as_they_were(root: Path) -> None:
    built: list[Any] = []
    from mlgitops.stages import build

    real = build.build_models
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "build_models", lambda *a: built.extend(real(*a)) or built)
        edit(root, "specs/gamma/model.yaml", 'forbidden: "no"', "forbidden: model")
        pipeline.run(request(root), "check")
    assert len(built) == 3
    for one in built:
        again = stored_model(one.name, read_back(model_json(one)))
        targets = tuple(
            t._replace(texts=None, status="failed" if t.status == "failed" else "same") for t in one.targets
        )
        assert again == one._replace(document=None, targets=targets)


def test_records_that_somebody_else_wrote_are_passed_over(root: Path) -> None:
    pipeline.run(request(root), "check")
    place = root / former.FOLDER / f"{request(root).key('check')}.models"
    inode, _, _ = place.read_bytes().partition(b"\n")
    place.write_bytes(inode + b'\n{"records": {"alpha": 1, "beta": {"targets": [{}]}, "gamma": {"findings": 3}}}')
    edit(root, "specs/alpha/model.yaml", "deadline: 2h", "deadline: 3h")
    assert mlgitops(root, "policy", "check").code == 0


def test_reports_come_back_as_they_were() -> None:
    assert stored_report(read_back(report_json(REPORT))) == REPORT
    for finding in REPORT.findings:
        assert stored_finding(read_back(finding_json(finding))) == finding


WRONG: list[Any] = [None, 7, "text", [], {}, [1], [[1]], True]


FITS: dict[str, list[Any]] = {
    "findings": [[]],
    "checked": [7],
    "failed": [7],
    "skipped": [[]],
    "unchanged": [None, 7],
    "unit": ["text"],
    "engine": ["text"],
    "written": [None, []],
    "removed": [[]],
    "files": [None, 7],
}


def test_reports_that_somebody_else_wrote_are_refused() -> None:
    good = read_back(report_json(REPORT))
    assert good.keys() == FITS.keys()
    for key, fitting in FITS.items():
        for wrong in WRONG:
            if any(type(wrong) is type(one) and wrong == one for one in fitting):
                stored_report({**good, key: wrong})
                continue
            with pytest.raises(ValueError, match=r"expected|no "):
                stored_report({**good, key: wrong})
    for at in range(9):
        for wrong in WRONG:
            finding = read_back(finding_json(REPORT.findings[0]))
            if type(wrong) is type(finding[at]) and (isinstance(wrong, str) or wrong == []):
                continue
            finding[at] = wrong
            with pytest.raises(ValueError, match=r"expected|no |unpack"):
                stored_finding(finding)
    for wrong in WRONG:
        with pytest.raises(ValueError, match=r"expected|no |unpack"):
            stored_report(wrong)
