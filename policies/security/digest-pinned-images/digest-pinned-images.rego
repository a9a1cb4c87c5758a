# METADATA
# title: Every container of every pod has an image by digest
# description: Head, workers, submitter, autoscaler, init containers and jobs run the bytes that were reviewed.
# custom:
#   id: security.digest-pinned-images
#   severity: error
#   scope: objects
#   remediation: write the image with its digest, name:tag@sha256:…
package mlgitops.security.digest_pinned_images

import data.mlgitops.library.pods
import data.mlgitops.library.shown

deny contains {"pointer": pointer, "message": message} if {
	some image in pods.images
	not pinned(image)
	some [pod, kind, index, container] in pods.everywhere
	object.get(container, "image", null) == image
	pointer := pods.place(pod, kind, index, "/image")
	message := sprintf("%s must have an image with its digest (@sha256:…), got %s", [
		pods.named(pod, container),
		shown.value(image),
	])
}

pinned(image) if {
	is_string(image)
	[name, digest] := split(image, "@sha256:")
	name != ""
	regex.match(`^[0-9a-f]{64}$`, digest)
}
