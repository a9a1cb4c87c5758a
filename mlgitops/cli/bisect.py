"""`mlgitops bisect MODEL --env ENV`: since which commit a model is there as it is.

    mlgitops bisect churn --env prod --metric auc --below 0.82
    mlgitops bisect churn --env prod --field serve/rayservice.yaml /spec/rayClusterConfig/rayVersion
    mlgitops bisect churn --env prod --rule cost.monthly-cost
    mlgitops bisect churn --env prod --run ./answers-well

A metric and a field are looked up in every commit; a rule and a program are asked by halving, since asking takes time.
The program learns what served from `MLGITOPS_COMMIT`, `MLGITOPS_VERSION`, `MLGITOPS_ARTIFACT` and
`MLGITOPS_ARTIFACT_DIGEST`; it ends with 0 for good, with 125 for what it cannot tell, with anything else for bad.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from mlgitops.cli import options
from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgitops.plan.bisect import Turn
    from mlgitops.programs.git_line import Point
    from mlgitops.request import Request

Json = Any
CANNOT_TELL = 125
"""As of `git bisect run`."""
ANY_CODE = frozenset(range(256))
PROGRAM_TIMEOUT = 3600.0
"""Seconds that a program may take for one version."""


class Question(NamedTuple):
    """What is asked of each commit."""

    words: str
    """`auc is below 0.82`."""
    paths: tuple[str, ...]
    """Whose commits are asked."""
    ask: Callable[[Point], Json | None]
    halving: bool
    show: Callable[[Json], str]
    is_bad: Callable[[Json], bool] = bool
    """Of an answer: whether it is what is asked about."""


def declare(parser: argparse.ArgumentParser) -> None:
    """The target and one question."""
    parser.add_argument("model", metavar="MODEL", help="name of the model")
    parser.add_argument("--env", required=True, metavar="NAME", help="where it is as it is")
    parser.add_argument("--metric", metavar="NAME", help="a metric of the version that serves, with --below or --above")
    parser.add_argument("--below", type=float, metavar="X", help="bad is what is smaller")
    parser.add_argument("--above", type=float, metavar="X", help="bad is what is larger")
    parser.add_argument("--field", nargs=2, metavar=("FILE", "POINTER"), help="a rendered field, as `blame` names it")
    parser.add_argument("--rule", metavar="CATEGORY.RULE", help="bad is what this rule denies")
    parser.add_argument("--run", nargs=argparse.REMAINDER, metavar="PROGRAM", help="a program, and its arguments")
    parser.add_argument("--tip", default="HEAD", metavar="REV", help="the newest commit (HEAD)")
    options.declare(parser, "engine", "format", "as_of")


def run(arguments: argparse.Namespace) -> int:
    """Say where it turned. Exit code 1 where it never did."""
    from mlgitops.cli.repository import root_of
    from mlgitops.plan.bisect import first_bad, latest_change
    from mlgitops.programs.git_line import history
    from mlgitops.spec.documents.types import MODEL_NAME

    if arguments.format not in ("text", "json"):
        raise UsageError(f"`mlgitops bisect` writes text or json, got --format {arguments.format}")
    root = root_of(arguments.root)
    for flag, name in (("MODEL", arguments.model), ("--env", arguments.env)):
        if not re.fullmatch(MODEL_NAME, name):
            raise UsageError(f"{flag} must be a name, got {name[:80]!r}")
    question = _question(root, arguments)
    points = history(root, arguments.tip, question.paths)
    if not points:
        raise UsageError(f"no commit changed {question.paths[0]}", "are the names right, and is it committed?")
    turn = (first_bad if question.halving else latest_change)(points, question.ask)
    if turn is None:
        message = f"none of {len(points)} commits can tell: {arguments.model} had nothing there, or had errors"
        raise UsageError(message, "`mlgitops release list` shows what is released")
    _write(turn, question, arguments, len(points))
    return 0 if _is_found(turn, question) else 1


def _is_found(turn: Turn, question: Question) -> bool:
    return turn.bad is not None and turn.good is not None and question.is_bad(turn.now)


def _question(root: str, arguments: argparse.Namespace) -> Question:
    """The one question that is asked. Raises UsageError for none, or several."""
    asked = [name for name in ("metric", "field", "rule", "run") if getattr(arguments, name)]
    if len(asked) != 1:
        raise UsageError(
            "give one of --metric, --field, --rule and --run", "`mlgitops bisect --help` has an example of each"
        )
    if asked[0] != "metric" and not arguments.below == arguments.above is None:
        raise UsageError("--below and --above belong to --metric")
    return {"metric": _metric, "field": _field, "rule": _rule, "run": _program}[asked[0]](root, arguments)


def _release_path(arguments: argparse.Namespace) -> str:
    return f"environments/{arguments.env}/releases/{arguments.model}.yaml"


def _metric(root: str, arguments: argparse.Namespace) -> Question:
    from mlgitops.stages.past import released_at

    below, above = arguments.below, arguments.above
    if (below is None) == (above is None):
        raise UsageError(
            "--metric needs one of --below and --above", f"such as --metric {arguments.metric} --below 0.9"
        )
    limit = f"below {below:g}" if below is not None else f"above {above:g}"

    def ask(point: Point) -> Json | None:
        found = released_at(root, point.commit, arguments.model, arguments.env)
        metrics = found.version.record.value.spec.metrics if found else []
        value = next((one.value for one in metrics if one.name == arguments.metric), None)
        if found is None or value is None:
            return None
        return Measured(value < below if below is not None else value > above, found.name, value)

    def show(one: Measured) -> str:
        return f"{one.version}: {arguments.metric} {one.value:g}"

    return Question(
        f"{arguments.metric} is {limit}", (_release_path(arguments),), ask, False, show, lambda one: one.bad
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric of a release; two are the same answer where both are bad or neither is."""

    bad: bool
    version: str = field(compare=False)
    value: float = field(compare=False)


