package mlgitops.cost.accelerators_per_model_test

import data.mlgitops.cost.accelerators_per_model

asked(trains, serves, training, serving) := {
	"trains": trains,
	"serves": serves,
	"spec": {"training": training, "serving": serving},
	"environment": {"limits": {"accelerators": {"T4": {"perModel": 4}, "A100": {"perModel": null}}}},
}

training(workers, each) := {"workers": workers, "accelerators": {"type": "T4", "perWorker": each}}

serving(replicas, type) := {"replicas": replicas, "accelerators": {"type": type, "perReplica": 2}}

test_a_run_at_the_limit if {
	accelerators_per_model.deny == set() with input as asked(true, true, training(2, 2), null)
}

test_a_run_over_the_limit if {
	accelerators_per_model.deny == {{
		"pointer": "/spec/training/workers",
		"message": "a run must take at most 4 T4 here, got 5 workers with 1 each",
	}} with input as asked(true, true, training(5, 1), null)
}

test_an_elastic_run_counts_with_its_largest if {
	accelerators_per_model.deny == {{
		"pointer": "/spec/training/workers",
		"message": "a run must take at most 4 T4 here, got 3 workers with 2 each",
	}} with input as asked(true, true, training({"min": 1, "max": 3}, 2), null)
}

test_no_run_here if {
	accelerators_per_model.deny == set() with input as asked(false, true, training(50, 1), null)
}

test_a_service_over_the_limit if {
	accelerators_per_model.deny == {{
		"pointer": "/spec/serving/replicas",
		"message": "a service must take at most 4 T4 here, got 3 replicas with 2 each",
	}} with input as asked(true, true, training(1, 1), serving({"min": 1, "max": 3}, "T4"))
}

test_a_service_without_a_ceiling_counts_with_its_least if {
	count(accelerators_per_model.deny) == 1 with input as asked(false, true, null, serving({"min": 3, "max": null}, "T4"))
	count(accelerators_per_model.deny) == 0 with input as asked(false, true, null, serving({"min": 2, "max": null}, "T4"))
}

test_no_service_here if {
	accelerators_per_model.deny == set() with input as asked(true, false, training(1, 1), serving({"min": 9, "max": 9}, "T4"))
}

test_a_limit_of_another_kind if {
	unlimited := {"workers": 90, "accelerators": {"type": "A100", "perWorker": 1}}
	accelerators_per_model.deny == set() with input as asked(true, false, unlimited, null)
	accelerators_per_model.deny == set() with input as asked(false, true, null, serving({"min": 9, "max": 9}, "A100"))
}

test_a_type_without_a_limit if {
	accelerators_per_model.deny == {{
		"pointer": "/spec/serving/accelerators/type",
		"message": "an accelerator must be of a type with a limit here (A100, T4), got H100",
	}} with input as asked(false, true, null, serving({"min": 1, "max": 1}, "H100"))
	unknown := {"workers": 1, "accelerators": {"type": "H100", "perWorker": 1}}
	accelerators_per_model.deny == {{
		"pointer": "/spec/training/accelerators/type",
		"message": "an accelerator must be of a type with a limit here (A100, T4), got H100",
	}} with input as asked(true, false, unknown, null)
	accelerators_per_model.deny == set() with input as asked(false, false, unknown, null)
}

test_no_accelerators if {
	accelerators_per_model.deny == set() with input as asked(true, true, {"workers": 9, "accelerators": null}, {
		"replicas": {"min": 9, "max": 9},
		"accelerators": null,
	})
}
