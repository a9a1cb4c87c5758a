"""Every line of every rule is needed: without it, or with it turned round, a test or a fixture of that rule fails.

Mutants of all rules are compiled together, each in a package of its own beside its own copy of the rule's tests, and
asked in one evaluation. What gets past the tests is asked for the rule's fixtures, where failing counts as noticed, as
it does in every run.

A line that ends in `# for speed` changes no answer and is left out, as are the tests of types that keep engines from
failing: `test_odd_manifests` is about these.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from mlgitops.policy.engine import SCOPES
from mlgitops.policy.fixtures import Fixture, read_fixtures
from mlgitops.policy.input_schema import input_schema
from mlgitops.policy.names import undeclared
from mlgitops.policy.rego_text import module_of
from mlgitops.policy.rules import Rule, RuleSet, read_rules
from mlgitops.policy.totality import Shape
from mlgitops.programs.process import environment, require, run

Json = Any
REPOSITORY = Path(__file__).resolve().parents[2]

TURNED = {" == ": " != ", " != ": " == ", " > ": " >= ", " >= ": " > ", " < ": " <= ", " <= ": " < "}
GUARD = re.compile(r"(every \w+ in \w+ \{ )?is_(string|number|array|object)\([^()]*\)( \})?")
MEMORY = {"GOGC": "off", "GOMEMLIMIT": "1GiB"}
FOR_SPEED = "# for speed"
AS_IT_IS = "as it is"
EQUIVALENT = {
    ("governance.approvals", "`earlier < later` with <="): "no approval has two roles",
}
"""Changes that change no answer, and why."""


class Mutant(NamedTuple):
    """A rule with one line changed."""

    rule: str
    line: int
    change: str
    text: str


def mutants(rule: str, text: str) -> Iterator[Mutant]:
    """A rule as it is; then without each line and with each condition turned round, where that is still a module."""
    yield Mutant(rule, 0, AS_IT_IS, text)
    lines, code = text.split("\n"), module_of(text).code.split("\n")
    for number, (line, shown) in enumerate(zip(lines, code, strict=True)):
        statement = line.strip()
        if not _whole(shown) or GUARD.fullmatch(statement) or statement.endswith(FOR_SPEED):
            continue
        for change, new in _changes(line, shown, statement):
            changed = "\n".join([*lines[:number], new, *lines[number + 1 :]])
            if (rule, change) not in EQUIVALENT and not any(undeclared(module_of(changed))):
                yield Mutant(rule, number + 1, change, changed)


def _whole(line: str) -> bool:
    """Whether a line, comments and texts blanked, is a statement of its own."""
    statement = line.strip()
    if not statement or statement.split()[0] in ("package", "import") or statement[0] in "})]":
        return False
    return all(line.count(a) == line.count(b) for a, b in ("()", "[]", "{}")) and statement[-1] not in ",|"


def _changes(line: str, shown: str, statement: str) -> Iterator[tuple[str, str]]:
    declares = shown[0] == "\t" and (" := " in shown or statement.startswith("some "))
    if not declares:  # a name that nothing declares does not compile, or is refused when rules are read
        yield f"without `{statement}`", ""
    if statement.startswith("not "):
        yield f"`{statement}` without not", line.replace("not ", "", 1)
    for operator, other in TURNED.items():
        if operator in shown:
            at = shown.index(operator)
            yield f"`{statement}` with{other.rstrip()}", line[:at] + other + line[at + len(operator) :]


@cache
def _rules() -> RuleSet:
    paths = [path for path in (REPOSITORY / "policies").rglob("*") if path.is_file()]
    rules, findings = read_rules({p.relative_to(REPOSITORY).as_posix(): p.read_text("utf-8") for p in paths})
    assert findings == []
    return rules


def test_every_line_of_every_rule_is_needed(tmp_path: Path) -> None:
    rules = _rules()
    tried = dict(_tried(rules))
    assert len(tried) > 8 * len(rules.rules)
    _write(tmp_path, rules)
    for name, mutant in tried.items():
        _write_mutant(tmp_path / name, mutant, rules.files[_test_of(mutant.rule)], name)
    survivors = {name: tried[name] for name in tried.keys() - _noticed(tmp_path, tried)}
    assert {mutant.rule for mutant in survivors.values() if not mutant.line} == {m.rule for m in tried.values()}
    by_id = {rule.id: rule for rule in rules.rules}
    left = [
        mutant
        for name, mutant in survivors.items()
        if mutant.line and not _noticed_by_fixtures(tmp_path / f"fixtures-{name}", by_id.get(mutant.rule), mutant)
    ]
    told = [f"{mutant.rule}, line {mutant.line}: {mutant.change}" for mutant in sorted(left)]
    assert not told, "\n".join(told)


def _tried(rules: RuleSet) -> Iterator[tuple[str, Mutant]]:
    sources = {rule.id: rule.source for rule in rules.rules}
    shared = {path: text for path, text in rules.modules.items() if path.startswith("policies/library/")}
    library = {path: text for path, text in shared.items() if _test_of(path) in rules.tests}
    found = (mutant for subject, text in (sources | library).items() for mutant in mutants(subject, text))
    return ((f"m{index}", mutant) for index, mutant in enumerate(found))


def _test_of(subject: str) -> str:
    """The path of the tests of a rule by its id, or of a library module by its path."""
    if subject.endswith(".rego"):
        return subject.replace(".rego", "_test.rego")
    category, name = subject.split(".")
    return f"policies/{category}/{name}/{name}_test.rego"


def _write(directory: Path, rules: RuleSet) -> None:
    """The library and the data that every mutant may use."""
    for path, text in rules.modules.items():
        if path.startswith("policies/library/"):
            (directory / Path(path).name).write_text(text, "utf-8")
    (directory / "data.json").write_text(json.dumps({"mlgitops_data": rules.data}), "utf-8")


def _write_mutant(directory: Path, mutant: Mutant, tests: str, name: str) -> None:
    """A mutant with its tests, in a package of its own, and the names of the tests that it passes."""
    package = module_of(mutant.text).package
    last = package.rpartition(".")[2]
    directory.mkdir()
    (directory / "rule.rego").write_text(_moved(mutant.text, package, name), "utf-8")
    (directory / "rule_test.rego").write_text(_moved(tests, package, name), "utf-8")
    passed = [f'passed contains "{test}" if data.{name}.{last}_test.{test}' for test in _tests(tests)]
    (directory / "passed.rego").write_text("\n\n".join([f"package passed.{name}", *passed]), "utf-8")


def _moved(text: str, package: str, name: str) -> str:
    """A module in a mutant's package, which is also what its tests import."""
    last = package.rpartition(".")[2]
    moved = re.sub(rf"^package {re.escape(package)}", f"package {name}.{last}", text, count=1, flags=re.MULTILINE)
    return re.sub(rf"\bdata\.{re.escape(package)}(?![\w.])", f"data.{name}.{last}", moved)


