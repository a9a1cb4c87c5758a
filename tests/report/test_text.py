"""The text format, whole outputs compared."""

from __future__ import annotations

import time

import pytest

from mlgitops.findings import Finding
from mlgitops.report.contents import Report, Skipped
from mlgitops.report.snippet import CELLS, excerpt
from mlgitops.report.text import text
from mlgitops.source import Location
from tests.report.examples import CLEAN, REPORT, line


def test_everything_a_report_can_hold() -> None:
    assert text(REPORT, line) == (
        "specs/churn/model.yaml:3:9: warning[spec/format]: metadata.name must be a name, got 'Churn'\n"
        "  3 |   name: Churn\n"
        "    |         ^\n"
        "  more: mlgitops explain spec/format\n"
        "\n"
        "specs/churn/model.yaml:20:5: waived[policy/cost.gpu-limit]: 8 GPUs of type A100 are asked for, 4 are allowed\n"
        "  see: environments/prod/environment.yaml:9:19: the limit is set here\n"
        "  9 |   limits: {gpus: {A100: 4}}\n"
        "    |                   ^\n"
        "  for: churn@prod\n"
        "  waived by: policies/waivers/churn-gpus.yaml\n"
        "  more: mlgitops explain policy/cost.gpu-limit\n"
        "\n"
        "specs/churn/model.yaml:31:21: error[spec/out-of-range]: serving.replicas.min must be at least 1, got 0\n"
        "  31 |     replicas: {min: 0, max: 6}\n"
        "     |                     ^\n"
        "  for: churn@dev, churn@prod\n"
        "  hint: set it to 1, or remove `serving` to train only\n"
        "  more: mlgitops explain spec/out-of-range\n"
        "\n"
        "skipped digits@prod, diabetes@prod: no release: nothing serves here yet\n"
        "\n"
        "9 targets checked, 2 failed, 2 skipped, 1 waived; 2 errors, 1 warning; policy by opa 1.21.3\n"
    )


def test_nothing_found_is_still_counted() -> None:
    assert text(CLEAN) == "9 targets checked, 0 failed, 0 skipped, 0 waived; policy by embedded 1.5.0\n"


def test_what_was_written_is_counted() -> None:
    report = Report(checked=1, unchanged=0, written=("rendered/dev/churn/train/rayjob.yaml",), removed=("a", "b"))
    assert text(report) == ("1 target checked, 0 unchanged, 0 failed, 0 skipped, 0 waived; 1 file written, 2 removed\n")
    assert text(report._replace(unchanged=None, files=9)) == (
        "1 target checked, 0 failed, 0 skipped, 0 waived; 1 file written, 8 unchanged, 2 removed\n"
    )


