"""What `release --new` asks of a registry: the versions of runs, and the verified evidence of the one to hand over."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mlgitops.errors import MlgitopsError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mlgitops.contract.registered import RegisteredVersion
    from mlgitops.deliver.trained import Evidence, Wanted
    from mlgitops.registry.protocol import Registry
    from mlgitops.spec.declared import DeclaredEnvironment
    from mlgitops.spec.documents.environment import EnvironmentSpec

    Record = TypeVar("Record", bound=BaseModel)

LARGEST_RECORD = 1 << 20
"""Bytes of a JSON record that is read."""
LARGEST_CARD = 64 << 10
"""Bytes of a model card that is taken into Git; a longer one stays in the registry."""


class Unfit(Exception):
    """A version or a record that cannot be used; `str` says why."""


@contextmanager
def told() -> Iterator[None]:
    """Turn a problem of the runtime's into MlgitopsError where a store does not answer, Unfit for what is in it."""
    from mlgitops.problem import WORLD, RunProblem
    from mlgitops.report.visible import visible

    try:
        yield
    except RunProblem as problem:
        words = visible(" ".join(problem.message.split()))
        if problem.exit_code == WORLD or problem.code in ("signature/library", "store/library"):
            raise MlgitopsError(f"{words} ({problem.code}); nothing was written", problem.hint) from None
        raise Unfit(f"{words} ({problem.code})") from None


def registry_of(environment: EnvironmentSpec) -> Registry:
    """The registry of an environment. Raises MlgitopsError where there can be none."""
    from mlgitops.registry.opened import open_registry

    try:
        with told():
            return open_registry(environment.registry.kind, environment.registry.uri)
    except Unfit as unfit:
        raise MlgitopsError(f"the registry cannot be used: {unfit}", "correct `registry` in environment.yaml") from None


def registered_of(registry: Registry, model: str, runs: Sequence[Wanted]) -> list[RegisteredVersion]:
    """The versions of the runs that are asked for; where none of these has one, all that the registry has of the model.

    Raises MlgitopsError where the registry does not answer, Unfit where a record is damaged.
    """
    from mlgitops.contract.registered import version_name

    with told():
        found = [registry.find(model, version_name(one.run)) for one in runs]
        known = [one for one in found if one is not None]
        return known or registry.versions(model)


def evidence_of(registry: Registry, environment: DeclaredEnvironment, version: RegisteredVersion) -> Evidence:
    """What is signed with a version whose signer is known, everything verified. Raises as `registered_of`."""
    from mlgitops.contract.artifact import ArtifactDescription
    from mlgitops.contract.evaluation import CARD_FILE, EVALUATION_FILE, Evaluation
    from mlgitops.contract.places import ARTIFACT_DESCRIPTION
    from mlgitops.contract.registered import MANIFEST_FILE, Manifest
    from mlgitops.deliver.trained import Evidence, artifact_reference, signature_reference
    from mlgitops.registry.verified import verified_artifact

    spec = environment.spec.value.spec
    signature = signature_reference(spec, version)
    assert signature is not None, "whoever asks has looked for the signer's key"
    with tempfile.TemporaryDirectory(prefix="mlgitops-") as scratch, told():
        reference = artifact_reference(spec, version)
        artifact = verified_artifact(registry, version.model, reference, signature, Path(scratch) / "version")
        signed = artifact.parent
        return Evidence(
            _record(Manifest, signed / MANIFEST_FILE),
            _record(Evaluation, signed / EVALUATION_FILE),
            _record(ArtifactDescription, artifact / ARTIFACT_DESCRIPTION),
            _card(signed / CARD_FILE),
        )


def rejection_of(wanted: Wanted) -> str | None:
    """Why the evaluate Job rejected a run; None where it did not, or nobody can tell.

    What it left is no proof of anything, and only told to people: a store that does not answer changes nothing.
    """
    from mlgitops.contract.evaluation import EVALUATION_FILE, Evaluation
    from mlgitops.contract.outcome import run_folder
    from mlgitops.contract.reading import read_config
    from mlgitops.problem import RunProblem
    from mlgitops.registry.stores import Store
    from mlgitops.render.training_config import stores
    from mlgitops.report.visible import visible

    model = wanted.resolved.name
    try:
        text = Store(stores(wanted.resolved)["evaluations"]).read(f"{run_folder(model, wanted.run)}/{EVALUATION_FILE}")
        evaluation = read_config(Evaluation, text, EVALUATION_FILE) if text is not None else None
    except RunProblem:
        return None
    if (
        evaluation is None
        or evaluation.verdict != "rejected"
        or (evaluation.model, evaluation.run)
        != (
            model,
            wanted.run,
        )
    ):
        return None
    return visible(" ".join("; ".join(failure.message for failure in evaluation.failures).split())[:300])


def _record(kind: type[Record], path: Path) -> Record:
    from mlgitops.contract.reading import read_config

    try:
        with open(path, "rb") as file:
            text = file.read(LARGEST_RECORD + 1)
    except FileNotFoundError:
        raise Unfit(f"{path.name} must be among what is signed, got none") from None
    return read_config(kind, text, path.name)


def _card(path: Path) -> str | None:
    """The model card, with nothing invisible in it; None where there is none, or a longer one."""
    from mlgitops.report.visible import visible

    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST_CARD + 1)
    except FileNotFoundError:
        return None
    if len(data) > LARGEST_CARD:
        return None
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").rstrip("\n").split("\n")
    return "\n".join(visible(line) for line in lines) + "\n"
