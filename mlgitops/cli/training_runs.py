"""What the commands about runs share: a model's runs, read from the stores of the environments that train it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlgitops.cli import options
from mlgitops.errors import MlgitopsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgitops.contract.evaluation import Evaluation
    from mlgitops.contract.registered import RegisteredVersion
    from mlgitops.registry.stores import Store
    from mlgitops.runs.known import KnownRun
    from mlgitops.spec.declared import DeclaredEnvironment, DeclaredModel
    from mlgitops.spec.documents.environment import EnvironmentSpec
    from mlgitops.tree import Tree

RUN = re.compile(r"[0-9a-f]{64}")
AT_ONCE = 8
"""Records that are read at once: each is an answer of an object store away."""


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, and where it trains."""
    parser.add_argument("model", metavar="MODEL", help="name of the model")
    options.declare(parser, "env", "format")


def must_be_plain(arguments: argparse.Namespace, command: str) -> None:
    """Raises UsageError for a format that such a command does not write."""
    if arguments.format not in ("text", "json"):
        raise UsageError(f"`mlgitops {command}` writes text or json, got --format {arguments.format}")


def runs_of(arguments: argparse.Namespace, root: str) -> list[KnownRun]:
    """Every run of the model in the environments that are asked for, newest first.

    Raises UsageError for names that are not there or a missing library, Refused for documents with errors,
    MlgitopsError where a store does not answer.
    """
    from mlgitops.cli.delivery import environments_of, model_of
    from mlgitops.files.disk import DiskTree
    from mlgitops.runs.known import newest_first

    tree = DiskTree(root)
    model = model_of(tree, arguments.model)
    environments = environments_of(tree)
    for name in arguments.env:
        if name not in environments:
            raise UsageError(f"--env must be one of {', '.join(environments)[:400]}; got {name[:80]!r}")
        if not environments[name].spec.value.spec.trains:
            raise UsageError(f"--env must name an environment that trains, got {name}")
    released = _released(tree, model, environments)
    asked = [environments[name] for name in arguments.env] or list(environments.values())
    found = [run for one in asked if one.spec.value.spec.trains for run in _in_environment(one, model, released)]
    return newest_first(found)


def _released(
    tree: Tree, model: DeclaredModel, environments: Mapping[str, DeclaredEnvironment]
) -> dict[str, tuple[str, ...]]:
    """Run → the environments whose release has its weights."""
    from mlgitops.cli.delivery import place_of

    found: dict[str, tuple[str, ...]] = {}
    for name, environment in environments.items():
        release = place_of(tree, environment, model.spec.value.metadata.name).release
        version = model.versions.get(release.value.spec.version) if release else None
        if version is not None:
            run = version.record.value.spec.run.identity
            found[run] = (*found.get(run, ()), name)
    return found


def _in_environment(
    environment: DeclaredEnvironment, model: DeclaredModel, released: Mapping[str, tuple[str, ...]]
) -> Sequence[KnownRun]:
    name, spec = model.spec.value.metadata.name, environment.spec.value.spec
    with _told(environment.name):
        staging, evaluations, registered = _opened(spec, name)
        by_run = {version.run.removeprefix("sha256:"): version for version in registered}
        known = {folder for folder in staging.folders(name) if RUN.fullmatch(folder)}
    from mlgitops.programs.threads import in_threads

    def one(digits: str) -> KnownRun:
        with _told(environment.name):
            return _known(environment.name, name, digits, staging, evaluations, by_run.get(digits), released)

    return in_threads(one, sorted(known | set(by_run)), AT_ONCE)


def _opened(spec: EnvironmentSpec, model: str) -> tuple[Store, Store, list[RegisteredVersion]]:
    from mlgitops.registry.opened import open_registry
    from mlgitops.registry.stores import Store

    storage = spec.storage
    evaluations = storage.evaluations or f"{storage.staging.rstrip('/')}-evaluations"
    registry = open_registry(spec.registry.kind, spec.registry.uri)
    return Store(storage.staging), Store(evaluations), registry.versions(model)


def _known(
    environment: str,
    model: str,
    digits: str,
    staging: Store,
    evaluations: Store,
    registered: RegisteredVersion | None,
    released: Mapping[str, tuple[str, ...]],
) -> KnownRun:
    from mlgitops.contract.outcome import RUN_FILE, RunRecord
    from mlgitops.contract.reading import read_config
    from mlgitops.problem import WORLD, RunProblem
    from mlgitops.runs.known import KnownRun

    run, record, unreadable = f"sha256:{digits}", None, ""
    try:
        text = staging.read(f"{model}/{digits}/{RUN_FILE}")
        record = read_config(RunRecord, text, RUN_FILE) if text is not None else None
        unreadable = "" if record is not None else "no record"
        if record is not None and (record.model, record.run) != (model, run):
            record, unreadable = None, "another run's record"
    except RunProblem as problem:
        if problem.exit_code == WORLD:
            raise
        unreadable = problem.code
    evaluation = _evaluation(model, digits, evaluations)
    return KnownRun(environment, run, record, unreadable, evaluation, registered, released.get(run, ()))


def _evaluation(model: str, digits: str, evaluations: Store) -> Evaluation | None:
    """None where there is none, or none that can be read: what is told of a run does not hang on it."""
    from mlgitops.contract.evaluation import EVALUATION_FILE, Evaluation
    from mlgitops.contract.reading import read_config
    from mlgitops.problem import WORLD, RunProblem

    try:
        text = evaluations.read(f"{model}/{digits}/{EVALUATION_FILE}")
        found = read_config(Evaluation, text, EVALUATION_FILE) if text is not None else None
    except RunProblem as problem:
        if problem.exit_code == WORLD:
            raise
        return None
    return found if found is not None and (found.model, found.run) == (model, f"sha256:{digits}") else None


@contextmanager
def _told(environment: str) -> Iterator[None]:
    """Turn what the runtime says of a store into what the command line says."""
    from mlgitops.problem import RunProblem
    from mlgitops.report.visible import visible

    try:
        yield
    except RunProblem as problem:
        words = visible(" ".join(problem.message.split()))
        if problem.code.endswith("/library"):
            hint = f"pip install 'mlgitops[runtime]', and {problem.hint}"
            raise UsageError(f"the stores of {environment}: {words}", hint) from None
        raise MlgitopsError(f"the stores of {environment}: {words} ({problem.code})", problem.hint) from None
