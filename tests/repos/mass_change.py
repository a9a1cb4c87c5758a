"""Forty models that serve in dev, and a change of the environment that all of them feel: told once, not forty times.

One of the forty says its own memory: it must stand alone.
"""

from __future__ import annotations

from pathlib import Path

from mlgitops.spec.digests import record_digest
from tests.repos.repository import edit
from tests.repos.scripts import pull_request

WARDS = [f"ward-{number:02}" for number in range(1, 41)]
DEV = "environments/dev/environment.yaml"
EXPECT = (
    "      classification: confidential\n",
    "      classification: confidential\n      expect: [{column: target, nullable: false}]\n",
)
OWN = (
    "replicas: {min: 1, max: 2}",
    "replicas: {min: 1, max: 2}\n    resources: {cpu: 1, memory: 2560Mi, storage: 5Gi}",
)


def forty_wards(root: Path) -> None:
    """Forty models like diabetes, one a ward, each released in dev."""
    spec = (root / "specs/diabetes/model.yaml").read_text().partition("  batchScoring:")[0]
    version = (root / "specs/diabetes/versions/v1/version.yaml").read_text()
    release = (root / "environments/dev/releases/diabetes.yaml").read_text()
    digest = next(line.split()[-1] for line in release.splitlines() if "recordDigest" in line)
    for ward in WARDS:
        record = version.replace("model: diabetes", f"model: {ward}").replace("route: /diabetes", f"route: /{ward}")
        folder = root / "specs" / ward / "versions" / "v1"
        folder.mkdir(parents=True)
        (folder / "version.yaml").write_text(record)
        own = (
            spec.replace(*EXPECT, 1)
            .replace("name: diabetes,", f"name: {ward},")
            .replace("route: /diabetes", f"route: /{ward}")
        )
        (root / "specs" / ward / "model.yaml").write_text(own)
        digests = release.replace(digest, record_digest({"version.yaml": record.encode()}))
        path = root / "environments/dev/releases" / f"{ward}.yaml"
        path.write_text(digests.replace("name: diabetes,", f"name: {ward},"))
    edit(root, "specs/ward-07/model.yaml", *OWN)
    edit(root, DEV, "costPerMonth: 4000", "costPerMonth: 20000")
    edit(root, "policies/data/quotas.yaml", "diagnostics: 3000", "diagnostics: 20000")


@pull_request(before=forty_wards)
def mass_change(root: Path) -> None:
    """Whatever serves in dev gets a gigabyte more unless it asks for its own."""
    edit(root, DEV, "resources: {cpu: 1, memory: 2Gi, storage: 5Gi}", "resources: {cpu: 1, memory: 3Gi, storage: 5Gi}")
