"""`python -m mlgitops.runtime.sign`: the Job that registers and signs a run that passed its evaluation.

    job        waits, checks, signs, registers; exits 0 when there is nothing to register, or it is there
    awaited    the evaluation, or why there will be none
    checks     evaluation and run record held against what the configuration knows
    contents   whether an artifact holds what its format may hold, and no more
    signed     the folder that is signed, its manifest, and the version's record

It alone has the key, and runs no code of a spec: no predictor, no pickle, no framework. Of what a training pod wrote
only two times and the artifact's bytes get into a version, and the bytes are those that were evaluated.
"""
