"""The hand-off from training to Git: for one model and the environment where its versions are tried first, what is due.

    due = what_is_due(model, runs, place, registry.versions("churn"))
    if isinstance(due, Finished):                                    # then its evidence is fetched and verified
        release = hand_over(model, place, due, evidence, terms)

It is level-triggered: decided from what the commit says and what the registry has, never from an event. A version that
has its record in the commit was handed over once and is not released again, so that no run of this undoes a rollback;
and only the run that the commit's own spec asks for counts, so that of two finished runs the older spec's cannot win.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from mlgitops.contract.registered import RegisteredVersion, version_name
from mlgitops.deliver.first_release import first_release
from mlgitops.deliver.new_version import NewVersion
from mlgitops.deliver.release import Asked, NewRelease, Place, Unchanged, under_way
from mlgitops.deliver.trained import Evidence, Finished, Origin, Recorded, Wanted, newest, trained_version
from mlgitops.findings import Finding
from mlgitops.spec.declared import DeclaredModel
from mlgitops.spec.risk.factor import RiskLevel

State = Literal[
    "written",  # into the working tree
    "proposed",  # on its branch, or the branch brought up to date
    "standing",  # it is written or proposed already
    "kept",  # somebody else committed to its branch
    "declined",  # its pull request was closed
    "withdrawn",  # the branch of what is not due any more was removed
    "current",  # its record is in the commit
    "waiting",  # no run that the commit asks for has finished
    "rejected",  # by its evaluation
    "not served",  # the model has no `serving`
    "refused",  # findings say why
    "failed",  # the commit's documents have errors
]


class Undue(NamedTuple):
    """Nothing is to be released of a model now, and why."""

    state: State
    why: str
    version: str | None = None
    run: str | None = None


class Terms(NamedTuple):
    """What of a release neither the commit nor the registry says."""

    origin: Origin
    risk: RiskLevel | None
    """None for what is computed."""
    by: str | None
    """Who asks; the model's owner where it is None."""


class HandOver(NamedTuple):
    """A version and its release, which are to be written."""

    name: str
    """The version's."""
    run: str
    """The identity of the run that made it."""
    version: NewVersion | None
    """None where the commit has its record already, and nothing of the model is released in the environment."""
    release: NewRelease

    @property
    def files(self) -> Mapping[str, str]:
        """Every file, by its path from the root."""
        record = self.version
        own = {f"{record.folder}/{name}": text for name, text in record.files.items()} if record else {}
        return {**own, self.release.path: self.release.text}


def what_is_due(
    model: DeclaredModel, runs: Sequence[Wanted], place: Place, registered: Sequence[RegisteredVersion]
) -> Finished | Recorded | Undue:
    """The version to hand over, or why there is none. `registered` is what the registry has of the model.

    A version that has its record is handed over again only where nothing of the model is released at all.
    """
    if model.spec.value.spec.serving is None:
        return Undue("not served", "the spec has no `serving`: it is trained, and serves nowhere")
    found = newest(runs, registered, model)
    if found is None:
        return _waiting(runs, registered)
    if under_way(place):
        return Undue("waiting", f"a rollout of {place.version} is under way in {place.name}", None, found.wanted.run)
    if isinstance(found, Recorded) and place.version is not None:
        return Undue("current", _served(found.name, place.version, place.name), found.name, found.wanted.run)
    return found


def _served(name: str, serves: str, environment: str) -> str:
    if serves == name:
        return f"{name} serves in {environment}"
    return f"{name} has its record; {serves} serves in {environment}, as was decided since"


def _waiting(runs: Sequence[Wanted], registered: Sequence[RegisteredVersion]) -> Undue:
    latest = max(runs, key=lambda one: one.requested_at, default=None)
    if latest is None:
        return Undue("waiting", "no environment trains it")
    why = f"run {short(latest.run)} of the present spec has no version yet"
    if registered:
        why += f"; {registered[-1].version}, the newest of {len(registered)}, is of another spec than the present one"
    return Undue("waiting", why, None, latest.run)


def hand_over(
    model: DeclaredModel, place: Place, finished: Finished, evidence: Evidence, terms: Terms
) -> HandOver | Undue | list[Finding]:
    """The version and its release, or what speaks against them.

    Codes: those of `trained_version` and `first_release`, and `release/no-owner`.
    """
    by = _responsible(model, terms)
    if isinstance(by, Finding):
        return [by]
    version = trained_version(model, place.environment, finished, evidence, terms.origin, by)
    if isinstance(version, list):
        return version
    return _released(version.model, place, Recorded(finished.wanted, version.name), version, terms._replace(by=by))


def release_again(
    model: DeclaredModel, place: Place, recorded: Recorded, terms: Terms
) -> HandOver | Undue | list[Finding]:
    """The release of a version that has its record. Codes: those of `first_release`, and `release/no-owner`."""
    by = _responsible(model, terms)
    if isinstance(by, Finding):
        return [by]
    return _released(model, place, recorded, None, terms._replace(by=by))


def _responsible(model: DeclaredModel, terms: Terms) -> str | Finding:
    by = terms.by or model.spec.value.metadata.owner
    if by is not None:
        return by
    message = f"{model.spec.value.metadata.name} must have an owner to answer for its versions, got none"
    place = model.spec.document.locate(("metadata",))
    return Finding(place, "release/no-owner", "error", message, "write metadata.owner")


def _released(
    model: DeclaredModel, place: Place, recorded: Recorded, made: NewVersion | None, terms: Terms
) -> HandOver | Undue | list[Finding]:
    """The release of a version that `model` has. Its time is that of the record: nobody asks at any other."""
    name, run = recorded.name, recorded.wanted.run
    at = model.versions[name].record.value.spec.createdAt
    release = first_release(model, name, place, terms.risk, Asked(str(terms.by), at, _reason(recorded.wanted)))
    if isinstance(release, Unchanged):
        return Undue("current", release.why, name, run)
    return release if isinstance(release, list) else HandOver(name, run, made, release)


def _reason(wanted: Wanted) -> str:
    """Why the run was asked for, in the words of the commit: what a training pod could write is nobody's reason."""
    asked = wanted.resolved.run
    if asked is None:
        return "Trained after a change of the spec."
    return asked.spec.reason or f"Trained for {asked.spec.trigger}."


def short(run: str) -> str:
    """A run as people read it: the digits that its version is named after."""
    return version_name(run)[1:]
