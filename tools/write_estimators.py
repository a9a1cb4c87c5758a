"""The options of scikit-learn's estimators as `validate` knows them, written from what each class declares it takes.

python tools/write_estimators.py      (in an environment that has scikit-learn)
"""

from __future__ import annotations

import importlib
import json
import math
import numbers
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mlgitops.spec.training import estimators
from mlgitops.spec.training.option import camel_case

ELSEWHERE = {"random_state", "n_jobs", "verbose", "verbose_interval", "warm_start", "copy", "copy_X", "copy_x"}
"""What a spec says elsewhere, or what does not change the result."""
NOT_TEXT = {"estimator", "covariance_estimator", "scoring", "solver_options", "metric", "metric_params"}
"""What takes objects, or what the exported model does not follow."""
NOT_SERVED = {"novelty", "oob_score", "compute_labels", "compute_score", "store_covariance", "store_cv_results"}
"""What the trainer sets itself, and what is only looked at afterwards."""
LEFT_OUT = ELSEWHERE | NOT_TEXT | NOT_SERVED | {"use_legacy_attributes", "refit", "class_prior", "priors"}
UNUSABLE = {"precomputed", "interior-point", "revised simplex"}
"""Words that need another kind of data, or that SciPy has no more."""


def _span(interval: Any) -> list[Any]:
    low, high = (None if bound is None or math.isinf(bound) else bound for bound in (interval.left, interval.right))
    kind = "whole" if interval.type is numbers.Integral else "number"
    return [kind, low, high, interval.closed]


def _option(name: str, constraints: Iterable[Any]) -> dict[str, Any] | None:
    found: dict[str, Any] = {"library": name, "spans": [], "choices": []}
    for one in constraints:
        kind = type(one).__name__
        if kind == "Hidden" and "deprecated" in str(getattr(one.constraint, "options", "")):
            return None  # scikit-learn takes it away
        if kind == "Interval":
            found["spans"].append(_span(one))
        elif kind == "StrOptions":
            found["choices"] += sorted(set(one.options) - UNUSABLE - set(one.deprecated))
        elif one in (numbers.Integral, numbers.Real):
            found["spans"].append(["whole" if one is numbers.Integral else "number", None, None, "both"])
        elif one == "boolean":
            found["boolean"] = True
        elif one == "array-like":
            found["items"] = True
        elif one == "cv_object":
            found["spans"].append(["whole", 2, None, "both"])
    kept = {key: value for key, value in found.items() if value}
    return kept if len(kept) > 1 else None


def declared(name: str) -> dict[str, dict[str, Any]]:
    """The options of one class, by their names in specs."""
    module, _, kind = name.partition(".")
    constraints = getattr(importlib.import_module(f"sklearn.{module}"), kind)._parameter_constraints
    options = {key: _option(key, value) for key, value in constraints.items() if key not in LEFT_OUT}
    return {camel_case(key): option for key, option in sorted(options.items()) if option is not None}


def text() -> str:
    """The whole file, a line for each option."""
    blocks = []
    for name in sorted(estimators.ESTIMATORS):
        lines = (f'    "{key}": {json.dumps(option)}' for key, option in declared(name).items())
        blocks.append(f'  "{name}": {{\n' + ",\n".join(lines) + "\n  }")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def main() -> None:
    """Write the file beside the module that reads it."""
    Path(estimators.__file__).with_name(estimators.FILE).write_text(text())


if __name__ == "__main__":
    main()
