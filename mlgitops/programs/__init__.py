"""The programs we start: one module each, all through `process.py`."""
