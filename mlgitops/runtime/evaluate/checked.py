"""What an artifact says of itself, held against its spec and the data: a training pod wrote it."""

from __future__ import annotations

from pathlib import Path

from mlgitops.contract.evaluate import EvaluateConfig
from mlgitops.problem import RunProblem
from mlgitops.runtime.evaluate.data import Sets
from mlgitops.runtime.evaluate.truth import CLASSIFICATION, key_of
from mlgitops.spec.yaml_characters import excerpt

HINT = "train the model again with this spec and this data"


def check_description(config: EvaluateConfig, sets: Sets, artifact: Path) -> None:
    """Raises RunProblem: `evaluation/description`, `evaluation/inputs`, `evaluation/classes`, and what reading raises.

    The classes must be the training data's in their order: which of two is the positive one is not the artifact's to
    say. Inputs may be fewer than the features, and none may be anything else: not the target, not the id.
    """
    from mlgitops.runtime.predict.load import read_description

    description = read_description(artifact)
    for what, expected, got in (
        ("model", config.model, description.model),
        ("task", config.task, description.task),
        ("framework", config.framework, description.framework),
    ):
        if expected != got:
            message = f"the artifact must be of {what} {expected}, got {got}"
            raise RunProblem("evaluation/description", message, HINT)
    known = {feature.name for feature in sets.features}
    strange = [feature.name for feature in description.inputs if feature.name not in known]
    if strange:
        message = f"the artifact's inputs must be features of the training data, got {excerpt(strange[0])}"
        raise RunProblem("evaluation/inputs", message, HINT)
    if config.task in CLASSIFICATION:
        expected_classes, got_classes = list(map(key_of, sets.classes)), list(map(key_of, description.classes))
        if expected_classes != got_classes:
            message = f"the artifact's classes must be the training data's {len(expected_classes)}, in order, got other"
            raise RunProblem("evaluation/classes", f"{message} {len(got_classes)}", HINT)
