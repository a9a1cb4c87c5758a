"""What metrics can be, and which end of them is the better one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple


class Measure(NamedTuple):
    """The values that one metric can have; None where it has no bound."""

    low: float | None
    high: float | None
    better: Literal["larger", "smaller"]


_SHARE = Measure(0, 1, "larger")
_ERROR = Measure(0, None, "smaller")

MEASURES: Mapping[str, Measure] = {
    "accuracy": _SHARE,
    "auc": _SHARE,
    "averagePrecision": _SHARE,
    "balancedAccuracy": _SHARE,
    "brier": Measure(0, 1, "smaller"),
    "calinskiHarabasz": Measure(0, None, "larger"),
    "daviesBouldin": _ERROR,
    "f1": _SHARE,
    "f1Macro": _SHARE,
    "logLoss": _ERROR,
    "mae": _ERROR,
    "mape": _ERROR,
    "medianAbsoluteError": _ERROR,
    "mse": _ERROR,
    "precision": _SHARE,
    "precisionMacro": _SHARE,
    "r2": Measure(None, 1, "larger"),
    "recall": _SHARE,
    "recallMacro": _SHARE,
    "rmse": _ERROR,
    "silhouette": Measure(-1, 1, "larger"),
}
"""Every metric of `checks.model.METRICS`."""
