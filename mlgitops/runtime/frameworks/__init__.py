"""What each framework trains without code, and what an artifact of any framework must be.

    prepared.py   a table as the matrix and the target that a model learns from
    options.py    hyperparameters as the library's options
    rounds.py     boosting, round by round, so that it can be left and taken up again
    xgboost.py, lightgbm.py, sklearn.py
    left.py       what a loop with code left in its last checkpoint
    artifact.py   the folder: a model file and `mlgitops.json`

Nothing here knows of Ray.
"""
