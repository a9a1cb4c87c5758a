package mlgitops.governance.release_metrics_test

import data.mlgitops.governance.release_metrics

asked(limits, values) := {
	"spec": {"validation": {"metrics": [object.union({"name": "auc", "min": null, "max": null, "maxRegression": null}, limits)]}},
	"version": {
		"name": "v2",
		"data": [{"name": "t", "role": "training"}, {"name": "held", "role": "validation"}],
		"metrics": [object.union({"name": "auc", "dataset": "held", "value": 0.9, "baseline": null}, values)],
	},
}

said(message) := {{"pointer": "/version/metrics/0/value", "message": message}}

test_within_its_limits if {
	release_metrics.deny == set() with input as asked({"min": 0.9, "max": 0.9}, {})
	release_metrics.deny == set() with input as asked({}, {"value": -1})
}

test_too_low if {
	release_metrics.deny == said("auc must be at least 0.95, got 0.9") with input as asked({"min": 0.95}, {})
}

test_too_high if {
	release_metrics.deny == said("auc must be at most 0.8, got 0.9") with input as asked({"max": 0.8}, {})
}

test_worse_than_before if {
	release_metrics.deny == said("auc must be at most 0.01 worse than 0.92, of the version before, got 0.9") with input as asked(
		{"maxRegression": 0.01},
		{"baseline": 0.92},
	)
}

test_not_much_worse if {
	every baseline in [null, 0.5, 0.9, 0.91] {
		release_metrics.deny == set() with input as asked({"maxRegression": 0.01}, {"baseline": baseline})
	}
	release_metrics.deny == set() with input as asked({"maxRegression": 0.01}, {"value": 0.96, "baseline": 0.97})
}

test_less_is_better_of_errors if {
	error := json.patch(asked({"maxRegression": 2}, {"value": 50, "baseline": 47}), [
		{"op": "replace", "path": "/spec/validation/metrics/0/name", "value": "mae"},
		{"op": "replace", "path": "/version/metrics/0/name", "value": "mae"},
	])
	release_metrics.deny == said("mae must be at most 2 worse than 47, of the version before, got 50") with input as error
	better := json.patch(error, [{"op": "replace", "path": "/version/metrics/0/value", "value": 1}])
	release_metrics.deny == set() with input as better
}

test_not_measured if {
	expected := {{
		"pointer": "/release/version",
		"message": "version v2 must have been measured by auc on held-out data, got none",
	}}
	release_metrics.deny == expected with input as asked({"min": 0.5}, {"name": "recall"})
	release_metrics.deny == expected with input as asked({"min": 0.5}, {"dataset": "t"})
}

test_one_of_two_not_measured if {
	document := asked({"min": 0.5}, {})
	two := json.patch(document, [{"op": "add", "path": "/spec/validation/metrics/-", "value": {"name": "recall"}}])
	release_metrics.deny == {{
		"pointer": "/release/version",
		"message": "version v2 must have been measured by recall on held-out data, got auc",
	}} with input as two
}

test_no_release if {
	release_metrics.deny == set() with input as object.union(asked({"min": 0.5}, {}), {"version": null})
}

test_no_validation if {
	document := json.patch(asked({}, {}), [{"op": "replace", "path": "/spec/validation", "value": null}])
	release_metrics.deny == set() with input as document
}
