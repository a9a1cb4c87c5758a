"""The short cut and the exact reading say the same: 10,000 documents made at random, and hostile ones."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from mlgitops.spec import yaml_fast
from mlgitops.spec.yaml_characters import FORBIDDEN
from mlgitops.spec.yaml_exact import compose

VALUES = (
    "x", "1", "-1.5", "8e-5", "1e99", "no", "~", "null", "True", "'q'", '"q"', "'it''s'", "x # c", "x #c", "# c",
    "a#b", "text with spaces", "x  ", "http://a:b/c", "a: b", "[]", "{}", "[a, 'b', {c: 1}]", "{a: 1,b: 2}", "[a,]",
    "[a b , c]", "{a: b, 'c': [d, {e: f}]}", "[a: b]", "{a}", "[http://a:b, c]", "*x", "&x 1", "!t x", "<<", "012",
    "1_0", "0x1F", "1e400", "22:22", "2026-01-31", "32Gi", "1e", "1Ex", "1.2.3", "-", "- z", "", "", "%x", "@x", "`x",
    "é", "e\u0301", "\\", '"\\n"',
)  # fmt: skip
KEYS = ("a", "b", "'c'", '"d"', "n1/x", "y", "null", "1", "<<", "[k]", "? k", "e:", "", "")
HEADERS = ("|", "|-", "|+", ">", ">-", ">+", "|2", "| # c")
TOKENS = (*VALUES, "- ", "-", "\n", "\n  ", "\n- ", " ", "    ", ": ", ":", "? ", "[", "]", "{", "}", ", ", "'", '"',
          "\t", " #", "---\n", "...\n", "a: ", "- a: ", "|\n", ">\n  ")  # fmt: skip


def lines(pick: random.Random) -> str:
    """Lines as people write them, with odd values and odd indentation."""
    made: list[str] = []
    indent = 0
    for _ in range(pick.randint(1, 9)):
        indent = max(0, indent + pick.choice((-4, -2, -1, 0, 0, 0, 1, 2, 2)))
        lead = " " * indent + pick.choice(("", "", "", "- ", "- - ", "-   "))
        key = pick.choice((f"k{pick.randint(0, 99)}",) * 14 + KEYS)
        key = f"{key}:{pick.choice((' ', ' ', ' ', '  ', ''))}" if key else ""
        if pick.random() < 0.2:
            made.append(lead + key + pick.choice(HEADERS))
            offsets = (0, indent, indent + 1, *(indent + 2,) * 3, indent + 4, indent + 5)
            bodies = ("", " ", "text", "more text", " x", "# h", "a: b", "1: b", "- i", "\\", "*x", "&x 1")
            made += [" " * pick.choice(offsets) + pick.choice(bodies) for _ in range(pick.randint(0, 4))]
        else:
            made.append(lead + key + pick.choice(VALUES))
    return "\n".join(made) + "\n"


def plain(pick: random.Random) -> str:
    """Well-formed documents of plain shapes, which nearly always take the short cut."""

    def flow(depth: int) -> str:
        kind = pick.random() if depth else 1.0
        if kind < 0.2:
            return "[" + ", ".join(flow(depth - 1) for _ in range(pick.randint(0, 3))) + "]"
        if kind < 0.4:
            return "{" + ", ".join(f"f{n}: {flow(depth - 1)}" for n in range(pick.randint(0, 3))) + "}"
        return pick.choice(
            ("x", "1", "-2.5", "8e-5", "true", "~", "'q, ]'", '"# {"', "6h", "s3://a/b", "a b", "no", "NaN")
        )

    def block(depth: int, indent: int) -> str:
        space = " " * indent
        parts = []
        for number in range(pick.randint(1, 4)):
            kind = pick.random()
            if kind < 0.25 and depth:
                parts.append(f"{space}k{number}:\n{block(depth - 1, indent + pick.choice((1, 2, 4)))}")
            elif kind < 0.45 and depth:
                inner = block(depth - 1, indent + 2)
                parts.append(f"{space}k{number}:\n{space}- {inner[indent + 2 :]}{space}- {flow(2)}\n")
            elif kind < 0.6:
                body = "".join(pick.choice((f"{space}  a: b # c\n", f"{space}    - x\n", "\n", f"{space}   \n"))
                               for _ in range(3))  # fmt: skip
                parts.append(f"{space}k{number}: {pick.choice(HEADERS[:6])}\n{space}  start\n{body}")
            else:
                parts.append(f"{space}k{number}: {flow(3)}{pick.choice(('', '  # words'))}\n")
        return "".join(parts)

    return block(4, 0)


def soup(pick: random.Random) -> str:
    """Pieces of YAML in any order."""
    return "".join(pick.choice(TOKENS) for _ in range(pick.randint(1, 20))) + "\n"


def mutated(pick: random.Random) -> str:
    """A well-formed document with a few pieces put in, cut out or moved."""
    text = plain(pick)
    for _ in range(pick.randint(1, 3)):
        at, other = pick.randrange(len(text) + 1), pick.randrange(len(text) + 1)
        put = pick.choice((pick.choice(TOKENS), "", text[other : other + pick.randint(1, 20)]))
        text = text[:at] + put + text[at + pick.choice((0, 0, 1, 3)) :]
    return text + "\n"


@pytest.mark.parametrize(
    ("make", "count", "least"), [(plain, 1_500, 1_200), (lines, 10_000, 200), (soup, 4_000, 20), (mutated, 2_500, 600)]
)
def test_both_readings_agree(make: Callable[[random.Random], str], count: int, least: int) -> None:
    """`least`: how many of the documents must take the short cut, so that there is something to compare."""
    pick = random.Random(make.__name__)
    fast = 0
    for _ in range(count):
        text = make(pick)
        data = None if FORBIDDEN.search(text) else yaml_fast.data(text)
        if data is None:
            continue
        fast += 1
        composed = compose(text, "x.yaml")
        assert (composed.findings, repr(composed.data)) == ([], repr(data)), text
    assert fast >= least


def test_a_spec_takes_the_short_cut() -> None:
    text = """\
