"""Argo CD, through its own command line: the server, the token and the context are those that a person has set up.

    argocd = ArgoCD(require("argocd"))
    for document in argocd.applications("mlgitops.dev/environment"):
        ...
    argocd.live("prod.churn.serve", "RayService")

Nothing is applied here: `sync` and `terminate` have Argo CD do now what it would do later. An Argo CD that does not
answer, forbids or is too old is an `MlgitopsError` that says what to do.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from mlgitops.errors import MlgitopsError
from mlgitops.programs.process import Completed, ProgramFailed, ProgramTimedOut, environment, printable, run

Json = Any

TIMEOUT = 60.0
"""Seconds for one answer. A list of 500 Applications is 20 MB."""
REFRESH_TIMEOUT = 120.0
"""Seconds for one that Argo CD compares anew."""
LEAST = (3, 4)
"""The oldest server whose answers are known: health of resources, `requiresDeletionConfirmation`, `get-resource`."""
AT_ONCE = 6
"""Calls at a time: each is a process of 150 MB of address space and a connection."""

INHERITED = (
    *("HOME", "XDG_CONFIG_HOME", "KUBECONFIG", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"),
    *("ARGOCD_SERVER", "ARGOCD_AUTH_TOKEN", "ARGOCD_OPTS", "ARGOCD_CONFIG_DIR", "ARGOCD_NAMESPACE"),
    *("ARGOCD_GRPC_MAX_SIZE_MB", "ARGOCD_SERVER_NAME", "ARGOCD_CONTROLLER_NAME", "ARGOCD_REDIS_NAME"),
)
"""By which the argocd command finds its server, its token and its certificates."""

_OBJECTS = re.compile(r"^---$", re.MULTILINE)
_VERSION = re.compile(r"v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?")


class ArgoCDUnavailable(MlgitopsError):
    """Argo CD does not answer, or not as one does that we know."""


class ArgoCDForbids(MlgitopsError):
    """Argo CD does not know us, or does not let us see or do this."""


class NoApplication(MlgitopsError):
    """Argo CD has no Application of this name, or does not show it."""


class Versions(NamedTuple):
    """Of the two ends; empty where one does not say."""

    client: str
    server: str


class ArgoCD:
    """One Argo CD server, as the argocd command reaches it."""

    def __init__(self, executable: str, *, timeout: float = TIMEOUT) -> None:
        self._executable = executable
        self._timeout = timeout

    def applications(self, selector: str) -> list[Json]:
        """The Applications with these labels that we may see."""
        found = self._json("app", "list", "--selector", selector, "--output", "json")
        if found is None:
            return []
        if not isinstance(found, list):
            raise _senseless("a list of Applications")
        return found

    def application(self, name: str, *, refresh: bool = False) -> Json:
        """One Application, with the health of its objects; `refresh` has Argo CD look at Git and the cluster first."""
        more = ["--refresh"] if refresh else []
        limit = max(self._timeout, REFRESH_TIMEOUT) if refresh else self._timeout
        return self._json("app", "get", name, "--output", "json", *more, timeout=limit)

    def live(self, name: str, kind: str) -> list[Json]:
        """The live objects of a kind in the tree of an Application."""
        done = self._ask("app", "get-resource", name, "--kind", kind, "--output", "json")
        return [_parsed(part) for part in _documents(done.stdout)]

    def manifests(self, name: str) -> list[Json]:
        """The live objects of an Application that Git has, or had."""
        from ryaml import InvalidYamlError, loads

        done = self._ask("app", "manifests", name, "--source", "live")
        try:
            found = [loads(part) for part in _documents(done.stdout)]
        except (InvalidYamlError, ValueError):
            raise _senseless("YAML documents") from None
        return [one for one in found if isinstance(one, dict)]

    def sync(self, name: str, *, prune: bool = True) -> None:
        """Ask for a sync, and do not wait for it. One that is under way already is as good."""
        more = ["--prune"] if prune else []
        done = self._ask("app", "sync", name, "--async", *more, allowed={0, 20})
        said = done.stderr.decode("utf-8", "replace")
        if done.code and "another operation is already in progress" not in said:
            raise explained(said)

    def terminate(self, name: str) -> None:
        """Call off the sync that is under way. That there is none by now is as good."""
        done = self._ask("app", "terminate-op", name, allowed={0, 20})
        said = done.stderr.decode("utf-8", "replace")
        if done.code and "No operation is in progress" not in said:
            raise explained(said)

    def may(self, action: str, subject: str) -> bool:
        """Whether we may do something to Applications: `may("get", "mlgitops-env-prod/prod.churn.serve")`."""
        done = self._ask("account", "can-i", action, "applications", subject)
        return done.stdout.decode("utf-8", "replace").strip() == "yes"

    def versions(self) -> Versions:
        """Of the command and of the server."""
        found = self._json("version", "--output", "json", "--short")
        client, server = ((found.get(end) or {}) if isinstance(found, dict) else {} for end in ("client", "server"))
        return Versions(str(client.get("argocd", "")), str(server.get("argocd-server", "")))

    def must_be_known(self) -> Versions:
        """The versions. Raises ArgoCDUnavailable where the server, or the command, is too old."""
        versions = self.versions()
        least = ".".join(map(str, LEAST))
        for end, version in zip(("server", "command"), reversed(versions), strict=True):
            if (found := version_of(version)) is not None and found < LEAST:
                message = f"the Argo CD {end} is {printable(version)}, and {least} is the oldest that is known"
                raise ArgoCDUnavailable(message, f"upgrade it to {least} or newer; docs/argocd.md says what is needed")
        return versions

    def _json(self, *words: str, timeout: float | None = None) -> Json:
        return _parsed(self._ask(*words, timeout=timeout).stdout.decode("utf-8", "replace"))

    def _ask(self, *words: str, allowed: Sequence[int] | set[int] = (0,), timeout: float | None = None) -> Completed:
        limit = timeout or self._timeout
        env = environment(inherit=INHERITED)
        try:
            return run([self._executable, *words], cwd="/", env=env, timeout=limit, allowed=frozenset(allowed))
        except ProgramFailed as error:
            raise explained(error.stderr.decode("utf-8", "replace")) from None
        except ProgramTimedOut:
            message = f"Argo CD{_address()} did not answer `argocd {words[0]} {words[1]}` within {limit:g} s"
            raise ArgoCDUnavailable(message, _REACH) from None


_REACH = "is its address right, and is it up? `argocd version` asks it; `argocd context` shows which one"

_CAUSES: tuple[tuple[str, type[MlgitopsError], str, str], ...] = (
    (
        r"server address unspecified|[Cc]ontext '[^']*' undefined|no context found",
        ArgoCDUnavailable,
        "the argocd command knows no server",
        "`argocd login SERVER`, or set ARGOCD_SERVER and ARGOCD_AUTH_TOKEN",
    ),
    (
        r"Unauthenticated|no session information|invalid session|token (?:is|has) expired|token signature is invalid",
        ArgoCDForbids,
        "Argo CD{at} does not know you",
        "`argocd login SERVER`, or a new ARGOCD_AUTH_TOKEN",
    ),
    (
        r"x509|certificate|tls: ",
        ArgoCDUnavailable,
        "Argo CD{at} shows a certificate that is not trusted",
        "`argocd login SERVER --server-crt FILE`, or set SSL_CERT_FILE; ARGOCD_OPTS takes --plaintext and --grpc-web",
    ),
    (
        r"PermissionDenied|permission denied",
        ArgoCDForbids,
        "Argo CD{at} forbids it",
        "`argocd account can-i get applications '*/*'`; a project's roles or policy.csv grant it",
    ),
    (
        r"unknown (?:command|flag|shorthand flag)|Unimplemented|unknown method",
        ArgoCDUnavailable,
        "the argocd command, or its server, is too old",
        f"use {'.'.join(map(str, LEAST))} or newer; `argocd version` shows both",
    ),
    (r"NotFound|not found", NoApplication, "Argo CD{at} has no such Application", "`argocd app list` shows all"),
    (
        r"connection refused|no such host|i/o timeout|Unavailable|DeadlineExceeded|Failed to establish|EOF|unreachable"
        r"|connection reset|dial tcp|502|503|504",
        ArgoCDUnavailable,
        "Argo CD{at} does not answer",
        _REACH,
    ),
)
"""What the argocd command says → what it means and what to do; the first that fits."""


def explained(said: str) -> MlgitopsError:
    """What stands behind an error of the argocd command."""
    words = _last_words(said)
    for pattern, kind, what, hint in _CAUSES:
        if re.search(pattern, said):
            return kind(f"{what.format(at=_address())}: {words}", hint)
    return ArgoCDUnavailable(f"argocd failed: {words}", "run the same with the argocd command to see more")


def version_of(text: str) -> tuple[int, ...] | None:
    """The first two numbers of a version: `v3.5.7+1a2b3c4` → `(3, 5)`."""
    found = _VERSION.match(text)
    return (int(found[1]), int(found[2])) if found else None


def _last_words(said: str) -> str:
    """The message of the last line: the command logs `{"level":"fatal","msg":"…"}` or `level=fatal msg="…"`."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if not lines:
        return "it said nothing"
    last = lines[-1]
    try:
        logged = json.loads(last)
    except ValueError:
        logged = None
    if isinstance(logged, dict):
        last = str(logged.get("msg", last))
    elif found := re.search(r'msg="((?:[^"\\]|\\.)*)"', last):
        last = found[1].replace('\\"', '"')
    return printable(last, 400)


def _address() -> str:
    """Where the server is, as far as the environment says it."""
    server = os.environ.get("ARGOCD_SERVER") or ""
    found = re.search(r"--server[= ](\S+)", os.environ.get("ARGOCD_OPTS", ""))
    server = server or (found[1] if found else "")
    return f" at {printable(server, 200)}" if server else ""


def _documents(output: bytes) -> Iterator[str]:
    return (part for part in _OBJECTS.split(output.decode("utf-8", "replace")) if part.strip())


def _parsed(text: str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise _senseless("JSON") from None


def _senseless(expected: str) -> MlgitopsError:
    message = f"expected {expected} from argocd, got something else"
    return ArgoCDUnavailable(message, "`argocd version` shows its version")
