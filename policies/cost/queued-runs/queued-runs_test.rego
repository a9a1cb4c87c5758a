package mlgitops.cost.queued_runs_test

import data.mlgitops.cost.queued_runs

asked(queue, kind, metadata) := {
	"environment": {"queue": queue},
	"objects": [{"file": "a.yaml", "object": {"kind": kind, "metadata": metadata}}],
}

here := {"name": "ml", "clusterQueue": "all"}

labelled(name) := {"name": "churn", "labels": {"kueue.x-k8s.io/queue-name": name}}

test_queued if queued_runs.deny == set() with input as asked(here, "RayJob", labelled("ml"))

test_no_queue_here if {
	queued_runs.deny == set() with input as asked(null, "RayJob", {"name": "churn"})
	queued_runs.deny == set() with input as asked(null, "RayCronJob", {"name": "churn"})
	queued_runs.deny == set() with input as {"environment": null, "objects": [{"file": "a.yaml", "object": {"kind": "RayJob"}}]}
}

test_other_kinds if queued_runs.deny == set() with input as asked(here, "RayService", {"name": "churn"})

test_no_label if {
	every metadata in [{"name": "churn"}, {"name": "churn", "labels": null}] {
		queued_runs.deny == {{
			"pointer": "a.yaml#/metadata/labels/kueue.x-k8s.io~1queue-name",
			"message": "RayJob churn must have label kueue.x-k8s.io/queue-name ml, the queue here, got nothing",
		}} with input as asked(here, "RayJob", metadata)
	}
}

test_another_queue if {
	queued_runs.deny == {{
		"pointer": "a.yaml#/metadata/labels/kueue.x-k8s.io~1queue-name",
		"message": "RayJob churn must have label kueue.x-k8s.io/queue-name ml, the queue here, got 'fast'",
	}} with input as asked(here, "RayJob", labelled("fast"))
}

test_a_schedule_of_rays_own if {
	queued_runs.deny == {{
		"pointer": "a.yaml#/kind",
		"message": "RayCronJob churn must be a schedule of the model, got a RayCronJob, whose runs pass the queue",
	}} with input as asked(here, "RayCronJob", labelled("ml"))
}
