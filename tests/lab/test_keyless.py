"""Signing without a key, with all parts real: kube-apiserver issues the token, Fulcio, Rekor and a timestamp authority
make of it a signature, and the sign Job registers what serving then verifies.

Verifying what was recorded, without a lab, is in tests/registry/test_keyless.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlgitops.contract import places
from mlgitops.contract.parts import ArtifactReference
from mlgitops.contract.registered import version_name
from mlgitops.contract.serve import SignatureReference
from mlgitops.problem import WORLD, RunProblem
from mlgitops.registry.keyless import KeylessVerifier
from mlgitops.registry.verified import verified_artifact
from mlgitops.render.training import render_training
from mlgitops.spec.documents.signer import KeylessIdentity
from tests.deliver.handed_off import Made, Place, register, repository, run_of
from tests.lab.control_plane import Refused
from tests.lab.signing_cluster import FULCIOS_COUNTRY, SIGN, SigningCluster, signing_cluster
from tests.pipeline.miniature import mlgitops
from tests.registry.examples import new_key
from tests.render.resolved_models import FULL_MODEL, KEYLESS_ENVIRONMENT, resolved_model
from tests.runtime.sign.world import RUN, World

pytestmark = pytest.mark.filterwarnings(FULCIOS_COUNTRY)

ROOT = Path(__file__).resolve().parents[2]
CHURN = SIGN.replace("{model}", "churn")


@pytest.fixture(scope="module")
def cluster() -> Iterator[SigningCluster]:
    with signing_cluster() as cluster:
        yield cluster


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "signed"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    return folder


class Job:
    """The sign Job of `churn` with a token that the API server gave, as its pod has one."""

    def __init__(self, folder: Path, keyless: KeylessIdentity, token: str) -> None:
        self.world = World(folder, new_key(folder))
        more = {"key": "token", "signer": "sign-job", "keyless": keyless.model_dump()}
        self.world.config.update(more)
        self.world.write()
        self.token = token
        self.mounted = folder / "mounted"
        self.mounted.mkdir()
        (self.mounted / "token").write_text(token)

    def run(self) -> subprocess.CompletedProcess[str]:
        """Its command, once; its token is in nothing that it says."""
        environment = {
            **os.environ,
            places.CODE_VARIABLE: str(self.world.folder / "code"),
            places.RUN_VARIABLE: RUN,
            places.SIGNING_KEY_VARIABLE: str(self.mounted),
            places.WAIT_VARIABLE: "0",
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-m", "mlgitops.runtime.sign"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
        assert self.token.split(".")[1] not in done.stdout + done.stderr
        return done

    def served(self, keyless: KeylessIdentity, into: Path) -> Path:
        """The artifact as a replica takes it. Raises RunProblem."""
        version = self.world.registry().find("churn", version_name(RUN))
        signature = SignatureReference(
            uri="s3://registry/x", digest=version.signature.digest, signer=version.signature.signer, keyless=keyless
        )
        artifact = ArtifactReference(version=version.version, uri="s3://registry/x", digest=version.artifactDigest)
        return verified_artifact(self.world.registry(), "churn", artifact, signature, into)


def refused(who: KeylessIdentity, folder: Path, signature: Path) -> str:
    with pytest.raises(RunProblem) as caught:
        KeylessVerifier(who, "churn").verify(folder, signature)
    assert caught.value.code == "signature/invalid"
    return caught.value.message


def test_the_sign_job_registers_what_serving_takes(cluster: SigningCluster, tmp_path: Path) -> None:
    job = Job(tmp_path, cluster.keyless(), cluster.token("ml-dev", "churn-sign"))
    done = job.run()
    assert done.stdout == f"churn {RUN}: registered as {version_name(RUN)}, signed by sign-job\n", done.stderr
    artifact = job.served(cluster.keyless(), tmp_path / "served")
    assert (artifact / "model.ubj").read_bytes() == (job.world.artifact / "model.ubj").read_bytes()
    other = cluster.keyless("one", CHURN.replace("ml-dev", "ml-other"))
    with pytest.raises(RunProblem) as caught:
        job.served(other, tmp_path / "refused")
    assert (caught.value.code, CHURN in caught.value.message) == ("signature/invalid", True)
    assert not (tmp_path / "refused").exists()


@pytest.mark.parametrize(("namespace", "account"), [("ml-dev", "churn-train"), ("ml-other", "churn-sign")])
def test_another_account_registers_nothing(
    cluster: SigningCluster, tmp_path: Path, namespace: str, account: str
) -> None:
    """What Fulcio gives a certificate to is not thereby whom Git declares."""
    job = Job(tmp_path, cluster.keyless(), cluster.token(namespace, account))
    done = job.run()
    itself = f"https://kubernetes.io/namespaces/{namespace}/serviceaccounts/{account}"
    assert (done.returncode, done.stdout) == (1, "")
    assert "error[signature/identity]: " in done.stderr
    assert f"actual SANs: {{'{itself}'}}" in done.stderr
    assert job.world.registry().versions("churn") == []


def test_a_token_for_the_api_signs_nothing(cluster: SigningCluster, tmp_path: Path) -> None:
    token = cluster.token("ml-dev", "churn-sign", cluster.plane.issuer)
    done = Job(tmp_path, cluster.keyless(), token).run()
    assert (done.returncode, done.stdout) == (1, "")
    assert "error[signature/token]: " in done.stderr
    assert "InvalidAudienceError" in done.stderr


def test_fulcio_takes_no_token_that_was_made_elsewhere(cluster: SigningCluster, tmp_path: Path) -> None:
    said, _, signature = cluster.token("ml-dev", "churn-sign").rpartition(".")
    forged = f"{said}.{'B' if signature.startswith('A') else 'A'}{signature[1:]}"
    done = Job(tmp_path, cluster.keyless(), forged).run()
    assert (done.returncode, done.stdout) == (WORLD, "")
    assert "error[signature/service]: Sigstore must certify and log a signature, got none: 400 Client" in done.stderr


def test_whose_signature_it_is_and_by_whose_word(cluster: SigningCluster, folder: Path, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.json", tmp_path / "theirs.json"
    cluster.signer().sign(folder, ours)
    cluster.signer(instance="other").sign(folder, theirs)
    KeylessVerifier(cluster.keyless(), "churn").verify(folder, ours)
    KeylessVerifier(cluster.keyless("other"), "churn").verify(folder, theirs)
    refused(cluster.keyless(), folder, theirs)
    refused(cluster.keyless("other"), folder, ours)
    assert cluster.plane.issuer in refused(cluster.keyless(issuer="https://oidc.example.com"), folder, ours)
    (folder / "a.txt").write_text("b")
    assert "a.txt" in refused(cluster.keyless(), folder, ours)


def test_a_release_takes_what_the_declared_identity_signed(cluster: SigningCluster, tmp_path: Path) -> None:
    place = repository(tmp_path, new_key(tmp_path))
    declare(place, cluster.keyless("one", CHURN))
    run = run_of(place)
    register(place, Made(run), cluster.signer("digits"))
    done = mlgitops(place.root, "release", "--new", "--env", "dev", engine="opa")
    assert (done.code, "error[release/not-verified]: " in done.out, "(signature/invalid)" in done.out) == (
        1,
        True,
        True,
    )
    assert CHURN.replace("churn", "digits") in done.out
    declare(place, cluster.keyless())
    done = mlgitops(place.root, "release", "--new", "--env", "dev", engine="opa")
    assert (done.code, done.err) == (0, ""), done
    assert f"wrote specs/digits/versions/{version_name(run)}/version.yaml\n" in done.out


def declare(place: Place, keyless: KeylessIdentity) -> None:
    """Let dev's signer be one without a key."""
    dev = place.root / "environments/dev/environment.yaml"
    head, _, rest = dev.read_text().partition("  signers:\n")
    tail = rest[rest.index("  queue:") :]
    signers = json.dumps({"ml-platform-2026": keyless.model_dump()})
    dev.write_text(f"{head}  signers:\n    {signers}\n  signing: {{keyless: ml-platform-2026}}\n{tail}")
    place.commit()


