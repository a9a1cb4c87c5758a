package mlgitops.cost.run_ends_test

import data.mlgitops.cost.run_ends

asked(limit, run) := {
	"environment": {"limits": {"deadline": limit}},
	"objects": [{"file": "a.yaml", "object": {"kind": "RayJob", "metadata": {"name": "churn"}, "spec": run}}],
}

run := {"activeDeadlineSeconds": 3600, "shutdownAfterJobFinishes": true, "ttlSecondsAfterFinished": 60}

test_a_run_that_ends if {
	run_ends.deny == set() with input as asked("1h", run)
	run_ends.deny == set() with input as asked(null, object.union(run, {"activeDeadlineSeconds": 9999999}))
	run_ends.deny == set() with input as asked("1h", object.remove(run, ["ttlSecondsAfterFinished"]))
	run_ends.deny == set() with input as asked("1h", object.union(run, {"ttlSecondsAfterFinished": 3600}))
}

test_a_cluster_that_stays if {
	run_ends.deny == {{
		"pointer": "a.yaml#/spec/shutdownAfterJobFinishes",
		"message": "RayJob churn must have shutdownAfterJobFinishes true, got false",
	}} with input as asked("1h", object.union(run, {"shutdownAfterJobFinishes": false}))
	count(run_ends.deny) == 1 with input as asked("1h", object.remove(run, ["shutdownAfterJobFinishes"]))
}

test_no_deadline if {
	run_ends.deny == {{
		"pointer": "a.yaml#/spec/activeDeadlineSeconds",
		"message": "RayJob churn must have activeDeadlineSeconds, got nothing",
	}} with input as asked("1h", object.remove(run, ["activeDeadlineSeconds"]))
	count(run_ends.deny) == 1 with input as asked("1h", object.union(run, {"activeDeadlineSeconds": "3600"}))
}

test_a_deadline_beyond_the_limit if {
	run_ends.deny == {{
		"pointer": "a.yaml#/spec/activeDeadlineSeconds",
		"message": "RayJob churn must have activeDeadlineSeconds of at most 1h, the limit here, got 3601",
	}} with input as asked("1h", object.union(run, {"activeDeadlineSeconds": 3601}))
}

test_pods_that_stay_too_long if {
	run_ends.deny == {{
		"pointer": "a.yaml#/spec/ttlSecondsAfterFinished",
		"message": "RayJob churn must have ttlSecondsAfterFinished of at most 3600, got 3601",
	}} with input as asked("1h", object.union(run, {"ttlSecondsAfterFinished": 3601}))
}

test_runs_of_a_schedule if {
	found := {finding.pointer | some finding in run_ends.deny} with input as {"environment": null, "objects": [
		{"file": "c.yaml", "object": {"kind": "RayCronJob", "metadata": {}, "spec": {"jobTemplate": {}}}},
		{"file": "d.yaml", "object": {"kind": "Job", "spec": {}}},
	]}
	found == {
		"c.yaml#/spec/jobTemplate/shutdownAfterJobFinishes",
		"c.yaml#/spec/jobTemplate/activeDeadlineSeconds",
	}
}
