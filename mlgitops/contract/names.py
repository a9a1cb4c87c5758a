"""Names of metrics and of their labels: what the runtime exports and alerts, dashboards and policies read.

Names are Prometheus' (snake case, a base unit as the ending); every metric carries the labels `LABELS`.
"""

from __future__ import annotations

LABELS = ("model", "version", "environment")

PREDICTIONS = "mlgitops_predictions_total"
"""Counter; also labelled `code`: `ok`, `invalid`, `error`, `shed`."""
PREDICTION_SECONDS = "mlgitops_prediction_seconds"
"""Histogram: a predictor's own time for a request."""
MODEL_LOADED = "mlgitops_model_loaded"
"""Gauge: 1 when the verified artifact is loaded."""
DRIFT = "mlgitops_drift"
"""Gauge; also labelled `kind` (`dataDrift`, `predictionDrift`) and `feature`."""
OUTLIERS = "mlgitops_outliers_total"
"""Counter: requests with a value outside of its declared range."""

RUN_SECONDS = "mlgitops_run_seconds"
"""Gauge: how long the last training run took."""
EVALUATION = "mlgitops_evaluation"
"""Gauge; also labelled `metric` and `slice`: the scores of the last evaluation."""
