"""Waiting until what was asked for is live, or has failed.

ended = follow(Following(question, argocd, versions={}, timeout=600.0), told=print)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from mlgitops.errors import MlgitopsError
from mlgitops.live.awaited import GRACE, LOOKS, Awaited, awaited
from mlgitops.live.judge import Wanted
from mlgitops.live.picture import Picture
from mlgitops.live.states import STATES
from mlgitops.programs.argocd import ArgoCDUnavailable
from mlgitops.stages.asked import Asked, Question, asked_of, branch_head
from mlgitops.stages.look import Applications, look

PAUSE: Final = 2.0
"""Seconds between two looks."""
FETCH: Final = 10.0
"""Seconds between two questions to the Git host where the branch is."""
UNSEEN: Final = 15.0
"""Seconds after which Argo CD is asked to look at Git: it forgets a webhook that comes while it compares."""
AGAIN: Final = 15.0
"""Seconds from one `Following.again` to the next."""

Place = tuple[str, str]
"""Environment and model."""


class Following(NamedTuple):
    """What is waited for."""

    question: Question
    argocd: Applications
    timeout: float
    versions: Mapping[Place, tuple[str, ...]] = {}
    """Releases that must be there; of places that are not named, whatever Git releases."""
    runs: bool = False
    """Whether the newest training runs must have ended well too."""
    pinned: bool = False
    """Whether the revision is one commit, and not what the followed branch comes to be."""
    again: Callable[[Asked], None] | None = None
    """What is done every `AGAIN` seconds as long as not all is live."""


class Ended(NamedTuple):
    """How waiting ended."""

    picture: Picture
    places: tuple[Awaited, ...]
    timed_out: bool

    @property
    def live(self) -> bool:
        """Whether everything is."""
        return all(one.outcome == "live" for one in self.places) and not self.timed_out


class _Clock:
    """Since when which place has been failing or unseen, and the words that were told last."""

    def __init__(self) -> None:
        self.since: dict[tuple[str, Place], float] = {}
        self.told: dict[Place, str] = {}

    def seconds(self, what: str, place: Place, *, holds: bool) -> float:
        if not holds:
            self.since.pop((what, place), None)
            return 0.0
        return time.monotonic() - self.since.setdefault((what, place), time.monotonic())


def follow(following: Following, told: Callable[[str], None], pause: float | None = None) -> Ended:
    """Look until everything is live, something has failed, or the time is over; `told` gets a line for each change.

    Raises MlgitopsError where Argo CD does not answer at first, or for `GRACE` seconds.
    """
    until, clock = time.monotonic() + following.timeout, _Clock()
    pause = PAUSE if pause is None else pause
    asked, fetched, looks, silent = asked_of(following.question), time.monotonic(), 0, 0.0
    done = time.monotonic()
    while True:
        try:
            picture, silent = look(asked, following.question, following.argocd), 0.0
        except ArgoCDUnavailable:
            silent = silent or time.monotonic()
            if not clock.told or time.monotonic() - silent > GRACE:
                raise
            time.sleep(pause)
            continue
        places = _outcomes(picture, following, clock, told)
        _have_it_seen(places, following.argocd, clock)
        looks = looks + 1 if all(one.outcome == "live" for one in places) else 0
        over = time.monotonic() >= until
        if looks >= LOOKS or over or any(one.outcome == "failed" for one in places):
            return Ended(picture, places, over and looks < LOOKS)
        time.sleep(min(pause, max(0.0, until - time.monotonic())))
        if following.again and not looks and time.monotonic() - done >= AGAIN:
            with suppress(MlgitopsError):
                following.again(asked)
            done = time.monotonic()
        if _needs_git(places) and time.monotonic() - fetched >= FETCH:
            asked, fetched = _newer(asked, following), time.monotonic()


def _outcomes(
    picture: Picture, following: Following, clock: _Clock, told: Callable[[str], None]
) -> tuple[Awaited, ...]:
    found = []
    for row in picture.rows:
        place = (row.environment, row.model)
        versions = following.versions.get(place, ())
        if not row.versions and not versions:
            continue
        fails = STATES[row.state].standing in ("failed", "unknown")
        seconds = clock.seconds("failing", place, holds=fails)
        one = awaited(row, versions, runs=following.runs, pinned=following.pinned, failing_for=seconds)
        found.append(one)
        words = f"{STATES[row.state].word}{f': {one.words}' if one.words else ''}"
        if clock.told.get(place) != words:
            clock.told[place] = words
            told(f"{row.environment}/{row.model}: {words}")
    return tuple(found)


def _have_it_seen(places: tuple[Awaited, ...], argocd: Applications, clock: _Clock) -> None:
    """Ask Argo CD to look at Git for places where it has not seen the commit for a while."""
    for one in places:
        place, unseen = (one.row.environment, one.row.model), one.row.state == "waiting"
        if clock.seconds("unseen", place, holds=unseen) > UNSEEN:
            clock.seconds("unseen", place, holds=False)
            with suppress(MlgitopsError):
                argocd.application(Wanted(*place).application("serve"), refresh=True)


def _needs_git(places: tuple[Awaited, ...]) -> bool:
    """Whether this clone lacks a commit that Argo CD knows, or a merge that is waited for."""
    return any(one.outcome == "under way" and (one.row.strange or one.unmerged) for one in places)


def _newer(asked: Asked, following: Following) -> Asked:
    """What Git asks for by now. Where the Git host cannot be asked, what is known stays."""
    with suppress(MlgitopsError):
        head = branch_head(asked)
        if not following.pinned and head != asked.commit:
            return asked_of(following.question, head)
    return asked
