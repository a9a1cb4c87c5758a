"""The exact reading of a document: data, a place for every value, and a finding for all that is refused.

ruamel's parser gives events; nothing of its constructors is used. Values are built here, one event at a time, so that
limits and refusals come before construction. This defines what a file means; `yaml_fast` is a short cut to the same.

What is refused though YAML has it: anchors, aliases, tags, merge keys, directives, several documents, keys that are
not strings, and tabs outside of quotes, block scalars and comments. What ruamel accepts though YAML has it not
(YAML 1.2.2, sections 6.6, 6.7, 7.3.3 and 7.4) is refused in `yaml_gaps`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from mlgitops.findings import Finding
from mlgitops.source import Location, Pointer, pointer_text
from mlgitops.spec import yaml_gaps, yaml_refusals
from mlgitops.spec.yaml_characters import FORBIDDEN, described, excerpt, is_normal
from mlgitops.spec.yaml_colons import missing_colon, missing_colon_above
from mlgitops.spec.yaml_places import Mark, Place
from mlgitops.spec.yaml_scalars import Refused, Scalar, resolve

MAX_DEPTH = 32
"""Mappings and lists in one another; Kubernetes objects stay below 20."""
MAX_NODES = 10_000
"""Keys, values, mappings and lists; a spec of 115 lines has about 250."""
MAX_FINDINGS = 50
"""A file with more wrong is better read from the top again."""

_KEY = re.compile("[A-Za-z][A-Za-z0-9_./-]{0,29}")
"""What is a key without doubt; of other words that stand alone (a line of a pasted secret) nothing is repeated."""

Json = dict[str, "Json"] | list["Json"] | Scalar


class Composed(NamedTuple):
    """A document as read: `data` means something only where `findings` is empty."""

    data: Json
    root: Place
    findings: list[Finding]


class Stop(Exception):
    """Nothing after this place is worth reading."""


class _Frame:
    """A mapping or a list that is being filled."""

    __slots__ = ("children", "column", "flow", "key", "key_mark", "pointer", "start", "values")

    def __init__(self, values: dict[str, Json] | list[Json], place: Place, pointer: Pointer, event: Any) -> None:
        self.values = values
        self.children = place.children
        self.pointer = pointer
        self.column: int = event.start_mark.column
        self.flow: bool = event.flow_style
        self.start: int = event.start_mark.index
        self.key: str | None = None
        self.key_mark: Mark | None = None


def compose(text: str, path: str) -> Composed:
    """Read a text that `yaml_characters.FORBIDDEN` does not match. Findings are in the order of the text."""
    composer = _Composer(text, path)
    try:
        for event in _events(composer):
            composer.take(event)
        composer.finish()
    except Stop:
        pass
    return Composed(composer.data, composer.root, composer.findings)


def _events(composer: _Composer) -> Iterator[Any]:
    """ruamel's events, one at a time; what the parser raises becomes a `yaml/syntax` finding, then `Stop`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    events = YAML(typ="safe", pure=True, plug_ins=[]).parse(composer.text)
    while True:
        try:
            event = next(events)
        except StopIteration:
            return
        except MarkedYAMLError as error:
            at = error.problem_mark or error.context_mark
            composer.stop_at_missing_colon(error)
            composer.stop_at_syntax(str(error.problem or error.context), at, str(error.context or ""))
        # The parser raises these on a few malformed texts: a bad escape, an unknown version, a stray end.
        except (YAMLError, ValueError, AssertionError, IndexError, AttributeError, TypeError, OverflowError):
            composer.stop_at_syntax("text that is not YAML", None, "")
        yield event


