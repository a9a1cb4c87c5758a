"""What stands in the way of a change: in full, or where that is too long by message, by rule, by number.

No form leaves a denial out of its count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from mlgitops.report.contents import plural
from mlgitops.report.markdown import code, prose
from mlgitops.report.story.change_groups import listed
from mlgitops.report.story.comment.parts import section
from mlgitops.report.story.fit import Section
from mlgitops.report.story.verdicts import Wrong, is_denial


def wrongs_section(found: Sequence[Wrong]) -> Section | None:
    """Every denial and every error; however many there are, each is counted under its rule or code."""
    if not found:
        return None
    denials = [one for one in found if is_denial(one)]
    errors = [one for one in found if not is_denial(one)]
    counts = ((len(denials), "denial"), (len(errors), "error"))
    heading = " and ".join(plural(count, noun) for count, noun in counts if count)
    by_code = partial(_by_code, found)
    return section(
        heading,
        0,
        partial(_in_full, found),
        partial(_by_message, found),
        by_code,
        partial(by_code, 20),
        partial(by_code, 0),
        partial(_in_all, found),
    )


def _in_full(found: Sequence[Wrong]) -> Iterator[str]:
    for one in found:
        finding = one.finding
        on = f" on {code(', '.join(one.subjects))}" if one.subjects else ""
        change = f" ({one.change})" if one.change else ""
        lines = [f"- **{code(finding.code)}**{on}{change}", f"  {prose(finding.message)}"]
        if one.placed:
            lines.append(f"  at {code(str(finding.location))}")
        lines += [f"  see {code(str(place))}: {prose(words)}" for place, words in finding.related]
        if finding.hint:
            lines.append(f"  hint: {prose(finding.hint)}")
        yield "  \n".join(lines) + "\n"


def _by_message(found: Sequence[Wrong]) -> Iterator[str]:
    """What says the same once, with all whom it is about."""
    places: dict[tuple[str, str], list[str]] = {}
    for one in found:
        places.setdefault((one.finding.code, one.finding.message), []).extend(_whom(one))
    for (name, message), whom in places.items():
        yield f"- **{code(name)}** {prose(message)}  \n  {code(', '.join(dict.fromkeys(whom)))}\n"


def _by_code(found: Sequence[Wrong], most: int | None = None) -> Iterator[str]:
    """Each rule or code with all whom it is about, with the first of them, or with their number."""
    places: dict[str, list[str]] = {}
    for one in found:
        places.setdefault(one.finding.code, []).extend(_whom(one))
    for name, names in places.items():
        whom = list(dict.fromkeys(names))
        if most == 0:
            yield f"- **{code(name)}** {len(whom)} times\n"
        else:
            yield f"- **{code(name)}** {len(whom)} times: {code(listed(whom, most or len(whom)))}\n"


def _in_all(found: Sequence[Wrong]) -> Iterator[str]:
    """For when even the codes are too many."""
    codes = plural(len({one.finding.code for one in found}), "rule or code")
    whom = sum(len(_whom(one)) for one in found)
    yield f"{whom} times, of {codes}: too many to name here, and all in `mlgitops plan`.\n"


def _whom(one: Wrong) -> tuple[str, ...]:
    return one.subjects or (str(one.finding.location),)
