package mlgitops.reliability.drift_watched_test

import data.mlgitops.reliability.drift_watched

asked(serves, protected, monitoring) := {
	"serves": serves,
	"environment": {"protected": protected},
	"spec": {"monitoring": monitoring},
}

unwatched := {{
	"pointer": "/spec/monitoring/drift",
	"message": "a service in a protected environment should have monitoring.drift, got nothing",
}}

test_watched if drift_watched.warn == set() with input as asked(true, true, {"drift": {"test": "psi", "threshold": 0.2}})

test_unwatched if {
	drift_watched.warn == unwatched with input as asked(true, true, {"drift": null})
	drift_watched.warn == unwatched with input as asked(true, true, null)
}

test_not_protected if drift_watched.warn == set() with input as asked(true, false, null)

test_does_not_serve if drift_watched.warn == set() with input as asked(false, true, null)
