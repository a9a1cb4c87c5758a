"""Which rules may decide otherwise: two sets of rules compared by what each rule reads.

    changed_rules(old, new)  →  (RuleChange(rule='cost.deadline', kind='changed', because=('policies/data/…',)),)

A rule reads its own text, the modules of `policies/library` that it refers to, other rules, and files of
`policies/data`. What cannot be followed in the text (`data[name]`) counts as reading everything. Comments and blank
lines decide nothing, but for the metadata that say severity and scope.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal, NamedTuple

from mlgitops.policy.rego_text import ANY, Module, module_of
from mlgitops.policy.rules import Rule, RuleSet

_LIBRARY = "policies/library/"


class RuleChange(NamedTuple):
    """A rule that may decide otherwise."""

    rule: str
    kind: Literal["added", "removed", "changed"]
    because: tuple[str, ...]
    """The files that differ, of those that it reads."""


class Reads(NamedTuple):
    """What a rule's verdicts come from, besides the input."""

    modules: frozenset[str]
    """Paths: its own, and those it refers to, however far."""
    data: frozenset[str]
    """Names of files of policies/data."""


def changed_rules(old: RuleSet, new: RuleSet) -> tuple[RuleChange, ...]:
    """The rules that may decide otherwise, in order of their ids."""
    before, after = ({rule.id: rule for rule in rules.rules} for rules in (old, new))
    changes = []
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            rule = after.get(name) or before[name]
            changes.append(RuleChange(name, "added" if name in after else "removed", (rule.path,)))
        elif because := _differing(old, new, before[name], after[name]):
            changes.append(RuleChange(name, "changed", because))
    return tuple(changes)


def _differing(old: RuleSet, new: RuleSet, was: Rule, now: Rule) -> tuple[str, ...]:
    former, present = reads(old, was), reads(new, now)
    modules = former.modules | present.modules
    differ = {path for path in modules if _essence(old.modules.get(path)) != _essence(new.modules.get(path))}
    if (was.severity, was.scope) != (now.severity, now.scope):
        differ.add(now.path)
    names = former.data | present.data
    differ |= {f"policies/data/{name}.yaml" for name in names if old.data.get(name) != new.data.get(name)}
    return tuple(sorted(differ))


def _essence(text: str | None) -> str | None:
    """What of a module an engine sees."""
    if text is None:
        return None
    lines = (line.rstrip() for line in module_of(text).without_comments.split("\n"))
    return "\n".join(line for line in lines if line)


def reads(rules: RuleSet, rule: Rule) -> Reads:
    """What a rule reads, through the library and other rules."""
    wanted, data = [rule.path], set[str]()
    for path in wanted:  # grows: a module may refer to others
        module = module_of(rules.modules[path])
        data.update(_data(module, rules.data.keys()))
        wanted += [other for other in _modules(module, rules) if other not in wanted]
    return Reads(frozenset(wanted), frozenset(data))


def _data(module: Module, known: Collection[str]) -> Iterator[str]:
    for reference in module.references("data"):
        keys = reference.path
        if not keys or keys[0] == ANY:
            yield from known
        elif keys[0] == "mlgitops_data":
            yield from [keys[1]] if keys[1:] and keys[1] != ANY else known


def _modules(module: Module, rules: RuleSet) -> Iterator[str]:
    packages = {rule.package: rule.path for rule in rules.rules}
    packages |= {
        f"mlgitops.library.{path.removeprefix(_LIBRARY).removesuffix('.rego')}": path
        for path in rules.modules
        if path.startswith(_LIBRARY)
    }
    for reference in module.references("data"):
        keys = reference.path[: reference.path.index(ANY)] if ANY in reference.path else reference.path
        if not keys or keys[0] == "mlgitops":
            for package, path in packages.items():
                names = tuple(package.split("."))
                if names[: len(keys)] == keys or keys[: len(names)] == names:
                    yield path
