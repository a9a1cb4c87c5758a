"""`plan` says that an edit of how a model serves waits for its next version, where a version serves already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import edit, release
from tests.pipeline.test_plan import committed, document, plan

pytestmark = pytest.mark.usefixtures("_words")

ALPHA = "specs/alpha/model.yaml"
TAIL = "takes effect with the next version: what is released serves as its version's record says"
HINT = (
    "to have it serve, make a version of this spec and release it; with the same weights it names them in `artifactOf`"
)


@pytest.fixture
def root(copy: Copy) -> Path:
    place = copy("plain")
    committed(place)
    return place


def notes(root: Path) -> list[dict[str, Any]]:
    return [found for found in document(root)["report"]["findings"] if found["severity"] == "note"]


def brief(root: Path) -> list[tuple[int, str, str]]:
    """(line, field, subject) of each note."""
    return [(note["line"], note["message"].removesuffix(f" {TAIL}"), note["subject"]) for note in notes(root)]


def test_a_route(root: Path) -> None:
    edit(root, ALPHA, "route: /alpha", "route: /other")
    assert notes(root) == [
        {
            "path": ALPHA,
            "line": 19,
            "column": 12,
            "code": "release/next-version",
            "severity": "note",
            "message": f"serving.route {TAIL}",
            "hint": HINT,
            "pointer": "/spec/serving/route",
            "subject": f"alpha@{environment}",
            "waivedBy": None,
            "related": [],
        }
        for environment in ("dev", "prod")
    ]
    ran = plan(root)
    assert ran.code == 0
    assert (
        f"{ALPHA}:19:12: note[release/next-version]: serving.route {TAIL}\n"
        "  19 |     route: /other\n"
        "     |            ^\n"
        "  for: alpha@dev, alpha@prod\n"
        f"  hint: {HINT}\n"
        "  more: mlgitops explain release/next-version\n"
    ) in ran.out


INPUTS = "    route: /alpha\n    inputs: [{name: a, type: float32}, {name: b, type: float32}]\n"
BOTH = ("alpha@dev", "alpha@prod")


@pytest.mark.parametrize(
    ("before", "after", "line", "field"),
    [
        ("    route: /alpha\n", INPUTS, 20, "serving.inputs"),
        ("    route: /alpha\n", "    route: /alpha\n    timeout: 31s\n", 20, "serving.timeout"),
        ("  serving:\n", "  monitoring: {objectives: {latencyP99: 100ms}}\n  serving:\n", 18, "monitoring.objectives"),
    ],
)
def test_other_fields(root: Path, before: str, after: str, line: int, field: str) -> None:
    edit(root, ALPHA, before, after)
    assert brief(root) == [(line, field, subject) for subject in BOTH]


@pytest.mark.parametrize("line", ["timeout: 30s", "inputs: []", "maxOngoingRequests: 100", "threshold: null"])
def test_not_for_what_holds_where_nothing_is_written(root: Path, line: str) -> None:
    edit(root, ALPHA, "    route: /alpha\n", f"    route: /alpha\n    {line}\n")
    assert brief(root) == []
    committed(root)
    edit(root, ALPHA, f"    {line}\n", "")
    assert brief(root) == []


def test_not_for_a_flag_of_one_item_that_holds_anyway(root: Path) -> None:
    edit(root, ALPHA, "    route: /alpha\n", INPUTS)
    committed(root)
    edit(root, ALPHA, "{name: b, type: float32}", "{name: b, type: float32, nullable: false}")
    assert brief(root) == []


@pytest.mark.parametrize("after", ["", "  serving: null\n"])
def test_serving_that_is_removed_serves_on(root: Path, after: str) -> None:
    edit(root, ALPHA, "  serving:\n    route: /alpha\n    replicas: {min: 1, max: 2}\n", after)
    says = "the spec says nothing about serving, and what is released serves on, as its version's record says"
    assert [(note["subject"], note["message"], note["pointer"], note["hint"]) for note in notes(root)] == [
        (f"alpha@{name}", says, "/spec/serving", f"to end it, remove environments/{name}/releases/alpha.yaml")
        for name in ("dev", "prod")
    ]


def test_monitoring_that_is_removed_is_one_note(root: Path) -> None:
    monitoring = "  monitoring: {objectives: {latencyP99: 100ms}, groundTruth: {labelDelay: 1h}}\n"
    edit(root, ALPHA, "  serving:\n", f"{monitoring}  serving:\n")
    committed(root)
    edit(root, ALPHA, monitoring, "")
    assert brief(root) == []  # the version has none either
    record = "specs/alpha/versions/v1/version.yaml"
    with (root / record).open("a") as file:
        file.write("    monitoring: {objectives: {latencyP99: 100ms}}\n")
    for environment in ("dev", "prod"):
        release(root, "alpha", environment)
    assert [found[1:] for found in brief(root)] == [("monitoring", subject) for subject in BOTH]


def test_the_one_item_that_differs_is_shown(root: Path) -> None:
    edit(root, ALPHA, "    route: /alpha\n", INPUTS)
    committed(root)
    edit(root, ALPHA, "{name: b, type: float32}", "{name: b, type: int64}")
    assert {(note["pointer"], note["column"]) for note in notes(root)} == {("/spec/serving/inputs/1/type", 56)}


def test_what_was_removed_is_told_where_it_stood(root: Path) -> None:
    edit(root, ALPHA, "    route: /alpha\n", INPUTS)
    committed(root)
    edit(root, ALPHA, INPUTS, "    route: /alpha\n")
    assert brief(root) == []  # the version has none either
    edit(root, ALPHA, "    route: /alpha\n", "    route: /other\n")
    committed(root)
    edit(root, ALPHA, "    route: /other\n", "    route: /alpha\n")
    assert brief(root) == []


def test_hardware_follows_the_spec(root: Path) -> None:
    edit(root, ALPHA, "replicas: {min: 1, max: 2}", "replicas: {min: 1, max: 3}")
    assert brief(root) == []
    assert document(root)["summary"]["changedTargets"] == 2


def test_only_where_a_version_serves(root: Path) -> None:
    edit(root, "specs/beta/model.yaml", "route: /beta", "route: /other")
    edit(root, "specs/gamma/model.yaml", "route: /gamma", "route: /more")
    assert brief(root) == [(19, "serving.route", "beta@dev")]


def test_not_where_the_released_version_has_it(root: Path) -> None:
    edit(root, ALPHA, "route: /alpha", "route: /other")
    edit(root, "specs/alpha/versions/v1/version.yaml", "route: /alpha", "route: /other")
    for environment in ("dev", "prod"):
        release(root, "alpha", environment)
    assert brief(root) == []


def test_not_for_other_edits_nor_for_models_that_are_new(root: Path) -> None:
    edit(root, ALPHA, "deadline: 2h", "deadline: 3h")
    edit(root, "specs/beta/model.yaml", "  serving:\n", "  # how it serves\n  serving:\n")
    assert brief(root) == []


def test_a_spec_that_cannot_be_read_says_nothing(root: Path) -> None:
    edit(root, ALPHA, "  serving:\n    route: /alpha\n", "  serving: [\n    route: /alpha\n")
    assert brief(root) == []
    edit(root, ALPHA, "  serving: [\n    route: /alpha\n", "  serving: []\n  validating:\n    route: /alpha\n")
    assert brief(root) == []
