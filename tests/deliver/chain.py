"""A model with three versions, and the environments dev → staging → prod, as every test of delivery starts from.

model = churn()
place("staging", "v1")
"""

from __future__ import annotations

from collections.abc import Mapping

from mlgitops.deliver.release import Asked, Place
from mlgitops.spec.declared import DeclaredEnvironment, DeclaredModel, DeclaredVersion
from mlgitops.spec.digests import record_digest
from mlgitops.spec.documents.environment import Environment
from mlgitops.spec.documents.model import Model
from mlgitops.spec.documents.release import Release
from mlgitops.spec.documents.version import Version
from tests.spec.example_documents import DIGEST, ENVIRONMENT, IMAGE, VERSION, changed, written

ASKED = Asked("@growth/churn", "2026-11-21T10:00:00Z")

SPEC = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Model
metadata: {name: churn, team: growth, owner: "@growth/churn"}
spec:
  task: binaryClassification
  target: churned
  data:
    - {name: customers, role: training, uri: "s3://features/customers/v7"}
    - {name: customers-holdout, role: validation, uri: "s3://holdout/customers/v3"}
  training:
    framework: sklearn
    entrypoint: train:loop
  validation:
    dataset: customers-holdout
    metrics: [{name: auc, min: 0.82}]
  serving:
    replicas: {min: 2, max: 4}
    timeout: 5s
    route: /churn
    inputs: [{name: tenure, type: float32}]
  monitoring:
    drift: {test: ks, threshold: 0.1}
"""
"""What the examples' version serves with."""

CODE = {"train.py": "def loop(): ...\n", "serve.py": "x = 1\n", "shared.py": "y = 2\n"}
SERVING_CODE = {name: CODE[name] for name in ("serve.py", "shared.py")}

CHAIN: Mapping[str, str] = {"dev": "", "staging": "dev", "prod": "staging"}
RISKS = "  approvals: {medium: [model-owner], high: [model-owner, ml-platform]}\n"


def version(name: str, created: str, *, text: str = VERSION, code: Mapping[str, str] = SERVING_CODE) -> DeclaredVersion:
    text = changed(changed(text, "name: v1,", f"name: {name},"), "2026-11-01T04:10:00Z", created)
    record = written(Version, text, f"specs/churn/versions/{name}/version.yaml")
    files = {"version.yaml": text.encode(), **{file: content.encode() for file, content in code.items()}}
    return DeclaredVersion(record, files, code)


def churn(spec: str = SPEC, code: Mapping[str, str] = CODE, **more: DeclaredVersion) -> DeclaredModel:
    versions = {name: version(name, f"2026-11-0{name[1:]}T05:00:00Z") for name in ("v1", "v2", "v3")}
    return DeclaredModel(written(Model, spec), code, {**versions, **more})


def environment(name: str, *, trains: bool = False, more: str = "") -> DeclaredEnvironment:
    text = changed(ENVIRONMENT, "metadata: {name: dev}", f"metadata: {{name: {name}}}")
    text = text if trains else changed(text, "trains: true", "trains: false")
    text = changed(text, "images: {platform:", f'images: {{serving: {{sklearn: "{IMAGE}"}}, platform:')
    if CHAIN.get(name):
        text += f"  promotesFrom: {CHAIN[name]}\n"
    return DeclaredEnvironment(written(Environment, text + RISKS + more, f"environments/{name}/environment.yaml"))


def release_text(environment: str, version: str, model: DeclaredModel, more: str = "") -> str:
    source = f"  promotedFrom: {CHAIN[environment]}\n" if CHAIN[environment] else ""
    known = model.versions.get(version)
    digest = record_digest(known.files) if known else DIGEST["d"]
    return (
        "# yaml-language-server: $schema=../../../schemas/release.json\n"
        "apiVersion: mlgitops.dev/v1alpha1\n"
        "kind: Release\n"
        f"metadata: {{name: churn, environment: {environment}}}\n"
        f"spec:\n  version: {version}\n  recordDigest: {digest}\n{source}"
        f'  requestedBy: "@growth/churn"\n{more}'
    )


def place(name: str, released: str | None = None, more: str = "", *, of: DeclaredModel | None = None) -> Place:
    """An environment of the chain, with a release of a version in it."""
    where = environment(name, trains=name == "dev")
    if released is None:
        return Place(where, None)
    text = release_text(name, released, of or churn(), more)
    return Place(where, written(Release, text, f"environments/{name}/releases/churn.yaml"))
