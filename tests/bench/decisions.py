"""Decisions a second: what an engine gives on the fleet's own inputs, one process, no rendering counted."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from mlgitops.files.disk import DiskTree
from mlgitops.policy.decide import Question, decide
from mlgitops.policy.engine import Engine, Scope
from mlgitops.policy.rules import RuleSet
from mlgitops.programs.engines import open_engine
from mlgitops.stages.decide import shape

Json = Any
REPETITIONS = 3


def decisions(root: Path, models: dict[str, int]) -> dict[str, Json]:
    """Decisions a second on one core, by engine and scope, with the mean size of an input in KiB.

    `models` says for each engine how many are decided, in one environment.
    """
    sys.stderr.write("bench: policy decisions\n")
    rules, questions = _questions(root, max(models.values()))
    found: dict[str, Json] = {}
    for name, count in models.items():
        with open_engine(name, rules, jobs=1) as engine:
            found[name] = {scope: _rate(engine, rules, scope, asked[:count]) for scope, asked in questions.items()}
    found["input_kib"] = {scope: _size(asked) for scope, asked in questions.items()}
    return found


def _rate(engine: Engine, rules: RuleSet, scope: Scope, asked: list[Question]) -> float:
    """What each decision more takes: an engine's start, its compiling and the canaries are part of other rows."""
    _seconds(engine, rules, scope, asked[:1])  # reads canaries and schemas, which later ones do not
    more = [
        _seconds(engine, rules, scope, asked) - _seconds(engine, rules, scope, asked[:1]) for _ in range(REPETITIONS)
    ]
    return (len(asked) - 1) / median(more)


def _seconds(engine: Engine, rules: RuleSet, scope: Scope, asked: list[Question]) -> float:
    start = time.perf_counter()
    decide(engine, rules, scope, asked, shape(scope))
    return time.perf_counter() - start


def _size(asked: list[Question]) -> float:
    from pydantic_core import to_json

    return sum(len(to_json(question.document)) for question in asked) / len(asked) / 1024


def _questions(root: Path, models: int) -> tuple[RuleSet, dict[Scope, list[Question]]]:
    """The inputs of one environment's targets, as the pipeline makes them."""
    from mlgitops.policy.inputs import objects_input
    from mlgitops.stages.prepare import prepare
    from mlgitops.stages.render import render_targets
    from mlgitops.stages.validate import validate_model

    tree = DiskTree(str(root))
    prepared = prepare(tree)
    environment = prepared.environments["dev"]
    valid = [validate_model(tree, name, {"dev": environment.declared}) for name in prepared.models[:models]]
    rendered, _ = render_targets([one.targets["dev"] for one in valid], environment, lambda folders: [])
    asked: dict[Scope, list[Question]] = {"model": [], "objects": []}
    for one in rendered:
        resolved = one.target.resolved
        asked["model"].append(Question(resolved.subject, one.input))
        seen = objects_input(resolved.name, one.input["environment"], one.objects)
        asked["objects"].append(Question(resolved.subject, seen))
    return prepared.rules, asked
