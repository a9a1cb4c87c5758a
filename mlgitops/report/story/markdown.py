"""A story as GitHub-flavoured Markdown: one comment on a pull request, which is written anew after each push.

The first line is a marker that nobody sees, by which the comment is found again. A comment holds 65,536 characters;
what does not fit is said more briefly, fields first, denials last, and no denial is ever left out.

Nothing that a stranger wrote becomes markup, a link, a mention or HTML: see `report.markdown`.
"""

from __future__ import annotations

import re

from mlgitops.plan.story import Story
from mlgitops.report.contents import Report, closing
from mlgitops.report.markdown import LIMIT, code, prose
from mlgitops.report.story.amounts import capacity_heading, changed
from mlgitops.report.story.change_groups import change_groups, summary
from mlgitops.report.story.comment.capacity import capacity_section
from mlgitops.report.story.comment.effects import effects_section
from mlgitops.report.story.comment.findings import findings_section, skipped_section
from mlgitops.report.story.comment.objects import not_compared_section, objects_section
from mlgitops.report.story.comment.policy import policy_section, verdicts_section
from mlgitops.report.story.comment.risks import risks_section
from mlgitops.report.story.comment.wrongs import wrongs_section
from mlgitops.report.story.effect_groups import effect_groups
from mlgitops.report.story.fit import Section, fitted
from mlgitops.report.story.headline import headline, state
from mlgitops.report.story.risk_groups import risk_groups
from mlgitops.report.story.verdicts import other_flips, others, wrongs
from mlgitops.report.visible import redacted_shapes

MARKER = "mlgitops:plan"
"""What the hidden first line says."""

SENTENCE = 600
"""Characters of a sentence at the top, before markup is taken out of it."""

SENTENCES = 20
"""Sentences, and as many notes, at the top before the rest are counted."""


def story_markdown(story: Story, report: Report, limit: int = LIMIT, name: str = "") -> str:
    """The comment, in at most `limit` characters.

    `name` tells the comments of several repositories in one checkout apart: the folder that the repository is in.
    """
    head = f"{marker(name)}\n{_title(story, report)}"
    compared = f"{_safe(summary(story.plan))}; compared with {code(story.plan.base[:12])}"
    foot = f"\n<sub>{compared}. {_safe(closing(report))}</sub>\n"
    return head + "".join(fitted(_sections(story, report), limit - len(head) - len(foot))) + foot


def marker(name: str = "") -> str:
    """The hidden line by which a comment is found again."""
    about = re.sub(r"[^A-Za-z0-9._/]", "_", name).strip("/")
    return f"<!-- {MARKER}{' ' + about if about else ''} -->"


def _safe(text: str) -> str:
    return prose(redacted_shapes(text)[:SENTENCE])  # before it is cut, or half of a secret would be left


def _title(story: Story, report: Report) -> str:
    lines = [f"### mlgitops plan: {state(story, report)}\n"]
    sentences = headline(story, report)
    for sentence in sentences[:SENTENCES]:
        text = _safe(sentence.text)
        lines.append(f"- **{text}**" if sentence.tone == "error" else f"- {text}")
    lines += [f"- {_safe(note)}" for note in story.notes[:SENTENCES]]
    left = max(0, len(sentences) - SENTENCES) + max(0, len(story.notes) - SENTENCES)
    if left:
        lines.append(f"- and {left} more: see `mlgitops plan`")
    return "\n".join(lines) + "\n"


def _sections(story: Story, report: Report) -> list[Section]:
    """In the order in which they are read."""
    sections = [
        wrongs_section(wrongs(story, report)),
        effects_section(effect_groups(story.effects, story.risks)),
        capacity_section([one for one in story.capacity if changed(one)], capacity_heading(story)),
        risks_section(risk_groups(story.risks)),
        verdicts_section(other_flips(story)),
        policy_section(story.policy),
        not_compared_section(story.plan.failed),
        objects_section(change_groups(story.plan, story.effects)),
        findings_section(others(report)),
        skipped_section(report.skipped),
    ]
    return [section for section in sections if section is not None]