def test_colours_add_sequences_and_nothing_else() -> None:
    import re

    coloured = text(REPORT, line, colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text(REPORT, line)
    assert "\x1b[1;31merror[spec/out-of-range]\x1b[0m" in coloured
    assert "\x1b[1;33mwarning[spec/format]\x1b[0m" in coloured
    assert "\x1b[1;31m^\x1b[0m" in coloured


def test_nothing_moves_the_cursor_or_starts_a_line() -> None:
    hostile = "a\x1b[2J\n::error::\r\u202eb\u200b\udc80\tc"
    finding = Finding(Location(f"specs/{hostile}/model.yaml"), "spec/x", "error", hostile, hostile, subject=hostile)
    shown = text(Report((finding,), checked=1, failed=1, skipped=(Skipped(hostile, hostile),)), lambda _: hostile)
    assert shown.replace("\n", "").isprintable()
    escaped = r"a\x1b[2J\n::error::\r\u202eb\u200b\udc80\tc"
    assert shown == (
        f"specs/{escaped}/model.yaml:1:1: error[spec/x]: {escaped}\n"
        r"  1 | a\x1b[2J\n::error::\r\u202eb\u200b\udc80    c" + "\n"
        "    | ^\n"
        f"  for: {escaped}\n"
        f"  hint: {escaped}\n"
        "  more: mlgitops explain spec/x\n"
        "\n"
        f"skipped {escaped}: {escaped}\n"
        "\n"
        "1 target checked, 1 failed, 1 skipped, 0 waived; 1 error\n"
    )


def test_many_subjects_are_counted() -> None:
    findings = tuple(Finding(Location("a.yaml"), "spec/x", "note", "m", subject=f"m{i}@dev") for i in range(8))
    assert "  for: m0@dev, m1@dev, m2@dev, m3@dev, m4@dev and 3 more\n" in text(Report(findings))


@pytest.mark.parametrize(
    ("line", "column", "shown", "cell"),
    [
        ("key: value", 6, "key: value", 5),
        ("key: value\r\n", 6, "key: value", 5),
        ("\t\tkey: 1", 3, "        key: 1", 8),  # a tab is four cells
        ("名前: x", 5, "名前: x", 6),  # wide characters are two
        ("e\u0301te\u0301: 1", 6, "e\u0301te\u0301: 1", 3),  # combining marks are none
        ("a\x1bb", 3, r"a\x1bb", 5),  # escapes are as wide as they look
        ("a\u202eb", 3, r"a\u202eb", 7),
        ("short", 99, "short", 5),  # behind the end
        ("short", 0, "short", 0),  # no such column: the first
        ("", 1, "", 0),
    ],
)
def test_the_mark_stands_under_its_column(line: str, column: int, shown: str, cell: int) -> None:
    assert excerpt(line, column) == (shown, cell)


def test_a_long_line_is_cut_around_its_mark() -> None:
    line = "x " * 500_000 + "HERE" + "y" * 1_000_000
    assert excerpt(line, 1_000_001) == ("…" + "x " * 25 + "HERE" + "y" * 46 + "…", 51)
    assert excerpt("HERE" + "y" * 500, 1) == ("HERE" + "y" * 96 + "…", 0)
    assert excerpt("x" * 500 + "HERE", 501) == ("…" + "x" * 50 + "HERE", 51)
    assert excerpt("名" * 500, 250) == ("…" + "名" * 50 + "…", 51)


def test_a_line_that_just_fits_is_whole() -> None:
    assert excerpt("x" * CELLS, 100) == ("x" * CELLS, 99)
    assert excerpt("x" * (CELLS + 1), 1) == ("x" * CELLS + "…", 0)


def test_a_word_whose_start_is_out_of_sight_is_not_shown() -> None:
    """It may be the rest of a token."""
    line = "eyJ" + "x" * 5000 + " key"
    assert excerpt(line, 4901) == ("…" + "*" * 100 + "…", 51)
    assert excerpt(line, 5005)[0] == "…" + "*" * 49 + " key"


@pytest.mark.parametrize("unit", [": ", "token", 'token:"', "eyJ-", "-eyJ.", "secret: ", "\\", "a@://", "名", "\u202e"])
def test_hostile_lines_are_quick_to_show(unit: str) -> None:
    started = time.process_time()
    for column in (1, 100_000, 200_000):
        excerpt(unit * 100_000, column)
    assert time.process_time() - started < 1


TOKENS = [
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "a1B2" * 9,
    "glpat-" + "a1B2" * 5,
    "xoxb-" + "1234567890-abc",
    "sk-" + "a1B2" * 6,
    "hf_" + "aB" * 17,
    "npm_" + "aB1" * 12,
    "AIza" + "a1B2" * 9,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
]


@pytest.mark.parametrize("token", TOKENS)
def test_tokens_are_starred_out_of_messages_and_lines(token: str) -> None:
    finding = Finding(Location("specs/a/model.yaml"), "spec/x", "error", f"got '{token}'", f"remove {token}")
    shown = text(Report((finding,)), lambda _: f"      - {{name: X, value: {token}}}")
    assert token not in shown
    assert "*" * len(token) in shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("password: hunter2", "password: *******"),
        ('  api_key: "abc def"  # mine', "  api_key: *********  # mine"),
        ("- {name: API_TOKEN, value: abcd1234}", "- {name: API_TOKEN, value: ********}"),
        ("uri: https://user:hunter2@git.example.com/x", "uri: https://************@git.example.com/x"),
        ("-----BEGIN RSA PRIVATE KEY----- MIIE", "*" * 36),
        ("digest: sha256:" + "ab" * 32, "digest: sha256:" + "ab" * 32),
        ("min: 0", "min: 0"),
        ("  password hunter2 # mine", "  password ******* # mine"),
        ("  - db-token  abcd1234", "  - db-token  ********"),
        ("secrets contains name if {", "secrets contains name if {"),
    ],
)
def test_named_secrets_are_starred_out_of_lines(line: str, shown: str) -> None:
    assert excerpt(line, 1) == (shown, 0)
