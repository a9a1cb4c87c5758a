"""`version.json` as text and as a value, and what must hold of a folder before it is registered."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from mlgitops.contract.reading import read_config
from mlgitops.contract.registered import (
    MANIFEST_FILE,
    SIGNATURE_FILE,
    SIGNED_FOLDER,
    RegisteredVersion,
    version_name,
)
from mlgitops.problem import RunProblem
from mlgitops.registry.backend import told
from mlgitops.spec.documents.types import DESCRIPTIONS, MODEL_NAME, VERSION_NAME

ATTEMPT_DIGITS = 16
DAMAGED_HINT = "find out who wrote it; move it away, and run the sign Job again"


def record_text(version: RegisteredVersion) -> bytes:
    """`version.json`."""
    return version.model_dump_json(exclude_defaults=True, indent=1).encode() + b"\n"


def record(text: bytes, model: str, version: str, where: str) -> RegisteredVersion:
    """The value of a `version.json`. Raises RunProblem `registry/damaged`, `contract/other-version`."""
    try:
        found = read_config(RegisteredVersion, text, where)
    except RunProblem as problem:
        if problem.code == "contract/other-version":
            raise
        raise RunProblem("registry/damaged", problem.message, DAMAGED_HINT) from None
    for what, expected, got in (
        ("model", model, found.model),
        ("version", version, found.version),
        ("version", version_name(found.run), found.version),
    ):
        if expected != got:
            message = f"{where} must be of {what} {expected}, got {got}"
            raise RunProblem("registry/damaged", message, DAMAGED_HINT)
    return found


def check_names(model: str, version: str | None = None) -> None:
    """That names are names, before they stand in paths and queries. Raises RunProblem `registry/name`."""
    for what, name, pattern in (("model", model, MODEL_NAME), ("version", version, VERSION_NAME)):
        if name is not None and not re.fullmatch(pattern, name):
            expected = DESCRIPTIONS[pattern].what
            raise RunProblem("registry/name", f"a {what}'s name must be {expected}, got {name[:80]!a}", "look it up")


def attempt(version: RegisteredVersion) -> str:
    """The name of the folder that one attempt to register a version puts its files in.

    A signature is another one each time, and covers all the rest.
    """
    return version.signature.digest.removeprefix("sha256:")[:ATTEMPT_DIGITS]


def check_complete(version: RegisteredVersion, folder: Path) -> None:
    """That a folder holds what a record says. Raises RunProblem `registry/incomplete`, `registry/name`."""
    if version.version != version_name(version.run):
        message = f"the version of run {version.run[:17]}… must be {version_name(version.run)}, got {version.version}"
        raise RunProblem("registry/name", message, "name it after its run")
    for path, expected in (
        (f"{SIGNED_FOLDER}/{MANIFEST_FILE}", version.manifestDigest),
        (SIGNATURE_FILE, version.signature.digest),
    ):
        if (got := file_digest(folder / path)) != expected:
            message = f"{path} must have {expected}, got {got}"
            raise RunProblem("registry/incomplete", message, "sign it again, and register what was signed")


def same_run(standing: RegisteredVersion, version: RegisteredVersion) -> RegisteredVersion:
    """The version that stands, if it is of the same run. Raises RunProblem `registry/other-run`."""
    if standing.run != version.run:
        message = f"{version.model} {version.version} must be of run {version.run}, got {standing.run}"
        raise RunProblem("registry/other-run", message, "raise the run's attempt: its name is taken by another run")
    return standing


def file_digest(path: Path) -> str:
    """`sha256:…` of a file. Raises RunProblem `registry/incomplete` where there is none."""
    if not path.is_file():
        raise RunProblem("registry/incomplete", f"{path.name} must be there, got none", "sign it before")
    with told(f"read {path.name}"), open(path, "rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def missing(model: str, version: str) -> RunProblem:
    """What speaks against reading a version that is not there."""
    message = f"{model} {version} must be in the registry, got no such version"
    return RunProblem("registry/missing", message, "look at its sign Job, and at which registry this is")
