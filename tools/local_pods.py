"""What a cluster would do with rendered objects, done by processes of this machine: runs, Jobs, served releases.

    pods = LocalPods(repository, work, signing_key)
    pods.train("dev", "breast-cancer")          # the RayJob's entrypoint, with its ConfigMap and its variables
    pods.job("dev", "breast-cancer", "sign")    # the Job's command; the only one that sees the key

Everything comes from `rendered/`: what no pod would get, no process gets. What is not here is what only a cluster has:
images, limits, networks, Secrets other than the signing key.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from ryaml import loads

from mlgitops.contract import places

Object = dict[str, Any]


class LocalPods:
    """The pods of one repository. `work` holds what their volumes would."""

    def __init__(self, repository: Path, work: Path, signing_key: Path, **variables: str) -> None:
        self.repository, self.work, self.signing_key, self.variables = repository, work, signing_key, variables

    def train(self, environment: str, model: str) -> int:
        """Run a RayJob's entrypoint as the head's container would, and return its exit code."""
        folder = self.repository / "rendered" / environment / model / "train"
        job = _object(folder / "rayjob.yaml")["spec"]
        pod = job["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]
        return self._run(folder, pod, job["entrypoint"].split(), f"{environment}-{model}-train", key=False)

    def job(self, environment: str, model: str, role: str) -> int:
        """Run the Job `evaluate` or `sign` as its container would, and return its exit code."""
        folder = self.repository / "rendered" / environment / model / "train"
        pod = _object(folder / f"job-{role}.yaml")["spec"]["template"]["spec"]
        mounts_key = any(volume.get("secret") for volume in pod["volumes"])
        return self._run(folder, pod, pod["containers"][0]["command"], f"{environment}-{model}-{role}", key=mounts_key)

    def code(self, folder: Path, pod: Object, name: str) -> Path:
        """The folder that a pod has at `/app`."""
        wanted = {volume["configMap"]["name"] for volume in pod["volumes"] if "configMap" in volume}
        target = self.work / name / "app"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for file in folder.glob("configmap-*.yaml"):
            config = _object(file)
            if config["metadata"]["name"] in wanted:
                for key, text in config.get("data", {}).items():
                    (target / key).write_text(text, encoding="utf-8")
        return target

    def environment(self, container: Object, code: Path, *, key: bool) -> dict[str, str]:
        """A container's variables, and of ours what a program needs to run at all."""
        own = {one["name"]: one["value"] for one in container.get("env", []) if "value" in one}
        own = {name: str(code) if value == places.CODE else value for name, value in own.items()}
        ours = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        found = {**ours, **own, "HOME": str(self.work), places.CODE_VARIABLE: str(code), **self.variables}
        return {**found, places.SIGNING_KEY_VARIABLE: str(self.signing_key)} if key else found

    def _run(self, folder: Path, pod: Object, command: list[str], name: str, *, key: bool) -> int:
        code = self.code(folder, pod, name)
        variables = self.environment(pod["containers"][0], code, key=key)
        argv = [sys.executable if word == "python" else word for word in command]
        return subprocess.run(argv, env=variables, cwd=self.work, check=False).returncode


class Served(NamedTuple):
    """A RayService as Ray Serve would get it."""

    config: Object
    """`serveConfigV2`, read."""
    code: Path
    variables: dict[str, str]


def served(pods: LocalPods, environment: str, model: str) -> Served:
    """What serves a model's release in an environment."""
    folder = pods.repository / "rendered" / environment / model / "serve"
    spec = _object(folder / "rayservice.yaml")["spec"]
    pod = spec["rayClusterConfig"]["headGroupSpec"]["template"]["spec"]
    code = pods.code(folder, pod, f"{environment}-{model}-serve")
    variables = pods.environment(pod["containers"][0], code, key=False)
    return Served(loads(spec["serveConfigV2"]), code, variables)


def _object(path: Path) -> Object:
    found: Object = loads(path.read_text(encoding="utf-8"))
    return found
