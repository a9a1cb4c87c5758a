"""`mlgitops train MODEL`: train a model here, as its RayJob would, to see what comes of a spec before a review.

    mlgitops train churn --data customers=customers.csv --sample 10000

What is trained here is a trial: it says so in run.json, and nothing registers, signs or releases it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.contract.run import RunInputs
    from mlgitops.contract.train import TrainConfig
    from mlgitops.runtime.train.here import Trial
    from mlgitops.spec.resolve import ResolvedModel

INSTALL = "pip install 'mlgitops[runtime]', and the extra of the model's framework"
DRAW_SECONDS = 0.1
"""Between two drawings in a terminal."""
LINE_SECONDS = 5.0
"""Between two lines elsewhere."""
CLEAR = "\r\x1b[K"


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, its data, where to."""
    parser.add_argument("model", metavar="MODEL", help="name of the model")
    parser.add_argument("--env", metavar="NAME", help="as it would be trained there (the first that trains it)")
    parser.add_argument(
        "--data",
        metavar="NAME=FILE",
        action="append",
        default=[],
        help="file or folder to use for a data set, whatever its digest (repeatable)",
    )
    parser.add_argument("--sample", metavar="N", help="train on at most N rows of each data set")
    parser.add_argument("--out", metavar="DIR", help="folder for what is trained (.cache/trials/MODEL, replaced)")


def run(arguments: argparse.Namespace) -> int:
    """Train. Exit code 1 where the spec, the data or the training is not what it should be."""
    from mlgitops.cli.repository import root_of
    from mlgitops.cli.with_runtime import with_runtime

    root = root_of(arguments.root)
    return with_runtime(lambda: _run(arguments, root), "training", INSTALL, root, arguments)


def _run(arguments: argparse.Namespace, root: str) -> None:
    """Raises Refused, RunProblem, UsageError."""
    from mlgitops.report.visible import visible
    from mlgitops.runtime.train.here import train_here

    sample = _sample(arguments.sample)
    resolved = _resolved(root, arguments)
    given = _given(arguments.data, resolved)
    inputs, config = configurations(resolved)
    out = _folder(root, arguments)
    training = {name: file for name, file in given.items() if name in {data.name for data in inputs.data}}
    code = Path(root, "specs", arguments.model)
    with Shown() as shown:
        trial = train_here(inputs, config, code, out, shown, training, sample)
    sys.stdout.write(f"trained on {trial.rows} rows{'' if sample is None else ', a sample'}\n")
    sys.stdout.write(visible(f"artifact: {os.path.relpath(trial.artifact)} {trial.digest}") + "\n")
    _tell("training", trial.metrics)
    _tell_validation(resolved, given, trial, code)


def _resolved(root: str, arguments: argparse.Namespace) -> ResolvedModel:
    """The model as an environment would train it. Raises Refused, UsageError."""
    from mlgitops.cli.delivery import Refused, environment_of, environments_of, model_of
    from mlgitops.files.disk import DiskTree
    from mlgitops.stages.validate import validate_model

    tree = DiskTree(root)
    model = model_of(tree, arguments.model)
    if arguments.env is not None:
        chosen = environment_of(tree, arguments.env)
        if not chosen.spec.value.spec.trains or not chosen.selects(model.spec.value):
            raise UsageError(f"--env must name an environment that trains {arguments.model}, got {chosen.name}")
    else:
        found = [
            one
            for one in environments_of(tree).values()
            if one.spec.value.spec.trains and one.selects(model.spec.value)
        ]
        if not found:
            raise UsageError(f"no environment trains {arguments.model}", "look at `models` in the environments")
        chosen = found[0]
    validated = validate_model(tree, arguments.model, {chosen.name: chosen})
    if chosen.name not in validated.targets:
        raise Refused(validated.findings)
    return validated.targets[chosen.name].resolved


