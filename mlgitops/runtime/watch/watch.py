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
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Literal

from mlgitops.contract import names, places
from mlgitops.contract.join import LATEST_REPORT, log_folder
from mlgitops.contract.names import Code
from mlgitops.contract.profile import ReferenceProfile
from mlgitops.contract.serve import ServeConfig
from mlgitops.problem import RunProblem
from mlgitops.runtime.matrix import matrix_of_columns
from mlgitops.runtime.watch.bins import Bins
from mlgitops.runtime.watch.feedback import FeedbackRefused, Label, answered_inputs, authorised, read_labels
from mlgitops.runtime.watch.log import LABELS, PREDICTIONS, Entry, SegmentLog
from mlgitops.runtime.watch.page import Page, Sample, Server, labels_text
from mlgitops.runtime.watch.records import Answers, Columns, Ids, line, prediction_lines, stored_id
from mlgitops.runtime.watch.reported import Reported
from mlgitops.spec.documents.model import Feature

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the latency histogram, in seconds."""

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
        self._version = config.artifact.version
        self._stored_names = stored_names(config, inputs)
        self._predictions_log, self._labels_log, self._reported = _logs(config, f"{own[1]}-{own[3]}")
        self._feedback = dict.fromkeys(names.FEEDBACK_CODES, 0)
        self._add_metrics()
        self._add_log_metrics()
        self._add_reported()
        host = os.environ.get(names.HOST_VARIABLE) or "127.0.0.1"
        self.server = Server(self.page.text, _port() if port is None else port, host)

    def loaded(self) -> None:
        """The verified artifact is loaded."""
        self._is_loaded = 1

    def answered(self, code: Code, seconds: float) -> None:
        """Count a request, whatever became of it; `seconds` is the predictor's own time."""
        with self._lock:
            self._predictions[code] = self._predictions.get(code, 0) + 1
            self._buckets[bisect_left(BUCKETS, seconds)] += 1
            self._seconds += seconds

    def observe(self, matrix: Any, columns: Columns, answers: Answers, request_ids: Ids = None) -> None:
        """Count the records of one request, and log them.

        `matrix` is float32 of shape (records, inputs); None stands for a predictor that takes no matrix. `columns` are
        the raw values by name, `answers` one a record. `request_ids` are one a record as the caller got them, or the
        request's own (`records.record_ids`). None of the arguments may be changed afterwards.
        """
        try:
            if matrix is None:
                matrix = matrix_of_columns(columns, self._inputs)
            with self._lock:
                self._records += len(answers)
                self._bins.count(matrix, columns, answers)
            if self._predictions_log is not None:
                self._log(request_ids, columns, answers)
        except Exception as error:
            self._failed(error)

    def _log(self, ids: Ids, columns: Columns, answers: Answers) -> None:
        moment, log = time.time(), self._predictions_log
        if log is not None:
            stored, version = self._stored_names, self._version
            lines = partial(prediction_lines, ids, columns, answers, stored, version, moment)
            log.append(Entry(len(answers), lines))

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
        try:
            accepted = self._take(body, authorization, ask)
        except FeedbackRefused as refused:
            code = {401: "unauthorised", 503: "dropped"}.get(refused.status, "invalid")
            with self._lock:
                self._feedback[code] += 1
            return refused.status, {"error": str(refused)}
        with self._lock:
            self._feedback["accepted"] += accepted
        return 202, {"accepted": accepted}

    def _take(self, body: bytes, authorization: str | None, ask: Callable[[Columns], Answers] | None) -> int:
        token = os.environ.get(places.FEEDBACK_TOKEN_VARIABLE)
        if self._labels_log is None or not token:
            raise FeedbackRefused(
                404, "no feedback is taken here: the environment has no storage.predictions or feedback"
            )
        if not authorised(authorization, token):
            raise FeedbackRefused(401, "feedback needs the environment's bearer token")
        lines = [self._label_line(label, ask) for label in read_labels(body)]
        if not self._labels_log.append(Entry(len(lines), lambda: lines)):
            raise FeedbackRefused(503, "too many labels wait to be stored; send them again")
        return len(lines)

    def _label_line(self, label: Label, ask: Callable[[Columns], Answers] | None) -> bytes:
        record: dict[str, Any] = {"time": round(time.time(), 3), "truth": label.truth}
        if label.id is not None:
            record["id"] = stored_id(label.id)
        else:
            record["answer"] = dict(answered_inputs(label, [feature.name for feature in self._inputs], ask))
            inputs = label.inputs or {}
            record["inputs"] = {name: inputs[name] for name in self._stored_names if name in inputs}
            record["version"] = self._version
        return line(record)

    def close(self) -> None:
        """Write what is in hand, and stop the page."""
        for log in (self._predictions_log, self._labels_log):
            if log is not None:
                log.close()
        if self._reported is not None:
            self._reported.close()
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

    def _add_log_metrics(self) -> None:
        logs = [log for log in (self._predictions_log, self._labels_log) if log is not None]
        add = self.page.add
        add(
            names.PREDICTION_LOG_RECORDS,
            "counter",
            "Records on the environment's storage.",
            lambda: [("", sum(log.written for log in logs))],
        )
        add(
            names.PREDICTION_LOG_DROPPED,
            "counter",
            "Records that were not stored.",
            lambda: [
                (labels_text({"reason": reason}), sum(log.dropped[reason] for log in logs))
                for reason in names.DROP_REASONS
            ],
        )
        add(
            names.FEEDBACK,
            "counter",
            "Labels that came.",
            lambda: [(labels_text({"code": code}), count) for code, count in list(self._feedback.items())],
        )

    def _add_reported(self) -> None:
        """Gauges of what the join job found of this version; they have no samples before."""

        def shown(part: Literal["scores", "losses", "distances"], label: str) -> Callable[[], list[Sample]]:
            def found() -> list[Sample]:
                values = {} if self._reported is None else getattr(self._reported, part)
                return [(labels_text({label: name}), value) for name, value in values.items()]

            return found

        def made() -> list[Sample]:
            time = None if self._reported is None else self._reported.made
            return [] if time is None else [("", time)]

        add = self.page.add
        add(names.REPORT_TIME, "gauge", "When the last report on late labels was made.", made)
        add(names.LIVE_SCORE, "gauge", "Scores on late labels.", shown("scores", "metric"))
        add(names.SCORE_LOSS, "gauge", "The part of a registered score that is lost.", shown("losses", "metric"))
        add(names.LIVE_DISTANCE, "gauge", "Kolmogorov-Smirnov from the reference.", shown("distances", "feature"))

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


def stored_names(config: ServeConfig, inputs: Sequence[Feature]) -> list[str]:
    """The inputs that the log may hold: none that the artifact or the version calls sensitive."""
    sensitive = {feature.name for feature in (*inputs, *config.predictor.inputs) if feature.sensitive}
    return [feature.name for feature in inputs if feature.name not in sensitive]


def _logs(config: ServeConfig, writer: str) -> tuple[SegmentLog | None, SegmentLog | None, Reported | None]:
    """The logs of predictions and of labels, and their reports; none where the environment has no place for them."""
    if config.predictions is None:
        return None, None, None
    from mlgitops.registry.stores import Store

    try:
        store = Store(config.predictions)
    except RunProblem as problem:
        _log.warning("no prediction is logged: %s", problem)
        return None, None, None
    folder = log_folder(config.model, config.environment)
    return (
        SegmentLog(store, f"{folder}/{PREDICTIONS}", writer),
        SegmentLog(store, f"{folder}/{LABELS}", writer),
        Reported(store, f"{folder}/reports/{LATEST_REPORT}", config.artifact.version),
    )


def _port() -> int:
    return int(os.environ.get(names.PORT_VARIABLE) or names.PORT)
