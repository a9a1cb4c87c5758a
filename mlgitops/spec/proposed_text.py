"""The text of a proposed spec: `model.yaml` with the comments that a reader wants, from a `Proposal`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import isfinite
from typing import NamedTuple

from mlgitops.spec.documents.model import Task
from mlgitops.spec.proposal import Proposal
from mlgitops.spec.yaml_words import flow_list, word
from mlgitops.tables.columns import Column, Inference

MAX_EXPECTED = 200
"""Columns whose expectations people still read; of wider tables only those of target and id are written."""
_MAX_CATEGORIES = 20
_LONGEST_CATEGORY = 60
_SMALL = 1000
"""Rows below which a linear model is the better start."""


class Source(NamedTuple):
    """The model, and where its data is."""

    model: str
    team: str
    uri: str
    digest: str


def proposed_text(proposal: Proposal, table: Inference, source: Source) -> str:
    """`specs/<model>/model.yaml`."""
    lines = [
        "# yaml-language-server: $schema=../../schemas/model.json",
        "apiVersion: mlgitops.dev/v1alpha1",
        "kind: Model",
        "metadata:",
        f"  name: {word(source.model)}",
        f"  team: {word(source.team)}",
        f'  owner: "@{source.team}" # who answers for it',
        "spec:",
        f"  task: {proposal.task}",
        *_columns(proposal),
        *_data(proposal, table, source),
        "  training:",
        *_training(proposal, table),
        "    deadline: 2h",
        *_validation(proposal, source),
        "  serving:",
        f"    route: /{source.model}",
        "    replicas: {min: 1, max: 2}",
        "  monitoring:",
        "    objectives: {availability: 99.5, latencyP99: 200ms}",
    ]
    return "\n".join(lines) + "\n"


def _columns(proposal: Proposal) -> list[str]:
    lines = []
    if proposal.target is not None:
        lines.append(f"  target: {word(proposal.target.name)}")
    if proposal.id is not None:
        lines.append(f"  id: {word(proposal.id.name)} # names the row: never a feature")
    if not proposal.left_out:
        return [*lines, "  # features: every other column"]
    for column, reason in proposal.left_out[:20]:
        lines.append(f"  # no feature: {word(column.name)} ({reason})")
    if len(proposal.left_out) > 20:
        lines.append(f"  # no features: {len(proposal.left_out) - 20} more columns")
    return [*lines, "  features: " + flow_list((word(column.name) for column in proposal.features), 2)]


def _data(proposal: Proposal, table: Inference, source: Source) -> list[str]:
    lines = [
        "  data:",
        "    - name: training",
        "      role: training",
        f"      uri: {word(source.uri)}",
        "      version: v1",
        f"      digest: {source.digest}",
        "      format: csv",
        "      # classification: confidential # who may read it: public, internal, confidential or restricted",
    ]
    named = [column for column in (proposal.target, proposal.id) if column is not None]
    columns = [column for column in table.columns if column in named or column in proposal.features]
    if len(columns) > MAX_EXPECTED:
        columns = [column for column in columns if column in named]
        lines.append(f"      # {len(table.columns)} columns: what matters of the others is for you to add")
    if columns:
        lines.append("      expect: # as this file is, rounded outward: correct it to what can be true")
    for column in columns:
        said = _expectation(column, proposal, complete=table.complete)
        text = ", ".join(f"{key}: {value}" for key, value in said.items())
        if len(text) <= 100:
            lines.append(f"        - {{{text}}}")
        else:
            lines += [f"        {'- ' if key == 'column' else '  '}{key}: {value}" for key, value in said.items()]
    return lines


def _expectation(column: Column, proposal: Proposal, *, complete: bool) -> Mapping[str, str]:
    is_target = column is proposal.target
    said = {"column": word(column.name)}
    if column.type is not None:
        said["type"] = column.type
    if is_target or (complete and column.missing == 0):
        said["nullable"] = "false"
    if not complete or column.type == "bool":
        return said
    if column is proposal.id:
        return said | {"unique": "true"}
    values = _categories(column, is_target and proposal.task != "regression")
    if values:
        said["values"] = flow_list(values, 10)
    elif column.low is not None and column.high is not None and column.low < column.high:
        low, high = rounded_outward(column.low, column.high)
        said["range"] = f"[{low}, {high}]"
    return said


def _categories(column: Column, classes: bool) -> list[str]:
    """The values to expect; none that only one row has, which would tell about that row."""
    if column.values is None or column.rarest < 2 or not (classes or column.type == "string"):
        return []
    texts = [value for value in column.values if isinstance(value, str)]
    if len(texts) == len(column.values):
        short = all(len(text) <= _LONGEST_CATEGORY for text in texts)
        return [word(text) for text in texts] if short and (classes or len(texts) <= _MAX_CATEGORIES) else []
    whole = column.type == "int64"
    return [str(value) for value in column.values] if whole else []


def rounded_outward(low: int | float, high: int | float) -> tuple[str, str]:
    """Bounds around two numbers, low < high, in steps of the power of ten below their distance.

    >>> rounded_outward(6.981, 28.11), rounded_outward(1994, 2024), rounded_outward(-0.31, 0.02)
    (('0', '30'), ('1990', '2030'), ('-0.4', '0.1'))
    """
    first, last = Decimal(repr(low)), Decimal(repr(high))
    step = Decimal(1).scaleb((last - first).adjusted())
    down = (first / step).to_integral_value(ROUND_FLOOR) * step
    up = (last / step).to_integral_value(ROUND_CEILING) * step
    # What is rounded beyond the largest float stays as it is.
    return _number(down if isfinite(float(down)) else first), _number(up if isfinite(float(up)) else last)


def _number(value: Decimal) -> str:
    """As YAML 1.1 and 1.2 read it: a float that has an exponent has a point too."""
    if value == value.to_integral_value() and abs(value) < 10**15:
        return str(int(value))
    digits = repr(float(value))
    return digits.replace("e", ".0e") if "e" in digits and "." not in digits else digits


def _training(proposal: Proposal, table: Inference) -> list[str]:
    plain = all(column.missing == 0 and column.type != "string" for column in proposal.features)
    if proposal.task == "clustering":
        return ["    framework: sklearn", "    estimator: cluster.KMeans"]
    if proposal.task == "anomalyDetection":
        return ["    framework: sklearn", "    estimator: ensemble.IsolationForest"]
    if table.complete and table.rows < _SMALL and plain:
        linear = "linear_model.Ridge" if proposal.task == "regression" else "linear_model.LogisticRegression"
        return ["    framework: sklearn # few rows of plain numbers: start simple", f"    estimator: {linear}"]
    return [
        "    framework: xgboost # the built-in trainer: no code",
        "    hyperparameters: {numBoostRound: 200, maxDepth: 4, eta: 0.1}",
    ]


_LIMITS: Mapping[Task, str] = {
    "binaryClassification": "{name: auc, min: 0.8, maxRegression: 0.01}",
    "multiclassClassification": "{name: f1Macro, min: 0.8, maxRegression: 0.01}",
    "regression": "{name: r2, min: 0.5, maxRegression: 0.02}",
    "clustering": "{name: silhouette, min: 0.3, maxRegression: 0.02}",
    "anomalyDetection": "{name: averagePrecision, min: 0.5, maxRegression: 0.02}",
}


def _validation(proposal: Proposal, source: Source) -> list[str]:
    return [
        "  # next: rows that training never sees, without which nobody knows how good a version is. To `data`:",
        f'  #   - {{name: holdout, role: validation, uri: "s3://holdout/{source.model}/v1/holdout.csv", version: v1}}',
        "  # and with limits of your own:",
        "  # validation:",
        "  #   dataset: holdout",
        f"  #   metrics: [{_LIMITS[proposal.task]}]",
    ]
