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
	some image in pods.images
	not from_allowed(image)
	some [pod, kind, index, container] in pods.everywhere
	object.get(container, "image", null) == image
	pointer := pods.place(pod, kind, index, "/image")
	message := sprintf("%s must have an image of %s, got %s", [
		pods.named(pod, container),
		concat(" or ", sort(allowed)),
		shown.value(image),
	])
}

from_allowed(image) if {
	is_string(image)
	strings.any_prefix_match(image, allowed)
}
