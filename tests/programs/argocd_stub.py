"""A program in the place of argocd: it answers what a folder holds, and keeps what it was asked.

stub = Stub(folder)
stub.answers("app list", json.dumps([...]))
stub.fails("app list", 'time="…" level=fatal msg="rpc error: code = Unauthenticated desc = …"')
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SCRIPT = """#!{python} -S
import json, os, sys
folder = {folder!r}
words = sys.argv[1:]
with open(folder + "/asked", "a") as file:
    file.write(json.dumps([words, sorted(name for name in os.environ if name.startswith("ARGOCD"))]) + "\\n")
for count in range(len(words), 0, -1):
    path = folder + "/" + " ".join(words[:count]).replace("/", "_") + ".json"
    if os.path.exists(path):
        answer = json.load(open(path))
        sys.stdout.write(answer["out"])
        sys.stderr.write(answer["err"])
        sys.exit(answer["code"])
sys.stderr.write('{{"level":"fatal","msg":"rpc error: code = NotFound desc = nothing for %s"}}' % words)
sys.exit(20)
"""

VERSION = {"client": {"argocd": "v3.5.7"}, "server": {"argocd-server": "v3.5.7+1a2b3c4"}}


class Stub:
    """The folder of a program `argocd`, and what it says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "said"
        self.folder.mkdir(parents=True)
        self.program = folder / "bin" / "argocd"
        self.program.parent.mkdir()
        self.program.write_text(SCRIPT.format(python=sys.executable, folder=str(self.folder)))
        self.program.chmod(0o755)
        self.answers("version", VERSION)

    def answers(self, words: str, said: Any, *, err: str = "", code: int = 0) -> None:
        """From now on a call that begins with these words gets this; the longest words count."""
        out = said if isinstance(said, str) else json.dumps(said)
        path = self.folder / f"{words.replace('/', '_')}.json"
        path.write_text(json.dumps({"out": out, "err": err, "code": code}))

    def fails(self, words: str, err: str, code: int = 20) -> None:
        self.answers(words, "", err=err, code=code)

    @property
    def asked(self) -> list[list[str]]:
        """The words of each call."""
        path = self.folder / "asked"
        return [json.loads(line)[0] for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def variables(self) -> set[str]:
        """The variables of Argo CD's that calls were given."""
        lines = (self.folder / "asked").read_text().splitlines()
        return {name for line in lines for name in json.loads(line)[1]}
