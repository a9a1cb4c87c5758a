"""An evaluation and a run's record, held against what the configuration knows from reviewed Git."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlgitops.contract.evaluation import Evaluation, Failure
from mlgitops.contract.limits import failures
from mlgitops.contract.outcome import RunRecord
from mlgitops.contract.parts import DataIdentity
from mlgitops.contract.sign import SignConfig
from mlgitops.problem import RunProblem


def check_evaluation(config: SignConfig, run: str, evaluation: Evaluation) -> None:
    """That an evaluation is of this run, model and data. Raises RunProblem `sign/other-evaluation`, `sign/other-data`.

    Data that nobody pinned is where the configuration says, with whatever digest the evaluation read.
    """
    hint = "look at who writes to the evaluations; remove this one, and run the evaluate Job again"
    facts = (
        ("model", config.model, evaluation.model),
        ("run", run, evaluation.run),
        ("environment", config.environment, evaluation.environment),
    )
    for what, expected, got in facts:
        if expected != got:
            message = f"the evaluation must be of {what} {expected}, got {got[:80]!a}"
            raise RunProblem("sign/other-evaluation", message, hint)
    _check_data("the training data", config.inputs.data, evaluation.data)
    _check_data("the holdout", [config.holdout], [evaluation.holdout])


def unkept_limits(config: SignConfig, evaluation: Evaluation) -> list[Failure]:
    """The limits that are not kept, by the evaluation's numbers and not by its verdict."""
    found = list(evaluation.failures)
    if evaluation.rows == 0:
        found.append(Failure(code="evaluation/empty-holdout", message="the holdout must have rows, got none"))
    compared = evaluation.baseline is not None
    judged = failures(evaluation.scores, config.metrics, config.slices, compared=compared)
    return [*found, *(one for one in judged if one not in found)]


def check_record(config: SignConfig, run: str, record: RunRecord | None) -> RunRecord:
    """That a run's record says nothing else than the configuration. Gives it.

    Raises RunProblem: `sign/no-run`, `sign/trial`, `sign/other-run`.
    """
    hint = "look at what the run did; nothing of it was registered"
    if record is None or record.state != "succeeded":
        got = "no record" if record is None else record.state
        raise RunProblem("sign/no-run", f"the run must have succeeded, as its evaluation says, got {got}", hint)
    if record.trial:
        message = "a version must come of a run that a pull request asked for, got a trial"
        raise RunProblem("sign/trial", message, "commit the spec, and let the environment train it")
    for what, known, said in _facts(config, run, record):
        if known != said:
            # What a hostile pod wrote is not shown: the name of the field says enough.
            message = f"the run's {what} must be what the configuration says, got something else"
            raise RunProblem("sign/other-run", message, hint)
    return record


def _facts(config: SignConfig, run: str, record: RunRecord) -> Iterator[tuple[str, object, object]]:
    yield "identity", run, record.run
    yield "model", config.model, record.model
    yield "environment", config.environment, record.environment
    yield "inputs", config.inputs, record.inputs
    yield "code", config.codeDigest, record.codeDigest
    yield "request", config.request, record.request
    if record.image is not None:
        yield "image", config.image, record.image


def _check_data(what: str, expected: Iterable[DataIdentity], got: Iterable[DataIdentity]) -> None:
    known, found = {one.name: one for one in expected}, {one.name: one for one in got}
    hint = "evaluate the run again, on the data that the spec names"
    if known.keys() != found.keys():
        message = f"{what} must be {', '.join(sorted(known))}, got {', '.join(sorted(found))[:200]!a}"
        raise RunProblem("sign/other-data", message, hint)
    for name, one in known.items():
        read = found[name]
        if read.digest is None:
            raise RunProblem("sign/other-data", f"{name} must have the digest that was read, got none", hint)
        if one.digest is not None and one.digest != read.digest:
            raise RunProblem("sign/other-data", f"{name} must have {one.digest}, got {read.digest}", hint)
        if one.digest is None and read.model_copy(update={"digest": None}) != one:
            message = f"{name} must be at {one.uri} (version {one.version}), got {read.uri} (version {read.version})"
            raise RunProblem("sign/other-data", message, hint)
