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

deny contains {"pointer": sprintf("%s#%s/shutdownAfterJobFinishes", [entry.file, at]), "message": message} if {
	some entry in input.objects
	[at, run] := ray.run(entry.object)
	not run.shutdownAfterJobFinishes == true
	message := sprintf("%s must have shutdownAfterJobFinishes true, got %s", [
		ray.titled(entry.object),
		shown.at(run, ["shutdownAfterJobFinishes"]),
	])
}

deny contains {"pointer": sprintf("%s#%s/activeDeadlineSeconds", [entry.file, at]), "message": message} if {
	some entry in input.objects
	[at, run] := ray.run(entry.object)
	not limited(run)
	message := sprintf("%s must have activeDeadlineSeconds, got %s", [
		ray.titled(entry.object),
		shown.at(run, ["activeDeadlineSeconds"]),
	])
}

deny contains {"pointer": sprintf("%s#%s/activeDeadlineSeconds", [entry.file, at]), "message": message} if {
	limit := input.environment.limits.deadline
	some entry in input.objects
	[at, run] := ray.run(entry.object)
	is_number(run.activeDeadlineSeconds)
	run.activeDeadlineSeconds > measures.seconds(limit)
	message := sprintf("%s must have activeDeadlineSeconds of at most %s, the limit here, got %d", [
		ray.titled(entry.object),
		limit,
		run.activeDeadlineSeconds,
	])
}

deny contains {"pointer": sprintf("%s#%s/ttlSecondsAfterFinished", [entry.file, at]), "message": message} if {
	some entry in input.objects
	[at, run] := ray.run(entry.object)
	is_number(run.ttlSecondsAfterFinished)
	run.ttlSecondsAfterFinished > longest_rest
	message := sprintf("%s must have ttlSecondsAfterFinished of at most %d, got %d", [
		ray.titled(entry.object),
		longest_rest,
		run.ttlSecondsAfterFinished,
	])
}

limited(run) if is_number(run.activeDeadlineSeconds)
