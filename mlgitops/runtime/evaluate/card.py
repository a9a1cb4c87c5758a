"""The model card: what an evaluation found, in Markdown for people. Every value is put into a code span.

What a column or a message is called is a stranger's text: within a code span nothing of it becomes a link, a mention
or markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from mlgitops.contract.evaluate import EvaluateConfig
from mlgitops.contract.evaluation import Evaluation, Score
from mlgitops.runtime.evaluate.measure import METRICS
from mlgitops.runtime.evaluate.scoring import SAMPLE, names_without
from mlgitops.runtime.printable import printable
from mlgitops.spec.documents.model import Feature, Metric, Task

TASKS: dict[Task, str] = {
    "binaryClassification": "Binary classification",
    "multiclassClassification": "Classification into several classes",
    "regression": "Regression",
    "clustering": "Clustering",
    "anomalyDetection": "Anomaly detection",
}
TITLES = {"confusion.svg": "Confusion matrix of the holdout", "residuals.svg": "Residuals of the holdout"}
MOST_FEATURES = 50
MOST_VALUES = 5
LONGEST = 300


class Measured(NamedTuple):
    """What the card says besides the evaluation itself."""

    features: Sequence[Feature]
    training_rows: int
    overlap_allowed: int
    no_baseline: str | None
    files: Sequence[str]


class Row(NamedTuple):
    """A line of the table of metrics."""

    what: str
    rows: int
    value: str
    limit: str
    training: str
    baseline: str


class Input(NamedTuple):
    """A line of the table of features."""

    name: str
    type: str
    seen: str
    missing: str


def card_text(config: EvaluateConfig, evaluation: Evaluation, measured: Measured) -> str:
    """The card. Nothing in it depends on when it was written."""
    import jinja2

    # It is Markdown: HTML's escapes would do nothing, and `code` makes every value safe.
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)
    environment.filters["code"] = code
    template = environment.from_string((Path(__file__).parent / "card.md.j2").read_text("utf-8"))
    predictor = config.predictor.entrypoint if config.predictor is not None else None
    return template.render(
        config=config,
        evaluation=evaluation,
        measured=measured,
        task=TASKS[config.task],
        predictor=predictor or "built in",
        rows=list(_rows(config, evaluation.scores)),
        missing=", ".join(names_without(evaluation.scores, METRICS[config.task])) if evaluation.scores else "",
        sample=SAMPLE,
        training_sampled=measured.training_rows > SAMPLE,
        pictures=[{"file": name, "title": TITLES[name]} for name in measured.files if name in TITLES],
        inputs=[_input(feature) for feature in measured.features[:MOST_FEATURES]],
        more_features=max(len(measured.features) - MOST_FEATURES, 0),
        slices=", ".join(code(part.name) for part in config.slices),
    )


def code(value: object) -> str:
    """A value as a code span that nothing within can end, in a table too.

    >>> code("a`b|c\\n<b>")
    "`a'b\\\\|c?<b>`"
    """
    if value is None or value == "":
        return "–"
    text = str(value)
    text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    shown = printable(text)
    return "`" + shown.replace("\\", "/").replace("`", "'").replace("|", "\\|") + "`"


def _rows(config: EvaluateConfig, scores: Sequence[Score]) -> Iterator[Row]:
    limits: dict[tuple[str | None, str], Metric] = {(None, metric.name): metric for metric in config.metrics}
    limits.update({(part.name, metric.name): metric for part in config.slices for metric in part.metrics})
    for score in scores:
        what = f"{score.metric} of {code(score.slice)}" if score.slice is not None else score.metric
        limit = limits.get((score.slice, score.metric))
        yield Row(
            what, score.rows, _number(score.value), _limit(limit), _number(score.training), _number(score.baseline)
        )


def _limit(metric: Metric | None) -> str:
    if metric is None:
        return ""
    parts = (
        (metric.min, "at least {:g}"),
        (metric.max, "at most {:g}"),
        (metric.maxRegression, "at most {:g} worse than in service"),
        (metric.maxGap, "at most {:g} from training"),
    )
    return "; ".join(text.format(value) for value, text in parts if value is not None)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _input(feature: Feature) -> Input:
    seen = "any"
    if feature.range is not None:
        seen = f"{feature.range[0]:g} to {feature.range[1]:g}"
    elif feature.values is not None:
        more = len(feature.values) - MOST_VALUES
        seen = ", ".join(code(value) for value in feature.values[:MOST_VALUES])
        seen += f" and {more} more" if more > 0 else ""
    return Input(feature.name, feature.type, seen, "yes" if feature.nullable else "no")
