"""Checks across the resolved models of all environments: what must be unique on a cluster or a gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from mlgitops.findings import Finding
from mlgitops.source import Location


class Route(NamedTuple):
    """Where one target wants to be reached."""

    cluster: str
    gateway: str
    """`namespace/name`."""
    host: str
    path: str
    subject: str
    """`model@environment`."""


def check_routes(
    routes: Iterable[Route], locate: Callable[[str], Location], others: Iterable[Route] = ()
) -> list[Finding]:
    """Two targets on one host and path of one gateway: only one would be reached.

    `others` are of targets that nobody asked about: they have what they have, and get no finding. `locate` gives the
    line where a subject's route is written: asked only where two clash, since it is slow.
    """
    taken: dict[tuple[str, str, str, str], Route] = {}
    for route in sorted(others, key=lambda r: r.subject):
        taken.setdefault((route.cluster, route.gateway, route.host, route.path), route)
    findings = []
    for route in sorted(routes, key=lambda r: r.subject):
        key = (route.cluster, route.gateway, route.host, route.path)
        first = taken.setdefault(key, route)
        if first is not route:
            message = (
                f"route {route.path} on {route.host} must belong to one model, got {first.subject} and {route.subject}"
            )
            related = ((locate(first.subject), f"{first.subject} has it"),)
            hint = "choose another `serving.route`, or another host for the environment"
            place = locate(route.subject)
            findings.append(Finding(place, "spec/route-clash", "error", message, hint, "", route.subject, related))
    return findings
