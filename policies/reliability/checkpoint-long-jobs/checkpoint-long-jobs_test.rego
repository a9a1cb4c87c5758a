package mlgitops.reliability.checkpoint_long_jobs_test

import data.mlgitops.reliability.checkpoint_long_jobs

asked(deadline, every_, failures) := {
	"trains": true,
	"spec": {"training": {"deadline": deadline, "checkpoint": {"every": every_, "keep": 2}, "maxFailures": failures}},
}

unwritten(deadline, got) := {
	"pointer": "/spec/training/checkpoint/every",
	"message": sprintf("a run of up to %s must write a checkpoint at least every 1h, got %s", [deadline, got]),
}

test_interruptible if {
	checkpoint_long_jobs.deny == set() with input as asked("6h", "10m", 1)
	checkpoint_long_jobs.deny == set() with input as asked("2d", "1h", 5)
	checkpoint_long_jobs.deny == set() with input as asked("6h", "60m", 1)
}

test_short_runs if {
	every deadline in ["1h", "60m", "3600s", "500ms"] {
		checkpoint_long_jobs.deny == set() with input as asked(deadline, null, 0)
	}
}

# Whether a run must end is another rule's question.
test_no_deadline if checkpoint_long_jobs.deny == set() with input as asked(null, null, 0)

test_no_checkpoint if {
	checkpoint_long_jobs.deny == {unwritten("61m", "nothing")} with input as asked("61m", null, 1)
	checkpoint_long_jobs.deny == {unwritten("1d", "nothing")} with input as {
		"trains": true,
		"spec": {"training": {"deadline": "1d", "checkpoint": null, "maxFailures": 1}},
	}
}

test_too_rarely if {
	checkpoint_long_jobs.deny == {unwritten("6h", "'61m'")} with input as asked("6h", "61m", 1)
	checkpoint_long_jobs.deny == {unwritten("6h", "'1d'")} with input as asked("6h", "1d", 1)
	checkpoint_long_jobs.deny == {unwritten("long", "'often'")} with input as asked("long", "often", 1)
}

test_no_second_attempt if {
	checkpoint_long_jobs.deny == {{
		"pointer": "/spec/training/maxFailures",
		"message": "a run of up to 6h must have maxFailures of at least 1, got 0",
	}} with input as asked("6h", "10m", 0)
}

test_does_not_train if {
	checkpoint_long_jobs.deny == set() with input as object.union(asked("6h", null, 0), {"trains": false})
}
