"""The miniature repository's rules without an engine, for tests that run the pipeline hundreds of times.

    without_engine(monkeypatch.setattr)

What policy says is not what those tests are about; `test_words.py` holds it to the real engines' answers.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import mlgitops.stages
from mlgitops.policy.decide import Decision, PolicyFinding, Question
from mlgitops.policy.engine import Scope
from mlgitops.policy.rules import RuleSet
from mlgitops.policy.totality import Shape

RULES: dict[Scope, str] = {"model": "words.label", "objects": "words.image", "fleet": "words.owner"}


class WordsEngine:
    """Is asked for its name alone, and whether it is ready."""

    name = "words"
    version = "1"

    def ready(self) -> None:
        """It always is."""


@contextmanager
def open_words(choice: str, rules: RuleSet, *, jobs: int = 1) -> Iterator[WordsEngine]:
    """Stands in for `programs.engines.open_engine`."""
    yield WordsEngine()


def decide(
    engine: WordsEngine, rules: RuleSet, scope: Scope, questions: Sequence[Question], shape: Shape
) -> list[Decision]:
    """Stands in for `policy.decide.decide`: decides words.label, words.image and words.owner as their Rego does."""
    rule = RULES[scope]
    return [
        Decision(
            question.subject,
            scope,
            (rule,),
            tuple(PolicyFinding(rule, "error", *found) for found in _found(scope, question)),
            (question.subject,),
        )
        for question in questions
    ]


def _found(scope: Scope, question: Question) -> Iterator[tuple[str, str, str]]:
    """(pointer, message, subject)."""
    document: Any = question.document
    if scope == "model":
        if (document["metadata"]["labels"] or {}).get("forbidden") == "model":
            yield "/metadata/labels/forbidden", "expected another label, got the forbidden", question.subject
    elif scope == "objects":
        for pod in document["pods"]:
            for index, container in enumerate(pod["spec"]["containers"]):
                if "forbidden" in container["image"]:
                    place = f"{pod['file']}#{pod['pointer']}/spec/containers/{index}/image"
                    yield place, "expected another image, got a forbidden one", question.subject
    else:
        for index, model in enumerate(document["models"]):
            if model["owner"] == "@forbidden":
                subject = f"{model['model']}{question.subject}"
                yield f"/models/{index}", "expected an owner, got a forbidden one", subject


def without_engine(put: Callable[[str, Any], None]) -> None:
    """Puts both in their places, in every stage that decides; `put` is `monkeypatch.setattr` or does the same."""
    put("mlgitops.programs.engines.open_engine", open_words)
    for found in pkgutil.iter_modules(mlgitops.stages.__path__, "mlgitops.stages."):
        if hasattr(importlib.import_module(found.name), "decide"):
            put(f"{found.name}.decide", decide)
