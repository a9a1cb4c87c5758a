"""Data sets as tables: their bytes fetched and checked, read, typed, and held to what a spec expects.

    data = read_table(location, identity)                       bytes, digest, rows
    table, identities = read_tables(locations, identities)      several sets, each held to its expectations
    check_expectations(data, location.expect, location.name)    what a spec says of its columns
    check_usable(data.table, columns, task, location.name)      what no model can learn from
    inputs = feature_signature(data.table, columns, declared)   what a model is asked with

Everything that can be wrong with data is a `RunProblem` with a code `data/…`, and shows none of its values.
"""

from __future__ import annotations

from mlgitops.runtime.data.expectations import check_expectations
from mlgitops.runtime.data.read import Data, read_table, read_tables
from mlgitops.runtime.data.signature import feature_names, feature_signature
from mlgitops.runtime.data.usable import check_usable

__all__ = [
    "Data",
    "check_expectations",
    "check_usable",
    "feature_names",
    "feature_signature",
    "read_table",
    "read_tables",
]
