"""Signatures without a key, as a real Sigstore made them (`python -m tests.lab.signing_cluster` records them anew).

What signing does with the servers there is in tests/lab/test_keyless.py.
"""

from __future__ import annotations

import json
import shutil
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import jwt
import pytest

from mlgitops.contract.parts import ArtifactReference
from mlgitops.contract.serve import SignatureReference
from mlgitops.problem import WORLD, RunProblem
from mlgitops.registry.keyless import KeylessSigner, KeylessVerifier
from mlgitops.registry.signing import sign, verify
from mlgitops.registry.verified import verified_artifact
from mlgitops.spec.documents.signer import KeylessIdentity
from tests.lab.signing_cluster import FULCIOS_COUNTRY, SIGN
from tests.registry.examples import DIGEST
from tests.signers import TRUST

pytestmark = pytest.mark.filterwarnings(FULCIOS_COUNTRY)

RECORDED = Path(__file__).parent / "recorded"
ISSUER = (RECORDED / "issuer").read_text()
CHURN = SIGN.replace("{model}", "churn")


def keyless(*identities: str, issuer: str = ISSUER, trust: str = "one") -> KeylessIdentity:
    text = (RECORDED / f"trust-{trust}.json").read_text()
    return KeylessIdentity(identities=list(identities or (SIGN,)), issuer=issuer, trust=text)


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(RECORDED / "signed", tmp_path / "signed"))


@pytest.fixture
def signature(tmp_path):
    return Path(shutil.copy(RECORDED / "signature.json", tmp_path))


@pytest.fixture
def offline(monkeypatch):
    def connect(*arguments):
        raise AssertionError("verifying must not ask anybody")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)


def refused(folder, signature, who=None, model="churn"):
    """Code and message of what speaks against a signature."""
    with pytest.raises(RunProblem) as caught:
        KeylessVerifier(who or keyless(), model).verify(folder, signature)
    return caught.value.code, caught.value.message


@pytest.mark.usefixtures("offline")
def test_it_holds_and_asks_nobody(folder, signature):
    KeylessVerifier(keyless(), "churn").verify(folder, signature)
    KeylessVerifier(keyless("ml@example.com", SIGN), "churn").verify(folder, signature)
    KeylessVerifier(keyless(CHURN), "revenue").verify(folder, signature)


def test_another_identity_of_the_same_issuer(folder, signature):
    other = CHURN.replace("ml-dev", "ml-other")
    assert refused(folder, signature, keyless(other)) == (
        "signature/invalid",
        f"signed must be signed by {other} of {ISSUER}, got a signature that does not hold: "
        f"Certificate's SANs do not match {other}; actual SANs: {{'{CHURN}'}}",
    )
    assert refused(folder, signature, keyless(CHURN + "-2", "ml@example.com"))[0] == "signature/invalid"


def test_the_sign_job_of_another_model(folder, signature):
    code, message = refused(folder, signature, model="revenue")
    assert (code, CHURN in message) == ("signature/invalid", True)


def test_the_same_identity_of_another_issuer(folder, signature):
    other = "https://oidc.example.com/other"
    code, message = refused(folder, signature, keyless(issuer=other))
    assert code == "signature/invalid"
    assert message.endswith(f"Certificate's OIDCIssuer does not match (got '{ISSUER}', expected '{other}')")


def test_another_sigstore(folder, signature):
    code, message = refused(folder, signature, keyless(trust="other"))
    assert (code, "does not hold" in message) == ("signature/invalid", True)


@pytest.mark.parametrize("part", ["certificateAuthorities", "timestampAuthorities", "tlogs", "ctlogs"])
def test_each_part_of_what_is_trusted_counts(folder, signature, part):
    ours, theirs = (json.loads(keyless(trust=name).trust) for name in ("one", "other"))
    ours["trustedRoot"][part] = theirs["trustedRoot"][part]
    mixed = keyless().model_copy(update={"trust": json.dumps(ours)})
    assert refused(folder, signature, mixed)[0] == "signature/invalid"


def test_other_files(folder, signature):
    (folder / "a.txt").write_text("b")
    code, message = refused(folder, signature)
    assert (code, "a.txt" in message) == ("signature/invalid", True)
    assert "a.txt" in refused(folder, signature, keyless(SIGN, "ml@example.com"))[1]
    (folder / "a.txt").write_text("a")
    (folder / "c.txt").write_text("c")
    assert refused(folder, signature)[0] == "signature/invalid"


def test_a_key_counts_for_nobody_without_one_nor_the_other_way_round(folder, signature, tmp_path, key):
    with pytest.raises(RunProblem) as caught:
        verify(folder, signature, key.public)
    assert caught.value.code == "signature/invalid"
    sign(folder, key.private, signature)
    assert refused(folder, signature)[0] == "signature/invalid"


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "no json", '{"dsseEnvelope": 1}', "[" * 100_000, "\xff"])
def test_a_signature_that_is_none(folder, signature, text):
    signature.write_text(text, encoding="latin-1")
    assert refused(folder, signature)[0] == "signature/invalid"
    signature.unlink()
    assert refused(folder, signature)[0] == "signature/invalid"


