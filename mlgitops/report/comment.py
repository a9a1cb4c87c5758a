"""The comment on a pull request, of reports that came from a job which ran a stranger's change.

Such reports are data: nothing in them may call people, show pictures, lead away, or hide what follows. What this
module says itself stands first, so that no report can speak over it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from mlgitops.report.visible import visible

LIMIT = 65_536
"""Characters of a comment on GitHub."""

ROOM = 60_000
"""Of them for the reports."""

_TAG = re.compile(r"<(?!/?(?:details|summary|br|b|code|sub)>|details open>)")
"""What begins any other tag, a comment or an autolink."""


class Facts(NamedTuple):
    """What is known of a run from the event that told of it, and of the pull request from the Git host."""

    mark: str
    commit: str
    run: str
    """Its address."""
    conclusion: str
    """`success`, `failure`, `cancelled` …"""
    warned: Sequence[str] = ()
    """Files of the change that decide what the reports say."""
    patch: bool = False
    """Whether the run left what rendering would change."""


def comment(facts: Facts, reports: Sequence[str]) -> str:
    """The text, within GitHub's limit; reports that do not fit are cut at a line and point at the run."""
    head = [facts.mark, f"mlgitops on {facts.commit[:12]}: [{_word(facts.conclusion)}]({facts.run})", ""]
    if facts.warned:
        more = f" and {len(facts.warned) - 3} more" if len(facts.warned) > 3 else ""
        files = ", ".join(f"`{_word(path)}`" for path in facts.warned[:3])
        head += [f"> [!WARNING]\n> This change edits {files}{more}: what reports on it. Review that first.", ""]
    if facts.patch:
        head += [_patch(facts), ""]
    if not reports:
        head.append("The run left no report; its log says why.")
    body, room = [], ROOM
    for report in map(harmless, reports):
        text = report if len(report) <= room else _cut(report, room)
        body.append(text)
        room -= len(text)
    return "\n".join([*head, *body]).rstrip() + "\n"


def _patch(facts: Facts) -> str:
    number = facts.run.rstrip("/").rpartition("/")[2]
    return (
        "`rendered/` is not what its sources give. A maintainer applies what is missing:\n\n"
        f"```sh\ngh run download {_word(number)} --name rendered-patch\ngit apply --index rendered.patch\n```"
    )


def harmless(text: str) -> str:
    """A report without what acts: mentions, markup that is not ours, pictures and links.

    >>> harmless("@team ![x](https://a) <img src=x> <details>")
    '＠team !\\\\[x]\\\\(https:\\\\//a) ‹img src=x> <details>'
    """
    text = "\n".join(visible(line) for line in text.replace("\r\n", "\n").split("\n"))
    text = _TAG.sub("‹", text)
    text = re.sub(r"@(?=[A-Za-z0-9])", "＠", text)
    text = re.sub(r"(?i)\b(https?:|www\.)", lambda found: f"{found[0][:-1]}{found[0][-1]}\\", text)
    return text.replace("](", "]\\(").replace("![", "!\\[").replace("][", "]\\[")


def _cut(text: str, room: int) -> str:
    kept = text[: max(room - 80, 0)].rpartition("\n")[0]
    return f"{kept}\n\n_Cut here: the whole report is in the run's summary._\n"


def _word(text: str) -> str:
    """A stranger's name as text that cannot leave a code span."""
    return visible(harmless(text[:120])).replace("`", "'").replace("\n", " ")
