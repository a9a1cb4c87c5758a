"""`python -m mlgitops.runtime.evaluate`: the Job that scores a run's artifact on data that training never saw.

    job           waits for the run, evaluates it, leaves the evaluation; exits 0 when it is there
    evaluation    one artifact against one holdout: scores, limits, overlap, profile
    asking        how predictions are asked for: in this process, or a custom predictor's in one of its own (`child`)
    predictions   answers held to what the task's answers are, as arrays
    truth         the holdout's labels, which no predictor ever sees
    measure       metrics, by scikit-learn
    slices        parts of the holdout with limits of their own
    overlap       rows that training has seen
    profile       how the reference is distributed, for drift
    pictures      a confusion matrix, residuals, as SVG
    card          the model card

Nothing here believes what a training pod wrote: digest, classes, inputs and scores are found out anew.
"""
