"""What an evaluation reads: the training data, what drift is measured against, and the holdout, all held to digests."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from mlgitops.contract.evaluate import EvaluateConfig
from mlgitops.contract.parts import DataIdentity
from mlgitops.problem import RunProblem
from mlgitops.runtime.data import (
    check_expectations,
    check_usable,
    feature_signature,
    read_table,
    read_tables,
)
from mlgitops.runtime.data.types_of import column_type
from mlgitops.runtime.data.usable import check_target
from mlgitops.runtime.evaluate.truth import CLASSIFICATION, Label, classes_of
from mlgitops.spec.documents.model import Feature
from mlgitops.spec.yaml_characters import excerpt

if TYPE_CHECKING:
    import pyarrow

_KINDS = {"int32": "number", "int64": "number", "float32": "number", "float64": "number"}


class Sets(NamedTuple):
    """The data of an evaluation."""

    training: pyarrow.Table
    reference: pyarrow.Table
    """What drift is measured against; the training data where the spec has no other."""
    holdout: pyarrow.Table | None
    """None where it has no rows."""
    data: list[DataIdentity]
    """The training data, with the digests that were read."""
    holdout_identity: DataIdentity
    features: list[Feature]
    """What a predictor may be asked with, as the training data has it."""
    classes: list[Label]
    """Of a classification, in order."""


def read_sets(config: EvaluateConfig) -> Sets:
    """Read all data of an evaluation. Raises RunProblem `data/…`: then nothing can be said of the artifact.

    Features are inferred as training inferred them; what the spec declares of them is laid over as in serving.
    """
    from mlgitops.runtime.predict.load import laid_over

    training, data = read_tables(config.training, config.data)
    check_usable(training, config.columns, config.task, "the training data")
    declared = config.predictor.inputs if config.predictor is not None else []
    features = laid_over(feature_signature(training, config.columns, []), declared)
    text = {name for name in training.column_names if column_type(training.schema.field(name).type) == "string"}
    reference = training
    if config.reference:
        reference, _ = read_tables(config.reference, config.referenceData, as_text=text)
        _check_features(reference, features, "the reference data")
    holdout, digest = _holdout(config, text)
    if holdout is not None:
        _check_features(holdout, features, config.holdout.name)
        if config.columns.target is not None and config.task != "clustering":
            check_target(holdout, config.columns, config.task, config.holdout.name)
    classes = classes_of(training, config.columns.target or "") if config.task in CLASSIFICATION else []
    identity = config.holdoutIdentity.model_copy(update={"digest": digest})
    return Sets(training, reference, holdout, data, identity, features, classes)


def _holdout(config: EvaluateConfig, text: Collection[str]) -> tuple[pyarrow.Table | None, str | None]:
    try:
        data = read_table(config.holdout, config.holdoutIdentity, as_text=text)
    except RunProblem as problem:
        if problem.code != "data/no-rows":
            raise
        return None, config.holdoutIdentity.digest
    check_expectations(data, config.holdout.expect, config.holdout.name)
    return data.table, data.digest


def _check_features(table: pyarrow.Table, features: list[Feature], name: str) -> None:
    """Raises RunProblem where a table lacks a feature, or has it in a type that is no form of the training data's."""
    import pyarrow

    for feature in features:
        if feature.name not in table.column_names:
            message = f"{name} must have the feature {excerpt(feature.name)}, got no such column"
            raise RunProblem("data/column-missing", message, "export it with the columns of the training data")
        got = table.schema.field(feature.name).type
        kind, wanted = column_type(got), feature.type
        same = kind is not None and _KINDS.get(kind, kind) == _KINDS.get(wanted, wanted)
        if not (same or pyarrow.types.is_null(got) or (wanted == "string" and kind in ("int32", "int64", "bool"))):
            message = f"{name}: feature {excerpt(feature.name)} must be {wanted} as in training, got {kind or got}"
            raise RunProblem("data/input-type", message, "mend the export")
