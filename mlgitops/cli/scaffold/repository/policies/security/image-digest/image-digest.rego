# METADATA
# title: Images are pinned by digest
# description: A tag can be moved; a digest is the bytes that were reviewed.
# custom:
#   id: security.image-digest
#   severity: error
#   scope: objects
#   remediation: write the image as name:tag@sha256:…, in images of environment.yaml or in the spec
package mlgitops.security.image_digest

deny contains {"pointer": pointer, "message": message} if {
	some pod in input.pods
	some list in ["containers", "initContainers"]
	some index, container in object.get(pod.spec, list, [])
	image := object.get(container, "image", null)
	not pinned(image)
	pointer := sprintf("%s#%s/spec/%s/%d/image", [pod.file, pod.pointer, list, index])
	message := sprintf("the image of container %s must have a digest, got %s", [shown(container, "name"), shown(container, "image")])
}

pinned(image) if {
	is_string(image)
	contains(image, "@sha256:")
}

# Manifests from elsewhere may lack what ours always have.
shown(container, key) := value if {
	value := object.get(container, key, null)
	is_string(value)
} else := "none"
