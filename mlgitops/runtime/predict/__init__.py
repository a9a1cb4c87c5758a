"""Turns an artifact into answers: the one predictor that evaluation, serving and batch scoring share.

    model = load_model(Path("artifact"), Predictor(threshold=0.4))
    model.answers({"tenure": [3, None], "plan": ["pro", "basic"]})
    # [{"label": 1, "probability": 0.71}, {"label": 0, "probability": 0.08}]

    model.Model                what is loaded, and how it is asked
    load.load_model            artifact folder → Model
    answers.answers_of_scores  numbers of a format → answers of a task
    formats/                   a module a format; each imports nothing but its own library
    custom.load_custom         a predictor beside the spec
    table.score_table          a table → a table of answers

What a format's scores are, by task, for whoever writes an artifact:

    binaryClassification       the second class's probability, (rows,); or of both classes, (rows, 2)
    multiclassClassification   the classes' probabilities, (rows, classes)
    regression                 (rows,)
    clustering                 the cluster's number, (rows,)
    anomalyDetection           the larger the odder, (rows,); above 0, or above the threshold, is an anomaly
"""

from __future__ import annotations

from mlgitops.runtime.predict.answers import Answer
from mlgitops.runtime.predict.load import load_model
from mlgitops.runtime.predict.model import Model
from mlgitops.runtime.predict.table import score_table

__all__ = ["Answer", "Model", "load_model", "score_table"]
