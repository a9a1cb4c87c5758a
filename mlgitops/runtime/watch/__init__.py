"""Watching what a version answers: counts for Prometheus, a log of predictions, labels that come late.

    bins      which bin of the reference profile a value belongs to, counted in NumPy
    page      the replica's metrics as Prometheus reads them
    log       the prediction log: append-only segments on the environment's storage
    feedback  what `POST <route>/feedback` takes
    watch     `Watch`: what a replica calls
    join      `python -m mlgitops.runtime.watch.join`: labels joined with predictions, scored by version

A replica keeps no state of drift. It counts, and Prometheus' rules compare the sum of the replicas' counts with the
reference of the version that serves (`render.drift_rules`): gauges of drift could not be averaged, and would die
with their replica.
"""
