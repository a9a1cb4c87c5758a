# METADATA
# title: Images come from registries that are allowed here
# description: Every container's image is of a registry that scans and signs what it holds.
# custom:
#   id: security.allowed-registries
#   severity: error
#   scope: objects
#   remediation: copy the image to an allowed registry, or ask the platform team to add one to policies/data/registries.yaml
package mlgitops.security.allowed_registries

import data.mlgitops.library.pods
import data.mlgitops.library.shown

allowed contains prefix if some prefix in data.mlgitops_data.registries.everywhere

allowed contains prefix if some prefix in data.mlgitops_data.registries.environments[input.environment.name]

deny contains {"pointer": pointer, "message": message} if {
	some pod in input.pods
	some kind in pods.kinds
	some index, container in pod.spec[kind]
	not from_allowed(container)
	pointer := pods.place(pod, kind, index, "/image")
	message := sprintf("%s must have an image of %s, got %s", [
		pods.named(pod, container),
		concat(" or ", sort(allowed)),
		shown.at(container, ["image"]),
	])
}

from_allowed(container) if {
	is_string(container.image)
	strings.any_prefix_match(container.image, allowed)
}
