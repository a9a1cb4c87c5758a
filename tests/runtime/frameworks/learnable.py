"""A small table that every task can be learnt from: numbers, a flag and a category, with gaps; and runs over it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from mlgitops.contract.run import RunInputs
from mlgitops.runtime.data.signature import feature_signature
from mlgitops.runtime.frameworks.prepared import Prepared, prepared

PLANS = np.array(["basic", "plus", "pro"])


def table(rows: int = 300, seed: int = 0) -> pa.Table:
    """Columns id, tenure, income, member, plan, and the targets churned, level, words and value."""
    random = np.random.default_rng(seed)
    tenure, income = random.normal(size=rows), random.normal(50, 9, size=rows)
    member, plan = random.random(rows) < 0.4, random.integers(0, 3, rows)
    strength = tenure + 0.05 * (income - 50) + member + plan
    return pa.table(
        {
            "id": np.arange(rows),
            "tenure": pa.array(np.where(random.random(rows) < 0.1, np.nan, tenure), from_pandas=True),
            "income": income,
            "member": member,
            "plan": pa.array(np.where(random.random(rows) < 0.1, None, PLANS[plan]), pa.string()),
            "churned": (strength > 1.4).astype(np.int64),
            "level": np.digitize(strength, [0.5, 2.0]).astype(np.int64),
            "words": PLANS[np.digitize(strength, [0.5, 2.0])],
            "value": np.abs(3 * strength) + 0.1,
        }
    )


TARGETS = {"binaryClassification": "churned", "multiclassClassification": "level", "regression": "value"}


def run_inputs(task: str, **fields: Any) -> RunInputs:
    """The inputs of a run over `table`."""
    columns = {"id": "id", "features": ["tenure", "income", "member", "plan"]}
    if task in TARGETS:
        columns["target"] = TARGETS[task]
    data = [{"name": "customers", "uri": "file:///customers.csv"}]
    return RunInputs.model_validate(
        {"model": "churn", "task": task, "columns": columns, "data": data, "seed": 7, **fields}
    )


def data_of(inputs: RunInputs, rows: int = 300) -> Prepared:
    """What the run learns from."""
    whole = table(rows)
    return prepared(inputs, whole, feature_signature(whole, inputs.columns, []))
