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
    edit(root, DIGITS, "  task: ", f"  {quoted(NASTY)}: 1\n  task: ")
    edit(root, "specs/diabetes/model.yaml", "alpha: 0.1", f"alpha: 0.1, {quoted(HIDDEN)}: {TOKEN}")
    edit(root, "specs/breast-cancer/model.yaml", "\n  task: ", f"\n  description: {quoted(NASTY)}\n  task: ")
    for name in ("@everyone", "<img src=x onerror=alert(1)>", "a|b`c`", "-->", "::error::x"):
        folder = root / "specs" / name
        folder.mkdir()
        (folder / "model.yaml").write_text(f"kind: Model\nmetadata: {{name: {quoted(HIDDEN)}}}\n")
    waiver = root / "policies/waivers/diabetes-expectations.yaml"
    lines = [f"  reason: {quoted(NASTY)}" if "reason:" in line else line for line in waiver.read_text().splitlines()]
    waiver.write_text("\n".join(lines) + "\n")
    edit(root, "environments/dev/releases/digits.yaml", "  reason: ", f"  reason: {quoted(HIDDEN)} # ")
