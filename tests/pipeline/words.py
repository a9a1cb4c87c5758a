"""The miniature repository's rules without an engine, for tests that run the pipeline hundreds of times.

What policy says is not what those tests are about; `test_words.py` holds it to the real engines' answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mlgitops.policy.engine import Batch, Document, Scope
from mlgitops.policy.rules import RuleSet

RULES: dict[Scope, str] = {"model": "words.label", "objects": "words.image", "fleet": "words.owner"}


class WordsEngine:
    """Decides words.label, words.image and words.owner as their Rego does."""

    name = "words"
    version = "1"

    def __init__(self, rules: RuleSet) -> None:
        self._digest = rules.digest

    def evaluate(self, scope: Scope, documents: Sequence[Document]) -> Batch:
        """See `policy.engine.Engine`."""
        decisions = [_decision(scope, document) for document in documents]
        return Batch(self._digest, (f"deny {RULES[scope]}",), decisions)


def _decision(scope: Scope, document: Any) -> dict[str, Any]:
    if scope == "model":
        denied = (document["metadata"].get("labels") or {}).get("forbidden") == "model"
        found = [("/metadata/labels/forbidden", "expected another label, got the forbidden")] if denied else []
        return _said("words.label", found)
    if scope == "objects":
        places = [
            f"{pod['file']}#{pod['pointer']}/spec/containers/{index}/image"
            for pod in document["pods"]
            for index, container in enumerate(pod["spec"]["containers"])
            if "forbidden" in container["image"]
        ]
        return _said("words.image", [(place, "expected another image, got a forbidden one") for place in places])
    owners = enumerate(model["owner"] for model in document["models"])
    places = [f"/models/{index}" for index, owner in owners if owner == "@forbidden"]
    return _said("words.owner", [(place, "expected an owner, got a forbidden one") for place in places])


def _said(rule: str, found: list[tuple[str, str]]) -> dict[str, Any]:
    return {"deny": {rule: [{"pointer": pointer, "message": message} for pointer, message in found]}, "warn": {}}


@contextmanager
def open_words(choice: str, rules: RuleSet, *, jobs: int = 1) -> Iterator[WordsEngine]:
    """Stands in for `programs.engines.open_engine`."""
    yield WordsEngine(rules)
