"""How risky a change is, from what differs between two states of a model: never from what somebody declares.

factor    one thing that differs, and its level
code      how far Python code differs: in its words, in what it does, or in what it offers
data      data sets: the same kind of data again, or another
versions  two version records: what a release changes
specs     two resolved models: what else changes in one environment
"""
