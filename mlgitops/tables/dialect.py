r"""How a file parts its cells, told from its first lines; refused where two readings are as good.

>>> delimiter_of(["id;amount\n", "1;2,50\n", "2;3,75\n"])
';'
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence

from mlgitops.tables.cells import kind_of
from mlgitops.tables.refused import TableRefused

DELIMITERS = (",", ";", "\t", "|")

NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
"""What people type on a command line."""

MAX_COLUMNS = 10_000
_LONGEST_NAME = 128
"""What a spec takes as a column's name."""


def delimiter_of(sample: Sequence[str], wanted: Collection[str] = (), *, cut: bool = False) -> str:
    """The delimiter that gives all lines of a sample as many cells as the first; `cut` says that more lines follow.

    `wanted` are names that must be in the header, where they are known: they decide between readings.
    Raises TableRefused where no delimiter does, or where several do.
    """
    first = next((place for place, line in enumerate(sample) if line.strip("\r\n")), 0)
    sample = sample[first:]
    present = [delimiter for delimiter in DELIMITERS if sample and delimiter in sample[0]]
    if not present:
        return ","  # one column
    even = [delimiter for delimiter in present if _is_even(sample, delimiter, cut)]
    if len(even) > 1 and wanted:
        even = [delimiter for delimiter in even if set(wanted) <= set(_rows(sample[:1], delimiter)[0])] or even
    if len(even) == 1:
        return even[0]
    names = ", ".join(NAMES[delimiter] for delimiter in even or present)
    if even:
        raise TableRefused(f"expected one delimiter, got several that fit every row: {names}", _SAY)
    if len(present) == 1:
        return present[0]  # the rows say themselves which of them is uneven
    raise TableRefused(f"expected rows of equal length, got none with any delimiter of the first line: {names}", _SAY)


_SAY = "name it with --delimiter, or write the file with commas and quotes, as RFC 4180 says"


def _is_even(sample: Sequence[str], delimiter: str, cut: bool) -> bool:
    try:
        rows = _rows(sample, delimiter)
    except csv.Error:
        return False
    if cut and len(rows) > 1:
        rows.pop()  # a quoted cell may go on in lines that are not here
    return len({len(row) for row in rows if row}) == 1


def _rows(sample: Sequence[str], delimiter: str) -> list[list[str]]:
    return list(csv.reader(sample, delimiter=delimiter))


def check_header(header: Sequence[str], first_rows: Sequence[Sequence[str]]) -> None:
    """Raises TableRefused where the first line does not name the columns: values, no names, one name twice."""
    if len(header) > MAX_COLUMNS:
        raise TableRefused(
            f"expected at most {MAX_COLUMNS} columns, got {len(header)}", "leave out what no model needs"
        )
    seen: set[str] = set()
    for number, name in enumerate(header, 1):
        if problem := _problem(name, seen):
            raise TableRefused(f"expected names in the first line, got {problem[0]} in column {number}", problem[1])
        seen.add(name)
    below = [{row[place] for row in first_rows if len(row) > place} for place in range(len(header))]
    if 2 * sum(name in values for name, values in zip(header, below, strict=True)) > len(header):
        raise TableRefused("expected names in the first line, got values that the rows below have too", _NO_HEADER)


_NO_HEADER = "write a first line with the columns' names, once"


def _problem(name: str, seen: Collection[str]) -> tuple[str, str] | None:
    """What is wrong with a column's name, without the name: where there is no header, it is data."""
    if not name.strip():
        return "no name", "name it; pandas writes its index so: use to_csv(index=False)"
    if kind_of(name) in ("integer", "decimal", "boolean", "timestamp"):
        return "a value", _NO_HEADER
    if name in seen:
        return "the name of an earlier column", "give each column a name of its own"
    if len(name) > _LONGEST_NAME or any(character < " " for character in name):
        return f"no name of 1 to {_LONGEST_NAME} characters on one line", "give it a shorter name"
    return None
