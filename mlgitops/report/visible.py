"""Text of strangers, made safe to show: nothing invisible, nothing that moves a cursor, no secret.

>>> visible("ok\\x1b[2J\\u202e")
'ok\\\\x1b[2J\\\\u202e'
>>> redacted("password: hunter2 # note")
'password: ******* # note'
"""

from __future__ import annotations

import re

FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks that nobody can see, though they count as printable."""


def visible(text: str) -> str:
    """The text with control, bidi, zero-width, filler and unpaired surrogate characters written as escapes."""
    if text.isprintable() and (text.isascii() or FILLERS.isdisjoint(text)):
        return text
    return "".join(visible_character(character) for character in text)


def visible_character(character: str) -> str:
    """One code point, as it may be shown: itself, or an escape such as `\\u202e`."""
    if character.isprintable() and character not in FILLERS:
        return character
    return character.encode("unicode_escape").decode("ascii")


SHAPES = (
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA)[A-Z0-9]{16}"  # access keys of a cloud
    r"|gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"  # Git hosts
    r"|xox[abeoprs]-[\w-]{10,}|sk-[\w-]{16,}|hf_[A-Za-z0-9]{16,}|npm_[A-Za-z0-9]{16,}|pypi-[\w-]{16,}"
    r"|AIza[\w-]{30,}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"  # JSON web tokens
    r")"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*"
    r"|(?:(?<=://)|(?<=:~1~1))[^\s/@:]*:[^\s/@]+(?=@|…)"  # user:password in a URI, cut or in a JSON pointer
)
"""What is a secret wherever it stands, by its form. Compiled when it is used: most reports show nobody's text."""

VALUE = r"(?P<value>\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s,{}\[\]#\"'][^\s,}\]]*)"

NAMED = (
    r"(?i)(?P<name>(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)"
    r"[\w-]{0,40}[\"']?\s{0,8}[:=]\s{0,8})" + VALUE
)
"""What is a secret in a line of a file, by the name before it.

References (`secretName: x`) are hidden too: better that than a password shown."""

NAMED_VARIABLE = (
    r"(?i)(?P<name>(?:password|passwd|passphrase|secret|token|key|credential)[\w-]{0,40}[\"']?\s{0,8},\s{0,8}"
    r"[\"']?value[\"']?:\s{0,8})" + VALUE
)
"""An environment variable on one line: `{name: API_TOKEN, value: …}`."""

NAMED_WITHOUT_COLON = (
    r"(?i)^(?P<name>\s*(?:- +)*[\w.-]{0,40}(?:password|passwd|passphrase|secret|token|key|credential)[\w-]{0,40}"
    r"\s{1,8})(?P<value>[^\s:=#]+)(?=\s*(?:#.*)?$)"
)
"""The first word of a line whose colon was forgotten: what stands there may be what should not be shown."""


def redacted(line: str) -> str:
    """A line of a person's file with likely secrets starred out, each as long as it was, so that columns still fit."""
    for pattern in (NAMED_VARIABLE, NAMED, NAMED_WITHOUT_COLON):
        line = re.sub(pattern, lambda match: match["name"] + "*" * len(match["value"]), line)
    return redacted_shapes(line)


def redacted_shapes(text: str) -> str:
    """A message with starred out what has the form of a secret."""
    return re.sub(SHAPES, lambda match: "*" * len(match[0]), text)
