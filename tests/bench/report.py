"""The results as a table for a terminal and as tests/bench/README.md."""

from __future__ import annotations

from typing import Any

from tests.bench.rows import Row, rows

Results = dict[str, Any]
WIDTHS = (31, 30, 39, 6)
VERDICT = {True: "met", False: "missed", None: "–"}


def table(results: Results) -> str:
    """The rows, in 110 columns."""
    lines = [_head(results), ""]
    lines += [_cells(("row", "target", "measured", "")), _cells(tuple("-" * (width - 1) for width in WIDTHS))]
    lines += [_cells((row.what, row.target, row.measured, VERDICT[row.met])) for row in rows(results)]
    return "\n".join(lines) + "\n"


def _cells(values: tuple[str, ...]) -> str:
    return " ".join(value.ljust(width) for value, width in zip(values, WIDTHS, strict=True)).rstrip()


def _head(results: Results) -> str:
    work, machine = results["workload"], results["machine"]
    first = f"{results['models']:,} models of {work['lines_per_model']:.0f} lines in 3 environments: "
    first += f"{work['targets']:,} targets of {work['objects_per_target']:.1f} objects and "
    first += f"{work['lines_per_target']:.0f} lines; {work['rules']} rules."
    second = (
        f"{machine['cores']} cores, shared: {machine['processes_running_elsewhere']:.1f} processes wanted them when "
    )
    second += f"it began. Python {machine['python']}; files on {machine['files']}, "
    second += f"{machine['microseconds_to_create_a_file']:.0f} µs to create one."
    return f"{first}\n{second}"


def readme(results: Results) -> str:
    """The page: what is measured and how, and the table."""
    found = rows(results)
    met, missed = (sum(row.met is value for row in found) for value in (True, False))
    reasons = [f"- **{row.what}**: {row.why}." for row in found if row.why and row.met is not True]
    return _PAGE.format(
        head=_head(results),
        table="\n".join(map(_markdown, found)),
        counts=f"{met} rows are met, {missed} are missed.",
        reasons="\n".join(reasons) or "Nothing was missed.",
        size=results["size"],
    )


def _markdown(row: Row) -> str:
    return f"| {row.what} | {row.target} | {row.measured} | {VERDICT[row.met]} |"


_PAGE = """\
# How fast it is

`make bench` measures, prints the table and writes `bench.json`; `python -m tests.bench --write` makes this page from
it. No number on it is written by hand. `--quick` takes two minutes, `--full` adds 10,000 models.

What is compared runs interleaved, in the same minutes; times are medians, and where others use the machine too, ratios
and work (the time of all processors) say more than seconds. Models, code, versions and releases are made by
`repository.py`; the rules are this repository's own; a run that finds anything wrong is an error of the benchmark.
Files are in memory unless `--folder` says otherwise. `python` is `python -c pass`. kustomize is given the objects of
`rendered/dev` as one kustomization, and its exponent tells what the whole fleet would take it.

{head}

| row | target | measured | |
|---|---|---|---|
{table}

{counts} The targets were set for a workload of 8 objects and 540 lines a target and 20 rules.

## Why

{reasons}

Size: {size}.
"""
