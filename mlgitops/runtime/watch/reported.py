"""What the join job found, as a replica shows it: the latest report, read again every `REFRESH_SECONDS`.

So alerts see late labels without a gateway that would keep numbers of what is long gone.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from typing import Protocol

from mlgitops.contract.join import JoinReport

REFRESH_SECONDS = 300.0
LARGEST = 16 << 20

_log = logging.getLogger("mlgitops.watch")


class Reports(Protocol):
    """Where reports are: `mlgitops.registry.stores.Store`."""

    def read(self, name: str, most: int) -> bytes | None:
        """A file's bytes, None where there is none."""


class Reported:
    """The latest report of one version; a thread looks for a newer one."""

    def __init__(self, store: Reports, name: str, version: str, *, start: bool = True) -> None:
        self.scores: dict[str, float] = {}
        self.losses: dict[str, float] = {}
        self.distances: dict[str, float] = {}
        self.made: float | None = None
        """When the report was made, in seconds since 1970."""
        self._store, self._name, self._version = store, name, version
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mlgitops-reports", daemon=True)
        if start:
            self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._closing.set()

    def refresh(self) -> None:
        """Take the report that is there now; one that cannot be read changes nothing."""
        try:
            text = self._store.read(self._name, LARGEST)
            if text is not None:
                self._take(JoinReport.model_validate_json(text))
        except Exception as error:
            _log.warning("the latest report of late labels cannot be read: %s", type(error).__name__)

    def _take(self, report: JoinReport) -> None:
        own = next((one for one in report.versions if one.version == self._version), None)
        scores = own.scores if own is not None else []
        self.made = datetime.strptime(report.createdAt, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
        self.scores = {score.metric: score.value for score in scores}
        self.losses = {score.metric: score.loss for score in scores if score.loss is not None}
        self.distances = {one.feature: one.statistic for one in report.distances if one.version == self._version}

    def _run(self) -> None:
        while True:
            self.refresh()
            if self._closing.wait(REFRESH_SECONDS):
                return
