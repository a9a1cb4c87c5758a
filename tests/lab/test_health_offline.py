"""The health checks in Argo CD's own Lua, offline: the word and the reason for each state of each kind.

`tests/render/test_health.py` runs the same cases in a Lua of ours, without Argo CD.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.lab.component import program
from tests.lab.repository import ROOT
from tests.render.test_health import CASES

SETTINGS = ROOT / "rendered" / "argocd" / "configmap-argocd-cm.yaml"


def health(folder: Path, kind: str, obj: dict[str, Any], settings: Path = SETTINGS) -> tuple[str, str]:
    """(status, message) as `argocd admin settings resource-overrides health` says them."""
    metadata = {"name": "churn", "namespace": "prod", **obj.get("metadata", {})}
    path = folder / "object.json"
    path.write_text(json.dumps({"apiVersion": "ray.io/v1", "kind": kind, **obj, "metadata": metadata}))
    words = ("admin", "settings", "resource-overrides", "health", str(path), "--argocd-cm-path", str(settings))
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    done = subprocess.run([program("argocd"), *words], capture_output=True, text=True, env=environment, check=True)
    status, _, message = done.stdout.partition("\nMESSAGE: ")
    return status.removeprefix("STATUS: "), message.rstrip("\n")


@pytest.mark.parametrize(("kind", "obj", "status", "message"), CASES)
def test_word_and_reason(tmp_path: Path, kind: str, obj: dict[str, Any], status: str, message: str) -> None:
    assert health(tmp_path, kind, obj) == (status, message)


def test_a_check_that_is_broken_is_seen(tmp_path: Path) -> None:
    """`argocd admin settings validate` would not see it: it does not compile the Lua."""
    broken = tmp_path / "configmap.yaml"
    text = SETTINGS.read_text()
    assert text.count('return health("Healthy", "the run succeeded")') == 1
    broken.write_text(
        text.replace('return health("Healthy", "the run succeeded")', 'return health("Healthy", "the run')
    )
    with pytest.raises(subprocess.CalledProcessError):
        health(tmp_path, "RayJob", {"status": {"jobDeploymentStatus": "Complete"}}, broken)
