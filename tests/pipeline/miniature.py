"""A miniature repository that every test of the pipeline shares: three models, two environments, three rules.

    root = miniature(tmp_path)
    code, out, err = mlgitops(root, "render")

`dev` trains and serves; `prod` serves, is protected, and has team growth's models alone. `alpha` is released in both,
`beta` in dev; `gamma` is new, and team lab's.
The rules deny a word: a model labelled `forbidden: model` is denied by the rule on models, `forbidden: fleet` by the
one on fleets; the rule on objects denies pods of an image with `forbidden` in its name.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

from mlgitops.cli.main import main
from tests.signers import SIGNERS

DIGEST = "sha256:" + "a" * 64
IMAGE = f"registry.example.com/ml/ray-sklearn:2.60.0@{DIGEST}"


class Ran(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str


def mlgitops(root: Path, *words: str, engine: str = "embedded") -> Ran:
    """A command, run in this process."""
    out, err = io.StringIO(), io.StringIO()
    chosen = () if words[0] in ("blame", "validate") else ("--engine", engine)
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["-C", str(root), *words, "--as-of", "2026-11-21", *chosen])
    return Ran(code, out.getvalue(), err.getvalue())


def rendered(root: Path) -> dict[str, bytes]:
    """Every file under rendered/, by its path from the root."""
    folder = root / "rendered"
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def write(root: Path, files: Mapping[str, str]) -> None:
    """Texts into files, folders made."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text))


def edit(root: Path, path: str, before: str, after: str) -> None:
    """Replace a text that stands in a file once."""
    text = (root / path).read_text()
    assert text.count(before) == 1, f"{path} has {before!r} {text.count(before)} times"
    (root / path).write_text(text.replace(before, after))


def miniature(root: Path) -> Path:
    """The repository, in an empty folder."""
    write(root, FILES)
    for name in ("alpha", "beta", "gamma"):
        write(root, {f"specs/{name}/model.yaml": model(name), f"specs/{name}/train.py": TRAIN})
    write(root, {"specs/alpha/serve.py": SERVE, "specs/alpha/versions/v1/serve.py": SERVE})
    for name in ("alpha", "beta"):
        write(root, {f"specs/{name}/versions/v1/version.yaml": version(name)})
        release(root, name, "dev")
    release(root, "alpha", "prod")
    write(root, {"environments/dev/runs/alpha.yaml": RUN})
    return root


def customized(root: Path) -> Path:
    """The miniature repository with a kustomization and a template in dev."""
    write(miniature(root), CUSTOMIZATION)
    return root


def release(root: Path, name: str, environment: str) -> None:
    """Release v1 of a model, as its folder is now."""
    from mlgitops.spec.digests import record_digest

    folder = root / f"specs/{name}/versions/v1"
    digest = record_digest({path.name: path.read_bytes() for path in folder.iterdir()})
    document = f"""\
        apiVersion: mlgitops.dev/v1alpha1
        kind: Release
        metadata: {{name: {name}, environment: {environment}}}
        spec:
          version: v1
          recordDigest: {digest}
          requestedBy: "@growth"
        """
    write(root, {f"environments/{environment}/releases/{name}.yaml": document})


def model(name: str) -> str:
    """A spec of about 20 lines."""
    return f"""\
        apiVersion: mlgitops.dev/v1alpha1
        kind: Model
        metadata: {{name: {name}, team: {"lab" if name == "gamma" else "growth"}, labels: {{forbidden: "no"}}}}
        spec:
          task: regression
          target: price
          data:
            - {{name: train, role: training, uri: "s3://data/{name}/train.csv", digest: "{DIGEST}"}}
            - {{name: holdout, role: validation, uri: "s3://data/{name}/holdout.csv", digest: "sha256:{"b" * 64}"}}
          training:
            framework: sklearn
            entrypoint: train:train_loop
            hyperparameters: {{rate: 0.5}}
            deadline: 2h
          validation:
            dataset: holdout
            metrics: [{{name: r2, min: 0.4}}]
          serving:
            route: /{name}
            replicas: {{min: 1, max: 2}}
        """


