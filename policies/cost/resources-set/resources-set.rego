# METADATA
# title: Every container says what it needs and what it may take
# description: Requests and limits of cores and memory, for quotas, for scheduling and for the neighbours.
# custom:
#   id: cost.resources-set
#   severity: error
#   scope: objects
#   remediation: write resources in the model, the environment's defaults or the template
package mlgitops.cost.resources_set

import data.mlgitops.library.pods

deny contains {"pointer": pointer, "message": message} if {
	some resources in written
	some bound in ["requests", "limits"]
	some resource in ["cpu", "memory"]
	not said(resources, bound, resource)
	some [pod, kind, index, container] in pods.everywhere
	not pods.injected(pod, container)
	object.get(container, "resources", null) == resources
	pointer := pods.place(pod, kind, index, sprintf("/resources/%s", [bound]))
	message := sprintf("%s must have resources.%s.%s, got nothing", [pods.named(pod, container), bound, resource])
}

# What containers say, but for those of which the operator says it.
written := {object.get(container, "resources", null) |
	some pod in input.pods
	some kind in pods.kinds
	some container in pod.spec[kind]
	is_object(container)
	not object.get(container, "name", null) in pod.injected # for speed
}

said(resources, bound, resource) if resources[bound][resource] != null
