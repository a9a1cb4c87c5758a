package mlgitops.cost.deadline_test

import data.mlgitops.cost.deadline

asked(trains, deadline, limit) := {
	"trains": trains,
	"spec": {"training": {"deadline": deadline}},
	"environment": {"limits": {"deadline": limit}},
}

test_within if {
	deadline.deny == set() with input as asked(true, "60m", "1h")
	deadline.deny == set() with input as asked(true, "90d", null)
	deadline.deny == set() with input as asked(true, "900000ms", "900s")
}

test_none if {
	every limit in [null, "1h"] {
		deadline.deny == {{"pointer": "/spec/training/deadline", "message": "training.deadline must be said, got none"}} with input as asked(true, null, limit)
	}
}

test_beyond if {
	every pair in [["61m", "1h"], ["1d", "23h"], ["3601s", "1h"], ["2h", "1h"]] {
		[asked_for, limit] := pair
		deadline.deny == {{
			"pointer": "/spec/training/deadline",
			"message": sprintf("training.deadline must be at most %s, the limit here, got %s", [limit, asked_for]),
		}} with input as asked(true, asked_for, limit)
	}
}

test_what_is_no_duration_is_not_within if count(deadline.deny) == 1 with input as asked(true, "soon", "1h")

test_no_training_here if {
	deadline.deny == set() with input as asked(false, null, "1h")
	deadline.deny == set() with input as asked(false, "9h", "1h")
}
