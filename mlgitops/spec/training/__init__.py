"""What the built-in trainers take: estimators, options and their bounds, as data that checks and the runtime share."""
