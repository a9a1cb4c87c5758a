"""The driver of a run, and training on a laptop.

python -m mlgitops.runtime.train      what a RayJob starts (`driver`)
train_here(…)                         what `mlgitops train` calls (`here`)

driver.py      the order: registry, staging, data, training, artifact
staging.py     what a run leaves behind, in files
records.py     those files' contents
data.py        reading and checking a run's data, before the first step
cluster.py     Ray: tasks, trainers, what becomes of a failure
boosting.py    what a worker of a built-in booster does
loop.py        what a worker with code does
pace.py        when a checkpoint is due
here.py        the same without a cluster
"""
