"""An Argo CD Application, as `argocd app list -o json` and `argocd app get -o json` tell it.

    found = application_of(document)
    found.sync, found.health, found.compared       # "Synced", "Healthy", "3f2a91bc…"

Resources carry their own health and its message only where one Application was asked for: lists leave them out.
Nothing here is believed to be there: Argo CD leaves out what is empty, and older ones lack fields.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

Json = Any

ENVIRONMENT = "mlgitops.dev/environment"
MODEL = "mlgitops.dev/model"
PART = "mlgitops.dev/part"

COMPARISON_ERRORS = ("ComparisonError", "InvalidSpecError", "UnknownError")
"""Conditions under which Argo CD cannot say what is in the cluster, or in Git."""

_COMMIT = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


class Resource(NamedTuple):
    """An object that an Application has, in Git or in the cluster."""

    kind: str
    namespace: str
    name: str
    sync: str = ""
    health: str = ""
    message: str = ""
    """Of its health check; empty in lists."""
    superfluous: bool = False
    """In the cluster and no longer in Git."""
    to_confirm: bool = False
    """A person must confirm that it goes."""


class Refusal(NamedTuple):
    """An object that could not be applied."""

    kind: str
    namespace: str
    name: str
    message: str


class Application(NamedTuple):
    """One Application, as far as delivery is concerned."""

    name: str
    namespace: str
    environment: str
    model: str
    """Empty for an environment's own Application, and for the root."""
    part: str
    repository: str
    path: str
    project: str
    sync: str
    """`Synced`, `OutOfSync` or `Unknown`."""
    compared: str
    """The commit that the cluster was last compared with; empty where there is none yet."""
    health: str
    applied: str
    """The commit of the last sync that succeeded; empty where none did."""
    applied_at: str
    phase: str
    """Of the last operation: `Running`, `Succeeded`, `Failed`, `Error`; empty where there was none."""
    operation: str
    """What Argo CD says of it."""
    operation_revision: str
    retries: int
    refusals: tuple[Refusal, ...]
    conditions: tuple[tuple[str, str], ...]
    """Type and message."""
    resources: tuple[Resource, ...]
    automated: bool
    deleting: bool

    def of_kind(self, kind: str) -> tuple[Resource, ...]:
        """The objects of a kind."""
        return tuple(one for one in self.resources if one.kind == kind)

    def condition(self, *types: str) -> str:
        """The message of the first condition that is of one of these types; empty where there is none."""
        return next((message for kind, message in self.conditions if kind in types), "")


def application_of(document: Json) -> Application:
    """The Application that a document is. Raises ValueError for a document that is none."""
    if not isinstance(document, dict) or not isinstance(document.get("metadata"), dict):
        raise ValueError("no Application")
    metadata, spec, status = (_mapping(document, key) for key in ("metadata", "spec", "status"))
    labels, source = _mapping(metadata, "labels"), _mapping(spec, "source")
    operation, history = _mapping(status, "operationState"), _mappings(status, "history")
    result, last = _mapping(operation, "syncResult"), history[-1] if history else {}
    automated = _mapping(spec, "syncPolicy").get("automated")
    return Application(
        name=_text(metadata, "name"),
        namespace=_text(metadata, "namespace"),
        environment=_text(labels, ENVIRONMENT),
        model=_text(labels, MODEL),
        part=_text(labels, PART),
        repository=_text(source, "repoURL"),
        path=_text(source, "path"),
        project=_text(spec, "project"),
        sync=_text(_mapping(status, "sync"), "status") or "Unknown",
        compared=_commit(_mapping(status, "sync")),
        health=_text(_mapping(status, "health"), "status") or "Unknown",
        applied=_commit(last),
        applied_at=_text(last, "deployedAt"),
        phase=_text(operation, "phase"),
        operation=_text(operation, "message"),
        operation_revision=_commit(result),
        retries=operation["retryCount"] if isinstance(operation.get("retryCount"), int) else 0,
        refusals=tuple(_refusals(result)),
        conditions=tuple((_text(one, "type"), _text(one, "message")) for one in _mappings(status, "conditions")),
        resources=tuple(_resource(one) for one in _mappings(status, "resources")),
        automated=isinstance(automated, dict) and automated.get("enabled") is not False,
        deleting=bool(metadata.get("deletionTimestamp")),
    )


def same_repository(one: str, other: str) -> bool:
    """Whether two addresses are of one repository, as Argo CD compares them: `.git` and the host's case aside."""
    return _plain(one) == _plain(other)


def _plain(address: str) -> str:
    scheme, separator, rest = address.strip().partition("://")
    host, slash, path = (rest if separator else address.strip()).partition("/")
    return f"{scheme if separator else ''}{separator}{host.lower()}{slash}{path}".rstrip("/").removesuffix(".git")


def _refusals(result: Json) -> list[Refusal]:
    return [
        Refusal(_text(one, "kind"), _text(one, "namespace"), _text(one, "name"), _text(one, "message"))
        for one in _mappings(result, "resources")
        if one.get("status") == "SyncFailed"
    ]


def _resource(one: Json) -> Resource:
    health = _mapping(one, "health")
    return Resource(
        kind=_text(one, "kind"),
        namespace=_text(one, "namespace"),
        name=_text(one, "name"),
        sync=_text(one, "status"),
        health=_text(health, "status"),
        message=_text(health, "message"),
        superfluous=one.get("requiresPruning") is True,
        to_confirm=one.get("requiresDeletionConfirmation") is True,
    )


def _commit(document: Json) -> str:
    """The revision, or nothing: where Argo CD has not resolved a branch it gives the branch's name."""
    found = _text(document, "revision")
    return found if _COMMIT.fullmatch(found) else ""


def _mapping(document: Json, key: str) -> dict[str, Json]:
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def _mappings(document: Json, key: str) -> list[dict[str, Json]]:
    found = document.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text(document: Json, key: str) -> str:
    found = document.get(key)
    return found if isinstance(found, str) else ""
