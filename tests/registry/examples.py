"""Versions to register: small, signed, whole."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from mlgitops.contract.evaluation import Score
from mlgitops.contract.folder import folder_digest
from mlgitops.contract.parts import ArtifactReference, DataIdentity
from mlgitops.contract.registered import Manifest, RegisteredSignature, RegisteredVersion, version_name
from mlgitops.contract.run import RunInputs
from mlgitops.contract.serve import SignatureReference
from mlgitops.registry.folders import local_entries
from mlgitops.registry.signing import sign
from mlgitops.registry.verified import below

DIGEST = "sha256:" + "1" * 64


class Key(NamedTuple):
    private: Path
    public: str


class Example(NamedTuple):
    """A version and the folder that holds its files."""

    version: RegisteredVersion
    folder: Path
    key: Key

    @property
    def artifact(self) -> ArtifactReference:
        uri = f"s3://registry/{self.version.model}/{self.version.version}/signed/artifact"
        return ArtifactReference(version=self.version.version, uri=uri, digest=self.version.artifactDigest)

    @property
    def signature(self) -> SignatureReference:
        return SignatureReference(
            uri=f"s3://registry/{self.version.model}/{self.version.version}/signature.json",
            digest=self.version.signature.digest,
            signer="ml-platform",
            publicKey=self.key.public,
        )


def new_key(folder: Path, name: str = "signing-key.pem") -> Key:
    private = ec.generate_private_key(ec.SECP256R1())
    path = folder / name
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return Key(path, public)


def run_of(number: int) -> str:
    return "sha256:" + hashlib.sha256(str(number).encode()).hexdigest()


def example(folder: Path, key: Key, run: str, model: str = "churn", weights: bytes = b"weights") -> Example:
    """A signed folder; nothing in it is a real model."""
    signed = folder / "signed"
    (signed / "artifact").mkdir(parents=True)
    (signed / "artifact" / "mlgitops.json").write_text(json.dumps({"contract": 1, "model": model}))
    (signed / "artifact" / "model.onnx").write_bytes(weights * 50)
    (signed / "evaluation.json").write_text(json.dumps({"contract": 1}))
    (signed / "card.md").write_text(f"# {model}\n")
    return signed_again(folder, key, run, model)


def signed_again(folder: Path, key: Key, run: str, model: str = "churn") -> Example:
    """The manifest and the signature of what lies there now."""
    signed = folder / "signed"
    (signed / "manifest.json").unlink(missing_ok=True)
    entries = local_entries(signed)
    digest = folder_digest(below(entries, "artifact"))
    manifest = Manifest(
        contract=1, model=model, version=version_name(run), run=run, artifactDigest=digest, files=entries
    )
    (signed / "manifest.json").write_text(manifest.model_dump_json())
    sign(signed, key.private, folder / "signature.json")
    return Example(record(model, run, digest, folder), folder, key)


def record(model: str, run: str, digest: str, folder: Path) -> RegisteredVersion:
    return RegisteredVersion(
        contract=1,
        model=model,
        version=version_name(run),
        run=run,
        environment="dev",
        team="growth",
        inputs=RunInputs(
            model=model,
            task="binaryClassification",
            data=[DataIdentity(name="customers", digest=DIGEST)],
            framework="xgboost",
            hyperparameters={"max_depth": 3, "eta": 0.1},
        ),
        codeDigest=DIGEST,
        image="registry.example.com/ml/xgboost:2.60.0",
        format="onnx",
        artifactDigest=digest,
        manifestDigest=digest_of(folder / "signed" / "manifest.json"),
        signature=RegisteredSignature(digest=digest_of(folder / "signature.json"), signer="ml-platform"),
        data=[DataIdentity(name="customers", digest=DIGEST)],
        holdout=DataIdentity(name="customers-holdout", digest=DIGEST),
        scores=[Score(metric="auc", rows=100, value=0.9), Score(metric="auc", slice="new", rows=10, value=0.8)],
        startedAt="2026-11-02T03:00:00Z",
        finishedAt="2026-11-02T04:00:00Z",
        registeredAt="2026-11-02T05:00:00Z",
    )


def digest_of(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
