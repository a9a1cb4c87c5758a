"""Which rules may decide otherwise: by their own text, libraries, data, other rules; never by comments."""

from __future__ import annotations

from mlgitops.policy.changed import RuleChange, changed_rules, reads
from mlgitops.policy.rules import Rule, RuleSet

DEADLINE = """\
package mlgitops.cost.deadline

import data.mlgitops.library.measures

# A remark.
deny contains {"pointer": "", "message": "x"} if measures.seconds(input.a) > data.mlgitops_data.limits.most
"""
OWNER = """\
package mlgitops.governance.owner

deny contains {"pointer": "", "message": "x"} if not data.mlgitops_data[input.team]
"""
PLAIN = """\
package mlgitops.cost.plain

deny contains {"pointer": "", "message": "x"} if input.a > 4
"""
INDIRECT = """\
package mlgitops.cost.indirect

deny contains found if some found in data.mlgitops.cost.plain.deny
"""
MEASURES = (
    "package mlgitops.library.measures\n\nimport data.mlgitops.library.units\n\nseconds(text) := units.of(text)\n"
)
UNITS = "package mlgitops.library.units\n\nof(text) := to_number(text)\n"


def rule(name: str, source: str, severity: str = "error", scope: str = "model") -> Rule:
    category, short = name.split(".")
    path = f"policies/{category}/{short}/{short}.rego"
    package = f"mlgitops.{name}".replace("-", "_")
    return Rule(name, category, short, package, "", "", severity, scope, "", path, source, ("deny",))  # type: ignore[arg-type]


RULES = {
    "cost.deadline": DEADLINE,
    "cost.indirect": INDIRECT,
    "cost.plain": PLAIN,
    "governance.owner": OWNER,
}
DATA = {"limits": {"most": 5}, "teams": {"growth": {}}}


def rules(changes: dict[str, str] | None = None, data: object = None, library: dict[str, str] | None = None) -> RuleSet:
    texts = {**RULES, **(changes or {})}
    files = {"policies/library/measures.rego": MEASURES, "policies/library/units.rego": UNITS, **(library or {})}
    return RuleSet([rule(name, text) for name, text in texts.items() if text], files, data or DATA)  # type: ignore[arg-type]


def changed(new: RuleSet) -> tuple[RuleChange, ...]:
    return changed_rules(rules(), new)


def test_nothing_changes() -> None:
    assert changed(rules()) == ()


def test_a_comment_a_blank_line_and_an_indent_at_the_end_change_nothing() -> None:
    text = DEADLINE.replace("# A remark.", "# Another remark.  \n\n#more").replace("most\n", "most   \n")
    assert text != DEADLINE
    assert changed(rules({"cost.deadline": text})) == ()


def test_a_rule_and_those_that_refer_to_it() -> None:
    path = "policies/cost/plain/plain.rego"
    assert changed(rules({"cost.plain": PLAIN.replace("4", "16")})) == (
        RuleChange("cost.indirect", "changed", (path,)),
        RuleChange("cost.plain", "changed", (path,)),
    )


def test_a_rule_added_and_one_removed() -> None:
    added = PLAIN.replace("cost.plain", "cost.new")
    assert changed(rules({"governance.owner": "", "cost.new": added})) == (
        RuleChange("cost.new", "added", ("policies/cost/new/new.rego",)),
        RuleChange("governance.owner", "removed", ("policies/governance/owner/owner.rego",)),
    )


def test_a_library_that_a_library_imports() -> None:
    new = rules(library={"policies/library/units.rego": UNITS.replace("to_number(text)", "2 * to_number(text)")})
    assert changed(new) == (RuleChange("cost.deadline", "changed", ("policies/library/units.rego",)),)


def test_data_by_name_and_data_that_cannot_be_followed() -> None:
    """`data.mlgitops_data[input.team]` may read any file."""
    limits = rules(data={**DATA, "limits": {"most": 6}})
    assert [change.rule for change in changed(limits)] == ["cost.deadline", "governance.owner"]
    assert changed(limits)[0].because == ("policies/data/limits.yaml",)
    assert [change.rule for change in changed(rules(data={**DATA, "teams": {}}))] == ["governance.owner"]


def test_what_a_rule_says_of_itself_counts_as_far_as_it_decides() -> None:
    old, new = rules(), rules()
    as_warning = RuleSet(
        [one._replace(severity="warning") if one.id == "cost.plain" else one for one in new.rules], new.files, new.data
    )
    assert [change.rule for change in changed_rules(old, as_warning)] == ["cost.plain"]
    titled = RuleSet([one._replace(title="Another") for one in new.rules], new.files, new.data)
    assert changed_rules(old, titled) == ()


def test_reads() -> None:
    every = rules()
    (deadline,) = [one for one in every.rules if one.id == "cost.deadline"]
    libraries = {"policies/library/measures.rego", "policies/library/units.rego"}
    assert reads(every, deadline) == (frozenset({deadline.path, *libraries}), frozenset({"limits"}))
