"""The policy inputs' JSON Schemas as the package ships them, written from pydantic's models.

python tools/write_input_schemas.py
"""

from __future__ import annotations

from pathlib import Path

from mlgitops.policy import published_schema


def main() -> None:
    """Write the file beside the module that reads it."""
    Path(published_schema.__file__).with_name(published_schema.FILE).write_text(published_schema.text())


if __name__ == "__main__":
    main()
