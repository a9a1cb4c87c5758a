"""How a version reaches an environment: promotion, rollback, a version of new behaviour, and what serves where.

Files in, files out: a decision takes documents and the time, and returns the text of the file that a person then
reviews and commits, or what speaks against it. Nothing here reads a clock, writes a file or asks a registry.
"""
