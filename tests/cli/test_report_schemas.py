"""The published schemas of reports: what is written keeps to them, and what is not so is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypedDict

import jsonschema
import pytest

from mlgitops.cli.json_schemas import schema_files
from mlgitops.cli.report_schemas import report_schema
from mlgitops.plan.policy_diff import PolicyDiff
from mlgitops.report.as_json import as_json
from mlgitops.report.contents import Report
from mlgitops.report.policy_diff import Compared, policy_diff_json
from mlgitops.report.story.as_json import story_json
from tests.report.examples import REPORT as FINDINGS
from tests.report.stories import EMPTY, REPORT, hostile, mass, rich


def validator(name: str) -> jsonschema.Draft7Validator:
    schema = json.loads(schema_files()[f"schemas/report/{name}.json"])
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(lambda: story_json(rich(), REPORT), id="rich"),
        pytest.param(lambda: story_json(mass(), Report()), id="mass"),
        pytest.param(lambda: story_json(EMPTY, Report()), id="empty"),
        pytest.param(lambda: story_json(*hostile()), id="hostile"),
    ],
)
def test_a_plan_keeps_to_its_schema(text: Callable[[], str]) -> None:
    validator("plan").validate(json.loads(text()))


@pytest.mark.parametrize(
    "compared",
    [
        pytest.param(Compared(rich().policy, "f" * 40, "2026-11-21", 2), id="rich"),
        pytest.param(Compared(hostile()[0].policy, "f" * 40, "2026-11-21"), id="hostile"),
        pytest.param(Compared(PolicyDiff(unknown="the rules have errors"), "", "2026-11-21"), id="forecast"),
    ],
)
def test_a_policy_diff_keeps_to_its_schema(compared: Compared) -> None:
    document = json.loads(policy_diff_json(compared))
    validator("policy-diff").validate(document)
    document["policy"]["flips"] = [{"rule": "a.b"}]
    with pytest.raises(jsonschema.ValidationError, match="'subject' is a required property"):
        validator("policy-diff").validate(document)


def test_a_report_keeps_to_its_schema() -> None:
    validator("report").validate(json.loads(as_json(FINDINGS)))


def changed(*path: Any, value: Any) -> Any:
    document = json.loads(story_json(rich(), REPORT))
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (changed("effects", 0, "effect", value="exploded"), "'exploded' is not one of"),
        (changed("effects", 0, "location", value="a:1"), "is not valid under any of the given schemas"),
        (changed("capacity", 0, "gpus", 0, "over", value="no"), "'no' is not of type 'boolean'"),
        (changed("policy", value={}), "'flips' is a required property"),
        (changed("headline", value="all is well"), "is not of type 'array'"),
    ],
)
def test_what_is_not_so_is_refused(document: Any, says: str) -> None:
    with pytest.raises(jsonschema.ValidationError, match=says):
        validator("plan").validate(document)


def test_a_key_may_be_absent_only_where_the_type_says_so() -> None:
    schema = json.loads(schema_files()["schemas/report/plan.json"])
    assert schema["definitions"]["FieldJson"]["required"] == ["path"]
    optional = {
        name: sorted(set(one["properties"]) - set(one["required"])) for name, one in schema["definitions"].items()
    }
    assert {name: keys for name, keys in optional.items() if keys} == {"FieldJson": ["after", "before"]}


class Odd(TypedDict):
    """A type that no report has."""

    when: complex


def test_a_type_without_a_schema_is_refused() -> None:
    with pytest.raises(TypeError, match="no schema for <class 'complex'>"):
        report_schema(Odd)
