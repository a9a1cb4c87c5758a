"""A replica's metrics as Prometheus reads them, on a port of the replica's own.

    page = Page({"model": "churn", "version": "r3f2a91bc4d", "environment": "prod", "replica": "5f0c77aa"})
    page.add("mlgitops_records_total", "counter", "Records that were answered.", lambda: [("", 12)])
    server = Server(page.text, 9464, "127.0.0.1")

Written here and not by a client library: a thousand counters that live in a NumPy array become text in a millisecond,
and nothing but the array is touched when a request is counted.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Literal, NamedTuple

from mlgitops.contract import names

Sample = tuple[str, float]
"""Further labels as text (`labels_text`), and the value."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
RETRY_SECONDS = 5.0
"""Between attempts to get a port that the replica of before still holds."""
CLIENT_SECONDS = 5.0
"""That a client may take for its request."""

_log = logging.getLogger("mlgitops.watch")


class _Family(NamedTuple):
    name: str
    head: str
    samples: Callable[[], Iterable[Sample]]


class Page:
    """The text of all metrics; `labels` are on each."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels_text(labels)
        self._families: list[_Family] = []

    def add(
        self,
        name: str,
        kind: Literal["counter", "gauge", "histogram"],
        about: str,
        samples: Callable[[], Iterable[Sample]],
    ) -> None:
        """Add a metric; `samples` is asked at each scrape. Those of a histogram name their own suffix: `_sum{…`."""
        self._families.append(_Family(name, f"# HELP {name} {about}\n# TYPE {name} {kind}\n", samples))

    def text(self) -> str:
        """The page."""
        parts = []
        for family in self._families:
            parts.append(family.head)
            for labels, value in family.samples():
                name, labels = (family.name, labels) if not labels.startswith("_") else _suffixed(family.name, labels)
                parts.append(f"{name}{{{self._labels}{',' if labels else ''}{labels}}} {float(value)!r}\n")
        return "".join(parts)


def _suffixed(name: str, labels: str) -> tuple[str, str]:
    suffix, _, rest = labels.partition("{")
    return name + suffix, rest


def labels_text(labels: Mapping[str, str]) -> str:
    r"""Labels as they stand between braces.

    >>> print(labels_text({"feature": 'a "b"'}))
    feature="a \"b\""
    """
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


class Server:
    """Answers scrapes in a thread of its own, one after another; waits for its port where another one has it."""

    def __init__(self, text: Callable[[], str], port: int, host: str) -> None:
        self._text, self._address = text, (host, port)
        self._server: HTTPServer | None = None
        self._stopped = threading.Event()
        self.listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mlgitops-metrics", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int | None:
        """That it listens on; None while it has none."""
        return self._server.server_address[1] if self._server is not None else None

    @property
    def address(self) -> tuple[str, int]:
        """Host, and the port that was asked for."""
        return self._address

    def close(self) -> None:
        """Stop listening."""
        self._stopped.set()
        if self._server is not None:
            self._server.shutdown()
        self._thread.join(CLIENT_SECONDS)

    def _run(self) -> None:
        told = False
        while not self._stopped.is_set():
            try:
                self._server = HTTPServer(self._address, _handler(self._text))
            except OSError as error:
                if not told:
                    _log.warning("metrics: port %d is taken (%s); trying again", self._address[1], error.strerror)
                told = True
                self._stopped.wait(RETRY_SECONDS)
                continue
            self.listening.set()
            with self._server as server:
                if not self._stopped.is_set():
                    server.serve_forever(poll_interval=0.1)
            return


def _handler(text: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    class Scrape(BaseHTTPRequestHandler):
        timeout = CLIENT_SECONDS

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != names.PATH:
                self.send_error(404)
                return
            body = text().encode()
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: object = "-", size: object = "-") -> None:
            """Nothing: a scrape is no event."""

    return Scrape