def test_the_api_server_takes_the_rendered_job(cluster: SigningCluster) -> None:
    """Into a namespace that enforces Pod Security `restricted`."""
    result = render_training(resolved_model(FULL_MODEL, KEYLESS_ENVIRONMENT))
    assert isinstance(result, tuple), result
    (job,) = (one.data for one in result if one.file == "job-sign.yaml")
    template = job["spec"]["template"]
    pod: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**template["metadata"], "name": "sign", "namespace": "ml-dev"},
        "spec": template["spec"],
    }
    assert cluster.plane.apply(pod, dry_run=True) == "pod/sign serverside-applied (server dry run)\n"
    (projected,) = (one["projected"] for one in pod["spec"]["volumes"] if "projected" in one)
    projected["sources"][0]["serviceAccountToken"]["expirationSeconds"] = 599
    with pytest.raises(Refused, match="expirationSeconds"):
        cluster.plane.apply(pod, dry_run=True)


def test_verifying_outlives_sigstore(cluster: SigningCluster, folder: Path, tmp_path: Path) -> None:
    """The last one here: it ends the servers."""
    signature = tmp_path / "signature.json"
    cluster.signer().sign(folder, signature)
    token = cluster.token("ml-dev", "churn-sign")
    for instance in cluster.instances.values():
        instance.stop()
    KeylessVerifier(cluster.keyless(), "churn").verify(folder, signature)
    done = Job(tmp_path, cluster.keyless(), token).run()
    assert (done.returncode, done.stdout) == (WORLD, "")
    assert "error[signature/service]: " in done.stderr
