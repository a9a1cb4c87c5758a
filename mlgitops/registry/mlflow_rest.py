"""MLflow's REST API (2.0), of which a registry needs ten calls.

Not through MLflow's client: importing that takes seconds in every replica that starts, and it puts no bound on what it
downloads. Credentials are taken from MLflow's own variables: MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and
MLFLOW_TRACKING_PASSWORD; MLFLOW_TRACKING_SERVER_CERT_PATH names a certificate to trust.
"""

from __future__ import annotations

import json
import os
import ssl
from base64 import b64encode
from http.client import HTTPException
from typing import Any, BinaryIO, NoReturn, cast
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

from mlgitops.problem import WORLD, RunProblem
from mlgitops.registry.backend import problem_of

TIMEOUT = 60.0
"""Seconds without a byte, after which a server does not answer."""
LARGEST_ANSWER = 64 << 20
"""Bytes of an answer in JSON: a page of model versions with their tags."""
Json = dict[str, Any]


class Refused(Exception):
    """An answer that is an error; `code` is MLflow's, or HTTP's status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class _NoRedirect(HTTPRedirectHandler):
    """A redirect would carry the credentials to another host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Rest:
    """A server. Raises RunProblem `store/uri` for an address that is none."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            # Not the address: it may hold a password.
            got = f"{parts.scheme}://{parts.hostname or ''}"
            message = f"an MLflow registry must be at https:// or http:// without a password, got one at {got[:80]!a}"
            raise RunProblem("store/uri", message, "put credentials into MLFLOW_TRACKING_TOKEN")
        self._address = uri.rstrip("/")
        self._host = parts.hostname
        self._opener = _opener()

    def get(self, call: str, **query: str) -> Json:
        """`GET mlflow/…`."""
        return self._json(Request(f"{self._address}/api/2.0/mlflow/{call}?{urlencode(query)}"))

    def send(self, call: str, body: Json, method: str = "POST") -> Json:
        """`POST mlflow/…` with a body in JSON. Raises Refused for an error that MLflow answers."""
        request = Request(f"{self._address}/api/2.0/mlflow/{call}", json.dumps(body).encode(), method=method)
        request.add_header("Content-Type", "application/json")
        return self._json(request)

    def file(self, path: str) -> BinaryIO:
        """The bytes of a file that the server keeps."""
        return self._open(Request(self._artifact(path)))

    def put_file(self, path: str, source: BinaryIO, size: int) -> None:
        """Write one."""
        request = Request(self._artifact(path), cast(Any, source), method="PUT")
        request.add_header("Content-Type", "application/octet-stream")
        request.add_header("Content-Length", str(size))
        self._json(request)

    def list_files(self, path: str) -> list[Json]:
        """What is right in a folder: `path` (the last part), `is_dir`, `file_size`."""
        answer = self._json(Request(f"{self._artifact('').rstrip('/')}?{urlencode({'path': path})}"))
        return cast(list[Json], answer.get("files") or [])

    def remove_files(self, path: str) -> None:
        """Remove a folder."""
        self._json(Request(self._artifact(path), method="DELETE"))

    def _artifact(self, path: str) -> str:
        return f"{self._address}/api/2.0/mlflow-artifacts/artifacts/{quote(path)}"

    def _json(self, request: Request) -> Json:
        with self._open(request) as answer:
            try:
                text = answer.read(LARGEST_ANSWER + 1)
            except (OSError, HTTPException) as error:
                self._failed(error)
        try:
            found = json.loads(text[:LARGEST_ANSWER] or b"{}")
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            message = f"{self._host} must answer as MLflow does, got something else than JSON"
            raise RunProblem("registry/failed", message, "look at the registry's address", exit_code=WORLD)
        return found

    def _open(self, request: Request) -> BinaryIO:
        for name, value in _credentials():
            request.add_unredirected_header(name, value)
        try:
            return cast(BinaryIO, self._opener.open(request, timeout=TIMEOUT))
        except HTTPError as error:
            raise _refused(error) from None
        except (OSError, HTTPException) as error:
            self._failed(error)

    def _failed(self, error: Exception) -> NoReturn:
        reason = getattr(error, "reason", error)
        message = f"the MLflow registry at {self._host} does not answer: {str(reason)[:200]}"
        hint = "look whether it runs and may be reached from here; then try again"
        raise RunProblem("registry/failed", message, hint, exit_code=WORLD) from None


def refused_problem(refused: Refused, what: str) -> RunProblem:
    """What to tell of an error that MLflow answered."""
    if refused.status in (401, 403):
        return problem_of(PermissionError(), what)
    message = f"cannot {what}: MLflow answered {refused.status} {refused.code}: {str(refused)[:200]}"
    return RunProblem("registry/failed", message, "look at the server's log; then try again", exit_code=WORLD)


def _refused(error: HTTPError) -> Refused:
    try:
        body = json.loads(error.read(100_000))
        return Refused(error.code, str(body.get("error_code", "")), str(body.get("message", "")))
    except (OSError, ValueError, AttributeError, RecursionError, HTTPException):
        return Refused(error.code, "", str(error.reason))


def _credentials() -> list[tuple[str, str]]:
    token, user = os.environ.get("MLFLOW_TRACKING_TOKEN"), os.environ.get("MLFLOW_TRACKING_USERNAME")
    if token:
        return [("Authorization", f"Bearer {token}")]
    if user:
        pair = f"{user}:{os.environ.get('MLFLOW_TRACKING_PASSWORD', '')}"
        return [("Authorization", "Basic " + b64encode(pair.encode()).decode())]
    return []


def _opener() -> OpenerDirector:
    trusted = os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH") or None
    return build_opener(_NoRedirect(), HTTPSHandler(context=ssl.create_default_context(cafile=trusted)))
