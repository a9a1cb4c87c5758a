"""The versions of KubeRay that preflight knows, and which rules each has.

1.6.2 is compared with the operator's own code in the tests. The Go module of 1.7.0 cannot be had: its schema was
condensed from the CRDs of its tag and its rules were compared with the tag's code once, which no test repeats.
"""

from __future__ import annotations

SUPPORTED = ("1.6.2", "1.7.0")
"""In order; an environment may name these and no others (`spec.documents.environment.KubeRayVersion`)."""


def supported(version: str) -> None:
    """Raises ValueError for a version that is not known."""
    if version not in SUPPORTED:
        known = " and ".join(SUPPORTED)
        raise ValueError(f"KubeRay {version[:40]!r} is not known; preflight has the rules of {known}")


def applies(code: str, version: str) -> bool:
    """Whether a rule is one of a version's."""
    from mlgitops.render.preflight.codes import CODES  # here, since only what is wrong needs the texts

    rule = CODES[code]
    order = SUPPORTED.index
    return order(rule.since) <= order(version) and (not rule.until or order(version) < order(rule.until))
