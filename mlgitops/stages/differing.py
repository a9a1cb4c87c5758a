"""Which rules may decide otherwise in two revisions, for models whose own files are the same.

    rules = differing_rules(base, head, as_of)      {'cost.deadline', …}
    prepared = asking(head, rules)                  the head with those rules alone

Of a thousand models that a change leaves as they are, these are all that needs to be asked.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from mlgitops.policy.changed import changed_rules, reads
from mlgitops.policy.rego_text import ANY, module_of
from mlgitops.policy.rules import Rule, RuleSet
from mlgitops.policy.waivers import Waiver
from mlgitops.stages.governing import differently_governed
from mlgitops.stages.prepare import Prepared


def differing_rules(old: Prepared, new: Prepared, as_of: date) -> frozenset[str]:
    """Rules that changed or read what governs otherwise, and those that a waiver is about which differs or ran out."""
    found = {change.rule for change in changed_rules(old.rules, new.rules)}
    fields = [field for differ in differently_governed(old, new).values() for field in differ]
    found |= {rule.id for rules in (old.rules, new.rules) for rule in rules.rules if reads_fields(rules, rule, fields)}
    found |= {_essence(waiver).rule for waiver in {*map(_essence, old.waivers)} ^ {*map(_essence, new.waivers)}}
    found |= {waiver.rule for waiver in new.waivers if waiver.expires < as_of}
    return frozenset(found)


def _essence(waiver: Waiver) -> Waiver:
    return waiver._replace(location=waiver.location._replace(line=1, column=1))


def reads_fields(rules: RuleSet, rule: Rule, fields: Collection[tuple[str, ...]]) -> bool:
    """Whether a rule reads one of an environment's fields; all of them, where its text does not say which."""
    if not fields:
        return False
    paths = [
        reference.path
        for path in reads(rules, rule).modules
        for reference in module_of(rules.modules[path]).references("input")
    ]
    asked = [path[1:] for path in paths if path[:1] in ((), ("environment",), (ANY,))]
    return any(_meet(path, field) for path in asked for field in fields)


def _meet(path: tuple[str, ...], field: tuple[str, ...]) -> bool:
    """Whether one of two paths leads to the other, or to the same place."""
    return all(one in (ANY, other) for one, other in zip(path, field, strict=False))


def only(rules: RuleSet, wanted: Collection[str]) -> RuleSet:
    """Some rules, with those that they refer to."""
    paths = {path for rule in rules.rules if rule.id in wanted for path in reads(rules, rule).modules}
    return RuleSet([rule for rule in rules.rules if rule.path in paths], rules.files, rules.data)


def asking(prepared: Prepared, wanted: Collection[str]) -> Prepared:
    """A revision with some of its rules alone."""
    return replace(prepared, rules=only(prepared.rules, wanted))
