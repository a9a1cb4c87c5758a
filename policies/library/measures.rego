# What the texts and unions of a model's spec come to: durations in seconds, ceilings of ranges.
package mlgitops.library.measures

# A duration in seconds: measures.seconds("6h") == 21600. Undefined for what is none.
seconds(text) := amount if {
	is_string(text)
	unit := {"ms": 1, "s": 1000, "m": 60000, "h": 3600000, "d": 86400000}[trim_left(text, "0123456789")]
	amount := (to_number(trim_right(text, "mshd")) * unit) / 1000
}

# Whether a duration is one and at most another: ask `not measures.within(…)`, which what is no duration is not.
within(text, limit) if seconds(text) <= seconds(limit)

# The most workers of a run: `workers` is a number, or a range of an elastic run.
workers(training) := training.workers if {
	is_number(training.workers)
} else := training.workers.max

# The most replicas that serve: without a ceiling, as many as at least.
replicas(serving) := serving.replicas.max if {
	is_number(serving.replicas.max)
} else := serving.replicas.min
