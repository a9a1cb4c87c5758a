"""What a cluster would do with rendered objects, done by processes of this machine: runs, Jobs, served releases.

    pods = LocalPods(repository, work, signing_key)
    pods.train("dev", "breast-cancer")          # the RayJob's entrypoint, with its ConfigMap and its variables
    pods.job("dev", "breast-cancer", "sign")    # the Job's command; the only one that sees the key

Everything comes from `rendered/`: what no pod would get, no process gets. What is not here is what only a cluster has:
images, limits, networks, Secrets other than the signing key.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from own_proxy import free_port, own_proxy
from ryaml import dumps, loads

from mlgitops.contract import names, places

Object = dict[str, Any]


class LocalPods:
    """The pods of one repository. `work` holds what their volumes would."""

    def __init__(self, repository: Path, work: Path, signing_key: Path, secrets: Mapping[str, str]) -> None:
        """`secrets` are the values of Secrets' keys, as `<secret>/<key>`."""
        self.repository, self.work, self.signing_key, self.secrets = repository, work, signing_key, secrets

    def train(self, environment: str, model: str) -> int:
        """Run a RayJob's entrypoint as the head's container would, and return its exit code."""
        folder = self.repository / "rendered" / environment / model / "train"
        job = _object(folder / "rayjob.yaml")["spec"]
        pod = job["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]
        name = f"{environment}-{model}-train"
        code = self.code(folder, pod, name)
        variables = self.environment(pod["containers"][0], code, key=False)
        # Without RAY_ADDRESS the driver starts a Ray that says it has the CPUs that the run's workers ask for.
        return _run(job["entrypoint"].split(), variables, self.work)

    def job(self, environment: str, model: str, role: str) -> int:
        """Run the Job `evaluate` or `sign` as its container would, and return its exit code."""
        folder = self.repository / "rendered" / environment / model / "train"
        pod = _object(folder / f"job-{role}.yaml")["spec"]["template"]["spec"]
        mounts_key = any(volume.get("secret") for volume in pod["volumes"])
        code = self.code(folder, pod, f"{environment}-{model}-{role}")
        container = pod["containers"][0]
        return _run(container["command"], self.environment(container, code, key=mounts_key), self.work)

    def cron_job(self, environment: str, model: str, role: str) -> int:
        """Run a CronJob's command once, as its container would, and return its exit code."""
        folder = self.repository / "rendered" / environment / model / "serve"
        pod = _object(folder / f"cronjob-{role}.yaml")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        code = self.code(folder, pod, f"{environment}-{model}-{role}")
        container = pod["containers"][0]
        argv = [sys.executable if word == "python" else word for word in container["command"]]
        variables = self.environment(container, code, key=False)
        with (code.parent / "log").open("wb") as log:
            return subprocess.run(argv, env=variables, cwd=self.work, stdout=log, check=False).returncode

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
        own = {one["name"]: self._value(one) for one in container.get("env", [])}
        own = {name: str(code) if value == places.CODE else value for name, value in own.items()}
        ours = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        found = {**ours, **own, "HOME": str(self.work), places.CODE_VARIABLE: str(code)}
        return {**found, places.SIGNING_KEY_VARIABLE: str(self.signing_key)} if key else found

    def _value(self, variable: Object) -> str:
        if "value" in variable:
            return str(variable["value"])
        reference = variable["valueFrom"]["secretKeyRef"]
        return self.secrets[f"{reference['name']}/{reference['key']}"]


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started in a session of its own as Ctrl-C would, and everything that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(90)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _run(command: list[str], variables: dict[str, str], folder: Path) -> int:
    argv = [sys.executable if word == "python" else word for word in command]
    return subprocess.run(argv, env=variables, cwd=folder, check=False).returncode


class Release:
    """A RayService's release, served by a Ray of its own: what KubeRay does with a new cluster."""

    def __init__(self, pods: LocalPods, environment: str, model: str, port: int) -> None:
        folder = pods.repository / "rendered" / environment / model / "serve"
        spec = _object(folder / "rayservice.yaml")["spec"]
        pod = spec["rayClusterConfig"]["headGroupSpec"]["template"]["spec"]
        name = f"{environment}-{model}-serve-{port}"
        code = pods.code(folder, pod, name)
        self.config: Object = loads(spec["serveConfigV2"])
        self.config["http_options"] |= {"host": "127.0.0.1", "port": port}
        self.config["grpc_options"]["port"] = free_port()
        for deployment in self.config["applications"][0]["deployments"]:
            deployment["graceful_shutdown_timeout_s"] = 3  # nobody asks any more when it is stopped
        file = code.parent / "serve.yaml"
        file.write_text(dumps(self.config), encoding="utf-8")
        application = self.config["applications"][0]
        self.args: Object = application["args"]
        self.url = f"http://127.0.0.1:{port}{application['route_prefix']}"
        self.log = code.parent / "log"
        self._proxy = Path(tempfile.mkdtemp(prefix="p", dir="/tmp"))  # its socket needs a short path
        metrics = free_port()
        self.metrics = f"http://127.0.0.1:{metrics}/metrics"
        variables = pods.environment(pod["containers"][0], code, key=False)
        argv = [str(Path(sys.executable).with_name("serve")), "run", "--address=local", str(file)]
        self._process = subprocess.Popen(
            argv,
            env={**variables, names.PORT_VARIABLE: str(metrics), **own_proxy(self._proxy)},
            cwd=code,
            stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait_until_ready(self, seconds: float) -> None:
        """Wait for the first answer that says ready. Raises RuntimeError with the end of the log where none comes."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/v2/health/ready", timeout=5):
                    return
            except OSError:
                time.sleep(0.5)
        tail = self.log.read_text(errors="replace")[-3000:]
        raise RuntimeError(f"nothing is ready at {self.url} after {seconds:g} seconds; the log ends with\n{tail}")

    def stop(self) -> None:
        """End it, and everything that it started; its proxy is in a session of its own."""
        stop(self._process)
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if f"{self._proxy}/".encode() in (process / "cmdline").read_bytes():
                    os.kill(int(process.name), signal.SIGKILL)
        shutil.rmtree(self._proxy, ignore_errors=True)


def _object(path: Path) -> Object:
    found: Object = loads(path.read_text(encoding="utf-8"))
    return found
