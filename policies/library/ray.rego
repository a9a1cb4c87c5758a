# Ray's objects as KubeRay reads them: where clusters and runs stand in them, and names for messages.
package mlgitops.library.ray

_clusters := {
	"RayCluster": ["spec"],
	"RayService": ["spec", "rayClusterConfig"],
	"RayJob": ["spec", "rayClusterSpec"],
	"RayCronJob": ["spec", "jobTemplate", "rayClusterSpec"],
}

_runs := {
	"RayJob": ["spec"],
	"RayCronJob": ["spec", "jobTemplate"],
}

# Every cluster that an object makes: `at` is the pointer to it, with the file.
clusters := [{"at": place(entry, path), "object": entry.object, "spec": spec} |
	some entry in input.objects
	path := _clusters[entry.object.kind]
	spec := object.get(entry.object, path, null)
	is_object(spec)
]

# Every run that an object makes.
runs := [{"at": place(entry, path), "object": entry.object, "spec": spec} |
	some entry in input.objects
	path := _runs[entry.object.kind]
	spec := object.get(entry.object, path, null)
	is_object(spec)
]

# A pointer into an object, with its file.
place(entry, path) := sprintf("%s#/%s", [entry.file, concat("/", path)])

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
