"""The columns of a Parquet file in the few types that specs know: a float that is not a number is a missing one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow


def normal(table: pyarrow.Table) -> pyarrow.Table:
    """The table with each column in its spec's type; what is of none of them stays as it is."""
    import pyarrow

    return pyarrow.table({name: _normal(table.column(name)) for name in table.column_names})


def _normal(column: Any) -> Any:
    import pyarrow
    import pyarrow.compute as compute

    if pyarrow.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    wanted = _type_of(column.type)
    if wanted is None:
        return column
    try:
        column = column.cast(wanted, safe=pyarrow.types.is_integer(column.type))
    except pyarrow.ArrowInvalid:
        return column  # an unsigned number that 64 bits do not hold
    if pyarrow.types.is_floating(column.type):
        return compute.if_else(compute.is_nan(column), pyarrow.scalar(None, column.type), column)
    return column


def _type_of(type_: Any) -> Any:
    import pyarrow
    from pyarrow import types

    if types.is_boolean(type_):
        return pyarrow.bool_()
    if types.is_integer(type_):
        small = type_.bit_width < 32 or type_ == pyarrow.int32()
        return pyarrow.int32() if small else pyarrow.int64()
    if types.is_floating(type_):
        return pyarrow.float64() if type_ == pyarrow.float64() else pyarrow.float32()
    if types.is_decimal(type_):
        return pyarrow.float64()
    if types.is_string(type_) or types.is_large_string(type_) or types.is_string_view(type_):
        return pyarrow.string()
    if types.is_timestamp(type_) or types.is_date(type_):
        return pyarrow.timestamp("us", tz="UTC")
    return None
