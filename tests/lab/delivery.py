"""The commands of delivery as a person runs them in the lab's repository, against its Argo CD.

person = Person(lab)
person.row("dev", "digits")["state"]            # "live"
person.run("wait", "--model", "digits").code
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from tests.lab.component import BIN, wait_until
from tests.lab.lab import Lab
from tests.lab.repository import ROOT

Row = dict[str, Any]
L = TypeVar("L", bound=Lab)


class Ran(NamedTuple):
    """What a command left behind, and the seconds it took."""

    code: int
    out: str
    err: str
    seconds: float


class Person(Generic[L]):
    """Somebody with a clone and the argocd command, pointed at the lab."""

    def __init__(self, lab: L, variables: Mapping[str, str] | None = None) -> None:
        self.lab = lab
        self.folder = lab.repository.folder
        self._variables = dict(variables or lab.argo_cd.settings())

    @property
    def environment(self) -> dict[str, str]:
        """Of a person's shell."""
        path = f"{Path(sys.executable).parent}:{BIN}:{os.environ['PATH']}"
        return {**os.environ, **self._variables, "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "80"}

    def run(self, *words: str) -> Ran:
        """Run `mlgitops` in the repository."""
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "mlgitops", *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Ran(done.returncode, done.stdout, done.stderr, time.monotonic() - begun)

    def row(self, environment: str, model: str) -> Row:
        """What `status` says of a place."""
        ran = self.run("status", "--env", environment, "--model", model, "--format", "json")
        assert ran.code in (0, 1), ran
        (row,) = json.loads(ran.out)["rows"]
        return dict(row)

    def see(self, environment: str, model: str, state: str, within: float = 60.0) -> Row:
        """Wait until `status` says that a place is in a state. Raises TimeoutError with what it says instead."""
        return self.see_row(environment, model, lambda row: row["state"] == state, f"is {state}", within)

    def see_row(
        self, environment: str, model: str, wanted: Callable[[Row], bool], what: str, within: float = 60.0
    ) -> Row:
        """Wait until what `status` says of a place is as wanted."""
        last: list[Row] = []

        def there() -> Row:
            last[:] = [self.row(environment, model)]
            return last[0] if wanted(last[0]) else {}

        try:
            return wait_until(there, f"{environment}/{model} {what}", within)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; status says {last}") from None
