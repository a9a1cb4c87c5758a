"""A repository with a remote, a registry and a key, for tests of `release --new`: the examples, with digits retrained.

place = repository(tmp_path, new_key(tmp_path))
register(place, version_of(place))
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mlgitops.contract.artifact import ArtifactDescription
from mlgitops.contract.evaluation import Evaluation, Failure, Score
from mlgitops.contract.folder import folder_digest
from mlgitops.contract.parts import DataIdentity, Predictor
from mlgitops.contract.registered import Manifest, RegisteredSignature, RegisteredVersion, version_name
from mlgitops.contract.run import RunInputs
from mlgitops.registry.folders import local_entries
from mlgitops.registry.opened import open_registry
from mlgitops.registry.signing import KeySigner, Signer
from mlgitops.registry.verified import below
from mlgitops.spec.code import digest_of as code_digest
from tests.registry.examples import Key, digest_of

ROOT = Path(__file__).resolve().parents[2]
IDENTITY = {
    "GIT_AUTHOR_NAME": "test",
    "GIT_AUTHOR_EMAIL": "test@example.com",
    "GIT_COMMITTER_NAME": "test",
    "GIT_COMMITTER_EMAIL": "test@example.com",
    "GIT_AUTHOR_DATE": "2026-11-20T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-11-20T00:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
SERVING_CODE = ("network.py", "serve.py")
"""Of digits."""
TRAINING = "sha256:00b6fbb19d7d8692aff04aba8d6a4e6b49c415b503089e75f099a5504c570e69"
HOLDOUT = "sha256:a956151ccb0d1a7f73d2e0abfcd063564bb28c102341c89e71f1a54eabcc3596"


@dataclass(frozen=True)
class Place:
    """A clone, where its remote is, and what it trusts."""

    root: Path
    remote: Path
    registry: Path
    key: Key

    def git(self, *words: str) -> str:
        env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **IDENTITY}
        done = subprocess.run(["git", *words], cwd=self.root, env=env, capture_output=True, check=True, text=True)
        return done.stdout.strip()

    def commit(self, message: str = "change") -> str:
        self.git("add", "--all", ".")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def push(self) -> None:
        self.git("push", "--quiet", "origin", "HEAD:main")

    def edit(self, path: str, before: str, after: str) -> None:
        text = (self.root / path).read_text()
        assert text.count(before) == 1, (path, before)
        (self.root / path).write_text(text.replace(before, after))

    def heads(self) -> dict[str, str]:
        lines = self.git("ls-remote", "--heads", "origin").splitlines()
        return {name.removeprefix("refs/heads/"): commit for commit, name in (line.split("\t") for line in lines)}


def repository(folder: Path, key: Key, *, rendered: bool = False) -> Place:
    """The examples in a clone of an own remote; of digits another seed than any version has."""
    root, remote, registry = folder / "clone", folder / "remote.git", folder / "registry"
    for name in ("specs", "environments", "policies"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "mlgitops.yaml", root)
    (root / ".gitignore").write_text(".cache/\n")
    place = Place(root, remote, registry, key)
    dev = root / "environments/dev/environment.yaml"
    text = re.sub(r"registry: \{.*\}", f'registry: {{kind: directory, uri: "{registry.as_uri()}"}}', dev.read_text())
    text = re.sub(r"(?m)^    staging: .*", f"    staging: {(folder / 'staging').as_uri()}", text)
    pem = "".join(f"      {line}\n" for line in key.public.splitlines())
    text = re.sub(r"(?s)  signers:\n.*?(?=  signing:)", lambda _: f"  signers:\n    ml-platform-2026: |\n{pem}", text)
    dev.write_text(text)
    place.edit("specs/digits/model.yaml", "seed: 11", "seed: 12")
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(remote)], check=True)
    if rendered:
        from tests.pipeline.miniature import mlgitops

        done = mlgitops(root, "render", engine="opa")
        assert done.code == 0, done
    place.git("init", "--quiet", "--initial-branch=main")
    place.git("remote", "add", "origin", remote.as_uri())
    place.commit("all")
    place.push()
    return place


@dataclass(frozen=True)
class Made:
    """What a run left, before it is signed."""

    run: str
    model: str = "digits"
    evaluation: dict[str, Any] = field(default_factory=dict)
    """What the evaluation says otherwise."""
    description: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)
    card: str = "# digits\n\nReads one digit.\n"
    weights: bytes = b"weights"


def other(made: Made, **changes: Any) -> Made:
    return replace(made, **changes)


def register(place: Place, made: Made, signer: Signer | None = None) -> RegisteredVersion:
    """Sign and register it, as the sign Job does; with the place's key where no other signer is given."""
    folder = place.registry.parent / f"signed-{made.run[-8:]}-{len(list(place.registry.parent.iterdir()))}"
    signed = folder / "signed"
    (signed / "artifact").mkdir(parents=True)
    (signed / "artifact/model.safetensors").write_bytes(made.weights)
    described = {
        "contract": 1,
        "model": made.model,
        "task": "multiclassClassification",
        "framework": "torch",
        "format": "safetensors",
        "inputs": [],
        "target": "target",
        "classes": list(range(10)),
    }
    description = ArtifactDescription.model_validate({**described, **made.description})
    (signed / "artifact/mlgitops.json").write_text(description.model_dump_json())
    digest = folder_digest(local_entries(signed / "artifact"))
    (signed / "evaluation.json").write_text(evaluation(made, digest).model_dump_json())
    if made.card:
        (signed / "card.md").write_text(made.card)
    entries = local_entries(signed)
    manifest = Manifest(
        **{"contract": 1, "model": made.model, "version": version_name(made.run), "run": made.run}
        | {"artifactDigest": folder_digest(below(entries, "artifact")), "files": entries}
        | made.manifest
    )
    (signed / "manifest.json").write_text(manifest.model_dump_json())
    (signer or KeySigner(place.key.private)).sign(signed, folder / "signature.json")
    version = RegisteredVersion(**record(made, digest, folder) | made.record)
    return open_registry("directory", place.registry.as_uri()).register(version, folder)


