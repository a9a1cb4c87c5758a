package mlgitops.datasets.checked_before_training_test

import data.mlgitops.datasets.checked_before_training

none := {"schedule": null, "newData": false, "monitoring": null}

asked(role, expect, triggers) := {"trains": true, "spec": {
	"data": [
		{"name": "good", "role": "training", "expect": [{"column": "age"}]},
		{"name": "customers", "role": role, "expect": expect},
	],
	"triggers": object.union(none, triggers),
}}

denied(triggers) := {{
	"pointer": "/spec/data/1/expect",
	"message": sprintf("the data set customers must have expectations, since runs start by themselves (%s), got none", [triggers]),
}}

test_checked if {
	document := asked("training", [{"column": "age", "nullable": false}], {"newData": true})
	checked_before_training.deny == set() with input as document
	checked_before_training.warn == set() with input as document
}

test_a_person_starts_runs if {
	checked_before_training.deny == set() with input as asked("training", [], {})
	checked_before_training.warn == {{
		"pointer": "/spec/data/1/expect",
		"message": "the data set customers should have expectations, got none",
	}} with input as asked("training", [], {})
}

test_runs_start_by_themselves if {
	checked_before_training.deny == denied("schedule") with input as asked("training", [], {"schedule": "0 3 * * 1"})
	checked_before_training.deny == denied("newData") with input as asked("training", [], {"newData": true})
	checked_before_training.deny == denied("monitoring") with input as asked("training", [], {"monitoring": {"cooldown": "24h"}})
	both := asked("training", [], {"newData": true, "schedule": "0 3 * * 1"})
	checked_before_training.deny == denied("newData, schedule") with input as both
	checked_before_training.warn == set() with input as both
}

test_other_data if {
	every role in ["validation", "reference"] {
		checked_before_training.deny == set() with input as asked(role, [], {"newData": true})
		checked_before_training.warn == set() with input as asked(role, [], {})
	}
}

test_does_not_train if {
	document := object.union(asked("training", [], {"newData": true}), {"trains": false})
	checked_before_training.deny == set() with input as document
	checked_before_training.warn == set() with input as document
}
