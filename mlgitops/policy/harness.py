"""The Rego that asks the rules: one generated module a scope, so that a rule that is not there cannot stay silent.

    package mlgitops.decision.model

    result := {"deny": {"cost.gpu-limit": data.mlgitops.cost.gpu_limit.deny}, "warn": {}}

A set that no module defines is undefined in Rego, and with it all of `result`: `decision` is null then. The `header`
tells which sets are `defined`, and by `digest` which rules these are. OPA takes a list of documents through `batch`.
A document with a key `alone` is one rule's canary: only that rule is asked about it.
"""

from __future__ import annotations

import json

from mlgitops.policy.engine import SCOPES, Scope, Sources
from mlgitops.policy.rules import Rule, RuleSet

_HEAD = """\
# Written by mlgitops from the rules beside it; never edited.
package mlgitops.decision.{scope}

header := {{"digest": {digest}, "defined": defined}}

result := {{
	"deny": {deny},
	"warn": {warn},
}}

default decision := null

decision := found if {{
	not input.alone
	found := result
}}

decision := {{"alone": alone}} if input.alone
"""

_BATCH = """\
# Written by mlgitops; never edited.
package mlgitops.decision.{scope}

batch := {{
	"digest": header.digest,
	"defined": defined,
	"version": opa.runtime().version,
	"decisions": decisions,
}}

decisions := [found | some item in input.items; found := decision with input as item]
"""


def sources(rules: RuleSet) -> Sources:
    """What engines compile: the rules, the library, the harness of every scope that has rules, and the data."""
    asked = [scope for scope in SCOPES if rules.of(scope)]
    modules = {f"mlgitops/decision/{scope}.rego": _module(scope, rules.of(scope), rules.digest) for scope in asked}
    batches = {f"mlgitops/decision/{scope}_batch.rego": _BATCH.format(scope=scope) for scope in asked}
    sets = {scope: tuple(_reference(rule, kind) for rule in rules.of(scope) for kind in rule.sets) for scope in asked}
    return Sources({**rules.modules, **modules}, batches, {"mlgitops_data": rules.data}, sets)


def set_name(rule: str, kind: str) -> str:
    """What a set is called in `defined`: `deny cost.gpu-limit`."""
    return f"{kind} {rule}"


def _module(scope: Scope, rules: tuple[Rule, ...], digest: str) -> str:
    head = _HEAD.format(scope=scope, digest=json.dumps(digest), deny=_asked(rules, "deny"), warn=_asked(rules, "warn"))
    defined = [
        f"\ndefined contains {json.dumps(set_name(rule.id, kind))} if {_reference(rule, kind)}\n"
        for rule in rules
        for kind in rule.sets
    ]
    alone = [
        f"\nalone[{json.dumps(rule.id)}] := {_both(rule)} if input.alone == {json.dumps(rule.id)}\n" for rule in rules
    ]
    return head + "".join((*defined, *alone))


def _asked(rules: tuple[Rule, ...], kind: str) -> str:
    entries = [f"\t\t{json.dumps(rule.id)}: {_reference(rule, kind)},\n" for rule in rules if kind in rule.sets]
    return "{\n" + "".join(entries) + "\t}" if entries else "{}"


def _both(rule: Rule) -> str:
    return "{" + ", ".join(f"{json.dumps(kind)}: {_reference(rule, kind)}" for kind in rule.sets) + "}"


def _reference(rule: Rule, kind: str) -> str:
    return f"data.{rule.package}.{kind}"
