"""The comment: it always fits, has every denial, and nothing in it is active, whoever wrote what it shows."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from mlgitops.findings import Finding
from mlgitops.plan.changes import NotCompared, ObjectChange, Plan, TargetChange, Verdict, VerdictChange
from mlgitops.plan.effect import Effect
from mlgitops.plan.fields import FieldChange
from mlgitops.plan.policy_diff import PolicyDiff, VerdictFlip
from mlgitops.plan.story import Story
from mlgitops.report.contents import Report
from mlgitops.report.markdown import LIMIT
from mlgitops.report.story.markdown import marker, story_markdown
from mlgitops.source import Location
from tests.report.stories import BASE, EMPTY, HOSTILE, REPORT, hostile, rich

OWN_HTML = re.compile(r"<!-- mlgitops:plan -->\n|<details><summary>[A-Za-z0-9:, ]+</summary>\n|</details>\n?|</?sub>")


def active(text: str) -> list[str]:
    """What GitHub would act on: HTML that is not ours, links, images, mentions and references outside of code."""
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(text)
    parts = [part for token in tokens for part in (token, *(token.children or ()))]
    return [told for part in parts if (told := _active(part))]


LINKED = re.compile(r"@\w|(?<!\w)#\d|GH-\d|://|www\.|[0-9a-f]{7}")
"""What GitHub makes a mention, a reference, a link or a commit of."""


def _active(token: Token) -> str:
    if token.type in ("html_block", "html_inline") and OWN_HTML.sub("", token.content).strip():
        return f"{token.type}: {token.content}"
    if token.type in ("link_open", "image"):
        return f"{token.type}: {token.attrs}"
    if token.type == "text" and LINKED.search(token.content):
        return f"text: {token.content}"
    return ""


def test_the_check_sees_what_is_active() -> None:
    text = "<b>x</b> [a](https://example.com) @team #1 https://example.com\n\n<script>x</script>\n"
    kinds = [line.partition(":")[0] for line in active(text)]
    assert kinds == ["html_inline", "html_inline", "link_open", "text", "html_block"]


def test_a_rich_story_has_nothing_active() -> None:
    assert active(story_markdown(rich(), REPORT)) == []


WORDS = [
    *(
        HOSTILE,
        "@team",
        "#1",
        "<img src=x>",
        "](x)",
        "`",
        "``",
        "|",
        "\\",
        "-->",
        "www.example.com",
        "# h",
        "~~~",
        "- x",
    ),
    *("1. x", "*", "_a_", "&lt;", "${{ github.token }}", "\x1b]0;x\x07", "\udc80", "a\nb", "", "https://example.com"),
]
HOSTILE_TEXT = st.one_of(st.text(max_size=40), st.sampled_from(WORDS))


@given(HOSTILE_TEXT)
@settings(max_examples=100)
def test_whatever_a_stranger_writes_is_text(text: str) -> None:
    story, report = hostile(text)
    comment = story_markdown(story, report)
    assert active(comment) == []
    assert len(comment) <= LIMIT
    assert comment.replace("\n", "").isprintable()
    assert len(comment.encode()) <= 4 * LIMIT


@given(st.text(alphabet="`|<>@#*_[]()!\\\n~-=+&", max_size=24))
@settings(max_examples=60)
def test_punctuation_stays_punctuation(text: str) -> None:
    assert active(story_markdown(*hostile(text))) == []


def test_secrets_are_starred_out_before_anything_is_cut() -> None:
    token = "ghp_" + "a1B2c3D4e5" * 4
    for text in (token, "x" * 580 + " " + token):
        assert "ghp_" not in story_markdown(*hostile(text))


def crowd(subjects: int, rules: int, message: str) -> tuple[Story, Report]:
    """Many models that many rules deny, every third by the rules of the base alone, each with a changed object."""
    fields = tuple(FieldChange(f"spec.f{n}", "x" * 50, "y" * 50) for n in range(20))
    names = [f"model-{number:05}" for number in range(subjects)]
    findings, flips, targets, effects = [], [], [], []
    for at, name in enumerate(names):
        place, subject, target = Location(f"specs/{name}/model.yaml", 3, 5), f"{name}@production", f"production/{name}"
        for rule in (f"cost.rule-{number}" for number in range(rules)):
            if at % 3 == 2:
                verdicts: tuple[Verdict, ...] = ("allowed", "denied", "allowed", "allowed")
                flips.append(VerdictFlip(rule, subject, "both", *verdicts, message, place))
            else:
                findings.append(Finding(place, f"policy/{rule}", "error", message, subject=subject))
        change = ObjectChange("changed", "serve/a.yaml", "Service", f"{name}-{at % 7}", "models", fields)
        targets.append(TargetChange("changed", target, (change,)))
        effects.append(Effect("new-cluster", f"{target}/serve", "", "RayService", name, f"since {at}"))
    plan = Plan(BASE, tuple(targets), (), 0, tuple(NotCompared(f"x/{name}", "base") for name in names))
    report = Report(tuple(findings), subjects, subjects)
    return Story(plan, tuple(effects), policy=PolicyDiff(tuple(flips))), report


def denials_told(text: str) -> int:
    """How many (rule, subject) the section of denials counts or names."""
    section = re.search(r"\n#### [0-9]+ denials?\n\n(.*?)\n(?:\n|$)", text, re.DOTALL)
    assert section is not None
    told = 0
    for line in section[1].split("\n"):
        named = re.match(r"- \*\*`[^`]+`\*\* on `([^`]+)`", line) or re.match(r"  `(model-[^`]+)`", line)
        counted = re.match(r"(?:- \*\*.+\*\* )?(\d+) times", line)
        told += int(counted[1]) if counted else len(named[1].split(", ")) if named else 0
    return told


@pytest.mark.parametrize(
    ("subjects", "rules", "message"),
    [(1, 1, "short"), (30, 2, "x" * 900), (400, 1, "why"), (3_000, 3, "why"), (6_000, 1, "y" * 1000), (3, 3_000, "m")],
)
def test_a_comment_always_fits_and_counts_every_denial(subjects: int, rules: int, message: str) -> None:
    text = story_markdown(*crowd(subjects, rules, message))
    assert len(text) <= LIMIT
    assert denials_told(text) == subjects * rules
    assert active(text) == []


def test_every_denial_is_named_while_there_is_room_for_names() -> None:
    text = story_markdown(*crowd(600, 1, "the reason"))
    assert len(text) <= LIMIT
    for number in range(600):
        assert f"model-{number:05}@production" in text


def test_denials_are_said_in_full_while_fields_go() -> None:
    text = story_markdown(*crowd(150, 1, "the reason"))
    for number in (number for number in range(150) if number % 3 != 2):
        assert f"- **`policy/cost.rule-0`** on `model-{number:05}@production`  \n  the reason  \n  at `specs/" in text


def test_a_denial_by_the_rules_of_the_base_alone_is_one() -> None:
    flip = VerdictFlip("a.b", "churn@prod", "both", "allowed", "denied", "allowed", "allowed", "too much")
    text = story_markdown(EMPTY._replace(policy=PolicyDiff((flip,))), Report())
    assert text.startswith("<!-- mlgitops:plan -->\n### mlgitops plan: denied\n")
    assert (
        "- **`policy/a.b`** on `churn@prod` (stays allowed, new specs under old policies denied, "
        "old specs under new policies allowed)  \n  too much\n"
    ) in text


def test_verdicts_that_the_plan_alone_saw_are_told() -> None:
    plan = EMPTY.plan._replace(
        verdicts=(
            VerdictChange("a@dev", "x.y", "allowed", "denied", "no"),
            VerdictChange("b@dev", "x.y", "denied", "allowed", "yes"),
        )
    )
    text = story_markdown(EMPTY._replace(plan=plan), Report())
    assert "- **`policy/x.y`** on `a@dev` (allowed → denied)  \n  no\n" in text
    assert "- **denied → allowed** `x.y` on `b@dev`: yes\n" in text


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "<!-- mlgitops:plan -->"),
        ("platform/", "<!-- mlgitops:plan platform -->"),
        ("a-->b <script>", "<!-- mlgitops:plan a___b__script_ -->"),
    ],
)
def test_the_marker_is_a_comment_whatever_the_folder_is_called(name: str, says: str) -> None:
    assert marker(name) == says
