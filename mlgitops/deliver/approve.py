"""Approvals of a release: who gives one in which role, bound to what is released.

change = approve(model, place, Given("model-owner", "@growth/lead", "2026-11-21T10:00:00Z", RELEASE), sources)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mlgitops.deliver.document_text import with_entry
from mlgitops.deliver.release import Place, Unchanged, sound_release
from mlgitops.errors import MlgitopsError, UsageError
from mlgitops.findings import Finding
from mlgitops.spec.approvals import LOWERED, needed_of, own_work, release_factors
from mlgitops.spec.declared import DeclaredModel, read_document
from mlgitops.spec.documents.release import Release
from mlgitops.spec.risk.factor import above, level_of

Json = Any


class Given(NamedTuple):
    """An approval that somebody gives."""

    role: str
    by: str
    at: str
    """A time in UTC, as documents write it."""
    rule: str
    """`spec.approvals.RELEASE` or `LOWERED`."""


class Approved(NamedTuple):
    """A release's file with one more approval."""

    path: str
    text: str
    release: Release
    missing: tuple[str, ...]
    """The roles that nobody filled yet, as far as the file tells."""


def approve(
    model: DeclaredModel, place: Place, given: Given, sources: Mapping[str, str]
) -> Approved | Unchanged | list[Finding]:
    """The file to write, that there is nothing to approve, or what speaks against it.

    `sources` are the texts of rules by their ids. Codes: `release/nothing-released`, `release/own-approval`, and those
    of `check_release` and `check_versions`. Raises UsageError for a role that the environment does not ask for.
    """
    name = model.spec.value.metadata.name
    serving = sound_release(model, place)
    if isinstance(serving, list):
        return serving
    release, settings = serving.value, place.environment.spec.value.spec
    computed = level_of(release_factors(model, release))
    lowered = above(computed, release.spec.riskLevel)
    if given.rule == LOWERED and not lowered:
        what = f"{name} {release.spec.version} in {place.name}"
        why = f"the risk of {what} is {release.spec.riskLevel}, as computed or above"
        return Unchanged(why, release.spec.version)
    level = computed if given.rule == LOWERED else release.spec.riskLevel
    roles: list[str] = getattr(settings.approvals, level)
    if not roles and given.rule != LOWERED:
        return Unchanged(f"{place.name} asks for no approval of {level} risk", release.spec.version)
    if roles and given.role not in roles:
        asked = ", ".join(roles)
        raise UsageError(
            f"--role must be one that {place.name} asks for at {level} risk: {asked}; got {given.role[:80]!r}"
        )
    if given.by.casefold() in own_work(model, release):
        return [_own(place, given)]
    return _with(model, place, given, roles, sources)


def _own(place: Place, given: Given) -> Finding:
    assert place.release is not None
    message = f"an approval must be by somebody else than those who made or asked for it, got {given.by}"
    at = place.release.document.locate(("spec", "requestedBy"))
    hint = f"ask another {given.role}"
    return Finding(at, "release/own-approval", "error", message, hint, "/spec/requestedBy")


def _with(
    model: DeclaredModel, place: Place, given: Given, roles: list[str], sources: Mapping[str, str]
) -> Approved | Unchanged:
    assert place.release is not None
    written = place.release
    release = written.value
    needed = needed_of(given.rule, model, release, place.environment.spec.value.spec, sources)
    of: dict[str, Json] = {**needed.value, "policy": needed.policy}
    if given.rule == LOWERED:
        of = {"rule": LOWERED, **of}
    former: list[dict[str, Json]] = list(written.document.data["spec"].get("approvals") or [])
    own = {"role": given.role, "by": given.by}
    if any(one.get("of") == of and {**own, "at": one["at"], "of": of} == one for one in former):
        what = f"{release.metadata.name} {release.spec.version} in {place.name}"
        why = f"{given.by} approved {what} as {given.role} already"
        return Unchanged(why, release.spec.version)
    kept = [one for one in former if (one["role"], one["by"]) != (given.role, given.by) or not _same_rule(one, of)]
    text = with_entry(written.document, ("spec", "approvals"), [*kept, {**own, "at": given.at, "of": of}])
    path = written.document.path
    again = read_document(text.encode(), path, Release, release.metadata.name)
    if isinstance(again, list):
        raise MlgitopsError(f"{path} would not be a valid release: {again[0].message}", "please report this")
    filled = {one.role for one in again.value.spec.approvals if one.of is None or one.of.rule != LOWERED}
    missing = () if given.rule == LOWERED else tuple(role for role in roles if role not in filled)
    return Approved(path, text, again.value, missing)


def _same_rule(one: Mapping[str, Json], of: Mapping[str, Json]) -> bool:
    return bool((one.get("of") or {}).get("rule") == of.get("rule"))
