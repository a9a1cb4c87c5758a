# Ray's objects as KubeRay reads them: where clusters and runs stand in them.
package mlgitops.library.ray

# The cluster that an object makes, with the pointer to it; undefined for what makes none.
cluster(object) := ["/spec", object.spec] if object.kind == "RayCluster"

cluster(object) := ["/spec/rayClusterConfig", object.spec.rayClusterConfig] if object.kind == "RayService"

cluster(object) := ["/spec/rayClusterSpec", object.spec.rayClusterSpec] if object.kind == "RayJob"

cluster(object) := ["/spec/jobTemplate/rayClusterSpec", object.spec.jobTemplate.rayClusterSpec] if {
	object.kind == "RayCronJob"
}

# The run that an object makes, with the pointer to it; undefined for what makes none.
run(object) := ["/spec", object.spec] if object.kind == "RayJob"

run(object) := ["/spec/jobTemplate", object.spec.jobTemplate] if object.kind == "RayCronJob"

# What an object is called in a message, such as "RayJob churn".
titled(object) := sprintf("%s %s", [object.kind, object.metadata.name]) if {
	is_string(object.metadata.name)
} else := object.kind if {
	is_string(object.kind)
} else := "an object"

# The namespace of an object; null where it names none, as for a pod.
namespace(object) := object.metadata.namespace if {
	is_string(object.metadata.namespace)
} else := null