class _Composer:
    """The state of one reading."""

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.path = path
        self.findings: list[Finding] = []
        self.data: Json = None
        self.root = Place(Mark(1, 1), Mark(1, 1), {})
        self._frames: list[_Frame] = []
        self._nodes = 0
        self._documents = 0
        self._gaps = yaml_gaps.Gaps(text)
        self._last = Mark(1, 1)

    # What is told.

    def report(
        self, code: str, mark: Mark, message: str, hint: str, related: tuple[tuple[Mark, str], ...] = ()
    ) -> None:
        """Keep a finding; after `MAX_FINDINGS` of them, stop."""
        pointer = ""
        if self._frames:
            frame = self._frames[-1]
            token = (frame.key,) if frame.key is not None else ()
            pointer = pointer_text(frame.pointer + token)
        places = tuple((Location(self.path, *at), words) for at, words in related)
        self.findings.append(
            Finding(Location(self.path, *mark), code, "error", message, hint, pointer=pointer, related=places)
        )
        if len(self.findings) >= MAX_FINDINGS:
            self.findings.append(
                Finding(
                    Location(self.path, *mark),
                    "yaml/too-many-findings",
                    "error",
                    f"reading stopped here: expected a file with fewer than {MAX_FINDINGS} problems of form",
                    "correct those above, then check again",
                )
            )
            raise Stop

    def stop_at_missing_colon(self, error: Any) -> None:
        """Tell where a colon is missing, if that is why the parser stopped."""
        at, problem, missing = error.problem_mark, str(error.problem), None
        if at is not None and problem in ("could not find expected ':'", "mapping values are not allowed here"):
            key = error.context_mark and Mark(error.context_mark.line + 1, error.context_mark.column + 1)
            missing = missing_colon(self.text, at.line, at.column, key or None)
        elif at is not None and "but found" in problem and "'<block mapping start>'" in problem:
            missing = missing_colon_above(self.text, at.line, at.column)
        if missing is None:
            return
        shown = f" '{missing.key}'" if _KEY.fullmatch(missing.key) else ""
        after = f"the colon of the key{shown}" if missing.what == "space" else f"the key{shown}"
        hint = f"write `{missing.key if shown else 'key'}: …`"
        self.report("yaml/syntax", missing.mark, f"expected a {missing.what} after {after}, got none", hint)
        raise Stop

    def stop_at_syntax(self, problem: str, at: Any, context: str) -> NoReturn:
        """Tell what the parser could not read, at its mark or else after the last thing it could."""
        mark = self._last if at is None else Mark(at.line + 1, at.column + 1)
        if "'\\t'" in problem:
            self._tell([yaml_gaps.tab(mark)])
            raise Stop
        message, hint = yaml_refusals.said(problem, context)
        self.report("yaml/syntax", mark, message, hint)
        raise Stop

    # What is read.

    def take(self, event: Any) -> None:
        """One event of the parser."""
        kind = type(event).__name__
        mark = _mark(event)
        self._last = mark
        if kind == "ScalarEvent":
            if event.start_mark.index == event.end_mark.index:
                mark = self._gaps.colon_before(event.start_mark.index) or mark
            self._check_gap(event)
            self._count(event, mark)
            self._scalar(event, mark)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._check_gap(event)
            self._count(event, mark)
            self._open(event, mark, {} if kind == "MappingStartEvent" else [])
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._close(event)
        elif kind == "AliasEvent":
            self._check_gap(event)
            name = excerpt(str(event.anchor), 40)
            self.report("yaml/alias", mark, f"expected a value, got the alias {name}", "write the value out")
            self._place(None, mark)
        elif kind == "DocumentStartEvent":
            self._document(event, mark)

    def finish(self) -> None:
        """After the last event: what stands behind the document, and whether there was one."""
        self._tell(self._gaps.rest())
        if not self.findings and not isinstance(self.data, dict):
            self._not_a_mapping()

    def _not_a_mapping(self) -> None:
        if self.data is None and not self._gaps.content:
            self.report("yaml/empty", Mark(1, 1), "expected a document, got an empty file", "write the document")
            return
        got = "a list" if isinstance(self.data, list) else "a single value"
        hint = "begin with `apiVersion:` and `kind:`"
        self.report("yaml/not-a-mapping", self.root.value, f"expected a mapping of keys to values, got {got}", hint)

    def _document(self, event: Any, mark: Mark) -> None:
        self._documents += 1
        if self._documents > 1:
            message = "expected one document in a file, got another one"
            self.report("yaml/multiple-documents", mark, message, "move it to a file of its own")
            raise Stop
        directive = self._gaps.directive_before(event.start_mark.index)
        if directive is not None:
            message = "expected a document without directives, got a line that starts with `%`"
            self.report("yaml/directive", directive, message, "remove the line")
            raise Stop
        if event.explicit:
            self._gaps.skip(event.start_mark.index, event.end_mark.index)

    def _count(self, event: Any, mark: Mark) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            message = f"expected at most {MAX_NODES:,} keys and values in a file, got more"
            self.report("yaml/too-many-nodes", mark, message, "split the file")
            raise Stop
        if event.anchor is not None:
            name = excerpt(str(event.anchor), 40)
            hint = "remove it, and write the value out where it is used"
            self.report("yaml/anchor", mark, f"expected a value, got the anchor {name}", hint)
        if event.tag is not None:
            name = excerpt(str(event.tag).replace("tag:yaml.org,2002:", "!!"), 40)
            self.report("yaml/tag", mark, f"expected a value without a tag, got {name}", "remove the tag")

    def _scalar(self, event: Any, mark: Mark) -> None:
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.key_mark is None and isinstance(frame.values, dict):
            self._key(frame, event, mark)
            return
        value: Scalar | Refused = event.value if event.style is not None else self._plain(event, mark)
        if isinstance(value, Refused):
            message = f"expected {value.expected}, got {excerpt(event.value)}"
            self.report("yaml/number", mark, message, value.hint)
            value = None
        elif isinstance(value, str):
            self._check_text(value, mark, is_key=False)
        self._place(value, mark)

    def _plain(self, event: Any, mark: Mark) -> Scalar | Refused:
        if event.value == "-":
            self.report("yaml/syntax", mark, "expected a value, got a lone `-`", "quote it if it is text")
        return resolve(event.value)

    def _key(self, frame: _Frame, event: Any, mark: Mark) -> None:
        word = event.value
        frame.key_mark = mark
        # The plain `=` and `<<` have meanings of their own in YAML 1.1, which Kubernetes' reader follows.
        if word == "<<":
            hint = "write the keys out; layers are merged by `environment.defaults` and `overrides`"
            self.report("yaml/merge-key", mark, "expected a key, got the merge key '<<'", hint)
        elif event.style is None and not isinstance(resolve(word), str):
            got = excerpt(word) if word else "an empty key"
            hint = f'write "{word}":' if word and len(word) < 40 else "write a word before the colon"
            self.report("yaml/key", mark, f"expected a key that is a string, got {got}", hint)
        else:
            self._check_text(word, mark, is_key=True)
        first = frame.children.get(word)
        if first is not None:
            message = f"expected each key once, got {excerpt(word)} again"
            self.report("yaml/duplicate-key", mark, message, "remove one of the two", ((first.key, "first here"),))
        frame.key = word

    def _check_text(self, value: str, mark: Mark, *, is_key: bool) -> None:
        """What an escape may have brought in, and the normal form."""
        found = FORBIDDEN.search(value)
        character = found.group() if found else next((c for c in "\n\t" if is_key and c in value), None)
        if character is not None:
            message = f"expected visible characters, got {described(character)}"
            self.report("yaml/character", mark, message, "remove it")
        if not is_normal(value):
            message = f"expected text in Unicode's normal form C, got {value[:80]!a}"
            self.report("yaml/not-nfc", mark, message, "type the accented characters anew, or save as NFC")

    def _open(self, event: Any, mark: Mark, values: dict[str, Json] | list[Json]) -> None:
        parent = self._frames[-1] if self._frames else None
        if len(self._frames) >= MAX_DEPTH:
            message = f"expected at most {MAX_DEPTH} levels of mappings and lists, got more"
            self.report("yaml/too-deep", mark, message, "write it flatter")
            raise Stop
        if parent is not None and parent.key_mark is None and isinstance(parent.values, dict):
            got = "a mapping" if isinstance(values, dict) else "a list"
            self.report("yaml/key", mark, f"expected a key that is a string, got {got}", "write a word as the key")
            raise Stop
        pointer = () if parent is None else (*parent.pointer, self._token(parent))
        place = self._place(values, mark)
        self._frames.append(_Frame(values, place, pointer, event))

    def _close(self, event: Any) -> None:
        frame = self._frames[-1]
        if frame.flow:
            self._tell(self._gaps.before(event.end_mark.index - 1))
            self._gaps.skip(event.end_mark.index - 1, event.end_mark.index)
            self._tell(self._gaps.indentation(frame.start, event.end_mark.index, self._block_column(), brackets=True))
        self._frames.pop()

    def _check_gap(self, event: Any) -> None:
        """What stands between the last thing read and this one, then this one's own lines."""
        start, end = event.start_mark.index, event.end_mark.index
        self._tell(self._gaps.before(start))
        self._gaps.skip(start, end)
        if getattr(event, "style", None) in ("'", '"'):
            self._tell(self._gaps.indentation(start, end, self._block_column()))

    def _block_column(self) -> int:
        """The column (0-based) that lines within a flow or quoted value must exceed; -1 where there is none."""
        return next((frame.column for frame in reversed(self._frames) if not frame.flow), -1)

    def _tell(self, problems: list[yaml_gaps.Problem]) -> None:
        for code, mark, message, hint in problems:
            self.report(code, mark, message, hint)

    # What is built.

    @staticmethod
    def _token(frame: _Frame) -> str | int:
        return len(frame.values) if isinstance(frame.values, list) else (frame.key or "")

    def _place(self, value: Json, mark: Mark) -> Place:
        """Put a value where it belongs; of a key given twice the first value stays."""
        if not self._frames:
            self.data, self.root = value, Place(mark, mark, {})
            return self.root
        frame = self._frames[-1]
        place = Place(frame.key_mark or mark, mark, {})
        token = self._token(frame)
        if isinstance(frame.values, list):
            frame.values.append(value)
            frame.children[token] = place
        elif token not in frame.children:
            frame.values[str(token)] = value
            frame.children[token] = place
        frame.key, frame.key_mark = None, None
        return place


def _mark(event: Any) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)
