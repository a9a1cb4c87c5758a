"""Signatures over a folder, with OpenSSF's model-signing: an EC key in PEM (P-256, P-384 or P-521).

    KeySigner(Path("signing-key.pem")).sign(folder, folder.parent / "signature.json")
    KeyVerifier(public_key).verify(folder, folder.parent / "signature.json")

A signature covers the names and the bytes of the files, and neither the folder's own name nor empty folders nor files
that begin with `.git`: what it is a signature *of* stands in a manifest inside, and `verified` holds the folder to it.
`keyless` has one more `Signer` and `Verifier`: Sigstore's, where nobody keeps a key.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from mlgitops.problem import RunProblem
from mlgitops.registry.folders import local_files

HINT = "nothing of it is used; look at who may write to the registry, then register the run again"
LARGEST_SIGNATURE = 8 << 20
"""Bytes: a signature lists every file with its digest."""


class Signer(Protocol):
    """Signs folders."""

    def sign(self, folder: Path, signature: Path) -> None:
        """Write the signature over a folder's files. Raises RunProblem."""


class Verifier(Protocol):
    """Verifies signatures of one signer."""

    def verify(self, folder: Path, signature: Path) -> None:
        """Raises RunProblem `signature/invalid` unless this signer signed just these files with these bytes."""


class KeySigner:
    """Signs with the private key in a file."""

    def __init__(self, key: Path) -> None:
        self._key = key

    def sign(self, folder: Path, signature: Path) -> None:
        """See `Signer`. Raises RunProblem: `signature/library`, `signature/key`, and what `local_files` does."""
        local_files(folder)
        config = library("signing").Config()
        try:
            config.use_elliptic_key_signer(private_key=self._key)
        except Exception:
            # Whatever a key that is none makes of cryptography's readers; nothing of it is told.
            message = f"{self._key.name} must be an EC private key in PEM without a password, got another file or none"
            hint = "make one: openssl ecparam -name prime256v1 -genkey -noout -out signing-key.pem"
            raise RunProblem("signature/key", message, hint) from None
        config.sign(folder, signature)


class KeyVerifier:
    """Verifies with a public key in PEM, from reviewed Git."""

    def __init__(self, public_key: str) -> None:
        self._public_key = public_key

    def verify(self, folder: Path, signature: Path) -> None:
        """See `Verifier`. Raises RunProblem: `signature/invalid`, `signature/key`, `signature/library`."""
        check_signature_file(folder, signature)
        with file_of(self._public_key) as key:
            config = library("verifying").Config()
            try:
                config.use_elliptic_key_verifier(public_key=key)
            except Exception:
                message = "the signer's public key must be an EC key in PEM, got another"
                raise RunProblem("signature/key", message, "write it into the environment's signers") from None
        why = broken(config, folder, signature)
        if why is not None:
            raise invalid(folder, "this key", why)


def sign(folder: Path, private_key: Path, signature: Path) -> None:
    """`KeySigner.sign`."""
    KeySigner(private_key).sign(folder, signature)


def verify(folder: Path, signature: Path, public_key: str) -> None:
    """`KeyVerifier.verify`."""
    KeyVerifier(public_key).verify(folder, signature)


def check_signature_file(folder: Path, signature: Path) -> None:
    """That there is something to verify. Raises RunProblem `signature/invalid`, and what `local_files` does."""
    local_files(folder)
    if not signature.is_file() or signature.stat().st_size > LARGEST_SIGNATURE:
        message = f"{signature.name} must be a signature of at most {LARGEST_SIGNATURE} bytes, got none"
        raise RunProblem("signature/invalid", message, HINT)


def broken(config: Any, folder: Path, signature: Path) -> str | None:
    """Why a signature does not hold, by a `verifying.Config` of model_signing; None where it does."""
    try:
        config.verify(folder, signature)
    except Exception as error:
        # A hostile signature makes the library raise anything; each of it says that it does not hold.
        return one_line(error)
    return None


def invalid(folder: Path, whose: str, why: str) -> RunProblem:
    """The problem of a signature that is not whose it must be, or not of these files."""
    message = f"{folder.name} must be signed by {whose}, got a signature that does not hold: {why}"
    return RunProblem("signature/invalid", message, HINT)


def one_line(error: BaseException, secret: str = "") -> str:
    """What an error says, on one line, not at length and without a secret."""
    said = str(error).replace(secret, "…") if secret else str(error)
    return " ".join(said.split())[:600] or type(error).__name__


def library(part: str) -> Any:
    """A part of model_signing, which needs pyOpenSSL and does not say so. Raises RunProblem `signature/library`."""
    try:
        import model_signing.signing
        import model_signing.verifying
    except ImportError as error:
        message = f"signatures need the Python packages model-signing and pyOpenSSL, got an image without {error.name}"
        raise RunProblem("signature/library", message, "pip install 'mlgitops[signing]'") from None
    return getattr(model_signing, part)


@contextmanager
def file_of(text: str) -> Iterator[Path]:
    """A private file, for a library that takes paths alone."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        yield path
