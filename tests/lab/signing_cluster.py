"""A cluster whose ServiceAccounts sign: its API server issues the tokens that a Sigstore beside it takes.

with signing_cluster() as cluster:
    keyless = cluster.keyless("one", "https://kubernetes.io/namespaces/ml-dev/serviceaccounts/{model}-sign")
    cluster.sign(folder, signature, keyless, namespace="ml-dev", account="churn-sign")

python -m tests.lab.signing_cluster      records what tests without a lab verify, in tests/registry/recorded
"""

from __future__ import annotations

import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlgitops.registry.keyless import KeylessSigner
from mlgitops.spec.documents.signer import KeylessIdentity
from tests.lab.component import Components, temporary_folder
from tests.lab.control_plane import ControlPlane
from tests.lab.sigstore import OidcIssuer, Sigstore

AUDIENCE = "sigstore"
SIGN = "https://kubernetes.io/namespaces/ml-dev/serviceaccounts/{model}-sign"
ACCOUNTS = (("ml-dev", "churn-sign"), ("ml-dev", "churn-train"), ("ml-dev", "digits-sign"), ("ml-other", "churn-sign"))
RECORDED = Path(__file__).resolve().parents[1] / "registry" / "recorded"
FULCIOS_COUNTRY = "ignore:Attribute's length must be"
"""The ephemeral Fulcio's certificate names its country by three letters, which Python's X.509 warns of."""


class SigningCluster:
    """An API server, two Sigstores that take its tokens, and ServiceAccounts in two namespaces."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.components = Components(folder)
        self.plane = ControlPlane(self.components)
        self.plane.issuer = self.plane.url  # whoever takes its tokens asks it for its keys
        self.instances = {name: Sigstore(self.components, name) for name in ("one", "other")}

    def start(self) -> None:
        """From nothing to ServiceAccounts that can sign."""
        self.plane.start()
        self.plane.apply(_discovery(), *_namespaces(), *_accounts())
        issuer = OidcIssuer(self.plane.issuer, AUDIENCE, self.plane.authority.read_text())
        for instance in self.instances.values():
            instance.start(issuer)

    def token(self, namespace: str, account: str, audience: str = AUDIENCE) -> str:
        """A ServiceAccount's token, as the kubelet asks for one for a projected volume."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
        spec = {"audiences": [audience], "expirationSeconds": 600}
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        return str(self.plane.api(path, method="POST", body=body)["status"]["token"])

    def keyless(self, instance: str = "one", *identities: str, issuer: str = "") -> KeylessIdentity:
        """Who must have signed, by the word of one Sigstore."""
        trust = self.instances[instance].trust
        return KeylessIdentity(identities=list(identities or (SIGN,)), issuer=issuer or self.plane.issuer, trust=trust)

    def signer(self, model: str = "churn", instance: str = "one") -> KeylessSigner:
        """A model's sign Job, with a token that it was just given."""
        token = self.folder / "token"
        token.write_text(self.token("ml-dev", f"{model}-sign"))
        return KeylessSigner(self.keyless(instance), model, token, AUDIENCE)


@contextmanager
def signing_cluster() -> Iterator[SigningCluster]:
    """A cluster of its own, which leaves nothing behind."""
    with temporary_folder() as folder:
        cluster = SigningCluster(folder)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.components.close()


def _discovery() -> dict[str, object]:
    """Whoever asks gets the keys that tokens are verified with, as from a cloud's issuer."""
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "issuer-discovery"},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "system:service-account-issuer-discovery"},
        "subjects": [{"apiGroup": group, "kind": "Group", "name": "system:unauthenticated"}],
    }


def _namespaces() -> list[dict[str, object]]:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    names = sorted({namespace for namespace, _ in ACCOUNTS})
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}} for name in names]


def _accounts() -> list[dict[str, object]]:
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account, "namespace": namespace}}
        for namespace, account in ACCOUNTS
    ]


def _record() -> None:
    shutil.rmtree(RECORDED, ignore_errors=True)
    folder = RECORDED / "signed"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "deep" / "b.txt").write_text("b")
    with signing_cluster() as cluster:
        cluster.signer().sign(folder, RECORDED / "signature.json")
        (RECORDED / "issuer").write_text(cluster.plane.issuer)
        for name, instance in cluster.instances.items():
            (RECORDED / f"trust-{name}.json").write_text(instance.trust)


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", FULCIOS_COUNTRY.partition(":")[2])
        sys.exit(_record())