def test_any_change_of_a_signature(folder, signature):
    whole = json.loads(signature.read_text())
    for change in (
        {"dsseEnvelope": {**whole["dsseEnvelope"], "payload": "e30="}},
        {"verificationMaterial": {**whole["verificationMaterial"], "tlogEntries": []}},
        {"verificationMaterial": {**whole["verificationMaterial"], "timestampVerificationData": {}}},
    ):
        signature.write_text(json.dumps({**whole, **change}))
        assert refused(folder, signature)[0] == "signature/invalid"


def test_what_a_signature_passes_over_is_refused_before(folder, signature):
    (folder / ".gitattributes").write_text("x")
    assert refused(folder, signature)[0] == "folder/name"


def test_trust_that_the_library_does_not_read(folder, signature):
    formal = keyless().model_copy(update={"trust": TRUST})
    code, message = refused(folder, signature, formal)
    assert (code, "must be a client trust config" in message) == ("signature/trust", True)
    assert not_signed(folder, signature, token(), formal)[0] == "signature/trust"


def token(**claims: object) -> str:
    """A token by nobody's key: what it says of itself is all that a client looks at."""
    now = int(time.time())
    said = {"aud": "sigstore", "sub": "churn-sign", "iss": ISSUER, "iat": now, "exp": now + 600, **claims}
    return jwt.encode(said, "k" * 32, "HS256")


def not_signed(folder, signature, text, who=None, audience="sigstore"):
    """Code, message and exit code of why nothing was signed; no word of the token is in it."""
    signature.unlink(missing_ok=True)
    path = folder.parent / "token"
    path.unlink(missing_ok=True)
    if text is not None:
        path.write_text(text)
    with pytest.raises(RunProblem) as caught:
        KeylessSigner(who or nowhere(), "churn", path, audience).sign(folder, signature)
    assert not signature.exists()
    for part in (text or "").split("."):
        assert len(part) < 8 or part not in str(caught.value)
    return caught.value.code, caught.value.message, caught.value.exit_code


def nowhere() -> KeylessIdentity:
    """The recorded Sigstore at addresses where nobody listens."""
    trust = json.loads(keyless().trust)
    for part in ("caUrls", "rekorTlogUrls", "tsaUrls"):
        trust["signingConfig"][part][0]["url"] = "http://127.0.0.1:1"
    return keyless().model_copy(update={"trust": json.dumps(trust)})


WANTED = "token must be a token for the audience sigstore, got "


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "no file"),
        ("", "one that is none or expired: DecodeError"),
        ("not-a-token-but-secret", "one that is none or expired: DecodeError"),
        ("sécret", "one that is none or expired: UnicodeDecodeError"),
        (token(exp=1), "one that is none or expired: ExpiredSignatureError"),
        (token(aud="https://kubernetes.default.svc"), "one that is none or expired: InvalidAudienceError"),
    ],
)
def test_a_token_that_does_not_do(folder, signature, text, why):
    assert not_signed(folder, signature, text) == ("signature/token", WANTED + why, 1)


def test_a_token_is_read_when_it_signs(folder, signature, tmp_path):
    """A Job waits for hours, and the kubelet writes a new one meanwhile."""
    signer = KeylessSigner(nowhere(), "churn", tmp_path / "token", "sigstore")
    (tmp_path / "token").write_text(token())
    with pytest.raises(RunProblem) as caught:
        signer.sign(folder, signature)
    assert caught.value.code == "signature/service"


def test_a_sigstore_that_does_not_answer(folder, signature):
    code, message, exit_code = not_signed(folder, signature, token())
    assert (code, exit_code) == ("signature/service", WORLD)
    assert "host='127.0.0.1', port=1" in message
    assert not_signed(folder, signature, token(aud="mine"), audience="mine")[0] == "signature/service"


class Echo(BaseHTTPRequestHandler):
    """Refuses, and says why in the words that it was asked with."""

    def do_POST(self) -> None:
        self.send_response(400, self.headers["Authorization"])
        self.end_headers()

    def log_message(self, *arguments: object) -> None: ...


def test_a_server_that_repeats_the_token(folder, signature):
    long = token(more="x" * 2000)
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        trust = nowhere().trust.replace("127.0.0.1:1", f"127.0.0.1:{server.server_port}")
        code, message, _ = not_signed(folder, signature, long, keyless().model_copy(update={"trust": trust}))
        server.shutdown()
    assert (code, "400 Client Error: Bearer … for url" in message) == ("signature/service", True)


def test_a_replica_needs_who_signs(tmp_path):
    artifact = ArtifactReference(version="v1", uri="s3://registry/a", digest=DIGEST)
    unknown = SignatureReference(uri="s3://registry/b", digest=DIGEST, signer="sign-job")
    with pytest.raises(RunProblem) as caught:
        verified_artifact(None, "churn", artifact, unknown, tmp_path / "into")
    assert caught.value.code == "signature/no-key"
