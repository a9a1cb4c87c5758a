"""What an approval was given for, and whether it still counts.

    given, needed = Binding(…), Binding(…)
    why_void(given, needed)         # "" where it counts, else "the risk is high, and was medium"

An approval binds to a rule, a model in an environment, a value and what decides. So it survives a rebase, which changes
none of them, and a change that became smaller; it is void when the change grew, or what decides was changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from mlgitops.spec.declared import DeclaredModel
from mlgitops.spec.documents.environment import EnvironmentSpec
from mlgitops.spec.documents.release import Approval, Release, ReleaseSpec
from mlgitops.spec.risk.factor import RISK_LEVELS, RiskFactor
from mlgitops.spec.risk.versions import version_factors

Json = Any

RELEASE: Final = "governance.approvals"
"""The rule that asks for approvals of releases; an approval that names none is of it."""
LOWERED: Final = "release.risk-lowered"
"""What an approval of a risk below the computed one names."""


class Binding(NamedTuple):
    """What an approval is about."""

    rule: str
    model: str
    environment: str
    value: Mapping[str, Json]
    """What was, or is to be, approved: numbers, lists of what changes, a risk, names."""
    policy: str
    """A digest of what asks for the approval."""


def why_void(given: Binding, needed: Binding) -> str:
    """Why an approval does not count for what is needed; empty where it does."""
    if given.rule != needed.rule:
        return f"it is of {given.rule}"
    mine, theirs = f"{given.model}@{given.environment}", f"{needed.model}@{needed.environment}"
    if mine != theirs:
        return f"it is about {mine}"
    for key, now in needed.value.items():
        if key not in given.value:
            return f"{key} was not known to it"
        if grew := _grew(key, given.value[key], now):
            return grew
    return "" if given.policy == needed.policy else f"what {needed.rule} asks for was changed since"


def _grew(key: str, before: Json, now: Json) -> str:
    """How a value is more than it was; empty where it is the same or less."""
    if isinstance(before, list) and isinstance(now, list):
        known = set(before)
        added = [one for one in now if one not in known]
        more = f" and {len(added) - 1} more" if added[1:] else ""
        return f"{str(added[0]).partition(' = ')[0][:120]} changed since{more}" if added else ""
    if _is_number(before) and _is_number(now):
        return f"{key} grew to {now:g} from {before:g}" if now > before else ""
    if before in RISK_LEVELS and now in RISK_LEVELS:
        higher = RISK_LEVELS.index(now) > RISK_LEVELS.index(before)
        return f"the {key} is {now}, and was {before}" if higher else ""
    return "" if before == now else f"{key} is {str(now)[:40]}, and was {str(before)[:40]}"


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def digest_of_value(value: Json) -> str:
    """A digest of JSON, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def policy_of(rule: str, sources: Mapping[str, str], environment: EnvironmentSpec) -> str:
    """The digest of what asks for an approval: the rule's text, and what the environment has each level decide.

    `sources` are the rules' texts by their ids; `LOWERED` is none of them.
    """
    asks = {"approvals": environment.approvals.model_dump(), "strategies": environment.strategies.model_dump()}
    return digest_of_value({"rule": rule, "text": sources.get(rule, ""), **asks})


def release_value(release: ReleaseSpec, factors: Iterable[RiskFactor]) -> dict[str, Json]:
    """What is approved of a release: which version, at which risk, with what changes."""
    changes = sorted({factor.change for factor in factors})
    return {"version": release.version, "risk": release.riskLevel, "changes": changes}


def given_by_file(approval: Approval, needed: Binding) -> Binding:
    """What an approval in a release was given for; one that does not say is of the release as it stands."""
    of = approval.of
    if of is None:
        return needed._replace(rule=RELEASE)
    value = {"version": of.version, "risk": of.risk, "changes": list(of.changes)}
    return Binding(of.rule, needed.model, needed.environment, value, of.policy)


def release_factors(model: DeclaredModel, release: Release) -> tuple[RiskFactor, ...]:
    """What a release changes, by the version that it says it supersedes."""
    superseded = model.versions.get(release.spec.supersedes or "")
    return version_factors(superseded, model.versions.get(release.spec.version))


def needed_of(
    rule: str, model: DeclaredModel, release: Release, settings: EnvironmentSpec, sources: Mapping[str, str]
) -> Binding:
    """What an approval of a release must have been given for."""
    name, environment = release.metadata.name, release.metadata.environment
    value = release_value(release.spec, release_factors(model, release))
    return Binding(rule, name, environment, value, policy_of(rule, sources, settings))


def own_work(model: DeclaredModel, release: Release) -> set[str]:
    """Who made the version or asked for its release, as `may_approve` compares them: none of them approves it."""
    version = model.versions.get(release.spec.version)
    made = {version.record.value.spec.createdBy} if version is not None else set()
    return {who.casefold() for who in {release.spec.requestedBy, *made}}


def may_approve(
    who: str, owners: Collection[str], members: Mapping[str, Collection[str]]
) -> Literal["yes", "no", "unknown"]:
    """Whether a person, or a team, is among owners: itself, or as a member of one of their teams.

    Handles are compared without their case, as Git hosts do; `members` are the people of teams, both as handles. Of a
    team that is not in it nobody knows who belongs to it. Where nobody is named, everybody may.
    """
    person, wanted = who.casefold(), {owner.casefold() for owner in owners}
    teams = {team.casefold(): {one.casefold() for one in people} for team, people in members.items()}
    if not wanted or person in wanted or any(person in teams.get(owner, ()) for owner in wanted):
        return "yes"
    return "unknown" if any("/" in owner and owner not in teams for owner in wanted) else "no"
