"""CODEOWNERS as Git hosts read it: which line decides, for each form of a pattern."""

from __future__ import annotations

import pytest

from mlgitops.spec.code_owners import LONGEST, CodeOwners, Line, read_code_owners


def owns(pattern: str, path: str) -> bool:
    return read_code_owners(f"{pattern} @a").of(path) == ("@a",)


@pytest.mark.parametrize(
    ("pattern", "matches", "passes"),
    [
        ("*", ["a", "a/b/c.py", ".github/x"], []),
        ("*.py", ["a.py", "a/b/c.py"], ["a.pyc", "a.py.txt"]),
        ("/docs/", ["docs/a", "docs/b/c"], ["docs", "a/docs/b"]),
        ("docs/", ["docs/a", "a/docs/b"], ["docs", "mydocs/a"]),
        ("/docs", ["docs", "docs/a/b"], ["a/docs", "docs2"]),
        ("apps", ["apps", "apps/a", "b/apps/c"], ["myapps"]),
        ("docs/*", ["docs/a"], ["docs/a/b", "x/docs/a"]),
        ("/specs/*/model.yaml", ["specs/churn/model.yaml"], ["specs/a/b/model.yaml", "specs/model.yaml"]),
        ("/environments/*/releases/", ["environments/prod/releases/churn.yaml"], ["environments/prod/runs/churn.yaml"]),
        ("**/logs", ["logs", "a/logs/x", "a/b/logs"], ["a/mylogs"]),
        ("/a/**/b", ["a/b", "a/x/b", "a/x/y/b/c"], ["a/xb"]),
        ("/a/**", ["a/b", "a/b/c"], ["a", "ab"]),
        ("file?.txt", ["file1.txt", "a/file2.txt"], ["file.txt", "file/.txt"]),
        (r"my\ file", ["my file", "a/my file/b"], ["my"]),
        ("a.b", ["a.b"], ["axb"]),
        ("/src/ü", ["src/ü"], []),
    ],
)
def test_patterns(pattern: str, matches: list[str], passes: list[str]) -> None:
    assert [path for path in matches if not owns(pattern, path)] == []
    assert [path for path in passes if owns(pattern, path)] == []


def test_the_last_line_that_matches_decides() -> None:
    owners = read_code_owners("* @all\n/specs/ @science @growth/lead\n/specs/secret/\n*.md docs@example.com\n")
    assert owners.of("setup.py") == ("@all",)
    assert owners.of("specs/churn/model.yaml") == ("@science", "@growth/lead")
    assert owners.of("specs/secret/model.yaml") == ()
    assert owners.of("specs/secret/README.md") == ("docs@example.com",)


def test_a_file_that_names_nobody() -> None:
    assert read_code_owners("").of("a") == ()
    assert read_code_owners("/docs/ @a").of("src/a") == ()


def test_comments_and_what_is_no_line() -> None:
    text = "# all\n\n  * @a # the rest\n!/x @b\n/[ab] @b\n/y @b nobody\n/z @\n/w#1 @c\n"
    text += f"{'a' * LONGEST} @b\n/{'*a' * 9} @b\n"
    assert read_code_owners(text) == CodeOwners((Line("*", ("@a",)), Line("/w#1", ("@c",))))


def test_the_repositorys_own() -> None:
    from pathlib import Path

    owners = read_code_owners((Path(__file__).resolve().parents[2] / ".github/CODEOWNERS").read_text())
    assert owners.of("environments/prod/releases/digits.yaml") == ("@mlgitops/release-approvers",)
    assert owners.of("environments/prod/environment.yaml") == ("@mlgitops/platform",)
    assert owners.of("policies/waivers/x.yaml") == ("@mlgitops/security",)
    assert owners.of("README.md") == ("@mlgitops/maintainers",)
