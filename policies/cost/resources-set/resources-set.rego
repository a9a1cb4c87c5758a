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
	some pod in input.pods
	some kind in ["containers", "initContainers"]
	some index, container in pod.spec[kind]
	not pods.injected(pod, container) # the operator says it of these
	some bound in ["requests", "limits"]
	some resource in ["cpu", "memory"]
	not said(container, bound, resource)
	pointer := pods.place(pod, kind, index, sprintf("/resources/%s", [bound]))
	message := sprintf("%s must have resources.%s.%s, got nothing", [pods.named(pod, container), bound, resource])
}

said(container, bound, resource) if container.resources[bound][resource] != null
