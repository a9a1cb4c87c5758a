"""The `server` engine: an OPA server asked through opa-python-client, ours for the time of the run or the company's.

    with started(sources, require("opa")) as engine: ...
    with ServerEngine(Address.of("https://opa.example.com"), token) as engine: ...

A company's server is only asked: it must hold these very rules (`decide` compares their digest) and the harness.
Ours listens on the loopback alone and answers only to a token made for this run, so that no other user of the machine
can give it other rules.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from mlgitops.errors import MlgitopsError, UsageError
from mlgitops.policy.engine import Batch, Document, Scope, Sources, as_json, batch_of
from mlgitops.policy.refused import refuse
from mlgitops.programs.chunks import in_chunks
from mlgitops.programs.opa import refusal, write_bundle
from mlgitops.programs.opa_checks import compile_errors
from mlgitops.programs.opa_log import errors_of
from mlgitops.programs.process import Running, environment, printable, start

Json = Any
TIMEOUT = 60.0
"""Seconds for one request; the client's own limit is 1.5."""
PATIENCE = 10.0
"""Seconds for our server to answer after its start; it takes 0.1."""
CHUNK = 200
AUTHORIZATION = """\
package system.authz

default allow := false

allow if input.identity == {token}
"""


class Address(NamedTuple):
    """Where a server answers."""

    host: str
    port: int
    secure: bool

    @classmethod
    def of(cls, url: str) -> Address:
        """The address in a URL such as `https://opa.example.com:8181`. Raises UsageError for anything else."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise UsageError(f"expected the URL of an OPA server, got {printable(url)}") from None
        odd = parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None
        if parts.scheme not in ("http", "https") or not parts.hostname or odd:
            raise UsageError(f"expected http(s)://host[:port] of an OPA server, got {printable(url)}")
        return cls(parts.hostname, port or (443 if parts.scheme == "https" else 80), parts.scheme == "https")


class ServerEngine:
    """Asks a running server."""

    name = "server"

    def __init__(self, address: Address, token: str = "", *, jobs: int = 1) -> None:
        self._address = address
        self._token = token
        self._jobs = jobs
        self._version = "unknown"

    @property
    def version(self) -> str:
        """OPA's version, once it has answered."""
        return self._version

    def __enter__(self) -> ServerEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def ready(self) -> None:
        """See `policy.engine.Engine`: each question finds out by itself."""

    def evaluate(self, scope: Scope, documents: Sequence[Document]) -> Batch:
        """See `policy.engine.Engine`."""
        return in_chunks(
            lambda chunk: self._asked(scope, chunk), documents, jobs=self._jobs, smallest=CHUNK, largest=CHUNK
        )

    def _asked(self, scope: Scope, documents: Sequence[Document]) -> Batch:
        as_json(documents)  # refuses what the client would write in another way
        answer = self._query({"items": documents}, f"mlgitops.decision.{scope}")
        value: Json = answer.get("result") if isinstance(answer, dict) else None
        batch = batch_of(value)
        if batch is None:
            raise MlgitopsError(
                f"the OPA server at {self._where()} has no decision of scope {scope}: the result is undefined",
                "publish the rules and their harness to it, or use `--engine opa`",
            )
        self._version = printable(str(value.get("version")))
        return batch

    def _query(self, question: Json, package: str) -> Json:
        """What the server says to one request. A client of its own for each: a session is not safe to share."""
        import requests

        try:
            with _client(self._address, self._token) as client:
                return client.query_rule(question, package, "batch", {"strict-builtin-errors": "true"})
        except requests.HTTPError as error:
            status, content = (
                (error.response.status_code, error.response.content) if error.response is not None else (0, b"")
            )
            hint = "give its token" if status in (401, 403) else "see the server's log"
            raise refusal(f"the OPA server at {self._where()}", status, content, hint) from None
        except (requests.RequestException, ValueError) as error:
            why = printable(str(error), 300)
            raise MlgitopsError(
                f"the OPA server at {self._where()} gave no answer: {why}", "see that it runs"
            ) from None

    def _where(self) -> str:
        return f"{printable(self._address.host)}:{self._address.port}"


@contextmanager
def started(sources: Sources, executable: str, *, jobs: int = 0) -> Iterator[ServerEngine]:
    """A server of our own for the time of the `with` block.

    The rules are its bundle, which its interface cannot replace. Raises MlgitopsError when it does not start with them.
    """
    token = secrets.token_hex(16)
    with TemporaryDirectory(prefix="mlgitops-opa-") as directory:
        write_bundle(Path(directory), sources)
        (Path(directory) / "authorization.rego").write_text(AUTHORIZATION.format(token=json.dumps(token)))
        address = Address("127.0.0.1", _free_port(), secure=False)
        argv = [executable, "run", "--server", "--addr", f"{address.host}:{address.port}", "--bundle", "."]
        argv += ["--authentication", "token", "--authorization", "basic"]
        argv += ["--skip-version-check", "--log-level", "error"]
        with start(argv, cwd=directory, env=environment()) as server:
            try:
                _wait(address, token, server)
            except MlgitopsError:
                if server.code is not None:  # one that hangs would be waited for once more
                    refuse(compile_errors(sources.modules, executable))
                raise
            yield ServerEngine(address, token, jobs=jobs or os.cpu_count() or 1)


def _client(address: Address, token: str, seconds: float = TIMEOUT) -> Any:
    """A client that asks the server itself: what the environment says of proxies and passwords is for other hosts."""
    from opa_client import OpaClient

    host, port, secure = address
    client = OpaClient(host=host, port=port, ssl=secure, token=token or None, timeout=seconds)
    if host == "127.0.0.1":
        client._session.trust_env = False
    return client


def _wait(address: Address, token: str, server: Running) -> None:
    """Until the server answers to our token, or has ended, or `PATIENCE` is over."""
    end = time.monotonic() + PATIENCE
    with _client(address, token, PATIENCE) as client:
        while time.monotonic() < end and server.code is None:
            if client.check_health() and server.code is None:
                return
            time.sleep(0.02)
    said = printable(errors_of(server.output()), 500)
    hint = "mend the rule at that line" if "rego_" in said else "run again, or use `--engine opa`"
    raise MlgitopsError(f"our OPA server did not start: {said or 'it said nothing'}", hint)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
