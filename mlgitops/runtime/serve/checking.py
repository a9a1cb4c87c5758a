"""`Checker`: records checked against a model's inputs, and made into the rows that it is asked with.

    checker = Checker(model.inputs, as_numbers=True)
    checker.rows([{"age": 41, "plan": "gold"}])     # [[41, nan]]

What is refused, with every wrong field's name: a field that is missing, or null where the feature is not `nullable`; a
field that is no feature; a value of another type; a number that float32 cannot hold. JSON has one kind of number, so
`3` is a float and `3.0` an integer.

What is answered: a number out of its feature's range, and a category that training did not know, which is missing to
the model. An odd record is no error of the caller's; watching counts both (`runtime.watch`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from mlgitops.runtime.serve.bodies import json_type
from mlgitops.runtime.serve.refusal import Refusal, WrongField, invalid
from mlgitops.spec.documents.model import Feature

FLOAT32 = 3.4028234663852886e38
"""The largest number that float32 holds."""
INTEGERS = {"int32": 2**31, "int64": 2**63}
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001
"""UTC; moments here have no zone, as NumPy's have none."""
DAY = timedelta(days=1)
MISSING = math.nan

Row = list[Any]
Convert = Callable[[Any], object]
"""A JSON value → what the model is asked with. Raises ValueError, whose text says what it must be."""


class Checker:
    """The checks of a model's inputs; made once."""

    def __init__(self, inputs: Sequence[Feature], *, as_numbers: bool) -> None:
        """`as_numbers`: rows are numbers for a float32 matrix, by the rule of `runtime.matrix`, else raw values."""
        self._checks = [(feature.name, conversion(feature, as_numbers=as_numbers)) for feature in inputs]
        self._names = frozenset(feature.name for feature in inputs)
        self._nullable = {feature.name: None for feature in inputs if feature.nullable}

    def rows(self, records: Sequence[Mapping[str, object]]) -> list[Row]:
        """A row a record, in the order of the inputs. Raises Refusal, which names every wrong field."""
        checks, fields = self._checks, len(self._checks)
        try:
            return [
                [convert(record[name]) for name, convert in checks]
                for record in (one if len(one) == fields else self._completed(one) for one in records)
            ]
        except (KeyError, ValueError):
            raise self._refusal(records) from None

    def _completed(self, record: Mapping[str, object]) -> Mapping[str, object]:
        """A record with null for what it may leave out. Raises ValueError."""
        complete = {**self._nullable, **record}
        if len(complete) != len(self._checks):
            raise ValueError("fields")
        return complete

    def _refusal(self, records: Sequence[Mapping[str, object]]) -> Refusal:
        """Everything that is wrong with the records, found the slow way."""
        wrong = [field for place, record in enumerate(records) for field in self._wrong_fields(place, record)]
        return invalid("1 field is wrong" if len(wrong) == 1 else f"{len(wrong)} fields are wrong", wrong)

    def _wrong_fields(self, place: int, record: Mapping[str, object]) -> list[WrongField]:
        found = [WrongField(place, name, "is no field of the model") for name in record if name not in self._names]
        for name, convert in self._checks:
            if name not in record and name not in self._nullable:
                found.append(WrongField(place, name, "is missing"))
                continue
            try:
                convert(record.get(name))
            except ValueError as error:
                found.append(WrongField(place, name, str(error)))
        return found


def conversion(feature: Feature, *, as_numbers: bool) -> Convert:
    """The check of one feature."""
    if feature.type == "string":
        return _or_missing(_category(feature, as_numbers=as_numbers), feature, as_numbers=as_numbers)
    if feature.type == "timestamp":
        return _or_missing(_timestamp(as_numbers=as_numbers), feature, as_numbers=as_numbers)
    if feature.type == "bool":
        return _or_missing(_boolean(as_numbers=as_numbers), feature, as_numbers=as_numbers)
    return _fast_number(feature, _or_missing(_number(feature), feature, as_numbers=as_numbers))


def _or_missing(convert: Convert, feature: Feature, *, as_numbers: bool) -> Convert:
    nothing: object = MISSING if as_numbers else None

    def check(value: object) -> object:
        if value is None:
            if not feature.nullable:
                raise ValueError("must not be null")
            return nothing
        return convert(value)

    return check


def _fast_number(feature: Feature, slow: Convert) -> Convert:
    """A number within its type's limits, as nearly every one is, takes one comparison."""
    kind = int if feature.type in INTEGERS else float
    low, high = _limits(feature)

    def check(value: Any) -> object:
        if type(value) is kind and low <= value <= high:
            return value
        return slow(value)

    return check


def _limits(feature: Feature) -> tuple[float, float]:
    limit = INTEGERS.get(feature.type)
    return (-FLOAT32, FLOAT32) if limit is None else (-limit, limit - 1)


def _number(feature: Feature) -> Convert:
    low, high = _limits(feature)
    whole = feature.type in INTEGERS

    def convert(value: Any) -> object:
        if type(value) is not float and type(value) is not int:
            raise ValueError(f"must be a number, got a {json_type(value)}")
        if not -FLOAT32 <= value <= FLOAT32:
            raise ValueError("must be a finite number that float32 holds")
        if not whole:
            return float(value)
        if value != int(value):
            raise ValueError("must be a whole number")
        if not low <= int(value) <= high:
            raise ValueError(f"must be a whole number that {feature.type} holds")
        return int(value)

    return convert


def _boolean(*, as_numbers: bool) -> Convert:
    def convert(value: Any) -> object:
        if type(value) is not bool:
            raise ValueError(f"must be true or false, got a {json_type(value)}")
        return float(value) if as_numbers else value

    return convert


def _category(feature: Feature, *, as_numbers: bool) -> Convert:
    codes = {str(value): float(place) for place, value in enumerate(feature.values or ())}

    def convert(value: Any) -> object:
        if type(value) is not str:
            raise ValueError(f"must be a string, got a {json_type(value)}")
        return codes.get(value, MISSING) if as_numbers else value

    return convert


def _timestamp(*, as_numbers: bool) -> Convert:
    def convert(value: Any) -> object:
        if type(value) is not str:
            raise ValueError(f"must be a time such as 2026-11-02T03:00:00Z, got a {json_type(value)}")
        moment = moment_of(value)
        return (moment - EPOCH) / DAY if as_numbers else moment

    return convert


def moment_of(text: str) -> datetime:
    """A time of ISO 8601 as UTC without a zone; one without a zone is UTC. Raises ValueError.

    >>> moment_of("2026-11-02T03:00:00+01:00")
    datetime.datetime(2026, 11, 2, 2, 0)
    """
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise ValueError("must be a time such as 2026-11-02T03:00:00Z") from None