def version(name: str) -> str:
    """The record of version v1."""
    data = f'{{name: train, role: training, uri: "s3://data/{name}/train.csv", digest: "{DIGEST}"}}'
    entrypoint = "entrypoint: serve:Predictor, " if name == "alpha" else ""
    return f"""\
        apiVersion: mlgitops.dev/v1alpha1
        kind: Version
        metadata: {{name: v1, model: {name}}}
        spec:
          artifact: {{uri: "s3://registry/{name}/v1", digest: "{DIGEST}", format: onnx}}
          signature: {{uri: "s3://registry/{name}/v1.sig", digest: "{DIGEST}", signer: ml-platform}}
          run:
            identity: {DIGEST}
            trigger: manual
            startedAt: "2026-10-05T03:00:05Z"
            finishedAt: "2026-10-05T03:00:48Z"
          data: [{data}]
          code: {{tree: {"c" * 40}}}
          image: {IMAGE}
          metrics: [{{name: r2, dataset: holdout, value: 0.5}}]
          createdAt: "2026-10-05T03:02:00Z"
          createdBy: "@growth"
          snapshot:
            framework: sklearn
            serving: {{route: /{name}, {entrypoint}image: "{IMAGE}"}}
        """


def environment(name: str, cluster: str, *, trains: bool, more: str) -> str:
    """An environment; `more` are further lines of its spec."""
    text = f"""\
        apiVersion: mlgitops.dev/v1alpha1
        kind: Environment
        metadata: {{name: {name}}}
        spec:
          trains: {str(trains).lower()}
          serves: true
          destinations:
            training: {{cluster: {cluster}, namespace: {name}-models}}
            serving: {{cluster: {cluster}, namespace: {name}-models}}
          defaults:
            training: {{resources: {{cpu: 1, memory: 2Gi}}}}
            serving: {{resources: {{cpu: 1, memory: 2Gi}}}}
          images:
            training: {{sklearn: "{IMAGE}"}}
            serving: {{sklearn: "{IMAGE}"}}
            platform: "registry.example.com/ml/mlgitops:0.1.0@{DIGEST}"
          storage: {{staging: "s3://{name}-staging", checkpoints: "s3://{name}-checkpoints"}}
          registry: {{kind: directory, uri: "s3://registry"}}
          {SIGNERS}
          gateway: {{name: models, namespace: gateway-system, host: {name}.example.com}}
        """
    return textwrap.dedent(text) + textwrap.indent(textwrap.dedent(more), "  ")


TRAIN = "def train_loop(config):\n    return 1\n"
SERVE = "class Predictor:\n    rate = 1\n"

RUN = """\
    apiVersion: mlgitops.dev/v1alpha1
    kind: Run
    metadata: {name: alpha, environment: dev}
    spec: {trigger: manual, reason: Asked for, attempt: 1, requestedBy: "@growth", requestedAt: "2026-11-01T00:00:00Z"}
    """


def _rule(path: str, title: str, scope: str, body: str, canary: str) -> dict[str, str]:
    category, name = path.split("/")
    package = f"mlgitops.{category}.{name}".replace("-", "_")
    head = f"""\
        # METADATA
        # title: {title}
        # description: A word that tests forbid.
        # custom:
        #   id: {category}.{name}
        #   severity: error
        #   scope: {scope}
        #   remediation: take the word away
        package {package}

        """
    folder = f"policies/{path}"
    return {
        f"{folder}/{name}.rego": textwrap.dedent(head) + textwrap.dedent(body),
        f"{folder}/{name}_test.rego": f"package {package}_test\n\nimport data.{package}\n\n"
        f"test_there if {package.rpartition('.')[2]}.deny == set() with input as {{}}\n",
        f"{folder}/README.md": f"# {title}\n\n## Avoid\n\n## Prefer\n\n## Rationale\n",
        f"{folder}/fixtures/canary.yaml": canary,
    }


WORD = """\
    deny contains {"pointer": "/metadata/labels/forbidden", "message": "expected another label, got the forbidden"} if {
        input.metadata.labels.forbidden == "model"
    }
    """

IMAGES = """\
    deny contains {"pointer": pointer, "message": "expected another image, got a forbidden one"} if {
        some pod in input.pods
        some index, container in pod.spec.containers
        contains(container.image, "forbidden")
        pointer := sprintf("%s#%s/spec/containers/%d/image", [pod.file, pod.pointer, index])
    }
    """

