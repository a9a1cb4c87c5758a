"""`RegisteredVersion`: a version in a registry, in its `version.json`: written last, and the point at which it exists.

    signed/artifact/…        the artifact
    signed/manifest.json     `Manifest`: model, version, run and every other file of `signed/`
    signed/evaluation.json   with profile.json, card.md and pictures beside it
    signature.json           over `signed/`, with model and version in it, since they stand in the manifest
    version.json             this

A uri of them in a record or a configuration is `<registry>/<model>/<version>/signed/artifact`, whatever the kind of
registry. It is a name and no place: who reads one asks the environment's registry for that version of that model and
checks digests (`registry.verified`), so a registry may move. In a store the files lie in a folder of the attempt that
put them there, `<model>/<version>/<first 16 digits of the signature's digest>/`, beside the `version.json` that says
which attempt stands: of two attempts at once none touches the other's files.

A version's name comes of its run's identity, so one run registered twice is one version.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlgitops.contract.artifact import Format
from mlgitops.contract.evaluation import Score
from mlgitops.contract.folder import Entry
from mlgitops.contract.parts import Contract, DataIdentity
from mlgitops.contract.run import RunInputs
from mlgitops.contract.train import Request
from mlgitops.spec.documents.types import Digest, DnsLabel, ImageReference, ModelName, Strict, Timestamp, VersionName

VERSION_FILE = "version.json"
MANIFEST_FILE = "manifest.json"
SIGNATURE_FILE = "signature.json"
SIGNED_FOLDER = "signed"


def version_name(run: str) -> str:
    """The name of the version that a run makes.

    >>> version_name("sha256:3f2a91bc4d10" + "0" * 52)
    'r3f2a91bc4d'
    """
    return "r" + run.removeprefix("sha256:")[:10]


class Manifest(Strict):
    """What of a version is signed: it binds the bytes to a model, a version and a run."""

    contract: Contract
    model: ModelName
    version: VersionName
    run: Digest
    artifactDigest: Digest
    """Of `artifact/` alone, paths relative to it."""
    files: list[Entry]
    """Every file of the signed folder but the manifest itself."""


class RegisteredSignature(Strict):
    digest: Digest
    """Of `signature.json`."""
    signer: Annotated[str, Field(min_length=1, max_length=200)]


class RegisteredVersion(Strict):
    contract: Contract
    model: ModelName
    version: VersionName
    run: Digest
    environment: str
    """Where it was trained."""
    team: DnsLabel
    request: Request = Request()
    """What asked for the run; `requestedAt` is its logical time."""
    inputs: RunInputs
    codeDigest: str
    image: ImageReference
    format: Format
    artifactDigest: Digest
    manifestDigest: Digest
    signature: RegisteredSignature
    data: list[DataIdentity]
    holdout: DataIdentity
    scores: list[Score]
    startedAt: Timestamp
    finishedAt: Timestamp
    registeredAt: Timestamp
