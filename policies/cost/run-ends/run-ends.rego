# METADATA
# title: Every run ends and gives back what it holds
# description: A RayJob has a deadline, shuts its cluster down when it finished, and soon after.
# custom:
#   id: cost.run-ends
#   severity: error
#   scope: objects
#   remediation: write training.deadline, and leave the RayJob's own fields as mlgitops renders them
package mlgitops.cost.run_ends

import data.mlgitops.library.measures
import data.mlgitops.library.ray
import data.mlgitops.library.shown

# Seconds that a finished run may keep its pods, for those who look at its logs.
longest_rest := 3600

deny contains {"pointer": sprintf("%s/shutdownAfterJobFinishes", [run.at]), "message": message} if {
	some run in ray.runs
	not run.spec.shutdownAfterJobFinishes == true
	message := sprintf("%s must have shutdownAfterJobFinishes true, got %s", [
		ray.titled(run.object),
		shown.at(run.spec, ["shutdownAfterJobFinishes"]),
	])
}

deny contains {"pointer": sprintf("%s/activeDeadlineSeconds", [run.at]), "message": message} if {
	some run in ray.runs
	not limited(run.spec)
	message := sprintf("%s must have activeDeadlineSeconds, got %s", [
		ray.titled(run.object),
		shown.at(run.spec, ["activeDeadlineSeconds"]),
	])
}

deny contains {"pointer": sprintf("%s/activeDeadlineSeconds", [run.at]), "message": message} if {
	limit := input.environment.limits.deadline
	some run in ray.runs
	is_number(run.spec.activeDeadlineSeconds)
	run.spec.activeDeadlineSeconds > measures.seconds(limit)
	message := sprintf("%s must have activeDeadlineSeconds of at most %s, the limit here, got %d", [
		ray.titled(run.object),
		limit,
		run.spec.activeDeadlineSeconds,
	])
}

deny contains {"pointer": sprintf("%s/ttlSecondsAfterFinished", [run.at]), "message": message} if {
	some run in ray.runs
	is_number(run.spec.ttlSecondsAfterFinished)
	run.spec.ttlSecondsAfterFinished > longest_rest
	message := sprintf("%s must have ttlSecondsAfterFinished of at most %d, got %d", [
		ray.titled(run.object),
		longest_rest,
		run.spec.ttlSecondsAfterFinished,
	])
}

limited(spec) if is_number(spec.activeDeadlineSeconds)
