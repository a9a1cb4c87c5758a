# Which of a model's roles a pod has. A label is no proof of one that holds what a model's own code must not.
package mlgitops.library.roles

import data.mlgitops.library.pods

# Roles that are what they say only in a Job that runs the platform's image.
trusted := {"evaluate", "sign"}

plays(pod, role) if {
	pod.metadata.labels["app.kubernetes.io/component"] == role
	not role in trusted
}

plays(pod, role) if {
	pod.metadata.labels["app.kubernetes.io/component"] == role
	pod.kind == "Job"
	every kind in pods.kinds {
		every container in object.get(pod.spec, kind, []) { _of_the_platform(container) }
	}
}

_of_the_platform(container) if {
	is_string(container.image)
	digest := split(container.image, "@")[1]
	digest == split(input.environment.images.platform, "@")[1]
}
