"""A small repository of the examples' own files: one model that trains and serves in one environment.

    root = miniature(tmp_path)
    answer = call(root, "validate")

It has one of every kind of file that mlgitops reads, so that each can be made hostile.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from mlgitops.cli.main import main

REPOSITORY = Path(__file__).parents[2]
MODEL = "digits"
ENVIRONMENT = "dev"

SPEC = f"specs/{MODEL}/model.yaml"
VERSION = f"specs/{MODEL}/versions/v2/version.yaml"
ENVIRONMENT_FILE = f"environments/{ENVIRONMENT}/environment.yaml"
RELEASE = f"environments/{ENVIRONMENT}/releases/{MODEL}.yaml"
RUN = f"environments/{ENVIRONMENT}/runs/{MODEL}.yaml"
KUSTOMIZATION = f"environments/{ENVIRONMENT}/kustomization.yaml"
TEMPLATE = f"environments/{ENVIRONMENT}/templates/settings.yaml"
WAIVER = "policies/waivers/owner.yaml"
RULE = "policies/governance/owner/owner.rego"
DATA = "policies/data/teams.yaml"
ROOT = "mlgitops.yaml"
INDEX = "policies/README.md"

KINDS = {
    "model": SPEC,
    "version": VERSION,
    "environment": ENVIRONMENT_FILE,
    "release": RELEASE,
    "run": RUN,
    "kustomization": KUSTOMIZATION,
    "template": TEMPLATE,
    "waiver": WAIVER,
    "rule": RULE,
    "rule data": DATA,
    "repository": ROOT,
}
"""Every kind of file that people write, by name."""

_KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [limit-range.yaml]
patches:
  - target: {kind: RayJob}
    patch: |-
      - {op: add, path: /metadata/annotations/example.com~1patched, value: "yes"}
"""

_EXTRA = """\
apiVersion: v1
kind: LimitRange
metadata: {name: default-limits, namespace: dev-documents}
spec:
  limits:
    - {type: Container, default: {cpu: "1", memory: 2Gi}}
"""

_TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: "{{ metadata.name }}-settings"
  namespace: dev-documents
  annotations: {mlgitops.dev/part: train}
data:
  description: "{{ metadata.description }}"
"""

_WAIVER = f"""\
apiVersion: mlgitops.dev/v1alpha1
kind: Waiver
metadata: {{name: owner}}
spec:
  rule: governance.owner
  model: {MODEL}
  environment: {ENVIRONMENT}
  owner: "@documents/recognition"
  reason: The team moves to another owner.
  ticket: ML-1
  issued: 2026-10-01
  expires: 2026-11-01
"""


def commit(root: Path) -> None:
    """Makes a Git repository of it, with one commit on a branch `main`."""
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "core.hooksPath=/dev/null"]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], [*who, "commit", "-qm", "All"]):
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, timeout=60)


class Answer(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


def call(root: Path, *words: str) -> Answer:
    """A command in a repository, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["-C", str(root), *words])
    return Answer(code, out.getvalue(), err.getvalue())


RULES = ("governance/owner", "security/no-literal-secrets", "security/restricted-pods")
"""Those of the repository's rules that the small one has, on models and on objects."""


def miniature(root: Path) -> Path:
    """Writes the small repository; nothing is wrong in it but that its waiver is not needed."""
    policies = ("policies/library", "policies/data", "policies/fixtures", *(f"policies/{rule}" for rule in RULES))
    for folder in (f"specs/{MODEL}", f"environments/{ENVIRONMENT}", *policies):
        shutil.copytree(REPOSITORY / folder, root / folder)
    rows = [row for row in (REPOSITORY / INDEX).read_text().split("\n") if any(f"]({r}/" in row for r in RULES)]
    (root / INDEX).write_text("\n".join(rows) + "\n")
    shutil.copy(REPOSITORY / ROOT, root / ROOT)
    _only_one_model(root)
    extra = f"environments/{ENVIRONMENT}/limit-range.yaml"
    for path, text in ((KUSTOMIZATION, _KUSTOMIZATION), (TEMPLATE, _TEMPLATE), (WAIVER, _WAIVER), (extra, _EXTRA)):
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    return root


def _only_one_model(root: Path) -> None:
    for folder in ("releases", "runs"):
        for file in (root / f"environments/{ENVIRONMENT}" / folder).iterdir():
            if file.stem != MODEL:
                file.unlink()
    environment = root / ENVIRONMENT_FILE
    lines = environment.read_text().split("\n")
    start = lines.index("  overrides:")
    end = next(n for n in range(start + 1, len(lines)) if not lines[n].startswith("    "))
    environment.write_text("\n".join([*lines[:start], *lines[end:]]))
