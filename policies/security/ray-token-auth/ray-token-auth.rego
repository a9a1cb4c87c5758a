# METADATA
# title: Every Ray cluster asks for a token
# description: Ray's ports run code for whoever reaches them, unless it authenticates.
# custom:
#   id: security.ray-token-auth
#   severity: error
#   scope: objects
#   remediation: "write authOptions: {mode: token} in the cluster, and set none of Ray's authentication variables"
package mlgitops.security.ray_token_auth

import data.mlgitops.library.pods
import data.mlgitops.library.ray
import data.mlgitops.library.shown

deny contains {"pointer": sprintf("%s/authOptions/mode", [cluster.at]), "message": message} if {
	some cluster in ray.clusters
	not cluster.spec.authOptions.mode == "token"
	message := sprintf("%s must have authOptions.mode token, got %s", [
		ray.titled(cluster.object),
		shown.at(cluster.spec, ["authOptions", "mode"]),
	])
}

# The operator does not overwrite a variable that is there already.
deny contains {"pointer": pointer, "message": message} if {
	some variable in pods.variables
	variable.name == "RAY_AUTH_MODE"
	not variable.value == "token"
	some [pod, kind, index, container] in pods.everywhere
	some number, other in container.env
	other == variable
	pointer := pods.place(pod, kind, index, sprintf("/env/%v", [number]))
	message := sprintf("%s must leave RAY_AUTH_MODE to KubeRay or say token, got %s", [
		pods.named(pod, container),
		shown.at(variable, ["value"]),
	])
}
