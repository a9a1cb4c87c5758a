"""Signatures: over every byte, by the key that is asked for, and nothing but a problem for what is none."""

from __future__ import annotations

import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from mlgitops.problem import RunProblem
from mlgitops.registry.signing import sign, verify
from tests.registry.examples import new_key


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "signed"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "deep" / "b.txt").write_text("b")
    return folder


def code_of(call, *arguments):
    with pytest.raises(RunProblem) as caught:
        call(*arguments)
    return caught.value.code


@pytest.mark.parametrize("curve", [ec.SECP256R1, ec.SECP384R1, ec.SECP521R1])
def test_what_is_signed_is_verified(folder, tmp_path, curve):
    private = ec.generate_private_key(curve())
    key = tmp_path / "key.pem"
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    signature = tmp_path / "signature.json"
    sign(folder, key, signature)
    verify(folder, signature, public)
    moved = folder.rename(tmp_path / "other-name")
    verify(moved, signature, public)  # the folder's name is bound by the manifest, not by the signature


def test_what_changed_is_not(folder, tmp_path, key):
    signature = tmp_path / "signature.json"
    sign(folder, key.private, signature)
    other = new_key(tmp_path, "other.pem")
    assert code_of(verify, folder, signature, other.public) == "signature/invalid"
    (folder / "c.txt").write_text("c")
    assert code_of(verify, folder, signature, key.public) == "signature/invalid"
    (folder / "c.txt").unlink()
    verify(folder, signature, key.public)
    (folder / "a.txt").write_text("b")
    with pytest.raises(RunProblem) as caught:
        verify(folder, signature, key.public)
    assert "a.txt" in caught.value.message
    (folder / "a.txt").unlink()
    assert code_of(verify, folder, signature, key.public) == "signature/invalid"


def test_what_a_signature_passes_over_is_refused_before(folder, tmp_path, key):
    """Files that begin with .git, empty folders and links: model-signing ignores or follows them."""
    signature = tmp_path / "signature.json"
    sign(folder, key.private, signature)
    (folder / ".gitattributes").write_text("x")
    assert code_of(verify, folder, signature, key.public) == "folder/name"
    assert code_of(sign, folder, key.private, signature) == "folder/name"
    (folder / ".gitattributes").unlink()
    (folder / "empty").mkdir()
    assert code_of(verify, folder, signature, key.public) == "folder/empty"
    (folder / "empty").rmdir()
    (folder / "a.txt").unlink()
    (folder / "a.txt").symlink_to("deep/b.txt")
    assert code_of(verify, folder, signature, key.public) == "folder/link"


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", "no json", '{"dsseEnvelope": 1}', "[" * 100_000, "\xff", "1e999"]
)
def test_a_signature_that_is_none(folder, tmp_path, key, text):
    signature = tmp_path / "signature.json"
    signature.write_text(text, encoding="latin-1")
    assert code_of(verify, folder, signature, key.public) == "signature/invalid"
    signature.unlink()
    assert code_of(verify, folder, signature, key.public) == "signature/invalid"


def test_keys_that_are_none(folder, tmp_path, key):
    signature = tmp_path / "signature.json"
    wrong = rsa.generate_private_key(65537, 2048)
    pem = tmp_path / "rsa.pem"
    pem.write_bytes(wrong.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert code_of(sign, folder, pem, signature) == "signature/key"
    assert code_of(sign, folder, tmp_path / "none.pem", signature) == "signature/key"
    sign(folder, key.private, signature)
    public = wrong.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert code_of(verify, folder, signature, public) == "signature/key"
    assert code_of(verify, folder, signature, "no key") == "signature/key"


@pytest.mark.parametrize(("missing", "named"), [("model_signing", "model_signing.signing"), ("OpenSSL", "OpenSSL")])
def test_a_missing_library_is_named(tmp_path, missing, named):
    script = f"""
import sys
sys.modules[{missing!r}] = None
from pathlib import Path
from mlgitops.registry.signing import sign
folder = Path({str(tmp_path)!r}) / "signed"
folder.mkdir()
(folder / "a").write_text("a")
try:
    sign(folder, folder / "a", folder / "b")
except Exception as problem:
    print(problem)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "error[signature/library]: signatures need the Python packages model-signing and pyOpenSSL, "
        f"got an image without {named}\nhint: pip install 'mlgitops[signing]'\n"
    )
