package mlgitops.reliability.objectives_set_test

import data.mlgitops.reliability.objectives_set

asked(serves, protected, monitoring) := {
	"serves": serves,
	"environment": {"protected": protected},
	"spec": {"monitoring": monitoring},
}

objectives(availability, latency) := {"objectives": {"availability": availability, "latencyP99": latency}}

availability := {
	"pointer": "/spec/monitoring/objectives/availability",
	"message": "a service in a protected environment must have monitoring.objectives.availability, got nothing",
}

latency := {
	"pointer": "/spec/monitoring/objectives/latencyP99",
	"message": "a service in a protected environment must have monitoring.objectives.latencyP99, got nothing",
}

test_both if {
	objectives_set.deny == set() with input as asked(true, true, objectives(99.9, "200ms"))
	objectives_set.deny == set() with input as asked(true, true, objectives(0, "1s"))
}

test_one_is_missing if {
	objectives_set.deny == {availability} with input as asked(true, true, objectives(null, "200ms"))
	objectives_set.deny == {latency} with input as asked(true, true, objectives(99.9, null))
}

test_no_monitoring if objectives_set.deny == {availability, latency} with input as asked(true, true, null)

test_not_protected if objectives_set.deny == set() with input as asked(true, false, null)

test_does_not_serve if objectives_set.deny == set() with input as asked(false, true, null)