---
# The churn model.
apiVersion: mlgitops.dev/v1alpha1
kind: Model
metadata: {name: churn, team: growth}
spec:
  description: |
    Who leaves within 30 days.

    - *not* for pricing: see the card
  data:
    - {name: customers, role: training, uri: "s3://features/customers/v7", digest: "sha256:0a12"}
  training:
    entrypoint: train:train_loop   # plain Ray Train code
    hyperparameters: {epochs: 20, learningRate: 8e-5}
    resources: {cpu: 8, memory: 32Gi}
    deadline: 6h
  triggers: {schedule: "0 3 * * 1", newData: true, monitoring: {cooldown: 24h}}
  serving:
    inputs: [{name: tenure, type: float32, range: [0, 120]}]
    rayVersion: 2.50.0
  env:
  - name: A
    value: '0'
"""
    assert yaml_fast.data(text) == compose(text, "x.yaml").data
    assert yaml_fast.data(text) is not None


@pytest.mark.parametrize(
    "text",
    ["a: &x 1", "a: *x", "a: !t x", "<<: {a: 1}", "'<<': 1", '"<<": 1',
     "k:\n- c: |\n  1: x", "k:\n- |\n 1: x",
     "1: a", "null: a", '"\\u200b": 1', "a: 012", "a: 0x1F",
     "a: 1_0", "a: 1e400", "a: .inf", "a: 99999999999999999999", "%YAML 1.1\n---\na: 1", "a: 1\n---", "a:\tb",
     "a: 1\na: 2", "a: {b: 1, 'b': 2}", "- a", "a: e\u0301", "? a\n: b", "a: [1,\n2]", 'a: "b\nc"', "a: [-]",
     "a: {1: b}", "a: {null: b}", "k:\n  - - c: |\n    - - 1: |\n    - - a: x",
     "a: " + "[" * 40 + "]" * 40, "a:\n" + "- b\n" * 20_000],
)  # fmt: skip
def test_the_short_cut_leaves_the_rest_to_the_exact_reading(text: str) -> None:
    assert yaml_fast.data(text + "\n") is None
