# METADATA
# title: A node drain leaves pods that answer
# description: In protected environments each service's workers are in a PodDisruptionBudget that keeps at least one.
# custom:
#   id: reliability.disruption-budget
#   severity: error
#   scope: objects
#   remediation: serve with two replicas or more, for which mlgitops renders a budget, and leave its minAvailable a number
package mlgitops.reliability.disruption_budget

import data.mlgitops.library.pods
import data.mlgitops.library.ray
import data.mlgitops.library.selectors

deny contains {"pointer": sprintf("%s#%s", [pod.file, pod.pointer]), "message": message} if {
	input.environment.protected
	some pod in input.pods
	pod.kind == "RayService"
	pod.role == "worker"
	not kept(pod)
	message := sprintf(
		"%s must be in a PodDisruptionBudget of its namespace with minAvailable of at least 1, got none",
		[pods.titled(pod)],
	)
}

# A share, and maxUnavailable, ask the pods' controller for its scale, and Ray's has none.
kept(pod) if {
	some entry in input.objects
	entry.object.kind == "PodDisruptionBudget"
	ray.namespace(entry.object) == pod.namespace
	is_number(entry.object.spec.minAvailable)
	entry.object.spec.minAvailable >= 1
	selectors.selects_ray(entry.object.spec.selector, pod.metadata.labels)
}