FLEET = """\
    deny contains {"pointer": sprintf("/models/%d", [index]), "message": "expected an owner, got a forbidden one"} if {
        some index, model in input.models
        model.owner == "@forbidden"
    }
    """

RULES = {
    **_rule(
        "words/label",
        "No model has the forbidden label",
        "model",
        WORD,
        "input:\n  metadata: {labels: {forbidden: model}}\n"
        "findings:\n  - {severity: error, pointer: /metadata/labels/forbidden,"
        ' message: "expected another label, got the forbidden"}\n',
    ),
    **_rule(
        "words/image",
        "No pod has a forbidden image",
        "objects",
        IMAGES,
        "input:\n  pods: {'0': {spec: {containers: {'0': {image: forbidden}}}}}\n"
        "findings:\n  - {severity: error, pointer: 'job.yaml#/spec/template/spec/containers/0/image',"
        ' message: "expected another image, got a forbidden one"}\n',
    ),
    **_rule(
        "words/owner",
        "No fleet has a forbidden owner",
        "fleet",
        FLEET,
        "input:\n  models: {'0': {owner: '@forbidden'}}\n"
        'findings:\n  - {severity: error, pointer: /models/0, message: "expected an owner, got a forbidden one"}\n',
    ),
}

INDEX = """\
    # Policies

    | Rule | Severity | Scope | What it asks |
    |---|---|---|---|
    | [words.image](words/image/README.md) | error | objects | No pod has a forbidden image |
    | [words.label](words/label/README.md) | error | model | No model has the forbidden label |
    | [words.owner](words/owner/README.md) | error | fleet | No fleet has a forbidden owner |
    """

CUSTOMIZATION = {
    "environments/dev/kustomization.yaml": """\
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        resources: [quota.yaml]
        labels:
          - pairs: {example.com/tier: lower}
        """,
    "environments/dev/quota.yaml": """\
        apiVersion: v1
        kind: ResourceQuota
        metadata: {name: extra, namespace: dev-models}
        spec: {hard: {pods: "10"}}
        """,
    "environments/dev/templates/notes.yaml": """\
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: "{{ metadata.name }}-notes"
          namespace: dev-models
          annotations: {mlgitops.dev/part: train}
        data: {team: "{{ metadata.team }}"}
        """,
}

ENVIRONMENT_INPUT = (
    "environment: {name: prod, trains: true, serves: true,"
    " destinations: {training: {cluster: a, namespace: a}, serving: {cluster: a, namespace: a}},"
    ' images: {platform: a}, storage: {staging: "s3://a", checkpoints: "s3://a"}, registry: {uri: "s3://a"}}'
)

FILES = {
    "mlgitops.yaml": """\
        apiVersion: mlgitops.dev/v1alpha1
        kind: Repository
        metadata: {name: miniature}
        spec: {repoURL: "https://git.example.com/ml/models.git", targetRevision: main}
        """,
    "environments/dev/environment.yaml": environment(
        "dev", "one", trains=True, more="signing: {secret: model-signing}\n"
    ),
    "environments/prod/environment.yaml": environment(
        "prod", "two", trains=False, more="protected: true\npromotesFrom: dev\nmodels: {teams: [growth]}\n"
    ),
    "policies/README.md": INDEX,
    "policies/fixtures/model.yaml": f"""\
        scope: model
        target: {{model: churn, environment: prod}}
        metadata: {{name: churn, team: growth, owner: "@growth"}}
        spec: {{task: regression, training: {{framework: sklearn}}}}
        {ENVIRONMENT_INPUT}
        trains: true
        serves: true
        """,
    "policies/fixtures/objects.yaml": """\
        scope: objects
        target: {model: churn, environment: prod}
        pods:
          - file: job.yaml
            kind: Job
            name: churn
            pointer: /spec/template
            role: job
            written: true
            spec: {containers: [{name: a, image: good}]}
        """,
    "policies/fixtures/fleet.yaml": f"""\
        scope: fleet
        target: {{environment: prod}}
        {ENVIRONMENT_INPUT}
        models:
          - model: churn
            team: growth
            owner: "@growth"
            namespaces: {{training: a, serving: a}}
            trains: true
            serves: true
            cpu: 1
            memoryGiB: 1
            costPerMonth: 1
            costPerRun: 1
        """,
    **RULES,
}
