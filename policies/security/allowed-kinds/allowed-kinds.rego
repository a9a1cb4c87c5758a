# METADATA
# title: A model has objects of known kinds only
# description: Nothing for the whole cluster, nothing that gives rights, nothing that these rules do not look into.
# custom:
#   id: security.allowed-kinds
#   severity: error
#   scope: objects
#   remediation: remove the object, or ask the platform team to add its kind to policies/data/kinds.yaml
package mlgitops.security.allowed_kinds

import data.mlgitops.library.ray
import data.mlgitops.library.shown

# Manifests that belong to no model may be anything.
deny contains {"pointer": sprintf("%s#/kind", [entry.file]), "message": message} if {
	is_string(input.target.model)
	some entry in input.objects
	not known(object.get(entry.object, "apiVersion", null), object.get(entry.object, "kind", null))
	message := sprintf("a model's objects must be of a kind that policies/data/kinds.yaml has, got %s of apiVersion %s", [
		ray.titled(entry.object),
		shown.at(entry.object, ["apiVersion"]),
	])
}

known(version, kind) if {
	is_string(version)
	[group, _] := split(version, "/")
	kind in data.mlgitops_data.kinds[group]
}

# Kubernetes' oldest group has no name: `v1`.
known("v1", kind) if kind in data.mlgitops_data.kinds[""]
