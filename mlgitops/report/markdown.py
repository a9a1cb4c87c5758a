"""A report as GitHub-flavoured Markdown, for a comment on a pull request or a job's summary.

A comment holds 65,536 characters. What does not fit is said more briefly, warnings before errors: first each finding
in full, then places alone under their code, then counts. No error is ever left out of the counts.

Nothing that a stranger wrote becomes markup, a link, a mention or a reference to an issue: words that could are put
into code spans, where GitHub reads none of these, and punctuation is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from mlgitops.findings import Finding
from mlgitops.report.contents import Report, closing, exit_code, plural
from mlgitops.report.groups import by_subject
from mlgitops.report.text import some
from mlgitops.report.visible import redacted_shapes, visible

LIMIT = 65_536
"""Characters of a comment on GitHub."""

PLACES = 20
"""How many places a code names when there is no room for more."""


def markdown(report: Report, limit: int = LIMIT) -> str:
    """The report in at most `limit` characters, as detailed as that allows."""
    waived = [finding for finding in report.findings if finding.waived]
    errors = [finding for finding in report.findings if finding.fails]
    others = [finding for finding in report.findings if not finding.waived and not finding.fails]
    title = f"### mlgitops: {'failed' if exit_code(report) else 'clean'}\n\n{prose(closing(report))}\n"
    for of_errors, of_others in LEVELS:
        parts = [
            title,
            _section(plural(len(errors), "error"), errors, of_errors),
            _section(_severities(others), others, of_others),
            _section(plural(len(waived), "waived finding"), waived, of_others),
            _skipped(report),
        ]
        text = "\n".join(part for part in parts if part)
        if len(text) <= limit:
            return text
    return title[:limit]


def _section(heading: str, findings: Sequence[Finding], detail: Callable[[Sequence[Finding]], str]) -> str:
    return f"#### {heading}\n\n{detail(findings)}" if findings else ""


def _severities(findings: Sequence[Finding]) -> str:
    numbers = [(sum(finding.severity == noun for finding in findings), noun) for noun in ("warning", "note")]
    return ", ".join(plural(number, noun) for number, noun in numbers if number)


def _in_full(findings: Sequence[Finding]) -> str:
    """Each finding with its message and hint."""
    items = []
    for finding, subjects in by_subject(findings):
        lines = [f"- {code(str(finding.location))} **{code(finding.code)}**  "]
        lines.append(f"  {prose(finding.message)}")
        lines += [f"  see {code(str(place))}: {prose(words)}" for place, words in finding.related]
        if subjects:
            lines.append(f"  for: {', '.join(code(name) for name in subjects)}")
        if finding.waived:
            lines.append(f"  waived by: {code(finding.waived)}")
        if finding.hint:
            lines.append(f"  hint: {prose(finding.hint)}")
        items.append("  \n".join(line.rstrip() for line in lines))
    return "\n".join(items) + "\n"


def _by_message(findings: Sequence[Finding]) -> str:
    """Findings that say the same, once, with all their places."""
    places: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        places.setdefault((finding.code, finding.message), []).append(_place(finding))
    return "".join(
        f"- **{code(name)}** {prose(message)}  \n  at {', '.join(code(place) for place in dict.fromkeys(found))}\n"
        for (name, message), found in places.items()
    )


def _by_code(findings: Sequence[Finding]) -> str:
    """Each code with all its places."""
    return _codes(findings, lambda found: ", ".join(map(code, found)))


def _by_code_in_part(findings: Sequence[Finding]) -> str:
    """Each code with its first places and the count of the others."""

    def listed(found: Sequence[str]) -> str:
        more = f" and {len(found) - PLACES} more" if len(found) > PLACES else ""
        return ", ".join(map(code, found[:PLACES])) + more

    return _codes(findings, listed)


def _counts(findings: Sequence[Finding]) -> str:
    """Each code with how often it was found."""
    return _codes(findings, lambda found: plural(len(found), "finding"))


def _total(findings: Sequence[Finding]) -> str:
    """For when even the codes are too many."""
    codes = len({finding.code for finding in findings})
    return f"of {plural(codes, 'code')}, too many to name here: see `--format json`\n"


def _codes(findings: Sequence[Finding], say: Callable[[Sequence[str]], str]) -> str:
    places: dict[str, list[str]] = {}
    for finding in findings:
        places.setdefault(finding.code, []).append(_place(finding))
    return "".join(f"- **{code(name)}** {say(found)}\n" for name, found in sorted(places.items()))


LEVELS = (
    (_in_full, _in_full),
    (_in_full, _by_message),
    (_in_full, _counts),
    (_by_message, _by_message),
    (_by_message, _counts),
    (_by_code, _counts),
    (_by_code_in_part, _counts),
    (_counts, _counts),
    (_total, _total),
)
"""How errors and all else are said, from the most detailed to the briefest."""


def _place(finding: Finding) -> str:
    return f"{finding.location} {finding.subject}".rstrip()


def _skipped(report: Report) -> str:
    reasons: dict[str, list[str]] = {}
    for subject, reason in report.skipped:
        reasons.setdefault(reason, []).append(subject)
    return "".join(
        f"- skipped {code(some(names))}: {prose(reason)}\n" for reason, names in list(reasons.items())[:PLACES]
    )


def code(text: str) -> str:
    """A code span that shows exactly this text, whatever backticks it has."""
    shown = visible(redacted_shapes(text))
    if not shown:
        return ""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = (
        " " if shown.startswith("`") or shown.endswith("`") or (shown[0] == shown[-1] == " " and shown.strip()) else ""
    )
    return f"{fence}{pad}{shown}{pad}{fence}"


ACTIVE = re.compile(r"[@#]|://|www\.|GH-\d|[0-9a-f]{7}", re.IGNORECASE)
"""What GitHub turns into a mention, a reference, a link or a commit."""

PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
"""ASCII punctuation, all of which a backslash may precede."""

HARMLESS = frozenset(",.:;()'\"/-%=?!+")
"""Punctuation that means nothing inside a line."""


START = re.compile(r"^(?:([-+=])|(\d+)([.)])(?=\s|$))")
"""What makes a list or a heading where a line begins."""


def prose(text: str) -> str:
    """Text of a stranger as Markdown that reads as that text; `spans` between backticks stay code."""
    shown = visible(redacted_shapes(text))
    pieces = re.split(r"(`[^`]+`)", shown)
    escaped = "".join(code(p[1:-1]) if at % 2 else _words(p.split(" ")) for at, p in enumerate(pieces))
    return START.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", escaped)


def _words(words: Iterable[str]) -> str:
    return " ".join(_coded(word) if ACTIVE.search(word) else PUNCTUATION.sub(_escape, word) for word in words)


def _coded(word: str) -> str:
    """A word as code, without the punctuation of the sentence behind it."""
    core = word.rstrip(".,:;")
    return code(core) + word[len(core) :]


def _escape(match: re.Match[str]) -> str:
    return match[0] if match[0] in HARMLESS else "\\" + match[0]
