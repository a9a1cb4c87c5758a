"""A pull request of somebody who wants the report to act: to mention, to link, to run, to hide, to stop the runner.

Wherever a contributor may write text, and wherever one may only try to, stands something that a careless report would
let through. The report must show it, and do nothing.
"""

from __future__ import annotations

from pathlib import Path

from tests.repos.repository import edit
from tests.repos.scripts import DIGITS, pull_request

NASTY = "<img src=x onerror=alert(1)> @everyone #1 [x](javascript:alert(1)) ![x](//example.com/x.png) | `$(id)` -->"
HIDDEN = "\u202etxt.exe \u200b</script><script>alert(1)</script> ${{ github.token }} %0A::error::x https://example.com"
TOKEN = "ghp_" + "a1B2c3D4e5" * 4


def quoted(text: str) -> str:
    """Text as YAML takes it on one line, whatever is in it."""
    return "'" + text.replace("'", "''") + "'"


@pull_request(rendered=False)
def hostile(root: Path) -> None:
    """Typo ::error::x <script>alert(1)</script> @everyone"""
    # What the documents let people write: it comes to the cluster and to the report.
    edit(root, "specs/breast-cancer/model.yaml", "description: ", f"description: {quoted(NASTY)} # ")
    edit(root, "specs/breast-cancer/model.yaml", "replicas: {min: 2, max: 4}", "replicas: {min: 3, max: 4}")
    edit(root, "environments/staging/releases/breast-cancer.yaml", "  reason: ", f"  reason: {quoted(NASTY)} # ")
    # What they do not.
    edit(root, DIGITS, "  task: ", f"  {quoted(NASTY)}: 1\n  task: ")
    edit(root, "specs/diabetes/model.yaml", "alpha: 0.1", f"alpha: 0.1, {quoted(HIDDEN)}: {TOKEN}")
    for name in ("@everyone", "<img src=x onerror=alert(1)>", "a|b`c`", "-->", "::error::x"):
        folder = root / "specs" / name
        folder.mkdir()
        (folder / "model.yaml").write_text(f"kind: Model\nmetadata: {{name: {quoted(NASTY)}}}\n")
