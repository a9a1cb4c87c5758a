"""Why a model said what it said: what each feature adds to one answer.

    {"scale": "margin", "method": "shap", "start": -0.31, "contributions": {"age": 0.82, "plan": -0.05}}

Boosters say it themselves, exactly: SHAP values of the margin (a classifier's log-odds, a regression's value), which
with `start` add up to it. Any other model is asked again with each feature in turn replaced by the reference's
usual value: its contribution is what the answer's number loses by that. These are on the scale of the answer
(`probability`, `value`, `score`) and need not add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlgitops.contract.profile import FeatureProfile, ReferenceProfile
from mlgitops.problem import RunProblem
from mlgitops.runtime.predict.answers import Answer
from mlgitops.runtime.predict.model import Model
from mlgitops.spec.documents.model import Feature

if TYPE_CHECKING:
    from mlgitops.runtime.matrix import Matrix

MOST_RECORDS = 100
"""In one request for explanations: each is a score a feature for a model that is no booster."""
ROWS_AT_ONCE = 4096
NUMBERS = ("probability", "value", "score")
ONE_MARGIN = 2


class Explaining:
    """Explains a model's answers; made once."""

    def __init__(self, model: Model, profile: ReferenceProfile | None) -> None:
        """Raises RunProblem `explain/cannot` for a model that cannot be asked so."""
        self.model = model
        self.by_itself = hasattr(model.scorer, "contributions")
        self.names = [feature.name for feature in model.inputs]
        if self.by_itself:
            return
        if not model.takes_matrix or model.description.task == "clustering":
            message = "serving.explain must be of a booster, or of a model whose features and answers are numbers"
            raise RunProblem("explain/cannot", message, "remove serving.explain")
        self.usual = usual_values(model.inputs, profile)

    def explanations(self, matrix: Matrix, answers: Sequence[Answer]) -> list[dict[str, object]]:
        """An explanation a row; of several classes, that of the answer's label."""
        if self.by_itself:
            return self._own(matrix, answers)
        return [self._replaced(row, answer) for row, answer in zip(matrix, answers, strict=True)]

    def _own(self, matrix: Matrix, answers: Sequence[Answer]) -> list[dict[str, object]]:
        scorer: Any = self.model.scorer
        found = scorer.contributions(matrix)
        if found.ndim > ONE_MARGIN:
            classes = [self.model.description.classes.index(_label(answer)) for answer in answers]
            found = found[np.arange(len(found)), classes]
        return [
            {
                "method": "shap",
                "scale": "margin",
                "start": row[-1],
                "contributions": dict(zip(self.names, row[:-1], strict=True)),
            }
            for row in found.tolist()
        ]

    def _replaced(self, row: Matrix, answer: Answer) -> dict[str, object]:
        scale = next(name for name in NUMBERS if name in answer)
        width = len(self.names)
        rows = np.repeat(np.asarray(row)[None, :], width, axis=0)
        np.fill_diagonal(rows, self.usual)
        others: list[Answer] = []
        for start in range(0, width, ROWS_AT_ONCE):
            others += self.model.answers_of_rows(rows[start : start + ROWS_AT_ONCE])
        label = str(answer.get("label"))
        number = _number(answer, scale, label)
        contributions = {
            name: number - _number(other, scale, label) for name, other in zip(self.names, others, strict=True)
        }
        return {"method": "replacement", "scale": scale, "contributions": contributions}


def usual_values(inputs: Sequence[Feature], profile: ReferenceProfile | None) -> Matrix:
    """Each feature's usual value in the reference: a number's median bound, a category's most frequent one.

    Without a profile the middle of a range, the first category, or 0.
    """
    known = {feature.name: feature for feature in profile.features} if profile is not None else {}
    values = [_usual(feature, known.get(feature.name)) for feature in inputs]
    result: Matrix = np.array(values, np.float32)
    return result


def _usual(feature: Feature, profile: FeatureProfile | None) -> float:
    if feature.type == "string":
        codes = {str(value): place for place, value in enumerate(feature.values or ())}
        if profile is not None and profile.values:
            counted = zip(profile.values, profile.counts, strict=False)
            value, _ = max(counted, key=lambda pair: pair[1])
            return float(codes.get(str(value), 0))
        return 0.0
    if profile is not None and profile.edges:
        return profile.edges[len(profile.edges) // 2]
    if profile is not None and profile.values:
        value, _ = max(zip(profile.values, profile.counts, strict=False), key=lambda pair: pair[1])
        return float(value)
    return sum(feature.range) / 2 if feature.range is not None else 0.0


def _label(answer: Answer) -> Any:
    return answer["label"]


def _number(answer: Answer, scale: str, label: str) -> float:
    """The number that an answer is about; of several classes the probability of `label`."""
    shares = answer.get("probabilities")
    found = shares[label] if isinstance(shares, dict) else answer[scale]
    return float(found)  # type: ignore[arg-type]
