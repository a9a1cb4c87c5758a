"""A model without code, trained in this process: on a laptop, and in the one task of scikit-learn.

train_built_in(inputs, data, Path("artifact"))     # {"logLoss": 0.21}
"""

from __future__ import annotations

from pathlib import Path

from mlgitops.contract.artifact import Format
from mlgitops.contract.run import RunInputs
from mlgitops.runtime.frameworks.artifact import of_model, write_artifact
from mlgitops.runtime.frameworks.prepared import Prepared
from mlgitops.runtime.frameworks.rounds import Rounds, Watch, train


def rounds_of(inputs: RunInputs, data: Prepared, threads: int = 1) -> Rounds | None:
    """A booster over the data; None where the framework is none. Raises RunProblem `train/option`."""
    if inputs.framework == "xgboost":
        from mlgitops.runtime.frameworks.xgboost import XGBoostRounds

        return XGBoostRounds(inputs, data, threads)
    if inputs.framework == "lightgbm":
        from mlgitops.runtime.frameworks.lightgbm import LightGBMRounds

        return LightGBMRounds(inputs, data, threads)
    return None


def train_built_in(
    inputs: RunInputs, data: Prepared, folder: Path, threads: int = 1, watch: Watch | None = None
) -> dict[str, float]:
    """Train, write the artifact into a folder that is made, and give the metrics on the training data.

    Raises RunProblem: `train/option`, `train/refused`, `train/diverged`, `train/export`, `train/disk`.
    """
    rounds = rounds_of(inputs, data, threads)
    if rounds is None:
        from mlgitops.runtime.frameworks.sklearn import exported, trained, training_scores

        pipeline = trained(inputs, data, threads)
        model, scores = exported(pipeline, inputs, data), training_scores(pipeline, inputs, data)
        kind: Format = "onnx"
    else:
        train(rounds, watch)
        model, scores = rounds.model(), rounds.scores()
        kind = "xgboost" if inputs.framework == "xgboost" else "lightgbm"
    write_artifact(folder, inputs, data.features, data.classes, of_model(kind, model))
    return scores
