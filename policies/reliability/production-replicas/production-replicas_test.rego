package mlgitops.reliability.production_replicas_test

import data.mlgitops.reliability.production_replicas

asked(serves, protected, least) := {
	"serves": serves,
	"environment": {"protected": protected},
	"spec": {"serving": {"replicas": {"min": least, "max": 9}}},
}

test_enough if {
	production_replicas.deny == set() with input as asked(true, true, 2)
	production_replicas.deny == set() with input as asked(true, true, 7)
}

test_one_replica if {
	production_replicas.deny == {{
		"pointer": "/spec/serving/replicas/min",
		"message": "a service in a protected environment must have at least 2 replicas, got 1",
	}} with input as asked(true, true, 1)
}

test_not_protected if production_replicas.deny == set() with input as asked(true, false, 1)

test_does_not_serve if {
	production_replicas.deny == set() with input as asked(false, true, 1)
	production_replicas.deny == set() with input as {
		"serves": false,
		"environment": {"protected": true},
		"spec": {"serving": null},
	}
}
