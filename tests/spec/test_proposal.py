"""Specs that are written for tables: always valid, and always true of the table that they were written for."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mlgitops.errors import UsageError
from mlgitops.spec.declared import read_document
from mlgitops.spec.documents.model import Model
from mlgitops.spec.proposal import looks_like_id, propose
from mlgitops.spec.proposed_text import Source, proposed_text, rounded_outward
from mlgitops.spec.yaml_words import flow_list, word
from mlgitops.tables.columns import infer
from mlgitops.tables.expectations import check

SOURCE = Source("churn", "growth", "s3://features/churn.csv", "sha256:" + "0" * 64)

ROWS = 8
NUMBERS = st.integers(-(2**63), 2**63 - 1).map(str) | st.floats(allow_nan=False, allow_infinity=False).map(repr)
WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=8)
CELLS = st.one_of(NUMBERS, WORDS, st.sampled_from(["", "true", "no", "2026-01-01", "0", "1", "a", "b"]))
COLUMNS = st.one_of(
    *[st.lists(cells, min_size=ROWS, max_size=ROWS) for cells in (CELLS, NUMBERS, WORDS)],
    *[
        st.lists(st.sampled_from(few), min_size=ROWS, max_size=ROWS)
        for few in (
            ["a", "b", "yes"],
            ["0", "1"],
            ["1.5", "2.25", ""],
            ["True", "false"],
            ["2026-01-01", ""],
            ["1", "1.0"],
        )
    ],
)
NAMES = st.lists(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=8) | st.just("row_id"),
    min_size=4,
    max_size=4,
    unique=True,
)


@settings(max_examples=200)
@given(NAMES, st.lists(COLUMNS, min_size=4, max_size=4))
def test_a_spec_is_valid_and_true_of_its_table(names: list[str], columns: list[list[str]]) -> None:
    rows = [list(row) for row in zip(*columns, strict=True)]
    table = infer(names, rows, unique=[name for name in names if looks_like_id(name)])
    try:
        proposal = propose(table, names[-1], None)
    except UsageError:
        return  # `test_new_model_from` says of what
    path = "specs/churn/model.yaml"
    written = read_document(proposed_text(proposal, table, SOURCE).encode(), path, Model, "churn")
    assert not isinstance(written, list), written
    spec = written.value.spec
    assert spec.target == names[-1]
    assert set(spec.features) <= set(names[:-1]) - {spec.id}
    breaches = check(names, enumerate(rows, 2), spec.data[0].expect).breaches
    lacking = [("nullable", names[-1])] if table.columns[-1].missing else []
    assert [(one.aspect, spec.data[0].expect[one.expectation].column) for one in breaches] == lacking


@given(
    st.lists(
        st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False),
        min_size=2,
        max_size=2,
        unique=True,
    )
)
def test_ranges_hold_what_they_are_made_from(ends: list[int | float]) -> None:
    low, high = rounded_outward(min(ends), max(ends))
    assert float(low) <= min(ends) < max(ends) <= float(high)


def test_long_lists_are_broken_into_lines() -> None:
    assert flow_list(["a" * 60, "b" * 60, "c"], 4) == f"[\n      {'a' * 60},\n      {'b' * 60}, c\n    ]"


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1))
def test_a_word_is_on_one_line(text: str) -> None:
    assert "\n" not in word(text)
