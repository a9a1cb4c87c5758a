"""Reviews and teams as a Git host gives them: whose word stands, and what is no such file."""

from __future__ import annotations

import json

import pytest

from mlgitops.spec.reviews import NotReviews, Review, read_members, read_reviews

COMMIT, LATER = "a" * 40, "b" * 40


def review(login: str, state: str, at: str = "", commit: str = COMMIT) -> dict[str, object]:
    return {"user": {"login": login}, "state": state, "commit_id": commit, "submitted_at": at, "body": "\x1b[2J"}


def read(*reviews: object) -> tuple[Review, ...]:
    return read_reviews(json.dumps(list(reviews)))


def test_approvals_by_their_people() -> None:
    assert read(review("kim", "APPROVED"), review("Eve", "APPROVED", commit=LATER)) == (
        Review("@eve", LATER),
        Review("@kim", COMMIT),
    )


@pytest.mark.parametrize(
    ("states", "stands"),
    [
        (["APPROVED", "COMMENTED"], True),
        (["APPROVED", "PENDING"], True),
        (["APPROVED", "CHANGES_REQUESTED"], False),
        (["APPROVED", "DISMISSED"], False),
        (["CHANGES_REQUESTED", "APPROVED"], True),
        (["COMMENTED"], False),
        (["DISMISSED", "APPROVED"], True),
    ],
)
def test_the_last_word_counts(states: list[str], stands: bool) -> None:
    given = [review("eve", state, f"2026-11-2{day}T10:00:00Z") for day, state in enumerate(states)]
    expected = (Review("@eve", COMMIT),) if stands else ()
    assert read(*given) == read(*reversed(given)) == expected


def test_an_approval_again_is_of_the_later_commit() -> None:
    first, second = review("eve", "APPROVED", "2026-11-20"), review("EVE", "APPROVED", "2026-11-21", LATER)
    assert read(first, second) == (Review("@eve", LATER),)


def test_pages_accounts_that_are_gone_and_bots() -> None:
    gone = {**review("x", "APPROVED"), "user": None}
    assert read([review("eve", "APPROVED")], [gone]) == (Review("@eve", COMMIT),)
    assert read(review("ci[bot]", "APPROVED")) == (Review("@ci[bot]", COMMIT),)
    assert read() == read([]) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "JSON is expected: "),
        ("[" * 100_000, "JSON is expected: "),
        ('{"message": "Not Found"}', "a list of reviews is expected, got dict"),
        ('["x"]', "review 0 must have user.login, got 'None'"),
        ('[{"user": {"login": "a\\u001b[2J"}, "state": "APPROVED"}]', "review 0 must have user.login, got 'a\\x1b[2J'"),
        ('[{"user": {"login": "eve"}}]', "review 0 must have a state, got 'None'"),
        (
            '[{"user": {"login": "eve"}, "state": "APPROVED", "commit_id": "--output=x"}]',
            "review 0 must have commit_id, a full hash, got '--output=x'",
        ),
    ],
)
def test_what_is_no_such_file(text: str, says: str) -> None:
    with pytest.raises(NotReviews) as told:
        read_reviews(text)
    assert str(told.value).startswith(says)


def test_teams() -> None:
    text = '{"@acme/platform": ["eve", "@kim"], "acme/none": []}'
    assert read_members(text) == {"@acme/platform": ("@eve", "@kim"), "@acme/none": ()}


@pytest.mark.parametrize("text", ["[]", '{"acme": []}', '{"a/b": "eve"}', '{"a/b": [1]}', '{"a/b": ["a b"]}', "x"])
def test_what_are_no_teams(text: str) -> None:
    with pytest.raises(NotReviews):
        read_members(text)
