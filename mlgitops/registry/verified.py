"""A version's artifact, copied to a private place and verified there: what is loaded is what was verified.

    artifact = verified_artifact(registry, "churn", config.artifact, config.signature, Path("/tmp/model"))
    artifact.parent / "evaluation.json"      # the rest of what is signed

All of these must hold: the signature's digest is the reference's; it is the signer's over every file; the manifest in
it names this model and version, and the run that the version is named after; the folder holds just the manifest's
files, with their sizes and digests; the artifact's digest is the reference's. Uris are names alone
(`contract.registered`): the registry is asked for the model's version.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mlgitops.contract.folder import Entry, folder_digest
from mlgitops.contract.outcome import ARTIFACT_FOLDER
from mlgitops.contract.parts import ArtifactReference
from mlgitops.contract.reading import read_config
from mlgitops.contract.registered import MANIFEST_FILE, SIGNATURE_FILE, SIGNED_FOLDER, Manifest, version_name
from mlgitops.contract.serve import SignatureReference
from mlgitops.problem import RunProblem
from mlgitops.registry.folders import local_entries
from mlgitops.registry.keyless import KeylessVerifier
from mlgitops.registry.protocol import Registry
from mlgitops.registry.records import file_digest
from mlgitops.registry.signing import HINT, KeyVerifier, Verifier


def verified_artifact(
    registry: Registry, model: str, reference: ArtifactReference, signature: SignatureReference, into: Path
) -> Path:
    """The path of the artifact in `into`, a new folder that is private to this user.

    Raises RunProblem: `signature/…` and `artifact/…` for a version that is not as it was signed or is another one, and
    what the registry raises. Messages name the file, expected and got, and the signer. Then `into` is not there.
    """
    version = reference.trainedAs or reference.version
    verifier = _verifier(model, version, signature)
    with _fetched(registry, model, version, into), _of(f"{model} {version}, signed by {signature.signer}"):
        signed = into / SIGNED_FOLDER
        _expect("signature/other", SIGNATURE_FILE, signature.digest, file_digest(into / SIGNATURE_FILE))
        manifest = check_manifest(signed)
        for what, expected, got in (
            ("model", model, manifest.model),
            ("version", version, manifest.version),
            ("version", version_name(manifest.run), manifest.version),
            ("artifact's digest", reference.digest, manifest.artifactDigest),
        ):
            _expect("artifact/other", f"{MANIFEST_FILE}: the {what}", expected, got)
        verifier.verify(signed, into / SIGNATURE_FILE)
    return signed / ARTIFACT_FOLDER


def fetched_artifact(registry: Registry, model: str, reference: ArtifactReference, into: Path) -> Path:
    """The same by the reference's digest alone, for an artifact that is compared with and never served.

    Raises RunProblem: `artifact/…`, and what the registry raises. Then `into` is not there.
    """
    version = reference.trainedAs or reference.version
    with _fetched(registry, model, version, into), _of(f"{model} {version}"):
        artifact = into / SIGNED_FOLDER / ARTIFACT_FOLDER
        _expect("artifact/other", "the artifact's digest", reference.digest, folder_digest(local_entries(artifact)))
    return artifact


def check_manifest(signed: Path) -> Manifest:
    """The manifest of a signed folder, which holds just what it lists. Who signed it is another question.

    Raises RunProblem: `artifact/manifest`, `artifact/missing`, `artifact/extra`, `artifact/size`, `artifact/digest`,
    and what `local_entries` does.
    """
    entries = [entry for entry in local_entries(signed) if entry.path != MANIFEST_FILE]
    try:
        manifest = read_config(Manifest, (signed / MANIFEST_FILE).read_bytes(), MANIFEST_FILE)
    except FileNotFoundError:
        raise RunProblem("artifact/manifest", f"{MANIFEST_FILE} must be there, got none", HINT) from None
    except RunProblem as problem:
        raise RunProblem("artifact/manifest", problem.message, HINT) from None
    _compare(manifest.files, entries)
    got = folder_digest(below(entries, ARTIFACT_FOLDER))
    _expect("artifact/digest", f"{MANIFEST_FILE}: the artifact's digest", got, manifest.artifactDigest)
    return manifest


def below(entries: Sequence[Entry], folder: str) -> list[Entry]:
    """The entries in a folder, relative to it."""
    start = f"{folder}/"
    found = [entry for entry in entries if entry.path.startswith(start)]
    return [entry.model_copy(update={"path": entry.path.removeprefix(start)}) for entry in found]


def _verifier(model: str, version: str, signature: SignatureReference) -> Verifier:
    """Of the signer as reviewed Git declares it; whatever a signature says of itself decides nothing."""
    if signature.keyless is not None:
        return KeylessVerifier(signature.keyless, model)
    if signature.publicKey is not None:
        return KeyVerifier(signature.publicKey)
    message = f"{model} {version} must be signed by {signature.signer}, whose public key nobody knows here"
    raise RunProblem("signature/no-key", message, "add the key to the environment's signers, in a reviewed change")


def _compare(listed: Sequence[Entry], found: Sequence[Entry]) -> None:
    expected = {entry.path: entry for entry in listed}
    got = {entry.path: entry for entry in found}
    if len(expected) != len(listed):
        raise RunProblem("artifact/manifest", f"{MANIFEST_FILE} must list each file once, got one twice", HINT)
    for path in sorted(expected.keys() - got.keys()):
        raise RunProblem("artifact/missing", f"{path} must be there as {MANIFEST_FILE} says, got none", HINT)
    for path in sorted(got.keys() - expected.keys()):
        raise RunProblem("artifact/extra", f"{path} must not be there: {MANIFEST_FILE} lists no such file", HINT)
    for path, entry in sorted(got.items()):
        listed_as = expected[path]
        for code, what, wanted, found_as in (
            ("artifact/size", "of size", str(listed_as.size), str(entry.size)),
            ("artifact/digest", "of", f"sha256:{listed_as.sha256}", f"sha256:{entry.sha256}"),
        ):
            if wanted != found_as:
                message = f"{path} must be {what} {wanted} as {MANIFEST_FILE} says, got {found_as}"
                raise RunProblem(code, message, HINT)


def _expect(code: str, what: str, expected: str, got: str) -> None:
    if expected != got:
        raise RunProblem(code, f"{what} must be {expected}, got {got}", HINT)


@contextmanager
def _of(whose: str) -> Iterator[None]:
    """Say of which version, and by whom, a problem tells."""
    try:
        yield
    except RunProblem as problem:
        message = f"{whose}: {problem.message}"
        raise RunProblem(problem.code, message, problem.hint, exit_code=problem.exit_code) from None


@contextmanager
def _fetched(registry: Registry, model: str, version: str, into: Path) -> Iterator[None]:
    registry.fetch(model, version, into)
    try:
        yield
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        raise