def evaluation(made: Made, digest: str) -> Evaluation:
    said: dict[str, Any] = {
        "contract": 1,
        "model": made.model,
        "run": made.run,
        "environment": "dev",
        "verdict": "passed",
        "artifactDigest": digest,
        "rows": 360,
        "overlap": 0,
        "holdout": DataIdentity(name="pictures-holdout", digest=HOLDOUT),
        "data": [DataIdentity(name="pictures", digest=TRAINING)],
        "scores": [
            Score(metric="accuracy", rows=360, value=0.9861, baseline=0.9806),
            Score(metric="f1Macro", rows=360, value=0.986, baseline=0.9804),
            Score(metric="accuracy", slice="sevens", rows=36, value=0.97),
        ],
        "codeDigest": code_digest({name: (ROOT / "specs/digits" / name).read_text() for name in SERVING_CODE}),
        "predictor": Predictor(entrypoint="serve:Digits"),
        "startedAt": "2026-11-20T10:40:00Z",
        "finishedAt": "2026-11-20T10:42:00Z",
    }
    return Evaluation(**said | made.evaluation)


def failing(message: str) -> dict[str, Any]:
    return {"verdict": "rejected", "failures": [Failure(code="evaluation/below-minimum", message=message)]}


def record(made: Made, digest: str, folder: Path) -> dict[str, Any]:
    return {
        "contract": 1,
        "model": made.model,
        "version": version_name(made.run),
        "run": made.run,
        "environment": "dev",
        "team": "documents",
        "codeDigest": TRAINING,
        "format": "safetensors",
        "inputs": RunInputs(model=made.model, task="multiclassClassification", data=[], framework="torch"),
        "image": "registry.example.com/ml/hostile:1",
        "artifactDigest": digest,
        "manifestDigest": digest_of(folder / "signed/manifest.json"),
        "signature": RegisteredSignature(digest=digest_of(folder / "signature.json"), signer="ml-platform-2026"),
        "data": [],
        "holdout": DataIdentity(name="pictures-holdout"),
        "scores": [],
        "startedAt": "2026-11-20T10:00:00Z",
        "finishedAt": "2026-11-20T10:39:00Z",
        "registeredAt": "2026-11-20T10:45:00Z",
    }


def run_of(place: Place, model: str = "digits", environment: str = "dev") -> str:
    """The run that the working tree asks for, as the rendered RayJob says."""
    from tests.pipeline.miniature import mlgitops

    done = mlgitops(place.root, "render", "--model", model, "--env", environment, engine="opa")
    assert done.code == 0, done
    text = (place.root / f"rendered/{environment}/{model}/train/rayjob.yaml").read_text()
    found = re.search(r"MLGITOPS_RUN\n\s+value: (sha256:[0-9a-f]{64})", text)
    assert found is not None
    return found[1]
