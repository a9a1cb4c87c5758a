"""The `# METADATA` block above a rule's package: OPA's annotations, with our own under `custom`.

# METADATA
# title: Runs take no more GPUs than their team has
# description: One run with many workers can empty a team's quota.
# custom:
#   id: cost.gpu-limit
#   severity: error
#   scope: model
#   remediation: lower training.workers, or ask the platform team for a larger quota
package mlgitops.cost.gpu_limit
"""

from __future__ import annotations

import re
from typing import Any, Literal, NamedTuple, get_args

from mlgitops.findings import Finding
from mlgitops.policy.engine import SCOPES, Scope
from mlgitops.source import Location, Pointer, dotted, pointer_text
from mlgitops.spec.reader import Document, read

RuleSeverity = Literal["error", "warning"]

_BLOCK = re.compile(r"^# METADATA *\n((?:#.*\n)+)(?=package\b)", re.MULTILINE)
_CUSTOM = ("id", "severity", "scope", "remediation")
_OWN = ("title", "description")
_OPA = frozenset({"authors", "organizations", "related_resources", "schemas", "entrypoint", "scope", "custom", *_OWN})
CODE = "policy/metadata"


class Metadata(NamedTuple):
    """What a rule says about itself."""

    title: str
    description: str
    severity: RuleSeverity
    scope: Scope
    remediation: str


class _Block(NamedTuple):
    """The block as a document of its own; `shift` is how far its columns are to the right in the file."""

    document: Document
    shift: int = 2

    def at(self, pointer: Pointer, *, key: bool) -> Location:
        """Where a value of the block, or its key, stands in the file."""
        place = self.document.locate(pointer, key=key)
        return place._replace(column=place.column + self.shift)


def read_metadata(text: str, path: str, rule: str) -> Metadata | list[Finding]:
    """The metadata of the rule whose id must be `rule`; findings with code `policy/metadata` where it is wrong."""
    found = _BLOCK.search(text)
    if found is None:
        message = "expected a `# METADATA` block that ends at the line of `package`, got none"
        hint = "write one with title, description and custom: id, severity, scope, remediation"
        return [Finding(Location(path), CODE, "error", message, hint)]
    before = text.count("\n", 0, found.start(1))
    lines = found[1].splitlines()
    document = read("\n" * before + "\n".join(line[2:] for line in lines) + "\n", path)
    if not isinstance(document, Document):
        return [f._replace(location=f.location._replace(column=f.location.column + 2)) for f in document]
    block = _Block(document)
    wrong = [*_wrong_texts(block), *_wrong_custom(block, rule), *_unknown(block)]
    if wrong:
        return wrong
    data: dict[str, Any] = document.data
    custom = data["custom"]
    return Metadata(data["title"], data["description"], custom["severity"], custom["scope"], custom["remediation"])


def _finding(block: _Block, pointer: Pointer, message: str, hint: str, *, key: bool = False) -> Finding:
    return Finding(
        block.at(pointer, key=key), CODE, "error", f"{dotted(pointer)} {message}", hint, pointer_text(pointer)
    )


def _wrong_texts(block: _Block) -> list[Finding]:
    """Texts that are missing or empty, of ours and of OPA's."""
    data: dict[str, Any] = block.document.data
    custom = data["custom"] if isinstance(data.get("custom"), dict) else {}
    places: list[tuple[Pointer, Any]] = [((key,), data.get(key)) for key in _OWN]
    places += [(("custom", key), custom.get(key)) for key in _CUSTOM]
    return [
        _finding(
            block,
            pointer,
            f"must be text, got {'nothing' if value is None else 'something else'}",
            f"write {pointer[-1]}",
        )
        for pointer, value in places
        if not isinstance(value, str) or not value.strip()
    ]


def _wrong_custom(block: _Block, rule: str) -> list[Finding]:
    data: dict[str, Any] = block.document.data
    custom = data.get("custom")
    if not isinstance(custom, dict):
        return []
    allowed = {"id": (rule,), "severity": get_args(RuleSeverity), "scope": SCOPES}
    return [
        _finding(
            block, ("custom", key), f"must be {' or '.join(values)}, got '{custom[key][:80]}'", f"write {values[0]}"
        )
        for key, values in allowed.items()
        if isinstance(custom.get(key), str) and custom[key] not in values
    ]


def _unknown(block: _Block) -> list[Finding]:
    data = block.document.data
    custom = data.get("custom")
    names: list[Pointer] = [(key,) for key in data if key not in _OPA]
    names += [("custom", key) for key in custom if key not in _CUSTOM] if isinstance(custom, dict) else []
    known = ", ".join(_CUSTOM)
    return [
        _finding(block, pointer, "is not known here", f"remove it; custom has {known}", key=True) for pointer in names
    ]