def _tests(text: str) -> list[str]:
    return sorted(set(re.findall(r"^(test_\w+)", text, re.MULTILINE)))


def _noticed(directory: Path, tried: Mapping[str, Mutant]) -> set[str]:
    """The mutants that do not compile, that end the evaluation, or of which a test fails."""
    noticed: set[str] = set()
    for argv in (
        [require("opa"), "check", "--format", "json", "--max-errors", "100000", "."],
        [require("opa"), "eval", "--format", "json", "--bundle", ".", "data.passed"],
    ):
        while culprits := _culprits(directory, argv) - noticed:
            noticed |= culprits
            for file in (file for name in culprits for file in (directory / name).iterdir()):
                file.unlink()
    passed = _answer(directory, argv)["result"][0]["expressions"][0]["value"]
    for name in tried.keys() - noticed:
        wanted = _tests((directory / name / "rule_test.rego").read_text("utf-8"))
        if sorted(passed.get(name, {}).get("passed", ())) != wanted:
            noticed.add(name)
    return noticed


def _culprits(directory: Path, argv: list[str]) -> set[str]:
    """The mutants whose files OPA names in its errors."""
    errors = _answer(directory, argv).get("errors", [])
    return set(re.findall(r"(m\d+)/\w+\.rego", json.dumps(errors)))


def _answer(directory: Path, argv: list[str]) -> dict[str, Json]:
    done = run(argv, cwd=directory, env=environment(MEMORY), timeout=120, allowed=frozenset({0, 1, 2}))
    answer: dict[str, Json] = json.loads(done.stdout or done.stderr or "{}")
    return answer


@cache
def _fixtures() -> list[Fixture]:
    shapes = {scope: Shape(input_schema(scope)) for scope in SCOPES}
    fixtures, findings = read_fixtures(_rules(), shapes)
    assert findings == []
    return fixtures


def _noticed_by_fixtures(directory: Path, rule: Rule | None, mutant: Mutant) -> bool:
    """Whether a mutant says something else about one of the rule's fixtures, or fails on it; the library has none."""
    if rule is None:
        return False
    directory.mkdir()
    _write(directory, _rules())
    (directory / "rule.rego").write_text(mutant.text, "utf-8")
    found = [f'"{kind}": data.{rule.package}.{kind}' for kind in rule.sets]
    asked = f"said := {{{', '.join(found)}}}\n\nall := [one | some item in input; one := said with input as item]"
    (directory / "asked.rego").write_text(f"package asked\n\n{asked}", "utf-8")
    mine = [fixture for fixture in _fixtures() if fixture.rule == rule.id]
    argv = [require("opa"), "eval", "--format", "json", "--stdin-input", "--strict-builtin-errors", "--bundle", "."]
    done = run(
        [*argv, "data.asked.all"],
        cwd=directory,
        env=environment(),
        timeout=60,
        stdin=json.dumps([fixture.document for fixture in mine]).encode(),
        allowed=frozenset({0, 1, 2}),
    )
    answer = json.loads(done.stdout)
    if "errors" in answer:
        return True
    said = answer["result"][0]["expressions"][0]["value"]
    return [_said(one) for one in said] != [[tuple(finding) for finding in fixture.findings] for fixture in mine]


def _said(decision: Json) -> list[tuple[str, str, str]]:
    severities = {"deny": "error", "warn": "warning"}
    return sorted((severities[kind], one["pointer"], one["message"]) for kind in decision for one in decision[kind])
