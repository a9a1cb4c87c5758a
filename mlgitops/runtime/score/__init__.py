"""Batch scoring: a data set's answers, by the released version, as serving would give them.

python -m mlgitops.runtime.score      # in a scoring Job (`contract.score`)

job.score             the Job: verify, read, score, write; done once the record is there
answers.answered      a data set → its table of answers
results               tables as files, whole or not at all
"""
