"""The Markdown format: whole outputs compared, every level of detail, and nothing that becomes markup."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from mlgitops.findings import Finding
from mlgitops.report.contents import Report, Skipped
from mlgitops.report.markdown import LIMIT, markdown, prose
from mlgitops.source import Location
from tests.report.examples import CLEAN, REPORT


def test_everything_a_report_can_hold() -> None:
    assert markdown(REPORT) == (
        "### mlgitops: failed\n"
        "\n"
        "9 targets checked, 2 failed, 2 skipped, 1 waived; 2 errors, 1 warning; policy by opa 1.21.3\n"
        "\n"
        "#### 2 errors\n"
        "\n"
        "- `specs/churn/model.yaml:31:21` **`spec/out-of-range`**  \n"
        "  serving.replicas.min must be at least 1, got 0  \n"
        "  for: `churn@dev`, `churn@prod`  \n"
        "  hint: set it to 1, or remove `serving` to train only\n"
        "\n"
        "#### 1 warning\n"
        "\n"
        "- `specs/churn/model.yaml:3:9` **`spec/format`**  \n"
        "  metadata.name must be a name, got 'Churn'\n"
        "\n"
        "#### 1 waived finding\n"
        "\n"
        "- `specs/churn/model.yaml:20:5` **`policy/cost.gpu-limit`**  \n"
        "  8 GPUs of type A100 are asked for, 4 are allowed  \n"
        "  see `environments/prod/environment.yaml:9:19`: the limit is set here  \n"
        "  for: `churn@prod`  \n"
        "  waived by: `policies/waivers/churn-gpus.yaml`\n"
        "\n"
        "- skipped `digits@prod, diabetes@prod`: no release: nothing serves here yet\n"
    )


def test_nothing_found_is_clean() -> None:
    assert markdown(CLEAN) == (
        "### mlgitops: clean\n\n9 targets checked, 0 failed, 0 skipped, 0 waived; policy by embedded 1.5.0\n"
    )


def finding(number: int, code: str = "spec/format", severity: str = "error", message: str = "wrong") -> Finding:
    place = Location(f"specs/m{number:05}/model.yaml", 7, 3)
    return Finding(place, code, severity, message, "mend it")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("errors", "warnings", "says", "says_not"),
    [
        (10, 10, "hint: mend it", "more"),
        (10, 900, "- **`spec/format`** wrong  \n  at `specs/m00000/model.yaml:7:3`", "of 1 code"),
        (10, 9_000, "- **`spec/format`** 9000 findings", "of 1 code"),
        (900, 900, "- **`spec/format`** wrong  \n  at `specs/m00000/model.yaml:7:3`", "hint"),
        (1_500, 9_000, "`specs/m01499/model.yaml:7:3`", "hint"),
        (9_000, 10, "and 8980 more", "hint"),
    ],
)
def test_the_more_there_is_the_less_is_said_of_each(errors: int, warnings: int, says: str, says_not: str) -> None:
    findings = [finding(number) for number in range(errors)]
    findings += [finding(number, severity="warning") for number in range(warnings)]
    text = markdown(Report(tuple(findings), checked=errors, failed=errors))
    assert len(text) <= LIMIT
    assert f"#### {errors} errors" in text
    assert f"{errors} errors, {warnings} warnings" in text
    assert says in text
    assert says_not not in text


def test_errors_keep_their_detail_longer_than_warnings() -> None:
    findings = [finding(0, "spec/type"), *(finding(n, severity="warning") for n in range(9_000))]
    text = markdown(Report(tuple(findings)))
    assert "- `specs/m00000/model.yaml:7:3` **`spec/type`**  \n  wrong  \n  hint: mend it\n" in text


def test_every_denied_place_is_named_while_it_fits() -> None:
    text = markdown(Report(tuple(finding(number, message=f"no {number}") for number in range(1_500))))
    assert len(text) <= LIMIT
    assert len(set(re.findall(r"specs/m\d{5}/model.yaml:7:3", text))) == 1_500


def test_every_denied_code_is_counted_when_places_do_not_fit() -> None:
    findings = tuple(finding(number, f"policy/cost.rule-{number:04}-{'x' * 20}") for number in range(1_000))
    text = markdown(Report(findings))
    assert len(text) <= LIMIT
    assert len(set(re.findall(r"rule-\d{4}-x+`\*\* 1 finding\n", text))) == 1_000


def test_when_even_codes_do_not_fit_the_total_stands() -> None:
    findings = tuple(finding(number, f"policy/cost.rule-{number:05}") for number in range(9_000))
    text = markdown(Report(findings))
    assert len(text) <= LIMIT
    assert "#### 9000 errors\n\nof 9000 codes, too many to name here: see `--format json`\n" in text


def test_one_giant_message_is_still_counted() -> None:
    text = markdown(Report((finding(1, message="x" * 100_000),)))
    assert len(text) <= LIMIT
    assert "- **`spec/format`** `specs/m00001/model.yaml:7:3`\n" in text


HOSTILE = [
    "| a | b |",
    "`` ` ``",
    "`unclosed",
    "```\ncode",
    "<script>alert(1)</script>",
    "<img src=x onerror=y>",
    "<!-- comment",
    "[click](https://example.com)",
    "![image](https://example.com/x.png)",
    "https://example.com/a",
    "www.example.com",
    "someone@example.com",
    "@everyone",
    "(@everyone)",
    "#123",
    "owner/name#123",
    "GH-123",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "**bold** _em_ ~~gone~~",
    "&lt;b&gt; &copy;",
    "\n\n# heading\n- [ ] task",
    "> quote",
    "1. list",
    "12) list",
    "- list",
    "+ list",
    "---",
    "===",
    "~~~",
    "***",
    "    indented",
    "\\",
    "a\\",
    "$x^2$",
    ":smile:",
    "<https://example.com>",
    "[x]: https://example.com",
    "\u202eabc\u200b",
    "`@everyone`",
    "`` @everyone ` #1",
]

ALLOWED = {"heading", "paragraph", "bullet_list", "list_item", "inline", "text", "code_inline", "strong", "hardbreak"}


def tokens(text: str) -> list[Token]:
    parsed = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    return [inner for token in parsed for inner in (token, *(token.children or ()))]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_of_a_stranger_becomes_markup(hostile: str) -> None:
    """Parsed as GFM, only our own structure is there, and what GitHub would link stands in code."""
    place = Location(f"specs/{hostile}/model.yaml")
    related = ((place, hostile),)
    wrong = Finding(place, "spec/x", "error", hostile, hostile, subject=hostile, related=related, waived="")
    waived = wrong._replace(waived=f"policies/{hostile}")
    found = tokens(markdown(Report((wrong, waived), skipped=(Skipped(hostile, hostile),), engine=hostile)))
    kinds = {re.sub(r"_(open|close)$", "", token.type) for token in found}
    assert kinds - {"softbreak"} <= ALLOWED
    prose_of_it = "".join(token.content for token in found if token.type == "text")
    assert not re.search(r"[@#]\w|://|www\.|GH-\d|[0-9a-f]{7}", prose_of_it)
    headings = [token.tag for token in found if token.type == "heading_open"]
    assert headings == ["h3", "h4", "h4"]


@pytest.mark.parametrize("text", [*HOSTILE, "serving.replicas.min must be 1", "a_b * c_d", "x  y"])
def test_prose_shows_what_was_said(text: str) -> None:
    """What a reader sees is the text, with what is invisible as escapes and balanced backticks as code."""
    from mlgitops.report.visible import visible

    paragraph = tokens("x " + prose(text) + " x")
    seen = "".join(token.content for token in paragraph if token.type in ("text", "code_inline", "text_special"))
    expected = f"x {visible(text)} x"
    assert seen in (expected, re.sub("`([^`]+)`", r"\1", expected))
