"""What becomes of waivers on other days than today, in words: those that hold longer, and those that run out."""

from __future__ import annotations

from mlgitops.plan.policy_diff import Lapse, PolicyDiff, Renewal


def waiver_words(policy: PolicyDiff) -> list[str]:
    """A sentence for each."""
    return [*map(renewal_words, policy.renewals), *map(lapse_words, policy.lapses)]


def lapse_words(one: Lapse) -> str:
    """What happens when a waiver runs out."""
    return f"{one.waiver} runs out on {one.expires}; then {one.rule} denies {one.subject}: {one.message}"


def renewal_words(one: Renewal) -> str:
    """What a waiver sets aside for longer."""
    former = f"the base's until {one.before}" if one.before else "none of the base does"
    return f"{one.waiver} holds until {one.after}, {former}: {one.rule} denies {one.subject}: {one.message}"
