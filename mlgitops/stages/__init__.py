"""The stages of the pipeline, one a file, each from the values of the one before: `pipeline.py` has their order."""