def _field(root: str, arguments: argparse.Namespace) -> Question:
    from mlgitops.plan.fields import brief
    from mlgitops.report.visible import redacted_shapes
    from mlgitops.source import parse_pointer
    from mlgitops.stages.past import field_at

    file, text = arguments.field
    path = file if file.startswith("rendered/") else f"rendered/{arguments.env}/{arguments.model}/{file}"
    if not path.startswith(f"rendered/{arguments.env}/{arguments.model}/") or ".." in path.split("/"):
        raise UsageError(f"--field must name a file of the target, got {file[:200]!r}", "such as serve/rayservice.yaml")
    try:
        pointer = parse_pointer(text)
    except ValueError as error:
        raise UsageError(str(error), "write it like /spec/rayVersion") from error

    def show(answer: Json) -> str:
        return redacted_shapes(brief(answer[0])) if answer else "absent"

    def ask(point: Point) -> Json | None:
        return field_at(root, point.commit, path, pointer)

    return Question(f"{path} {text}", (path,), ask, False, show, lambda _: True)


def _rule(root: str, arguments: argparse.Namespace) -> Question:
    from mlgitops.stages.past import denies_at

    rule, request = arguments.rule, _request(arguments)
    places = (f"specs/{arguments.model}", f"environments/{arguments.env}", "policies", "mlgitops.yaml")

    def ask(point: Point) -> bool | None:
        return denies_at(root, point.commit, arguments.model, arguments.env, rule, request)

    return Question(f"{rule} denies it", places, ask, True, lambda bad: "denied" if bad else "allowed")


def _request(arguments: argparse.Namespace) -> Request:
    from mlgitops.cli.request import request_of

    shared = {"env": [], "model": [], "jobs": 1, "no_cache": True}
    return request_of(argparse.Namespace(**{**vars(arguments), **shared}))


def _program(root: str, arguments: argparse.Namespace) -> Question:
    from mlgitops.programs.process import environment, require
    from mlgitops.programs.process import run as run_program
    from mlgitops.stages.past import released_at

    words = arguments.run[1:] if arguments.run[0] == "--" else arguments.run
    if not words:
        raise UsageError("--run needs a program", "such as --run ./answers-well")
    program = os.path.abspath(words[0]) if "/" in words[0] else require(words[0])

    def ask(point: Point) -> bool | None:
        found = released_at(root, point.commit, arguments.model, arguments.env)
        if found is None:
            return None
        record = found.version.record.value.spec
        told = {
            "MLGITOPS_ARTIFACT": record.artifact.uri,
            "MLGITOPS_ARTIFACT_DIGEST": record.artifact.digest,
            "MLGITOPS_COMMIT": point.commit,
            "MLGITOPS_VERSION": found.name,
        }
        env = environment(told, inherit=("HOME", "VIRTUAL_ENV"))
        done = run_program(
            [program, *words[1:]], cwd=os.getcwd(), env=env, timeout=PROGRAM_TIMEOUT, allowed=frozenset(range(256))
        )
        return None if done.code == CANNOT_TELL else done.code != 0

    return Question(f"{words[0]} fails", (_release_path(arguments),), ask, True, lambda bad: "bad" if bad else "good")


def _write(turn: Turn, question: Question, arguments: argparse.Namespace, points: int) -> None:
    from mlgitops.report.visible import visible

    sides = [("now", turn.bad, turn.now), ("before", turn.good, turn.before)]
    if arguments.format == "json":
        document = {
            "version": 1,
            "target": f"{arguments.model}@{arguments.env}",
            "question": question.words,
            **{
                name: None if point is None else {**point._asdict(), "answer": question.show(answer)}
                for name, point, answer in sides
            },
            "commits": points,
            "asked": turn.asked,
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return
    lines = [f"{arguments.model}@{arguments.env}: {_outcome(turn, question)}"]
    for name, point, answer in sides:
        if point is not None:
            lines.append(f"  {name:<7} {point.commit[:12]} {point.day}  {question.show(answer)}")
            lines.append(f"          {point.subject[:68]}")
    lines.append(f"{points} commits, {turn.asked} asked")
    sys.stdout.write("".join(f"{visible(line)}\n" for line in lines))


def _outcome(turn: Turn, question: Question) -> str:
    if _is_found(turn, question):
        return f"{question.words} since {turn.bad.commit[:12]}"
    if turn.good is None and question.is_bad(turn.now):
        return f"never otherwise: {question.words}"
    return f"not so at the newest: {question.words}"
