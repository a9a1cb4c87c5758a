"""The images of the real node: built here, and known to containerd under the names that environments give them.

images = Images(machine)
images.provide()
images.ray      # registry.example.com/ml/ray-xgboost:2.60.0@sha256:…
"""

from __future__ import annotations

from pathlib import Path

import container_image

from tests.lab.component import BIN
from tests.lab.node.kubelet import SANDBOX, ctr
from tests.lab.node.machine import Machine

RAY = "registry.example.com/ml/ray-xgboost"
RAY_VERSION = "2.60.0"
BUILT = "mlgitops.dev/ray:lab"
FRAMEWORK = "xgboost"


class Images:
    """What pods of the lab are made of. The image for Ray has what evaluates and signs, so one serves for both."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._ray = container_image.build("ray", {"FRAMEWORK": FRAMEWORK})
        self._sandbox = container_image.of_program(BIN / "pause", SANDBOX)
        self.ray = f"{RAY}:{RAY_VERSION}@{self._ray.digest}"

    def provide(self) -> None:
        """Import them. containerd looks an image with a digest up by that, whatever the tag says."""
        for archive in (self._sandbox.archive, self._ray.archive):
            self._import(archive)
        ctr(self.machine, "images", "tag", "--force", BUILT, f"{RAY}@{self._ray.digest}")

    def _import(self, archive: Path) -> None:
        ctr(self.machine, "images", "import", "--local", str(archive))
