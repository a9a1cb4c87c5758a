"""What the opa program says of rules themselves: whether they compile, name keys that exist, and pass their tests.

    findings = check_modules(rules.modules_of("model"), schema, require("opa"))
    report = run_tests({**rules.modules, **rules.tests}, {"mlgitops_data": rules.data}, require("opa"))

Rego's own tests need OPA: they say `with input as`, on which the embedded engine crashes. Fixtures run with any engine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from mlgitops.errors import MlgitopsError
from mlgitops.findings import Finding, in_order
from mlgitops.policy.refused import refuse
from mlgitops.policy.rego_errors import findings_of
from mlgitops.programs.process import Completed, environment, printable, run
from mlgitops.source import Location

Json = Any
TIMEOUT = 120.0
ENDED = frozenset({0, 1, 2})
MOST_ERRORS = 50
"""Errors after which no further file is looked at."""


class TestsRun(NamedTuple):
    """What the tests of rules came to."""

    passed: int
    findings: tuple[Finding, ...]
    """`policy/test-failed` for each test that failed or could not run, where it stands."""


def check_modules(modules: Mapping[str, str], schema: Mapping[str, Json], executable: str) -> list[Finding]:
    """Findings `policy/rego` of `opa check --strict`, also for keys of `input` that the schema does not have."""
    with TemporaryDirectory(prefix="mlgitops-opa-") as directory:
        _write(Path(directory), modules)
        Path(directory, "schema.json").write_text(json.dumps(without_null(schema)), encoding="utf-8")
        argv = [executable, "check", "--strict", "--format", "json", "--max-errors", "1000", "--schema", "schema.json"]
        done = run([*argv, *sorted(modules)], cwd=directory, env=environment(), timeout=TIMEOUT, allowed=ENDED)
    if done.code == 0:
        return []
    return findings_of((error for error in _errors(done) if not _compares_with_null(error)), modules)


def compile_errors(modules: Mapping[str, str], executable: str) -> list[Finding]:
    """Findings `policy/rego` of what keeps OPA from compiling modules, errors in files below policies/ alone."""
    left, errors = dict(modules), list[Json]()
    while left and len(errors) < MOST_ERRORS:
        found = _compiled(left, executable)
        parsing = [error for error in found if error.get("code") == "rego_parse_error"]
        errors += parsing if errors else found
        broken = {str((error.get("location") or {}).get("file")) for error in parsing} & left.keys()
        if not broken:
            break
        for path in broken:  # OPA reads no further than the first file that it cannot parse
            del left[path]
    return findings_of(errors, _below_policies(modules))


def _compiled(modules: Mapping[str, str], executable: str) -> list[Json]:
    """What OPA says of modules when it compiles them."""
    with TemporaryDirectory(prefix="mlgitops-opa-") as directory:
        _write(Path(directory), modules)
        argv = [executable, "check", "--format", "json", "--max-errors", "1000", *sorted(modules)]
        done = run(argv, cwd=directory, env=environment(), timeout=TIMEOUT, allowed=ENDED)
    return [] if done.code == 0 else _errors(done)


def _below_policies(modules: Mapping[str, str]) -> dict[str, str]:
    return {path: text for path, text in modules.items() if path.startswith("policies/")}


def run_tests(modules: Mapping[str, str], data: Mapping[str, Json], executable: str) -> TestsRun:
    """All rules named `test_…` of the modules.

    Raises RulesRefused when they do not compile, and MlgitopsError where there are none.
    """
    with TemporaryDirectory(prefix="mlgitops-opa-") as directory:
        _write(Path(directory), modules)
        Path(directory, "data.json").write_text(json.dumps(data), encoding="utf-8")
        argv = [executable, "test", "--format", "json", "--bundle", "."]
        done = run(argv, cwd=directory, env=environment(), timeout=TIMEOUT, allowed=ENDED)
    try:
        results = json.loads(done.stdout)
    except ValueError:
        results = None
    if not isinstance(results, list) or not results:
        refuse(compile_errors(modules, executable))
        said = printable((done.stderr + done.stdout).decode("utf-8", "replace").strip(), 1000)
        raise MlgitopsError(
            f"opa ran no test of a rule: {said or 'it said nothing'}", "check the rules and their tests"
        )
    failed = [result for result in results if result.get("fail") or result.get("error") or result.get("skip")]
    findings = [_failure(result) for result in failed]
    return TestsRun(len(results) - len(failed), tuple(in_order(findings)))


def without_null(schema: Json) -> Json:
    """A schema in which nothing may be null: OPA stops checking keys below what may be one of several types."""
    if isinstance(schema, list):
        return [without_null(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    result = {key: without_null(value) for key, value in schema.items()}
    for word in ("anyOf", "oneOf"):
        if isinstance(result.get(word), list):
            options = [option for option in result.pop(word) if option.get("type") != "null"]
            result |= options[0] if len(options) == 1 else {word: options}
    return result


def _compares_with_null(error: Json) -> bool:
    """Whether an error only says that `x == null` can never hold, which follows from `without_null`."""
    details = error.get("details") or {}
    types = [(details.get(side) or {}).get("type") for side in ("a", "b")]
    return error.get("message") == "match error" and "null" in types


def _write(directory: Path, modules: Mapping[str, str]) -> None:
    for path, text in modules.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _errors(done: Completed) -> list[Json]:
    for output in (done.stderr, done.stdout):
        try:
            errors = json.loads(output)["errors"]
        except (ValueError, KeyError, TypeError):
            continue
        if isinstance(errors, list):
            return errors
    said = printable((done.stderr + done.stdout).decode("utf-8", "replace").strip(), 1000)
    raise MlgitopsError(f"opa check failed: {said or 'it said nothing'}", "run `opa version`")


def _why(result: Json) -> str:
    name = f"{str(result.get('package', '')).removeprefix('data.')}.{result.get('name')}"
    if result.get("error"):
        return f"the test {name} could not run: {result['error'].get('message', '')}"
    return f"the test {name} {'was skipped' if result.get('skip') else 'failed'}"


def _failure(result: Json) -> Finding:
    place = result.get("location") or {}
    location = Location(str(place.get("file", "policies")), int(place.get("row", 1)), int(place.get("col", 1)))
    return Finding(location, "policy/test-failed", "error", printable(_why(result), 500), "mend it at that place")
