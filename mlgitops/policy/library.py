"""Whether what rules take from `policies/library` is there: a misspelt name is undefined, and the rule silent for ever.

    >>> pods = Module("package mlgitops.library.pods\\n\\nimages := {1}\\n")
    >>> rule = Module("package a\\n\\nimport data.mlgitops.library.pods\\n\\ndeny contains 1 if { pods.imags[_] }\\n")
    >>> [(finding.message, finding.hint) for finding in unknown_library(rule, "a.rego", {"pods": pods})]
    [('data.mlgitops.library.pods has no imags', 'did you mean images?')]

OPA refuses misspelt functions by itself, and no other name; the embedded engine sees neither before it evaluates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from mlgitops.findings import Finding
from mlgitops.policy.rego_text import ANY, Module, Reference
from mlgitops.source import Location

_IMPORT = re.compile(r"(?m)^import[ \t]+data((?:\.\w+)*)(?:[ \t]+as[ \t]+(\w+))?[ \t]*$")
_HEAD = re.compile(r"(?m)^(?:default[ \t]+)?([A-Za-z_]\w*)")
_LIBRARY = ("mlgitops", "library")


def unknown_library(module: Module, path: str, library: Mapping[str, Module]) -> Iterator[Finding]:
    """Findings `policy/unknown-library`, each name once; `library` has the modules of policies/library by name."""
    told: set[tuple[str, ...]] = set()
    for reference in _references(module):
        keys = reference.path[2:4]
        if reference.path[:2] != _LIBRARY or not keys or keys in told or keys[0] == ANY or keys[:1] in told:
            continue
        name, rest = keys[0], keys[1:]
        if name not in library:
            told.add(keys[:1])
            yield _finding(path, reference, "policies/library", f"{name}.rego", library)
        elif rest and rest[0] != ANY and rest[0] not in (known := _names(library[name])):
            told.add(keys)
            yield _finding(path, reference, f"data.mlgitops.library.{name}", rest[0], known)


def _references(module: Module) -> Iterator[Reference]:
    """Where `data` is read, by its name or by that of an import."""
    yield from module.references("data")
    for steps, other in _IMPORT.findall(module.code):
        imported = tuple(step for step in steps.split(".") if step)
        alias = other or (imported or ("data",))[-1]
        if alias == "data" or len(imported) > 3 or re.search(rf"(?<![\w.]){alias}\s{{0,9}}:=", module.code):
            continue
        for reference in module.references(alias):
            whole = imported + reference.path
            if len(whole) > len(imported):
                yield reference._replace(path=whole)


def _names(module: Module) -> set[str]:
    """What a module may define, by its text: rather too much."""
    return {found[1] for found in _HEAD.finditer(module.code)} - {"package", "import", "else"}


def _finding(path: str, reference: Reference, holder: str, name: str, known: Iterable[str]) -> Finding:
    import difflib  # here, since only mistakes pay for it

    word = name.removesuffix(".rego") if holder == "policies/library" else name
    near = difflib.get_close_matches(word[:80], sorted(known), n=1, cutoff=0.6)
    listed = ", ".join(sorted(one for one in known if not one.startswith("_"))) or "nothing yet"
    hint = f"did you mean {near[0]}?" if near else f"there is {listed}"[:200]
    place = Location(path, reference.line, reference.column)
    return Finding(place, "policy/unknown-library", "error", f"{holder[:200]} has no {name[:80]}", hint)
