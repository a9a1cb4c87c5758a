"""A story as one HTML file that needs nothing else: no network, no other file, no permission beyond its own hashes.

Its policy lets run the one script and the one style that are in it, by their digests, and nothing that a stranger
wrote. Without the script everything is there to read; the script adds searching. Templates and what they include
stand in `html/`, and are read as modules are.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import jinja2
from markupsafe import Markup, escape

from mlgitops import __version__
from mlgitops.plan.changes import Verdict
from mlgitops.plan.effect import EFFECT_CLASSES
from mlgitops.plan.story import Story
from mlgitops.report.contents import Report, closing
from mlgitops.report.story.amounts import capacity_heading, changed, exceeds, money, money_step, number, once, step
from mlgitops.report.story.bars import cost_bars, gpu_bars
from mlgitops.report.story.change_groups import SIGNS, ChangeGroup, change_groups, redacted, summary
from mlgitops.report.story.effect_groups import TONES, effect_groups
from mlgitops.report.story.headline import headline, state
from mlgitops.report.story.risk_groups import risk_groups
from mlgitops.report.story.side_by_side import Row, side_by_side
from mlgitops.report.story.text import approval_words, searched
from mlgitops.report.story.verdicts import flips, is_denial, others, wrongs
from mlgitops.report.story.waivers import waiver_words
from mlgitops.report.visible import redacted_shapes, visible

TONES_OF_STATES = {"denied": "error", "errors to mend": "error", "undecided": "error", "approval missing": "warning"}

VERDICT_TONES: dict[Verdict, str] = {
    "denied": "error",
    "warned": "warning",
    "undecided": "warning",
    "waived": "note",
    "allowed": "good",
}

RISK_TONES = {"high": "error", "medium": "warning", "low": "good"}

FIELDS = 100
"""Fields of one object that a page shows; the JSON report has all."""


class FieldView(NamedTuple):
    """One field that differs."""

    path: str
    rows: list[Row]


class ObjectView(NamedTuple):
    """One change of an object, and everywhere that it happens."""

    sign: str
    kind: str
    title: str
    targets: Sequence[str]
    fields: list[FieldView]
    more: int
    """Fields that are not shown."""


def story_page(story: Story, report: Report) -> str:
    """The page; deterministic, as everything is that depends on its input alone."""
    environment = _environment()
    style, script = (_source(environment, name) for name in ("page.css", "page.js"))
    return environment.get_template("page.html").render(
        _context(story, report),
        style=Markup(style),
        script=Markup(script),
        style_digest=_digest(style),
        script_digest=_digest(script),
    )


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("mlgitops.report.story", "html"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "step": step,
        "money": money,
        "money_step": money_step,
        "number": number,
        "once": once,
        "exceeds": exceeds,
        "approval": approval_words,
        "json": _json,
        "spans": _spans,
    }
    return environment


def _source(environment: jinja2.Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _shown(value: Any) -> Any:
    """What a stranger wrote, fit to be shown; markup of our own as it is. Escaping comes after this."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(redacted_shapes(value))
    return value


def _spans(text: str) -> Markup:
    """A sentence whose `spans` between backticks are code; all of it is escaped."""
    pieces = enumerate(re.split(r"`([^`]+)`", text))
    escaped = ((at % 2, escape(_shown(piece))) for at, piece in pieces)
    return Markup("").join(Markup("<code>{}</code>").format(piece) if code else piece for code, piece in escaped)


def _json(value: Any) -> str:
    return json.dumps(redacted(value), ensure_ascii=False)


def _digest(text: str) -> str:
    """As a content security policy names an inline script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _context(story: Story, report: Report) -> dict[str, Any]:
    told = state(story, report)
    policy = story.policy
    return {
        "version": __version__,
        "base": story.plan.base[:12],
        "state": told,
        "state_tone": TONES_OF_STATES.get(told, "good"),
        "headline": headline(story, report),
        "notes": story.notes,
        "wrongs": [(wrong, is_denial(wrong)) for wrong in wrongs(story, report)],
        "effects": effect_groups(story.effects, story.risks),
        "tones": TONES,
        "classes": EFFECT_CLASSES,
        "capacity_heading": capacity_heading(story),
        "capacity": [one for one in story.capacity if changed(one)],
        "gpu_bars": gpu_bars(story.capacity),
        "cost_bars": cost_bars(story.capacity),
        "risks": risk_groups(story.risks),
        "risk_tones": RISK_TONES,
        "flips": flips(story),
        "verdict_tones": VERDICT_TONES,
        "policy": policy,
        "has_policy": any(policy._replace(flips=())),
        "searched": searched(policy) if policy.searched else "",
        "waivers": waiver_words(policy),
        "objects": [_object(group) for group in change_groups(story.plan, story.effects)],
        "failed": story.plan.failed,
        "findings": others(report),
        "skipped": report.skipped,
        "summary": summary(story.plan),
        "closing": closing(report),
    }


def _object(group: ChangeGroup) -> ObjectView:
    change = group.change
    fields = [FieldView(field.path, side_by_side(field.before, field.after)) for field in change.fields[:FIELDS]]
    return ObjectView(
        SIGNS[change.kind], change.kind, group.title, group.targets, fields, len(change.fields) - len(fields)
    )