def configurations(resolved: ResolvedModel) -> tuple[RunInputs, TrainConfig]:
    """What the RayJob of a model would be told."""
    from mlgitops.contract.reading import read_config
    from mlgitops.contract.run import RunInputs
    from mlgitops.contract.train import TrainConfig
    from mlgitops.render.training_config import run_inputs_text, train_config_text

    inputs = read_config(RunInputs, run_inputs_text(resolved), "the run's inputs")
    return inputs, read_config(TrainConfig, train_config_text(resolved), "the run's configuration")


def _given(words: list[str], resolved: ResolvedModel) -> dict[str, str]:
    """The files by data set's name. Raises UsageError."""
    known = [data.name for data in resolved.spec.data]
    given: dict[str, str] = {}
    for text in words:
        name, equals, file = text.partition("=")
        if not equals or not name or not file:
            raise UsageError(f"--data takes NAME=FILE, got {text[:80]!r}", "such as --data customers=customers.csv")
        if name not in known:
            raise UsageError(f"--data must name one of the data sets {', '.join(known)}; got {name[:80]!r}")
        if not os.path.exists(file):
            raise UsageError(f"--data {name} must be a file or a folder, got nothing at {file[:200]!r}")
        given[name] = os.path.abspath(file)
    return given


def _sample(word: str | None) -> int | None:
    if word is None:
        return None
    if not word.isdecimal() or not word.isascii() or not 0 < int(word) < 10**12:
        raise UsageError(f"--sample must be a whole number of rows above 0, got {word[:80]!r}")
    return int(word)


def _folder(root: str, arguments: argparse.Namespace) -> Path:
    """A new, empty folder. Raises UsageError where --out names one with something in it."""
    if arguments.out is None:
        out = Path(root, ".cache", "trials", arguments.model)
        shutil.rmtree(out, ignore_errors=True)
    else:
        out = Path(arguments.out)
        if os.path.lexists(out) and not (out.is_dir() and not any(out.iterdir())):
            raise UsageError(f"--out must be a new or empty folder, got {arguments.out[:200]!r}", "remove it")
    out.mkdir(parents=True, exist_ok=True)
    return out


def _tell(what: str, metrics: Mapping[str, float]) -> None:
    from mlgitops.report.visible import visible

    for name, value in sorted(metrics.items()):
        sys.stdout.write(visible(f"{what} {name}: {value:.6g}") + "\n")


def _tell_validation(resolved: ResolvedModel, given: Mapping[str, str], trial: Trial, code: Path) -> None:
    """Scores on the validation data, where a file with it is given."""
    validation = resolved.spec.validation
    if validation is None or validation.dataset not in given:
        return
    from mlgitops.runtime.train.trial_scores import trial_scores

    data = next(one for one in resolved.spec.data if one.name == validation.dataset)
    scores = trial_scores(resolved.spec, data, given[data.name], trial.artifact, code)
    _tell("validation", scores)


class Shown:
    """How far training is, on stderr: one line that updates in a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self._next = 0.0
        self._drawn = False

    def __enter__(self) -> Shown:
        return self

    def __call__(self, done: int, total: int, metrics: Mapping[str, float]) -> None:
        """Say that `done` of `total` steps are done (0: nobody knows of how many)."""
        from mlgitops.report.visible import visible

        clock = time.monotonic()
        if clock < self._next and done != total:
            return
        self._next = clock + (DRAW_SECONDS if self._terminal else LINE_SECONDS)
        numbers = ", ".join(f"{name} {value:.4g}" for name, value in list(metrics.items())[:3])
        text = visible(f"step {done}{f' of {total}' if total else ''}: {numbers}")[:200]
        sys.stderr.write(f"{CLEAR}{text}" if self._terminal else f"{text}\n")
        sys.stderr.flush()
        self._drawn = self._terminal

    def __exit__(self, *_: object) -> None:
        if self._drawn:
            sys.stderr.write("\n")
