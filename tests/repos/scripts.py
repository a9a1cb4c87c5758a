"""The pull requests, each a few edits of this repository's own example."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.repos.repository import PullRequest, Script, edit, mlgitops

PULL_REQUESTS: dict[str, PullRequest] = {}
DIGITS = "specs/digits/model.yaml"
AT = "2026-11-20T09:00:00Z"


def pull_request(*, before: Script | None = None, rendered: bool = True) -> Callable[[Script], Script]:
    """Takes a function as a pull request of its name; its docstring is the title."""

    def taken(script: Script) -> Script:
        name = script.__name__.replace("_", "-")
        PULL_REQUESTS[name] = PullRequest(name, (script.__doc__ or "").splitlines()[0], script, before, rendered)
        return script

    return taken


@pull_request()
def resource_edit(root: Path) -> None:
    """Replicas of digits get more memory, and one less at most."""
    edit(root, DIGITS, "resources: {cpu: 1, memory: 4Gi}", "resources: {cpu: 1, memory: 6Gi}")
    edit(root, DIGITS, "replicas: {min: 2, max: 4}", "replicas: {min: 2, max: 3}")


PATCH = """\
patches:
  - target: {kind: RayService}
    patch: |
      - {op: replace, path: /spec/rayClusterConfig/workerGroupSpecs/0/maxReplicas, value: 5}
"""


@pull_request()
def ignored_edit(root: Path) -> None:
    """More memory for a run that is there, and a patch that raises a ceiling which KubeRay passes over."""
    edit(root, DIGITS, "resources: {cpu: 2, memory: 6Gi}", "resources: {cpu: 2, memory: 8Gi}")
    edit(root, "environments/prod/kustomization.yaml", "patches:\n", PATCH)


@pull_request()
def new_version(root: Path) -> None:
    """The second version of digits goes to production."""
    words = ("--reason", "Two weeks in staging.", "--by", "@documents/recognition", "--at", AT)
    ran = mlgitops(root, "promote", "digits", "--from", "staging", "--to", "prod", *words)
    assert ran.code == 0, ran


@pull_request()
def data_change(root: Path) -> None:
    """Digits is trained with the pictures of November."""
    old = "sha256:00b6fbb19d7d8692aff04aba8d6a4e6b49c415b503089e75f099a5504c570e69"
    for path in (DIGITS, "environments/dev/runs/digits.yaml"):
        edit(root, path, "digits/v1/training.csv\n      version: v1", "digits/v2/training.csv\n      version: v2")
        edit(root, path, old, f"sha256:{'d' * 64}")


@pull_request()
def removed_model(root: Path) -> None:
    """Diabetes is given up everywhere."""
    shutil.rmtree(root / "specs/diabetes")
    for environment in ("dev", "staging"):
        (root / f"environments/{environment}/releases/diabetes.yaml").unlink()
    (root / "policies/waivers/diabetes-expectations.yaml").unlink()


@pull_request()
def rename(root: Path) -> None:
    """Diabetes is called glycaemia from now on."""
    text = (root / "specs/diabetes/model.yaml").read_text()
    removed_model(root)
    (root / "specs/glycaemia").mkdir()
    renamed = text.replace("name: diabetes,", "name: glycaemia,").replace("route: /diabetes", "route: /glycaemia")
    (root / "specs/glycaemia/model.yaml").write_text(renamed)


@pull_request()
def rollback(root: Path) -> None:
    """Digits returns to its first version in staging."""
    words = ("--reason", "Takes threes for eights.", "--by", "@documents/recognition", "--at", AT)
    ran = mlgitops(root, "rollback", "digits", "--env", "staging", *words)
    assert ran.code == 0, ran


def by_another_version(root: Path) -> None:
    """What a former version rendered, which let pods go after a minute."""
    now, then = "terminationGracePeriodSeconds: 90", "terminationGracePeriodSeconds: 60"
    for path in root.glob("rendered/*/*/serve/rayservice.yaml"):
        path.write_text(path.read_text().replace(now, then))
        key = path.parents[1] / "render-key.json"
        key.write_text(re.sub(r'"objects": "sha256:[0-9a-f]+"', f'"objects": "sha256:{"0" * 64}"', key.read_text()))


@pull_request(before=by_another_version)
def tool_upgrade(root: Path) -> None:
    """Everything rendered by this version of mlgitops."""


PER_MODEL = "policies/cost/accelerators-per-model/accelerators-per-model.rego"
REGIONS = "policies/data/regions.yaml"
DIABETES = "specs/diabetes/model.yaml"


@pull_request()
def loosened_rule(root: Path) -> None:
    """One model may take four times the accelerators that its environment says."""
    edit(root, PER_MODEL, "chips.perWorker > limit", "chips.perWorker > 4 * limit")
    edit(root, PER_MODEL, "chips.perReplica > limit", "chips.perReplica > 4 * limit")


def _moved(root: Path) -> None:
    """Puts the patients of diabetes where data may not lie."""
    edit(root, DIABETES, "eu-central-1\n      classification: confidential\n    - name: patients-holdout", MOVED)


MOVED = "us-east-1\n      classification: confidential\n    - name: patients-holdout"
WAIVER = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Waiver
metadata: {name: diabetes-region}
spec:
  rule: datasets.allowed-regions
  model: diabetes
  environment: dev
  owner: "@diagnostics/models"
  reason: The patients are copied to eu-central-1 until November.
  ticket: ML-418
  issued: "2026-09-01"
  expires: "2026-11-20"
"""


def while_it_held(root: Path) -> None:
    """What the waiver let pass until yesterday."""
    _moved(root)
    (root / "policies/waivers/diabetes-region.yaml").write_text(WAIVER)
    ran = mlgitops(root, "render", "--as-of", "2026-11-19", "--engine", "opa", "--no-cache")
    assert ran.code == 0, ran


@pull_request(before=while_it_held)
def expired_waiver(root: Path) -> None:
    """A run of diabetes may take longer, the day after its waiver ran out."""
    edit(root, DIABETES, "deadline: 10m", "deadline: 20m")


@pull_request()
def policy_and_spec(root: Path) -> None:
    """Diabetes reads its patients elsewhere, and the same change lets data lie there."""
    _moved(root)
    edit(root, REGIONS, "    - eu-west-1\n", "    - eu-west-1\n    - us-east-1\n")


from tests.repos import hostile_change, mass_change  # noqa: E402, F401  they take `pull_request` from here
