# METADATA
# title: Every run waits in the environment's queue
# description: Where an environment has a queue, no RayJob goes past it.
# custom:
#   id: cost.queued-runs
#   severity: error
#   scope: objects
#   remediation: leave the label kueue.x-k8s.io/queue-name as mlgitops renders it
package mlgitops.cost.queued_runs

import data.mlgitops.library.ray
import data.mlgitops.library.shown

label := "kueue.x-k8s.io/queue-name"

deny contains {"pointer": pointer, "message": message} if {
	queue := input.environment.queue.name
	some entry in input.objects
	entry.object.kind == "RayJob"
	not entry.object.metadata.labels[label] == queue
	pointer := sprintf("%s#/metadata/labels/%s", [entry.file, shown.key(label)])
	message := sprintf("%s must have label %s %s, the queue here, got %s", [
		ray.titled(entry.object),
		label,
		queue,
		shown.at(entry.object, ["metadata", "labels", label]),
	])
}

# A RayCronJob gives its RayJobs no labels.
deny contains {"pointer": sprintf("%s#/kind", [entry.file]), "message": message} if {
	input.environment.queue.name
	some entry in input.objects
	entry.object.kind == "RayCronJob"
	message := sprintf("%s must be a schedule of the model, got a RayCronJob, whose runs pass the queue", [ray.titled(entry.object)])
}
