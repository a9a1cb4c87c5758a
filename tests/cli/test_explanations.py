"""Every code that the source can report is explained, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlgitops.cli.explanations import DIRECTORY, built_in, explanation_of, explanations_of
from mlgitops.cli.output import formatted
from mlgitops.report.contents import Report
from mlgitops.report.explain import CATEGORIES, Explanation, body, parse
from mlgitops.report.text import no_lines
from tests.cli.conftest import Answer, Call
from tests.report.examples import OUT_OF_RANGE

SOURCE = Path(__file__).resolve().parents[2] / "mlgitops"

PREFLIGHT = ("kuberay", "serve", "gitops")
"""Categories that the preflight explains itself."""

CODE = re.compile(rf"(?:{'|'.join((*CATEGORIES, *PREFLIGHT))})/[a-z0-9][a-z0-9-]*")

PREFIXED = {"render/kustomization": "kustomize/", "render/templates": "template/"}
"""Packages whose `report(…)`, `report_at(…)` and `Failed(…)` put the category before their first argument."""

SPELT = {
    "spec/{key.lower()}": {"spec/apiversion", "spec/kind"},
    "{category}/unknown-model": {"release/unknown-model", "run/unknown-model"},
    "kustomize/{code}": set(),  # PREFIXED
    "template/{code}": set(),
    "template/{failed.code}": set(),
    "policy/{rule.id}": set(),  # a rule's own page
    "policy/{rule}": set(),
    "policy/{denial.rule}": set(),
    "policy/{flip.rule}": set(),
    "kuberay/{name}": set(),  # by the preflight's own tests
    "serve/{problem.name}": set(),
    "serve/{PREVIOUS_NAME}": set(),  # a file's name
}
"""Codes that are put together: the f-string, and what comes of it."""


NO_CODES = {"policy/v1", "serve/rayservice"}
"""API groups of Kubernetes and files, which look like codes."""


def reported() -> Iterator[tuple[str, str]]:
    """Each code in the source, and where it stands."""
    for path in sorted(SOURCE.rglob("*.py")):
        if path.relative_to(SOURCE).parts[0] in ("runtime", "registry"):
            continue  # what they tell has its hint in a pod's log, where nobody runs `explain`
        prefix = next((code for folder, code in PREFIXED.items() if folder in path.as_posix()), "")
        tree = ast.parse(path.read_text())
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            where = f"{path.relative_to(SOURCE)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
                if CODE.fullmatch(node.value) and node.value not in NO_CODES:
                    yield node.value, where
            elif isinstance(node, ast.JoinedStr):
                for code in spelt(node):
                    yield code, where
            elif prefix and isinstance(node, ast.Call) and called(node) in ("report", "report_at", "Failed"):
                first = node.args[0]
                if isinstance(first, ast.Constant) and re.fullmatch("[a-z]+(-[a-z]+)*", str(first.value)):
                    yield prefix + str(first.value), where


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def spelt(node: ast.JoinedStr) -> set[str]:
    text = ast.unparse(node)[2:-1]
    looks_like_one = re.fullmatch(rf"(?:{'|'.join((*CATEGORIES, *PREFLIGHT))})/\{{[^/ ]*|\{{category\}}/[a-z-]+", text)
    if text in SPELT:
        return SPELT[text]
    return {f"put together in a way that this test does not know: {text}"} if looks_like_one else set()


REPORTED = dict(reported())


def test_every_code_is_explained() -> None:
    known = built_in()
    assert {code: where for code, where in REPORTED.items() if code not in known} == {}


def test_every_explanation_is_of_a_code() -> None:
    known = [code for code in built_in() if code.partition("/")[0] not in PREFLIGHT]
    assert [code for code in known if code not in REPORTED] == []


def test_the_search_finds_codes() -> None:
    assert len(REPORTED) > 100
    assert {"yaml/syntax", "spec/kind", "spec/unknown-key", "kustomize/remote", "kuberay/required"} <= REPORTED.keys()


@pytest.mark.parametrize("category", CATEGORIES)
def test_an_explanation_is_complete(category: str) -> None:
    text = (DIRECTORY / f"{category}.md").read_text()
    explanations = parse(text)
    assert list(explanations) == sorted(explanations)
    for code, explanation in explanations.items():
        assert code.startswith(f"{category}/")
        assert re.fullmatch(r"[A-Z`].{10,150}\.", explanation.title), explanation.title
        assert re.fullmatch(r"\*\*Why:\*\* [^*]+\n\n\*\*Fix:\*\* [^*]+", explanation.body), code
    assert max(map(len, text.split("\n"))) <= 120


def test_no_file_of_explanations_is_forgotten() -> None:
    assert sorted(path.name for path in DIRECTORY.iterdir()) == sorted(f"{category}.md" for category in CATEGORIES)


def test_parsing() -> None:
    text = "# Title\n\nIntro.\n\n## a/b\nOne\nsentence.\n\n**Why:** x\n\n**Fix:** y\n\n## a/c\nAnother.\n"
    assert parse(text) == {
        "a/b": Explanation("a/b", "One sentence.", "**Why:** x\n\n**Fix:** y"),
        "a/c": Explanation("a/c", "Another.", ""),
    }
    with pytest.raises(ValueError, match="a/b has no title, or is explained twice"):
        parse("## a/b\n\n## a/c\nx\n")
    with pytest.raises(ValueError, match="a/b has no title, or is explained twice"):
        parse("## a/b\nx\n\n## a/b\ny\n")


def test_one_code(call: Call) -> None:
    assert call("explain", "spec/unknown-key") == Answer(
        0,
        "spec/unknown-key\n"
        "A mapping has a key that its kind does not know.\n"
        "\n"
        "Why: a misspelt key would be ignored in silence, and its default used.\n"
        "\n"
        "Fix: use the key that the hint names, or remove it.\n",
        "",
    )


def test_one_code_in_colour(call: Call) -> None:
    answer = call("explain", "spec/unknown-key", "--color", "always")
    assert answer.out.startswith("\x1b[1mspec/unknown-key\x1b[0m\n")
    assert "\n\x1b[36mFix:\x1b[0m use" in answer.out


def test_a_code_of_the_preflight(call: Call) -> None:
    answer = call("explain", "kuberay/required")
    assert answer.out.startswith("kuberay/required\nA required field is missing.\n\nWhy: The API server refuses")


def test_all_codes(call: Call) -> None:
    answer = call("explain")
    assert [line.split("  ")[0] for line in answer.out.splitlines()] == list(built_in())
    assert (answer.code, answer.err) == (0, "")


def test_an_unknown_code_names_the_nearest(call: Call) -> None:
    says = "no finding has the code 'spec/unknwon-key'\n  hint: did you mean `spec/unknown-key`? "
    assert call("explain", "spec/unknwon-key") == Answer(2, "", f"mlgitops: {says}`mlgitops explain` lists all codes\n")


PAGE = "# GPU limits\n\nA run takes no more than its team has.\n\n## Avoid\n\n\x1b[2J```yaml\nworkers: 99\n```\n"


def test_a_rule_is_explained_by_its_page(call: Call, repository: Path) -> None:
    folder = repository / "policies" / "cost" / "gpu-limit"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text(PAGE)
    assert call("explain", "policy/cost.gpu-limit") == Answer(
        0,
        "policy/cost.gpu-limit\nGPU limits\n\nA run takes no more than its team has.\n\n## Avoid\n\n"
        "\\x1b[2J```yaml\nworkers: 99\n```\n",
        "",
    )
    (repository / "deeper").mkdir()
    assert call("explain", "policy/cost.gpu-limit", "-C", str(repository / "deeper")).code == 0


@pytest.mark.parametrize("code", ["policy/cost.none", "policy/../..", "policy/cost.gpu-limit/../x"])
def test_a_rule_that_is_not_there(call: Call, repository: Path, code: str) -> None:
    answer = call("explain", code)
    assert (answer.code, answer.out) == (2, "")


def test_formats_get_the_explanations_they_need(repository: Path) -> None:
    assert explanations_of({"spec/type", "policy/a.b"}, repository) == {"spec/type": built_in()["spec/type"]}
    assert explanation_of("policy/a.b", None) is None
    sarif = formatted(Report((OUT_OF_RANGE,)), "sarif", no_lines, repository, colour=False)
    assert built_in()["spec/out-of-range"].title in sarif


def test_a_body_has_both_parts() -> None:
    assert body("x", "y") == "**Why:** x\n\n**Fix:** y"
