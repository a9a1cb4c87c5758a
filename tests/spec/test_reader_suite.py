"""The official YAML test suite: nothing invalid is accepted, and what is accepted says what it says to all."""

from __future__ import annotations

import json

from mlgitops.spec import yaml_fast
from mlgitops.spec.reader import Document, read
from mlgitops.spec.yaml_characters import FORBIDDEN
from mlgitops.spec.yaml_exact import compose
from tests.spec.yaml_test_suite import Case, cases

CASES = cases()


def wrapped(case: Case) -> str:
    """The case as a value below a key, since a file must be a mapping."""
    return "wrapped:\n" + "".join(f"  {line}\n" for line in case.yaml.removesuffix("\n").split("\n"))


def test_the_suite_is_whole() -> None:
    assert (len(CASES), sum(case.invalid for case in CASES)) == (402, 94)


def test_no_invalid_case_is_accepted() -> None:
    accepted = [case.name for case in CASES if case.invalid and isinstance(read(case.yaml, "x.yaml"), Document)]
    assert accepted == []


def test_every_case_that_is_refused_says_where() -> None:
    for case in CASES:
        result = read(case.yaml, "x.yaml")
        if isinstance(result, Document):
            continue
        assert result
        lines = (case.yaml + "\n").split("\n")
        for finding in result:
            assert finding.code.startswith("yaml/")
            assert 1 <= finding.location.line <= len(lines) + 1
            assert finding.location.column >= 1
            assert finding.hint
            assert len(finding.message) < 4096


def test_what_is_accepted_is_what_the_suite_expects() -> None:
    compared = 0
    for case in CASES:
        result = read(case.yaml, "x.yaml")
        if isinstance(result, Document) and case.json is not None:
            # As text, in which 1, 1.0 and true differ.
            assert json.dumps(result.data) == json.dumps(json.loads(case.json)), case.name
            compared += 1
    assert compared == 61


def test_both_readings_agree_on_every_case() -> None:
    fast = 0
    for text in [form for case in CASES for form in (case.yaml.removesuffix("\n") + "\n", wrapped(case))]:
        data = yaml_fast.data(text)
        if data is None or FORBIDDEN.search(text):
            continue
        composed = compose(text, "x.yaml")
        assert (composed.findings, repr(composed.data)) == ([], repr(data)), text
        fast += 1
    assert fast >= 25
