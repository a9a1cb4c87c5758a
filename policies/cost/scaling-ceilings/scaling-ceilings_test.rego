package mlgitops.cost.scaling_ceilings_test

import data.mlgitops.cost.scaling_ceilings

asked(trains, serves, workers, replicas) := {
	"trains": trains,
	"serves": serves,
	"spec": {"training": {"workers": workers}, "serving": {"replicas": replicas}},
	"environment": {"limits": {"replicas": 4}, "autoscaling": {"maxWorkers": 3}},
}

test_at_the_ceilings if {
	scaling_ceilings.deny == set() with input as asked(true, true, 3, {"min": 1, "max": 4})
	scaling_ceilings.deny == set() with input as asked(true, true, {"min": 1, "max": 3}, {"min": 4, "max": null})
}

test_replicas if {
	expected := {{
		"pointer": "/spec/serving/replicas",
		"message": "serving.replicas must be at most 4, the ceiling here, got 5",
	}}
	scaling_ceilings.deny == expected with input as asked(true, true, 1, {"min": 1, "max": 5})
	scaling_ceilings.deny == expected with input as asked(true, true, 1, {"min": 5, "max": null})
}

test_workers if {
	expected := {{
		"pointer": "/spec/training/workers",
		"message": "training.workers must be at most 3, the ceiling here, got 4",
	}}
	scaling_ceilings.deny == expected with input as asked(true, true, 4, {"min": 1, "max": 1})
	scaling_ceilings.deny == expected with input as asked(true, true, {"min": 1, "max": 4}, {"min": 1, "max": 1})
}

test_what_is_not_here if scaling_ceilings.deny == set() with input as asked(false, false, 9, {"min": 9, "max": 9})

test_no_limit_of_replicas if {
	document := json.patch(asked(true, true, 1, {"min": 9, "max": 9}), [{"op": "replace", "path": "/environment/limits/replicas", "value": null}])
	scaling_ceilings.deny == set() with input as document
}

test_no_service if {
	document := json.patch(asked(true, true, 1, null), [{"op": "replace", "path": "/spec/serving", "value": null}])
	scaling_ceilings.deny == set() with input as document
}
