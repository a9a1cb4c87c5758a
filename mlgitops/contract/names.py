"""Names of metrics and of their labels: what the runtime exports and alerts, dashboards and policies read.

A replica has a page of its own for them, on `PORT`, and not Ray's: Ray's agent refuses to show a counter of 0, so the
first values of a series are lost to every rule, and it goes on showing the metrics of a replica that died (Ray 2.60),
so none would ever vanish. Names are Prometheus' (snake case, a base unit as the ending); every metric carries the
labels `LABELS`. `replica` is another one in each process, so that no counter ever falls.
"""

from __future__ import annotations

from typing import Literal

PORT = 9464
"""Of a replica's page; a pod has one replica."""
PORT_NAME = "watch"
PORT_VARIABLE = "MLGITOPS_METRICS_PORT"
"""Environment variable that names another port, outside of pods; 0 is any that is free."""
HOST_VARIABLE = "MLGITOPS_METRICS_HOST"
"""Environment variable of the address that the page is on; this machine alone where nobody set it."""
PATH = "/metrics"

LABELS = ("model", "version", "environment", "replica")

Code = Literal["ok", "invalid", "error", "shed"]
CODES: tuple[Code, ...] = ("ok", "invalid", "error", "shed")
Kind = Literal["dataDrift", "predictionDrift"]

PREDICTIONS = "mlgitops_predictions_total"
"""Counter: requests; also labelled `code` (`CODES`)."""
RECORDS = "mlgitops_records_total"
"""Counter: records that were answered; a request may bring many."""
PREDICTION_SECONDS = "mlgitops_prediction_seconds"
"""Histogram: a predictor's own time for a request."""
MODEL_LOADED = "mlgitops_model_loaded"
"""Gauge: 1 when the verified artifact is loaded."""

FEATURE_VALUES = "mlgitops_feature_values_total"
"""Counter: values by `kind` (`Kind`), `feature` and `bin`: a bin of the reference profile, `missing` or `other`."""
REFERENCE_SHARE = "mlgitops_reference_share"
"""Gauge, labelled alike: the share of the reference's rows in that bin, for the version that serves."""
OUTLIER_VALUES = "mlgitops_outlier_values_total"
"""Counter by `feature`: values outside of its declared range, or where it has none, of the reference's."""
OUTLIERS = "mlgitops_outliers_total"
"""Counter: records with at least one such value."""
UNWATCHED_FEATURES = "mlgitops_unwatched_features"
"""Gauge: features that are in no bin: the profile knows none of them, or there are too many."""
WATCH_ERRORS = "mlgitops_watch_errors_total"
"""Counter: requests that were answered and could not be counted."""

PREDICTION_LOG_RECORDS = "mlgitops_prediction_log_records_total"
"""Counter: records on the environment's storage."""
PREDICTION_LOG_DROPPED = "mlgitops_prediction_log_dropped_total"
"""Counter: records that were not stored, by `reason` (`DROP_REASONS`)."""
DROP_REASONS = ("queueFull", "storage")
FEEDBACK = "mlgitops_feedback_total"
"""Counter: labels that came, by `code` (`FEEDBACK_CODES`)."""
FEEDBACK_CODES = ("accepted", "unauthorised", "invalid", "dropped")

LIVE_SCORE = "mlgitops_live_score"
"""Gauge by `metric`: a version's score on the labels that came since, as the last report of the join job says."""
SCORE_LOSS = "mlgitops_score_loss"
"""Gauge by `metric`: how much of the registered score that is worse, 0.1 for a tenth; below 0 where it is better."""
LIVE_DISTANCE = "mlgitops_live_distance"
"""Gauge by `feature`: the Kolmogorov-Smirnov distance from the reference, as the last report says."""
REPORT_TIME = "mlgitops_report_timestamp_seconds"
"""Gauge: when the last report was made, in seconds since 1970; not there before the first one."""

METRICS = (
    *(PREDICTIONS, RECORDS, PREDICTION_SECONDS, MODEL_LOADED, FEATURE_VALUES, REFERENCE_SHARE, OUTLIER_VALUES),
    *(OUTLIERS, UNWATCHED_FEATURES, WATCH_ERRORS, PREDICTION_LOG_RECORDS, PREDICTION_LOG_DROPPED, FEEDBACK),
    *(LIVE_SCORE, SCORE_LOSS, LIVE_DISTANCE, REPORT_TIME),
)
"""All that a replica exports."""

WINDOW_COUNT = "mlgitops:feature_values:count"
WINDOW_SAMPLE = "mlgitops:feature_values:sample"
WINDOW_SHARE = "mlgitops:feature_values:share"
REFERENCE = "mlgitops:reference:share"
PSI = "mlgitops:drift:psi"
JENSEN_SHANNON = "mlgitops:drift:jensen_shannon"
CHI_SQUARED = "mlgitops:drift:chi_squared"
DEGREES_OF_FREEDOM = "mlgitops:drift:degrees_of_freedom"
INSUFFICIENT_DATA = "mlgitops:drift:insufficient_data"
SKEW = "mlgitops:skew:share"
OUTLIER_SHARE = "mlgitops:outliers:share"

RECORDED = (
    *(WINDOW_COUNT, WINDOW_SAMPLE, WINDOW_SHARE, REFERENCE, PSI, JENSEN_SHANNON, CHI_SQUARED, DEGREES_OF_FREEDOM),
    *(INSUFFICIENT_DATA, SKEW, OUTLIER_SHARE),
)
"""What Prometheus records of them by the rendered rules (`render.drift_rules`), summed over replicas."""
