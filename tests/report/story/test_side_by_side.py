"""Values beside each other: what is shown of long ones, and what is marked."""

from __future__ import annotations

from mlgitops.plan.fields import ABSENT
from mlgitops.report.story.side_by_side import LINES, Piece, Row, side_by_side


def brief(rows: list[Row]) -> list[str]:
    return [f"{row.kind}: {row.before.text} | {row.after.text}" + (f" {row.lines}" * bool(row.lines)) for row in rows]


def test_within_a_line_the_difference_is_marked() -> None:
    assert side_by_side("image:2.60", "image:2.61") == [
        Row("changed", Piece("image:2.6", "0", ""), Piece("image:2.6", "1", ""))
    ]
    assert side_by_side("aa", "a") == [Row("changed", Piece("a", "a", ""), Piece("a", "", ""))]


def test_numbers_and_documents() -> None:
    assert brief(side_by_side(6, 8)) == ["changed: 6 | 8"]
    assert brief(side_by_side({"a": 1}, {"a": 1, "b": 2})) == [
        "same: { | {",
        'changed:   "a": 1 |   "a": 1,',
        'added:  |   "b": 2',
        "same: } | }",
    ]


def test_what_comes_and_goes() -> None:
    assert brief(side_by_side(ABSENT, "x\ny")) == ["added:  | x", "added:  | y"]
    assert brief(side_by_side("", ABSENT)) == ["removed:  | "]


def test_equal_lines_far_from_a_difference_are_left_out() -> None:
    old = [f"line {number}" for number in range(20)]
    new = [*old[:10], "new", *old[11:]]
    assert brief(side_by_side("\n".join(old), "\n".join(new))) == [
        "left out:  |  7",
        *(f"same: line {n} | line {n}" for n in (7, 8, 9)),
        "changed: line 10 | new",
        *(f"same: line {n} | line {n}" for n in (11, 12, 13)),
        "left out:  |  6",
    ]


def test_of_a_long_value_the_rest_is_counted() -> None:
    rows = side_by_side(ABSENT, "\n".join("x" for _ in range(5_000)))
    assert len(rows) == LINES + 1
    assert rows[-1] == Row("left out", Piece(), Piece(), 4_800)


def test_secrets_are_starred_out() -> None:
    token = "ghp_" + "a1B2c3D4e5" * 4
    assert "ghp_" not in str(side_by_side(token, {token: [f"x {token}"]}))
