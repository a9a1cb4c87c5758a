"""What a trial is worth on validation data that lies on a laptop: the evaluate Job's metrics, by the same predictor."""

from __future__ import annotations

from pathlib import Path

from mlgitops.contract.parts import Columns, DataLocation, Predictor
from mlgitops.runtime.matrix import matrix_of_table
from mlgitops.spec.documents.model import DataSet, ModelSpec


def trial_scores(spec: ModelSpec, data: DataSet, file: str, artifact: Path, code: Path) -> dict[str, float]:
    """Every metric that these rows define, by name.

    Raises RunProblem for data that cannot be read, and an artifact or a predictor that does not answer.
    """
    from mlgitops.runtime.data.read import read_table
    from mlgitops.runtime.evaluate.measure import measured
    from mlgitops.runtime.evaluate.predictions import predictions_of
    from mlgitops.runtime.evaluate.truth import truth_of
    from mlgitops.runtime.predict import load_model
    from mlgitops.runtime.predict.table import answers_of_table

    location = DataLocation(name=data.name, uri=data.uri, format=data.format)
    table = read_table(location, None, file).table
    model = load_model(artifact, _predictor(spec), code)
    columns = Columns(target=spec.target, id=spec.id, features=[feature.name for feature in model.inputs])
    classes = model.description.classes
    predictions = predictions_of(answers_of_table(model, table), table.num_rows, spec.task, classes)
    truth = truth_of(table, columns, spec.task, classes)
    return measured(spec.task, truth, predictions, matrix_of_table(table, model.inputs))


def _predictor(spec: ModelSpec) -> Predictor:
    serving = spec.serving
    if serving is None:
        return Predictor()
    return Predictor(entrypoint=serving.entrypoint, inputs=serving.inputs, threshold=serving.threshold)
