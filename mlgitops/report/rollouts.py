"""Rollouts and approvals as people read them: what a step does and what comes next, and all steps of one."""

from __future__ import annotations

from typing import Any

from mlgitops.deliver.approve import Approved
from mlgitops.deliver.release import Place
from mlgitops.deliver.rollout import Position, Step, following, position_of, positions
from mlgitops.report.visible import visible
from mlgitops.spec.documents.release import Rollout

Json = Any

OVER = "serves alone, and the other release is removed"


def written_step(step: Step, place: Place) -> str:
    """What a step does, and the next one."""
    release, before, after = step.release, step.before, step.release.spec.rollout
    assert after is not None
    name, spec = release.metadata.name, release.spec
    previous = before.previous.version if before.previous else ""
    command = f"{name} --env {place.name}"
    lines = [f"wrote {step.path}"]
    what = f"{name} in {place.name}: {before.strategy} of {spec.version} beside {previous}"
    if after.previous is None:
        lines.append(f"{what} is over: {spec.version} {OVER}")
        lines.append("next: `mlgitops render`, `mlgitops plan`, and a pull request of the two")
    else:
        lines.append(f"{what}: {spec.version} answers {words_of(after)}, before {words_of(before)}")
        lines.append(
            "next: `mlgitops render`, `mlgitops plan`, and a pull request of the two: nothing but the route moves"
        )
        lines.append(f"then: `mlgitops rollout next {command}`{_then(after, place, spec.version, previous)}")
    return "".join(f"{visible(line)}\n" for line in lines)


def _then(rollout: Rollout, place: Place, version: str, previous: str) -> str:
    """What the step after does."""
    if rollout.aborted:
        return f", which removes {version}"
    then = following(rollout, place.environment.spec.value.spec.rollouts)
    return f", which removes {previous}" if then is None else f" for {words_of(then)}, or `mlgitops rollout abort`"


def words_of(position: Rollout | Position) -> str:
    """How many requests a position gives to the new version."""
    if position.cohort is not None:
        cohort = position.cohort
        return f"requests with {cohort.by} {cohort.name}={cohort.value}"
    if position.mirror:
        return "none, and gets a copy of each"
    return "none" if position.weight == 0 else f"{position.weight} of 100"


def rollout_text(place: Place) -> str:
    """A line for each step of the rollout that is under way; one line where none is."""
    assert place.release is not None
    release = place.release.value
    name, version, rollout = release.metadata.name, release.spec.version, release.spec.rollout
    if rollout is None or rollout.previous is None:
        came = f", since its {rollout.strategy} is over" if rollout else ""
        return visible(f"{name} in {place.name}: {version} serves alone{came}") + "\n"
    previous = rollout.previous.version
    lines = [f"{name} in {place.name}: {rollout.strategy} of {version} beside {previous}"]
    if rollout.aborted:
        lines += [f"  now   {previous} answers all: it is aborted", f"  then  {previous} {OVER}"]
        return "".join(f"{visible(line)}\n" for line in lines)
    for state, position in _steps(rollout, place):
        lines.append(f"  {state:<6}{version} answers {words_of(position)}")
    lines.append(f"  then  {version} {OVER}")
    return "".join(f"{visible(line)}\n" for line in lines)


def _steps(rollout: Rollout, place: Place) -> list[tuple[str, Position]]:
    """Each position with `done`, `now` or `then`."""
    every, now = positions(rollout, place.environment.spec.value.spec.rollouts), position_of(rollout)
    if now not in every:
        every = tuple(sorted({*every, now}, key=lambda one: (one.weight, one.mirror)))
    at = every.index(now)
    return [("done" if i < at else "now" if i == at else "then", one) for i, one in enumerate(every)]


def rollout_document(place: Place) -> dict[str, Json]:
    """As `rollout_text`, for programs."""
    assert place.release is not None
    release = place.release.value
    rollout = release.spec.rollout
    under_way = rollout is not None and rollout.previous is not None
    then = None
    if rollout is not None and under_way and not rollout.aborted:
        found = following(rollout, place.environment.spec.value.spec.rollouts)
        then = None if found is None else {"weight": found.weight, "mirror": found.mirror}
    return {
        "model": release.metadata.name,
        "environment": place.name,
        "version": release.spec.version,
        "underWay": under_way,
        "rollout": rollout.model_dump() if rollout else None,
        "next": then,
    }


def written_approval(change: Approved) -> str:
    """What an approval was given for, and whose is missing still."""
    name, given = change.release.metadata.name, change.release.spec.approvals[-1]
    assert given.of is not None
    of = given.of
    where = f"{name} {of.version} in {change.release.metadata.environment}"
    lines = [f"wrote {change.path}", f"{given.by} approves {where} as {given.role}: {of.risk} risk, for {of.rule}"]
    lines += [f"  {one}" for one in of.changes]
    if change.missing:
        lines.append(f"missing still: {', '.join(change.missing)}")
    return "".join(f"{visible(line)}\n" for line in lines)
