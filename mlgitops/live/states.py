"""The states that a model's release is in, as a person asks for it: is it live, and if not, why?

Each has a word for tables, a name for programs, a meaning, and whether it is well, on its way, or asks for somebody.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

State = Literal[
    "live",
    "ignoredEdit",
    "upgrading",
    "deploying",
    "waiting",
    "suspended",
    "removing",
    "notReleased",
    "notDeployed",
    "outOfSync",
    "degraded",
    "refused",
    "rejected",
    "unknown",
]
Standing = Literal["well", "under way", "failed", "unknown"]
"""`failed`: somebody has to do something; waiting longer changes nothing."""


class Meaning(NamedTuple):
    """What a state is."""

    word: str
    """In tables."""
    standing: Standing
    meaning: str


STATES: Final[dict[State, Meaning]] = {
    "live": Meaning("live", "well", "what Git asks for answers requests"),
    "ignoredEdit": Meaning(
        "ignored edit", "failed", "it answers, but the cluster runs with other values, and KubeRay leaves it at that"
    ),
    "upgrading": Meaning("upgrading", "under way", "a new release or cluster comes up; the former one answers"),
    "deploying": Meaning("deploying", "under way", "it comes up where nothing has answered before"),
    "waiting": Meaning("waiting", "under way", "Argo CD has not taken up what Git says"),
    "suspended": Meaning("suspended", "under way", "a person has suspended it, and nothing answers"),
    "removing": Meaning("removing", "under way", "Git no longer has it, and the cluster still does"),
    "notReleased": Meaning("not released", "well", "no version is released here"),
    "notDeployed": Meaning("not deployed", "under way", "Git has it, and Argo CD has no Application for it"),
    "outOfSync": Meaning("out of sync", "failed", "the cluster is not as Git says, and Argo CD has stopped trying"),
    "degraded": Meaning("degraded", "failed", "an application failed, or nothing answers"),
    "refused": Meaning("refused", "failed", "the version's artifact, signature or code is not what it must be"),
    "rejected": Meaning("rejected", "failed", "the Kubernetes API, Argo CD or KubeRay does not accept an object"),
    "unknown": Meaning("unknown", "unknown", "Argo CD cannot compare: Git or the cluster does not answer it"),
}
"""In the order in which they are counted."""
