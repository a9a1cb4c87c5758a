"""The documents, one kind a file, as strict pydantic types.

A document's envelope is `apiVersion`, `kind`, `metadata`, `spec`. Unknown keys are refused, types
are strict, instances are frozen. Fields keep the text that people wrote (`6h`, `32Gi`); the
functions of `types` give its value.
"""
