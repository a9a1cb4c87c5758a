"""A RayService, as the operator left it in the cluster: what answers, what is on its way, and why something does not.

    found = ray_service_of(live_object)
    found.failures[0].problem        # Problem("artifact/digest", "model.ubj must be sha256:…, got sha256:…", "…")

Ray's words for what went wrong are a traceback. Ours stands in it, as `RunProblem` writes itself: `error[code]: …`
and `hint: …`. They are what counts, and without them the traceback's last line does.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

Json = Any

VERSION = "app.kubernetes.io/version"

PROBLEM = re.compile(
    r"error\[(?P<code>[a-z][a-z-]*/[a-z][a-z-]*)\]: (?P<message>[^\n]*)(?:\n\s*hint: (?P<hint>[^\n]*))?"
)
"""What `mlgitops.problem.RunProblem` says of itself; the last one in a text is the one that ended it."""

REFUSED = ("artifact", "contract", "predictor", "signature")
"""Areas of problems for which a version is not served: what is wrong is the version, and a new try changes nothing."""

FAILED = ("DEPLOY_FAILED", "UNHEALTHY")

LONGEST = 400
"""Characters of a message that is not ours."""


class Problem(NamedTuple):
    """What our runtime said before it gave up."""

    code: str
    message: str
    hint: str

    @property
    def refuses(self) -> bool:
        """Whether the version itself is refused."""
        return self.code.partition("/")[0] in REFUSED


class Failure(NamedTuple):
    """An application of Ray Serve that does not come up, or no longer works."""

    application: str
    status: str
    message: str
    """One line."""
    problem: Problem | None


class RayService(NamedTuple):
    """One RayService."""

    name: str
    namespace: str
    version: str
    """The release that it serves."""
    ready: bool
    """Whether requests are answered."""
    reason: str
    """Of the condition `Ready`: `NonZeroServeEndpoints`, `ValidationFailed` …"""
    message: str
    active: str
    """The RayCluster that answers; empty where none does."""
    pending: str
    """The RayCluster that is being prepared."""
    unfinished: tuple[str, ...]
    """Applications that are not running yet: `application churn is DEPLOYING`."""
    failures: tuple[Failure, ...]
    suspended: bool


def ray_service_of(document: Json) -> RayService:
    """The RayService that a live object is. Raises ValueError for an object that is none."""
    if not isinstance(document, dict) or document.get("kind") != "RayService":
        raise ValueError("no RayService")
    metadata, spec, status = (_mapping(document, key) for key in ("metadata", "spec", "status"))
    conditions = {str(one.get("type")): one for one in status.get("conditions") or [] if isinstance(one, dict)}
    ready = conditions.get("Ready", {})
    clusters = [_mapping(status, key) for key in ("activeServiceStatus", "pendingServiceStatus")]
    applications = sorted(
        (name, one) for cluster in clusters for name, one in _mapping(cluster, "applicationStatuses").items() if one
    )
    return RayService(
        name=str(metadata.get("name", "")),
        namespace=str(metadata.get("namespace", "")),
        version=str(_mapping(metadata, "labels").get(VERSION, "")),
        ready=ready.get("status") == "True",
        reason=str(ready.get("reason", "")),
        message=one_line(str(ready.get("message", ""))),
        active=str(clusters[0].get("rayClusterName", "")),
        pending=str(clusters[1].get("rayClusterName", "")),
        unfinished=tuple(_unfinished(name, one) for name, one in applications if _is_under_way(one)),
        failures=tuple(_failure(name, one) for name, one in applications if one.get("status") in FAILED),
        suspended=spec.get("suspend") is True or _mapping(conditions, "Suspended").get("status") == "True",
    )


def problem_in(text: str) -> Problem | None:
    """What our runtime says in a text of Ray's; None where it says nothing."""
    found = list(PROBLEM.finditer(text))
    if not found:
        return None
    last = found[-1]
    return Problem(last["code"], last["message"].strip(), (last["hint"] or "").strip())


def one_line(text: str) -> str:
    """A message of a stranger's on one line: of a traceback its last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    told = lines[-1] if any(line.startswith("Traceback (most recent call last)") for line in lines) else " ".join(lines)
    return told if len(told) <= LONGEST else f"{told[: LONGEST - 1]}…"


def _is_under_way(application: Json) -> bool:
    return application.get("status") not in ("RUNNING", *FAILED)


def _unfinished(name: str, application: Json) -> str:
    return f"application {name} is {application.get('status') or 'not known to Ray Serve yet'}"


def _failure(name: str, application: Json) -> Failure:
    """What an application says, and its deployments, which know more."""
    deployments = _mapping(application, "serveDeploymentStatuses").values()
    texts = [str(one.get("message", "")) for one in deployments if isinstance(one, dict)]
    texts = [*(text for text in texts if text), str(application.get("message", ""))]
    problem = next((found for text in texts if (found := problem_in(text))), None)
    message = next((line for text in texts if (line := one_line(text))), "")
    return Failure(name, str(application.get("status")), message, problem)


def _mapping(document: Json, key: str) -> dict[str, Json]:
    found = document.get(key)
    return found if isinstance(found, dict) else {}
