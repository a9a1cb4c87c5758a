# METADATA
# title: The signing key and each role's identity are for that role's pods alone
# description: Only the sign Job has the key; only evaluate reads the holdout; training code runs as neither.
# custom:
#   id: security.role-identities
#   severity: error
#   scope: objects
#   remediation: remove the reference to the key, or give the pod the ServiceAccount of its own role
package mlgitops.security.role_identities

import data.mlgitops.library.pods

roles := ["train", "evaluate", "sign", "serve"]

# Roles that hold what a model's own code must not: they run the platform's image, in a Job.
trusted := {"evaluate", "sign"}

deny contains {"pointer": pods.spot(pod, sprintf("/%s", [field])), "message": message} if {
	some pod in input.pods
	some field in ["serviceAccountName", "serviceAccount"]
	role := accounts[pod.spec[field]]
	not plays(pod, role)
	message := sprintf("%s must not run as %s, which is for %s, got another pod", [
		pods.titled(pod),
		pod.spec[field],
		description(role),
	])
}

deny contains {"pointer": pods.spot(pod, sprintf("/%s", [concat("/", path)])), "message": message} if {
	secret := input.environment.signing.secret
	some pod in input.pods
	not plays(pod, "sign")
	some [path, name] in secrets(pod.spec)
	name == secret
	message := sprintf("%s must not have the signing key, which is for %s, got Secret %s", [
		pods.titled(pod),
		description("sign"),
		secret,
	])
}

# The model's accounts: the role that each is for.
accounts[sprintf("%s-%s", [input.target.model, role])] := role if {
	is_string(input.target.model)
	some role in roles
}

plays(pod, role) if {
	pod.metadata.labels["app.kubernetes.io/component"] == role
	not role in trusted
}

plays(pod, role) if {
	pod.metadata.labels["app.kubernetes.io/component"] == role
	pod.kind == "Job"
	every kind in pods.kinds {
		every container in object.get(pod.spec, kind, []) { of_the_platform(container) }
	}
}

of_the_platform(container) if {
	is_string(container.image)
	digest := split(container.image, "@")[1]
	digest == split(input.environment.images.platform, "@")[1]
}

description(role) := sprintf("a Job of component %s with the platform's image", [role]) if {
	role in trusted
} else := sprintf("pods of component %s", [role])

# Every Secret that a pod names: [the path to the name, the name].
secrets(spec) := array.concat(mounted(spec), array.concat(in_containers(spec, "env"), in_containers(spec, "envFrom")))

mounted(spec) := array.concat(
	[[["volumes", sprintf("%v", [index]), "secret", "secretName"], volume.secret.secretName] |
		some index, volume in spec.volumes
	],
	[[["volumes", sprintf("%v", [index]), "projected", "sources", sprintf("%v", [number]), "secret", "name"], source.secret.name] |
		some index, volume in spec.volumes
		some number, source in volume.projected.sources
	],
)

in_containers(spec, field) := [[path, name] |
	some kind in pods.kinds
	some index, container in spec[kind]
	some number, entry in container[field]
	some keys in [["valueFrom", "secretKeyRef", "name"], ["secretRef", "name"]]
	is_object(entry)
	name := object.get(entry, keys, null)
	path := array.concat([kind, sprintf("%v", [index]), field, sprintf("%v", [number])], keys)
]
