"""`Watch`: what a replica calls to have its answers watched. Made once, when the artifact is verified.

    watch = Watch(config, inputs=model.inputs, profile=profile)
    watch.loaded()
    watch.answered("ok", seconds=0.0021)
    watch.observe(matrix, columns, answers, request_ids)
    status, body = watch.feedback(request_body, authorization_header, ask=model.answers)
    watch.close()

Nothing here blocks on anything outside of the process, and nothing raises: a model that cannot be watched answers
all the same, and the error is counted.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mlgitops.contract import names
from mlgitops.contract.names import Code
from mlgitops.contract.profile import ReferenceProfile
from mlgitops.contract.serve import ServeConfig
from mlgitops.runtime.matrix import matrix_of_columns
from mlgitops.runtime.watch.bins import Bins
from mlgitops.runtime.watch.page import Page, Sample, Server, labels_text
from mlgitops.spec.documents.model import Feature

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the latency histogram, in seconds."""

Answers = Sequence[Mapping[str, object]]
Columns = Mapping[str, Sequence[object]]

_log = logging.getLogger("mlgitops.watch")


class Watch:
    """The counters of a replica and their page; its methods may be called from any thread."""

    def __init__(
        self,
        config: ServeConfig,
        *,
        inputs: Sequence[Feature],
        profile: ReferenceProfile | None,
        port: int | None = None,
        replica: str | None = None,
    ) -> None:
        """`profile` is the version's; None counts everything but drift. `port` is for tests."""
        self._lock = threading.Lock()
        self._bins = Bins(inputs, profile)
        self._inputs = list(inputs)
        self._is_loaded = 0
        self._records = 0
        self._errors = 0
        self._predictions = dict.fromkeys(names.CODES, 0)
        self._seconds, self._buckets = 0.0, [0] * (len(BUCKETS) + 1)
        own = (config.model, config.artifact.version, config.environment, replica or secrets.token_hex(4))
        self.page = Page(dict(zip(names.LABELS, own, strict=True)))
        self._add_metrics()
        self.server = Server(self.page.text, _port() if port is None else port)

    def loaded(self) -> None:
        """The verified artifact is loaded."""
        self._is_loaded = 1

    def answered(self, code: Code, seconds: float) -> None:
        """Count a request, whatever became of it; `seconds` is the predictor's own time."""
        with self._lock:
            self._predictions[code] = self._predictions.get(code, 0) + 1
            self._buckets[bisect_left(BUCKETS, seconds)] += 1
            self._seconds += seconds

    def observe(
        self, matrix: Any, columns: Columns, answers: Answers, request_ids: Sequence[str | None] | None = None
    ) -> None:
        """Count the records of one request, and log them.

        `matrix` is float32 of shape (records, inputs); None stands for a predictor that takes no matrix. `columns` are
        the raw values by name, `answers` one a record. `request_ids` are one a record, as the caller got them.
        """
        try:
            if matrix is None:
                matrix = matrix_of_columns(columns, self._inputs)
            with self._lock:
                self._records += len(answers)
                self._bins.count(matrix, columns, answers)
        except Exception as error:
            self._failed(error)

    def feedback(
        self,
        body: bytes,
        authorization: str | None,
        ask: Callable[[Columns], Answers] | None = None,
    ) -> tuple[int, dict[str, object]]:
        """The status and the JSON answer of `POST <route>/feedback`.

        `body` is `{"id", "truth"}`, `{"inputs", "truth"}` or a list of such under `"feedback"`; `authorization` the
        header; `ask` answers inputs that nobody has asked about before.
        """
        return 501, {"error": "feedback needs storage.predictions in the environment"}

    def close(self) -> None:
        """Write what is in hand, and stop the page."""
        self.server.close()

    def _failed(self, error: Exception) -> None:
        self._errors += 1
        if self._errors == 1:
            _log.warning("watching failed once; further failures are counted alone", exc_info=error)

    def _add_metrics(self) -> None:
        add = self.page.add
        add(names.MODEL_LOADED, "gauge", "1 when the verified artifact is loaded.", lambda: [("", self._is_loaded)])
        add(names.PREDICTIONS, "counter", "Requests by their end.", self._prediction_samples)
        add(names.RECORDS, "counter", "Records that were answered.", lambda: [("", self._records)])
        add(names.PREDICTION_SECONDS, "histogram", "The predictor's own time for a request.", self._second_samples)
        add(names.FEATURE_VALUES, "counter", "Values by bin of the reference profile.", self._value_samples)
        series = [labels_text({"kind": s.kind, "feature": s.feature, "bin": s.bin}) for s in self._bins.series]
        shares = [(labels, one.share) for labels, one in zip(series, self._bins.series, strict=True)]
        self._value_labels = series
        add(names.REFERENCE_SHARE, "gauge", "The share of the reference's rows in a bin.", lambda: shares)
        add(names.OUTLIERS, "counter", "Records with a value out of range.", lambda: [("", self._bins.outliers)])
        add(names.OUTLIER_VALUES, "counter", "Values out of range.", self._outlier_samples)
        unwatched = [("", self._bins.unwatched)]
        add(names.UNWATCHED_FEATURES, "gauge", "Features that are in no bin.", lambda: unwatched)
        add(names.WATCH_ERRORS, "counter", "Requests that could not be counted.", lambda: [("", self._errors)])

    def _prediction_samples(self) -> list[Sample]:
        return [(labels_text({"code": code}), count) for code, count in list(self._predictions.items())]

    def _second_samples(self) -> Iterator[Sample]:
        with self._lock:
            buckets, total = list(self._buckets), self._seconds
        below = 0
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), buckets, strict=True):
            below += count
            yield "_bucket{" + labels_text({"le": bound}), below
        yield "_sum", total
        yield "_count", below

    def _value_samples(self) -> list[Sample]:
        with self._lock:
            counts = self._bins.counts.tolist()
        return list(zip(self._value_labels, counts, strict=True))

    def _outlier_samples(self) -> list[Sample]:
        with self._lock:
            counts = self._bins.outlier_values.tolist()
        return [(labels_text({"feature": f.name}), n) for f, n in zip(self._inputs, counts, strict=True)]


def _port() -> int:
    return int(os.environ.get(names.PORT_VARIABLE) or names.PORT)
