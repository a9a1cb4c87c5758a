"""The code beside a spec: which of it trains, which of it serves, and its digest.

By convention every text file beside `model.yaml` is code. `serve.py` and `serve_*` are serving's
alone, `train.py` and `train_*` training's alone, the rest belongs to both: so an edit of how a
model serves starts no training run. A version keeps the serving code beside its record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Role = Literal["train", "serve"]

MAX_BYTES = 900 * 1024
"""A ConfigMap holds 1 MiB with its metadata; what is larger belongs in the image."""


@dataclass(frozen=True, slots=True)
class Code:
    """Files of code by name, in order of their names."""

    files: Mapping[str, str]
    digest: str
    """Over names and contents (`digest_of`); the same for the same bytes wherever they are."""

    def __bool__(self) -> bool:
        return bool(self.files)


def digest_of(files: Mapping[str, str | bytes]) -> str:
    """`sha256:…` over a sorted manifest of `<sha256 of the content>  <name>` lines.

    A line feed in a name is written `\\n`, as `sha256sum` does, so that no name can pass for two files.
    """
    lines = []
    for name in sorted(files):
        content = files[name]
        data = content.encode() if isinstance(content, str) else content
        if "\n" in name or "\\" in name:
            name = name.replace("\\", "\\\\").replace("\n", "\\n")
        lines.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
    return "sha256:" + hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def runs_in(name: str, role: Role) -> bool:
    """Whether a file beside a spec is part of a role's code.

    >>> [runs_in(name, "train") for name in ("train.py", "serve.py", "serve_text.py", "features.py")]
    [True, False, False, True]
    """
    other = "serve" if role == "train" else "train"
    return name != f"{other}.py" and not name.startswith(f"{other}_")


def code_of(files: Mapping[str, str], role: Role) -> Code:
    """The files that one role runs, of all code files beside a spec (names without a folder)."""
    mine = {name: files[name] for name in sorted(files) if runs_in(name, role)}
    return Code(mine, digest_of(mine))
