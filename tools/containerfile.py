"""Containerfiles as their instructions: (name, argument), continued lines joined, comments left out.

>>> instructions("ARG BASE\\nFROM ${BASE} AS a\\nRUN one \\\\\\n    && two  # not a comment\\n# a comment\\n")
[('ARG', 'BASE'), ('FROM', '${BASE} AS a'), ('RUN', 'one  && two  # not a comment')]
"""

from __future__ import annotations

import re


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Containerfile in their order, names in upper case."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    found = []
    for line in joined.splitlines():
        if line.strip():
            name, _, argument = line.strip().partition(" ")
            found.append((name.upper(), argument.strip()))
    return found
