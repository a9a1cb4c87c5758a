"""Tables as they come: rows of text, what types their columns have, and whether they are what a spec expects.

Pure, and of Python's standard library alone, so that the command line and the runtime judge a file alike.
"""
