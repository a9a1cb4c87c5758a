"""Every line of every rule is needed: without it, or with it turned round, a test of that rule fails.

Mutants of all rules are compiled together, each in a package of its own beside its own copy of the rule's tests, and run
by one `opa test`. One that does not compile counts as noticed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mlgitops.policy.rego_text import module_of
from mlgitops.policy.rules import RuleSet, read_rules
from mlgitops.programs.process import environment, require, run

REPOSITORY = Path(__file__).resolve().parents[2]

TURNED = {" == ": " != ", " != ": " == ", " > ": " >= ", " >= ": " > ", " < ": " <= ", " <= ": " < "}

GUARD = re.compile(r"is_(string|number|array|object)\([^()]*\)")
"""Keeps engines from failing on what is of another type: `test_odd_manifests` is about these."""

ONLY_FOR_SPEED = frozenset(
    {
        "contains(everything, shape.marker)",
        "contains(text, shape.marker)",
        "contains(line, shape.marker)",
    }
)
"""Lines that change no answer: they keep long texts from being split and searched for nothing."""


class Mutant(NamedTuple):
    """A rule with one line changed."""

    rule: str
    line: int
    change: str
    text: str


def mutants(rule: str, text: str) -> Iterator[Mutant]:
    """Each line removed, each condition turned round."""
    lines, code = text.split("\n"), module_of(text).code.split("\n")
    for number, (line, shown) in enumerate(zip(lines, code, strict=True)):
        statement = line.strip()
        if not _whole(shown) or GUARD.fullmatch(statement) or statement in ONLY_FOR_SPEED:
            continue
        changed = {f"without `{statement}`": ""}
        if statement.startswith("not "):
            changed[f"`{statement}` without not"] = line.replace("not ", "", 1)
        for operator, other in TURNED.items():
            if operator in shown:
                at = shown.index(operator)
                changed[f"`{statement}` with{other.rstrip()}"] = line[:at] + other + line[at + len(operator) :]
        for change, new in changed.items():
            yield Mutant(rule, number + 1, change, "\n".join([*lines[:number], new, *lines[number + 1 :]]))


def _whole(line: str) -> bool:
    """Whether a line, comments and texts blanked, is a statement of its own."""
    statement = line.strip()
    if not statement or statement.split()[0] in ("package", "import", "}", ")", "]", "})", "]),", "})"):
        return False
    return all(line.count(a) == line.count(b) for a, b in ("()", "[]", "{}")) and statement[-1] not in ",|"


def _rules() -> RuleSet:
    paths = [path for path in (REPOSITORY / "policies").rglob("*") if path.is_file()]
    rules, findings = read_rules({p.relative_to(REPOSITORY).as_posix(): p.read_text("utf-8") for p in paths})
    assert findings == []
    return rules


def test_every_line_of_every_rule_is_needed(tmp_path: Path) -> None:
    rules = _rules()
    subjects = {rule.id: (rule.path, f"{rule.folder}/{rule.name}_test.rego") for rule in rules.rules}
    tested = [path for path in rules.modules if path.replace(".rego", "_test.rego") in rules.tests]
    subjects |= {path: (path, path.replace(".rego", "_test.rego")) for path in tested if "/library/" in path}
    tried: dict[str, Mutant] = {}
    for subject, (path, test) in subjects.items():
        package = module_of(rules.modules[path]).package
        for mutant in mutants(subject, rules.modules[path]):
            name = f"m{len(tried)}"
            tried[name] = mutant
            for file, text in (("rule.rego", mutant.text), ("rule_test.rego", rules.files[test])):
                place = tmp_path / name / file
                place.parent.mkdir(exist_ok=True)
                place.write_text(_moved(text, package, name), "utf-8")
    for path, text in rules.modules.items():
        if "/library/" in path:
            (tmp_path / Path(path).name).write_text(text, "utf-8")
    (tmp_path / "data.json").write_text(json.dumps({"mlgitops_data": rules.data}), "utf-8")
    assert len(tried) > 10 * len(rules.rules)
    compiled = set(tried) - _broken(tmp_path, set(tried))
    noticed = _failing(tmp_path)
    survivors = [tried[name] for name in sorted(compiled - noticed, key=lambda name: int(name[1:]))]
    assert [f"{mutant.rule}, line {mutant.line}: {mutant.change}" for mutant in survivors] == []


def _moved(text: str, package: str, name: str) -> str:
    """A module in a package of the mutant's own, which is also what its tests import."""
    last = package.rpartition(".")[2]
    moved = re.sub(rf"^package {re.escape(package)}", f"package {name}.{last}", text, count=1, flags=re.MULTILINE)
    return re.sub(rf"\bdata\.{re.escape(package)}(?![\w.])", f"data.{name}.{last}", moved)


def _broken(directory: Path, names: set[str]) -> set[str]:
    """The mutants that do not compile; their files are gone afterwards."""
    broken: set[str] = set()
    while True:
        argv = [require("opa"), "check", "--format", "json", "--max-errors", "100000", "."]
        done = run(argv, cwd=directory, env=environment(), timeout=60, allowed=frozenset({0, 1}))
        if done.code == 0:
            return broken
        places = [error["location"]["file"] for error in json.loads(done.stderr or done.stdout)["errors"]]
        found = {Path(place).parts[-2] for place in places} & names
        assert found - broken, done.stderr[:2000]
        for name in found:
            (directory / name / "rule.rego").unlink(missing_ok=True)
            (directory / name / "rule_test.rego").unlink(missing_ok=True)
        broken |= found


def _failing(directory: Path) -> set[str]:
    """The mutants of which a test fails."""
    argv = [require("opa"), "test", "--format", "json", "--bundle", "."]
    done = run(argv, cwd=directory, env=environment(), timeout=120, allowed=frozenset({0, 1, 2}))
    results = json.loads(done.stdout)
    assert len(results) > 1000
    bad = [result for result in results if result.get("fail") or result.get("error")]
    return {result["package"].removeprefix("data.").partition(".")[0] for result in bad}
