"""Two revisions compared: which targets, objects, fields and verdicts change; blame. Pure."""
